"""The versions that people are told are those that the tests run against, and those that the code takes."""

import json
import re
import subprocess
import sys
import tomllib

import pytest
import trino

from tests import jdks
from tests.conftest import REQUIRED, ROOT
from tests.servers import __main__ as servers_command
from tests.servers import trino as trino_server
from tests.servers.kubernetes import build, cluster

DATA = ROOT / "lib" / "trinokit"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def read_table() -> dict[str, tuple[str, str]]:
    """What each program works with, and what it is tested with, in whichever document has the heading *Versions*."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    [part] = [
        part
        for path in documents
        for part in re.findall(r"^## Versions\n(.*?)(?=^## |\Z)", path.read_text(), re.M | re.S)
    ]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return {name: (works, tested) for name, works, tested in rows[2:]}


WORKS = {name: works for name, (works, _) in read_table().items()}
TESTED = {name: tested.split(", ") for name, (_, tested) in read_table().items()}


def measured(path: str) -> dict:
    [found] = DATA.rglob(path)
    return json.loads(found.read_text())


def test_the_table_has_the_versions_that_the_test_servers_are_made_of():
    assert {name: TESTED[name] for name in ("Trino", "Kubernetes", "Helm", "JDK of Trino")} == {
        "Trino": [trino_server.VERSION],
        "Kubernetes": [build.KUBERNETES],
        "Helm": [build.HELM],
        "JDK of Trino": [str(major) for major in jdks.TESTED],
    }


def test_the_table_has_the_limits_of_the_data_that_were_measured():
    defaults, exports = measured("measured.json"), measured("exports.json")
    majors = sorted(map(int, exports["versions"]))

    assert WORKS["Kubernetes"] == f"{defaults['since']} to {defaults['until']}"
    assert WORKS["JDK of Trino"] == f"{majors[0]} to {majors[-1]}"
    assert {str(major) for major in majors} >= set(TESTED["JDK of Trino"])


def test_the_table_has_the_versions_of_python_that_the_metadata_have():
    prefix = "Programming Language :: Python :: 3."
    told = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if each.startswith(prefix)]

    assert WORKS["Python"] == f"{PROJECT['requires-python'].removeprefix('>=')} or newer"
    assert TESTED["Python"] == told


def test_this_python_is_one_of_those_that_are_told():
    if not REQUIRED:
        pytest.skip("only the whole of the tests makes a version a tested one: .ci/run")

    assert f"{sys.version_info.major}.{sys.version_info.minor}" in TESTED["Python"]


def test_the_trino_that_answers_has_the_version_that_is_told(servers):
    cursor = trino.dbapi.connect(host="127.0.0.1", port=trino_server.HTTP_PORT, user="tester").cursor()

    assert cursor.execute("SELECT DISTINCT node_version FROM system.runtime.nodes").fetchall() == [TESTED["Trino"]]


def test_the_trino_that_answers_runs_on_a_jdk_that_is_told(servers):
    cursor = trino.dbapi.connect(host="127.0.0.1", port=trino_server.HTTP_PORT, user="tester").cursor()
    [[version]] = cursor.execute('SELECT vmversion FROM jmx.current."java.lang:type=runtime"').fetchall()

    assert re.match(r"\d+", version)[0] in TESTED["JDK of Trino"]


def test_the_api_server_that_answers_has_the_version_that_is_told(kubectl):
    told = json.loads(kubectl("version", "--output=json"))

    assert [told["serverVersion"]["gitVersion"], told["clientVersion"]["gitVersion"]] == [
        f"v{version}" for version in TESTED["Kubernetes"] * 2
    ]


def test_the_helm_that_installs_has_the_version_that_is_told(kubernetes):
    [version] = TESTED["Helm"]
    # What is built from its module says of itself only the minor version; Go notes the whole one in the program.
    program = (build.folder(servers_command.CACHE) / "helm").read_bytes()

    assert cluster.helm(servers_command.CACHE, "version", "--template={{.Version}}") == f"v{version.rpartition('.')[0]}"
    assert set(re.findall(rb"\bdep\thelm\.sh/helm/v\d+\tv([\d.]+)", program)) == {version.encode()}


@pytest.mark.parametrize("major", TESTED["JDK of Trino"])
def test_a_jdk_that_is_told_is_what_it_says(major):
    said = subprocess.run([jdks.program(int(major)), "-version"], capture_output=True, text=True, check=True).stderr

    assert re.search(r'version "(\d+)', said)[1] == major
