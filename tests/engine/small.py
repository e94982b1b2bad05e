"""A small inbox whose fate is known by hand: which row is dropped where, changed by what, copied from which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECIPE = """\
[dataset]
name = "inbox"
seed = 7
task = "classification"

[[source]]
name = "mail"
path = "mails/mail.jsonl"
columns = { text = "body", label = "intent" }

[[step]]
op = "clean.unicode"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_words = 3

[[step]]
op = "filter.where"
name = "wanted"
condition = "label <> 'spam'"

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 3, test = 1 }

[[step]]
op = "augment.noise"
columns = ["text"]
"""

LINES = (
    '{"body": "where is my parcel today", "intent": "delivery"}',  # 1: stays
    '{"body": "too  short", "intent": "delivery"}',  # 2: two words
    '{"body": "you have won a prize", "intent": "spam"}',  # 3: not wanted
    '{"body": "zero\\u200bwidth   in the middle", "intent": "login"}',  # 4: cleaned twice
    '{"body": "where is my parcel today", "intent": "returns"}',  # 5: equal to line 1
    '{"body": null, "intent": "login"}',  # 6: no text
    '{"body": "broken',  # 7: no JSON
    '{"body": "I cannot log in any more", "intent": "login"}',  # 8
    '{"body": "please take the jacket back", "intent": "returns"}',  # 9
    '{"body": "the invoice names a wrong amount", "intent": "billing"}',  # 10
)
DROPPED = {2: "length", 3: "wanted", 5: "exact", 6: "read"}
KEPT = (1, 4, 8, 9, 10)


def inbox(folder: Path, recipe: str = RECIPE) -> Path:
    """The recipe's file; its source lies beside it."""
    (folder / "mails").mkdir(parents=True)
    (folder / "mails" / "mail.jsonl").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    (folder / "recipe.toml").write_text(recipe, encoding="utf-8")
    return folder / "recipe.toml"


def record(line: int) -> dict[str, Any]:
    """What a line of the source says."""
    found: dict[str, Any] = json.loads(LINES[line - 1])
    return found
