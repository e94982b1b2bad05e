"""A store with one version whose rows are known by hand: labels, parts, twins, rows dropped, and text that would do harm."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from dprep.cli.main import cli

RECIPE = """\
[dataset]
name = "shop"
seed = 7
task = "classification"

[[source]]
name = "mail"
path = "mail.jsonl"

[[source]]
name = "chat"
path = "chat.jsonl"

[[step]]
op = "filter.length"
min_words = 3

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 4, test = 1 }
unit = []
"""
HOSTILE = "three words \x1b[31mred\x1b]0;title\x07 \u202eevil <script>alert(1)</script> [bold]markup[/bold]\nsecond line"
LABELS = ("refund",) * 60 + ("login",) * 30 + ("rare",) * 5


def mails() -> list[dict[str, object]]:
    """95 rows that stay, the first of them hostile; row n says n words more."""
    texts = [HOSTILE, *(f"mail number {n} about a thing" for n in range(1, 95))]
    return [{"text": text, "label": label, "score": n / 10} for n, (text, label) in enumerate(zip(texts, LABELS, strict=True))]


def chats() -> list[dict[str, object]]:
    """Twelve copies of one mail, three short ones, and a long one that stays."""
    copies = [{"text": "mail number 7 about a thing", "label": "refund", "score": 0.0}] * 12
    short = [{"text": "too short", "label": "login", "score": 0.0}] * 3
    return [*copies, *short, {"text": "a long one " * 50, "label": "login", "score": 9.9}]


def shop(folder: Path) -> Path:
    """The recipe, run into `store` beside it."""
    for name, rows in (("mail", mails()), ("chat", chats())):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "recipe.toml").write_text(RECIPE)
    call("run", folder / "recipe.toml", "--store", folder / "store", "--quiet")
    return folder


def call(*words: object, code: int = 0) -> Result:
    """A command as it is typed."""
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result
