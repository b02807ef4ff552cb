"""Each drift is told in one of six categories, and weighs what it may do."""

import pytest
from tests.drift.samples import an_object, differing

from trinokit.drift import classification
from trinokit.drift.differences import ABSENT
from trinokit.drift.paths import MEMBER
from trinokit.errors import ParameterError
from trinokit.findings import CRITICAL, INFO, WARNING

TEMPLATE = ("spec", "template", "spec")
TRINO = (*TEMPLATE, "containers", (("name", "trino"),))


def of(kind: str, *path: object, name: str = "a", **more: object) -> object:
    return differing(an_object(kind, name), path, **more)


@pytest.mark.parametrize(
    ("difference", "category"),
    [
        (of("Deployment", *TRINO, "image"), "configuration"),
        (of("Deployment", *TRINO, "env", (("name", "A"),)), "configuration"),
        (of("ConfigMap", "data", "config.properties", "query.max-memory"), "configuration"),
        (of("Service", "spec", "selector", "app"), "configuration"),
        (of("PersistentVolumeClaim", "spec", "storageClassName"), "infrastructure"),
        (of("Ingress", "spec", "rules", 0, "host"), "infrastructure"),
        (of("Service", "spec", "loadBalancerSourceRanges", 0), "infrastructure"),
        (of("Service", "spec", "type"), "infrastructure"),
        (
            of("StatefulSet", "spec", "volumeClaimTemplates", 0, "spec", "resources", "requests", "storage"),
            "infrastructure",
        ),
        (of("Deployment", "spec", "replicas"), "scaling"),
        (of("Deployment", *TEMPLATE, "tolerations", MEMBER), "scaling"),
        (of("Deployment", *TEMPLATE, "nodeSelector", "disk"), "scaling"),
        (of("Deployment", *TEMPLATE, "affinity", "nodeAffinity"), "scaling"),
        (of("Deployment", *TRINO, "resources", "limits", "memory"), "scaling"),
        (of("HorizontalPodAutoscaler", "spec", "maxReplicas"), "scaling"),
        (of("NetworkPolicy", "spec", "ingress", MEMBER), "dependencies"),
        (
            of("ConfigMap", "data", "hive.properties", "hive.metastore.uri", live="thrift://elsewhere:9083"),
            "dependencies",
        ),
        (
            of(
                "ConfigMap",
                "data",
                "mysql.properties",
                "connection-url",
                declared="jdbc:mysql://mysql:3306",
                live=ABSENT,
            ),
            "dependencies",
        ),
        (
            of("Deployment", *TRINO, "env", (("name", "URL"),), "value", live="minio.minio.svc.cluster.local:9000"),
            "dependencies",
        ),
        (of("Secret", "data", "password"), "security"),
        (of("Role", "rules", MEMBER), "security"),
        (of("Deployment", *TRINO, "securityContext", "privileged"), "security"),
        (of("Deployment", *TEMPLATE, "serviceAccountName"), "security"),
        (of("PrometheusRule", "spec", "groups"), "monitoring"),
        (of("ConfigMap", "data", "prometheus.yml", "global.scrape_interval"), "monitoring"),
        (of("ConfigMap", "data", "platform.yaml", name="prometheus-rules"), "monitoring"),
    ],
)
def test_the_category_of_a_drift(difference, category):
    assert classification.difference_category(difference) == category


@pytest.mark.parametrize(
    ("difference", "severity"),
    [
        (of("Deployment", judged="missing", live=ABSENT), CRITICAL),
        (of("Deployment", judged="undeclared", declared=ABSENT), WARNING),
        (of("Deployment", *TRINO, "image"), CRITICAL),
        (of("Deployment", *TRINO, "env", (("name", "A"),), judged="undeclared", declared=ABSENT), WARNING),
        (of("Deployment", "metadata", "labels", "team", judged="undeclared", declared=ABSENT), WARNING),
        (of("ConfigMap", "data", "hive.properties", "uri", live="thrift://elsewhere:9083"), CRITICAL),
        (of("ConfigMap", "data", "config.properties", "query.max-memory", live="1GB"), WARNING),
        (
            of("ConfigMap", "data", "x.properties", "uri", judged="undeclared", declared=ABSENT, live="http://x:80"),
            WARNING,
        ),
        (of("Secret", "data", "password"), CRITICAL),
        (of("Secret", "metadata", "labels", "a"), WARNING),
        (of("Service", "spec", "selector", "app"), CRITICAL),
        (of("NetworkPolicy", "spec", "ingress", MEMBER, judged="undeclared", declared=ABSENT), CRITICAL),
        (of("NetworkPolicy", "spec", "ingress", MEMBER, judged="missing", live=ABSENT), WARNING),
        (of("NetworkPolicy", "spec", "policyTypes", MEMBER, judged="missing", live=ABSENT), CRITICAL),
        (of("NetworkPolicy", "spec", "podSelector", "matchLabels", "a"), CRITICAL),
        (of("Role", "rules", MEMBER, judged="undeclared", declared=ABSENT, live="get secrets"), CRITICAL),
        (of("Role", "rules", MEMBER, judged="undeclared", declared=ABSENT, live="get configmaps"), WARNING),
        (of("Role", "rules", MEMBER, judged="missing", declared="get secrets", live=ABSENT), WARNING),
        (of("RoleBinding", "subjects", MEMBER, judged="undeclared", declared=ABSENT, live={}), CRITICAL),
        (of("Deployment", *TRINO, "securityContext", "privileged", declared=False, live=True), CRITICAL),
        (of("Deployment", *TRINO, "securityContext", "readOnlyRootFilesystem", declared=True, live=False), CRITICAL),
        (
            of("Deployment", *TRINO, "securityContext", "runAsUser", judged="undeclared", declared=ABSENT, live=0),
            CRITICAL,
        ),
        (
            of("Deployment", *TRINO, "securityContext", "runAsUser", judged="undeclared", declared=ABSENT, live=1000),
            WARNING,
        ),
        (of("Deployment", "spec", "replicas", judged="managed"), INFO),
    ],
)
def test_what_a_drift_weighs(difference, severity):
    assert classification.difference_severity(difference) == severity


@pytest.mark.parametrize(
    ("declared", "live", "grown"), [("10Gi", "20Gi", True), ("20Gi", "10Gi", False), ("1Gi", "1024Mi", False)]
)
def test_a_claim_that_has_grown_is_only_told(declared, live, grown):
    claim = of("PersistentVolumeClaim", "spec", "resources", "requests", "storage", declared=declared, live=live)

    assert classification.is_claim_growth(claim) == grown
    assert classification.difference_severity(claim) == (INFO if grown else WARNING)


def test_categories_are_looked_at_in_one_order_and_all_of_them_where_none_is_named():
    assert classification.chosen_categories(["security", "scaling"]) == ("scaling", "security")
    assert classification.chosen_categories([]) == (
        *("configuration", "infrastructure", "scaling", "dependencies", "security", "monitoring"),
    )


def test_an_unknown_category_is_refused():
    with pytest.raises(ParameterError, match=r"found 'securty'.\n  -> did you mean security\?"):
        classification.chosen_categories(["securty"])
