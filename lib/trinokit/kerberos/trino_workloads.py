"""Which workloads are nodes of Trino, and where does each have its jvm.config on both sides?"""

import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal, get_args

from trinokit.architecture import config_references, workloads
from trinokit.architecture.config_references import MountedFile
from trinokit.architecture.environment_variables import expand_variables, workload_environment
from trinokit.architecture.settings_parser import parse_settings
from trinokit.architecture.table_building import was_read
from trinokit.architecture.workloads import Workload
from trinokit.kerberos.jvm_config_text import Launcher, launcher_of_version
from trinokit.objects import Object, Objects
from trinokit.observations import PodContainer

TrinoRole = Literal["coordinator", "worker"]
COORDINATOR, WORKER = get_args(TrinoRole)
# In the order in which the JVM takes them; a flag that comes this way is in no jvm.config.
JVM_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
_ONE_OFF_KINDS = ("Job", "CronJob")
_TRINO_IMAGE = re.compile(r"(?:^|[-_.])trino(?:$|[-_.])")
_OTHER_IMAGE = re.compile(r"gateway|exporter|client|cli$|operator")


@dataclass(frozen=True)
class JvmConfigFile:
    """The jvm.config of one role: its text on both sides, None where a side has none that can be read.

    *config_map* has the *live* text, or the *declared* one where nothing lives, under *key*; *problem* says why there
    is none. *launcher* reads the live text, and *declared_launcher* will read the declared one. *trino* is the version
    that the tag of the image tells. *environment_arguments* are the arguments that variables of the container add.
    """

    role: TrinoRole
    workload: Workload
    config_map: Object | None
    declared: str | None = field(repr=False)
    live: str | None = field(repr=False)
    launcher: Launcher
    key: str = "jvm.config"
    declared_launcher: Launcher | Literal[""] = ""
    trino: str = ""
    problem: str = ""
    environment_arguments: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """Kind/name in namespace of the workload, as a finding names it."""
        return f"{self.workload} in {self.workload.namespace}"

    @property
    def last_written(self) -> datetime | None:
        """When the live text was last written, as far as its managers tell."""
        moments = [
            each.get("time", "")
            for each in (self.config_map.at("metadata", "managedFields") if self.config_map else None) or []
            if f"f:{self.key}" in ((each.get("fieldsV1") or {}).get("f:data") or {})
        ]
        return datetime.fromisoformat(max(moments)) if self.live is not None and any(moments) else None


@dataclass(frozen=True)
class _SideConfig:
    """What one side says of a jvm.config."""

    workload: Workload
    trino: str
    config_map: Object | None = None
    key: str = "jvm.config"
    text: str | None = None
    problem: str = ""


def find_jvm_config_files(declared: Objects | None, live: Objects | None) -> tuple[JvmConfigFile, ...]:
    """Every workload of Trino nodes with its jvm.config on both sides, coordinators first in each namespace."""
    here, there = (_configs_by_workload(side) if side else {} for side in (live, declared))
    config_files = [
        _combine_sides(here.get(each), there.get(each), live or declared, declared) for each in {**here, **there}
    ]
    return tuple(
        sorted(
            config_files,
            key=lambda config_file: (config_file.workload.namespace, config_file.role, str(config_file.workload)),
        )
    )


def trino_pods(live: Objects) -> tuple[PodContainer, ...]:
    """The live pods of Trino, each with the container that Trino runs in, without those that are ending."""
    every = workloads.pods_by_workload(live)
    return tuple(
        PodContainer(pod.namespace, pod.name, trino_container(workload))
        for workload in _trino_workloads(live)
        for pod in every.get((workload.namespace, str(workload)), [])
        if not pod.at("metadata", "deletionTimestamp")
    )


def trino_container(workload: Workload) -> str:
    """The container of *workload* that Trino runs in."""
    every = workload.spec.get("containers") or [{"name": ""}]
    of_trino = [each for each in every if _is_trino_image(each.get("image", ""))]
    trino_named = [each for each in every if each["name"].startswith("trino")]
    return (of_trino or trino_named or every)[0]["name"]


def _trino_workloads(objects: Objects) -> list[Workload]:
    return [
        each
        for each in workloads.find_workloads(objects)
        if each.object.kind not in _ONE_OFF_KINDS and _node_role(each, objects)
    ]


def _node_role(workload: Workload, objects: Objects) -> TrinoRole | Literal[""]:
    """The role of the nodes that *workload* makes; empty where they are none of Trino."""
    coordinates = _config_properties(workload, objects).get("coordinator")
    if coordinates:
        return COORDINATOR if coordinates == "true" else WORKER
    component = workload.labels.get("app.kubernetes.io/component", "")
    is_labelled = workload.labels.get("app.kubernetes.io/name") == "trino" and component in (COORDINATOR, WORKER)
    if not is_labelled and not _runs_trino(workload, objects):
        return ""
    return WORKER if WORKER in (component or workload.object.name) else COORDINATOR


