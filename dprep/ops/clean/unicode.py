"""Repair mojibake, remove invisible characters and bring texts to one Unicode form.

In this order: text that was UTF-8 and was read as Latin-1, Windows-125x or Mac Roman is read again as UTF-8 (`cafÃ©` becomes
`café`); control, zero-width and bidi characters go; what is left is normalized. All of it is repeated until nothing changes.
Use it first in a recipe: equal-looking texts become equal bytes. Do not use it where exact bytes matter (program text about
Unicode, encodings), and not with `form = "NFKC"` for mathematics, chemistry or typography: x² becomes x2, ½ becomes 1⁄2.

Mojibake: only ftfy's `fix_encoding` is used, line by line, with its defaults: it repairs the encoding, lossy sequences, lost
non-breaking spaces and C1 controls that are Windows-1252 in disguise. Nothing else of ftfy is: quotes stay curly, HTML entities
stay (`clean.html` decodes them), width stays. A screen over the bytes finds the few rows that ftfy could change.
Invisible characters: controls other than white space; soft hyphen, zero-width space, word joiner, byte order mark, invisible
operators, tag characters (they can hide instructions); marks, embeddings, overrides and isolates of direction. Zero-width
joiners and non-joiners stay inside emoji sequences (👩‍🚀) and after Arabic, Indic and other letters that they shape (می‌خواهم);
tags stay in flags (🏴󠁧󠁢󠁳󠁣󠁴󠁿); variation selectors stay. Right-to-left text without its marks may show punctuation on the wrong side:
set `remove_bidi = false` for such text.

**Chinese.** NFC changes compatibility ideographs only. NFKC makes full-width letters, digits and punctuation half-width
(`Ａ１，` becomes `A1,`), which changes nearly every Chinese text: use it for matching and counting, hardly for training.

Source: Unicode Standard Annex #15 (normalization forms); ftfy's documentation for what its heuristic recognises.

```toml
op = "clean.unicode"
```
```diff
- {"text": "cafÃ© â€œau laitâ€\\u009d"}
+ {"text": "café “au lait”"}
- {"text": "ä½\\u00a0å¥½"}
+ {"text": "你好"}
- {"text": "zero\\u200bwidth and\\u0000null, re\\u0301sume\\u0301"}
+ {"text": "zerowidth andnull, résumé"}
  {"text": "👩‍🚀 flies, ＡＢＣ stays wide"}
```

```toml
op = "clean.unicode"
form = "NFKC"
```
```diff
- {"text": "ＡＢＣ　１２３，好"}
+ {"text": "ABC 123,好"}
  {"text": "plain"}
```
"""

from functools import cache
from typing import ClassVar, Literal

import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.invisible import invisible, stripped
from dprep.kernels.screen import REMOVABLE, SUSPECT, UNSTABLE, Screen, build, screened

_ROUNDS = 16
"""More rounds than any text met needs; a bound, so that no text can keep a run busy for ever."""


