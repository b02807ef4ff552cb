"""A text is read with kubectl's meaning of every value, and what kubectl refuses is refused with its line."""

import json
import os
import subprocess

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.programs import program

from trinokit.errors import SourceError
from trinokit.sources.manifests.manifest_parsing import parse_manifests

OBJECT = "apiVersion: v1\nkind: A\nmetadata: {name: a}\n"
VALUES = [
    ("0644", 420),
    ("0o14", 12),
    ("0O7", 7),
    ("08", 8),
    ("09.5", 9.5),
    ("00", 0),
    ("0", 0),
    ("-0", 0),
    ("1e3", 1000),
    ("1E+2", 100),
    ("1.e3", 1000),
    ("1e", "1e"),
    ("1e-7", 1e-7),
    ("1e20", 100000000000000000000),
    ("1e21", 1e21),
    ("1e400", "1e400"),
    ("1e-400", 0),
    ("12:30", "12:30"),
    ("190:20:30", "190:20:30"),
    ("2024-01-01", "2024-01-01"),
    ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
    ("2024-01-01 10:00:00", "2024-01-01 10:00:00"),
    ("y", True),
    ("Y", True),
    ("yes", True),
    ("on", True),
    ("TRUE", True),
    ("n", False),
    ("N", False),
    ("no", False),
    ("Off", False),
    ("yEs", "yEs"),
    ("oN", "oN"),
    ("1_000", 1000),
    ("1_000.5", 1000.5),
    ("-_1", -1),
    ("_1", "_1"),
    ("1_", 1),
    ("0x1F", 31),
    ("0X1f", 31),
    ("-0x1F", -31),
    ("0x", "0x"),
    ("0xFFFFFFFFFFFFFFFF", 18446744073709552000),
    ("+0xFFFFFFFFFFFFFFFF", "+0xFFFFFFFFFFFFFFFF"),
    ("0xFFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFFF"),
    ("0x1p4", "0x1p4"),
    ("0b101", 5),
    ("0B1", 1),
    ("0b-1", -1),
    ("-0b1", -1),
    ("12345678901234567890", 12345678901234567000),
    ("9223372036854775807", 9223372036854775807),
    ("9223372036854775808", 9223372036854776000),
    ("-9223372036854775809", -9223372036854776000),
    ("07777777777777777777777777", 7.777777777777778e24),
    ("1.0", 1),
    ("-0.0", 0),
    ("+.5", 0.5),
    (".5_5", 0.55),
    ("._5", "._5"),
    (".5_", ".5_"),
    (".", "."),
    ("+12", 12),
    ("3.14", 3.14),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("nUll", "nUll"),
    ("", None),
    ("=", "="),
    ("<<", "<<"),
    ("'0644'", "0644"),
    ('"yes"', "yes"),
    ("'~'", "~"),
    ('""', ""),
    ("\t1", 1),
    ("[\t1 ]", [1]),
    ("!foo 12", "12"),
    ("!foo {a: b}", {"a": "b"}),
    ("!!str 12", "12"),
    ('!!int "12"', 12),
    ("!!float 12", 12),
    ('!!bool "yes"', True),
    ('!!null ""', None),
    ("!!binary aGVsbG8=", "hello"),
    ("!!timestamp 2024-01-01", "2024-01-01"),
    ("!!set {a, b}", {"a": None, "b": None}),
    ("{<<: {a: 1}, b: 2}", {"a": 1, "b": 2}),
    ("{<<: {a: 1, b: 1}, b: 2}", {"a": 1, "b": 2}),
    ("{b: 2, <<: {a: 1, b: 1}}", {"a": 1, "b": 1}),
    ("{<<: [{a: 1}, {a: 2, b: 2}]}", {"a": 1, "b": 2}),
    ("{<<: {<<: {a: 1, b: 1}, b: 2}, c: 3}", {"a": 1, "b": 2, "c": 3}),
    ('{"<<": {a: 1}}', {"<<": {"a": 1}}),
    ("[&x {a: 1}, {<<: *x, a: 2}, *x]", [{"a": 1}, {"a": 2}, {"a": 1}]),
    ("{8080: a, 0x1F: b, -1: c}", {"8080": "a", "31": "b", "-1": "c"}),
    ("{true: a, n: b}", {"true": "a", "false": "b"}),
    ("{1.36: a, 1000000.0: b, 0.5: c}", {"1.36": "a", "1e+06": "b", "0.5": "c"}),
    ("{? a : b}", {"a": "b"}),
    ("|\n  x\n  ---\n  y\n", "x\n---\ny\n"),
    (">-\n  x\n  y\n", "x y"),
    ("\n  x\n  y\n", "x y"),
]
REFUSED = [
    (OBJECT + "v: .inf\n", "m.yaml, line 4: expected a number, found .inf, which JSON does not have"),
    (OBJECT + "v: {a: [-.Inf]}\n", "line 4: expected a number, found -.Inf"),
    (OBJECT + "v: .nan\n", "line 4: expected a number, found .nan"),
    (OBJECT + "v:\n  ~: a\n", "line 5: expected a key that is text, found '~'"),
    (OBJECT + "v: {18446744073709551615: a}\n", "line 4: expected a key that is text, found '18446744073709551615'"),
    (OBJECT + "v: {9999999999999999999: a}\n", "expected a key that is text, found '9999999999999999999'"),
    (OBJECT + "v: {[a]: b}\n", "line 4: expected a key that is text, found a sequence"),
    (OBJECT + "v: {<<: ~}\n", "line 4: expected a mapping to merge, found a scalar"),
    (OBJECT + "v: {<<: [{a: 1}, b]}\n", "line 4: expected a mapping to merge, found a scalar"),
    (OBJECT + "v: &a [*a]\n", "line 1: expected YAML, found a value that contains itself"),
    (OBJECT + "v: *nowhere\n", "line 4: expected YAML, found found undefined alias"),
    (OBJECT + "v: !!null abc\n", "line 4: expected a value that is !!null, found something else"),
    (OBJECT + "v: !!binary ü\n", "line 4: expected text in base64, found something else"),
    (OBJECT + "v:\n\tb: 1\n", "line 5: expected YAML, found while scanning for the next token"),
    (OBJECT + "v: a: b\n", "line 4: expected YAML, found mapping values are not allowed in this context"),
    (OBJECT + "v: a\n\nw: \x01\n", "line 6: expected YAML, found a character that is none: control characters"),
    (OBJECT + 'v: "x\n---\ny"\n', "expected YAML, found while scanning a quoted scalar found unexpected end of stream"),
    ("%YAML 1.1\n---\n" + OBJECT, "expected YAML, found did not find expected <document start>"),
    (OBJECT + "--- {a: 1}\n", "m.yaml, line 4: expected only three dashes, found --- {a: 1}"),
    (OBJECT + "---\n" + OBJECT + "---|\n", "m.yaml, line 8: expected only three dashes, found ---|"),
    ("just text\n", "m.yaml, line 1: expected an object, found a str"),
    ("[1]\n", "line 1: expected an object, found a list"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: 12}\n", "found A: Expected `str`, got `int` - at `$.metadata.name`"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: y}\n", "found A: Expected `str`, got `bool` - at `$.metadata.name`"),
    ("apiVersion: 1\nkind: A\nmetadata: {name: a}\n", "found A: Expected `str`, got `int` - at `$.apiVersion`"),
    ("apiVersion: v1\nmetadata: {name: a}\n", "found one: Object missing required field `kind`"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 12}\n", "got `int` - at `$.metadata.namespace`"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {b: on}}\n", "got `bool` - at `$.metadata.labels[...]`"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: [b]}\n", "got `array` - at `$.metadata.annotations`"),
    ("kind: List\nitems: [{apiVersion: v1, metadata: {name: a}}]\n", "found one: Object missing required field `kind`"),
    ("apiVersion: v1\nkind: BList\nitems: {a: b}\n", "expected a list of items in BList, found a dict"),
]
# What kubectl lets pass, and what it would lose without a word.
REFUSED_BY_US = [
    (OBJECT + "v: {a: 1,\n  a: 2}\n", "m.yaml, line 5: expected each key once, found 'a' again"),
    (OBJECT + 'v: {1: a, "1": b}\n', "line 4: expected each key once, found '1' again"),
    (
        OBJECT + "---\n# a comment\n" + OBJECT + "kind: B\n",
        "m.yaml, line 9: expected each key once, found 'kind' again",
    ),
    ('{"apiVersion": "v1",\n "kind": "A", "kind": "B"}', "m.yaml, line 2: expected each key once, found 'kind' again"),
    (OBJECT + "...\nb: 1\n", "line 5: expected YAML, found did not find expected <document start>"),
    (OBJECT + "v: {1.23456789: a}\n", "line 4: expected a key that is text, found '1.23456789'"),
    ("kind: A\nmetadata: {name: a}\n", "line 1: expected an object that can be named, found A: Object missing"),
    ("apiVersion: v1\nkind: List\nitems: [{kind: A, metadata: {name: a}}]\n", "found A: Object missing required field"),
    ("apiVersion: v1\nkind: A\nspec: {}\n", "line 1: expected an object that can be named, found A: Object missing"),
    ("apiVersion: v1\nkind: A\nmetadata: {generateName: a-}\n", "line 1: expected metadata.name, found generateName"),
    ("apiVersion: v1\nkind: List\n", "found List: Object missing required field `metadata`"),
]


