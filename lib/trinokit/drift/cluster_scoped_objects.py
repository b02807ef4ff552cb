"""Which declared objects lie in no namespace? Those of a kind that has none on the cluster."""

from dataclasses import replace

import msgspec

from trinokit.errors import SourceError
from trinokit.objects import Object, Objects


def apply_live_scopes(declared: Objects, live: Objects) -> Objects:
    """The *declared* objects, without a namespace where *live* has their kind without one.

    Git alone does not tell where a custom resource lives, so until then each is taken to live in a namespace.
    Raises SourceError for an object that is thereby declared twice.
    """
    cluster_scoped = {(each.group, each.kind) for each in live.items if not each.namespace}
    cluster_scoped |= {
        (each.at("spec", "group"), each.at("spec", "names", "kind"))
        for each in live.of("CustomResourceDefinition")
        if each.at("spec", "scope") == "Cluster"
    }
    items = tuple(_in_scope(each, cluster_scoped) for each in declared.items)
    by_identity: dict[tuple, Object] = {}
    for before, after in zip(declared.items, items, strict=True):
        first = by_identity.setdefault(after.identity, before)
        if first is not before:
            raise SourceError(
                f"Expected each object once, found {first} and {before}, whose kind has no namespaces.",
                remedy="remove one of the two",
            )
    return replace(declared, items=items, unstable=tuple(_in_scope(each, cluster_scoped) for each in declared.unstable))


def _in_scope(each: Object, cluster_scoped: set[tuple[str, str]]) -> Object:
    if not each.namespace or (each.group, each.kind) not in cluster_scoped:
        return each
    metadata = {name: value for name, value in each.body["metadata"].items() if name != "namespace"}
    return replace(each, namespace="", raw=msgspec.json.encode(each.body | {"metadata": metadata}))
