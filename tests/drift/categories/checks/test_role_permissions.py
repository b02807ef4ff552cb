"""Who may do what is the same however rules are grouped, and every gain and loss is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.architecture.objects import objects

from trinokit.drift.categories.checks import role_permissions
from trinokit.drift.comparing import rbac_permissions
from trinokit.drift.comparing.rbac_permissions import Permission
from trinokit.findings import CRITICAL, OK, WARNING, Finding

RBAC = "rbac.authorization.k8s.io/v1"
BY_KUBERNETES = {"kubernetes.io/bootstrapping": "rbac-defaults"}
READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
READ_SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
URLS = {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}
TRINO = {"kind": "ServiceAccount", "name": "trino", "namespace": "trino"}
READER = "ServiceAccount/trino in trino"
VIA = "RoleBinding/reader in trino (Role/reader)"


def role(name: str, *rules: dict, cluster: bool = False, labels: dict | None = None, **more: object) -> dict:
    metadata = {"name": name, "labels": labels or {}} | ({"namespace": ""} if cluster else {})
    kind = "ClusterRole" if cluster else "Role"
    return {"apiVersion": RBAC, "kind": kind, "metadata": metadata, "rules": list(rules), **more}


def binding(name: str, to: dict, *subjects: dict, cluster: bool = False, labels: dict | None = None) -> dict:
    metadata = {"name": name, "labels": labels or {}} | ({"namespace": ""} if cluster else {})
    reference = {"kind": to["kind"], "name": to["metadata"]["name"]}
    kind = "ClusterRoleBinding" if cluster else "RoleBinding"
    body = {"roleRef": reference, "subjects": list(subjects or [TRINO])}
    return {"apiVersion": RBAC, "kind": kind, "metadata": metadata, **body}


def bound(*rules: dict, name: str = "reader") -> list[dict]:
    """A role with *rules*, bound to Trino's account."""
    made = role(name, *rules)
    return [made, binding(name, made)]


def changed(declared: list[dict], live: list[dict], **about: object) -> list[tuple]:
    found = role_permissions.permission_drift_table(objects(*declared, side="declared"), objects(*live, **about))
    return [tuple(row) for row in found.to_numpy()]


def judged(declared: list[dict], live: list[dict], **about: object) -> list[Finding]:
    return role_permissions.permission_findings(
        role_permissions.permission_drift_table(objects(*declared, side="declared"), objects(*live, **about))
    )


