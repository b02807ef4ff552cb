"""Do the pods run what is configured? A process keeps what it was started with until it starts anew."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from trinokit.architecture import uses
from trinokit.architecture import workloads as made
from trinokit.architecture.uses import Use
from trinokit.architecture.wording import listed, table
from trinokit.architecture.workloads import Workload
from trinokit.drift.authors import managers
from trinokit.drift.categories.reading import not_judged, unread
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, counted
from trinokit.objects import Object, Objects

_COLUMNS = {
    "namespace": "str",
    "workload": "str",
    "container": "str",
    "declared": "str",
    "template": "str",
    "running": "str",
    "digest": "str",
    "pods": "int64",
    "note": "str",
}
_CONTAINER = ["namespace", "workload", "container"]
_RESTARTED = ("Deployment", "StatefulSet", "DaemonSet")
# https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
_HOW = {
    "volume": "as files, which change on disk and are read when a process starts",
    "projected": "as files, which change on disk and are read when a process starts",
    "subPath": "through subPath, which never changes in a running container",
    "env": "in the environment, which never changes in a running container",
    "envFrom": "in the environment, which never changes in a running container",
}


@dataclass(frozen=True)
class _Stale:
    """Pods of *workload* that started, the last of them at *since*, before what they use was written at *moment*."""

    workload: Workload
    moment: datetime
    manager: str
    how: tuple[str, ...]
    pods: tuple[str, ...]
    among: int
    since: datetime


def not_yet_running(live: Objects) -> list[Finding]:
    """ConfigMaps and Secrets that were written after pods that use them had started.

    A write that left the text as it was, or brought back an earlier one, counts too, since only its moment is kept.
    """
    needed = (*uses.KINDS, *made.KINDS)
    findings = [not_judged(what, reason) for what, reason in unread(live, *needed)]
    pods, used, late = made.pods(live), set(), {}
    for workload in made.found(live):
        running = pods.get((workload.namespace, str(workload)), [])
        for object, ways in _used(workload, live):
            if running:
                used.add(object)
            if stale := _stale(workload, object, ways, running):
                late.setdefault(object, []).append(stale)
    findings += [_late(object, stale) for object, stale in late.items()]
    if findings:
        return findings
    if not used:
        return [Finding(INFO, "configuration", "no running pod uses a ConfigMap or Secret, so none could be compared")]
    number = counted(len(used), "ConfigMap or Secret", "ConfigMaps and Secrets")
    return [Finding(OK, "configuration", f"{number}, each older than the pods that use it")]


def images(declared: Objects, live: Objects) -> pd.DataFrame:
    """For each container the image that is declared, in the live template, and in the pods, with their number.

    A line for each image and digest that runs; *digest* is empty where no pod tells one.
    """
    promised = {(each.namespace, str(each)): _containers(each.spec) for each in made.found(declared)}
    pods = made.pods(live)
    rows = [("", what, "", "", "", "", "", 0, reason) for what, reason in unread(live, *made.KINDS)]
    for workload in made.found(live):
        place = (workload.namespace, str(workload))
        running = [each for pod in pods.get(place, []) for each in _running(pod)]
        for name, image in _containers(workload.spec).items():
            found = [(which, digest) for called, which, digest in running if called == name]
            for each in dict.fromkeys(found) or [("", "")]:
                written = promised.get(place, {}).get(name, "")
                rows.append((*place, name, written, image, *each, found.count(each), ""))
    return table(_COLUMNS, rows)


def outdated(images: pd.DataFrame) -> list[Finding]:
    """Pods with another image than their template has, and images that are not what their name or digest says."""
    findings = [not_judged(row.workload, row.note) for row in images[images["note"] != ""].itertuples()]
    running = images[(images["pods"] > 0) & (images["note"] == "")]
    running = running.assign(every=running.groupby(_CONTAINER)["pods"].transform("sum"))
    findings += [_other_image(row) for row in running.itertuples() if row.running != row.template]
    findings += [
        Finding(
            CRITICAL, _subject(row), f"container {row.container} is declared as {row.declared} and runs {row.digest}"
        )
        for row in running.itertuples()
        if "@" in row.declared and row.digest and row.digest != _digest(row.declared)
    ]
    findings += _moved_tags(running[running["digest"] != ""])
    if findings:
        return findings
    if running.empty:
        return [Finding(CRITICAL, "images", "could not be judged: there is no running pod")]
    told = len(running[running["digest"] != ""].drop_duplicates(_CONTAINER))
    number = counted(len(running.drop_duplicates(_CONTAINER)), "container")
    return [Finding(OK, "images", f"{number} with the image of the template in every pod; {told} with a digest told")]


def _used(workload: Workload, live: Objects) -> Iterator[tuple[Object, list[Use]]]:
    """Each ConfigMap and Secret whose contents *workload* sees, and in which ways."""
    ways: dict[tuple[str, str], list[Use]] = {}
    for use in uses.of_workload(workload):
        if use.how in _HOW:
            ways.setdefault((use.kind, use.name), []).append(use)
    for (kind, name), found in ways.items():
        if object := live.find(kind, workload.namespace, name):
            yield object, found


def _stale(workload: Workload, object: Object, ways: list[Use], running: list[Object]) -> _Stale | None:
    moment, manager = _written(object, {use.key for use in ways})
    began = [(started, pod.name) for pod in running if (started := _started(pod)) and moment and started < moment]
    if not began:
        return None
    how = tuple(dict.fromkeys(_HOW[use.how] for use in ways))
    return _Stale(workload, moment, manager, how, tuple(name for _, name in began), len(running), max(began)[0])


def _written(object: Object, keys: set[str]) -> tuple[datetime | None, str]:
    """When the last one of *keys*, or with an empty one any key, was written, and by whom."""
    wanted = [
        (part, key) for part in ("data", "binaryData") for key in object.at(part) or {} if key in keys or "" in keys
    ]
    owners = [next((each for each in managers.of(object, path) if each.moment), None) for path in wanted]
    known = [(each.moment, each.manager) for each in owners if each]
    return max(known, default=(_moment(object.at("metadata", "creationTimestamp")), ""))


def _started(pod: Object) -> datetime | None:
    """When the oldest process of *pod* started; what prepares a pod runs only once, when the pod itself starts."""
    began = _moment(pod.at("status", "startTime"))
    states = [each.get("state") or {} for each in pod.at("status", "containerStatuses") or []]
    moments = [_moment((each.get("running") or {}).get("startedAt")) for each in states]
    return began if pod.at("spec", "initContainers") or not all(moments) else min(moments, default=began)


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _late(object: Object, stale: list[_Stale]) -> Finding:
    last = max(stale, key=lambda each: each.moment)
    by = f" by {last.manager}" if last.manager else ""
    pods = [f"{len(each.pods)} of {counted(each.among, 'pod')} of {each.workload}" for each in stale]
    since = max(each.since for each in stale)
    how = "; ".join(dict.fromkeys(way for each in stale for way in each.how))
    details = {
        "manager": last.manager,
        "moment": last.moment.isoformat(),
        "workloads": ", ".join(str(each.workload) for each in stale),
        "pods": ", ".join(name for each in stale for name in each.pods),
    }
    sentence = (
        f"is not yet running in {listed(pods)}: it was written{by} at {last.moment:%Y-%m-%d %H:%M:%S}, "
        f"the last of them started at {since:%Y-%m-%d %H:%M:%S}, and they have it {how}; {_remedy(stale)}"
    )
    return Finding(WARNING, str(object), sentence, details)


def _remedy(stale: list[_Stale]) -> str:
    again = [each.workload.object for each in stale if each.workload.object.kind in _RESTARTED]
    if not again:
        return f"start {listed(str(each.workload) for each in stale)} anew"
    which = " ".join(f"{each.kind.lower()}/{each.name}" for each in again)
    return f"kubectl -n {again[0].namespace} rollout restart {which}"


def _containers(spec: dict) -> dict[str, str]:
    """The images by the names of their containers, without those that have ended once the pod runs."""
    lasting = [each for each in spec.get("initContainers") or [] if each.get("restartPolicy") == "Always"]
    return {each["name"]: each.get("image", "") for each in [*lasting, *(spec.get("containers") or [])]}


def _running(pod: Object) -> Iterator[tuple[str, str, str]]:
    """Name, image and digest of each container of *pod*.

    The image is taken from its spec, as its status may have any other name of the same image.
    https://github.com/kubernetes/kubernetes/issues/51017
    """
    statuses = [*(pod.at("status", "containerStatuses") or []), *(pod.at("status", "initContainerStatuses") or [])]
    digests = {each["name"]: _digest(each.get("imageID") or "") for each in statuses}
    for name, image in _containers(pod.at("spec") or {}).items():
        yield name, image, digests.get(name, "")


def _digest(image: str) -> str:
    return image.rpartition("@")[2] if "@" in image else ""


def _subject(row: tuple) -> str:
    return f"{row.workload} in {row.namespace}"


def _other_image(row: tuple) -> Finding:
    kind, _, name = row.workload.partition("/")
    look = f"kubectl -n {row.namespace} rollout status {kind.lower()}/{name}"
    return Finding(
        WARNING,
        _subject(row),
        f"runs {row.running} as {row.container} in {row.pods} of {counted(row.every, 'pod')}, and its template has "
        f"{row.template}: its rollout goes on or is stuck; {look}",
    )


def _moved_tags(told: pd.DataFrame) -> Iterable[Finding]:
    for (namespace, workload, container, image), rows in told.groupby(
        ["namespace", "workload", "container", "running"]
    ):
        if len(rows) > 1:
            which = listed(f"{row.digest} in {counted(row.pods, 'pod')}" for row in rows.itertuples())
            sentence = f"runs different images as {container} under one name {image}: {which}; declare its digest"
            yield Finding(CRITICAL, f"{workload} in {namespace}", sentence)
