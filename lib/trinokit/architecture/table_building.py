"""How are rows and names worded? Tables in a total order, long lists cut."""

from collections.abc import Iterable, Mapping
from typing import get_type_hints

import pandas as pd

_MAX_NAMES = 5
_COLUMN_TYPES = {int: "int64", int | None: "Int64", float: "float64", float | None: "Float64"}


def table_of_rows(row_type: type[tuple], rows: Iterable[tuple]) -> pd.DataFrame:
    """*rows* of the NamedTuple *row_type* as a table, each row once, ordered by the columns from left to right.

    Names and types of the columns are those of `table_in_order`.
    """
    table = table_in_order(row_type, rows).drop_duplicates()
    return table.sort_values(list(table.columns), ignore_index=True)


def table_in_order(row_type: type[tuple], rows: Iterable[tuple], *, spaced: bool = False) -> pd.DataFrame:
    """*rows* of the NamedTuple *row_type* as a table in the order of *rows*; its fields are the columns.

    In the names of *spaced* columns a blank stands for each underscore.
    int becomes int64 and float float64; ``int | None`` and ``float | None`` become Int64 and Float64, which have NA;
    everything else becomes str.
    """
    columns = {name: _COLUMN_TYPES.get(kind, "str") for name, kind in get_type_hints(row_type).items()}
    table = pd.DataFrame(list(rows), columns=list(columns)).astype(columns)
    return table.rename(columns=lambda name: name.replace("_", " ")) if spaced else table


def join_names(names: Iterable[str]) -> str:
    """*names* after each other; of many the first few, and how many more there are.

    >>> join_names(["a", "b", "c"])
    'a, b, c'
    """
    every = list(dict.fromkeys(names))
    left_out = len(every) - _MAX_NAMES
    return ", ".join(every[:_MAX_NAMES]) + (f" and {left_out} more" if left_out > 0 else "")


def was_read(kind: str, namespace: str, unread: Mapping[str, str]) -> bool:
    """Whether objects of *kind* in *namespace* could be read, by what could not be."""
    return kind not in unread and f"{kind} in {namespace}" not in unread
