"""A commit is laid out to the byte, and the clone it comes from is left as it was."""

import os
from pathlib import Path

import pytest

from trinokit.errors import SourceError
from trinokit.sources.git import files_at_commit as commits

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"


@pytest.fixture
def laid_out(clone, tmp_path):
    """Lays a commit of the clone out and gives its files and its gaps."""

    def lay_out(name: str = "HEAD") -> tuple[dict[str, bytes], dict[str, str]]:
        folder = tmp_path / "laid out"
        gaps = commits.export_files(commits.read_commit_files(clone.folder, name), folder)
        found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return found, gaps

    return lay_out


def test_a_commit_is_laid_out_and_nothing_else(clone, laid_out):
    clone.commit({"a.yaml": "a: 1\n", "deep/er/b c.yaml": b"\x00\xff\r\n", "é.yaml": ""})
    clone.write({"a.yaml": "a: 2\n", "new.yaml": "new\n", "staged.yaml": "staged\n"})
    clone.git("add", "staged.yaml")

    assert laid_out() == ({"a.yaml": b"a: 1\n", "deep/er/b c.yaml": b"\x00\xff\r\n", "é.yaml": b""}, {})


def test_contents_are_those_of_one_folder_with_what_git_does_not_hold(clone):
    full = clone.commit({"k8s/a.yaml": "a\r\n", "k8s/b/c": b"\xff", "k8s/large": POINTER, "k8s-2/a": POINTER, "a": "1"})
    clone.write({"k8s/a.yaml": "changed"})
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{full},vendor")
    clone.git("commit", "--quiet", "--message", "submodule")
    commit = commits.read_commit_files(clone.folder, "HEAD")
    away = {"vendor": "a submodule"}

    assert commits.file_contents(commit, "k8s") == (
        {"k8s/a.yaml": b"a\r\n", "k8s/b/c": b"\xff"},
        away | {"k8s/large": "a pointer to Git LFS"},
    )
    assert commits.file_contents(commit, "vendor") == commits.file_contents(commit, "nothing") == ({}, away)
    assert set(commits.file_contents(commit, ".")[0]) == {"k8s/a.yaml", "k8s/b/c", "a"}


@pytest.mark.parametrize("files", [{"a/link": "b"}, {}])
def test_a_commit_knows_whether_it_has_links(clone, files):
    clone.write({"a/file": "1"})
    for path, target in files.items():
        (clone.folder / path).symlink_to(target)
    clone.commit({})

    assert commits.read_commit_files(clone.folder, "HEAD").has_links is bool(files)


@pytest.mark.parametrize("name", ["HEAD~1", "v1", "main~1", "refs/tags/v1"])
def test_a_commit_has_many_names(clone, laid_out, name):
    full = clone.commit({"a": "1"})
    clone.git("tag", "--annotate", "--message", "first", "v1")
    clone.commit({"a": "2"})

    assert (
        commits.read_commit_files(clone.folder, name).id == commits.read_commit_files(clone.folder, full[:8]).id == full
    )
    assert laid_out(name) == ({"a": b"1"}, {})


def test_the_clone_is_left_as_it_was(clone, laid_out):
    clone.commit({"a": "1", "b": "2"})
    clone.write({"a": "changed"})
    clone.git("config", "core.hooksPath", "hooks")
    clone.write(dict.fromkeys(["hooks/post-index-change", "hooks/post-checkout"], "#!/bin/sh\ntouch hooked\n"))
    for hook in (clone.folder / "hooks").iterdir():
        hook.chmod(0o755)
    before = clone.everything()

    laid_out()

    assert clone.everything() == before


def test_no_setting_and_no_attribute_changes_a_byte(clone, laid_out):
    files = {
        ".gitattributes": "*.txt text eol=crlf\n*.id ident\n*.hidden export-ignore\n*.large filter=lfs\n"
        "*.utf working-tree-encoding=UTF-16\n",
        "a.txt": "a\nb\n",
        "a.id": "$Id$\n",
        "a.hidden": "x",
        "a.large": "x",
        "a.utf": "",
    }
    clone.git("config", "filter.lfs.clean", "cat")
    clone.git("config", "filter.lfs.smudge", "echo smudged")
    clone.commit(files)
    clone.git("config", "core.autocrlf", "true")
    clone.git("config", "core.sparseCheckout", "true")
    clone.write({".git/info/sparse-checkout": "nothing\n"})

    assert laid_out() == ({path: content.encode() for path, content in files.items()}, {})


