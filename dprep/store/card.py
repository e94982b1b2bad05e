"""README.md of a version: a Hugging Face dataset card, with which `datasets.load_dataset(folder)` works as it stands.

The card holds nothing that depends on the time or the machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dprep.store.commit import write_file
from dprep.store.funnel import stages
from dprep.store.licenses import hub_license
from dprep.store.markdown import plain, table
from dprep.store.schema import hub_features, read_schema
from dprep.store.yaml import front_matter

TASK_CATEGORIES = {
    "text": "text-generation",
    "classification": "text-classification",
    "regression": "text-classification",
    "tagging": "token-classification",
    "chat": "text-generation",
    "completion": "text-generation",
    "seq2seq": "text-generation",
    "qa": "question-answering",
    "preference": "text-generation",
}
"""Source: the list of tasks in huggingface.js (packages/tasks), as the hub shows them."""

_SIZES = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B", "10B<n<100B"]
_LANGUAGE = re.compile(r"[a-z]{2,3}")
LANGUAGE_SHARE = 0.01
"""A language is named when it has at least this share of the rows: the rest is noise of the tagger."""


def write_card(folder: Path, manifest: Mapping[str, Any], ledger: Mapping[str, Any]) -> Path:
    """Write README.md into a folder that already holds `data/`. Raises Error where the disk fails."""
    path = folder / "README.md"
    write_file(path, f"{front_matter(metadata(folder, manifest))}\n{_text(manifest, ledger)}")
    return path


def metadata(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The front matter: where the data is, its columns, licences, task, languages, size."""
    parts = {part: count for part, count in manifest["rows"]["parts"].items() if count}
    # `datasets` refuses a folder that names an empty split
    data_files = [{"split": split_name(part), "path": f"data/{part}-?????-of-?????.parquet"} for part in parts or {"train": 0}]
    features = hub_features(read_schema(folder))
    found: dict[str, Any] = {
        "pretty_name": manifest["dataset"],
        **hub_license(licenses(manifest)),
        "language": languages(folder),
        "task_categories": [TASK_CATEGORIES[manifest["task"]]] if manifest["task"] in TASK_CATEGORIES else [],
        "size_categories": [size_category(manifest["rows"]["out"])],
        "tags": ["dprep"],
        "configs": [{"config_name": "default", "data_files": data_files}],
        "dataset_info": {"features": features} if features else {},
    }
    return {key: value for key, value in found.items() if value not in ("", [], {}, None)}


def licenses(manifest: Mapping[str, Any]) -> list[str]:
    """The licences of the version, its sources, and the version that it extends; empty ones where none is stated."""
    stated = [manifest["license"], *(source["license"] for source in manifest["sources"])]
    return [*stated, *manifest.get("extends", {}).get("licenses", ())]


def languages(folder: Path, column: str = "lang") -> list[str]:
    """Languages that the column `lang` names for at least 1 % of the rows; none where nothing was tagged."""
    import polars as pl

    files = sorted((folder / "data").glob("*.parquet"))
    if not files or pl.scan_parquet(files[0], glob=False).collect_schema().get(column) != pl.String:
        return []
    counted = pl.scan_parquet(files, glob=False).group_by(column).len().collect()
    enough = counted.filter(pl.col("len") >= LANGUAGE_SHARE * pl.col("len").sum())
    return sorted(code for code in enough[column].drop_nulls() if _LANGUAGE.fullmatch(code) and code != "und")


def size_category(rows: int) -> str:
    """The hub's word for a number of rows."""
    return _SIZES[min(max(0, len(str(rows)) - 3), len(_SIZES) - 1)]


def split_name(part: str) -> str:
    """A part as `datasets` calls it: a split's name may hold letters, digits, `_` and `.` only."""
    return re.sub(r"[^\w.]", "_", part)


def _text(manifest: Mapping[str, Any], ledger: Mapping[str, Any]) -> str:
    sections = [
        f"# {plain(manifest['dataset'])}",
        plain(manifest["description"]),
        _summary(manifest),
        "## Load it",
        _loading(manifest),
        "## What was done",
        _funnel(ledger),
        *_labels(manifest),
        "## Where it comes from",
        _sources(manifest),
        *_base(manifest),
        "## Make it again",
        f"`recipe.toml` beside this card is the recipe. It was run with dprep {plain(manifest['dprep'])}, "
        f"seed {manifest['seed']}; the same input gives rows with the hash `{manifest['got']}`.",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(manifest: Mapping[str, Any]) -> str:
    rows = manifest["rows"]
    parts = ", ".join(f"{count:,} in `{part}`" for part, count in rows["parts"].items())
    made = f"{rows['out']:,} rows ({parts}), {_made(manifest)}."
    broken = "".join(f"\n\n**Not whole:** {plain(fault)}." for fault in manifest.get("broke_off", ()))
    return f"{made} Task: {plain(manifest['task'])}. Version {manifest['version']}.{broken}"


def _made(manifest: Mapping[str, Any]) -> str:
    rows, base = manifest["rows"], manifest.get("extends")
    if not base:
        return f"made from {rows['in']:,} rows"
    new = rows["out"] - base["rows"]
    return (
        f"of them {base['rows']:,} from {_based_on(base)} as they stand, and {new:,} behind them, made from {rows['in']:,} rows"
    )


def _based_on(base: Mapping[str, Any]) -> str:
    return f"{plain(base['dataset'])}@{base['version']}"


def _loading(manifest: Mapping[str, Any]) -> str:
    part = next((part for part, count in manifest["rows"]["parts"].items() if count), "train")
    return "\n".join(
        [
            "```python",
            "import datasets, polars",
            "",
            'rows = datasets.load_dataset("path/to/this/folder")',
            f'rows = polars.read_parquet("path/to/this/folder/data/{part}-*.parquet")',
            "```",
            "",
            "`dropped/` keeps every row that a step dropped, with the step, the reason and what was measured; "
            "`rejected/` keeps the records that could not be read.",
        ]
    )


def _funnel(ledger: Mapping[str, Any]) -> str:
    lines = [
        [
            plain(stage.name),
            f"`{stage.op}`",
            f"{stage.rows_in:,}",
            f"{stage.changed:,}",
            ", ".join(f"{plain(reason)} {count:,}" for reason, count in stage.reasons.items()) or "0",
            f"{stage.added:,}",
            f"{stage.out:,}",
        ]
        for stage in stages(ledger)
    ]
    return table(["step", "operator", "in", "changed", "dropped", "added", "out"], lines)


def _labels(manifest: Mapping[str, Any]) -> list[str]:
    labels = manifest.get("labels") or []
    if not labels:
        return []
    return ["## Labels", "In this order:", "\n".join(f"{number}. {plain(str(label))}" for number, label in enumerate(labels))]


def _sources(manifest: Mapping[str, Any]) -> str:
    lines = [
        [
            plain(source["name"]),
            plain(source["license"] or "not stated"),
            f"{len(source['files']):,}",
            f"{sum(file['rows'] for file in source['files']):,}",
            f"{sum(file['rejected'] for file in source['files']):,}",
        ]
        for source in manifest["sources"]
    ]
    return table(["source", "licence", "files", "rows", "rejected"], lines)


def _base(manifest: Mapping[str, Any]) -> list[str]:
    base = manifest.get("extends")
    if not base:
        return []
    stated = f" Its licences: {plain(', '.join(base['licenses']))}." if base["licenses"] else ""
    return [f"{base['rows']:,} rows come from {_based_on(base)}, whose rows have the hash `{base['got']}`.{stated}"]
