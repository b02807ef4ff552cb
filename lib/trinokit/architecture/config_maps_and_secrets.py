"""Who is configured by what? ConfigMaps and Secrets, who uses them and which are missing; never their values."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import config_references as used
from trinokit.architecture.config_references import ConfigReference
from trinokit.architecture.table_building import join_names, table_of_rows, was_read
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, format_count
from trinokit.objects import Object, Objects

# Kubernetes, helm and a mesh make these for themselves.
_GENERATED_NAMES = {"kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"}
_GENERATED_TYPES = {"kubernetes.io/service-account-token", "helm.sh/release.v1", "bootstrap.kubernetes.io/token"}


class _MissingConfig(NamedTuple):
    """A ConfigMap or Secret that is used in one way and *lacks* something, in words."""

    subject: str
    lacks: str
    how: str
    severity: Severity


class ConfigUsageRow(NamedTuple):
    """A row of the table of configuration: a ConfigMap or Secret, who uses it, how, and which of its keys or all.

    *used_by*, *how* and *keys* are empty where nobody does.
    """

    namespace: str
    kind: str
    name: str
    used_by: str = ""
    how: str = ""
    keys: str = ""


def config_usage_table(objects: Objects) -> pd.DataFrame:
    """Every ConfigMap and Secret with who uses it, how, and which of its keys; a `ConfigUsageRow` each."""
    users_by_row: dict[ConfigUsageRow, set[str]] = {}
    for use in used.all_config_references(objects):
        row = ConfigUsageRow(use.namespace, use.kind, use.name, used_by=use.by, how=use.how)
        users_by_row.setdefault(row, set()).add(use.key or "all")
    rows = [row._replace(keys=join_names(sorted(keys))) for row, keys in users_by_row.items()]
    rows += [ConfigUsageRow(each.namespace, each.kind, each.name) for each in _unused_objects(objects)]
    return table_of_rows(ConfigUsageRow, rows)


def missing_config_findings(objects: Objects) -> list[Finding]:
    """ConfigMaps, Secrets and keys that are used and not there; a Secret that git does not hold is only a WARNING."""
    absent: dict[_MissingConfig, list[str]] = {}
    uses = [use for use in used.all_config_references(objects) if was_read(use.kind, use.namespace, objects.unread)]
    for use in uses:
        for lacks in _missing_parts(use, objects):
            missing = _MissingConfig(use.subject, lacks, use.how, _missing_severity(use, lacks, objects.side))
            absent.setdefault(missing, []).append(use.by)
    findings = [
        Finding(each.severity, each.subject, f"{each.lacks}, and {join_names(by)} ({each.how}) needs it")
        for each, by in sorted(absent.items())
    ]
    number = format_count(len({use.subject for use in uses}), "ConfigMap or Secret", "ConfigMaps and Secrets")
    return findings or [Finding(OK, "configuration", f"{number} in use, each there with its keys")]


def unused_config_findings(objects: Objects) -> list[Finding]:
    """ConfigMaps and Secrets that nothing uses: INFO, since a program may read one through the API unseen."""
    findings = [
        Finding(INFO, str(each), "is used by no workload, ServiceAccount or Ingress; delete it, or say who reads it")
        for each in _unused_objects(objects)
        if was_read(each.kind, each.namespace, objects.unread)
    ]
    return findings or [Finding(OK, "configuration", "every ConfigMap and Secret is used")]


def _missing_parts(use: ConfigReference, objects: Objects) -> Iterator[str]:
    """What of *use* is not there, in words: the whole object, or a key; nothing where it is there or need not be."""
    if use.optional or use.name in _GENERATED_NAMES:
        return
    object = objects.find(use.kind, use.namespace, use.name)
    if object is None:
        yield "is not there" if objects.side == "live" else "is not declared"
    elif use.key and use.key not in used.config_keys(object):
        yield f"has no key {use.key}"


def _missing_severity(use: ConfigReference, lacks: str, side: str) -> Severity:
    # Secrets are often kept out of git on purpose, and pods start without the others.
    elsewhere = side == "declared" and use.kind == "Secret" and "key" not in lacks
    return WARNING if elsewhere or use.how.startswith(("ingress", "serviceAccount")) else CRITICAL


def _unused_objects(objects: Objects) -> list[Object]:
    uses = {(use.namespace, use.kind, use.name) for use in used.all_config_references(objects)}
    return [
        each
        for each in objects.of(*used.CONFIG_KINDS)
        if (each.namespace, each.kind, each.name) not in uses
        and not _is_generated(each)
        and not _is_named_elsewhere(each, objects)
    ]


def _is_generated(object: Object) -> bool:
    """Whether Kubernetes, helm, a controller or a leader election made *object*, and uses it unseen."""
    if object.name in _GENERATED_NAMES or object.at("type") in _GENERATED_TYPES:
        return True
    return (
        bool(object.at("metadata", "ownerReferences"))
        or "control-plane.alpha.kubernetes.io/leader" in object.annotations
    )


def _is_named_elsewhere(object: Object, objects: Objects) -> bool:
    """Whether a custom resource in its namespace names *object*, or a label asks a sidecar to load it."""
    if any(label.startswith(("grafana_", "prometheus_")) for label in object.labels):
        return True
    name = f'"{object.name}"'.encode()
    return any(
        name in bytes(each.raw) for each in objects.items if not each.is_built_in and each.namespace == object.namespace
    )
