"""One plan brings a release all the way that is left, in the order in which nothing is lost, or says why not."""

import pytest
from tests.release.repositories import Release, done, history, pushed, titles
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit

from trinokit.errors import ParameterError
from trinokit.release import release_planning
from trinokit.release.release_state import STAGES

BY_HAND = """
checkout master_v1
pull origin master_v1
checkout -b feature_v1_new-feature
(develop)
checkout master_v1
checkout -b release_v1.1.0
push origin release_v1.1.0
checkout release_v1.1.0
merge --no-edit feature_v1_new-feature
push origin release_v1.1.0
checkout master_v1
pull origin master_v1
merge --no-edit release_v1.1.0
push origin master_v1
"""
UPDATED_BY_HAND = """
fetch origin
branch --force feature_v1_new-feature origin/feature_v1_new-feature
checkout master_v1
pull origin master_v1
checkout release_v1.1.0
pull origin release_v1.1.0
merge --no-edit master_v1
merge --no-edit feature_v1_new-feature
checkout master_v1
merge --no-edit release_v1.1.0
"""


def develop(clone: Clone) -> None:
    commit(clone, "Add the new feature", {"src/new.py": "new = True\n"})
    commit(clone, "Tell of the new feature", {"docs/new-feature.md": "# The new feature\n", "VERSION": "1.1.0\n"})


def by_hand(clone: Clone, commands: str) -> None:
    for line in commands.strip().splitlines():
        develop(clone) if line == "(develop)" else clone.git(*line.split())


@pytest.mark.parametrize(("how", "setting"), [("merge", "false"), ("fast-forward", "true")])
def test_the_happy_path_gives_the_history_that_the_commands_of_the_use_case_give(started, tmp_path, how, setting):
    request = started.request(join_method=how)
    copy = Clone(tmp_path / "copy")
    copy.git("config", "merge.ff", setting)
    mirror = tmp_path / "mirror.git"
    started.remote.git("clone", "--quiet", "--mirror", ".", str(mirror))
    copy.git("remote", "add", "origin", str(mirror))
    copy.git("fetch", "--quiet", "origin")
    by_hand(copy, BY_HAND)

    assert titles(started.plan(request)) == [f"Make {FEATURE} from {MASTER}", f"Push {FEATURE}"]
    done(started.run(request))
    started.clone.git("checkout", "--quiet", FEATURE)
    develop(started.clone)
    started.clone.git("checkout", "--quiet", MASTER)
    done(started.run(request))

    started.clone.git("fetch", "--quiet", "origin")
    for branch in (MASTER, RELEASE):
        assert history(started.clone, f"origin/{branch}") == history(copy, branch)
    assert [name for name in started.remote.refs() if "tags" not in name] == [
        f"refs/heads/{MASTER}",
        f"refs/heads/{RELEASE}",
    ]
    assert FEATURE not in started.clone.git("branch")
    assert started.plan(request).steps == ()


@pytest.mark.parametrize("how", ["merge", "fast-forward"])
def test_a_release_branch_that_is_there_gets_what_the_version_branch_got_since(developed, other, how):
    other.git("config", "merge.ff", "false" if how == "merge" else "true")
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "origin", f"origin/{MASTER}:refs/heads/{RELEASE}")
    pushed(other, RELEASE, "Prepare the release", {"docs/release.md": "# Release\n"})
    pushed(other, MASTER, "A hotfix", {"src/fix.py": "fixed = True\n"})

    by_hand(other, UPDATED_BY_HAND)
    developed.reach(join_method=how)

    developed.clone.git("fetch", "--quiet", "origin")
    for branch in (MASTER, RELEASE):
        assert history(developed.clone, f"origin/{branch}") == history(other, branch)


def test_picked_commits_say_where_they_are_from_and_the_way_back_is_a_merge(developed):
    developed.reach(join_method="cherry-pick")

    log = developed.remote.git("log", "--first-parent", "--format=%s", MASTER).splitlines()
    picked = developed.remote.git("log", "-2", "--format=%B", RELEASE)
    assert log[:2] == [f"Merge branch '{RELEASE}' into {MASTER}", "Say three in words"]
    assert picked.count("cherry picked from commit") == 2
    assert developed.remote.git("log", "-2", "--format=%s", RELEASE).splitlines() == [
        "Tell of the new feature",
        "Add the new feature",
    ]
    assert f"refs/heads/{FEATURE}" not in developed.remote.refs()


def test_the_steps_come_in_the_order_in_which_nothing_is_lost(developed):
    plan = developed.plan(developed.request(test_command="make test"))

    worktree = next(step.title for step in plan.steps if step.title.startswith("Check")).rpartition("/")[2]
    place = f"{developed.worktrees}/{worktree}".replace(worktree.rpartition("-")[2], "ID")
    assert [title.replace(worktree.rpartition("-")[2], "ID") for title in titles(plan)] == [
        f"Bring {FEATURE} into {RELEASE}",
        f"Check ID out in {place}",
        "Test: make test",
        "Note in this clone that ID passed staging",
        "Tag ID as v1.1.0",
        f"Push the tag v1.1.0, while {RELEASE} is ID",
        f"Bring {RELEASE} back into {MASTER}",
        f"Delete {FEATURE} on origin",
        f"Delete {FEATURE} in this clone",
        f"Remove the worktree {place}",
        "Forget what was noted of v1.1.0",
    ]


