"""Under which licences is what the kit depends on? Writes docs/licences.md: `make licences`."""

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

TABLE = ROOT / "docs" / "licences.md"
# BSD is what a distribution says that does not tell how many clauses it has.
PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU"),
    *("PSF-2.0", "Unlicense", "Zlib"),
}
WEAK = {"EPL-2.0", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"}
_UNCHANGED = "used as it was published; its conditions are about changes to its own files"
# What is copyleft, in the distribution itself or in its wheel for Linux, and why it may be there.
EXPLAINED = {
    "certifi": f"the list of authorities, {_UNCHANGED}",
    "debugpy": "MIT itself; its wheel holds pydevd under EPL-1.0, unchanged",
    "fqdn": _UNCHANGED,
    "hypothesis": f"for the tests only, {_UNCHANGED}",
    "jupyterlab": "BSD itself; its page holds elkjs under EPL-2.0, unchanged; no report has anything of it",
    "numpy": "its wheel holds libgfortran, GPL-3.0-or-later WITH GCC-exception-3.1, which lets programs of any licence "
    "use it, and libquadmath, LGPL-2.1-or-later, which can be replaced since it is a file of its own",
    "orjson": _UNCHANGED,
    "pillow": "its list of components has libimagequant, GPL-3.0-or-later, which its wheel leaves out; a test asks",
    "pyzmq": f"BSD itself; its wheel holds libzmq under MPL-2.0, {_UNCHANGED}",
    "tqdm": _UNCHANGED,
}
# Those whose metadata names no licence, as the licence file in them reads.
READ = {"promql-parser": "MIT"}
_WORDS = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD",
    "bsd license": "BSD",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}
_HEAD = """\
# Licences of the dependencies

The kit is Apache-2.0, as `LICENSE` says.
`make licences` writes this table from the metadata of what `pyproject.toml` declares, and of all that it needs.
`tests/test_licences.py` keeps it true, and refuses what is copyleft beyond weak forms that the last column explains.
A licence `BSD` is one whose metadata does not tell how many clauses it has.

| distribution | licence | first needed by | what is copyleft in it, and why it may be there |
|---|---|---|---|
"""
Find = Callable[[str], Distribution]


@dataclass(frozen=True)
class Dependencies:
    """What was reached from declared requirements, by canonical name.

    *installed* are the distributions, *always* the names that every platform and Python needs, and *absent* those that
    this environment should have and has not. What only other environments need is in none of them, but in *named*.
    """

    installed: dict[str, Distribution]
    always: frozenset[str]
    absent: frozenset[str]
    named: frozenset[str]


