"""How does a source look as the last line of a cell? A line a part; nothing is asked for it, and no secret is in it."""

from collections.abc import Mapping
from html import escape


def summary_text(name: str, parts: Mapping[str, str]) -> str:
    """The source *name* with what there is of its *parts*, in one line each.

    >>> print(summary_text("recorded/demo", {"queries": "2,909 completed"}))
    recorded/demo
      queries: 2,909 completed
    """
    return "\n".join([name, *(f"  {part}: {what}" for part, what in parts.items())])


def summary_html(name: str, parts: Mapping[str, str]) -> str:
    """The same as `summary_text`, as a table."""
    rows = "".join(f"<tr><th>{escape(part)}</th><td>{escape(what)}</td></tr>" for part, what in parts.items())
    return f"<table><caption>{escape(name)}</caption>{rows}</table>"
