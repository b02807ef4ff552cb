"""Policies and budgets select something, and nobody is cut off from the names."""

from tests.architecture.objects import objects, workload

from trinokit.architecture import policy_and_budget_coverage
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

WEB = workload("web")


def policy(**spec: object) -> dict:
    return {"kind": "NetworkPolicy", "metadata": {"name": "p"}, "spec": {"podSelector": {}, **spec}}


def budget(app: str) -> dict:
    spec = {"selector": {"matchLabels": {"app": app}}, "maxUnavailable": 1}
    return {"kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}


def judged(*parts: dict) -> list[Finding]:
    return policy_and_budget_coverage.unmatched_policy_findings(
        policy_and_budget_coverage.policy_coverage_table(objects(*parts))
    )


def test_each_has_its_rule_and_what_it_selects():
    found = policy_and_budget_coverage.policy_coverage_table(
        objects(WEB, workload("web", namespace="other"), policy(egress=[{}]), budget("web"))
    )

    assert found.to_numpy().tolist() == [
        ["trino", "NetworkPolicy/p", "everything", "ingress 0 rules, egress 1 rule", "Deployment/web"],
        ["trino", "PodDisruptionBudget/b", "app=web", "maxUnavailable 1", "Deployment/web"],
    ]


def test_a_selector_that_selects_nothing_is_found():
    assert judged(WEB, budget("wbe"), policy(podSelector={"matchLabels": {"app": "gone"}})) == [
        Finding(WARNING, f"{each} in trino", f"selects nothing: no workload's pods there have the labels app={app}")
        for each, app in (("NetworkPolicy/p", "gone"), ("PodDisruptionBudget/b", "wbe"))
    ]


def test_selectors_that_select_something_are_fine():
    assert judged(WEB, budget("web"), policy()) == [
        Finding(OK, "policies", "2 policies and budgets, each selects a workload")
    ]


def test_no_protection_at_all_is_told():
    assert judged(WEB) == [Finding(INFO, "policies", "there is no NetworkPolicy and no PodDisruptionBudget")]


def test_a_workload_that_may_ask_no_name_server_is_found():
    cut = policy(policyTypes=["Egress"], egress=[{"ports": [{"port": 443}]}])

    assert policy_and_budget_coverage.blocked_dns_findings(objects(WEB, cut)) == [
        Finding(CRITICAL, "Deployment/web in trino", "can look up no name: NetworkPolicy/p allows no port 53")
    ]


def test_a_workload_that_may_ask_is_fine():
    lets = policy(policyTypes=["Egress"], egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])
    fine = [Finding(OK, "policies", "every workload may look up names")]

    assert policy_and_budget_coverage.blocked_dns_findings(objects(WEB, lets)) == fine
    assert policy_and_budget_coverage.blocked_dns_findings(objects(WEB, policy())) == fine
