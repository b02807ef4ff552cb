"""Which files of a clone does its part read, and which of them become a ConfigMap?"""

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import basename, dirname, join, normpath

from trinokit.kerberos.git_files import manifest_block_edits
from trinokit.observations import Clone

_KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFEST_SUFFIXES = (".yaml", ".yml")
_PATH_FIELDS = ("resources", "bases", "components", "patchesStrategicMerge")


@dataclass(frozen=True)
class GeneratorFile:
    """A *file* that kustomize makes the *key* of the ConfigMap *name* of."""

    file: str
    name: str
    key: str

    def __str__(self) -> str:
        """How a person names it."""
        return self.file


def repository_path(clone: Clone, name: str) -> str:
    """The path in the repository of the file *name* of the part."""
    return normpath(join(clone.path, name))


def is_helm_chart(clone: Clone) -> bool:
    """Whether the part is a Helm chart."""
    return repository_path(clone, "Chart.yaml") in clone.files


def kustomization_file(clone: Clone) -> str:
    """The file that makes the part a kustomize tree; empty where it is none."""
    return next(iter(_kustomization_files(clone, clone.path)), "")


def manifest_files(clone: Clone) -> list[str]:
    """The manifests that the part is made of, as paths in the repository."""
    manifest_paths = (
        _kustomize_paths(clone)
        if kustomization_file(clone)
        else {each for each in clone.files if _is_below(each, clone.path)}
    )
    return sorted(each for each in manifest_paths if each in clone.files and each.endswith(_MANIFEST_SUFFIXES))


def generator_files(clone: Clone) -> Iterator[GeneratorFile]:
    """The files that kustomize makes ConfigMaps of."""
    for file in sorted(_kustomize_paths(clone)) if kustomization_file(clone) else ():
        about = first_document(clone, file) if basename(file) in _KUSTOMIZATION_NAMES else {}
        for each in about.get("configMapGenerator") or []:
            for listed in each.get("files") or []:
                key, _, path = listed.rpartition("=")
                yield GeneratorFile(normpath(join(dirname(file), path)), each["name"], key or basename(path))


def first_document(clone: Clone, file: str) -> dict:
    """What the first document of a *file* says; raises PlanError when it is no YAML."""
    documents = manifest_block_edits.manifest_documents(clone.files[file], file)
    return next((each for each in documents if isinstance(each, dict)), {})


def _kustomize_paths(clone: Clone) -> set[str]:
    """The files and folders that the kustomize tree reads."""
    paths: set[str] = set()
    waiting = [clone.path]
    while waiting:
        folder = waiting.pop()
        if folder not in paths:
            paths |= {folder, *_kustomization_files(clone, folder)}
            for file in _kustomization_files(clone, folder):
                waiting += [normpath(join(folder, each)) for each in _listed_paths(first_document(clone, file))]
    return paths


def _listed_paths(kustomization: dict) -> list[str]:
    listed = [each for field in _PATH_FIELDS for each in kustomization.get(field) or []]
    patches = [each.get("path") for each in kustomization.get("patches") or [] if isinstance(each, dict)]
    return [each for each in (*listed, *patches) if isinstance(each, str)]


def _kustomization_files(clone: Clone, folder: str) -> list[str]:
    return [file for name in _KUSTOMIZATION_NAMES if (file := normpath(join(folder, name))) in clone.files]


def _is_below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")
