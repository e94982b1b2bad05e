from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from dprep.base.step import Step, run_step
from dprep.ops.filter.chat import Chat

Turns = list[tuple[str, str | None]]


def reasons(conversations: list[Turns | None], **parameters: object) -> list[str | None]:
    shape = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
    messages = [None if turns is None else [{"role": r, "content": c} for r, c in turns] for turns in conversations]
    return of_rows(pl.Series("messages", messages, dtype=shape), **parameters)


def of_rows(messages: pl.Series, **parameters: object) -> list[str | None]:
    rows = pl.DataFrame({"id": [f"{n:032x}" for n in range(len(messages))], "messages": messages})
    step = Step("chat", "filter.chat", Chat.model_validate(parameters))
    told = dict(run_step(step, rows).dropped.select("id", "reason").iter_rows())
    return [told.get(id) for id in rows.get_column("id")]


def talk(roles: str) -> Turns:
    names = {"s": "system", "u": "user", "a": "assistant", "t": "tool", "?": "narrator"}
    return [(names[role], f"turn {place}") for place, role in enumerate(roles)]


@pytest.mark.parametrize("roles", ["ua", "sua", "uaua", "uata", "uatta", "ssua", "uatauata"])
def test_conversations_in_order_stay(roles: str) -> None:
    assert reasons([talk(roles)]) == [None]


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ("", "min_turns"),
        ("s", "min_turns"),
        ("sa", "min_turns"),
        ("au", "role_order"),
        ("uua", "role_order"),
        ("uaa", "role_order"),
        ("usa", "role_order"),
        ("uta", "role_order"),
        ("uatu", "role_order"),
        ("uau", "last_turn"),
        ("uat", "last_turn"),
        ("ua?a", "unknown_role"),
    ],
)
def test_each_disorder_has_its_reason(roles: str, reason: str) -> None:
    assert reasons([talk(roles)]) == [reason]


def test_neighbours_in_a_block_do_not_touch() -> None:
    found = reasons([talk("ua"), talk("au"), talk("ua"), None, [], talk("uau"), talk("uaua")])
    assert found == [None, "role_order", None, "min_turns", "min_turns", "last_turn", None]


def test_other_names_of_roles() -> None:
    assert reasons([[("human", "a"), ("gpt", "b"), ("Observation", "c"), ("function_call", "d")]]) == [None]


def test_rules_can_be_switched_off() -> None:
    assert reasons([talk("uau"), talk("uua")], last_turn=False) == [None, "role_order"]
    assert reasons([talk("uau"), talk("uua")], role_order=False) == ["last_turn", None]
    assert reasons([[("user", "x"), ("assistant", "")]], empty_turns=False) == [None]
    assert reasons([talk("uaua"), talk("ua")], max_turns=3) == ["max_turns", None]
    assert reasons([talk("suaua"), talk("sua")], min_turns=3) == [None, "min_turns"]


@pytest.mark.parametrize("content", [None, "", " \n", "\u3000"])
def test_an_empty_turn_anywhere_counts(content: str | None) -> None:
    assert reasons([[("user", content), ("assistant", "x")], [("user", "x"), ("assistant", content)]]) == ["empty_turn"] * 2


def test_a_turn_that_calls_tools_may_be_empty() -> None:
    lines = [
        [{"role": "user", "content": "time?"}, {"role": "assistant", "content": None, "tool_calls": [{"name": "clock"}]},
         {"role": "tool", "content": "12:00", "tool_calls": None}, {"role": "assistant", "content": "Noon."}],
        [{"role": "user", "content": "time?"}, {"role": "assistant", "content": "", "tool_calls": []}],
    ]  # fmt: skip
    assert of_rows(pl.DataFrame([{"messages": line} for line in lines]).get_column("messages")) == [None, "empty_turn"]


@pytest.mark.parametrize(
    "answer",
    [
        "I’m sorry, but I can’t help you with that.",
        "As an AI language model, I cannot give you legal advice.",
        "As a large language model trained on text, I’m unable to see pictures.",
        "Unfortunately I cannot assist with this request.",
        "很抱歉，我无法满足您的要求。",
        "作为一个人工智能助手，我无法知道您叔叔的名字。",
        "作為一個AI語言模型，我不能預測未來。",
        "對不起，我無法回答。",
    ],
)
def test_refusals_in_both_languages(answer: str) -> None:
    assert reasons([[("user", "x"), ("assistant", answer)]]) == ["refusal"]
    assert reasons([[("user", "x"), ("assistant", answer)]], refusals=False) == [None]
    assert reasons([[("user", answer), ("assistant", "x")]]) == [None], "the user may quote one"
    assert reasons([[("user", "x"), ("assistant", "word " * 60 + answer)]]) == [None], "late in an answer it is a subject"


def test_an_answer_that_is_no_refusal_stays() -> None:
    answers = ["I can help with that.", "Sorry for the delay: 42.", "抱歉让您久等了，答案是四十二。", "The AI said no."]
    answers += ["I'm sorry, but I can help you find another one.", "对不起，但我会帮您。"]
    assert reasons([[("user", "x"), ("assistant", answer)] for answer in answers]) == [None] * 6


def test_who_says_what_it_is_refuses_only_where_it_says_what_it_cannot() -> None:
    answers = [
        "This is not a negative review. As an AI assistant, I can provide information",
        "As an AI assistant, I can help you evaluate",
        "As an AI language model, I do not have feelings.",
        "As an AI I help. It cannot rain there.",
        "As an AI assistant, I can " + "very " * 15 + "gladly help, but not where I cannot.",
        "作为一个人工智能助手，我没有感情。",
        "我是一个人工智能助手，很高兴见到您。有无法打开的文件吗？",
    ]
    assert reasons([[("user", "x"), ("assistant", answer)] for answer in answers]) == [None] * len(answers)
    near, far = ("As an AI" + "," * commas + "cannot" for commas in (80, 81))
    assert reasons([[("user", "x"), ("assistant", answer)] for answer in (near, far)]) == ["refusal", None]


def test_own_phrases_take_the_place_of_the_list(tmp_path: Path) -> None:
    file = tmp_path / "phrases.txt"
    file.write_text("no comment\n无可奉告\n", encoding="utf-8")
    answers = ["No comment.", "我无可奉告！", "As an AI language model, I cannot.", "a.b*c is fine", "axbbc"]
    talks: list[Turns | None] = [[("user", "x"), ("assistant", answer)] for answer in answers]
    assert reasons(talks, refusal_phrases=["a.b*c"], refusal_file=str(file)) == ["refusal", "refusal", None, "refusal", None]
    assert reasons(talks, refusal_file=str(file)) == ["refusal", "refusal", "refusal", None, None]


def test_real_tool_conversations_are_in_order(shared: Path) -> None:
    import zstandard

    for name in ("glaive_toolcall_en_demo", "glaive_toolcall_zh_demo"):
        data = (shared / "corpora/sft-mixed-llamafactory-demos" / f"{name}.json.zst").read_bytes()
        rows = json.loads(zstandard.ZstdDecompressor().decompressobj().decompress(data))
        talks: list[Turns | None] = [[(m["from"], m["value"]) for m in row["conversations"]] for row in rows]
        found = reasons(talks, refusals=False)
        assert len(found) == 300
        assert sum(reason is None for reason in found) >= 290, {reason: found.count(reason) for reason in found}
