"""What is known of paths that git cannot join? Their hunks, who wrote them, and what is missing from newer branches."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from trinokit.evidence import Commit, Conflict
from trinokit.sources.git import calls, history, hunks, patches
from trinokit.sources.git.trees import Trees

_NEWEST = 10
# Whoever has more than these in conflict does not settle them one by one, and each takes git a moment.
_LOOKED_AT = 25
_PICKED = "(cherry picked from commit "


def conflicts(
    folder: Path, made: Trees, sides: tuple[str, str], newer: Mapping[str, str], labels: tuple[str, str]
) -> tuple[Conflict, ...]:
    """The conflicts of *made* between the commits *sides*, which are told as *labels*.

    Of each of the first ones there are the hunks, and the newest ten commits of *newer* branches, tips by name, that
    changed the path and that neither side has in any way.
    """
    tips = tuple(dict.fromkeys(newer.values()))
    picked = origins(folder, sides[0], tips) if tips else set()
    told = []
    for path, said in made.conflicts[:_LOOKED_AT]:
        found = hunks.hunks(folder, path, made.stages.get(path, {}), sides)
        missing = _missing(folder, path, sides, tips, picked) if tips else ()
        told.append(Conflict(path, _labelled(said, made.named, labels), found, missing))
    rest = (Conflict(path, _labelled(said, made.named, labels)) for path, said in made.conflicts[_LOOKED_AT:])
    return (*told, *rest)


def origins(folder: Path, tip: str, without: Iterable[str]) -> set[str]:
    """The commits that those of *tip*, as far as none of *without* has them, say that they were picked from."""
    chosen = ("--no-commit-header", "--format=%B", "-F", f"--grep={_PICKED}", tip, *(f"^{each}" for each in without))
    return set(patches.PICKED.findall(calls.text(folder, "rev-list", *chosen)))


def _missing(
    folder: Path, path: str, sides: tuple[str, str], tips: tuple[str, ...], picked: set[str]
) -> tuple[Commit, ...]:
    spans = (f"{sides[0]}...{tip}" for tip in tips)
    # So many may turn out to be picked, and are not counted.
    count = f"--max-count={_NEWEST + len(picked)}"
    chosen = ("--cherry-pick", "--right-only", "--no-merges", "--date-order", count, *spans, f"^{sides[1]}")
    found = history.touching(folder, path, *chosen)
    return tuple(each for each in found if each.id not in picked)[:_NEWEST]


def _labelled(said: str, named: tuple[str, str], labels: tuple[str, str]) -> str:
    """What git *said*, with the names of branches in place of ids that nobody knows."""
    for id, label in zip(named, labels, strict=True):
        said = said.replace(id, label)
    return said
