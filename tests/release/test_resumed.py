"""Whenever a release is killed, the next run sees how far it came and ends as if nothing had happened."""

import os
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.release.deployed import OLD, Place
from tests.release.repositories import Release, carried_out, done
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit

from trinokit import shell
from trinokit.plan import CommandRunner

# As many as the whole plan has, which a test of its own sees to.
STEPS = 12
LOG = ("log", "--topo-order", "--format=%H|%s|%P")
LOCAL = ("refs/heads", "refs/tags")
NOTES = ("refs/trinokit/releases/v1.1.0/staging", "refs/trinokit/releases/v1.1.0/production")
END = {
    "refs": ["refs/heads/master_v1", "refs/heads/release_v1.1.0", "refs/tags/v1.0.0", "refs/tags/v1.1.0"],
    "graph": [
        "Merge branch 'release_v1.1.0' into master_v1 < Say three in words, Merge branch 'feature_v1_new-feature' "
        "into release_v1.1.0",
        "Merge branch 'feature_v1_new-feature' into release_v1.1.0 < Say three in words, One more",
        "One more < Tell of the new feature",
        "Tell of the new feature < Add the new feature",
        "Add the new feature < Say three in words",
        "Say three in words < Version 1.0.0",
        "Version 1.0.0 < Tell how it is used",
        "Tell how it is used < Begin",
        "Begin < ",
    ],
    "released": (True, True),
    "local": ["refs/heads/master_v1", "refs/tags/v1.0.0", "refs/tags/v1.1.0"],
    "noted": "",
    "worktrees": 0,
    "left": (),
}


class Killed(BaseException):
    """Somebody killed the run."""


def before(number: int) -> CommandRunner:
    """Is killed before this step begins."""
    return _killed(number, 0)


def after(number: int) -> CommandRunner:
    """Is killed when this step has ended and nobody has been told."""
    return _killed(number, 1)


def _killed(number: int, late: int) -> CommandRunner:
    begun = 0

    def run(argv: tuple[str, ...], given: str, seconds: float) -> tuple[int | None, str]:
        nonlocal begun
        # A proof is no step.
        begun += not ({"--dry-run", "ls-remote"} & set(argv))
        if begun == number and not late:
            raise Killed
        ended = shell.run_command(argv, given, seconds)
        if begun == number:
            raise Killed
        return ended

    return run


def end(release: Release) -> dict[str, object]:
    """How everything is that a release changes; of commits, which are made at some moment, their subjects."""
    clone, remote = release.clone, release.remote
    tagged, tip = remote.git("rev-parse", "v1.1.0^{commit}", RELEASE).split()
    return {
        "refs": list(remote.refs()),
        "graph": graph(release),
        "released": (tagged == tip, remote.git("rev-parse", f"{MASTER}^2") == tip),
        "local": clone.git("for-each-ref", "--format=%(refname)", *LOCAL).splitlines(),
        "noted": clone.git("for-each-ref", *NOTES),
        "worktrees": clone.git("worktree", "list").count("\n"),
        "left": release.plan(release.request(test_command="true")).steps,
    }


def graph(release: Release) -> list[str]:
    """The subject of each commit of the version branch, and those of its parents."""
    rows = [line.split("|") for line in release.remote.git(*LOG, MASTER).splitlines()]
    subjects = {id: subject for id, subject, _ in rows}
    return [f"{subject} < {', '.join(subjects[each] for each in parents.split())}" for _, subject, parents in rows]


@pytest.fixture
def whole(developed) -> Release:
    """A release of which everything is left, and a commit that is only here."""
    developed.clone.git("checkout", "--quiet", FEATURE)
    commit(developed.clone, "One more", {"src/more.py": "more = 1\n"})
    developed.clone.git("checkout", "--quiet", MASTER)
    return developed


def test_undisturbed_it_has_so_many_steps_and_ends_like_this(whole):
    plan = whole.plan(whole.request(test_command="true"))

    assert len(plan.steps) == STEPS
    done(carried_out(plan))
    assert end(whole) == END


CASES = [(killed, number) for killed in (before, after) for number in range(1, STEPS + 1)]


