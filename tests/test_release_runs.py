"""The runbook on a real cluster: a feature reaches an old version, one fails on its way, and one is taken back."""

import json
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.command import trinokit
from tests.release import platform
from tests.release.platform import PLACES, Platform

GOOD, BAD = "SELECT 1", "SELECT 1 / (SELECT 0)"
GATE = {"gate_seconds": "10", "gate_minimum": "5", "gate_p95_ratio": "50", "gate_workers": "0"}
DOCUMENTS = '["docs/**"]'

pytestmark = pytest.mark.expected_seconds(150)


@pytest.fixture
def source() -> str:
    """The name of a client of our own: others ask the same Trino."""
    return f"release-{secrets.token_hex(4)}"


@pytest.fixture
def started(servers, kubectl, tmp_path_factory) -> Iterator[Platform]:
    """The starting point of the use case, deployed in both places."""
    own = secrets.token_hex(4)
    namespaces = {place: f"test-{own}-{place}" for place in PLACES}
    with platform.deployed(tmp_path_factory.mktemp("release"), kubectl, namespaces) as found:
        yield found


@pytest.fixture
def run(started, source, home, tmp_path_factory) -> Callable[..., dict]:
    """Runs the runbook with parameters, and gives the record of that run."""
    clusters = {"clusters": {place: started.entry(place) for place in PLACES}}
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump(clusters))
    targets = {f"{place}_target": f"helm:{started.namespaces[place]}/{platform.RELEASE}" for place in PLACES}
    values = {f"{place}_values": f'["values/{place}.yaml"]' for place in PLACES}
    where = {"cluster": "production", "staging": "staging", "repository": str(started.clone.folder)}
    folders = {"journal": str(started.folder / "journal"), "worktrees": str(started.folder / "worktrees")}
    gate = GATE | {"gate_source": source}
    fixed = where | targets | values | folders | gate | {"chart": platform.CHART, "documents": DOCUMENTS}

    def ran(**parameters: str) -> dict:
        output = tmp_path_factory.mktemp("runs")
        options = [word for name, value in (fixed | parameters).items() for word in ("-p", name, value)]
        done = trinokit("run", "old_version_feature_release", *options, "--output", str(output))
        assert [*output.iterdir()], done.stderr
        [folder] = output.iterdir()
        record = json.loads((folder / "run.json").read_text())
        assert done.returncode == record["exit_code"], done.stderr + done.stdout
        return record | {"folder": folder}

    return ran


@pytest.fixture
def carried_out(run) -> Callable[..., dict]:
    """Runs the runbook until its plan waits, and once more with its approval."""

    def ran(**parameters: str) -> dict:
        waiting = run(**parameters)
        assert waiting["exit_code"] == 4, (waiting["error"], told(waiting))
        [plan] = waiting["plans"]
        return run(**parameters, approved=plan["approval"])

    return ran


@contextmanager
def traffic(source: str, *statements: str) -> Iterator[None]:
    """Somebody asks *statements* again and again until the block is left."""
    ended = threading.Event()

    def asking() -> None:
        while not ended.is_set():
            for statement in statements:
                platform.ask(source, statement)
            ended.wait(0.3)

    thread = threading.Thread(target=asking, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(30)


def told(record: dict) -> list[str]:
    return [f"{row['severity']} {row['subject']} {row['finding']}" for row in record["findings"]]


def critical(record: dict) -> list[str]:
    return [line for line in told(record) if line.startswith("CRITICAL")]


def statuses(record: dict) -> dict[str, str]:
    [plan] = record["plans"]
    return {step["title"]: step["status"] for step in plan["steps"]}


def history(folder: Path, branch: str) -> list[str]:
    """What git log tells of *branch*: subjects, authors, trees, and the subjects of parents."""
    argv = ["git", "log", "--topo-order", "--format=%H|%s|%an <%ae>|%T|%P", branch]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=True)
    rows = [line.split("|") for line in done.stdout.splitlines()]
    subjects = {row[0]: row[1] for row in rows}
    return ["|".join((*row[1:4], *(subjects[parent] for parent in row[4].split()))) for row in rows]


def by_hand(platform: Platform, folder: Path) -> None:
    """The commands of the use case, as they are written, in a clone and a remote of their own."""
    remote, clone = folder / "remote.git", folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--mirror", str(platform.remote), str(remote)], check=True)
    subprocess.run(["git", "clone", "--quiet", str(remote), str(clone)], check=True)
    commands = """
        git config merge.ff false
        git checkout master_v1
        git pull origin master_v1
        git checkout feature_v1_new-feature
        git checkout master_v1
        git checkout -b release_v1.1.0
        git push origin release_v1.1.0
        git checkout release_v1.1.0
        git merge --no-edit feature_v1_new-feature
        git push origin release_v1.1.0
        git checkout master_v1
        git pull origin master_v1
        git merge --no-edit release_v1.1.0
        git push origin master_v1
        git branch -D feature_v1_new-feature
        git push origin --delete feature_v1_new-feature
    """
    for command in commands.split("\n"):
        subprocess.run(command, shell=True, cwd=clone, check=True, capture_output=True)


