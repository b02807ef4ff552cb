"""Reports of Trivy and Grype are joined by digest with what runs, and never by a name."""

import json

import pytest
from tests.architecture.objects import objects, pod, workload

from trinokit.drift.categories.checks import image_scan_reports, running_image_vulnerabilities
from trinokit.drift.categories.checks.image_scan_reports import ImageScan, Vulnerability
from trinokit.errors import ParameterError
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

ONE, TWO, CONFIG = (f"sha256:{letter * 64}" for letter in "abc")
OPENSSL = {
    "VulnerabilityID": "CVE-1",
    "PkgName": "openssl",
    "InstalledVersion": "1.0",
    "FixedVersion": "1.1",
    "Severity": "CRITICAL",
    "Title": "not read",
}
CURL = {"VulnerabilityID": "CVE-2", "PkgName": "curl", "InstalledVersion": "7", "Severity": "HIGH"}


def trivy(*found: dict, digests: tuple[str, ...] = (f"trinodb/trino@{ONE}",), **more: object) -> dict:
    return {
        "SchemaVersion": 2,
        "ArtifactName": "trinodb/trino:476",
        "ArtifactType": "container_image",
        "Metadata": {"ImageID": CONFIG, "RepoDigests": list(digests)},
        "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": list(found)}, {"Target": "app.jar"}],
    } | more


def grype(*severities: str, **target: object) -> dict:
    matches = [
        {
            "vulnerability": {"id": f"GHSA-{number}", "severity": each, "fix": {"versions": ["2", "3"]}},
            "artifact": {"name": "jackson", "version": "1", "type": "java-archive"},
        }
        for number, each in enumerate(severities)
    ]
    image = {"userInput": "trinodb/trino:476", "manifestDigest": TWO, "imageID": CONFIG, "repoDigests": []}
    return {"matches": matches, "source": {"type": "image", "target": image | target}, "descriptor": {"name": "grype"}}


def read(*reports: object) -> list[ImageScan]:
    return image_scan_reports.parse_scan_reports("\n".join(json.dumps(each, indent=1) for each in reports), "scan.json")


def running(image_id: str = f"docker.io/trinodb/trino@{ONE}", name: str = "trino-1") -> dict:
    return pod(name, owner="StatefulSet/trino", containerStatuses=[{"name": "main", "imageID": image_id}])


TRINO = workload("trino", kind="StatefulSet")


def rows(reports: list[ImageScan], *parts: dict, **about: object) -> list[list]:
    return (
        running_image_vulnerabilities.image_vulnerability_table(objects(*parts, **about), reports).to_numpy().tolist()
    )


def judged(reports: list[ImageScan], *parts: dict, limit: str = "high", **about: object) -> list[Finding]:
    return running_image_vulnerabilities.vulnerability_findings(
        running_image_vulnerabilities.image_vulnerability_table(objects(*parts, **about), reports), limit=limit
    )


def test_without_any_report_no_image_is_judged():
    assert [each[3] for each in rows([], TRINO, running())] == ["not scanned: no report was given"]
    assert judged([], TRINO, running()) == [
        Finding(
            INFO,
            "images",
            "were not judged: no report was given; scan what runs: trivy image IMAGE@DIGEST",
        )
    ]


def test_a_report_of_trivy_is_read():
    assert read(trivy(OPENSSL, CURL)) == [
        ImageScan(
            "Trivy",
            "trinodb/trino:476",
            frozenset({ONE, CONFIG}),
            (
                Vulnerability("CVE-1", "CRITICAL", "openssl", "1.0", "1.1"),
                Vulnerability("CVE-2", "HIGH", "curl", "7", ""),
            ),
        )
    ]


def test_a_report_of_grype_is_read():
    assert read(grype("Critical")) == [
        ImageScan(
            "Grype",
            "trinodb/trino:476",
            frozenset({TWO, CONFIG}),
            (Vulnerability("GHSA-0", "CRITICAL", "jackson", "1", "2, 3"),),
        )
    ]


@pytest.mark.parametrize("missing", [{"Results": None}, {"Results": [{"Target": "os", "Vulnerabilities": None}]}])
def test_an_image_without_vulnerabilities_was_scanned_all_the_same(missing):
    assert [scan.vulnerabilities for scan in read(trivy(**missing), grype())] == [(), ()]


