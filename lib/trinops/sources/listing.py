"""Which objects does a cluster have? One list per kind, of the namespaces that were asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from trinops.clusters import Kubernetes
from trinops.errors import SourceError
from trinops.objects import Object, Objects
from trinops.sources.api import Answer, Api

_LONGEST_SELECTOR = 4000


class Kind(msgspec.Struct, frozen=True):
    """One kind as the API server serves it; *plural* is its name in addresses."""

    version: str
    plural: str
    name: str
    namespaced: bool = True

    def path(self, namespace: str = "") -> str:
        """Where it is listed, in one *namespace* or everywhere."""
        root = f"/api/{self.version}" if "/" not in self.version else f"/apis/{self.version}"
        return f"{root}/namespaces/{namespace}/{self.plural}" if namespace else f"{root}/{self.plural}"


NAMESPACES = Kind("v1", "namespaces", "Namespace", False)
DEFINITIONS = Kind("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", False)
KINDS = (
    Kind("v1", "nodes", "Node", False),
    Kind("v1", "persistentvolumes", "PersistentVolume", False),
    Kind("storage.k8s.io/v1", "storageclasses", "StorageClass", False),
    Kind("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", False),
    Kind("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", False),
    Kind("networking.k8s.io/v1", "ingressclasses", "IngressClass", False),
    Kind("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", False),
    Kind("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", False),
    Kind("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", False),
    Kind("v1", "configmaps", "ConfigMap"),
    Kind("v1", "limitranges", "LimitRange"),
    Kind("v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    Kind("v1", "pods", "Pod"),
    Kind("v1", "resourcequotas", "ResourceQuota"),
    Kind("v1", "secrets", "Secret"),
    Kind("v1", "serviceaccounts", "ServiceAccount"),
    Kind("v1", "services", "Service"),
    Kind("apps/v1", "controllerrevisions", "ControllerRevision"),
    Kind("apps/v1", "daemonsets", "DaemonSet"),
    Kind("apps/v1", "deployments", "Deployment"),
    Kind("apps/v1", "replicasets", "ReplicaSet"),
    Kind("apps/v1", "statefulsets", "StatefulSet"),
    Kind("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    Kind("batch/v1", "cronjobs", "CronJob"),
    Kind("batch/v1", "jobs", "Job"),
    Kind("discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
    Kind("networking.k8s.io/v1", "ingresses", "Ingress"),
    Kind("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"),
    Kind("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    Kind("rbac.authorization.k8s.io/v1", "roles", "Role"),
    Kind("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"),
)
# Custom resources that are read wherever a cluster has them.
WHERE_DEFINED = (
    *("podmonitors.monitoring.coreos.com", "servicemonitors.monitoring.coreos.com"),
    *("prometheusrules.monitoring.coreos.com", "scaledobjects.keda.sh", "verticalpodautoscalers.autoscaling.k8s.io"),
    *("httproutes.gateway.networking.k8s.io", "gateways.gateway.networking.k8s.io"),
)


@dataclass
class _Reading:
    """What has been read so far, and what could not be."""

    api: Api
    items: list[Object] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    def add(self, kind: Kind, namespaces: list[str] | None = None, everywhere: str | None = None) -> None:
        """List *kind*: everywhere that the selector *everywhere* leaves, or else in each of *namespaces*."""
        if namespaces is None or everywhere is not None:
            selector = {"fieldSelector": everywhere} if everywhere else {}
            answer = self._list(kind, kind.path(), **selector)
            if answer.status != 403 or namespaces is None:
                self.note(kind.name, answer)
                return
        # Whoever may not list everywhere may still list in the namespaces.
        refused = {}
        for namespace in namespaces:
            answer = self._list(kind, kind.path(namespace))
            if answer.status != 200:
                refused[namespace] = answer
        if set(refused) == set(namespaces):
            self.note(kind.name, answer)
            return
        for namespace, answer in refused.items():
            self.note(f"{kind.name} in {namespace}", answer)

    def _list(self, kind: Kind, path: str, **query: str) -> Answer:
        found, answer = self.api.items(path, **query)
        self.items += [Object.listed(kind.version, kind.name, raw) for raw in found]
        return answer

    def note(self, what: str, answer: Answer) -> None:
        """Tell why *what* was not read, unless the *answer* has it."""
        if answer.status != 200:
            self.unread[what] = answer.reason


def objects(api: Api, where: Kubernetes, redact: Callable[[Object], Object]) -> Objects:
    """The live objects of the cluster *where*; Secrets leave this module only as *redact* makes them.

    A kind that is forbidden or unknown is noted in ``unread``, and the rest goes on.
    Raises SourceError when the server does not answer or does not know who asks.
    """
    asked = sorted(where.roles)
    reading = _Reading(api)
    version = _version(reading)
    reading.add(NAMESPACES)
    everywhere = _selector(reading, asked)
    reading.add(DEFINITIONS)
    # Whoever names a kind that is read anyway gets it once.
    kinds = {kind.path(): kind for kind in (*KINDS, *_custom(reading), *_more(reading, where.kinds))}
    for kind in [each for each in kinds.values() if each.name not in (NAMESPACES.name, DEFINITIONS.name)]:
        if kind.namespaced:
            reading.add(kind, asked, everywhere)
        else:
            reading.add(kind)
    return Objects(
        side="live",
        items=tuple(redact(each) for each in _wanted(reading.items, set(asked))),
        unread=dict(sorted(reading.unread.items())),
        roles=where.roles,
        about={"Kubernetes": version},
    )


def _version(reading: _Reading) -> str:
    answer = reading.api.get("/version")
    if answer.status >= 429:
        raise SourceError(
            f"Expected {reading.api.address} to be well, found {answer.reason}.", remedy="kubectl get --raw /readyz"
        )
    reading.note("version", answer)
    return msgspec.json.decode(answer.body).get("gitVersion", "") if answer.status == 200 else ""


def _selector(reading: _Reading, asked: list[str]) -> str | None:
    """What leaves the *asked* namespaces of all; None where each has to be listed by itself."""
    known = {each.name for each in reading.items}
    if NAMESPACES.name in reading.unread:
        return None
    for name in set(asked) - known:
        reading.unread[f"Namespace {name}"] = "the cluster has no such namespace"
    selector = ",".join(f"metadata.namespace!={name}" for name in sorted(known - set(asked)))
    return selector if len(selector) <= _LONGEST_SELECTOR else None


def _custom(reading: _Reading) -> Iterable[Kind]:
    for each in [found for found in reading.items if found.kind == DEFINITIONS.name and found.name in WHERE_DEFINED]:
        spec, names = each.body["spec"], each.body["spec"]["names"]
        for version in [known["name"] for known in spec["versions"] if known["served"]][:1]:
            yield Kind(f"{spec['group']}/{version}", names["plural"], names["kind"], spec["scope"] == "Namespaced")


class _Resource(msgspec.Struct):
    name: str
    kind: str
    namespaced: bool


class _Resources(msgspec.Struct):
    groupVersion: str  # noqa: N815
    resources: list[_Resource]


class _Version(msgspec.Struct):
    groupVersion: str  # noqa: N815


class _Group(msgspec.Struct):
    preferredVersion: _Version  # noqa: N815


def _more(reading: _Reading, names: list[str]) -> Iterable[Kind]:
    """The kinds that *names* spell as kubectl does: plural, or plural.group."""
    for name in names:
        plural, _, group = name.partition(".")
        served = _served(reading.api, group)
        found = [each for each in served.resources if each.name == plural] if served else []
        if found:
            yield Kind(served.groupVersion, plural, found[0].kind, found[0].namespaced)
        else:
            reading.unread[name] = "the server has no such kind"


def _served(api: Api, group: str) -> _Resources | None:
    path = "/api/v1"
    if group:
        answer = api.get(f"/apis/{group}")
        if answer.status != 200:
            return None
        path = f"/apis/{msgspec.json.decode(answer.body, type=_Group).preferredVersion.groupVersion}"
    return msgspec.json.decode(api.get(path).body, type=_Resources)


def _wanted(items: list[Object], asked: set[str]) -> list[Object]:
    """Only the *asked* namespaces themselves, and a total order."""
    kept = [each for each in items if each.kind != NAMESPACES.name or each.name in asked]
    return sorted(kept, key=lambda each: each.place)
