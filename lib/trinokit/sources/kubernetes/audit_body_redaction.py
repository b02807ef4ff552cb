"""What of the bodies in an audit log may be kept? Whole objects, merge patches and JSON patches, without secrets."""

from functools import reduce

import msgspec

from trinokit.objects import Object
from trinokit.sources.secrets.redaction import RedactObject

_KINDS_WITH_DATA = {("", "secrets"): "Secret", ("", "configmaps"): "ConfigMap"}
_SECRET_KIND = ("v1", "Secret")


def is_dry_run(request: object) -> bool:
    """Whether *request*, the options of a delete, says so; the address of a delete does not."""
    return isinstance(request, dict) and "All" in (request.get("dryRun") or ())


def redact_body(body: object, group: str, resource: str, redact: RedactObject) -> object:
    """The *body* of a request or of an answer about a *resource*, as *redact* makes it; None where it tells nothing.

    A patch does not say what it is for, so *resource* has to. Of a list only names are kept, and of an object
    neither its status nor its managers.
    """
    kind = _KINDS_WITH_DATA.get((group, resource), "")
    if isinstance(body, list):
        return [_redact_patch_operation(each, kind, redact) for each in body if isinstance(each, dict)]
    return _redact_object_body(body, kind or resource, group, redact) if isinstance(body, dict) else None


def _redact_object_body(body: dict, kind: str, group: str, redact: RedactObject) -> dict | None:
    body_kind = body.get("kind", "")
    if body_kind.endswith("List"):
        return {
            "kind": body_kind,
            "items": [{"metadata": {"name": _item_name(each)}} for each in body.get("items") or ()],
        }
    if body_kind in ("Status", "Table", "DeleteOptions") or (kind == "Secret" and body_kind not in ("", "Secret")):
        return None
    version = body.get("apiVersion") or f"{group}/v1".strip("/")
    redacted = _apply_redaction(_without_bookkeeping(body), version, body_kind or kind, redact)
    return _restore_nulls(redacted, body) if kind == "Secret" else redacted


def _item_name(item: object) -> str:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    return metadata.get("name", "") if isinstance(metadata, dict) else ""


def _without_bookkeeping(body: dict) -> dict:
    kept_fields = {key: each for key, each in body.items() if key != "status"}
    if isinstance(metadata := kept_fields.get("metadata"), dict):
        kept_fields["metadata"] = {key: each for key, each in metadata.items() if key != "managedFields"}
    return kept_fields


def _apply_redaction(body: dict, version: str, kind: str, redact: RedactObject) -> dict:
    return redact(Object(api_version=version, kind=kind, namespace="", name="", raw=msgspec.json.encode(body))).body


def _restore_nulls(redacted: dict, body: dict) -> dict:
    # In a patch a null removes a key, and is no secret.
    data = body.get("data")
    if not isinstance(data, dict) or not isinstance(redacted.get("data"), dict):
        return redacted
    removed = {key: None for key, each in data.items() if each is None}
    return redacted | {"data": redacted["data"] | removed}


def _redact_patch_operation(operation: dict, kind: str, redact: RedactObject) -> dict:
    """One *operation* of a JSON patch; its value is redacted at the place where it will stand."""
    redacted = {key: operation[key] for key in ("op", "path", "from") if key in operation}
    if "value" not in operation:
        return redacted
    steps, value = str(operation.get("path", "")).split("/")[1:], operation["value"]
    if isinstance(value, str) and _is_value_without_name(steps):
        return redacted | {"value": _hash_text(value, redact)}
    carrier = value
    for step in reversed(steps):
        carrier = {step: carrier}
    if not isinstance(carrier, dict):
        return redacted
    body = _apply_redaction(carrier, "v1", kind or "Object", redact)
    if kind == "Secret" and steps[:1] == ["stringData"]:
        steps = ["data", *steps[1:]]
    return redacted | {"path": "/".join(["", *steps]), "value": reduce(_child_value, steps, body)}


def _child_value(value: object, step: str) -> object:
    return value.get(step) if isinstance(value, dict) else value


def _is_value_without_name(steps: list[str]) -> bool:
    """Whether a text at *steps* is the value of a variable or an argument, and its name stands elsewhere."""
    in_list = [not step.strip("0123456789-") for step in steps[-2:]]
    return in_list == [True, False] and steps[-1] == "value" or (in_list[-1:] == [True] and len(steps) > 1)


def _hash_text(text: str, redact: RedactObject) -> str:
    return _apply_redaction({"stringData": {"text": text}}, *_SECRET_KIND, redact)["data"]["text"]
