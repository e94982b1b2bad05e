"""croissant.json of a version: the rows as ML Croissant 1.0 describes them (mlcommons.org/croissant/1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from dprep.store.card import licenses as stated
from dprep.store.manifest import write_json
from dprep.store.schema import read_schema

_TERMS = (
    "citeAs column conformsTo equivalentProperty extract field fileProperty fileObject fileSet format includes isLiveDataset "
    "jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source subField "
    "transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in _TERMS.split()},
    "conformsTo": "dct:conformsTo",
}


def write_croissant(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write croissant.json into a folder that already holds `data/`. Raises Error where the disk fails."""
    path = folder / "croissant.json"
    write_json(path, describe(manifest, read_schema(folder)))
    return path


def describe(manifest: Mapping[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """The document: one file set (all shards) and one record set, `rows`."""
    licenses = sorted({text for text in stated(manifest) if text})
    number = str(manifest["version"]).removeprefix("v")
    found = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest["dataset"],
        "description": manifest["description"] or f"{manifest['dataset']}, {manifest['rows']['out']} rows",
        "license": licenses[0] if len(licenses) == 1 else licenses,
        "version": f"{number}.0.0" if number.isdigit() else "0.0.0",
        "identifier": manifest["got"],
        "citeAs": f"{manifest['dataset']} {manifest['version']}, rows {manifest['got']}",
        "datePublished": str(manifest["clock"].get("started", ""))[:10],
        "distribution": [
            {
                "@type": "cr:FileSet",
                "@id": "shards",
                "name": "shards",
                "encodingFormat": "application/x-parquet",
                "includes": "data/*.parquet",
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "rows",
                "name": "rows",
                "field": [_field("rows", f) for f in schema if _named(f.type)],
            }
        ],
    }
    return {key: value for key, value in found.items() if value not in ([], "")}


def _field(owner: str, field: pa.Field) -> dict[str, Any]:
    source = {"fileSet": {"@id": "shards"}, "extract": {"column": field.name}}
    return _typed({"@type": "cr:Field", "@id": f"{owner}/{field.name}", "name": field.name, "source": source}, field.type)


def _typed(found: dict[str, Any], dtype: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return _typed({**found, "repeated": True}, dtype.value_type)
    if pa.types.is_struct(dtype):
        return {**found, "subField": [_part(found, field) for field in dtype if _named(field.type)]}
    return {**found, "dataType": _name(dtype)}


def _part(owner: dict[str, Any], field: pa.Field) -> dict[str, Any]:
    outer = owner["source"].get("transform", [])
    source = {**owner["source"], "transform": [*(outer if isinstance(outer, list) else [outer]), {"jsonPath": field.name}]}
    return _typed(
        {"@type": "cr:Field", "@id": f"{owner['@id']}/{field.name}", "name": field.name, "source": source}, field.type
    )


def _named(dtype: pa.DataType) -> bool:
    """Whether Croissant has a name for the type; it has none for durations."""
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return _named(dtype.value_type)
    return any(_named(field.type) for field in dtype) if pa.types.is_struct(dtype) else not pa.types.is_duration(dtype)


def _name(dtype: pa.DataType) -> str:
    if pa.types.is_boolean(dtype):
        return "sc:Boolean"
    if pa.types.is_integer(dtype):
        return "sc:Integer"
    if pa.types.is_floating(dtype) or pa.types.is_decimal(dtype):
        return "sc:Float"
    if pa.types.is_time(dtype):
        return "sc:Time"
    if pa.types.is_timestamp(dtype):
        return "sc:DateTime"
    return "sc:Date" if pa.types.is_date(dtype) else "sc:Text"
