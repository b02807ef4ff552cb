"""By which commands would a cluster be changed that was recorded? Nothing runs them."""

from typing import NoReturn

from trinokit.errors import PlanError


class RecordedCommands:
    """The commands of plans for the recording *name*, which are shown and not executed."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def kubectl_prefix(self) -> tuple[str, ...]:
        """The words that would begin a command of kubectl."""
        return ("kubectl",)

    def run(self, argv: tuple[str, ...], stdin: str, seconds: float) -> NoReturn:
        """Run nothing: raises PlanError, since a recording cannot be changed."""
        raise PlanError(
            f"Expected a cluster that runs, found the recording {self._name}.",
            remedy="run the plan for the cluster itself, which has an approval of its own",
        )
