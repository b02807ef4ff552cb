"""What does a Trino coordinator answer, and what does it mean when it does not?"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b
from urllib.parse import urlsplit

import pyarrow as pa
import requests
import trino

from trinokit.clusters_file import Cluster, TrinoAccess
from trinokit.errors import SourceError
from trinokit.log_formatter import remember_login
from trinokit.sources import http_sessions
from trinokit.sources.secrets.secret_reference_resolution import ReadSecret, resolve_secret
from trinokit.sources.trino import arrow_tables
from trinokit.sources.trino.kerberos_auth import KerberosAuth

_log = logging.getLogger(__name__)
QUERY_SOURCE = "trinokit"
# What it was until the kit got its name; a history still has it.
OLD_QUERY_SOURCE = "trinops"
_ROWS_PER_BATCH = 10_000
_ABSENT_TABLE_REMEDY = "name another table, or let the event listener create it"


class Coordinator:
    """The coordinator of the *cluster* with that *name*; nobody logs in before it is asked.

    *read_secret* gives a password that is kept in a Secret.
    """

    def __init__(self, name: str, cluster: Cluster, read_secret: ReadSecret) -> None:
        self.name, self.cluster, self._read_secret = name, cluster, read_secret

    def rows(self, sql: str) -> list[list]:
        """Every row that *sql* asks for."""
        began = time.monotonic()
        with self._translated_errors():
            cursor = self._connection.cursor().execute(sql)
            rows = cursor.fetchall()
        self._log_query(sql, cursor, len(rows), began)
        return rows

    def stream(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The columns that *sql* asks for, and its rows in batches as they arrive."""
        began = time.monotonic()
        with self._translated_errors():
            cursor = self._connection.cursor().execute(sql)
        schema = arrow_tables.arrow_schema((column.name, column.type_code) for column in cursor.description)
        return schema, self._batches(sql, cursor, schema, began)

    def _batches(
        self, sql: str, cursor: trino.dbapi.Cursor, schema: pa.Schema, began: float
    ) -> Iterator[pa.RecordBatch]:
        count = 0
        with self._translated_errors():
            while rows := cursor.fetchmany(_ROWS_PER_BATCH):
                count += len(rows)
                yield arrow_tables.to_record_batch(rows, schema)
        self._log_query(sql, cursor, count, began)

    def _log_query(self, sql: str, cursor: trino.dbapi.Cursor, count: int, began: float) -> None:
        # Its text may have literals, so it is told by a digest; Trino knows the rest by the id.
        digest, seconds = blake2b(sql.encode(), digest_size=4).hexdigest(), time.monotonic() - began
        _log.debug("%s: SQL %s was query %s: %d rows in %.2f s", self.name, digest, cursor.query_id, count, seconds)

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except trino.exceptions.TrinoQueryError as error:
            raise self._query_error(error) from error
        except (trino.exceptions.Error, trino.exceptions.HttpError, requests.RequestException) as error:
            raise self._connection_error(error) from error

    @cached_property
    def _connection(self) -> trino.dbapi.Connection:
        access = self.cluster.trino
        if access is None:
            raise SourceError(
                f"Expected to know where the Trino of {self.name} is, found nothing about it.",
                remedy="write trino: into its entry in parameters/clusters.yaml",
            )
        address = urlsplit(access.url)
        password = resolve_secret(access.password, self._read_secret) if access.password else None
        if password:
            remember_login(access.user, password)
        return trino.dbapi.connect(
            host=address.hostname,
            port=address.port or (443 if address.scheme == "https" else 80),
            http_scheme=address.scheme,
            user=access.user,
            source=QUERY_SOURCE,
            auth=trino.auth.BasicAuthentication(access.user, password) if password else None,
            http_session=_trino_session(access),
            request_timeout=60,
            # By default Trino waits five minutes for a first worker, and whoever asks may want to know why.
            session_properties={"required_workers_max_wait_time": "20s"},
            timezone="UTC",
        )

    def _query_error(self, error: trino.exceptions.TrinoQueryError) -> SourceError:
        remedies = {
            "TABLE_NOT_FOUND": _ABSENT_TABLE_REMEDY,
            "SCHEMA_NOT_FOUND": _ABSENT_TABLE_REMEDY,
            "CATALOG_NOT_FOUND": "name another table, or add the catalog to Trino",
            "PERMISSION_DENIED": f"let the user {self.cluster.trino.user} read it",
        }
        remedy = remedies.get(error.error_name, f"look the query up in Trino: {error.query_id}")
        if "cannot impersonate" in error.message:
            remedy = "write the user as whom Kerberos logs in as user: into clusters.yaml"
        return SourceError(
            f"Expected an answer from {self.name}, found {error.error_name}: {error.message}", remedy=remedy
        )

    def _connection_error(self, error: Exception) -> SourceError:
        url, kerberos = http_sessions.url_without_credentials(self.cluster.trino.url), self.cluster.trino.kerberos
        if "error 401" not in str(error):
            return SourceError(
                f"Expected Trino to answer at {url}, found: {error}.",
                remedy=f"check the address and the network: curl {url}/v1/info",
            )
        remedy = "check user and password of the cluster"
        if kerberos:
            remedy = "compare its principal with service and hostname, its keytab with the KDC's, and the clocks"
        who = (kerberos.principal if kerberos else None) or self.cluster.trino.user
        return SourceError(f"Expected {url} to let {who} in, found: {error}.", remedy=remedy)


def _trino_session(access: TrinoAccess) -> requests.Session:
    if access.kerberos is None:
        return http_sessions.isolated_session(access.url, access.ca) if access.ca else requests.Session()
    session = http_sessions.isolated_session(access.url, access.ca or True)
    session.auth = KerberosAuth(access.kerberos, urlsplit(access.url).hostname)
    return session


def is_permanent_error(error: SourceError) -> bool:
    """Whether asking again is in vain, since the server refused what was asked or is not to be asked at all."""
    cause = error.__cause__
    if isinstance(cause, trino.exceptions.TrinoQueryError):
        return cause.error_type == "USER_ERROR"
    in_vain = cause is None or isinstance(cause, requests.exceptions.SSLError)
    return in_vain or any(f"error {status}" in str(cause) for status in (401, 403))