def test_every_push_has_a_lease_for_each_ref_and_a_proof(developed):
    plan = developed.plan(developed.request())

    pushes = [step for step in plan.steps if "push" in step.command.argv]
    assert len(pushes) == 4
    for step in pushes:
        argv = step.command.argv
        specs = [word.rpartition(":")[2] for word in argv[argv.index("origin") + 1 :]]
        leases = [word.split("=")[1].rpartition(":")[0] for word in argv if word.startswith("--force-with-lease=")]
        assert sorted(leases) == sorted(specs)
        assert step.proof is not None
        assert "--force" not in argv
        assert len(specs) == 1 or "--atomic" in argv


def test_the_same_facts_give_the_same_approval(developed):
    request = developed.request(test_command="true")

    assert developed.plan(request).approval == developed.plan(request).approval != ""


@pytest.mark.parametrize(
    ("until", "last", "branches"),
    [
        ("release", f"Bring {FEATURE} into {RELEASE}", [FEATURE, MASTER, RELEASE, "v1.0.0"]),
        ("staging", "Note in this clone that ID passed staging", [FEATURE, MASTER, RELEASE, "v1.0.0"]),
        ("production", f"Push the tag v1.1.0, while {RELEASE} is ID", [FEATURE, MASTER, RELEASE, "v1.0.0", "v1.1.0"]),
        ("merge-back", f"Bring {RELEASE} back into {MASTER}", [FEATURE, MASTER, RELEASE, "v1.0.0", "v1.1.0"]),
    ],
)
def test_a_plan_ends_with_the_stage_that_was_wished_and_the_next_one_goes_on_from_there(
    developed, until, last, branches
):
    request = developed.request(last_stage=until, test_command="true")

    assert titles(developed.plan(request))[-1] == last
    done(developed.run(request))
    assert list(developed.branches()) == branches
    assert developed.plan(request).steps == ()
    developed.reach(test_command="true")
    assert list(developed.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]


def test_until_branch_a_feature_that_is_developed_already_has_nothing_to_do(developed):
    assert developed.plan(developed.request(last_stage="branch")).steps == ()


def test_a_stage_that_there_is_not_is_refused(developed):
    with pytest.raises(ParameterError, match="found 'stagin'") as caught:
        release_planning.release_plan(
            developed.facts(developed.request()), developed.request(last_stage="stagin"), developed.limits
        )

    assert caught.value.remedy == f"did you mean staging? they are: {', '.join(STAGES)}"


def test_what_is_only_in_this_clone_is_pushed_before_it_is_released(started):
    started.clone.git("checkout", "--quiet", "-b", FEATURE, MASTER)
    develop(started.clone)
    started.clone.git("checkout", "--quiet", MASTER)

    assert titles(started.plan(started.request()))[:2] == [f"Push {FEATURE}", f"Bring {FEATURE} into {RELEASE}"]
    started.reach()
    assert list(started.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]


def test_without_targets_the_release_is_told_to_be_one_of_branches(developed):
    request = developed.request()
    _, findings = release_planning.release_plan(developed.facts(request), request, developed.limits)

    assert [each.sentence for each in findings] == [
        "is one of branches and a tag alone, since neither staging nor production is named"
    ]


def test_a_feature_without_commits_waits_for_them(started):
    request = started.request()
    done(started.run(request))
    plan, findings = release_planning.release_plan(started.facts(request), request, started.limits)

    assert plan.steps == ()
    assert f"INFO {FEATURE} waits for commits" in " ".join(
        f"{each.severity.name} {each.subject} {each.sentence}" for each in findings
    )


def test_a_check_that_is_critical_is_in_the_way_of_every_plan(developed):
    (developed.clone.folder / ".git" / "MERGE_HEAD").write_text(developed.clone.git("rev-parse", FEATURE) + "\n")

    [why] = developed.refused(developed.request())

    assert why == "there is none: checks are in the way: operations"


def test_a_feature_that_was_merged_by_hand_is_not_merged_once_more(developed, other):
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", "-b", RELEASE, f"origin/{MASTER}")
    other.git("merge", "--quiet", "--no-ff", "--no-edit", f"origin/{FEATURE}")
    other.git("push", "--quiet", "origin", RELEASE)
    before = developed.remote.refs()[f"refs/heads/{RELEASE}"]

    developed.reach()

    refs = developed.remote.refs()
    assert refs[f"refs/heads/{RELEASE}"] == before
    assert developed.remote.git("rev-parse", f"{MASTER}^2", "v1.1.0^{commit}").split() == [before, before]


def test_the_operators_own_worktree_index_and_branches_are_as_they_were(developed):
    clone = developed.clone
    (clone.folder / "README.md").write_text("changed\n")
    (clone.folder / "untracked").write_text("mine\n")
    clone.git("checkout", "--quiet", "--detach")
    before = clone.git("status", "--porcelain=v2", "--branch"), clone.git("rev-parse", MASTER, "HEAD")

    developed.reach(test_command="test -e src/new.py")

    assert (clone.git("status", "--porcelain=v2", "--branch"), clone.git("rev-parse", MASTER, "HEAD")) == before
    assert (clone.folder / "untracked").read_text() == "mine\n"


def test_tests_that_fail_stop_the_plan_before_there_is_a_tag(developed):
    outcomes = developed.run(developed.request(test_command="echo broken; exit 3"))

    assert [each.step.title for each in outcomes if each.status == "failed"] == ["Test: echo broken; exit 3"]
    assert list(developed.branches()) == [FEATURE, MASTER, RELEASE, "v1.0.0"]


def release(developed: Release) -> None:
    developed.reach()


def test_nothing_is_left_to_do_of_a_release_that_is_over(developed):
    release(developed)

    assert developed.plan(developed.request()).steps == ()
    assert set(developed.statuses(developed.request()).values()) == {"done"}
