"""Versions have the order of semantic versioning, and lines of their own."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import Clone, unsettle

from trinokit.errors import ParameterError
from trinokit.release.versions import Version, newest_version, parse_version, version_line_filter

# Those of https://semver.org/#spec-item-11, lowest first.
SPECIFIED = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]
SPECIFIED += ["1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1"]
numbers = st.integers(min_value=0, max_value=30)
identifiers = st.one_of(
    numbers.map(str), st.from_regex(r"[0-9]{0,2}[a-cA-C-][0-9a-c-]{0,3}", fullmatch=True), st.sampled_from(["rc", "-"])
)
versions = st.builds(
    lambda core, pre, build, v: f"{v}{'.'.join(map(str, core))}{'-' * bool(pre)}{'.'.join(pre)}{build}",
    st.tuples(numbers, numbers, numbers),
    st.lists(identifiers, max_size=3),
    st.sampled_from(["", "+1", "+001.a-b"]),
    st.sampled_from(["", "v"]),
)


def test_the_examples_of_the_specification_are_in_their_order():
    found = [parse_version(text) for text in SPECIFIED]

    assert [str(each) for each in sorted(reversed(found))] == SPECIFIED
    for lower, higher in pairwise(found):
        assert lower < higher
        assert not higher < lower
        assert lower != higher


@given(versions, versions, versions)
def test_the_order_is_total(one, two, three):
    first, second, third = parse_version(one), parse_version(two), parse_version(three)

    assert (first < second) + (first == second) + (second < first) == 1
    assert first != second or hash(first) == hash(second)
    assert not (first <= second <= third) or first <= third


@given(versions, versions)
def test_the_order_is_that_of_the_rules_one_after_the_other(one, two):
    def by_rule(left: Version, right: Version) -> int:
        for mine, other in ((left.major, right.major), (left.minor, right.minor), (left.patch, right.patch)):
            if mine != other:
                return 1 if mine > other else -1
        if not left.prerelease or not right.prerelease:
            return bool(right.prerelease) - bool(left.prerelease)
        mine_all, other_all = left.prerelease.split("."), right.prerelease.split(".")
        for mine, other in zip(mine_all, other_all, strict=False):
            if mine == other:
                continue
            if mine.isdigit() and other.isdigit():
                return 1 if int(mine) > int(other) else -1
            if mine.isdigit() or other.isdigit():
                return -1 if mine.isdigit() else 1
            return 1 if mine > other else -1
        return (len(mine_all) > len(other_all)) - (len(mine_all) < len(other_all))

    left, right = parse_version(one), parse_version(two)

    assert (left > right) - (left < right) == by_rule(left, right)


def test_build_metadata_and_a_v_count_for_nothing():
    assert parse_version("v1.1.0+one") == parse_version("1.1.0+two") == parse_version("1.1") == Version(1, 1, 0)
    assert parse_version("v1.1.0-rc.1+build.7") == Version(1, 1, 0, "rc.1")
    assert parse_version("v1.1.0+build.7").build == "build.7"


def test_versions_of_one_number_are_versions_too():
    assert parse_version("432") == Version(432, 0, 0)
    assert parse_version("v2024") == Version(2024)
    assert parse_version("432.1") > parse_version("432") > parse_version("432-kerberos.1")


@pytest.mark.parametrize(
    "text",
    ["", "v", "1.", "v1..0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0-a..b", "1.0.0+", "1.0.0.0", "V1.0.0", "1.0.0\n"]
    + ["latest", "release-1.0.0", "1.0.0 ", "-1.0.0", "1.0.0-ä", "١.0.0"],
)
def test_what_is_no_version_is_none(text):
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("old_version", "within", "beyond"),
    [
        ("v1", ["v1.0.0", "1.10.3", "v1.2.3-rc1"], ["v2.0.0", "v10.0.0", "v0.1.0"]),
        ("v1.2", ["v1.2.0", "1.2.11"], ["v1.20.0", "v1.1.9", "v2.2.0"]),
        ("432", ["432", "432.1"], ["433", "43", "431.9.9"]),
        ("v2024", ["v2024.1.0"], ["v2025.1.0", "v202.4.0"]),
    ],
)
def test_a_line_has_the_versions_that_begin_with_its_numbers(old_version, within, beyond):
    own = version_line_filter(old_version)

    assert [text for text in within + beyond if own(parse_version(text))] == within


@pytest.mark.parametrize("text", ["", "latest", "v1.x", "v1-rc1", "1.2.3.4", "v"])
def test_a_line_needs_a_number(text):
    with pytest.raises(ParameterError, match="Expected an old version such as v1, v1.2 or 432, found"):
        version_line_filter(text)


def test_the_newest_is_the_highest_version_of_the_line_alone():
    tags = ["v1.9.0", "v1.10.0", "v1.10.0-rc1", "v2.0.0", "latest", "v1"]

    assert newest_version(tags, version_line_filter("v1")) == "v1.10.0"
    assert newest_version(tags, version_line_filter("v3")) is None
    assert newest_version([], version_line_filter("v1")) is None


def test_the_order_of_git_is_another_one(tmp_path, monkeypatch):
    unsettle(monkeypatch)
    clone = Clone(tmp_path / "clone")
    clone.commit({"VERSION": "1.10.0\n"})
    for tag in ("v1.9.0", "v1.10.0", "v1.10.0-rc1"):
        clone.git("tag", tag)
    sorted_by_git = clone.git("tag", "--sort=-v:refname").splitlines()

    assert sorted_by_git == ["v1.10.0-rc1", "v1.10.0", "v1.9.0"]
    assert newest_version(sorted_by_git, version_line_filter("v1")) == "v1.10.0"
