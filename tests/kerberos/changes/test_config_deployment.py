"""A plan that changes git is committed, pushed, deployed on a real API server, and taken back to the byte."""

import json
import subprocess

import pytest
import yaml
from tests.kerberos.rolled import (
    FLAGS,
    KRB5,
    KTAB,
    MENDED,
    PASTED,
    ROLES,
    Trino,
    all_done,
    carried_out,
    config_map,
    deployment,
)
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.sources.conftest import Clone, unsettle

from trinokit.clusters_file import DeclaredPart
from trinokit.errors import PlanError
from trinokit.kerberos.changes.undeployed_changes import undeployed_change_findings
from trinokit.kerberos.trino_workloads import find_jvm_config_files
from trinokit.plan import undo_plan

VALUES = f"""\
# What production has of its own.
trino:
  coordinator:
    additionalJVMConfig: []   # none yet
  worker:
    additionalJVMConfig:
    - "-Da=1"
    # As it was pasted:
    - {KRB5} \\
    - '{KTAB} '
# The end.
"""
EDITED = f"""\
# What production has of its own.
trino:
  coordinator:
    additionalJVMConfig:   # none yet
      - {KRB5}
      - {KTAB}
  worker:
    additionalJVMConfig:
    - "-Da=1"
    # As it was pasted:
    - {KRB5}
    - {KTAB}
# The end.
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: trino-%(role)s}
data:
  config.properties: |
    coordinator=%(is)s
  jvm.config: |
    -server
    {{- range .Values.trino.%(role)s.additionalJVMConfig }}
    {{ . }}
    {{- end }}
"""
MANIFEST = CONFIG.partition("    {{-")[0] + "  # Behind it.\n"
KUSTOMIZATION = """\
resources: [coordinator.yaml, worker.yaml]
configMapGenerator:
- name: trino-coordinator
  files: [coordinator/jvm.config, coordinator/config.properties]
- name: trino-worker
  files: [worker/jvm.config, worker/config.properties]
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: %s}]}\n"
SUM = '{{ include (print $.Template.BasePath "/config-ROLE.yaml") . | sha256sum }}'
PASSWORD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: given}\ndata: {given: {{ .Values.given | quote }}}\n"
RENDERED = {"coordinator": "-server\n", "worker": f"-server\n-Da=1\n{KRB5} \\\n{KTAB} \n"}
IN_FORCE = {"coordinator": f"-server\n{KRB5}\n{KTAB}\n", "worker": f"-server\n-Da=1\n{KRB5}\n{KTAB}\n"}


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Clone:
    """An empty repository, away from the settings of whoever runs the test."""
    unsettle(monkeypatch)
    return Clone(tmp_path / "clone")


@pytest.fixture
def trino(namespace, kubectl, monkeypatch) -> Trino:
    """A Trino that is not there yet."""
    return Trino(namespace, kubectl, monkeypatch)


def a_chart(*, summed: bool = True) -> dict[str, str]:
    """A chart built as Trino's own, which rolls its pods with a sum of their ConfigMap unless that is turned off."""
    files = {"chart/Chart.yaml": "{apiVersion: v2, name: platform, version: 1.0.0}", "chart/values.yaml": "given: ''\n"}
    files |= {"values/production.yaml": VALUES, "chart/templates/given.yaml": PASSWORD}
    for role in ROLES:
        sum = SUM.replace("ROLE", role) if summed else ""
        files[f"chart/templates/config-{role}.yaml"] = CONFIG % {"role": role, "is": str(role == "coordinator").lower()}
        files[f"chart/templates/{role}.yaml"] = yaml.safe_dump(deployment(role, **{f"checksum/{role}-config": sum}))
    return files


@pytest.fixture
def released(trino, clone) -> DeclaredPart:
    """The chart is committed and deployed, with one value that is not in git."""
    clone.commit(a_chart())
    return deploy(trino, clone)


def tracked(clone: Clone) -> dict[str, bytes]:
    """Every file of the worktree."""
    return {path: (clone.folder / path).read_bytes() for path in clone.git("ls-files").splitlines()}


