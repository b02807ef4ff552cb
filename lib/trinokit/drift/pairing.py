"""Which objects belong together, which stand alone, and who made those that git does not declare?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from trinokit.architecture.table_building import was_read
from trinokit.drift.differences import ABSENT, MANAGED, MISSING, OPERATIONAL, UNDECLARED, Difference
from trinokit.errors import ParameterError, did_you_mean
from trinokit.objects import Object, Objects

_KUBERNETES_OBJECTS = {
    ("ConfigMap", "kube-root-ca.crt"),
    ("ConfigMap", "istio-ca-root-cert"),
    ("ConfigMap", "openshift-service-ca.crt"),
    ("ConfigMap", "extension-apiserver-authentication"),
    ("ServiceAccount", "default"),
    ("PriorityClass", "system-cluster-critical"),
    ("PriorityClass", "system-node-critical"),
    *(("Namespace", name) for name in ("default", "kube-system", "kube-public", "kube-node-lease")),
}
_GENERATED_SECRET_TYPES = {
    "kubernetes.io/service-account-token": "a token that Kubernetes made",
    "helm.sh/release.v1": "Helm keeps a release in it",
    "bootstrap.kubernetes.io/token": "a token that Kubernetes made",
}
_GENERATED_ANNOTATIONS = {
    "control-plane.alpha.kubernetes.io/leader": "a leader election is kept in it",
    "cert-manager.io/certificate-name": "cert-manager issued it",
    "pv.kubernetes.io/provisioned-by": "provisioned for a claim",
}
_HOOK_ANNOTATION = "helm.sh/hook"


class ObjectPair(msgspec.Struct, frozen=True, gc=False):
    """What git declares under one name, and what lives there."""

    declared: Object
    live: Object


def select_namespaces(objects: Objects, namespaces: list[str]) -> Objects:
    """*objects* without those of other *namespaces*; all of them where none is named.

    Those that lie in no namespace stay. Raises ParameterError for a namespace that is none of the cluster's.
    """
    for each in namespaces:
        if each not in objects.roles:
            raise ParameterError(
                f"Expected a namespace of the cluster, found {each!r}.",
                remedy=did_you_mean(each, objects.roles) or f"they are: {', '.join(sorted(objects.roles))}",
            )
    if not namespaces:
        return objects
    roles = {name: role for name, role in objects.roles.items() if name in namespaces}
    selected = [each for each in objects.items if each.kind != "Namespace" or each.name in namespaces]
    items = tuple(each for each in selected if each.namespace in ("", *namespaces))
    return replace(objects, items=items, roles=roles)


def pair_objects(declared: Objects, live: Objects) -> tuple[list[ObjectPair], list[Object], list[Object]]:
    """Pairs of one group, kind, namespace and name, then what is only declared, and what only lives."""
    declared_by_identity = {each.identity: each for each in declared.items}
    there = {each.identity: each for each in live.items}
    pairs = [ObjectPair(each, there[at]) for at, each in declared_by_identity.items() if at in there]
    missing = [each for at, each in declared_by_identity.items() if at not in there]
    return pairs, missing, [each for at, each in there.items() if at not in declared_by_identity]


def missing_differences(alone: Iterable[Object], live: Objects) -> list[Difference]:
    """Declared objects that are not there, as far as their kind could be read; *live* tells what could not be."""
    read_objects = [each for each in alone if _was_kind_read(each, live)]
    return [_whole_object_difference(each, each.body, ABSENT, *_classify_missing(each)) for each in read_objects]


def undeclared_differences(alone: Iterable[Object], live: Objects) -> list[Difference]:
    """Live objects that git does not declare; those that a controller or Kubernetes itself made are no drift."""
    templates = list(_claim_templates(live))
    return [_whole_object_difference(each, ABSENT, each.body, *_classify_undeclared(each, templates)) for each in alone]


def claim_name_pattern(template: str, maker: Object) -> re.Pattern:
    """The names of the claims that the stateful set *maker* makes of a *template*."""
    return re.compile(rf"{re.escape(f'{template}-{maker.name}')}-\d+")


def _was_kind_read(each: Object, live: Objects) -> bool:
    version = f"{each.kind} ({each.api_version})"
    return version not in live.unread and was_read(each.kind, each.namespace, live.unread)


def _whole_object_difference(
    each: Object, declared: object, live: object, difference_class: str, reason: str
) -> Difference:
    return Difference(object=each, path=(), declared=declared, live=live, judged=difference_class, reason=reason)


def _classify_missing(each: Object) -> tuple[str, str]:
    if each.kind == "Job" and each.at("spec", "ttlSecondsAfterFinished") is not None:
        return MANAGED, "a finished Job is removed after its time to live"
    if each.annotations.get(_HOOK_ANNOTATION):
        return OPERATIONAL, f"a Helm hook ({each.annotations[_HOOK_ANNOTATION]})"
    return MISSING, ""


def _classify_undeclared(each: Object, templates: list[tuple[str, re.Pattern, str]]) -> tuple[str, str]:
    controllers = [
        controller for controller in each.at("metadata", "ownerReferences") or [] if controller.get("controller")
    ]
    if controllers:
        return MANAGED, f"made by a {controllers[0].get('kind')}"
    if each.annotations.get(_HOOK_ANNOTATION):
        return OPERATIONAL, f"a Helm hook ({each.annotations[_HOOK_ANNOTATION]})"
    reason = _kubernetes_made_reason(each) or _claim_template_reason(each, templates)
    return (MANAGED, reason) if reason else (UNDECLARED, "")


def _kubernetes_made_reason(each: Object) -> str:
    if (each.kind, each.name) in _KUBERNETES_OBJECTS or each.kind == "Node":
        return "Kubernetes makes it itself"
    if each.labels.get("kubernetes.io/bootstrapping") == "rbac-defaults" or _is_system_role(each):
        return "Kubernetes makes it itself"
    if "endpointslice.kubernetes.io/managed-by" in each.labels or each.kind == "Endpoints":
        return "made for a Service"
    reasons = [reason for name, reason in _GENERATED_ANNOTATIONS.items() if name in each.annotations]
    return (_GENERATED_SECRET_TYPES.get(str(each.at("type")), "") if each.kind == "Secret" else "") or "".join(
        reasons[:1]
    )


def _is_system_role(each: Object) -> bool:
    # https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
    return each.kind in ("ClusterRole", "ClusterRoleBinding") and each.name.startswith("system:")


def _claim_templates(live: Objects) -> Iterator[tuple[str, re.Pattern, str]]:
    """For each claim template: the namespace, the names of its claims, and the stateful set."""
    for each in live.of("StatefulSet"):
        for template in each.at("spec", "volumeClaimTemplates") or []:
            name = template.get("metadata", {}).get("name", "")
            yield each.namespace, claim_name_pattern(name, each), each.name


def _claim_template_reason(each: Object, templates: list[tuple[str, re.Pattern, str]]) -> str:
    if each.kind != "PersistentVolumeClaim":
        return ""
    makers = [name for space, names, name in templates if space == each.namespace and names.fullmatch(each.name)]
    return f"a claim of StatefulSet/{makers[0]}" if makers else ""
