"""Does Prometheus do what git tells it? Scrape jobs, rules and settings against what it has loaded."""

from collections.abc import Iterator

import pandas as pd

from trinokit.architecture.table_building import sorted_table
from trinokit.drift.categories.prometheus import config_model
from trinokit.drift.categories.prometheus.config_model import PrometheusConfig, PrometheusJob, PrometheusRule
from trinokit.drift.categories.prometheus.declared_config import declared_prometheus_config
from trinokit.drift.categories.prometheus.promql import canonical_promql
from trinokit.drift.categories.prometheus.setting_differences import (
    differing_settings,
    duration_seconds,
    is_same_but_secrets,
)
from trinokit.findings import CRITICAL, OK, WARNING, Finding, Severity, format_count
from trinokit.objects import Objects
from trinokit.observations import PrometheusState

_SettingPairs = dict[str, tuple[str | None, str | None]]
_SIDES = ("declared", "loaded")
_JOB_SETTINGS = {
    "interval_s": "scrape_interval",
    "timeout_s": "scrape_timeout",
    "path": "metrics_path",
    "scheme": "scheme",
}
_JOB_COLUMNS = {"job": "str"} | {
    f"{side}_{name}": "Float64" if name.endswith("_s") else "str" for name in _JOB_SETTINGS for side in _SIDES
}
_JOB_COLUMNS |= {"declared_targets": "Int64", "loaded_targets": "Int64", "differs": "str"}
_RULE_PROPERTIES = ("expression", "for_s", "labels", "annotations")
_RULE_COLUMNS = {"group": "str", "kind": "str", "rule": "str"} | {
    f"{side}_{name}": "Float64" if name == "for_s" else "str" for name in _RULE_PROPERTIES for side in _SIDES
}
_RULE_COLUMNS |= {"health": "str", "last_error": "str", "differs": "str"}
_SETTING_COLUMNS = dict.fromkeys(("setting", "declared", "loaded"), "str")
_NOT_LOADED_REMEDY = "apply it if the cluster lacks it too, else reload Prometheus, or see in its log why it refused"
_RELOAD_REMEDY = "apply it if the cluster's object differs too, else reload Prometheus"
_MAX_TEXT_LENGTH = 120


def scrape_job_table(declared: Objects, loaded: PrometheusState) -> pd.DataFrame:
    """Each scrape job, as git declares it and as it is loaded, with the settings that differ."""
    rows = []
    for ours, theirs in _job_pairs(*_both_configs(declared, loaded)):
        facts = [fact for name in _JOB_SETTINGS for fact in (_job_setting(name, ours), _job_setting(name, theirs))]
        counts = (_target_count(ours), _target_count(theirs))
        rows.append(((ours or theirs).name, *facts, *counts, _pair_state(ours, theirs)))
    return sorted_table(_JOB_COLUMNS, rows)


def prometheus_rule_table(declared: Objects, loaded: PrometheusState) -> pd.DataFrame:
    """Each alert and record, as git declares it and as it is loaded, how it fares, and what of it differs."""
    rows = []
    for ours, theirs in _rule_pairs(*_both_configs(declared, loaded)):
        known, fares = ours or theirs, (theirs.health, theirs.error) if theirs else ("", "")
        facts = [
            fact for name in _RULE_PROPERTIES for fact in (_rule_property(name, ours), _rule_property(name, theirs))
        ]
        rows.append((known.group, known.kind, known.name, *facts, *fares, _pair_state(ours, theirs)))
    return sorted_table(_RULE_COLUMNS, rows)


def prometheus_setting_table(declared: Objects, loaded: PrometheusState) -> pd.DataFrame:
    """What else differs: labels for the outside, alert managers, remote stores, and how often a group is evaluated."""
    ours, theirs = _both_configs(declared, loaded)
    return sorted_table(
        _SETTING_COLUMNS, [(path, *pair) for path, pair in _differing_other_settings(ours, theirs).items()]
    )


def prometheus_findings(declared: Objects, loaded: PrometheusState) -> list[Finding]:
    """Where git and what Prometheus has loaded disagree; what the objects of the cluster say is another question."""
    if loaded.problem:
        return [Finding(CRITICAL, "Prometheus", f"could not be looked at: {loaded.problem}")]
    ours, theirs = _both_configs(declared, loaded)
    findings = [Finding(CRITICAL, subject, sentence) for subject, sentence in ours.problems]
    if not (ours.jobs or ours.rules):
        unknown = "could not be compared: git declares no scrape job and no rule that it could have loaded"
        return findings or [Finding(CRITICAL, "Prometheus", unknown)]
    pairs = [*_job_pairs(ours, theirs), *_rule_pairs(ours, theirs)]
    findings += [found for pair in pairs for found in _pair_findings(*pair)]
    findings += _setting_findings(_differing_other_settings(ours, theirs))
    both = f"{format_count(len(theirs.jobs), 'scrape job')} and {format_count(len(theirs.rules), 'rule')}"
    return findings or [Finding(OK, "Prometheus", f"has loaded what git declares: {both}")]


