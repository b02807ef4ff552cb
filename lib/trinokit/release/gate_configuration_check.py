"""Can the gate of a target be kept in its cluster? As clusters.yaml says, before anything is deployed there."""

from typing import Protocol

from trinokit.errors import ParameterError
from trinokit.release.deploy_targets import DeployTarget


class _KubernetesEntry(Protocol):
    roles: dict[str, str]


class _ClusterEntry(Protocol):
    trino: object
    kubernetes: _KubernetesEntry | None


def validate_gate_cluster(name: str, entry: _ClusterEntry, target: DeployTarget | None) -> None:
    """Raises ParameterError where the *entry* of the cluster *name* lacks what the gate of *target* asks.

    That is the address of its Trino, and the namespace of *target* among those that are read. A gate that found out
    only after the deployment would have it taken back.
    """
    if entry.trino is None:
        raise not_live_error(name, "one without trino:")
    if target and target.namespace not in (entry.kubernetes.roles if entry.kubernetes else ()):
        raise ParameterError(
            f"Expected the namespace {target.namespace} in the entry of {name}, found that it is not among them.",
            remedy="write it below kubernetes.namespaces in parameters/clusters.yaml",
        )


def not_live_error(cluster: str, found: str) -> ParameterError:
    """The error that *cluster* cannot be asked by a gate, since *found* is what it is."""
    return ParameterError(
        f"Expected {cluster} to be a cluster whose Trino can be asked now, found {found}.",
        remedy="name another entry of parameters/clusters.yaml",
    )