def document(value: str) -> str:
    return f"{OBJECT}v: {value}\n"


def exactly(objects: list[dict]) -> list[str]:
    # 1, 1.0 and True are equal to Python, and not in JSON.
    return [json.dumps(each, sort_keys=True) for each in objects]


def kubectl(text: str) -> list[dict]:
    # Without a server, kubectl merges nothing into what it read and prints it.
    done = subprocess.run(
        [program("kubectl"), "patch", "--local", "--filename=-", "--type=merge", "--patch={}", "--output=json"],
        input=text,
        capture_output=True,
        text=True,
        env=os.environ | {"KUBECONFIG": os.devnull},
    )
    if done.returncode:
        raise SourceError(done.stderr, remedy="")
    objects, printed, decoder = [], done.stdout.strip(), json.JSONDecoder()
    while printed:
        found, end = decoder.raw_decode(printed)
        objects.append(found)
        printed = printed[end:].strip()
    return objects


def read(text: str) -> list[dict] | None:
    try:
        return parse_manifests(text, location="m.yaml")
    except SourceError:
        return None


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_value_means_what_kubectl_takes_it_for(text, value):
    assert exactly(parse_manifests(document(text), location="m.yaml")) == exactly(
        [parse_manifests(OBJECT, location="m.yaml")[0] | {"v": value}]
    )


