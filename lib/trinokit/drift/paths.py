"""Where in an object does a value stand? Steps from its root, written as people and kubectl write them."""

import re
from collections.abc import Iterator

import msgspec

# A key of a map, the index in an ordered list, the keys of an item in a keyed list with their values, or the
# empty tuple for a member of a list that is a set.
PathStep = str | int | tuple[tuple[str, object], ...]
ObjectPath = tuple[PathStep, ...]
MEMBER: PathStep = ()
# What autoscalers write, through a subresource of its own.
REPLICAS_PATH: ObjectPath = ("spec", "replicas")

_PLAIN_KEY = re.compile(r"[A-Za-z_]\w*")
# How an item of a list within the text of a file is told from the others.
_TEXT_ITEM = re.compile(r"\[[^\[\]]+\]")


def format_path(path: ObjectPath) -> str:
    """The *path* as in ``spec.containers[name=trino].image``, ``data["a.properties"]`` or ``spec.tolerations[]``.

    >>> format_path(("spec", "containers", (("name", "trino"),), "image"))
    'spec.containers[name=trino].image'
    """
    return "".join(_path_parts(path)).removeprefix(".")


def path_pattern(path: ObjectPath) -> str:
    """The *path* with ``[]`` in place of every item, as rules for all items of a list are written.

    >>> path_pattern(("spec", "containers", (("name", "trino"),), "image"))
    'spec.containers[].image'
    """
    return format_path(tuple(step if isinstance(step, str) else MEMBER for step in path))


def format_jsonpath(path: ObjectPath) -> str:
    """The *path* for ``kubectl -o jsonpath``, as far down as keys lead: a list without keys is shown whole.

    >>> format_jsonpath(("data", "a.properties"))
    "{.data['a\\\\.properties']}"
    """
    jsonpath = "".join(_jsonpath_parts(path))
    return f"{{{jsonpath or '.'}}}"


def _path_parts(path: ObjectPath) -> Iterator[str]:
    for step in path:
        if isinstance(step, str):
            yield f".{step}" if _PLAIN_KEY.fullmatch(step) else step if _TEXT_ITEM.fullmatch(step) else f'["{step}"]'
        elif isinstance(step, int):
            yield f"[{step}]"
        else:
            yield f"[{','.join(f'{key}={_format_key_value(value)}' for key, value in step)}]"


def _format_key_value(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _jsonpath_parts(path: ObjectPath) -> Iterator[str]:
    for step in path:
        if step == MEMBER or isinstance(step, int):
            return
        if isinstance(step, str):
            dots = step.replace(".", "\\.")
            yield f".{step}" if _PLAIN_KEY.fullmatch(step) else f"['{dots}']"
        else:
            # kubectl's filters know one comparison, so the first key has to tell the item.
            key, value = step[0]
            yield f"[?(@.{key}=={msgspec.json.encode(value).decode()})]"
