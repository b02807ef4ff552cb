"""The environment of conda has what pip gives, by names of its own."""

import re
import tomllib

import yaml

from tests.conftest import ROOT

CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "gssapi": "python-gssapi",
    "jupyter-client": "jupyter_client",
    "kubernetes": "python-kubernetes",
    "matplotlib": "matplotlib-base",
    "nbconvert": "nbconvert-core",
    "trino": "trino-python-client",
}
# Not on conda-forge under a name that we could check.
BY_PIP = {"graphlay", "javaproperties", "playwright", "promql-parser"}


def split(requirement: str) -> tuple[str, str]:
    name, version = re.fullmatch(r"([A-Za-z0-9_-]+)\s*(.*)", requirement).groups()
    return name, version.replace("==", "").replace(" ", "")


def test_environment_and_pyproject_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [*project["dependency-groups"].values(), *project["project"]["optional-dependencies"].values()]
    wanted = dict(map(split, project["project"]["dependencies"] + sum(groups, [])))
    wanted["python"] = project["project"]["requires-python"]
    found = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = dict(split(line) for line in found[-1]["pip"] if not line.startswith("-e"))
    by_conda = dict(split(line) for line in found[:-1] if line != "pip")

    assert by_pip == {name: wanted[name] for name in BY_PIP}
    assert by_conda == {CONDA_NAMES.get(name, name): wanted[name] for name in wanted if name not in BY_PIP}


def test_what_nbval_compares_is_pinned_to_a_minor_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = dict(map(split, project["project"]["dependencies"] + project["dependency-groups"]["test"]))

    for name in ("pandas", "matplotlib", "ipykernel", "nbconvert", "nbval"):
        assert re.fullmatch(r"\d+\.\d+\.\*", wanted[name]), name


def test_the_dependencies_that_the_users_named_are_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = dict(map(split, project["project"]["dependencies"] + project["dependency-groups"]["test"]))

    assert {"jupyterlab", "papermill", "pandas", "trino", "kubernetes", "matplotlib", "pytest", "nbval"} <= set(wanted)
    assert wanted["trino"] == ">=0.339"
