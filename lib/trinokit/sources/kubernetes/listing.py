"""Which objects does a cluster have? One list per kind, of the namespaces that were asked for."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from trinokit.clusters_file import KubernetesAccess
from trinokit.errors import SourceError
from trinokit.objects import Object, ObjectIdentity, Objects
from trinokit.sources.kubernetes.api_server import ApiResponse, ApiServer
from trinokit.sources.secrets.redaction import RedactObject

_log = logging.getLogger(__name__)
_LONGEST_SELECTOR = 4000
_NO_KIND = "the server has no such kind"


class ApiResource(msgspec.Struct, frozen=True):
    """One kind as the API server serves it; *plural* is its name in addresses."""

    version: str
    plural: str
    name: str
    namespaced: bool = True

    def path(self, namespace: str = "") -> str:
        """Where it is listed, in one *namespace* or everywhere."""
        root = f"/api/{self.version}" if "/" not in self.version else f"/apis/{self.version}"
        return f"{root}/namespaces/{namespace}/{self.plural}" if namespace else f"{root}/{self.plural}"


NAMESPACE_RESOURCE = ApiResource("v1", "namespaces", "Namespace", False)
CRD_RESOURCE = ApiResource("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", False)
DEFAULT_RESOURCES = (
    ApiResource("v1", "nodes", "Node", False),
    ApiResource("v1", "persistentvolumes", "PersistentVolume", False),
    ApiResource("storage.k8s.io/v1", "storageclasses", "StorageClass", False),
    ApiResource("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", False),
    ApiResource("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", False),
    ApiResource("networking.k8s.io/v1", "ingressclasses", "IngressClass", False),
    ApiResource("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", False),
    ApiResource(
        "admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", False
    ),
    ApiResource(
        "admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", False
    ),
    ApiResource("v1", "configmaps", "ConfigMap"),
    ApiResource("v1", "limitranges", "LimitRange"),
    ApiResource("v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    ApiResource("v1", "pods", "Pod"),
    ApiResource("v1", "resourcequotas", "ResourceQuota"),
    ApiResource("v1", "secrets", "Secret"),
    ApiResource("v1", "serviceaccounts", "ServiceAccount"),
    ApiResource("v1", "services", "Service"),
    ApiResource("apps/v1", "controllerrevisions", "ControllerRevision"),
    ApiResource("apps/v1", "daemonsets", "DaemonSet"),
    ApiResource("apps/v1", "deployments", "Deployment"),
    ApiResource("apps/v1", "replicasets", "ReplicaSet"),
    ApiResource("apps/v1", "statefulsets", "StatefulSet"),
    ApiResource("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    ApiResource("batch/v1", "cronjobs", "CronJob"),
    ApiResource("batch/v1", "jobs", "Job"),
    ApiResource("discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
    ApiResource("networking.k8s.io/v1", "ingresses", "Ingress"),
    ApiResource("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"),
    ApiResource("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    ApiResource("rbac.authorization.k8s.io/v1", "roles", "Role"),
    ApiResource("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"),
)
# Custom resources that are read wherever a cluster has them.
OPTIONAL_CUSTOM_RESOURCES = (
    *("podmonitors.monitoring.coreos.com", "servicemonitors.monitoring.coreos.com"),
    *("prometheusrules.monitoring.coreos.com", "scaledobjects.keda.sh", "verticalpodautoscalers.autoscaling.k8s.io"),
    *("httproutes.gateway.networking.k8s.io", "gateways.gateway.networking.k8s.io"),
)


@dataclass
class _ListingState:
    """What has been read so far, and what could not be."""

    api: ApiServer
    items: list[Object] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    served: dict[str, list["_DiscoveredResource"]] = field(default_factory=dict)

    def add(self, kind: ApiResource, namespaces: list[str] | None = None, everywhere: str | None = None) -> None:
        """List *kind*: everywhere that the selector *everywhere* leaves, or else in each of *namespaces*."""
        if namespaces is None or everywhere is not None:
            selector = {"fieldSelector": everywhere} if everywhere else {}
            answer = self._list(kind, kind.path(), **selector)
            if answer.status != 403 or namespaces is None:
                self.note(kind.name, answer)
                return
        # Whoever may not list everywhere may still list in the namespaces.
        refusals = {}
        for namespace in namespaces:
            answer = self._list(kind, kind.path(namespace))
            if answer.status != 200:
                refusals[namespace] = answer
        if set(refusals) == set(namespaces):
            self.note(kind.name, answer)
            return
        for namespace, answer in refusals.items():
            self.note(f"{kind.name} in {namespace}", answer)

    def _list(self, kind: ApiResource, path: str, **query: str) -> ApiResponse:
        items, answer = self.api.list_items(path, **query)
        self.items += [Object.listed(kind.version, kind.name, raw) for raw in items]
        return answer

    def note(self, kind: str, answer: ApiResponse) -> None:
        """Tell why *kind* was not read, unless the *answer* has it."""
        if answer.status != 200:
            self.unread[kind] = answer.reason
            _log.warning("not read: %s: %s", kind, answer.reason)


def list_live_objects(
    api: ApiServer, access: KubernetesAccess, redact: RedactObject, also: Sequence[Object] = ()
) -> Objects:
    """The live objects of the cluster *access*; Secrets leave this module only as *redact* makes them.

    The kinds of *also* are read besides the usual ones, and what is one of these objects is read in its version.
    A kind that is forbidden or unknown is noted in ``unread``, and the rest goes on.
    Raises SourceError when the server does not answer or does not know who asks.
    """
    namespaces = sorted(access.roles)
    reading = _ListingState(api)
    version = _server_version(reading)
    reading.add(NAMESPACE_RESOURCE)
    everywhere = _namespace_selector(reading, namespaces)
    reading.add(CRD_RESOURCE)
    # Whoever names a kind that is read anyway gets it once.
    kinds = {kind.path(): kind for kind in default_resources(reading.items)}
    kinds |= {kind.path(): kind for kind in _named_resources(reading, access.kinds)}
    kinds |= {kind.path(): kind for kind in _declared_resources(reading, also, list(kinds.values()))}
    reading.unread |= out_of_scope_objects(also, access.roles, kinds.values())
    for kind in [each for each in kinds.values() if each.name not in (NAMESPACE_RESOURCE.name, CRD_RESOURCE.name)]:
        if kind.namespaced:
            reading.add(kind, namespaces, everywhere)
        else:
            reading.add(kind)
    return Objects(
        side="live",
        items=tuple(redact(each) for each in _select_objects(reading.items, set(namespaces), also)),
        unread=dict(sorted(reading.unread.items())),
        roles=access.roles,
        about={"Kubernetes": version},
    )


def list_namespace_objects(api: ApiServer, namespace: str, names: Collection[str], redact: RedactObject) -> Objects:
    """The live objects of the usual kinds called *names* in one *namespace* alone, as *redact* makes them.

    Raises SourceError as `list_live_objects` does.
    """
    reading = _ListingState(api)
    for kind in [each for each in DEFAULT_RESOURCES if each.name in names]:
        reading.add(kind, [namespace])
    return Objects(side="live", items=tuple(map(redact, reading.items)), unread=reading.unread)


def _server_version(reading: _ListingState) -> str:
    answer = reading.api.get("/version")
    if answer.status >= 429:
        raise SourceError(
            f"Expected {reading.api.address} to be well, found {answer.reason}.", remedy="kubectl get --raw /readyz"
        )
    reading.note("version", answer)
    return msgspec.json.decode(answer.body).get("gitVersion", "") if answer.status == 200 else ""


def _namespace_selector(reading: _ListingState, namespaces: list[str]) -> str | None:
    """What leaves *namespaces* of all; None where each has to be listed by itself."""
    existing = {each.name for each in reading.items}
    if NAMESPACE_RESOURCE.name in reading.unread:
        return None
    for name in set(namespaces) - existing:
        reading.unread[f"Namespace {name}"] = "the cluster has no such namespace"
    selector = ",".join(f"metadata.namespace!={name}" for name in sorted(existing - set(namespaces)))
    return selector if len(selector) <= _LONGEST_SELECTOR else None


def default_resources(items: Iterable[Object]) -> list[ApiResource]:
    """The kinds that are read anyway, with the custom ones that *items* define."""
    return [NAMESPACE_RESOURCE, CRD_RESOURCE, *DEFAULT_RESOURCES, *_defined_custom_resources(items)]


def out_of_scope_objects(also: Sequence[Object], asked: Iterable[str], kinds: Iterable[ApiResource]) -> dict[str, str]:
    """Why those of *also* could not be read that are in other namespaces than *asked*, by kind."""
    namespaced_kinds = {kind.name for kind in kinds if kind.namespaced}
    outside = [each for each in also if each.kind in namespaced_kinds and each.namespace not in asked]
    return {f"{each.kind} in {each.namespace}": "clusters.yaml does not name this namespace" for each in outside}


def _defined_custom_resources(items: Iterable[Object]) -> Iterable[ApiResource]:
    for each in [crd for crd in items if crd.kind == CRD_RESOURCE.name and crd.name in OPTIONAL_CUSTOM_RESOURCES]:
        spec, names = each.body["spec"], each.body["spec"]["names"]
        for version in [version_spec["name"] for version_spec in spec["versions"] if version_spec["served"]][:1]:
            yield ApiResource(
                f"{spec['group']}/{version}", names["plural"], names["kind"], spec["scope"] == "Namespaced"
            )


class _DiscoveredResource(msgspec.Struct):
    name: str
    kind: str
    namespaced: bool


class _ResourceList(msgspec.Struct):
    resources: list[_DiscoveredResource]


class _GroupVersion(msgspec.Struct):
    groupVersion: str  # noqa: N815


class _ApiGroup(msgspec.Struct):
    preferredVersion: _GroupVersion  # noqa: N815


def _named_resources(reading: _ListingState, names: list[str]) -> Iterable[ApiResource]:
    """The kinds that *names* spell as kubectl does: plural, or plural.group."""
    for name in names:
        plural, _, group = name.partition(".")
        resource = _find_resource(reading, _preferred_version(reading, group), name=plural)
        if resource:
            yield resource
        else:
            reading.unread[name] = _NO_KIND


def _declared_resources(
    reading: _ListingState, also: Sequence[Object], resources: list[ApiResource]
) -> Iterable[ApiResource]:
    """The kinds of *also* that are not among *resources*, in the version in which they are declared if it is served."""
    groups = {(kind.version.rpartition("/")[0], kind.name): kind for kind in resources}
    kinds = {(each.api_version, each.kind) for each in also} - {(kind.version, kind.name) for kind in resources}
    for version, name in sorted(kinds):
        if resource := _find_resource(reading, version, kind=name):
            yield resource
            continue
        group = version.rpartition("/")[0]
        other = groups.get((group, name)) or _find_resource(reading, _preferred_version(reading, group), kind=name)
        reason = f"the server has it as {other.version} alone" if other else _NO_KIND
        reading.unread[f"{name} ({version})"] = reading.unread.get(f"kinds of {version}", reason)
        if other:
            yield other


def _find_resource(reading: _ListingState, version: str, **called: str) -> ApiResource | None:
    """The kind of *version* whose plural *name* or whose *kind* is as *called*."""
    [[field, expected]] = called.items()
    for each in _discover_resources(reading, version) if version else ():
        # What has a slash in its name is a part of another one: deployments/scale.
        if "/" not in each.name and getattr(each, field) == expected:
            return ApiResource(version, each.name, each.kind, each.namespaced)
    return None


def _discover_resources(reading: _ListingState, version: str) -> list[_DiscoveredResource]:
    if version not in reading.served:
        answer = reading.api.get(f"/apis/{version}" if "/" in version else f"/api/{version}")
        if answer.status not in (200, 404):
            reading.note(f"kinds of {version}", answer)
        discovered = msgspec.json.decode(answer.body, type=_ResourceList).resources if answer.status == 200 else []
        reading.served[version] = discovered
    return reading.served[version]


def _preferred_version(reading: _ListingState, group: str) -> str:
    if not group:
        return "v1"
    answer = reading.api.get(f"/apis/{group}")
    if answer.status != 200:
        return ""
    return msgspec.json.decode(answer.body, type=_ApiGroup).preferredVersion.groupVersion


def _select_objects(items: list[Object], namespaces: set[str], also: Sequence[Object]) -> list[Object]:
    """Of all namespaces only *namespaces* themselves, each object once, in the version of *also*, and a total order."""
    # What git puts into a namespace may belong to none here.
    both = ((each, identity) for each in also for identity in (each.identity, each.identity._replace(namespace="")))
    versions = {identity: each.api_version for each, identity in both}
    selected: dict[ObjectIdentity, Object] = {}
    for each in [object for object in items if object.kind != NAMESPACE_RESOURCE.name or object.name in namespaces]:
        if each.identity not in selected or versions.get(each.identity) == each.api_version:
            selected[each.identity] = each
    return sorted(selected.values(), key=lambda each: each.place)
