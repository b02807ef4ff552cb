"""Thousands of changes to the reference stack: each that means something is told where it was made, and no other is."""

import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

import msgspec
import pytest
from tests.conftest import ROOT

from trinokit.drift.comparing import compare, schemas_of_all_kinds
from trinokit.drift.differences import ABSENT, CHANGED, MISSING, UNDECLARED
from trinokit.drift.paths import MEMBER, ObjectPath, path_pattern
from trinokit.objects import Object
from trinokit.sources.recorded import Recorded

EACH = 200
# How items of lists are told apart, by the field that has the list; what is in neither table is told by its place.
KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "containers.ports": ("containerPort", "protocol"),
    "spec.ports": ("port", "protocol"),
    "spec.limits": ("type",),
}
SETS = {
    "tolerations", "accessModes", "subjects", "policyTypes", "drop", "items", "matchExpressions", "values", "tls",
    "nodeSelectorTerms", "requiredDuringSchedulingIgnoredDuringExecution", "mountOptions", "hosts", "spec.rules",
    "preferredDuringSchedulingIgnoredDuringExecution", "policies", "imagePullSecrets",
    "loadBalancerSourceRanges",
}  # fmt: skip
# What is compared by other means, has mutations of its own below, or is not compared at all.
APART = {
    "metrics", "Role.rules", "ClusterRole.rules", "spec.ingress", "spec.egress", "ConfigMap.data", "status",
    "volumeClaimTemplates", "apiVersion", "kind", "managedFields",
}  # fmt: skip
BOOKKEEPING = {
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "annotations.deployment",
}
# What the cluster chooses, so that any value is as good.
CHOSEN = {
    "Service": ("spec.clusterIP", "spec.ipFamil", "spec.ports[].nodePort", "spec.healthCheckNodePort"),
    "PersistentVolume": ("spec.claimRef", 'metadata.annotations["pv.kubernetes.io', "metadata.finalizers"),
    "Namespace": ('metadata.labels["kubernetes.io/metadata.name', "spec.finalizers"),
    "Job": ("spec.selector", "spec.template.metadata.labels", "metadata.labels"),
    "ServiceAccount": ("secrets",),
}
# On these the defaults of their neighbours hang, so that a server would not change them alone.
LEADING = ("spec.type", "spec.template.spec.serviceAccountName", "spec.parallelism")
AMOUNTS = ("requests", "limits", "capacity", "hard", "storage", "default", "defaultRequest", "max", "min", "sizeLimit")


@dataclass(frozen=True)
class Leaf:
    """A value of a live object: the *route* to it through the body, its *path*, and what git *declares*."""

    route: tuple
    path: ObjectPath
    declared: object
    live: object


@dataclass(frozen=True)
class Mutation:
    """What both bodies are then, and the drift that has to be told of them."""

    declared: dict
    live: dict
    expected: frozenset[tuple[ObjectPath, str]]


@cache
def pairs() -> dict[str, list[tuple[bytes, bytes]]]:
    """The bodies of the objects of the reference stack on both sides, by API version and kind."""
    recorded = Recorded("recorded/reference", ROOT / "recorded" / "reference")
    live = {each.place: each for each in recorded.objects.live().items}
    found: dict[str, list[tuple[bytes, bytes]]] = {}
    for each in recorded.objects.declared().items:
        held = deepcopy(live[each.place].body)
        del held["metadata"]["managedFields"]
        if "replicas" not in each.body.get("spec", {}):
            # Only the autoscaler's object tells why there are so many.
            held.get("spec", {}).pop("replicas", None)
        sides = msgspec.json.encode(each.body), msgspec.json.encode(held)
        found.setdefault(f"{each.api_version} {each.kind}", []).append(sides)
    return found


VERSIONS = {name.rpartition(" ")[2]: name.partition(" ")[0] for name in pairs()}
KINDS = sorted(VERSIONS)
KNOWN = schemas_of_all_kinds.KindSchemas()


def bodies(kind: str, chance: random.Random) -> tuple[dict, dict]:
    declared, live = chance.choice(pairs()[f"{VERSIONS[kind]} {kind}"])
    return msgspec.json.decode(declared), msgspec.json.decode(live)


def drift(kind: str, declared: dict, live: dict) -> set[tuple[ObjectPath, str]]:
    """What is told of an object with those two bodies."""
    sides = [Object(VERSIONS[kind], kind, "", "mutated", msgspec.json.encode(body)) for body in (declared, live)]
    found = compare.compare_objects(*sides, KNOWN)
    return {(each.path, each.judged) for each in found if each.is_drift}