def _both_configs(declared: Objects, loaded: PrometheusState) -> tuple[PrometheusConfig, PrometheusConfig]:
    theirs = config_model.loaded_prometheus_config(loaded)
    return declared_prometheus_config(declared, {job.name for job in theirs.jobs}), theirs


def _job_pairs(
    ours: PrometheusConfig, theirs: PrometheusConfig
) -> Iterator[tuple[PrometheusJob | None, PrometheusJob | None]]:
    """The jobs of both sides by their names; what is only loaded is left out where git could not be read."""
    left, right = ({job.name: job for job in side.jobs} for side in (ours, theirs))
    for name in sorted(left.keys() | (set() if ours.problems else right.keys())):
        yield left.get(name), right.get(name)


def _rule_pairs(
    ours: PrometheusConfig, theirs: PrometheusConfig
) -> Iterator[tuple[PrometheusRule | None, PrometheusRule | None]]:
    """The rules of both sides by group, kind and name; what is only loaded is left out where git could not be read."""
    left, right = _rules_by_name(ours.rules), _rules_by_name(theirs.rules)
    for place in sorted(left.keys() | right.keys()):
        pairs = _pair_rules(left.get(place, []), right.get(place, []))
        yield from (pair for pair in pairs if pair[0] or not ours.problems)


def _rules_by_name(rules: tuple[PrometheusRule, ...]) -> dict[tuple[str, str, str], list[PrometheusRule]]:
    places: dict[tuple[str, str, str], list[PrometheusRule]] = {}
    for rule in rules:
        places.setdefault((rule.group, rule.kind, rule.name), []).append(rule)
    return places


def _pair_rules(
    left: list[PrometheusRule], right: list[PrometheusRule]
) -> list[tuple[PrometheusRule | None, PrometheusRule | None]]:
    """The rules of one name on both sides, those together that are most alike."""
    pairs = []
    for alike in (_is_equal_rule, _has_equal_labels, _has_equal_expression, lambda *_: True):
        for rule in [*left]:
            other = next((each for each in right if alike(rule, each)), None)
            if other is not None:
                left.remove(rule)
                right.remove(other)
                pairs.append((rule, other))
    return [*pairs, *((rule, None) for rule in left), *((None, rule) for rule in right)]


def _is_equal_rule(ours: PrometheusRule, theirs: PrometheusRule) -> bool:
    return not _differing_parts(ours, theirs)


def _has_equal_labels(ours: PrometheusRule, theirs: PrometheusRule) -> bool:
    return not any(path.startswith("labels.") for path in differing_settings(ours.settings, theirs.settings))


def _has_equal_expression(ours: PrometheusRule, theirs: PrometheusRule) -> bool:
    return is_same_but_secrets(ours.expression, theirs.expression) or canonical_promql(
        ours.expression
    ) == canonical_promql(theirs.expression)


def _differing_parts(ours: PrometheusJob | PrometheusRule, theirs: PrometheusJob | PrometheusRule) -> _SettingPairs:
    """What of a job or of a rule differs, by its path."""
    if isinstance(ours, PrometheusJob):
        return differing_settings(ours.settings, theirs.settings, whole=ours.whole)
    asked = {} if _has_equal_expression(ours, theirs) else {"expr": (ours.expression, theirs.expression)}
    return asked | differing_settings(ours.settings, theirs.settings)


def _differing_other_settings(ours: PrometheusConfig, theirs: PrometheusConfig) -> _SettingPairs:
    if ours.problems:
        return {}
    # A group that only one side has is told by its rules, and one that has several files is not told apart.
    unlike = differing_settings(ours.settings, theirs.settings, whole=ours.whole)
    return {path: pair for path, pair in unlike.items() if not path.startswith("groups[") or None not in pair}


def _pair_state(ours: PrometheusJob | PrometheusRule | None, theirs: PrometheusJob | PrometheusRule | None) -> str:
    if ours is None or theirs is None:
        return "not declared" if ours is None else "not loaded"
    return ", ".join(_differing_parts(ours, theirs))


