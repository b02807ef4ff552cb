"""Do the pods run what is configured? A process keeps what it was started with until it starts anew."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import config_references
from trinokit.architecture.config_references import ConfigReference
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.architecture.workloads import WORKLOAD_KINDS, Workload, find_workloads, pods_by_workload
from trinokit.drift.authors import managers
from trinokit.drift.categories.checks.unread_objects import unread_finding, unread_kinds
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

_CONTAINER_KEY = ["namespace", "workload", "container"]
_RESTARTABLE_KINDS = ("Deployment", "StatefulSet", "DaemonSet")
# https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
_USE_PHRASES = {
    "volume": "as files, which change on disk and are read when a process starts",
    "projected": "as files, which change on disk and are read when a process starts",
    "subPath": "through subPath, which never changes in a running container",
    "env": "in the environment, which never changes in a running container",
    "envFrom": "in the environment, which never changes in a running container",
}


class RunningImageRow(NamedTuple):
    """A row of `running_image_table`: the image of a *container* as declared, in the live *template*, and as it runs.

    *pods* is how many run this image of this *digest*, which is empty where no pod tells one. *note* says why the kind
    in *workload* could not be read, or is empty.
    """

    namespace: str
    workload: str
    container: str = ""
    declared: str = ""
    template: str = ""
    running: str = ""
    digest: str = ""
    pods: int = 0
    note: str = ""


class _RunningImage(NamedTuple):
    """The *image* that a *container* of a pod runs, and its *digest*, which is empty where the pod does not tell it.

    The image is taken from the pod's spec, as its status may have any other name of the same image.
    https://github.com/kubernetes/kubernetes/issues/51017
    """

    container: str
    image: str
    digest: str


@dataclass(frozen=True)
class _StalePods:
    """Pods of *workload* that started, the last of them at *since*, before what they use was written at *moment*."""

    workload: Workload
    moment: datetime
    manager: str
    how: tuple[str, ...]
    pods: tuple[str, ...]
    pod_count: int
    since: datetime


def outdated_config_findings(live: Objects) -> list[Finding]:
    """ConfigMaps and Secrets that were written after pods that use them had started.

    A write that left the text as it was, or brought back an earlier one, counts too, since only its moment is kept.
    """
    needed = (*config_references.CONFIG_KINDS, *WORKLOAD_KINDS)
    findings = [unread_finding(kind, reason) for kind, reason in unread_kinds(live, *needed)]
    pods, used, late = pods_by_workload(live), set(), {}
    for workload in find_workloads(live):
        running = pods.get((workload.namespace, str(workload)), [])
        for object, ways in _used_config_objects(workload, live):
            if running:
                used.add(object)
            if stale := _find_stale_pods(workload, object, ways, running):
                late.setdefault(object, []).append(stale)
    findings += [_stale_config_finding(object, stale) for object, stale in late.items()]
    if findings:
        return findings
    if not used:
        return [Finding(INFO, "configuration", "no running pod uses a ConfigMap or Secret, so none could be compared")]
    number = format_count(len(used), "ConfigMap or Secret", "ConfigMaps and Secrets")
    return [Finding(OK, "configuration", f"{number}, each older than the pods that use it")]


def running_image_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """For each container the image that is declared, in the live template, and in the pods, with their number.

    A row is a `RunningImageRow`, one for each image and digest that runs.
    """
    declared_images = {(each.namespace, str(each)): _container_images(each.spec) for each in find_workloads(declared)}
    pods = pods_by_workload(live)
    rows = [RunningImageRow("", kind, note=reason) for kind, reason in unread_kinds(live, *WORKLOAD_KINDS)]
    for workload in find_workloads(live):
        workload_key = (workload.namespace, str(workload))
        running = [each for pod in pods.get(workload_key, []) for each in _running_images(pod)]
        for name, image in _container_images(workload.spec).items():
            container_counts = Counter(each for each in running if each.container == name)
            for each in container_counts or [_RunningImage(name, "", "")]:
                row = RunningImageRow(
                    namespace=workload.namespace,
                    workload=str(workload),
                    container=name,
                    declared=declared_images.get(workload_key, {}).get(name, ""),
                    template=image,
                    running=each.image,
                    digest=each.digest,
                    pods=container_counts[each],
                )
                rows.append(row)
    return table_of_rows(RunningImageRow, rows)


def outdated_image_findings(images: pd.DataFrame) -> list[Finding]:
    """Pods with another image than their template has, and images that are not what their name or digest says."""
    findings = [unread_finding(row.workload, row.note) for row in images[images["note"] != ""].itertuples()]
    running = images[(images["pods"] > 0) & (images["note"] == "")]
    running = running.assign(every=running.groupby(_CONTAINER_KEY)["pods"].transform("sum"))
    findings += [_other_image_finding(row) for row in running.itertuples() if row.running != row.template]
    findings += [
        Finding(
            CRITICAL,
            _workload_subject(row),
            f"container {row.container} is declared as {row.declared} and runs {row.digest}",
        )
        for row in running.itertuples()
        if "@" in row.declared and row.digest and row.digest != _digest_in_image(row.declared)
    ]
    findings += _moved_tag_findings(running[running["digest"] != ""])
    if findings:
        return findings
    if running.empty:
        return [Finding(CRITICAL, "images", "could not be judged: there is no running pod")]
    container_count = len(running[running["digest"] != ""].drop_duplicates(_CONTAINER_KEY))
    number = format_count(len(running.drop_duplicates(_CONTAINER_KEY)), "container")
    return [
        Finding(
            OK, "images", f"{number} with the image of the template in every pod; {container_count} with a digest told"
        )
    ]


def _used_config_objects(workload: Workload, live: Objects) -> Iterator[tuple[Object, list[ConfigReference]]]:
    """Each ConfigMap and Secret whose contents *workload* sees, and in which ways."""
    ways: dict[tuple[str, str], list[ConfigReference]] = {}
    for use in config_references.workload_config_references(workload):
        if use.how in _USE_PHRASES:
            ways.setdefault((use.kind, use.name), []).append(use)
    for (kind, name), references in ways.items():
        if object := live.find(kind, workload.namespace, name):
            yield object, references


def _find_stale_pods(
    workload: Workload, object: Object, ways: list[ConfigReference], running: list[Object]
) -> _StalePods | None:
    moment, manager = _last_write(object, {use.key for use in ways})
    began = [
        (started, pod.name) for pod in running if (started := _pod_start_time(pod)) and moment and started < moment
    ]
    if not began:
        return None
    use_phrases = tuple(dict.fromkeys(_USE_PHRASES[use.how] for use in ways))
    return _StalePods(
        workload=workload,
        moment=moment,
        manager=manager,
        how=use_phrases,
        pods=tuple(name for _, name in began),
        pod_count=len(running),
        since=max(began)[0],
    )


def _last_write(object: Object, keys: set[str]) -> tuple[datetime | None, str]:
    """When the last one of *keys*, or with an empty one any key, was written, and by whom."""
    author_writes = [
        (part, key) for part in ("data", "binaryData") for key in object.at(part) or {} if key in keys or "" in keys
    ]
    authors = [
        next((each for each in managers.value_authors(object, path) if each.moment), None) for path in author_writes
    ]
    dated_writes = [(each.moment, each.manager) for each in authors if each]
    return max(dated_writes, default=(_parse_moment(object.at("metadata", "creationTimestamp")), ""))


def _pod_start_time(pod: Object) -> datetime | None:
    """When the oldest process of *pod* started; what prepares a pod runs only once, when the pod itself starts."""
    began = _parse_moment(pod.at("status", "startTime"))
    states = [each.get("state") or {} for each in pod.at("status", "containerStatuses") or []]
    moments = [_parse_moment((each.get("running") or {}).get("startedAt")) for each in states]
    return began if pod.at("spec", "initContainers") or not all(moments) else min(moments, default=began)


def _parse_moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _stale_config_finding(object: Object, stale: list[_StalePods]) -> Finding:
    last = max(stale, key=lambda each: each.moment)
    by = f" by {last.manager}" if last.manager else ""
    pods = [f"{len(each.pods)} of {format_count(each.pod_count, 'pod')} of {each.workload}" for each in stale]
    since = max(each.since for each in stale)
    phrases = "; ".join(dict.fromkeys(way for each in stale for way in each.how))
    details = {
        "manager": last.manager,
        "moment": last.moment.isoformat(),
        "workloads": ", ".join(str(each.workload) for each in stale),
        "pods": ", ".join(name for each in stale for name in each.pods),
    }
    sentence = (
        f"is not yet running in {join_names(pods)}: it was written{by} at {last.moment:%Y-%m-%d %H:%M:%S}, "
        f"the last of them started at {since:%Y-%m-%d %H:%M:%S}, and they have it {phrases}; {_restart_remedy(stale)}"
    )
    return Finding(WARNING, str(object), sentence, details)


def _restart_remedy(stale: list[_StalePods]) -> str:
    restartable = [each.workload.object for each in stale if each.workload.object.kind in _RESTARTABLE_KINDS]
    if not restartable:
        return f"start {join_names(str(each.workload) for each in stale)} anew"
    names = " ".join(f"{each.kind.lower()}/{each.name}" for each in restartable)
    return f"kubectl -n {restartable[0].namespace} rollout restart {names}"


def _container_images(spec: dict) -> dict[str, str]:
    """The images by the names of their containers, without those that have ended once the pod runs."""
    lasting = [each for each in spec.get("initContainers") or [] if each.get("restartPolicy") == "Always"]
    return {each["name"]: each.get("image", "") for each in [*lasting, *(spec.get("containers") or [])]}


def _running_images(pod: Object) -> Iterator[_RunningImage]:
    statuses = [*(pod.at("status", "containerStatuses") or []), *(pod.at("status", "initContainerStatuses") or [])]
    digests = {each["name"]: _digest_in_image(each.get("imageID") or "") for each in statuses}
    for name, image in _container_images(pod.at("spec") or {}).items():
        yield _RunningImage(name, image, digests.get(name, ""))


def _digest_in_image(image: str) -> str:
    return image.rpartition("@")[2] if "@" in image else ""


def _workload_subject(row: tuple) -> str:
    return f"{row.workload} in {row.namespace}"


def _other_image_finding(row: tuple) -> Finding:
    kind, _, name = row.workload.partition("/")
    look = f"kubectl -n {row.namespace} rollout status {kind.lower()}/{name}"
    return Finding(
        WARNING,
        _workload_subject(row),
        f"runs {row.running} as {row.container} in {row.pods} of {format_count(row.every, 'pod')}, "
        f"and its template has {row.template}: its rollout goes on or is stuck; {look}",
    )


def _moved_tag_findings(moved_tags: pd.DataFrame) -> Iterable[Finding]:
    for (namespace, workload, container, image), rows in moved_tags.groupby(
        ["namespace", "workload", "container", "running"]
    ):
        if len(rows) > 1:
            digests_text = join_names(f"{row.digest} in {format_count(row.pods, 'pod')}" for row in rows.itertuples())
            sentence = (
                f"runs different images as {container} under one name {image}: {digests_text}; declare its digest"
            )
            yield Finding(CRITICAL, f"{workload} in {namespace}", sentence)
