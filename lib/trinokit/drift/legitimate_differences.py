"""Is a difference drift, or was somebody entitled to make it? What only other objects and earlier states tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import msgspec

from trinokit.drift.authors import revisions
from trinokit.drift.authors.path_values import is_equivalent, value_at
from trinokit.drift.differences import ABSENT, INJECTED, MANAGED, PENDING, UNDECLARED, UNSTABLE, Difference
from trinokit.drift.paths import REPLICAS_PATH
from trinokit.objects import Object, ObjectIdentity, Objects
from trinokit.observations import HelmRevision

_NOT_LEGITIMATE = ("", "")
_UNSTABLE_REASON = "each rendering of the same commit gives another value"
# Managers that only controllers use. A client chooses its name itself, so this is evidence and no proof.
_CONTROLLER_MANAGERS = {
    *("kube-controller-manager", "kube-scheduler", "cloud-controller-manager", "keda-operator", "vpa-updater"),
    *("cert-manager-cainjector", "cainjector", "cert-manager-controller"),
}
# What a mesh or a secret store writes into the pods of others: the annotation that says so, and the names.
_INJECTED_PREFIXES = {
    "sidecar.istio.io/status": ("istio-", "credential-socket", "workload-"),
    "linkerd.io/proxy-version": ("linkerd-",),
    "vault.hashicorp.com/agent-inject-status": ("vault-agent", "home-init", "home-sidecar", "vault-secrets"),
}


@dataclass(frozen=True)
class Autoscaler:
    """An autoscaler, its *least* and its *most* replicas, and how many it *wants* at the moment."""

    name: str
    least: int
    most: int
    wanted_replicas: int | None


@dataclass(frozen=True)
class ClusterContext:
    """What is needed beside a difference to judge it: both sides, and the Helm releases."""

    declared: Objects
    live: Objects
    releases: tuple[HelmRevision, ...] = ()

    @cached_property
    def autoscalers(self) -> dict[tuple[str, str, str], Autoscaler]:
        """The autoscaler of a workload by its namespace, kind and name."""
        return dict(_autoscalers_by_workload(self.live))

    @cached_property
    def unstable(self) -> dict[ObjectIdentity, Object]:
        """Declared objects that come out differently whenever they are rendered, as the second rendering has them."""
        return {each.identity: each for each in self.declared.unstable}


def mark_legitimate_differences(differences: Iterable[Difference], world: ClusterContext) -> list[Difference]:
    """*differences* with those that are no drift judged unstable, managed, injected or pending, each with its reason.

    What git rendered differently the second time is unstable. Replicas within the bounds of an autoscaler that wrote
    them itself are managed, and so is what only controllers write and git leaves out. A value that is as it was last
    deployed is pending: git has moved on.
    """
    return [_mark_difference(each, world) if each.is_drift else each for each in differences]


def _mark_difference(difference: Difference, world: ClusterContext) -> Difference:
    for judge in (_unstable_reason, _autoscaler_reason, _controller_reason, _injection_reason, _pending_reason):
        difference_class, reason = judge(difference, world)
        if difference_class or reason:
            return msgspec.structs.replace(difference, judged=difference_class or difference.judged, reason=reason)
    return difference


def _unstable_reason(difference: Difference, world: ClusterContext) -> tuple[str, str]:
    second_rendering = world.unstable.get(difference.object.identity)
    if second_rendering is None or difference.declared is ABSENT:
        return _NOT_LEGITIMATE
    if not difference.path:
        # An object that only one of the two renderings has is there as it is.
        return (
            (UNSTABLE, "each rendering of the same commit gives it another name")
            if _has_equal_body(second_rendering, difference)
            else _NOT_LEGITIMATE
        )
    return (
        _NOT_LEGITIMATE
        if value_at(second_rendering.body, difference.path) == difference.declared
        else (UNSTABLE, _UNSTABLE_REASON)
    )


def _has_equal_body(second_rendering: Object, difference: Difference) -> bool:
    return bytes(second_rendering.raw) == bytes(difference.object.raw)


def _autoscaler_reason(difference: Difference, world: ClusterContext) -> tuple[str, str]:
    each = difference.object
    scaler = world.autoscalers.get((each.namespace, each.kind, each.name))
    if scaler is None or difference.path != REPLICAS_PATH or not isinstance(difference.live, int):
        return _NOT_LEGITIMATE
    bounds = f"{scaler.name} scales it between {scaler.least} and {scaler.most}"
    if not scaler.least <= difference.live <= scaler.most:
        return "", f"{bounds}, and this is outside"
    # Where git declares no replicas, no scaling leaves a manager of the field behind, by hand or not.
    author = next(iter(difference.authors), None)
    by_it = author is not None and author.manager in _CONTROLLER_MANAGERS and author.subresource == "scale"
    # Whoever wrote it last otherwise need not have scaled it.
    is_guessed = author is None or (author.match == "weak" and author.subresource != "scale")
    if by_it or (is_guessed and scaler.wanted_replicas == difference.live):
        return MANAGED, bounds
    return "", f"{bounds}, and did not write this"


def _controller_reason(difference: Difference, _: ClusterContext) -> tuple[str, str]:
    managers = {author.manager for author in difference.authors}
    if difference.judged != UNDECLARED or not difference.path or not managers or not managers <= _CONTROLLER_MANAGERS:
        return _NOT_LEGITIMATE
    return MANAGED, f"only {' and '.join(sorted(managers))} writes it"


def _injection_reason(difference: Difference, _: ClusterContext) -> tuple[str, str]:
    if difference.judged != UNDECLARED:
        return _NOT_LEGITIMATE
    each = difference.object
    template = each.at("spec", "template", "metadata", "annotations") or {}
    for annotation in (each.annotations | template).keys() & _INJECTED_PREFIXES.keys():
        prefixes = _INJECTED_PREFIXES[annotation]
        key_values = [value for step in difference.path if isinstance(step, tuple) for _, value in step]
        if (
            any(isinstance(name, str) and name.startswith(prefixes) for name in key_values)
            or annotation in difference.path
        ):
            return INJECTED, f"the webhook that writes {annotation} adds it"
    return _NOT_LEGITIMATE


def _pending_reason(difference: Difference, world: ClusterContext) -> tuple[str, str]:
    # Two clusters are compared as they are; only git can have moved on.
    deployed = revisions.last_deployed_value(difference, world.releases) if world.declared.side == "declared" else None
    if deployed is None or not _is_as_deployed(difference, deployed):
        return _NOT_LEGITIMATE
    return PENDING, "as it was last deployed; git has moved on since"


def _is_as_deployed(difference: Difference, deployed: object) -> bool:
    # Of a whole object it is enough to know that it was deployed; its fields are compared by themselves.
    if not difference.path:
        return (deployed is ABSENT) == (difference.live is ABSENT)
    return is_equivalent(deployed, difference.live)


def _autoscalers_by_workload(live: Objects) -> Iterator[tuple[tuple[str, str, str], Autoscaler]]:
    for each in live.of("HorizontalPodAutoscaler"):
        target, least = each.at("spec", "scaleTargetRef") or {}, each.at("spec", "minReplicas")
        bounds = (1 if least is None else least, each.at("spec", "maxReplicas") or 0)
        scaler = Autoscaler(f"{each.kind}/{each.name}", *bounds, each.at("status", "desiredReplicas"))
        yield (each.namespace, target.get("kind", ""), target.get("name", "")), scaler
