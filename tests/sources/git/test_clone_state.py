"""A clone tells in which state it is, and refuses where no commit could be made that the cluster would follow."""

import re
import subprocess
from contextlib import suppress

import pytest
from tests.sources.conftest import Clone

from trinokit.clusters_file import DeclaredPart
from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.observations import Clone as Found
from trinokit.sources import connect
from trinokit.sources.git.clone_state import choose_declared_part, dump_clone, load_clone
from trinokit.sources.git.clone_state import read_clone as read

CHART = {
    "deploy/trino/Chart.yaml": "name: trino\n",
    "deploy/trino/values.yaml": "worker: {}\n",
    "deploy/trino/templates/config.yaml": "{{ no yaml }}\n",
    "values/production.yaml": "worker:\r\n  additionalJVMConfig: []\r\n",
    "values/other.yaml": "worker: {}\n",
}


def found(clone: Clone, path: str = "deploy/trino", **options: object) -> Found:
    return read(DeclaredPart(path, repository="clone", **options), home=clone.folder.parent)


def test_a_clone_tells_its_branch_its_commit_and_the_files_that_may_hold_flags(clone):
    head = clone.commit(CHART)

    assert found(clone, release="trino", values=["values/production.yaml"], namespace="trino") == Found(
        repository=str(clone.folder),
        branch="main",
        head=head,
        path="deploy/trino",
        namespace="trino",
        release="trino",
        values=("values/production.yaml",),
        files={path: CHART[path] for path in (*list(CHART)[:2], "values/production.yaml")},
    )


def test_outside_a_chart_every_manifest_and_every_jvm_config_may_hold_flags(clone):
    held = {
        "k8s/base/kustomization.yaml": "resources: []\n",
        "k8s/one/Kustomization": "resources: [../base]\n",
        "k8s/one/coordinator-jvm.config": "-server\n",
        "other/config.yml": "kind: ConfigMap\n",
    }
    clone.commit(held | {"README.md": "text", "k8s/one/config.properties": "a=b", "jvm.bin": b"\xff"})

    assert found(clone, "./k8s/one/").path == "k8s/one"
    assert found(clone, "./k8s/one/").files == held


def test_files_are_told_as_they_were_committed_whatever_lies_in_the_worktree(clone):
    clone.commit(CHART)
    clone.write({"deploy/trino/values.yaml": "worker: {heap: 8G}\n"})

    assert found(clone).files["deploy/trino/values.yaml"] == "worker: {}\n"


def test_whatever_differs_from_the_commit_is_told_staged_or_not_and_what_git_does_not_know(clone):
    clone.commit(CHART | {".gitignore": "*.tgz\n", "a b.txt": "", "moved": "the same text\n" * 9})
    clone.write({"values/other.yaml": "changed\n", "deploy/trino/new.yaml": "", "charts/some.tgz": "", "a b.txt": "x"})
    clone.git("add", "a b.txt")
    clone.git("rm", "--quiet", "deploy/trino/templates/config.yaml")
    clone.git("mv", "moved", "to here")

    assert sorted(found(clone).changed) == [
        "a b.txt",
        "deploy/trino/new.yaml",
        "deploy/trino/templates/config.yaml",
        "moved",
        "to here",
        "values/other.yaml",
    ]


def test_reading_a_clone_changes_nothing_in_it(clone):
    clone.commit(CHART)
    clone.write({"values/other.yaml": "changed\n"})
    before = clone.everything()

    found(clone)

    assert clone.everything() == before


def test_a_clone_without_a_branch_tells_none(clone):
    clone.commit(CHART)
    clone.git("checkout", "--quiet", "--detach")

    assert found(clone).branch == ""


@pytest.mark.parametrize("name", ["main", "v1", "first"])
def test_a_commit_that_is_declared_and_not_checked_out_is_refused(clone, name):
    first = clone.commit(CHART)
    clone.git("tag", "v1")
    clone.git("switch", "--quiet", "--create", "other")
    second = clone.commit({"more": ""})
    name = first if name == "first" else name

    with pytest.raises(PlanError, match=re.escape(f"Expected the declared commit {name} checked out")) as caught:
        found(clone, commit=name)

    assert f"found {second:.8}." in str(caught.value)


