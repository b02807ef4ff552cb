"""The record of a release has who, what, ids and evidence, in one order and without times."""

from dataclasses import replace

import pytest
from tests.release.repositories import Release, done
from tests.release.test_step_progress_table import FIRST, PRODUCTION, STAGING, deployed
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE

from trinokit.observations import DeploymentHistory
from trinokit.plan import Command, Outcome, Step
from trinokit.release import record
from trinokit.release.release_facts import DeployedTarget

WHO = "An Author <author@example.com>"


@pytest.fixture
def recorded(developed) -> tuple[Release, list[list[str]]]:
    """A release that was carried out with tests, and its record."""
    request = developed.request(test_command="true")
    before = developed.facts(request)
    outcomes = developed.run(request)
    done(outcomes)
    return developed, record.release_record_table(
        before, developed.facts(request), request, outcomes, WHO
    ).values.tolist()


def test_it_tells_who_released_what_with_all_ids_old_and_new_and_the_evidence(recorded):
    release, rows = recorded
    git = release.remote.git
    tag, back = git("rev-parse", "v1.1.0^{commit}", MASTER).split()
    old = git("rev-parse", f"{MASTER}^1")
    two, one = git("log", "-2", "--format=%H", f"{RELEASE}^2").splitlines()

    assert rows == [
        ["who", WHO, "user of the clone"],
        ["repository", str(release.remote.folder), "remote origin"],
        ["release", "v1.1.0", "of the old version v1"],
        ["feature", FEATURE, "brought in by merge"],
        ["commit of the feature", one, f"Add the new feature, by {WHO}"],
        ["commit of the feature", two, f"Tell of the new feature, by {WHO}"],
        [RELEASE, f"new → {tag}", "pushed, and proved on the remote"],
        [MASTER, f"{old} → {back}", "pushed, and proved on the remote"],
        ["v1.1.0", tag, "pushed, and proved on the remote"],
        ["tests", "true", "done"],
        [f"feature in {MASTER}", "in its history", "proved"],
    ]


def test_of_a_release_that_is_over_it_tells_what_is_there(recorded):
    release, _ = recorded
    request = release.request()
    facts = release.facts(request)
    tag, back = release.remote.git("rev-parse", "v1.1.0^{commit}", MASTER).split()

    rows = record.release_record_table(facts, facts, request, [], "").values.tolist()

    assert [MASTER, back, "as it is on the remote"] in rows
    assert ["v1.1.0", tag, "as it is on the remote"] in rows
    assert rows[0] == ["who", "nobody that git knows", "user of the clone"]


def test_a_push_that_was_not_approved_or_failed_is_told_so(developed):
    request = developed.request()
    facts = developed.facts(request)
    plan = developed.plan(request)
    outcomes = [Outcome(step, "failed" if number else "done") for number, step in enumerate(plan.steps)]
    rows = {row[0]: row[2] for row in record.release_record_table(facts, facts, request, outcomes, WHO).values.tolist()}

    assert rows[RELEASE] == "pushed, and proved on the remote"
    assert rows["v1.1.0"] == "push failed"
    assert {row[2] for row in record.release_record_table(facts, facts, request, [], WHO).values.tolist()} >= {
        "not planned"
    }


def test_what_runs_where_and_the_verdict_of_each_gate_are_evidence(developed):
    developed.reach(last_stage="production")
    request, commit = developed.request(), developed.remote.git("rev-parse", "v1.1.0^{commit}")
    facts = developed.facts(request)
    targets = DeployedTarget(STAGING, deployed(commit)), DeployedTarget(PRODUCTION, DeploymentHistory((FIRST,)))
    after = replace(facts, targets=targets)
    gate = Step("Gate of staging: for 600 s", Command(("trinokit", "gate", "staging", "--for", "600")))
    said = "failed queries   pass  0.0% of 250\nfail: 12.0% of 250 queries failed (limit 5.0%)\nsince it failed $ helm"
    outcomes = [Outcome(gate, "failed", said), Outcome(replace(gate, title="Gate of production: x"), "paused", "")]

    rows = record.release_record_table(facts, after, request, outcomes, WHO).values.tolist()

    assert rows[-5:-1] == [
        ["staging", f"revision 2: {commit}", f"the released commit; v1.1.0 {commit}"],
        ["production", f"revision 1: {FIRST.commit}", f"not the released commit; {FIRST.said}"],
        ["Gate of staging", "fail: 12.0% of 250 queries failed (limit 5.0%)", "failed"],
        ["Gate of production", "–", "paused"],
    ]


def test_the_same_release_has_the_same_record(developed):
    request = developed.request()
    tables = [
        record.release_record_table(facts, facts, request, [], WHO)
        for facts in (developed.facts(request), developed.facts(request))
    ]

    assert tables[0].equals(tables[1])
