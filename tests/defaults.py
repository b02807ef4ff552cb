"""What does a real API server fill in, drop and tell about its kinds? Writes lib/trinokit/drift/comparing/data.

    python -m tests.defaults

It asks the servers that `make servers` starts, by creations that are dry runs.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import urllib3
import yaml

from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from trinokit.drift import paths
from trinokit.drift.comparing import schemas_of_all_kinds, value_explanation_rules
from trinokit.drift.differences import ABSENT
from trinokit.drift.paths import MEMBER

DATA = Path(schemas_of_all_kinds.__file__).parent / "data"
SEEDS = Path(__file__).parent / "drift" / "comparing" / "seeds.yaml"
# A stable API version does not change its defaults: https://kubernetes.io/docs/reference/using-api/deprecation-policy/
SINCE = "1.25"
# The key beside a value on which its default hangs: by what it says on the live side, or whether it is declared.
BY_VALUE = {
    "spec.internalTrafficPolicy": "type",
    "spec.externalTrafficPolicy": "type",
    "spec.allocateLoadBalancerNodePorts": "type",
    "subjects[].apiGroup": "kind",
}
BY_PRESENCE = {
    "spec.policyTypes": "egress",
    "spec.backoffLimit": "backoffLimitPerIndex",
    "spec.jobTemplate.spec.backoffLimit": "backoffLimitPerIndex",
    "spec.podReplacementPolicy": "podFailurePolicy",
    "spec.jobTemplate.spec.podReplacementPolicy": "podFailurePolicy",
    "spec.completions": "parallelism",
    "spec.jobTemplate.spec.completions": "parallelism",
}
# The last step of a path, and the key beside it that says the same.
TWINS = {"serviceAccount": ["serviceAccountName"], "targetPort": ["port"], "requests": ["limits"]}
TWINS |= {"default": ["max"], "defaultRequest": ["default", "min"]}
TWINS |= {"dataSource": ["dataSourceRef"], "dataSourceRef": ["dataSource"]}
# In how many places a zero may be refused before it counts as one that nobody declares.
TRIES = 4
# Where no zero can stand.
TOLD = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"), ("metadata", "uid")}
ZEROS = {"boolean": False, "integer": 0, "number": 0, "string": ""}


class Server:
    """The running API server, as the administrator sees it."""

    def __init__(self) -> None:
        config = yaml.safe_load(cluster.kubeconfig(CACHE).read_text())
        user, place = config["users"][0]["user"], config["clusters"][0]["cluster"]
        self.address = place["server"]
        self.pool = urllib3.PoolManager(
            cert_file=user["client-certificate"], key_file=user["client-key"], ca_certs=place["certificate-authority"]
        )
        self.resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def get(self, path: str) -> dict:
        """What the server answers to a GET of *path*."""
        return json.loads(self.pool.request("GET", self.address + path).data)

    def created(self, body: dict) -> dict | None:
        """The object that would be made of *body*, or None where the server refuses it; nothing is made."""
        name, namespaced = self._resource(body["apiVersion"], body["kind"])
        root = _root(body["apiVersion"]) + ("/namespaces/default" if namespaced else "")
        url = f"{self.address}{root}/{name}?dryRun=All"
        answer = self.pool.request("POST", url, body=json.dumps(body), headers={"Content-Type": "application/json"})
        self.refusal = "" if answer.status == 201 else json.loads(answer.data)["message"]
        return None if self.refusal else json.loads(answer.data)

    def _resource(self, version: str, kind: str) -> tuple[str, bool]:
        if (version, kind) not in self.resources:
            for each in self.get(_root(version))["resources"]:
                if "/" not in each["name"]:
                    self.resources[version, each["kind"]] = each["name"], each["namespaced"]
        return self.resources[version, kind]


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


# ── The schema ───────────────────────────────────────────────────────────────


class Schema:
    """The types that the *server* tells, by short names."""

    def __init__(self, server: Server) -> None:
        self.types: dict[str, dict] = {}
        self.kinds: dict[str, str] = {}
        for path in server.get("/openapi/v3")["paths"]:
            if path == "api/v1" or path.count("/") == 2:
                for name, schema in server.get(f"/openapi/v3/{path}")["components"].get("schemas", {}).items():
                    self._add(_short(name), schema)

    def _add(self, name: str, schema: dict) -> None:
        self.types[name] = schema
        fields = schema.get("properties", {})
        known = schema.get("x-kubernetes-group-version-kind", [])
        if len(known) == 1 and "apiVersion" in fields and "metadata" in fields and not name.endswith("List"):
            version = f"{known[0]['group']}/{known[0]['version']}".removeprefix("/")
            self.kinds[f"{version} {known[0]['kind']}"] = name

    def written(self) -> dict:
        """The schema as it is committed: of kinds that are kept, and without scalars."""
        types: dict[str, dict] = {}
        names = list(self.kinds.values())
        for name in names:
            if name not in types:
                types[name] = fields = self._fields(name)
                names += [each for reference in fields.values() for each in _named(reference)]
        told = {name: fields for name, fields in sorted(types.items()) if fields}
        return {"kinds": dict(sorted(self.kinds.items())), "types": told}

    def _fields(self, name: str) -> dict:
        read = {key: reference(each) for key, each in self.types[name].get("properties", {}).items()}
        return {key: each for key, each in sorted(read.items()) if each != ""}

    def scalars(self, name: str) -> dict[str, Any]:
        """The scalar fields of a type, each with its zero value."""
        fields = self.types.get(name, {}).get("properties", {})
        return {key: ZEROS[kind] for key, each in fields.items() if (kind := self._scalar(each)) in ZEROS}

    def _scalar(self, schema: dict) -> str:
        target = _target(schema)
        if target == "intstr.IntOrString":
            return "integer"
        return schema.get("type", "") if not target and schema.get("format") != "date-time" else ""


def _short(name: str) -> str:
    return ".".join(name.rsplit(".", 3)[-3:]) if "IntOrString" not in name else "intstr.IntOrString"


def _target(schema: dict) -> str:
    found = schema.get("$ref") or (schema.get("allOf") or [{}])[0].get("$ref", "")
    return _short(found.rpartition("/")[2]) if found else ""


SCALARS = {"intstr.IntOrString", "meta.v1.Time", "meta.v1.MicroTime"}
WHOLE = {"api.resource.Quantity": "Quantity", "pkg.runtime.RawExtension": "Any", "apiextensions.v1.JSON": "Any"}
WHOLE |= {"meta.v1.FieldsV1": "Any", "apiextensions.v1.JSONSchemaPropsOrBool": "apiextensions.v1.JSONSchemaProps"}
WHOLE |= {"apiextensions.v1.JSONSchemaPropsOrArray": "apiextensions.v1.JSONSchemaProps"}
WHOLE |= {"apiextensions.v1.JSONSchemaPropsOrStringArray": "Any"}


def reference(schema: dict) -> str | list:
    """What a field of that *schema* is, as `trinokit.drift.comparing.schema_tree` reads it."""
    target = _target(schema)
    if target:
        return "" if target in SCALARS else WHOLE.get(target, target)
    if schema.get("type") == "array":
        of, kind = reference(schema["items"]), schema.get("x-kubernetes-list-type")
        if kind == "map":
            return ["keyed", of, *schema["x-kubernetes-list-map-keys"]]
        return ["set" if kind == "set" else "ordered", of]
    if isinstance(schema.get("additionalProperties"), dict):
        return ["map", reference(schema["additionalProperties"])]
    return ""


def _named(reference: str | list) -> list[str]:
    name = reference[1] if isinstance(reference, list) else reference
    return _named(name) if isinstance(name, list) else [name] if name not in ("", "Any", "Quantity") else []


# ── The seeds, and what the server fills in ──────────────────────────────────


def seeds() -> list[dict]:
    """The objects to make, each with a pod template where it says so."""
    told = yaml.safe_load(SEEDS.read_text())
    return [_seed(index, each, told["pods"]) for index, each in enumerate(told["objects"])]


def _seed(index: int, body: dict, pods: dict) -> dict:
    body = deepcopy(body)
    body.setdefault("metadata", {"name": f"seed-{index}"})
    if "pod" in body:
        pod = deepcopy(pods[body.pop("pod")])
        spec = body.setdefault("spec", {})
        if body["kind"] == "Pod":
            spec |= pod
            return body
        if body["kind"] == "CronJob":
            spec = spec.setdefault("jobTemplate", {}).setdefault("spec", {})
        labels = {} if "Job" in body["kind"] else {"metadata": {"labels": {"a": "b"}}}
        if labels:
            spec["selector"] = {"matchLabels": {"a": "b"}}
        if not labels:
            pod["restartPolicy"] = "Never"
        if body["kind"] == "StatefulSet":
            spec.setdefault("serviceName", "a")
        spec["template"] = labels | {"spec": pod}
    return body


def filled(
    declared: Any, live: Any, path: paths.ObjectPath, around: tuple
) -> Iterator[tuple[paths.ObjectPath, Any, tuple]]:
    """Where *live* has what *declared* has not: path, value, and the maps around it."""
    if isinstance(live, dict) and isinstance(declared, dict | None):
        if declared is None and (not live or path[-1] in TWINS):
            yield path, live, around
            return
        for key, each in live.items():
            yield from filled((declared or {}).get(key), each, (*path, key), (declared or {}, live))
    elif declared is None:
        yield path, live, around
    elif isinstance(live, list):
        # Admission appends to the lists of a pod; there are rules for that.
        for before, after in zip(declared, live, strict=False):
            yield from filled(before, after, (*path, MEMBER), ({}, {}))


def row(path: paths.ObjectPath, value: Any, around: tuple[dict, dict]) -> dict:
    """The rule that a *value* filled in at *path* tells."""
    declared, live = around
    pattern, last = paths.path_pattern(path), path[-1]
    told: dict[str, Any] = {"path": pattern}
    twins = [each for each in TWINS.get(last, ()) if live.get(each) == value]
    if twins:
        return told | {"same_as": twins[0]}
    told["value"] = value
    if last == "imagePullPolicy":
        told["tag"] = "latest" if value == "Always" else "other"
    if pattern in BY_VALUE:
        told["when"] = {BY_VALUE[pattern]: [live[BY_VALUE[pattern]]]}
    if pattern in BY_PRESENCE:
        key = BY_PRESENCE[pattern]
        told |= {"present": [key]} if key in declared else {"absent": [key]}
    return told


def measured(server: Server, schema: Schema) -> dict:
    """The rules that the seeds tell, and the zero values that the server drops."""
    made = [(each, server.created(each)) for each in seeds()]
    refused = [each for each, live in made if live is None]
    assert not refused, refused
    told: dict[str, dict] = {}
    for declared, live in made:
        kind = f"{declared['apiVersion']} {declared['kind']}"
        by_hand = value_explanation_rules.rule_tree(rule for rule in meant() if kind in rule.kinds or "*" in rule.kinds)
        for path, value, around in filled(declared, live, (), ({}, {})):
            if not _explained(by_hand, path) and _says(value, path[-1]):
                found = row(path, value, around)
                alike = json.dumps({key: each for key, each in found.items() if key != "when"}, sort_keys=True)
                kept = told.setdefault(alike, found | {"kinds": []})
                kept["kinds"] = sorted({*kept["kinds"], kind})
                for key, values in found.get("when", {}).items():
                    kept["when"][key] = sorted({*kept["when"][key], *values})
    version = server.get("/version")
    return {
        "since": SINCE,
        "until": f"{version['major']}.{version['minor'].rstrip('+')}",
        "rules": sorted(_consistent(told.values()), key=lambda each: (each["path"], each["kinds"], str(each))),
        "drops": drops(server, schema, made),
    }


def meant() -> list[value_explanation_rules.ExplanationRule]:
    """The rules that are written by hand."""
    return [
        msgspec.convert(each, value_explanation_rules.ExplanationRule)
        for each in json.loads((DATA / "meant.json").read_text())["rules"]
    ]


def _explained(tree: value_explanation_rules.RuleTree, path: paths.ObjectPath) -> bool:
    for step in path:
        tree = value_explanation_rules.child_rules(
            tree, step if isinstance(step, str) else value_explanation_rules.ITEM_STEP
        )
        if any(
            rule.value is ABSENT and not rule.is_conditional for rule in tree.get(value_explanation_rules.RULES_KEY, ())
        ):
            return True
    return (
        value_explanation_rules.RULES_KEY in tree
        or value_explanation_rules.RULES_KEY
        in value_explanation_rules.child_rules(tree, value_explanation_rules.ITEM_STEP)
    )


def _says(value: Any, last: paths.PathStep) -> bool:
    """Whether a *value* that was filled in is more than an empty map, or its emptiness says something."""
    return value is not None and (value != {} or last == "emptyDir" or str(last).endswith("Selector"))


def _consistent(rows: Iterable[dict]) -> list[dict]:
    """The *rows*, of which no two say different values without a condition."""
    seen: dict[tuple, dict] = {}
    for each in rows:
        for kind in each["kinds"]:
            condition = [each.get(key) for key in ("tag", "when", "present", "absent", "same_as")]
            other = seen.setdefault((kind, each["path"], str(condition)), each)
            assert other is each, f"expected one default, found {other} and {each}"
    return list(rows)


# ── The zero values that the server drops ────────────────────────────────────


class _Trial:
    """Puts zero values into the seeds and looks which of them come back."""

    def __init__(self, server: Server, schema: Schema) -> None:
        self.server, self.schema = server, schema
        self.dropped: dict[str, set[str]] = {}
        self.kept: dict[str, set[str]] = {}
        self.refused: Counter[tuple[str, str]] = Counter()

    def open(self, type: str, body: Any, path: tuple) -> Iterator[tuple[str, tuple, Any]]:
        """The scalar fields of a *body* that have not been answered: type, path and zero value."""
        fields = self.schema.types.get(type, {}).get("properties", {})
        for key, zero in self.schema.scalars(type).items():
            known = key in self.dropped.get(type, ()) or key in self.kept.get(type, ())
            if not known and self.refused[type, key] < TRIES:
                yield type, (*path, key), zero
        for key, each in body.items():
            yield from self._inside(reference(fields.get(key, {})), each, (*path, key))

    def _inside(self, told: str | list, body: Any, path: tuple) -> Iterator[tuple[str, tuple, Any]]:
        if isinstance(told, str) and isinstance(body, dict):
            yield from self.open(told, body, path)
        elif isinstance(told, list) and isinstance(body, list):
            for index, each in enumerate(body):
                yield from self._inside(told[1], each, (*path, index))

    def ask(self, seed: dict, zeros: list[tuple[str, tuple, Any]]) -> None:
        """Make the *seed* with all of the *zeros*; where the server refuses, those it names one by one, or halves."""
        body = deepcopy(seed)
        for _, path, zero in zeros:
            _put(body, path, zero)
        live = self.server.created(body)
        if live is not None:
            for type, path, zero in zeros:
                came = _got(live, path)
                same = came is not None and came == zero
                (self.kept if same else self.dropped).setdefault(type, set()).add(path[-1])
        elif len(zeros) == 1:
            self.refused[zeros[0][0], zeros[0][1][-1]] += 1
        else:
            named = [each for each in zeros if _written(each[1]) in self.server.refusal]
            rest = [each for each in zeros if each not in named]
            middle = len(rest) // 2
            parts = [[each] for each in named] + ([rest] if named else [rest[:middle], rest[middle:]])
            for part in filter(None, parts):
                self.ask(seed, part)


def _written(path: tuple) -> str:
    """The *path* as the server writes it when it refuses."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _put(body: Any, path: tuple, value: Any) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = value