def _job_setting(name: str, job: PrometheusJob | None) -> object:
    said = job.settings.get(_JOB_SETTINGS[name]) if job else None
    return duration_seconds(said) if said and name.endswith("_s") else said


def _target_count(job: PrometheusJob | None) -> int | None:
    if job is None or not job.whole:
        return None
    return sum(each.count(",") + 1 for path, each in job.settings.items() if path.endswith("].targets"))


def _rule_property(name: str, rule: PrometheusRule | None) -> object:
    if rule is None:
        return None
    if name == "expression":
        return rule.expression
    if name == "for_s":
        return duration_seconds(rule.settings.get("for", "0s")) if rule.kind == "alert" else None
    below = {path.removeprefix(f"{name}."): said for path, said in rule.settings.items() if path.startswith(f"{name}.")}
    return ", ".join(f"{key}={below[key]}" for key in sorted(below))


def _pair_findings(
    ours: PrometheusJob | PrometheusRule | None, theirs: PrometheusJob | PrometheusRule | None
) -> Iterator[Finding]:
    known = ours or theirs
    subject, place = _subject_and_path(known)
    if theirs is None:
        details = {"path": place, "declared": _main_value(known), "live": "–"}
        sentence = f"is declared in {known.written} and not loaded: {_NOT_LOADED_REMEDY}"
        yield Finding(_severity(ours, {"expr"}), subject, sentence, details)
    elif ours is None:
        details = {"path": place, "declared": "–", "live": _main_value(known)}
        yield Finding(WARNING, subject, "is loaded, and git does not declare it: declare it, or take it out", details)
    elif unlike := _differing_parts(ours, theirs):
        sentence = f"{_difference_sentence(unlike)} ({ours.written}): {_RELOAD_REMEDY}"
        yield Finding(_severity(ours, unlike.keys()), subject, sentence, _finding_details(place, unlike))
    if isinstance(theirs, PrometheusRule) and theirs.health == "err":
        yield Finding(CRITICAL, subject, f"cannot be evaluated: {theirs.error or 'Prometheus does not say why'}")


def _setting_findings(unlike: _SettingPairs) -> Iterator[Finding]:
    for path, pair in unlike.items():
        yield Finding(
            WARNING,
            "Prometheus",
            f"{_difference_sentence({path: pair})}: {_RELOAD_REMEDY}",
            _finding_details("", {path: pair}),
        )


def _severity(ours: PrometheusJob | PrometheusRule, unlike: set[str]) -> Severity:
    """CRITICAL where an alert that git calls critical is lost, asks something else or is no longer called so."""
    grave = (
        isinstance(ours, PrometheusRule) and ours.kind == "alert" and ours.settings.get("labels.severity") == "critical"
    )
    return CRITICAL if grave and {"expr", "labels.severity"} & unlike else WARNING


def _subject_and_path(known: PrometheusJob | PrometheusRule) -> tuple[str, str]:
    if isinstance(known, PrometheusJob):
        return f"scrape job {known.name}", f"scrape_configs[job_name={known.name}]"
    return f"{known.kind} {known.name} of group {known.group}", (
        f"groups[name={known.group}].rules[{known.kind}={known.name}]"
    )


def _main_value(known: PrometheusJob | PrometheusRule) -> str:
    return known.expression if isinstance(known, PrometheusRule) else known.settings.get("scrape_interval", "")


def _difference_sentence(unlike: _SettingPairs) -> str:
    return "is loaded " + "; ".join(
        f"with {path} {_shorten_text(theirs)}, which git does not declare"
        if ours is None
        else f"without {path}, and git declares {_shorten_text(ours)}"
        if theirs is None
        else f"with {path} {_shorten_text(theirs)}, and git declares {_shorten_text(ours)}"
        for path, (ours, theirs) in unlike.items()
    )


def _shorten_text(said: str) -> str:
    return said if len(said) <= _MAX_TEXT_LENGTH else f"{said[:_MAX_TEXT_LENGTH]}…"


def _finding_details(place: str, unlike: _SettingPairs) -> dict[str, str]:
    """The parts for a program: one path with its two values, or several with theirs on a line each."""
    paths = [f"{place}.{path}".removeprefix(".") for path in unlike]
    sides = [["–" if said is None else said for said in side] for side in zip(*unlike.values(), strict=True)]
    return {"path": "\n".join(paths), "declared": "\n".join(sides[0]), "live": "\n".join(sides[1])}
