"""The list names everything that can be run, and what with."""

from click.testing import CliRunner
from tests.conftest import ROOT
from tests.recordings import query, write_recording

from trinokit.__main__ import cli


def test_the_list_names_notebooks_recordings_and_parameter_files(home):
    write_recording(home / "recorded" / "july", [query("120000", 1)])

    lines = CliRunner().invoke(cli, ["list"]).output.splitlines()

    assert [line.split()[0] for line in lines] == [
        *sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")),
        *sorted(path.stem for path in (ROOT / "runbooks").glob("*.ipynb")),
        "recorded/july",
        *sorted(f"parameters/{path.name}" for path in (ROOT / "parameters").glob("*.*.yaml")),
    ]
    told = dict(line.split(maxsplit=1) for line in lines)
    assert "How do the queries of a Trino cluster behave" in told["query_performance"]
    assert told["cluster_topology"].startswith("What is this cluster made of")
