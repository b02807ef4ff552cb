"""Where a release stands is told by refs and their ids, and what somebody did behind its back is told too."""

from dataclasses import replace

import pytest
from tests.release.repositories import Release, done, pushed
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE

from trinokit.findings import CRITICAL, INFO, WARNING
from trinokit.observations import DeployedRevision, DeploymentHistory
from trinokit.release import release_planning, release_state, step_progress_table
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.release_facts import DeployedTarget, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest

STEPS = [
    "identify the version branch",
    "create the feature branch",
    "develop the feature",
    "create or update the release branch",
    "merge the feature",
    "test in staging",
    "tag the release",
    "deploy to production",
    "merge back",
    "clean up",
]
BRANCHES = [step for step in STEPS if step not in ("test in staging", "deploy to production")]
STAGING, PRODUCTION = (
    DeployTarget(name, name, name, ("kubectl",), 60, release="trino", chart="chart")
    for name in ("staging", "production")
)
OLD, OTHER = "a" * 40, "c" * 40
FIRST = DeployedRevision(1, "deployed", OLD, f"v1.0.0 {OLD}")
GONE = replace(FIRST, status="superseded")


def deployed(commit: str, release: str = "v1.1.0", status: str = "deployed") -> DeploymentHistory:
    return DeploymentHistory((GONE, DeployedRevision(2, status, commit, f"{release} {commit}")))


def back(commit: str) -> DeploymentHistory:
    tried = DeployedRevision(2, "superseded", commit, f"v1.1.0 {commit}")
    return DeploymentHistory((GONE, tried, DeployedRevision(3, "deployed", "", "Rollback to 1")))


def at(facts: ReleaseFacts, staging: DeploymentHistory, production: DeploymentHistory) -> ReleaseFacts:
    return replace(facts, targets=(DeployedTarget(STAGING, staging), DeployedTarget(PRODUCTION, production)))


def statuses(facts: ReleaseFacts, request: ReleaseRequest) -> dict[str, str]:
    return {each.step: each.status for each in release_planning.release_progress(facts, request)}


def told(facts: ReleaseFacts, request: ReleaseRequest) -> list[tuple]:
    return [(each.severity, each.subject, each.sentence) for each in release_planning.release_findings(facts, request)]


def so_far(number: int, steps: list[str], then: str = "next") -> dict[str, str]:
    rest = [then, *["waits"] * len(steps)]
    return dict(zip(steps, ["done"] * number + rest, strict=False))


def noted(release: Release, name: str) -> None:
    tip = release.remote.git("rev-parse", RELEASE)
    release.clone.git("update-ref", f"refs/trinokit/releases/v1.1.0/{name}", tip)


@pytest.fixture
def released(developed) -> Release:
    """A release whose branch is pushed."""
    developed.reach(last_stage="release")
    return developed


@pytest.fixture
def tagged(developed) -> Release:
    """A release whose tag is pushed, and which is not merged back."""
    developed.reach(last_stage="production")
    return developed


def test_a_release_begins_with_its_feature_branch(started):
    request = started.request()

    assert started.statuses(request) == so_far(1, BRANCHES)
    done(started.run(request))
    assert started.statuses(request) == so_far(2, BRANCHES, "waits for commits")


@pytest.mark.parametrize(
    ("until", "number"), [("branch", 3), ("release", 5), ("production", 6), ("merge-back", 7), ("clean-up", 8)]
)
def test_each_stage_that_is_done_is_seen(developed, until, number):
    developed.reach(last_stage=until)

    assert developed.statuses(developed.request()) == so_far(number, BRANCHES)


def test_the_table_tells_what_is_expected_where_and_what_was_found(released):
    request = released.request(test_command="true")
    facts = released.facts(request)
    tip, master = released.remote.git("rev-parse", RELEASE, MASTER).split()
    planned = next(each.commit for each in facts.joined if each.join.name == "back")
    feature = released.remote.git("rev-parse", FEATURE)

    rows = step_progress_table.progress_table(release_planning.release_progress(facts, request)).values.tolist()

    assert rows == [
        ["identify the version branch", MASTER, master[:8], "done"],
        ["create the feature branch", FEATURE, feature[:8], "done"],
        ["develop the feature", f"commits on {FEATURE}", "2 commits", "done"],
        ["create or update the release branch", f"{RELEASE} is {tip[:8]}", tip[:8], "done"],
        ["merge the feature", f"{FEATURE} in {RELEASE}", "there", "done"],
        ["test in staging", f"staging is {tip[:8]}", "–", "next"],
        ["tag the release", f"v1.1.0 is {tip[:8]}", "–", "waits"],
        ["merge back", f"{MASTER} is {planned[:8]}", master[:8], "waits"],
        ["clean up", f"no {FEATURE}", f"origin/{FEATURE}, {FEATURE}", "waits"],
    ]


