"""What may leave a source? A secret only as a keyed hash, wherever it stands in an object."""

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import msgspec

from trinokit.errors import ParameterError
from trinokit.objects import Object
from trinokit.sources.secrets.secret_detection import HASH_PREFIX, is_secret_value, may_hold_secret, redact_text

RedactObject = Callable[[Object], Object]
_LAST_APPLIED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
_FLAG_PATTERN = re.compile(r"--?[\w.-]+")
_OPTION_PATTERN = re.compile(r"(--?[\w.-]+)=(.+)", re.DOTALL)
_MIN_KEY_BYTES = 16
# What is shorter is part of many a text by chance.
_TELLING_LENGTH = 4
_HASHED_PATTERN = re.compile(rf"{HASH_PREFIX}(?:-text)?:[0-9a-f]{{64}}")
_GO_ESCAPES = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})


def redact_object(object: Object, key: bytes) -> Object:
    """The *object* with each secret as its HMAC-SHA-256 under *key*: what was equal stays equal, and no length is told.

    The data of a Secret are secrets, and in any other object the literals that are named like one.
    """
    if len(key) < _MIN_KEY_BYTES:
        raise ParameterError(
            f"Expected a key of at least {_MIN_KEY_BYTES} bytes, found {len(key)}.",
            remedy="take secrets.token_bytes(32)",
        )
    raw, redaction = bytes(object.raw), _Redactor(key)
    kind = "" if object.group else object.kind
    if kind == "Secret":
        return replace(object, raw=msgspec.json.encode(redaction.secret(msgspec.json.decode(raw))))
    if kind == "ConfigMap" and b'"binaryData"' in raw:
        body = msgspec.json.decode(raw)
        binary = {name: redaction.of_data(each) for name, each in (body["binaryData"] or {}).items()}
        return replace(object, raw=msgspec.json.encode(redaction.within(body) | {"binaryData": binary}))
    if not may_hold_secret(raw):
        return object
    before = msgspec.json.decode(raw)
    after = redaction.within(before)
    return object if after == before else replace(object, raw=msgspec.json.encode(after))


def redact_texts(texts: Iterable[str], redact: RedactObject) -> tuple[str, ...]:
    """The *texts* with the secrets in them as *redact* makes those in the data of a ConfigMap."""
    data = {str(number): text for number, text in enumerate(texts)}
    body = msgspec.json.encode({"data": data})
    return tuple(
        redact(Object(api_version="v1", kind="ConfigMap", namespace="", name="", raw=body)).body["data"].values()
    )


