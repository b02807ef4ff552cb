"""What stands at a path, and are two values the same however they are written?"""

from trinokit.drift.comparing.config_texts import text_differences
from trinokit.drift.comparing.quantities import parse_quantity
from trinokit.drift.differences import ABSENT
from trinokit.drift.paths import MEMBER, ObjectPath, PathStep

_KEY_DEFAULTS = {"protocol": "TCP"}


def value_at(body: object, path: ObjectPath) -> object:
    """What *body* has at *path*, ABSENT where it has nothing there.

    The path may lead into the text of a file. Where it ends in a member of a set it gives the whole list.

    >>> value_at({"items": [{"name": "a", "size": 1}]}, ("items", (("name", "a"),), "size"))
    1
    """
    value = body
    for index, step in enumerate(path):
        if isinstance(value, str):
            return _value_in_text(str(path[index - 1]), value, path[index:])
        if step == MEMBER:
            return value
        value = _child_value(value, step)
    return value


def is_equivalent(first: object, second: object) -> bool:
    """Whether two values are one, with null as absent and quantities by what they amount to.

    >>> is_equivalent("1000m", "1"), is_equivalent(None, ABSENT), is_equivalent("a", "b")
    (True, True, False)
    """
    first, second = (ABSENT if each is None else each for each in (first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(is_equivalent(each, second[key]) for key, each in first.items())
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(is_equivalent, first, second))
    return _is_equivalent_scalar(first, second)


def includes_written(stored: object, written: object) -> bool:
    """Whether *stored* is what a server makes of *written*, which may lack what it fills in."""
    if isinstance(written, dict) and isinstance(stored, dict):
        return all(includes_written(stored.get(key, ABSENT), each) for key, each in written.items())
    if isinstance(written, list) and isinstance(stored, list):
        return len(written) == len(stored) and all(map(includes_written, stored, written))
    return is_equivalent(stored, written)


def find_item(candidates: object, step: tuple[tuple[str, object], ...]) -> object:
    """The one of *candidates* that the keys of *step* tell, or ABSENT."""
    if not isinstance(candidates, list):
        return ABSENT
    return next((each for each in candidates if isinstance(each, dict) and _has_key_values(each, step)), ABSENT)


def _child_value(parent: object, step: PathStep) -> object:
    if isinstance(step, str):
        return parent.get(step, ABSENT) if isinstance(parent, dict) else ABSENT
    if isinstance(step, int):
        return parent[step] if isinstance(parent, list) and step < len(parent) else ABSENT
    return find_item(parent, step)


def _has_key_values(candidate: dict, step: tuple[tuple[str, object], ...]) -> bool:
    return all(_key_value(candidate, key) == value for key, value in step)


def _key_value(candidate: dict, key: str) -> object:
    # The metrics of an autoscaler are told apart by what stands one or two levels below them.
    if key in candidate or key in _KEY_DEFAULTS:
        return candidate.get(key, _KEY_DEFAULTS.get(key))
    parts = [each for each in candidate.values() if isinstance(each, dict)]
    parts += [inner for each in parts for inner in each.values() if isinstance(inner, dict)]
    return next((each[key] for each in parts if key in each), None)


def _is_equivalent_scalar(first: object, second: object) -> bool:
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if first == second:
        return True
    quantities = [parse_quantity(each) if isinstance(each, str | int | float) else None for each in (first, second)]
    return None not in quantities and quantities[0] == quantities[1]


def _value_in_text(name: str, text: str, keys: ObjectPath) -> object:
    """The value under *keys* in the file *name*, as `config_texts.text_differences` shows it."""
    for blank in _empty_texts(text, keys):
        for begin, value, _ in text_differences(name, text, blank) or ():
            if begin == keys[: len(begin)]:
                return _value_below(value, keys[len(begin) :])
    return ABSENT


def _empty_texts(text: str, keys: ObjectPath) -> list[str]:
    """Texts of every kind of file that hold nothing, with as many documents as *text* may have."""
    documents = ["\n---\n".join(["{}"] * number) for number in range(2, text.count("---") + 2)]
    return ["", "{}", "<configuration></configuration>", *(documents if str(keys[0]).startswith("[") else [])]


def _value_below(value: object, keys: ObjectPath) -> object:
    for key in keys:
        if isinstance(value, list):
            value = _find_list_item(value, str(key).strip("[]"))
        else:
            value = value.get(key, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def _find_list_item(values: list, key: str) -> object:
    if key.isdigit():
        return values[int(key)] if int(key) < len(values) else ABSENT
    name, _, called = key.partition("=")
    return find_item(values, ((name, called),))
