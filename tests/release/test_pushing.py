"""What is pushed is pushed as a whole and at an expected state or not at all, and the remote itself proves it."""

import pytest
from tests.release.repositories import Release, carried_out, done, failed, pushed, titles
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit

from trinokit import shell
from trinokit.plan import Command, Outcome, Plan, Step, undo_plan
from trinokit.release import pushing
from trinokit.release.planned_branch_moves import BranchMove

REFUSED = """
while read old new ref; do
  case $ref in {pattern}) echo "GH006: Protected branch update failed for $ref." >&2; exit 1;; esac
done
"""


def findings(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(each.subject, each.sentence) for each in pushing.refused_push_findings(outcomes)]


def test_a_hook_that_refuses_a_protected_branch_stops_the_plan_with_what_the_remote_said(developed):
    developed.remote.hook("pre-receive", REFUSED.format(pattern=f"refs/heads/{MASTER}"))

    outcomes = developed.run(developed.request())

    assert failed(outcomes).step.title == f"Bring {RELEASE} back into {MASTER}"
    assert findings(outcomes) == [
        (
            MASTER,
            "was not pushed ([remote rejected] (pre-receive hook declined) "
            f"remote: GH006: Protected branch update failed for refs/heads/{MASTER}.): a hook of the remote refused "
            f"it; for a branch that is changed by pull requests: -p protected '[\"{MASTER}\"]'",
        )
    ]


def test_a_hook_that_refuses_everything_leaves_the_remote_as_it_was(developed):
    developed.remote.hook("pre-receive", "echo no pushes on Fridays >&2; exit 1")
    before = developed.remote.refs()

    outcomes = developed.run(developed.request())

    assert developed.remote.refs() == before
    assert failed(outcomes) == outcomes[0]
    [(subject, sentence)] = findings(outcomes)
    assert subject == RELEASE
    assert "remote: no pushes on Fridays" in sentence


@pytest.mark.parametrize("refused", [f"refs/heads/{MASTER}", "refs/heads/beside"])
def test_a_hook_that_refuses_one_of_two_refs_leaves_both(developed, refused):
    developed.remote.hook("update", f'[ "$1" != "{refused}" ]')
    before = developed.remote.refs()
    repository = developed.facts(developed.request()).repository
    tip = repository.heads[FEATURE]
    moves = [BranchMove("beside", "", tip), BranchMove(MASTER, repository.heads[MASTER], tip)]
    step = pushing.push_step(repository, moves, "Push two")

    [outcome] = carried_out(Plan("Alone", (step,)))

    assert outcome.status == "failed"
    assert "atomic" in outcome.said
    assert developed.remote.refs() == before


def race(developed: Release, other: Clone, branch: str, title: str) -> list[Outcome]:
    """Somebody pushes to *branch* just before the step *title*."""
    plan = developed.plan(developed.request())
    command = next(step.command for step in plan.steps if step.title.startswith(title))

    def run(argv, given, seconds):
        if argv == command.argv:
            pushed(other, branch, "Faster", {"faster": "1\n"})
        return shell.run_command(argv, given, seconds)

    return carried_out(plan, run)


@pytest.mark.parametrize(
    ("branch", "title"),
    [
        (RELEASE, "Push the tag"),
        (RELEASE, f"Bring {RELEASE} back"),
        (MASTER, f"Bring {RELEASE} back"),
        (FEATURE, f"Delete {FEATURE} on origin"),
    ],
)
def test_whoever_is_faster_wins_and_a_new_plan_goes_on_from_there(developed, other, branch, title):
    outcomes = race(developed, other, branch, title)

    refused = failed(outcomes)
    assert refused.step.title.startswith(title)
    assert developed.remote.git("log", "-1", "--format=%s", branch) == "Faster"
    [(_, sentence)] = findings(outcomes)
    assert "the remote has moved since it was read: run again" in sentence


def test_a_release_branch_that_somebody_reset_meanwhile_is_not_moved_forward_again_by_the_tag(developed, other):
    developed.reach(last_stage="release")
    plan = developed.plan(developed.request())
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "--force", "origin", f"origin/{MASTER}:refs/heads/{RELEASE}")

    outcomes = carried_out(plan)

    assert failed(outcomes).step.title.startswith("Push the tag")
    assert developed.remote.git("rev-parse", RELEASE) == developed.remote.git("rev-parse", MASTER)
    assert "v1.1.0" not in developed.branches()


