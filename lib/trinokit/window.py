"""Between which moments? A window is half-open, in UTC: since is included, until is not."""

from dataclasses import dataclass
from datetime import UTC, datetime

from trinokit.errors import ParameterError


@dataclass(frozen=True)
class Window:
    """Two moments in UTC, without a zone of their own, the first before the second."""

    since: datetime
    until: datetime

    @classmethod
    def parse(cls, since: object, until: object) -> "Window":
        """The window between two ISO 8601 moments; one with an offset is turned to UTC.

        Raises ParameterError when they are no moments or not in order.
        """
        window = cls(parse_moment("since", since), parse_moment("until", until))
        if window.since >= window.until:
            raise ParameterError(
                f"Expected since before until, found since {since} and until {until}.",
                remedy="the window is half-open: since is included, until is not",
            )
        return window


def parse_moment(name: str, value: object) -> datetime:
    """The moment *value* of the parameter *name*, in UTC; raises ParameterError when it is none.

    >>> str(parse_moment("since", "2026-07-01T02:00+02:00"))
    '2026-07-01 00:00:00'
    """
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ParameterError(
            f"Expected a moment such as 2026-07-01T12:00 for {name}, found {value!r}.", remedy="write it in UTC"
        ) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
