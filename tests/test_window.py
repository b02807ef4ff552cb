"""A window is two moments in UTC, the first before the second."""

from datetime import datetime

import pytest

from trinokit.errors import ParameterError
from trinokit.window import Window


@pytest.mark.parametrize(
    "text", ["2026-07-01T12:00", "2026-07-01T12:00Z", "2026-07-01T14:00+02:00", "2026-07-01 12:00:00"]
)
def test_a_moment_is_turned_to_utc(text):
    assert Window.parse(text, "2026-07-02").since == datetime(2026, 7, 1, 12)


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        ("2026-07-02", "2026-07-01", "Expected since before until"),
        ("2026-07-01", "2026-07-01", "Expected since before until"),
        ("2026-07-01", "tomorrow", "for until, found 'tomorrow'"),
        (None, "2026-07-01", "for since, found None"),
    ],
)
def test_what_is_no_window_is_refused(since, until, message):
    with pytest.raises(ParameterError, match=message):
        Window.parse(since, until)
