"""The runbook on a real cluster: five flags that look right and are void are put in force, and taken back again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.command import trinokit
from tests.kerberos import platform
from tests.kerberos.platform import FLAGS, KRB5, Platform
from tests.servers import kdc, trino
from tests.sources.conftest import unsettle


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


@pytest.fixture
def run(deployed, home, tmp_path_factory):
    """Runs the runbook with parameters, and gives the record of that run."""
    clusters = {"clusters": {"production": deployed.entry}}
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump(clusters))
    journal = deployed.clone.folder.parent / "journal"

    def ran(**parameters: str) -> dict:
        output = tmp_path_factory.mktemp("runs")
        given = {"cluster": "production", "journal": str(journal)} | parameters
        options = [word for name, value in given.items() for word in ("-p", name, value)]
        done = trinokit("run", "kerberos_jvm_flags", *options, "--output", str(output))
        [folder] = output.iterdir()
        record = json.loads((folder / "run.json").read_text())
        assert done.returncode == record["exit_code"], done.stderr + done.stdout
        return record | {"folder": folder}

    return ran


@pytest.fixture(scope="module")
def after() -> dict:
    """What the tests of this module leave behind for each other."""
    return {}


def critical(record: dict) -> list[str]:
    return [row["finding"] for row in record["findings"] if row["severity"] == "CRITICAL"]


def ids(deployed: Platform) -> dict[str, str]:
    """Which pod each running JVM belongs to."""
    return {node.pod: uid for uid, node in deployed.jvms.nodes.items()}


def test_what_looks_right_is_void_and_a_plan_waits(run, deployed, after):
    before = (deployed.texts(), deployed.clone.everything(), ids(deployed))
    after["texts"], after["values"] = deployed.texts(), deployed.values()

    record = after["first"] = run()

    assert all(flag in text for text in deployed.texts().values() for flag in FLAGS)
    assert (record["exit_code"], record["outcome"]) == (4, "a plan waits for approval")
    assert record["verdict"].startswith("A PLAN WAITS: plan-")
    told = critical(record)
    assert [finding.partition(":")[0] for finding in told] == [
        "each of the 5 flags is in force on 0 of 1 coordinator",
        "each of the 5 flags is in force on 0 of 1 worker",
    ]
    assert all("five flags in one argument" in finding for finding in told)
    assert any(
        "says: WARNING: Unknown module: ALL-UNNAMED --add-exports" in row["finding"] for row in record["findings"]
    )
    assert (deployed.texts(), deployed.clone.everything(), ids(deployed)) == before


def test_inside_the_pods_the_same_is_found(run, after):
    record = run(ask="kubectl")

    assert critical(record) == critical(after["first"])


def test_another_approval_is_refused_before_anything_is_changed(run, deployed):
    before = (deployed.texts(), deployed.clone.everything(), ids(deployed))

    record = run(approved="plan-00000000")

    assert (record["exit_code"], record["outcome"]) == (1, "failed")
    assert record["error"].startswith("PlanError: Expected the approval of this plan")
    assert (deployed.texts(), deployed.clone.everything(), ids(deployed)) == before


def test_the_approved_plan_is_committed_deployed_and_verified_by_what_runs(run, deployed, after):
    [plan] = after["first"]["plans"]
    pods = ids(deployed)

    record = run(approved=plan["approval"])

    assert (record["exit_code"], critical(record)) == (0, [])
    assert [each["status"] for each in record["plans"]] == ["done"]
    assert {"flags": "all 5 flags are in force on 1 coordinator and 1 worker, each of which was asked"}.items() <= {
        row["subject"]: row["finding"] for row in record["findings"]
    }.items()
    assert all(text.endswith("".join(f"{flag}\n" for flag in FLAGS)) for text in deployed.texts().values())
    assert deployed.values() == platform.values(FLAGS)
    assert deployed.clone.git("log", "-1", "--format=%s") == "Put in force 5 JVM flags"
    assert deployed.clone.git("status", "--porcelain") == ""
    assert not set(pods.values()) & set(ids(deployed).values())
    after["approval"], after["in force"] = plan["approval"], ids(deployed)


def test_run_once_more_there_is_nothing_to_do(run, deployed, after):
    record = run(approved=after["approval"])

    assert (record["exit_code"], record["plans"]) == (0, [])
    assert ids(deployed) == after["in force"]


def test_the_undo_is_a_plan_of_its_own_that_restores_every_byte_and_rolls_again(run, deployed, after):
    waiting = run(undo=after["approval"])
    [back] = waiting["plans"]

    assert (waiting["exit_code"], back["status"]) == (4, "waiting")
    assert back["approval"] != after["approval"]
    assert ids(deployed) == after["in force"]

    done = run(undo=after["approval"], approved=back["approval"])

    assert [(each["approval"], each["status"]) for each in done["plans"]] == [(back["approval"], "done")]
    assert done["exit_code"] in (0, 3)
    assert critical(done) == []
    assert deployed.texts() == after["texts"]
    assert deployed.values() == after["values"]
    assert not set(ids(deployed).values()) & set(after["in force"].values())
    assert "".join(deployed.jvms.first_lines("trino-worker-0")[:3]).count(f"Unknown module: ALL-UNNAMED {KRB5}") == 1


def test_nothing_of_the_runs_stays_in_the_journal_but_plans(deployed):
    journal = Path(deployed.clone.folder.parent, "journal")

    assert sorted(path.suffix for path in journal.iterdir()) == [".jsonl", ".jsonl"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in journal.iterdir())


def test_a_login_is_followed_to_its_end(servers, deployed, home, run):
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
