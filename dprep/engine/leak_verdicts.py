"""The check for leaks, block by block: what a block tells of its rows, and what becomes of those that leak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import id_words, splitmix64
from dprep.base.leaks import TRAIN, Leaks
from dprep.base.step import Outcome, Step, dropped, nothing_dropped
from dprep.engine.blocks import write_array, write_json
from dprep.kernels.plain_shingles import plain_profile


def emit_leaks(stem: Path, step: Step, op: Leaks, rows: pl.DataFrame) -> None:
    """What the check needs to know of these rows, as arrays beside the block."""
    text = step.text(rows)
    write_array(stem.with_suffix(".content.npy"), op.content(text))
    write_array(stem.with_suffix(".id.npy"), id_words(rows.get_column("id")))
    parts = parts_of(rows)
    names = sorted(parts.unique().to_list())
    write_json(stem.with_suffix(".parts.json"), names)
    codes = pl.DataFrame({"part": parts}).select(
        pl.col("part").replace_strict(names, range(len(names)), return_dtype=pl.UInt16)
    )
    write_array(stem.with_suffix(".part.npy"), codes.to_series().to_numpy().astype(np.uint16))
    if op.near() is not None:
        write_array(stem.with_suffix(".profile.npy"), plain_profile(text.buffers))
    if "parent" in rows.columns:
        parent = rows.get_column("parent")
        children = parent.is_not_null().arg_true()
        keys = keys_of(id_words(parent.gather(children)))
        write_array(stem.with_suffix(".parent.npy"), np.stack([children.to_numpy().astype(np.uint64), keys]))


def keys_of(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A number for each id, (rows, 2), that no other has."""
    return splitmix64(splitmix64(words[:, 0]) ^ words[:, 1])


def parts_of(rows: pl.DataFrame) -> pl.Series:
    """The part of each row, as a version has it."""
    part = pl.col("part").cast(pl.String).fill_null(TRAIN) if "part" in rows.columns else pl.lit(TRAIN)
    return rows.with_columns(__part=part).get_column("__part")


def apply_leaks(step: Step, op: Leaks, rows: pl.DataFrame, told: pl.DataFrame) -> Outcome:
    """Take the rows that leak out of `train`, or leave all where they are."""
    placed = rows.with_columns(__place=pl.int_range(pl.len()))
    places = step.chosen(rows).arg_true().cast(pl.Int64).gather(told.get_column("row"))
    leaking = told.select("reason", "twin", "similarity", __place=places)
    leaves = parts_of(rows).gather(places) == TRAIN if op.leak == "drop-from-train" else pl.repeat(False, len(told), eager=True)
    counts = dict(leaking.filter(~leaves).get_column("reason").value_counts().iter_rows())
    leaving = leaking.filter(leaves)
    if not len(leaving):
        return Outcome(rows, nothing_dropped(rows), counts=counts)
    gone = placed.join(leaving, on="__place", maintain_order="left")
    measured = gone.select(pl.struct("similarity").struct.json_encode()).to_series()
    left = dropped(gone.select(rows.columns), gone.get_column("reason"))
    kept = placed.join(leaving, on="__place", how="anti", maintain_order="left").drop("__place")
    return Outcome(kept, left.with_columns(measured=measured, twin=gone.get_column("twin")), counts=counts)
