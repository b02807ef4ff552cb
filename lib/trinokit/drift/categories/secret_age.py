"""How old is each key of a Secret, and which are older than they may be?"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd

from trinokit.architecture.table_building import join_names, sorted_table
from trinokit.drift.categories.unread_objects import UNREAD_PREFIX, unread_finding, unread_kinds
from trinokit.findings import CRITICAL, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

_COLUMNS = {"namespace": "str", "secret": "str", "key": "str", "age_days": "float64"}
_COLUMNS |= {"bound": "str", "manager": "str", "evidence": "str"}
# Helm writes one for each revision, and Kubernetes renews or removes tokens itself.
_UNROTATED_TYPES = ("helm.sh/release.v1", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")
_SECONDS_A_DAY = 86400


def secret_age_table(objects: Objects, *, at: datetime) -> pd.DataFrame:
    """How old each key of each Secret is *at* a moment, and which field manager wrote it.

    *bound* says how sure that is. A manager's time moves whenever it writes any field, so a key is "at least" that
    old; a key that nobody owns is "at most" as old as its Secret. Release Secrets of Helm and tokens are left out.
    """
    moment = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    secrets = [each for each in objects.of("Secret") if each.at("type") not in _UNROTATED_TYPES]
    rows = [row for each in secrets for row in _secret_rows(each, moment)]
    missing = [("", what, "", None, "", "", reason) for what, reason in unread_kinds(objects, "Secret")]
    return sorted_table(_COLUMNS, [*rows, *missing])


def old_secret_findings(ages: pd.DataFrame, *, days: int) -> list[Finding]:
    """Secrets with keys that are older than *days*; CRITICAL where nothing tells how old one is."""
    missing = ages["evidence"].str.startswith(UNREAD_PREFIX)
    findings = [unread_finding(row.secret, row.evidence) for row in ages[missing].itertuples()]
    known = ages[~missing]
    for (namespace, name), keys in known.groupby(["namespace", "secret"]):
        findings += _old_key_findings(f"Secret/{name} in {namespace}", keys, days)
    number, secrets = format_count(len(known), "key"), known.groupby(["namespace", "secret"]).ngroups
    sentence = f"{number} of {format_count(secrets, 'Secret')}, none known to be older than {format_count(days, 'day')}"
    return findings or [Finding(OK, "Secrets", sentence)]


def _secret_rows(secret: Object, at: datetime) -> Iterator[tuple]:
    owners = [each for each in secret.at("metadata", "managedFields") or [] if not each.get("subresource")]
    for key in secret.at("data") or {}:
        # The last one who wrote a key that several own has set the value that is there.
        times = [
            (each["time"], each.get("manager", "")) for each in owners if each.get("time") and _manages_key(each, key)
        ]
        time, manager = max(times, default=(secret.at("metadata", "creationTimestamp"), ""))
        bound, evidence = ("at least", "managedFields") if times else ("at most", "creationTimestamp")
        if not time:
            bound, evidence = "", "nothing tells its age"
        yield secret.namespace, secret.name, key, _age_in_days(time, at), bound, manager, evidence


def _manages_key(entry: dict, key: str) -> bool:
    data = (entry.get("fieldsV1") or {}).get("f:data")
    return isinstance(data, dict) and f"f:{key}" in data


def _age_in_days(time: str | None, at: datetime) -> float | None:
    return round((at - datetime.fromisoformat(time)).total_seconds() / _SECONDS_A_DAY, 1) if time else None


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
