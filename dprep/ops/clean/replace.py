r"""Replace what a regular expression matches, or a fixed string, by something else.

`pattern` and `replacement` name one pair, `pairs` several, which are applied in order, each to what the one before has made.
Matches are found from the left and do not overlap. In the replacement of a regular expression `$1` or `${1}` is the text of the
first group, `${name}` that of `(?P<name>…)`, `$$` a dollar sign; write `${1}st` where a letter, digit or `_` follows. With
`literal = true` patterns and replacements are plain strings.

Use it for the noise of one source: a header, a tracking code, a word that the maker of the data put everywhere. Prefer the
operators that know their subject (`clean.urls`, `clean.emoji`, `clean.whitespace`, `clean.pii`). In TOML write patterns between
single quotes: no backslash is doubled there.

The expressions are those of Rust's regex crate: linear time on any text, Unicode classes (`\p{Han}`, `\d` is every script's
digit), `(?i)` for either case, `(?m)` for `^` and `$` at lines, `(?s)` for a dot that takes line breaks; no look-around and no
back-references. `rounds` repeats the list until nothing changes, at most so many times.

**Chinese.** `\b` stands between a letter and what is none: there is none between two han, so `\b你好\b` is found only
where 你好 is a whole run of han. Use `\p{Han}` for han; ranges such as `[一-龥]` leave out rare characters.

Source: the syntax of the Rust crate `regex` as polars 2.1 has it (docs.rs/regex, section Syntax).

```toml
op = "clean.replace"
pattern = '(?i)\bticket #(\d+):?\s*'
replacement = '[$1] '
```
```diff
- {"text": "Ticket #42: the lamp is broken"}
+ {"text": "[42] the lamp is broken"}
- {"text": "关于 ticket #7 的问题"}
+ {"text": "关于 [7] 的问题"}
  {"text": "a ticket without a number"}
```

```toml
op = "clean.replace"
literal = true
pairs = [["（完）", ""], ["1.0", "2.0"]]
```
```diff
- {"text": "故事到此为止。（完）"}
+ {"text": "故事到此为止。"}
- {"text": "version 1.0"}
+ {"text": "version 2.0"}
  {"text": "version 1x0"}
```

```toml
op = "clean.replace"
pattern = '\([^()]*\)'
rounds = 8
```
```diff
- {"text": "all (but (the inner)) gone"}
+ {"text": "all  gone"}
  {"text": "open (only"}
```
"""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

import polars as pl
from annotated_types import Ge, Le, MinLen
from pydantic import Strict, ValidationInfo, field_validator, model_validator

from dprep.base.operator import Clean
from dprep.base.problem import Error, Problem
from dprep.base.text import Text

Pair = Annotated[tuple[Annotated[str, MinLen(1)], str], Strict(False)]

_REFERENCE = re.compile(r"\$(?:\$|\{([^{}]+)\}|(\w+))", re.ASCII)
_FAULTS = {
    "look-around": "look-ahead and look-behind do not exist here",
    "backreferences": "back-references such as `\\1` do not exist in a pattern here",
    "unclosed group": "a `(` is not closed",
    "unopened group": "a `)` closes nothing",
    "unclosed character class": "a `[` is not closed",
    "repetition operator missing": "`*`, `+`, `?` or `{…}` repeats nothing",
    "unclosed counted repetition": "a `{` is not closed",
    "invalid character class range": "a range in `[…]` runs backwards",
    "unrecognized escape": "an unknown sign follows a backslash",
    "incomplete escape": "nothing follows a backslash",
    "property": "no such class of characters for `\\p{…}`",
    "size limit": "it is too large",
}
"""What Rust's regex crate says, and what we say."""


class Replace(Clean):
    libraries: ClassVar[tuple[str, ...]] = ("polars",)
    exempt: ClassVar[Mapping[str, str]] = {
        "twice": "A replacement may make new matches (`a` to `aa`), and the recipe may want exactly that; `rounds` bounds it."
    }

    literal: bool = False
    """Patterns and replacements are plain strings."""

    pattern: Annotated[str, MinLen(1)] | None = None
    """A regular expression, or a plain string if `literal`."""

    replacement: str = ""
    """What stands in the place of each match of `pattern`."""

    pairs: Annotated[tuple[Pair, ...], Strict(False)] = ()
    """Pairs of pattern and replacement, applied in order after `pattern`."""

    rounds: Annotated[int, Ge(1), Le(16)] = 1
    """How often all of it is repeated while something changes."""

    @field_validator("pattern")
    @classmethod
    def _is_pattern(cls, pattern: str | None, info: ValidationInfo) -> str | None:
        if pattern is not None and not info.data.get("literal"):
            _groups(pattern, "pattern")
        return pattern

    @field_validator("replacement")
    @classmethod
    def _is_replacement(cls, replacement: str, info: ValidationInfo) -> str:
        pattern = info.data.get("pattern")
        if pattern is not None and not info.data.get("literal"):
            _known(replacement, _groups(pattern, "pattern"), "replacement")
        return replacement

    @field_validator("pairs")
    @classmethod
    def _are_pairs(cls, pairs: tuple[Pair, ...], info: ValidationInfo) -> tuple[Pair, ...]:
        for place, (pattern, replacement) in enumerate(pairs, start=1):
            if not info.data.get("literal"):
                _known(replacement, _groups(pattern, f"pairs[{place}][1]"), f"pairs[{place}][2]")
        return pairs

    @model_validator(mode="after")
    def _has_pattern(self) -> "Replace":
        if self.pattern is None and not self.pairs:
            help = "set `pattern = '…'` and `replacement`, or `pairs = [['…', '…']]`"
            raise Error(Problem("missing-parameter", "`clean.replace` needs a pattern", help=help))
        return self

    def edit(self, text: Text) -> pl.Series:
        after = text.series
        for _ in range(self.rounds):
            before = after
            for pattern, replacement in self._all():
                after = after.str.replace_all(pattern, replacement, literal=self.literal)
            if after.equals(before):
                break
        return after

    def _all(self) -> tuple[tuple[str, str], ...]:
        own = () if self.pattern is None else ((self.pattern, self.replacement),)
        return own + self.pairs


def _groups(pattern: str, parameter: str) -> set[str]:
    """Names and numbers of the groups of a pattern. Raises ValueError, in our words, where it is none."""
    try:
        found = pl.Series([""]).str.extract_groups(pattern).struct.fields
    except pl.exceptions.ComputeError as fault:
        told = next((ours for theirs, ours in _FAULTS.items() if theirs in str(fault)), "")
        raise ValueError(f"`{parameter}` is no regular expression" + (f": {told}" if told else "")) from fault
    return {name for name in found if name} | {str(number) for number in range(len(found) + 1)}


def _known(replacement: str, groups: set[str], parameter: str) -> None:
    for braced, bare in _REFERENCE.findall(replacement):
        name = braced or bare
        if name and name not in groups:
            hint = f": write `${{{digits[0]}}}`" if (digits := re.match(r"\d+", bare)) and digits[0] in groups else ""
            raise ValueError(f"`{parameter}` names group `{name}`, which its pattern does not have{hint}")