@pytest.mark.xdist_group("release 1")
def test_the_happy_path_gives_the_history_that_the_commands_of_the_use_case_give(
    run, carried_out, started, source, tmp_path
):
    branched = carried_out()

    assert list(started.refs()) == [
        "refs/heads/feature_v1_new-feature",
        "refs/heads/main",
        "refs/heads/master_v1",
        "refs/heads/master_v2",
        "refs/tags/v1.0.0",
    ]
    assert [*statuses(branched).values()] == ["done"] * len(statuses(branched))

    platform.develop(started.clone, "feature_v1_new-feature", platform.FEATURE, platform.DOCUMENTS)
    by_hand(started, tmp_path)
    worktree = started.clone.git("status", "--porcelain=v2", "--branch")
    with traffic(source, GOOD):
        record = carried_out()

    assert critical(record) == []
    assert {*statuses(record).values()} == {"done"}
    for branch in ("master_v1", "release_v1.1.0"):
        assert history(started.remote, branch) == history(tmp_path / "remote.git", branch)
    assert "feature_v1_new-feature" not in started.git("branch", "--format=%(refname:short)")
    assert "feature_v1_new-feature" not in started.clone.git("branch", "--format=%(refname:short)")
    released = started.git("rev-parse", "v1.1.0^{commit}")
    assert started.git("rev-parse", "release_v1.1.0", "master_v1^2").split() == [released] * 2
    for place in PLACES:
        [*_, last] = started.revisions(place)
        assert (last["status"], last["description"]) == ("deployed", f"v1.1.0 {released}")
        assert "query.max-run-time=2h" in started.properties(place)
    assert started.clone.git("status", "--porcelain=v2", "--branch") == worktree
    assert started.clone.git("worktree", "list").count("\n") == 0
    assert [line for line in told(record) if "WARNING master_v2" in line]

    again = run()

    assert (again["plans"], critical(again)) == ([], [])


def branched(started: Platform, feature: dict[str, str]) -> None:
    """The feature branch as it is once *feature* was developed."""
    started.clone.git("branch", "feature_v1_new-feature", "master_v1")
    platform.develop(started.clone, "feature_v1_new-feature", feature, platform.DOCUMENTS)


@pytest.mark.xdist_group("release 2")
def test_a_commit_whose_pods_never_become_ready_is_taken_back_in_staging_and_goes_no_further(run, carried_out, started):
    branched(started, platform.NEVER_READY)
    before = {place: started.properties(place) for place in PLACES}

    record = carried_out(rollout_seconds="10")

    assert "failed" in statuses(record).values()
    assert [each["status"] for each in started.revisions("staging")] == ["superseded", "failed", "deployed"]
    assert [each["status"] for each in started.revisions("production")] == ["deployed"]
    assert {place: started.properties(place) for place in PLACES} == before
    refs = started.refs()
    assert "refs/tags/v1.1.0" not in refs
    assert refs["refs/heads/master_v1"] == started.clone.git("rev-parse", "master_v1")

    again = run(rollout_seconds="10")

    assert again["plans"] == []
    assert any("staging" in line and "taken back" in line for line in critical(again))


@pytest.mark.xdist_group("release 3")
def test_a_release_whose_queries_fail_in_production_is_taken_back_reverted_and_delivered_again(
    run, carried_out, started, source
):
    branched(started, platform.FEATURE)
    with traffic(source, GOOD):
        staged = carried_out(until="staging")
    assert {*statuses(staged).values()} == {"done"}
    waiting = run()
    with traffic(source, BAD, GOOD):
        failed = run(approved=waiting["plans"][0]["approval"])

    assert any("failed" in line and "limit 5" in line for line in critical(failed))
    released = started.git("rev-parse", "v1.1.0^{commit}")
    assert [each["description"] for each in started.revisions("production")][1:] == [
        f"v1.1.0 {released}",
        "Rollback to 1",
    ]
    assert "query.max-run-time" not in started.properties("production")
    assert started.git("rev-parse", "release_v1.1.0") == released
    assert started.git("rev-parse", "master_v1") == started.git("rev-parse", "v1.0.0^{commit}")

    again = run()

    assert again["plans"] == []
    assert any("v1.1.0" in line and "taken back" in line for line in critical(again))

    back = carried_out(rollback="yes")

    assert {*statuses(back).values()} == {"done"}
    assert started.git("log", "-1", "--format=%s", "release_v1.1.0").startswith("Revert ")
    assert started.git("rev-parse", "release_v1.1.0^") == released
    assert "query.max-run-time" not in started.properties("staging")

    platform.develop(
        started.clone,
        "feature_v1_new-feature",
        {"docs/limits.md": "# Limits\n\nA query may run for two hours, and is told so.\n"},
        {"CHANGELOG.md": platform.CHANGES.replace("## 1.0.0", "## 1.1.1\n\n- For two hours.\n\n## 1.0.0")},
    )
    with traffic(source, GOOD):
        delivered = carried_out(release="v1.1.1")

    assert {*statuses(delivered).values()} == {"done"}
    assert "query.max-run-time=2h" in started.properties("production")
    assert started.git("rev-parse", "master_v1^2") == started.git("rev-parse", "v1.1.1^{commit}")
