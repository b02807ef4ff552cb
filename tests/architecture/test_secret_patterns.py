"""What looks like a secret is known by its name, its place in an address, or the head of a key."""

import pytest

from trinokit.architecture import secret_patterns


@pytest.mark.parametrize(
    "text",
    [
        "password: hunter2",
        "+  http-server.https.keystore.key-password=x",
        '"access_key": "AKIA"',
        "API-KEY = abc",
        "jdbc:mysql://me:mine@db/x",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_secret_is_seen(text):
    assert secret_patterns.contains_secret(text)


@pytest.mark.parametrize(
    "text", ["-Xmx8G", "password:", "https://example.com:8443/path", "a token is needed", "key: 1"]
)
def test_what_is_none_is_let_through(text):
    assert not secret_patterns.contains_secret(text)