def test_a_file_may_hold_several_reports():
    both = [trivy(), grype()]

    assert read(*both) == read(both) == read(trivy()) + read(grype())
    assert image_scan_reports.parse_scan_reports("\n".join(map(json.dumps, both)) + "\n", "scan.json") == read(both)
    assert image_scan_reports.parse_scan_reports(" \n", "scan.json") == []


def without(report: dict, *keys: str) -> dict:
    return {key: value for key, value in report.items() if key not in keys}


@pytest.mark.parametrize(
    ("report", "found"),
    [
        (without(trivy(), "SchemaVersion"), "found the keys ArtifactName, ArtifactType, Metadata, Results"),
        (trivy(SchemaVersion=3), "SchemaVersion 2 of Trivy"),
        ({"Target": "os", "Vulnerabilities": None}, "found the keys Target, Vulnerabilities"),
        (without(trivy(), "Metadata"), "missing required field `Metadata`"),
        (trivy(without(OPENSSL, "Severity")), r"missing required field `Severity` - at `\$.Results"),
        (without(grype(), "source"), "found the keys descriptor, matches"),
        (grype(userInput=1), "Expected `str`, got `int`"),
        ({"matches": [], "source": {"type": "directory", "target": "/tmp"}}, "Expected `object`, got `str`"),
        (7, "found none of their keys"),
        ({}, "found none of their keys"),
    ],
)
def test_what_is_no_scan_of_an_image_is_refused(report, found):
    with pytest.raises(ParameterError, match=rf"^scan.json, report 2: expected .*{found}.*(?s:.*)trivy image"):
        read(trivy(), report)


def test_broken_json_is_refused_with_its_line():
    with pytest.raises(ParameterError, match="scan.json, line 3: expected JSON, found: Expecting value"):
        image_scan_reports.parse_scan_reports(f"{json.dumps(trivy())}\n\noops", "scan.json")
    with pytest.raises(ParameterError, match=r"scan.json, line \d+: expected JSON, found: "):
        image_scan_reports.parse_scan_reports(json.dumps(trivy(OPENSSL), indent=1)[:-20], "scan.json")


def test_an_image_is_joined_by_the_digest_that_runs():
    head = ["trino:476", ONE, "StatefulSet/trino in trino"]

    assert rows(read(trivy(OPENSSL), grype("Low")), TRINO, running()) == [
        [*head, "Trivy", "CRITICAL", "CVE-1", "openssl", "1.0", "1.1"]
    ]


@pytest.mark.parametrize("digest", [ONE, CONFIG])
def test_the_digest_of_a_manifest_and_that_of_the_configuration_name_the_image(digest):
    assert rows(read(trivy()), TRINO, running(f"docker-pullable://x@{digest}"))[0][3:] == ["Trivy", *[""] * 5]


def test_two_pods_of_one_tag_may_run_two_images():
    found = rows(read(trivy()), TRINO, running(), running(f"x@{TWO}", "trino-2"))

    assert [(row[1], row[3]) for row in found] == [(ONE, "Trivy"), (TWO, "not scanned: no report of its digest")]


def test_a_name_alone_is_never_enough():
    image = {"image": "trinodb/trino:476"}

    assert rows(read(trivy()), workload("trino", container=image)) == [
        ["trinodb/trino:476", "", "Deployment/trino in trino", "not scanned: no digest is known", *[""] * 5]
    ]


def test_a_report_without_a_digest_is_of_no_image():
    report = trivy(digests=(), Metadata={})

    assert rows(read(report), workload("trino"))[0][3] == "not scanned: no digest is known"


@pytest.mark.parametrize("running_id", ["", None])
def test_the_digest_of_the_template_is_taken_where_nothing_runs_yet(running_id):
    image = f"trinodb/trino@{ONE}"
    starting = pod("trino-1", owner="StatefulSet/trino", spec={"containers": [{"name": "main", "image": image}]})
    if running_id is not None:
        starting["status"]["containerStatuses"] = [{"name": "main", "imageID": running_id}]

    assert rows(read(trivy()), workload("trino", container={"image": image}))[0][1:4:2] == [ONE, "Trivy"]
    assert rows(read(trivy()), TRINO, starting)[0][1:4:2] == [ONE, "Trivy"]


