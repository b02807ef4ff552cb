"""What can be asked of a cluster, live or recorded? One Protocol, whose attributes are the parts of a cluster."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import pandas as pd

from trinokit.objects import Objects
from trinokit.observations import (
    AuditLog,
    Clone,
    DeploymentHistory,
    HelmRevision,
    LoginAttempt,
    PodContainer,
    PodLog,
    PrometheusState,
    RunningJvms,
)
from trinokit.shell import CommandExit
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.kubernetes.deployment_history import RolloutTarget, UnreadyWorkloads
from trinokit.sources.trino.query_history_protocol import Queries


class ClusterObjects(Protocol):
    """Which objects a cluster has, and which git promises."""

    @property
    def sides(self) -> list[str]:
        """The sides that can be read: declared, live, both or none."""

    @property
    def observed_at(self) -> datetime:
        """When its live objects were read, in UTC."""

    def live(self, *, also: Objects | None = None) -> Objects:
        """What its API server has; every kind of *also* is read too."""

    def declared(self, *, commit: str = "") -> Objects:
        """What git promises at *commit*; where that is empty, at the one that clusters.yaml names."""

    def of_side(self, side: str) -> Objects:
        """The objects of one *side*, declared or live; raises SourceError where nothing says what is on it."""

    def find_side(self, side: str) -> Objects | None:
        """The objects of one *side*, or None where nothing says what is on it."""


class ClusterProvenance(Protocol):
    """What happened in a cluster: who wrote what, what was deployed, and what its Prometheus has loaded."""

    def audit_log(self, path: str) -> AuditLog:
        """The writes that the files *path* of the API server's audit log tell; empty: none, or those recorded."""

    def helm_revisions(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of its declared Helm releases, oldest first, and why some could not be read."""

    def deployment_history(self, target: RolloutTarget, unready: UnreadyWorkloads) -> DeploymentHistory:
        """What is deployed to *target*, with what is *unready* of it."""

    def prometheus_state(self) -> PrometheusState:
        """What its Prometheus has loaded, or why that could not be read."""


class TrinoJvms(Protocol):
    """What the JVMs of its Trino run with."""

    def running(
        self, pods: Sequence[PodContainer] = (), *, through: str = "trino", patience_s: float = 0
    ) -> RunningJvms:
        """What they were started with, asked *through* trino or kubectl, and why some could not be read."""

    def pod_logs(self, pods: Sequence[PodContainer]) -> tuple[PodLog, ...]:
        """The first lines that each of *pods* wrote, or why they could not be read."""


class LoginProbe(Protocol):
    """The way into its Trino."""

    def attempt(self, keytab: str = "") -> LoginAttempt:
        """How far a client comes by Kerberos, compared with the coordinator's own *keytab*."""


class ClusterClones(Protocol):
    """The clones that a cluster is deployed from."""

    def declared_clone(self, path: str = "", *, commit: str = "") -> Clone:
        """The clone in which the declared part at *path* is changed."""

    def repository(self, remote: str) -> GitRepository:
        """The clone that releases are made from and its *remote*, where they were recorded; or raises SourceError."""


class PlanCommands(Protocol):
    """What a plan for a cluster needs: the words of its commands, and what runs them."""

    @property
    def kubectl_prefix(self) -> tuple[str, ...]:
        """The words that begin every command of kubectl for it."""

    def run(self, argv: tuple[str, ...], stdin: str, seconds: float) -> CommandExit:
        """How the command *argv* ended; a recording raises PlanError."""


class Source(Protocol):
    """A cluster that answers, live or recorded, as `sources.connect` gives it.

    Its parts are asked one by one, and nothing is read before it is asked for.
    """

    name: str
    queries: Queries
    objects: ClusterObjects
    provenance: ClusterProvenance
    jvms: TrinoJvms
    login: LoginProbe
    git: ClusterClones
    commands: PlanCommands

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to *question*; the same as ``queries.ask``."""

    def sql(self, text: str, *, since: object, until: object) -> pd.DataFrame:
        """The answer to your own SELECT over a window; the same as ``queries.sql``."""

    def questions(self) -> pd.DataFrame:
        """What can be asked by name, with parameters; the same as ``queries.questions``."""
