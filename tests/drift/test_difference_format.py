"""A difference is shown in short lines, and a secret never."""

from datetime import UTC, datetime

import pytest
from tests.drift.samples import an_object, differing

from trinokit.drift import difference_format
from trinokit.drift.differences import ABSENT, Author
from trinokit.drift.paths import MEMBER

CONTAINER = ("spec", "template", "spec", "containers", (("name", "trino"),))


@pytest.mark.parametrize(
    ("difference", "command"),
    [
        (
            differing(an_object("Deployment", "a", version="apps/v1"), (*CONTAINER, "image")),
            "kubectl get deployment.v1.apps a -n trino -o "
            """'jsonpath={.spec.template.spec.containers[?(@.name=="trino")].image}'""",
        ),
        (
            differing(an_object("ConfigMap", "a"), ("data", "a.properties", "x.y")),
            r"""kubectl get configmap a -n trino -o 'jsonpath={.data['"'"'a\.properties'"'"']}'""",
        ),
        (
            differing(an_object("Secret", "a"), ("data", "password")),
            "kubectl get secret a -n trino -o 'jsonpath={.metadata.managedFields}'",
        ),
        (
            differing(an_object("Node", "n", namespace=""), ("spec", "taints", MEMBER)),
            "kubectl get node n -o 'jsonpath={.spec.taints}'",
        ),
        (differing(an_object("Service", "a"), ()), "kubectl get service a -n trino -o yaml"),
        (
            differing(an_object("Service", "a"), ("spec", "x"), live=ABSENT),
            "kubectl get service a -n trino -o yaml",
        ),
    ],
)
def test_the_command_shows_the_value_and_never_a_secret(difference, command):
    assert difference_format.kubectl_get_command(difference) == command


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ABSENT, "–"),
        (None, "null"),
        (True, "true"),
        ("a\n  b", "a b"),
        ({"b": 1}, '{"b":1}'),
        ("hmac-sha256:" + "a" * 64, "(secret)"),
        ("x" * 200, "x" * 160 + "…"),
    ],
)
def test_a_value_is_shown_in_one_short_line(value, text):
    assert difference_format.format_value(value) == text


def test_a_user_is_named_before_the_manager():
    author = Author("kubectl-set", moment=datetime(2026, 11, 24, tzinfo=UTC), user="alice", match="exact")

    row = difference_format.difference_row(differing(an_object("Service", "a"), ("x",), authors=(author,)))
    assert (row.who, row.when) == ("alice (kubectl-set)", "2026-11-24 00:00:00")


def test_nobody_is_named_where_nothing_tells():
    row = difference_format.difference_row(differing(an_object("Service", "a"), ()))

    assert row == ("Service/a in trino", "(all of it)", "(there)", "(there)", "–", "–")
