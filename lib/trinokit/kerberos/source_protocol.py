"""What has to be known of a cluster whose JVM flags are checked? The parts of a source that a check asks."""

from collections.abc import Sequence
from typing import Protocol

from trinokit.objects import Objects
from trinokit.observations import Clone, HelmRevision, LoginAttempt, PodContainer, PodLog, RunningJvms


class _Objects(Protocol):
    def live(self, *, also: Objects | None = None) -> Objects:
        """What its API server has."""

    def find_side(self, side: str) -> Objects | None:
        """The objects of one *side*, or None where nothing says what is on it."""


class _Provenance(Protocol):
    def helm_revisions(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of its Helm releases, oldest first, and why some could not be read."""


class _Jvms(Protocol):
    def running(
        self, pods: Sequence[PodContainer] = (), *, through: str = "trino", patience_s: float = 0
    ) -> RunningJvms:
        """What they were started with, asked *through* trino or kubectl."""

    def pod_logs(self, pods: Sequence[PodContainer]) -> tuple[PodLog, ...]:
        """The first lines that each of *pods* wrote."""


class _Login(Protocol):
    def attempt(self, keytab: str = "") -> LoginAttempt:
        """How far a client comes by Kerberos."""


class _Clones(Protocol):
    def declared_clone(self, path: str = "", *, commit: str = "") -> Clone:
        """The clone in which the declared part at *path* is changed."""


class _Commands(Protocol):
    @property
    def kubectl_prefix(self) -> tuple[str, ...]:
        """The words that begin every command of kubectl for it."""

    def run(self, argv: tuple[str, ...], stdin: str, seconds: float) -> tuple[int | None, str]:
        """How the command *argv* ended: its exit code, and what it said."""


class FlagSource(Protocol):
    """What this room asks of a cluster or of the recording of one: parts of `trinokit.sources.source.Source`."""

    objects: _Objects
    provenance: _Provenance
    jvms: _Jvms
    login: _Login
    git: _Clones
    commands: _Commands