class Unicode(Clean):
    libraries: ClassVar[tuple[str, ...]] = ("ftfy", "polars")

    form: Literal["NFC", "NFKC", "none"] = "NFC"
    """Normalization form: NFC joins letters and their marks, NFKC also folds widths, ligatures and superscripts."""

    fix_mojibake: bool = True
    """Repair text that was decoded with the wrong encoding."""

    remove_control: bool = True
    """Remove control characters other than white space."""

    remove_zero_width: bool = True
    """Remove zero-width and other invisible characters, except where emoji or a script need them."""

    remove_bidi: bool = True
    """Remove marks, embeddings and overrides of text direction."""

    def edit(self, text: Text) -> pl.Series:
        rows = pl.Series(screened(*text.buffers, self._screen()) != 0).arg_true()
        if not len(rows):
            return text.series
        before = text.series.gather(rows)
        after = before
        for _ in range(_ROUNDS):
            last, after = after, self._normalized(self._visible(self._repaired(after)))
            if after.equals(last):
                break
        return text.series.clone().scatter(rows, after)

    def _screen(self) -> Screen:
        hidden = invisible(control=self.remove_control, zero_width=self.remove_zero_width, bidi=self.remove_bidi)
        return _screen(self.fix_mojibake, hidden, self.form)

    def _flagged(self, texts: pl.Series, flag: int) -> pl.Series:
        """The places of the texts that may need what `flag` stands for."""
        return pl.Series(screened(*buffers(texts), self._screen()) & flag != 0).arg_true()

    def _repaired(self, texts: pl.Series) -> pl.Series:
        rows = self._flagged(texts, SUSPECT)
        if not self.fix_mojibake or not len(rows):
            return texts
        import ftfy  # 25 ms that `dprep check` need not wait for

        pieces = texts.gather(rows).str.split("\n")
        lines = pl.DataFrame({"row": rows, "line": pieces}).explode("line")
        places = self._flagged(lines.get_column("line"), SUSPECT)
        fixed = [ftfy.fix_encoding(line) for line in lines.get_column("line").gather(places)]
        lines = lines.with_columns(line=lines.get_column("line").scatter(places, pl.Series(fixed, dtype=pl.String)))
        whole = lines.group_by("row", maintain_order=True).agg(pl.col("line").str.join("\n"))
        return texts.clone().scatter(rows, whole.get_column("line"))

    def _visible(self, texts: pl.Series) -> pl.Series:
        rows = self._flagged(texts, REMOVABLE)
        if not len(rows):
            return texts
        kept = stripped(
            *buffers(texts.gather(rows)), control=self.remove_control, zero_width=self.remove_zero_width, bidi=self.remove_bidi
        )
        return texts.clone().scatter(rows, from_buffers(*kept))

    def _normalized(self, texts: pl.Series) -> pl.Series:
        rows = self._flagged(texts, UNSTABLE)
        if self.form == "none" or not len(rows):
            return texts
        return texts.clone().scatter(rows, texts.gather(rows).str.normalize(self.form))


@cache
def _screen(mojibake: bool, hidden: str, form: Literal["NFC", "NFKC", "none"]) -> Screen:
    pairs = _suspect_pairs() if mojibake else []
    return build(pairs, _members("c1") if mojibake else "", "Œœ" if mojibake else "", hidden, form)


def _members(names: str) -> str:
    """All characters of ftfy's categories `names`, with ranges such as `a-z` written out."""
    from ftfy.badness import MOJIBAKE_CATEGORIES

    found = ""
    for name in names.split():
        text = MOJIBAKE_CATEGORIES[name]
        while text:
            last = text[2] if text[1:2] == "-" and len(text) > 2 else text[0]
            found += "".join(map(chr, range(ord(text[0]), ord(last) + 1)))
            text = text[3:] if last != text[0] else text[1:]
    return found


def _suspect_pairs() -> list[tuple[str, str]]:
    """Neighbours without which ftfy finds no text bad: a superset of its test, checked against it by the tests."""
    accented = _members("upper_accented lower_accented")
    cased = _members("lower_common upper_common")
    quotes, marks = _members("start_punctuation end_punctuation"), _members("currency numeric box law")
    bad, box = _members("bad"), _members("box")
    return [
        (accented + cased + quotes + marks + bad + _members("kaomoji"), bad + _members("c1")),
        (bad, accented + quotes + marks),
        (_members("lower_accented lower_common box end_punctuation currency numeric"), _members("upper_accented")),
        (box + _members("end_punctuation currency numeric"), _members("lower_accented")),
        (accented + box + _members("end_punctuation"), _members("currency")),
        (_members("upper_accented box"), _members("numeric law") + "°"),
        (accented + marks + _members("end_punctuation"), quotes),
        (accented + quotes + marks, box),
        (box, _members("kaomoji")),
        ("ÂÃÎÐ", "€œŠš¢£Ÿž\xa0\xad®©°·»–—´¡ " + quotes),
        ("ÂÃ", " "),
        ("×à√≈‚", "²³µ¹¼½¾±∂†≠®™´≤≥¥ø°¢Äâó" + marks),
        ("ØÙ", _members("common currency bad numeric start_punctuation") + "ŸŠ®°µ»"),
        ("вГβā", "Ђў€"),
        ("ВГРСΒΓΞΟ", quotes + marks + "°µ"),
    ]
