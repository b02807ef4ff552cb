"""Who may do what, and who may do more or less than git declares?"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.drift.categories.checks.aggregated_role_rules import RoleLookup, is_made_by_kubernetes, selects_role
from trinokit.drift.categories.checks.unread_objects import is_kind_read, unread_finding, unread_kinds
from trinokit.drift.comparing.rbac_permissions import Permission, expand_role_rules
from trinokit.findings import CRITICAL, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

RBAC_KINDS = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
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


class PermissionRow(NamedTuple):
    """A row of `permission_table`: one *verb* that a *subject* may do, *via* which binding and role.

    A URL stands in the place of a resource. An empty name means every object, an empty namespace everywhere.
    """

    subject: str
    verb: str
    group: str
    resource: str
    name: str
    namespace: str
    via: str


class PermissionDriftRow(NamedTuple):
    """A row of `permission_drift_table`: a *permission* whose *change* is gained or lost; of what is unread, why.

    *weight* is 2 where it leads to more than is written, to what *escalation* says. *note* says through what the
    subject has it anyway: then it is no gain, or no loss.
    """

    subject: str
    change: Literal["gained", "lost", "unread"]
    permission: str
    namespace: str
    via: str
    weight: int
    escalation: str
    note: str


def permission_table(objects: Objects, role_objects: Objects | None = None) -> pd.DataFrame:
    """What every subject may do; roles that *objects* lack, such as view, are taken from *role_objects*.

    A row is a `PermissionRow`.
    """
    every = _grants(objects, RoleLookup(objects, role_objects), lambda binding, subject: True)
    return table_of_rows(PermissionRow, [_permission_row(each) for each in every])


def permission_drift_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """Every permission that somebody gained or lost; a `PermissionDriftRow` each.

    What Kubernetes grants itself is left out, and so are service accounts of other namespaces that are bound by what
    git does not declare.
    """
    mine = {each.place for each in declared.of("ClusterRoleBinding", "RoleBinding")}
    may_compare = _is_binding_readable(live)
    declared_grants = _grants(declared, RoleLookup(declared, live), lambda binding, subject: may_compare(binding))
    live_grants = _grants(
        live,
        RoleLookup(live),
        lambda binding, subject: (
            may_compare(binding) and (binding.place in mine or _is_notable_binding(binding, subject, live))
        ),
    )
    rows = [
        *_permission_drift_rows("gained", live_grants - declared_grants, declared_grants),
        *_permission_drift_rows("lost", declared_grants - live_grants, live_grants),
        *(_unread_row(kind, reason) for kind, reason in unread_kinds(live, *RBAC_KINDS)),
    ]
    return table_of_rows(PermissionDriftRow, rows)


def permission_findings(changes: pd.DataFrame) -> list[Finding]:
    """Who gained or lost permissions, one finding for each way; CRITICAL where something gained leads to more."""
    findings = [unread_finding(row.subject, row.note) for row in changes[changes["change"] == "unread"].itertuples()]
    unexplained = changes[(changes["change"] != "unread") & (changes["note"] == "")]
    for (subject, change, via), rows in unexplained.groupby(["subject", "change", "via"]):
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
    findings = [unread_finding(kind, reason) for kind, reason in unread_kinds(live, "ClusterRole")]
    if findings:
        return findings
    bindings = declared.of("ClusterRoleBinding", "RoleBinding")
    names = {*(each.name for each in declared.of("ClusterRole")), *(each.at("roleRef", "name") for each in bindings)}
    aggregated_roles = [each for each in live.of("ClusterRole") if each.name in names and each.at("aggregationRule")]
    for role in aggregated_roles:
        findings += _role_findings(role, declared, live)
    number = format_count(len(aggregated_roles), "aggregated role")
    return findings or [Finding(OK, "aggregated roles", f"{number}, each with the rules of the roles with its labels")]


def _grants(objects: Objects, roles: RoleLookup, is_wanted_binding: Callable[[Object, str], bool]) -> set[Grant]:
    grants = set()
    for binding in objects.of("ClusterRoleBinding", "RoleBinding"):
        kind, name = binding.at("roleRef", "kind") or "", binding.at("roleRef", "name") or ""
        powers = set(expand_role_rules(roles.rules(kind, "" if kind == "ClusterRole" else binding.namespace, name)))
        via = f"{binding} ({kind}/{name})"
        for subject in filter(lambda each, to=binding: is_wanted_binding(to, each), _subjects(binding)):
            # A URL belongs to no namespace, so a RoleBinding grants none.
            grants |= {
                Grant(subject, power, binding.namespace, via)
                for power in powers
                if power.group is not None or not binding.namespace
            }
    return grants


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
    if not (is_made_by_kubernetes(binding) or binding.name.startswith("system:")):
        return True
    if subject in _DEFAULT_GROUP_BINDINGS:
        return binding.name not in _DEFAULT_GROUP_BINDINGS[subject]
    return not (namespace == "kube-system" or (not is_account and name.startswith("system:")))


def _permission_row(grant: Grant) -> PermissionRow:
    return PermissionRow(
        subject=grant.subject,
        verb=grant.permission.verb,
        group=grant.permission.group or "",
        resource=grant.permission.resource,
        name=grant.permission.name or "",
        namespace=grant.namespace,
        via=grant.via,
    )


def _unread_row(kind: str, reason: str) -> PermissionDriftRow:
    return PermissionDriftRow(
        subject=kind, change="unread", permission="", namespace="", via="", weight=2, escalation="", note=reason
    )


def _permission_drift_rows(
    change: Literal["gained", "lost"], grants: set[Grant], other_grants: set[Grant]
) -> Iterator[PermissionDriftRow]:
    """A row for each of *grants*; *other_grants* may cover it."""
    by_subject: dict[str, list[Grant]] = {}
    for each in sorted(other_grants, key=str):
        by_subject.setdefault(each.subject, []).append(each)
    for each in grants:
        wide = next((other for other in by_subject.get(each.subject, ()) if _grant_covers(other, each)), None)
        yield PermissionDriftRow(
            subject=each.subject,
            change=change,
            permission=str(each.permission),
            namespace=each.namespace,
            via=each.via,
            weight=each.permission.weight,
            escalation=each.permission.escalation,
            note=f"has it anyway: {wide.permission} via {wide.via}" if wide else "",
        )


def _grant_covers(wide: Grant, narrow: Grant) -> bool:
    return wide.namespace in ("", narrow.namespace) and wide.permission.covers(narrow.permission)


def _permission_finding(subject: str, change: str, via: str, rows: pd.DataFrame) -> Finding:
    heavy = rows[rows["weight"] == 2]
    permissions = join_names([*heavy["permission"], *rows["permission"]])
    scope_text = f" in {rows['namespace'].iloc[0]}" if rows["namespace"].iloc[0] else " everywhere"
    reasons = [reason for each in heavy["escalation"] for reason in each.split(", ")]
    reasons_text = f" ({join_names(reasons)})" if reasons else ""
    severity = CRITICAL if change == "gained" and len(heavy) else WARNING
    number = format_count(len(rows), "permission")
    return Finding(severity, subject, f"{change} {number}{scope_text} through {via}: {permissions}{reasons_text}")


def _role_findings(role: Object, declared: Objects, live: Objects) -> Iterator[Finding]:
    declared_role = declared.find("ClusterRole", "", role.name)
    role_with_rule = declared_role if declared_role and declared_role.at("aggregationRule") else role
    expected = set(expand_role_rules(RoleLookup(declared, live).collected_rules(role_with_rule)))
    live_rules = set(expand_role_rules(role.at("rules")))
    if surplus := live_rules - expected:
        lead = join_names(sorted({power.escalation for power in surplus} - {""}))
        severity, lead_text = (CRITICAL, f" ({lead})") if lead else (WARNING, "")
        surplus_text = _surplus_phrase(role, live, surplus)
        yield Finding(
            severity,
            str(role),
            f"holds {_format_permissions(surplus)}{lead_text}, which git gives it no role for; {surplus_text}",
        )
    if fewer := expected - live_rules:
        yield Finding(
            WARNING, str(role), f"lacks {_format_permissions(fewer)}, which roles with its labels have in git"
        )


def _surplus_phrase(role: Object, live: Objects, powers: set[Permission]) -> str:
    collected = [each for each in live.of("ClusterRole") if each.name != role.name and selects_role(role, each)]
    givers = [str(each) for each in collected if powers & set(expand_role_rules(each.at("rules")))]
    return f"it comes from {join_names(givers)}" if givers else "it was written into the role itself"


def _format_permissions(powers: Iterable[Permission]) -> str:
    heavy_first = sorted(powers, key=lambda power: (-power.weight, str(power)))
    return join_names(map(str, heavy_first))
