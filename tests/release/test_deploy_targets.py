"""Where a release is deployed is one word, and what cannot be deployed there is refused."""

from dataclasses import replace

import pytest

from trinokit.errors import ParameterError
from trinokit.release.deploy_targets import DeployTarget, parse_target
from trinokit.release.release_request import DeploymentSpec

KUBECTL = ("kubectl", "--context=test")
CHART = DeploymentSpec(chart="charts/trino", values=("values/production.yaml",), rollout_seconds=300)


def test_a_helm_release_is_a_target_with_its_chart_and_values():
    found = parse_target("production", replace(CHART, cluster="main", target="helm:trino/trino-main"), KUBECTL)

    about = {"release": "trino-main", "chart": "charts/trino", "values": ("values/production.yaml",)}
    assert found == DeployTarget("production", "main", "trino", KUBECTL, 300, **about)


def test_a_container_of_a_deployment_is_a_target_with_its_image():
    image = "registry.example.com:5000/gateway:{release}-{commit}"
    spec = DeploymentSpec(cluster="test", target="deployment:trino/gateway#web", image=image)
    found = parse_target("staging", spec, KUBECTL)

    about = {"workload": "gateway", "container": "web", "image": image}
    assert found == DeployTarget("staging", "test", "trino", KUBECTL, 600, **about)


def test_without_a_place_there_is_no_target():
    assert parse_target("staging", DeploymentSpec(cluster="test"), KUBECTL) is None


@pytest.mark.parametrize(
    "place",
    [
        *("trino", "helm:trino", "helm:/trino", "helm:trino/", "helm:trino/a/b", "helm:trino/-a", "helm:Trino/trino"),
        *("deployment:trino/gateway", "deployment:trino/gateway#", "statefulset:trino/a#b", "helm:a/b#c", " helm:a/b"),
        "helm:trino/trino\n",
    ],
)
def test_a_place_that_is_none_is_refused_with_an_example(place):
    with pytest.raises(
        ParameterError, match=r"as staging target, found .*\n.*such as helm:trino/trino, or deployment:"
    ):
        parse_target("staging", replace(CHART, target=place), KUBECTL)


@pytest.mark.parametrize(
    ("place", "spec", "said"),
    [
        ("helm:trino/trino", DeploymentSpec(), "Expected a chart for staging, found none"),
        (
            "helm:trino/trino",
            DeploymentSpec(chart="/charts/trino"),
            "a path in the repository for staging, found /charts/trino",
        ),
        (
            "helm:trino/trino",
            DeploymentSpec(chart="a", values=("values/../../b",)),
            r"a path in the repository .* found values/\.\./\.\./b",
        ),
        (
            "helm:trino/trino",
            DeploymentSpec(chart="a", rollout_seconds=0),
            "at least 1 s for a rollout to staging, found 0 s",
        ),
        (
            "helm:trino/trino",
            DeploymentSpec(chart="a", image="trino:{commit}"),
            "as KEY=IMAGE with {commit} or {release} in it, found ''",
        ),
        (
            "helm:trino/trino",
            DeploymentSpec(chart="a", image="image.tag=476"),
            "with {commit} or {release} in it, found '476'",
        ),
        ("helm:trino/trino", DeploymentSpec(chart="a", image="image.tag={commit},b=c"), "found '{commit},b=c'"),
        ("helm:trino/trino", DeploymentSpec(chart="a", image="a=b,image.tag={commit}"), "found 'b,image.tag={commit}'"),
        (
            "helm:trino/trino",
            DeploymentSpec(chart="a", image="a,b={commit}"),
            "as KEY=IMAGE with {commit} or {release} in it, found ''",
        ),
        (
            "deployment:trino/a#b",
            DeploymentSpec(chart="charts/trino"),
            "Expected an image for staging with {commit} or",
        ),
        ("deployment:trino/a#b", DeploymentSpec(image="a:{version}-{commit}"), "found 'a:{version}-{commit}'"),
        ("deployment:trino/a#b", DeploymentSpec(image="a:{commit} b"), "found 'a:{commit} b'"),
        ("deployment:trino/a#b", DeploymentSpec(image="a:{commit!r}"), "found 'a:{commit!r}'"),
    ],
)
def test_what_cannot_be_deployed_to_a_place_is_refused(place, spec, said):
    with pytest.raises(ParameterError, match=said):
        parse_target("staging", replace(spec, target=place), KUBECTL)


def test_a_value_of_a_chart_may_be_the_image():
    image = "trino.image[0].tag={release}"
    spec = DeploymentSpec(target="helm:trino/trino", chart="charts/trino", image=image)

    assert parse_target("staging", spec, KUBECTL).image == image
