"""Which branches have a feature is told by history, by patch and by content, and whoever lacks it gets the commands."""

import subprocess
from dataclasses import replace

import pytest
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, clone, commit, feature, remote, seed

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.observations import BranchPresence, Commit, Feature, RepositoryState
from trinokit.release.feature_presence import (
    feature_presence_table,
    forward_port_findings,
    has_whole_feature,
    merge_back_findings,
    newer_branches,
)
from trinokit.release.naming import NamePatterns, release_names
from trinokit.sources.git import git_repository

__all__ = ["clone", "remote"]

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
NAMES = release_names("v1", "new-feature", "v1.1.0")
COMMITS = (Commit(ONE, "Add it", "An Author <a@example.com>"), Commit(TWO, "Tell of it", "An Author <a@example.com>"))
HAVING = BranchPresence(MASTER, THREE, ancestor=True)
EQUAL = BranchPresence(MASTER, THREE, ancestor=False)
LACKING = BranchPresence(MASTER, THREE, ancestor=False, lacking=COMMITS, content="lacking")
REVERTED = replace(HAVING, content="lacking", reverted=TWO)


@pytest.mark.parametrize(
    ("presence", "surely"),
    [
        (HAVING, True),
        (EQUAL, True),
        (LACKING, False),
        (replace(LACKING, lacking=COMMITS[:1]), False),
        (REVERTED, False),
        (replace(EQUAL, content="lacking"), False),
        (replace(HAVING, content="changed since"), False),
        (replace(LACKING, content="there"), False),
        (BranchPresence(MASTER, THREE, ancestor=False, content="lacking"), False),
    ],
)
def test_a_feature_is_proved_only_by_its_commits_and_its_content(presence, surely):
    assert has_whole_feature(presence) is surely


@pytest.mark.parametrize(
    ("presence", "severity", "sentence"),
    [
        (HAVING, OK, "has the commits of the feature in its history, and what they changed"),
        (
            EQUAL,
            OK,
            "has the commits of the feature by equal ones, of the same patch or picked with -x, and what they changed",
        ),
        (
            REVERTED,
            CRITICAL,
            "has the commits of the feature in its history, yet not what they changed: 22222222 took it back, and to "
            "deliver it again that one is to be reverted",
        ),
        (
            replace(HAVING, content="lacking"),
            CRITICAL,
            "has the commits of the feature in its history, yet not what they changed: no revert tells who took it "
            "back, so look for what changed these files last",
        ),
        (
            replace(HAVING, content="changed since"),
            WARNING,
            "has the commits of the feature in its history, and what they changed has changed since: look at it",
        ),
        (replace(REVERTED, content="changed since"), CRITICAL, None),
        (
            replace(LACKING, content="there"),
            WARNING,
            "has what the feature changes, yet not its commits: lacking by patch too are 2 commits of the feature "
            "(11111111 Add it, 22222222 Tell of it)",
        ),
        (LACKING, CRITICAL, "lacks 2 commits of the feature (11111111 Add it, 22222222 Tell of it)"),
    ],
)
def test_it_is_told_how_the_version_branch_has_the_feature(presence, severity, sentence):
    [found] = merge_back_findings(presence)

    assert (found.severity, found.subject) == (severity, MASTER)
    assert sentence in (None, found.sentence)


def test_a_version_branch_on_which_the_feature_is_not_due_may_lack_it():
    told = "lacks 2 commits of the feature (11111111 Add it, 22222222 Tell of it); they are not due there yet"

    assert merge_back_findings(LACKING, due=False) == [Finding(INFO, MASTER, told)]
    assert merge_back_findings(replace(LACKING, content="there"), due=False)[0].severity == INFO
    assert merge_back_findings(REVERTED, due=False)[0].severity == CRITICAL


def test_newer_branches_are_those_of_higher_versions_in_their_order_and_the_default_branch():
    heads = {name: ONE for name in ("main", "master_v10", "master_v2", "master_v0", "master_v1.2", "master_v2-old")}
    own = {MASTER: TWO, FEATURE: TWO, RELEASE: TWO}
    repository = RepositoryState("platform", "origin", "", "main", heads=heads | own)

    assert newer_branches(repository, NAMES) == dict.fromkeys(["master_v1.2", "master_v2", "master_v10", "main"], ONE)
    assert [*newer_branches(replace(repository, default="master_v2"), NAMES)] == [
        "master_v1.2",
        "master_v2",
        "master_v10",
    ]
    assert [*newer_branches(replace(repository, default=MASTER), NAMES)] == ["master_v1.2", "master_v2", "master_v10"]
    assert [*newer_branches(replace(repository, default=""), NAMES)] == ["master_v1.2", "master_v2", "master_v10"]


