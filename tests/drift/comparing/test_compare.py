"""Where do two sides of one object disagree? Small objects of one kind, each with one thing that matters."""

import msgspec
import pytest

from trinokit.drift.comparing import compare, schemas_of_all_kinds
from trinokit.drift.differences import (
    ABSENT,
    ALLOCATED,
    CHANGED,
    DEFAULTED,
    MANAGED,
    MISSING,
    OPERATIONAL,
    UNDECLARED,
    Difference,
)
from trinokit.drift.paths import MEMBER
from trinokit.objects import Object

KNOWN = schemas_of_all_kinds.KindSchemas()
VERSIONS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "Thing": "example.com/v1",
    "MutatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
}


def differences(kind: str, declared: dict, live: dict) -> list[Difference]:
    sides = [
        Object(VERSIONS.get(kind, "v1"), kind, "trino", "a", msgspec.json.encode({"metadata": {"name": "a"}} | body))
        for body in (declared, live)
    ]
    return compare.compare_objects(*sides, KNOWN)


def told(kind: str, declared: dict, live: dict) -> list[tuple]:
    """Where the two bodies differ: path, judgement and both values."""
    return [(each.where, each.judged, each.declared, each.live) for each in differences(kind, declared, live)]


def of_pods(**pod: object) -> dict:
    return {"spec": {"template": {"spec": pod}}}


def of_container(**container: object) -> dict:
    return of_pods(containers=[{"name": "main", **container}])


POD, MAIN = "spec.template.spec", "spec.template.spec.containers[name=main]"


# ── Scalars ──────────────────────────────────────────────────────────────────


def test_equal_objects_have_no_difference():
    body = of_container(image="trino:476", env=[{"name": "A", "value": "b"}], stdin=True)

    assert told("Deployment", body, body) == []


def test_a_scalar_that_says_something_else_is_changed():
    found = told("Deployment", {"spec": {"replicas": 2}}, {"spec": {"replicas": 3}})

    assert found == [("spec.replicas", CHANGED, 2, 3)]


def test_a_scalar_that_only_git_has_is_missing():
    found = told("Deployment", {"spec": {"replicas": 2}}, {"spec": {"paused": False}})

    assert found == [("spec.replicas", MISSING, 2, ABSENT), ("spec.paused", UNDECLARED, ABSENT, False)]


def test_a_difference_names_the_live_object():
    (found,) = differences("ConfigMap", {"data": {"a": "b"}}, {"data": {"a": "c"}, "metadata": {"name": "live"}})

    assert (found.object.name, found.path, found.is_drift) == ("a", ("data", "a"), True)


@pytest.mark.parametrize(("declared", "live"), [(1, True), (0, False), ("1", 1), ("true", True), (True, 1)])
def test_a_number_a_text_and_a_truth_value_are_never_the_same(declared, live):
    assert told("Thing", {"spec": {"a": declared}}, {"spec": {"a": live}}) == [("spec.a", CHANGED, declared, live)]


@pytest.mark.parametrize(("declared", "live"), [([1], [True]), ({"b": 1}, {"b": True}), ([{"b": 0}], [{"b": False}])])
def test_a_truth_value_deep_inside_is_not_taken_for_a_number(declared, live):
    assert [each[1] for each in told("Thing", {"spec": {"a": declared}}, {"spec": {"a": live}})] == [CHANGED]


def test_a_whole_number_is_the_same_with_a_decimal_point():
    assert told("Thing", {"spec": {"a": 1.0}}, {"spec": {"a": 1}}) == []


def test_a_value_of_another_kind_is_changed_as_a_whole():
    found = told("Thing", {"spec": {"a": {"b": "c"}}}, {"spec": {"a": ["b"]}})

    assert found == [("spec.a", CHANGED, {"b": "c"}, ["b"])]


# ── Quantities ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("declared", "live"), [("1000m", "1"), (1, "1"), (0.5, "500m"), ("1024Mi", "1Gi"), ("1e3", "1k")]
)
def test_a_quantity_may_be_written_in_any_way(declared, live):
    sides = [of_container(resources={"limits": {"cpu": each}}) for each in (declared, live)]

    assert told("Deployment", *sides) == []


def test_another_quantity_is_changed():
    sides = [of_container(resources={"limits": {"memory": each}}) for each in ("1G", "1Gi")]

    assert told("Deployment", *sides) == [(f"{MAIN}.resources.limits.memory", CHANGED, "1G", "1Gi")]


