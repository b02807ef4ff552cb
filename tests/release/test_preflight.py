"""Before a release, everything that could be in its way is told in one table."""

from dataclasses import replace

import pytest
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, clone, feature, remote, seed

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.observations import CloneReadiness, Commit, Feature, RepositoryState
from trinokit.release.naming import NamePatterns, release_names
from trinokit.release.preflight import Check, blocking_checks, preflight_checks, preflight_findings, preflight_table
from trinokit.release.release_request import CloneSpec, ReleaseRequest
from trinokit.sources.git import git_repository

__all__ = ["clone", "remote"]

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
NAMES = release_names("v1", "new-feature", "v1.1.0")
REQUEST = ReleaseRequest(NAMES, clone=CloneSpec(worktree_folder="/srv/ops/worktrees"))
REPOSITORY = RepositoryState(
    folder="platform",
    remote="origin",
    url="https://git.example.com/platform.git",
    default="main",
    heads={"main": THREE, MASTER: ONE, "master_v2": THREE, FEATURE: TWO},
    tags={"v1.0.0": ONE, "v2.0.0": THREE},
    local_heads={MASTER: ONE},
    local_tags={"v1.0.0": ONE},
    worktrees={"/srv/ops/platform": MASTER},
)
READY = CloneReadiness(who="An Author <author@example.com>")
DEVELOPED = Feature(
    tip=TWO,
    base=ONE,
    commits=(Commit(TWO, "Add it", "An Author <author@example.com>"),),
    found="remote",
    remote=TWO,
    changed=("src/new.py",),
)


def check(
    name: str,
    repository: RepositoryState = REPOSITORY,
    readiness: CloneReadiness = READY,
    feature: Feature = DEVELOPED,
    **request,
) -> Check:
    [found] = [
        each
        for each in preflight_checks(repository, readiness, feature, replace(REQUEST, **request))
        if each.name == name
    ]
    return found


def test_where_nothing_is_in_the_way_every_check_says_what_it_found():
    checks = preflight_checks(REPOSITORY, READY, DEVELOPED, REQUEST)

    assert {each.name: each.found for each in checks} == {
        "remote": "origin answers; its default branch is main",
        "history": "is complete",
        "operations": "nothing is under way",
        "index": "is not locked",
        "committer": "is An Author <author@example.com>",
        "signing": "works, or is not wanted",
        "push access": "origin lets in a push that changes nothing; what its hooks refuse is seen with a real one",
        "submodules": "lack nothing on their remotes",
        "large files": "can be read, or there are none",
        "version branch": "master_v1 is 11111111 on origin",
        "feature branch": "feature_v1_new-feature has 1 commit, last 22222222, on origin",
        "release branch": "there is no release_v1.1.0 on origin yet, and it is free",
        "tag": "there is no v1.1.0 yet, and it is free",
        "version": "v1.1.0 is higher than v1.0.0, the highest of the line v1",
        "worktree": "is not touched, since a release has a worktree of its own",
        "checked out": "feature_v1_new-feature is kept, or in no worktree",
    }
    assert {(each.severity, each.remedy) for each in checks} == {(OK, "")}
    assert blocking_checks(checks) == ()
    assert [(each.severity, each.subject) for each in preflight_findings(checks)] == [(OK, "pre-flight")]
    assert preflight_findings(checks)[0].sentence.startswith(
        "16 checks found nothing in the way: remote, history, operations, "
    )


def test_the_table_has_a_row_for_each_check():
    found = preflight_table([Check("history", CRITICAL, "is shallow", "unshallow it"), Check("tag", OK, "is free")])

    assert found.to_dict("split", index=False) == {
        "columns": ["check", "result", "found", "what to do"],
        "data": [["history", "CRITICAL", "is shallow", "unshallow it"], ["tag", "OK", "is free", "–"]],
    }


def test_each_check_that_tells_something_is_a_finding_and_all_others_are_one():
    told = (Check("history", CRITICAL, "is shallow", "unshallow it"), Check("tag", INFO, "is made already"))
    checks = (*told, Check("index", OK, "is not locked"))

    assert preflight_findings(checks) == [
        Finding(CRITICAL, "history", "is shallow: unshallow it"),
        Finding(INFO, "tag", "is made already"),
        Finding(OK, "pre-flight", "1 check found nothing in the way: index"),
    ]
    assert preflight_findings(told[:1]) == [Finding(CRITICAL, "history", "is shallow: unshallow it")]
    assert blocking_checks(checks) == told[:1]


