"""The age of a key of a Secret is known from who wrote it, and what is too old is told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.architecture.objects import objects

from trinokit.drift.categories.checks import secret_age
from trinokit.findings import CRITICAL, OK, WARNING, Finding

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HASH = "hmac-sha256:" + 64 * "a"


def secret(*keys: str, fields: list[dict] | None = None, type: str = "Opaque", created: str = "2026-01-01") -> dict:
    metadata = {"name": "redis", "creationTimestamp": f"{created}T00:00:00Z", "managedFields": fields or []}
    return {"kind": "Secret", "metadata": metadata, "type": type, "data": dict.fromkeys(keys, HASH)}


def wrote(manager: str, day: str | None, *keys: str, **more: object) -> dict:
    time = {"time": f"{day}T00:00:00Z"} if day else {}
    fields = {"f:data": {".": {}, **{f"f:{key}": {} for key in keys}}, "f:type": {}}
    return {"manager": manager, "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": fields, **time, **more}


def rows(*parts: dict, at: datetime = NOW, **about: object) -> list[list]:
    return secret_age.secret_age_table(objects(*parts, **about), at=at).to_numpy().tolist()


def stale(*parts: dict, days: int = 90, **about: object) -> list[Finding]:
    return secret_age.old_secret_findings(secret_age.secret_age_table(objects(*parts, **about), at=NOW), days=days)


def test_a_key_is_as_old_as_the_write_of_who_owns_it():
    fields = [wrote("helm", "2026-01-01", "a"), wrote("kubectl-patch", "2026-06-01", "b")]

    assert rows(secret("a", "b", fields=fields)) == [
        ["trino", "redis", "a", 181.0, "at least", "helm", "managedFields"],
        ["trino", "redis", "b", 30.0, "at least", "kubectl-patch", "managedFields"],
    ]


def test_of_several_owners_the_last_one_wrote_it():
    fields = [wrote("kubectl-edit", "2026-06-21", "a"), wrote("helm", "2026-06-11", "a")]

    assert rows(secret("a", fields=fields))[0][3:6] == [10.0, "at least", "kubectl-edit"]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [wrote("helm", "2026-06-01", "other")],
        [wrote("helm", None, "a")],
        [wrote("helm", "2026-06-01", "a", subresource="status")],
        [{"manager": "odd", "time": "2026-06-01T00:00:00Z"}],
        [{"manager": "odd", "time": "2026-06-01T00:00:00Z", "fieldsV1": {"f:data": None}}],
    ],
)
def test_a_key_that_nobody_owns_is_at_most_as_old_as_its_secret(fields):
    assert rows(secret("a", fields=fields)) == [
        ["trino", "redis", "a", 181.0, "at most", "", "creationTimestamp"],
    ]


def test_an_age_is_counted_from_any_zone():
    summer = timezone(timedelta(hours=2))

    assert rows(secret("a"), at=datetime(2026, 1, 2, 2, tzinfo=summer))[0][3] == 1.0
    assert rows(secret("a"), at=datetime(2026, 1, 2, 13))[0][3] == 1.5


@pytest.mark.parametrize(
    ("type", "told"),
    [
        ("helm.sh/release.v1", False),
        ("kubernetes.io/service-account-token", False),
        ("bootstrap.kubernetes.io/token", False),
        ("kubernetes.io/tls", True),
        ("Opaque", True),
    ],
)
def test_what_nobody_rotates_is_left_out(type, told):
    assert bool(rows(secret("a", type=type))) == told


def test_keys_that_are_too_old_are_told_for_each_secret():
    fields = [wrote("helm", "2026-01-01", "a", "b"), wrote("kubectl-patch", "2026-06-01", "c")]

    assert stale(secret("a", "b", "c", fields=fields)) == [
        Finding(
            WARNING,
            "Secret/redis in trino",
            "2 keys (a, b): the oldest is at least 181 days old (limit 90); rotate what is in it",
        )
    ]


def test_an_age_that_is_only_a_bound_says_so():
    [found] = stale(secret("a"))

    assert found.sentence == "1 key (a): the oldest is at most 181 days old (limit 90); rotate what is in it"


@pytest.mark.parametrize(("days", "severity"), [(180, WARNING), (181, OK), (182, OK)])
def test_a_key_may_be_as_old_as_the_limit(days, severity):
    assert [found.severity for found in stale(secret("a"), days=days)] == [severity]


def test_young_keys_are_fine():
    assert stale(secret("a", "b"), days=365) == [
        Finding(OK, "Secrets", "2 keys of 1 Secret, none known to be older than 365 days")
    ]


def test_a_key_whose_age_nothing_tells_is_critical():
    body = secret("a")
    del body["metadata"]["creationTimestamp"]

    assert stale(body) == [Finding(CRITICAL, "Secret/redis in trino", "nothing tells how old a is")]


def test_secrets_that_could_not_be_read_are_critical():
    sentence = "could not be read: forbidden; nothing can be said of it"

    assert stale(unread={"Secret in hive": "forbidden", "SecretStore": "forbidden"}) == [
        Finding(CRITICAL, "Secret in hive", sentence)
    ]


def test_no_value_and_no_hash_is_told():
    shown = secret_age.secret_age_table(objects(secret("a")), at=NOW).to_string() + str(stale(secret("a")))

    assert "hmac" not in shown