@pytest.mark.parametrize("branch", [MASTER, RELEASE])
def test_after_a_race_everything_is_made_anew_on_what_is_there_now(developed, other, branch):
    race(developed, other, branch, "Push the tag" if branch == RELEASE else f"Bring {RELEASE} back")
    if branch == RELEASE:
        # The tag was made here, and is of a commit that is not released any more.
        [why] = developed.refused(developed.request())
        assert "tag -d v1.1.0" in why
        developed.clone.git("tag", "-d", "v1.1.0")

    developed.reach()

    assert list(developed.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]
    assert "Faster" in developed.remote.git("log", "--format=%s", MASTER).splitlines()
    assert developed.remote.git("rev-parse", f"{MASTER}^2") == developed.remote.git("rev-parse", "v1.1.0^{commit}")


def test_a_branch_that_somebody_made_meanwhile_is_not_overwritten(developed, other):
    plan = developed.plan(developed.request())
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "origin", f"origin/{MASTER}:refs/heads/{RELEASE}")

    outcomes = carried_out(plan)

    assert failed(outcomes) == outcomes[0]
    assert "stale info" in outcomes[0].said
    assert developed.remote.refs()[f"refs/heads/{RELEASE}"] == other.git("rev-parse", f"origin/{MASTER}")


def test_an_answer_that_was_lost_after_the_push_is_found_on_the_remote(developed, tmp_path):
    # Every second answer is lost, which is that of the push and not of its proof.
    mark, wrapper = tmp_path / "told", tmp_path / "receive-pack"
    wrapper.write_text(
        f'#!/bin/sh\nif [ -e {mark} ]; then rm {mark}; exec git receive-pack "$@"; fi\n'
        f'touch {mark}\ngit receive-pack "$@"\nexit 1\n'
    )
    wrapper.chmod(0o755)
    plan = developed.plan(developed.request())
    developed.clone.git("config", "remote.origin.receivepack", str(wrapper))

    outcomes = carried_out(plan)

    done(outcomes)
    lost = outcomes[0]
    assert list(developed.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]
    assert "proved by" in lost.said


def test_a_connection_that_dies_once_the_work_is_done_is_found_out_as_well(developed, tmp_path):
    mark, wrapper = tmp_path / "killed", tmp_path / "receive-pack"
    wrapper.write_text(
        f'#!/bin/sh\nif [ -e {mark} ]; then exec git receive-pack "$@"; fi\ntouch {mark}\n'
        'git receive-pack "$@"\nkill -9 $PPID\n'
    )
    wrapper.chmod(0o755)
    plan = developed.plan(developed.request())
    developed.clone.git("config", "remote.origin.receivepack", str(wrapper))

    outcomes = carried_out(plan)

    done(outcomes)
    assert mark.exists()


def test_a_push_that_never_came_to_the_remote_is_not_believed(developed, tmp_path):
    wrapper = tmp_path / "receive-pack"
    plan = developed.plan(developed.request())
    wrapper.write_text("#!/bin/sh\nexit 0\n")
    wrapper.chmod(0o755)
    developed.clone.git("config", "remote.origin.receivepack", str(wrapper))

    outcomes = carried_out(plan)

    assert failed(outcomes) == outcomes[0]
    assert "the remote did not answer" in findings(outcomes)[0][1]


def test_a_tag_that_is_here_already_at_the_same_commit_is_pushed_as_it_is(developed):
    developed.reach(last_stage="release")
    tip = developed.remote.git("rev-parse", RELEASE)
    developed.clone.git("fetch", "--quiet", "origin")
    developed.clone.git("tag", "-a", "-m", "mine", "v1.1.0", tip)

    plan = developed.plan(developed.request())
    done(carried_out(plan))

    assert titles(plan)[0].startswith("Push the tag v1.1.0")
    assert developed.remote.git("tag", "-l", "--format=%(subject)", "v1.1.0") == "mine"


def test_a_tag_that_is_here_at_another_commit_stops_the_release(developed):
    developed.clone.git("tag", "-a", "-m", "mine", "v1.1.0", MASTER)

    [why] = developed.refused(developed.request())

    assert why.startswith("there is none: v1.1.0 is ")
    assert f"git -C {developed.clone.folder} tag -d v1.1.0" in why