def test_a_text_that_looks_like_a_quantity_is_none_elsewhere():
    sides = [of_container(env=[{"name": "CPU", "value": each}]) for each in ("1000m", "1")]

    assert told("Deployment", *sides) == [(f"{MAIN}.env[name=CPU].value", CHANGED, "1000m", "1")]


def test_quantities_are_known_by_their_names_where_there_is_no_schema():
    sides = [{"spec": {"resources": {"requests": {"cpu": each}}, "share": each}} for each in ("1000m", "1")]

    assert told("Thing", *sides) == [("spec.share", CHANGED, "1000m", "1")]


def test_what_is_no_quantity_where_one_should_be_is_compared_as_text():
    sides = [of_container(resources={"limits": {"cpu": each}}) for each in ("lots", "1")]

    assert told("Deployment", *sides) == [(f"{MAIN}.resources.limits.cpu", CHANGED, "lots", "1")]


# ── Nothing, null and zero ───────────────────────────────────────────────────


@pytest.mark.parametrize("nothing", [{}, None])
def test_an_empty_map_null_and_none_are_the_same(nothing):
    assert told("Deployment", of_pods(nodeSelector=nothing), of_pods(dnsPolicy=None)) == []
    assert told("Deployment", of_pods(), of_pods(nodeSelector=nothing)) == []


@pytest.mark.parametrize("nothing", [[], None])
def test_an_empty_list_null_and_none_are_the_same(nothing):
    assert told("Deployment", of_pods(tolerations=nothing), of_pods()) == []
    assert told("Deployment", of_pods(), of_pods(tolerations=nothing)) == []


def test_what_is_put_into_an_empty_map_is_undeclared():
    found = told("Deployment", of_pods(nodeSelector={}), of_pods(nodeSelector={"disk": "ssd"}))

    assert found == [(f"{POD}.nodeSelector.disk", UNDECLARED, ABSENT, "ssd")]


def test_null_in_a_map_of_texts_is_an_empty_text():
    assert told("ConfigMap", {"data": {"a": None}}, {"data": {"a": ""}}) == []
    assert told("ConfigMap", {"data": {"a": None}}, {"data": {"a": "b"}}) == [("data.a", UNDECLARED, ABSENT, "b")]


def test_null_is_no_empty_text_elsewhere():
    assert told("Thing", {"spec": {"a": None}}, {"spec": {"a": ""}}) == [("spec.a", UNDECLARED, ABSENT, "")]


def test_an_empty_text_in_a_map_of_texts_says_something():
    assert told("ConfigMap", {"data": {"a": ""}}, {"data": {}}) == [("data.a", MISSING, "", ABSENT)]


def test_a_zero_that_the_server_drops_is_none():
    assert told("Deployment", of_pods(hostNetwork=False), of_pods(hostPID=False)) != []
    assert told("Deployment", of_pods(hostNetwork=False), of_pods()) == []
    assert told("Deployment", of_container(env=[{"name": "A", "value": ""}]), of_container(env=[{"name": "A"}])) == []


def test_a_zero_that_the_server_keeps_is_missing_without_it():
    found = told("Deployment", of_pods(automountServiceAccountToken=False), of_pods())

    assert found == [(f"{POD}.automountServiceAccountToken", MISSING, False, ABSENT)]


def test_a_dropped_zero_with_the_default_in_its_place_is_no_drift():
    sides = of_container(livenessProbe={"periodSeconds": 0}), of_container(livenessProbe={"periodSeconds": 10})

    assert told("Deployment", *sides) == [(f"{MAIN}.livenessProbe.periodSeconds", DEFAULTED, ABSENT, 10)]


def test_a_dropped_zero_with_another_value_in_its_place_is_changed():
    sides = of_container(livenessProbe={"periodSeconds": 0}), of_container(livenessProbe={"periodSeconds": 7})

    assert told("Deployment", *sides) == [(f"{MAIN}.livenessProbe.periodSeconds", CHANGED, 0, 7)]


def test_an_empty_storage_class_of_a_claim_is_not_the_same_as_none():
    found = told("PersistentVolumeClaim", {"spec": {"storageClassName": ""}}, {"spec": {}})

    assert found == [("spec.storageClassName", MISSING, "", ABSENT)]