@pytest.mark.parametrize(
    ("name", "readiness", "found", "remedy"),
    [
        (
            "history",
            {"shallow": True},
            "is shallow, and git cannot tell there what is merged and what is not",
            "git -C platform fetch --unshallow origin",
        ),
        (
            "operations",
            {"under_way": ("merge in /srv/ops/platform",)},
            "are under way: merge in /srv/ops/platform",
            "end it, or give it up, as git status says there",
        ),
        (
            "index",
            {"locked": ".git/index.lock, 90 s old, held open by no process that can be seen"},
            "is locked by .git/index.lock, 90 s old, held open by no process that can be seen",
            "wait until git has ended there; take the file away only if no git runs any more",
        ),
        (
            "committer",
            {"who": ""},
            "is nobody that git knows",
            "git -C platform config user.name NAME, and user.email ADDRESS",
        ),
        (
            "signing",
            {"signing": "tags are to be signed: no secret key"},
            "is wanted and fails: tags are to be signed: no secret key",
            "git -C platform config user.signingKey KEY; whether it is wanted say commit.gpgSign and tag.gpgSign",
        ),
        (
            "push access",
            {"push": "Permission denied"},
            "is refused: Permission denied",
            "ask who owns the repository to let you push",
        ),
        (
            "submodules",
            {"submodules": ("lib/one 11111111", "lib/two 22222222")},
            "have commits that no remote has: lib/one 11111111, lib/two 22222222",
            "push them, each from its own folder",
        ),
        (
            "large files",
            {"lfs": "git-lfs is not there"},
            "cannot be read: git-lfs is not there",
            "install git-lfs, then: git -C platform lfs install",
        ),
    ],
)
def test_a_clone_that_is_not_ready_is_in_the_way(name, readiness, found, remedy):
    checks = preflight_checks(REPOSITORY, replace(READY, **readiness), DEVELOPED, REQUEST)

    assert blocking_checks(checks) == (Check(name, CRITICAL, found, remedy),)


def test_a_conflict_that_is_worked_on_in_a_worktree_of_the_release_is_not_in_the_way():
    mine, other = "merge in /srv/ops/worktrees/v1.1.0-feature", "rebase in /srv/ops/worktrees-of-mine"

    assert check("operations", readiness=replace(READY, under_way=(mine,))) == Check(
        "operations", INFO, f"nothing is under way but work on a conflict: {mine}"
    )
    assert check("operations", readiness=replace(READY, under_way=(mine, other))).found == f"are under way: {other}"


def test_the_folder_of_a_command_can_be_pasted():
    found = check("history", replace(REPOSITORY, folder="my platform"), replace(READY, shallow=True))

    assert found.remedy == "git -C 'my platform' fetch --unshallow origin"


def test_a_version_branch_that_is_not_on_the_remote_is_in_the_way():
    without = {"main": THREE, "master_v2": THREE, "master_v11": THREE}

    assert check("version branch", replace(REPOSITORY, heads=without, local_heads={})) == Check(
        "version branch", CRITICAL, "master_v1 is not on origin", "did you mean master_v11?"
    )
    assert check("version branch", replace(REPOSITORY, heads={"main": ONE}, local_heads={})) == Check(
        "version branch", CRITICAL, "master_v1 is not on origin", "version branches there are: none"
    )
    assert check("version branch", replace(REPOSITORY, heads={"main": ONE})) == Check(
        "version branch", CRITICAL, "master_v1 is only here, not on origin", "git -C platform push origin master_v1"
    )


def test_commits_that_were_never_pushed_are_told_since_they_are_not_released():
    repository = replace(REPOSITORY, local_heads={MASTER: TWO, RELEASE: TWO}, heads=REPOSITORY.heads | {RELEASE: ONE})
    readiness = replace(READY, unpushed={MASTER: 2, RELEASE: 1})

    assert check("version branch", repository, readiness) == Check(
        "version branch",
        WARNING,
        "master_v1 is 11111111 on origin, and 22222222 here with 2 commits never pushed, which will not be released",
        "git -C platform push origin master_v1, or leave them out",
    )
    assert check("release branch", repository, readiness).severity == WARNING


def test_a_copy_that_only_lags_behind_does_not_count():
    assert check("version branch", replace(REPOSITORY, local_heads={MASTER: TWO})) == Check(
        "version branch", OK, "master_v1 is 11111111 on origin; here it is 22222222, which does not count"
    )


