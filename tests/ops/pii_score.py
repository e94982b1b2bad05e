"""How well personal data is found: spans that are known, against spans that were found."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base.text import Text
from dprep.ops._pii_find import found
from dprep.ops._pii_kinds import KINDS, OF_CODE

DATA = Path(__file__).parent / "data"
REGIONS = (
    *("US", "CA", "MX", "BR", "AR", "CL", "CO", "PE", "VE", "EC", "GB", "IE", "FR", "DE", "NL", "BE", "LU", "CH", "AT", "IT"),
    *("ES", "PT", "DK", "SE", "NO", "FI", "IS", "PL", "CZ", "SK", "HU", "RO", "BG", "GR", "TR", "UA", "RU", "EE", "LV", "LT"),
    *("CN", "HK", "TW", "JP", "KR", "IN", "PK", "BD", "ID", "MY", "SG", "TH", "VN", "PH", "AU", "NZ", "ZA", "NG", "KE", "EG"),
)
"""Sixty regions of six continents."""
Span = tuple[int, int, str]


@dataclass
class Score:
    """Per kind: known spans, those of them found, found spans, those of them known."""

    known: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        return self.hit[kind] / self.known[kind] if self.known[kind] else 1.0

    def precision(self, kind: str) -> float:
        return self.right[kind] / self.found[kind] if self.found[kind] else 1.0


def shared() -> Path | None:
    """The folder with the corpora, if it is there."""
    folder = Path(os.environ.get("DPREP_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    return folder if (folder / "corpora").is_dir() else None


def spans_of(texts: Sequence[str], regions: tuple[str, ...], kinds: tuple[str, ...] = KINDS) -> list[list[Span]]:
    """What is found in each text, in code points; mainland mobile numbers count as phones."""
    text = Text(pl.Series(list(texts), dtype=pl.String))
    offsets, data = text.buffers
    result: list[list[Span]] = [[] for _ in texts]
    for row, start, end, code in zip(*found(text, kinds, regions), strict=True):  # type: ignore[arg-type]
        kind = OF_CODE[int(code)]
        first = len(data[offsets[row] : start].tobytes().decode())
        length = len(data[start:end].tobytes().decode())
        result[row].append((first, first + length, "phone" if kind == "cn_mobile" else kind))
    return result


def same(a: Span, b: Span) -> bool:
    """Whether two spans of one kind share at least half of what they cover together."""
    both = min(a[1], b[1]) - max(a[0], b[0])
    return a[2] == b[2] and 2 * both >= max(a[1], b[1]) - min(a[0], b[0])


def score(texts: Sequence[str], truth: Iterable[Sequence[Span]], regions: tuple[str, ...]) -> Score:
    """What is found in `texts` against what is known of them."""
    total = Score()
    for text, known, seen in zip(texts, truth, spans_of(texts, regions), strict=True):
        for span in known:
            hit = any(same(span, other) for other in seen)
            total.known[span[2]] += 1
            total.hit[span[2]] += hit
            if not hit:
                total.misses.append(f"{span[2]} {text[span[0] : span[1]]!r}")
        for span in seen:
            right = any(same(span, other) for other in known)
            total.found[span[2]] += 1
            total.right[span[2]] += right
            if not right:
                total.extras.append(f"{span[2]} {text[max(0, span[0] - 20) : span[1] + 10]!r}")
    return total


def mails(folder: Path) -> tuple[list[str], list[list[Span]]]:
    """The labelled mails and their spans."""
    labels = [json.loads(line) for line in (DATA / "pii_spamassassin.jsonl").read_text().splitlines()]
    rows = pl.read_ndjson(folder / "corpora/cls-en-spamassassin/emails.jsonl.zst").select("id", "raw")
    raw = dict(rows.filter(pl.col("id").is_in([label["id"] for label in labels])).iter_rows())
    return [raw[label["id"]] for label in labels], [[(a, b, kind) for a, b, kind in label["spans"]] for label in labels]


def _filled(sentence: str, value: str, kind: str) -> tuple[str, list[Span]]:
    start = sentence.index("{}")
    return sentence.replace("{}", value), [(start, start + len(value), kind)]


def cards() -> tuple[list[str], list[list[Span]]]:
    """Published test numbers, whole and in groups, in sentences with other numbers."""
    numbers = [n for group in json.loads((DATA / "pii_cards.json").read_text())["cards"].values() for n in group]
    sentences = (
        "Please charge {} for order 2024-11873 of 17.05.2024.",
        "Card number: {}, exp. 12/27, amount 1,299.00.",
        "信用卡{}已于2024年5月17日扣款。",
    )
    made = []
    for number in numbers:
        cuts = (4, 10) if len(number) in (14, 15) else (4, 8, 12, 16) if len(number) > 13 else ()
        edges = [0, *(cut for cut in cuts if cut < len(number)), len(number)]
        groups = [number[a:b] for a, b in pairwise(edges)]
        for sentence in sentences:
            made += [_filled(sentence, form, "card") for form in {number, " ".join(groups), "-".join(groups)}]
    return [text for text, _ in made], [spans for _, spans in made]


def ibans() -> tuple[list[str], list[list[Span]]]:
    """The registry's examples in electronic and printed form, in sentences with other numbers."""
    sentences = ("Transfer 1,200.50 EUR to {} by 2024-05-17.", "IBAN: {} (BIC COBADEFFXXX)", "请汇款至{}，金额1200元。")
    made = []
    for number in json.loads((DATA / "pii_ibans.json").read_text())["ibans"]:
        printed = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
        made += [_filled(sentence, form, "iban") for sentence in sentences for form in (number, printed)]
    return [text for text, _ in made], [spans for _, spans in made]


