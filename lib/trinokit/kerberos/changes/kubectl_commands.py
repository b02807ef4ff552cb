"""What are the commands that change one key of a ConfigMap, roll a workload and wait for it?"""

import json
from collections.abc import Sequence

from trinokit.architecture.workloads import Workload
from trinokit.kerberos.trino_workloads import JvmConfigFile
from trinokit.plan import Command

_FIELD_MANAGER = "--field-manager=trinokit"


def patch_config_map_command(config_file: JvmConfigFile, before: str, after: str, kubectl: Sequence[str]) -> Command:
    """Change the live text of *config_file* from *before* to *after*; it fails where that is not what is there."""
    path = "/data/" + config_file.key.replace("~", "~0").replace("/", "~1")
    operations = [{"op": "test", "path": path, "value": before}, {"op": "replace", "path": path, "value": after}]
    return _config_map_patch_command(config_file, "json", operations, kubectl)


def overwrite_config_map_command(config_file: JvmConfigFile, text: str, kubectl: Sequence[str]) -> Command:
    """Make the live text of *config_file* this *text*, whatever it is now."""
    return _config_map_patch_command(config_file, "merge", {"data": {config_file.key: text}}, kubectl)


def rollout_restart_command(workload: Workload, kubectl: Sequence[str]) -> Command:
    """Make new pods of *workload* in place of its old ones, as it does with a change."""
    return Command(
        (*kubectl, "-n", workload.namespace, "rollout", "restart", kubectl_workload_name(workload), _FIELD_MANAGER)
    )


def rollout_undo_command(workload: Workload, revision: str, kubectl: Sequence[str]) -> Command:
    """Make the pods of *workload* as they were at its *revision*; it does nothing where they still are."""
    to = f"--to-revision={revision}"
    return Command((*kubectl, "-n", workload.namespace, "rollout", "undo", kubectl_workload_name(workload), to))


def rollout_status_command(workload: Workload, kubectl: Sequence[str], seconds: float) -> Command:
    """Wait until all pods of *workload* are new and ready, for at most so many *seconds*."""
    until = f"--timeout={seconds:.0f}s"
    return Command((*kubectl, "-n", workload.namespace, "rollout", "status", kubectl_workload_name(workload), until))


def _config_map_patch_command(config_file: JvmConfigFile, kind: str, patch: object, kubectl: Sequence[str]) -> Command:
    patch_arguments = (
        "patch",
        "configmap",
        config_file.config_map.name,
        f"--type={kind}",
        _FIELD_MANAGER,
        "-p",
        json.dumps(patch),
    )
    return Command((*kubectl, "-n", config_file.config_map.namespace, *patch_arguments))


def kubectl_workload_name(workload: Workload) -> str:
    """The *workload* as kubectl takes it, such as deployment/trino-worker."""
    return f"{workload.object.kind.lower()}/{workload.object.name}"
