import pytest
from tests.sources.git.conftest import commit

from trinokit.errors import SourceError
from trinokit.sources.git import git_command

ID = "1f" * 20


@pytest.mark.parametrize(
    "argv",
    [
        ("rev-parse", f"{ID}^{{tree}}", f"{ID}^@"),
        ("rev-parse", "--verify", f"{ID}^{{commit}}"),
        ("rev-list", "--no-merges", f"{ID}..{ID}", "--", "a path"),
        ("rev-list", "--topo-order", ID, f"^{ID}", "--not", ID, "--"),
        ("diff-tree", "-r", "-z", "--name-only", "--no-renames", ID, f"{ID}~1"),
        ("ls-tree", "-r", "-z", "--full-tree", "1f" * 32),
        ("rev-list", "-F", "--grep=This reverts commit", ID, f"^{ID}"),
    ],
)
def test_what_is_said_of_ids_alone_stays(argv):
    assert git_command.is_unchanging(argv, "", (0,))


@pytest.mark.parametrize(
    ("argv", "given"),
    [
        (("rev-parse", "HEAD"), ""),
        (("rev-parse", "--is-shallow-repository"), ""),
        (("rev-parse", "--verify", "refs/heads/x^{commit}"), ""),
        (("rev-list", ID, "--all", "--"), ""),
        (("rev-list", ID, "--branches"), ""),
        (("rev-list", f"{ID}..main"), ""),
        (("rev-list", f"{ID}^..main"), ""),
        (("rev-list", ID, "--not", "--remotes", "--"), ""),
        (("rev-list", "--stdin"), ""),
        (("rev-list", "--stdin"), f"{ID}\nmain\n"),
        (("ls-tree", "-r", ID[:12]), ""),
        (("log", "-1", ID), ""),
        (("merge-tree", ID, ID), ""),
        (("commit-tree", f"{ID}^{{tree}}"), ""),
    ],
)
def test_what_depends_on_names_or_on_the_moment_is_asked_anew(argv, given):
    assert not git_command.is_unchanging(argv, given, (0,))


def test_an_object_that_is_not_there_yet_is_looked_for_again():
    verify = ("rev-parse", "--verify", "--quiet", f"{ID}^{{commit}}")

    assert not git_command.is_unchanging(verify, "", (0, 1))
    assert git_command.is_unchanging(("merge-base", ID, ID), "", (0, 1))


def test_a_question_that_failed_is_asked_again(clone, remote):
    made = commit(clone, "Add a file", {"a": "1\n"})
    tree = clone.git("rev-parse", f"{made}^{{tree}}").strip()
    other = remote.folder

    with pytest.raises(SourceError):
        git_command.git_output(other, "rev-parse", "--verify", f"{made}^{{tree}}")
    clone.git("push", "--quiet", str(other), f"{made}:refs/heads/new")

    assert git_command.git_output(other, "rev-parse", "--verify", f"{made}^{{tree}}") == tree


def test_a_branch_that_moves_is_seen(clone):
    first = commit(clone, "First", {"a": "1\n"})
    assert git_command.git_output(clone.folder, "rev-parse", "HEAD") == first

    second = commit(clone, "Second", {"a": "2\n"})
    assert git_command.git_output(clone.folder, "rev-parse", "HEAD") == second
    assert git_command.git_output_lines(clone.folder, "rev-list", f"{first}..{second}", "--") == [second]
