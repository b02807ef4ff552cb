"""The JVM flags of a role are found where they are written in git, and written there."""

import pytest
from tests.kerberos.made import KRB5, KTAB, RIGHT, WRONG, a_clone, a_place, an_object

from trinokit.errors import PlanError
from trinokit.kerberos.git_files import config_map_source_files, flag_locations
from trinokit.kerberos.git_files.config_map_source_files import GeneratorFile
from trinokit.kerberos.git_files.manifest_block_edits import ManifestBlock
from trinokit.kerberos.git_files.values_list_edits import ValuesList
from trinokit.kerberos.jvm_config_text import PYTHON_LAUNCHER
from trinokit.observations import Clone

WORKER = a_place(declared=WRONG)
COORDINATOR = a_place("coordinator", declared=WRONG)
LIST = ("worker", "additionalJVMConfig")
MANIFEST = """\
kind: ConfigMap
metadata: {name: %s}
data:
  jvm.config: |
    -server
"""


def a_chart(own: str | None = "", chart: str = "name: trino\n", **others: str) -> Clone:
    files = {"chart/Chart.yaml": chart} | ({} if own is None else {"chart/values.yaml": own})
    given = {f"values/{name}.yaml": text for name, text in others.items()}
    return a_clone(files | given, values=tuple(given), release="trino")


@pytest.mark.parametrize(
    ("clone", "where"),
    [
        (a_chart("worker: {additionalJVMConfig: []}"), ValuesList("chart/values.yaml", LIST)),
        (a_chart("trino:\n  worker: {additionalJVMConfig: []}"), ValuesList("chart/values.yaml", ("trino", *LIST))),
        (a_chart("worker: {additionalJVMConfig: []}", a="worker: {b: 1}"), ValuesList("chart/values.yaml", LIST)),
        (
            a_chart("worker: {additionalJVMConfig: []}", a="worker: {additionalJVMConfig: [-server]}", b="c: 1"),
            ValuesList("values/a.yaml", LIST),
        ),
        # What is null takes away what earlier files say, and so it is where the list has to be.
        (
            a_chart("worker: {additionalJVMConfig: [-server]}", a="worker: {additionalJVMConfig: }"),
            ValuesList("values/a.yaml", LIST),
        ),
        (a_chart("worker: {replicas: 1}"), ValuesList("chart/values.yaml", LIST)),
        (a_chart("worker: {replicas: 1}", a="b: 1", c="d: 1"), ValuesList("values/c.yaml", LIST)),
        (a_chart("mine:\n  worker:\n", a="b: 1"), ValuesList("values/a.yaml", ("mine", *LIST))),
        (a_chart("", chart="name: trino"), ValuesList("chart/values.yaml", LIST)),
        (
            a_chart("# nothing\n", chart="name: platform\ndependencies: [{name: trino}, {name: minio}]"),
            ValuesList("chart/values.yaml", ("trino", *LIST)),
        ),
        (
            a_chart(None, chart="name: platform\ndependencies: [{name: trino, alias: engine}]", a="b: 1"),
            ValuesList("values/a.yaml", ("engine", *LIST)),
        ),
        # Of two charts within the chart, only one has rendered what is declared.
        (
            a_chart("a:\n  worker: {additionalJVMConfig: [-Da=1]}\nb:\n  worker: {additionalJVMConfig: [-server]}"),
            ValuesList("chart/values.yaml", ("b", *LIST)),
        ),
    ],
)
def test_the_flags_of_a_chart_are_in_a_list_of_the_last_values_file_that_has_it(clone, where):
    assert flag_locations.flag_location(WORKER, clone) == where


@pytest.mark.parametrize(
    ("clone", "found"),
    [
        (a_chart("", chart="name: platform"), "found none"),
        (a_chart(None), "found none"),
        (
            a_chart("a:\n  worker: {additionalJVMConfig: []}\nb:\n  worker: {additionalJVMConfig: []}"),
            r"found a\.worker\.additionalJVMConfig in chart/values\.yaml, b\.worker\.additionalJVMConfig in",
        ),
        (
            a_chart("a:\n  worker: {}\n", b="worker: {}"),
            r"found worker\.additionalJVMConfig in values/b\.yaml, a\.worker\.additionalJVMConfig in values/b\.yaml",
        ),
        (
            a_chart("", chart="name: all\ndependencies: [{name: trino, alias: a}, {name: trino, alias: b}]"),
            r"found a\.worker\.additionalJVMConfig in chart/values\.yaml, b\.worker",
        ),
    ],
)
def test_flags_that_could_be_in_no_list_or_in_two_are_refused(clone, found):
    with pytest.raises(PlanError, match=f"Expected one place in /clone where the JVM flags of the worker .*{found}"):
        flag_locations.flag_location(WORKER, clone)


def test_values_that_are_no_yaml_are_refused():
    with pytest.raises(PlanError, match=r"Expected YAML in values/a\.yaml"):
        flag_locations.flag_location(WORKER, a_chart("", a="a: b: c"))


def test_both_roles_are_written_into_one_file():
    clone = a_chart("worker:\n  additionalJVMConfig: []\ncoordinator:\n  additionalJVMConfig:\n    - -server\n")

    assert flag_locations.rewritten_files([WORKER, COORDINATOR], [KRB5], clone) == {
        "chart/values.yaml": f"worker:\n  additionalJVMConfig:\n    - {KRB5}\n"
        f"coordinator:\n  additionalJVMConfig:\n    - -server\n    - {KRB5}\n"
    }