@pytest.mark.parametrize("name", ["main", "v1"])
def test_a_commit_is_refused_where_it_would_go_to_another_branch_than_the_declared_one(clone, name):
    clone.commit(CHART)
    clone.git("tag", "v1")
    clone.git("switch", "--quiet", "--create", "other")

    with pytest.raises(PlanError, match=f"Expected {name} checked out in .*, found other"):
        found(clone, commit=name)

    assert found(clone, commit="other").branch == "other"
    assert found(clone, commit="HEAD").branch == "other"


def conflict(clone: Clone) -> None:
    clone.commit({"a": "1"})
    clone.git("switch", "--quiet", "--create", "other")
    clone.commit({"a": "2"})
    clone.git("switch", "--quiet", "main")
    clone.commit({"a": "3"})


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (("merge", "other"), "merge"),
        (("cherry-pick", "other"), "cherry-pick"),
        (("revert", "--no-edit", "HEAD~1"), "revert"),
        (("rebase", "other"), "rebase"),
        (("bisect", "start"), "bisect"),
    ],
)
def test_a_clone_in_the_middle_of_something_is_refused(clone, argv, what):
    conflict(clone)
    with suppress(subprocess.CalledProcessError):
        clone.git(*argv)

    with pytest.raises(PlanError, match=f"Expected {clone.folder} at rest, found a {what} under way"):
        found(clone, ".")


def test_a_clone_in_which_nobody_is_known_to_commit_is_refused(clone, monkeypatch):
    clone.commit(CHART)
    clone.git("config", "user.useConfigOnly", "true")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    monkeypatch.delenv("EMAIL", raising=False)

    with pytest.raises(PlanError, match="to know who commits, found nobody"):
        found(clone)


def test_what_is_no_clone_is_told(tmp_path):
    with pytest.raises(SourceError, match="Expected a clone in"):
        read(DeclaredPart("chart", repository="nothing"), home=tmp_path)


def test_of_several_parts_one_has_to_be_named():
    parts = [DeclaredPart("deploy/trino"), DeclaredPart("deploy/minio")]

    assert choose_declared_part(parts, "deploy/minio") == parts[1]
    assert choose_declared_part(parts[:1], "") == parts[0]
    with pytest.raises(ParameterError, match="found ''") as caught:
        choose_declared_part(parts, "")
    assert "it is one of: deploy/trino, deploy/minio" in str(caught.value)
    with pytest.raises(ParameterError, match="found 'other'"):
        choose_declared_part(parts, "other")
    with pytest.raises(ParameterError, match="found ''") as caught:
        choose_declared_part([], "")
    assert "write declared: into its entry" in str(caught.value)


CLUSTERS = """\
clusters:
  made:
    declared:
      - {path: deploy/trino, repository: ../clone, release: trino, namespace: trino}
"""


def test_a_cluster_tells_the_clone_that_its_part_is_in(clone, home):
    head = clone.commit(CHART)
    (home / "parameters" / "clusters.yaml").write_text(CLUSTERS)

    told = connect("made").git.declared_clone()

    assert (told.repository, told.head, told.release) == (str(clone.folder), head, "trino")
    assert connect("made").git.declared_clone("deploy/trino", commit="main") == told
    with pytest.raises(SourceError, match="Expected a commit nothing"):
        connect("made").git.declared_clone(commit="nothing")


def test_a_kept_clone_has_no_secret_and_another_name():
    clone = Found(
        "/somewhere", "main", "0" * 40, "chart", "trino", files={"a.yaml": "password: x\n", "b.yaml": "c: 1\n"}
    )

    kept = load_clone(dump_clone(clone, "deploy", lambda texts: [text.replace("x", "hidden") for text in texts]))

    assert (kept.repository, kept.head) == ("deploy", clone.head)
    assert kept.files == {"a.yaml": "password: hidden\n", "b.yaml": "c: 1\n"}
