from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.step import Shared, Step, run_step
from dprep.ops.filter.length import Length
from dprep.ops.filter.urls import Urls


def file(folder: Path, text: str, name: str = "list.txt") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def reasons(asked: list[str | None], **parameters) -> list[str | None]:
    rows = pl.DataFrame({"id": [str(n) for n in range(len(asked))], "text": ["x"] * len(asked), "url": asked})
    done = run_step(Step("u", "filter.urls", Urls(**parameters)), rows)
    why = dict(zip(done.dropped["id"], done.dropped["reason"], strict=True))
    return [why.get(row) for row in rows["id"]]


@pytest.mark.parametrize(
    "url",
    [
        "http://bad.org",
        "https://www.bad.org/a?b#c",
        "HTTPS://A.B.BAD.ORG:8080/",
        "bad.org",
        "//bad.org/x",
        "http://user:secret@bad.org",
        "http://bad.org./",
        "ftp://bad.org?q=good.org",
    ],
)
def test_a_domain_and_all_under_it_are_blocked(tmp_path, url):
    assert reasons([url], domains=file(tmp_path, "bad.org\n")) == ["domains"]


@pytest.mark.parametrize(
    "url",
    [
        "http://notbad.org",
        "http://bad.org.uk",
        "http://good.org/bad.org",
        "http://good.org/?bad.org",
        "http://org",
        "",
        None,
        "bad",
    ],
)
def test_other_domains_are_not(tmp_path, url):
    assert reasons([url], domains=file(tmp_path, "bad.org\n")) == [None]


@pytest.mark.parametrize(
    "line",
    [
        "bad.org",
        "0.0.0.0 bad.org",
        "127.0.0.1\tother.org bad.org # why",
        "||bad.org^",
        "*.bad.org",
        ".bad.org",
        "http://bad.org/",
        ":: bad.org",
    ],
)
def test_lists_of_all_kinds_are_read(tmp_path, line):
    listed = file(tmp_path, f"#comment\n! comment\n127.0.0.1 localhost\n{line}\n")

    assert reasons(["https://x.bad.org/", "http://localhost/", "http://comment/"], domains=listed) == ["domains", None, None]


def test_folders_of_ut1_hold_domains_and_urls(tmp_path):
    file(tmp_path, "bad.org\n10.1.2.3\n", "domains")
    file(tmp_path, "good.org/bad/page\n", "urls")
    asked = ["http://10.1.2.3/x", "https://good.org/Bad/page/", "https://good.org/bad/page#top", "https://good.org/bad"]

    assert reasons(asked, domains=str(tmp_path), urls=str(tmp_path)) == ["domains", "urls", "urls", None]


def test_words_stand_alone_and_parts_anywhere(tmp_path):
    listed = file(tmp_path, "poker\n色情\n")
    asked = ["http://a.org/Poker-night", "http://a.org/pokers", "http://po-ker.org", "http://a.org/看色情片", "http://a.org/"]

    assert reasons(asked, words=listed) == ["words", None, None, None, None]
    assert reasons(asked, subwords=listed) == ["subwords"] * 4 + [None]


def test_soft_words_count_once_each(tmp_path):
    listed = file(tmp_path, "hot\ngirl\nlive\n")
    asked = ["http://hot.org/hot/hot", "http://hot.org/girl", "http://hot.org/girl/live"]

    assert reasons(asked, soft_words=listed) == [None, "max_soft_words", "max_soft_words"]
    assert reasons(asked, soft_words=listed, max_soft_words=2) == [None, None, "max_soft_words"]
    assert reasons(asked, soft_words=listed, max_soft_words=0) == ["max_soft_words"] * 3


def test_hostile_urls_are_judged(tmp_path):
    listed = file(tmp_path, "bad.org\n")
    asked = [
        "a." * 500_000 + "bad.org",
        "http://" + "@" * 1000,
        "\x00\n",
        "http://[::1]:80/",
        "://",
        "http://\u202egro.dab",
        "." * 1000,
    ]

    assert reasons(asked, domains=listed, urls=listed, words=listed, subwords=listed)[0] == "domains"


def test_no_list_is_told():
    with pytest.raises(Error) as fault:
        Urls()
    assert fault.value.problems[0].code == "missing-parameter"


def test_a_step_that_reads_no_text_hands_none_on(tmp_path):
    rows = pl.DataFrame({"text": ["three words here", "two words"], "url": ["a.org", "b.org"]})
    shared = Shared()

    first = run_step(Step("u", "filter.urls", Urls(domains=file(tmp_path, "bad.org\n"))), rows, shared)
    second = run_step(Step("l", "filter.length", Length(min_words=3)), first.kept, shared)

    assert second.kept["text"].to_list() == ["three words here"]
