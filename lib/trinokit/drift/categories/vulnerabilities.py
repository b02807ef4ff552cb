"""Which running images have known vulnerabilities, and which were never scanned?"""

from collections.abc import Iterable, Iterator

import pandas as pd

from trinokit.architecture import workloads as made
from trinokit.architecture.wording import listed, table
from trinokit.drift.categories import scans
from trinokit.drift.categories.reading import UNREAD, not_judged, unread
from trinokit.drift.categories.scans import Scan
from trinokit.errors import ParameterError
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, counted
from trinokit.objects import Object, Objects

# A severity that the scanner does not know is above every limit.
SEVERITIES = ("NEGLIGIBLE", "LOW", "MEDIUM", "HIGH", "CRITICAL", "UNKNOWN")
_COLUMNS = dict.fromkeys(
    ("image", "digest", "used_by", "scan", "severity", "vulnerability", "package", "installed", "fixed"), "str"
)
_NOT_SCANNED, _NO_REPORT = "not scanned", "no report was given"


def joined(live: Objects, found: Iterable[Scan]) -> pd.DataFrame:
    """Every image that runs, or that would, with the vulnerabilities that were *found* in the image of its digest.

    An image without a digest, or without a report of it, is one row whose *scan* says so; a name is never enough.
    """
    reports = list(found)
    used: dict[tuple[str, str], list[str]] = {}
    for image, digest, workload in _images(live):
        used.setdefault((image, digest), []).append(workload)
    rows = [row for (image, digest), by in used.items() for row in _rows(image, digest, by, reports)]
    missing = [(what, "", "", reason, *[""] * 5) for what, reason in unread(live, "Pod")]
    return table(_COLUMNS, [*rows, *missing])


def judged(joined: pd.DataFrame, *, limit: str) -> list[Finding]:
    """Images with vulnerabilities at *limit* or above, CRITICAL where one of them is, and images nobody scanned."""
    least = _least(limit)
    missing = joined["scan"].str.startswith(UNREAD)
    images = joined[~missing]
    findings = [not_judged(row.image, row.scan) for row in joined[missing].itertuples()]
    if images.empty:
        return [*findings, Finding(CRITICAL, "images", "could not be judged: there is none")]
    bad = images[images["severity"].isin(SEVERITIES[least:])]
    findings += [_judged(*place, rows, limit.upper()) for place, rows in bad.groupby(["image", "digest"])]
    findings += _unscanned(images)
    number = counted(images.groupby(["image", "digest"]).ngroups, "image")
    return findings or [Finding(OK, "images", f"{number}, each scanned, with nothing at {limit.upper()} or above")]


def _least(limit: str) -> int:
    if limit.upper() not in SEVERITIES[:-1]:
        raise ParameterError(
            f"Expected a severity of vulnerabilities, found {limit!r}.",
            remedy=f"the severities are: {', '.join(SEVERITIES[:-1])}",
        )
    return SEVERITIES.index(limit.upper())


def _images(live: Objects) -> Iterator[tuple[str, str, str]]:
    """Each image with its digest and who uses it: as it runs, or else as it is written."""
    running = made.pods(live)
    for workload in made.found(live):
        who = f"{workload} in {workload.namespace}"
        pods = running.get((workload.namespace, str(workload)), [])
        for pod in pods:
            yield from ((image, digest, who) for image, digest in _of_pod(pod))
        if not pods:
            written = [container.get("image", "") for container in workload.containers]
            yield from ((image, scans.digest(image), who) for image in written)


def _of_pod(pod: Object) -> Iterator[tuple[str, str]]:
    for kind in ("initContainer", "container", "ephemeralContainer"):
        statuses = {each["name"]: each for each in pod.at("status", f"{kind}Statuses") or []}
        for container in pod.at("spec", f"{kind}s") or []:
            image = container.get("image", "")
            # Until a container has started its status has no imageID.
            running = scans.digest(statuses.get(container["name"], {}).get("imageID"))
            yield image, running or scans.digest(image)


def _rows(image: str, digest: str, by: list[str], reports: list[Scan]) -> Iterator[tuple]:
    head = (image, digest, listed(sorted(set(by))))
    scanned = [each for each in reports if digest in each.digests]
    if not scanned:
        reason = "no report of its digest" if digest else "no digest is known"
        yield *head, f"{_NOT_SCANNED}: {reason if reports else _NO_REPORT}", *[""] * 5
    for scan in scanned:
        for each in scan.vulnerabilities:
            severity = each.severity if each.severity in SEVERITIES else "UNKNOWN"
            yield *head, scan.scanner, severity, each.id, each.package, each.installed, each.fixed
        if not scan.vulnerabilities:
            yield *head, scan.scanner, *[""] * 5


def _judged(image: str, digest: str, rows: pd.DataFrame, limit: str) -> Finding:
    # What is of unknown severity is named last.
    worst_first = rows.assign(rank=rows["severity"].map({each: rank for rank, each in enumerate(SEVERITIES[:-1], 1)}))
    worst_first = worst_first.sort_values(["rank", "vulnerability", "package"], ascending=[False, True, True])
    counts = rows.drop_duplicates(["vulnerability", "severity"])["severity"].value_counts()
    numbers = " and ".join(f"{counts[each]} {each}" for each in reversed(SEVERITIES) if each in counts)
    named = listed(map(_named, worst_first.itertuples()))
    fixable = rows[rows["fixed"] != ""]["vulnerability"].nunique()
    severity = CRITICAL if "CRITICAL" in counts else WARNING
    return Finding(
        severity,
        image,
        f"has {numbers} vulnerabilities (limit {limit}), {fixable} of them fixed in a later version: {named}; "
        f"used by {rows['used_by'].iloc[0]} ({digest[:19]}…)",
    )


def _named(row: tuple) -> str:
    return f"{row.vulnerability} in {row.package} {row.installed} ({row.fixed or 'not fixed'})"


def _unscanned(images: pd.DataFrame) -> Iterator[Finding]:
    not_scanned = images[images["scan"].str.startswith(_NOT_SCANNED)]
    if not_scanned.empty:
        return
    if not_scanned["scan"].str.endswith(_NO_REPORT).all():
        yield Finding(INFO, "images", f"were not judged: {_NO_REPORT}; scan what runs: trivy image IMAGE@DIGEST")
        return
    number = images.groupby(["image", "digest"]).ngroups
    reasons = listed(f"{row.image} ({row.scan.partition(': ')[2]})" for row in not_scanned.itertuples())
    sentence = f"{len(not_scanned)} of {number} were not scanned: {reasons}; scan what runs: trivy image IMAGE@DIGEST"
    yield Finding(WARNING, "images", sentence)
