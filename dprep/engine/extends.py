"""A version that begins with the rows of another: the new rows must look like those, and the old shards are linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from dprep.base.chance import id_words
from dprep.base.problem import Error, fail
from dprep.engine.fitted import held
from dprep.engine.stages import Handle, load
from dprep.engine.writing import DEFAULT_PART, finished, shards_of
from dprep.plan.extends import other_columns, other_parts, parts_of
from dprep.store.commit import link
from dprep.store.ledger import Characters, Entry, Ledger
from dprep.store.versions import Version

OP = "extends"
"""The pseudo-operator that stands for the old rows in the books."""


def check_fit(base: Version, blocks: Sequence[Handle]) -> None:
    """Raise Error unless the rows in `blocks` have the columns of `base`, and no id that it has."""
    if not blocks or not base.manifest["columns"]:  # one side has no rows at all, not even columns
        return
    ours = {name: str(dtype) for name, dtype in finished(load(blocks[0])[:0], DEFAULT_PART).schema.items()}
    if ours != {**ours, **base.manifest["columns"]} or len(ours) != len(base.manifest["columns"]):
        raise Error(other_columns(base, ours), exit_code=1)
    if "parent" in ours:
        _check_made(base, blocks)


def _check_made(base: Version, blocks: Sequence[Handle]) -> None:
    """Made rows are named for what they were made from; where that was taken apart twice, the first of it is known no more."""
    for block in blocks:
        made = load(block).filter(pl.col("parent").is_not_null()).get_column("id")
        if held(base, id_words(made)).any():
            sentence = f"a text from which rows of `{base}` were made is among the new ones, and the same rows would come of it"
            raise fail("extends-same-rows", sentence, "take it out of the files, or give the source a `name` of its own")


def check_parts(base: Version, parts: Sequence[str]) -> None:
    """Raise Error where new rows are in a part that `base` does not have."""
    if new := [part for part in parts if part not in parts_of(base)]:
        raise Error(other_parts(base, new), exit_code=1)


def joined(base: Version, staged: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest says of the data in `staged`, once the shards of `base` are linked beside the new ones.

    `data`: what is said of the new rows alone, and under `shards` how many files there will be of each part.
    """
    linked: dict[str, Any] = {}
    known = {file["path"]: file for file in base.manifest["files"]}
    for part, files in shards_of(base, data["parts"]).items():
        for place, file in enumerate(files):
            name = f"data/{part}-{place:05d}-of-{data['shards'].get(part, len(files)):05d}.parquet"
            link(file, staged / name)
            if entry := known.get(f"data/{file.name}"):
                linked[name] = {**entry, "path": name}
    old = base.manifest["rows"]["parts"]
    order = [*old, *(part for part in data["parts"] if part not in old)]
    return {
        **data,
        "parts": {part: old.get(part, 0) + data["parts"].get(part, 0) for part in order},
        "got": f"{(int(base.manifest['got'], 16) + int(data['got'], 16)) % (1 << 128):032x}",
        "labels": {*data["labels"], *base.manifest.get("labels", ())},
        "columns": base.manifest["columns"] or data["columns"],
        "linked": linked,
    }


def with_old_rows(ledger: Ledger, base: Version) -> Ledger:
    """The books, closed by the page that adds the rows of `base`."""
    taken = {entry.name for entry in ledger.entries}
    name = next(name for name in (OP, *(f"{OP}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)
    rows, last = base.manifest["rows"]["out"], ledger.entries[-1]
    old = base.ledger["steps"][-1].get("characters")
    counted = Characters(last.characters.out, added=old["out"]) if last.characters is not None and old is not None else None
    return Ledger([*ledger.entries, Entry(name, OP, rows_in=last.rows_out, added=rows, characters=counted)])


def told(base: Version, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest says of the version that is extended by `data`."""
    manifest = base.manifest
    stated = [manifest["license"], *(source["license"] for source in manifest["sources"])]
    return {
        "dataset": manifest["dataset"],
        "version": manifest["version"],
        "got": manifest["got"],
        "rows": manifest["rows"]["out"],
        "shards": {part: len(files) for part, files in shards_of(base, data["parts"]).items()},
        "licenses": sorted({text for text in [*stated, *manifest.get("extends", {}).get("licenses", ())] if text}),
    }