def test_a_commit_is_staged_once_it_runs_there_and_has_passed(released):
    request = released.request()
    tip = released.remote.git("rev-parse", RELEASE)
    before, running = DeploymentHistory((FIRST,)), deployed(tip)

    assert statuses(at(released.facts(request), running, before), request) == so_far(5, STEPS)
    noted(released, "staging")
    facts = released.facts(request)
    assert statuses(at(facts, running, before), request) == so_far(6, STEPS)
    assert statuses(at(facts, replace(running, unready=("Deployment/x: 0 of 1",)), before), request) == so_far(5, STEPS)
    assert statuses(at(facts, before, before), request) == so_far(5, STEPS)


def test_a_commit_that_was_staged_and_is_not_the_one_to_be_released_is_staged_again(released, other):
    noted(released, "staging")
    before = released.remote.git("rev-parse", RELEASE)
    pushed(other, FEATURE, "Mend it", {"src/mended.py": "1\n"})
    request = released.request()
    facts = at(released.facts(request), deployed(before), DeploymentHistory((FIRST,)))
    commit = release_state.current_state(facts, request).commit

    assert commit != before
    assert statuses(facts, request) == so_far(3, STEPS)
    sentence = f"passed with {before:.8}, and {commit:.8} is to be released now: it is staged again"
    assert told(facts, request) == [(INFO, "staging", sentence)]


def test_that_another_commit_has_passed_says_nothing_of_the_one_that_runs_in_staging(released, other):
    noted(released, "staging")
    pushed(other, FEATURE, "Mend it", {"src/mended.py": "1\n"})
    request = released.request()
    released.reach(last_stage="release")
    tip = released.remote.git("rev-parse", RELEASE)

    assert statuses(at(released.facts(request), deployed(tip), DeploymentHistory((FIRST,))), request) == so_far(
        5, STEPS
    )


def test_a_commit_is_deployed_once_it_runs_in_production_and_has_passed(tagged):
    request = tagged.request()
    tip = tagged.remote.git("rev-parse", RELEASE)

    assert statuses(at(tagged.facts(request), deployed(tip), DeploymentHistory((FIRST,))), request) == so_far(7, STEPS)
    assert statuses(at(tagged.facts(request), deployed(tip), deployed(tip)), request) == so_far(7, STEPS)
    noted(tagged, "production")
    assert statuses(at(tagged.facts(request), deployed(OTHER, "v1.2.0"), deployed(tip)), request) == so_far(8, STEPS)


@pytest.mark.parametrize("name", ["staging", "production"])
def test_a_commit_that_was_taken_back_is_not_deployed_again_by_itself(developed, name):
    developed.reach(last_stage="release" if name == "staging" else "production")
    request, tip = developed.request(), developed.remote.git("rev-parse", RELEASE)
    states = {"staging": deployed(tip), "production": DeploymentHistory((FIRST,))} | {name: back(tip)}
    facts = at(developed.facts(request), states["staging"], states["production"])

    sentence = (
        f"had {tip:.8} of v1.1.0 in revision 2 (superseded), which was taken back; it is not deployed again by itself: "
        "mend it and release a higher version, or run with -p again yes"
    )
    assert told(facts, request) == [(CRITICAL, name, sentence)]
    plan, [why] = release_planning.release_plan(facts, request, developed.limits)
    assert (plan.steps, why.sentence) == ((), f"there is none: {name} {sentence}")
    assert "stopped" in statuses(facts, request).values()
    again = release_planning.release_plan(facts, replace(request, redeploy=True), developed.limits)[0]
    assert f"Deploy v1.1.0 to {name}: upgrade the release trino in {name}" in [step.title for step in again.steps]


def test_a_release_that_runs_in_production_with_another_commit_stops_everything(tagged):
    request, tip = tagged.request(), tagged.remote.git("rev-parse", RELEASE)
    facts = at(tagged.facts(request), deployed(tip), deployed(OTHER))

    assert told(facts, request) == [
        (
            CRITICAL,
            "production",
            f"runs {OTHER:.8} as v1.1.0, which is {tip:.8}: find out who deployed that",
        )
    ]


def test_production_that_runs_what_nobody_told_is_told(tagged):
    request, tip = tagged.request(), tagged.remote.git("rev-parse", RELEASE)
    by_hand = DeploymentHistory((GONE, DeployedRevision(2, "deployed", "", "Upgrade complete")))
    facts = at(tagged.facts(request), deployed(tip), by_hand)

    assert told(facts, request) == [
        (WARNING, "production", "runs a commit that nobody told (Upgrade complete): it is gone back to all the same")
    ]