@pytest.mark.parametrize(("kind", "field"), [("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")])
def test_a_selector_of_everything_is_not_the_same_as_none(kind, field):
    assert told(kind, {"spec": {field: {}}}, {"spec": {}}) == [(f"spec.{field}", MISSING, {}, ABSENT)]
    assert told(kind, {"spec": {}}, {"spec": {field: {}}}) == [(f"spec.{field}", UNDECLARED, ABSENT, {})]


def test_a_selector_of_everything_that_selects_less_is_told_at_the_label():
    found = told("NetworkPolicy", {"spec": {"podSelector": {}}}, {"spec": {"podSelector": {"matchLabels": {"a": "b"}}}})

    assert found == [("spec.podSelector.matchLabels.a", UNDECLARED, ABSENT, "b")]


def test_an_empty_source_of_a_volume_is_not_the_same_as_none():
    claimed = of_pods(volumes=[{"name": "a", "persistentVolumeClaim": {"claimName": "b"}}])
    found = told("Deployment", of_pods(volumes=[{"name": "a", "emptyDir": {}}]), claimed)
    place = f"{POD}.volumes[name=a]"

    assert found == [
        (f"{place}.emptyDir", MISSING, {}, ABSENT),
        (f"{place}.persistentVolumeClaim.claimName", UNDECLARED, ABSENT, "b"),
    ]


def test_an_empty_list_of_flows_is_the_same_as_none():
    assert told("NetworkPolicy", {"spec": {"ingress": []}}, {"spec": {}}) == []


def test_an_empty_source_of_a_volume_that_is_filled_is_told_at_the_leaf():
    volume = {"name": "a", "emptyDir": {"medium": "Memory"}}
    filled = {"name": "b", "configMap": {"defaultMode": 420}}
    empty = of_pods(volumes=[{"name": "a", "emptyDir": {}}, {"name": "b", "configMap": {}}])

    assert told("Deployment", empty, of_pods(volumes=[volume, filled])) == [
        (f"{POD}.volumes[name=a].emptyDir.medium", UNDECLARED, ABSENT, "Memory"),
        (f"{POD}.volumes[name=b].configMap.defaultMode", DEFAULTED, ABSENT, 420),
    ]


def test_no_class_of_a_claim_is_a_class_that_git_declares():
    found = told("PersistentVolumeClaim", {"spec": {"storageClassName": ""}}, {"spec": {"storageClassName": "fast"}})

    assert found == [("spec.storageClassName", CHANGED, "", "fast")]


# ── One side only ────────────────────────────────────────────────────────────


def test_a_live_map_is_told_leaf_by_leaf():
    context = {"runAsUser": 0, "seccompProfile": {"type": "Unconfined"}}

    assert told("Deployment", of_pods(), of_pods(securityContext=context)) == [
        (f"{POD}.securityContext.runAsUser", UNDECLARED, ABSENT, 0),
        (f"{POD}.securityContext.seccompProfile.type", UNDECLARED, ABSENT, "Unconfined"),
    ]


def test_a_declared_map_is_told_leaf_by_leaf():
    context = {"runAsUser": 0, "seccompProfile": {"type": "RuntimeDefault"}}

    assert told("Deployment", of_pods(securityContext=context), of_pods()) == [
        (f"{POD}.securityContext.runAsUser", MISSING, 0, ABSENT),
        (f"{POD}.securityContext.seccompProfile.type", MISSING, "RuntimeDefault", ABSENT),
    ]


def test_a_live_container_is_one_difference_with_its_defaults_in_it():
    added = {"name": "sidecar", "image": "a:1", "imagePullPolicy": "IfNotPresent"}
    found = told("Deployment", of_pods(containers=[]), of_pods(containers=[added]))

    assert found == [(f"{POD}.containers[name=sidecar]", UNDECLARED, ABSENT, added)]


def test_a_declared_container_is_one_difference():
    lost = {"name": "sidecar", "image": "a:1"}

    assert told("Deployment", of_pods(containers=[lost]), of_pods()) == [
        (f"{POD}.containers[name=sidecar]", MISSING, lost, ABSENT)
    ]


# ── Keyed lists ──────────────────────────────────────────────────────────────


def test_the_order_of_a_keyed_list_says_nothing():
    one, other = ({"name": name, "image": f"{name}:1", "stdin": True} for name in "ab")

    assert told("Deployment", of_pods(containers=[one, other]), of_pods(containers=[other, one])) == []