def test_kubectl_says_so():
    text = "---\n".join(document(text) for text, _ in VALUES)

    assert exactly(kubectl(text)) == exactly(parse_manifests(text, location="m.yaml"))


@pytest.mark.parametrize(("text", "message"), REFUSED + REFUSED_BY_US)
def test_what_cannot_be_meant_is_refused_with_its_line(text, message):
    with pytest.raises(SourceError) as refused:
        parse_manifests(text, location="m.yaml")

    assert message in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize("text", [text for text, _ in REFUSED])
def test_kubectl_refuses_it_too(text):
    with pytest.raises(SourceError, match=r"error|Error|unable"):
        kubectl(text)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.text("0123456789+-._eExXoObBinfaNyTZ:~", min_size=1, max_size=6), min_size=200, max_size=400),
    st.lists(st.text("ab01:,[]{}\"'#&*|>%@` -?<=~\t\n", min_size=1, max_size=10), min_size=50, max_size=100),
)
def test_whatever_is_read_is_read_as_kubectl_reads_it(numbers, texts):
    documents = [document(text) for text in numbers + texts] + [document(f"{{{text}: 1}}") for text in numbers]
    known = [text for text in documents if read(text) is not None]
    text = "---\n".join(known)

    assert exactly(kubectl(text)) == exactly(parse_manifests(text, location="m.yaml"))


NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not number.is_integer()
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 2]), st.booleans())
def test_json_is_read_back_identically(value, indent, ascii_only):
    given_object = {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "v": value}
    text = json.dumps(given_object, indent=indent, ensure_ascii=ascii_only)

    assert exactly(parse_manifests(text, location="m.json")) == exactly([given_object])


@given(st.text("abAB01~:#'\"\\[]{}\n\t -\u00e9\U0001f600", max_size=40))
def test_quoted_text_stays_as_it_is(text):
    quoted = '"' + "".join(f"\\U{ord(each):08x}" for each in text) + '"'

    assert parse_manifests(document(quoted), location="m.yaml")[0]["v"] == text