def aggregated(declared: list[dict], live: list[dict], **about: object) -> list[Finding]:
    return role_permissions.aggregated_role_findings(objects(*declared, side="declared"), objects(*live, **about))


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        (READ_PODS, ["get pods"]),
        ({"apiGroups": ["", "apps"], "resources": ["a", "b"], "verbs": ["get"]}, "get a,get a.apps,get b,get b.apps"),
        ({"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}, ["patch deployments.apps"]),
        ({"apiGroups": ["apps"], "resources": ["deployments/scale"], "verbs": ["get"]}, ["get deployments.apps/scale"]),
        ({"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}, ["get *.apps"]),
        ({"apiGroups": ["*"], "resources": ["deployments"], "verbs": ["get"]}, ["get deployments.*"]),
        ({"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}, ["get *"]),
        (EVERYTHING, ["* *.*"]),
        (READ_SECRETS | {"resourceNames": ["redis"]}, ['get secrets "redis"']),
        (READ_SECRETS | {"resourceNames": []}, ["get secrets"]),
        ({"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}, ["get pods/log"]),
        (URLS, ["get /metrics"]),
        ({"nonResourceURLs": ["*"], "verbs": ["get"]}, ['get URL "*"']),
        ({"verbs": ["get"]}, []),
    ],
)
def test_a_rule_is_expanded_to_one_verb_on_one_resource_each(rule, texts):
    assert rbac_permissions.permission_texts([rule]) == (texts.split(",") if isinstance(texts, str) else texts)


def test_regrouped_rules_allow_the_same():
    together = {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["list", "get"]}
    apart = [{"apiGroups": [""], "resources": [name], "verbs": ["get", "list"]} for name in ("services", "pods")]

    assert rbac_permissions.permission_texts([together]) == rbac_permissions.permission_texts([*apart, READ_PODS])


def test_no_rules_allow_nothing():
    assert rbac_permissions.permission_texts(None) == rbac_permissions.permission_texts([]) == []


WORDS = some.text("a*/.\" URL'", max_size=4)
POWERS = some.builds(Permission, WORDS, some.none() | WORDS, WORDS, some.none() | WORDS).map(
    lambda power: power._replace(name=None) if power.group is None else power
)


@given(POWERS, POWERS)
def test_no_two_powers_are_written_alike(one, other):
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        (Permission("*", "*", "*"), Permission("get", "apps", "deployments/scale", "trino"), True),
        (Permission("get", "", "pods"), Permission("get", "", "pods", "a"), True),
        (Permission("get", "", "pods", "a"), Permission("get", "", "pods"), False),
        (Permission("get", "", "pods"), Permission("list", "", "pods"), False),
        (Permission("get", "", "pods"), Permission("get", "", "pods/log"), False),
        (Permission("get", "", "*/log"), Permission("get", "", "pods/log"), True),
        (Permission("get", "", "*/log"), Permission("get", "", "pods"), False),
        (Permission("get", "apps", "*"), Permission("get", "", "pods"), False),
        (Permission("get", None, "/metrics/*"), Permission("get", None, "/metrics/cadvisor"), True),
        (Permission("get", None, "/metrics"), Permission("get", None, "/metrics/cadvisor"), False),
        (Permission("*", None, "*"), Permission("get", "", "pods"), False),
        (Permission("*", "*", "*"), Permission("get", None, "/metrics"), False),
    ],
)
def test_a_wildcard_covers_what_it_allows(wide, narrow, covers):
    assert wide.covers(narrow) == covers


@pytest.mark.parametrize(
    ("power", "reason"),
    [
        (Permission("*", "", "pods"), "every verb"),
        (Permission("get", "*", "pods"), "every group"),
        (Permission("get", "", "*"), "every resource"),
        (Permission("*", "*", "*"), "every verb, every group, every resource"),
        (Permission("list", "", "secrets"), "reads Secrets"),
        (Permission("get", "", "secrets", "redis"), "reads Secrets"),
        (Permission("escalate", "rbac.authorization.k8s.io", "roles"), "gives roles more than it has"),
        (Permission("bind", "rbac.authorization.k8s.io", "clusterroles"), "binds roles it does not have"),
        (Permission("impersonate", "", "users"), "acts as somebody else"),
        (Permission("impersonate", "authentication.k8s.io", "userextras/scopes"), ""),
        (Permission("create", "", "pods/exec"), "runs commands in pods"),
        (Permission("create", "", "*/exec"), "runs commands in pods"),
        (Permission("create", "", "serviceaccounts/token"), "makes tokens"),
        (Permission("create", "authentication.k8s.io", "tokenreviews"), "checks tokens"),
        (Permission("get", "", "nodes/proxy"), "reaches kubelets"),
        (Permission("update", "certificates.k8s.io", "certificatesigningrequests/approval"), "approves certificates"),
        (
            Permission("patch", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
            "decides what is admitted",
        ),
        (Permission("create", "rbac.authorization.k8s.io", "rolebindings"), "binds roles"),
        (Permission("get", "rbac.authorization.k8s.io", "rolebindings"), ""),
        (Permission("get", "example.com", "secrets"), ""),
        (Permission("delete", "", "pods"), ""),
        (Permission("get", None, "/metrics"), ""),
    ],
)
def test_a_power_that_leads_to_more_says_why(power, reason):
    assert power.escalation == reason


def test_reading_weighs_less_than_changing_and_that_less_than_what_leads_to_more():
    powers = [Permission("get", "", "pods"), Permission("delete", "", "pods"), Permission("get", "", "secrets")]

    assert [power.weight for power in powers] == [0, 1, 2]


def test_every_subject_of_a_binding_is_granted_what_its_role_allows():
    made = role("reader", READ_PODS, READ_SECRETS | {"resourceNames": ["a"]}, URLS, cluster=True)
    user = {"kind": "User", "name": "eve"}
    via = "ClusterRoleBinding/all (ClusterRole/reader)"

    found = role_permissions.permission_table(
        objects(made, binding("all", made, user, cluster=True), binding("here", made))
    )

    assert found.to_numpy().tolist() == [
        [READER, "get", "", "pods", "", "trino", "RoleBinding/here in trino (ClusterRole/reader)"],
        [READER, "get", "", "secrets", "a", "trino", "RoleBinding/here in trino (ClusterRole/reader)"],
        ["User/eve", "get", "", "/metrics", "", "", via],
        ["User/eve", "get", "", "pods", "", "", via],
        ["User/eve", "get", "", "secrets", "a", "", via],
    ]


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ({"kind": "ServiceAccount", "name": "a", "namespace": "other"}, "ServiceAccount/a in other"),
        ({"kind": "ServiceAccount", "name": "a"}, "ServiceAccount/a in trino"),
        ({"kind": "User", "name": "system:serviceaccount:other:a"}, "ServiceAccount/a in other"),
        ({"kind": "User", "name": "oidc:system:serviceaccount:other:a"}, "User/oidc:system:serviceaccount:other:a"),
        ({"kind": "Group", "name": "on-call"}, "Group/on-call"),
    ],
)
def test_a_subject_has_one_name(subject, named):
    made = role("reader", READ_PODS)

    assert set(role_permissions.permission_table(objects(made, binding("reader", made, subject)))["subject"]) == {named}


def test_a_role_that_git_binds_and_does_not_declare_is_taken_from_the_cluster():
    view = role("view", READ_PODS, cluster=True, labels=BY_KUBERNETES)
    declared = objects(binding("reader", view), side="declared")

    assert role_permissions.permission_table(declared).empty
    assert len(role_permissions.permission_table(declared, objects(view))) == 1
    assert changed([binding("reader", view)], [view, binding("reader", view)]) == []


def test_a_gained_permission_is_told_with_its_weight():
    assert changed(bound(READ_PODS), bound(READ_PODS, READ_SECRETS)) == [
        (READER, "gained", "get secrets", "trino", VIA, 2, "reads Secrets", "")
    ]


def test_a_lost_permission_is_told():
    assert changed(bound(READ_PODS, READ_SECRETS), bound(READ_SECRETS)) == [
        (READER, "lost", "get pods", "trino", VIA, 0, "", "")
    ]


def test_what_a_declared_wildcard_covers_is_no_gain():
    wide = bound({"apiGroups": [""], "resources": ["*"], "verbs": ["get"]})
    note = f"has it anyway: get * via {VIA}"
    via = "RoleBinding/more in trino (Role/more)"

    assert changed(wide, [*wide, *bound(READ_SECRETS, name="more")]) == [
        (READER, "gained", "get secrets", "trino", via, 2, "reads Secrets", note)
    ]
    assert judged(wide, [*wide, *bound(READ_SECRETS, name="more")]) == [
        Finding(OK, "permissions", "nobody gained or lost one; 1 permission that each has anyway came another way")
    ]


def test_a_wildcard_of_somebody_else_covers_nothing():
    wide = role("wide", EVERYTHING)
    other = binding("wide", wide, {"kind": "User", "name": "boss"})

    assert [row[0] for row in changed([wide, other], [wide, other, *bound(READ_PODS)])] == [READER]


def test_a_permission_in_one_namespace_does_not_cover_everywhere():
    made = role("reader", READ_PODS, cluster=True)
    here, everywhere = binding("reader", made), binding("all", made, cluster=True)

    assert [row[3] for row in changed([made, here], [made, here, everywhere])] == [""]
    assert [row[7] != "" for row in changed([made, everywhere], [made, everywhere, here])] == [True]


def test_a_reason_is_told_once():
    rules = [EVERYTHING, {"nonResourceURLs": ["*"], "verbs": ["*"]}, READ_SECRETS]
    [found] = judged([], bound(*rules))

    assert found.sentence.endswith("(every verb, every group, every resource, reads Secrets)")


def test_a_heavy_gain_is_critical_and_any_other_a_warning():
    declared = bound(READ_PODS)
    more = {"apiGroups": [""], "resources": ["services"], "verbs": ["get"]}

    assert judged(declared, bound(READ_PODS, more)) == [
        Finding(WARNING, READER, f"gained 1 permission in trino through {VIA}: get services")
    ]
    assert judged(declared, bound(READ_PODS, more, READ_SECRETS)) == [
        Finding(
            CRITICAL,
            READER,
            f"gained 2 permissions in trino through {VIA}: get secrets, get services (reads Secrets)",
        )
    ]
    assert judged(bound(READ_PODS, READ_SECRETS), declared) == [
        Finding(WARNING, READER, f"lost 1 permission in trino through {VIA}: get secrets (reads Secrets)")
    ]


def test_a_subject_that_is_added_to_a_declared_binding_is_told():
    made = role("reader", READ_PODS)
    eve = {"kind": "Group", "name": "system:authenticated"}

    assert judged([made, binding("reader", made)], [made, binding("reader", made, TRINO, eve)]) == [
        Finding(WARNING, "Group/system:authenticated", f"gained 1 permission in trino through {VIA}: get pods")
    ]


def test_everything_everywhere_is_critical():
    admin = role("cluster-admin", EVERYTHING, cluster=True, labels=BY_KUBERNETES)
    via = "ClusterRoleBinding/oops (ClusterRole/cluster-admin)"

    assert judged([], [admin, binding("oops", admin, cluster=True)]) == [
        Finding(
            CRITICAL,
            READER,
            f"gained 1 permission everywhere through {via}: * *.* (every verb, every group, every resource)",
        )
    ]


MASTERS = {"kind": "Group", "name": "system:masters"}
SCHEDULER = {"kind": "User", "name": "system:kube-scheduler"}
CONTROLLER = {"kind": "ServiceAccount", "name": "job-controller", "namespace": "kube-system"}
EVERYBODY = {"kind": "Group", "name": "system:unauthenticated"}
EVE = {"kind": "User", "name": "eve"}


@pytest.mark.parametrize(
    ("name", "subject", "told"),
    [
        ("cluster-admin", MASTERS, False),
        ("system:kube-scheduler", SCHEDULER, False),
        ("system:controller:job-controller", CONTROLLER, False),
        ("system:public-info-viewer", EVERYBODY, False),
        ("cluster-admin", EVERYBODY, True),
        ("cluster-admin", EVE, True),
        ("system:mine", TRINO, True),
    ],
)
def test_what_kubernetes_grants_itself_is_no_news_and_what_is_added_to_it_is(name, subject, told):
    made = role(name, READ_PODS, cluster=True, labels=BY_KUBERNETES)
    live = [made, binding(name, made, subject, cluster=True, labels=BY_KUBERNETES)]

    assert bool(changed([], live)) == told


@pytest.mark.parametrize("subject", [MASTERS, SCHEDULER, CONTROLLER, EVERYBODY])
def test_a_binding_that_kubernetes_did_not_make_is_told_whomever_it_binds(subject):
    made = role("system:public-info-viewer", READ_PODS, cluster=True, labels=BY_KUBERNETES)

    assert len(changed([], [made, binding("oops", made, subject, cluster=True)])) == 1


def test_an_account_of_a_namespace_that_is_not_asked_for_is_left_out_unless_git_binds_it():
    made = role("reader", READ_PODS, cluster=True)
    other = {"kind": "ServiceAccount", "name": "ingress", "namespace": "ingress"}
    live = [made, binding("all", made, other, cluster=True)]

    assert changed([], live, roles={"trino": "query engine"}) == []
    assert len(changed([made, binding("all", made, cluster=True)], live, roles={"trino": "query engine"})) == 2


def test_a_binding_in_a_namespace_that_is_not_asked_for_is_not_lost():
    made, roles = role("reader", READ_PODS, cluster=True), {"redis": "cache"}

    assert changed([made, binding("reader", made)], [made], roles=roles) == []
    assert len(changed([made, binding("reader", made, cluster=True)], [made], roles=roles)) == 1


@pytest.mark.parametrize("kind", ["Role", "RoleBinding in trino"])
def test_what_could_not_be_read_is_critical_and_nothing_is_taken_for_lost(kind):
    assert judged(bound(READ_PODS), [], unread={kind: "forbidden", "Node": "forbidden"}) == [
        Finding(CRITICAL, kind, "could not be read: forbidden; nothing can be said of it")
    ]


VIEW_LABEL = {"to-view": "true"}
AGGREGATION = {"clusterRoleSelectors": [{"matchLabels": VIEW_LABEL}]}


def view(*rules: dict) -> dict:
    return role("view", *rules, cluster=True, aggregationRule=AGGREGATION)


def giver(name: str, *rules: dict, labels: dict | None = None) -> dict:
    return role(name, *rules, cluster=True, labels=VIEW_LABEL | (labels or {}))


GIT = [view(), giver("pods", READ_PODS)]


def test_an_aggregated_role_has_the_rules_of_the_roles_with_its_labels():
    assert aggregated(GIT, [view(READ_PODS), giver("pods", READ_PODS)]) == [
        Finding(OK, "aggregated roles", "1 aggregated role, each with the rules of the roles with its labels")
    ]


def test_an_undeclared_role_that_is_collected_is_told():
    unrelated = role("unrelated", READ_SECRETS, cluster=True)
    live = [view(READ_PODS, READ_SECRETS), giver("pods", READ_PODS), giver("more", READ_SECRETS), unrelated]

    assert aggregated(GIT, live) == [
        Finding(
            CRITICAL,
            "ClusterRole/view",
            "holds get secrets (reads Secrets), which git gives it no role for; it comes from ClusterRole/more",
        )
    ]


def test_rules_written_into_an_aggregated_role_are_told_and_so_are_missing_ones():
    services = {"apiGroups": [""], "resources": ["services"], "verbs": ["get"]}

    assert aggregated(GIT, [view(services), giver("pods", READ_PODS)]) == [
        Finding(
            WARNING,
            "ClusterRole/view",
            "holds get services, which git gives it no role for; it was written into the role itself",
        ),
        Finding(WARNING, "ClusterRole/view", "lacks get pods, which roles with its labels have in git"),
    ]


def test_roles_that_kubernetes_made_give_rules_and_aggregated_roles_collect_from_each_other():
    nested = role("nested", cluster=True, labels=VIEW_LABEL, aggregationRule={"clusterRoleSelectors": [{}]})
    by_kubernetes = giver("system:aggregate-to-view", READ_PODS, labels=BY_KUBERNETES)
    live = [view(READ_PODS), nested | {"rules": [READ_PODS]}, by_kubernetes]

    assert [found.severity for found in aggregated([view(), nested], live)] == [OK]


def test_an_aggregated_role_that_git_neither_declares_nor_binds_is_not_judged():
    live = [view(READ_SECRETS), giver("more", READ_SECRETS)]
    [found] = aggregated([], live)

    assert found.severity == OK
    assert aggregated([binding("reader", view())], live)[0].severity == CRITICAL


def test_an_aggregated_role_that_git_binds_is_granted_as_git_collects_it():
    declared = objects(*GIT, binding("reader", view()), side="declared")

    assert role_permissions.permission_table(declared)["resource"].tolist() == ["pods"]


def test_aggregated_roles_that_could_not_be_read_are_critical():
    assert [found.severity for found in aggregated(GIT, [], unread={"ClusterRole": "forbidden"})] == [CRITICAL]
