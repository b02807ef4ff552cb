"""Does Prometheus do what git tells it? Scrape jobs, rules and settings against what it has loaded."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_of_rows
from trinokit.drift.categories.prometheus import config_model
from trinokit.drift.categories.prometheus.config_model import PrometheusConfig, PrometheusJob, PrometheusRule
from trinokit.drift.categories.prometheus.declared_config import declared_prometheus_config
from trinokit.drift.categories.prometheus.job_and_rule_pairing import (
    SettingPairs,
    differing_other_settings,
    differing_parts,
    job_pairs,
    rule_pairs,
)
from trinokit.drift.categories.prometheus.setting_differences import duration_seconds
from trinokit.findings import CRITICAL, OK, WARNING, Finding, Severity, format_count
from trinokit.objects import Objects
from trinokit.observations import PrometheusState

_JOB_SETTINGS = {
    "interval_s": "scrape_interval",
    "timeout_s": "scrape_timeout",
    "path": "metrics_path",
    "scheme": "scheme",
}
_RULE_PROPERTIES = ("expression", "for_s", "labels", "annotations")
_NOT_LOADED_REMEDY = "apply it if the cluster lacks it too, else reload Prometheus, or see in its log why it refused"
_RELOAD_REMEDY = "apply it if the cluster's object differs too, else reload Prometheus"
_MAX_TEXT_LENGTH = 120


class ScrapeJobRow(NamedTuple):
    """A row of `scrape_job_table`: a *job* on both sides, NA on one that does not have it.

    *differs* names the settings that differ, or is not declared or not loaded.
    """

    job: str
    declared_interval_s: float | None
    loaded_interval_s: float | None
    declared_timeout_s: float | None
    loaded_timeout_s: float | None
    declared_path: str | None
    loaded_path: str | None
    declared_scheme: str | None
    loaded_scheme: str | None
    declared_targets: int | None
    loaded_targets: int | None
    differs: str


class PrometheusRuleRow(NamedTuple):
    """A row of `prometheus_rule_table`: a *rule* on both sides, NA on one that does not have it, and how it fares.

    *differs* names what differs, or is not declared or not loaded.
    """

    group: str
    kind: str
    rule: str
    declared_expression: str | None
    loaded_expression: str | None
    declared_for_s: float | None
    loaded_for_s: float | None
    declared_labels: str | None
    loaded_labels: str | None
    declared_annotations: str | None
    loaded_annotations: str | None
    health: str
    last_error: str
    differs: str


class PrometheusSettingRow(NamedTuple):
    """A row of `prometheus_setting_table`: a *setting* by its path, NA on a side that does not have it."""

    setting: str
    declared: str | None
    loaded: str | None


def scrape_job_table(declared: Objects, loaded: PrometheusState) -> pd.DataFrame:
    """Each scrape job, as git declares it and as it is loaded, with the settings that differ; a `ScrapeJobRow` each."""
    rows = []
    for ours, theirs in job_pairs(*_both_configs(declared, loaded)):
        row = ScrapeJobRow(
            job=(ours or theirs).name,
            **{f"declared_{name}": _job_setting(name, ours) for name in _JOB_SETTINGS},
            **{f"loaded_{name}": _job_setting(name, theirs) for name in _JOB_SETTINGS},
            declared_targets=_target_count(ours),
            loaded_targets=_target_count(theirs),
            differs=_pair_state(ours, theirs),
        )
        rows.append(row)
    return table_of_rows(ScrapeJobRow, rows)


def prometheus_rule_table(declared: Objects, loaded: PrometheusState) -> pd.DataFrame:
    """Each alert and record, as git declares it and as it is loaded, how it fares, and what of it differs.

    A row is a `PrometheusRuleRow`.
    """
    rows = []
    for ours, theirs in rule_pairs(*_both_configs(declared, loaded)):
        present_rule = ours or theirs
        row = PrometheusRuleRow(
            group=present_rule.group,
            kind=present_rule.kind,
            rule=present_rule.name,
            **{f"declared_{name}": _rule_property(name, ours) for name in _RULE_PROPERTIES},
            **{f"loaded_{name}": _rule_property(name, theirs) for name in _RULE_PROPERTIES},
            health=theirs.health if theirs else "",
            last_error=theirs.error if theirs else "",
            differs=_pair_state(ours, theirs),
        )
        rows.append(row)
    return table_of_rows(PrometheusRuleRow, rows)


def prometheus_setting_table(declared: Objects, loaded: PrometheusState) -> pd.DataFrame:
    """What else differs: labels for the outside, alert managers, remote stores, and how often a group is evaluated.

    A row is a `PrometheusSettingRow`.
    """
    ours, theirs = _both_configs(declared, loaded)
    differing = differing_other_settings(ours, theirs)
    return table_of_rows(PrometheusSettingRow, [PrometheusSettingRow(path, *pair) for path, pair in differing.items()])


def prometheus_findings(declared: Objects, loaded: PrometheusState) -> list[Finding]:
    """Where git and what Prometheus has loaded disagree; what the objects of the cluster say is another question."""
    if loaded.problem:
        return [Finding(CRITICAL, "Prometheus", f"could not be looked at: {loaded.problem}")]
    ours, theirs = _both_configs(declared, loaded)
    findings = [Finding(CRITICAL, subject, sentence) for subject, sentence in ours.problems]
    if not (ours.jobs or ours.rules):
        unknown = "could not be compared: git declares no scrape job and no rule that it could have loaded"
        return findings or [Finding(CRITICAL, "Prometheus", unknown)]
    pairs = [*job_pairs(ours, theirs), *rule_pairs(ours, theirs)]
    findings += [pair_finding for pair in pairs for pair_finding in _pair_findings(*pair)]
    findings += _setting_findings(differing_other_settings(ours, theirs))
    both = f"{format_count(len(theirs.jobs), 'scrape job')} and {format_count(len(theirs.rules), 'rule')}"
    return findings or [Finding(OK, "Prometheus", f"has loaded what git declares: {both}")]


def _both_configs(declared: Objects, loaded: PrometheusState) -> tuple[PrometheusConfig, PrometheusConfig]:
    theirs = config_model.loaded_prometheus_config(loaded)
    return declared_prometheus_config(declared, {job.name for job in theirs.jobs}), theirs


def _pair_state(ours: PrometheusJob | PrometheusRule | None, theirs: PrometheusJob | PrometheusRule | None) -> str:
    if ours is None or theirs is None:
        return "not declared" if ours is None else "not loaded"
    return ", ".join(differing_parts(ours, theirs))


def _job_setting(name: str, job: PrometheusJob | None) -> object:
    value = job.settings.get(_JOB_SETTINGS[name]) if job else None
    return duration_seconds(value) if value and name.endswith("_s") else value


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
    subsettings = {
        path.removeprefix(f"{name}."): value for path, value in rule.settings.items() if path.startswith(f"{name}.")
    }
    return ", ".join(f"{key}={subsettings[key]}" for key in sorted(subsettings))


def _pair_findings(
    ours: PrometheusJob | PrometheusRule | None, theirs: PrometheusJob | PrometheusRule | None
) -> Iterator[Finding]:
    present_part = ours or theirs
    subject, path_text = _subject_and_path(present_part)
    if theirs is None:
        details = {"path": path_text, "declared": _main_value(present_part), "live": "–"}
        sentence = f"is declared in {present_part.written} and not loaded: {_NOT_LOADED_REMEDY}"
        yield Finding(_severity(ours, {"expr"}), subject, sentence, details)
    elif ours is None:
        details = {"path": path_text, "declared": "–", "live": _main_value(present_part)}
        yield Finding(WARNING, subject, "is loaded, and git does not declare it: declare it, or take it out", details)
    elif unlike := differing_parts(ours, theirs):
        sentence = f"{_difference_sentence(unlike)} ({ours.written}): {_RELOAD_REMEDY}"
        yield Finding(_severity(ours, unlike.keys()), subject, sentence, _finding_details(path_text, unlike))
    if isinstance(theirs, PrometheusRule) and theirs.health == "err":
        yield Finding(CRITICAL, subject, f"cannot be evaluated: {theirs.error or 'Prometheus does not say why'}")


def _setting_findings(unlike: SettingPairs) -> Iterator[Finding]:
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


def _subject_and_path(part: PrometheusJob | PrometheusRule) -> tuple[str, str]:
    if isinstance(part, PrometheusJob):
        return f"scrape job {part.name}", f"scrape_configs[job_name={part.name}]"
    return f"{part.kind} {part.name} of group {part.group}", (
        f"groups[name={part.group}].rules[{part.kind}={part.name}]"
    )


def _main_value(part: PrometheusJob | PrometheusRule) -> str:
    return part.expression if isinstance(part, PrometheusRule) else part.settings.get("scrape_interval", "")


def _difference_sentence(unlike: SettingPairs) -> str:
    return "is loaded " + "; ".join(
        f"with {path} {_shorten_text(theirs)}, which git does not declare"
        if ours is None
        else f"without {path}, and git declares {_shorten_text(ours)}"
        if theirs is None
        else f"with {path} {_shorten_text(theirs)}, and git declares {_shorten_text(ours)}"
        for path, (ours, theirs) in unlike.items()
    )


def _shorten_text(text: str) -> str:
    return text if len(text) <= _MAX_TEXT_LENGTH else f"{text[:_MAX_TEXT_LENGTH]}…"


def _finding_details(path_text: str, unlike: SettingPairs) -> dict[str, str]:
    """The parts for a program: one path with its two values, or several with theirs on a line each."""
    paths = [f"{path_text}.{path}".removeprefix(".") for path in unlike]
    sides = [["–" if value is None else value for value in side] for side in zip(*unlike.values(), strict=True)]
    return {"path": "\n".join(paths), "declared": "\n".join(sides[0]), "live": "\n".join(sides[1])}
