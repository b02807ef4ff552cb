"""Which clusters are there, and where are recordings kept? parameters/clusters.yaml and recorded/ say."""

import os
from pathlib import Path

from trinokit import clusters_file
from trinokit.clusters_file import Cluster
from trinokit.errors import ParameterError, did_you_mean

RECORDED_PREFIX = "recorded/"


def trinokit_home() -> Path:
    """The folder that holds notebooks/, parameters/ and recorded/.

    TRINOKIT_HOME, or the nearest such folder above this one, or the checkout that trinokit was installed from.
    Raises ParameterError when there is none.
    """
    variable = os.environ.get("TRINOKIT_HOME")
    here = Path(variable) if variable else Path.cwd()
    candidates = [here] if variable else [here, *here.parents, Path(__file__).parents[2]]
    for folder in candidates:
        if (folder / "notebooks").is_dir() and (folder / "parameters").is_dir():
            return folder.resolve()
    raise ParameterError(
        f"Expected notebooks/ and parameters/ in {here} or above, found neither.",
        remedy="change into a checkout of trinokit, or name one: TRINOKIT_HOME=/path/to/trinokit",
    )


def recording_names() -> list[str]:
    """The names under which recorded clusters are asked for, such as recorded/demo."""
    return sorted(
        f"{RECORDED_PREFIX}{path.parent.name}" for path in (trinokit_home() / RECORDED_PREFIX).glob("*/recording.json")
    )


def recording_folder(name: str) -> Path:
    """The folder of the recorded cluster *name*; raises ParameterError when there is none."""
    folder = trinokit_home() / name
    if folder.parent != trinokit_home() / RECORDED_PREFIX.rstrip("/") or not folder.is_dir():
        raise _unknown_name_error(name, recording_names(), "recording")
    return folder


def load_cluster(name: str) -> Cluster:
    """The cluster *name* of parameters/clusters.yaml.

    Raises ParameterError when there is none, or when the file does not say what it should.
    """
    clusters = clusters_file.read_clusters(trinokit_home() / "parameters" / "clusters.yaml")
    if name not in clusters:
        raise _unknown_name_error(name, [*clusters, *recording_names()], "cluster")
    return clusters[name]


def _unknown_name_error(name: str, names: list[str], kind: str) -> ParameterError:
    return ParameterError(
        f"Expected a {kind} of parameters/clusters.yaml or recorded/, found {name!r}.",
        remedy=f"{did_you_mean(name, names)} known are: {', '.join(names) or 'none'}".strip(),
    )
