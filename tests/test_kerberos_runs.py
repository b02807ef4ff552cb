"""The runbook on a real cluster: five flags that look right and are void are put in force, and taken back again."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.command import trinokit
from tests.conftest import new_home
from tests.kerberos import platform
from tests.kerberos.platform import FLAGS, KRB5, Platform
from tests.servers import kdc, trino
from tests.sources.conftest import unsettle

# There is one port for a coordinator in a pod, and one KDC of the real Trino.
pytestmark = [pytest.mark.xdist_group("pods"), pytest.mark.expected_seconds(50)]


@pytest.fixture(scope="module")
def deployed(kubectl, tmp_path_factory) -> Iterator[Platform]:
    """A Trino with the five flags as they were pasted, on a coordinator and a worker."""
    with pytest.MonkeyPatch.context() as patch:
        unsettle(patch)
        kubectl("create", "namespace", "test-kerberos")
        try:
            with platform.deployed(tmp_path_factory.mktemp("kerberos"), "test-kerberos") as found:
                yield found
        finally:
            kubectl("delete", "namespace", "test-kerberos", "--wait=false")


def runs(deployed: Platform, home: Path, folders: pytest.TempPathFactory) -> Callable[..., dict]:
    """Runs the runbook of *home* with parameters, and gives the record of that run in one of the new *folders*."""
    clusters = {"clusters": {"production": deployed.entry}}
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump(clusters))
    journal = deployed.clone.folder.parent / "journal"

    def ran(**parameters: str) -> dict:
        output = folders.mktemp("runs")
        given = {"cluster": "production", "journal": str(journal)} | parameters
        options = [word for name, value in given.items() for word in ("-p", name, value)]
        done = trinokit("run", "kerberos_jvm_flags", *options, "--output", str(output))
        [folder] = output.iterdir()
        record = json.loads((folder / "run.json").read_text())
        assert done.returncode == record["exit_code"], done.stderr + done.stdout
        return record | {"folder": folder}

    return ran


@dataclass(frozen=True)
class Stand:
    """What is in the ConfigMaps, in the values and in the whole clone, and which pod each running JVM belongs to."""

    texts: dict[str, str]
    values: str
    commit: str
    files: dict[str, bytes]
    pods: dict[str, str]


@dataclass(frozen=True)
class Ran:
    """The *record* of one run, with what stood *before* and *after* it."""

    record: dict
    before: Stand
    after: Stand


@pytest.fixture(scope="module")
def ran(deployed, tmp_path_factory) -> Iterator[Callable[..., Ran]]:
    """Runs the runbook with parameters, and gives what came of it."""

    def stand() -> Stand:
        pods = {node.pod: uid for uid, node in deployed.jvms.nodes.items()}
        commit = deployed.clone.git("log", "-1", "--format=%s")
        return Stand(deployed.texts(), deployed.values(), commit, deployed.clone.everything(), pods)

    with pytest.MonkeyPatch.context() as patch:
        home = new_home(tmp_path_factory.mktemp("kerberos") / "home", patch)
        run = runs(deployed, home, tmp_path_factory)

        def between(**parameters: str) -> Ran:
            before = stand()
            return Ran(run(**parameters), before, stand())

        yield between


# Each run comes after those that it names, whichever test asks first.
@pytest.fixture(scope="module")
def first(ran) -> Ran:
    """Shows a plan, which waits."""
    return ran()


@pytest.fixture(scope="module")
def inside(ran, first) -> Ran:
    """Asks inside the pods."""
    return ran(ask="kubectl")


@pytest.fixture(scope="module")
def refused(ran, first) -> Ran:
    """Is given the approval of another plan."""
    return ran(approved="plan-00000000")


@pytest.fixture(scope="module")
def approved(ran, first, inside, refused) -> Ran:
    """Is given the approval of the plan that waited."""
    [plan] = first.record["plans"]
    return ran(approved=plan["approval"])


@pytest.fixture(scope="module")
def again(ran, first, approved) -> Ran:
    """Is given the same approval once more."""
    [plan] = first.record["plans"]
    return ran(approved=plan["approval"])


@pytest.fixture(scope="module")
def back(ran, first, again) -> Ran:
    """Is told to undo that plan, and shows how."""
    [plan] = first.record["plans"]
    return ran(undo=plan["approval"])


@pytest.fixture(scope="module")
def undone(ran, first, back) -> Ran:
    """Is given the approval of the way back."""
    [plan], [way] = first.record["plans"], back.record["plans"]
    return ran(undo=plan["approval"], approved=way["approval"])


def critical(record: dict) -> list[str]:
    return [row["finding"] for row in record["findings"] if row["severity"] == "CRITICAL"]


def test_what_looks_right_is_void_and_a_plan_waits(first):
    assert all(flag in text for text in first.before.texts.values() for flag in FLAGS)
    assert (first.record["exit_code"], first.record["outcome"]) == (4, "a plan waits for approval")
    assert first.record["verdict"].startswith("A PLAN WAITS: plan-")
    told = critical(first.record)
    assert [finding.partition(":")[0] for finding in told] == [
        "each of the 5 flags is in force on 0 of 1 coordinator",
        "each of the 5 flags is in force on 0 of 1 worker",
    ]
    assert all("five flags in one argument" in finding for finding in told)
    assert any(
        "says: WARNING: Unknown module: ALL-UNNAMED --add-exports" in row["finding"] for row in first.record["findings"]
    )
    assert first.after == first.before


def test_inside_the_pods_the_same_is_found(first, inside):
    assert critical(inside.record) == critical(first.record)


def test_another_approval_is_refused_before_anything_is_changed(refused):
    assert (refused.record["exit_code"], refused.record["outcome"]) == (1, "failed")
    assert refused.record["error"].startswith("PlanError: Expected the approval of this plan")
    assert refused.after == refused.before


def test_the_approved_plan_is_committed_deployed_and_verified_by_what_runs(approved, deployed):
    record, after = approved.record, approved.after

    assert (record["exit_code"], critical(record)) == (0, [])
    assert [each["status"] for each in record["plans"]] == ["done"]
    assert {"flags": "all 5 flags are in force on 1 coordinator and 1 worker, each of which was asked"}.items() <= {
        row["subject"]: row["finding"] for row in record["findings"]
    }.items()
    assert all(text.endswith("".join(f"{flag}\n" for flag in FLAGS)) for text in after.texts.values())
    assert after.values == platform.values(FLAGS)
    assert after.commit == "Put in force 5 JVM flags"
    assert deployed.clone.git("status", "--porcelain") == ""
    assert not set(approved.before.pods.values()) & set(after.pods.values())


def test_run_once_more_there_is_nothing_to_do(again):
    assert (again.record["exit_code"], again.record["plans"]) == (0, [])
    assert again.after.pods == again.before.pods


def test_the_undo_is_a_plan_of_its_own_that_restores_every_byte_and_rolls_again(first, back, undone, deployed):
    [plan], [way] = first.record["plans"], back.record["plans"]

    assert (back.record["exit_code"], way["status"]) == (4, "waiting")
    assert way["approval"] != plan["approval"]
    assert back.after.pods == back.before.pods

    done = undone.record
    assert [(each["approval"], each["status"]) for each in done["plans"]] == [(way["approval"], "done")]
    assert done["exit_code"] in (0, 3)
    assert critical(done) == []
    assert (undone.after.texts, undone.after.values) == (first.before.texts, first.before.values)
    assert not set(undone.after.pods.values()) & set(undone.before.pods.values())
    assert "".join(deployed.jvms.first_lines("trino-worker-0")[:3]).count(f"Unknown module: ALL-UNNAMED {KRB5}") == 1


def test_nothing_of_the_runs_stays_in_the_journal_but_plans(undone, deployed):
    journal = Path(deployed.clone.folder.parent, "journal")

    assert sorted(path.suffix for path in journal.iterdir()) == [".jsonl", ".jsonl"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in journal.iterdir())


def test_a_login_is_followed_to_its_end(servers, deployed, home, tmp_path_factory):
    run = runs(deployed, home, tmp_path_factory)
    realm = Path(servers["folder"], "kdc")
    where = {"principal": "trinokit", "keytab": str(kdc.keytab(realm, "trinokit")), "service": "HTTP"}
    url, authority = f"https://localhost:{trino.HTTPS_PORT}", f"{servers['folder']}/etc/server.pem"
    entry = deployed.entry | {
        "trino": {"url": url, "ca": authority, "kerberos": where | {"config": f"{realm}/krb5.conf"}}
    }
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": {"other": entry}}))

    record = run(cluster="other", kerberos="yes", keytab=str(kdc.keytab(realm, kdc.SERVICE)))
    about = [row for row in record["findings"] if row["subject"] == url]

    assert [row["severity"] for row in about] == ["OK"]