def test_a_flag_that_the_chart_itself_gives_is_not_added_to_the_list():
    clone = a_chart("worker:\n  additionalJVMConfig: []\n")
    place = a_place(declared=f"-server\n{KRB5}\n")

    assert flag_locations.rewritten_files([place], [KRB5], clone) == {}
    assert flag_locations.rewritten_files([place], [KRB5, KTAB], clone) == {
        "chart/values.yaml": f"worker:\n  additionalJVMConfig:\n    - {KTAB}\n"
    }


def test_what_is_declared_is_read_as_the_launcher_reads_it_that_it_is_declared_for():
    clone = a_chart(f"worker:\n  additionalJVMConfig:\n    - '{KRB5} '\n")
    place = a_place(declared=f"{KRB5} \n")
    old = a_place(declared=f"{KRB5} \n", declared_launcher=PYTHON_LAUNCHER)

    assert flag_locations.rewritten_files([place], [KRB5], clone) == {
        "chart/values.yaml": f"worker:\n  additionalJVMConfig:\n    - {KRB5}\n"
    }
    assert flag_locations.rewritten_files([old], [KRB5], clone) == {}


def kustomized(**more: str) -> Clone:
    files = {
        "apps/trino/kustomization.yaml": """\
namespace: trino
resources: [../base, deployments.yaml]
configMapGenerator:
  - name: trino-worker
    files: [worker/jvm.config, config.properties]
  - name: trino-coordinator
    files: [jvm.config=coordinator.jvm.config]
""",
        "apps/trino/worker/jvm.config": WRONG,
        "apps/trino/coordinator.jvm.config": WRONG,
        "apps/base/kustomization.yaml": "resources: [made.yaml]\npatches: [{path: patch.yaml}, {patch: '[]'}]\n",
        "apps/base/made.yaml": MANIFEST % "other",
        "apps/base/patch.yaml": MANIFEST % "patched",
        "apps/staging/kustomization.yaml": "configMapGenerator: [{name: trino-worker, files: [jvm.config]}]\n",
        "apps/staging/jvm.config": WRONG,
        "apps/staging/unused.yaml": MANIFEST % "trino-worker",
    }
    return a_clone(files | more, "apps/trino")


def called(name: str, role: str = "worker", declared: str = WRONG) -> object:
    return a_place(role, declared=declared, config_map=an_object("ConfigMap", name))


@pytest.mark.parametrize(
    ("place", "where"),
    [
        (
            called("trino-worker-5t8g2m9k4h"),
            GeneratorFile("apps/trino/worker/jvm.config", "trino-worker", "jvm.config"),
        ),
        (
            called("production-trino-worker"),
            GeneratorFile("apps/trino/worker/jvm.config", "trino-worker", "jvm.config"),
        ),
        (
            called("trino-coordinator", "coordinator"),
            GeneratorFile("apps/trino/coordinator.jvm.config", "trino-coordinator", "jvm.config"),
        ),
        (called("other"), ManifestBlock("apps/base/made.yaml", "other", "jvm.config")),
        (called("patched"), ManifestBlock("apps/base/patch.yaml", "patched", "jvm.config")),
    ],
)
def test_the_flags_of_a_kustomize_tree_are_in_the_file_or_the_manifest_that_it_reads(place, where):
    assert flag_locations.flag_location(place, kustomized()) == where


def test_a_manifest_of_just_that_name_goes_before_one_whose_name_is_part_of_it():
    clone = a_clone({"k8s/a.yaml": MANIFEST % "trino" + "---\n" + MANIFEST % "trino-worker"}, "k8s")

    assert flag_locations.flag_location(called("trino-worker"), clone) == ManifestBlock(
        "k8s/a.yaml", "trino-worker", "jvm.config"
    )


@pytest.mark.parametrize(
    ("place", "clone", "found"),
    [
        (called("nothing"), kustomized(), "none"),
        (called("trino-worker", declared="-client\n"), kustomized(), "none"),
        (
            called("trino-worker"),
            a_clone({f"k8s/{each}.yaml": MANIFEST % "trino-worker" for each in "ab"}, "k8s"),
            r"jvm\.config of ConfigMap/trino-worker in k8s/a\.yaml, jvm\.config of .* in k8s/b\.yaml",
        ),
        (called("trino-worker"), a_clone({"other/a.yaml": MANIFEST % "trino-worker"}, "k8s"), "none"),
    ],
)
def test_a_jvm_config_that_no_file_has_or_two_have_is_refused(place, clone, found):
    with pytest.raises(PlanError, match=f"are written, found {found}"):
        flag_locations.flag_location(place, clone)


def test_a_file_of_its_own_and_a_manifest_are_edited_as_such():
    places = [called("trino-worker-5t8g2m9k4h"), called("other")]

    assert flag_locations.rewritten_files(places, [KRB5], kustomized()) == {
        "apps/trino/worker/jvm.config": RIGHT,
        "apps/base/made.yaml": MANIFEST % "other" + f"    {KRB5}\n",
    }


def test_a_config_map_that_both_roles_have_is_edited_once():
    clone = a_clone({"k8s/a.yaml": MANIFEST % "trino"}, "k8s")

    assert flag_locations.rewritten_files([called("trino"), called("trino", "coordinator")], [KRB5], clone) == {
        "k8s/a.yaml": MANIFEST % "trino" + f"    {KRB5}\n"
    }


def test_in_the_top_folder_of_a_clone_paths_are_as_git_has_them():
    clone = a_clone({"Chart.yaml": "name: trino", "values.yaml": "worker: {}\n"}, ".")

    assert config_map_source_files.is_helm_chart(clone)
    assert flag_locations.flag_location(WORKER, clone) == ValuesList("values.yaml", LIST)
    assert config_map_source_files.manifest_files(a_clone({"a.yaml": "", "b/c.yml": "", "d.txt": ""}, ".")) == [
        "a.yaml",
        "b/c.yml",
    ]
