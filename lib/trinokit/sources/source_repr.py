"""How does a source look as the last line of a cell? A line a part; nothing is asked for it, and no secret is in it."""

from collections.abc import Mapping
from html import escape
from typing import Protocol


class SummarizedSource(Protocol):
    """A source by its *name*, which says in words what there is of each of its parts; see `recorded.Recorded`."""

    name: str

    @property
    def part_descriptions(self) -> Mapping[str, str]:
        """What there is of each part, by the name of the part."""


def summary_text(source: SummarizedSource) -> str:
    """The *source* with what there is of its parts, in one line each: the `__repr__` of live and recorded ones.

    >>> from trinokit import sources
    >>> print(sources.connect("recorded/kerberos"))
    recorded/kerberos
      recorded: from production at 2026-11-24T19:33:43+00:00
      queries: none
      objects: 4 declared, 139 live
      provenance: Helm revisions
      jvms: 3
      git: the declared clone
    """
    return "\n".join([source.name, *(f"  {part}: {text}" for part, text in source.part_descriptions.items())])


def summary_html(source: SummarizedSource) -> str:
    """The same as `summary_text`, as a table."""
    rows = "".join(
        f"<tr><th>{escape(part)}</th><td>{escape(text)}</td></tr>" for part, text in source.part_descriptions.items()
    )
    return f"<table><caption>{escape(source.name)}</caption>{rows}</table>"
