"""A real Prometheus is told something else than git declares, and exactly that is found."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.architecture.objects import config_map, mounting, objects, workload
from tests.drift.categories.prometheus.test_promql import EXPRESSIONS
from tests.servers import prometheus as server
from tests.servers.__main__ import CACHE
from tests.servers.process import wait

from trinokit.clusters_file import PrometheusAccess
from trinokit.drift.categories.checks import prometheus_drift
from trinokit.drift.categories.prometheus.promql import canonical_promql
from trinokit.findings import CRITICAL, OK, WARNING
from trinokit.objects import Objects
from trinokit.observations import PrometheusState
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.prometheus_configuration import dump_prometheus, read_prometheus

NO_SECRET = ApiServer(None).secret_data
WHERE = PrometheusAccess(server.URL)
ANEW = "apply it if the cluster's object differs too, else reload Prometheus"


def load() -> PrometheusState:
    return read_prometheus(WHERE, NO_SECRET)


@pytest.fixture
def folder(prometheus):
    """The folder of the server, whose files are after the test what they were before."""
    before = {path: path.read_text() for path in (prometheus / "prometheus.yml", *(prometheus / "rules").iterdir())}
    yield prometheus
    for path in (prometheus / "rules").iterdir():
        if path not in before:
            path.unlink()
    for path, text in before.items():
        path.write_text(text)
    server.reload()


@pytest.fixture(scope="session")
def declared(prometheus) -> Objects:
    """What git declares of it, in ConfigMaps that a workload mounts."""
    told = server.files(CACHE)
    data = {path.removeprefix("rules/"): text for path, text in told.items()}
    return objects(workload("prometheus", **mounting("p", "/etc/prometheus")), config_map("p", data), side="declared")


def changed(path: Path, change: Callable[[dict], None]) -> PrometheusState:
    """What the server has loaded after the *change* of the YAML in *path*."""
    body = yaml.safe_load(path.read_text())
    change(body)
    path.write_text(yaml.safe_dump(body))
    server.reload()
    return load()


def found(declared: Objects, loaded: PrometheusState) -> list[tuple]:
    return [
        (each.severity, each.subject, each.sentence) for each in prometheus_drift.prometheus_findings(declared, loaded)
    ]


def rule(body: dict, name: str) -> dict:
    [found] = [rule for group in body["groups"] for rule in group["rules"] if rule["alert"] == name]
    return found


def test_a_prometheus_that_does_what_git_tells_it_is_fine(declared, prometheus):
    loaded = load()

    assert loaded.version.startswith("2.")
    assert found(declared, loaded) == [
        (OK, "Prometheus", "has loaded what git declares: 9 scrape jobs and 12 rules"),
    ]
    assert set(prometheus_drift.scrape_job_table(declared, loaded)["differs"]) == {""}
    assert set(prometheus_drift.prometheus_rule_table(declared, loaded)["differs"]) == {""}
    assert prometheus_drift.prometheus_setting_table(declared, loaded).empty


def test_another_interval_is_found(declared, folder):
    def change(body):
        body["scrape_configs"][4]["scrape_interval"] = "2m"

    loaded = changed(folder / "prometheus.yml", change)

    [finding] = prometheus_drift.prometheus_findings(declared, loaded)
    assert (finding.severity, finding.subject) == (WARNING, "scrape job minio")
    assert finding.sentence == (
        f"is loaded with scrape_interval 2m, and git declares 30s (ConfigMap/p in trino): {ANEW}"
    )
    assert finding.details == {
        "path": "scrape_configs[job_name=minio].scrape_interval",
        "declared": "30s",
        "live": "2m",
    }


def test_the_interval_of_all_is_found_in_each_job_and_group(declared, folder):
    def change(body):
        body["global"] |= {"scrape_interval": "5s", "evaluation_interval": "1m"}

    loaded = changed(folder / "prometheus.yml", change)

    subjects = [subject for _, subject, _ in found(declared, loaded)]
    assert [subject.startswith("scrape job ") for subject in subjects].count(True) == 9
    assert list(prometheus_drift.scrape_job_table(declared, loaded)["differs"])[0] == "scrape_interval, scrape_timeout"
    assert list(prometheus_drift.prometheus_setting_table(declared, loaded)["setting"]) == [
        "global.evaluation_interval",
        "groups[name=data].interval",
        "groups[name=trino].interval",
    ]


def test_jobs_that_come_and_go_are_found(declared, folder):
    def change(body):
        body["scrape_configs"][4] = {"job_name": "mine", "static_configs": [{"targets": ["127.0.0.1:9"]}]}

    assert [each[:2] for each in found(declared, changed(folder / "prometheus.yml", change))] == [
        (WARNING, "scrape job mine"),
        (WARNING, "scrape job minio"),
    ]


def test_another_target_is_found(declared, folder):
    def change(body):
        body["scrape_configs"][5]["static_configs"][0]["targets"] = ["127.0.0.1:9121"]

    [(_, subject, sentence)] = found(declared, changed(folder / "prometheus.yml", change))
    assert (subject, sentence.partition(",")[0]) == (
        "scrape job redis",
        "is loaded with static_configs[0].targets 127.0.0.1:9121",
    )


def test_alerts_that_are_lost_changed_and_added_are_found(declared, folder):
    def change(body):
        body["groups"][0]["rules"].remove(rule(body, "TrinoWorkersMissing"))
        rule(body, "MysqlDown")["expr"] = "mysql_up < 0"
        rule(body, "TargetDown")["for"] = "20m"
        rule(body, "RedisDown")["annotations"]["summary"] = "Never mind."
        body["groups"][1]["rules"].append({"alert": "Mine", "expr": "up == 2"})

    assert found(declared, changed(folder / "rules" / "platform.yaml", change)) == [
        (WARNING, "alert Mine of group data", "is loaded, and git does not declare it: declare it, or take it out"),
        (
            CRITICAL,
            "alert MysqlDown of group data",
            f"is loaded with expr mysql_up < 0, and git declares mysql_up == 0 (ConfigMap/p in trino): {ANEW}",
        ),
        (
            WARNING,
            "alert RedisDown of group data",
            "is loaded with annotations.summary Never mind., and git declares Redis does not answer: "
            f"catalog redis does neither. (ConfigMap/p in trino): {ANEW}",
        ),
        (
            WARNING,
            "alert TargetDown of group data",
            f"is loaded with for 1200s, and git declares 10m (ConfigMap/p in trino): {ANEW}",
        ),
        (
            CRITICAL,
            "alert TrinoWorkersMissing of group trino",
            "is declared in ConfigMap/p in trino and not loaded: apply it if the cluster lacks it too, "
            "else reload Prometheus, or see in its log why it refused",
        ),
    ]


def test_the_same_rules_in_another_layout_are_fine(declared, folder):
    def change(body):
        rule(body, "TrinoWorkersMissing")["expr"] = "(sum( up{job='trino-worker'} )\n or vector(0)) < 3.0"
        rule(body, "HiveMetastoreGone")["for"] = "300s"
        body["groups"].reverse()

    assert found(declared, changed(folder / "rules" / "platform.yaml", change))[0][0] == OK


def test_files_that_were_not_loaded_do_not_count(declared, folder):
    (folder / "rules" / "platform.yaml").write_text("groups: []\n")

    assert found(declared, load())[0][0] == OK


def test_a_rule_that_cannot_be_evaluated_is_found(declared, folder):
    text = yaml.safe_dump(
        {"groups": [{"name": "ill", "interval": "1s", "rules": [{"record": "r", "expr": "up + on() up"}]}]}
    )
    (folder / "rules" / "ill.yaml").write_text(text)
    server.reload()

    assert wait(lambda: any(each[0] == CRITICAL for each in found(declared, load())), 60)
    grave = [each for each in found(declared, load()) if each[0] == CRITICAL]
    assert [subject for _, subject, _ in grave] == ["record r of group ill"]
    assert grave[0][2].startswith("cannot be evaluated: found duplicate series for the match group {}")


def test_what_else_prometheus_is_told_is_found(declared, folder):
    def change(body):
        body["global"]["external_labels"] = {"cluster": "mine"}
        body["remote_write"] = [{"url": "http://u:opensesame@127.0.0.1:9/w"}]
        body["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]}

    loaded = changed(folder / "prometheus.yml", change)

    assert prometheus_drift.prometheus_setting_table(declared, loaded).astype(object).fillna(
        "–"
    ).to_numpy().tolist() == [
        ["alerting.alertmanagers[0].static_configs[0].targets", "–", "127.0.0.1:9093"],
        ["global.external_labels.cluster", "–", "mine"],
        ["remote_write[0].url", "–", "http://u:<secret>@127.0.0.1:9/w"],
    ]
    assert "opensesame" not in dump_prometheus(loaded).decode()


def test_prometheus_prints_an_expression_anew_and_it_means_the_same(folder):
    rules = [{"record": f"r{number}", "expr": text} for number, text in enumerate(EXPRESSIONS)]
    (folder / "rules" / "printed.yaml").write_text(yaml.safe_dump({"groups": [{"name": "printed", "rules": rules}]}))
    server.reload()

    [printed] = [group["rules"] for group in load().groups if group["name"] == "printed"]
    assert [canonical_promql(each["query"]) for each in printed] == [canonical_promql(text) for text in EXPRESSIONS]
    assert sum(each["query"] != text for each, text in zip(printed, EXPRESSIONS, strict=True)) > 15
