"""Drop records that speak of the same thing as another one: several columns, each with its weight.

Use it for people, companies, products, publications, places: rows of short values in columns of their own, misspelt,
shortened, swapped or missing here and there. Not for running text, which `dedup.minhash` compares better and faster, nor
where one column settles it: `dedup.exact` with that column is enough.

Two records are twins where the weighted mean of their fields' similarities is `threshold` or more. A field is compared as
`text`: the cosine of the character runs that both values have (three characters, a blank put at either end), where rare runs
weigh more (`rarity`): of two cameras the model number says more than the maker. Or as `exact`: 1 where letters and digits are
the same. Case, accents, width, punctuation and the order of words hardly matter or do not at all.

A value without a letter or digit is missing, and a field that either record lacks is left out of the mean. So that two
records are not twins by their state alone, the fields that both have should make up half of all weight (`least_shared`); what
lacks to that counts as different. A record of which less is known than could ever reach the threshold is a twin of none, not
even of its equal.

Weights and threshold depend on the data: start with equal weights and `action = "mark"`, sort by `similarity`, and read the
pairs around the threshold. `exact` suits identifiers that are never misspelt; a telephone number with a typo needs `text`.
For given and family names that may be swapped make one field of both columns. Numbers are compared as they are written.

Records are compared that share a key: a word or whole value that 48 rows or fewer have; a run of characters that 32 have or
fewer (the 12 rarest of a record); two of its 12 rarest other words that 16 rows or fewer would have together by chance. What
one row alone has is no key. How many have it is counted in all rows first, by hash, 1 MB for each block of rows. No key is
left where records share nothing but common words: then a pair is missed. A key with more than 64 records (values that always
come together) has each compared with eight others; the manifest counts such `large_buckets`.

Every row that goes is a twin of the row that stays for it, unless `chain = true`. As rarity is counted in the rows at hand,
another set of rows gives the same two records a slightly different similarity.

Measured, F1 of pairs, weights and threshold chosen on another part: 0.999 on persons with typos (febrl, 5,000 rows), 0.958
on childhood places, 0.978 on publications of DBLP and ACM, 0.565 and 0.657 on products of shops (Amazon-Google, Abt-Buy),
where a model number in a title decides. Every true pair of the first two shared a key; so did every pair over the
threshold. Equal weights at the default threshold gave 0.995 and 0.900 there, 0.875, 0.37 and 0.40 on the others.

**Chinese.** A run is two characters where it starts with a character of a script without blanks, so a name of three
characters has four runs, and one changed character leaves half of them. Each character counts as a word for keys, and so do
two neighbours. Traditional and simplified characters stay different, and numbers in characters are no digits: convert them
first.

Source: idea and weighing: Fellegi, Sunter 1969, "A Theory for Record Linkage"; Salton, Buckley 1988, "Term-Weighting
Approaches in Automatic Text Retrieval". Three characters, 48, 32, 16 and 12: this project's, by the corpora above.

```toml
op = "dedup.fields"
fields = { text = 3, maker = 1, code = { weight = 2, compare = "exact" } }
threshold = 0.6
```
```diff
  {"text": "Linksys EtherFast 8-Port 10/100 Switch", "maker": "Linksys", "code": "EZXS88W"}
- {"text": "LINKSYS Etherfast 8 port 10/100 switch (new)", "maker": "Linksys", "code": "ezxs-88w"}  # duplicate
  {"text": "Linksys EtherFast 5-Port 10/100 Switch", "maker": "Linksys", "code": "EZXS55W"}
- {"text": "Switch 8-Port 10/100, Linksys EtherFast", "maker": null, "code": "EZXS88W"}  # duplicate
  {"text": "Canon PowerShot digital camera", "maker": "Canon", "code": "SD1100"}
```

```toml
op = "dedup.fields"
fields = { text = 2, person = { columns = ["family", "given"] }, phone = { compare = "exact" } }
threshold = 0.7
```
```diff
  {"text": "上海市浦东新区世纪大道100号", "family": "张", "given": "三丰", "phone": "138-0010-0199"}
- {"text": "上海市浦东新区世纪大道100号A座", "family": "", "given": "张三丰", "phone": "13800100199"}  # duplicate
  {"text": "上海市浦东新区世纪大道88号", "family": "李", "given": "四", "phone": "13900200288"}
  {"text": "北京市朝阳区建国路5号", "family": "王", "given": "小明", "phone": null}
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BaseModel, BeforeValidator, ConfigDict, PrivateAttr, Strict, model_validator

from dprep.base.dedup import Dedup, Metric, Postings, Sets
from dprep.base.operator import Words
from dprep.base.problem import Error, Problem
from dprep.base.text import Buffers, Text, buffers
from dprep.kernels.field_keys import record_keys
from dprep.kernels.fields import BUCKETS, HEAVIEST, counted, signatures, value_members, value_tokens, weighed
from dprep.kernels.hashing import text_hashes

Weight = Annotated[float, Ge(0.001), Le(1000)]

_THOUSANDTHS = 1000
_FINE = 200
"""Steps in a weight of 1. So the weight of a run that one of 70 million values has is the largest there is."""


class Field(BaseModel):
    """How a field is compared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    weight: Weight = 1.0
    """How much it counts beside the others."""
    compare: Literal["text", "exact"] = "text"
    """`text`: by the runs of characters that both have; `exact`: 1 where letters and digits are the same, else 0."""
    columns: Words = ()
    """The columns it is read from, joined by a blank, so that values that stand in the wrong one still meet; none: the column
    of its own name."""