def test_a_tag_that_somebody_pushed_meanwhile_at_another_commit_is_not_overwritten(developed, other):
    plan = developed.plan(developed.request())
    other.git("fetch", "--quiet", "origin")
    other.git("tag", "v1.1.0", f"origin/{MASTER}")
    other.git("push", "--quiet", "origin", "v1.1.0")

    outcomes = carried_out(plan)

    assert failed(outcomes).step.title.startswith("Push the tag")
    assert developed.remote.git("rev-parse", "v1.1.0") == other.git("rev-parse", f"origin/{MASTER}")


def test_a_tag_on_the_remote_that_lacks_the_feature_stops_the_release(developed, other):
    other.git("fetch", "--quiet", "origin")
    other.git("tag", "v1.1.0", f"origin/{MASTER}")
    other.git("push", "--quiet", "origin", "v1.1.0")

    whys = developed.refused(developed.request())

    assert len(whys) == 1
    assert "was released without 2 commits of the feature" in whys[0]


def test_a_remote_branch_that_is_deleted_already_is_as_good_as_deleted(developed, other):
    plan = developed.plan(developed.request())
    other.git("push", "--quiet", "origin", f":{FEATURE}")

    outcomes = carried_out(plan)

    done(outcomes)
    deletion = next(each for each in outcomes if each.step.title == f"Delete {FEATURE} on origin")
    assert deletion.step.proof.code == 2


def test_a_branch_that_is_pushed_for_the_first_time_can_be_taken_back_and_one_that_moved_cannot(developed):
    plan = developed.plan(developed.request(last_stage="release"))
    outcomes = carried_out(plan)
    before = developed.remote.refs()

    back = undo_plan(plan, outcomes)
    done(carried_out(back))

    assert f"refs/heads/{RELEASE}" in before
    assert f"refs/heads/{RELEASE}" not in developed.remote.refs()
    whole = developed.plan(developed.request())
    undone = {step.title: bool(step.undo) for step in whole.steps if "push" in step.command.argv}
    assert list(undone.values()) == [True, False, False, True]


def test_tags_that_git_would_push_beside_a_branch_stay_here(developed):
    developed.clone.git("config", "push.followTags", "true")
    developed.clone.git("tag", "-a", "-m", "private", "private", FEATURE)

    developed.reach()

    assert "private" not in developed.branches()


SAID = [
    ("!\tabc:refs/heads/x\t[rejected] (fetch first)", "the remote has moved"),
    ("!\tabc:refs/heads/x\t[rejected] (non-fast-forward)", "the remote has moved"),
    ("!\tabc:refs/heads/x\t[remote rejected] (protected branch hook declined)", "a hook of the remote refused it"),
    ("remote: error: GH013: Repository rule violations found for refs/heads/x.", "a hook of the remote refused it"),
    ("ERROR: Permission to org/repo.git denied to somebody.", "it lets nobody push who is not entitled to"),
    ("!\trefs/tags/x:refs/tags/x\t[rejected] (already exists)", "the tag is there already"),
    ("error: unable to delete 'x': remote ref does not exist", "it was deleted meanwhile"),
    ("fatal: Could not read from remote repository.", "the remote did not answer"),
    ("!\tabc:refs/heads/x\t[rejected] (atomic push failed)", "nothing of it was pushed"),
]


@pytest.mark.parametrize(("said", "meaning"), SAID)
def test_a_refusal_is_told_with_what_it_means(said, meaning):
    step = Step("Push", Command(("git", "push", "origin", "abc:refs/heads/x")))

    [finding] = pushing.refused_push_findings([Outcome(step, "failed", said)])

    assert finding.subject == "x"
    assert meaning in finding.sentence


def test_only_pushes_that_failed_are_told_of():
    push = Step("Push", Command(("git", "push", "origin", "abc:refs/heads/x")))
    other = Step("Tag", Command(("git", "tag", "x")))

    assert (
        pushing.refused_push_findings([Outcome(push, "done", "stale info"), Outcome(other, "failed", "already exists")])
        == []
    )


def test_a_name_that_is_the_folder_of_another_branch_is_refused_before_anything_is_pushed(developed, other):
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "origin", f"origin/{MASTER}:refs/heads/{RELEASE}/old")

    [why] = developed.refused(developed.request())

    assert why == "there is none: checks are in the way: release branch"


def test_a_file_of_a_commit_is_not_what_a_push_is_about(developed):
    commit(developed.clone, "Not pushed", {"x": "1"})

    plan = developed.plan(developed.request())

    assert developed.clone.git("rev-parse", MASTER) not in " ".join(step.command.shell() for step in plan.steps)
