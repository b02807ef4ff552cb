"""A document is parsed once; what may hold a secret is never kept, and a broken cache is no harm."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trinokit.errors import SourceError
from trinokit.sources.manifests import parse_cache
from trinokit.sources.manifests.manifest_parsing import manifest_cache, parse_manifests

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: '1', b: x}\n"
TWO = CONFIG % "one" + "---\n" + CONFIG % "two"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """A cache of its own, which no other test has filled."""
    monkeypatch.setenv("TRINOKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "manifests" / "parsed.sqlite"


def asked(*texts: str, code: bytes = b"1") -> int:
    """How many documents of *texts* had to be parsed, now that those before were."""
    done = []
    with parse_cache.open_parse_cache(code) as known:
        for text in texts:
            known.values(text, lambda text=text: done.append(text) or [{"text": text}])
    return len(done)


def rows(cache: Path) -> list[object]:
    with sqlite3.connect(cache) as database:
        return [json.loads(text) for [text] in database.execute("SELECT json FROM parsed ORDER BY json")]


def test_what_was_parsed_once_is_not_parsed_again():
    assert [asked("a", "b"), asked("b", "c"), asked("a", "b", "c")] == [2, 1, 0]


def test_what_is_known_is_what_parsing_gave():
    with manifest_cache() as known:
        first = parse_manifests(TWO, location="a.yaml", cache=known)
    with manifest_cache() as known:
        again = parse_manifests(TWO, location="b.yaml", cache=known)

    assert first == again == parse_manifests(TWO, location="c.yaml")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
        lambda values: st.lists(values) | st.dictionaries(st.text(), values),
        max_leaves=5,
    )
)
def test_every_value_of_a_document_comes_back_as_it_was(value):
    document = json.dumps({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "value": value})
    fresh = parse_manifests(document, location="a.json")
    for _ in range(2):
        with manifest_cache() as known:
            found = parse_manifests(document, location="a.json", cache=known)
        assert found == fresh
        assert repr(found) == repr(fresh)


def test_a_mistake_is_told_with_its_line_each_time():
    for _ in range(2):
        with pytest.raises(SourceError, match="a.yaml, line 6: expected YAML"), manifest_cache() as known:
            parse_manifests(f"{CONFIG % 'a'}---\na: b: c\n", location="a.yaml", cache=known)


def test_what_was_parsed_before_a_mistake_is_kept(cache):
    with pytest.raises(SourceError), manifest_cache() as known:
        parse_manifests(f"{CONFIG % 'a'}---\na: b: c\n", location="a.yaml", cache=known)

    assert [each[0]["metadata"]["name"] for each in rows(cache)] == ["a"]


SECRETS = [
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {key: Y2FuYXJ5}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbinaryData: {key: Y2FuYXJ5}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a.properties: 'b.password=canary'}\n",
    'apiVersion: v1\nkind: "Secr\\u0065t"\nmetadata: {name: a}\nstringData: {key: canary}\n',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {"pass\\x77ord": canary}\n',
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b} # password=canary\n",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_may_hold_a_secret_is_not_kept_and_its_neighbours_are(cache, secret):
    with manifest_cache() as known:
        found = parse_manifests(f"{CONFIG % 'one'}---\n{secret}---\n{CONFIG % 'two'}", location="a.yaml", cache=known)

    assert len(found) == 3
    assert [each[0]["metadata"]["name"] for each in rows(cache)] == ["one", "two"]
    content = cache.read_bytes()
    assert b"canary" not in content
    assert b"Y2FuYXJ5" not in content


def test_other_code_parses_anew():
    assert [asked("a"), asked("a", code=b"2"), asked("a")] == [1, 1, 0]


def test_nobody_else_may_look_into_it(cache):
    asked("a")

    assert stat.S_IMODE(cache.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_cache_that_is_broken_is_begun_anew(cache, content):
    asked("a")
    cache.write_bytes(content)

    assert [asked("a"), asked("a")] == [1, 0]


def test_a_value_that_is_broken_is_parsed_anew(cache):
    asked("a")
    with sqlite3.connect(cache) as database:
        database.execute("UPDATE parsed SET json = '[{'")

    assert [asked("a"), asked("a")] == [1, 0]


def test_a_cache_that_has_grown_too_large_is_begun_anew(cache, monkeypatch):
    asked("a")
    monkeypatch.setattr(parse_cache, "_LIMIT_MB", 0)
    assert asked("a") == 1

    monkeypatch.undo()
    monkeypatch.setenv("TRINOKIT_CACHE", str(cache.parents[1]))
    assert asked("a") == 0


def test_where_nothing_can_be_kept_everything_is_parsed(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRINOKIT_CACHE", str(tmp_path / "file"))

    assert [asked("a"), asked("a")] == [1, 1]


@pytest.mark.parametrize(("lock", "count"), [("EXCLUSIVE", 2), ("IMMEDIATE", 1)])
def test_while_another_one_writes_nothing_is_kept_and_nothing_lost(cache, monkeypatch, lock, count):
    asked("a")
    monkeypatch.setattr(parse_cache, "_PATIENCE_S", 0)
    with sqlite3.connect(cache, isolation_level=None) as other:
        other.execute(f"BEGIN {lock}")
        assert asked("a", "b") == count
        other.execute("ROLLBACK")

    assert [asked("a"), asked("b"), asked("b")] == [0, 1, 0]


def test_nothing_is_kept_of_a_document_without_values(cache):
    with manifest_cache() as known:
        assert parse_manifests("# nothing\n---\n", location="a.yaml", cache=known) == []

    assert rows(cache) == []
