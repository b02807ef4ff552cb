"""What git tells a Prometheus is compared with what it has loaded as Prometheus understands both."""

import pytest
import yaml
from tests.architecture.objects import config_map, mounting, objects, workload

from trinokit.drift.categories.checks import prometheus_drift
from trinokit.drift.categories.prometheus.setting_differences import (
    differing_settings,
    duration_seconds,
    flatten_settings,
)
from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.objects import Objects
from trinokit.observations import PrometheusState

CONFIG = """
global: {scrape_interval: 30s}
scrape_configs:
- job_name: web
  static_configs: [{targets: [b:80, a:80]}]
"""
RULES = """
groups:
- name: g
  rules:
  - {alert: Down, expr: 'up{job="web", x="1"} == 0', for: 1m, labels: {severity: critical}, annotations: {summary: s}}
  - {record: r, expr: sum(up) by (job)}
"""
LOADED_CONFIG = """
global: {scrape_interval: 30s, scrape_timeout: 10s, evaluation_interval: 1m}
scrape_configs:
- job_name: web
  honor_timestamps: true
  scrape_interval: 30s
  scrape_timeout: 10s
  metrics_path: /metrics
  scheme: http
  follow_redirects: true
  enable_http2: true
  static_configs: [{targets: [a:80, b:80]}]
"""
DOWN = {
    "type": "alerting",
    "name": "Down",
    "query": 'up{job="web",x="1"} == 0',
    "duration": 60,
    "keepFiringFor": 0,
    "labels": {"severity": "critical"},
    "annotations": {"summary": "s"},
    "health": "ok",
}
RECORD = {"type": "recording", "name": "r", "query": "sum by (job) (up)", "health": "ok"}
ANEW = "apply it if the cluster's object differs too, else reload Prometheus"
LACKS = "apply it if the cluster lacks it too, else reload Prometheus, or see in its log why it refused"


def declared(config: str = CONFIG, rules: str = RULES, *more: dict | str, name: str = "prometheus") -> Objects:
    """A Prometheus that mounts its configuration and its rules, and *more* objects."""
    data = {"prometheus.yml": config, "rules.yml": rules}
    mounts = workload(name, **mounting("p", "/etc/prometheus"))
    return objects(mounts, config_map("p", data), *more, side="declared")


def loaded(config: str = LOADED_CONFIG, *rules: dict, **group: object) -> PrometheusState:
    known = {"name": "g", "file": "f", "interval": 60, "limit": 0, **group}
    return PrometheusState(yaml.safe_load(config), ({**known, "rules": [*(rules or (DOWN, RECORD))]},), "3.1.0")


def told(ours: Objects, theirs: PrometheusState) -> list[tuple]:
    return [(each.severity, each.subject, each.sentence) for each in prometheus_drift.prometheus_findings(ours, theirs)]


FINE = [(OK, "Prometheus", "has loaded what git declares: 1 scrape job and 2 rules")]


def test_what_is_loaded_as_declared_is_fine():
    assert told(declared(), loaded()) == FINE


def test_jobs_are_rows():
    [row] = prometheus_drift.scrape_job_table(declared(), loaded(LOADED_CONFIG.replace("30s", "1m"))).to_dict("records")

    assert row == {
        "job": "web",
        "declared_interval_s": 30,
        "loaded_interval_s": 60,
        "declared_timeout_s": 10,
        "loaded_timeout_s": 10,
        "declared_path": "/metrics",
        "loaded_path": "/metrics",
        "declared_scheme": "http",
        "loaded_scheme": "http",
        "declared_targets": 2,
        "loaded_targets": 2,
        "differs": "scrape_interval",
    }


def test_rules_are_rows():
    ill = {"health": "err", "lastError": "many-to-many"}
    rows = prometheus_drift.prometheus_rule_table(
        declared(), loaded(LOADED_CONFIG, DOWN | {"duration": 90}, RECORD | ill)
    ).to_dict("records")

    assert rows[0] == {
        "group": "g",
        "kind": "alert",
        "rule": "Down",
        "declared_expression": 'up{job="web", x="1"} == 0',
        "loaded_expression": 'up{job="web",x="1"} == 0',
        "declared_for_s": 60,
        "loaded_for_s": 90,
        "declared_labels": "severity=critical",
        "loaded_labels": "severity=critical",
        "declared_annotations": "summary=s",
        "loaded_annotations": "summary=s",
        "health": "ok",
        "last_error": "",
        "differs": "for",
    }
    assert [rows[1][name] for name in ("kind", "rule", "health", "last_error", "differs")] == [
        *("record", "r", "err", "many-to-many", "")
    ]