def deploy(trino: Trino, clone: Clone) -> DeclaredPart:
    part = DeclaredPart(
        "chart",
        repository=str(clone.folder),
        namespace=trino.namespace,
        release="trino",
        values=["values/production.yaml"],
    )
    given = [f"--values={clone.folder}/values/production.yaml", "--set=given=by hand", f"-n={trino.namespace}"]
    cluster.helm(CACHE, "install", "trino", f"{clone.folder}/chart", *given)
    trino.at_rest()
    return part


def test_values_are_changed_committed_and_deployed_and_all_is_taken_back(trino, clone, released):
    assert trino.texts == RENDERED
    before = tracked(clone)
    plan = trino.plan_in_git(released)

    outcomes = carried_out(plan)

    all_done(outcomes)
    assert [each.step.title for each in outcomes] == [
        "Change values/production.yaml",
        "Commit it on main",
        f"Upgrade the release trino in {trino.namespace}",
        f"Wait until every pod of Deployment/trino-worker in {trino.namespace} is new and ready",
        f"Wait until every pod of Deployment/trino-coordinator in {trino.namespace} is new and ready",
    ]
    assert (clone.folder / "values/production.yaml").read_text() == EDITED
    assert trino.texts == IN_FORCE
    assert trino.rolled == dict.fromkeys(ROLES, 2)
    assert trino.kubectl("get", "configmap/given", "-o", "jsonpath={.data.given}") == "by hand"
    assert clone.git("log", "-1", "--format=%B").splitlines() == ["Put in force 2 JVM flags", "", *FLAGS]
    assert trino.plan_in_git(released).steps == ()

    all_done(carried_out(undo_plan(plan, outcomes)))

    assert tracked(clone) == before
    assert clone.git("status", "--porcelain") == ""
    assert clone.git("log", "--format=%s").splitlines() == [
        "Take back 2 JVM flags",
        "Put in force 2 JVM flags",
        "one more",
    ]
    assert trino.texts == RENDERED
    assert trino.rolled == dict.fromkeys(ROLES, 3)
    assert trino.kubectl("get", "configmap/given", "-o", "jsonpath={.data.given}") == "by hand"


def test_pods_that_the_chart_does_not_roll_are_rolled_once_by_the_plan(trino, clone):
    clone.commit(a_chart(summed=False))
    plan = trino.plan_in_git(deploy(trino, clone))

    outcomes = carried_out(plan)

    all_done(outcomes)
    assert [each.step.title.split()[0] for each in outcomes[3:]] == ["Restart", "Wait", "Restart", "Wait"]
    assert trino.texts == IN_FORCE
    assert trino.rolled == dict.fromkeys(ROLES, 2)

    all_done(carried_out(undo_plan(plan, outcomes)))
    assert trino.texts == RENDERED
    assert trino.rolled == dict.fromkeys(ROLES, 3)


def test_what_git_has_right_is_only_deployed_and_its_undo_leaves_git_alone(trino, clone, released):
    head = clone.commit({"values/production.yaml": EDITED})
    plan = trino.plan_in_git(released)

    outcomes = carried_out(plan)

    all_done(outcomes)
    assert [each.step.title.split()[0] for each in outcomes] == ["Upgrade", "Restart", "Wait", "Restart", "Wait"]
    assert trino.texts == IN_FORCE

    all_done(carried_out(undo_plan(plan, outcomes)))
    assert trino.texts == RENDERED
    assert clone.git("rev-parse", "HEAD") == head


def test_what_git_has_besides_since_the_last_revision_is_told(trino, clone, released):
    clone.commit({"values/production.yaml": EDITED, "chart/templates/service.yaml": SERVICE % 1})
    given = [f"--values={clone.folder}/values/production.yaml", f"-n={trino.namespace}"]
    cluster.helm(CACHE, "upgrade", "trino", f"{clone.folder}/chart", "--reset-values", *given)
    live = trino.live(released)

    def told() -> list[str]:
        declared = live.objects.declared()
        found = find_jvm_config_files(declared, live.objects.live())
        return [
            each.sentence
            for each in undeployed_change_findings(
                found, declared, live.provenance.helm_revisions()[0], live.git.declared_clone()
            )
        ]

    assert told() == []
    clone.commit({"chart/templates/service.yaml": SERVICE % 2, "values/production.yaml": VALUES})
    [sentence] = told()
    assert f"git differs from revision 2 in 1 other object, Service/web in {trino.namespace}: " in sentence


