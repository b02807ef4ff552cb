"""How old is each key of a Secret, and which are older than they may be?"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.drift.categories.checks.unread_objects import UNREAD_PREFIX, unread_finding, unread_kinds
from trinokit.findings import CRITICAL, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

# Helm writes one for each revision, and Kubernetes renews or removes tokens itself.
_UNROTATED_TYPES = ("helm.sh/release.v1", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")
_SECONDS_A_DAY = 86400


class SecretAgeRow(NamedTuple):
    """A row of `secret_age_table`: how old a *key* is, which field *manager* wrote it, and what tells it.

    *age_days* is NaN where nothing tells it. *bound* says how sure it is: a manager's time moves whenever it writes any
    field, so a key is "at least" that old; a key that nobody owns is "at most" as old as its Secret. *evidence* is
    where the time stands, or why *secret* could not be read.
    """

    namespace: str
    secret: str
    key: str
    age_days: float
    bound: Literal["at least", "at most", ""]
    manager: str
    evidence: str


def secret_age_table(objects: Objects, *, at: datetime) -> pd.DataFrame:
    """How old each key of each Secret is *at* a moment, and which field manager wrote it.

    A row is a `SecretAgeRow`. Release Secrets of Helm and tokens are left out.
    """
    moment = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    secrets = [each for each in objects.of("Secret") if each.at("type") not in _UNROTATED_TYPES]
    rows = [row for each in secrets for row in _secret_rows(each, moment)]
    rows += [
        SecretAgeRow(namespace="", secret=kind, key="", age_days=math.nan, bound="", manager="", evidence=reason)
        for kind, reason in unread_kinds(objects, "Secret")
    ]
    return table_of_rows(SecretAgeRow, rows)


def old_secret_findings(ages: pd.DataFrame, *, days: int) -> list[Finding]:
    """Secrets with keys that are older than *days*; CRITICAL where nothing tells how old one is."""
    missing = ages["evidence"].str.startswith(UNREAD_PREFIX)
    findings = [unread_finding(row.secret, row.evidence) for row in ages[missing].itertuples()]
    dated = ages[~missing]
    for (namespace, name), keys in dated.groupby(["namespace", "secret"]):
        findings += _old_key_findings(f"Secret/{name} in {namespace}", keys, days)
    number, secrets = format_count(len(dated), "key"), dated.groupby(["namespace", "secret"]).ngroups
    sentence = f"{number} of {format_count(secrets, 'Secret')}, none known to be older than {format_count(days, 'day')}"
    return findings or [Finding(OK, "Secrets", sentence)]


def _secret_rows(secret: Object, at: datetime) -> Iterator[SecretAgeRow]:
    managers = [each for each in secret.at("metadata", "managedFields") or [] if not each.get("subresource")]
    for key in secret.at("data") or {}:
        # The last one who wrote a key that several own has set the value that is there.
        times = [
            (each["time"], each.get("manager", "")) for each in managers if each.get("time") and _manages_key(each, key)
        ]
        time, manager = max(times, default=(secret.at("metadata", "creationTimestamp"), ""))
        bound, evidence = ("at least", "managedFields") if times else ("at most", "creationTimestamp")
        if not time:
            bound, evidence = "", "nothing tells its age"
        yield SecretAgeRow(
            namespace=secret.namespace,
            secret=secret.name,
            key=key,
            age_days=_age_in_days(time, at),
            bound=bound,
            manager=manager,
            evidence=evidence,
        )


def _manages_key(entry: dict, key: str) -> bool:
    data = (entry.get("fieldsV1") or {}).get("f:data")
    return isinstance(data, dict) and f"f:{key}" in data


def _age_in_days(time: str | None, at: datetime) -> float:
    return round((at - datetime.fromisoformat(time)).total_seconds() / _SECONDS_A_DAY, 1) if time else math.nan


def _old_key_findings(subject: str, keys: pd.DataFrame, days: int) -> Iterator[Finding]:
    unknown, old = keys[keys["age_days"].isna()], keys[keys["age_days"] > days]
    if len(unknown):
        yield Finding(CRITICAL, subject, f"nothing tells how old {join_names(unknown['key'])} is")
    for bound, same in old.groupby("bound"):
        oldest = format_count(int(same["age_days"].max()), "day")
        names = f"{format_count(len(same), 'key')} ({join_names(same['key'])})"
        yield Finding(
            WARNING, subject, f"{names}: the oldest is {bound} {oldest} old (limit {days}); rotate what is in it"
        )