def test_a_port_is_known_by_number_and_protocol_which_is_tcp():
    ports = [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP", "name": "dns"}]

    (added, filled) = differences(
        "Deployment", of_container(ports=[{"containerPort": 53}, ports[0]]), of_container(ports=ports)
    )

    assert {added.judged, filled.judged} == {DEFAULTED, UNDECLARED}
    assert {added.where, filled.where} == {
        f"{MAIN}.ports[containerPort=53,protocol=TCP].protocol",
        f"{MAIN}.ports[containerPort=53,protocol=TCP].name",
    }


def test_a_list_whose_keys_are_not_unique_is_compared_by_place():
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    found = told("Deployment", of_container(env=twice), of_container(env=[twice[1], twice[0]]))

    assert found == [(f"{MAIN}.env[0].value", CHANGED, "1", "2"), (f"{MAIN}.env[1].value", CHANGED, "2", "1")]


@pytest.mark.parametrize("bad", ["A", {"value": "1"}, {"name": ["A"]}, {"name": None}, None])
def test_an_item_without_its_key_is_compared_by_place(bad):
    found = told("Deployment", of_container(env=[bad]), of_container(env=[{"name": "A", "value": "2"}]))

    assert found != []
    assert {each[0].partition("]")[0] for each in found} == {f"{MAIN}.env[0".partition("]")[0]}


@pytest.mark.parametrize("name", [{}, {"name": None}, {"name": ["A"]}, {"name": 5}])
def test_items_whose_names_tell_nothing_on_both_sides_are_compared(name):
    (found,) = differences("Deployment", *(of_container(env=[name | {"value": each}]) for each in "ab"))

    assert (found.path[-3:][0], found.path[-1], found.judged) == ("env", "value", CHANGED)
    assert found.path[-2] == ((("name", 5),) if name == {"name": 5} else 0)


def test_claim_templates_are_known_by_their_names():
    template = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    filled = template | {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": {"phase": "Pending"}}
    filled |= {"metadata": {"name": "data", "creationTimestamp": None}}
    sides = [{"spec": {"volumeClaimTemplates": each}} for each in ([template], [{"metadata": {"name": "b"}}, filled])]

    assert [each for each in told("StatefulSet", *sides) if each[1] != DEFAULTED] == [
        ("spec.volumeClaimTemplates[metadata.name=b]", UNDECLARED, ABSENT, {"metadata": {"name": "b"}})
    ]


def test_initial_containers_in_another_order_are_reordered():
    one, other = {"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}
    found = differences("Deployment", of_pods(initContainers=[one, other]), of_pods(initContainers=[other, one]))

    assert [(each.where, each.judged, each.declared, each.live, each.reason) for each in found] == [
        (f"{POD}.initContainers", CHANGED, ["a", "b"], ["b", "a"], "reordered")
    ]


def test_one_more_initial_container_before_the_others_reorders_nothing():
    one, other = {"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}
    found = told("Deployment", of_pods(initContainers=[one]), of_pods(initContainers=[other, one]))

    assert found == [(f"{POD}.initContainers[name=b]", UNDECLARED, ABSENT, other)]


def test_the_order_of_variables_says_nothing_until_one_refers_to_another():
    plain = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    refers = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)2"}]

    assert told("Deployment", of_container(env=plain), of_container(env=plain[::-1])) == []
    assert told("Deployment", of_container(env=refers), of_container(env=refers[::-1])) == [
        (f"{MAIN}.env", CHANGED, ["A", "B"], ["B", "A"])
    ]


def test_ports_that_are_the_same_twice_are_compared_by_place():
    twice = [{"containerPort": 80, "name": "a"}, {"containerPort": 80, "protocol": "TCP", "name": "b"}]
    found = told("Deployment", of_container(ports=twice), of_container(ports=twice[:1]))

    assert found == [(f"{MAIN}.ports[1]", MISSING, twice[1], ABSENT)]


# ── Sets ─────────────────────────────────────────────────────────────────────


def test_the_order_of_a_set_says_nothing():
    tolerations = [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}]

    assert told("Deployment", of_pods(tolerations=tolerations), of_pods(tolerations=tolerations[::-1])) == []


def test_what_a_set_gained_and_lost_is_told_member_by_member():
    one, other, added = ({"key": key, "operator": "Exists"} for key in "abc")
    found = differences("Deployment", of_pods(tolerations=[one]), of_pods(tolerations=[other, one, added]))
    place = ("spec", "template", "spec", "tolerations", MEMBER)

    assert [(each.path, each.judged, each.live) for each in found] == [
        (place, UNDECLARED, other),
        (place, UNDECLARED, added),
    ]


def test_the_one_member_that_differs_is_told_leaf_by_leaf():
    one, before, after = {"key": "a"}, {"key": "b", "effect": "NoSchedule"}, {"key": "b", "effect": "NoExecute"}
    found = told("Deployment", of_pods(tolerations=[one, before]), of_pods(tolerations=[after, one]))

    assert found == [(f"{POD}.tolerations[1].effect", CHANGED, "NoSchedule", "NoExecute")]


def test_members_are_equal_when_only_defaults_are_between_them():
    declared = [{"kind": "User", "name": "a"}, {"kind": "ServiceAccount", "name": "b", "namespace": "c"}]
    filled = [declared[1], declared[0] | {"apiGroup": "rbac.authorization.k8s.io"}]

    assert told("RoleBinding", {"subjects": declared}, {"subjects": filled}) == [
        ("subjects[0].apiGroup", DEFAULTED, ABSENT, "rbac.authorization.k8s.io")
    ]


def test_members_are_equal_when_only_zeros_that_the_server_drops_are_between_them():
    declared = [{"key": key, "operator": "Exists", "value": ""} for key in "ab"]
    live = [{"key": key, "operator": "Exists"} for key in "ba"]

    assert told("Deployment", of_pods(tolerations=declared), of_pods(tolerations=live)) == []


def test_members_are_not_equal_when_no_default_is_between_them():
    declared = [{"kind": "ServiceAccount", "name": name} for name in "ab"]
    live = [each | {"apiGroup": "rbac.authorization.k8s.io"} for each in declared]

    assert [each[1] for each in told("RoleBinding", {"subjects": declared}, {"subjects": live})] == [
        *[MISSING] * 2,
        *[UNDECLARED] * 2,
    ]


def test_members_are_not_equal_when_one_selects_everything_and_the_other_nothing():
    def terms(**selector: dict) -> dict:
        required = [{"topologyKey": key, **selector} for key in "ab"]
        return of_pods(affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}})

    found = told("Deployment", terms(namespaceSelector={}), terms())

    assert [each[1] for each in found] == [MISSING, MISSING, UNDECLARED, UNDECLARED]


