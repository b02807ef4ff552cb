"""Where is a release deployed, and what of the repository is?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from trinokit.errors import ParameterError
from trinokit.release.release_request import DeploymentSpec

_NAME_PATTERN = r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?"
_TARGET_PATTERN = re.compile(
    rf"helm:(?P<helm_namespace>{_NAME_PATTERN})/(?P<release>{_NAME_PATTERN})|"
    rf"deployment:(?P<namespace>{_NAME_PATTERN})/(?P<workload>{_NAME_PATTERN})#(?P<container>{_NAME_PATTERN})"
)
# What helm reads as more than text, such as a comma, is in no name of an image.
_IMAGE_PATTERN = re.compile(
    r"(?:[\w.:/@-]|\{commit\}|\{release\})*\{(?:commit|release)\}(?:[\w.:/@-]|\{commit\}|\{release\})*"
)
_VALUES_KEY_PATTERN = re.compile(r"[\w-]+(?:\.[\w-]+|\[\d+\])*")


@dataclass(frozen=True)
class DeployTarget:
    """Where a commit is deployed: a Helm *release*, or a Deployment *workload*, in *namespace* of a *cluster*.

    *name* is staging or production. A release is upgraded to the *chart* and *values*, paths in the repository, as they
    are in the commit. Of a Deployment the *container* gets the *image*, in which {commit} and {release} stand for those
    of the plan; of a release it is KEY=IMAGE in the values. Commands begin with the words *kubectl*, and a rollout may
    take so many *seconds*.
    """

    name: str
    cluster: str
    namespace: str
    kubectl: tuple[str, ...]
    seconds: float
    release: str = ""
    chart: str = ""
    values: tuple[str, ...] = ()
    workload: str = ""
    container: str = ""
    image: str = ""


def parse_target(name: str, spec: DeploymentSpec, kubectl: Sequence[str]) -> DeployTarget | None:
    """The target *name*, staging or production, that *spec* means, asked by *kubectl*; None where *spec* names none.

    Raises ParameterError for a target that is none, or for one to which what *spec* says cannot be deployed.

    >>> spec = DeploymentSpec(cluster="production", target="helm:trino/stack", chart="charts/trino")
    >>> target = parse_target("production", spec, ("kubectl",))
    >>> target.namespace, target.release
    ('trino', 'stack')
    """
    if not spec.target:
        return None
    match = _TARGET_PATTERN.fullmatch(spec.target)
    if match is None:
        raise ParameterError(
            f"Expected a Helm release or a Deployment as {name} target, found {spec.target!r}.",
            remedy="such as helm:trino/trino, or deployment:trino/gateway#gateway, whose last word is its container",
        )
    if spec.rollout_seconds < 1:
        raise ParameterError(
            f"Expected at least 1 s for a rollout to {name}, found {spec.rollout_seconds:g} s.",
            remedy="600 s is usual",
        )
    if match["release"]:
        _check_chart(name, spec)
        own = {"release": match["release"], "chart": spec.chart, "values": tuple(spec.values)}
    else:
        _check_image(f"an image for {name}", spec.image, "registry.example.com/gateway:{release}-{commit}")
        own = {"workload": match["workload"], "container": match["container"]}
    return DeployTarget(
        name=name,
        cluster=spec.cluster,
        namespace=match["helm_namespace"] or match["namespace"],
        kubectl=tuple(kubectl),
        seconds=spec.rollout_seconds,
        image=spec.image,
        **own,
    )


def _check_chart(name: str, spec: DeploymentSpec) -> None:
    if not spec.chart:
        raise ParameterError(f"Expected a chart for {name}, found none.", remedy="such as charts/trino")
    for path in (spec.chart, *spec.values):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ParameterError(
                f"Expected a path in the repository for {name}, found {path}.", remedy="such as values/production.yaml"
            )
    if spec.image:
        key, _, image = spec.image.partition("=")
        example = "image.tag={release}-{commit}"
        _check_image(
            f"the image of a chart for {name} as KEY=IMAGE",
            image if _VALUES_KEY_PATTERN.fullmatch(key) else "",
            example,
        )


def _check_image(expected: str, image: str, example: str) -> None:
    if not _IMAGE_PATTERN.fullmatch(image):
        raise ParameterError(
            f"Expected {expected} with {{commit}} or {{release}} in it, found {image!r}.", remedy=f"such as {example}"
        )
