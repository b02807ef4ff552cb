"""Which files of a clone does its part read, and which of them become a ConfigMap?"""

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import basename, dirname, join, normpath

from trinokit.evidence import Clone
from trinokit.kerberos.files import blocks

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFESTS = (".yaml", ".yml")
_LISTED = ("resources", "bases", "components", "patchesStrategicMerge")


@dataclass(frozen=True)
class Source:
    """A *file* that kustomize makes the *key* of the ConfigMap *name* of."""

    file: str
    name: str
    key: str

    def __str__(self) -> str:
        """How a person names it."""
        return self.file


def within(clone: Clone, name: str) -> str:
    """The path in the repository of the file *name* of the part."""
    return normpath(join(clone.path, name))


def is_chart(clone: Clone) -> bool:
    """Whether the part is a Helm chart."""
    return within(clone, "Chart.yaml") in clone.files


def kustomization(clone: Clone) -> str:
    """The file that makes the part a kustomize tree; empty where it is none."""
    return next(iter(_kustomizations(clone, clone.path)), "")


def manifests(clone: Clone) -> list[str]:
    """The manifests that the part is made of, as paths in the repository."""
    read = _read(clone) if kustomization(clone) else {each for each in clone.files if _below(each, clone.path)}
    return sorted(each for each in read if each in clone.files and each.endswith(_MANIFESTS))


def sources(clone: Clone) -> Iterator[Source]:
    """The files that kustomize makes ConfigMaps of."""
    for file in sorted(_read(clone)) if kustomization(clone) else ():
        about = mapping(clone, file) if basename(file) in _KUSTOMIZATIONS else {}
        for each in about.get("configMapGenerator") or []:
            for listed in each.get("files") or []:
                key, _, path = listed.rpartition("=")
                yield Source(normpath(join(dirname(file), path)), each["name"], key or basename(path))


def mapping(clone: Clone, file: str) -> dict:
    """What the first document of a *file* says; raises PlanError when it is no YAML."""
    found = [each for each in blocks.documents(clone.files[file], file) if isinstance(each, dict)]
    return found[0] if found else {}


def _read(clone: Clone) -> set[str]:
    """The files and folders that the kustomize tree reads."""
    found: set[str] = set()
    waiting = [clone.path]
    while waiting:
        place = waiting.pop()
        if place not in found:
            found |= {place, *_kustomizations(clone, place)}
            for file in _kustomizations(clone, place):
                waiting += [normpath(join(place, each)) for each in _named(mapping(clone, file))]
    return found


def _named(kustomization: dict) -> list[str]:
    listed = [each for field in _LISTED for each in kustomization.get(field) or []]
    patches = [each.get("path") for each in kustomization.get("patches") or [] if isinstance(each, dict)]
    return [each for each in (*listed, *patches) if isinstance(each, str)]


def _kustomizations(clone: Clone, folder: str) -> list[str]:
    return [file for name in _KUSTOMIZATIONS if (file := normpath(join(folder, name))) in clone.files]


def _below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")
