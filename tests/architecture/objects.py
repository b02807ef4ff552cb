"""Objects out of YAML texts and of dictionaries, without a cluster, and the dictionaries of the usual ones."""

from collections.abc import Mapping

import msgspec
import yaml

from trinokit.objects import Object, Objects

_SCOPES = ("Namespace", "PersistentVolume", "Node", "StorageClass")
_GROUPS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "EndpointSlice": "discovery.k8s.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "PodMonitor": "monitoring.coreos.com/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "ScaledObject": "keda.sh/v1alpha1",
}


def objects(*parts: str | dict, side: str = "live", **about: Mapping[str, str]) -> Objects:
    """What a *side* holds with the objects of *parts*, YAML texts or bodies; those without a namespace are in trino.

    *about* may give unread, roles and about.
    """
    bodies = [
        body for part in parts for body in (yaml.safe_load_all(part) if isinstance(part, str) else [part]) if body
    ]
    return Objects(side, tuple(_object(body) for body in bodies), **about)


def _object(body: dict) -> Object:
    metadata = body["metadata"]
    scoped = "" if body["kind"] in _SCOPES else metadata.get("namespace", "trino")
    version = body.get("apiVersion") or _GROUPS.get(body["kind"], "v1")
    return Object(version, body["kind"], scoped, metadata["name"], msgspec.json.encode(body))


def workload(name: str, *, kind: str = "Deployment", namespace: str = "trino", **parts: dict) -> dict:
    """A workload whose pods have the label app: *name*.

    *parts* are put into its container, pod, spec, status, labels and annotations of the pods.
    """
    container = {"name": "main", "image": "trino:476", **parts.get("container", {})}
    metadata = {"labels": parts.get("labels", {"app": name}), "annotations": parts.get("annotations", {})}
    template = {"metadata": metadata, "spec": {"containers": [container], **parts.get("pod", {})}}
    spec = {"template": template, **parts.get("spec", {})}
    about = {"name": name, "namespace": namespace}
    return {"kind": kind, "metadata": about, "spec": spec, "status": parts.get("status", {})}


def pod(name: str, *, owner: str = "", namespace: str = "trino", ready: bool = True, **more: object) -> dict:
    """A live pod with the label app: trino, made by *owner*, a Kind/name."""
    kind, _, maker = owner.partition("/")
    owners = [{"kind": kind, "name": maker, "controller": True}] if owner else []
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": "trino"}, "ownerReferences": owners},
        "spec": more.pop("spec", {"containers": [{"name": "main", "image": "trino:476"}]}),
        "status": {"phase": "Running", "conditions": conditions, **more},
    }


def service(name: str, *ports: int | dict, namespace: str = "trino", app: str | None = None, **spec: object) -> dict:
    """A Service for the pods with the label app: *app*, which is its own *name* where none is given."""
    written = [{"port": each} if isinstance(each, int) else each for each in ports]
    body = {"ports": written, "selector": {"app": app or name}, **spec}
    return {"kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": body}


def config_map(name: str, data: dict[str, str], *, kind: str = "ConfigMap", namespace: str = "trino") -> dict:
    """A ConfigMap or Secret with *data*."""
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "data": data}


def mounting(
    name: str, path: str = "/etc/trino/catalog", *, kind: str = "configMap", **volume: object
) -> dict[str, dict]:
    """The parts of a workload that mounts the ConfigMap *name* at *path*."""
    source = {("secretName" if kind == "secret" else "name"): name, **volume}
    return {
        "pod": {"volumes": [{"name": "files", kind: source}]},
        "container": {"volumeMounts": [{"name": "files", "mountPath": path}]},
    }