def test_what_only_one_side_has_is_a_row():
    ours = declared(CONFIG.replace("web", "api"), RULES.replace("Down", "Gone"))

    assert prometheus_drift.scrape_job_table(ours, loaded())[["job", "differs"]].to_numpy().tolist() == [
        ["api", "not loaded"],
        ["web", "not declared"],
    ]
    assert prometheus_drift.prometheus_rule_table(ours, loaded())[["rule", "differs"]].to_numpy().tolist() == [
        ["Down", "not declared"],
        ["Gone", "not loaded"],
        ["r", ""],
    ]


@pytest.mark.parametrize(
    "config",
    [
        CONFIG.replace("30s", "1m").replace("job_name: web", "job_name: web\n  scrape_interval: 30000ms"),
        CONFIG.replace("job_name: web", "job_name: web\n  honor_timestamps: yes"),
        CONFIG.replace("job_name: web", "job_name: web\n  honor_labels: no\n  sample_limit: 0\n  params: {}"),
        CONFIG.replace("job_name: web", "job_name: web\n  scheme: http\n  relabel_configs:"),
        "x: &all {job_name: web, static_configs: [{targets: [a:80, b:80]}]}\n"
        "global: {scrape_interval: 30s}\nscrape_configs: [{<<: *all}]",
        '{"global": {"scrape_interval": "30s"}, "scrape_configs": '
        '[{"job_name": "web", "static_configs": [{"targets": ["a:80", "b:80"]}]}]}',
    ],
)
def test_the_same_configuration_in_other_words_is_fine(config):
    assert told(declared(config), loaded()) == FINE


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ("scrape_interval: 2m", "with scrape_interval 30s, and git declares 2m"),
        ("scrape_timeout: 5s", "with scrape_timeout 10s, and git declares 5s"),
        ("metrics_path: /m", "with metrics_path /metrics, and git declares /m"),
        ("scheme: https", "with scheme http, and git declares https"),
        ("honor_timestamps: false", "with honor_timestamps true, and git declares false"),
        ("honor_labels: true", "without honor_labels, and git declares true"),
        ("params: {match: ['']}", "without params.match, and git declares "),
        ("basic_auth: {username: u}", "without basic_auth.username, and git declares u"),
        ("relabel_configs: [{regex: a}]", "without relabel_configs[0].regex, and git declares a"),
    ],
)
def test_each_setting_of_a_job_counts(job, sentence):
    assert told(declared(CONFIG.replace("job_name: web", f"job_name: web\n  {job}")), loaded()) == [
        (WARNING, "scrape job web", f"is loaded {sentence} (ConfigMap/p in trino): {ANEW}")
    ]


@pytest.mark.parametrize(
    ("job", "path"),
    [
        ("sample_limit: 5", "sample_limit"),
        ("proxy_url: http://p", "proxy_url"),
        ("tls_config: {insecure_skip_verify: true}", "tls_config.insecure_skip_verify"),
        ("basic_auth: {password: <secret>}", "basic_auth.password"),
        ("metric_relabel_configs: [{regex: x, action: drop}]", "metric_relabel_configs[0].regex"),
    ],
)
def test_what_git_does_not_declare_of_a_job_is_found(job, path):
    theirs = loaded(LOADED_CONFIG.replace("honor_timestamps: true", job))

    [(severity, subject, sentence)] = told(declared(), theirs)
    assert (severity, subject) == (WARNING, "scrape job web")
    assert sentence.startswith(f"is loaded with {path} ")


def test_the_usual_settings_of_a_newer_prometheus_are_fine():
    newer = "scrape_protocols: [OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0, PrometheusText0.0.4]\n"
    newer += "  enable_compression: true\n  track_timestamps_staleness: false\n  metric_name_validation_scheme: utf8"

    assert told(declared(), loaded(LOADED_CONFIG.replace("honor_timestamps: true", newer))) == FINE


def test_jobs_take_over_what_is_said_for_all():
    ours = CONFIG.replace("30s", "5s, sample_limit: 9")
    theirs = LOADED_CONFIG.replace("30s", "5s").replace("10s", "5s").replace("scheme:", "sample_limit: 9\n  scheme:")

    assert told(declared(ours), loaded(theirs)) == FINE


def test_a_bearer_token_is_an_authorization():
    ours = CONFIG.replace("job_name: web", "job_name: web\n  bearer_token_file: /t")
    theirs = LOADED_CONFIG.replace("scheme:", "authorization: {type: Bearer, credentials_file: /t}\n  scheme:")

    assert told(declared(ours), loaded(theirs)) == FINE


