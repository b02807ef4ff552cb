"""No literal survives masking, whatever the text; names do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trinokit.sources.trino.sql_masking import mask_sql

TRAPS = [
    ("SELECT 'secret'", "SELECT ?"),
    ("SELECT 'it''s secret'", "SELECT ?"),
    ("SELECT 'cut in the mid", "SELECT ?"),
    ("SELECT 1, 2.5, .5, 1e-10, 0x1F, 1_000 FROM t1", "SELECT ?, ?, ?, ?, ?, ? FROM t1"),
    ("SELECT X'65ff', U&'d\\0061ta'", "SELECT ?, ?"),
    ("SELECT x FROM sf1.lineitem WHERE a1 = 42", "SELECT x FROM sf1.lineitem WHERE a1 = ?"),
    ("-- password is hunter2\nSELECT 1", "--?\nSELECT ?"),
    ('/* {"user": "bob"} */ SELECT 1 /* open', "/*?*/ SELECT ? /*?*/"),
    ("SELECT '-- no comment', 'b' -- 'no string'", "SELECT ?, ? --?"),
    ("SELECT \"a 1 'b'\" FROM t", "SELECT \"a 1 'b'\" FROM t"),
    ("CALL x('a', 5)", "CALL x(?, ?)"),
    ("EXECUTE p USING 'secret', 7", "EXECUTE p USING ?, ?"),
    ("ALTER TABLE t EXECUTE optimize(size => '10MB')", "ALTER TABLE t EXECUTE optimize(size => ?)"),
    (
        "CREATE CATALOG c USING mysql WITH (\"connection-password\" = 'pw')",
        'CREATE CATALOG c USING mysql WITH ("connection-password" = ?)',
    ),
    ("SELECT DATE '2026-01-01', INTERVAL '1' DAY", "SELECT DATE ?, INTERVAL ? DAY"),
    ("SELECT größe FROM straße WHERE größe = 'ä'", "SELECT größe FROM straße WHERE größe = ?"),
    ("SELECT a--1\n-2", "SELECT a--?\n-?"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), TRAPS)
def test_literals_and_comments_are_masked_and_names_are_not(text, expected):
    assert mask_sql(text) == expected


@given(st.text(alphabet="ab1'\"-/*\n .;()?`xX\\", max_size=60))
def test_masking_twice_is_masking_once(text):
    assert mask_sql(mask_sql(text)) == mask_sql(text)


@given(st.text(alphabet="ab '\"-/*\n", max_size=20), st.integers(1000000, 9999999))
def test_a_number_never_survives_outside_a_quoted_name(before, number):
    assert str(number) not in mask_sql(f"SELECT {before.replace(chr(34), '')} {number}")
