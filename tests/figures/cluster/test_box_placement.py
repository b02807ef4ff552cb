"""Boxes stand in columns without touching each other, near to what they are linked with."""

import os
import subprocess
import sys
from itertools import pairwise

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


def test_many_links_are_not_crossed_to_spare_one():
    standing = dict.fromkeys("abc", 0) | dict.fromkeys("wy", 1)
    once = [("a", "w"), ("a", "y"), ("b", "w"), ("c", "w"), ("c", "y")]

    # Either way is one crossing of links that are there once; ("a", "y") would be crossed by ("c", "w").
    assert order_columns(standing, once + [("a", "y"), ("b", "w")] * 8) in (
        [["a", "c", "b"], ["y", "w"]],
        [["b", "c", "a"], ["w", "y"]],
    )


def test_a_tree_is_drawn_without_a_crossing():
    def name(size: int, place: int) -> str:
        return f"{size}-{place * 5 % 2**size:02}"

    links = [(name(size, place // 2), name(size + 1, place)) for size in range(4) for place in range(2 ** (size + 1))]
    standing = {key: int(key[0]) for link in links for key in link}
    parents = {child: parent for parent, child in links}

    for left, right in pairwise(order_columns(standing, links)):
        assert [parents[key] for key in right] == [key for key in left for _ in (0, 1)]


def test_every_process_makes_the_same_picture():
    program = (
        "from trinokit.figures.cluster.box_placement import assign_columns, order_columns\n"
        "keys = [f'n{number}' for number in range(30)]\n"
        "links = [(keys[place], keys[place * 7 % 30]) for place in range(1, 30)] + list(zip(keys, keys[11:]))\n"
        "print(order_columns(assign_columns(keys, links, most=5), set(links)))"
    )

    shown = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1


def test_hundreds_of_boxes_have_a_place_too():
    keys = [f"n{number}" for number in range(300)]
    links = [(keys[place], keys[place * 7 % 300]) for place in range(300)]

    standing = assign_columns(keys, links, most=5)

    assert sorted(key for column in order_columns(standing, links) for key in column if isinstance(key, str)) == sorted(
        keys
    )


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
