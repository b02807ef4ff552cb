"""How do flags come into force? The plan that changes jvm.config, in the cluster or in git, and rolls the nodes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from trinokit.errors import PlanError
from trinokit.findings import WARNING, Finding, format_count
from trinokit.kerberos import jvm_config_text
from trinokit.kerberos.changes import config_deployment, git_steps, kubectl_commands, rolling_restart
from trinokit.kerberos.changes.config_deployment import DeployOptions
from trinokit.kerberos.changes.unified_diffs import git_unified_diff
from trinokit.kerberos.flag_in_arguments import missing_flags
from trinokit.kerberos.git_files import config_map_source_files, flag_locations
from trinokit.kerberos.jvm_config_text import Launcher
from trinokit.kerberos.node_jvm_configs import TrinoNode
from trinokit.kerberos.trino_workloads import JvmConfigFile
from trinokit.observations import Clone
from trinokit.plan import Plan, Step

_HASH_PREFIX = "hmac-sha256"
_INSTANCE_LABEL = "app.kubernetes.io/instance"


def config_map_plan(
    config_files: Sequence[JvmConfigFile],
    nodes: Sequence[TrinoNode],
    flags: Sequence[str],
    kubectl: Sequence[str],
    *,
    seconds: float,
) -> Plan:
    """Put *flags* in force at all *config_files* by changing their ConfigMaps; a rollout may take so many *seconds*.

    Of a file that is right only the nodes that run without a flag are rolled. Raises PlanError when a file
    cannot be read or must not be changed, or when a workload must not be rolled.
    """
    steps: list[Step] = []
    for sharing in _group_by_config_map(rolling_restart.restart_order(config_files)):
        first = sharing[0]
        after = jvm_config_text.config_with_flags(first.live, flags, first.launcher)
        rolled = [each for each in sharing if after != first.live or _needs_restart(each, nodes, flags)]
        for config_file in rolled:
            rolling_restart.require_restartable(config_file.workload)
        if after != first.live:
            _require_changeable(first)
            steps.append(_patch_step(rolled, after, kubectl, seconds))
        steps += [step for each in rolled for step in rolling_restart.restart_steps(each.workload, kubectl, seconds)]
    return Plan(_plan_title(flags, "in the cluster"), tuple(steps))


def git_plan(
    config_files: Sequence[JvmConfigFile],
    nodes: Sequence[TrinoNode],
    flags: Sequence[str],
    clone: Clone,
    options: DeployOptions,
) -> Plan:
    """Put *flags* in force at all *config_files* by changing *clone* and deploying it.

    A file that git has right is only deployed, and one that is deployed is only rolled; those of other releases of
    Helm than that of *clone* are left alone. Raises PlanError as `config_map_plan` does, and when the clone or the
    release is not in a state to begin with.
    """
    edited, undeployed, pending_restart, steps = [], [], [], []
    for config_file in rolling_restart.restart_order(config_files):
        if _helm_release_name(config_file) not in ("", clone.release):
            continue
        _require_declared_text(config_file, clone)
        if _lacks_flags(config_file.declared, config_file.declared_launcher, flags):
            edited.append(config_file)
        if config_file in edited or _lacks_flags(config_file.live, config_file.launcher, flags):
            undeployed.append(config_file)
        elif _needs_restart(config_file, nodes, flags):
            pending_restart.append(config_file)
    for config_file in (*undeployed, *pending_restart):
        rolling_restart.require_restartable(config_file.workload)
    if undeployed:
        steps += _deployment_steps(undeployed, edited, flags, clone, options)
    for config_file in pending_restart:
        steps += rolling_restart.restart_steps(config_file.workload, options.kubectl, options.seconds)
    return Plan(_plan_title(flags, "in git"), tuple(steps))


def helm_config_map_findings(config_files: Sequence[JvmConfigFile]) -> list[Finding]:
    """The ConfigMaps that belong to a Helm release, in which a change by hand does not last."""
    owned = {
        str(config_file.config_map): _helm_release_name(config_file)
        for config_file in config_files
        if _helm_release_name(config_file)
    }
    return [
        Finding(
            WARNING,
            subject,
            f"belongs to the Helm release {release}: a change by hand is drift, which its next upgrade takes back; "
            "change the values in git",
        )
        for subject, release in sorted(owned.items())
    ]


def _deployment_steps(
    config_files: list[JvmConfigFile],
    edited: list[JvmConfigFile],
    flags: Sequence[str],
    clone: Clone,
    options: DeployOptions,
) -> Iterator[Step]:
    git_steps.require_clean_files(clone)
    changed = flag_locations.rewritten_files(edited, flags, clone)
    rolled = config_deployment.rollout_steps_after_deploy(config_files, edited, clone, options)
    restart_commands = [step.command for step in rolled]
    if config_map_source_files.is_helm_chart(clone):
        yield from git_steps.commit_steps(changed, flags, clone, options.remote) if changed else ()
        yield config_deployment.helm_upgrade_step(clone, options, restart_commands)
    else:
        applied = [*config_deployment.kubectl_apply_steps(config_files, clone, options)]
        if changed:
            rollback_commands = [*(step.command for step in applied), *restart_commands]
            yield from git_steps.commit_steps(changed, flags, clone, options.remote, rollback_commands)
        else:
            applied[0] = replace(
                applied[0],
                undo=tuple(
                    each
                    for config_file in config_files
                    for each in config_deployment.restore_config_commands(config_file, options)
                ),
            )
        yield from applied
    yield from rolled


def _group_by_config_map(config_files: Iterable[JvmConfigFile]) -> list[list[JvmConfigFile]]:
    """*config_files* by the ConfigMap that they share."""
    maps: dict[tuple, list[JvmConfigFile]] = {}
    for each in config_files:
        _require_live_text(each)
        maps.setdefault((*each.config_map.place, each.key), []).append(each)
    return list(maps.values())


def _helm_release_name(config_file: JvmConfigFile) -> str:
    """The Helm release that the ConfigMap of *config_file* belongs to, as Helm itself or its label says; else empty."""
    map = config_file.config_map
    if map is None:
        return ""
    by = map.labels.get("app.kubernetes.io/managed-by")
    return map.annotations.get("meta.helm.sh/release-name") or (by == "Helm" and map.labels.get(_INSTANCE_LABEL)) or ""


def _lacks_flags(text: str | None, launcher: Launcher, flags: Sequence[str]) -> bool:
    return text is None or bool(missing_flags(flags, jvm_config_text.config_arguments(text, launcher)))


def _needs_restart(config_file: JvmConfigFile, nodes: Sequence[TrinoNode], flags: Sequence[str]) -> bool:
    """Whether a node of *config_file* runs without a flag that it would be started with now."""
    known_nodes = [
        node
        for node in nodes
        if node.config_file == config_file and not node.is_terminating and node.running is not None
    ]
    return any(
        set(missing_flags(flags, node.running)) - set(missing_flags(flags, node.live or ())) for node in known_nodes
    )


def _patch_step(config_files: Sequence[JvmConfigFile], after: str, kubectl: Sequence[str], seconds: float) -> Step:
    config_file, before = config_files[0], config_files[0].live
    restart_commands = [
        step.command for each in config_files for step in rolling_restart.restart_steps(each.workload, kubectl, seconds)
    ]
    return Step(
        f"Change {config_file.key} of {config_file.config_map}, unless somebody else has",
        kubectl_commands.patch_config_map_command(config_file, before, after, kubectl),
        undo=(kubectl_commands.patch_config_map_command(config_file, after, before, kubectl), *restart_commands),
        change=git_unified_diff(f"{config_file.config_map} {config_file.key}", before, after),
    )


def _plan_title(flags: Sequence[str], location: str) -> str:
    return f"Put {format_count(len(flags), 'JVM flag')} in force, {location}"


def _require_live_text(config_file: JvmConfigFile) -> None:
    if config_file.live is None:
        raise PlanError(
            f"Expected {config_file.key} of {config_file.subject} in a ConfigMap, found that {config_file.problem}.",
            remedy="what cannot be read is not changed: put it into a ConfigMap, or change it where it is",
        )


def _require_changeable(config_file: JvmConfigFile) -> None:
    if config_file.config_map.at("immutable"):
        raise PlanError(
            f"Expected {config_file.config_map} to be one that changes, found it immutable.",
            remedy="make a new one under another name, as your chart or kustomization does: change git",
        )
    if _HASH_PREFIX in config_file.live:
        raise _secret_error(config_file)


def _require_declared_text(config_file: JvmConfigFile, clone: Clone) -> None:
    if config_file.declared is None:
        raise PlanError(
            f"Expected {config_file.key} of {config_file.subject} in git, found none declared.",
            remedy="name its part under declared: in clusters.yaml, or change the ConfigMap",
        )
    if _HASH_PREFIX in config_file.declared and not config_map_source_files.is_helm_chart(clone):
        raise _secret_error(config_file)


def _secret_error(config_file: JvmConfigFile) -> PlanError:
    return PlanError(
        f"Expected no secret in {config_file.key} of {config_file.config_map}, "
        "found one, which a plan would have to show.",
        remedy="move it into a Secret that the pod mounts, or edit the ConfigMap by hand",
    )
