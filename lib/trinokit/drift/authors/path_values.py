"""What stands at a path, and are two values the same however they are written?"""

from trinokit.drift.comparing.config_texts import text_differences
from trinokit.drift.comparing.quantities import parse_quantity
from trinokit.drift.differences import ABSENT
from trinokit.drift.paths import MEMBER, ObjectPath, PathStep

_KEY_DEFAULTS = {"protocol": "TCP"}


def value_at(body: object, path: ObjectPath) -> object:
    """What *body* has at *path*, ABSENT where it has nothing there.

    The path may lead into the text of a file. Where it ends in a member of a set it gives the whole list.
    """
    found = body
    for place, step in enumerate(path):
        if isinstance(found, str):
            return _value_in_text(str(path[place - 1]), found, path[place:])
        if step == MEMBER:
            return found
        found = _child_value(found, step)
    return found


def is_equivalent(one: object, other: object) -> bool:
    """Whether two values are one, with null as absent and quantities by what they amount to."""
    one, other = (ABSENT if each is None else each for each in (one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equivalent(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equivalent, one, other))
    return _is_equivalent_scalar(one, other)


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


def _child_value(found: object, step: PathStep) -> object:
    if isinstance(step, str):
        return found.get(step, ABSENT) if isinstance(found, dict) else ABSENT
    if isinstance(step, int):
        return found[step] if isinstance(found, list) and step < len(found) else ABSENT
    return find_item(found, step)


def _has_key_values(candidate: dict, step: tuple[tuple[str, object], ...]) -> bool:
    return all(_key_value(candidate, key) == value for key, value in step)


def _key_value(candidate: dict, key: str) -> object:
    # The metrics of an autoscaler are told apart by what stands one or two levels below them.
    if key in candidate or key in _KEY_DEFAULTS:
        return candidate.get(key, _KEY_DEFAULTS.get(key))
    parts = [each for each in candidate.values() if isinstance(each, dict)]
    parts += [inner for each in parts for inner in each.values() if isinstance(inner, dict)]
    return next((each[key] for each in parts if key in each), None)


def _is_equivalent_scalar(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if one == other:
        return True
    quantities = [parse_quantity(each) if isinstance(each, str | int | float) else None for each in (one, other)]
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
