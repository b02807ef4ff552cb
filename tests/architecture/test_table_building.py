"""Tables have a total order, and long lists an end."""

from enum import StrEnum
from typing import NamedTuple

from trinokit.architecture import table_building


class Count(NamedTuple):
    a: str
    n: int | None
    x: float | None = None


COUNTS = [Count("y", 1), Count("x", None), Count("x", 2), Count("y", 1)]


def test_rows_are_ordered_from_left_to_right_and_each_stands_once():
    found = table_building.table_of_rows(Count, COUNTS)

    assert found["a"].tolist() == ["x", "x", "y"]
    assert found["n"].tolist()[0] == 2
    assert found.dtypes.astype(str).tolist() == ["str", "Int64", "Float64"]


def test_rows_keep_their_order_where_it_means_something():
    found = table_building.table_in_order(Count, COUNTS)

    assert found["a"].tolist() == ["y", "x", "x", "y"]
    assert found.dtypes.astype(str).tolist() == ["str", "Int64", "Float64"]


def test_a_table_without_rows_has_its_columns():
    assert list(table_building.table_in_order(Count, [])) == ["a", "n", "x"]


def test_a_long_list_ends():
    assert table_building.join_names("aab") == "a, b"
    assert table_building.join_names("abcdefg") == "a, b, c, d, e and 2 more"


def test_a_kind_can_be_unread_everywhere_or_in_one_namespace():
    unread = {"Secret": "forbidden", "Pod in hive": "forbidden"}

    assert not table_building.was_read("Secret", "trino", unread)
    assert not table_building.was_read("Pod", "hive", unread)
    assert table_building.was_read("Pod", "trino", unread)


class Mood(StrEnum):
    GOOD = "good"


class Row(NamedTuple):
    name: str
    mood: Mood
    pods: int | None
    size: float


def test_a_table_has_the_columns_and_types_of_its_rows():
    table = table_building.table_of_rows(Row, [Row("b", Mood.GOOD, None, 1.5), Row("a", Mood.GOOD, 2, 2.0)])

    assert table.dtypes.astype(str).to_dict() == {"name": "str", "mood": "str", "pods": "Int64", "size": "float64"}
    assert table["name"].tolist() == ["a", "b"]
    assert {type(mood) for mood in table["mood"]} == {str}


def test_a_table_without_rows_has_the_columns_that_they_would_have():
    assert list(table_building.table_of_rows(Row, [])) == ["name", "mood", "pods", "size"]
