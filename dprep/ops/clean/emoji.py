"""Remove emoji, or put their names in their place.

Whole sequences count as one emoji: skin tones, families and professions (joined by zero-width joiners), flags, regional flags,
keycaps (1️⃣). `action = "remove"` takes them away, `"name"` writes `:thumbs_up:`, `"keep"` leaves the text alone. Blanks around a
removed emoji stay: put `clean.whitespace` after. Use names where the feeling matters (sentiment, intents) and the model's
tokenizer knows no emoji; remove where emoji are noise; leave them where the model knows them.

Digits, `#` and `*` stay unless they are keycaps. `©`, `®`, `™`, `‼`, `ℹ`, arrows, small squares and triangles, `Ⓜ`, `㊗` and
`㊙` are text, and go only where the emoji selector (U+FE0F) follows. Other pictures with a text form (☺, ❤, ✔) are emoji unless
the text selector (U+FE0E) follows. Emoticons such as `:-)` and symbols that are no emoji (★, →, ♪) stay. A single half of a
flag is removed and has no name. What an emoji leaves behind (selectors, joiners, skin tones) goes with it.

**Chinese.** `language = "zh"` gives Chinese names, without blanks around them: 好👍 becomes 好:拇指向上:. Full-width digits and
circled numbers (①) are no emoji.

Source: Unicode Technical Standard #51 (emoji sequences); names are those of Unicode CLDR as the emoji package carries them.

```toml
op = "clean.emoji"
```
```diff
- {"text": "great 👍🏽👩‍🚀 1️⃣ day"}
+ {"text": "great   day"}
  {"text": "call *123# © 2024 :-)"}
- {"text": "你好🇨🇳"}
+ {"text": "你好"}
```

```toml
op = "clean.emoji"
action = "name"
language = "zh"
```
```diff
- {"text": "好👍"}
+ {"text": "好:拇指向上:"}
  {"text": "没有"}
```
"""

import re
from functools import cache, lru_cache
from typing import ClassVar, Literal

import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text
from dprep.kernels.screen import REMOVABLE, Screen, build, screened

_SELECTOR, _TEXT_SELECTOR, _JOINER, _KEYCAP = "\ufe0f", "\ufe0e", "\u200d", "\u20e3"
_TONES = "\U0001f3fb-\U0001f3ff"
_HALF_FLAGS = "\U0001f1e6-\U0001f1ff"
_TAGS = "\U000e0020-\U000e007f"


class Emoji(Clean):
    libraries: ClassVar[tuple[str, ...]] = ("emoji",)

    action: Literal["remove", "name", "keep"] = "remove"
    """What becomes of an emoji."""

    language: Literal["en", "es", "ja", "ko", "pt", "it", "fr", "de", "fa", "id", "zh", "ru", "tr", "ar"] = "en"
    """Language of the names; an emoji without a name in it gets the English one."""

    def edit(self, text: Text) -> pl.Series:
        rows = pl.Series(screened(*text.buffers, _screen()) & REMOVABLE != 0).arg_true()
        if self.action == "keep" or not len(rows):
            return text.series
        edited = [self._edited(one) for one in text.series.gather(rows)]
        return text.series.clone().scatter(rows, pl.Series(edited, dtype=pl.String))

    def _edited(self, text: str) -> str:
        """Line by line, as a search for single characters passes over lines without emoji many times faster."""
        pattern, replacement = (_removal(), "") if self.action == "remove" else (_emoji(), self._named)
        sign = _sign()
        return "\n".join(pattern.sub(replacement, line) if sign.search(line) else line for line in text.split("\n"))

    def _named(self, match: re.Match[str]) -> str:
        return _name(match[0], self.language)


@lru_cache(maxsize=10_000)
def _name(sequence: str, language: str) -> str:
    """The sequence's name between colons; of a sequence that the package does not know, the names of its parts."""
    import emoji

    for one in (language, "en"):
        named = emoji.demojize(sequence, language=one)
        if named != sequence:
            return re.sub(f"[{_JOINER}{_SELECTOR}{_KEYCAP}{_TAGS}]", "", named)
    return sequence


@cache
def _pictures() -> tuple[str, str]:
    """Single emoji characters: those that are emoji by themselves, and those that are text unless a selector follows."""
    import emoji

    singles = {c for sequence in emoji.EMOJI_DATA for c in sequence}
    singles -= set(f"0123456789#*{_SELECTOR}{_JOINER}{_KEYCAP}")
    points = sorted(ord(c) for c in singles if not re.match(f"[{_TONES}{_HALF_FLAGS}{_TAGS}]", c))
    pictured = "".join(chr(p) for p in points if 0x2600 <= p <= 0x27BF or p >= 0x1F000 or _always_picture(p))
    return pictured, "".join(chr(p) for p in points if chr(p) not in pictured)


def _always_picture(point: int) -> bool:
    """Whether the bare character is an emoji by Unicode's own default presentation (a watch, a large square)."""
    import emoji

    status = emoji.EMOJI_DATA.get(chr(point), {}).get("status")
    return status == emoji.STATUS["fully_qualified"]


@cache
def _emoji() -> re.Pattern[str]:
    """One emoji sequence (UTS #51, section 1.4.9), a little wider: half flags and lone skin tones count."""
    picture, text = (f"[{re.escape(characters)}]" for characters in _pictures())
    modified = f"{_SELECTOR}?[{_TONES}]?{_SELECTOR}?(?:[{_TAGS}]+)?"
    first = f"(?:{picture}(?!{_TEXT_SELECTOR}){modified}|{text}{_SELECTOR}{modified})"
    joined = f"(?:{_JOINER}(?:{picture}|{text})(?!{_TEXT_SELECTOR}){modified})*"
    keycap = f"[0-9#*]{_SELECTOR}?{_KEYCAP}"
    return re.compile(f"{first}{joined}|{keycap}|[{_HALF_FLAGS}]{{1,2}}|[{_TONES}]")


@cache
def _removal() -> re.Pattern[str]:
    """A run of emoji with all they leave behind, so that the text that closes up forms no new emoji."""
    return re.compile(f"(?:(?:{_emoji().pattern})[{_SELECTOR}{_JOINER}{_KEYCAP}{_TAGS}]*)+")


@cache
def _signs() -> str:
    """Characters without which a text holds no emoji."""
    others = map(chr, (*range(0x1F3FB, 0x1F400), *range(0x1F1E6, 0x1F200)))
    return "".join([_pictures()[0], _SELECTOR, _KEYCAP, *others])


@cache
def _sign() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(_signs())}]")


@cache
def _screen() -> Screen:
    return build([], "", "", _signs(), "none")
