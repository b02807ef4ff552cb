import pytest

from trinokit.observations import ResolvedVersion
from trinokit.sources.git.conflict_hunks_and_authors import MergeSection
from trinokit.sources.git.version_number_conflicts import resolve_version_conflict


def settle(*sections, path="VERSION", patterns=("VERSION", "*.yaml"), version="v1.1.0"):
    return resolve_version_conflict(
        path, [MergeSection(*map(str.encode, each)) for each in sections], patterns, version
    )


def test_the_version_that_is_released_is_taken():
    assert settle(("1.0.1\n", "1.1.0\n")) == (b"1.1.0\n", (ResolvedVersion("VERSION", "1.0.1", "1.1.0", "1.1.0"),))


def test_the_version_of_a_file_is_taken_even_where_neither_side_has_it():
    assert settle(("1.0.1\n", "1.0.2\n")) == (b"1.1.0\n", (ResolvedVersion("VERSION", "1.0.1", "1.0.2", "1.1.0"),))


def test_a_file_that_writes_a_v_keeps_it_whatever_the_release_is_called():
    expected = (b"v1.1.0\n", (ResolvedVersion("VERSION", "v1.0.1", "v1.1.0", "v1.1.0"),))

    assert settle(("v1.0.1\n", "v1.1.0\n")) == expected
    assert settle(("v1.0.1\n", "v1.1.0\n"), version="1.1.0") == expected


def test_what_git_can_merge_of_the_file_stays_as_it_is():
    sections = [("# ours\n", "# ours\n"), ("version: 1.0.1\n", "version: 1.1.0\n"), ("name: a\n", "name: a\n")]

    assert settle(*sections, path="Chart.yaml") == (
        b"# ours\nversion: 1.1.0\nname: a\n",
        (ResolvedVersion("Chart.yaml", "1.0.1", "1.1.0", "1.1.0"),),
    )


def test_each_place_is_settled_and_told():
    sections = [
        ("version: 1.0.1\n", "version: 1.1.0-rc.1\n"),
        ("\n", "\n"),
        ('appVersion: "1.0.1"\n', 'appVersion: "1.1.0"\n'),
    ]

    assert settle(*sections, path="Chart.yaml") == (
        b'version: 1.1.0\n\nappVersion: "1.1.0"\n',
        (
            ResolvedVersion("Chart.yaml", "1.0.1", "1.1.0-rc.1", "1.1.0"),
            ResolvedVersion("Chart.yaml", "1.0.1", "1.1.0", "1.1.0"),
        ),
    )


def test_a_line_of_the_hunk_that_is_equal_on_both_sides_is_no_version():
    assert settle(("a: 1\nversion: 1.0.1\n", "a: 1\nversion: 1.1.0\n")) == (
        b"a: 1\nversion: 1.1.0\n",
        (ResolvedVersion("VERSION", "1.0.1", "1.1.0", "1.1.0"),),
    )


def test_a_file_without_an_end_keeps_having_none():
    assert settle(("1.0.1", "1.1.0")) == (b"1.1.0", (ResolvedVersion("VERSION", "1.0.1", "1.1.0", "1.1.0"),))


def test_a_file_with_the_ends_of_lines_of_windows_keeps_them():
    assert settle(("1.0.1\r\n", "1.1.0\r\n"))[0] == b"1.1.0\r\n"


def test_the_version_of_something_else_in_a_file_with_several_is_not_replaced():
    sections = [("version: 1.0.0\n", "version: 1.0.0\n"), ("  version: 5.1.0\n", "  version: 5.2.0\n")]

    assert settle(*sections, path="Chart.yaml") is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("version: 1.0.1\n", "release: 1.1.0\n"),
        ("1.0.1 # hotfix\n", "1.1.0 # feature\n"),
        ("v1.0.1\n", "1.1.0\n"),
        ("one\n", "1.1.0\n"),
        ("1.0.1\n", ""),
        ("1.0.1\nmore\n", "1.1.0\n"),
        ("1.0.1\nours\n", "1.1.0\ntheirs\n"),
        ("432\n", "433\n"),
        ("10.0.0.1\n", "10.0.0.2\n"),
        ("1.0.1 1.0.2\n", "1.1.0 1.0.2\n"),
        ("a1.0.1\n", "a1.1.0\n"),
        ("1.0.1\n", "1.1.0"),
    ],
)
def test_what_differs_in_more_than_a_version_is_left_to_somebody(ours, theirs):
    assert settle((ours, theirs)) is None


@pytest.mark.parametrize(
    "changed",
    [{"version": ""}, {"patterns": ()}, {"path": "VERSION.md"}, {"path": "charts/VERSION"}],
)
def test_there_is_no_rule_where_none_was_asked_for(changed):
    assert settle(("1.0.1\n", "1.1.0\n"), **changed) is None


def test_a_file_that_cannot_be_merged_by_lines_is_left_to_somebody():
    assert settle() is None


def test_a_pattern_reaches_into_folders():
    assert settle(("1.0.1\n", "1.1.0\n"), path="charts/a/Chart.yaml")[0] == b"1.1.0\n"
