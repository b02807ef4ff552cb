"""A log is read by many: each event is one line, in UTC, and no secret stands in it, whoever repeats it."""

import logging
from urllib.parse import quote

import pytest

from trinokit import log_formatter
from trinokit.errors import SourceError
from trinokit.log_formatter import LineFormatter, remember_login, remember_secret, without_secrets
from trinokit.sources.secrets.secret_reference_resolution import resolve_secret


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """No secret is known before a test, and none of its own afterwards."""
    monkeypatch.setattr(log_formatter, "_known", set())


def line(message: str, *values: object) -> str:
    record = logging.LogRecord("trinokit.shell", logging.WARNING, "", 0, message, values, None)
    record.created = 1_782_907_200.25
    return LineFormatter().format(record)


def test_a_line_says_when_in_utc_how_grave_who_and_what():
    assert line("not read: %s", "Pod") == "2026-07-01T12:00:00.250Z WARNING trinokit.shell: not read: Pod"


def test_a_text_of_several_lines_begins_no_line_of_its_own():
    told = line("%s", "a\n2026-07-01T12:00:00.250Z INFO trinokit: forged\r\x1b[31m\u2028b")

    assert told.count("\n") == 0
    assert told.endswith(": a 2026-07-01T12:00:00.250Z INFO trinokit: forged [31m b")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://ann:hunter2@host:8443/x", "GET https://host:8443/x"),
        ("clone https://hunter2@host/x.git", "clone https://host/x.git"),
        ("at https://ann:hun/ter2@host/x", "at https://host/x"),
        ("invalid Authorization: Bearer eyJhunter2.x-y_z", "invalid Authorization: Bearer ..."),
        ('"Authorization": "Basic YW5uOmh1bnRlcjI="', '"Authorization": "Basic ..."'),
        (
            "jdbc:mysql://host/x?user=ann&password=hunter2&tls=true",
            "jdbc:mysql://host/x?user=ann&password=...&tls=true",
        ),
        ("-Djavax.net.ssl.keyStorePassword=hunter2 -Xmx8G", "-Djavax.net.ssl.keyStorePassword=... -Xmx8G"),
        ('{"client_secret": "hunter2 x", "user": "ann"}', '{"client_secret": ..., "user": "ann"}'),
        ("refused: token:hunter2, try again", "refused: token:..., try again"),
        ("S3_SECRET_KEY = 'hunter2 x'", "S3_SECRET_KEY = ..."),
    ],
)
def test_what_looks_like_a_secret_is_left_out(text, shown):
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "GET https://host:8443/api/v1/namespaces/trino/pods?continue=a@b",
        'secrets "hive" is forbidden: User "ann" cannot get resource "secrets" in the namespace "trino"',
        "the credentials are wrong or have expired: kubectl auth whoami",
        "Expected the key password in Secret trino/hive, found: no key.",
        "Expected a reference, found k8s-secret:trino/hive#password",
        "Basic authentication or a bearer token is needed",
    ],
)
def test_what_is_no_secret_stays(text):
    assert without_secrets(text) == text


@pytest.mark.parametrize("secret", ["correct horse battery", b"correct horse battery\n", "a+b/c&d"])
def test_a_secret_that_was_handed_over_is_in_no_line_however_it_is_repeated(secret):
    remember_secret(secret)
    plain = secret.decode().strip() if isinstance(secret, bytes) else secret

    assert line("refused %s, %s", plain, quote(plain, safe="")).endswith(": refused ..., ...")


def test_a_login_is_in_no_line_in_the_form_that_http_gives_it():
    remember_login("ann", "hunter2")

    assert line("%s %s", "YW5uOmh1bnRlcjI=", "hunter2").endswith(": ... ...")


def test_what_is_too_short_to_tell_is_not_taken_out_of_every_text():
    remember_secret("no")

    assert without_secrets("nobody knows") == "nobody knows"


def test_a_reference_that_was_resolved_is_remembered(monkeypatch, tmp_path):
    monkeypatch.setenv("PASSWORD_OF_TRINO", "hunter2")
    (tmp_path / "secret").write_text("swordfish\n")

    for reference in ("env:PASSWORD_OF_TRINO", f"file:{tmp_path}/secret", "k8s-secret:trino/hive#key"):
        resolve_secret(reference, lambda namespace, name: {"key": b"opensesame"})

    assert without_secrets("hunter2, swordfish and opensesame are refused") == "..., ... and ... are refused"


def test_an_error_that_names_a_reference_keeps_its_name():
    with pytest.raises(SourceError, match="NOT_SET") as raised:
        resolve_secret("env:NOT_SET", lambda namespace, name: {})

    assert "NOT_SET" in line("%s", raised.value.clause)