def test_every_newer_branch_that_lacks_the_feature_gets_the_commands_that_bring_it_there():
    two = replace(LACKING, branch="master_v2")
    partly = replace(LACKING, branch="master_v3", lacking=COMMITS[1:], content="changed since")

    assert forward_port_findings([two, partly, replace(HAVING, branch="main")], NAMES) == [
        Finding(
            WARNING,
            "master_v2",
            "lacks 2 commits of the feature (11111111 Add it, 22222222 Tell of it); to bring it there: "
            f"git switch -c port_v1.1.0_to_master_v2 {THREE:.12} && git cherry-pick -x {ONE:.12} {TWO:.12}",
        ),
        Finding(
            WARNING,
            "master_v3",
            "lacks 1 commit of the feature (22222222 Tell of it), and the same lines were changed there; to bring it "
            f"there: git switch -c port_v1.1.0_to_master_v3 {THREE:.12} && git cherry-pick -x {TWO:.12}",
        ),
        Finding(OK, "newer versions", "have the feature: main"),
    ]


def test_a_newer_branch_that_took_the_feature_back_gets_the_revert_of_the_revert():
    two = replace(REVERTED, branch="master_v2")

    assert forward_port_findings([two], NAMES) == [
        Finding(
            WARNING,
            "master_v2",
            "has not what the feature changes: 22222222 took it back, and to deliver it again that one is to be "
            f"reverted: git switch -c port_v1.1.0_to_master_v2 {THREE:.12} && git revert {TWO:.12}",
        )
    ]
    assert forward_port_findings([replace(two, reverted="")], NAMES)[0].sentence == (
        "has not what the feature changes: no revert tells who took it back, so look for what changed these files last"
    )


@pytest.mark.parametrize(
    "presence",
    [HAVING, EQUAL, replace(HAVING, content="changed since"), replace(LACKING, content="there")],
)
def test_a_newer_branch_that_has_what_the_feature_changes_needs_nothing(presence):
    assert forward_port_findings([replace(presence, branch="master_v2")], NAMES) == [
        Finding(OK, "newer versions", "have the feature: master_v2")
    ]


@pytest.mark.parametrize("branch", [MASTER, RELEASE, FEATURE, "v1.1.0", "master_v0"])
def test_branches_of_the_release_itself_and_of_older_versions_are_not_looked_at(branch):
    assert forward_port_findings([replace(LACKING, branch=branch)], NAMES) == [
        Finding(OK, "newer versions", "there are none: no branch is of a version above v1")
    ]


def test_nothing_is_to_be_brought_before_the_feature_has_commits():
    empty = BranchPresence("master_v2", THREE, ancestor=False, content="lacking")

    assert forward_port_findings([empty], NAMES, Feature()) == [
        Finding(INFO, "newer versions", "have nothing to get yet, since the feature has no commits")
    ]


def test_newer_versions_that_no_pattern_tells_are_a_warning():
    names = release_names("v1", "new-feature", "v1.1.0", NamePatterns(version_branch="maintenance"))
    told = "are not known: write {version} into the pattern of version branches, and they are looked at"

    assert forward_port_findings([replace(LACKING, branch="main")], names) == [Finding(WARNING, "newer versions", told)]


def test_the_table_has_a_row_for_each_branch():
    found = feature_presence_table([HAVING, EQUAL, LACKING, REVERTED])

    assert found.to_dict("split", index=False) == {
        "columns": ["branch", "tip", "commits", "lacking", "content", "taken back by"],
        "data": [
            [MASTER, "33333333", "in its history", "–", "there", "–"],
            [MASTER, "33333333", "equal ones", "–", "there", "–"],
            [MASTER, "33333333", "lacking", "11111111 Add it, 22222222 Tell of it", "lacking", "–"],
            [MASTER, "33333333", "in its history", "–", "lacking", "22222222"],
        ],
    }
    assert feature_presence_table([]).empty


def test_the_commands_bring_the_feature_to_a_newer_version(clone, remote):
    seed(clone)
    clone.git("checkout", "--quiet", "-b", "master_v2")
    commit(clone, "Begin version 2", {"two.py": "two = True\n"})
    clone.git("push", "--quiet", "origin", "master_v2")
    clone.git("checkout", "--quiet", MASTER)
    feature(clone)
    git = git_repository.open_clone(clone.folder, "platform", "origin")

    def found() -> list[Finding]:
        repository = git.now()
        wanted = git.feature(FEATURE, RELEASE, MASTER, "v1.1.0")
        return forward_port_findings(git.presence(wanted, newer_branches(repository, NAMES)), NAMES, wanted)

    [lacking] = found()
    command = lacking.sentence.partition("to bring it there: ")[2]
    subprocess.run(command, shell=True, cwd=clone.folder, check=True, capture_output=True)
    clone.git("push", "--quiet", "origin", "HEAD:master_v2")

    assert (lacking.severity, lacking.subject) == (WARNING, "master_v2")
    assert lacking.sentence.startswith("lacks 2 commits of the feature (")
    assert found() == [Finding(OK, "newer versions", "have the feature: master_v2")]
