"""Rewriting by a chat model: what is asked, what is taken for an answer, and patience with a server that misbehaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models import endpoint as service
from dprep.ops.augment.rewrite import Rewrite
from tests.models.stand_in import REFUSAL, Outcome, StandIn, serving


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    told: list[float] = []
    monkeypatch.setattr(service.time, "sleep", told.append)
    return told


def said(
    server: StandIn, texts: list[str], rows: dict[str, list[Any]] | None = None, number: int = 1, **more: Any
) -> list[Any]:
    op = Rewrite(endpoint=server.url, chat_model="m", **{"prompt": "{text}", "min_length_ratio": 0.0, **more})
    series = pl.Series("text", texts)
    return op.variant(
        Text(series, pl.DataFrame({"text": series, **(rows or {})})), np.zeros(len(texts), np.uint64), number
    ).to_list()


def answering(answers: dict[str, str | Outcome]) -> Callable[[dict[str, Any]], str | Outcome]:
    return lambda body: answers[body["messages"][-1]["content"]]


def test_the_prompt_holds_text_columns_and_number_once() -> None:
    with serving(lambda body: body["messages"][-1]["content"]) as server:
        rows = {"label": ["{text}", None], "tags": [["a", "b"], []]}
        prompt = "{number} {label} [{tags}] {other} {text}"
        found = said(server, ["x {label}", "y y y y"], {**rows, "other": ["o", "p"]}, 2, prompt=prompt, max_length_ratio=100.0)

    assert found == ["2 {text} [a, b] o x {label}", "2  [] p y y y y"]


def test_columns_of_the_prompt_are_read() -> None:
    op = Rewrite(endpoint="http://h/v1", chat_model="m", prompt='{label} {text} {"a": 1} {label}', system="{style} {number}")

    assert op.reads() == ("label", "style")


def test_requests_are_as_the_protocol_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "s3cret")
    with serving(lambda body: '{"new": "abc"}') as server:
        assert said(server, ["text"], api_key="OUR_KEY", system="be brief", answer="json", field="new", temperature=0.5) == [
            "abc"
        ]

    request = server.requests[0]
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["Authorization"] == "Bearer s3cret"
    assert request["body"] == {
        "model": "m",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "text"}],
        "temperature": 0.5,
        "max_tokens": 2048,
        "response_format": {"type": "json_object"},
    }


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ("new words", "new words"),
        ("  new words \n", "new words"),
        ("```\nnew words\n```", "new words"),
        ("<think>hm\n</think>\n\nnew words", "new words"),
        ('"new words"', "new words"),
        ('"new" and "words"', '"new" and "words"'),
        ("“新的说法”", "新的说法"),
        ("", None),
        ("  ", None),
        (REFUSAL, None),
        ("I’m sorry, I can’t", None),
        ("抱歉，我无法回答", None),
        ("No way, friend", None),
        (Outcome("half of the wor", ended="length"), None),
        (Outcome("bad words", ended="content_filter"), None),
        (Outcome(None), None),
        (Outcome(status=400, body=b'{"error": {"code": "content_filter"}}'), None),
    ],
)
def test_what_is_taken_for_a_new_text(answer: str | Outcome, taken: str | None) -> None:
    with serving(answering({"some text": answer})) as server:
        assert said(server, ["some text"], refusals=("no way",)) == [taken]


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ('{"text": "new"}', "new"),
        ('```json\n{"text": "new", "more": 1}\n```', "new"),
        ('{"text": ""}', None),
        ('{"text": 5}', None),
        ('{"other": "new"}', None),
        ('["new"]', None),
        ('Here you are: {"text": "new"}', None),
        ("{" * 5000, None),
        ('{"text": "sorry, but no"}', None),
    ],
)
def test_an_object_must_have_the_field(answer: str, taken: str | None) -> None:
    with serving(answering({"some text": answer})) as server:
        assert said(server, ["some text"], answer="json") == [taken]


def test_a_text_that_begins_as_refusals_do_may_be_reworded() -> None:
    with serving(answering({"sorry, but it broke": "sorry, but it is broken"})) as server:
        assert said(server, ["sorry, but it broke"]) == ["sorry, but it is broken"]


def test_lengths_are_bounded_on_both_sides() -> None:
    with serving(lambda body: "x" * int(body["messages"][-1]["content"][:2])) as server:
        texts = ["04 4567890", "05 4567890", "20 4567890", "21 4567890"]

        assert [bool(x) for x in said(server, texts, min_length_ratio=0.5, max_length_ratio=2.0)] == [False, True, True, False]


def test_blank_and_long_texts_are_not_sent() -> None:
    with serving(lambda body: "new") as server:
        assert said(server, ["", " \n", "x" * 21, "y" * 20], max_characters=20) == [None, None, None, "new"]

    assert list(server.asked) == ["y" * 20]


def test_a_busy_server_is_asked_again_after_longer_pauses(pauses: list[float]) -> None:
    tries = iter([Outcome(status=503), Outcome(status=429, Retry_After="7"), Outcome(body=b"<html>"), "new text"])
    with serving(lambda body: next(tries)) as server:
        assert said(server, ["some text"]) == ["new text"]

    assert server.asked["some text"] == 4
    assert pauses == [0.5, 7.0, 14.0]


def test_a_server_that_stays_silent_ends_the_run_with_its_last_words() -> None:
    with serving(lambda body: Outcome(status=500, body=b"out of memory")) as server, pytest.raises(Error) as told:
        said(server, ["some text"], retries=2)

    assert server.asked["some text"] == 3
    assert "it answers 500: out of memory" in told.value.problems[0].sentence
    assert told.value.exit_code == 1
    assert told.value.problems[0].code == "endpoint-failed"


def test_a_wrong_key_is_not_tried_again_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "s3cret")
    with serving(lambda body: Outcome(status=401, body=b"bad key s3cret")) as server, pytest.raises(Error, match="401") as told:
        said(server, ["some text"], api_key="OUR_KEY")

    assert server.asked["some text"] == 1
    assert "s3cret" not in str(told.value)


def test_nobody_there_is_a_problem_not_a_traceback() -> None:
    with serving() as server:
        pass
    with pytest.raises(Error, match="does not answer"):
        said(server, ["some text"], retries=1)


def test_a_key_does_not_follow_to_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "s3cret")
    with serving(lambda body: "stolen") as other:
        elsewhere = {"Location": f"{other.url}/chat/completions"}
        with serving(lambda body: Outcome(status=302, **elsewhere)) as server, pytest.raises(Error, match="302"):
            said(server, ["some text"], api_key="OUR_KEY")

    assert not other.asked


def test_a_key_that_is_not_set_is_a_problem_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUR_KEY", raising=False)
    with serving() as server, pytest.raises(Error, match="`OUR_KEY`"):
        said(server, ["some text"], api_key="OUR_KEY")

    assert not server.asked


def test_no_more_questions_are_under_way_than_asked_for() -> None:
    under_way, most = [0], [0]

    def slow(body: dict[str, Any]) -> str:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.monotonic()
        for _ in range(20_000):
            pass
        under_way[0] -= 1
        return json.dumps("new")

    with serving(slow) as server:
        said(server, [f"text {n}" for n in range(40)], concurrency=3)

    assert 1 <= most[0] <= 3


def test_patience_does_not_make_another_version() -> None:
    one = Rewrite(endpoint="http://h/v1", chat_model="m", timeout=5.0, retries=0, concurrency=1, api_key="A")

    assert one.identity() == Rewrite(endpoint="http://h/v1", chat_model="m").identity()
    assert one.identity() != Rewrite(endpoint="http://h/v1", chat_model="n").identity()


def test_a_prompt_without_the_text_is_a_problem() -> None:
    with pytest.raises(Error, match=r"no `\{text\}`"):
        Rewrite(endpoint="http://h/v1", chat_model="m", prompt="write something")


@pytest.mark.parametrize("url", ["ftp://h", "http://user:pass@h/v1", "https://h/v1?key=abc", "h/v1"])
def test_an_address_holds_no_secret(url: str) -> None:
    with pytest.raises(Error, match="`endpoint` is no address"):
        Rewrite(endpoint=url, chat_model="m")
