"""Who is configured by what? ConfigMaps and Secrets, who uses them and which are missing; never their values."""

from collections.abc import Iterator

import pandas as pd

from trinokit.architecture import uses as used
from trinokit.architecture.uses import Use
from trinokit.architecture.wording import listed, table, was_read
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, counted
from trinokit.objects import Object, Objects

_COLUMNS = {"namespace": "str", "kind": "str", "name": "str", "used_by": "str", "how": "str", "keys": "str"}
# Kubernetes, helm and a mesh make these for themselves.
_MADE_NAMES = {"kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"}
_MADE_TYPES = {"kubernetes.io/service-account-token", "helm.sh/release.v1", "bootstrap.kubernetes.io/token"}


def configuration(objects: Objects) -> pd.DataFrame:
    """Every ConfigMap and Secret with who uses it, how, and which of its keys; nobody where it is not used."""
    rows: dict[tuple, set[str]] = {}
    for use in used.uses(objects):
        rows.setdefault((use.namespace, use.kind, use.name, use.by, use.how), set()).add(use.key or "all")
    found = [(*place, listed(sorted(keys))) for place, keys in rows.items()]
    return table(_COLUMNS, [*found, *((each.namespace, each.kind, each.name, "", "", "") for each in _idle(objects))])


def missing(objects: Objects) -> list[Finding]:
    """ConfigMaps, Secrets and keys that are used and not there; a Secret that git does not hold is only a WARNING."""
    absent: dict[tuple, list[str]] = {}
    uses = [use for use in used.uses(objects) if was_read(use.kind, use.namespace, objects.unread)]
    for use in uses:
        for lacks in _lacks(use, objects):
            absent.setdefault((use.subject, lacks, use.how, _severity(use, lacks, objects.side)), []).append(use.by)
    findings = [
        Finding(severity, subject, f"{lacks}, and {listed(by)} ({how}) needs it")
        for (subject, lacks, how, severity), by in sorted(absent.items())
    ]
    number = counted(len({use.subject for use in uses}), "ConfigMap or Secret", "ConfigMaps and Secrets")
    return findings or [Finding(OK, "configuration", f"{number} in use, each there with its keys")]


def unused(objects: Objects) -> list[Finding]:
    """ConfigMaps and Secrets that nothing uses: INFO, since a program may read one through the API unseen."""
    findings = [
        Finding(INFO, str(each), "is used by no workload, ServiceAccount or Ingress; delete it, or say who reads it")
        for each in _idle(objects)
        if was_read(each.kind, each.namespace, objects.unread)
    ]
    return findings or [Finding(OK, "configuration", "every ConfigMap and Secret is used")]


def _lacks(use: Use, objects: Objects) -> Iterator[str]:
    """What of *use* is not there, in words: the whole object, or a key; nothing where it is there or need not be."""
    if use.optional or use.name in _MADE_NAMES:
        return
    object = objects.find(use.kind, use.namespace, use.name)
    if object is None:
        yield "is not there" if objects.side == "live" else "is not declared"
    elif use.key and use.key not in used.keys(object):
        yield f"has no key {use.key}"


def _severity(use: Use, lacks: str, side: str) -> Severity:
    # Secrets are often kept out of git on purpose, and pods start without the others.
    elsewhere = side == "declared" and use.kind == "Secret" and "key" not in lacks
    return WARNING if elsewhere or use.how.startswith(("ingress", "serviceAccount")) else CRITICAL


def _idle(objects: Objects) -> list[Object]:
    uses = {(use.namespace, use.kind, use.name) for use in used.uses(objects)}
    return [
        each
        for each in objects.of(*used.KINDS)
        if (each.namespace, each.kind, each.name) not in uses and not _made(each) and not _named(each, objects)
    ]


def _made(object: Object) -> bool:
    """Whether Kubernetes, helm, a controller or a leader election made *object*, and uses it unseen."""
    if object.name in _MADE_NAMES or object.at("type") in _MADE_TYPES:
        return True
    return (
        bool(object.at("metadata", "ownerReferences"))
        or "control-plane.alpha.kubernetes.io/leader" in object.annotations
    )


def _named(object: Object, objects: Objects) -> bool:
    """Whether a custom resource in its namespace names *object*, or a label asks a sidecar to load it."""
    if any(label.startswith(("grafana_", "prometheus_")) for label in object.labels):
        return True
    name = f'"{object.name}"'.encode()
    return any(
        name in bytes(each.raw) for each in objects.items if not each.built_in and each.namespace == object.namespace
    )
