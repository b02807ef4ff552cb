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

from trinokit import shell, topology
from trinokit.clusters import Cluster, Kubernetes
from trinokit.errors import ParameterError, SourceError
from trinokit.evidence import AuditLog, Clone, Deployed, Loaded, Log, Pod, Realm, Release, Running
from trinokit.objects import SIDES, Object, Objects
from trinokit.sources import (
    asking,
    audit,
    clone,
    declared,
    deployments,
    files,
    inside,
    layouts,
    listing,
    logs,
    prometheus,
    questions,
    realm,
    releases,
    running,
    tables,
)
from trinokit.sources.api import Api
from trinokit.sources.coordinator import OLD_SOURCE, SOURCE, Coordinator
from trinokit.sources.redaction import redacted
from trinokit.window import Window


@dataclass(frozen=True)
class Key:
    """What secrets are hashed with; its *id* is as random, and says only which hashes can be compared.

    With one key for both sides their Secrets can be compared, and with none that is kept nobody can guess them.
    """

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Live:
    """A cluster that is asked now; its *table* of completed queries is catalog.schema.table.

    Secret data leave it only as hashes under *key*, by default one of its own.
    """

    def __init__(self, name: str, cluster: Cluster, table: str, key: Key | None = None) -> None:
        if cluster.trino and table.count(".") != 2:
            raise ParameterError(
                f"Expected a table as catalog.schema.table, found {table!r}.",
                remedy="such as mysql.trino_events.trino_queries",
            )
        self.name, self.cluster, self.table, self.key = name, cluster, table, key or Key()
        self._trino = Coordinator(name, cluster)
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
            found = listing.objects(Api(kubernetes), kubernetes, self._redact, also.items if also else ())
            return replace(found, key=self.key.id)
        if side == "declared" and parts:
            chosen = [msgspec.structs.replace(part, commit=commit or part.commit) for part in parts]
            return self._hidden(declared.declared(chosen, home=topology.home()))
        raise SourceError(
            f"Expected to know where {side} objects of {self.name} are, found nothing about it.",
            remedy="write kubernetes: or declared: into its entry in parameters/clusters.yaml",
        )

    def audit_log(self, path: str) -> AuditLog:
        """The writes that the files *path* of the API server's audit log tell; it may name many with ``*``, or none.

        Raises ParameterError when there is no such file.
        """
        return audit.read(files.matching(path), self._redact) if path else AuditLog()

    def releases(self) -> tuple[tuple[Release, ...], dict[str, str]]:
        """The revisions of its declared Helm releases, and why some could not be read."""
        kubernetes = self.cluster.kubernetes
        return releases.read(Api(kubernetes), self.cluster.declared, self._redact) if kubernetes else ((), {})

    def deployed(self, target: deployments.Target, unready: deployments.Unready) -> Deployed:
        """What is deployed to *target*, with what is *unready* of it, whatever clusters.yaml says of its namespace."""
        return deployments.read(Api(self._kubernetes), target, self._redact, unready)

    def clone(self, path: str = "", *, commit: str = "") -> Clone:
        """The clone in which the declared part at *path* is changed; the path may be empty where there is one part.

        The part is taken from *commit* as `objects` does. Raises what `clone.clone` raises.
        """
        part = clone.part(self.cluster.declared, path)
        return clone.clone(msgspec.structs.replace(part, commit=commit or part.commit), home=topology.home())

    def hidden(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The *texts* with the secrets in them hashed as those of a ConfigMap are."""
        return running.hidden(texts, self._redact)

    def monitoring(self) -> Loaded:
        """What its Prometheus has loaded, or why that could not be read."""
        where = self.cluster.prometheus
        if where is None:
            return Loaded(problem="its address is not known; write prometheus: into its entry in clusters.yaml")
        return prometheus.read(where, self.cluster.kubernetes)

    def realm(self, keytab: str = "") -> Realm:
        """How far a client comes into its Trino by Kerberos, compared with the coordinator's own *keytab*."""
        return realm.read(self.name, self.cluster, keytab)

    def running(self, pods: Sequence[Pod] = (), *, through: str = "trino", patience_s: float = 0) -> Running:
        """What the JVMs of its Trino were started with, and why some could not be read.

        They are asked *through* trino, or through kubectl inside each of *pods*; again and again, until each pod has
        its JVM or *patience_s* are over. Raises ParameterError for any other way.
        """
        asked = {
            "trino": lambda: running.read(self._trino, self._redact),
            "kubectl": lambda: inside.read(self.kubectl, pods, self._redact),
        }
        if through not in asked:
            raise ParameterError(
                f"Expected to ask through trino or kubectl, found {through!r}.", remedy="trino is the usual way"
            )
        return running.awaited(asked[through], pods, patience_s)

    def logs(self, pods: Sequence[Pod]) -> tuple[Log, ...]:
        """The first lines that each of *pods* wrote, or why they could not be read."""
        return logs.read(Api(self._kubernetes), pods, self._redact) if pods else ()

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
        return inside.kubectl(self._kubernetes)

    @property
    def run(self) -> Callable[[tuple[str, ...], str, float], shell.Ended]:
        """What runs a command of a plan."""
        return shell.run

    @property
    def _kubernetes(self) -> Kubernetes:
        if self.cluster.kubernetes is None:
            raise SourceError(
                f"Expected to know where the API server of {self.name} is, found nothing about it.",
                remedy="write kubernetes: into its entry in parameters/clusters.yaml",
            )
        return self.cluster.kubernetes

    def _hidden(self, found: Objects) -> Objects:
        items, unstable = (tuple(map(self._redact, each)) for each in (found.items, found.unstable))
        roles = self.cluster.kubernetes.roles if self.cluster.kubernetes else {}
        return replace(found, items=items, unstable=unstable, roles=roles, key=self.key.id)

    def _redact(self, each: Object) -> Object:
        return redacted(each, self.key.secret)

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to *question*; see `asking.answer`."""
        return asking.answer(self, question, parameters)

    def require(self, since: str, until: str) -> pd.DataFrame:
        """How many queries the window holds; raises SourceError when it holds none."""
        return asking.require(self, since, until)

    def about(self) -> pd.DataFrame:
        """What is read: a fact a line, and what to bear in mind about it."""
        [[version]] = self._trino.rows("SELECT version()")
        facts = [
            ("cluster", self.name, ""),
            ("Trino", version, ""),
            ("table", self.table, ""),
            ("layout", self.layout.name, ""),
            ("window", self._selected, self._refusal),
        ]
        return pd.DataFrame(facts, columns=["fact", "value", "caveat"])

    @cached_property
    def described(self) -> dict[str, str]:
        """The columns of the table and their types."""
        table = exp.to_table(self.table).sql("trino", identify=True)
        return {column: kind for column, kind, *_ in self._trino.rows(f"DESCRIBE {table}")}

    @cached_property
    def layout(self) -> layouts.Layout:
        """What the columns of the table mean; raises SourceError when there is no such table or it is another one."""
        return layouts.recognise(self.table, self.described)

    def history(self, columns: list[str], window: Window) -> exp.Query:
        """The stored *columns* in *window*, selected by the database behind Trino where it can be asked."""
        condition = self.layout.within(window)
        if self.layout.ordered_by_id and not self._refusal:
            return self._passed_through(columns, condition)
        return _selection(columns, self.table, condition)

    def runtime(self) -> exp.Query:
        """What the coordinator knows of now, without the questions of trinokit itself."""
        return questions.parse(
            "SELECT query_id, state, \"user\", source, CAST(created AT TIME ZONE 'UTC' AS timestamp(3)) AS create_time "
            f"FROM system.runtime.queries WHERE coalesce(source, '') NOT IN ('{SOURCE}', '{OLD_SOURCE}')"
        )

    def fetch(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""
        schema, batches = self.stream(tree)
        return tables.frame(pa.Table.from_batches(batches, schema))

    def stream(self, tree: exp.Query) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The columns that *tree* asks for, and its rows in batches as they arrive."""
        return self._trino.stream(tree.sql("trino", identify=True))

    @property
    def _selected(self) -> str:
        if not self.layout.ordered_by_id:
            return "selected by create_time"
        return "selected by Trino" if self._refusal else "selected by the database"

    @cached_property
    def _refusal(self) -> str:
        # MySQL's connector pushes no predicate on text down, so without this the whole table is read each time.
        # https://trino.io/docs/current/connector/mysql.html#system-query
        if not self.layout.ordered_by_id:
            return ""
        try:
            self.fetch(self._passed_through(["query_id"], exp.false()))
        except SourceError as error:
            return f"every question reads the whole table, because the database could not be asked: {error.message}"
        return ""

    def _passed_through(self, columns: list[str], condition: exp.Condition) -> exp.Query:
        catalog, _, table = self.table.partition(".")
        native = _selection(columns, table, condition).sql("mysql", identify=True)
        called = exp.to_identifier(catalog, quoted=True).sql("trino")
        names = ", ".join(exp.to_identifier(column, quoted=True).sql("trino") for column in columns)
        return questions.parse(
            f"SELECT {names} FROM TABLE({called}.system.query(query => {exp.Literal.string(native).sql('trino')}))"
        )


def _selection(columns: list[str], table: str, condition: exp.Condition) -> exp.Query:
    return exp.select(*(exp.column(name, quoted=True) for name in columns)).from_(exp.to_table(table)).where(condition)
