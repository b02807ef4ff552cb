"""How do flags come into force? The plan that changes jvm.config, in the cluster or in git, and rolls the nodes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from trinokit.errors import PlanError
from trinokit.evidence import Clone
from trinokit.findings import WARNING, Finding, counted
from trinokit.kerberos import jvmconfig
from trinokit.kerberos.changes import commands, committing, deploying, rolling
from trinokit.kerberos.changes.deploying import Means
from trinokit.kerberos.changes.diffs import diff
from trinokit.kerberos.files import trees, values
from trinokit.kerberos.force import lacking
from trinokit.kerberos.nodes import Node
from trinokit.kerberos.places import Place
from trinokit.plan import Plan, Step

_HIDDEN = "hmac-sha256"
_INSTANCE = "app.kubernetes.io/instance"


def in_config_maps(
    places: Sequence[Place], nodes: Sequence[Node], flags: Sequence[str], kubectl: Sequence[str], *, seconds: float
) -> Plan:
    """Put *flags* in force at all *places* by changing their ConfigMaps; a rollout may take so many *seconds*.

    Of a place whose file is right only the nodes that run without a flag are rolled. Raises PlanError when a file
    cannot be read or must not be changed, or when a workload must not be rolled.
    """
    steps: list[Step] = []
    for sharing in _sharing(rolling.in_order(places)):
        first = sharing[0]
        after = jvmconfig.edited(first.live, flags, first.launcher)
        rolled = [each for each in sharing if after != first.live or _lagging(each, nodes, flags)]
        for place in rolled:
            rolling.check(place.workload)
        if after != first.live:
            _check_change(first)
            steps.append(_patched(rolled, after, kubectl, seconds))
        steps += [step for each in rolled for step in rolling.steps(each.workload, kubectl, seconds)]
    return Plan(_title(flags, "in the cluster"), tuple(steps))


def in_git(places: Sequence[Place], nodes: Sequence[Node], flags: Sequence[str], clone: Clone, means: Means) -> Plan:
    """Put *flags* in force at all *places* by changing *clone* and deploying it.

    A place that git has right is only deployed, and one that is deployed is only rolled; those of other releases of
    Helm than that of *clone* are left alone. Raises PlanError as `in_config_maps` does, and when the clone or the
    release is not in a state to begin with.
    """
    edited, behind, lagging, steps = [], [], [], []
    for place in rolling.in_order(places):
        if _release(place) not in ("", clone.release):
            continue
        _check_declared(place, clone)
        if _lacks(place.declared, place.declared_launcher, flags):
            edited.append(place)
        if place in edited or _lacks(place.live, place.launcher, flags):
            behind.append(place)
        elif _lagging(place, nodes, flags):
            lagging.append(place)
    for place in (*behind, *lagging):
        rolling.check(place.workload)
    if behind:
        steps += _deployed(behind, edited, flags, clone, means)
    for place in lagging:
        steps += rolling.steps(place.workload, means.kubectl, means.seconds)
    return Plan(_title(flags, "in git"), tuple(steps))


def beside(places: Sequence[Place]) -> list[Finding]:
    """The ConfigMaps that belong to a Helm release, in which a change by hand does not last."""
    owned = {str(place.config_map): _release(place) for place in places if _release(place)}
    return [
        Finding(
            WARNING,
            subject,
            f"belongs to the Helm release {release}: a change by hand is drift, which its next upgrade takes back; "
            "change the values in git",
        )
        for subject, release in sorted(owned.items())
    ]


def _deployed(
    places: list[Place], edited: list[Place], flags: Sequence[str], clone: Clone, means: Means
) -> Iterator[Step]:
    committing.check(clone)
    changed = values.rewritten(edited, flags, clone)
    rolled = deploying.rolled(places, edited, clone, means)
    again = [step.command for step in rolled]
    if trees.is_chart(clone):
        yield from committing.committed(changed, flags, clone, means.remote) if changed else ()
        yield deploying.upgraded(clone, means, again)
    else:
        applied = [*deploying.applied(places, clone, means)]
        if changed:
            back = [*(step.command for step in applied), *again]
            yield from committing.committed(changed, flags, clone, means.remote, back)
        else:
            applied[0] = replace(
                applied[0], undo=tuple(each for place in places for each in deploying.back(place, means))
            )
        yield from applied
    yield from rolled


def _sharing(places: Iterable[Place]) -> list[list[Place]]:
    """*places* by the ConfigMap that they share."""
    maps: dict[tuple, list[Place]] = {}
    for each in places:
        _check_file(each)
        maps.setdefault((*each.config_map.place, each.key), []).append(each)
    return list(maps.values())


def _release(place: Place) -> str:
    """The Helm release that the ConfigMap of *place* belongs to, as Helm itself or its label says; else empty."""
    map = place.config_map
    if map is None:
        return ""
    by = map.labels.get("app.kubernetes.io/managed-by")
    return map.annotations.get("meta.helm.sh/release-name") or (by == "Helm" and map.labels.get(_INSTANCE)) or ""


def _lacks(text: str | None, launcher: str, flags: Sequence[str]) -> bool:
    return text is None or bool(lacking(flags, jvmconfig.arguments(text, launcher)))


def _lagging(place: Place, nodes: Sequence[Node], flags: Sequence[str]) -> bool:
    """Whether a node of *place* runs without a flag that it would be started with now."""
    known = [node for node in nodes if node.place == place and not node.ending and node.running is not None]
    return any(set(lacking(flags, node.running)) - set(lacking(flags, node.live or ())) for node in known)


def _patched(places: Sequence[Place], after: str, kubectl: Sequence[str], seconds: float) -> Step:
    place, before = places[0], places[0].live
    again = [step.command for each in places for step in rolling.steps(each.workload, kubectl, seconds)]
    return Step(
        f"Change {place.key} of {place.config_map}, unless somebody else has",
        commands.patch(place, before, after, kubectl),
        undo=(commands.patch(place, after, before, kubectl), *again),
        change=diff(f"{place.config_map} {place.key}", before, after),
    )


def _title(flags: Sequence[str], where: str) -> str:
    return f"Put {counted(len(flags), 'JVM flag')} in force, {where}"


def _check_file(place: Place) -> None:
    if place.live is None:
        raise PlanError(
            f"Expected {place.key} of {place.subject} in a ConfigMap, found that {place.problem}.",
            remedy="what cannot be read is not changed: put it into a ConfigMap, or change it where it is",
        )


def _check_change(place: Place) -> None:
    if place.config_map.at("immutable"):
        raise PlanError(
            f"Expected {place.config_map} to be one that changes, found it immutable.",
            remedy="make a new one under another name, as your chart or kustomization does: change git",
        )
    if _HIDDEN in place.live:
        raise _secret(place)


def _check_declared(place: Place, clone: Clone) -> None:
    if place.declared is None:
        raise PlanError(
            f"Expected {place.key} of {place.subject} in git, found none declared.",
            remedy="name its part under declared: in clusters.yaml, or change the ConfigMap",
        )
    if _HIDDEN in place.declared and not trees.is_chart(clone):
        raise _secret(place)


def _secret(place: Place) -> PlanError:
    return PlanError(
        f"Expected no secret in {place.key} of {place.config_map}, found one, which a plan would have to show.",
        remedy="move it into a Secret that the pod mounts, or edit the ConfigMap by hand",
    )