WORDED = (
    "You can phone us on {} from 9:00 to 17:30 on weekdays.",
    "Tel.: {}\nOrder 20240517-118, 3 pieces at 12.50 each",
    "Her mobile is {}, ask for Ann in room 1204.",
    "请致电{}联系客服，订单号为2024051700118。",
)
PLAIN = (
    "{} reaches the front desk until 2024-12-31.",
    "Our office: 12 High Street, 2nd floor, {}, open 9-17.",
    "客服{}，周一至周五。",
)


def phones(form: str) -> tuple[list[str], list[list[Span]]]:
    """Example numbers of sixty regions (fixed and mobile) in sentences, written in one form.

    form: "international", "e164", "rfc3966", "national" (after a word for phone) or "grouped" (national, at least nine digits
    in two groups, no word).
    """
    import phonenumbers as library

    forms = library.PhoneNumberFormat
    style = {"international": forms.INTERNATIONAL, "e164": forms.E164, "rfc3966": forms.RFC3966}.get(form, forms.NATIONAL)
    kinds = (library.PhoneNumberType.FIXED_LINE, library.PhoneNumberType.MOBILE)
    made = []
    for region in REGIONS:
        for kind in kinds:
            number = library.example_number_for_type(region, kind)
            assert number is not None, (region, kind)
            written = library.format_number(number, style)
            digits = sum(map(str.isdigit, written))
            if form == "grouped" and (digits < 9 or written.isdigit()):
                continue
            sentences = {"national": WORDED, "grouped": PLAIN}.get(form, (*WORDED, *PLAIN))
            value = written.removeprefix("tel:")
            made += [_filled(sentence.replace("{}", written.replace(value, "{}")), value, "phone") for sentence in sentences]
    return [text for text, _ in made], [spans for _, spans in made]


_CORPORA = {
    "man": ("raw-multi-manpages/pages.jsonl.zst", "roff"),
    "pep": ("dup-en-pep-revisions/revisions.jsonl.zst", "text"),
    "law": ("raw-zh-laws/laws.jsonl.zst", "text"),
}


def lookalikes(folder: Path) -> list[tuple[dict[str, Any], str]]:
    """Texts full of other numbers, each with what a reader found in it: {"known": {kind: times}}, e-mail not counted."""
    verdicts = [json.loads(line) for line in (DATA / "pii_lookalikes.jsonl").read_text().splitlines()]
    texts: dict[tuple[str, str], str] = {}
    for corpus, (file, column) in _CORPORA.items():
        rows = pl.read_ndjson(folder / "corpora" / file)
        parts = {"man": ["package", "lang", "name"], "pep": ["id"], "law": ["path"]}[corpus]
        key = pl.concat_str(parts, separator="/", ignore_nulls=True)
        if corpus == "man":
            key = pl.concat_str(key, pl.lit("."), pl.col("section"))
        asked = [verdict["id"] for verdict in verdicts if verdict["corpus"] == corpus]
        chosen = (
            rows.select(id=key, text=column).filter(pl.col("id").is_in(asked)).unique("id", keep="first", maintain_order=True)
        )
        texts |= {(corpus, id): text for id, text in chosen.iter_rows()}
    return [(verdict, texts[verdict["corpus"], verdict["id"]]) for verdict in verdicts]
