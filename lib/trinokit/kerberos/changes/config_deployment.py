"""How does what git has become live? It is deployed by helm or kubectl, and the nodes are rolled."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trinokit import helm_command_prefix
from trinokit.errors import PlanError
from trinokit.kerberos.changes import kubectl_commands, rolling_restart
from trinokit.kerberos.git_files import config_map_source_files, flag_locations, manifest_block_edits
from trinokit.kerberos.trino_workloads import JvmConfigFile
from trinokit.observations import Clone, HelmRevision
from trinokit.plan import Command, Step

# kustomize ends the name of a ConfigMap with a hash of its data, and so the pods that mount it are rolled.
_KUSTOMIZE_HASH = re.compile(r"-[2456789bcdfghkmt]{10}$")
_REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
_HELM_S, _APPLY_S = 300, 120


@dataclass(frozen=True)
class DeployOptions:
    """How git becomes live: by *kubectl*, and by a helm that asks the same API server.

    A rollout may take so many *seconds*. The branch is pushed to *remote* where one is named. *releases* are the
    revisions of Helm's releases.
    """

    kubectl: tuple[str, ...]
    seconds: float
    remote: str = ""
    releases: tuple[HelmRevision, ...] = ()


def rollout_steps_after_deploy(
    config_files: Sequence[JvmConfigFile], edited: Sequence[JvmConfigFile], clone: Clone, options: DeployOptions
) -> tuple[Step, ...]:
    """Roll *config_files* and wait, once they are deployed; of the *edited* ones some are rolled by that."""
    return tuple(
        step
        for config_file in config_files
        for step in _workload_rollout_steps(config_file, config_file in edited, clone, options)
    )


def helm_upgrade_step(clone: Clone, options: DeployOptions, restart_commands: Sequence[Command]) -> Step:
    """Deploy the chart; its undo goes back to the revision that is deployed now, and then does *restart_commands*.

    Raises PlanError when that revision is not one to go back to.
    """
    rollback = ("rollback", clone.release, f"{_deployed_revision(clone, options)}", "--namespace", clone.namespace)
    files = [option for file in clone.values for option in ("--values", f"{clone.repository}/{file}")]
    # What the operator once gave helm from elsewhere, such as passwords, is not in git and must not be lost.
    chart = (f"{clone.repository}/{clone.path}", "--reset-then-reuse-values", *files)
    return Step(
        f"Upgrade the release {clone.release} in {clone.namespace}",
        Command(
            (
                *helm_command_prefix.helm_prefix(options.kubectl),
                "upgrade",
                clone.release,
                *chart,
                "--namespace",
                clone.namespace,
            )
        ),
        undo=(Command((*helm_command_prefix.helm_prefix(options.kubectl), *rollback)), *restart_commands),
        seconds=_HELM_S,
        partial=True,
    )


def kubectl_apply_steps(config_files: Sequence[JvmConfigFile], clone: Clone, options: DeployOptions) -> Iterator[Step]:
    """Deploy what *config_files* are declared in, where that is a kustomize tree or plain YAML.

    There is no undo: what there was before is applied once git has it again.
    """
    kubectl, apply = options.kubectl, {"seconds": _APPLY_S, "partial": True}
    if about := config_map_source_files.kustomization_file(clone):
        namespace_option = (
            () if config_map_source_files.first_document(clone, about).get("namespace") else ("-n", clone.namespace)
        )
        command = Command((*kubectl, *namespace_option, "apply", "-k", f"{clone.repository}/{clone.path}"))
        yield Step(f"Apply {clone.path}", command, **apply)
        return
    for file in sorted({flag_locations.flag_location(config_file, clone).file for config_file in config_files}):
        documents = [
            each for each in manifest_block_edits.manifest_documents(clone.files[file], file) if isinstance(each, dict)
        ]
        namespace_option = (
            () if all((each.get("metadata") or {}).get("namespace") for each in documents) else ("-n", clone.namespace)
        )
        command = Command((*kubectl, *namespace_option, "apply", "-f", f"{clone.repository}/{file}"))
        yield Step(f"Apply {file}", command, **apply)


def restore_config_commands(config_file: JvmConfigFile, options: DeployOptions) -> tuple[Command, ...]:
    """What makes the live *config_file* as it is now, after the declared one was applied, and rolls its workload."""
    if config_file.live is None:
        return ()
    workload, kubectl = config_file.workload, options.kubectl
    wait = kubectl_commands.rollout_status_command(workload, kubectl, options.seconds)
    if not _KUSTOMIZE_HASH.search(config_file.config_map.name):
        return (
            kubectl_commands.patch_config_map_command(config_file, config_file.declared, config_file.live, kubectl),
            kubectl_commands.rollout_restart_command(workload, kubectl),
            wait,
        )
    # What is applied is either another ConfigMap, which the pods then mount, or this one with another text.
    revision = workload.object.annotations.get(_REVISION_ANNOTATION)
    if not revision:
        raise PlanError(
            f"Expected {config_file.subject} to tell its revision, to which the plan could go back, found none.",
            remedy="deploy it as you do otherwise, and roll it then",
        )
    return (
        kubectl_commands.overwrite_config_map_command(config_file, config_file.live, kubectl),
        kubectl_commands.rollout_undo_command(workload, revision, kubectl),
        wait,
    )


def _workload_rollout_steps(
    config_file: JvmConfigFile, edited: bool, clone: Clone, options: DeployOptions
) -> tuple[Step, ...]:
    workload, chart = config_file.workload, config_map_source_files.is_helm_chart(clone)
    summed = any(workload.annotations.get(f"checksum/{name}") for name in (f"{config_file.role}-config", "config"))
    hash_match = _KUSTOMIZE_HASH.search(config_file.config_map.name)
    if edited and (summed if chart else hash_match):
        return (rolling_restart.rollout_wait_step(workload, options.kubectl, options.seconds),)
    return rolling_restart.restart_steps(workload, options.kubectl, options.seconds)


def _deployed_revision(clone: Clone, options: DeployOptions) -> int:
    revisions = [each for each in options.releases if (each.name, each.namespace) == (clone.release, clone.namespace)]
    last = max(revisions, key=lambda each: each.revision, default=None)
    if last is None or last.status != "deployed":
        last_text = f"its revision {last.revision} {last.status}" if last else "none"
        raise PlanError(
            f"Expected the release {clone.release or '(not named)'} deployed in {clone.namespace}, found {last_text}.",
            remedy=f"look at it first: helm history {clone.release or 'RELEASE'} --namespace {clone.namespace}",
        )
    return last.revision
