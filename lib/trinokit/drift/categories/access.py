"""Who may do what, and who may do more or less than git declares?"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.labels import selects
from trinokit.architecture.wording import listed, table
from trinokit.drift.categories.reading import is_read, not_judged, unread
from trinokit.drift.comparing.powers import Power, expanded
from trinokit.findings import CRITICAL, OK, WARNING, Finding, counted
from trinokit.objects import Object, Objects

KINDS = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
_GRANTED = dict.fromkeys(("subject", "verb", "group", "resource", "name", "namespace", "via"), "str")
_CHANGED = {"subject": "str", "change": "str", "permission": "str", "namespace": "str", "via": "str"}
_CHANGED |= {"weight": "int64", "escalation": "str", "note": "str"}
_MADE_BY_KUBERNETES = ("kubernetes.io/bootstrapping", "rbac-defaults")
# Everybody is in these groups, so only the bindings that Kubernetes makes for them are no news.
_EVERYBODY = {
    "Group/system:authenticated": ("system:basic-user", "system:discovery", "system:public-info-viewer"),
    "Group/system:unauthenticated": ("system:public-info-viewer",),
    "Group/system:serviceaccounts": ("system:service-account-issuer-discovery",),
}


class Grant(NamedTuple):
    """What a *subject* may do in a *namespace*, or everywhere where that is empty, and *via* which binding and role."""

    subject: str
    power: Power
    namespace: str
    via: str


def granted(objects: Objects, known: Objects | None = None) -> pd.DataFrame:
    """What every subject may do; roles that *objects* lack, such as view, are taken from *known*.

    A URL stands in the place of a resource. An empty name means every object, an empty namespace everywhere.
    """
    every = _grants(objects, _Roles(objects, known), lambda binding, subject: True)
    return table(_GRANTED, [_row(each) for each in every])


def changes(declared: Objects, live: Objects) -> pd.DataFrame:
    """Every permission that somebody gained or lost, with its weight: 2 where it leads to more than is written.

    *note* says through what the subject has it anyway: then it is no gain, or no loss. What Kubernetes grants itself
    is left out, and so are service accounts of other namespaces that are bound by what git does not declare.
    """
    mine = {each.place for each in declared.of("ClusterRoleBinding", "RoleBinding")}
    may_compare = _comparable(live)
    promised = _grants(declared, _Roles(declared, live), lambda binding, subject: may_compare(binding))
    given = _grants(
        live,
        _Roles(live),
        lambda binding, subject: may_compare(binding) and (binding.place in mine or _matters(binding, subject, live)),
    )
    rows = [
        *_changed("gained", given - promised, promised),
        *_changed("lost", promised - given, given),
        *((what, "unread", "", "", "", 2, "", reason) for what, reason in unread(live, *KINDS)),
    ]
    return table(_CHANGED, rows)


def judged(changes: pd.DataFrame) -> list[Finding]:
    """Who gained or lost permissions, one finding for each way; CRITICAL where something gained leads to more."""
    findings = [not_judged(row.subject, row.note) for row in changes[changes["change"] == "unread"].itertuples()]
    real = changes[(changes["change"] != "unread") & (changes["note"] == "")]
    for (subject, change, via), rows in real.groupby(["subject", "change", "via"]):
        findings.append(_judged(subject, change, via, rows))
    if findings:
        return findings
    covered = counted(len(changes), "permission")
    moved = f"; {covered} that each has anyway came another way" if len(changes) else ""
    return [Finding(OK, "permissions", f"nobody gained or lost one{moved}")]


def aggregated(declared: Objects, live: Objects) -> list[Finding]:
    """Aggregated ClusterRoles that hold other rules than the roles with their labels give them.

    Those are judged that git declares or binds. Roles that git does not declare and Kubernetes did not make are no
    reason for a rule.
    """
    findings = [not_judged(what, reason) for what, reason in unread(live, "ClusterRole")]
    if findings:
        return findings
    bindings = declared.of("ClusterRoleBinding", "RoleBinding")
    names = {*(each.name for each in declared.of("ClusterRole")), *(each.at("roleRef", "name") for each in bindings)}
    judged = [each for each in live.of("ClusterRole") if each.name in names and each.at("aggregationRule")]
    for role in judged:
        findings += _judged_role(role, declared, live)
    number = counted(len(judged), "aggregated role")
    return findings or [Finding(OK, "aggregated roles", f"{number}, each with the rules of the roles with its labels")]


@dataclass(frozen=True)
class _Roles:
    """The roles of *own*, and of *known* those that it lacks."""

    own: Objects
    known: Objects | None = field(default=None)

    def rules(self, kind: str, namespace: str, name: str) -> list[dict] | None:
        """The rules of a role; none where there is no such role."""
        role = self.own.find(kind, namespace, name)
        if role is None:
            role = self.known.find(kind, namespace, name) if self.known else None
        elif self.own.side == "declared" and role.at("aggregationRule"):
            return self.collected(role)
        return role.at("rules") if role else None

    def collected(self, role: Object, above: tuple[str, ...] = ()) -> list[dict]:
        """The rules that an aggregated *role* collects from those with its labels, declared or made by Kubernetes."""
        rules: list[dict] = []
        for each in self._collectable():
            if each.name in (role.name, *above) or not _collects(role, each):
                continue
            nested = each.at("aggregationRule") is not None
            rules += self.collected(each, (*above, role.name)) if nested else each.at("rules") or []
        return rules

    def _collectable(self) -> Iterator[Object]:
        yield from self.own.of("ClusterRole")
        for each in self.known.of("ClusterRole") if self.known else ():
            if self.own.find("ClusterRole", "", each.name) is None and _is_made_by_kubernetes(each):
                yield each


def _grants(objects: Objects, roles: _Roles, wanted: Callable[[Object, str], bool]) -> set[Grant]:
    found = set()
    for binding in objects.of("ClusterRoleBinding", "RoleBinding"):
        kind, name = binding.at("roleRef", "kind") or "", binding.at("roleRef", "name") or ""
        powers = set(expanded(roles.rules(kind, "" if kind == "ClusterRole" else binding.namespace, name)))
        via = f"{binding} ({kind}/{name})"
        for subject in filter(lambda each, to=binding: wanted(to, each), _subjects(binding)):
            # A URL belongs to no namespace, so a RoleBinding grants none.
            found |= {
                Grant(subject, power, binding.namespace, via)
                for power in powers
                if power.group is not None or not binding.namespace
            }
    return found


def _subjects(binding: Object) -> Iterator[str]:
    for each in binding.at("subjects") or []:
        kind, name = each.get("kind"), each.get("name", "")
        prefix, _, account = name.partition("system:serviceaccount:")
        if kind == "ServiceAccount":
            yield f"ServiceAccount/{name} in {each.get('namespace') or binding.namespace}"
        elif kind == "User" and account.count(":") == 1 and not prefix:
            namespace, _, name = account.partition(":")
            yield f"ServiceAccount/{name} in {namespace}"
        else:
            yield f"{kind}/{name}"


def _comparable(live: Objects) -> Callable[[Object], bool]:
    """Whether a binding and its role could have been read on the live side."""

    def may_compare(binding: Object) -> bool:
        kinds = (binding.kind, binding.at("roleRef", "kind") or "")
        return all(is_read(kind, binding.namespace, live) for kind in kinds)

    return may_compare


def _matters(binding: Object, subject: str, live: Objects) -> bool:
    """Whether what *binding* gives to *subject* is news although git does not declare it."""
    kind, _, namespace = subject.partition(" in ")
    is_account, name = kind.startswith("ServiceAccount/"), kind.partition("/")[2]
    if is_account and not binding.namespace and live.roles and namespace not in live.roles:
        return False
    if not (_is_made_by_kubernetes(binding) or binding.name.startswith("system:")):
        return True
    if subject in _EVERYBODY:
        return binding.name not in _EVERYBODY[subject]
    return not (namespace == "kube-system" or (not is_account and name.startswith("system:")))


def _is_made_by_kubernetes(object: Object) -> bool:
    label, value = _MADE_BY_KUBERNETES
    return object.labels.get(label) == value


def _collects(role: Object, other: Object) -> bool:
    return any(selects(each, other.labels) for each in role.at("aggregationRule", "clusterRoleSelectors") or [])


def _row(grant: Grant) -> tuple:
    verb, group, resource, name = grant.power
    return grant.subject, verb, group or "", resource, name or "", grant.namespace, grant.via


def _changed(change: str, grants: set[Grant], others: set[Grant]) -> Iterator[tuple]:
    """A row for each of *grants*; *others* may cover it."""
    by_subject: dict[str, list[Grant]] = {}
    for each in sorted(others, key=str):
        by_subject.setdefault(each.subject, []).append(each)
    for each in grants:
        wide = next((other for other in by_subject.get(each.subject, ()) if _covers(other, each)), None)
        note = f"has it anyway: {wide.power} via {wide.via}" if wide else ""
        power = each.power
        yield each.subject, change, str(power), each.namespace, each.via, power.weight, power.escalation, note


def _covers(wide: Grant, narrow: Grant) -> bool:
    return wide.namespace in ("", narrow.namespace) and wide.power.covers(narrow.power)


def _judged(subject: str, change: str, via: str, rows: pd.DataFrame) -> Finding:
    heavy = rows[rows["weight"] == 2]
    what = listed([*heavy["permission"], *rows["permission"]])
    where = f" in {rows['namespace'].iloc[0]}" if rows["namespace"].iloc[0] else " everywhere"
    reasons = [reason for each in heavy["escalation"] for reason in each.split(", ")]
    why = f" ({listed(reasons)})" if reasons else ""
    severity = CRITICAL if change == "gained" and len(heavy) else WARNING
    number = counted(len(rows), "permission")
    return Finding(severity, subject, f"{change} {number}{where} through {via}: {what}{why}")


def _judged_role(role: Object, declared: Objects, live: Objects) -> Iterator[Finding]:
    promised = declared.find("ClusterRole", "", role.name)
    told = promised if promised and promised.at("aggregationRule") else role
    expected = set(expanded(_Roles(declared, live).collected(told)))
    found = set(expanded(role.at("rules")))
    if more := found - expected:
        lead = listed(sorted({power.escalation for power in more} - {""}))
        severity, why = (CRITICAL, f" ({lead})") if lead else (WARNING, "")
        where = _origin(role, live, more)
        yield Finding(severity, str(role), f"holds {_worded(more)}{why}, which git gives it no role for; {where}")
    if fewer := expected - found:
        yield Finding(WARNING, str(role), f"lacks {_worded(fewer)}, which roles with its labels have in git")


def _origin(role: Object, live: Objects, powers: set[Power]) -> str:
    collected = [each for each in live.of("ClusterRole") if each.name != role.name and _collects(role, each)]
    givers = [str(each) for each in collected if powers & set(expanded(each.at("rules")))]
    return f"it comes from {listed(givers)}" if givers else "it was written into the role itself"


def _worded(powers: Iterable[Power]) -> str:
    heavy_first = sorted(powers, key=lambda power: (-power.weight, str(power)))
    return listed(map(str, heavy_first))
