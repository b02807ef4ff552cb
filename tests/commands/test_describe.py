"""A notebook is described as its parameters cell says."""

from click.testing import CliRunner

from trinokit.__main__ import cli


def test_a_notebook_is_described_by_its_parameters(home):
    told = CliRunner().invoke(cli, ["describe", "query_performance"]).output

    assert "  bin_minutes: int = 1\n      width of a bin, minutes; 1 to 1440\n" in told