def test_a_chart_that_does_not_render_is_taken_back_as_far_as_it_came(trino, clone, released):
    broken = '{{ if .Values.trino.coordinator.additionalJVMConfig }}{{ fail "no" }}{{ end }}'
    clone.commit({"chart/templates/broken.yaml": broken})
    before = tracked(clone)
    plan = trino.plan_in_git(released)

    outcomes = carried_out(plan)

    assert [each.status for each in outcomes] == ["done", "done", "failed", "not reached", "not reached"]
    assert trino.texts == RENDERED
    all_done(carried_out(undo_plan(plan, outcomes)))
    assert tracked(clone) == before
    assert (trino.texts, trino.rolled) == (RENDERED, dict.fromkeys(ROLES, 1))


def test_a_hook_that_refuses_the_commit_stops_the_plan_and_the_change_is_taken_back(trino, clone, released):
    hook = clone.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not on a Friday\nexit 1\n")
    hook.chmod(0o755)
    before = tracked(clone)
    plan = trino.plan_in_git(released)

    outcomes = carried_out(plan)

    assert [(each.status, each.said) for each in outcomes[:2]] == [("done", ""), ("failed", "not on a Friday")]
    assert clone.git("status", "--porcelain") == "M  values/production.yaml"
    all_done(carried_out(undo_plan(plan, outcomes)))
    assert clone.git("status", "--porcelain") == ""
    assert tracked(clone) == before
    assert trino.rolled == dict.fromkeys(ROLES, 1)


def test_the_branch_is_pushed_and_so_is_what_takes_it_back(trino, clone, released, tmp_path):
    clone.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    clone.git("remote", "add", "origin", str(tmp_path / "remote"))
    plan = trino.plan_in_git(released, remote="origin")

    outcomes = carried_out(plan)

    all_done(outcomes)
    pushed = ["See that main can be pushed to origin", "Change values/production.yaml", "Commit it on main"]
    assert [each.step.title for each in outcomes[:4]] == [*pushed, "Push main to origin"]
    assert clone.git("ls-remote", "origin", "main").split()[0] == clone.git("rev-parse", "HEAD")

    all_done(carried_out(undo_plan(plan, outcomes)))
    assert clone.git("log", "-1", "--format=%s") == "Take back 2 JVM flags"
    assert clone.git("ls-remote", "origin", "main").split()[0] == clone.git("rev-parse", "HEAD")


def test_a_branch_that_cannot_be_pushed_is_found_out_before_anything_has_changed(trino, clone, released, tmp_path):
    clone.git("remote", "add", "origin", str(tmp_path / "nowhere"))
    before = tracked(clone)

    outcomes = carried_out(plan := trino.plan_in_git(released, remote="origin"))

    assert [each.status for each in outcomes] == ["failed", *["not reached"] * 6]
    assert tracked(clone) == before
    assert undo_plan(plan, outcomes).steps == ()


def test_a_release_that_is_not_deployed_is_refused(trino, clone, released):
    live = trino.kubectl("get", "secret", "-l", "owner=helm", "-o", "name").split()
    assert live == ["secret/sh.helm.release.v1.trino.v1"]
    clone.commit({"chart/templates/bad.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a_b}\n"})
    with pytest.raises(subprocess.CalledProcessError):
        cluster.helm(CACHE, "upgrade", "trino", f"{clone.folder}/chart", "--reuse-values", f"-n={trino.namespace}")

    with pytest.raises(PlanError, match=r"found its revision 2 failed\.\n  -> look at it first: helm history trino"):
        trino.plan_in_git(released)


