"""What does git promise? The objects of charts, kustomize trees and plain YAML at a named commit."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from trinops import shell
from trinops.clusters import Declared
from trinops.errors import SourceError, did_you_mean
from trinops.objects import Object, Objects
from trinops.sources import commit as commits
from trinops.sources.manifests import parse

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFESTS = (".yaml", ".yml", ".json")
# Every other kind of Kubernetes itself lives in a namespace: kubectl api-resources --namespaced=false
_CLUSTER_SCOPED = {
    "": "ComponentStatus Namespace Node PersistentVolume",
    "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
    "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
    "ValidatingWebhookConfiguration",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "authentication.k8s.io": "SelfSubjectReview TokenReview",
    "authorization.k8s.io": "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "internal.apiserver.k8s.io": "StorageVersion",
    "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    "storagemigration.k8s.io": "StorageVersionMigration",
}
# Rendering never asks a network or a cluster: what git does not hold is not promised by it.
_NOWHERE = "http://127.0.0.1:9"
_OFFLINE = {
    "ALL_PROXY": _NOWHERE,
    "GIT_ALLOW_PROTOCOL": "file",
    "GIT_TERMINAL_PROMPT": "0",
    "HTTPS_PROXY": _NOWHERE,
    "HTTP_PROXY": _NOWHERE,
    "KUBECONFIG": os.devnull,
}


@dataclass(frozen=True)
class _Tree:
    """The files of a commit, laid out in *folder* without its *gaps*, which git does not hold."""

    commit: commits.Commit
    folder: Path
    gaps: dict[str, str]


@dataclass(frozen=True)
class _Found:
    """The *body* of an object and *where* it is declared; without a namespace it goes into *namespace*."""

    where: str
    namespace: str
    body: dict


def declared(parts: list[Declared], *, home: Path) -> Objects:
    """The objects of all *parts*, whose repositories are named from *home*, and the commits that they come from.

    A custom resource is taken to live in a namespace unless its definition is declared too and says otherwise.
    Raises SourceError when one part cannot be read or rendered as a whole, and for an object that is declared twice.
    """
    found, about = [], {}
    with tempfile.TemporaryDirectory(prefix="trinops-") as folder:
        trees: dict[tuple[Path, str], _Tree] = {}
        for number, part in enumerate(parts, 1):
            commit = commits.read((home / Path(part.repository).expanduser()).resolve(), part.commit)
            known = (commit.repository, commit.id)
            if known not in trees:
                laid = Path(folder) / str(len(trees))
                trees[known] = _Tree(commit, laid, commits.lay_out(commit, laid))
            about[f"declared {number}"] = f"{part.path} at {commit.id}"
            found += _found(part, trees[known])
    return Objects("declared", _objects(found), about=about)


def _found(part: Declared, tree: _Tree) -> Iterator[_Found]:
    path = PurePosixPath(part.path).as_posix()
    values = [PurePosixPath(each).as_posix() for each in part.values]
    _check(path, values, tree)
    for where, text in _texts(part, path, values, tree):
        for body in parse(text, where=where):
            yield _Found(where, part.namespace, body)


def _check(path: str, values: list[str], tree: _Tree) -> None:
    at = f"at {tree.commit.id:.12}"
    for gap in [
        each for each in tree.gaps if commits.within(each, path) or each in values or commits.within(path, each)
    ]:
        raise SourceError(
            f"Expected the content of {gap} {at}, found {tree.gaps[gap]}.",
            remedy="keep the content in the repository, or name the repository that has it",
        )
    files = tree.commit.files
    if path in files:
        raise _missing(f"a folder {path} {at}", "a file", "")
    if path not in tree.commit.folders:
        raise _missing(f"a folder {path} {at}", "none", did_you_mean(path, tree.commit.folders))
    for each in values:
        if each not in files:
            raise _missing(f"the values {each} {at}", "no such file", did_you_mean(each, files))


def _missing(expected: str, found: str, hint: str) -> SourceError:
    return SourceError(
        f"Expected {expected}, found {found}.", remedy=hint or "correct the path in parameters/clusters.yaml"
    )


def _texts(part: Declared, path: str, values: list[str], tree: _Tree) -> Iterator[tuple[str, str]]:
    names = {PurePosixPath(path, "Chart.yaml").as_posix(): _chart}
    names |= {PurePosixPath(path, name).as_posix(): _kustomize for name in _KUSTOMIZATIONS}
    [render, *_] = [how for name, how in names.items() if name in tree.commit.files] or [None]
    if render is not _chart and (part.release or values or part.kube_version):
        raise SourceError(
            f"Expected a chart in {path} at {tree.commit.id:.12}, as release, values and kube_version are for one, "
            "found no Chart.yaml.",
            remedy="correct the path, or remove them from parameters/clusters.yaml",
        )
    if render is None:
        yield from _plain(path, tree)
        return
    argv = render(part, path, values)
    yield f"{' '.join(argv[:2])} {path} at {tree.commit.id:.12}", _rendered(argv, tree)


def _chart(part: Declared, path: str, values: list[str]) -> list[str]:
    if not part.release:
        raise SourceError(
            f"Expected the release under which the chart {path} is installed, found none.",
            remedy="write release: into parameters/clusters.yaml",
        )
    argv = ["helm", "template", part.release, f"./{path}", "--namespace", part.namespace]
    argv += ["--include-crds", "--no-hooks", *(word for each in values for word in ("--values", each))]
    return argv + (["--kube-version", part.kube_version] if part.kube_version else [])


def _kustomize(part: Declared, path: str, values: list[str]) -> list[str]:
    program = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    return [*program, f"./{path}"]


def _rendered(argv: list[str], tree: _Tree) -> str:
    with tempfile.TemporaryDirectory(prefix="trinops-") as home:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": home, "TMPDIR": home} | _OFFLINE
        try:
            return shell.printed(*argv, folder=tree.folder, environment=environment).decode()
        except SourceError as error:
            if not shutil.which(argv[0]):
                raise
            raise SourceError(
                error.message.replace(f"{tree.folder}/", ""), remedy=f"run it in a checkout of {tree.commit.id:.12}"
            ) from error


def _plain(path: str, tree: _Tree) -> Iterator[tuple[str, str]]:
    names = sorted(name for name in tree.commit.files if commits.within(name, path) and name.endswith(_MANIFESTS))
    if not names:
        raise _missing(f"manifests in {path} at {tree.commit.id:.12}", f"none of *{', *'.join(_MANIFESTS)}", "")
    for name in names:
        where = f"{name} at {tree.commit.id:.12}"
        try:
            yield where, (tree.folder / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            found = getattr(error, "strerror", None) or error
            raise SourceError(f"Expected text in {where}, found: {found}.", remedy="correct that file") from error


def _objects(found: list[_Found]) -> tuple[Object, ...]:
    scoped = {(group, kind) for group, kinds in _CLUSTER_SCOPED.items() for kind in kinds.split()}
    scoped |= {_defined(each.body) for each in found if each.body["kind"] == "CustomResourceDefinition"}
    objects, places = [], {}
    for each in found:
        one = _object(each, scoped)
        identity = (one.group, one.kind, one.namespace, one.name)
        if identity in places:
            raise SourceError(
                f"Expected each object once, found {one} in {places[identity]} and in {each.where}.",
                remedy="remove one of the two",
            )
        objects.append(one)
        places[identity] = each.where
    return tuple(objects)


def _defined(definition: dict) -> tuple[str, str] | None:
    try:
        spec = definition["spec"]
        return (spec["group"], spec["names"]["kind"]) if spec["scope"] == "Cluster" else None
    except (KeyError, TypeError):
        return None


def _object(found: _Found, scoped: set[tuple[str, str]]) -> Object:
    version, kind, metadata = found.body["apiVersion"], found.body["kind"], dict(found.body["metadata"])
    namespace = metadata.pop("namespace", None) or found.namespace
    if (version.rpartition("/")[0], kind) in scoped:
        namespace = ""
    else:
        metadata["namespace"] = namespace
    raw = msgspec.json.encode(found.body | {"metadata": metadata})
    return Object(version, kind, namespace, metadata["name"], raw)
