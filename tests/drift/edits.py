"""What do people change by hand, and what is an audit to find of it? Commands with kubectl, as they are typed."""

import os
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster

from trinokit.drift.detection import DriftReport
from trinokit.drift.differences import CHANGED, MISSING, OPERATIONAL, UNDECLARED

COSMETIC, ELSEWHERE = "cosmetic", "elsewhere"
_JUDGED = (CHANGED, MISSING, UNDECLARED, OPERATIONAL, COSMETIC, ELSEWHERE)
# Whoever types kubectl is somebody else each time.
_KUBECTL = 'kubectl() { command kubectl --kubeconfig="$ACCESS" --as="$USER" --as-group=system:masters "$@"; }\n'


@dataclass(frozen=True)
class Edit:
    """What *who* does with the command *run*, and the one difference that it makes at *path* of *object*.

    *manager* owns the field afterwards, or was the last one to. *mark* is what a diff that shows it has in a line.
    *judged* is COSMETIC for one that makes none, and ELSEWHERE for what is judged without a declared object.
    """

    name: str
    run: str
    who: str
    object: str
    path: str
    judged: str
    manager: str
    mark: str


def edits(path: Path) -> tuple[Edit, ...]:
    """The edits of the file *path* in their order."""
    return tuple(_edit(name, said) for name, said in yaml.safe_load(path.read_text()).items())


def made(edits: Iterable[Edit]) -> list[tuple[str, ...]]:
    """What an audit is to find of *edits*: object, path, how it is judged, manager and user."""
    seen = [edit for edit in edits if edit.judged not in (COSMETIC, ELSEWHERE)]
    return sorted((edit.object, edit.path, edit.judged, edit.manager, f"admin as {edit.who}") for edit in seen)


def found(audit: DriftReport) -> list[tuple[str, ...]]:
    """What *audit* found of what people did, in the same words as `made`."""
    told = [each for each in audit.differences if each.is_drift or each.judged == OPERATIONAL]
    by = [(each, each.authors[0]) for each in told]
    return sorted((str(each.object), each.where, each.judged, author.manager, author.user) for each, author in by)


def plant(edits: Iterable[Edit], manifests: str = "") -> None:
    """Make *edits* on the test cluster, those of one object in their order; commands may name *manifests*."""
    programs = build.folder(CACHE)
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "MANIFESTS": manifests}
    environment |= {"ACCESS": str(cluster.kubeconfig(CACHE))}
    objects: dict[str, list[Edit]] = {}
    for edit in edits:
        objects.setdefault(edit.object, []).append(edit)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda made: [_make(edit, environment) for edit in made], objects.values()))


def _make(edit: Edit, environment: dict[str, str]) -> None:
    argv = ["bash", "-euo", "pipefail", "-c", _KUBECTL + edit.run]
    done = subprocess.run(argv, env=environment | {"USER": edit.who}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{edit.name}: {done.stderr}"


def _edit(name: str, said: dict[str, str]) -> Edit:
    [judged] = said.keys() & set(_JUDGED)
    path = said.get("path", "")
    return Edit(
        name=name,
        run=said["run"],
        who=f"{said.get('who', name)}@example.com",
        object=said[judged],
        path=path,
        judged=judged,
        manager=said.get("manager", "kubectl-patch"),
        mark=said.get("mark", _last(path)),
    )


def _last(path: str) -> str:
    found = re.search(r'"([^"]+)"\]$|([\w-]+)\]?$', path)
    return (found[1] or found[2]) if found else ""


def seen(edit: Edit, diff: str) -> bool:
    """Whether *diff*, which kubectl diff printed, shows what *edit* changed."""
    kind, _, place = edit.object.partition("/")
    name, _, namespace = place.partition(" in ")
    for part in diff.split("\ndiff -u"):
        first, _, lines = part.partition("\n")
        changed = [line[1:] for line in lines.splitlines() if re.match(r"[+-](?![+-]{2} )", line)]
        if first.endswith(f".{kind}.{namespace}.{name}") and any(edit.mark in line for line in changed):
            return True
    return False
