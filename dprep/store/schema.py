"""The columns of a version as other libraries name them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

_SIMPLE = {
    "large_string": "string",
    "string_view": "string",
    "large_binary": "binary",
    "binary_view": "binary",
    "float": "float32",
    "double": "float64",
    "halffloat": "float16",
    "date32[day]": "date32",
}


def read_schema(folder: Path) -> pa.Schema:
    """The columns of the rows in `folder`; empty where it holds no data."""
    files = sorted((folder / "data").glob("*.parquet"))
    return parquet.read_schema(files[0]) if files else pa.schema([])


def hub_features(schema: pa.Schema) -> list[dict[str, Any]]:
    """`dataset_info.features` of a Hugging Face card; empty where a type has no name there, so that it is inferred."""
    found = [(field.name, hub_feature(field.type)) for field in schema]
    if any(feature is None for _, feature in found):
        return []
    return [{"name": name, **feature} for name, feature in found if feature is not None]


def hub_feature(dtype: pa.DataType) -> dict[str, Any] | None:
    """One feature as the card spells it: `dtype`, `list` or `struct`."""
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        inner = hub_feature(dtype.value_type)
        if inner is None:
            return None
        return {"list": inner["dtype"] if set(inner) == {"dtype"} else inner.get("struct", inner)}
    if pa.types.is_struct(dtype):
        fields = hub_features(pa.schema(list(dtype)))
        return {"struct": fields} if fields else None
    name = _SIMPLE.get(str(dtype), str(dtype))
    if pa.types.is_nested(dtype) or pa.types.is_dictionary(dtype) or pa.types.is_decimal(dtype):
        return None
    return {"dtype": name}


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The same columns with the short-offset types that other libraries expect."""
    return pa.schema([pa.field(field.name, plain_type(field.type)) for field in schema])


def plain_type(dtype: pa.DataType) -> pa.DataType:
    """`dtype` without large and view types, also inside lists and structs."""
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return pa.list_(plain_type(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([pa.field(field.name, plain_type(field.type)) for field in dtype])
    if pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype):
        return pa.string()
    return pa.binary() if pa.types.is_large_binary(dtype) or pa.types.is_binary_view(dtype) else dtype