def _runs_trino(workload: Workload, objects: Objects) -> bool:
    """Whether a container is of an image of Trino and is either given a jvm.config or left to its own command."""
    own = [each for each in workload.spec.get("containers") or [] if _is_trino_image(each.get("image", ""))]
    return bool(own) and (
        _mounted_jvm_config(workload, objects) is not None or not all(each.get("command") for each in own)
    )


def _is_trino_image(image: str) -> bool:
    name = _image_repository(image).rpartition("/")[2]
    return bool(_TRINO_IMAGE.search(name)) and not _OTHER_IMAGE.search(name)


def _image_repository(image: str) -> str:
    return re.sub(r":[^/:]*$", "", image.partition("@")[0])


def _image_tag(workload: Workload) -> str:
    """The tag of the image that Trino runs from."""
    name = trino_container(workload)
    image = next((each.get("image", "") for each in workload.containers if each["name"] == name), "")
    return image.partition("@")[0].removeprefix(_image_repository(image)).removeprefix(":")


def _config_properties(workload: Workload, objects: Objects) -> dict[str, str]:
    """The settings of config.properties, where *workload* has it from a ConfigMap."""
    variables = workload_environment(workload, objects)
    for file in config_references.mounted_files(workload, objects):
        text = _config_map_text(file, workload, objects) if file.path.endswith("/config.properties") else None
        if text is not None:
            return {
                each.key: expand_variables(each.value, variables) for each in parse_settings(file.path, text).settings
            }
    return {}


def _mounted_jvm_config(workload: Workload, objects: Objects) -> MountedFile | None:
    """The jvm.config that *workload* mounts; of several the one that lies highest."""
    mounted = [
        each
        for each in config_references.mounted_files(workload, objects)
        if PurePosixPath(each.path).name == "jvm.config"
    ]
    return min(mounted, key=lambda each: (each.path.count("/"), each), default=None)


def _config_map_text(file: MountedFile, workload: Workload, objects: Objects) -> str | None:
    text = objects.find(file.kind, workload.namespace, file.name).at("data", file.key)
    return text if file.kind == "ConfigMap" and isinstance(text, str) else None


def _configs_by_workload(objects: Objects) -> dict[tuple, _SideConfig]:
    """What *objects* say of each jvm.config, by the workload."""
    return {each.object.identity: _config_of_workload(each, objects) for each in _trino_workloads(objects)}


def _config_of_workload(workload: Workload, objects: Objects) -> _SideConfig:
    file, tag = _mounted_jvm_config(workload, objects), _image_tag(workload)
    if file is None:
        lost = [
            use
            for use in config_references.workload_config_references(workload)
            if use.place.startswith("/") and _is_not_found(use, objects)
        ]
        lacks = f"{lost[0].kind}/{lost[0].name}, where it may be, could not be found" if lost else ""
        return _SideConfig(
            workload, tag, problem=lacks or "no ConfigMap has it, so it comes with the image or its command"
        )
    config_map = objects.find(file.kind, workload.namespace, file.name)
    if file.kind != "ConfigMap":
        return _SideConfig(workload, tag, key=file.key, problem=f"{file.kind}/{file.name} has it, and only as a hash")
    text = _config_map_text(file, workload, objects)
    problem = "" if text is not None else f"{config_map} has it as binary data"
    return _SideConfig(workload, tag, config_map=config_map, key=file.key, text=text, problem=problem)


def _is_not_found(use: config_references.ConfigReference, objects: Objects) -> bool:
    absent = objects.find(use.kind, use.namespace, use.name) is None
    return absent and (not use.optional or not was_read(use.kind, use.namespace, objects.unread))


def _combine_sides(
    here: _SideConfig | None, there: _SideConfig | None, objects: Objects, declared: Objects | None
) -> JvmConfigFile:
    side = here or there
    objects_of_side = objects if here else declared
    return JvmConfigFile(
        role=_node_role(side.workload, objects_of_side),
        workload=side.workload,
        config_map=side.config_map,
        declared=there.text if there else None,
        live=here.text if here else None,
        launcher=launcher_of_version(side.trino),
        key=side.key,
        declared_launcher=launcher_of_version((there or side).trino),
        trino=side.trino,
        problem=here.problem if here else f"{side.workload} is declared and does not live",
        environment_arguments=_environment_arguments(side.workload, objects_of_side),
    )


def _environment_arguments(workload: Workload, objects: Objects) -> tuple[str, ...]:
    variables = workload_environment(workload, objects)
    return tuple(word for name in JVM_VARIABLES for word in _split_arguments(variables.get(name) or ""))


def _split_arguments(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
