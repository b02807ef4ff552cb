"""A feature is taken back from the targets first and then by reverts, and can be delivered again."""

from dataclasses import replace

import pytest
from tests.release.repositories import NAMES, Release, carried_out, done, pushed, titles
from tests.release.test_step_progress_table import FIRST, PRODUCTION, STAGING, back, deployed
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE

from trinokit.findings import CRITICAL
from trinokit.observations import DeploymentHistory
from trinokit.release import naming, release_planning
from trinokit.release.preflight import Check
from trinokit.release.release_facts import DeployedTarget, ReleaseFacts
from trinokit.release.release_request import PullRequests, ReleaseRequest

FILES = ("src/new.py", "docs/new-feature.md")
NEXT = naming.release_names("v1", "new-feature", "v1.1.1")


def has(release: Release, branch: str) -> list[bool]:
    names = release.remote.git("ls-tree", "-r", "--name-only", branch).splitlines()
    return [name in names for name in FILES]


def subjects(release: Release, branch: str, number: int) -> list[str]:
    return release.remote.git("log", "--first-parent", f"-{number}", "--format=%s", branch).splitlines()


@pytest.fixture(params=["merge", "fast-forward", "cherry-pick"])
def over(developed, request) -> tuple[Release, ReleaseRequest]:
    """A release that is over, brought in each way, and the request to take it back."""
    developed.reach(join_method=request.param)
    return developed, developed.request(join_method=request.param, rollback=True)


def test_it_is_taken_back_from_both_branches_without_rewriting_them(over):
    release, request = over
    before = release.remote.refs()
    assert has(release, MASTER) == [True, True]

    done(release.run(request))

    for branch in (RELEASE, MASTER):
        assert has(release, branch) == [False, False]
        assert release.remote.git("merge-base", "--is-ancestor", before[f"refs/heads/{branch}"], branch) == ""
    assert release.remote.refs()["refs/tags/v1.1.0"] == before["refs/tags/v1.1.0"]
    assert release.plan(request).steps == ()
    assert set(release.statuses(request).values()) == {"done"}


def test_a_merge_is_reverted_as_a_whole_and_the_way_back_is_a_merge(developed):
    developed.reach()
    developed.reach(rollback=True)

    brought = f"Merge branch '{FEATURE}' into {RELEASE}"
    assert subjects(developed, RELEASE, 2) == [f'Revert "{brought}"', brought]
    assert subjects(developed, MASTER, 2) == [f"Merge branch '{RELEASE}' into {MASTER}"] * 2
    assert "reversing" in developed.remote.git("log", "-1", "--format=%B", RELEASE)


def test_commits_that_came_one_by_one_are_reverted_one_by_one_the_newest_first(developed):
    developed.reach(join_method="cherry-pick")
    developed.reach(join_method="cherry-pick", rollback=True)

    assert subjects(developed, RELEASE, 4) == [
        'Revert "Add the new feature"',
        'Revert "Tell of the new feature"',
        "Tell of the new feature",
        "Add the new feature",
    ]


def test_what_was_taken_back_is_not_released_again_by_itself(over):
    release, request = over
    done(release.run(request))

    whys = release.refused(replace(request, rollback=False))

    assert len(whys) == 1
    assert "v1.1.0 was taken back" in whys[0]
    assert "release a higher version" in whys[0]


@pytest.mark.parametrize("mended", [False, True])
def test_a_higher_version_delivers_it_again_with_what_is_new(over, other, mended):
    release, request = over
    [tip] = [each.id for each in release.facts(request).feature.commits][-1:]
    done(release.run(request))
    release.clone.git("push", "--quiet", "origin", f"{tip}:refs/heads/{FEATURE}")
    if mended:
        pushed(other, FEATURE, "Mend it", {"src/mended.py": "1\n"})
    again = replace(request, rollback=False, names=NEXT)

    done(release.run(again))

    for branch in (NEXT.release_branch, MASTER):
        assert has(release, branch) == [True, True]
        assert ("src/mended.py" in release.remote.git("ls-tree", "-r", "--name-only", branch)) is mended
    assert release.remote.git("rev-parse", "v1.1.1^{commit}") == release.remote.git("rev-parse", NEXT.release_branch)


def test_a_release_that_is_not_merged_back_is_taken_back_from_its_branch_alone(developed):
    developed.reach(last_stage="production")
    before = developed.remote.git("rev-parse", MASTER)

    developed.reach(rollback=True)

    assert has(developed, RELEASE) == [False, False]
    assert developed.remote.git("rev-parse", MASTER) == before


def test_a_rollback_that_was_killed_goes_on_where_it_was(developed):
    developed.reach()
    request = developed.request(rollback=True)
    plan = developed.plan(request)
    first = replace(plan, steps=plan.steps[:1])
    done(carried_out(first))

    assert titles(developed.plan(request)) == [f"Take {FEATURE} back from {MASTER}"]
    done(developed.run(request))
    assert has(developed, MASTER) == [False, False]


