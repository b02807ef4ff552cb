"""Record recorded/drifted: python -m tests.drifted

Changes the reference stack by hand, records the cluster with what tells who did it, and mends everything again.
The audit log is recorded too, with whatever else was done to the cluster, so run it on servers that are new.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from tests.conftest import ROOT
from tests.drift.edits import Edit, edits, plant
from tests.servers import __main__ as servers
from tests.servers import prometheus
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster
from tests.servers.process import wait
from trinokit import sources
from trinokit.objects import SIDES
from trinokit.sources.recording import RecordedParts, record_cluster

EDITS = edits(ROOT / "tests" / "drift" / "drifted.yaml")
NAME = "drifted"


@dataclass(frozen=True)
class Kept:
    """One object that edits touch: its *place* in words of kubectl, and its *body* before, or None if there is none."""

    place: tuple[str, ...]
    body: dict | None


def kept(made: Iterable[Edit]) -> list[Kept]:
    """What the objects that edits *made* will touch are now."""
    return [_kept(place) for place in dict.fromkeys(_place(edit.object) for edit in made)]


def mend(before: Iterable[Kept]) -> None:
    """Make every object what it was *before*, also to whom its fields belong, and delete those that were not there."""
    with ExitStack() as stack:
        # One that fails does not keep the others from being mended.
        for each in before:
            stack.callback(_mend, each)


@contextmanager
def drifted(state: dict) -> Iterator[None]:
    """The reference stack as people have changed it, while this lasts, with a Prometheus that has loaded it."""
    before = kept(EDITS)
    try:
        plant(EDITS)
        _settled(5)
        _load(state)
        yield
    finally:
        mend(before)
        _settled(3)
        _load(state)


def main() -> int:
    """Record the drifted cluster in place of the recording that is there."""
    state = servers.running()
    if state is None:
        print("no server runs; start them: make servers", file=sys.stderr)
        return 1
    os.environ["PATH"] = f"{build.folder(CACHE)}{os.pathsep}{os.environ['PATH']}"
    os.environ["TRINOKIT_HOME"] = str(ROOT)
    chart = ["reference", str(ROOT / "deploy" / "reference"), "--namespace=reference", "--create-namespace"]
    cluster.helm(CACHE, "upgrade", "--install", *chart, "--wait", "--timeout=150s")
    _settled(3)
    folder = ROOT / "recorded" / NAME
    log = cluster.audit_log(Path(state["folder"], "kubernetes"))
    parts = RecordedParts(sides=SIDES, releases=True, prometheus=True, audit_log=str(log))
    with drifted(state):
        shutil.rmtree(folder, ignore_errors=True)
        record_cluster(
            sources.connect("test"), folder, parts, recorded_at=datetime.now(UTC).isoformat(timespec="seconds")
        )
    print(f"{folder.relative_to(ROOT)}: {len(EDITS)} edits")
    return 0


def _kept(place: tuple[str, ...]) -> Kept:
    text = cluster.kubectl(CACHE, "get", *place, "-o", "json", "--show-managed-fields", "--ignore-not-found")
    body = json.loads(text) if text else None
    if body is None:
        return Kept(place, None)
    for name in ("resourceVersion", "uid", "generation"):
        body["metadata"].pop(name, None)
    owned = [
        entry for entry in body["metadata"]["managedFields"] if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    ]
    # An autoscaler is to raise its replicas itself, as it did before.
    if all(entry["manager"] == "kube-controller-manager" for entry in owned):
        body.get("spec", {}).pop("replicas", None)
    return Kept(place, body)


def _mend(kept: Kept) -> None:
    if kept.body is None:
        cluster.kubectl(CACHE, "delete", *kept.place, "--ignore-not-found")
        return
    if _kept(kept.place).body is None:
        cluster.kubectl(CACHE, "create", "-f", "-", given=json.dumps(kept.body))
    # The first time whoever replaces owns what changes, and the second time nothing changes.
    for _ in range(2):
        assert wait(lambda: _replaced(kept.body), 30), f"{kept.place} could not be replaced"


def _replaced(body: dict) -> bool:
    try:
        cluster.kubectl(CACHE, "replace", "-f", "-", given=json.dumps(body))
    except subprocess.CalledProcessError as error:
        # A controller may write between the two requests that kubectl makes.
        if "the object has been modified" not in error.stderr:
            raise RuntimeError(error.stderr) from error
        return False
    return True


def _place(object: str) -> tuple[str, ...]:
    kind, _, name = object.partition("/")
    name, _, namespace = name.partition(" in ")
    return (kind.lower(), name, *(("-n", namespace) if namespace else ()))


def _settled(workers: int) -> None:
    """Return when every workload runs as it is written, with as many *workers*."""
    ready = f"--for=jsonpath={{.status.readyReplicas}}={workers}"
    cluster.kubectl(CACHE, "wait", ready, "deployment/trino-worker", "-n", "trino", "--timeout=120s")
    for namespace in cluster.STACK:
        found = cluster.kubectl(CACHE, "get", "deployments,statefulsets", "-n", namespace, "-o", "name").split()
        for each in found:
            cluster.kubectl(CACHE, "rollout", "status", each, "-n", namespace, "--timeout=120s")


def _load(state: dict) -> None:
    """Let Prometheus load what its ConfigMaps hold, as a kubelet and a reloader would."""
    folder = Path(state["folder"], "prometheus")
    for name, make in (("prometheus", prometheus.loadable), ("prometheus-rules", str)):
        data = yaml.safe_load(cluster.kubectl(CACHE, "get", "configmap", name, "-n", "monitoring", "-o", "yaml"))[
            "data"
        ]
        for key, text in data.items():
            (folder / ("rules" if name.endswith("rules") else "") / key).write_text(make(text))
    prometheus.reload()


if __name__ == "__main__":
    raise SystemExit(main())
