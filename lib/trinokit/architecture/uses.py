"""Who uses which ConfigMap and Secret, how, and where does the pod see it?"""

from collections.abc import Iterator
from dataclasses import dataclass

from trinokit.architecture import workloads as made
from trinokit.architecture.workloads import Workload
from trinokit.objects import Object, Objects

KINDS = ("ConfigMap", "Secret")
# What makes files of a whole ConfigMap or Secret calls it so in a volume, in a projected volume, and in envFrom.
_VOLUMES = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "secretName")}
_PROJECTED = {"configMap": "ConfigMap", "secret": "Secret"}
_ENV_FROM = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
_ENV = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}


@dataclass(frozen=True, order=True)
class Use:
    """One way in which *by* uses a ConfigMap or Secret; no *key* means all of them.

    *place* is the mounted path or the environment variable.
    """

    namespace: str
    kind: str
    name: str
    by: str
    how: str
    key: str = ""
    optional: bool = False
    place: str = ""

    @property
    def subject(self) -> str:
        """Kind/name in namespace, as a finding names it."""
        return f"{self.kind}/{self.name} in {self.namespace}"


@dataclass(frozen=True, order=True)
class File:
    """A file that a pod sees at *path*: the text of a *key* of a ConfigMap or Secret."""

    path: str
    kind: str
    name: str
    key: str


def uses(objects: Objects) -> list[Use]:
    """Every use of a ConfigMap or Secret by a workload, a ServiceAccount or an Ingress."""
    found = [use for each in made.found(objects) for use in of_workload(each)]
    for each in objects.of("ServiceAccount"):
        found += [
            Use(each.namespace, "Secret", name, f"ServiceAccount/{each.name}", how) for name, how in _secrets(each)
        ]
    for each in objects.of("Ingress"):
        names = [tls.get("secretName") for tls in each.at("spec", "tls") or []]
        found += [Use(each.namespace, "Secret", name, f"Ingress/{each.name}", "ingress TLS") for name in names if name]
    return sorted(set(found))


def of_workload(workload: Workload) -> list[Use]:
    """Every use of a ConfigMap or Secret by *workload*."""
    found = [*_mounted(workload), *_in_environment(workload)]
    pulls = [each.get("name") for each in workload.spec.get("imagePullSecrets") or []]
    return found + [
        Use(workload.namespace, "Secret", name, str(workload), "imagePullSecrets", optional=True)
        for name in pulls
        if name
    ]


def keys(object: Object) -> set[str]:
    """The keys of a ConfigMap or Secret."""
    return {key for part in ("data", "binaryData", "stringData") for key in object.at(part) or {}}


def files(workload: Workload, objects: Objects) -> list[File]:
    """The files that the containers of *workload* see, of the ConfigMaps and Secrets that are there."""
    found = set()
    for use in of_workload(workload):
        object = objects.find(use.kind, use.namespace, use.name)
        if not use.place.startswith("/") or object is None:
            continue
        for key in [use.key] if use.key else keys(object):
            path = use.place if use.key else f"{use.place.rstrip('/')}/{key}"
            found.add(File(path, use.kind, use.name, key))
    return sorted(found)


def _mounted(workload: Workload) -> Iterator[Use]:
    mounts: dict[str, list[dict]] = {}
    for container in workload.containers:
        for mount in container.get("volumeMounts") or []:
            mounts.setdefault(mount["name"], []).append(mount)
    for volume in workload.spec.get("volumes") or []:
        for how, kind, name, part in _parts(volume):
            optional = bool(part.get("optional"))
            for key, place, way in _places(part.get("items"), mounts.get(volume["name"], []), how):
                yield Use(workload.namespace, kind, name, str(workload), way, key, optional, place)


def _parts(volume: dict) -> Iterator[tuple[str, str, str, dict]]:
    """How, kind, name and the part of *volume* that says which keys."""
    for field, (kind, name) in _VOLUMES.items():
        if part := volume.get(field):
            yield "volume", kind, part.get(name, ""), part
    for source in (volume.get("projected") or {}).get("sources") or []:
        for field, kind in _PROJECTED.items():
            if part := source.get(field):
                yield "projected", kind, part.get("name", ""), part


def _places(items: list[dict] | None, mounts: list[dict], how: str) -> Iterator[tuple[str, str, str]]:
    """Key, place and how for each file or folder that comes of a volume; no place where no container mounts it."""
    paths = {each["path"]: each["key"] for each in items or []}
    single = [(mount["subPath"], mount["mountPath"]) for mount in mounts if mount.get("subPath")]
    whole = [mount["mountPath"].rstrip("/") for mount in mounts if not mount.get("subPath")]
    for within, place in single:
        yield paths.get(within, within), place, "subPath"
    # All items have to be there, even where only one of them is mounted.
    if not whole and (paths or not single):
        whole = [""]
    for folder in whole:
        yield from _below(folder, paths, how)


def _below(folder: str, paths: dict[str, str], how: str) -> Iterator[tuple[str, str, str]]:
    if not paths:
        yield "", folder, how
    for path, key in paths.items():
        yield key, f"{folder}/{path}" if folder else "", how


def _in_environment(workload: Workload) -> Iterator[Use]:
    for container in workload.containers:
        for source in container.get("envFrom") or []:
            yield from _references(workload, source, _ENV_FROM, ("envFrom", ""))
        for variable in container.get("env") or []:
            yield from _references(workload, variable.get("valueFrom") or {}, _ENV, ("env", variable["name"]))


def _references(workload: Workload, source: dict, kinds: dict[str, str], way: tuple[str, str]) -> Iterator[Use]:
    how, place = way
    for field, kind in kinds.items():
        if part := source.get(field):
            name, key, optional = part.get("name", ""), part.get("key", ""), bool(part.get("optional"))
            yield Use(workload.namespace, kind, name, str(workload), how, key, optional, place)


def _secrets(account: Object) -> Iterator[tuple[str, str]]:
    for field, how in (("imagePullSecrets", "serviceAccount imagePullSecrets"), ("secrets", "serviceAccount")):
        for each in account.at(field) or []:
            if each.get("name"):
                yield each["name"], how