def test_a_member_that_is_twice_on_one_side_is_told_once():
    found = told("Deployment", of_pods(tolerations=[{"key": "a"}]), of_pods(tolerations=[{"key": "a"}, {"key": "a"}]))

    assert found == [(f"{POD}.tolerations[]", UNDECLARED, ABSENT, {"key": "a"})]


def test_sets_within_sets_have_no_order_either():
    def terms(*values: str) -> dict:
        term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": list(values)}]}
        required = {"nodeSelectorTerms": [term, {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]}
        return of_pods(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}})

    assert told("Deployment", terms("a", "b"), terms("b", "a")) == []
    (found,) = differences("Deployment", terms("a", "b"), terms("c", "a"))
    assert (found.path[-2:], found.judged, found.declared, found.live) == (("values", 1), CHANGED, "b", "c")


def test_claims_with_the_same_access_modes_in_another_order_are_equal():
    sides = [
        {"spec": {"accessModes": each}}
        for each in (["ReadWriteOnce", "ReadOnlyMany"], ["ReadOnlyMany", "ReadWriteOnce"])
    ]

    assert told("PersistentVolume", *sides) == []


# ── Ordered lists ────────────────────────────────────────────────────────────


def test_arguments_are_compared_by_place():
    found = told("Deployment", of_container(args=["a", "b"]), of_container(args=["b", "a", "c"]))

    assert found == [
        (f"{MAIN}.args[0]", CHANGED, "a", "b"),
        (f"{MAIN}.args[1]", CHANGED, "b", "a"),
        (f"{MAIN}.args[2]", UNDECLARED, ABSENT, "c"),
    ]


def test_the_paths_of_an_ingress_are_compared_by_place():
    def rules(*paths: str) -> dict:
        return {"spec": {"rules": [{"host": "a", "http": {"paths": [{"path": path} for path in paths]}}]}}

    found = told("Ingress", rules("/a", "/b"), rules("/a"))

    assert found == [("spec.rules[0].http.paths[1]", MISSING, {"path": "/b"}, ABSENT)]


