"""A reference is resolved where it points, and no message repeats a secret."""

import pytest

from trinops.errors import SourceError
from trinops.sources.secret import resolve


def test_a_secret_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("TRINO_PASSWORD", "s3cret")

    assert resolve("env:TRINO_PASSWORD") == "s3cret"


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path):
    (tmp_path / "password").write_text("s3cret\n")

    assert resolve(f"file:{tmp_path / 'password'}") == "s3cret"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("env:NOT_THERE", "Expected the environment variable NOT_THERE, found none"),
        ("file:/not/there", "Expected a secret in /not/there"),
        ("k8s-secret:only-a-name", "Expected k8s-secret:NAMESPACE/NAME#KEY"),
        ("env:", "Expected a reference to a secret"),
    ],
)
def test_what_cannot_be_resolved_is_told(reference, message):
    with pytest.raises(SourceError, match=message):
        resolve(reference)


def test_a_password_in_place_of_a_reference_is_not_repeated():
    with pytest.raises(SourceError) as refused:
        resolve("hunter2")

    assert "hunter2" not in str(refused.value)


def test_without_access_to_kubernetes_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(SourceError, match="Expected access to Kubernetes"):
        resolve("k8s-secret:trino/trinops#password")
