"""A rule accepts what it names, until it expires; a rule that is of no use is told."""

from datetime import date

import pytest
from tests.drift.samples import an_object, differing

from trinokit.drift import ignore_rules
from trinokit.drift.differences import IGNORED, MANAGED, Author
from trinokit.drift.ignore_rules import IgnoreRule
from trinokit.errors import ParameterError
from trinokit.findings import OK, WARNING, Finding

DAY = date(2026, 11, 24)
WORKER = an_object("Deployment", "trino-worker")
TEXT = """\
rules:
  - object: Deployment/trino-* in trino
    path: spec.template.metadata.annotations*
    reason: the mesh writes them
    expires: 2026-12-31
  - manager: keda-operator
    reason: KEDA owns these
    expires: 2027-01-31
"""


def rule(**parts: object) -> IgnoreRule:
    return IgnoreRule(**{"reason": "agreed", "expires": DAY} | parts)


def judged(difference, *rules: IgnoreRule) -> str:
    [found] = ignore_rules.apply_ignore_rules([difference], rules, on=DAY).differences
    return found.judged


def test_rules_are_what_the_file_says():
    assert ignore_rules.parse_ignore_rules(TEXT, "ignore.yaml") == (
        IgnoreRule(
            "the mesh writes them",
            date(2026, 12, 31),
            object="Deployment/trino-* in trino",
            path="spec.template.metadata.annotations*",
        ),
        IgnoreRule("KEDA owns these", date(2027, 1, 31), manager="keda-operator"),
    )


def test_no_file_has_no_rules():
    assert ignore_rules.parse_ignore_rules("", "") == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    reason: KEDA owns these\n", "", "line 6: object missing required field `reason`"),
        ("reason: KEDA owns these", 'reason: " "', "line 6: expected a reason"),
        ("    expires: 2027-01-31\n", "", "line 6: object missing required field `expires`"),
        ("2027-01-31", "soon", "line 8: "),
        ("manager: keda-operator", "manger: x", r"line 6: object contains unknown field `manger`.\n  -> did you mean"),
        ("manager: keda-operator", 'manager: ""', "line 6: expected object, path or manager in a rule"),
    ],
)
def test_a_rule_without_a_reason_an_end_or_a_pattern_is_refused_with_its_line(old, new, message):
    with pytest.raises(ParameterError, match=message):
        ignore_rules.parse_ignore_rules(TEXT.replace(old, new), "ignore.yaml")


@pytest.mark.parametrize(
    "parts",
    [
        {"object": "Deployment/trino-worker in trino"},
        {"object": "*/trino-worker in *"},
        {"path": "spec.replicas"},
        {"path": "spec.*"},
        {"manager": "kubectl-*"},
        {"object": "Deployment/*", "path": "*replicas", "manager": "kubectl-edit"},
    ],
)
def test_a_rule_accepts_what_all_of_its_patterns_match(parts):
    difference = differing(WORKER, ("spec", "replicas"), authors=(Author("kubectl-edit"),))

    assert judged(difference, rule(**parts)) == IGNORED


@pytest.mark.parametrize(
    "parts",
    [
        {"object": "Deployment/trino-worker"},
        {"object": "Deployment/trino-worker in trino", "path": "spec.replica"},
        {"object": "StatefulSet/*", "path": "spec.replicas"},
        {"manager": "kubectl"},
        {"path": "spec.replicas", "manager": "keda-operator"},
    ],
)
def test_a_rule_accepts_nothing_else(parts):
    difference = differing(WORKER, ("spec", "replicas"), authors=(Author("kubectl-edit"),))

    assert judged(difference, rule(**parts)) == "changed"


def test_brackets_in_a_pattern_are_brackets():
    path = ("spec", "containers", (("name", "trino"),), "image")

    assert judged(differing(WORKER, path), rule(path="spec.containers[name=trino].*")) == IGNORED
    assert judged(differing(WORKER, path), rule(path="spec.containers[name].*")) == "changed"


def test_a_field_that_somebody_else_owns_too_is_not_accepted_by_one_manager():
    both = differing(WORKER, ("spec", "replicas"), authors=(Author("keda-operator"), Author("kubectl-edit")))

    assert judged(both, rule(manager="keda-operator")) == "changed"
    assert judged(differing(WORKER, ("spec", "replicas")), rule(manager="*")) == "changed"


def test_an_accepted_difference_tells_why_and_until_when():
    [found] = ignore_rules.apply_ignore_rules([differing(WORKER, ("a",))], (rule(path="a"),), on=DAY).differences

    assert found.reason == "agreed (until 2026-11-24)"


def test_what_is_no_drift_needs_no_rule():
    managed = differing(WORKER, ("a",), judged=MANAGED)

    assert ignore_rules.apply_ignore_rules([managed], (rule(path="a"),), on=DAY).matches == ((rule(path="a"), 0),)


def test_a_rule_that_has_expired_accepts_nothing_and_is_told():
    old = rule(path="a", expires=date(2026, 11, 23))
    found = ignore_rules.apply_ignore_rules([differing(WORKER, ("a",))], (old,), on=DAY)

    assert [each.judged for each in found.differences] == ["changed"]
    assert ignore_rules.ignore_rule_findings(found.matches, on=DAY) == [
        Finding(
            WARNING,
            "ignore rule path a",
            "expired on 2026-11-23 and is not applied (agreed): renew it, or mend the cause",
        )
    ]


def test_a_rule_that_matches_nothing_is_told():
    unused = rule(object="Service/*", manager="x")
    found = ignore_rules.apply_ignore_rules([differing(WORKER, ("a",))], (unused,), on=DAY)

    assert ignore_rules.ignore_rule_findings(found.matches, on=DAY) == [
        Finding(
            WARNING,
            "ignore rule object Service/*, manager x",
            "matched nothing (agreed): remove it, or correct its pattern",
        )
    ]


def test_rules_in_use_are_counted():
    found = ignore_rules.apply_ignore_rules(
        [differing(WORKER, ("a",)), differing(WORKER, ("b",))], (rule(path="a"), rule(path="*")), on=DAY
    )

    assert [count for _, count in found.matches] == [1, 2]
    assert ignore_rules.ignore_rule_findings(found.matches, on=DAY) == [
        Finding(OK, "ignore rules", "2 rules, each valid and in use, accept 3 differences")
    ]
