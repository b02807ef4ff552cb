"""A release has arrived when the remote and the targets say so."""

from dataclasses import replace

from tests.release.repositories import done
from tests.release.test_step_progress_table import PRODUCTION, STAGING, deployed
from tests.sources.git.conftest import MASTER, commit

from trinokit.findings import CRITICAL, INFO, OK, WARNING
from trinokit.observations import DeployedRevision, DeploymentHistory
from trinokit.release import verifying
from trinokit.release.release_facts import DeployedTarget


def told(facts, request) -> list[tuple]:
    return [(each.severity, each.subject, each.sentence) for each in verifying.verification_findings(facts, request)]


def test_of_what_is_merged_back_it_says_so_and_newer_versions_that_lack_it_are_named(developed):
    request = developed.request()
    developed.clone.git("push", "--quiet", "origin", f"{MASTER}:refs/heads/master_v2")
    done(developed.run(request))

    found = told(developed.facts(request), request)

    assert [(severity, subject) for severity, subject, _ in found] == [(OK, MASTER), (WARNING, "master_v2")]
    assert found[0][2] == "has the commits of the feature in its history, and what they changed"
    assert found[1][2].startswith("lacks 2 commits of the feature")


def test_what_is_not_due_yet_is_told_without_alarm(developed):
    request = developed.request()

    [(severity, subject, _), *_] = told(developed.facts(request), request)

    assert (severity, subject) == (INFO, MASTER)


def test_whoever_took_it_back_after_the_release_is_found(developed):
    request = developed.request()
    done(developed.run(request))
    developed.clone.git("pull", "--quiet", "origin", MASTER)
    developed.clone.git("revert", "--no-edit", "-m", "1", "HEAD")
    developed.clone.git("push", "--quiet", "origin", MASTER)

    assert [(severity, subject) for severity, subject, _ in told(developed.facts(request), request)][0] == (
        CRITICAL,
        MASTER,
    )


def test_a_target_tells_what_it_runs_and_one_that_is_not_ready_is_critical(developed):
    request = developed.request(last_stage="release")
    done(developed.run(request))
    facts = developed.facts(request)
    released = facts.repository.heads[request.names.release_branch]
    ready = deployed(released)
    behind = replace(ready, unready=("Deployment/trino: 0 of 1 pods are available",))
    targets = (DeployedTarget(STAGING, ready), DeployedTarget(PRODUCTION, behind))

    found = told(replace(facts, targets=targets), request)

    assert (OK, "staging", f"runs {released:.8} as revision 2 of trino in staging, which is what is released") in found
    assert (
        CRITICAL,
        "production",
        "has not rolled out: Deployment/trino: 0 of 1 pods are available",
    ) in found


def test_a_target_that_runs_nothing_as_a_whole_or_something_else_is_told(developed):
    facts, request = developed.facts(developed.request()), developed.request()
    nothing, other = DeploymentHistory(), DeploymentHistory((DeployedRevision(3, "deployed", said="by hand"),))

    found = told(replace(facts, targets=(DeployedTarget(STAGING, nothing), DeployedTarget(PRODUCTION, other))), request)

    assert (CRITICAL, "staging", "runs nothing that was deployed as a whole: look at it") in found
    assert (INFO, "production", "runs a commit that nobody told as revision 3 of trino in production") in found


def test_of_a_rollback_no_newer_version_is_asked_for(developed):
    developed.clone.git("push", "--quiet", "origin", f"{MASTER}:refs/heads/master_v2")
    request = developed.request(rollback=True)
    commit(developed.clone, "Something else", {"other.txt": "other\n"})

    assert "master_v2" not in [subject for _, subject, _ in told(developed.facts(request), request)]
