"""What is a Prometheus told to do? Jobs, rules and other settings, out of a configuration and of rule groups."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from trinokit.drift.categories.prometheus.setting_differences import (
    duration_seconds,
    flatten_settings,
    mapping_or_empty,
    mappings_in_list,
)
from trinokit.observations import PrometheusState

# What a job does not take over from what is said for all of them.
_NOT_INHERITED = {
    *("evaluation_interval", "external_labels", "query_log_file", "scrape_failure_log_file"),
    *("rule_query_offset", "job_name"),
}


@dataclass(frozen=True)
class PrometheusJob:
    """A scrape job: its *settings* by path, and where it is *written*; not *whole* where an operator adds to them."""

    name: str
    settings: Mapping[str, str]
    written: str = ""
    whole: bool = True


@dataclass(frozen=True)
class PrometheusRule:
    """One rule of a *group*: an alert or a record with its *expression*, and how it fared where it is loaded."""

    group: str
    kind: Literal["alert", "record"]
    name: str
    expression: str
    settings: Mapping[str, str]
    written: str = ""
    health: str = ""
    error: str = ""


@dataclass(frozen=True)
class PrometheusConfig:
    """What a Prometheus is told: its *jobs*, *rules* and other *settings*, which an operator adds to unless *whole*.

    *problems* has what could not be read, as a subject and a sentence.
    """

    jobs: tuple[PrometheusJob, ...] = ()
    rules: tuple[PrometheusRule, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    problems: tuple[tuple[str, str], ...] = ()


def loaded_prometheus_config(state: PrometheusState) -> PrometheusConfig:
    """What a Prometheus has loaded."""
    groups = [group | {"interval": _format_duration(group.get("interval"))} for group in mappings_in_list(state.groups)]
    jobs = [
        _loaded_rule(str(group.get("name", "")), rule)
        for group in groups
        for rule in mappings_in_list(group.get("rules"))
    ]
    return PrometheusConfig(
        tuple(configured_jobs(state.configuration, "")), tuple(jobs), other_settings(state.configuration, groups)
    )


def configured_jobs(configuration: Mapping[str, object], written: str) -> Iterator[PrometheusJob]:
    """The scrape jobs of *configuration*, with what each takes over from its global part."""
    general = mapping_or_empty(configuration.get("global"))
    for body in mappings_in_list(configuration.get("scrape_configs")):
        own = {
            "scrape_interval": "1m",
            "metrics_path": "/metrics",
            "scheme": "http",
            **general,
            **_with_authorization(body),
        }
        if "scrape_timeout" not in body:
            own["scrape_timeout"] = _scrape_timeout(general, str(own["scrape_interval"]))
        own_settings = {key: value for key, value in own.items() if key not in _NOT_INHERITED}
        yield PrometheusJob(str(body.get("job_name", "")), flatten_settings(own_settings), written)


def group_rules(group: Mapping[str, object], written: str) -> Iterator[PrometheusRule]:
    """The rules of a declared *group*, each with the labels of the group."""
    for body in mappings_in_list(group.get("rules")):
        kind = "alert" if "alert" in body else "record"
        rule_settings = {key: value for key, value in body.items() if key not in ("alert", "record", "expr")}
        rule_settings["labels"] = mapping_or_empty(group.get("labels")) | mapping_or_empty(body.get("labels"))
        name, expression = str(body.get(kind, "")), str(body.get("expr", ""))
        yield PrometheusRule(
            group=str(group.get("name", "")),
            kind=kind,
            name=name,
            expression=expression,
            settings=flatten_settings(rule_settings),
            written=written,
        )


def other_settings(configuration: Mapping[str, object], groups: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """What else is said: by which labels and how often, to which alert managers and stores, and for each rule group."""
    general = mapping_or_empty(configuration.get("global"))
    settings = {
        "global": {
            "evaluation_interval": general.get("evaluation_interval", "1m"),
            "external_labels": general.get("external_labels"),
        },
        "alerting": configuration.get("alerting"),
    }
    for name in ("remote_write", "remote_read"):
        settings[name] = [{"url": each.get("url")} for each in mappings_in_list(configuration.get(name))]
    names = Counter(str(group.get("name", "")) for group in groups)
    for group in groups:
        if names[str(group.get("name", ""))] == 1:
            own = {"interval": group.get("interval"), "limit": group.get("limit", 0)}
            settings[f"groups[name={group.get('name')}]"] = own
    return flatten_settings(settings)


def _loaded_rule(group: str, rule: Mapping[str, object]) -> PrometheusRule:
    rule_settings = {
        "for": _format_duration(rule.get("duration")),
        "keep_firing_for": _format_duration(rule.get("keepFiringFor")),
    }
    rule_settings |= {key: rule.get(key) for key in ("labels", "annotations")}
    return PrometheusRule(
        group=group,
        kind="alert" if rule.get("type") == "alerting" else "record",
        name=str(rule.get("name", "")),
        expression=str(rule.get("query", "")),
        settings=flatten_settings(rule_settings),
        health=str(rule.get("health", "")),
        error=str(rule.get("lastError", "")),
    )


def _format_duration(number: object) -> str | None:
    return f"{number:.15g}s" if isinstance(number, int | float) else None


def _with_authorization(body: Mapping[str, object]) -> dict[str, object]:
    """The *body* of a job as Prometheus prints it, whatever older word for a token stands in it."""
    settings = dict(body)
    for old, new in (("bearer_token", "credentials"), ("bearer_token_file", "credentials_file")):
        if old in settings:
            settings["authorization"] = {"type": "Bearer", new: settings.pop(old)}
    return settings


def _scrape_timeout(general: Mapping[str, object], interval: str) -> str:
    """How long a job waits that does not say so: never longer than until it asks again."""
    waits = str(general.get("scrape_timeout") or "10s")
    return min(waits, interval, key=lambda time: duration_seconds(time) or 0)