HASH = "hmac-sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (HASH, "<secret>", True),
        (f"http://u:{HASH}@h/w", "http://u:<secret>@h/w", True),
        (f"http://u:{HASH}@h/w", "http://u:<secret>@i/w", False),
        ("http://u:p@h/w", "http://u:xxxxx@h/w", True),
        ("http://u:p@h/w", "http://u:xxxxx@h/x", False),
        ("plain", "<secret>", True),
        ("<secret>", "plain", True),
        ("a <secret> b", "a plain c", False),
    ],
)
def test_a_secret_is_not_compared_and_what_stands_around_it_is(ours, theirs, same):
    assert (differing_settings({"url": ours}, {"url": theirs}) == {}) == same


@pytest.mark.parametrize(
    ("time", "known"),
    [("1m30s", 90), ("90s", 90), ("1h", 3600), ("1d2h", 93_600), ("500ms", 0.5), ("0", 0), ("", None), ("5", None)],
)
def test_times_are_seconds(time, known):
    assert duration_seconds(time) == known


@pytest.mark.parametrize("path", ["regex", "labels.a", "params.a", "annotations.for", "target_label"])
def test_what_is_a_text_to_prometheus_is_compared_as_one(path):
    assert differing_settings({path: "yes"}, {path: "true"}) == {path: ("yes", "true")}
    assert differing_settings({path: "60s"}, {path: "1m"}) == {path: ("60s", "1m")}


def test_an_empty_label_is_not_the_same_as_none():
    assert differing_settings({"labels.a": ""}, {}) == {"labels.a": ("", None)}
    assert differing_settings({"interval": ""}, {}) == {}


def test_lists_are_settings_too():
    assert flatten_settings({"a": [{"b": [2, True]}, {"targets": ["y", "x"]}], "c": None, "d": []}) == {
        "a[0].b": "2, true",
        "a[1].targets": "x, y",
    }


@pytest.mark.parametrize(
    ("before", "after", "severity", "sentence"),
    [
        ("== 0", "== 1", CRITICAL, 'with expr up{job="web",x="1"} == 0, and git declares up{job="web", x="1"} == 1'),
        ("for: 1m", "for: 2m", WARNING, "with for 60s, and git declares 2m"),
        ("for: 1m, ", "", WARNING, "with for 60s, which git does not declare"),
        ("summary: s", "summary: t", WARNING, "with annotations.summary s, and git declares t"),
        ("severity: critical", "severity: page", WARNING, "with labels.severity critical, and git declares page"),
        ("critical}", "critical, a: b}", WARNING, "without labels.a, and git declares b"),
        ("for: 1m", "for: 1m, keep_firing_for: 1m", WARNING, "with keep_firing_for 0s, and git declares 1m"),
    ],
)
def test_each_part_of_an_alert_counts(before, after, severity, sentence):
    assert told(declared(CONFIG, RULES.replace(before, after)), loaded()) == [
        (severity, "alert Down of group g", f"is loaded {sentence} (ConfigMap/p in trino): {ANEW}")
    ]


def test_a_critical_alert_that_is_called_so_no_more_is_critical():
    [found] = prometheus_drift.prometheus_findings(
        declared(), loaded(LOADED_CONFIG, DOWN | {"labels": {"severity": "warning"}}, RECORD)
    )

    assert found.severity == CRITICAL
    assert found.details == {
        "path": "groups[name=g].rules[alert=Down].labels.severity",
        "declared": "critical",
        "live": "warning",
    }


def test_an_alert_that_is_not_loaded_is_as_grave_as_git_calls_it():
    assert told(declared(), loaded(LOADED_CONFIG, RECORD)) == [
        (CRITICAL, "alert Down of group g", f"is declared in ConfigMap/p in trino and not loaded: {LACKS}")
    ]
    assert told(declared(CONFIG, RULES.replace("critical", "page")), loaded(LOADED_CONFIG, RECORD)) == [
        (WARNING, "alert Down of group g", f"is declared in ConfigMap/p in trino and not loaded: {LACKS}")
    ]


def test_rules_and_jobs_that_nobody_declared_are_found():
    theirs = loaded(LOADED_CONFIG + "- {job_name: mine}\n", DOWN, RECORD, RECORD | {"name": "mine"})

    assert told(declared(), theirs) == [
        (WARNING, "scrape job mine", "is loaded, and git does not declare it: declare it, or take it out"),
        (WARNING, "record mine of group g", "is loaded, and git does not declare it: declare it, or take it out"),
    ]


