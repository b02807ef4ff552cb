"""Who may do what, and who may do more or less than git declares?"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.label_selectors import selector_matches
from trinokit.architecture.table_building import join_names, sorted_table
from trinokit.drift.categories.unread_objects import is_kind_read, unread_finding, unread_kinds
from trinokit.drift.comparing.rbac_permissions import Permission, expand_role_rules
from trinokit.findings import CRITICAL, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

RBAC_KINDS = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
_GRANT_COLUMNS = dict.fromkeys(("subject", "verb", "group", "resource", "name", "namespace", "via"), "str")
_DRIFT_COLUMNS = {"subject": "str", "change": "str", "permission": "str", "namespace": "str", "via": "str"}
_DRIFT_COLUMNS |= {"weight": "int64", "escalation": "str", "note": "str"}
_BOOTSTRAP_LABEL = ("kubernetes.io/bootstrapping", "rbac-defaults")
# Everybody is in these groups, so only the bindings that Kubernetes makes for them are no news.
_DEFAULT_GROUP_BINDINGS = {
    "Group/system:authenticated": ("system:basic-user", "system:discovery", "system:public-info-viewer"),
    "Group/system:unauthenticated": ("system:public-info-viewer",),
    "Group/system:serviceaccounts": ("system:service-account-issuer-discovery",),
}


class Grant(NamedTuple):
    """What a *subject* may do in a *namespace*, or everywhere where that is empty, and *via* which binding and role."""

    subject: str
    permission: Permission
    namespace: str
    via: str


def permission_table(objects: Objects, known: Objects | None = None) -> pd.DataFrame:
    """What every subject may do; roles that *objects* lack, such as view, are taken from *known*.

    A URL stands in the place of a resource. An empty name means every object, an empty namespace everywhere.
    """
    every = _grants(objects, _RoleLookup(objects, known), lambda binding, subject: True)
    return sorted_table(_GRANT_COLUMNS, [_grant_row(each) for each in every])


def permission_drift_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """Every permission that somebody gained or lost, with its weight: 2 where it leads to more than is written.

    *note* says through what the subject has it anyway: then it is no gain, or no loss. What Kubernetes grants itself
    is left out, and so are service accounts of other namespaces that are bound by what git does not declare.
    """
    mine = {each.place for each in declared.of("ClusterRoleBinding", "RoleBinding")}
    may_compare = _is_binding_readable(live)
    promised = _grants(declared, _RoleLookup(declared, live), lambda binding, subject: may_compare(binding))
    given = _grants(
        live,
        _RoleLookup(live),
        lambda binding, subject: (
            may_compare(binding) and (binding.place in mine or _is_notable_binding(binding, subject, live))
        ),
    )
    rows = [
        *_permission_drift_rows("gained", given - promised, promised),
        *_permission_drift_rows("lost", promised - given, given),
        *((what, "unread", "", "", "", 2, "", reason) for what, reason in unread_kinds(live, *RBAC_KINDS)),
    ]
    return sorted_table(_DRIFT_COLUMNS, rows)


def permission_findings(changes: pd.DataFrame) -> list[Finding]:
    """Who gained or lost permissions, one finding for each way; CRITICAL where something gained leads to more."""
    findings = [unread_finding(row.subject, row.note) for row in changes[changes["change"] == "unread"].itertuples()]
    real = changes[(changes["change"] != "unread") & (changes["note"] == "")]
    for (subject, change, via), rows in real.groupby(["subject", "change", "via"]):
        findings.append(_permission_finding(subject, change, via, rows))
    if findings:
        return findings
    covered = format_count(len(changes), "permission")
    moved = f"; {covered} that each has anyway came another way" if len(changes) else ""
    return [Finding(OK, "permissions", f"nobody gained or lost one{moved}")]


def aggregated_role_findings(declared: Objects, live: Objects) -> list[Finding]:
    """Aggregated ClusterRoles that hold other rules than the roles with their labels give them.

    Those are judged that git declares or binds. Roles that git does not declare and Kubernetes did not make are no
    reason for a rule.
    """
    findings = [unread_finding(what, reason) for what, reason in unread_kinds(live, "ClusterRole")]
    if findings:
        return findings
    bindings = declared.of("ClusterRoleBinding", "RoleBinding")
    names = {*(each.name for each in declared.of("ClusterRole")), *(each.at("roleRef", "name") for each in bindings)}
    judged = [each for each in live.of("ClusterRole") if each.name in names and each.at("aggregationRule")]
    for role in judged:
        findings += _role_findings(role, declared, live)
    number = format_count(len(judged), "aggregated role")
    return findings or [Finding(OK, "aggregated roles", f"{number}, each with the rules of the roles with its labels")]


@dataclass(frozen=True)
class _RoleLookup:
    """The roles of *own*, and of *known* those that it lacks."""

    own: Objects
    known: Objects | None = field(default=None)

    def rules(self, kind: str, namespace: str, name: str) -> list[dict] | None:
        """The rules of a role; none where there is no such role."""
        role = self.own.find(kind, namespace, name)
        if role is None:
            role = self.known.find(kind, namespace, name) if self.known else None
        elif self.own.side == "declared" and role.at("aggregationRule"):
            return self.collected_rules(role)
        return role.at("rules") if role else None

    def collected_rules(self, role: Object, above: tuple[str, ...] = ()) -> list[dict]:
        """The rules that an aggregated *role* collects from those with its labels, declared or made by Kubernetes."""
        rules: list[dict] = []
        for each in self._collectable_roles():
            if each.name in (role.name, *above) or not _selects_role(role, each):
                continue
            nested = each.at("aggregationRule") is not None
            rules += self.collected_rules(each, (*above, role.name)) if nested else each.at("rules") or []
        return rules

    def _collectable_roles(self) -> Iterator[Object]:
        yield from self.own.of("ClusterRole")
        for each in self.known.of("ClusterRole") if self.known else ():
            if self.own.find("ClusterRole", "", each.name) is None and _is_made_by_kubernetes(each):
                yield each


def _grants(objects: Objects, roles: _RoleLookup, wanted: Callable[[Object, str], bool]) -> set[Grant]:
    found = set()
    for binding in objects.of("ClusterRoleBinding", "RoleBinding"):
        kind, name = binding.at("roleRef", "kind") or "", binding.at("roleRef", "name") or ""
        powers = set(expand_role_rules(roles.rules(kind, "" if kind == "ClusterRole" else binding.namespace, name)))
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


def _is_binding_readable(live: Objects) -> Callable[[Object], bool]:
    """Whether a binding and its role could have been read on the live side."""

    def may_compare(binding: Object) -> bool:
        kinds = (binding.kind, binding.at("roleRef", "kind") or "")
        return all(is_kind_read(kind, binding.namespace, live) for kind in kinds)

    return may_compare


def _is_notable_binding(binding: Object, subject: str, live: Objects) -> bool:
    """Whether what *binding* gives to *subject* is news although git does not declare it."""
    kind, _, namespace = subject.partition(" in ")
    is_account, name = kind.startswith("ServiceAccount/"), kind.partition("/")[2]
    if is_account and not binding.namespace and live.roles and namespace not in live.roles:
        return False
    if not (_is_made_by_kubernetes(binding) or binding.name.startswith("system:")):
        return True
    if subject in _DEFAULT_GROUP_BINDINGS:
        return binding.name not in _DEFAULT_GROUP_BINDINGS[subject]
    return not (namespace == "kube-system" or (not is_account and name.startswith("system:")))


def _is_made_by_kubernetes(object: Object) -> bool:
    label, value = _BOOTSTRAP_LABEL
    return object.labels.get(label) == value


def _selects_role(role: Object, other: Object) -> bool:
    return any(
        selector_matches(each, other.labels) for each in role.at("aggregationRule", "clusterRoleSelectors") or []
    )


def _grant_row(grant: Grant) -> tuple:
    verb, group, resource, name = grant.permission
    return grant.subject, verb, group or "", resource, name or "", grant.namespace, grant.via


def _permission_drift_rows(change: str, grants: set[Grant], others: set[Grant]) -> Iterator[tuple]:
    """A row for each of *grants*; *others* may cover it."""
    by_subject: dict[str, list[Grant]] = {}
    for each in sorted(others, key=str):
        by_subject.setdefault(each.subject, []).append(each)
    for each in grants:
        wide = next((other for other in by_subject.get(each.subject, ()) if _grant_covers(other, each)), None)
        note = f"has it anyway: {wide.permission} via {wide.via}" if wide else ""
        power = each.permission
        yield each.subject, change, str(power), each.namespace, each.via, power.weight, power.escalation, note


def _grant_covers(wide: Grant, narrow: Grant) -> bool:
    return wide.namespace in ("", narrow.namespace) and wide.permission.covers(narrow.permission)


def _permission_finding(subject: str, change: str, via: str, rows: pd.DataFrame) -> Finding:
    heavy = rows[rows["weight"] == 2]
    what = join_names([*heavy["permission"], *rows["permission"]])
    where = f" in {rows['namespace'].iloc[0]}" if rows["namespace"].iloc[0] else " everywhere"
    reasons = [reason for each in heavy["escalation"] for reason in each.split(", ")]
    why = f" ({join_names(reasons)})" if reasons else ""
    severity = CRITICAL if change == "gained" and len(heavy) else WARNING
    number = format_count(len(rows), "permission")
    return Finding(severity, subject, f"{change} {number}{where} through {via}: {what}{why}")


def _role_findings(role: Object, declared: Objects, live: Objects) -> Iterator[Finding]:
    promised = declared.find("ClusterRole", "", role.name)
    told = promised if promised and promised.at("aggregationRule") else role
    expected = set(expand_role_rules(_RoleLookup(declared, live).collected_rules(told)))
    found = set(expand_role_rules(role.at("rules")))
    if more := found - expected:
        lead = join_names(sorted({power.escalation for power in more} - {""}))
        severity, why = (CRITICAL, f" ({lead})") if lead else (WARNING, "")
        where = _surplus_phrase(role, live, more)
        yield Finding(
            severity, str(role), f"holds {_format_permissions(more)}{why}, which git gives it no role for; {where}"
        )
    if fewer := expected - found:
        yield Finding(
            WARNING, str(role), f"lacks {_format_permissions(fewer)}, which roles with its labels have in git"
        )


def _surplus_phrase(role: Object, live: Objects, powers: set[Permission]) -> str:
    collected = [each for each in live.of("ClusterRole") if each.name != role.name and _selects_role(role, each)]
    givers = [str(each) for each in collected if powers & set(expand_role_rules(each.at("rules")))]
    return f"it comes from {join_names(givers)}" if givers else "it was written into the role itself"


def _format_permissions(powers: Iterable[Permission]) -> str:
    heavy_first = sorted(powers, key=lambda power: (-power.weight, str(power)))
    return join_names(map(str, heavy_first))
