"""Which clusters are there, and where does each one keep its history? parameters/clusters.yaml says."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from trinops.errors import ParameterError, did_you_mean

RECORDED = "recorded/"


class Trino(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a Trino coordinator listens and who asks it."""

    url: str
    user: str = "trinops"
    password: str | None = None
    ca: str | None = None

    def __post_init__(self) -> None:
        """Refuse an address without a scheme, and a password that would travel in clear."""
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"expected http:// or https:// before the url, found {self.url}")
        if self.password and self.url.startswith("http://"):
            raise ValueError("expected https:// for a user with a password, found http://")


class Cluster(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One cluster: its Trino, and the *table* its completed queries are written to."""

    trino: Trino
    table: str = "mysql.trino_events.trino_queries"


def home() -> Path:
    """The folder that holds notebooks/, parameters/ and recorded/.

    TRINOPS_HOME, or the nearest such folder above this one, or the checkout that trinops was installed from.
    Raises ParameterError when there is none.
    """
    named = os.environ.get("TRINOPS_HOME")
    here = Path(named) if named else Path.cwd()
    candidates = [here] if named else [here, *here.parents, Path(__file__).parents[2]]
    for folder in candidates:
        if (folder / "notebooks").is_dir() and (folder / "parameters").is_dir():
            return folder.resolve()
    raise ParameterError(
        f"Expected notebooks/ and parameters/ in {here} or above, found neither.",
        remedy="change into a checkout of trinops, or name one: TRINOPS_HOME=/path/to/trinops",
    )


def recordings() -> list[str]:
    """The names under which recorded clusters are asked for, such as recorded/demo."""
    return sorted(f"{RECORDED}{path.parent.name}" for path in (home() / RECORDED).glob("*/recording.json"))


def recording(name: str) -> Path:
    """The folder of the recorded cluster *name*; raises ParameterError when there is none."""
    folder = home() / name
    if folder.parent != home() / RECORDED.rstrip("/") or not folder.is_dir():
        raise _unknown(name, recordings(), "recording")
    return folder


def cluster(name: str) -> Cluster:
    """The cluster *name* of parameters/clusters.yaml.

    Raises ParameterError when there is none, or when the file does not say what it should.
    """
    known = clusters(home() / "parameters" / "clusters.yaml")
    if name not in known:
        raise _unknown(name, [*known, *recordings()], "cluster")
    return known[name]


def clusters(path: Path) -> dict[str, Cluster]:
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


def _unknown(name: str, known: list[str], kind: str) -> ParameterError:
    return ParameterError(
        f"Expected a {kind} of parameters/clusters.yaml or recorded/, found {name!r}.",
        remedy=f"{did_you_mean(name, known)} known are: {', '.join(known) or 'none'}".strip(),
    )


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
        # msgspec says: Object contains unknown field `prot` - at `$.trino`
        what, _, where = str(error).partition(" - at ")
    field = re.search(r"unknown field `(.+?)`", what)
    known = [*Cluster.__struct_fields__, *Trino.__struct_fields__]
    hint = did_you_mean(field[1], known) if field else ""
    raise ParameterError(
        f"{path}, line {_line(node, where.strip('`'), field)}: {what[0].lower()}{what[1:]}.",
        remedy=hint or f"the fields are: {', '.join(known)}",
    )


def _line(node: yaml.Node, where: str, field: re.Match | None) -> int:
    for name in where.split(".")[1:]:
        node = _entries(node).get(name, node)
    if field:
        [node] = [key for key, _ in node.value if key.value == field[1]]
    return node.start_mark.line + 1


def _value(node: yaml.Node) -> object:
    return yaml.safe_load(yaml.serialize(node))