def test_a_rule_that_cannot_be_evaluated_is_critical():
    ill = RECORD | {"health": "err", "lastError": "many-to-many"}

    assert told(declared(), loaded(LOADED_CONFIG, DOWN, ill)) == [
        (CRITICAL, "record r of group g", "cannot be evaluated: many-to-many")
    ]


def test_alerts_of_one_name_are_told_apart():
    two = (
        "groups: [{name: g, rules: [{alert: A, expr: x > 1, labels: {l: a}}, {alert: A, expr: x > 2, labels: {l: b}}]}]"
    )
    first, second = (
        {"type": "alerting", "name": "A", "query": f"x > {n}", "labels": {"l": label}}
        for n, label in ((1, "a"), (2, "b"))
    )

    assert told(declared(CONFIG, two), loaded(LOADED_CONFIG, second, first))[0][0] == OK
    [found] = told(declared(CONFIG, two), loaded(LOADED_CONFIG, second | {"query": "x > 3"}, first))
    assert found[2].startswith("is loaded with expr x > 3, and git declares x > 2 ")
    assert [each[1] for each in told(declared(CONFIG, two), loaded(LOADED_CONFIG, second))] == ["alert A of group g"]


def test_a_rule_takes_the_labels_of_its_group_and_what_yaml_takes_for_numbers_is_text():
    ours = "groups: [{name: g, labels: {a: 1, b: 2}, rules: [{alert: A, expr: 1, labels: {b: yes, c: 010}}]}]"
    theirs = {"type": "alerting", "name": "A", "query": "1", "labels": {"a": "1", "b": "yes", "c": "010"}}

    assert told(declared(CONFIG, ours), loaded(LOADED_CONFIG, theirs))[0][0] == OK


def test_how_often_a_group_is_evaluated_counts():
    assert told(declared(), loaded(interval=30)) == [
        (WARNING, "Prometheus", f"is loaded with groups[name=g].interval 30s, and git declares 1m: {ANEW}")
    ]
    assert told(declared(CONFIG, RULES.replace("name: g", "name: g\n  interval: 30s")), loaded(interval=30)) == FINE


def test_what_else_is_told_is_compared():
    more = "alerting: {alertmanagers: [{static_configs: [{targets: [a:1]}]}]}\nremote_write: [{url: http://w}]\n"
    usual = "alerting: {alertmanagers: [{follow_redirects: true, enable_http2: true, scheme: http, timeout: 10s, "
    usual += "api_version: v2, static_configs: [{targets: [a:1]}]}]}\n"
    usual += "remote_write: [{url: http://w, remote_timeout: 30s, queue_config: {max_shards: 200}}]\n"

    assert told(declared(CONFIG + more), loaded(LOADED_CONFIG + usual)) == FINE
    assert prometheus_drift.prometheus_setting_table(declared(CONFIG + more), loaded())["setting"].tolist() == [
        "alerting.alertmanagers[0].static_configs[0].targets",
        "remote_write[0].url",
    ]


MONITORS = """
kind: ServiceMonitor
metadata: {name: s}
spec: {endpoints: [{port: a, interval: 30s}, {port: b, path: /m, scheme: HTTPS}]}
---
kind: PodMonitor
metadata: {name: p, namespace: other}
spec: {podMetricsEndpoints: [{port: a, scrapeTimeout: 5s}]}
---
apiVersion: monitoring.coreos.com/v1
kind: Probe
metadata: {name: b}
spec: {interval: 1m}
---
apiVersion: monitoring.coreos.com/v1alpha1
kind: ScrapeConfig
metadata: {name: c}
spec: {scrapeInterval: 1m, metricsPath: /m}
---
kind: PrometheusRule
metadata: {name: r}
spec: {groups: [{name: g, interval: 1m, rules: [{record: r, expr: sum(up) by (job)}]}]}
"""
OPERATED = """
global: {external_labels: {prometheus: operated}}
scrape_configs:
- {job_name: serviceMonitor/trino/s/0, scrape_interval: 30s, honor_labels: true}
- {job_name: serviceMonitor/trino/s/1, metrics_path: /m, scheme: https}
- {job_name: podMonitor/other/p/0, scrape_timeout: 5s}
- {job_name: probe/trino/b, scrape_interval: 60s, metrics_path: /probe}
- {job_name: scrapeConfig/trino/c, scrape_interval: 1m, metrics_path: /m}
"""


def test_what_an_operator_makes_of_monitors_is_fine():
    assert told(objects(MONITORS), loaded(OPERATED, RECORD)) == [
        (OK, "Prometheus", "has loaded what git declares: 5 scrape jobs and 1 rule")
    ]


