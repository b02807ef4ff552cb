"""Two expressions mean the same only if Prometheus would ask the same."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trinokit.drift.categories.prometheus.promql import canonical_promql

# Each asks something else than all the others; the real Prometheus prints each in its own way.
EXPRESSIONS = (
    "a",
    "b",
    "-a",
    "a offset 5m",
    "a offset -5m",
    "a offset 1h30m",
    "a @ 1609746000",
    "a @ start()",
    "a @ end() offset 5m",
    'a{x="1"}',
    'a{x!="1"}',
    'a{x=~"1"}',
    'a{x!~"1"}',
    'a{y="1",x="2"}',
    'a{y="2", x="1"}',
    "a{x='it\\'s \"so\"'}",
    "a{x=`\\d`}",
    'a{x="\\u200b"}',
    'a{x="é\\x7f\\t\\n"}',
    '{__name__=~"a|b"}',
    "rate(a[5m])",
    "rate(a[300m])",
    "irate(a[5m])",
    "rate(a[5m] offset 1m)",
    "max_over_time(a[1h:])",
    "max_over_time(a[1h:1m])",
    "max_over_time(rate(a[5m])[1h:1m] offset 1d)",
    "sum(a)",
    "sum(a) by (x)",
    "sum by (y, x) (a)",
    "sum without (x) (a)",
    "sum without () (a)",
    "avg(a)",
    "topk(5, a)",
    "topk(6, a)",
    "topk by (x) (5, a)",
    "count_values('v', a)",
    "quantile(.9, a)",
    "a + b",
    "b + a",
    "a - b",
    "a - (b - a)",
    "a - b - a",
    "a + on(x) b",
    "a + on() b",
    "a + ignoring(x) b",
    "a * on(x) group_left b",
    "a * on(x) group_left(z, y) b",
    "a * on(x) group_right(y, z) b",
    "a and b",
    "a and on(x) b",
    "a or b",
    "a unless b",
    "a > 1",
    "a > bool 1",
    "a >= 1",
    "a < 1e3",
    "a < Inf",
    "a != NaN",
    "a == -1",
    "a > 0x10",
    "a ^ 2 ^ 3",
    "(a ^ 2) ^ 3",
    "-a ^ 2",
    "(-a) ^ 2",
    "a / b < 0.1",
    "absent(a{x='1'})",
    "label_replace(a, 'x', '$1', 'y', '(.*)')",
    "histogram_quantile(0.9, sum by (le) (rate(a[5m])))",
    "vector(1) or vector(time()) > 5",
)


def test_no_two_of_them_mean_the_same():
    assert not [pair for pair in combinations(EXPRESSIONS, 2) if canonical_promql(pair[0]) == canonical_promql(pair[1])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a+b", "a\n  + # more\n b"),
        ('a{y="1",x="2"}', "a{x='2', y=`1`,}"),
        ('{__name__="a"}', "a"),
        ("sum(a) by (x, y)", "sum by(y,x)(a)"),
        ("sum by () (a)", "SUM(a)"),
        ("a + ignoring () b", "a + b"),
        ("a and on(x, y) b", "a and on (y,x) b"),
        ("rate(a[1h30m])", "rate(a[90m])"),
        ("a > 1e3", "a > 1000"),
        ("a > 0x10", "a > 16"),
        ("a < Inf", "a < +Inf"),
        ('a{x="\\x41"}', 'a{x="A"}'),
        ("a == - 1", "a == -1"),
        ("a > 5m", "a > 300"),
    ],
)
def test_the_layout_does_not_matter(one, other):
    assert canonical_promql(one) == canonical_promql(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a offset inf", "a offset 5m"),
        ("a @ -1", "a @ 1"),
        ("max_over_time(a[5m:inf])", "max_over_time(a[5m:])"),
        ("a offset 0xffffffffffffffffffff", "a offset 0xfffffffffffffffffffe"),
        ("a anchored", "a"),
        ("a{x='b c'} anchored", "a{x='bc'} anchored"),
        ("a{", "a{}"),
        ("", "a"),
    ],
)
def test_what_the_parser_does_not_know_still_differs(one, other):
    assert canonical_promql(one) != canonical_promql(other)


def test_what_the_parser_does_not_know_has_no_layout_either():
    assert canonical_promql("rate(a [5m]  anchored ) # here") == canonical_promql("rate(a[5m] anchored)")


@pytest.mark.parametrize("depth", [100, 400, 740, 100_000])
def test_no_depth_ends_the_process(depth):
    deep = "(" * depth + "a" + ")" * depth

    assert canonical_promql(deep) == canonical_promql(f" {deep}")
    assert canonical_promql(deep) != canonical_promql(f"({deep})")


WORDS = [*'ab(){}[],=>+-^@:#é1"', "sum", "by", "=~", "offset", "on", "5m", "1e400", "0x", "inf", "'x'", "`\\`"]


@given(st.lists(st.sampled_from(WORDS), max_size=9), st.sampled_from(["", " "]))
def test_nothing_that_is_written_ends_in_an_error(words, between):
    assert canonical_promql(between.join(words)) == canonical_promql(f" {between.join(words)}\n")
