"""What went wrong? What was expected, what was found, and what to do now."""

from collections.abc import Iterable
from difflib import get_close_matches


class TrinokitError(Exception):
    """An error that its reader can act on: a sentence and a *remedy*."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message, self.remedy = message, remedy

    def __str__(self) -> str:
        """The sentence, and the remedy on a line of its own."""
        return f"{self.message}\n  -> {self.remedy}"

    @property
    def clause(self) -> str:
        """The sentence and the remedy as a part of another sentence.

        >>> SourceError("Expected an answer, found none.", remedy="ask again").clause
        'expected an answer, found none; ask again'
        """
        return f"{self.message[0].lower()}{self.message[1:].rstrip('.')}; {self.remedy}"

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of a traceback.
        # https://ipython.readthedocs.io/en/stable/config/integrating.html#custom-exception-tracebacks
        return f"{type(self).__name__}: {self}".split("\n")


class ParameterError(TrinokitError):
    """The user asked for something that does not exist or cannot be."""


class SourceError(TrinokitError):
    """Something that a notebook depends on could not be read."""


class PlanError(TrinokitError):
    """A plan was refused."""


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """The question whether the nearest of *choices* was meant by *name*; empty when none is near.

    >>> did_you_mean("prodution", ["production", "staging"])
    'did you mean production?'
    """
    near = get_close_matches(name, list(choices), 1)
    return f"did you mean {near[0]}?" if near else ""
