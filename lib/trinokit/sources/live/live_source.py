"""What does a running cluster answer? Its Trino the questions, its API server which objects there are."""

from collections.abc import Iterable

from trinokit.clusters_file import Cluster
from trinokit.errors import ParameterError
from trinokit.sources.live.clones import LiveClones
from trinokit.sources.live.commands import LiveCommands
from trinokit.sources.live.jvms import LiveJvms
from trinokit.sources.live.live_cluster_context import LiveCluster
from trinokit.sources.live.login import LiveLogin
from trinokit.sources.live.objects import LiveObjects
from trinokit.sources.live.provenance import LiveProvenance
from trinokit.sources.live.query_history import LiveHistory
from trinokit.sources.secrets.hash_key import HashKey
from trinokit.sources.secrets.redaction import redact_texts
from trinokit.sources.source_repr import summary_html, summary_text
from trinokit.sources.trino.coordinator import Coordinator
from trinokit.sources.trino.query_history_protocol import Queries


class Live:
    """A cluster that is asked now, with the parts of a `Source`.

    Its *table* of completed queries is named as catalog.schema.table. Secret data leave it only as hashes under *key*,
    by default one of its own.
    """

    def __init__(self, name: str, cluster: Cluster, table: str, key: HashKey | None = None) -> None:
        if cluster.trino and table.count(".") != 2:
            raise ParameterError(
                f"Expected a table as catalog.schema.table, found {table!r}.",
                remedy="such as mysql.trino_events.trino_queries",
            )
        self.name, self.cluster, self.table, self.key = name, cluster, table, key or HashKey()
        live_cluster = LiveCluster(name, cluster, self.key)
        coordinator = Coordinator(name, cluster, live_cluster.read_secret)
        self.history = LiveHistory(name, table, coordinator)
        self.queries = Queries(self.history)
        self.ask, self.sql, self.questions = self.queries.ask, self.queries.sql, self.queries.questions
        self.objects = LiveObjects(live_cluster)
        self.provenance = LiveProvenance(live_cluster)
        self.commands = LiveCommands(live_cluster)
        self.jvms = LiveJvms(live_cluster, coordinator, self.commands)
        self.login = LiveLogin(live_cluster)
        self.git = LiveClones(live_cluster)
        self._redact = live_cluster.redact

    __repr__, _repr_html_ = summary_text, summary_html

    @property
    def part_descriptions(self) -> dict[str, str]:
        """What there is of each part in words, which shows no secret and asks nobody."""
        cluster = self.cluster
        declared = ", ".join(part.path for part in cluster.declared)
        return {
            "queries": f"those of {self.table}" if cluster.trino else "no Trino is known",
            "objects": ", ".join(self.objects.sides) or "no side is known",
            "provenance": ", ".join(
                ["audit log by its path", *(["Helm revisions"] * bool(cluster.kubernetes and cluster.declared))]
                + ["Prometheus"] * bool(cluster.prometheus)
            ),
            "jvms": " or ".join(
                ["through trino"] * bool(cluster.trino) + ["through kubectl"] * bool(cluster.kubernetes)
            )
            or "nobody to ask",
            "login": "by Kerberos" if cluster.trino and cluster.trino.kerberos else "without Kerberos",
            "git": f"declared in {declared}" if declared else "nothing is declared",
        }

    def redact_texts(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The *texts* with the secrets in them hashed as those of a ConfigMap are."""
        return redact_texts(texts, self._redact)