@pytest.mark.parametrize(
    ("feature", "severity", "found"),
    [
        (Feature(), INFO, "there is no feature_v1_new-feature yet, and it is free: it is made from master_v1"),
        (
            Feature(tip=ONE, base=ONE, found="remote", remote=ONE),
            INFO,
            "feature_v1_new-feature has no commit of its own yet, so there is nothing to release",
        ),
        (
            replace(DEVELOPED, found="local", local=TWO, remote=""),
            INFO,
            "feature_v1_new-feature has 1 commit, last 22222222, here and not yet on origin",
        ),
        (
            replace(DEVELOPED, found="local", local=TWO, remote=ONE),
            INFO,
            "feature_v1_new-feature has 1 commit, last 22222222, here, and origin lacks some of them",
        ),
        (
            replace(DEVELOPED, found="kept", remote=""),
            INFO,
            "feature_v1_new-feature has 1 commit, last 22222222, as an earlier run kept them, since the branch is gone",
        ),
        (
            replace(DEVELOPED, found="merged", remote=""),
            INFO,
            "feature_v1_new-feature has 1 commit, last 22222222, as they were merged, since the branch is gone",
        ),
        (
            replace(DEVELOPED, local=THREE, diverged=True),
            CRITICAL,
            "feature_v1_new-feature is 33333333 here and 22222222 on origin, and neither has all commits",
        ),
    ],
)
def test_it_is_told_where_the_feature_is_known_from(feature, severity, found):
    heads = {name: id for name, id in REPOSITORY.heads.items() if name != FEATURE}
    told = check("feature branch", replace(REPOSITORY, heads=heads), feature=feature)

    assert (told.severity, told.found) == (severity, found)


def test_a_feature_branch_that_was_not_looked_at_is_in_the_way():
    found = check("feature branch", feature=Feature())

    assert (found.severity, found.found) == (CRITICAL, "feature_v1_new-feature is there, and was not looked at")


@pytest.mark.parametrize("where", ["heads", "local_heads"])
@pytest.mark.parametrize(
    ("label", "name", "other"),
    [
        ("release branch", RELEASE, f"{RELEASE}/one"),
        ("feature branch", FEATURE, f"{FEATURE}/part"),
        ("feature branch", "topic/new", "topic"),
    ],
)
def test_a_branch_that_git_cannot_make_beside_another_one_is_in_the_way(where, label, name, other):
    names = release_names(
        "v1", "new-feature", "v1.1.0", NamePatterns(feature_branch=name if label == "feature branch" else "")
    )
    repository = replace(REPOSITORY, **{where: {MASTER: ONE, other: TWO}})
    place = "origin" if where == "heads" else "this clone"

    assert check(label, repository, feature=Feature(), names=names) == Check(
        label,
        CRITICAL,
        f"{name} cannot be made in {place}, where {other} is: a ref is no folder of another one",
        f"choose another name, or delete {other}",
    )


@pytest.mark.parametrize("where", ["tags", "local_tags"])
def test_a_tag_that_git_cannot_make_beside_another_one_is_in_the_way(where):
    found = check("tag", replace(REPOSITORY, **{where: {"v1.1.0/final": ONE}}))

    assert (found.severity, found.remedy) == (CRITICAL, "choose another name, or delete v1.1.0/final")


def test_branches_and_tags_do_not_clash_with_each_other():
    repository = replace(REPOSITORY, tags={f"{RELEASE}/one": ONE}, heads=REPOSITORY.heads | {"v1.1.0/one": ONE})

    assert blocking_checks(preflight_checks(repository, READY, DEVELOPED, REQUEST)) == ()


def test_a_release_branch_that_is_there_is_updated_and_not_in_the_way():
    found = check("release branch", replace(REPOSITORY, heads=REPOSITORY.heads | {RELEASE: TWO}))

    assert found == Check("release branch", OK, "release_v1.1.0 is 22222222 on origin")


@pytest.mark.parametrize(
    ("tags", "local_tags", "severity", "found"),
    [
        ({"v1.1.0": TWO}, {}, INFO, "v1.1.0 is made already, on origin: 22222222"),
        ({"v1.1.0": TWO}, {"v1.1.0": TWO}, INFO, "v1.1.0 is made already, on origin: 22222222"),
        ({}, {"v1.1.0": TWO}, INFO, "v1.1.0 is made already, here and not on the remote: 22222222"),
        ({"v1.1.0": TWO}, {"v1.1.0": ONE}, CRITICAL, "v1.1.0 is 22222222 on origin and 11111111 here"),
    ],
)
def test_a_tag_that_is_there_is_told_with_its_commit(tags, local_tags, severity, found):
    told = check("tag", replace(REPOSITORY, tags=tags, local_tags=local_tags))

    assert (told.severity, told.found) == (severity, found)


