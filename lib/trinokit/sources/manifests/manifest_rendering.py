"""What does git promise? The objects of charts, kustomize trees and plain YAML at a named commit."""

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path, PurePosixPath

import msgspec

from trinokit import shell
from trinokit.clusters_file import DeclaredPart
from trinokit.errors import SourceError, did_you_mean
from trinokit.objects import Object, Objects
from trinokit.sources.git import files_at_commit as commits
from trinokit.sources.manifests.manifest_parsing import manifest_cache, parse_manifests
from trinokit.sources.manifests.parse_cache import ParseCache

_KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFEST_SUFFIXES = (".yaml", ".yml", ".json")
_CRD_KIND = "CustomResourceDefinition"
# Every other kind of Kubernetes itself lives in a namespace: kubectl api-resources --namespaced=false
_CLUSTER_SCOPED_KINDS = {
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
_UNREACHABLE_PROXY = "http://127.0.0.1:9"
_OFFLINE_ENVIRONMENT = {
    "ALL_PROXY": _UNREACHABLE_PROXY,
    "GIT_ALLOW_PROTOCOL": "file",
    "GIT_TERMINAL_PROMPT": "0",
    "HTTPS_PROXY": _UNREACHABLE_PROXY,
    "HTTP_PROXY": _UNREACHABLE_PROXY,
    "KUBECONFIG": os.devnull,
}


@dataclass(frozen=True)
class _CommitCheckout:
    """The files of a *commit*, which can be laid out in *folder*."""

    commit: commits.CommitFiles
    folder: Path

    @cached_property
    def missing_contents(self) -> dict[str, str]:
        """What git does not hold, and why, of the files that now lie in the folder."""
        return commits.export_files(self.commit, self.folder)


@dataclass(frozen=True)
class _DeclaredObject:
    """The *body* of an object and *where* it is declared; without a namespace it goes into *namespace*.

    *again* says that it is of the second rendering.
    """

    where: str
    namespace: str
    body: dict
    is_second: bool


def declared_objects(parts: list[DeclaredPart], *, home: Path) -> Objects:
    """The objects of all *parts*, whose repositories are named from *home*, and the commits that they come from.

    A custom resource is taken to live in a namespace unless its definition is declared too and says otherwise.
    Charts are rendered twice, which tells what comes out otherwise each time.
    Raises SourceError when one part cannot be read or rendered as a whole, and for an object that is declared twice.
    """
    objects_by_part: list[list[_DeclaredObject]] = []
    about = {}
    with tempfile.TemporaryDirectory(prefix="trinokit-") as folder, manifest_cache() as cache:
        trees: dict[tuple[Path, str], _CommitCheckout] = {}
        for number, part in enumerate(parts, 1):
            commit = commits.read_commit_files((home / Path(part.repository).expanduser()).resolve(), part.commit)
            commit_key = (commit.repository, commit.id)
            if commit_key not in trees:
                laid = Path(folder) / str(len(trees))
                trees[commit_key] = _CommitCheckout(commit, laid)
            about[f"declared {number}"] = f"{part.path} at {commit.id}"
            objects_by_part.append(list(_part_objects(part, trees[commit_key], cache)))
    every = list(chain(*objects_by_part))
    cluster_scoped = {(group, kind) for group, kinds in _CLUSTER_SCOPED_KINDS.items() for kind in kinds.split()}
    cluster_scoped |= {_cluster_scoped_definition(each.body) for each in every if each.body["kind"] == _CRD_KIND}
    items = _unique_objects([each for each in every if not each.is_second], cluster_scoped)
    return Objects(
        "declared",
        items,
        about=about,
        unstable=tuple(chain(*(_unstable_objects(each, cluster_scoped) for each in objects_by_part))),
    )


def _part_objects(part: DeclaredPart, tree: _CommitCheckout, cache: ParseCache) -> Iterator[_DeclaredObject]:
    path = PurePosixPath(part.path).as_posix()
    values = [PurePosixPath(each).as_posix() for each in part.values]
    for location, text, second_text in _manifest_texts(part, path, values, tree):
        for body in parse_manifests(text, location=location, cache=cache):
            yield _DeclaredObject(location, part.namespace, body, is_second=False)
        for body in parse_manifests(second_text, location=location, cache=cache) if second_text != text else ():
            yield _DeclaredObject(location, part.namespace, body, is_second=True)


def _check_paths(path: str, values: list[str], tree: _CommitCheckout, gaps: dict[str, str]) -> None:
    at = f"at {tree.commit.id:.12}"
    for gap in [
        each
        for each in gaps
        if commits.is_path_within(each, path) or each in values or commits.is_path_within(path, each)
    ]:
        raise SourceError(
            f"Expected the content of {gap} {at}, found {gaps[gap]}.",
            remedy="keep the content in the repository, or name the repository that has it",
        )
    files = tree.commit.files
    if path in files:
        raise _missing_path_error(f"a folder {path} {at}", "a file", "")
    if path not in tree.commit.folders:
        raise _missing_path_error(f"a folder {path} {at}", "none", did_you_mean(path, tree.commit.folders))
    for each in values:
        if each not in files:
            raise _missing_path_error(f"the values {each} {at}", "no such file", did_you_mean(each, files))


def _missing_path_error(expected: str, found: str, hint: str) -> SourceError:
    return SourceError(
        f"Expected {expected}, found {found}.", remedy=hint or "correct the path in parameters/clusters.yaml"
    )


def _manifest_texts(
    part: DeclaredPart, path: str, values: list[str], tree: _CommitCheckout
) -> Iterator[tuple[str, str, str]]:
    """Where a text is, the text, and the text once more."""
    render = _find_renderer(path, tree.commit.files)
    if render is None and not tree.commit.has_links:
        # Plain files need not be written to be read.
        contents, gaps = commits.file_contents(tree.commit, path)
    else:
        contents, gaps = None, tree.missing_contents
    _check_paths(path, values, tree, gaps)
    if render is not _helm_template_command and (part.release or values or part.kube_version):
        raise SourceError(
            f"Expected a chart in {path} at {tree.commit.id:.12}, as release, values and kube_version are for one, "
            "found no Chart.yaml.",
            remedy="correct the path, or remove them from parameters/clusters.yaml",
        )
    if render is None:
        yield from _plain_manifests(path, tree, contents)
        return
    argv = render(part, path, values)
    text = _run_renderer(argv, tree)
    second_text = _run_renderer(argv, tree) if render is _helm_template_command else text
    yield f"{' '.join(argv[:2])} {path} at {tree.commit.id:.12}", text, second_text


def _find_renderer(path: str, files: Collection[str]) -> Callable[[DeclaredPart, str, list[str]], list[str]] | None:
    names = {PurePosixPath(path, "Chart.yaml").as_posix(): _helm_template_command}
    names |= {PurePosixPath(path, name).as_posix(): _kustomize_command for name in _KUSTOMIZATION_FILES}
    return next((renderer for name, renderer in names.items() if name in files), None)


def _helm_template_command(part: DeclaredPart, path: str, values: list[str]) -> list[str]:
    if not part.release:
        raise SourceError(
            f"Expected the release under which the chart {path} is installed, found none.",
            remedy="write release: into parameters/clusters.yaml",
        )
    argv = ["helm", "template", part.release, f"./{path}", "--namespace", part.namespace]
    argv += ["--include-crds", "--no-hooks", *(word for each in values for word in ("--values", each))]
    return argv + (["--kube-version", part.kube_version] if part.kube_version else [])


def _kustomize_command(part: DeclaredPart, path: str, values: list[str]) -> list[str]:
    program = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    return [*program, f"./{path}"]


def _run_renderer(argv: list[str], tree: _CommitCheckout) -> str:
    with tempfile.TemporaryDirectory(prefix="trinokit-") as home:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": home, "TMPDIR": home} | _OFFLINE_ENVIRONMENT
        try:
            return shell.check_output(*argv, folder=tree.folder, environment=environment).decode()
        except SourceError as error:
            if not shutil.which(argv[0]):
                raise
            raise SourceError(
                error.message.replace(f"{tree.folder}/", ""), remedy=f"run it in a checkout of {tree.commit.id:.12}"
            ) from error


def _plain_manifests(
    path: str, tree: _CommitCheckout, contents: dict[str, bytes] | None
) -> Iterator[tuple[str, str, str]]:
    names = sorted(
        name for name in tree.commit.files if commits.is_path_within(name, path) and name.endswith(_MANIFEST_SUFFIXES)
    )
    if not names:
        raise _missing_path_error(
            f"manifests in {path} at {tree.commit.id:.12}", f"none of *{', *'.join(_MANIFEST_SUFFIXES)}", ""
        )
    for name in names:
        location = f"{name} at {tree.commit.id:.12}"
        try:
            content = (tree.folder / name).read_bytes() if contents is None else contents[name]
            text = content.decode().replace("\r\n", "\n").replace("\r", "\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SourceError(f"Expected text in {location}, found: {reason}.", remedy="correct that file") from error
        yield location, text, text


def _unique_objects(rendered: list[_DeclaredObject], cluster_scoped: set[tuple[str, str]]) -> tuple[Object, ...]:
    objects, locations = [], {}
    for each in rendered:
        object = _to_object(each, cluster_scoped)
        if object.identity in locations:
            raise SourceError(
                f"Expected each object once, found {object} in {locations[object.identity]} and in {each.where}.",
                remedy="remove one of the two",
            )
        objects.append(object)
        locations[object.identity] = each.where
    return tuple(objects)


def _cluster_scoped_definition(definition: dict) -> tuple[str, str] | None:
    try:
        spec = definition["spec"]
        return (spec["group"], spec["names"]["kind"]) if spec["scope"] == "Cluster" else None
    except (KeyError, TypeError):
        return None


def _unstable_objects(rendered: list[_DeclaredObject], cluster_scoped: set[tuple[str, str]]) -> Iterator[Object]:
    if not any(each.is_second for each in rendered):
        return
    first_objects, second_objects = (
        {
            each.place: each
            for each in _unique_objects([each for each in rendered if each.is_second is second], cluster_scoped)
        }
        for second in (False, True)
    )
    for identity in sorted(first_objects | second_objects):
        if (
            identity not in first_objects
            or identity not in second_objects
            or first_objects[identity].body != second_objects[identity].body
        ):
            yield second_objects.get(identity) or first_objects[identity]


def _to_object(rendered: _DeclaredObject, cluster_scoped: set[tuple[str, str]]) -> Object:
    version, kind, metadata = rendered.body["apiVersion"], rendered.body["kind"], dict(rendered.body["metadata"])
    namespace = metadata.pop("namespace", None) or rendered.namespace
    if (version.rpartition("/")[0], kind) in cluster_scoped:
        namespace = ""
    else:
        metadata["namespace"] = namespace
    raw = msgspec.json.encode(rendered.body | {"metadata": metadata})
    return Object(api_version=version, kind=kind, namespace=namespace, name=metadata["name"], raw=raw)
