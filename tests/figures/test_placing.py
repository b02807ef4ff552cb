"""Boxes stand in columns without touching each other, near to what they are linked with."""

from hypothesis import given
from hypothesis import strategies as st

from trinokit.figures.cluster.box_placement import Area, assign_columns, order_columns, port_positions, stack_columns

KEYS = [f"n{number}" for number in range(7)]
LINKS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=12)


def test_links_lead_to_the_right():
    assert assign_columns(["a", "b", "c"], [("a", "b"), ("b", "c")], most=5) == {"a": 0, "b": 1, "c": 2}


def test_a_circle_has_a_beginning():
    standing = assign_columns(["a", "b"], [("a", "b"), ("b", "a")], most=5)

    assert sorted(standing.values()) == [0, 1]


def test_what_is_linked_with_nothing_stands_first():
    assert assign_columns(["a"], [], most=5) == {"a": 0}
    assert assign_columns([], [], most=5) == {}


def test_a_link_that_passes_a_column_has_a_lane_in_it():
    assert order_columns({"a": 0, "b": 1, "c": 2}, [("a", "b"), ("c", "a")])[1] in (
        ["b", ("a", "c")],
        [("a", "c"), "b"],
    )


def test_two_links_do_not_cross_where_they_need_not():
    left, right = order_columns({"a": 0, "b": 0, "c": 1, "d": 1}, [("a", "d"), ("b", "c")])

    assert (left == ["a", "b"]) == (right == ["d", "c"])


def test_a_box_stands_beside_what_it_is_linked_with():
    order = [["a"], ["b", "c"]]

    left, right = stack_columns(order, {"a": 1, "b": 1, "c": 1}, [("a", "c")], gap=0.5)

    assert abs(left["a"] - right["c"]) < 0.01


def test_ports_keep_the_order_of_what_they_lead_to():
    area = Area(0, 10, 1, 4)

    assert port_positions(area, [9, 1, 5]) == [13, 11, 12]
    assert port_positions(area, []) == []


def test_an_area_knows_its_edges():
    area = Area(1, 2, 4, 6)

    assert (area.right, area.bottom, area.middle, area.centre) == (5, 8, 5, 3)


@given(LINKS, st.integers(min_value=2, max_value=4))
def test_there_are_never_more_columns_than_fit(links, most):
    standing = assign_columns(KEYS, links, most=most)

    assert set(standing) == set(KEYS)
    assert all(0 <= column < most for column in standing.values())


@given(LINKS, st.lists(st.floats(min_value=0.1, max_value=5), min_size=7, max_size=7))
def test_nothing_in_a_column_touches_what_is_below_it(links, sizes):
    apart = [link for link in links if link[0] != link[1]]
    standing = assign_columns(KEYS, apart, most=4)
    order = order_columns(standing, apart)
    heights = dict(zip(KEYS, sizes, strict=True)) | {key: 0.1 for column in order for key in column if key not in KEYS}

    for column, middles in zip(order, stack_columns(order, heights, apart, gap=0.2), strict=True):
        assert list(middles) == column
        for above, below in zip(column, column[1:], strict=False):
            between = middles[below] - middles[above] - (heights[above] + heights[below]) / 2
            assert between > 0.2 - 1e-6
