"""What does a running cluster answer? Its Trino the questions, its API server which objects there are."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import msgspec
import pandas as pd
import pyarrow as pa
from sqlglot import exp

from trinokit import shell, workspace
from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.errors import ParameterError, SourceError
from trinokit.objects import SIDES, Object, Objects
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
from trinokit.sources import local_files, prometheus
from trinokit.sources.git import clone_state
from trinokit.sources.jvms import pod_processes, running_jvms
from trinokit.sources.kerberos import login_probe
from trinokit.sources.kubernetes import audit_log as kubernetes_audit_log
from trinokit.sources.kubernetes import deployment_history, helm_releases, listing, pod_logs
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.manifests import manifest_rendering
from trinokit.sources.secrets.redaction import redact_object, redact_texts
from trinokit.sources.trino import arrow_tables, history_layouts, question_runner, questions
from trinokit.sources.trino.coordinator import OLD_QUERY_SOURCE, QUERY_SOURCE, Coordinator
from trinokit.window import Window


@dataclass(frozen=True)
class HashKey:
    """What secrets are hashed with; its *id* is as random, and says only which hashes can be compared.

    With one key for both sides their Secrets can be compared, and with none that is kept nobody can guess them.
    """

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Live:
    """A cluster that is asked now; its *table* of completed queries is catalog.schema.table.

    Secret data leave it only as hashes under *key*, by default one of its own.
    """

    def __init__(self, name: str, cluster: Cluster, table: str, key: HashKey | None = None) -> None:
        if cluster.trino and table.count(".") != 2:
            raise ParameterError(
                f"Expected a table as catalog.schema.table, found {table!r}.",
                remedy="such as mysql.trino_events.trino_queries",
            )
        self.name, self.cluster, self.table, self.key = name, cluster, table, key or HashKey()
        self._read_secret = ApiServer(cluster.kubernetes).secret_data
        self._trino = Coordinator(name, cluster, self._read_secret)
        self._read: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When its live objects were read last, in UTC, or now if they were not."""
        return self._read or datetime.now(UTC)

    @property
    def sides(self) -> list[str]:
        """The sides of which clusters.yaml says where they are."""
        return [side for side in SIDES if side in self.cluster.parts]

    def objects(self, side: str, *, commit: str = "", also: Objects | None = None) -> Objects:
        """The objects of one *side*: live, what the API server has, or declared, what git promises.

        Every declared part is taken from *commit*, and where that is empty, from the one that clusters.yaml names.
        Of the live side every kind of *also* is read too, in the version that it has there.
        Raises SourceError when clusters.yaml does not say where that side is, or when it cannot be read.
        """
        kubernetes, parts = self.cluster.kubernetes, self.cluster.declared
        if side == "live" and kubernetes:
            self._read = datetime.now(UTC)
            found = listing.list_live_objects(
                ApiServer(kubernetes), kubernetes, self._redact, also.items if also else ()
            )
            return replace(found, key=self.key.id)
        if side == "declared" and parts:
            chosen = [msgspec.structs.replace(part, commit=commit or part.commit) for part in parts]
            return self._redact_objects(manifest_rendering.declared_objects(chosen, home=workspace.trinokit_home()))
        raise SourceError(
            f"Expected to know where {side} objects of {self.name} are, found nothing about it.",
            remedy="write kubernetes: or declared: into its entry in parameters/clusters.yaml",
        )

    def audit_log(self, path: str) -> AuditLog:
        """The writes that the files *path* of the API server's audit log tell; it may name many with ``*``, or none.

        Raises ParameterError when there is no such file.
        """
        return (
            kubernetes_audit_log.read_audit_log(local_files.matching_files(path), self._redact) if path else AuditLog()
        )

    def releases(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of its declared Helm releases, and why some could not be read."""
        kubernetes = self.cluster.kubernetes
        return (
            helm_releases.read_helm_revisions(ApiServer(kubernetes), self.cluster.declared, self._redact)
            if kubernetes
            else ((), {})
        )

    def deployed(
        self, target: deployment_history.RolloutTarget, unready: deployment_history.UnreadyWorkloads
    ) -> DeploymentHistory:
        """What is deployed to *target*, with what is *unready* of it, whatever clusters.yaml says of its namespace."""
        return deployment_history.read_deployment_history(
            ApiServer(self._kubernetes_access), target, self._redact, unready
        )

    def clone(self, path: str = "", *, commit: str = "") -> Clone:
        """The clone in which the declared part at *path* is changed; the path may be empty where there is one part.

        The part is taken from *commit* as `objects` does. Raises what `clone_state.read_clone` raises.
        """
        part = clone_state.choose_declared_part(self.cluster.declared, path)
        return clone_state.read_clone(
            msgspec.structs.replace(part, commit=commit or part.commit), home=workspace.trinokit_home()
        )

    def redact_texts(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The *texts* with the secrets in them hashed as those of a ConfigMap are."""
        return redact_texts(texts, self._redact)

    def monitoring(self) -> PrometheusState:
        """What its Prometheus has loaded, or why that could not be read."""
        where = self.cluster.prometheus
        if where is None:
            return PrometheusState(
                problem="its address is not known; write prometheus: into its entry in clusters.yaml"
            )
        return prometheus.read_prometheus(where, self._read_secret)

    def realm(self, keytab: str = "") -> LoginAttempt:
        """How far a client comes into its Trino by Kerberos, compared with the coordinator's own *keytab*."""
        return login_probe.probe_login(self.name, self.cluster, self._read_secret, keytab)

    def running(
        self, pods: Sequence[PodContainer] = (), *, through: str = "trino", patience_s: float = 0
    ) -> RunningJvms:
        """What the JVMs of its Trino were started with, and why some could not be read.

        They are asked *through* trino, or through kubectl inside each of *pods*; again and again, until each pod has
        its JVM or *patience_s* are over. Raises ParameterError for any other way.
        """
        asked = {
            "trino": lambda: running_jvms.read_jvms_through_trino(self._trino, self._redact),
            "kubectl": lambda: pod_processes.read_jvms_in_pods(self.kubectl, pods, self._redact),
        }
        if through not in asked:
            raise ParameterError(
                f"Expected to ask through trino or kubectl, found {through!r}.", remedy="trino is the usual way"
            )
        return running_jvms.wait_for_jvms(asked[through], pods, patience_s)

    def logs(self, pods: Sequence[PodContainer]) -> tuple[PodLog, ...]:
        """The first lines that each of *pods* wrote, or why they could not be read."""
        return pod_logs.read_pod_logs(ApiServer(self._kubernetes_access), pods, self._redact) if pods else ()

    @property
    def now(self) -> datetime:
        """The moment that the clock of its Trino shows, in UTC and without a zone, as the history has moments."""
        [[now]] = self._trino.rows("SELECT CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp(3))")
        return now

    @property
    def workers(self) -> int:
        """How many active nodes its Trino has beside coordinators, whether those work as well or not."""
        [[count]] = self._trino.rows(
            "SELECT count(*) FROM system.runtime.nodes WHERE NOT coordinator AND state = 'active'"
        )
        return count

    @property
    def kubectl(self) -> tuple[str, ...]:
        """The words that begin every command of kubectl for this cluster; raises SourceError when it is not known."""
        return pod_processes.kubectl_prefix(self._kubernetes_access)

    @property
    def run(self) -> Callable[[tuple[str, ...], str, float], shell.CommandExit]:
        """What runs a command of a plan."""
        return shell.run_command

    @property
    def _kubernetes_access(self) -> KubernetesAccess:
        if self.cluster.kubernetes is None:
            raise SourceError(
                f"Expected to know where the API server of {self.name} is, found nothing about it.",
                remedy="write kubernetes: into its entry in parameters/clusters.yaml",
            )
        return self.cluster.kubernetes

    def _redact_objects(self, found: Objects) -> Objects:
        items, unstable = (tuple(map(self._redact, each)) for each in (found.items, found.unstable))
        roles = self.cluster.kubernetes.roles if self.cluster.kubernetes else {}
        return replace(found, items=items, unstable=unstable, roles=roles, key=self.key.id)

    def _redact(self, each: Object) -> Object:
        return redact_object(each, self.key.secret)

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to *question*; see `question_runner.answer_question`."""
        return question_runner.answer_question(self, question, parameters)

    def require_queries(self, since: str, until: str) -> pd.DataFrame:
        """How many queries the window holds; raises SourceError when it holds none."""
        return question_runner.require_queries(self, since, until)

    def about(self) -> pd.DataFrame:
        """What is read: a fact a line, and what to bear in mind about it."""
        [[version]] = self._trino.rows("SELECT version()")
        facts = [
            ("cluster", self.name, ""),
            ("Trino", version, ""),
            ("table", self.table, ""),
            ("layout", self.layout.name, ""),
            ("window", self._selection_note, self._pass_through_refusal),
        ]
        return pd.DataFrame(facts, columns=["fact", "value", "caveat"])

    @cached_property
    def described(self) -> dict[str, str]:
        """The columns of the table and their types."""
        table = exp.to_table(self.table).sql("trino", identify=True)
        return {column: kind for column, kind, *_ in self._trino.rows(f"DESCRIBE {table}")}

    @cached_property
    def layout(self) -> history_layouts.HistoryLayout:
        """What the columns of the table mean; raises SourceError when there is no such table or it is another one."""
        return history_layouts.detect_layout(self.table, self.described)

    def history(self, columns: list[str], window: Window) -> exp.Query:
        """The stored *columns* in *window*, selected by the database behind Trino where it can be asked."""
        condition = self.layout.within(window)
        if self.layout.is_ordered_by_id and not self._pass_through_refusal:
            return self._passed_through(columns, condition)
        return _column_selection(columns, self.table, condition)

    def runtime(self) -> exp.Query:
        """What the coordinator knows of now, without the questions of trinokit itself."""
        return questions.parse_trino_sql(
            "SELECT query_id, state, \"user\", source, CAST(created AT TIME ZONE 'UTC' AS timestamp(3)) AS create_time "
            f"FROM system.runtime.queries WHERE coalesce(source, '') NOT IN ('{QUERY_SOURCE}', '{OLD_QUERY_SOURCE}')"
        )

    def fetch(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""
        schema, batches = self.stream(tree)
        return arrow_tables.to_dataframe(pa.Table.from_batches(batches, schema))

    def stream(self, tree: exp.Query) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The columns that *tree* asks for, and its rows in batches as they arrive."""
        return self._trino.stream(tree.sql("trino", identify=True))

    @property
    def _selection_note(self) -> str:
        if not self.layout.is_ordered_by_id:
            return "selected by create_time"
        return "selected by Trino" if self._pass_through_refusal else "selected by the database"

    @cached_property
    def _pass_through_refusal(self) -> str:
        # MySQL's connector pushes no predicate on text down, so without this the whole table is read each time.
        # https://trino.io/docs/current/connector/mysql.html#system-query
        if not self.layout.is_ordered_by_id:
            return ""
        try:
            self.fetch(self._passed_through(["query_id"], exp.false()))
        except SourceError as error:
            return f"every question reads the whole table, because the database could not be asked: {error.message}"
        return ""

    def _passed_through(self, columns: list[str], condition: exp.Condition) -> exp.Query:
        catalog, _, table = self.table.partition(".")
        native = _column_selection(columns, table, condition).sql("mysql", identify=True)
        called = exp.to_identifier(catalog, quoted=True).sql("trino")
        names = ", ".join(exp.to_identifier(column, quoted=True).sql("trino") for column in columns)
        return questions.parse_trino_sql(
            f"SELECT {names} FROM TABLE({called}.system.query(query => {exp.Literal.string(native).sql('trino')}))"
        )


def _column_selection(columns: list[str], table: str, condition: exp.Condition) -> exp.Query:
    return exp.select(*(exp.column(name, quoted=True) for name in columns)).from_(exp.to_table(table)).where(condition)
