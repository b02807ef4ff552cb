"""Addresses are found wherever a workload is configured, with the place where they stand."""

from tests.architecture.objects import config_map, mounting, objects, workload

from trinokit.architecture import address_mentions, workloads
from trinokit.findings import CRITICAL, OK, Finding


def mentioned(web: dict, *others: dict) -> list[tuple]:
    everything = objects(web, *others)
    found = address_mentions.address_mentions(workloads.find_workloads(everything)[0], everything)
    return [(each.address.protocol, each.address.written, each.evidence, each.key) for each in found]


def test_a_catalog_mentions_its_metastore():
    data = {"hive.properties": "hive.metastore.uri=thrift://hms.hive:9083", "tpch.properties": "connector.name=tpch"}

    assert mentioned(workload("web", **mounting("c")), config_map("c", data)) == [
        ("thrift", "thrift://hms.hive:9083", "ConfigMap/c", "hive.properties: hive.metastore.uri")
    ]


def test_only_the_keys_that_are_mounted_count():
    items = [{"key": "a.properties", "path": "a.properties"}]
    data = {"a.properties": "url=http://a:1", "b.properties": "url=http://b:1"}

    assert mentioned(workload("web", **mounting("c", items=items)), config_map("c", data)) == [
        ("http", "http://a:1", "ConfigMap/c", "a.properties: url")
    ]


def test_variables_in_a_file_are_those_of_the_workload_that_mounts_it():
    parts = mounting("c")
    parts["container"]["env"] = [
        {"name": "METASTORE", "value": "hms"},
        {"name": "DB", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ]
    text = "hive.metastore.uri=thrift://${ENV:METASTORE}:9083\nconnection-url=jdbc:mysql://${ENV:DB}:3306"

    assert mentioned(workload("web", **parts), config_map("c", {"a.properties": text})) == [
        ("thrift", "thrift://hms:9083", "ConfigMap/c", "a.properties: hive.metastore.uri"),
        ("mysql", "jdbc:mysql://${ENV:DB}:3306", "ConfigMap/c", "a.properties: connection-url"),
    ]


def test_a_name_service_of_hadoop_is_no_host():
    text = """<configuration>
      <property><name>dfs.nameservices</name><value>ns1</value></property>
      <property><name>fs.defaultFS</name><value>hdfs://ns1</value></property>
      <property><name>dfs.namenode.rpc-address.ns1.nn1</name><value>nn1.hdfs:8020</value></property>
    </configuration>"""

    assert mentioned(workload("web", **mounting("c")), config_map("c", {"hdfs-site.xml": text})) == [
        ("hdfs", "nn1.hdfs:8020", "ConfigMap/c", "hdfs-site.xml: dfs.namenode.rpc-address.ns1.nn1")
    ]


def test_the_environment_mentions_hosts_with_the_port_beside_them():
    env = [{"name": "REDIS_HOST", "value": "redis"}, {"name": "REDIS_PORT", "value": "6380"}]

    assert mentioned(workload("web", container={"env": env})) == [
        ("redis", "redis:6380", "Deployment/web", "env REDIS_HOST")
    ]


def test_an_address_in_a_secret_is_noted_and_a_password_is_not():
    env = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}} for name in ("DB_URL", "DB_PASSWORD")
    ]

    assert mentioned(workload("web", container={"env": env})) == [
        ("unknown", "$(DB_URL)", "Deployment/web", "env DB_URL")
    ]


def test_a_config_map_can_be_the_environment():
    web = workload("web", container={"envFrom": [{"configMapRef": {"name": "c"}}]})

    assert mentioned(web, config_map("c", {"METASTORE_URI": "thrift://hms:9083"})) == [
        ("thrift", "thrift://hms:9083", "Deployment/web", "env METASTORE_URI")
    ]


def test_arguments_mention_addresses_in_every_form():
    container = {
        "command": ["server", "http://peer-{0...1}:9000/data"],
        "args": ["--uri=thrift://a:1", "--endpoint", "minio:9000", "--web.external-url=https://x.example.com", "-v"],
        "env": [{"name": "H", "value": "late"}],
    }
    script = {"args": ["sh", "-c", "until curl -s http://$(H):80/health; do sleep 1; done"], "env": container["env"]}

    assert mentioned(workload("web", container=container)) == [
        ("http", "http://peer-0:9000", "Deployment/web", "args"),
        ("http", "http://peer-1:9000", "Deployment/web", "args"),
        ("thrift", "thrift://a:1", "Deployment/web", "args --uri"),
        ("tcp", "minio:9000", "Deployment/web", "args --endpoint"),
    ]
    assert mentioned(workload("web", container=script)) == [("http", "http://late:80", "Deployment/web", "args")]


def test_a_script_mentions_addresses_outside_its_comments():
    script = "#!/bin/sh\n# see http://example.com\nmc alias set s http://minio:9000\n"

    assert mentioned(workload("web", **mounting("c")), config_map("c", {"setup.sh": script})) == [
        ("http", "http://minio:9000", "ConfigMap/c", "setup.sh")
    ]


def test_rules_and_dashboards_are_for_people():
    data = {
        "rules.yml": "groups:\n- name: a\n  rules: [{alert: A, annotations: {url: 'http://wiki.example.com'}}]",
        "board.json": '{"title": "x", "panels": [{"url": "http://grafana.example.com"}]}',
    }

    assert mentioned(workload("web", **mounting("c")), config_map("c", data)) == []


def test_a_text_that_cannot_be_read_is_found():
    everything = objects(workload("web", **mounting("c")), config_map("c", {"a.json": "{"}))

    [finding] = address_mentions.unreadable_config_findings(everything)

    assert (finding.severity, finding.subject) == (CRITICAL, "ConfigMap/c in trino")
    assert finding.sentence.startswith("could not be read: a.json: Expecting property name")


def test_texts_that_can_be_read_are_fine():
    everything = objects(workload("web", **mounting("c")), config_map("c", {"a.json": "{}", "b": "x"}))

    assert address_mentions.unreadable_config_findings(everything) == [
        Finding(OK, "configuration", "2 texts that workloads mount could be read")
    ]