def read_declared() -> dict[str, list[str]]:
    """The requirements in pyproject.toml by what they are for, the kit itself first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    return {"the kit": project["project"]["dependencies"], **extras, **groups}


def follow_requirements(declared: Iterable[str], find: Find = distribution) -> Dependencies:
    """Everything that *declared* needs, and what that needs, wherever *find* has it."""
    installed, always, absent, named = {}, set(), set(), set()
    waiting = [(Requirement(text), frozenset({""}), True) for text in declared]
    done = set()
    while waiting:
        wanted, extras, certain = waiting.pop()
        name, step = canonicalize_name(wanted.name), (str(wanted), extras, certain)
        if step in done or not _asked_for(wanted.marker, extras):
            continue
        done.add(step)
        named.add(name)
        if not _holds_here(wanted.marker, extras):
            continue
        certain = certain and not _depends_on_environment(wanted.marker)
        always |= {name} if certain else set()
        try:
            installed[name] = find(wanted.name)
        except PackageNotFoundError:
            absent.add(name)
            continue
        inner = frozenset({"", *wanted.extras})
        waiting += [(Requirement(text), inner, certain) for text in installed[name].requires or []]
    return Dependencies(installed, frozenset(always), frozenset(absent), frozenset(named))


def _asked_for(marker: Marker | None, extras: frozenset[str]) -> bool:
    """Whether *marker* names no extra, or one of *extras*."""
    wanted = set(re.findall(r'extra == "([^"]*)"', str(marker or "")))
    return not wanted or bool(wanted & extras)


def _holds_here(marker: Marker | None, extras: frozenset[str]) -> bool:
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def _depends_on_environment(marker: Marker | None) -> bool:
    """Whether *marker* asks for more than an extra, such as a platform or a version of Python."""
    return bool(re.search(r"\b(python|platform|sys|os|implementation)_", str(marker or "")))


def read_licence(found: Distribution) -> str:
    """The licence of a distribution as an SPDX expression, or its own words where they are none that we know.

    `License-Expression` says it alone; in older metadata the field `License` and all classifiers have to be met.
    """
    metadata = found.metadata
    if expression := metadata["License-Expression"]:
        return expression
    if name := READ.get(canonicalize_name(metadata["Name"])):
        return name
    classifiers = [text for text in metadata.get_all("Classifier") or [] if text.startswith("License ::")]
    spoken = {_as_spdx(text.rpartition(" :: ")[2]) for text in classifiers if not text.endswith(":: OSI Approved")}
    field = (metadata["License"] or "UNKNOWN").strip().splitlines()
    # Some put the whole text there; what is longer than a name tells only by its first line, if at all.
    if len(field) == 1 or _as_spdx(field[0]) in PERMISSIVE | WEAK:
        spoken |= {_as_spdx(field[0])} - {"UNKNOWN"}
    exact = spoken - {"BSD"} if any(name.startswith("BSD-") or name == "ISC" for name in spoken) else spoken
    return " AND ".join(sorted(exact)) or "UNKNOWN"


def _as_spdx(words: str) -> str:
    return _WORDS.get(words.strip().lower(), words.strip())


def is_met(expression: str, allowed: set[str]) -> bool:
    """Whether the licences in *allowed* are enough for an SPDX *expression*; what is no expression never is."""
    words = re.findall(r"[()]|[^\s()]+(?: WITH [^\s()]+)?", expression)
    known = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    try:
        tree = ast.parse(" ".join(known.get(word, str(word in allowed)) for word in words), mode="eval")
    except SyntaxError:
        return False
    return _is_true(tree.body)


def _is_true(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        return (all if isinstance(node.op, ast.And) else any)(_is_true(value) for value in node.values)
    return isinstance(node, ast.Constant) and node.value is True


def find_refused(installed: dict[str, Distribution]) -> dict[str, str]:
    """The licence of each distribution that is neither permissive nor weak and explained."""
    licences = {name: read_licence(found) for name, found in installed.items()}
    return {
        name: licence
        for name, licence in licences.items()
        if not is_met(licence, PERMISSIVE | WEAK if name in EXPLAINED else PERMISSIVE)
    }


def collect_rows(find: Find = distribution) -> dict[str, tuple[str, str, str]]:
    """For each installed distribution: its licence, what it is for, and what is to be said about it."""
    rows: dict[str, tuple[str, str, str]] = {}
    for purpose, declared in read_declared().items():
        for name, found in follow_requirements(declared, find).installed.items():
            rows.setdefault(name, (read_licence(found), purpose, EXPLAINED.get(name, "")))
    return dict(sorted(rows.items()))


def render_table(rows: dict[str, tuple[str, str, str]]) -> str:
    """The page that is committed."""
    lines = [f"| {name} | {licence} | {purpose} | {note} |\n" for name, (licence, purpose, note) in rows.items()]
    return _HEAD + "".join(lines)


def read_table() -> dict[str, tuple[str, str, str]]:
    """The rows of the page that is committed."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.read_text().splitlines()]
    return {
        row[0]: (row[1], row[2], row[3]) for row in cells if len(row) == 4 and row[0] not in ("distribution", "---")
    }


def main() -> None:
    """Write the table, or tell why not."""
    found = [follow_requirements(declared) for declared in read_declared().values()]
    if absent := sorted(set().union(*(each.absent for each in found))):
        sys.exit(f"Expected everything that pyproject.toml declares, found no {', '.join(absent)}: make licences")
    if refused := find_refused({name: each for one in found for name, each in one.installed.items()}):
        sys.exit(
            f"Expected licences that are permissive, or weak and explained, found: {refused}.\n"
            "  -> leave it out, or read its licence file, and say in tests/licences.py why it may be there"
        )
    TABLE.write_text(render_table(collect_rows()))


if __name__ == "__main__":
    main()
