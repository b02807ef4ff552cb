"""Places, nodes and clones for the tests of what changes them."""

from collections.abc import Mapping

import msgspec

from trinokit.architecture.workloads import Workload
from trinokit.kerberos.jvm_config_text import GO_LAUNCHER, config_arguments
from trinokit.kerberos.node_jvm_configs import TrinoNode
from trinokit.kerberos.trino_workloads import JvmConfigFile
from trinokit.objects import Object
from trinokit.observations import Clone

KRB5 = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
KTAB = "--add-exports=java.security.jgss/sun.security.krb5.internal.ktab=ALL-UNNAMED"
RIGHT, WRONG = f"-server\n{KRB5}\n", "-server\n"
AT_REST = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1}


def an_object(kind: str, name: str, *, version: str = "v1", **body: object) -> Object:
    """The object *name* in trino with *body*."""
    whole = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "trino"}}
    whole["metadata"] |= body.pop("metadata", {})
    return Object(version, kind, "trino", name, msgspec.json.encode(whole | body))


def a_workload(role: str, kind: str = "Deployment", template: object = None, **body: object) -> Workload:
    """The workload of a *role*, at rest unless *body* says otherwise."""
    body = {"status": AT_REST, "spec": {"replicas": 1}, "metadata": {"generation": 1}} | body
    return Workload(an_object(kind, f"trino-{role}", version="apps/v1", **body), template or {})


def a_place(
    role: str = "worker", declared: str | None = RIGHT, live: str | None = RIGHT, **more: object
) -> JvmConfigFile:
    """The jvm.config of a *role*."""
    config_map = an_object("ConfigMap", f"trino-{role}", data={"jvm.config": live})
    made = {
        "workload": a_workload(role),
        "config_map": config_map,
        "launcher": GO_LAUNCHER,
        "declared_launcher": GO_LAUNCHER,
    } | more
    return JvmConfigFile(role=role, declared=declared, live=live, **made)


def a_node(place: JvmConfigFile, running: str | None = RIGHT, **more: object) -> TrinoNode:
    """A node of *place* that was started with the jvm.config *running*."""
    live, started = (None if each is None else config_arguments(each, GO_LAUNCHER) for each in (place.live, running))
    return TrinoNode(f"trino-{place.role}-0", place.role, place, None, live, started, **more)


def a_clone(files: Mapping[str, str], path: str = "chart", **more: object) -> Clone:
    """A clone that has *files*, on its branch main."""
    made = {"repository": "/clone", "branch": "main", "head": "a" * 40, "namespace": "trino"} | more
    return Clone(path=path, files=files, **made)
