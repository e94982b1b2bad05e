"""Between the blocks and a decision over all rows: what a block tells (`emit`), and what it is told (`apply_verdict`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import xxhash

from dprep.base.chance import child_id, id_words
from dprep.base.dedup import Conflict, Dedup
from dprep.base.dedup_spans import DedupSpans
from dprep.base.gate import GateAmongAll
from dprep.base.leaks import Leaks
from dprep.base.mixing import Mixing
from dprep.base.operator import Split
from dprep.base.sample import Sample
from dprep.base.step import Outcome, Step, dropped, nothing_dropped, with_made_columns
from dprep.engine.blocks import read_frame, write_array
from dprep.engine.leak_verdicts import apply_leaks, emit_leaks
from dprep.engine.mixtures import emit_pool, with_mixtures
from dprep.engine.newcomers import emit_records, without_identical
from dprep.engine.ranks import ranks, without_value
from dprep.engine.span_sites import emit_spans
from dprep.engine.span_verdicts import apply_cuts
from dprep.engine.tables import emit_table
from dprep.kernels.rare_first import Counters, rare_postings

U64 = npt.NDArray[np.uint64]


def emit(stem: Path, ends: Step, rows: pl.DataFrame) -> None:
    """What the next decision needs to know of these rows, as arrays beside the block."""
    chosen = rows.filter(ends.chosen(rows))
    if isinstance(ends.op, (Split, Sample)):
        emit_table(stem, ends, ends.op.asks(), chosen)
    elif isinstance(ends.op, Mixing):
        emit_pool(stem, ends, ends.op, chosen)
    elif isinstance(ends.op, DedupSpans):
        emit_spans(stem, ends, ends.op, chosen)
    elif isinstance(ends.op, GateAmongAll):
        emit_records(stem, ends, ends.op, rows)
    elif isinstance(ends.op, Leaks):
        emit_leaks(stem, ends, ends.op, chosen)
    elif isinstance(ends.op, Conflict):
        _emit_votes(stem, ends, ends.op, chosen)
    else:
        assert isinstance(ends.op, Dedup)
        write_array(stem.with_suffix(".id.npy"), id_words(chosen.get_column("id")))
        profile = ends.op.profile(ends.text(chosen))
        write_array(stem.with_suffix(".profile.npy"), profile)
        if not ends.op.rare() and (not len(profile) or ends.op.guessable):
            # what all rows settle on, this block most likely says too: then nobody has to come back to it
            emit_keys(stem, ends, ends.op.resolved(profile), chosen)


def _emit_votes(stem: Path, ends: Step, op: Conflict, chosen: pl.DataFrame) -> None:
    write_array(stem.with_suffix(".id.npy"), id_words(chosen.get_column("id")))
    text = ends.text(chosen)
    write_array(stem.with_suffix(".content.npy"), op.content(text))
    write_array(stem.with_suffix(".votes.npy"), op.votes(text))


def keys_name(op: Dedup) -> str:
    """What the names of the arrays that `emit_keys` writes for this operator, which is settled, end in. Another run over the
    same blocks may be making keys of what it has guessed from one of them: those have another name.
    """
    told = orjson.dumps([op.parameters(), op.settled()], option=orjson.OPT_SORT_KEYS)
    return f"-{xxhash.xxh3_64_hexdigest(told)}"


def keys_path(told: str, name: str, array: str) -> Path:
    """One of the arrays that `emit_keys` writes; `told` is the stem of what a block tells, `name` a `keys_name`."""
    return Path(f"{told}{name}.{array}.npy")


def emit_keys(stem: Path, step: Step, op: Dedup, chosen: pl.DataFrame, counts: Counters | None = None) -> None:
    """Content hash, survivor rank and band keys of the rows that `step` acts on; the keys come last.

    counts: how many sets hold each member, for an operator whose keys are the rarest ones.
    """
    stem, text = stem.with_name(stem.name + keys_name(op)), step.text(chosen)
    write_array(stem.with_suffix(".content.npy"), op.content(text))
    check = op.check(text)
    if check is not None:
        write_array(stem.with_suffix(".check.npy"), check)
    if op.keep != "first":  # that one is the place in the input, which is known
        write_array(stem.with_suffix(".rank.npy"), ranks(op, text))
    postings = op.postings(text) if counts is None else rare_postings(op.sets(text), op.least(), counts)
    if postings is not None:
        write_array(stem.with_suffix(".posts.npy"), np.stack([postings.keys, postings.rows.astype(np.uint64)]))
    write_array(stem.with_suffix(".keys.npy"), np.ascontiguousarray(op.keys(text).T))  # (bands, rows): a band is one stretch


def apply_verdict(step: Step, rows: pl.DataFrame, verdict: Path) -> Outcome:
    """Carry out on one block what was decided over all rows."""
    rows = with_made_columns(step, rows)
    chosen = step.chosen(rows)
    told = read_frame(verdict)
    if isinstance(step.op, Split):
        parts = pl.Series("part", step.op.parts(), dtype=pl.String)
        decided = told.with_columns(parts.gather(told.get_column("part")).alias("part"))
        return Outcome(_filled(rows, chosen, decided), nothing_dropped(rows))
    if isinstance(step.op, Sample):
        return _sampled(step, step.op, rows, chosen, told)
    if isinstance(step.op, Mixing):
        return with_mixtures(step, step.op, rows, str(verdict.parent / told.get_column("pool")[0]))
    if isinstance(step.op, GateAmongAll):
        return without_identical(step, step.op, rows, verdict)
    if isinstance(step.op, Leaks):
        return apply_leaks(step, step.op, rows, told)
    if isinstance(step.op, DedupSpans):
        return apply_cuts(step, step.op, rows, told)
    assert isinstance(step.op, (Dedup, Conflict))
    if isinstance(step.op, Dedup):
        rows = rows.drop(step.op.spends(), strict=False)
    if step.op.action == "mark":
        marks = told.select(pl.col("keeper").alias("cluster"), pl.col("size").alias("cluster_size"), "similarity")
        joined_ones = told.filter(pl.col("size") > 1).get_column("similarity")
        counts = {"twins": len(joined_ones)}
        if isinstance(step.op, Dedup):
            counts |= _without_value(step.op, rows.filter(chosen))
        return Outcome(_filled(rows, chosen, marks), nothing_dropped(rows), measured={"similarity": joined_ones}, counts=counts)
    if isinstance(step.op, Dedup) and step.op.action == "weight":
        rows = _filled(rows, chosen, _weighted(step.op, told.get_column("size")))
    outcome = _without_twins(step.op.reason, rows, chosen, told)
    return replace(outcome, counts=_without_value(step.op, rows.filter(chosen))) if isinstance(step.op, Dedup) else outcome


def _sampled(step: Step, op: Sample, rows: pl.DataFrame, chosen: pl.Series, told: pl.DataFrame) -> Outcome:
    """Rows that are not drawn leave; those drawn more than once are followed by their copies."""
    if op.action == "mark":
        return Outcome(_filled(rows, chosen, told.select("times")), nothing_dropped(rows))
    ones = rows.with_columns(__times=pl.lit(1, dtype=pl.Int32))
    times = _filled(ones, chosen, told.select(__times="times")).get_column("__times")
    leaving = rows.filter(times == 0)
    gone = dropped(leaving, pl.repeat("not_sampled", len(leaving), dtype=pl.String, eager=True))
    kept = ones.with_columns(__times=times, __order=pl.int_range(pl.len())).filter(pl.col("__times") > 0)
    copies = _copies(step, kept.filter(pl.col("__times") > 1)) if op.repeats else kept.clear()
    whole = pl.concat([kept, copies]).sort("__order", maintain_order=True).drop("__order", "__times")
    return Outcome(whole, gone, added=len(copies))


def _copies(step: Step, rows: pl.DataFrame) -> pl.DataFrame:
    """All but the first of each row's uses."""
    uses = rows.with_columns(copy=pl.int_ranges(1, "__times", dtype=pl.Int32)).explode("copy")
    ids = [child_id(parent, step.name, copy) for parent, copy in uses.select("id", "copy").iter_rows()]
    return uses.with_columns(id=pl.Series(ids, dtype=pl.String), parent="id", made_by=pl.lit(step.name)).select(rows.columns)


