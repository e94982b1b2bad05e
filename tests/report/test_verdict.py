from __future__ import annotations

from dprep.report.blocks import Notice
from dprep.report.gravest import gravest_first
from dprep.report.say import Say
from dprep.report.verdict import verdict
from tests.store.hand import ledger, manifest

EN, ZH = Say("en"), Say("zh")


def test_the_verdict_says_where_the_rows_went() -> None:
    went, took, became = verdict(manifest(), ledger(), EN)

    assert went == "6 rows in, 4 out, 2 dropped (33.3 %)."
    assert took == "Most went at `length`, reason `min_words` (2); 1 record could not be read."
    assert "train 3 (75.0 %), test 1 (25.0 %)" in became


def test_the_verdict_counts_added_rows() -> None:
    books = ledger()
    books["steps"][0] |= {"added": 3, "out": 9}

    assert verdict(manifest(), books, EN)[0] == "6 rows in, 4 out, 2 of 9 dropped (22.2 %), 3 added."


def test_the_share_dropped_is_one_of_all_rows_and_pieces_that_could_be() -> None:
    """Of 6 rows one is cut into 9: the 5 others and the 9 are there, and 2 of those 14 are dropped."""
    books = ledger()
    cutting = books["steps"][0] | {"op": "expand.passages", "added": 9, "dropped": 1, "out": 14, "reasons": {"expanded": 1}}
    books["steps"][0] = cutting

    assert verdict(manifest(), books, EN)[0] == "6 rows in, 4 out, 1 cut into 9 pieces, 2 of 14 dropped (14.3 %)."


def test_nothing_dropped_is_said() -> None:
    books = ledger()
    books["steps"][1] |= {"dropped": 0, "out": 6, "reasons": {}}

    assert verdict(manifest(), books, EN)[0] == "6 rows in, 4 out, none dropped."
    assert "没有删除" in verdict(manifest(), books, ZH)[0]


def test_there_are_three_sentences_at_most_in_any_language() -> None:
    for say in (EN, ZH):
        assert 1 <= len(verdict(manifest(broke_off=["a", "b"]), ledger(), say)) <= 3


def test_notices_are_whole_sentences_the_gravest_first() -> None:
    found = [Notice("good", "fine"), Notice("warning", "is it left of a template?"), Notice("error", "no row is left")]

    assert [each.text for each in gravest_first(found, Say())] == ["no row is left.", "is it left of a template?", "fine."]
    assert [each.text[-1] for each in gravest_first(found, Say("zh"))] == ["。", "?", "。"]