# ── What is compared by its meaning ──────────────────────────────────────────


def test_the_metrics_of_an_autoscaler_have_no_order():
    def metric(name: str, share: int) -> dict:
        target = {"type": "Utilization", "averageUtilization": share}
        return {"type": "Resource", "resource": {"name": name, "target": target}}

    sides = [metric("cpu", 70), metric("memory", 80)], [metric("memory", 80), metric("cpu", 90)]
    found = told("HorizontalPodAutoscaler", *({"spec": {"metrics": each}} for each in sides))

    assert found == [("spec.metrics[type=Resource,name=cpu].resource.target.averageUtilization", CHANGED, 70, 90)]


def test_metrics_of_one_name_are_told_apart_by_what_they_select():
    def metric(queue: str, value: str) -> dict:
        selector = {"matchLabels": {"queue": queue}}
        target = {"type": "AverageValue", "averageValue": value}
        return {"type": "External", "external": {"metric": {"name": "depth", "selector": selector}, "target": target}}

    sides = [metric("a", "1"), metric("b", "2")], [metric("b", "2000m"), metric("a", "3")]
    (found,) = differences("HorizontalPodAutoscaler", *({"spec": {"metrics": each}} for each in sides))

    assert (found.path[2][:2], found.declared, found.live) == ((("type", "External"), ("name", "depth")), "1", "3")


def test_an_autoscaler_without_metrics_gets_the_one_of_the_server():
    target = {"type": "Utilization", "averageUtilization": 80}
    given = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]

    assert told(
        "HorizontalPodAutoscaler", {"spec": {"maxReplicas": 3}}, {"spec": {"maxReplicas": 3, "metrics": given}}
    ) == [("spec.metrics", DEFAULTED, ABSENT, given)]


def test_the_same_metric_beside_a_declared_one_is_undeclared():
    target = {"type": "Utilization", "averageUtilization": 80}
    given = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    own = {"type": "Resource", "resource": {"name": "memory", "target": target}}

    assert told("HorizontalPodAutoscaler", {"spec": {"metrics": [own]}}, {"spec": {"metrics": [own, given]}}) == [
        ("spec.metrics[type=Resource,name=cpu]", UNDECLARED, ABSENT, given)
    ]


def test_an_autoscaler_of_version_1_is_compared_as_one_of_version_2():
    target = {"type": "Utilization", "averageUtilization": 70}
    metrics = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    bodies = {"spec": {"targetCPUUtilizationPercentage": 70}}, {"spec": {"metrics": metrics}}
    versions = "autoscaling/v1", "autoscaling/v2"
    sides = [
        Object(version, "HorizontalPodAutoscaler", "trino", "a", msgspec.json.encode(body))
        for version, body in zip(versions, bodies, strict=True)
    ]

    assert compare.compare_objects(*sides, KNOWN) == []


def test_the_rules_of_a_role_are_a_set_of_permissions():
    apart = [{"apiGroups": [""], "resources": [each], "verbs": ["get"]} for each in ("pods", "services")]
    together = [{"apiGroups": [""], "resources": ["services", "pods"], "verbs": ["get"]}]
    more = [{"apiGroups": [""], "resources": ["services", "pods"], "verbs": ["get", "delete"]}]

    assert told("Role", {"rules": apart}, {"rules": together}) == []
    found = differences("Role", {"rules": apart}, {"rules": more})
    assert [(each.path, each.judged, each.declared) for each in found] == [(("rules", MEMBER), UNDECLARED, ABSENT)] * 2


def test_the_rules_of_an_aggregated_role_are_managed():
    aggregated = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    filled = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    (found,) = differences("ClusterRole", aggregated | {"rules": []}, aggregated | {"rules": filled})

    assert (found.path, found.judged, found.reason) == (("rules",), MANAGED, "aggregated from labelled roles")
    assert differences("ClusterRole", aggregated | {"rules": filled}, aggregated | {"rules": None}) == []


