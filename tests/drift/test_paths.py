"""A path is written as people and kubectl write it."""

import pytest

from trinokit.drift import paths

TRINO = (("name", "trino"),)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""),
        (("spec", "replicas"), "spec.replicas"),
        (("spec", "containers", TRINO, "image"), "spec.containers[name=trino].image"),
        (("spec", "ports", (("port", 80), ("protocol", "TCP"))), "spec.ports[port=80,protocol=TCP]"),
        (("spec", "tolerations", paths.MEMBER), "spec.tolerations[]"),
        (("args", 2), "args[2]"),
        (("data", "a.properties", "hive.uri"), 'data["a.properties"]["hive.uri"]'),
        (
            ("data", "rules.yaml", "groups", "[name=trino]", "rules", "[0]"),
            'data["rules.yaml"].groups[name=trino].rules[0]',
        ),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
    ],
)
def test_the_text_of_a_path(path, written):
    assert paths.format_path(path) == written


def test_a_pattern_stands_for_every_item():
    path = ("spec", "containers", TRINO, "args", 2)

    assert paths.path_pattern(path) == "spec.containers[].args[]"


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), "{.}"),
        (("spec", "replicas"), "{.spec.replicas}"),
        (("spec", "containers", TRINO, "image"), '{.spec.containers[?(@.name=="trino")].image}'),
        (("spec", "ports", (("port", 80), ("protocol", "TCP")), "name"), "{.spec.ports[?(@.port==80)].name}"),
        (("metadata", "labels", "app.kubernetes.io/name"), "{.metadata.labels['app\\.kubernetes\\.io/name']}"),
        (("spec", "tolerations", paths.MEMBER), "{.spec.tolerations}"),
        (("spec", "args", 2), "{.spec.args}"),
    ],
)
def test_a_jsonpath_leads_as_far_as_keys_do(path, written):
    assert paths.format_jsonpath(path) == written
