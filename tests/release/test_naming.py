"""The names of a release are made of patterns, and are names that git takes."""

import re
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from tests.sources.conftest import Clone, unsettle

from trinokit.errors import ParameterError
from trinokit.release.naming import NamePatterns, clashing_refs, invalid_ref_reason, release_names
from trinokit.release.release_request import ReleaseNames

SEED = ReleaseNames(
    version="v1",
    release="v1.1.0",
    version_branch="master_v1",
    feature_branch="feature_v1_new-feature",
    release_branch="release_v1.1.0",
    tag="v1.1.0",
    version_branch_pattern=r"master_(?P<version>v?(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){0,2})",
)
# NUL is in no argument of a program.
_LETTERS = st.characters(min_codepoint=1, max_codepoint=0x2FF)
_PARTS = ["a", "b1", "/", ".", "..", "-", "@", "@{", "{", "}", "~", "^", ":", "?", "*", "[", "\\", " ", "\t", "\x7f"]
_PARTS += [".lock", "lock", "HEAD", "refs/heads/", "+", "_", "ä"]
names = st.one_of(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=6).map("".join), st.text(_LETTERS, max_size=8))


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Clone:
    unsettle(monkeypatch)
    clone = Clone(tmp_path / "clone")
    clone.commit({"README.md": "here\n"})
    return clone


def test_the_names_are_those_of_the_use_case():
    assert release_names("v1", "new-feature", "v1.1.0") == SEED
    assert release_names("v1", "new-feature", "v1.1.0", NamePatterns()) == SEED
    assert release_names("v1", "new-feature", "v1.1.0", NamePatterns("", "", "", "")) == SEED


def test_the_feature_may_be_named_as_the_branch_that_its_pattern_makes():
    assert release_names("v1", "feature_v1_new-feature", "v1.1.0") == SEED
    assert release_names("v1", "feature_v2_new-feature", "v1.1.0").feature_branch == "feature_v1_feature_v2_new-feature"


def test_a_pattern_without_a_placeholder_is_the_name_itself():
    assert release_names("v1", "", "v1.1.0", NamePatterns(feature_branch="topic/limits")) == replace(
        SEED, feature_branch="topic/limits"
    )
    assert release_names("v1", "new-feature", "v1.1.0", NamePatterns(tag="stable")) == replace(SEED, tag="stable")


def test_patterns_put_the_values_where_they_say():
    patterns = NamePatterns(
        version_branch="maintenance/{version}",
        feature_branch="{release}/{feature}",
        release_branch="r/{version}/{release}",
        tag="trino-{release}",
    )
    found = release_names("432", "kerberos", "432.1", patterns)

    assert (found.version_branch, found.feature_branch, found.release_branch, found.tag) == (
        "maintenance/432",
        "432.1/kerberos",
        "r/432/432.1",
        "trino-432.1",
    )


@pytest.mark.parametrize(
    ("pattern", "branches"),
    [
        (
            "master_{version}",
            {"master_v1": "v1", "master_v10": "v10", "master_v1.2": "v1.2", "master_433": "433", "master_v2-old": None}
            | {"my_master_v2": None, "master_": None, "master_v2/x": None, "main": None, "masterXv2": None},
        ),
        ("{version}.x", {"v1.x": "v1", "2.x": "2", "v1.2.x": "v1.2", "v1xx": None}),
        ("{version}/master_{version}", {"v2/master_v2": "v2", "v2/master_v3": None}),
        ("maintenance", {"maintenance": "", "maintenance2": None}),
    ],
)
def test_the_branches_of_other_versions_are_known_by_the_pattern(pattern, branches):
    masters = release_names("v1", "new", "v1.1.0", NamePatterns(version_branch=pattern)).version_branch_pattern
    found = {branch: re.fullmatch(masters, branch) for branch in branches}

    assert {branch: match and match["version"] for branch, match in found.items()} == branches


