"""What is written for people is true: commands exist, links lead somewhere, figures are today's."""

import re

import nbformat
import pytest
import yaml
from click.testing import CliRunner

from tests import reference
from tests.conftest import ROOT
from trinokit import report
from trinokit.__main__ import cli
from trinokit.run_record import RunOutcome

README = (ROOT / "README.md").read_text()
DOCUMENTS = [path for path in ROOT.rglob("*.md") if not {".venv", "runs", ".pytest_cache"} & set(path.parts)]


def test_the_readme_shows_the_verdict_of_the_demo():
    notebook = nbformat.read(ROOT / "notebooks" / "query_performance.ipynb", 4)
    findings = report.published_findings(notebook)
    attention = [row for row in findings if row["severity"] in ("WARNING", "CRITICAL")]
    [shown] = re.findall(r"```text\n(.*?)\n```", README, re.DOTALL)

    verdict, *lines = shown.splitlines()
    assert verdict.endswith(f": {len(attention)} of {len(findings)} findings need attention.")
    assert sorted(lines) == sorted(f"- {row['subject']} {row['finding']}" for row in attention)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_command_and_option_is_in_the_readme():
    for name, command in cli.commands.items():
        assert f"`trinokit {name}" in README
        for option in command.params:
            long = [text for text in option.opts if text.startswith("--")]
            assert not long or long[0] in README or option.opts[0] in README, option.name


def test_every_exit_code_is_in_the_readme_and_in_the_help():
    told = CliRunner().invoke(cli, ["--help"]).output
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}

    assert table == {each.exit_code for each in RunOutcome}
    assert {int(code) for code in re.findall(r"\b(\d+) [a-z]", told.partition("Exit codes:")[2])} == table


def test_the_clusters_file_of_the_documents_is_one(tmp_path):
    from trinokit import clusters_file

    page = (ROOT / "docs" / "clusters-file.md").read_text()
    [text] = re.findall(r"```yaml\n(clusters:.*?)```", page, re.DOTALL)
    (tmp_path / "clusters.yaml").write_text(text)

    assert list(clusters_file.read_clusters(tmp_path / "clusters.yaml")) == ["production"]


def test_the_pages_that_are_made_of_the_code_are_todays():
    assert reference.parameters_page() == (ROOT / "docs" / "parameters.md").read_text()
    assert reference.clusters_schema() == (ROOT / "docs" / "clusters.schema.json").read_text()


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for document in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)`", document.read_text())}

    assert {"demo", "test", "servers", "servers-down", "bench"} <= targets
    assert named <= targets


def test_the_continuous_integration_runs_the_test_command_of_the_readme_without_servers_and_with_them():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()

    assert "`make test`" in README
    assert [line.partition("make test")[::2] for line in lines if "make test" in line] == [
        ("TRINOKIT_SERVERS=none TRINOKIT_CACHE=$TMPDIR/empty ", ""),
        ("TRINOKIT_SERVERS=required ", " TESTS=--remaining PROCESSES=2"),
    ]


@pytest.mark.parametrize("manifest", sorted((ROOT / "deploy").glob("*.yaml")), ids=lambda path: path.name)
def test_a_manifest_is_yaml_with_a_kind(manifest):
    assert all(document["kind"] for document in yaml.safe_load_all(manifest.read_text()))


def test_every_word_to_avoid_has_a_better_one():
    rows = [
        line.strip("|").split("|") for line in (ROOT / "CONTEXT.md").read_text().splitlines() if line.startswith("| **")
    ]

    assert len(rows) > 30
    assert all(len(row) == 3 and row[1].strip() for row in rows)


def test_the_dependencies_are_explained():
    import tomllib

    explained = (ROOT / "CONTRIBUTING.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for requirement in project["project"]["dependencies"] + project["dependency-groups"]["test"]:
        assert re.split(r"[<>=]", requirement)[0] in explained


def test_nothing_private_or_out_of_place_is_committed():
    import subprocess

    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    for name in listed.stdout.split():
        path = ROOT / name
        assert path.stat().st_size < 2_000_000, name
        if path.suffix not in (".parquet", ".gz", ".png") and name != "tests/test_documents.py":
            text = path.read_text()
            assert not re.search(r"/(root|home/[a-z]+|work)/", text), name
            assert not re.search(r"index-url|proxy\.golang|registry\.npmjs|repo1\.maven", text), name
