"""Settings are read from every kind of text that configures something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trinokit.architecture.settings_parser import ParsedConfig, Setting, parse_settings


def read(name: str, text: str) -> dict[str, str]:
    found = parse_settings(name, text)
    assert found.problem == ""
    return {each.key: each.value for each in found.settings}


def test_properties_are_read_as_java_does():
    text = "# a comment\nhive.metastore.uri = thrift://a:9083,\\\n   thrift://b:9083\n! another\nempty\nurl:jdbc\\:x\n"

    assert read("hive.properties", text) == {
        "hive.metastore.uri": "thrift://a:9083,thrift://b:9083",
        "empty": "",
        "url": "jdbc:x",
    }


def test_hadoop_xml_has_names_and_values():
    text = """<?xml version="1.0"?>
    <configuration>
      <!-- <property><name>old</name><value>1</value></property> -->
      <property><name> fs.s3a.endpoint </name><value>http://minio:9000</value><final>true</final></property>
      <property><name>empty</name><value/></property>
    </configuration>"""

    assert read("core-site.xml", text) == {"fs.s3a.endpoint": "http://minio:9000"}


def test_yaml_is_flattened_and_named_entries_keep_their_names():
    text = """
global: {scrape_interval: 30s}
scrape_configs:
  - job_name: trino
    static_configs:
      - targets: [trino:8080, worker:8080]
---
second: null
1: true
"""

    assert [(each.key, each.value) for each in parse_settings("prometheus.yml", text).settings] == [
        ("global.scrape_interval", "30s"),
        ("scrape_configs[trino].job_name", "trino"),
        ("scrape_configs[trino].static_configs[0].targets", "trino:8080"),
        ("scrape_configs[trino].static_configs[0].targets", "worker:8080"),
        ("1", "True"),
    ]


def test_json_is_flattened():
    assert read("rules.json", '{"a": {"b": [{"name": "x", "c": 1}]}}') == {"a.b[x].name": "x", "a.b[x].c": "1"}


@pytest.mark.parametrize("name", ["redis.conf", "my.cnf", "jvm.config", "plain"])
def test_lines_have_a_key_and_a_value(name):
    text = "[mysqld]\n# port 1\nport 6379\nhost = db\n-Dhttp.proxyHost=proxy\nexport NAME='x y'\n-Xmx8G\n"

    assert read(name, text) == {"port": "6379", "host": "db", "http.proxyHost": "proxy", "NAME": "x y"}


def test_a_bare_value_stands_under_the_name_of_its_key():
    assert read("METASTORE_URI", "thrift://a:9083\n") == {"METASTORE_URI": "thrift://a:9083"}


@pytest.mark.parametrize("name", ["setup.sh", "ca.crt", "notes.md", "page.tmpl"])
def test_programs_and_prose_have_no_settings(name):
    assert read(name, "a = http://b:80\nc: d") == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.xml", "<configuration><property>"),
        ("a.yaml", "a: [1"),
        ("a.json", "{"),
        ("a.properties", "a=\\uXYZ"),
        ("a.yaml", "2026-13-45"),
        ("a.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
        ("a.yaml", "[" * 5000),
        ("a.json", "[" * 100_000),
    ],
)
def test_what_cannot_be_read_says_why(name, text):
    found = parse_settings(name, text)

    assert found.settings == ()
    assert found.problem


def test_a_text_that_multiplies_itself_is_walked_once():
    lines = ["a0: &a0 [x]"] + [f"a{place}: &a{place} [*a{place - 1}, *a{place - 1}]" for place in range(1, 40)]

    assert parse_settings("a.yaml", "\n".join(lines)) == ParsedConfig((Setting("a0", "x"),))


@given(name=st.sampled_from(["a.properties", "a.xml", "a.yaml", "a.json", "a.conf", "A"]), text=st.text())
def test_no_text_is_too_strange(name, text):
    assert isinstance(parse_settings(name, text), ParsedConfig)
