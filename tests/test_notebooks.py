"""A notebook is thin, runs anywhere as it is, and was committed with the outputs that nbval compares."""

import ast
import re

import nbformat
import pytest
import yaml
from papermill import inspect_notebook

from tests.conftest import ROOT
from trinokit import clusters_and_recordings, parameters

NOTEBOOKS = sorted(path for folder in ("notebooks", "runbooks") for path in (ROOT / folder).glob("*.ipynb"))
SETTINGS = sorted(path for path in (ROOT / "parameters").glob("*.*.yaml"))
HEADINGS = ["When to use", "Impact", "Before you start", "Plan", "Execute", "Verify", "Undo"]
FORBIDDEN = (ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Lambda)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, 4)


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_first_code_cell_declares_the_parameters_one_a_line(notebook):
    first = code(notebook)[0]

    assert first.metadata.tags == ["parameters"]
    for line in first.source.splitlines():
        assert re.fullmatch(r"[a-z_0-9]+: (str|int|float|bool|list\[str\]) = .+  # .+", line), line


def test_papermill_sees_every_parameter_as_we_do(path):
    seen = {name: found["help"] for name, found in inspect_notebook(str(path)).items()}

    # It cannot read a line in which = stands twice, and passes such a parameter on all the same.
    declared = parameters.declared_parameters(path).items()
    assert seen == {name: known.meaning for name, known in declared if "=" not in str(known.default)}


def test_a_default_keeps_to_its_own_type_and_limits(path):
    known = parameters.declared_parameters(path)
    defaults = {name: parameter.default for name, parameter in known.items()}

    assert parameters.validate_parameters(known, defaults, path.stem) == defaults


def test_the_default_cluster_is_recorded(path):
    assert parameters.declared_parameters(path)["cluster"].default in clusters_and_recordings.recording_names()


def test_code_cells_are_short_and_plain(notebook):
    for cell in code(notebook)[1:]:
        tree = ast.parse(cell.source)
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]

        assert len([line for line in cell.source.splitlines() if line]) <= 4
        assert not [node for node in ast.walk(tree) if isinstance(node, FORBIDDEN)]
        assert all(isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "trinokit" for node in imported)
        assert not cell.source.rstrip().endswith(";")


def test_beside_report_and_sources_one_import_of_ours_is_enough(notebook):
    lines = [line for cell in code(notebook) for line in cell.source.splitlines() if line.startswith("from ")]

    assert lines[0] == "from trinokit import report, sources"
    assert len(lines) == 2


def test_prose_stands_before_every_code_cell(notebook):
    kinds = [cell.cell_type for cell in notebook.cells]

    assert all(before == "markdown" for before, kind in zip(kinds, kinds[1:], strict=False) if kind == "code")


def test_outputs_are_committed_and_come_from_one_run(notebook):
    cells = code(notebook)

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(cell.outputs for cell in cells if "report." in cell.source)
    assert not [output for cell in cells for output in cell.outputs if output.output_type in ("error", "stream")]


def test_nothing_of_the_run_or_the_machine_is_committed(path, notebook):
    text = path.read_text()

    assert not re.search(r"/(home|root|tmp|work|Users)/", text)
    assert not [cell for cell in notebook.cells if {"papermill", "execution"} & set(cell.metadata)]
    assert "papermill" not in notebook.metadata


def test_every_figure_stands_beside_its_table(notebook):
    for cell in code(notebook):
        kinds = [set(output.get("data", {})) for output in cell.outputs]
        if any("image/png" in kind for kind in kinds):
            assert any("text/html" in kind for kind in kinds)


def test_every_part_of_an_analysis_ends_with_findings(path, notebook):
    parts = "\n".join(cell.source for cell in notebook.cells).split("\n## ")[2:]

    assert parts
    assert path.parent.name == "runbooks" or all("report.publish(" in part for part in parts)


def test_a_runbook_has_its_headings_in_order_and_tells_what_it_found(path, notebook):
    if path.parent.name == "runbooks":
        _, *texts = "\n".join(cell.source for cell in notebook.cells).split("\n## ")
        parts = dict(text.partition("\n")[::2] for text in texts)

        assert list(parts) == HEADINGS
        assert all("report.publish(" in parts[name] for name in ("Before you start", "Execute", "Verify"))


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda path: path.name)
def test_a_parameter_file_means_the_same_to_papermill_and_to_trinokit(settings):
    [notebook] = [path for path in NOTEBOOKS if path.stem == settings.name.partition(".")[0]]
    ours = parameters.validate_parameters(
        parameters.declared_parameters(notebook), yaml.load(settings.read_text(), yaml.BaseLoader), notebook.stem
    )

    assert ours == yaml.safe_load(settings.read_text())