def test_numbers_in_json_are_what_they_are_in_yaml():
    identity = '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}'
    text = identity + ', "v": [1.0, 1e3, 1e21, -0.0, 12345678901234567890]}'

    [found] = parse_manifests(text, location="m.json")
    assert exactly([found["v"]]) == exactly([[1, 1000, 1e21, 0, 12345678901234567000]])
    assert exactly(kubectl(text)) == exactly([found])


def test_objects_follow_one_another_in_one_text():
    names = ["a", "b", "c", "d"]
    documents = [OBJECT.replace("name: a", f"name: {name}") for name in names]
    text = "\ufeff---\n# first\n---\n" + "--- # next\n".join(documents) + "...\n---\n---\nnull\n---\n# the end\n"

    found = parse_manifests(text.replace("\n", "\r\n"), location="m.yaml")
    assert [each["metadata"]["name"] for each in found] == names
    assert exactly(found) == exactly(kubectl(text))


def test_objects_in_json_may_follow_one_another_without_anything_between():
    first = '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}'
    text = first + "\n " + first.replace('"a"', '"b"')

    found = parse_manifests(text, location="m.json")
    assert [each["metadata"]["name"] for each in found] == ["a", "b"]
    assert exactly(found) == exactly(kubectl(text))


def test_what_is_no_clean_json_is_judged_as_yaml():
    text = '{apiVersion: v1, "kind": "A", "metadata": {"name": "a"}, "v": "\\ud800"}'

    with pytest.raises(SourceError, match=r"line 1: expected YAML, found .*invalid Unicode character escape code"):
        parse_manifests(text, location="m.json")
    with pytest.raises(SourceError, match="invalid Unicode character escape code"):
        parse_manifests(text.replace("apiVersion:", '"apiVersion":').replace(" v1", ' "v1"'), location="m.json")
    assert parse_manifests(text.replace("\\ud800", "x"), location="m.json")[0]["v"] == "x"


def test_a_list_is_the_objects_in_it_however_deep():
    text = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}}
- apiVersion: v1
  kind: ConfigMapList
  items:
  - {metadata: {name: b}, data: {x: "1"}}
  - {metadata: {name: c}}
- {apiVersion: v1, kind: List, items: []}
- {apiVersion: v1, kind: List, items: }
"""

    assert parse_manifests(text, location="m.yaml") == [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}, "data": {"x": "1"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}},
    ]


def test_whatever_has_items_is_a_list_and_nothing_else_is():
    listed = "apiVersion: v1\nkind: Bundle\nmetadata: {name: a}\nitems: [{metadata: {name: b}}]\n"
    named = "apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {items: [1]}\n"

    assert parse_manifests(listed, location="m.yaml") == [
        {"apiVersion": "v1", "kind": "Bundle", "metadata": {"name": "b"}}
    ]
    assert [each["kind"] for each in parse_manifests(named, location="m.yaml")] == ["AllowList"]
    assert exactly(kubectl(f"{listed}---\n{named}")) == exactly(
        parse_manifests(f"{listed}---\n{named}", location="m.yaml")
    )


def test_nothing_holds_no_object():
    assert (
        parse_manifests("", location="m.yaml") == parse_manifests("# nothing\n---\n\n---\n~\n", location="m.yaml") == []
    )


def test_aliases_that_grow_without_end_are_refused():
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]

    with pytest.raises(SourceError, match="one that aliases make over 400000 values larger"):
        parse_manifests(OBJECT + "a0: &a0 [x]\n" + "\n".join(levels), location="m.yaml")


def test_an_alias_may_be_used_often():
    lines = "".join(f"v{number}: *a\n" for number in range(2000))

    assert len(parse_manifests(OBJECT + "a: &a [1, 2, 3]\n" + lines, location="m.yaml")[0]) == 2004


def test_other_readers_of_yaml_are_left_as_they_were():
    parse_manifests(document("0o14"), location="m.yaml")

    assert yaml.load("[0o14, y, 12:30, 2024-01-01]", yaml.CSafeLoader)[:3] == ["0o14", "y", 750]
