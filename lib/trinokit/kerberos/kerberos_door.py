"""The door of this room: what becomes of JVM flags on a cluster, asked of its source in the order of the runbook."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.findings import Finding
from trinokit.kerberos import flag_findings, flag_necessity, jdk_compatibility, node_tables
from trinokit.kerberos.changes import flag_plan_choice, rolling_restart
from trinokit.kerberos.changes.config_deployment import DeployOptions
from trinokit.kerberos.cluster_reading import ClusterReading, read_cluster
from trinokit.kerberos.flag_request import RequestedFlags, requested_flags, requested_flags_table
from trinokit.kerberos.login.login_check import LoginCheck
from trinokit.kerberos.source_protocol import FlagSource
from trinokit.kerberos.startup_logs import startup_log_findings
from trinokit.observations import Clone, LocalJava
from trinokit.plan import ExecutedPlan, Plan, ProposedPlan, propose_plan


@dataclass(frozen=True)
class FlagChange:
    """How flags are put in force.

    *change* is `git`, which changes the declared *part* at that path of the repository (empty where there is one
    part), or `configmap`, which changes the cluster itself. A commit is pushed to *remote* where one is named. A
    rollout may take *rollout_seconds*.
    """

    change: str = "git"
    part: str = ""
    remote: str = ""
    rollout_seconds: float = 900


class JvmFlagCheck:
    """JVM flags and one cluster: each method is a question of the runbook, and its answer a table, findings or a plan.

    The cluster is read when it is first needed, and once; `verify` reads it anew.
    """

    def __init__(self, source: FlagSource, requested: RequestedFlags, ask: str) -> None:
        self._source, self._requested, self._ask = source, requested, ask

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags that are wanted, as they are set: each once, in the order in which they were given."""
        return self._requested.flags

    @cached_property
    def _cluster(self) -> ClusterReading:
        return read_cluster(self._source, self._ask)

    def pasted_table(self) -> pd.DataFrame:
        """What was pasted beside what comes of it: pasted, flag, what was changed."""
        return requested_flags_table(self._requested)

    def opened_packages_table(self) -> pd.DataFrame:
        """What each flag opens on each JDK of the nodes: flag, java, module, package, exported_to, note."""
        return jdk_compatibility.opened_packages_table(self.flags, self._cluster.nodes)

    def nodes_table(self) -> pd.DataFrame:
        """How many flags are in force where: node, role, workload, declared, live, running, java, trino, note."""
        return node_tables.nodes_table(self._cluster.nodes, self.flags)

    def flags_by_role_table(self) -> pd.DataFrame:
        """What each flag is by role: role, workload, flag, declared, live, running, argument, why."""
        return node_tables.flags_by_role_table(self._cluster.nodes, self.flags)

    def necessity_table(self) -> pd.DataFrame:
        """Who uses what the flags open: namespace, subject, plugin, package, needed, wanted, note."""
        return flag_necessity.flag_necessity_table(self._cluster.live, self._cluster.running, self.flags)

    def findings(self, local_java: LocalJava | None = None) -> list[Finding]:
        """Whether the JDKs take the flags, who needs them, and what a restart costs.

        Where *local_java* is given, also what that JDK said to the flags.
        """
        cluster = self._cluster
        return [
            *jdk_compatibility.jdk_compatibility_findings(self.flags, cluster.nodes, local_java),
            *flag_necessity.flag_necessity_findings(cluster.live, cluster.running, self.flags),
            *rolling_restart.restart_cost_findings(cluster.config_files),
        ]

    def check_login(self, *, wanted: bool, keytab: str = "") -> LoginCheck:
        """How far a client comes into Trino by Kerberos, compared with the coordinator's own *keytab* if it is named.

        Nothing is tried unless it is *wanted*.
        """
        return LoginCheck(self._source.login.attempt(keytab) if wanted else None, self._cluster.live)

    def plan(self, change: FlagChange, *, undo: str, journal: Path) -> ProposedPlan:
        """The plan that puts the flags in force, or the undo of the plan of the approval *undo* in *journal*.

        Why there is none is a caveat of the plan. Raises ParameterError and PlanError for an *undo* that cannot be.
        """
        return propose_plan(lambda: self._new_plan(change), undo=undo, journal=journal, run=self._source.commands.run)

    def verify(self, executed: ExecutedPlan, *, patience_seconds: float = 0) -> "VerifiedFlags":
        """Read the cluster anew, to see what has come of the plan that was *executed*.

        Once a plan was approved, it is waited for at most *patience_seconds* until every pod has its JVM.
        """
        patience = patience_seconds if executed.approved else 0
        cluster = read_cluster(self._source, self._ask, patience)
        return VerifiedFlags(self._source, cluster, self.flags, executed.proposed.is_undo)

    def _new_plan(self, change: FlagChange) -> tuple[Plan, list[Finding]]:
        cluster, source = self._cluster, self._source
        options = DeployOptions(
            source.commands.kubectl_prefix, change.rollout_seconds, change.remote, source.provenance.helm_revisions()[0]
        )
        clone = clone_to_change(source, change)
        return flag_plan_choice.plan_flag_changes(cluster.nodes, cluster.declared, self.flags, clone, options)


@dataclass(frozen=True)
class VerifiedFlags:
    """What became of *flags* on the *cluster* that was read anew; after an undo none of them has to be in force."""

    source: FlagSource
    cluster: ClusterReading
    flags: tuple[str, ...]
    is_undo: bool

    def flags_by_role_table(self) -> pd.DataFrame:
        """What each flag is by role now: the columns of `JvmFlagCheck.flags_by_role_table`."""
        return node_tables.flags_by_role_table(self.cluster.nodes, self.flags)

    def findings(self) -> list[Finding]:
        """Whether the flags are in force on every node and will stay so, and what the JVMs said when they started."""
        expected = () if self.is_undo else self.flags
        logs = self.source.jvms.pod_logs(self.cluster.pods)
        return [*flag_findings.flag_findings(self.cluster.nodes, expected), *startup_log_findings(logs)]


def check_jvm_flags(source: FlagSource, flags: list[str], *, ask: str = "trino") -> JvmFlagCheck:
    """The check of *flags*, however they were pasted, on the cluster of *source*.

    The JVMs are asked what they run with through Trino, or, where *ask* is `kubectl`, inside their pods.
    Raises ParameterError with every flag that is refused and why.

    >>> from trinokit import sources
    >>> check_jvm_flags(sources.connect("recorded/kerberos"), ["-Xmx8G -server \\\\", "'-Da=1'"]).flags
    ('-Xmx8G', '-server', '-Da=1')
    """
    return JvmFlagCheck(source, requested_flags(flags), ask)


def clone_to_change(source: FlagSource, change: FlagChange) -> Clone | None:
    """The clone whose declared part is changed, or None where git is not.

    One that cannot be changed says so in its problem, since a plan with nothing to do needs none.
    """
    if change.change != "git":
        return None
    try:
        return source.git.declared_clone(change.part)
    except (ParameterError, PlanError, SourceError) as error:
        return Clone(
            repository="",
            branch="",
            head="",
            path=change.part,
            namespace="",
            problem=error.message,
            remedy=error.remedy,
        )