def test_jobs_of_something_else_are_not_those_of_an_operated_prometheus():
    other = config_map("o", {"other.yml": CONFIG.replace("web", "logs")})

    ours = objects(MONITORS, workload("shipper", **mounting("o", "/etc/shipper")), other)
    assert told(ours, loaded(OPERATED, RECORD))[0][0] == OK


def test_a_monitor_with_another_interval_and_one_that_is_not_loaded_are_found():
    theirs = loaded(OPERATED.replace("30s", "10s").replace("trino/c", "trino/d"), RECORD, interval=30)

    found = "is declared in ScrapeConfig/c in trino and not loaded"
    assert told(objects(MONITORS), theirs) == [
        (WARNING, "scrape job scrapeConfig/trino/c", f"{found}: {LACKS}"),
        (
            WARNING,
            "scrape job scrapeConfig/trino/d",
            "is loaded, and git does not declare it: declare it, or take it out",
        ),
        (
            WARNING,
            "scrape job serviceMonitor/trino/s/0",
            f"is loaded with scrape_interval 10s, and git declares 30s (ServiceMonitor/s in trino): {ANEW}",
        ),
        (WARNING, "Prometheus", f"is loaded with groups[name=g].interval 30s, and git declares 1m: {ANEW}"),
    ]


def test_of_several_configurations_the_one_that_is_loaded_is_meant():
    other = config_map("o", {"other.yml": CONFIG.replace("web", "logs"), "rules.yml": RULES.replace("Down", "Other")})
    mounts = workload("a-shipper", **mounting("o", "/etc/shipper"))

    assert told(declared(CONFIG, RULES, mounts, other), loaded()) == FINE


def test_rules_that_nobody_mounts_are_declared_too():
    rules = config_map("rules", {"more.yml": RULES.replace("Down", "More").replace("record: r", "record: s")})

    other = config_map("other", {"more.yml": CONFIG.replace("web", "other")})

    found = told(declared(CONFIG, RULES, rules, other), loaded())
    assert [subject for _, subject, _ in found] == ["alert More of group g", "record s of group g"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("groups: [\n", 2), ("groups:\n- {a: b\n", 3), ("groups:\n- !what {}\n", 2)],
)
def test_rules_that_are_no_yaml_are_critical_and_the_rest_goes_on(text, line):
    theirs = loaded(LOADED_CONFIG + "- {job_name: perhaps-declared-there}\n")

    found = told(declared(CONFIG.replace("30s", "2m"), text), theirs)

    assert [each[:2] for each in found] == [(CRITICAL, "ConfigMap/p in trino"), (WARNING, "scrape job web")]
    begin = f"could not be compared with what is loaded: key rules.yml, line {line} is no YAML: "
    assert found[0][2].startswith(begin)


def test_config_maps_that_could_not_be_read_are_critical():
    ours = declared()
    partly = Objects(ours.side, ours.items, unread={"ConfigMap in other": "forbidden"})

    assert told(partly, loaded()) == [
        (CRITICAL, "ConfigMap in other", "could not be read, and may tell Prometheus something: forbidden")
    ]


def test_a_prometheus_that_could_not_be_asked_is_critical():
    assert prometheus_drift.prometheus_findings(declared(), PrometheusState(problem="nobody answered")) == [
        Finding(CRITICAL, "Prometheus", "could not be looked at: nobody answered")
    ]


def test_a_prometheus_of_which_git_knows_nothing_is_critical():
    assert told(objects(workload("web")), loaded()) == [
        (
            CRITICAL,
            "Prometheus",
            "could not be compared: git declares no scrape job and no rule that it could have loaded",
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "groups: 1",
        "groups: [1, {rules: 2}, {rules: [3, {}]}]",
        "scrape_configs: {a: b}",
        "scrape_configs: [1]",
        "groups:",
    ],
)
def test_what_is_no_rule_and_no_job_ends_in_no_error(text):
    assert prometheus_drift.prometheus_findings(declared(CONFIG, text), loaded())
    assert prometheus_drift.prometheus_findings(declared(text, RULES), loaded())
    assert len(prometheus_drift.scrape_job_table(objects(), PrometheusState(problem="x"))) == 0


def test_long_expressions_are_cut_in_the_sentence_and_not_in_the_details():
    long = " + ".join(["up"] * 60)

    [found] = prometheus_drift.prometheus_findings(declared(CONFIG, RULES.replace("sum(up) by (job)", long)), loaded())
    assert found.sentence.count("up") == 24 + 1
    assert (found.details["declared"], found.details["live"]) == (long, "sum by (job) (up)")