def test_what_a_policy_lets_through_is_a_set_of_flows():
    rules = [{"from": [{"podSelector": {"matchLabels": {"a": each}}}]} for each in "bc"]
    together = [{"from": [*rules[1]["from"], *rules[0]["from"]]}]
    everything = [{}]

    assert told("NetworkPolicy", {"spec": {"ingress": rules}}, {"spec": {"ingress": together}}) == []
    found = differences("NetworkPolicy", {"spec": {"ingress": rules}}, {"spec": {"ingress": [*rules, *everything]}})
    assert [(each.path, each.judged) for each in found] == [(("spec", "ingress", MEMBER), UNDECLARED)]


def test_files_in_a_config_map_are_compared_by_their_keys():
    declared, live = "connector.name=hive\n# ours\na=1\n", "a=2\nconnector.name=hive\nb=3\n"
    found = differences("ConfigMap", {"data": {"hive.properties": declared}}, {"data": {"hive.properties": live}})

    assert {(each.path, each.judged, each.declared, each.live) for each in found} == {
        (("data", "hive.properties", "a"), CHANGED, "1", "2"),
        (("data", "hive.properties", "b"), UNDECLARED, ABSENT, "3"),
    }


def test_a_key_that_a_file_has_no_more_is_missing():
    (found,) = differences("ConfigMap", {"data": {"a.properties": "a=1\nb=2"}}, {"data": {"a.properties": "a=1"}})

    assert (found.path, found.judged, found.live) == (("data", "a.properties", "b"), MISSING, ABSENT)


def test_a_file_of_another_layout_is_told_once():
    sides = [{"data": {"a.properties": each}} for each in ("a=1\nb=2\n", "# by hand\nb = 2\na = 1\n")]
    (found,) = differences("ConfigMap", *sides)

    assert (found.path, found.judged, found.reason) == (
        ("data", "a.properties"),
        CHANGED,
        "only comments or layout differ",
    )


def test_a_text_that_is_no_file_is_compared_as_one():
    assert told("ConfigMap", {"data": {"motto": "a b"}}, {"data": {"motto": "a c"}}) == [
        ("data.motto", CHANGED, "a b", "a c")
    ]


def test_secrets_are_compared_as_hashes():
    assert told("Secret", {"data": {"a": "hmac-sha256:1"}}, {"data": {"a": "hmac-sha256:2"}, "type": "Opaque"}) == [
        ("data.a", CHANGED, "hmac-sha256:1", "hmac-sha256:2"),
        ("type", DEFAULTED, ABSENT, "Opaque"),
    ]


# ── What rules explain ───────────────────────────────────────────────────────


