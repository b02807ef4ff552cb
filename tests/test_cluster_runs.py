"""The reference stack, recorded by the command and looked at by the notebook: live, declared and replayed."""

import json

import yaml

from tests.command import trinokit
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from trinokit.sources.recorded import Recorded


def findings(tmp_path, name: str, *parameters: str) -> list[dict]:
    given = ["-p", "cluster", name, *parameters, "--output", str(tmp_path / "runs"), "--fail-on", "never"]
    done = trinokit("run", "cluster_topology", *given)
    assert done.returncode == 0, done.stderr + done.stdout
    [latest] = sorted((tmp_path / "runs").iterdir(), key=lambda path: path.stat().st_mtime)[-1:]
    return json.loads((latest / "run.json").read_text())["findings"]


def test_what_is_recorded_is_found_again(home, clusters, tmp_path):
    done = trinokit("record", "test", "stack", "--part", "live", "--part", "declared")

    assert done.returncode == 0, done.stderr
    assert "live objects" in done.stdout
    assert "declared objects" in done.stdout
    assert "not read" not in done.stdout
    recorded = Recorded("recorded/stack", home / "recorded" / "stack")
    live, declared = (recorded.objects.of_side(side) for side in ("live", "declared"))
    made = {(each.kind, each.namespace, each.name) for each in live.items}
    missing = [each for each in declared.items if (each.kind, each.namespace, each.name) not in made]
    # The namespace of the release itself is none of those that are read.
    assert [str(each) for each in missing] == []
    assert findings(tmp_path, "recorded/stack") == findings(tmp_path, "test")


def test_both_sides_have_the_same_hashes_of_the_same_secrets(home, clusters):
    trinokit("record", "test", "stack", "--part", "live", "--part", "declared")
    recorded = Recorded("recorded/stack", home / "recorded" / "stack")

    pairs = [
        (each, recorded.objects.live().find("Secret", each.namespace, each.name))
        for each in recorded.objects.declared().of("Secret")
    ]
    assert len(pairs) >= 5
    for declared, live in pairs:
        assert declared.at("data") == live.at("data")
        assert all(value.startswith("hmac-sha256:") for value in declared.at("data").values())


def test_a_part_that_the_entry_does_not_have_is_refused(home, clusters):
    path = home / "parameters" / "clusters.yaml"
    path.write_text(yaml.safe_dump({"clusters": {"test": {"trino": {"url": "http://127.0.0.1:18080"}}}}))

    done = trinokit("record", "test", "stack", "--part", "live")

    assert done.returncode == 2
    assert "Expected parts of test that parameters/clusters.yaml names, found live." in done.stderr
    assert "it names: history" in done.stderr


def test_an_api_server_that_is_not_there_leaves_nothing_behind(home, clusters):
    config = json.loads(cluster.kubeconfig(CACHE).read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (home / "kubeconfig").write_text(json.dumps(config))
    clusters["test"]["kubernetes"]["kubeconfig"] = str(home / "kubeconfig")
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": clusters}))

    done = trinokit("record", "test", "stack", "--part", "live")

    assert done.returncode == 1
    assert "SourceError: Expected an answer from https://127.0.0.1:1, found in 5 tries" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((home / "recorded").iterdir()) == []


def test_the_declared_side_of_the_recording_is_judged_too(tmp_path):
    found = findings(tmp_path, "recorded/reference", "-p", "side", "declared")

    assert {each["severity"] for each in found} <= {"OK", "INFO"}
    assert {"objects", "workloads", "services", "volumes", "catalogs", "dependencies"} <= {
        each["subject"] for each in found if each["severity"] == "OK"
    }


def test_a_side_that_is_misspelt_is_refused_with_the_nearest():
    done = trinokit("run", "cluster_topology", "-p", "side", "declraed")

    assert done.returncode == 2
    assert "side: expected one of live, declared, found 'declraed'; did you mean declared?" in done.stderr
