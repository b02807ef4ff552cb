"""What does a running cluster answer? Its Trino the questions, its API server which objects there are."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlsplit

import msgspec
import pandas as pd
import pyarrow as pa
import requests
import trino
from sqlglot import exp

from trinops import topology
from trinops.clusters import Cluster
from trinops.errors import ParameterError, SourceError
from trinops.evidence import AuditLog, Loaded, Release
from trinops.objects import Object, Objects
from trinops.sources import (
    asking,
    audit,
    declared,
    files,
    layouts,
    listing,
    prometheus,
    questions,
    releases,
    sessions,
    tables,
)
from trinops.sources.api import Api
from trinops.sources.redaction import redacted
from trinops.sources.secret import resolve
from trinops.window import Window

SOURCE = "trinops"
_ROWS = 10_000


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
        self._read: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When its live objects were read last, in UTC, or now if they were not."""
        return self._read or datetime.now(UTC)

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

    def monitoring(self) -> Loaded:
        """What its Prometheus has loaded, or why that could not be read."""
        where = self.cluster.prometheus
        if where is None:
            return Loaded(problem="its address is not known; write prometheus: into its entry in clusters.yaml")
        return prometheus.read(where, self.cluster.kubernetes)

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
        [[version]] = self._rows("SELECT version()")
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
        return {column: kind for column, kind, *_ in self._rows(f"DESCRIBE {table}")}

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
        """What the coordinator knows of now, without the questions of trinops itself."""
        return questions.parse(
            "SELECT query_id, state, \"user\", source, CAST(created AT TIME ZONE 'UTC' AS timestamp(3)) AS create_time "
            f"FROM system.runtime.queries WHERE coalesce(source, '') <> '{SOURCE}'"
        )

    def fetch(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""
        schema, batches = self.stream(tree)
        return tables.frame(pa.Table.from_batches(batches, schema))

    def stream(self, tree: exp.Query) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The columns that *tree* asks for, and its rows in batches as they arrive."""
        with self._told():
            cursor = self._connection.cursor().execute(tree.sql("trino", identify=True))
        schema = tables.schema((column.name, column.type_code) for column in cursor.description)
        return schema, self._batches(cursor, schema)

    def _batches(self, cursor: trino.dbapi.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self._told():
            while rows := cursor.fetchmany(_ROWS):
                yield tables.batch(rows, schema)

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

    def _rows(self, sql: str) -> list[list]:
        with self._told():
            return self._connection.cursor().execute(sql).fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except trino.exceptions.TrinoQueryError as error:
            raise self._refused(error) from error
        except (trino.exceptions.Error, trino.exceptions.HttpError, requests.RequestException) as error:
            raise self._unreachable(error) from error

    @cached_property
    def _connection(self) -> trino.dbapi.Connection:
        where = self.cluster.trino
        if where is None:
            raise SourceError(
                f"Expected to know where the Trino of {self.name} is, found nothing about it.",
                remedy="write trino: into its entry in parameters/clusters.yaml",
            )
        address = urlsplit(where.url)
        password = resolve(where.password, self.cluster.kubernetes) if where.password else None
        return trino.dbapi.connect(
            host=address.hostname,
            port=address.port or (443 if address.scheme == "https" else 80),
            http_scheme=address.scheme,
            user=where.user,
            source=SOURCE,
            auth=trino.auth.BasicAuthentication(where.user, password) if password else None,
            http_session=sessions.alone(where.url, where.ca) if where.ca else requests.Session(),
            request_timeout=60,
            timezone="UTC",
        )

    def _refused(self, error: trino.exceptions.TrinoQueryError) -> SourceError:
        remedies = {
            "TABLE_NOT_FOUND": "name another table, or let the event listener create it",
            "SCHEMA_NOT_FOUND": "name another table, or let the event listener create it",
            "CATALOG_NOT_FOUND": "name another table, or add the catalog to Trino",
            "PERMISSION_DENIED": f"let the user {self.cluster.trino.user} read it",
        }
        return SourceError(
            f"Expected an answer from {self.name}, found {error.error_name}: {error.message}",
            remedy=remedies.get(error.error_name, f"look the query up in Trino: {error.query_id}"),
        )

    def _unreachable(self, error: Exception) -> SourceError:
        url, user = self.cluster.trino.url, self.cluster.trino.user
        if "error 401" in str(error):
            return SourceError(
                f"Expected {url} to let {user} in, found: {error}.", remedy="check user and password of the cluster"
            )
        return SourceError(
            f"Expected Trino to answer at {url}, found: {error}.",
            remedy=f"check the address and the network: curl {url}/v1/info",
        )


def _selection(columns: list[str], table: str, condition: exp.Condition) -> exp.Query:
    return exp.select(*(exp.column(name, quoted=True) for name in columns)).from_(exp.to_table(table)).where(condition)
