"""Both engines' rows become the same types, times in UTC."""

from datetime import datetime, timedelta, timezone

import pandas as pd
import pyarrow as pa

from trinokit.sources.trino import arrow_tables

COLUMNS = [
    ("n", "bigint"),
    ("x", "double"),
    ("d", "decimal(38,2)"),
    ("t", "timestamp(3) with time zone"),
    ("s", "varchar(255)"),
    ("b", "boolean"),
    ("a", "array(varchar)"),
]


def test_rows_of_trino_take_their_types():
    tokyo = timezone(timedelta(hours=9))
    moment = datetime(2026, 7, 1, 21, tzinfo=tokyo)
    schema = arrow_tables.arrow_schema(COLUMNS)

    table = arrow_tables.to_dataframe(
        pa.Table.from_batches([arrow_tables.to_record_batch([[1, 2.5, 3, moment, "a", True, ["x"]]], schema)])
    )

    assert table.iloc[0].tolist() == [1, 2.5, 3.0, pd.Timestamp("2026-07-01 12:00"), "a", True, "['x']"]
    assert str(table["t"].dtype) == "datetime64[ms]"


def test_no_rows_keep_their_types():
    schema = arrow_tables.arrow_schema(COLUMNS)

    table = arrow_tables.to_dataframe(pa.Table.from_batches([arrow_tables.to_record_batch([], schema)], schema))

    assert table.empty
    assert [str(kind) for kind in table.dtypes[:4]] == ["int64", "float64", "float64", "datetime64[ms]"]


def test_sums_of_duckdb_are_whole_numbers_again():
    wide = pa.table({"n": pa.array([5], pa.decimal128(38, 0)), "t": pa.array([0], pa.timestamp("us"))})

    table = arrow_tables.to_dataframe(wide)

    assert table["n"].tolist() == [5]
    assert str(table["n"].dtype) == "int64"
    assert str(table["t"].dtype) == "datetime64[ms]"