def _got(body: Any, path: tuple) -> Any:
    for step in path:
        body = body.get(step) if isinstance(body, dict) else body[step]
        if body is None:
            return None
    return body


def drops(server: Server, schema: Schema, made: list[tuple[dict, dict]]) -> dict[str, list[str]]:
    """The fields by type whose zero value is nothing to the server: it stores nothing, or its default."""
    trial = _Trial(server, schema)
    for seed, _ in made:
        root = schema.kinds[f"{seed['apiVersion']} {seed['kind']}"]
        once = {(type, path[-1]): (type, path, zero) for type, path, zero in trial.open(root, seed, ())}
        zeros = [each for each in once.values() if each[1] not in TOLD]
        if zeros:
            trial.ask(seed, zeros)
    # A field that was kept in one place and dropped in another is kept: then its zero says something.
    told = {type: sorted(keys - trial.kept.get(type, set())) for type, keys in sorted(trial.dropped.items())}
    return {type: keys for type, keys in told.items() if keys}


def written() -> dict[str, str]:
    """The files of data by their names, as the running server tells them."""
    server = Server()
    schema = Schema(server)
    found = measured(server, schema)
    lines = ",\n".join(json.dumps(each) for each in found["rules"])
    drops = ",\n".join(f"{json.dumps(type)}: {json.dumps(keys)}" for type, keys in found["drops"].items())
    versions = f'"since": "{found["since"]}", "until": "{found["until"]}"'
    told = f'{{{versions},\n"rules": [\n{lines}\n],\n"drops": {{\n{drops}\n}}}}\n'
    parts = schema.written()
    types = ",\n".join(f"{json.dumps(type)}: {json.dumps(fields)}" for type, fields in parts["types"].items())
    kinds = ",\n".join(f"{json.dumps(kind)}: {json.dumps(type)}" for kind, type in parts["kinds"].items())
    return {"measured.json": told, "schema.json": f'{{"kinds": {{\n{kinds}\n}},\n"types": {{\n{types}\n}}}}\n'}


if __name__ == "__main__":
    for name, text in written().items():
        (DATA / name).write_text(text)