# ── Where something may change ───────────────────────────────────────────────


def leaves(kind: str, declared: object, live: object, route: tuple = (), path: ObjectPath = ()) -> Iterator[Leaf]:
    """The scalars of *live*, each with what is declared there."""
    if isinstance(live, dict):
        for key, value in live.items():
            if not apart(kind, path, key):
                inner = declared.get(key, ABSENT) if isinstance(declared, dict) else ABSENT
                yield from leaves(kind, inner, value, (*route, key), (*path, key))
    elif isinstance(live, list):
        if isinstance(declared, list) and len(declared) == len(live):
            for index, value in enumerate(live):
                step = named(path, value, index)
                yield from leaves(kind, declared[index], value, (*route, index), (*path, step))
    else:
        yield Leaf(route, path, declared, live)


def apart(kind: str, path: ObjectPath, key: str) -> bool:
    fields = [step for step in path if isinstance(step, str)]
    if path == ("metadata",) and (key in BOOKKEEPING or key == "managedFields"):
        return True
    names = {f"{kind}.{key}"} if not path else {key, f"{fields[-1]}.{key}"}
    if not path:
        names |= {key}
    if key in ("apiVersion", "kind", "ingress", "egress", "metrics"):
        return not path or (key in ("ingress", "egress") and kind == "NetworkPolicy") or key == "metrics"
    return bool(names & APART) or "deployment.kubernetes.io" in key


def named(path: ObjectPath, item: object, index: int) -> object:
    """The step to an *item* of the list at *path*."""
    fields = [step for step in path if isinstance(step, str)]
    keys = KEYS.get(fields[-1]) or KEYS.get(".".join(fields[-2:]))
    return tuple((key, item[key]) for key in keys) if keys and isinstance(item, dict) else index


def is_key(leaf: Leaf) -> bool:
    """Whether the *leaf* tells its item apart from the others."""
    return len(leaf.path) > 1 and isinstance(leaf.path[-2], tuple) and leaf.path[-1] in dict(leaf.path[-2])


def is_chosen(kind: str, leaf: Leaf) -> bool:
    where = path_pattern(leaf.path)
    by_helm = where.startswith('metadata.annotations["meta.helm.sh')
    return leaf.declared is ABSENT and (by_helm or where.startswith(CHOSEN.get(kind, ("-",))))


def is_amount(leaf: Leaf) -> bool:
    return any(step in AMOUNTS for step in leaf.path if isinstance(step, str)) and isinstance(leaf.live, str | int)


# ── Changes that mean something ──────────────────────────────────────────────


def put(body: object, route: tuple, value: object) -> None:
    for step in route[:-1]:
        body = body[step]
    if value is ABSENT:
        del body[route[-1]]
    else:
        body[route[-1]] = value


