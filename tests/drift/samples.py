"""Objects and differences for the tests of drift."""

import msgspec

from trinokit.drift.differences import CHANGED, Difference
from trinokit.drift.paths import ObjectPath
from trinokit.objects import Object


def an_object(kind: str, name: str, *, version: str = "v1", namespace: str = "trino", **body: object) -> Object:
    """The object *name* in trino with *body*."""
    whole = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}}
    whole["metadata"] |= body.pop("metadata", {})
    return Object(version, kind, namespace, name, msgspec.json.encode(whole | body))


def differing(object: Object, path: ObjectPath, declared: object = 1, live: object = 2, **more: object) -> Difference:
    """A difference at *path*, judged changed unless *more* says otherwise."""
    return Difference(object, path, declared, live, **{"judged": CHANGED} | more)
