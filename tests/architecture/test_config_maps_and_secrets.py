"""ConfigMaps and Secrets that are used are there, and those that are there are used."""

import pytest
from tests.architecture.objects import config_map, mounting, objects, workload

from trinokit.architecture import config_maps_and_secrets
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

WEB = workload("web", **mounting("c"))


def secret(name: str, **more: object) -> dict:
    return {**config_map(name, {"k": "eA=="}, kind="Secret"), **more}


def wanting(key: str, *, optional: bool = False, kind: str = "configMapKeyRef") -> dict:
    reference = {"name": "c", "key": key, "optional": optional}
    return workload("web", container={"env": [{"name": "A", "valueFrom": {kind: reference}}]})


def test_each_use_is_a_row_and_so_is_what_nobody_uses():
    both = [workload(name, **mounting("c")) for name in ("web", "api")]
    container = {"env": [{"name": n, "valueFrom": {"secretKeyRef": {"name": "s", "key": n}}} for n in ("b", "a")]}

    found = config_maps_and_secrets.config_usage_table(
        objects(*both, workload("db", container=container), config_map("c", {}), config_map("old", {}), secret("s"))
    )

    assert found.to_numpy().tolist() == [
        ["trino", "ConfigMap", "c", "Deployment/api", "volume", "all"],
        ["trino", "ConfigMap", "c", "Deployment/web", "volume", "all"],
        ["trino", "ConfigMap", "old", "", "", ""],
        ["trino", "Secret", "s", "Deployment/db", "env", "a, b"],
    ]


def test_a_config_map_that_is_mounted_and_not_there_is_found():
    both = [workload(name, **mounting("c")) for name in ("web", "api")]

    assert config_maps_and_secrets.missing_config_findings(objects(*both)) == [
        Finding(CRITICAL, "ConfigMap/c in trino", "is not there, and Deployment/api, Deployment/web (volume) needs it")
    ]


def test_a_key_that_is_not_there_is_found():
    assert config_maps_and_secrets.missing_config_findings(objects(wanting("b"), config_map("c", {"a": "1"}))) == [
        Finding(CRITICAL, "ConfigMap/c in trino", "has no key b, and Deployment/web (env) needs it")
    ]


def test_what_is_there_with_its_keys_is_fine():
    assert config_maps_and_secrets.missing_config_findings(objects(wanting("a"), config_map("c", {"a": "1"}))) == [
        Finding(OK, "configuration", "1 ConfigMap or Secret in use, each there with its keys")
    ]


@pytest.mark.parametrize("part", ["binaryData", "stringData"])
def test_keys_can_stand_elsewhere(part):
    other = {"kind": "Secret", "metadata": {"name": "c"}, part: {"a": "eA=="}}

    assert (
        config_maps_and_secrets.missing_config_findings(objects(wanting("a", kind="secretKeyRef"), other))[0].severity
        == OK
    )


@pytest.mark.parametrize("parts", [(), (config_map("c", {}),)])
def test_what_is_optional_need_not_be_there(parts):
    assert (
        config_maps_and_secrets.missing_config_findings(objects(wanting("b", optional=True), *parts))[0].severity == OK
    )


def test_a_secret_that_git_does_not_hold_is_a_warning_and_its_missing_key_is_not():
    web = wanting("b", kind="secretKeyRef")

    assert config_maps_and_secrets.missing_config_findings(objects(web, side="declared")) == [
        Finding(WARNING, "Secret/c in trino", "is not declared, and Deployment/web (env) needs it")
    ]
    assert (
        config_maps_and_secrets.missing_config_findings(objects(web, secret("c"), side="declared"))[0].severity
        == CRITICAL
    )
    assert config_maps_and_secrets.missing_config_findings(objects(web))[0].severity == CRITICAL


def test_a_missing_certificate_is_a_warning():
    ingress = {"kind": "Ingress", "metadata": {"name": "i"}, "spec": {"tls": [{"secretName": "tls"}]}}

    assert config_maps_and_secrets.missing_config_findings(objects(ingress)) == [
        Finding(WARNING, "Secret/tls in trino", "is not there, and Ingress/i (ingress TLS) needs it")
    ]


@pytest.mark.parametrize("what", ["ConfigMap", "ConfigMap in trino"])
def test_what_could_not_be_read_is_not_called_missing(what):
    everything = objects(WEB, unread={what: "forbidden"})

    assert config_maps_and_secrets.missing_config_findings(everything)[0].severity == OK


def test_what_nobody_uses_is_told():
    assert config_maps_and_secrets.unused_config_findings(objects(WEB, config_map("c", {}), config_map("old", {}))) == [
        Finding(
            INFO,
            "ConfigMap/old in trino",
            "is used by no workload, ServiceAccount or Ingress; delete it, or say who reads it",
        )
    ]


def test_what_is_used_is_fine():
    assert config_maps_and_secrets.unused_config_findings(objects(WEB, config_map("c", {}))) == [
        Finding(OK, "configuration", "every ConfigMap and Secret is used")
    ]


def labelled(metadata: dict) -> dict:
    return {"kind": "ConfigMap", "metadata": {"name": "x", **metadata}}


@pytest.mark.parametrize(
    "made",
    [
        config_map("kube-root-ca.crt", {}),
        secret("x", type="helm.sh/release.v1"),
        secret("x", type="kubernetes.io/service-account-token"),
        labelled({"ownerReferences": [{"kind": "Certificate", "name": "x"}]}),
        labelled({"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}),
        labelled({"labels": {"grafana_dashboard": "1"}}),
    ],
)
def test_what_others_made_for_themselves_is_not_called_unused(made):
    assert config_maps_and_secrets.unused_config_findings(objects(made))[0].severity == OK


@pytest.mark.parametrize(("namespace", "severity"), [("trino", OK), ("other", INFO)])
def test_a_custom_resource_can_use_it(namespace, severity):
    text = """
    apiVersion: cert-manager.io/v1
    kind: Certificate
    metadata: {name: c, namespace: %s}
    spec: {secretName: tls}
    """

    assert (
        config_maps_and_secrets.unused_config_findings(objects(text % namespace, secret("tls")))[0].severity == severity
    )


def test_no_value_is_ever_shown():
    everything = objects(wanting("k", kind="secretKeyRef"), secret("c"), secret("old"))

    shown = str(config_maps_and_secrets.config_usage_table(everything).to_dict()) + str(
        config_maps_and_secrets.unused_config_findings(everything)
    )
    assert "eA==" not in shown