def _without_value(op: Dedup, rows: pl.DataFrame) -> dict[str, int]:
    """How many rows have nothing that `by` could compare: a column of names settles nothing."""
    return {} if op.by is None else {f"no_{op.by}": without_value(rows.get_column(op.by))}


def _weighted(op: Dedup, size: pl.Series) -> pl.DataFrame:
    """How large the cluster of each row is, and how often the row that stays is to be repeated."""
    limits = sorted(map(int, op.weights))
    weights = np.array([op.weights[str(limit)] for limit in limits], np.int32)
    place = np.searchsorted(limits, size.to_numpy(), "right") - 1
    return pl.DataFrame({"cluster_size": size, "weight": weights[place]})


def _without_twins(why: str, rows: pl.DataFrame, chosen: pl.Series, told: pl.DataFrame) -> Outcome:
    """The rows that stay; the others name their twin and how like it they are."""
    leaves = rows.with_columns(__drop=False)
    mask = _filled(leaves, chosen, told.select(__drop="drop")).get_column("__drop")
    leaving, tale = rows.filter(mask), told.filter("drop")
    reason = pl.repeat(why, len(leaving), dtype=pl.String, eager=True)
    gone = dropped(leaving, reason).with_columns(measured=_measured(tale), twin=tale.get_column("keeper"))
    return Outcome(rows.filter(~mask), gone, measured={"similarity": tale.get_column("similarity")})


def _measured(told: pl.DataFrame) -> pl.Series:
    """How like the twin that stays; and the row that linked the two, where that is another, with its likeness."""
    whole = pl.struct("similarity", linked_by="link", link_similarity="link_similarity").struct.json_encode()
    alone = pl.struct("similarity").struct.json_encode()
    if "link" not in told.columns:
        return told.select(alone.alias("measured")).to_series()
    return told.select(pl.when(pl.col("link").is_not_null()).then(whole).otherwise(alone).alias("measured")).to_series()


def _filled(rows: pl.DataFrame, chosen: pl.Series, values: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the columns of `values` set on the chosen rows, in order."""
    if chosen.all():
        return rows.with_columns(values.with_columns(pl.col(c).cast(rows.schema[c]) for c in values.columns))
    places = chosen.arg_true()
    return rows.with_columns(
        rows.get_column(c).scatter(places, values.get_column(c).cast(rows.schema[c])) for c in values.columns
    )
