"""Verdicts of datatrove 0.10.1 on texts written for this file and mails of `corpora/`, in `data/web_filters.jsonl`.

English with datatrove's defaults; Chinese with the limits of FineWeb-2's `cmn_Hani`, which is our `zh`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from dprep.ops import find
from tests.ops.web_filters import gold, reasons

GOLD = gold((Path(__file__).parent / "data" / "web_filters.jsonl").read_text(encoding="utf-8").splitlines())
OURS = {
    "dup_para_frac": "max_duplicate_paragraphs",
    "dup_para_char_frac": "max_duplicate_paragraph_characters",
    "dup_line_frac": "max_duplicate_lines",
    "dup_line_char_frac": "max_duplicate_line_characters",
    **{f"top_{n}_gram": f"max_top_{n}_gram" for n in (2, 3, 4)},
    **{f"duplicated_{n}_n_grams": f"max_duplicate_{n}_grams" for n in range(5, 11)},
    "gopher_short_doc": "min_words",
    "gopher_below_avg_threshold": "min_mean_word_length",
    "gopher_above_avg_threshold": "max_mean_word_length",
    "gopher_too_many_hashes": "max_hash_ratio",
    "gopher_too_many_ellipsis": "max_ellipsis_ratio",
    "gopher_too_many_bullets": "max_bullet_lines",
    "gopher_too_many_end_ellipsis": "max_ellipsis_lines",
    "gopher_below_alpha_threshold": "min_alphabetic_words",
    "gopher_enough_stop_words": "min_stop_words",
    "line_punct_ratio": "min_terminal_lines",
    "short_line_ratio": "max_short_lines",
    "char_dup_ratio": "max_duplicate_line_characters",
    "list_ratio": "max_newline_ratio",
}
FIRST = {"gopher_repetition": "max_duplicate_paragraphs", "fineweb_quality": "min_terminal_lines"}
"""datatrove's reason `empty` has no number behind it; ours is the first rule."""


@pytest.mark.parametrize("name", ["gopher_repetition", "gopher_quality", "fineweb_quality"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_verdicts_and_reasons_are_those_of_datatrove(language, name):
    if language == "zh" and importlib.util.find_spec("jieba") is None:
        pytest.skip("jieba is not installed")
    rows = [row for row in GOLD if row[:2] == (language, name)]
    flavour = "zh" if language == "zh" else "en" if name == "fineweb_quality" else "datatrove"
    operator: Any = find(f"filter.{name}")(flavour=flavour)

    found = reasons(operator, *(text for _, _, text, _, _ in rows))

    expected = [None if keep else _ours(name, language, reason) for _, _, _, keep, reason in rows]
    assert found == expected
    assert len(rows) >= 20
    assert None in found
    assert len(set(found)) > 2


def _ours(name: str, language: str, reason: str) -> str:
    if reason == "empty":
        return "max_duplicate_lines" if (name, language) == ("gopher_repetition", "zh") else FIRST[name]
    return OURS[reason]
