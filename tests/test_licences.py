"""Nothing that the kit depends on is copyleft beyond weak forms that are explained, and the table is true."""

import re
from importlib.metadata import PackageNotFoundError, PathDistribution, distribution

import PIL.features
import pytest

from tests import licences

DECLARED = licences.read_declared()
FOUND = {purpose: licences.follow_requirements(declared) for purpose, declared in DECLARED.items()}
INSTALLED = {name: found for each in FOUND.values() for name, found in each.installed.items()}
ROWS = licences.read_table()
REMEDY = "the table is not what is installed: make licences"


def write_distribution(folder, name: str, *lines: str) -> PathDistribution:
    """Metadata as an installed distribution has it, with *lines* of its own."""
    inside = folder / f"{name}-1.0.dist-info"
    inside.mkdir()
    (inside / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *lines, ""]))
    return PathDistribution(inside)


def in_folder(folder) -> licences.Find:
    """Finds the distributions of *folder*, and those that are installed."""

    def find(name: str):
        inside = folder / f"{name}-1.0.dist-info"
        return PathDistribution(inside) if inside.exists() else distribution(name)

    return find


def test_every_licence_is_permissive_or_weak_and_explained():
    assert licences.find_refused(INSTALLED) == {}


def test_the_table_has_everything_that_is_always_needed():
    always = frozenset().union(*(found.always & found.installed.keys() for found in FOUND.values()))

    assert sorted(always - ROWS.keys()) == [], REMEDY


def test_the_table_has_nothing_else():
    if any(found.absent for found in FOUND.values()):
        pytest.skip("what belongs to the extras that are not installed cannot be told: make servers")

    assert sorted(ROWS.keys() - frozenset().union(*(found.named for found in FOUND.values()))) == [], REMEDY


def test_the_table_has_the_licences_of_today():
    def without_clauses(licence: str) -> str:
        return re.sub(r"BSD-[23]-Clause", "BSD", licence)

    today = {name: licences.read_licence(found) for name, found in INSTALLED.items() if name in ROWS}

    # A release may begin to tell how many clauses its BSD licence has.
    changed = {name for name, text in today.items() if without_clauses(text) != without_clauses(ROWS[name][0])}
    assert changed == set(), REMEDY


def test_the_table_has_the_explanations():
    assert {name: row[2] for name, row in ROWS.items() if row[2]} == licences.EXPLAINED


def test_the_table_is_read_as_it_is_written():
    assert licences.render_table(ROWS) == licences.TABLE.read_text()


def test_nothing_is_absent_but_what_has_to_be_compiled():
    absent = frozenset().union(*(found.absent for found in FOUND.values()))

    assert absent <= {"gssapi", "requests-gssapi"}


@pytest.mark.parametrize(
    "lines",
    [
        ["License-Expression: GPL-2.0-or-later"],
        ["License-Expression: MIT AND GPL-3.0-only"],
        ["License-Expression: (MIT OR Apache-2.0) AND AGPL-3.0-only"],
        ["License-Expression: GPL-3.0-or-later WITH GCC-exception-3.1"],
        ["License-Expression: LGPL-2.1-or-later"],
        ["License: GNU General Public License (GPL)"],
        ["License: GPLv3"],
        ["License: MIT", "Classifier: License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)"],
        ["License: GPL", "Classifier: License :: OSI Approved :: MIT License"],
        ["Classifier: License :: Other/Proprietary License"],
        ["Classifier: License :: OSI Approved"],
        ["License: UNKNOWN"],
        [],
    ],
)
def test_a_licence_that_is_not_allowed_is_refused_wherever_it_is_told(tmp_path, lines):
    assert list(licences.find_refused({"new": write_distribution(tmp_path, "new", *lines)})) == ["new"]


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT OR GPL-3.0-only"], "MIT OR GPL-3.0-only"),
        (["License: Apache License, Version 2.0"], "Apache-2.0"),
        (["License: MIT", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (["License: ISC", "Classifier: License :: OSI Approved :: BSD License"], "ISC"),
        (["License: BSD 3-Clause License", "        ", "        Copyright"], "BSD-3-Clause"),
        (["License: Copyright somebody", "        All …", "Classifier: License :: OSI Approved :: BSD License"], "BSD"),
        (
            ["Classifier: License :: OSI Approved :: Apache Software License"]
            + ["Classifier: License :: OSI Approved :: MIT License"],
            "Apache-2.0 AND MIT",
        ),
    ],
)
def test_a_licence_that_is_allowed_is_read_wherever_it_is_told(tmp_path, lines, licence):
    found = write_distribution(tmp_path, "new", *lines)

    assert licences.read_licence(found) == licence
    assert licences.find_refused({"new": found}) == {}


def test_a_weak_licence_has_to_be_explained(tmp_path):
    found = write_distribution(tmp_path, "new", "License-Expression: MPL-2.0")

    assert licences.find_refused({"certifi": found, "new": found}) == {"new": "MPL-2.0"}


def test_what_a_dependency_needs_is_looked_at_too(tmp_path):
    write_distribution(tmp_path, "graphs", "License-Expression: MIT", "Requires-Dist: solver>=1")
    write_distribution(tmp_path, "solver", "License-Expression: GPL-3.0-only")

    found = licences.follow_requirements([*DECLARED["the kit"], "graphs"], in_folder(tmp_path))

    assert licences.find_refused(found.installed) == {"solver": "GPL-3.0-only"}


def test_extras_that_nobody_asks_for_are_left_alone(tmp_path):
    write_distribution(tmp_path, "graphs", 'Requires-Dist: solver; extra == "exact"', "Provides-Extra: exact")
    write_distribution(tmp_path, "solver")
    find = in_folder(tmp_path)

    assert set(licences.follow_requirements(["graphs"], find).named) == {"graphs"}
    assert set(licences.follow_requirements(["graphs[exact]"], find).installed) == {"graphs", "solver"}


def test_what_another_platform_needs_may_be_in_the_table_and_need_not(tmp_path):
    write_distribution(tmp_path, "graphs", 'Requires-Dist: wingraphs; sys_platform == "win32"', "Requires-Dist: gone")
    write_distribution(tmp_path, "here", 'Requires-Dist: new; python_version > "3.0"')
    write_distribution(tmp_path, "new")

    found = licences.follow_requirements(["graphs", "here"], in_folder(tmp_path))

    assert (set(found.installed), found.always) == ({"graphs", "here", "new"}, {"graphs", "here", "gone"})
    assert (found.absent, found.named) == ({"gone"}, {"graphs", "here", "new", "gone", "wingraphs"})


def test_what_is_installed_by_accident_does_not_count(tmp_path):
    with pytest.raises(PackageNotFoundError):
        in_folder(tmp_path)("no-such-distribution")

    assert "pip" not in INSTALLED


def test_the_part_of_pillow_that_is_gpl_is_not_in_its_wheel():
    assert not PIL.features.check("libimagequant")