@pytest.mark.parametrize(
    ("patterns", "message", "remedy"),
    [
        (
            {"feature_branch": "f_{vresion}_{feature}"},
            "found {vresion} in 'f_{vresion}_{feature}'",
            "did you mean version?",
        ),
        (
            {"feature_branch": "f_{number}_{feature}"},
            "Expected no placeholder but {version}, {release}, {feature}",
            "correct",
        ),
        (
            {"version_branch": "m_{version}_{feature}"},
            "Expected no placeholder but {version} in the pattern of the",
            "correct",
        ),
        (
            {"feature_branch": "f_{version}"},
            "Expected {feature} in the pattern of the feature branch, found",
            "the same",
        ),
        ({"release_branch": "release_{version}"}, "Expected {release} in the pattern of the release branch", "same"),
        ({"tag": "{version}"}, "Expected {release} in the pattern of the tag, found '{version}'", "the same"),
        ({"feature_branch": "refs/heads/x"}, "Expected the short name of the feature branch", "leave out refs/heads/"),
        ({"tag": "v 1"}, "found that 'v 1' has a blank or a control character", "git-check-ref-format"),
        ({"feature_branch": "release_v1.1.0"}, "feature branch and a release branch of different names", "correct one"),
        ({"tag": "master_v1"}, "a version branch and a tag of different names, found 'master_v1' for both", "correct"),
        ({"feature_branch": "release_v1.1.0/x"}, "can keep side by side, found 'release_v1.1.0/x'", "is the folder"),
        ({"release_branch": "master_v1/1"}, "side by side, found 'master_v1' and 'master_v1/1'", "is the folder"),
    ],
)
def test_patterns_that_make_no_names_are_refused(patterns, message, remedy):
    with pytest.raises(ParameterError, match=re.escape(message)) as refused:
        release_names("v1", "new-feature", "v1.1.0", NamePatterns(**patterns))

    assert remedy in refused.value.remedy


def test_a_tag_may_lie_beside_a_branch_whose_folder_it_would_be_in():
    assert release_names("v1", "new-feature", "v1.1.0", NamePatterns(tag="master_v1/v1.1.0")).tag == "master_v1/v1.1.0"


@pytest.mark.parametrize("release", ["", "latest", "v2.0.0", "v1.1.0.0", "release_v1.1.0", "v10.0.0"])
def test_a_release_is_a_version_of_the_line_of_the_old_one(release):
    with pytest.raises(ParameterError, match="Expected a version of the line v1 to release, found"):
        release_names("v1", "new-feature", release)


@pytest.mark.parametrize("feature", ["", "feature_v1_"])
def test_a_feature_is_named(feature):
    with pytest.raises(ParameterError, match="Expected a feature to name the feature branch after, found none"):
        release_names("v1", feature, "v1.1.0")


def test_a_feature_that_makes_no_branch_is_refused():
    with pytest.raises(ParameterError, match=r"'feature_v1_two words' has a blank") as refused:
        release_names("v1", "two words", "v1.1.0")

    assert "feature branch that git takes" in refused.value.message


def test_a_lone_at_is_refused_by_the_rules_though_it_could_be_a_branch():
    ruled = subprocess.run(["git", "check-ref-format", "--allow-onelevel", "@"], capture_output=True)

    assert ruled.returncode == 1
    assert invalid_ref_reason("@") == "has @{ in it, or is @"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names)
@example("HEAD")
@example("-x")
@example("a/-x")
@example("a.lock/b")
@example(".a")
@example("a/.b")
@example("a.")
@example("a./b")
@example("")
@example("x@{-1}")
def test_a_name_is_refused_exactly_if_git_refuses_it(tmp_path, name):
    assume(name != "@")
    # Away from any repository, since git takes @{-1} for a branch where there is one.
    done = subprocess.run(["git", "check-ref-format", "--branch", name], cwd=tmp_path, capture_output=True)

    assert bool(invalid_ref_reason(name)) == (done.returncode != 0)


@pytest.mark.parametrize(("name", "other"), [("x", "x/y"), ("x/y", "x"), ("x/y/z", "x"), ("release", "release/v1/a")])
def test_names_clash_exactly_as_git_says(clone, name, other):
    clone.git("branch", other)
    refused = subprocess.run(["git", "branch", name], cwd=clone.folder, capture_output=True, text=True)

    assert refused.returncode == 128
    assert "cannot lock ref" in refused.stderr
    assert [*clashing_refs(name, {other: "1", "main": "2"})] == [other]


@pytest.mark.parametrize(("name", "other"), [("x", "xy"), ("x/y", "x/z"), ("xy/a", "x"), ("x", "x")])
def test_names_beside_each_other_do_not_clash(clone, name, other):
    clone.git("branch", other)
    clone.git("branch", "--force", name)

    assert [*clashing_refs(name, {other: "1"})] == []
