"""The two sides of clusters can be compared: at any commit, and with secrets that are hashed alike."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from tests.sources.conftest import Clone
from tests.sources.programs import program

from trinokit import sources
from trinokit.clusters_file import Cluster, DeclaredPart
from trinokit.errors import SourceError
from trinokit.objects import Objects
from trinokit.sources.kubernetes import recorded_object_files
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded
from trinokit.sources.recording import RecordedParts, record_cluster

NOW = "2026-07-01T00:00:00+00:00"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: access}\nstringData: {password: hunter2}\n"
RANDOM = {
    "chart/Chart.yaml": "apiVersion: v2\nname: trino\nversion: 1.0.0\n",
    "chart/templates/a.yaml": SECRET.replace("hunter2", "{{ randAlphaNum 9 }}"),
}


def of(clone: Clone, *parts: DeclaredPart) -> Live:
    return Live("here", Cluster(declared=list(parts)), "")


def part(clone: Clone, path: str = "k8s", **options: object) -> DeclaredPart:
    return DeclaredPart(path, repository=str(clone.folder), **options)


def secrets(objects: Objects) -> list[str]:
    return [each.body["data"]["password"] for each in objects.of("Secret")]


def test_every_part_is_taken_from_the_commit_that_is_asked_for(clone, home):
    first = clone.commit({"k8s/a.yaml": SECRET, "more/b.yaml": SECRET.replace("access", "more")})
    clone.commit({"k8s/a.yaml": SECRET.replace("access", "later")})
    source = of(clone, part(clone), part(clone, "more", commit="main"))

    assert [each.name for each in source.objects.declared().items] == ["later", "more"]
    then = source.objects.declared(commit=first[:12])
    assert [each.name for each in then.items] == ["access", "more"]
    assert then.about == {"declared 1": f"k8s at {first}", "declared 2": f"more at {first}"}


def test_a_commit_that_is_not_there_is_told(clone, home):
    clone.commit({"k8s/a.yaml": SECRET})

    with pytest.raises(SourceError, match="Expected a commit nothing in"):
        of(clone, part(clone)).objects.declared(commit="nothing")


@pytest.fixture
def two(home, clone) -> None:
    """Two clusters whose declared sides hold the same Secret."""
    clone.commit({"k8s/a.yaml": SECRET})
    entry = {"declared": [{"path": "k8s", "repository": str(clone.folder)}]}
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": {"one": entry, "other": entry}}))


def test_secrets_of_two_clusters_are_hashed_alike_where_one_has_the_key_of_the_other(two):
    one = sources.connect("one")
    alike, apart = sources.connect("other", key_of=one), sources.connect("other")

    mine, same, another = (source.objects.declared() for source in (one, alike, apart))
    assert secrets(mine) == secrets(same) != secrets(another)
    assert mine.key == same.key != another.key
    assert "" not in (mine.key, another.key)


def test_the_key_says_nothing_about_itself(two):
    one = sources.connect("one")

    assert one.key.id not in one.key.secret.hex()
    assert repr(one.key) == f"HashKey(id='{one.key.id}')"


def test_a_recording_has_no_key_to_give(two, home):
    record_cluster(
        sources.connect("one"), home / "recorded" / "one", RecordedParts(sides=("declared",)), recorded_at=NOW
    )
    recorded = sources.connect("recorded/one")
    live = sources.connect("other", key_of=recorded)

    assert recorded.objects.declared().key != live.objects.declared().key
    assert len(recorded.objects.declared().key) == 16


def test_what_comes_out_otherwise_each_time_is_hashed_and_recorded(clone, home, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(Path(program("helm")).parent), prepend=":")
    clone.commit(RANDOM)
    source = of(clone, part(clone, "chart", release="blue"))
    found = source.objects.declared()

    [first], [second] = secrets(found), [each.body["data"]["password"] for each in found.unstable]
    assert first.startswith("hmac-sha256:")
    assert second.startswith("hmac-sha256:")
    assert first != second

    said = recorded_object_files.write_objects(found, tmp_path / "declared")
    back = recorded_object_files.read_objects("declared", tmp_path / "declared", json.loads(json.dumps(said)))
    assert back == found
    assert [each.body for each in back.unstable] == [each.body for each in found.unstable]


def test_a_live_source_is_of_now(clone, home):
    before = datetime.now(UTC)

    assert before <= of(clone, part(clone)).objects.observed_at <= datetime.now(UTC)


def test_a_live_source_is_of_the_moment_at_which_it_was_read(kubernetes, namespace):
    from tests.sources.kubernetes.test_recorded_object_files import source

    live = source(kubernetes, namespace)
    before = datetime.now(UTC)
    live.objects.live()
    after = datetime.now(UTC)

    assert before <= live.objects.observed_at <= after
    assert live.objects.observed_at == live.objects.observed_at


def test_kinds_that_git_declares_are_recorded_whatever_they_are(kubernetes, kubectl, namespace, clone, home):
    from tests.sources.kubernetes.test_recorded_object_files import source

    lease = f"apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: a, namespace: {namespace}}}\n"
    clone.commit({"k8s/a.yaml": lease})
    kubectl("create", "-f", "-", given=lease)
    where = source(kubernetes, namespace).cluster.kubernetes
    both = Live("here", Cluster(kubernetes=where, declared=[part(clone)]), "")
    kept = record_cluster(both, home / "recorded" / "both", RecordedParts(sides=("live", "declared")), recorded_at=NOW)
    recorded = Recorded("recorded/both", home / "recorded" / "both")

    assert kept["objects"]["live"]["also"] == ["Lease (coordination.k8s.io/v1)"]
    live = recorded.objects.live(also=recorded.objects.declared())
    assert live.unread == {}
    assert [str(each) for each in live.items if each.kind == "Lease"] == [f"Lease/a in {namespace}"]