def other(value: object) -> object:
    """A value that means something else than *value*."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}0" if value[:1].isdigit() else f"{value}x"


def changed(kind: str, chance: random.Random) -> Mutation | None:
    """One scalar says something else."""
    declared, live = bodies(kind, chance)
    found = [
        each for each in leaves(kind, declared, live) if not is_key(each) and path_pattern(each.path) not in LEADING
    ]
    if not found:
        return None
    leaf = chance.choice(found)
    put(live, leaf.route, other(leaf.live))
    if is_chosen(kind, leaf):
        return Mutation(declared, live, frozenset())
    return Mutation(declared, live, frozenset({(leaf.path, UNDECLARED if leaf.declared is ABSENT else CHANGED)}))


def removed(kind: str, chance: random.Random) -> Mutation | None:
    """One declared scalar is gone; or the last item of a list, or any of a list whose items have names."""
    declared, live = bodies(kind, chance)
    found = [
        each for each in leaves(kind, declared, live) if not is_key(each) and path_pattern(each.path) not in LEADING
    ]
    found = [each for each in found if each.declared is not ABSENT and isinstance(each.route[-1], str)]
    if not found:
        return None
    leaf = chance.choice(found)
    put(live, leaf.route, ABSENT)
    return Mutation(declared, live, frozenset({(leaf.path, MISSING)}))


def lists(kind: str, declared: object, live: object, route: tuple = (), path: ObjectPath = ()) -> Iterator[tuple]:
    """The lists that both sides have: route, path and items."""
    if isinstance(live, dict) and isinstance(declared, dict):
        for key, value in live.items():
            if key in declared and not apart(kind, path, key):
                yield from lists(kind, declared[key], value, (*route, key), (*path, key))
    elif isinstance(live, list) and isinstance(declared, list) and len(live) == len(declared):
        yield route, path, live
        for index, value in enumerate(live):
            yield from lists(kind, declared[index], value, (*route, index), (*path, named(path, value, index)))


def is_set(path: ObjectPath) -> bool:
    fields = [step for step in path if isinstance(step, str)]
    return fields[-1] in SETS or ".".join(fields[-2:]) in SETS


def is_keyed(path: ObjectPath) -> bool:
    fields = [step for step in path if isinstance(step, str)]
    return fields[-1] in KEYS or ".".join(fields[-2:]) in KEYS


def a_list(kind: str, chance: random.Random) -> tuple | None:
    """Both bodies, and of a list with items in the live one: the route to it, its path, and the items."""
    declared, live = bodies(kind, chance)
    found = [each for each in lists(kind, declared, live) if each[2]]
    return (declared, live, *chance.choice(found)) if found else None


def dropped(kind: str, chance: random.Random) -> Mutation | None:
    """One item of a list is gone."""
    chosen = a_list(kind, chance)
    if chosen is None:
        return None
    declared, live, route, path, items = chosen
    index = chance.randrange(len(items)) if is_set(path) or is_keyed(path) else len(items) - 1
    step = MEMBER if is_set(path) else named(path, items[index], index)
    put(live, (*route, index), ABSENT)
    return Mutation(declared, live, frozenset({((*path, step), MISSING)}))


def appended(kind: str, chance: random.Random) -> Mutation | None:
    """One item is added to a list, like the others and yet another one."""
    chosen = a_list(kind, chance)
    if chosen is None:
        return None
    declared, live, route, path, items = chosen
    item = deepcopy(items[-1])
    if is_keyed(path):
        fields = [step for step in path if isinstance(step, str)]
        key = (KEYS.get(fields[-1]) or KEYS[".".join(fields[-2:])])[0]
        item[key] = "Added" if isinstance(item[key], str) else 64999
    elif isinstance(item, dict):
        first = next(iter(item))
        item = {first: "added"} if isinstance(item[first], str) else item | {"added": "by hand"}
    else:
        item = f"{item}x"
    items.append(item)
    step = MEMBER if is_set(path) else named(path, item, len(items) - 1)
    return Mutation(declared, live, frozenset({((*path, step), UNDECLARED)}))


def labelled(kind: str, chance: random.Random) -> Mutation:
    """A label or an annotation is added, of the object or of its pods."""
    declared, live = bodies(kind, chance)
    path: ObjectPath = ("metadata", chance.choice(["labels", "annotations"]))
    if "template" in live.get("spec", {}) and chance.random() < 0.5:
        path = ("spec", "template", *path)
    place = live
    for step in path:
        place = place.setdefault(step, {})
    place["example.com/by-hand"] = "yes"
    return Mutation(declared, live, frozenset({((*path, "example.com/by-hand"), UNDECLARED)}))


def special(kind: str, chance: random.Random) -> Mutation | None:
    """What only this kind has."""
    declared, live = bodies(kind, chance)
    make = SPECIAL.get(kind)
    found = make(live, chance) if make else None
    return found and Mutation(declared, live, frozenset(found))


def of_config(live: dict, chance: random.Random) -> set[tuple[ObjectPath, str]]:
    data = live.setdefault("data", {})
    properties = [key for key in data if key.endswith(".properties")]
    if properties and chance.random() < 0.6:
        key = chance.choice(properties)
        data[key] += "\nadded.by.hand=1\n"
        return {(("data", key, "added.by.hand"), UNDECLARED)}
    if data and chance.random() < 0.5:
        key = chance.choice(list(data))
        del data[key]
        return {(("data", key), MISSING)}
    data["by-hand.txt"] = "one more"
    return {(("data", "by-hand.txt"), UNDECLARED)}


def of_roles(live: dict, chance: random.Random) -> set[tuple[ObjectPath, str]]:
    if chance.random() < 0.5:
        live["rules"].append({"apiGroups": ["example.com"], "resources": ["things"], "verbs": ["get"]})
        return {(("rules", MEMBER), UNDECLARED)}
    live["rules"] = []
    return {(("rules", MEMBER), MISSING)}


def of_policies(live: dict, chance: random.Random) -> set[tuple[ObjectPath, str]]:
    way = chance.choice(["ingress", "egress"])
    peers = [{"ipBlock": {"cidr": "198.51.100.0/24"}}]
    live["spec"].setdefault(way, []).append({("from" if way == "ingress" else "to"): peers})
    return {(("spec", way, MEMBER), UNDECLARED)}


def of_workloads(live: dict, chance: random.Random) -> set[tuple[ObjectPath, str]]:
    pod = live["spec"]["template"]["spec"]
    if chance.random() < 0.5:
        pod["serviceAccountName"] = pod["serviceAccount"] = "another"
        return {(("spec", "template", "spec", "serviceAccountName"), CHANGED)}
    place = ("spec", "template", "spec", chance.choice(["tolerations", "initContainers", "nodeSelector"]))
    if place[-1] == "nodeSelector":
        pod.setdefault("nodeSelector", {})["by"] = "hand"
        return {((*place, "by"), UNDECLARED)}
    item = {"key": "by-hand"} if place[-1] == "tolerations" else {"name": "by-hand", "image": "busybox"}
    pod.setdefault(place[-1], []).append(item)
    step = MEMBER if place[-1] == "tolerations" else (("name", "by-hand"),)
    return {((*place, step), UNDECLARED)}


def of_autoscalers(live: dict, chance: random.Random) -> set[tuple[ObjectPath, str]]:
    measured: tuple = (("type", "Resource"), ("name", "cpu"))
    target = live["spec"]["metrics"][0]["resource"]["target"]
    way = chance.randrange(3)
    if way == 0:
        target["averageUtilization"] += 1
        return {(("spec", "metrics", measured, "resource", "target", "averageUtilization"), CHANGED)}
    if way == 1:
        live["spec"]["metrics"] = []
        return {(("spec", "metrics", measured), MISSING)}
    more = {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 80}}
    live["spec"]["metrics"].insert(0, {"type": "Resource", "resource": more})
    return {(("spec", "metrics", (("type", "Resource"), ("name", "memory"))), UNDECLARED)}


def of_claims(live: dict, chance: random.Random) -> set[tuple[ObjectPath, str]]:
    template = chance.choice(live["spec"]["volumeClaimTemplates"])
    path: ObjectPath = ("spec", "volumeClaimTemplates", (("metadata.name", template["metadata"]["name"]),))
    if chance.random() < 0.3:
        live["spec"]["volumeClaimTemplates"].remove(template)
        return {(path, MISSING)}
    template["spec"]["resources"]["requests"]["storage"] += "0"
    return {((*path, "spec", "resources", "requests", "storage"), CHANGED)}


SPECIAL = {
    "ConfigMap": of_config,
    "Role": of_roles,
    "ClusterRole": of_roles,
    "NetworkPolicy": of_policies,
    "Deployment": of_workloads,
    "StatefulSet": of_claims,
    "HorizontalPodAutoscaler": of_autoscalers,
}
MEANT = [changed, changed, removed, dropped, appended, labelled, special]


# ── Changes that mean nothing ────────────────────────────────────────────────


def rewritten(kind: str, chance: random.Random) -> Mutation | None:
    """A quantity is written in another way."""
    declared, live = bodies(kind, chance)
    found = [each for each in leaves(kind, declared, live) if is_amount(each)]
    found = [each for each in found if again(each.live)]
    if not found:
        return None
    leaf = chance.choice(found)
    put(live, leaf.route, chance.choice(again(leaf.live)))
    return Mutation(declared, live, frozenset())


def again(amount: str | int) -> list[str | int | float]:
    """Other ways to write *amount*."""
    text = str(amount)
    for suffix, finer, factor in (("Gi", "Mi", 1024), ("Mi", "Ki", 1024), ("Ti", "Gi", 1024), ("", "m", 1000)):
        number = text.removesuffix(suffix) if text.endswith(suffix) else ""
        if number.isdigit():
            return [f"{int(number) * factor}{finer}", f"{number}.0{suffix}", f"+{number}{suffix}"]
    if text.endswith("m") and text[:-1].isdigit():
        return [int(text[:-1]) / 1000, f"{int(text[:-1]) * 1000}u", f"{text[:-1]}e-3"]
    return []


def shuffled(kind: str, chance: random.Random) -> Mutation | None:
    """A list whose order says nothing has another one."""
    declared, live = bodies(kind, chance)
    found = [each for each in lists(kind, declared, live) if len(each[2]) > 1 and each[1][-1] != "initContainers"]
    found = [each for each in found if is_set(each[1]) or is_keyed(each[1])]
    found = [each for each in found if "$(" not in str(each[2])]
    if not found:
        return None
    chance.shuffle(chance.choice(found)[2])
    return Mutation(declared, live, frozenset())


def undefaulted(kind: str, chance: random.Random) -> Mutation | None:
    """A value that nobody declared is not there."""
    declared, live = bodies(kind, chance)
    found = [each for each in leaves(kind, declared, live) if each.declared is ABSENT]
    found = [each for each in found if isinstance(each.route[-1], str) and path_pattern(each.path) not in LEADING]
    found = [each for each in found if not is_key(each)]
    if not found:
        return None
    put(live, chance.choice(found).route, ABSENT)
    return Mutation(declared, live, frozenset())


def spelled_out(kind: str, chance: random.Random) -> Mutation | None:
    """A default is declared."""
    declared, live = bodies(kind, chance)
    found = [each for each in leaves(kind, declared, live) if each.declared is ABSENT and len(each.route) > 1]
    found = [
        each for each in found if parent(declared, each.route) is not None and path_pattern(each.path) not in LEADING
    ]
    if not found:
        return None
    leaf = chance.choice(found)
    parent(declared, leaf.route)[leaf.route[-1]] = leaf.live
    return Mutation(declared, live, frozenset())


def parent(body: object, route: tuple) -> dict | None:
    for step in route[:-1]:
        body = body.get(step) if isinstance(body, dict) else body[step]
        if body is None:
            return None
    return body if isinstance(body, dict) else None


def emptied(kind: str, chance: random.Random) -> Mutation:
    """Something that is not there is written as nothing, on either side."""
    declared, live = bodies(kind, chance)
    side = chance.choice([declared, live])
    places = [side["metadata"]]
    if "template" in live.get("spec", {}):
        places += [side["spec"]["template"]["spec"], side["spec"]["template"]["spec"]["containers"][0]]
    place = chance.choice(places)
    empty = {"annotations": {}, "labels": {}, "finalizers": [], "ownerReferences": []}
    if place is not side["metadata"]:
        empty = {"args": [], "env": [], "envFrom": [], "resources": {}, "lifecycle": None}
    if "containers" in place:
        empty = {"tolerations": [], "nodeSelector": {}, "affinity": {}, "imagePullSecrets": [], "hostAliases": None}
    key = chance.choice([each for each in empty if each not in place] or ["selfLink"])
    place[key] = chance.choice([empty.get(key), None])
    return Mutation(declared, live, frozenset())


COSMETIC = [rewritten, shuffled, undefaulted, spelled_out, emptied]


# ── The measure ──────────────────────────────────────────────────────────────


def mutations(kind: str, makers: list, seed: str) -> Iterator[Mutation]:
    """EACH mutations by the *makers* that this kind offers work to."""
    chance = random.Random(f"{kind} {seed}")
    made = 0
    for turn in range(20 * EACH):
        found = makers[turn % len(makers)](kind, chance)
        if found is not None:
            made += 1
            yield found
        if made == EACH:
            return


@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_stack_as_it_was_applied_has_no_drift(kind):
    chance = random.Random(kind)

    assert [drift(kind, *bodies(kind, chance)) for _ in range(20)] == [set()] * 20


@pytest.mark.parametrize("kind", KINDS)
def test_each_change_that_means_something_is_told_where_it_was_made_and_no_other(kind, capsys):
    found = [(each, drift(kind, each.declared, each.live)) for each in mutations(kind, MEANT, "meant")]
    hits = sum(len(each.expected & told) for each, told in found)
    expected, reported = (
        sum(map(len, sides)) for sides in zip(*((each.expected, told) for each, told in found), strict=True)
    )
    with capsys.disabled():
        print(
            f"\n{kind}: {len(found)} mutations, recall {hits / expected:.2%}, precision {hits / reported:.2%}", end=""
        )

    assert [
        (sorted(each.expected, key=str), sorted(told, key=str)) for each, told in found if each.expected != told
    ] == []
    assert len(found) == EACH


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_that_means_nothing_is_told(kind):
    found = [(each, drift(kind, each.declared, each.live)) for each in mutations(kind, COSMETIC, "cosmetic")]

    assert [told for each, told in found if told] == []
    assert len(found) == EACH