def _spelled(given: Any) -> Any:
    """A number alone is a weight."""
    return {"weight": given} if isinstance(given, int | float) and not isinstance(given, bool) else given


Weighed = Annotated[Field, BeforeValidator(_spelled, json_schema_input_type=Weight | Field)]


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of all rows."""

    rows: int
    present: tuple[int, ...]
    """Rows that have a value, by field."""
    runs: npt.NDArray[np.int64]  # (BUCKETS,)
    """In how many values a run occurs."""
    tokens: npt.NDArray[np.int64]  # (BUCKETS,)


class Fields(Dedup):
    text_only: ClassVar[bool] = False
    guessable: ClassVar[bool] = False

    fields: Annotated[Mapping[str, Weighed], Strict(False), MinLen(1)]
    """The columns that are compared, with their weights: `{ name = 3, phone = { weight = 2, compare = "exact" } }`. A field of
    several columns has a name of its own: `{ person = { columns = ["given_name", "surname"] } }`."""
    threshold: Annotated[float, Gt(0), Le(1)] = 0.5
    """The weighted mean of the fields' similarities from which two records are twins."""
    least_shared: Annotated[float, Ge(0), Le(1)] = 0.5
    """The share of all weight that the fields which both records have should make up; what is missing to that counts as
    different."""
    rarity: bool = True
    """Whether runs of characters weigh the more, the fewer values have them: log(1 + values / values that have it), as vectors
    of which the cosine is taken. Otherwise all weigh the same."""
    chain: bool = False
    """Whether twins of twins are one cluster; otherwise every row that goes is a twin of the row that stays for it."""
    _known: _Known | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _has_names(self) -> Self:
        if "" in self.fields or any("" in each.columns for each in self._fields()):
            raise Error(Problem("wrong-value", "`fields` names a column without a name", help="name the column"))
        return self

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*(name for names in self._columns() for name in names), *super().reads()]))

    def profile(self, text: Text) -> npt.NDArray[np.int64]:
        """Rows, rows with a value by field, then by hash in how many values runs and tokens occur."""
        made = text.once(self._members)
        present = [int((np.diff(each.offsets) > 0).sum()) for each in made.runs]
        runs, tokens = (sum((counted(each) for each in sets), np.zeros(BUCKETS, np.int64)) for sets in (made.runs, made.tokens))
        return np.concatenate([[len(text), *present], runs, tokens]).astype(np.int64)

    def resolved(self, profile: npt.NDArray[np.int64]) -> Self:
        many = len(self.fields)
        rows, present, counts = int(profile[0]), profile[1 : 1 + many], profile[1 + many :]
        found = self.model_copy()
        found._known = _Known(rows, tuple(map(int, present)), counts[:BUCKETS], counts[BUCKETS:])
        return found

    def settled(self) -> dict[str, int | float | str]:
        known = self._all()
        found: dict[str, int | float | str] = {
            "counts": xxhash.xxh3_64_hexdigest(known.runs.tobytes() + known.tokens.tobytes())
        }
        return {**found, **{f"values of {name}": count for name, count in zip(self.fields, known.present, strict=True)}}

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        """Of the signature; of the row's id where too little is known of it to be like any other."""
        made = text.once(self.sets)
        found = text_hashes(Buffers(8 * made.offsets, made.hashes.view(np.uint8)))
        known = np.zeros(len(text))
        for field, members in zip(self._fields(), text.once(self._members).runs, strict=True):
            known += np.where(np.diff(members.offsets) > 0, field.weight, 0.0)
        poor = known < self.threshold * self.least_shared * self._weight()
        poor |= known == 0
        found[poor] = text_hashes(buffers(text.rows.get_column("id").cast(pl.String)))[poor]
        return found

    def postings(self, text: Text) -> Postings:
        made, known = text.once(self._members), self._all()
        return record_keys(made.tokens, known.tokens, made.runs, known.runs, known.rows)

    def sets(self, text: Text) -> Sets:
        """The weighed runs of every field, as `kernels.fields` says."""
        known = self._all()
        fields = []
        for field, members, present in zip(self._fields(), text.once(self._members).runs, known.present, strict=True):
            even = not self.rarity or field.compare == "exact"
            fields.append(weighed(members, np.ones(BUCKETS, np.uint64) if even else _weights(known.runs, present)))
        heads = [round(_THOUSANDTHS * field.weight) for field in self._fields()]
        return signatures(fields, heads, round(_THOUSANDTHS * self.least_shared * self._weight()))

    def metric(self) -> Metric:
        return "fields"

    def least(self) -> float:
        return self.threshold

    def chains(self) -> bool:
        return self.chain

    def _all(self) -> _Known:
        if self._known is None:
            raise ValueError("the profile of all rows is not known yet: `resolved` takes it")
        return self._known

    def _fields(self) -> list[Field]:
        return list(self.fields.values())

    def _columns(self) -> list[tuple[str, ...]]:
        return [field.columns or (name,) for name, field in zip(self.fields, self._fields(), strict=True)]

    def _weight(self) -> float:
        return sum(field.weight for field in self._fields())

    def _members(self, text: Text) -> "_Made":
        runs, tokens = [], []
        for number, (field, columns) in enumerate(zip(self._fields(), self._columns(), strict=True)):
            values = buffers(_values(text.rows, columns))
            runs.append(value_members(values, number, whole=field.compare == "exact"))
            tokens.append(value_tokens(values, number))
        return _Made(runs, tokens)


@dataclass(frozen=True)
class _Made:
    """Of each field, of every row."""

    runs: Sequence[Sets]
    tokens: Sequence[Sets]


def _weights(counts: npt.NDArray[np.int64], values: int) -> npt.NDArray[np.uint64]:
    """(BUCKETS,): the weight of a run that so many of so many values have."""
    found = np.log1p(values / np.maximum(counts, 1)) ** 2
    weights: npt.NDArray[np.uint64] = np.clip(np.rint(_FINE * found), 1, HEAVIEST).astype(np.uint64)
    return weights


def _values(rows: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """One text per row, empty where it has none."""
    texts = [_text(rows.get_column(name)) for name in columns]
    return pl.select(pl.concat_str(texts, separator=" ", ignore_nulls=True).fill_null("").alias("v")).to_series()


def _text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested():
        return (
            values.alias("v")
            .to_frame()
            .select(pl.struct("v").struct.json_encode())
            .to_series()
            .zip_with(values.is_not_null(), pl.Series([None], dtype=pl.String).new_from_index(0, len(values)))
        )
    return values.cast(pl.String)
