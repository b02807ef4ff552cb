"""Branches that only pull requests change are never pushed, and the release goes on once those are merged."""

import pytest
from tests.release.repositories import NAMES, Release, done, titles
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE

from trinokit.findings import WARNING
from trinokit.release import pull_requests, release_planning
from trinokit.release.release_request import PullRequests, ReleaseRequest

HELPER = f"merge_v1.1.0_into_{MASTER}"
COMMAND = f"gh pr create --head {HELPER} --base {MASTER} --title 'Merge branch '\"'\"'{RELEASE}'\"'\"' into {MASTER}'"


def told(release: Release, request: ReleaseRequest) -> list[tuple]:
    facts = release.facts(request)
    found = [
        *release_planning.release_findings(facts, request),
        *release_planning.release_plan(facts, request, release.limits)[1],
    ]
    return [(each.severity, each.subject, each.sentence) for each in found if each.severity == WARNING]


def merged(other: Clone, how: str) -> None:
    """Somebody merges the pull request."""
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", "-B", MASTER, f"origin/{MASTER}")
    if how == "squash":
        other.git("merge", "--quiet", "--squash", f"origin/{HELPER}")
        other.git("commit", "--quiet", "--message", "New feature (#7)")
    else:
        other.git("merge", "--quiet", "--no-edit", how, f"origin/{HELPER}")
    other.git("push", "--quiet", "origin", MASTER)


@pytest.mark.parametrize("how", ["--no-ff", "--ff-only", "squash"])
def test_a_protected_version_branch_gets_the_release_by_a_pull_request(developed, other, how):
    request = developed.request(pull_requests=PullRequests(protected=("master_*",)))
    before = developed.remote.git("rev-parse", MASTER)

    done(developed.run(request))

    refs = developed.remote.refs()
    assert refs[f"refs/heads/{MASTER}"] == before
    assert developed.remote.git("rev-parse", f"{HELPER}^1", f"{HELPER}^2").split() == [
        before,
        developed.remote.git("rev-parse", RELEASE),
    ]
    sentence = f"is changed by pull requests only: {HELPER} holds what is to be merged, then run again: {COMMAND}"
    assert told(developed, request) == [(WARNING, MASTER, sentence)]
    assert developed.statuses(request)["merge back"] == "waits for a pull request"
    assert developed.plan(request).steps == ()

    merged(other, how)
    done(developed.run(request))

    assert list(developed.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]
    assert set(developed.statuses(request).values()) == {"done"}


def test_the_command_is_told_with_the_plan_that_pushes_for_it(developed):
    assert [
        each[1] for each in told(developed, developed.request(pull_requests=PullRequests(protected=("master_*",))))
    ] == [MASTER]


def test_a_protected_release_branch_comes_first_and_everything_else_waits(developed, other):
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "origin", f"origin/{MASTER}:refs/heads/{RELEASE}")
    request = developed.request(pull_requests=PullRequests(protected=("release_*",)))

    assert titles(developed.plan(request)) == [
        f"Bring {FEATURE} into {RELEASE}: push merge_v1.1.0_into_{RELEASE} for a pull request"
    ]
    done(developed.run(request))
    assert developed.plan(request).steps == ()
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "origin", f"origin/merge_v1.1.0_into_{RELEASE}:refs/heads/{RELEASE}")
    done(developed.run(request))

    assert list(developed.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]


def test_a_pull_request_that_is_out_of_date_gets_the_commits_that_came_since(developed, other):
    request = developed.request(pull_requests=PullRequests(protected=("master_*",)))
    done(developed.run(request))
    before = developed.remote.git("rev-parse", HELPER)
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", "-B", MASTER, f"origin/{MASTER}")
    other.git("commit", "--quiet", "--allow-empty", "--message", "Something else")
    other.git("push", "--quiet", "origin", MASTER)

    done(developed.run(request))

    assert developed.remote.git("rev-parse", f"{HELPER}^1") == developed.remote.git("rev-parse", MASTER)
    assert developed.remote.git("rev-parse", HELPER) != before


@pytest.mark.parametrize(
    ("pattern", "branch", "is_protected"),
    [
        ("master_*", "master_v1", True),
        ("master_*", "master_v1/x", False),
        ("release/**", "release/a/b", True),
        ("master_v?", "master_v1", True),
        ("master_v?", "master_v11", False),
        ("master.v1", "master_v1", False),
        ("main", "main", True),
        ("main", "maintenance", False),
    ],
)
def test_a_pattern_means_whole_names_and_a_star_is_no_slash(pattern, branch, is_protected):
    assert (
        pull_requests.is_protected(branch, ReleaseRequest(NAMES, pull_requests=PullRequests(protected=(pattern,))))
        is is_protected
    )


def test_a_title_that_looks_like_a_placeholder_stays_what_it_is():
    request = ReleaseRequest(NAMES, pull_requests=PullRequests(command="tool --from {head} --title {title}"))

    assert pull_requests.pull_request_command("main", request, "a {base} it's") == (
        "tool --from merge_v1.1.0_into_main --title 'a {base} it'\"'\"'s'"
    )


def test_git_says_nothing_of_master_where_it_merges_into_that():
    assert pull_requests.merge_message("x", "master") == "Merge branch 'x'"
