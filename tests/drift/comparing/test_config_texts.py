"""Texts inside ConfigMaps are compared by key, and nothing of them is lost."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trinokit.drift.comparing.config_texts import text_differences
from trinokit.drift.differences import ABSENT

NAMES = ["a.properties", "a.xml", "a.yaml", "a.json", "jvm.config", "a.conf", "my.cnf", "a.ini", "a.sh", "plain"]
WORDS = st.text("abcxyz-_", min_size=1, max_size=6)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
TREES = st.dictionaries(
    WORDS,
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3)),
    min_size=1,
    max_size=4,
)


def hadoop(*properties: str) -> str:
    return f"<configuration>{''.join(f'<property>{each}</property>' for each in properties)}</configuration>"


def named(name: str, value: str, more: str = "") -> str:
    return f"<name>{name}</name><value>{value}</value>{more}"


@pytest.mark.parametrize(
    ("name", "declared", "live", "found"),
    [
        ("hive.properties", "a=1\nb = 2\n", "b: 3\na=1\nc=\n", [(("b",), "2", "3"), (("c",), ABSENT, "")]),
        ("a.properties", "url=a\\\n  b", "url=a", [(("url",), "ab", "a")]),
        ("a.properties", "a=1 ", "a=1", [(("a",), "1 ", "1")]),
        ("core-site.xml", hadoop(named("a", "1")), hadoop(named(" a ", "2")), [(("a",), "1", "2")]),
        ("a.xml", hadoop(named("a", "1")), hadoop(named("a", " 1")), [(("a",), "1", " 1")]),
        (
            "a.xml",
            hadoop(named("a", "1"), named("b", "")),
            hadoop(named("a", "1", "<final>true</final>"), "<name>c</name>", named("d", "1", "<final>true</final>")),
            [
                (("a", "final"), ABSENT, "true"),
                (("b",), "", ABSENT),
                (("c",), ABSENT, None),
                (("d",), ABSENT, {"value": "1", "final": "true"}),
            ],
        ),
        (
            "a.xml",
            hadoop(),
            f'<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?>{hadoop()}',
            [(('<?xml-stylesheet href="a.xsl"?>',), ABSENT, {})],
        ),
        ("a.yaml", "a: 1\nb: null", "a: '1'", [(("a",), 1, "1"), (("b",), None, ABSENT)]),
        ("a.yaml", "a: {b: true}", "a: {b: 'true'}", [(("a", "b"), True, "true")]),
        ("a.yaml", "a: 010", "a: 8", [(("a",), "010", 8)]),
        ("a.yaml", "1: x", "'1': x", [(("1",), "x", ABSENT), (('"1"',), ABSENT, "x")]),
        ("a.yaml", "'1': x", "'\"1\"': x", [(('"1"',), "x", ABSENT), (('"\\"1\\""',), ABSENT, "x")]),
        ("a.yml", "a: {b: 1}", "a: [1]", [(("a",), {"b": 1}, [1])]),
        (
            "a.yml",
            "a: &x {b: 1}\nc: {<<: *x}",
            "a: {b: 1}\nc: {b: 1}",
            [(("c", "<<"), {"b": 1}, ABSENT), (("c", "b"), ABSENT, 1)],
        ),
        ("a.yaml", "a: 1\n---\nb: 2", "a: 1\n---\nb: 3", [(("[1]", "b"), 2, 3)]),
        ("a.json", '{"a": 1, "b": 1}', '{"b": 1.5, "a": true}', [(("a",), 1, True), (("b",), 1, 1.5)]),
        (
            "jvm.config",
            "-server\n-Xmx8G",
            "-server\n-Xmx16G\n-Da=b=c",
            [(("-Xmx",), "-Xmx8G", "-Xmx16G"), (("-Da",), ABSENT, "-Da=b=c")],
        ),
        ("jvm.config", "-XX:+UseG1GC", "-XX:-UseG1GC", [(("-XX:UseG1GC",), "-XX:+UseG1GC", "-XX:-UseG1GC")]),
        ("jvm.config", "--add-opens=a/b=c", "", [(("--add-opens=a/b=c",), "--add-opens=a/b=c", ABSENT)]),
        ("redis.conf", "port 6379\nsave 900 1", "port 6380\nsave 900 1", [(("port",), "6379", "6380")]),
        (
            "my.cnf",
            "[a]\nport=1\n[b]\nport=1\nskip",
            "[a]\nport=1\n[b]\nport=2",
            [(("[b] port",), "1", "2"), (("[b] skip",), None, ABSENT)],
        ),
    ],
)
def test_a_difference_stands_at_its_keys(name, declared, live, found):
    assert text_differences(name, declared, live) == found


@pytest.mark.parametrize(
    ("declared", "live", "found"),
    [
        ('["a"]', '["a", "b"]', [("[1]", ABSENT, "b")]),
        ('["a", "b"]', '["b"]', [("[0]", "a", ABSENT)]),
        ('["a", "b", "c"]', '["a", "x", "c"]', [("[1]", "b", "x")]),
        ('["a", "b", "c"]', '["c"]', [("[0]", "a", ABSENT), ("[1]", "b", ABSENT)]),
        ('["a", "b", "c"]', '["a", "x", "y", "c"]', [(["a", "b", "c"], ["a", "x", "y", "c"])]),
        (
            '[{"name": "a", "b": 1}]',
            '[{"name": "c"}, {"name": "a"}]',
            [("[name=a]", "b", 1, ABSENT), ("[name=c]", ABSENT, {"name": "c"})],
        ),
        (
            '[{"name": "a"}, {"name": "b"}]',
            '[{"name": "b"}, {"name": "a"}]',
            [([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}])],
        ),
        ('[{"name": "a"}, {"name": "a"}]', '[{"name": "a"}]', [("[1]", {"name": "a"}, ABSENT)]),
        ('[{"job_name": "a", "b": 1}]', '[{"job_name": "a", "b": 2}]', [("[job_name=a]", "b", 1, 2)]),
    ],
)
def test_an_item_of_a_list_is_called_by_its_name_or_its_place_and_its_order_counts(declared, live, found):
    texts = [f'{{"list": {each}}}' for each in (declared, live)]

    assert text_differences("rules.json", *texts) == [(("list", *keys), old, new) for *keys, old, new in found]


@pytest.mark.parametrize(
    ("name", "declared", "live"),
    [
        ("a.properties", "# x\na=1\nb=2", "b : 2\n\n! y\na=1\n"),
        (
            "a.xml",
            hadoop(named("a", "1"), named("b", "x")),
            f"<?xml version='1.0'?>\n<!-- c -->{hadoop(named('b', '<![CDATA[x]]>'), named('a', '1'))}\n",
        ),
        (
            "a.yaml",
            "a: x\nb: [1, 2]\nc: 30s\nd: ~\ne: &e 1\nf: *e",
            "# c\nf: 1\ne: 1\nd:\nc: '30s'\nb:\n- 1\n- 2\na: |-\n  x\n",
        ),
        ("a.yaml", "", "# nothing"),
        ("a.json", '{"a": "A", "b": [1]}', '{ "b": [ 1 ],\n "a": "\\u0041"}'),
        ("jvm.config", "-server\n-Xmx8G", "# c\n\n -server\n-Xmx8G \n"),
        ("my.cnf", "[a]\nport = 1", "[a]\n; c\n# d\n\nport=1\n"),
    ],
)
def test_comments_layout_and_the_order_of_keys_are_no_difference(name, declared, live):
    assert text_differences(name, declared, live) == []


@pytest.mark.parametrize(
    ("name", "declared", "live"),
    [
        ("setup.sh", "a=1", "a=2"),
        ("METASTORE_URI", "thrift://a:9083", "thrift://b:9083"),
        ("a.properties", "a=1\na=2", "a=2"),
        ("a.properties", "a=1", "a=\\uXYZ"),
        ("a.xml", hadoop(named("a", "1")), hadoop(named("a", "2"), named("a", "1"))),
        ("a.xml", hadoop(named("a", "1")), hadoop(named("a", "1")) + "<"),
        ("a.xml", hadoop(named("a", "1")), hadoop('<name x="y">a</name><value>1</value>')),
        ("a.xml", hadoop(named("a", "1")), hadoop(named("a", "1") + "text")),
        ("a.xml", hadoop(named("a", "1")), hadoop(named("a", "1<b/>"))),
        ("a.xml", hadoop(named("a", "1")), hadoop("<value>1</value>")),
        ("a.xml", hadoop(named("a", "1")), hadoop(named("a", "1", "<value>2</value>"))),
        ("a.xml", hadoop(named("a", "1")), hadoop("text" + named("a", "1"))),
        ("a.xml", hadoop(), "<configuration>text</configuration>"),
        ("a.xml", hadoop(), "<configuration a='b'/>"),
        ("a.xml", "<a/>", "<a></a>"),
        ("a.xml", hadoop(), f'<!DOCTYPE a [<!ENTITY b "c">]>{hadoop()}'),
        ("a.xml", hadoop(), "<configuration><include/></configuration>"),
        ("a.yaml", "a: 1\na: 2", "a: 2"),
        ("a.yaml", "a: 0o14", "a: '0o14'"),
        ("a.yaml", "a: y", "a: 'y'"),
        ("a.yaml", "a: 1.0", "a: 1.00"),
        ("a.yaml", "a: x", "a: !!str x\nb: !vault x\nc: !!set {}"),
        ("a.yaml", "a: 1", "a: 1\n---\nb: 2"),
        ("a.yaml", "a: 1", "[1]"),
        ("a.yaml", "a: 1", "? [a]\n: 1"),
        ("a.yaml", "a: 1", "a: [1"),
        ("a.yaml", "a: 1", "a: &a [*a]"),
        ("a.yaml", "a: 1", "[" * 5000),
        ("a.json", '{"a": 1}', '{"a": 2, "a": 1}'),
        ("a.json", '{"a": 1.0}', '{"a": 1.00}'),
        ("a.json", '{"a": 1}', '{"a": NaN}'),
        ("a.json", '{"a": 1}', "[" * 100_000),
        ("jvm.config", "-server\n-Xmx8G", "-Xmx8G\n-server"),
        ("jvm.config", "-Xmx8G", "-Xmx8G\n-Xmx8G"),
        ("redis.conf", "save 900 1\nsave 300 10", "save 900 1"),
        ("redis.conf", "a 1", "a=1"),
        ("nginx.conf", "server {\nport 1\n}", "server {\nport 2\n}"),
        ("my.cnf", "a=1", "a=1\n b=2"),
    ],
)
def test_in_doubt_the_texts_are_compared_as_a_whole(name, declared, live):
    assert text_differences(name, declared, live) is None
    assert text_differences(name, live, declared) is None


def test_a_text_that_multiplies_itself_is_compared_as_a_whole():
    lines = ["a0: &a0 [x]"] + [f"a{place}: &a{place} [*a{place - 1}, *a{place - 1}]" for place in range(1, 40)]

    assert text_differences("a.yaml", "a0: [x]", "\n".join(lines)) is None


def test_deep_lists_are_compared_once_and_not_anew_at_each_level():
    declared, live = ("{" + f'"a": {"[" * 200}{value}{"]" * 200}' + "}" for value in (1, 2))

    assert text_differences("a.json", declared, live) == [(("a", *["[0]"] * 200), 1, 2)]


@given(name=st.sampled_from(NAMES), text=st.text())
def test_a_text_does_not_differ_from_itself(name, text):
    assert text_differences(name, text, text) == []


@given(name=st.sampled_from(NAMES), declared=st.text(), live=st.text())
def test_no_text_is_too_strange_and_both_directions_agree(name, declared, live):
    there, back = text_differences(name, declared, live), text_differences(name, live, declared)

    assert (there is None) == (back is None)
    assert sorted(map(repr, there or [])) == sorted(repr((keys, old, new)) for keys, new, old in back or [])


@given(tree=TREES, data=st.data())
def test_a_changed_value_is_reported_at_exactly_its_key(tree, data):
    key = data.draw(st.sampled_from(sorted(tree)))
    changed = {**tree, key: "changed"}

    expected = [((key,), tree[key], "changed")]
    assert text_differences("a.json", json.dumps(tree), json.dumps(changed, indent=1)) == expected
    assert text_differences("a.json", json.dumps(tree), json.dumps(tree, indent=1, sort_keys=True)) == []
    shown = text_differences("a.yaml", yaml.safe_dump(tree), yaml.safe_dump(changed, sort_keys=False))
    assert shown is None or [keys for keys, _, _ in shown] == [(key,)]


@given(values=st.dictionaries(WORDS, WORDS, min_size=1), data=st.data())
def test_a_changed_setting_is_reported_at_exactly_its_key(values, data):
    key = data.draw(st.sampled_from(sorted(values)))
    changed = dict(reversed({**values, key: "new!"}.items()))

    for name, write in {
        "a.properties": lambda pairs: "\n".join(f"{name}={value}" for name, value in pairs.items()),
        "a.xml": lambda pairs: hadoop(*(named(name, value) for name, value in pairs.items())),
        "a.yaml": lambda pairs: yaml.safe_dump(pairs, sort_keys=False),
    }.items():
        assert text_differences(name, write(values), write(changed)) == [((key,), values[key], "new!")]