@pytest.mark.parametrize(
    ("release", "tags", "severity", "found"),
    [
        ("v1.1.0", ["v2.0.0"], OK, "v1.1.0 is the first of the line v1"),
        ("v1.1.0", ["v1.1.0-rc1"], OK, "v1.1.0 is higher than v1.1.0-rc1, the highest of the line v1"),
        ("v1.10.0", ["v1.9.0"], OK, "v1.10.0 is higher than v1.9.0, the highest of the line v1"),
        ("v1.9.0", ["v1.10.0", "v1.2.0"], CRITICAL, "v1.9.0 is not higher than v1.10.0, the highest of the line v1"),
        ("v1.1.0-rc1", ["v1.1.0"], CRITICAL, "v1.1.0-rc1 is not higher than v1.1.0, the highest of the line v1"),
        ("v1.1.0", ["1.1.0"], CRITICAL, "v1.1.0 is not higher than 1.1.0, the highest of the line v1"),
        ("v1.1.0", ["v1.1.0", "v1.2.0"], INFO, "v1.1.0 was released already, and v1.2.0 is not lower"),
        ("v1.1.0", ["v1.1.0"], OK, "v1.1.0 is the first of the line v1"),
    ],
)
@pytest.mark.parametrize("where", ["tags", "local_tags"])
def test_a_version_is_higher_than_every_tag_of_its_line(where, release, tags, severity, found):
    repository = replace(REPOSITORY, **({"tags": {}, "local_tags": {}} | {where: dict.fromkeys(tags, ONE)}))
    told = check("version", repository, names=release_names("v1", "new-feature", release))

    assert (told.severity, told.found) == (severity, found)
    assert told.remedy == ("choose a higher version" if severity == CRITICAL else "")


@pytest.mark.parametrize("pattern", ["trino-{release}", "dev/{release}", "r{release}-final"])
def test_the_versions_of_tags_are_read_as_their_pattern_makes_them(pattern):
    tags = {pattern.replace("{release}", version): ONE for version in ("v1.0.0", "v1.2.0", "v2.0.0")} | {"v1.9.0": ONE}
    names = release_names("v1", "new-feature", "v1.1.0", NamePatterns(tag=pattern))
    highest = pattern.replace("{release}", "v1.2.0")

    found = check("version", replace(REPOSITORY, tags=tags, local_tags={}), names=names)

    assert found.found == f"v1.1.0 is not higher than {highest}, the highest of the line v1"


def test_the_operators_own_worktree_is_told_and_not_touched():
    readiness = replace(READY, detached=True, changed=3)

    assert check("worktree", readiness=readiness) == Check(
        "worktree",
        INFO,
        "has no branch checked out and has 3 changed files and is not touched, since a release has a worktree of its "
        "own",
    )


def test_a_feature_branch_that_is_checked_out_is_told_since_it_cannot_be_deleted():
    repository = replace(REPOSITORY, worktrees={"/srv/ops/platform": FEATURE, "/srv/ops/my other": FEATURE})

    assert check("checked out", repository) == Check(
        "checked out",
        INFO,
        f"{FEATURE} is checked out in /srv/ops/my other, /srv/ops/platform, and is not deleted here as long as it is",
        "git -C '/srv/ops/my other' switch master_v1; git -C /srv/ops/platform switch master_v1",
    )
    assert check("checked out", repository, keep_feature=True).severity == OK


def test_a_clone_as_the_use_case_begins_is_ready(clone, remote):
    seed(clone)
    tip = feature(clone)
    git = git_repository.open_clone(clone.folder, "platform", "origin")
    repository, readiness = git.now(), git.readiness([MASTER, FEATURE])
    found = git.feature(FEATURE, RELEASE, MASTER, "v1.1.0")

    checks = {each.name: each for each in preflight_checks(repository, readiness, found, REQUEST)}

    assert blocking_checks(checks.values()) == ()
    assert checks["feature branch"].found == f"{FEATURE} has 2 commits, last {tip:.8}, on origin"
    assert checks["version"].found == "v1.1.0 is higher than v1.0.0, the highest of the line v1"
    assert checks["checked out"].severity == INFO


def test_a_tag_that_git_would_not_make_again_is_told(clone, remote):
    seed(clone)
    git = git_repository.open_clone(clone.folder, "platform", "origin")
    names = release_names("v1", "new-feature", "v1.0.0")
    repository = git.now()

    assert check("tag", repository, names=names).found == (
        f"v1.0.0 is made already, on origin: {clone.git('rev-parse', 'v1.0.0^{commit}'):.8}"
    )


def test_a_release_branch_that_git_would_not_make_is_in_the_way(clone, remote):
    seed(clone)
    clone.git("push", "--quiet", "origin", f"{MASTER}:refs/heads/{RELEASE}/one")
    git = git_repository.open_clone(clone.folder, "platform", "origin")

    found = check("release branch", git.now())

    assert found.found.startswith(f"{RELEASE} cannot be made in origin, where {RELEASE}/one is")
    with pytest.raises(Exception, match="non-zero exit status"):
        clone.git("push", "--quiet", "origin", f"{MASTER}:refs/heads/{RELEASE}")
