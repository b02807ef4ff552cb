"""How much is a quantity? What a real API server makes of each way to write it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils import quantity as official

from trinokit.drift.comparing.quantities import parse_quantity


@pytest.mark.parametrize(
    ("written", "stored"),
    # The right side is what Kubernetes 1.36 stores when the left side is declared.
    [
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1000M", "1G"),
        ("1e1", "10"),
        ("1E1", "10"),
        ("1e-2", "10e-3"),
        ("1e+2", "100"),
        ("12E2", "1200"),
        ("5.", "5"),
        (".5", "500m"),
        ("+3", "3"),
        ("0.00", "0"),
        ("100000000000000000000", "100E"),
        (1e20, "100E"),
        ("1e100", "10e99"),
        (1, "1"),
        (0.5, "500m"),
    ],
)
def test_a_quantity_is_as_much_as_what_the_server_stores_for_it(written, stored):
    assert parse_quantity(written) == parse_quantity(stored)


@pytest.mark.parametrize(("fine", "stored"), [("0.1m", "1m"), ("10u", "1m"), ("1.0001m", "2m"), (0.0001, "1m")])
def test_what_is_finer_than_a_thousandth_is_rounded_up_as_by_the_server(fine, stored):
    assert parse_quantity(fine) == parse_quantity(stored)


def test_less_than_nothing_is_rounded_away_from_zero():
    assert parse_quantity("-0.1m") == Fraction(-1, 1000)


def test_a_kilo_is_no_kibi():
    assert (parse_quantity("1k"), parse_quantity("1Ki")) == (1000, 1024)


def test_an_exa_is_no_exponent():
    assert (parse_quantity("1E"), parse_quantity("1E1")) == (10**18, 10)


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1gi", "1KI", "one", "1e", "--1", "1,5", "0x1", "NaN", "1e1000"])
def test_what_is_no_quantity_is_none(text):
    assert parse_quantity(text) is None


def test_a_truth_value_is_no_quantity():
    assert (parse_quantity(True), parse_quantity(False)) == (None, None)


def test_a_number_and_the_truth_value_that_python_takes_for_it_are_kept_apart():
    assert (parse_quantity(1), parse_quantity(True), parse_quantity(1)) == (1, None, 1)


@given(st.integers(min_value=0, max_value=10**15), st.sampled_from(["k", "M", "G", "T", "P", "E"]))
def test_a_thousand_times_the_finer_suffix_is_as_much(number, suffix):
    finer = {"k": "", "M": "k", "G": "M", "T": "G", "P": "T", "E": "P"}[suffix]

    assert parse_quantity(f"{number}{suffix}") == parse_quantity(f"{number * 1000}{finer}")


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_every_decimal_to_the_thousandth_is_exact(number):
    assert parse_quantity(str(number)) == Fraction(number)


@given(
    st.decimals(min_value=0, max_value=10**12, places=3),
    st.sampled_from(["", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]),
)
def test_where_the_official_client_is_exact_it_says_the_same(number, suffix):
    told = Fraction(official.parse_quantity(f"{number}{suffix}"))

    # The API server rounds up what is finer than a thousandth, and the client does not.
    assert 0 <= parse_quantity(f"{number}{suffix}") - told < Fraction(1, 1000)
    assert (told * 1000).denominator != 1 or parse_quantity(f"{number}{suffix}") == told


@pytest.mark.parametrize("text", ["1K", " 1", "1_000", "NaN", "Infinity", True])
def test_the_official_client_takes_what_is_no_quantity(text):
    assert (parse_quantity(text), str(official.parse_quantity(text)) != "") == (None, True)