@pytest.mark.parametrize(("killed", "number"), CASES)
def test_killed_between_any_two_steps_the_next_run_ends_as_if_nothing_had_happened(
    whole, killed: Callable[[int], CommandRunner], number
):
    request = whole.request(test_command="true")
    with pytest.raises(Killed):
        carried_out(whole.plan(request), killed(number))

    done(whole.run(request))

    assert end(whole) == END


def test_killed_every_fourth_step_it_ends_all_the_same(whole):
    request = whole.request(test_command="true")
    for _ in range(STEPS):
        plan = whole.plan(request)
        if not plan.steps:
            break
        with pytest.raises(Killed):
            carried_out(plan, after(min(4, len(plan.steps))))

    assert end(whole) == END


@pytest.fixture
def production(namespace, kubectl, tmp_path, monkeypatch) -> Place:
    """A Deployment on the real API server, which runs v1.0.0; the gate, which has tests of its own, always passes."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "trinokit").write_text("#!/bin/sh\necho pass: nothing was asked\n")
    (tmp_path / "bin" / "trinokit").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    (tmp_path / "chart").mkdir()
    place = Place(namespace, kubectl, tmp_path / "chart", monkeypatch)
    place.applied()
    return place


DEPLOYING = ["Check", "Deploy", "Wait", "Gate", "Note"]


@pytest.mark.parametrize("title", DEPLOYING)
def test_killed_while_it_is_deployed_the_next_run_ends_with_the_commit_of_the_tag_in_production(
    developed, production, title
):
    target = replace(production.deployment, name="production")
    release = Release(developed.clone, developed.remote, lambda request: ((target, production.deployed(target)),))
    request = release.request()
    plan = release.plan(request)
    titles = [re.split("[: ]", step.title)[0] for step in plan.steps]
    with pytest.raises(Killed):
        carried_out(plan, after(titles.index(title) + 1))

    done(release.run(request))

    commit = developed.remote.git("rev-parse", "v1.1.0^{commit}")
    assert [each for each in titles if each in DEPLOYING] == DEPLOYING
    assert production.image == f"gateway:v1.1.0-{commit}"
    revisions = production.deployed(target).revisions
    assert [(each.status, each.commit) for each in revisions] == [("superseded", OLD), ("deployed", commit)]
    assert list(developed.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]
    assert release.plan(request).steps == ()


def test_a_gate_that_pauses_stops_before_anything_is_merged_back_and_the_next_run_asks_it_again(
    developed, production, tmp_path
):
    gate = tmp_path / "bin" / "trinokit"
    gate.write_text("#!/bin/sh\necho inconclusive: 3 queries; exit 75\n")
    target = replace(production.deployment, name="production")
    release = Release(developed.clone, developed.remote, lambda request: ((target, production.deployed(target)),))
    before = developed.remote.git("rev-parse", MASTER)

    outcomes = release.run(release.request())

    assert [each.status for each in outcomes if each.status != "not reached"][-1] == "paused"
    assert developed.remote.git("rev-parse", MASTER) == before
    assert release.statuses(release.request())["deploy to production"] == "next"
    assert [step.title[:4] for step in release.plan(release.request()).steps][:2] == ["Gate", "Note"]


def test_a_gate_that_fails_takes_the_commit_back_and_the_release_is_not_delivered_again_by_itself(
    developed, production, tmp_path
):
    gate = tmp_path / "bin" / "trinokit"
    gate.write_text("#!/bin/sh\necho fail: 12% of 250 queries failed; exit 1\n")
    target = replace(production.deployment, name="production")
    release = Release(developed.clone, developed.remote, lambda request: ((target, production.deployed(target)),))
    before = developed.remote.git("rev-parse", MASTER)

    outcomes = release.run(release.request())

    assert next(each for each in outcomes if each.status == "failed").step.title.startswith("Gate of production")
    assert production.image == f"gateway:v1.0.0-{OLD}"
    assert developed.remote.git("rev-parse", MASTER) == before
    [why] = release.refused(release.request())
    assert "v1.1.0" in why
    assert "was taken back" in why
    done(release.run(release.request(rollback=True)))
    assert developed.remote.git("log", "-1", "--format=%s", RELEASE).startswith('Revert "Merge branch')
