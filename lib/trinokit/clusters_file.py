"""Where is a cluster, and what is to be asked of it? Its entry in clusters.yaml, checked line by line."""

from pathlib import Path

import msgspec

from trinokit import typed_yaml
from trinokit.errors import ParameterError


class KerberosLogin(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How a coordinator is logged into by Kerberos: as *principal* with its *keytab*, or with the user's own ticket.

    The coordinator's principal is *service*/*hostname*, by default with the host of its url; *config* is the
    krb5.conf, by default that of the system.
    """

    principal: str | None = None
    keytab: str | None = None
    service: str = "trino"
    hostname: str | None = None
    config: str | None = None


class TrinoAccess(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a Trino coordinator listens and who asks it."""

    url: str
    user: str = "trinokit"
    password: str | None = None
    ca: str | None = None
    kerberos: KerberosLogin | None = None

    def __post_init__(self) -> None:
        """Refuse an address without a scheme, a login that would travel in clear, and two ways to log in."""
        _check_url(self.url, self.password)
        if self.kerberos and self.password:
            raise ValueError("expected either password or kerberos")
        if self.kerberos and self.url.startswith("http://"):
            raise ValueError("expected https:// for Kerberos, found http://")


class KubernetesAccess(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How the API server is reached, and which *namespaces* play which role.

    *context* is one of *kubeconfig* (default: KUBECONFIG, or ~/.kube/config); *in_cluster* takes the pod's own
    service account. *kinds* are read besides the usual ones, spelled as kubectl does: scaledobjects.keda.sh.
    """

    namespaces: dict[str, str | list[str]]
    context: str | None = None
    kubeconfig: str | None = None
    in_cluster: bool = False
    kinds: list[str] = []

    def __post_init__(self) -> None:
        """Refuse an entry that reaches no API server, or two, and one that asks for no namespace."""
        if self.in_cluster == bool(self.context):
            raise ValueError("expected either context or in_cluster")
        if self.in_cluster and self.kubeconfig:
            raise ValueError("expected no kubeconfig where in_cluster is set")
        if not self.roles:
            raise ValueError("expected at least one namespace")

    @property
    def roles(self) -> dict[str, str]:
        """The role that each namespace plays, by namespace."""
        lists = {role: [names] if isinstance(names, str) else names for role, names in self.namespaces.items()}
        return {name: role for role, names in lists.items() for name in names}


class DeclaredPart(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where one part of the declared side lies: *path* of the clone *repository* at *commit*.

    A Chart.yaml there makes it a chart, a kustomization.yaml a kustomize tree, else it is a folder of plain YAML.
    *release*, *values* (paths in the repository) and *kube_version* are for a chart; *namespace* is where objects
    go that name none.
    """

    path: str
    repository: str = "."
    commit: str = "HEAD"
    namespace: str = "default"
    release: str | None = None
    values: list[str] = []
    kube_version: str | None = None


class PrometheusAccess(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a Prometheus listens and who asks it."""

    url: str
    user: str | None = None
    password: str | None = None
    ca: str | None = None

    def __post_init__(self) -> None:
        """Refuse what `TrinoAccess` refuses."""
        _check_url(self.url, self.password)


class Cluster(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One cluster: its Trino with the *table* of completed queries, its objects on both sides, its Prometheus."""

    trino: TrinoAccess | None = None
    table: str = "mysql.trino_events.trino_queries"
    kubernetes: KubernetesAccess | None = None
    declared: list[DeclaredPart] = []
    prometheus: PrometheusAccess | None = None

    def __post_init__(self) -> None:
        """Refuse an entry about which nothing could be asked."""
        if not (self.trino or self.kubernetes or self.declared):
            raise ValueError("expected trino, kubernetes or declared")

    @property
    def parts(self) -> list[str]:
        """What can be asked of it: its history of queries, its live and its declared objects."""
        access_by_part = {"history": self.trino, "live": self.kubernetes, "declared": self.declared}
        return [part for part, access in access_by_part.items() if access]


class _ClustersFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    clusters: dict[str, Cluster]


def read_clusters(path: Path) -> dict[str, Cluster]:
    """Every cluster of the file *path*; raises ParameterError that names the line that is wrong."""
    try:
        text = path.read_text()
    except OSError as error:
        raise ParameterError(
            f"Expected {path}, found: {error.strerror}.", remedy="take it from the repository"
        ) from error
    return typed_yaml.load_yaml_as(text, str(path), _ClustersFile).clusters


def _check_url(url: str, password: str | None) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"expected http:// or https:// before the url, found {url}")
    if password and url.startswith("http://"):
        raise ValueError("expected https:// for a user with a password, found http://")
