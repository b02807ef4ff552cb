"""What are the branches and the tag of a release called, and can they be called so?"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from trinokit.errors import ParameterError, did_you_mean
from trinokit.release import versions
from trinokit.release.release_request import ReleaseNames

# The placeholder without which two names of a kind would be the same.
_REQUIRED_PLACEHOLDER = {
    "version_branch": "version",
    "feature_branch": "feature",
    "release_branch": "release",
    "tag": "release",
}
_REF_TITLES = {
    "version_branch": "version branch",
    "feature_branch": "feature branch",
    "release_branch": "release branch",
    "tag": "tag",
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_REF_NAME_RULES = (
    (r"\A\Z", "is empty"),
    (r"[\x00-\x20\x7f]", "has a blank or a control character"),
    (r"[~^:?*[\\]", "has one of ~ ^ : ? * [ \\"),
    (r"\A/|//|/\Z", "begins or ends with /, or has two of them in a row"),
    (r"\.\.|\.\Z", "has .. in it, or ends with a dot"),
    (r"(?:\A|/)\.", "has a part that begins with a dot"),
    (r"\.lock(?:/|\Z)", "has a part that ends with .lock"),
    (r"@\{|\A@\Z", "has @{ in it, or is @"),
    (r"\A-", "begins with a dash"),
    (r"\AHEAD\Z", "is HEAD"),
)


@dataclass(frozen=True)
class NamePatterns:
    """What the branches and the tag are made of: text with {version}, {feature} and {release} in place of these.

    A pattern without a placeholder is the name itself; an empty one is the default.
    """

    version_branch: str = "master_{version}"
    feature_branch: str = "feature_{version}_{feature}"
    release_branch: str = "release_{release}"
    tag: str = "{release}"


def release_names(version: str, feature: str, release: str, patterns: NamePatterns = NamePatterns()) -> ReleaseNames:  # noqa: B008
    """What is called how when *feature* is released for the old *version* as the version *release*.

    *feature* may be the whole branch that its pattern would make. Raises ParameterError when one of the *patterns*
    makes no name that git takes or the same name for two things, or when *release* is no version of the line of
    *version*.

    >>> release_names("v1", "new-feature", "v1.1.0").feature_branch
    'feature_v1_new-feature'
    """
    _check_release(version, release)
    chosen = {key: getattr(patterns, key) or getattr(NamePatterns, key) for key in _REF_TITLES}
    values = {"version": version, "release": release}
    values |= {"feature": _bare_feature(feature, chosen["feature_branch"], values)}
    for key, pattern in chosen.items():
        _check_pattern(key, pattern, values)
    names = {key: _PLACEHOLDER.sub(lambda match: values[match[1]], pattern) for key, pattern in chosen.items()}
    for key, name in names.items():
        _check_name(key, name)
    for first, second in combinations(names, 2):
        _check_distinct(first, second, names)
    version_branches = _version_branch_regex(chosen["version_branch"])
    return ReleaseNames(version=version, release=release, version_branch_pattern=version_branches, **names)


def release_names_table(names: ReleaseNames) -> pd.DataFrame:
    """A row for each branch of a release, and for its tag, with the columns what and name."""
    rows = [(title, getattr(names, key)) for key, title in _REF_TITLES.items()]
    return pd.DataFrame(rows, columns=["what", "name"], dtype="str")


def invalid_ref_reason(name: str) -> str:
    """Why git takes *name* neither for a branch nor for a tag; empty where it does.

    The rules are those of https://git-scm.com/docs/git-check-ref-format, as with its option --branch.

    >>> invalid_ref_reason("release v1"), invalid_ref_reason("release_v1")
    ('has a blank or a control character', '')
    """
    return next((reason for pattern, reason in _REF_NAME_RULES if re.search(pattern, name)), "")


def clashing_refs(name: str, refs: Mapping[str, str]) -> Iterator[str]:
    """Those of *refs* beside which git cannot keep *name*, since one is the folder that the other is a file in.

    >>> list(clashing_refs("release/v1", {"release": "0a1b", "release_v1": "0a1b"}))
    ['release']
    """
    for other in sorted(refs):
        if other.startswith(f"{name}/") or name.startswith(f"{other}/"):
            yield other


def _bare_feature(feature: str, pattern: str, values: Mapping[str, str]) -> str:
    """What *pattern* was made of if *feature* is a branch that it made; else *feature* itself."""
    around = _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), pattern).split("{feature}")
    if len(around) == 2 and feature.startswith(around[0]) and feature.endswith(around[1]):
        return feature.removeprefix(around[0]).removesuffix(around[1])
    return feature


def _version_branch_regex(pattern: str) -> str:
    """A regular expression for the branches that *pattern* makes of any version."""
    groups = iter((f"(?P<version>{versions.CORE_PATTERN})",))
    parts = _PLACEHOLDER.split(pattern)
    if len(parts) == 1:
        return f"{re.escape(pattern)}(?P<version>)"
    literals = [re.escape(each) for each in parts[::2]]
    return literals[0] + "".join(next(groups, "(?P=version)") + each for each in literals[1:])


def _check_release(version: str, release: str) -> None:
    own, parsed = versions.version_line_filter(version), versions.parse_version(release)
    if parsed is None or not own(parsed):
        raise ParameterError(
            f"Expected a version of the line {version} to release, found {release!r}.",
            remedy="a version is such as v1.1.0 or v1.1.0-rc1, and one of the line v1 begins with v1",
        )


def _check_pattern(key: str, pattern: str, values: Mapping[str, str]) -> None:
    # The branches of other versions are known by the pattern of their names, where nothing else can be told.
    allowed = ["version"] if key == "version_branch" else list(values)
    placeholders = _PLACEHOLDER.findall(pattern)
    for each in placeholders:
        if each not in allowed:
            raise ParameterError(
                f"Expected no placeholder but {', '.join(f'{{{name}}}' for name in allowed)} in the pattern of the "
                f"{_REF_TITLES[key]}, found {{{each}}} in {pattern!r}.",
                remedy=did_you_mean(each, allowed) or "correct the pattern",
            )
    if placeholders and _REQUIRED_PLACEHOLDER[key] not in placeholders:
        raise ParameterError(
            f"Expected {{{_REQUIRED_PLACEHOLDER[key]}}} in the pattern of the {_REF_TITLES[key]}, found {pattern!r}.",
            remedy="without it, two of them would be called the same; or write the name itself",
        )
    for each in placeholders:
        if not values[each]:
            raise ParameterError(
                f"Expected a {each} to name the {_REF_TITLES[key]} after, found none.",
                remedy=f"name the {each}, or the {_REF_TITLES[key]} in full",
            )


def _check_name(key: str, name: str) -> None:
    if name.startswith("refs/"):
        raise ParameterError(
            f"Expected the short name of the {_REF_TITLES[key]}, found {name!r}.",
            remedy="leave out refs/heads/ or refs/tags/",
        )
    if reason := invalid_ref_reason(name):
        raise ParameterError(
            f"Expected a name for the {_REF_TITLES[key]} that git takes, found that {name!r} {reason}.",
            remedy="https://git-scm.com/docs/git-check-ref-format has the rules",
        )


def _check_distinct(first: str, second: str, names: Mapping[str, str]) -> None:
    if names[first] == names[second]:
        raise ParameterError(
            f"Expected a {_REF_TITLES[first]} and a {_REF_TITLES[second]} of different names, "
            f"found {names[first]!r} for both.",
            remedy="correct one of the patterns",
        )
    # Branches lie in one folder, and tags in another.
    if second != "tag" and [*clashing_refs(names[first], {names[second]: ""})]:
        raise ParameterError(
            f"Expected a {_REF_TITLES[first]} and a {_REF_TITLES[second]} that git can keep side by side, "
            f"found {names[first]!r} and {names[second]!r}.",
            remedy="one is the folder that the other is a file in: correct one of the patterns",
        )
