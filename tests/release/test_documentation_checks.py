"""A feature brings its documents along, and the changelog names the release."""

from dataclasses import replace

import pytest

from trinokit.findings import CRITICAL, INFO, OK
from trinokit.release.documentation_checks import document_checks, has_release_heading
from trinokit.release.naming import release_names
from trinokit.release.preflight import Check
from trinokit.release.release_request import FeatureFiles, ReleaseRequest

REQUEST = ReleaseRequest(
    release_names("v1", "new-feature", "v1.1.0"), files=FeatureFiles(documents=("docs/**",), changelog="CHANGELOG.md")
)
CHANGED = ("CHANGELOG.md", "docs/limits.md", "src/new.py")
CHANGES = "# Changes\n\n## Unreleased\n\n## 1.1.0\n\n- A new feature.\n\n## 1.0.0\n\n- The first.\n"


def test_documents_that_change_and_a_changelog_that_names_the_release_are_well():
    assert document_checks(CHANGED, REQUEST, CHANGES) == (
        Check("documents", OK, "docs/** changes with the feature: docs/limits.md"),
        Check("changelog", OK, "CHANGELOG.md names v1.1.0 in a heading"),
    )


def test_documents_that_do_not_change_are_in_the_way():
    request = replace(REQUEST, files=FeatureFiles(documents=("docs/**", "*.md", "README.md")))

    assert document_checks(("src/new.py", "CHANGELOG.md"), request, CHANGES)[:3] == (
        Check(
            "documents",
            CRITICAL,
            "docs/** has to change with the feature, and does not",
            "write what it changes for its users, and commit it on feature_v1_new-feature",
        ),
        Check("documents", OK, "*.md changes with the feature: CHANGELOG.md"),
        Check(
            "documents",
            CRITICAL,
            "README.md has to change with the feature, and does not",
            "write what it changes for its users, and commit it on feature_v1_new-feature",
        ),
    )


@pytest.mark.parametrize(
    ("changelog", "found"),
    [
        (None, "there is no CHANGELOG.md"),
        (CHANGES.replace("1.1.0", "1.1.1"), "no heading of CHANGELOG.md names v1.1.0"),
        ("", "no heading of CHANGELOG.md names v1.1.0"),
    ],
)
def test_a_changelog_that_does_not_name_the_release_is_in_the_way(changelog, found):
    remedy = "write what the release brings under a heading v1.1.0, and commit it on feature_v1_new-feature"

    assert document_checks(CHANGED, REQUEST, changelog)[1] == Check("changelog", CRITICAL, found, remedy)


def test_a_feature_that_changes_nothing_yet_owes_nothing_yet():
    assert document_checks((), REQUEST, "# Changes\n") == (
        Check("documents", INFO, "docs/** has to change with the feature, which changes nothing yet"),
        Check("changelog", INFO, "no heading of CHANGELOG.md names v1.1.0 yet, and the feature changes nothing yet"),
    )
    assert document_checks((), REQUEST, None)[1].severity == INFO


def test_what_nobody_asked_for_is_told_and_not_checked():
    assert document_checks(CHANGED, replace(REQUEST, files=FeatureFiles(documents=(), changelog="")), None) == (
        Check("documents", INFO, "were not checked, since nobody named one that has to change"),
        Check("changelog", INFO, "was not checked, since nobody named one"),
    )


@pytest.mark.parametrize(
    ("pattern", "path", "well"),
    [
        ("docs/**", "docs/a/b.md", True),
        ("docs", "docs/a.md", True),
        ("docs/", "docs/a/b.md", True),
        ("**/README.md", "README.md", True),
        ("**/README.md", "charts/trino/README.md", True),
        ("docs/*.md", "docs/a.md", True),
        ("README.md", "README.md", True),
        ("docs/**", "docs.md", False),
        ("docs", "mydocs/a.md", False),
        ("README.md", "charts/README.md", False),
        ("docs/**", "DOCS/a.md", False),
    ],
)
def test_patterns_of_paths_are_those_of_a_shell_and_folders_stand_for_what_is_in_them(pattern, path, well):
    [found, _] = document_checks((path,), replace(REQUEST, files=FeatureFiles(documents=(pattern,))), CHANGES)

    assert (found.severity == OK) == well


@pytest.mark.parametrize(
    "changelog",
    [
        "## 1.1.0\n",
        "## v1.1.0 - 2024-05-01\n",
        "## [1.1.0] - 2024-05-01\n",
        "## [v1.1.0](https://example.com/v1.1.0)\n",
        "### Version 1.1.0 (unreleased)\n",
        "# trino-1.1.0\n",
        "== 1.1.0\n",
        "1.1.0\n=====\n",
        "Release 1.1.0\r\n-----\r\n",
        "v1.1.0\n~~~~~~\n",
        "```\ncode\n```\n## 1.1.0.\n",
    ],
)
def test_a_heading_names_the_release_with_or_without_v_and_brackets(changelog):
    assert has_release_heading(changelog, "v1.1.0")
    assert has_release_heading(changelog, "1.1.0")
    assert not has_release_heading(changelog, "v1.1.1")


@pytest.mark.parametrize(
    "changelog",
    [
        "## Unreleased\n\n- In 1.1.0 something changes.\n",
        "## 11.1.0\n",
        "## 1.1.0-rc1\n",
        "## 1.1.0.1\n",
        "## 1.1.01\n",
        "## 1.1.0+build.7\n",
        "## 1x1x0\n",
        "## 2-1.1.0\n",
        "- 1.1.0\n",
        "1.1.0\n",
        "```\n# 1.1.0\n```\n",
        "##\n1.1.0\n",
    ],
)
def test_what_is_no_heading_or_another_version_does_not_name_the_release(changelog):
    assert not has_release_heading(changelog, "v1.1.0")


def test_a_pre_release_and_a_version_of_one_number_are_named_too():
    assert has_release_heading("## 1.1.0-rc1\n", "v1.1.0-rc1")
    assert has_release_heading("## 432 (12 March)\n", "432")
    assert not has_release_heading("## 1.0.0 - 12-11-2024\n", "12")
    assert not has_release_heading("## 4321\n", "432")