def test_init_and_debug_containers_run_images_too():
    parts = {"initContainers": [{"name": "i", "image": "init:1"}], "containers": [{"name": "c", "image": "main:1"}]}
    debugged = pod(
        "a",
        spec=parts | {"ephemeralContainers": [{"name": "e", "image": "debug:1"}]},
        initContainerStatuses=[{"name": "i", "imageID": f"init@{ONE}"}],
        ephemeralContainerStatuses=[{"name": "e", "imageID": f"debug@{TWO}"}],
    )

    assert [row[:2] for row in rows([], debugged)] == [["debug:1", TWO], ["init:1", ONE], ["main:1", ""]]


def test_images_with_vulnerabilities_at_the_limit_are_told():
    reports = read(trivy(OPENSSL, CURL, CURL | {"Severity": "MEDIUM", "VulnerabilityID": "CVE-3"}))
    tail = f"used by StatefulSet/trino in trino ({ONE[:19]}…)"
    openssl, curl = "CVE-1 in openssl 1.0 (1.1)", "CVE-2 in curl 7 (not fixed)"

    assert judged(reports, TRINO, running()) == [
        Finding(
            CRITICAL,
            "trino:476",
            "has 1 CRITICAL and 1 HIGH vulnerabilities (limit HIGH), 1 of them fixed in a later version: "
            f"{openssl}, {curl}; {tail}",
        )
    ]
    assert judged(reports, TRINO, running(), limit="CRITICAL")[0].sentence == (
        f"has 1 CRITICAL vulnerabilities (limit CRITICAL), 1 of them fixed in a later version: {openssl}; {tail}"
    )


@pytest.mark.parametrize(
    ("found", "limit", "severity"),
    [
        ("HIGH", "HIGH", WARNING),
        ("HIGH", "CRITICAL", OK),
        ("MEDIUM", "HIGH", OK),
        ("NEGLIGIBLE", "low", OK),
        ("CRITICAL", "LOW", CRITICAL),
        ("UNKNOWN", "CRITICAL", WARNING),
        ("odd", "CRITICAL", WARNING),
    ],
)
def test_a_vulnerability_counts_from_the_limit_on_and_one_of_unknown_severity_always(found, limit, severity):
    reports = read(trivy(OPENSSL | {"Severity": found}))

    assert [each.severity for each in judged(reports, TRINO, running(), limit=limit)] == [severity]


def test_the_worst_vulnerabilities_are_named_first_and_those_of_unknown_severity_last():
    found = [CURL | {"VulnerabilityID": f"CVE-{each}", "Severity": each} for each in ("UNKNOWN", "LOW", "CRITICAL")]
    [finding] = judged(read(trivy(*found)), TRINO, running(), limit="LOW")

    assert [word for word in finding.sentence.split() if word.startswith("CVE")] == [
        "CVE-CRITICAL",
        "CVE-LOW",
        "CVE-UNKNOWN",
    ]


def test_images_that_were_not_scanned_are_one_finding():
    assert judged(read(trivy()), TRINO, running(), workload("a"), workload("b", container={"image": f"b@{TWO}"})) == [
        Finding(
            WARNING,
            "images",
            f"2 of 3 were not scanned: b@{TWO} (no report of its digest), trino:476 (no digest is known); "
            "scan what runs: trivy image IMAGE@DIGEST",
        )
    ]


def test_scanned_images_with_nothing_in_them_are_fine():
    assert judged(read(trivy()), TRINO, running()) == [
        Finding(OK, "images", "1 image, each scanned, with nothing at HIGH or above")
    ]


def test_images_that_could_not_be_read_and_none_at_all_are_critical():
    nothing = Finding(CRITICAL, "images", "could not be judged: there is none")

    assert judged([]) == [nothing]
    assert judged([], unread={"Pod": "forbidden"}) == [
        Finding(CRITICAL, "Pod", "could not be read: forbidden; nothing can be said of it"),
        nothing,
    ]


def test_a_limit_that_is_no_severity_is_refused():
    with pytest.raises(ParameterError, match="found 'worst'.*\n.*NEGLIGIBLE, LOW, MEDIUM, HIGH, CRITICAL"):
        judged([], TRINO, limit="worst")
