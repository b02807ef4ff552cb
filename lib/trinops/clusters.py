"""Where is a cluster, and what is to be asked of it? Its entry in clusters.yaml, checked line by line."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from trinops.errors import ParameterError, did_you_mean


class Trino(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a Trino coordinator listens and who asks it."""

    url: str
    user: str = "trinops"
    password: str | None = None
    ca: str | None = None

    def __post_init__(self) -> None:
        """Refuse an address without a scheme, and a password that would travel in clear."""
        _check_address(self.url, self.password)


class Kubernetes(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
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


class Declared(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
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


class Prometheus(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a Prometheus listens and who asks it."""

    url: str
    user: str | None = None
    password: str | None = None
    ca: str | None = None

    def __post_init__(self) -> None:
        """Refuse what `Trino` refuses."""
        _check_address(self.url, self.password)


class Cluster(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One cluster: its Trino with the *table* of completed queries, its objects on both sides, its Prometheus."""

    trino: Trino | None = None
    table: str = "mysql.trino_events.trino_queries"
    kubernetes: Kubernetes | None = None
    declared: list[Declared] = []
    prometheus: Prometheus | None = None

    def __post_init__(self) -> None:
        """Refuse an entry about which nothing could be asked."""
        if not (self.trino or self.kubernetes or self.declared):
            raise ValueError("expected trino, kubernetes or declared")

    @property
    def parts(self) -> list[str]:
        """What can be asked of it: its history of queries, its live and its declared objects."""
        asked = {"history": self.trino, "live": self.kubernetes, "declared": self.declared}
        return [part for part, where in asked.items() if where]


def read(path: Path) -> dict[str, Cluster]:
    """Every cluster of the file *path*; raises ParameterError that names the line that is wrong."""
    try:
        root = yaml.compose(path.read_text(), yaml.SafeLoader)
    except OSError as error:
        raise ParameterError(
            f"Expected {path}, found: {error.strerror}.", remedy="take it from the repository"
        ) from error
    except yaml.YAMLError as error:
        raise ParameterError(f"Expected YAML, found in {path}: {error}", remedy="correct that line") from error
    _refuse_repeated_keys(root, path)
    known = _entries(root)
    if set(known) != {"clusters"}:
        raise ParameterError(
            f"{path}, line 1: expected the one key 'clusters', found {', '.join(known) or 'nothing'}.",
            remedy="put every cluster below 'clusters:'",
        )
    return {name: _cluster(node, path) for name, node in _entries(known["clusters"]).items()}


def _check_address(url: str, password: str | None) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"expected http:// or https:// before the url, found {url}")
    if password and url.startswith("http://"):
        raise ValueError("expected https:// for a user with a password, found http://")


def _refuse_repeated_keys(node: yaml.Node | None, path: Path) -> None:
    for mapping in _mappings(node):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                raise ParameterError(
                    f"{path}, line {key.start_mark.line + 1}: expected each key once, found {key.value!r} again.",
                    remedy="remove one of the two",
                )
            seen.add(key.value)


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _mappings(item)


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _cluster(node: yaml.Node, path: Path) -> Cluster:
    try:
        return msgspec.convert(_value(node), Cluster)
    except msgspec.ValidationError as error:
        # msgspec says: Object contains unknown field `prot` - at `$.declared[0]`
        what, _, where = str(error).partition(" - at ")
    steps = re.findall(r"[A-Za-z_]\w*|(?<=\[)(?:\d+|\.\.\.)", where)
    field = re.search(r"unknown field `(.+?)`", what)
    known = _PARTS.get(steps[0] if steps else "", Cluster).__struct_fields__
    hint = did_you_mean(field[1], known) if field else ""
    raise ParameterError(
        f"{path}, line {_line(node, steps, field)}: {what[0].lower()}{what[1:]}.",
        remedy=hint or f"the fields are: {', '.join(known)}",
    )


_PARTS = {"trino": Trino, "kubernetes": Kubernetes, "declared": Declared, "prometheus": Prometheus}


def _line(node: yaml.Node, steps: list[str], field: re.Match | None) -> int:
    for step in steps:
        below = dict(enumerate(node.value)) if isinstance(node, yaml.SequenceNode) else _entries(node)
        # msgspec does not say under which key of a dictionary it found the mistake.
        name = _wrong(below) if step == "..." else int(step) if step.isdigit() else step
        node = below.get(name, node)
    if field:
        [node] = [key for key, _ in node.value if key.value == field[1]]
    return node.start_mark.line + 1


def _wrong(namespaces: dict[str, yaml.Node]) -> str:
    for role, node in namespaces.items():
        try:
            msgspec.convert(_value(node), str | list[str])
        except msgspec.ValidationError:
            return role
    return ""


def _value(node: yaml.Node) -> object:
    return yaml.safe_load(yaml.serialize(node))
