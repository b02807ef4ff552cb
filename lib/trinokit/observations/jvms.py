"""What do the JVMs of Trino run with, what did they say, and what does a Java at hand say?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, order=True)
class PodContainer:
    """Where a command is run and whose log is read: a *container* of the pod *name*."""

    namespace: str
    name: str
    container: str


@dataclass(frozen=True)
class Jvm:
    """One JVM of Trino that runs, and the *arguments* that it was started with, one element each, passwords hashed.

    *node* is Trino's id of the node, which in its image is the name of the pod; *address* is the host under which the
    coordinator knows it. *java* and *trino* are their versions, such as 25.0.3+9-LTS and 476. *read_from* says how
    it was asked. What could not be learnt that way is empty or None.
    """

    node: str
    arguments: tuple[str, ...]
    read_from: str
    address: str = ""
    coordinator: bool | None = None
    java: str = ""
    trino: str = ""
    started: datetime | None = None


@dataclass(frozen=True)
class RunningJvms:
    """The *jvms* of a cluster, and why others could not be read, by the name of their node or pod."""

    jvms: tuple[Jvm, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PodLog:
    """The first *lines* that a pod wrote, or the *problem* that kept them from being read."""

    pod: PodContainer
    lines: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class LocalJava:
    """The Java that the *program* starts: its *version* and its *major*, such as 25.0.3 and 25.

    *present* are the modules that it has and *loaded* those of them that a server on the class path is started with.
    *modules* has, of those that were asked for, each package and the modules that it is exported to: `*` is everybody,
    and nothing that it is only contained. *said* is what it says more than usual when it is started with some flags.
    """

    program: str
    version: str
    major: int
    present: tuple[str, ...]
    loaded: tuple[str, ...]
    modules: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)
    said: tuple[str, ...] = ()
