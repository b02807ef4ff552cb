"""Where is a release deployed, and what of the repository is?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from trinokit.errors import ParameterError
from trinokit.release.release_request import DeployTarget

_NAME_PATTERN = r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?"
_TARGET_PATTERN = re.compile(
    rf"helm:(?P<of>{_NAME_PATTERN})/(?P<release>{_NAME_PATTERN})|"
    rf"deployment:(?P<namespace>{_NAME_PATTERN})/(?P<workload>{_NAME_PATTERN})#(?P<container>{_NAME_PATTERN})"
)
# What helm reads as more than text, such as a comma, is in no name of an image.
_IMAGE_PATTERN = re.compile(
    r"(?:[\w.:/@-]|\{commit\}|\{release\})*\{(?:commit|release)\}(?:[\w.:/@-]|\{commit\}|\{release\})*"
)
_VALUES_KEY_PATTERN = re.compile(r"[\w-]+(?:\.[\w-]+|\[\d+\])*")


@dataclass(frozen=True)
class DeploymentSpec:
    """What is deployed: a *chart* with *values*, paths in the repository, or an *image*; a rollout takes *seconds*.

    Of a chart the *image* is KEY=IMAGE, where the KEY of its values has no other value in git.
    """

    chart: str = ""
    values: tuple[str, ...] = ()
    image: str = ""
    seconds: float = 600


def parse_target(
    name: str, place: str, cluster: str, kubectl: Sequence[str], what: DeploymentSpec
) -> DeployTarget | None:
    """The target *name* at *place* in *cluster*, asked by *kubectl*, where *what* is deployed; None for no place.

    Raises ParameterError for a place that is none, or for one to which *what* cannot be deployed.
    """
    if not place:
        return None
    found = _TARGET_PATTERN.fullmatch(place)
    if found is None:
        raise ParameterError(
            f"Expected a Helm release or a Deployment as {name} target, found {place!r}.",
            remedy="such as helm:trino/trino, or deployment:trino/gateway#gateway, whose last word is its container",
        )
    if what.seconds < 1:
        raise ParameterError(
            f"Expected at least 1 s for a rollout to {name}, found {what.seconds:g} s.", remedy="600 s is usual"
        )
    places = (cluster, found["of"] or found["namespace"], tuple(kubectl), what.seconds)
    if release := found["release"]:
        _check_chart(name, what)
        return DeployTarget(name, *places, release=release, chart=what.chart, values=what.values, image=what.image)
    _check_image(f"an image for {name}", what.image, "registry.example.com/gateway:{release}-{commit}")
    return DeployTarget(name, *places, workload=found["workload"], container=found["container"], image=what.image)


def _check_chart(name: str, what: DeploymentSpec) -> None:
    if not what.chart:
        raise ParameterError(f"Expected a chart for {name}, found none.", remedy="such as charts/trino")
    for path in (what.chart, *what.values):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ParameterError(
                f"Expected a path in the repository for {name}, found {path}.", remedy="such as values/production.yaml"
            )
    if what.image:
        key, _, image = what.image.partition("=")
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
