"""Who uses which ConfigMap and Secret, how, and where does the pod see it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trinokit.architecture.workloads import Workload, find_workloads
from trinokit.objects import Object, Objects

ReferenceWay = Literal[
    *("volume", "projected", "subPath", "env", "envFrom", "imagePullSecrets"),
    *("serviceAccount", "serviceAccount imagePullSecrets", "ingress TLS"),
]
CONFIG_KINDS = ("ConfigMap", "Secret")
# What makes files of a whole ConfigMap or Secret calls it so in a volume, in a projected volume, and in envFrom.
_VOLUME_FIELDS = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "secretName")}
_PROJECTED_FIELDS = {"configMap": "ConfigMap", "secret": "Secret"}
_ENV_FROM_FIELDS = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
_ENV_FIELDS = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}


@dataclass(frozen=True, order=True)
class ConfigReference:
    """One way in which *by* uses a ConfigMap or Secret; no *key* means all of them.

    *place* is the mounted path or the environment variable.
    """

    namespace: str
    kind: str
    name: str
    by: str
    how: ReferenceWay
    key: str = ""
    optional: bool = False
    place: str = ""

    @property
    def subject(self) -> str:
        """Kind/name in namespace, as a finding names it."""
        return f"{self.kind}/{self.name} in {self.namespace}"


@dataclass(frozen=True, order=True)
class MountedFile:
    """A file that a pod sees at *path*: the text of a *key* of a ConfigMap or Secret."""

    path: str
    kind: str
    name: str
    key: str


@dataclass(frozen=True)
class _VolumeSource:
    """A ConfigMap or Secret that a volume has; its *part* of the volume says which keys."""

    how: ReferenceWay
    kind: str
    name: str
    part: dict

    @property
    def items(self) -> list[dict] | None:
        return self.part.get("items")

    @property
    def optional(self) -> bool:
        return bool(self.part.get("optional"))


def all_config_references(objects: Objects) -> list[ConfigReference]:
    """Every use of a ConfigMap or Secret by a workload, a ServiceAccount or an Ingress."""
    references = [use for each in find_workloads(objects) for use in workload_config_references(each)]
    for each in objects.of("ServiceAccount"):
        references += [
            ConfigReference(
                namespace=each.namespace, kind="Secret", name=name, by=f"ServiceAccount/{each.name}", how=use_kind
            )
            for name, use_kind in _service_account_secrets(each)
        ]
    for each in objects.of("Ingress"):
        names = [tls.get("secretName") for tls in each.at("spec", "tls") or []]
        references += [
            ConfigReference(
                namespace=each.namespace, kind="Secret", name=name, by=f"Ingress/{each.name}", how="ingress TLS"
            )
            for name in names
            if name
        ]
    return sorted(set(references))


def workload_config_references(workload: Workload) -> list[ConfigReference]:
    """Every use of a ConfigMap or Secret by *workload*."""
    references = [*_volume_references(workload), *_environment_references(workload)]
    pulls = [each.get("name") for each in workload.spec.get("imagePullSecrets") or []]
    return references + [
        ConfigReference(
            namespace=workload.namespace,
            kind="Secret",
            name=name,
            by=str(workload),
            how="imagePullSecrets",
            optional=True,
        )
        for name in pulls
        if name
    ]


def config_keys(object: Object) -> set[str]:
    """The keys of a ConfigMap or Secret."""
    return {key for part in ("data", "binaryData", "stringData") for key in object.at(part) or {}}


def mounted_files(workload: Workload, objects: Objects) -> list[MountedFile]:
    """The files that the containers of *workload* see, of the ConfigMaps and Secrets that are there."""
    files = set()
    for use in workload_config_references(workload):
        object = objects.find(use.kind, use.namespace, use.name)
        if not use.place.startswith("/") or object is None:
            continue
        for key in [use.key] if use.key else config_keys(object):
            path = use.place if use.key else f"{use.place.rstrip('/')}/{key}"
            files.add(MountedFile(path, use.kind, use.name, key))
    return sorted(files)


def _volume_references(workload: Workload) -> Iterator[ConfigReference]:
    mounts: dict[str, list[dict]] = {}
    for container in workload.containers:
        for mount in container.get("volumeMounts") or []:
            mounts.setdefault(mount["name"], []).append(mount)
    for volume in workload.spec.get("volumes") or []:
        for source in _volume_sources(volume):
            for key, mount_path, way in _mounted_keys(source.items, mounts.get(volume["name"], []), source.how):
                yield ConfigReference(
                    namespace=workload.namespace,
                    kind=source.kind,
                    name=source.name,
                    by=str(workload),
                    how=way,
                    key=key,
                    optional=source.optional,
                    place=mount_path,
                )


def _volume_sources(volume: dict) -> Iterator[_VolumeSource]:
    for field, (kind, name) in _VOLUME_FIELDS.items():
        if part := volume.get(field):
            yield _VolumeSource("volume", kind, part.get(name, ""), part)
    for source in (volume.get("projected") or {}).get("sources") or []:
        for field, kind in _PROJECTED_FIELDS.items():
            if part := source.get(field):
                yield _VolumeSource("projected", kind, part.get("name", ""), part)


def _mounted_keys(
    items: list[dict] | None, mounts: list[dict], use_kind: ReferenceWay
) -> Iterator[tuple[str, str, str]]:
    """Key, place and how for each file or folder that comes of a volume; no place where no container mounts it."""
    paths = {each["path"]: each["key"] for each in items or []}
    single = [(mount["subPath"], mount["mountPath"]) for mount in mounts if mount.get("subPath")]
    whole = [mount["mountPath"].rstrip("/") for mount in mounts if not mount.get("subPath")]
    for sub_path, mount_path in single:
        yield paths.get(sub_path, sub_path), mount_path, "subPath"
    # All items have to be there, even where only one of them is mounted.
    if not whole and (paths or not single):
        whole = [""]
    for folder in whole:
        yield from _keys_in_folder(folder, paths, use_kind)


def _keys_in_folder(folder: str, paths: dict[str, str], use_kind: ReferenceWay) -> Iterator[tuple[str, str, str]]:
    if not paths:
        yield "", folder, use_kind
    for path, key in paths.items():
        yield key, f"{folder}/{path}" if folder else "", use_kind


def _environment_references(workload: Workload) -> Iterator[ConfigReference]:
    for container in workload.containers:
        for source in container.get("envFrom") or []:
            yield from _key_references(workload, source, _ENV_FROM_FIELDS, ("envFrom", ""))
        for variable in container.get("env") or []:
            yield from _key_references(
                workload, variable.get("valueFrom") or {}, _ENV_FIELDS, ("env", variable["name"])
            )


def _key_references(
    workload: Workload, source: dict, kinds: dict[str, str], way: tuple[str, str]
) -> Iterator[ConfigReference]:
    use_kind, variable = way
    for field, kind in kinds.items():
        if part := source.get(field):
            name, key, optional = part.get("name", ""), part.get("key", ""), bool(part.get("optional"))
            yield ConfigReference(
                namespace=workload.namespace,
                kind=kind,
                name=name,
                by=str(workload),
                how=use_kind,
                key=key,
                optional=optional,
                place=variable,
            )


def _service_account_secrets(account: Object) -> Iterator[tuple[str, str]]:
    for field, use_kind in (("imagePullSecrets", "serviceAccount imagePullSecrets"), ("secrets", "serviceAccount")):
        for each in account.at(field) or []:
            if each.get("name"):
                yield each["name"], use_kind