def test_a_protected_branch_is_taken_back_by_a_pull_request(developed, other):
    developed.reach()
    request = developed.request(rollback=True, pull_requests=PullRequests(protected=("master_*",)))
    before = developed.remote.git("rev-parse", MASTER)

    done(developed.run(request))

    helper = f"merge_v1.1.0_into_{MASTER}"
    assert developed.remote.git("rev-parse", MASTER) == before
    assert has(developed, helper) == [False, False]
    told = release_planning.release_plan(developed.facts(request), request, developed.limits)[1]
    assert any(f"--head {helper} --base {MASTER}" in each.sentence for each in told)
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "origin", f"origin/{helper}:refs/heads/{MASTER}")
    assert developed.plan(request).steps == ()


def test_nothing_is_taken_back_of_what_was_never_brought(developed):
    request = developed.request(rollback=True)

    assert developed.plan(request).steps == ()
    assert set(developed.statuses(request).values()) == {"done"}


def at(facts: ReleaseFacts, staging: DeploymentHistory, production: DeploymentHistory) -> ReleaseFacts:
    return replace(facts, targets=(DeployedTarget(STAGING, staging), DeployedTarget(PRODUCTION, production)))


@pytest.fixture
def tagged(developed) -> tuple[Release, str]:
    """A release with a tag, and its commit."""
    developed.reach(last_stage="production")
    return developed, developed.remote.git("rev-parse", "v1.1.0^{commit}")


def test_production_comes_first_then_staging_and_then_git(tagged):
    release, commit = tagged
    request = release.request(rollback=True)
    facts = at(release.facts(request), deployed(commit), deployed(commit))

    plan, _ = release_planning.release_plan(facts, request, release.limits)

    assert titles(plan) == [
        "Take ID back from production",
        "Take ID back from staging",
        f"Take {FEATURE} back from {RELEASE}",
    ]
    assert [step.command.argv[:4] for step in plan.steps[:2]] == [("helm", "rollback", "trino", "1")] * 2
    assert [each.status for each in release_planning.release_progress(facts, request)] == [
        "next",
        "waits",
        "waits",
        "done",
    ]


def test_a_target_that_is_back_already_or_runs_something_else_is_left_alone(tagged):
    release, commit = tagged
    request = release.request(rollback=True)
    facts = at(release.facts(request), DeploymentHistory((FIRST,)), back(commit))

    plan, _ = release_planning.release_plan(facts, request, release.limits)

    assert titles(plan) == [f"Take {FEATURE} back from {RELEASE}"]


def test_a_deployment_that_was_killed_half_way_is_taken_back(tagged):
    release, commit = tagged
    request = release.request(rollback=True)
    facts = at(release.facts(request), deployed(commit), deployed(commit, status="pending-upgrade"))

    plan, _ = release_planning.release_plan(facts, request, release.limits)

    assert plan.steps[0].command.argv[:4] == ("helm", "rollback", "trino", "1")
    assert "pending-upgrade" in plan.steps[0].title


def test_a_target_without_a_way_back_is_told_and_stops_the_plan(tagged):
    release, commit = tagged
    request = release.request(rollback=True)
    facts = at(release.facts(request), deployed(commit), DeploymentHistory(deployed(commit).revisions[1:]))

    assert [each.status for each in release_planning.release_progress(facts, request)] == [
        "next",
        "waits",
        "waits",
        "done",
    ]
    plan, [why] = release_planning.release_plan(facts, request, release.limits)
    assert plan.steps == ()
    assert "to go back to, found none" in why.sentence


def test_a_target_that_cannot_be_read_is_in_the_way(tagged):
    release, commit = tagged
    request = release.request(rollback=True)
    facts = at(release.facts(request), deployed(commit), DeploymentHistory(problem="nobody answers"))

    found = release_planning.release_findings(facts, request)

    assert [(each.severity, each.subject) for each in found] == [(CRITICAL, "production")]
    assert release_planning.release_plan(facts, request, release.limits)[0].steps == ()


def test_a_feature_whose_documents_lack_is_taken_back_all_the_same(developed):
    developed.reach(last_stage="production")
    request = developed.request(rollback=True)
    facts = developed.facts(request)
    lacking = replace(facts, checks=(*facts.checks, Check("documents", CRITICAL, "docs/** has to change")))

    assert len(release_planning.release_plan(lacking, request, developed.limits)[0].steps) == 1
    assert release_planning.release_plan(lacking, replace(request, rollback=False), developed.limits)[0].steps == ()


def test_both_names_are_of_one_line():
    assert (NAMES.version_branch, NAMES.feature_branch) == (NEXT.version_branch, NEXT.feature_branch)