def test_a_target_that_cannot_be_read_stops_everything(released):
    request = released.request()
    facts = at(released.facts(request), DeploymentHistory(problem="nobody answers"), DeploymentHistory((FIRST,)))

    assert told(facts, request) == [(CRITICAL, "staging", "could not be looked at: nobody answers")]
    assert release_planning.release_plan(facts, request, released.limits)[0].steps == ()


def test_a_target_without_a_way_back_stops_the_plan(released):
    request = released.request()
    facts = at(released.facts(request), DeploymentHistory(), DeploymentHistory((FIRST,)))

    plan, [why] = release_planning.release_plan(facts, request, released.limits)

    assert plan.steps == ()
    assert "Expected a revision of the release trino in staging to go back to, found none" in why.sentence


def test_commits_on_the_release_branch_after_the_tag_are_not_released(tagged, other):
    after = pushed(other, RELEASE, "Too late", {"late": "1\n"})
    request, tag = tagged.request(), tagged.remote.git("rev-parse", "v1.1.0^{commit}")

    assert told(tagged.facts(request), request) == [
        (INFO, RELEASE, "has 1 commit since v1.1.0, which are not released")
    ]
    done(tagged.run(request))
    assert tagged.remote.git("rev-parse", RELEASE, f"{MASTER}^2").split() == [after, tag]


def test_a_release_branch_that_was_moved_away_from_the_tag_stops_everything(tagged, other):
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "--force", "origin", f"origin/{MASTER}:refs/heads/{RELEASE}")
    request = tagged.request()

    [(severity, subject, sentence)] = told(tagged.facts(request), request)

    assert (severity, subject) == (CRITICAL, RELEASE)
    assert "does not come after v1.1.0" in sentence
    assert tagged.refused(request) == [f"there is none: {RELEASE} {sentence}"]


def test_a_release_branch_that_was_deleted_after_the_tag_is_told_and_not_needed(tagged, other):
    other.git("push", "--quiet", "origin", f":{RELEASE}")
    request = tagged.request()

    assert told(tagged.facts(request), request) == [
        (INFO, RELEASE, "was deleted on origin; v1.1.0 keeps its commit"),
    ]
    done(tagged.run(request))
    assert list(tagged.branches()) == [MASTER, "v1.0.0", "v1.1.0"]


def test_a_feature_branch_that_somebody_deleted_too_early_is_still_known(developed, other):
    developed.facts(developed.request())
    tip = developed.remote.git("rev-parse", FEATURE)
    other.git("push", "--quiet", "origin", f":{FEATURE}")
    developed.clone.git("branch", "-D", FEATURE)
    request = developed.request()

    assert told(developed.facts(request), request) == [
        (WARNING, FEATURE, f"was deleted on origin and here; its commits are kept, up to {tip:.8}")
    ]
    done(developed.run(request))
    assert list(developed.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]


def test_a_release_of_which_nothing_was_moved_says_so(released):
    request = released.request()

    assert [each[2] for each in told(released.facts(request), request)] == ["nothing was moved behind its back"]


def test_with_targets_the_plan_deploys_tests_and_gates_and_falls_back(released):
    request = released.request(test_command="make test")
    facts = at(released.facts(request), DeploymentHistory((FIRST,)), DeploymentHistory((FIRST,)))

    plan, _ = release_planning.release_plan(facts, request, released.limits)

    kinds = [step.title.partition(":")[0].partition(" ")[0] for step in plan.steps]
    assert kinds == [
        *("Check", "Deploy", "Test", "Gate", "Note"),
        *("Tag", "Push", "Deploy", "Gate", "Note"),
        *("Bring", "Delete", "Delete", "Remove", "Forget"),
    ]
    guarded = [step for step in plan.steps if step.title.startswith(("Deploy", "Test", "Gate"))]
    backs = [[command.argv[:4] for command in step.otherwise] for step in guarded]
    assert backs == [[("helm", "rollback", "trino", "1")]] * 5
    places = [step.otherwise[0].argv[step.otherwise[0].argv.index("--namespace") + 1] for step in guarded]
    assert places == ["staging", "staging", "staging", "production", "production"]


def test_production_alone_gets_a_worktree_of_its_own(tagged):
    request, tip = tagged.request(), tagged.remote.git("rev-parse", RELEASE)
    facts = at(tagged.facts(request), deployed(tip), DeploymentHistory((FIRST,)))

    plan, _ = release_planning.release_plan(facts, request, tagged.limits)

    titles = [step.title.partition(" ")[0] for step in plan.steps]
    assert titles[:4] == ["Check", "Deploy", "Gate:" if "Gate:" in titles else "Gate", "Note"]
    assert "Remove" in titles
