"""A selector selects the labels that Kubernetes would."""

import pytest

from trinokit.architecture import label_selectors

REDIS = {"app": "redis", "tier": "cache"}


def expression(operator: str, *values: str, key: str = "app") -> dict:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "redis"}}, True),
        ({"matchLabels": {"app": "redis", "tier": "web"}}, False),
        ({"matchLabels": None, "matchExpressions": None}, True),
        (expression("In", "redis", "mysql"), True),
        (expression("In", "mysql"), False),
        (expression("NotIn", "mysql"), True),
        (expression("NotIn", "redis"), False),
        (expression("NotIn", "a", key="other"), True),
        (expression("Exists"), True),
        (expression("Exists", key="other"), False),
        (expression("DoesNotExist"), False),
        (expression("DoesNotExist", key="other"), True),
        ({"matchLabels": {"tier": "cache"}, **expression("In", "mysql")}, False),
    ],
)
def test_a_selector_holds_or_does_not(selector, selected):
    assert label_selectors.selector_matches(selector, REDIS) is selected


def test_an_operator_that_kubernetes_does_not_have_is_refused():
    with pytest.raises(ValueError, match="found 'Like'"):
        label_selectors.selector_matches(expression("Like", "r"), REDIS)


def test_the_labels_that_a_selector_looks_at_are_known():
    assert label_selectors.selector_keys(None) == set()
    assert label_selectors.selector_keys({"matchLabels": {"a": "1"}, **expression("Exists", key="b")}) == {"a", "b"}


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (None, "everything"),
        ({}, "everything"),
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1, b=2"),
        (expression("NotIn", "x", "y"), "app notin (x,y)"),
        (expression("Exists"), "app"),
        (expression("DoesNotExist"), "!app"),
    ],
)
def test_a_selector_has_words(selector, text):
    assert label_selectors.format_selector(selector) == text
