"""What is a Prometheus told to do? Jobs, rules and other settings, out of a configuration and of rule groups."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trinokit.drift.categories.prometheus.settings import leaves, mapping, mappings, seconds
from trinokit.evidence import Loaded

# What a job does not take over from what is said for all of them.
_FOR_NO_JOB = {
    *("evaluation_interval", "external_labels", "query_log_file", "scrape_failure_log_file"),
    *("rule_query_offset", "job_name"),
}


@dataclass(frozen=True)
class Job:
    """A scrape job: its *settings* by path, and where it is *written*; not *whole* where an operator adds to them."""

    name: str
    settings: Mapping[str, str]
    written: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Rule:
    """One rule of a *group*: an alert or a record with its *expression*, and how it fared where it is loaded."""

    group: str
    kind: str
    name: str
    expression: str
    settings: Mapping[str, str]
    written: str = ""
    health: str = ""
    error: str = ""


@dataclass(frozen=True)
class Told:
    """What a Prometheus is told: its *jobs*, *rules* and other *settings*, which an operator adds to unless *whole*.

    *problems* has what could not be read, as a subject and a sentence.
    """

    jobs: tuple[Job, ...] = ()
    rules: tuple[Rule, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    problems: tuple[tuple[str, str], ...] = ()


def loaded(found: Loaded) -> Told:
    """What a Prometheus has loaded."""
    groups = [group | {"interval": _duration(group.get("interval"))} for group in mappings(found.groups)]
    made = [_loaded(str(group.get("name", "")), rule) for group in groups for rule in mappings(group.get("rules"))]
    return Told(tuple(jobs(found.configuration, "")), tuple(made), others(found.configuration, groups))


def jobs(configuration: Mapping[str, object], written: str) -> Iterator[Job]:
    """The scrape jobs of *configuration*, with what each takes over from its global part."""
    general = mapping(configuration.get("global"))
    for body in mappings(configuration.get("scrape_configs")):
        own = {"scrape_interval": "1m", "metrics_path": "/metrics", "scheme": "http", **general, **_modern(body)}
        if "scrape_timeout" not in body:
            own["scrape_timeout"] = _timeout(general, str(own["scrape_interval"]))
        kept = {key: value for key, value in own.items() if key not in _FOR_NO_JOB}
        yield Job(str(body.get("job_name", "")), leaves(kept), written)


def rules(group: Mapping[str, object], written: str) -> Iterator[Rule]:
    """The rules of a declared *group*, each with the labels of the group."""
    for body in mappings(group.get("rules")):
        kind = "alert" if "alert" in body else "record"
        told = {key: value for key, value in body.items() if key not in ("alert", "record", "expr")}
        told["labels"] = mapping(group.get("labels")) | mapping(body.get("labels"))
        name, expression = str(body.get(kind, "")), str(body.get("expr", ""))
        yield Rule(str(group.get("name", "")), kind, name, expression, leaves(told), written)


def others(configuration: Mapping[str, object], groups: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """What else is said: by which labels and how often, to which alert managers and stores, and for each rule group."""
    general = mapping(configuration.get("global"))
    said = {
        "global": {
            "evaluation_interval": general.get("evaluation_interval", "1m"),
            "external_labels": general.get("external_labels"),
        },
        "alerting": configuration.get("alerting"),
    }
    for name in ("remote_write", "remote_read"):
        said[name] = [{"url": each.get("url")} for each in mappings(configuration.get(name))]
    names = Counter(str(group.get("name", "")) for group in groups)
    for group in groups:
        if names[str(group.get("name", ""))] == 1:
            own = {"interval": group.get("interval"), "limit": group.get("limit", 0)}
            said[f"groups[name={group.get('name')}]"] = own
    return leaves(said)


def _loaded(group: str, rule: Mapping[str, object]) -> Rule:
    told = {"for": _duration(rule.get("duration")), "keep_firing_for": _duration(rule.get("keepFiringFor"))}
    told |= {key: rule.get(key) for key in ("labels", "annotations")}
    return Rule(
        group,
        "alert" if rule.get("type") == "alerting" else "record",
        str(rule.get("name", "")),
        str(rule.get("query", "")),
        leaves(told),
        health=str(rule.get("health", "")),
        error=str(rule.get("lastError", "")),
    )


def _duration(number: object) -> str | None:
    return f"{number:.15g}s" if isinstance(number, int | float) else None


def _modern(body: Mapping[str, object]) -> dict[str, object]:
    """The *body* of a job as Prometheus prints it, whatever older word for a token stands in it."""
    found = dict(body)
    for old, new in (("bearer_token", "credentials"), ("bearer_token_file", "credentials_file")):
        if old in found:
            found["authorization"] = {"type": "Bearer", new: found.pop(old)}
    return found


def _timeout(general: Mapping[str, object], interval: str) -> str:
    """How long a job waits that does not say so: never longer than until it asks again."""
    waits = str(general.get("scrape_timeout") or "10s")
    return min(waits, interval, key=lambda time: seconds(time) or 0)
