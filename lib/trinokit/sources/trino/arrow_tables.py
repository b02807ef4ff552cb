"""How does an answer become a table? Both engines' types meet here, so that their tables are equal."""

from collections.abc import Iterable, Sequence
from datetime import UTC

import pandas as pd
import pyarrow as pa

_INTEGER_TYPES = ("bigint", "integer", "smallint", "tinyint")
_FLOAT_TYPES = ("double", "real", "decimal")


def arrow_schema(columns: Iterable[tuple[str, str]]) -> pa.Schema:
    """The Arrow schema of *columns*, pairs of a name and Trino's name of a type; other types are text."""
    return pa.schema([(name, _arrow_type(kind)) for name, kind in columns])


def to_record_batch(rows: Sequence[Sequence], target: pa.Schema) -> pa.RecordBatch:
    """*rows* of plain Python values in the columns of *target*; times lose their zone after turning to UTC."""
    columns = zip(*rows, strict=True) if rows else [[] for _ in target]
    return pa.record_batch(
        [
            pa.array([_plain_value(value) for value in column], field.type)
            for column, field in zip(columns, target, strict=True)
        ],
        schema=target,
    )


def to_dataframe(table: pa.Table) -> pd.DataFrame:
    """*table* as pandas shows it, in the types of `arrow_schema`."""
    fields = [(field.name, _common_type(field.type)) for field in table.schema]
    return table.cast(pa.schema(fields)).to_pandas()


def _arrow_type(kind: str) -> pa.DataType:
    if kind in _INTEGER_TYPES:
        return pa.int64()
    if kind.startswith(_FLOAT_TYPES):
        return pa.float64()
    if kind.startswith("timestamp"):
        return pa.timestamp("ms")
    return pa.bool_() if kind == "boolean" else pa.string()


def _common_type(kind: pa.DataType) -> pa.DataType:
    # DuckDB sums integers into 128 bits, which Arrow carries as a decimal without a fraction.
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("ms")
    return kind if pa.types.is_boolean(kind) else pa.string()


def _plain_value(value: object) -> object:
    if getattr(value, "tzinfo", None):
        return value.astimezone(UTC).replace(tzinfo=None)
    return str(value) if isinstance(value, list) else value