class _Redactor:
    """Hashes under one *key*."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def of(self, secret: str | bytes, kind: str = HASH_PREFIX) -> str:
        """The hash of *secret*."""
        content = secret.encode() if isinstance(secret, str) else secret
        return f"{kind}:{hmac.digest(self.key, content, 'sha256').hex()}"

    def of_data(self, value: object) -> str:
        """The hash of what an entry of a Secret's data stands for, or of its text where that is no base64."""
        if isinstance(value, str) and _HASHED_PATTERN.fullmatch(value):
            return value
        content = _decode_data(value)
        return self.of(_compact_json(value), f"{HASH_PREFIX}-text") if content is None else self.of(content)

    def of_text(self, value: object) -> str:
        """The hash of an entry of a Secret's stringData."""
        return self.of(_text_bytes(value), HASH_PREFIX if isinstance(value, str) else f"{HASH_PREFIX}-text")

    def secret(self, body: dict) -> dict:
        """A Secret whose *body* tells nothing but the names of its data; stringData are folded into them."""
        after = {name: self.within(each, name) for name, each in body.items() if name not in ("data", "stringData")}
        data, texts = (body.get(field) or {} for field in ("data", "stringData"))
        if not isinstance(data, dict) or not isinstance(texts, dict):
            return after | {"data": self.of(_compact_json([data, texts]), f"{HASH_PREFIX}-text")}
        if "data" in body or texts:
            after["data"] = self._data(data, texts)
        contents = [*map(_decode_data, data.values()), *map(_text_bytes, texts.values())]
        self._hash_revealing(body.get("metadata") or {}, after.get("metadata") or {}, contents)
        return after

    def _data(self, data: dict, texts: dict) -> dict:
        hashed = {name: self.of_data(each) for name, each in data.items()}
        return hashed | {name: self.of_text(each) for name, each in texts.items()}

    def _hash_revealing(self, before: dict, after: dict, contents: list[bytes | None]) -> None:
        # A label or an annotation that tells what is in the Secret is hashed whole.
        for field in {"annotations", "labels"} & before.keys():
            texts = {
                name: text
                for name, text in (before[field] or {}).items()
                if text and not _HASHED_PATTERN.fullmatch(text)
            }
            finder = _SecretFinder(contents, max(map(len, texts.values()), default=0))
            for name, text in texts.items():
                if name == _LAST_APPLIED_ANNOTATION or finder.by(text):
                    after[field][name] = self.of(text)

    def within(self, value: object, name: str = "") -> object:
        """The *value* that is called *name*, with the secrets in it hashed."""
        if isinstance(value, str):
            return self._redact_in_text(value, name)
        if isinstance(value, dict):
            return self._redact_in_object(value)
        if isinstance(value, list):
            return [self._redact_argument(each, called) for each, called in _named_arguments(value, name)]
        is_secret_number = isinstance(value, int | float) and is_secret_value(name, str(value))
        return self.of(str(value)) if is_secret_number else value

    def _redact_argument(self, value: object, name: str) -> object:
        option = _OPTION_PATTERN.fullmatch(value) if isinstance(value, str) else None
        if option and is_secret_value(option[1], option[2]):
            return f"{option[1]}={self.of(option[2])}"
        return self.within(value, name)

    def _redact_in_object(self, value: dict) -> dict:
        if value.get("kind") == "Secret" and value.get("apiVersion") == "v1":
            return self.secret(value)
        # An environment variable, a header or a parameter: its name says what its value is.
        name = value.get("name")
        names = {"value": name} if isinstance(name, str) else {}
        return {
            key: each if key == "managedFields" else self.within(each, names.get(key, key))
            for key, each in value.items()
        }

    def _redact_in_text(self, text: str, name: str) -> str:
        if is_secret_value(name, text):
            return self.of(text)
        if text[:1] in ("{", "[") and may_hold_secret(text.encode()):
            return self._redact_in_json(text) or redact_text(text, self.of)
        return redact_text(text, self.of)

    def _redact_in_json(self, text: str) -> str | None:
        # An object that was applied is kept as JSON in an annotation. It is taken apart only if it can be put
        # together again to the byte.
        try:
            body = json.loads(text)
        except ValueError:
            return None
        for escapes in (_GO_ESCAPES, {}):
            if _compact_json(body, escapes) == text.strip():
                return text.replace(text.strip(), _compact_json(self.within(body), escapes))
        return None


class _SecretFinder:
    """Whether a text of at most *length* characters tells one of *contents*, plain or in base64."""

    def __init__(self, contents: list[bytes | None], length: int) -> None:
        self.long, self.short = set(), set()
        for content in contents:
            # A character has up to four bytes.
            if content and len(content) <= 4 * length:
                text = content.decode(errors="replace").strip()
                forms = {
                    text,
                    json.dumps(text)[1:-1],
                    _compact_json(text)[1:-1],
                    b64encode(content).decode().rstrip("="),
                }
                (self.long if len(content) >= _TELLING_LENGTH else self.short).update(forms - {""})

    def by(self, text: str) -> bool:
        """Whether *text* tells one."""
        return any(each in text for each in self.long) or text.strip().rstrip("=") in self.short


def _named_arguments(values: list, name: str) -> Iterator[tuple[object, str]]:
    # What follows a flag is its value, unless it is the next flag.
    flag = ""
    for each in values:
        is_flag = isinstance(each, str) and bool(_FLAG_PATTERN.fullmatch(each))
        yield each, name if is_flag or not flag else flag
        flag = each if is_flag else ""


def _decode_data(value: object) -> bytes | None:
    if not isinstance(value, str):
        return b"" if value is None else None
    try:
        return b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        return None


def _text_bytes(value: object) -> bytes:
    return (value if isinstance(value, str) else _compact_json(value)).encode()


def _compact_json(value: object, escapes: dict[int, str] = _GO_ESCAPES) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(escapes)
