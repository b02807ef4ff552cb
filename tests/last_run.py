"""How did each test end when it last ran, and how long did it take? python -m tests.last_run prints the slowest."""

import json
import sys
from pathlib import Path

import pytest

PASSED, SKIPPED, FAILED = "passed", "skipped", "failed"
FOLDER = Path(__file__).parents[1] / ".pytest_cache" / "trinokit"
_PLACE = FOLDER / "last_run.json"
_SHOWN = 20


class LastRun:
    """What is known of the tests by their ids: the *seconds* that they took and their *ends*.

    As a plugin it follows a run.
    """

    def __init__(self) -> None:
        known = json.loads(_PLACE.read_text()) if _PLACE.exists() else {}
        self.seconds: dict[str, float] = known.get("seconds", {})
        self.ends: dict[str, str] = known.get("ends", {})
        self._begun: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what the *report* tells of one phase of a test."""
        test = report.nodeid
        if test not in self._begun:
            self._begun.add(test)
            self.seconds[test], self.ends[test] = 0.0, PASSED
        self.seconds[test] = round(self.seconds[test] + report.duration, 3)
        if not report.passed and self.ends[test] != FAILED:
            self.ends[test] = report.outcome

    def write(self) -> None:
        """Keep it for the next run, without the tests of files that are gone."""
        root = FOLDER.parents[1]
        kept = {test for test in self.seconds if (root / test.partition("::")[0]).exists()}
        known = {
            name: {test: each[test] for test in sorted(kept)} for name, each in vars(self).items() if name[0] != "_"
        }
        FOLDER.mkdir(parents=True, exist_ok=True)
        _PLACE.write_text(json.dumps(known, indent=0))


def slowest(seconds: dict[str, float]) -> list[str]:
    """A line for each of the tests that took longest."""
    first = sorted(seconds, key=lambda test: -seconds[test])[:_SHOWN]
    return [f"{seconds[test]:8.1f} s  {test}" for test in first]


def main() -> int:
    """Print the slowest tests."""
    seconds = LastRun().seconds
    if not seconds:
        print("no test has run here yet; run them: make test")
        return 1
    print(f"the slowest of {len(seconds):,} tests, which took {sum(seconds.values()):,.0f} s together:")
    print("\n".join(slowest(seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
