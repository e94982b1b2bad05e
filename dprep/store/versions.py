"""Versions: found by name, number, hash or path, and read as lazy tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.store.layout import check_name, runs, version_folders
from dprep.store.manifest import NAME, check_files, read_ledger, read_version

if TYPE_CHECKING:
    import polars as pl
    from datasets import DatasetDict

_SHARD = re.compile(r"(?P<part>.+)-\d{5}-of-\d{5}\.parquet")
_DROPPED = re.compile(r"(?P<number>\d+)-(?P<step>.+?)(?:-\d{5}-of-\d{5})?\.parquet")
_HASH = re.compile(r"[0-9a-f]{4,32}")


@dataclass(frozen=True)
class Version:
    """A folder nobody writes twice, with its manifest."""

    folder: Path
    manifest: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.manifest['dataset']}@{self.manifest['version']}"

    def __repr__(self) -> str:
        """On one line: what a console shows, and a page that shows notebooks without their frames."""
        parts = ", ".join(f"{part} {rows:,}" for part, rows in self.manifest["rows"]["parts"].items())
        return f"<{self}: {self.manifest['rows']['out']:,} rows ({parts})>"

    @cached_property
    def ledger(self) -> dict[str, Any]:
        """What every step did: counts, reasons, histograms, samples."""
        return read_ledger(self.folder)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts in the order of the recipe; `train` alone where nothing was split."""
        return tuple(self.manifest["rows"]["parts"])

    def data_files(self, part: str | None = None) -> list[Path]:
        """Shards in order. Raises Error (`no-such-part`, `broken-version`)."""
        if part is not None and part not in self.parts:
            raise _no_part(self, part)
        check_files(self.folder, self.manifest, "data")
        found = ((_SHARD.fullmatch(path.name), path) for path in sorted((self.folder / "data").glob("*.parquet")))
        by_part = [(shard["part"], path) for shard, path in found if shard]
        return [path for name in ([part] if part else self.parts) for owner, path in by_part if owner == name]

    def inherited_files(self) -> list[Path]:
        """The shards that the version which this one extends had before; none where it extends none."""
        shards = self.manifest.get("extends", {}).get("shards", {})
        return [file for part, many in shards.items() for file in self.data_files(part)[:many]]

    def scan(self, part: str | None = None) -> pl.LazyFrame:
        """The rows of a part, or of all parts, with the column `part`. Raises Error (`no-such-part`)."""
        import polars as pl

        frames = []
        for name in [part] if part else self.parts:
            if files := self.data_files(name):
                frame = pl.scan_parquet(files, glob=False)
                frames.append(frame if "part" in frame.collect_schema() else frame.with_columns(part=pl.lit(name)))
        if not frames:
            _check_part(self, part)
            return pl.LazyFrame(schema={"id": pl.String, "part": pl.String})
        return pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]

    def to_polars(self, part: str | None = None) -> pl.DataFrame:
        """The rows of a part, or of all parts, in memory. Raises Error (`no-such-part`)."""
        return self.scan(part).collect(engine="streaming")

    def to_hf(self) -> DatasetDict:
        """The parts as `datasets` reads them, on files that are mapped, not loaded. Raises Error (`missing-extra`)."""
        from dprep.store.notebook import as_dataset_dict

        return as_dataset_dict(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the report."""
        from dprep.store.notebook import as_html

        return as_html(self)

    def dropped(self, step: str | None = None) -> pl.LazyFrame:
        """Rows as they were when dropped, + `part`, `step`, `reason`, `measured`, `twin`.

        Raises Error (`no-such-step`, `broken-version`).
        """
        import polars as pl

        names = [entry["name"] for entry in self.manifest["steps"]]
        if step is not None and step not in [*names, "read"]:
            raise Error(
                Problem(
                    "no-such-step",
                    f"`{self}` has no step `{step}`",
                    help=did_you_mean(step, names) or _listed("its steps", names),
                )
            )
        check_files(self.folder, self.manifest, "dropped")
        found = ((_DROPPED.fullmatch(path.name), path) for path in (self.folder / "dropped").glob("*.parquet"))
        files = sorted((int(match["number"]), match["step"], path) for match, path in found if match)
        frames = [_with_door(pl.scan_parquet(path, glob=False), name) for _, name, path in files if step in {None, name}]
        if not frames:
            return pl.LazyFrame(schema=dict.fromkeys(["id", *DOOR], pl.String))
        return pl.concat(frames, how="diagonal_relaxed")

    def rejected(self) -> pl.LazyFrame:
        """Records that could not be read: `file`, `line`, `reason`, `detail`, `raw`."""
        import polars as pl

        schema = {"file": pl.String, "line": pl.Int64, "reason": pl.String, "detail": pl.String, "raw": pl.String}
        files = [path for path in sorted((self.folder / "rejected").glob("*.jsonl")) if path.stat().st_size]
        return pl.scan_ndjson(files, schema=schema) if files else pl.LazyFrame(schema=schema)


DOOR = ("part", "step", "reason", "measured", "twin")
"""Columns that a dropped row has besides its own."""


def resolve(store: Path, reference: str) -> Version:
    """The version that `name@v3`, `name@latest`, `name`, `name@<hash prefix>` or a path to its folder means.

    Raises Error (`no-such-dataset`, `no-such-version`, `ambiguous-version`, `not-a-version`).
    """
    path = Path(reference).expanduser()
    if "/" in reference or (path / NAME).is_file():
        return open_version(path)
    name, _, wanted = reference.partition("@")
    versions = _whole(store, name) if _is_dataset(store, name) else []
    if not versions:
        raise _no_dataset(store, name)
    if wanted in {"", "latest"}:
        return versions[-1]
    return _chosen(name, wanted, versions)


def open_version(folder: Path) -> Version:
    """The version in `folder`. Raises Error (`not-a-version`, `broken-version`, `newer-version`)."""
    return Version(folder, read_version(folder))


def datasets(store: Path) -> list[str]:
    """Names of the datasets in a store, sorted."""
    folder = store / "datasets"
    return (
        sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != ".") if folder.is_dir() else []
    )


def list_versions(store: Path, name: str | None = None) -> list[Version]:
    """Whole versions, by dataset and number."""
    return [version for dataset in datasets(store) if name in {None, dataset} for version in _whole(store, dataset)]


def _is_dataset(store: Path, name: str) -> bool:
    try:
        return (store / "datasets" / check_name(name)).is_dir()
    except Error:
        return False


def _is_run(store: Path, name: str) -> bool:
    try:
        return (runs(store) / check_name(name)).is_dir()
    except Error:
        return False


def _whole(store: Path, name: str) -> list[Version]:
    return [open_version(folder) for _, folder in version_folders(store, name) if (folder / NAME).exists()]


def _chosen(name: str, wanted: str, versions: list[Version]) -> Version:
    names = [str(version.manifest["version"]) for version in versions]
    if wanted in names:
        return versions[names.index(wanted)]
    fits = [v for v in versions if v.manifest["got"].startswith(wanted) or v.manifest["asked"].startswith(wanted)]
    if not _HASH.fullmatch(wanted) or not fits:
        near = did_you_mean(wanted, names) or _listed(f"versions of `{name}`", names)
        raise Error(Problem("no-such-version", f"`{name}` has no version `{wanted}`", help=near))
    if len({v.manifest["got"] for v in fits}) > 1:
        raise Error(
            Problem(
                "ambiguous-version",
                f"`{wanted}` begins the hashes of several versions of `{name}`",
                help=_listed("they are", [v.manifest["version"] for v in fits]),
            )
        )
    return fits[-1]


def _no_dataset(store: Path, name: str) -> Error:
    if _is_run(store, name):
        help = f"it is a run of `dprep train`: `dprep report {name}`, `dprep why {name} ROW`"
        return Error(Problem("no-such-dataset", f"`{name}` is no version of a dataset", help=help))
    known = [dataset for dataset in datasets(store) if _whole(store, dataset)]
    help = did_you_mean(name, known) or (
        _listed("it holds", known) if known else "`dprep run RECIPE` makes a version; `--store` names another store"
    )
    return Error(Problem("no-such-dataset", f"the store `{store}` holds no version of a dataset `{name}`", help=help))


def _check_part(version: Version, part: str | None) -> None:
    if part is not None and part not in version.parts:
        raise _no_part(version, part)


def _no_part(version: Version, part: str) -> Error:
    near = did_you_mean(part, version.parts) or _listed("its parts", version.parts)
    return Error(Problem("no-such-part", f"`{version}` has no part `{part}`", help=near))


def _listed(what: str, names: list[str] | tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[-10:])
    return f"{what}: {'… ' if len(names) > 10 else ''}{shown}" if names else ""


def _with_door(rows: pl.LazyFrame, step: str) -> pl.LazyFrame:
    import polars as pl

    missing = [name for name in DOOR if name not in rows.collect_schema()]
    return rows.with_columns(pl.lit(step if name == "step" else None, dtype=pl.String).alias(name) for name in missing)
