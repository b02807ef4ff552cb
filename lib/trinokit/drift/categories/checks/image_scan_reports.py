"""What did Trivy or Grype find in an image? Their reports as JSON, with the digests of the image."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from trinokit.errors import ParameterError

_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")
_WHITESPACE = re.compile(r"\s*")
_REMEDY = "write it with: trivy image --format json IMAGE, or: grype IMAGE -o json"


@dataclass(frozen=True)
class Vulnerability:
    """One vulnerability *id* in the *installed* version of a *package*; *fixed* is empty where no version fixes it."""

    id: str
    severity: str
    package: str
    installed: str
    fixed: str = ""


@dataclass(frozen=True)
class ImageScan:
    """What one scanner found in the image that *digests* name: those of its manifests and of its configuration."""

    scanner: str
    image: str
    digests: frozenset[str]
    vulnerabilities: tuple[Vulnerability, ...] = field(default=(), repr=False)


def parse_scan_reports(text: str, name: str) -> list[ImageScan]:
    """The reports in the *text* of the file *name*: one, a list of them, or one after the other.

    Raises ParameterError that names the line or the report where it is none.
    """
    return [
        _parse_scan(report, f"{name}, report {number}")
        for number, report in enumerate(_json_reports(text, name), start=1)
    ]


def image_digest(image: str | None) -> str:
    """The digest in an *image* or imageID; empty where it has none.

    >>> image_digest("docker.io/trinodb/trino@sha256:" + 64 * "0")[:14], image_digest("trino:476")
    ('sha256:0000000', '')
    """
    match = _DIGEST.search(image or "")
    return match[0] if match else ""


class _TrivyVulnerability(msgspec.Struct):
    VulnerabilityID: str
    PkgName: str
    Severity: str
    InstalledVersion: str = ""
    FixedVersion: str = ""


class _TrivyResult(msgspec.Struct):
    Vulnerabilities: list[_TrivyVulnerability] | None = None


class _TrivyMetadata(msgspec.Struct):
    ImageID: str = ""
    RepoDigests: list[str] | None = None


class _Trivy(msgspec.Struct):
    ArtifactName: str
    Metadata: _TrivyMetadata
    Results: list[_TrivyResult] | None = None


class _GrypeFix(msgspec.Struct):
    versions: list[str] | None = None


class _GrypeVulnerability(msgspec.Struct):
    id: str
    severity: str
    fix: _GrypeFix = msgspec.field(default_factory=_GrypeFix)


class _GrypeArtifact(msgspec.Struct):
    name: str
    version: str = ""


class _GrypeMatch(msgspec.Struct):
    vulnerability: _GrypeVulnerability
    artifact: _GrypeArtifact


class _GrypeTarget(msgspec.Struct):
    userInput: str
    manifestDigest: str = ""
    imageID: str = ""
    repoDigests: list[str] | None = None


class _GrypeSource(msgspec.Struct):
    target: _GrypeTarget


class _Grype(msgspec.Struct):
    matches: list[_GrypeMatch]
    source: _GrypeSource


def _json_reports(text: str, name: str) -> Iterator[object]:
    decoder, position = json.JSONDecoder(), _WHITESPACE.match(text).end()
    while position < len(text):
        try:
            report, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise ParameterError(
                f"{name}, line {error.lineno}: expected JSON, found: {error.msg}.", remedy=_REMEDY
            ) from error
        yield from report if isinstance(report, list) else [report]
        position = _WHITESPACE.match(text, end).end()


def _parse_scan(report: object, location: str) -> ImageScan:
    fields = report if isinstance(report, dict) else {}
    try:
        if fields.get("SchemaVersion") == 2:
            return _trivy_scan(msgspec.convert(fields, _Trivy))
        if {"matches", "source"} <= fields.keys():
            return _grype_scan(msgspec.convert(fields, _Grype))
    except msgspec.ValidationError as error:
        raise ParameterError(f"{location}: expected a scan of an image, found: {error}.", remedy=_REMEDY) from error
    keys_text = f"the keys {', '.join(sorted(fields)[:5])}" if fields else "none of their keys"
    raise ParameterError(
        f"{location}: expected SchemaVersion 2 of Trivy, or matches and source of Grype, found {keys_text}.",
        remedy=_REMEDY,
    )


def _trivy_scan(report: _Trivy) -> ImageScan:
    vulnerabilities = [each for result in report.Results or [] for each in result.Vulnerabilities or []]
    metadata = report.Metadata
    return ImageScan(
        scanner="Trivy",
        image=report.ArtifactName,
        digests=_digests_in(report.ArtifactName, metadata.ImageID, *(metadata.RepoDigests or [])),
        vulnerabilities=tuple(
            Vulnerability(
                id=each.VulnerabilityID,
                severity=each.Severity.upper(),
                package=each.PkgName,
                installed=each.InstalledVersion,
                fixed=each.FixedVersion,
            )
            for each in vulnerabilities
        ),
    )


def _grype_scan(report: _Grype) -> ImageScan:
    target = report.source.target
    return ImageScan(
        scanner="Grype",
        image=target.userInput,
        digests=_digests_in(target.userInput, target.imageID, target.manifestDigest, *(target.repoDigests or [])),
        vulnerabilities=tuple(
            Vulnerability(
                id=each.vulnerability.id,
                severity=each.vulnerability.severity.upper(),
                package=each.artifact.name,
                installed=each.artifact.version,
                fixed=", ".join(each.vulnerability.fix.versions or []),
            )
            for each in report.matches
        ),
    )


def _digests_in(*texts: str) -> frozenset[str]:
    return frozenset(digest for text in texts if (digest := image_digest(text)))
