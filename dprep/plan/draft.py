"""A commented recipe from what a data file seems to hold."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dprep.plan.guess import Guess

CJK = {"zh", "ja", "ko", "yue", "wuu"}
LONG_TEXT = 30
"""Words from which a text is a document rather than a message."""


@dataclass(frozen=True)
class Block:
    """One `[[step]]`, with the reason for it."""

    comment: str
    op: str
    lines: tuple[str, ...] = ()
    off: bool = False
    """Commented out: for the user to decide."""


def draft(guess: Guess, path: str, shown: str, known: Sequence[str]) -> str:
    """The recipe as TOML; `path` as it stands in the recipe, `known` are the operators there are."""
    steps = [block for block in _steps(guess) if block.op in known]
    parts = [_head(guess, shown), _dataset(guess), _source(guess, path), *(_step(block) for block in steps)]
    return "\n\n".join(parts) + "\n"


def text(value: object) -> str:
    """A value as TOML spells it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(text, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key_text(name)} = {text(each)}' for name, each in value.items())} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def key_text(name: str) -> str:
    """A key as TOML spells it."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else text(name)


def name_of(pattern: str) -> str:
    """A dataset name from a file name."""
    stem = re.split(r"[/\\]", pattern.rstrip("/\\"))[-1].split(".")[0]
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")
    return safe[:60] if safe and safe[0].isalnum() else "dataset"


def _head(guess: Guess, shown: str) -> str:
    language = f", mostly `{guess.language}`" if guess.language else ""
    lines = [
        f"# Drafted by `dprep init` from the first rows of {_comment(shown)}: task {guess.task}{language}.",
        "# Guesses are marked with (?). `dprep check` says what is wrong, `dprep preview` shows each step on a few rows.",
    ]
    return "\n".join([*lines, *(f"# Note: {_comment(note)}." for note in guess.notes)])


def _dataset(guess: Guess) -> str:
    return "\n".join(
        [
            "[dataset]",
            f"name = {text(name_of(guess.pattern))}",
            "seed = 7                      # chance is drawn from this alone: the same seed, the same rows",
            f"task = {text(guess.task):<22} # (?) what a row must have: {_contract(guess)}",
            '# license = "CC-BY-4.0"       # goes to the card of the dataset',
        ]
    )


def _contract(guess: Guess) -> str:
    return ", ".join(name for name in guess.columns if not name.startswith("file_"))


def _source(guess: Guess, path: str) -> str:
    lines = ["[[source]]", f"path = {text(path)}" + _count(guess)]
    if guess.format:
        lines.append(f"format = {text(guess.format)}")
    if guess.encoding:
        lines.append(f"encoding = {text(guess.encoding)}")
    lines += [f"{name} = {text(value)}" for name, value in guess.options.items()]
    lines.append(f"columns = {text(guess.columns)}  # (?) ours = theirs; the other columns are kept")
    if guess.key:
        lines.append(f"id = {text(guess.key)}  # tells the rows apart, so that `dprep diff` can say which have changed")
    return "\n".join(lines)


def _count(guess: Guess) -> str:
    return f"  # {guess.files:,} files" if guess.files > 1 else ""


def _comment(words: str) -> str:
    return "".join(c if c.isprintable() else " " for c in words)


def _step(block: Block) -> str:
    comment = [f"# {line}" for line in block.comment.split("\n")]
    body = ["[[step]]", f"op = {text(block.op)}", *block.lines]
    return "\n".join([*comment, *(f"# {line}" if block.off else line for line in body)])


def _columns(paths: Sequence[str]) -> tuple[str, ...]:
    return (f"columns = {text(list(paths))}",)


def _steps(guess: Guess) -> list[Block]:
    return [*_cleaning(guess), *_judging(guess), *_copies(guess), _split(guess)]


def _cleaning(guess: Guess) -> list[Block]:
    if guess.task == "tagging":  # tags count tokens: they stay as they are
        return []
    only = ["question"] if guess.task == "qa" else list(guess.texts)
    columns = _columns(only) if guess.task in {"qa", "preference"} else ()
    blocks = [Block("Tags and entities out, the text in between stays.", "clean.html", columns)] if guess.html else []
    form = ('# form = "NFKC"  # makes full-width letters, digits and also ，：？ plain',) if guess.language in CJK else ()
    blocks.append(Block("Broken encodings, invisible and look-alike characters.", "clean.unicode", (*columns, *form)))
    code = (
        ("keep_indent = true  # answers may hold program code",) if guess.task in {"chat", "completion", "preference"} else ()
    )
    return [*blocks, Block("Blanks and line breaks in order.", "clean.whitespace", (*columns, *code))]


def _judging(guess: Guess) -> list[Block]:
    if guess.task in {"tagging", "qa"}:
        return []
    columns = _columns(guess.texts) if guess.task == "preference" else ()
    blocks = []
    if guess.task in {"text", "classification", "chat"}:
        blocks.append(Block("Adds lang and lang_score to every row.", "tag.language", columns))
        wanted = guess.language or "en"
        blocks.append(_where("To keep one language only, take the # off.", "language", f"lang = '{wanted}'", off=True))
    if guess.task == "classification":
        blocks.append(
            Block(
                "A row without a label teaches nothing.",
                "filter.where",
                ('name = "labelled"', f'condition = "{_labelled(guess)}"'),
            )
        )
    if guess.task == "preference" and guess.texts[-2:] == ("chosen", "rejected"):
        blocks.append(
            Block("Equal answers are no preference.", "filter.where", ('name = "differs"', 'condition = "chosen <> rejected"'))
        )
    least, told = _fewest(guess)
    on = _columns(guess.texts[-1:]) if guess.task in {"completion", "seq2seq"} else columns
    return [*blocks, Block(told, "filter.length", (*on, f"min_words = {least}  # (?)"))]


def _where(comment: str, name: str, condition: str, *, off: bool = False) -> Block:
    return Block(comment, "filter.where", (f"name = {text(name)}", f"condition = {text(condition)}"), off)


def _labelled(guess: Guess) -> str:
    return "label IS NOT NULL AND CAST(label AS VARCHAR) <> ''" if guess.labels else "label IS NOT NULL"


def _fewest(guess: Guess) -> tuple[int, str]:
    chinese = " A Chinese character counts as a word." if guess.language in CJK else ""
    middle = f"half of the texts have {guess.words:,.0f} {'word' if round(guess.words) == 1 else 'words'} or more.{chinese}"
    if guess.task == "text" and guess.words >= LONG_TEXT:
        return (20 if guess.language in CJK else 10), f"Scraps go; {middle}"
    return 1, f"Empty texts go; {middle}"


def _copies(guess: Guess) -> list[Block]:
    columns = _columns(guess.texts) if guess.task in {"preference", "qa", "tagging"} else ()
    exact = Block("Equal texts: the first stays.", "dedup.exact", columns)
    if guess.task in {"tagging", "qa"} or guess.words < 3:
        return [exact]
    near = Block("Nearly equal texts: they would make a test part too easy.", "dedup.minhash", (*columns, "threshold = 0.8"))
    return [exact, near]


def _split(guess: Guess) -> Block:
    lines = ["ratios = { train = 8, validation = 1, test = 1 }"]
    if guess.task == "classification":
        lines.append('stratum = ["label"]  # every part gets its share of every label')
    if guess.task == "qa":
        lines.append('unit = ["context"]   # questions on one text stay together')
    if guess.task == "preference" and "prompt" in guess.texts:
        lines.append('unit = ["prompt"]    # answers to one prompt stay together')
    return Block("Parts, after the copies are gone and before anything is added.", "split.stratified", tuple(lines))