def test_what_a_service_is_given_is_allocated_unless_git_says_it():
    given = {"spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 80, "nodePort": 30000}]}}
    ports = [{"port": 80, "nodePort": 0}]

    assert [each[1] for each in told("Service", {"spec": {"clusterIP": "", "ports": ports}}, given)] == [ALLOCATED] * 2
    assert told("Service", {"spec": {"clusterIP": "None", "ports": given["spec"]["ports"]}}, given) == [
        ("spec.clusterIP", CHANGED, "None", "10.0.0.1")
    ]


def test_what_follows_from_another_type_of_a_service_is_no_drift_of_its_own():
    declared = {"spec": {"type": "ClusterIP", "ports": [{"port": 80}]}}
    opened = {"type": "NodePort", "externalTrafficPolicy": "Cluster", "ports": [{"port": 80, "nodePort": 30000}]}
    found = told("Service", declared, {"spec": opened})

    assert {each[:2] for each in found} == {
        ("spec.type", CHANGED),
        ("spec.externalTrafficPolicy", DEFAULTED),
        ("spec.ports[port=80,protocol=TCP].nodePort", ALLOCATED),
    }


def test_an_image_by_another_tag_leaves_the_default_of_the_first_one():
    declared = of_container(image="trino:476")
    found = told("Deployment", declared, of_container(image="trino:latest", imagePullPolicy="IfNotPresent"))

    assert found == [
        (f"{MAIN}.image", CHANGED, "trino:476", "trino:latest"),
        (f"{MAIN}.imagePullPolicy", DEFAULTED, ABSENT, "IfNotPresent"),
    ]


def test_an_empty_bundle_of_certificates_is_allocated_and_a_declared_one_is_not():
    def hooks(bundle: str) -> dict:
        return {"webhooks": [{"name": "a", "clientConfig": {"caBundle": bundle}}]}

    kind = "MutatingWebhookConfiguration"

    assert [each[1] for each in told(kind, hooks(""), hooks("LS0t"))] == [ALLOCATED]
    assert [each[1] for each in told(kind, hooks("QQ=="), hooks("LS0t"))] == [CHANGED]


def test_the_labels_of_helm_are_managed_and_others_are_not():
    labels = {"app.kubernetes.io/managed-by": "Helm", "by": "hand"}
    found = told("ConfigMap", {}, {"metadata": {"name": "a", "labels": labels}})

    assert [each[1] for each in found] == [MANAGED, UNDECLARED]
    assert [
        each[1] for each in told("ConfigMap", {}, {"metadata": {"labels": {"app.kubernetes.io/managed-by": "me"}}})
    ] == [UNDECLARED]


def test_a_restart_is_operational():
    annotations = {"kubectl.kubernetes.io/restartedAt": "2026-11-24T10:00:00Z"}
    live = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    (found,) = differences("Deployment", {}, live)

    assert (found.judged, found.reason) == (OPERATIONAL, "rollout restart")


def test_an_account_by_its_old_name_goes_with_the_new_one():
    declared = of_pods(serviceAccountName="a")

    assert told("Deployment", declared, of_pods(serviceAccountName="b", serviceAccount="b")) == [
        (f"{POD}.serviceAccountName", CHANGED, "a", "b"),
        (f"{POD}.serviceAccount", DEFAULTED, ABSENT, "b"),
    ]
    assert told("Deployment", declared, of_pods(serviceAccountName="a", serviceAccount="b")) == [
        (f"{POD}.serviceAccount", UNDECLARED, ABSENT, "b")
    ]


def test_a_finalizer_of_kubernetes_is_allocated_and_another_is_not():
    live = {"metadata": {"finalizers": ["by/hand", "kubernetes.io/pv-protection"]}}

    assert [each[1:] for each in told("PersistentVolume", {}, live)] == [
        (UNDECLARED, ABSENT, "by/hand"),
        (ALLOCATED, ABSENT, "kubernetes.io/pv-protection"),
    ]


def test_a_kind_that_nobody_knows_is_compared_as_it_is_written():
    declared, live = {"spec": {"a": [{"name": "b"}], "c": 1}}, {"spec": {"a": [{"name": "d"}], "c": 1, "e": False}}

    assert told("Thing", declared, live) == [
        ("spec.a[0].name", CHANGED, "b", "d"),
        ("spec.e", UNDECLARED, ABSENT, False),
    ]


# ── What is not written as it should be ──────────────────────────────────────


@pytest.mark.parametrize(
    "bad", [None, "a", ["a"], {"verbs": "get"}, {"verbs": 5}, {"verbs": ["get"], "resources": [5]}]
)
def test_a_rule_that_is_none_is_told_and_stops_nothing(bad):
    good = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}

    assert [each[1] for each in told("Role", {"rules": [bad]}, {"rules": [good]})] != []


@pytest.mark.parametrize(
    "bad", ["a", ["a"], {"from": 5}, {"from": ["a"]}, {"from": [{"podSelector": "a"}]}, {"ports": 5}]
)
def test_a_flow_that_is_none_is_told_and_stops_nothing(bad):
    sides = [{"spec": {"ingress": [each]}} for each in (bad, {"from": [{"podSelector": {}}]})]

    assert told("NetworkPolicy", *sides) != []


@pytest.mark.parametrize("bad", ["a", None, {"type": ""}, {"type": 5}, {"type": "Resource", "resource": "cpu"}])
def test_a_metric_that_is_none_is_told_and_stops_nothing(bad):
    good = {"type": "Resource", "resource": {"name": "cpu"}}
    sides = [{"spec": {"metrics": [each]}} for each in (bad, good)]

    assert told("HorizontalPodAutoscaler", *sides) != []


@pytest.mark.parametrize("bad", [5, ["a:1"], {"a": "1"}, True])
def test_an_image_that_is_no_text_is_told_and_stops_nothing(bad):
    sides = of_container(image=bad), of_container(image="a:1", imagePullPolicy="Always")

    assert told("Deployment", *sides)[0] == (f"{MAIN}.image", CHANGED, bad, "a:1")


@pytest.mark.parametrize("bad", [None, 5, "a", [], [5]])
def test_an_object_whose_body_is_something_else_is_told_and_stops_nothing(bad):
    found = told("Deployment", {"spec": bad}, {"spec": {"replicas": 5}})

    assert [each[1] for each in found] in ([UNDECLARED], [CHANGED])
