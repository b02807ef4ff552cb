"""The reference stack installs with the one command of its README, and everything in it comes up."""

import json
import re

from tests.conftest import ROOT
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

STACK = ("hive", "hive-storage", "minio", "monitoring", "mysql", "redis", "trino")


def found(kubectl, kinds: str) -> list[dict]:
    everything = json.loads(kubectl("get", kinds, "--all-namespaces", "-o", "json"))["items"]
    return [each for each in everything if each["metadata"]["namespace"] in STACK]


def test_the_command_is_the_one_of_the_readme(reference):
    [command, *_] = re.findall(r"^helm upgrade .*$", (ROOT / "deploy" / "reference" / "README.md").read_text(), re.M)

    assert command == "helm upgrade --install reference deploy/reference --namespace reference --create-namespace"
    assert "STATUS: deployed" in reference


def test_every_deployment_and_every_stateful_set_is_available(reference, kubectl):
    workloads = found(kubectl, "deployments,statefulsets")
    states = {
        f"{each['kind']}/{each['metadata']['name']}": (
            each["status"].get("availableReplicas", 0) == each["spec"]["replicas"] > 0
        )
        for each in workloads
    }

    assert len(states) == 9
    assert all(states.values()), states


def test_every_claim_is_bound(reference, kubectl):
    claims = found(kubectl, "persistentvolumeclaims")

    assert len(claims) == 8
    assert {each["status"]["phase"] for each in claims} == {"Bound"}


def test_installing_it_again_changes_nothing(reference, kubectl):
    def versions() -> dict[str, str]:
        kinds = "deployments,statefulsets,configmaps,secrets,services,networkpolicies,ingresses"
        return {each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in found(kubectl, kinds)}

    def install() -> None:
        chart = ["reference", str(ROOT / "deploy" / "reference"), "--namespace=reference", "--create-namespace"]
        cluster.helm(CACHE, "upgrade", "--install", *chart, "--wait", "--timeout=60s")

    # The first time takes back what others may have changed in the meantime.
    install()
    before = versions()
    install()

    assert versions() == before
