"""What do environment variables stand for? Literals, ConfigMap keys and references to other variables."""

import re
from collections.abc import Mapping

from trinokit.architecture.workloads import Workload
from trinokit.objects import Objects

# $(NAME) in a pod; ${ENV:NAME} in Trino; ${env.NAME} and ${env.NAME:-default} in Hadoop; $__env{NAME} in Grafana.
_VARIABLE_REFERENCE = re.compile(
    r"(?<!\$)\$\((?P<pod>\w+)\)|\$\{(?:ENV:|env[.:])?(?P<text>\w+)(?::-(?P<default>[^}]*))?\}|\$__env\{(?P<grafana>\w+)\}"
)
_FIELD_VALUES = {"metadata.namespace": lambda workload: workload.namespace}


def container_environment(container: Mapping, workload: Workload, objects: Objects) -> dict[str, str | None]:
    """The environment of a *container*; None where the value is a secret or is known only to the running pod."""
    variables: dict[str, str | None] = {}
    for source in container.get("envFrom") or []:
        variables |= _env_from_variables(source, workload, objects)
    for each in container.get("env") or []:
        if "valueFrom" in each:
            variables[each["name"]] = _referenced_value(each["valueFrom"], workload, objects)
        else:
            variables[each["name"]] = expand_variables(each.get("value") or "", variables)
    return variables


def workload_environment(workload: Workload, objects: Objects) -> dict[str, str | None]:
    """The environments of all containers of *workload*; the main ones overrule those that begin first."""
    variables: dict[str, str | None] = {}
    for container in workload.containers:
        variables |= container_environment(container, workload, objects)
    return variables


def expand_variables(text: str, variables: Mapping[str, str | None]) -> str:
    """*text* with *variables* put in; the others stay as they are written.

    >>> expand_variables("$(HOST):$(PORT)", {"HOST": "db"})
    'db:$(PORT)'
    """

    def value(reference: re.Match) -> str:
        name = reference["pod"] or reference["text"] or reference["grafana"]
        variable = variables.get(name)
        if variable is None and name not in variables and reference["default"] is not None:
            return reference["default"]
        return reference[0] if variable is None else variable

    return _VARIABLE_REFERENCE.sub(value, text)


def _env_from_variables(source: Mapping, workload: Workload, objects: Objects) -> dict[str, str | None]:
    prefix = source.get("prefix") or ""
    for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
        if field in source and (object := objects.find(kind, workload.namespace, source[field].get("name", ""))):
            data = {**(object.at("data") or {}), **(object.at("stringData") or {})}
            return {prefix + key: value if kind == "ConfigMap" else None for key, value in data.items()}
    return {}


def _referenced_value(source: Mapping, workload: Workload, objects: Objects) -> str | None:
    if reference := source.get("configMapKeyRef"):
        object = objects.find("ConfigMap", workload.namespace, reference.get("name", ""))
        return (object.at("data", reference["key"]) if object else None) or None
    field = (source.get("fieldRef") or {}).get("fieldPath")
    return _FIELD_VALUES[field](workload) if field in _FIELD_VALUES else None
