"""Which labels does a selector select?"""

from collections.abc import Mapping


def selector_matches(selector: Mapping | None, labels: Mapping[str, str]) -> bool:
    """Whether a *selector* of matchLabels and matchExpressions holds for *labels*.

    An empty one selects everything; none at all selects nothing.

    >>> selector_matches({"matchLabels": {"role": "cache"}}, {"role": "cache", "zone": "a"}), selector_matches({}, {})
    (True, True)
    """
    if selector is None:
        return False
    match_labels = selector.get("matchLabels") or {}
    return match_labels.items() <= labels.items() and all(
        _expression_matches(each, labels) for each in selector.get("matchExpressions") or []
    )


def selector_keys(selector: Mapping | None) -> set[str]:
    """The labels that a *selector* looks at."""
    if selector is None:
        return set()
    return {*(selector.get("matchLabels") or {}), *(each["key"] for each in selector.get("matchExpressions") or [])}


def format_selector(selector: Mapping | None) -> str:
    """A *selector* in words, such as role=cache, zone in (a,b).

    >>> format_selector({"matchLabels": {"role": "cache"}, "matchExpressions": [
    ...     {"key": "zone", "operator": "In", "values": ["a", "b"]}]})
    'role=cache, zone in (a,b)'
    """
    if not selector or not selector_keys(selector):
        return "everything"
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    return ", ".join(parts + [_format_expression(each) for each in selector.get("matchExpressions") or []])


def _expression_matches(expression: Mapping, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            # A label that is not there is not in the list either.
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    raise ValueError(f"expected In, NotIn, Exists or DoesNotExist, found {expression['operator']!r}")


def _format_expression(expression: Mapping) -> str:
    key = expression["key"]
    match expression["operator"]:
        case "Exists":
            return key
        case "DoesNotExist":
            return f"!{key}"
        case operator:
            return f"{key} {operator.lower()} ({','.join(expression['values'])})"
