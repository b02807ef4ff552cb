"""Where is what git declares changed?"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Clone:
    """A clone in which one part of the declared side is changed.

    *repository* is its folder, *branch* what is checked out there at *head* (empty where it is detached), and *path*,
    *release*, *values* and *namespace* are those of the part, as clusters.yaml says. *files* has the text of each file
    that may hold flags by its path in the repository, and *changed* the paths that differ from *head*. Where there is a
    *problem* nothing can be changed, and the *remedy* says what to do about it.
    """

    repository: str
    branch: str
    head: str
    path: str
    namespace: str
    release: str = ""
    values: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    changed: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""
