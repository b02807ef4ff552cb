"""clusters.yaml says where each cluster is, and a slip in it is found on its line."""

import pytest

from trinops import clusters, topology
from trinops.errors import ParameterError

GOOD = """\
clusters:
  production:
    trino:
      url: https://trino.example.com
      user: report
      password: env:TRINO_PASSWORD
    table: mysql.events.trino_queries
"""


def test_a_cluster_is_what_its_entry_says(home):
    (home / "parameters" / "clusters.yaml").write_text(GOOD)

    assert topology.cluster("production") == clusters.Cluster(
        clusters.Trino("https://trino.example.com", "report", "env:TRINO_PASSWORD"), "mysql.events.trino_queries"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("user: report", "usr: report", r"line 5: object contains unknown field `usr`.\n  -> did you mean user\?"),
        ("user: report", "user: 5", "line 5: expected `str`, got `int`"),
        ("      url: https://trino.example.com\n", "", "line 4: object missing required field `url`"),
        ("table: mysql", "tabel: mysql", r"line 7: object contains unknown field `tabel`.\n  -> did you mean table\?"),
        ("clusters:", "cluster:", "line 1: expected the one key 'clusters', found cluster"),
        ("https://trino", "trino", "line 4: expected http:// or https:// before the url, found trino.example.com"),
        ("https://trino", "http://trino", "line 4: expected https:// for a user with a password, found http://"),
        ("user: report", "url: x", "line 5: expected each key once, found 'url' again"),
        ("user: report", "user: [", "Expected YAML, found in "),
    ],
)
def test_a_slip_is_found_on_its_line(home, old, new, message):
    path = home / "parameters" / "clusters.yaml"
    path.write_text(GOOD.replace(old, new))

    with pytest.raises(ParameterError, match=message):
        clusters.read(path)


def test_an_unknown_cluster_is_refused_with_the_nearest(home):
    (home / "recorded" / "july").mkdir()
    (home / "recorded" / "july" / "recording.json").write_text("{}")

    with pytest.raises(ParameterError, match=r"did you mean test\? known are: test, recorded/july"):
        topology.cluster("tset")
    with pytest.raises(ParameterError, match="did you mean recorded/july"):
        topology.recording("recorded/jly")


@pytest.mark.parametrize("name", ["recorded/../parameters", "recorded/", "recorded/a/b"])
def test_a_recording_is_one_folder_below_recorded(home, name):
    with pytest.raises(ParameterError, match="Expected a recording"):
        topology.recording(name)


def test_home_is_found_from_a_folder_below(home, monkeypatch):
    monkeypatch.delenv("TRINOPS_HOME")
    monkeypatch.chdir(home / "notebooks")

    assert topology.home() == home


def test_a_home_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TRINOPS_HOME", str(tmp_path))

    with pytest.raises(ParameterError, match="name one: TRINOPS_HOME="):
        topology.home()
