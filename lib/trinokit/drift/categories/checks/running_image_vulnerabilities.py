"""Which running images have known vulnerabilities, and which were never scanned?"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.architecture.workloads import find_workloads, pods_by_workload
from trinokit.drift.categories.checks import image_scan_reports
from trinokit.drift.categories.checks.image_scan_reports import ImageScan
from trinokit.drift.categories.checks.unread_objects import UNREAD_PREFIX, unread_finding, unread_kinds
from trinokit.errors import ParameterError
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

# A severity that the scanner does not know is above every limit.
VULNERABILITY_SEVERITIES = ("NEGLIGIBLE", "LOW", "MEDIUM", "HIGH", "CRITICAL", "UNKNOWN")
_NOT_SCANNED, _NO_REPORT = "not scanned", "no report was given"


class ImageVulnerabilityRow(NamedTuple):
    """A row of `image_vulnerability_table`: a *vulnerability* of an *image*, and the version in which it is *fixed*.

    *scan* names the scanner, or says why there is no scan, or why the kind in *image* could not be read. What follows
    *scan* is empty where there is none, and where nothing was found.
    """

    image: str
    digest: str
    used_by: str
    scan: str
    severity: str = ""
    vulnerability: str = ""
    package: str = ""
    installed: str = ""
    fixed: str = ""


def image_vulnerability_table(live: Objects, image_scans: Iterable[ImageScan]) -> pd.DataFrame:
    """Every image that runs, or that would, with the vulnerabilities that *image_scans* tell of its digest.

    A row is an `ImageVulnerabilityRow`. An image without a digest, or without a report of it, is one row whose *scan*
    says so; a name is never enough.
    """
    reports = list(image_scans)
    used: dict[tuple[str, str], list[str]] = {}
    for image, digest, workload in _images_in_use(live):
        used.setdefault((image, digest), []).append(workload)
    rows = [row for (image, digest), by in used.items() for row in _image_rows(image, digest, by, reports)]
    rows += [ImageVulnerabilityRow(kind, "", "", scan=reason) for kind, reason in unread_kinds(live, "Pod")]
    return table_of_rows(ImageVulnerabilityRow, rows)


def vulnerability_findings(joined: pd.DataFrame, *, limit: str) -> list[Finding]:
    """Images with vulnerabilities at *limit* or above, CRITICAL where one of them is, and images nobody scanned."""
    least = _severity_rank(limit)
    missing = joined["scan"].str.startswith(UNREAD_PREFIX)
    images = joined[~missing]
    findings = [unread_finding(row.image, row.scan) for row in joined[missing].itertuples()]
    if images.empty:
        return [*findings, Finding(CRITICAL, "images", "could not be judged: there is none")]
    bad = images[images["severity"].isin(VULNERABILITY_SEVERITIES[least:])]
    findings += [
        _image_finding(*image_and_digest, rows, limit.upper())
        for image_and_digest, rows in bad.groupby(["image", "digest"])
    ]
    findings += _unscanned_findings(images)
    number = format_count(images.groupby(["image", "digest"]).ngroups, "image")
    return findings or [Finding(OK, "images", f"{number}, each scanned, with nothing at {limit.upper()} or above")]


def _severity_rank(limit: str) -> int:
    if limit.upper() not in VULNERABILITY_SEVERITIES[:-1]:
        raise ParameterError(
            f"Expected a severity of vulnerabilities, found {limit!r}.",
            remedy=f"the severities are: {', '.join(VULNERABILITY_SEVERITIES[:-1])}",
        )
    return VULNERABILITY_SEVERITIES.index(limit.upper())


def _images_in_use(live: Objects) -> Iterator[tuple[str, str, str]]:
    """Each image with its digest and who uses it: as it runs, or else as it is written."""
    running = pods_by_workload(live)
    for workload in find_workloads(live):
        who = f"{workload} in {workload.namespace}"
        pods = running.get((workload.namespace, str(workload)), [])
        for pod in pods:
            yield from ((image, digest, who) for image, digest in _pod_images(pod))
        if not pods:
            written = [container.get("image", "") for container in workload.containers]
            yield from ((image, image_scan_reports.image_digest(image), who) for image in written)


def _pod_images(pod: Object) -> Iterator[tuple[str, str]]:
    for kind in ("initContainer", "container", "ephemeralContainer"):
        statuses = {each["name"]: each for each in pod.at("status", f"{kind}Statuses") or []}
        for container in pod.at("spec", f"{kind}s") or []:
            image = container.get("image", "")
            # Until a container has started its status has no imageID.
            running = image_scan_reports.image_digest(statuses.get(container["name"], {}).get("imageID"))
            yield image, running or image_scan_reports.image_digest(image)


def _image_rows(image: str, digest: str, by: list[str], reports: list[ImageScan]) -> Iterator[ImageVulnerabilityRow]:
    row = partial(ImageVulnerabilityRow, image=image, digest=digest, used_by=join_names(sorted(set(by))))
    scanned = [each for each in reports if digest in each.digests]
    if not scanned:
        reason = "no report of its digest" if digest else "no digest is known"
        yield row(scan=f"{_NOT_SCANNED}: {reason if reports else _NO_REPORT}")
    for scan in scanned:
        for each in scan.vulnerabilities:
            severity = each.severity if each.severity in VULNERABILITY_SEVERITIES else "UNKNOWN"
            yield row(
                scan=scan.scanner,
                severity=severity,
                vulnerability=each.id,
                package=each.package,
                installed=each.installed,
                fixed=each.fixed,
            )
        if not scan.vulnerabilities:
            yield row(scan=scan.scanner)


def _image_finding(image: str, digest: str, rows: pd.DataFrame, limit: str) -> Finding:
    # What is of unknown severity is named last.
    worst_first = rows.assign(
        rank=rows["severity"].map({each: rank for rank, each in enumerate(VULNERABILITY_SEVERITIES[:-1], 1)})
    )
    worst_first = worst_first.sort_values(["rank", "vulnerability", "package"], ascending=[False, True, True])
    counts = rows.drop_duplicates(["vulnerability", "severity"])["severity"].value_counts()
    numbers = " and ".join(f"{counts[each]} {each}" for each in reversed(VULNERABILITY_SEVERITIES) if each in counts)
    worst_names = join_names(map(_format_vulnerability, worst_first.itertuples()))
    fixable = rows[rows["fixed"] != ""]["vulnerability"].nunique()
    severity = CRITICAL if "CRITICAL" in counts else WARNING
    return Finding(
        severity,
        image,
        f"has {numbers} vulnerabilities (limit {limit}), {fixable} of them fixed in a later version: {worst_names}; "
        f"used by {rows['used_by'].iloc[0]} ({digest[:19]}…)",
    )


def _format_vulnerability(row: tuple) -> str:
    return f"{row.vulnerability} in {row.package} {row.installed} ({row.fixed or 'not fixed'})"


def _unscanned_findings(images: pd.DataFrame) -> Iterator[Finding]:
    not_scanned = images[images["scan"].str.startswith(_NOT_SCANNED)]
    if not_scanned.empty:
        return
    if not_scanned["scan"].str.endswith(_NO_REPORT).all():
        yield Finding(INFO, "images", f"were not judged: {_NO_REPORT}; scan what runs: trivy image IMAGE@DIGEST")
        return
    number = images.groupby(["image", "digest"]).ngroups
    reasons = join_names(f"{row.image} ({row.scan.partition(': ')[2]})" for row in not_scanned.itertuples())
    sentence = f"{len(not_scanned)} of {number} were not scanned: {reasons}; scan what runs: trivy image IMAGE@DIGEST"
    yield Finding(WARNING, "images", sentence)
