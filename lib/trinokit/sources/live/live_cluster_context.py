"""What do the parts of a live cluster share? Where it is, and the key that its secrets are hashed with."""

from dataclasses import dataclass

from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.errors import SourceError
from trinokit.objects import Object
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.secrets.hash_key import HashKey
from trinokit.sources.secrets.redaction import redact_object


@dataclass(frozen=True)
class LiveCluster:
    """The cluster *name*, whose *entry* of clusters.yaml says where it is; its secrets are hashed under *key*."""

    name: str
    entry: Cluster
    key: HashKey

    @property
    def kubernetes(self) -> KubernetesAccess:
        """Where its API server is; raises SourceError when nothing says so."""
        if self.entry.kubernetes is None:
            raise SourceError(
                f"Expected to know where the API server of {self.name} is, found nothing about it.",
                remedy="write kubernetes: into its entry in parameters/clusters.yaml",
            )
        return self.entry.kubernetes

    @property
    def api_server(self) -> ApiServer:
        """Its API server, which is not asked yet; raises SourceError when nothing says where it is."""
        return ApiServer(self.kubernetes)

    def read_secret(self, namespace: str, name: str) -> dict[str, bytes]:
        """The data of one of its Secrets, which a reference in clusters.yaml names."""
        return ApiServer(self.entry.kubernetes).secret_data(namespace, name)

    def redact(self, object: Object) -> Object:
        """The *object* with its secrets hashed."""
        return redact_object(object, self.key.secret)
