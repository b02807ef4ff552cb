"""The door of a run: every mistake at once, the nearest right name, and values in their declared type."""

import json

import pytest

from trinokit.errors import ParameterError
from trinokit.parameters import Parameter, declared_parameters, validate_parameters

CELL = """\
cluster: str = "recorded/demo"  # a cluster = or a recording; no = sign or # is lost
since: str = "2026-07-01"  # start
until: str = "2026-07-02"  # end
rows: int = 10  # lines; 1 to 100
share: float = 0.5  # a share; 0 to 1
least: int = 3  # at all; at least 0
version: str = "432"  # an old version
kind: str = "merge"  # how; one of: merge, cherry-pick
deep: bool = False  # look deeper
flags: list[str] = ["-Da=1", "-Db=2"]  # JVM flags
"""


@pytest.fixture
def notebook(tmp_path):
    path = tmp_path / "made.ipynb"
    cells = [{"cell_type": "code", "source": CELL.splitlines(keepends=True), "metadata": {"tags": ["parameters"]}}]
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "# Made", "metadata": {}}, *cells]}))
    return path


def test_a_parameter_is_declared_by_its_line(notebook):
    known = declared_parameters(notebook)

    assert known["rows"] == Parameter("rows", "int", 10, "lines; 1 to 100")
    assert known["rows"].limits == (1, 100)
    assert known["least"].limits == (0, float("inf"))
    assert known["kind"].choices == ["merge", "cherry-pick"]
    assert known["cluster"].meaning == "a cluster = or a recording; no = sign or # is lost"
    assert known["flags"].default == ["-Da=1", "-Db=2"]


@pytest.mark.parametrize("text", ["007", "1.10", "12:30", "yes", "1e5", "null", "", "2026-07-01"])
def test_a_string_stays_the_string_it_was(notebook, text):
    assert validate_parameters(declared_parameters(notebook), {"version": text}, "made") == {"version": text}


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("rows", "42", 42),
        ("share", "1", 1.0),
        ("share", "1e-1", 0.1),
        ("deep", "yes", True),
        ("deep", "False", False),
        ("flags", ["-Dc=3"], ["-Dc=3"]),
        ("flags", "a, b", ["a", "b"]),
        ("flags", "", []),
        ("flags", "[a, b]", ["a", "b"]),
        ("flags", '["-Da=1,2 ", "b"]', ["-Da=1,2 ", "b"]),
        ("flags", "7", ["7"]),
        ("kind", "cherry-pick", "cherry-pick"),
    ],
)
def test_a_value_takes_its_declared_type(notebook, name, given, value):
    found = validate_parameters(declared_parameters(notebook), {name: given}, "made")[name]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ({"sinse": "1"}, "made has no parameter sinse; did you mean since?"),
        ({"quux": "1"}, "made has no parameter quux"),
        ({"rows": "1.5"}, "rows: expected a whole number, found '1.5'"),
        ({"rows": "1_000"}, "rows: expected a whole number, found '1_000'"),
        ({"rows": "101"}, "rows: expected a number from 1 to 100, found '101'"),
        ({"least": "-1"}, "least: expected a number of at least 0, found '-1'"),
        ({"share": "nan"}, "share: expected a number, found 'nan'"),
        ({"deep": "perhaps"}, "deep: expected true or false, found 'perhaps'"),
        ({"version": ["4"]}, "version: expected a text, found ['4']"),
        ({"kind": "merg"}, "kind: expected one of merge, cherry-pick, found 'merg'; did you mean merge?"),
        ({"since": "yesterday"}, "Expected a moment such as 2026-07-01T12:00 for since, found 'yesterday'."),
        ({"since": "2026-07-03"}, "Expected since before until, found since 2026-07-03 and until 2026-07-02."),
    ],
)
def test_a_mistake_is_named(notebook, given, mistake):
    with pytest.raises(ParameterError) as refused:
        validate_parameters(declared_parameters(notebook), given, "made")

    assert refused.value.message == mistake


def test_all_mistakes_are_told_at_once(notebook):
    with pytest.raises(ParameterError) as refused:
        validate_parameters(declared_parameters(notebook), {"rows": "x", "sinse": "1", "until": "2020-01-01"}, "made")

    assert len(refused.value.message.splitlines()) == 3
    assert "see: trinokit describe made" in refused.value.remedy


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "x.ipynb").write_text("{}")

    with pytest.raises(ParameterError, match="Expected a notebook with one cell tagged 'parameters'"):
        declared_parameters(tmp_path / "x.ipynb")
