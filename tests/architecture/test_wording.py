"""Tables have a total order, and long lists an end."""

from trinokit.architecture import wording


def test_rows_are_ordered_from_left_to_right_and_each_stands_once():
    found = wording.table({"a": "str", "n": "Int64"}, [("y", 1), ("x", None), ("x", 2), ("y", 1)])

    assert found["a"].tolist() == ["x", "x", "y"]
    assert found["n"].tolist()[0] == 2
    assert found.dtypes.astype(str).tolist() == ["str", "Int64"]


def test_a_table_without_rows_has_its_columns():
    assert list(wording.table({"a": "str", "n": "Int64"}, [])) == ["a", "n"]


def test_a_long_list_ends():
    assert wording.listed("aab") == "a, b"
    assert wording.listed("abcdefg") == "a, b, c, d, e and 2 more"


def test_a_kind_can_be_unread_everywhere_or_in_one_namespace():
    unread = {"Secret": "forbidden", "Pod in hive": "forbidden"}

    assert not wording.was_read("Secret", "trino", unread)
    assert not wording.was_read("Pod", "hive", unread)
    assert wording.was_read("Pod", "trino", unread)