def test_plain_manifests_are_changed_applied_and_rolled_and_all_is_taken_back(trino, clone):
    files = {f"k8s/{role}.yaml": MANIFEST % {"role": role, "is": str(role == "coordinator").lower()} for role in ROLES}
    files |= {f"k8s/{role}-deployment.yaml": yaml.safe_dump(deployment(role)) for role in ROLES}
    clone.commit(files)
    trino.kubectl("apply", "-f", f"{clone.folder}/k8s")
    trino.at_rest()
    part = DeclaredPart("k8s", repository=str(clone.folder), namespace=trino.namespace)
    before, texts = tracked(clone), trino.texts
    plan = trino.plan_in_git(part)

    outcomes = carried_out(plan)

    all_done(outcomes)
    assert [each.step.title for each in outcomes[:4]] == [
        "Change k8s/coordinator.yaml, k8s/worker.yaml",
        "Commit it on main",
        "Apply k8s/coordinator.yaml",
        "Apply k8s/worker.yaml",
    ]
    assert trino.texts == dict.fromkeys(ROLES, f"-server\n{KRB5}\n{KTAB}\n")
    assert trino.rolled == dict.fromkeys(ROLES, 2)
    assert trino.plan_in_git(part).steps == ()

    all_done(carried_out(undo_plan(plan, outcomes)))
    assert (tracked(clone), trino.texts) == (before, texts)
    assert trino.rolled == dict.fromkeys(ROLES, 3)


def test_manifests_that_are_right_are_applied_and_what_was_live_comes_back(trino, clone):
    clone.commit(
        {f"k8s/{role}.yaml": yaml.safe_dump_all([config_map(role, MENDED), deployment(role)]) for role in ROLES}
    )
    trino.apply(*(each for role in ROLES for each in (config_map(role, PASTED), deployment(role))))
    plan = trino.plan_in_git(DeclaredPart("k8s", repository=str(clone.folder), namespace=trino.namespace))

    outcomes = carried_out(plan)

    all_done(outcomes)
    assert [each.step.title.split()[0] for each in outcomes] == ["Apply", "Apply", *["Restart", "Wait"] * 2]
    assert trino.texts == dict.fromkeys(ROLES, MENDED)

    all_done(carried_out(undo_plan(plan, outcomes)))
    assert trino.texts == dict.fromkeys(ROLES, PASTED)
    assert trino.rolled == dict.fromkeys(ROLES, 3)


def a_tree() -> dict[str, str]:
    files = {"k8s/kustomization.yaml": KUSTOMIZATION}
    for role in ROLES:
        files[f"k8s/{role}.yaml"] = yaml.safe_dump(deployment(role))
        files[f"k8s/{role}/jvm.config"] = PASTED
        files[f"k8s/{role}/config.properties"] = f"coordinator={role == 'coordinator'}".lower()
    return files


@pytest.fixture
def applied(trino, clone) -> DeclaredPart:
    """A kustomize tree is committed and deployed, whose ConfigMaps have a hash in their names."""
    clone.commit(a_tree())
    trino.kubectl("apply", "-k", f"{clone.folder}/k8s")
    trino.at_rest()
    return DeclaredPart("k8s", repository=str(clone.folder), namespace=trino.namespace)


def test_a_kustomize_tree_that_hashes_its_config_maps_rolls_by_itself(trino, clone, applied):
    plan = trino.plan_in_git(applied)

    outcomes = carried_out(plan)

    all_done(outcomes)
    assert [each.step.title.split()[0] for each in outcomes] == ["Change", "Commit", "Apply", "Wait", "Wait"]
    assert trino.mounted == dict.fromkeys(ROLES, MENDED)
    assert trino.rolled == dict.fromkeys(ROLES, 2)
    assert trino.plan_in_git(applied).steps == ()

    all_done(carried_out(undo_plan(plan, outcomes)))
    assert trino.mounted == dict.fromkeys(ROLES, PASTED)
    assert trino.rolled == dict.fromkeys(ROLES, 3)


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_kustomize_tree_that_is_right_is_applied_and_what_was_live_comes_back(trino, clone, applied, by_hand):
    clone.commit({f"k8s/{role}/jvm.config": MENDED for role in ROLES})
    if by_hand:
        trino.kubectl("apply", "-k", f"{clone.folder}/k8s")
        for role, name in trino.names.items():
            trino.kubectl("patch", f"configmap/{name}", "-p", json.dumps({"data": {"jvm.config": f"# {role}\n"}}))
        trino.at_rest()
    before = trino.mounted
    plan = trino.plan_in_git(applied)

    outcomes = carried_out(plan)

    all_done(outcomes)
    assert trino.mounted == dict.fromkeys(ROLES, MENDED)
    all_done(carried_out(undo_plan(plan, outcomes)))
    assert trino.mounted == before