def test_an_object_that_stands_in_for_another_is_not_believed(clone, laid_out):
    clone.commit({"a": "promised"})
    [blob, other] = [clone.git("hash-object", "-w", "--stdin", given=text) for text in ("promised", "replaced")]
    clone.git("replace", blob, other)

    assert clone.git("show", "HEAD:a") == "replaced"
    assert laid_out() == ({"a": b"promised"}, {})


def test_the_variables_of_a_hook_do_not_lead_elsewhere(clone, laid_out, tmp_path, monkeypatch):
    full = clone.commit({"a": "1"})
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))

    assert commits.read_commit_files(clone.folder, "HEAD").id == full
    assert laid_out() == ({"a": b"1"}, {})


def test_a_bare_clone_is_a_clone(clone, tmp_path):
    full = clone.commit({"a": "1"})
    clone.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))

    assert commits.read_commit_files(tmp_path / "bare.git", "main").id == full


def test_what_git_does_not_hold_is_left_out_and_told(clone, laid_out):
    full = clone.commit({"a": "1", "big.bin": POINTER})
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{full},vendor/trino")
    clone.git("commit", "--quiet", "--message", "submodule")

    assert laid_out() == ({"a": b"1"}, {"vendor/trino": "a submodule", "big.bin": "a pointer to Git LFS"})


def test_links_lead_where_they_should_and_never_out_of_the_commit(clone, laid_out):
    clone.write({"base/a": "1"})
    links = {"inside": "base/a", "over/up": "../base", "out": "../../outside", "etc": "/etc/passwd", "chain": "etc"}
    for path, target in links.items():
        (clone.folder / path).parent.mkdir(exist_ok=True)
        (clone.folder / path).symlink_to(target)
    (clone.folder / "loop").symlink_to("loop")
    clone.commit({})

    files, gaps = laid_out()
    assert files == {"base/a": b"1", "inside": b"1"}
    assert gaps == dict.fromkeys(["out", "etc", "chain"], "a link that leads out of the repository")


def test_a_tree_that_leads_out_of_the_folder_is_refused(clone):
    clone.commit({"a": "1"})
    blob = clone.git("rev-parse", "HEAD:a")
    # git writes no such tree by itself.
    tree = b"100644 ..\0" + bytes.fromhex(blob)
    (clone.folder / "tree").write_bytes(tree)
    evil = clone.git("hash-object", "-w", "-t", "tree", "--literally", "tree")
    commit = clone.git("commit-tree", evil, "-m", "evil")

    with pytest.raises(SourceError, match=r"Expected paths within the commit, found \.\."):
        commits.read_commit_files(clone.folder, commit)


def test_content_that_the_clone_lacks_is_told(clone, laid_out):
    clone.commit({"a": "1"})
    blob = clone.git("rev-parse", "HEAD:a")
    (clone.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    with pytest.raises(SourceError, match=f"Expected the content of a in .*, found {blob} missing"):
        laid_out()


@pytest.mark.parametrize("name", ["nothing", "--all", "", "HEAD:a", "0" * 40])
def test_a_commit_that_is_not_there_is_told(clone, name):
    clone.commit({"a": "1"})

    with pytest.raises(SourceError, match=f"Expected a commit {name} in .*, found: .*\n  -> git -C .* fetch"):
        commits.read_commit_files(clone.folder, name)


def test_a_folder_that_is_no_clone_is_told(clone, tmp_path):
    clone.commit({"deep/a": "1"})

    with pytest.raises(SourceError, match="Expected a clone in .*/nowhere, found no folder"):
        commits.read_commit_files(tmp_path / "nowhere", "HEAD")
    with pytest.raises(SourceError, match=r"Expected a clone in .*(?s:.)*not a git repository"):
        commits.read_commit_files(tmp_path, "HEAD")
    with pytest.raises(SourceError, match=r"Expected a clone in .*/deep, found(?s:.)*name the top folder of a clone"):
        commits.read_commit_files(clone.folder / "deep", "HEAD")


@pytest.mark.parametrize(
    ("path", "folder", "is_within"),
    [("a/b", "a", True), ("a", "a", True), ("ab", "a", False), ("a/b", ".", True), ("a", "a/b", False)],
)
def test_a_path_lies_within_a_folder(path, folder, is_within):
    assert commits.is_path_within(path, folder) is is_within


def test_the_folders_of_a_commit_are_known_by_its_files():
    files = dict.fromkeys(["a/b/c", "a/d", "e"], commits.TreeEntry("100644", "0"))

    assert commits.CommitFiles(Path(os.sep), "0", files).folders == {".", "a", "a/b"}
    assert commits.CommitFiles(Path(os.sep), "0", {}).folders == set()
