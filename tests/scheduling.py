"""Which tests run beside which? Those that share something go to one process, one after another.

pytest-xdist 3.8 takes a group from the end of a test's id, where pytest 9.2 no longer lets anybody write it.
So the processes write the groups into a file, and the one that hands out the tests reads it.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# What exists once on this machine, so that those who change it or look at all of it cannot do so at the same time.
# A module whose tests use such a thing without its fixture says so itself: pytestmark = pytest.mark.xdist_group(…).
LANES = {"reference": "stack", "prometheus": "stack", "history": "trino", "realm": "pods"}
PORTION = 25
# How long a test may take about which nothing is known: one that asks servers, and any other. One that takes minutes
# says so itself, so that it does not begin last where all others have ended: pytest.mark.expected_seconds(…).
ASKING_S, USUAL_S = 5.0, 0.1


class Groups(LoadScopeScheduling):
    """Hands out the tests of one group together, in the order in which the processes have sorted them."""

    def __init__(self, config: pytest.Config, log: object, place: Path) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)
        self._place, self._groups = place, {}

    def _split_scope(self, nodeid: str) -> str:
        self._groups = self._groups or json.loads(self._place.read_text())
        return self._groups[nodeid]


def sort(items: list[pytest.Item], seconds: dict[str, float], place: Path) -> None:
    """Write the group of each of *items* to *place*, and put those first that took the most *seconds* before."""
    names, groups = _names(items), defaultdict(list)
    for item in items:
        groups[names[item.nodeid]].append(item)
    costs = {name: sum(_expected(item, seconds) for item in group) for name, group in groups.items()}
    items[:] = [item for name in sorted(groups, key=lambda name: (-costs[name], name)) for item in groups[name]]
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f"{place.name}.{os.getpid()}")
    partial.write_text(json.dumps(names))
    partial.replace(place)


def _names(items: list[pytest.Item]) -> dict[str, str]:
    """The group of each test: what it shares with others, or a portion of its file."""
    counted: dict[str, int] = defaultdict(int)
    return {item.nodeid: _name(item, counted) for item in items}


def _name(item: pytest.Item, counted: dict[str, int]) -> str:
    path = item.nodeid.partition("::")[0]
    mark = item.get_closest_marker("xdist_group")
    lanes = [lane for name, lane in LANES.items() if _asks_servers(item) and name in item.fixturenames]
    if mark or lanes:
        return mark.args[0] if mark else lanes[0]
    if _shares(item):
        return path
    counted[path] += 1
    return f"{path} {counted[path] // PORTION}"


def _asks_servers(item: pytest.Item) -> bool:
    return "servers" in getattr(item, "fixturenames", ())


def _shares(item: pytest.Item) -> bool:
    # The cells of a notebook share its kernel.
    if not isinstance(item, pytest.Function) or _asks_servers(item):
        return True
    # A fixture of pytest's own, such as tmp_path_factory, has no place.
    return any(
        found[-1].scope != "function" and found[-1].baseid for found in item._fixtureinfo.name2fixturedefs.values()
    )


def _expected(item: pytest.Item, seconds: dict[str, float]) -> float:
    mark = item.get_closest_marker("expected_seconds")
    usual = ASKING_S if _asks_servers(item) else USUAL_S
    return seconds.get(item.nodeid, mark.args[0] if mark else usual)
