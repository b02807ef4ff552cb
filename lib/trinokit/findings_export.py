"""What do other programs read of a run? SARIF for code scanning, JUnit for whatever counts tests."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from trinokit.findings import WARNING, Finding, Severity
from trinokit.run_record import RunRecord

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# https://www.w3.org/TR/xml/#charsets
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_sarif(record: RunRecord) -> str:
    """The run's *record* as SARIF 2.1.0: whatever is not OK, and whether the run itself succeeded."""
    findings = [finding for finding in record.findings if finding.severity in _SARIF_LEVELS]
    driver = {"name": "trinokit", "version": record.versions["trinokit"], "rules": _sarif_rules(findings, record)}
    run = {
        "tool": {"driver": driver},
        # Code scanning keeps what has another id apart.
        "automationDetails": {"id": f"{record.notebook}/{record.parameters.get('cluster', '')}/"},
        "invocations": [_sarif_invocation(record)],
        "results": list(_sarif_results(findings, record)),
    }
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def render_junit(record: RunRecord) -> str:
    """The run's *record* as JUnit's XML: one test a finding, which fails from WARNING on, and errors of the run."""
    problem, cases = _run_problem(record), list(_junit_cases(record))
    counts = {
        "tests": str(len(cases) + bool(problem)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(int(bool(problem))),
        "time": str(record.seconds),
    }
    root = Element("testsuites", name="trinokit", **counts)
    moment = record.started.replace(tzinfo=None).isoformat(timespec="seconds")
    suite = SubElement(root, "testsuite", name=record.notebook, **counts, skipped="0", timestamp=moment)
    suite.extend(cases)
    if problem:
        case = SubElement(suite, "testcase", name="run", classname=record.notebook, time=counts["time"])
        error = SubElement(case, "error", type=record.outcome.value, message=_replace_illegal(problem.splitlines()[0]))
        error.text = _replace_illegal(problem)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, "utf-8", xml_declaration=True).decode() + "\n"


def _rule_id(finding: Finding, record: RunRecord) -> str:
    return finding.details.get("rule") or record.notebook


def _qualified_name(finding: Finding) -> str:
    return f"{finding.subject} {finding.details.get('path', '')}".strip()


def _run_problem(record: RunRecord) -> str:
    return record.error or ("" if record.findings else record.verdict)


def _sarif_rules(findings: list[Finding], record: RunRecord) -> list[dict]:
    help_text = f"Look into {record.notebook}.html beside this file."
    return [
        {"id": rule, "shortDescription": {"text": rule}, "fullDescription": {"text": rule}, "help": {"text": help_text}}
        for rule in sorted({_rule_id(finding, record) for finding in findings})
    ]


def _sarif_invocation(record: RunRecord) -> dict:
    problem, started = _run_problem(record), record.started
    ended = started + timedelta(seconds=record.seconds)
    notes = [{"level": "error", "message": {"text": problem}}] if problem else []
    return {
        "executionSuccessful": not problem,
        "exitCode": record.exit_code,
        "exitCodeDescription": record.outcome.value,
        "startTimeUtc": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "endTimeUtc": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
        "toolExecutionNotifications": notes,
    }


def _sarif_results(findings: list[Finding], record: RunRecord) -> Iterator[dict]:
    result_counts: Counter[str] = Counter()
    for finding in findings:
        rule, details = _rule_id(finding, record), finding.details
        mark = sha256("\0".join((rule, finding.subject, details.get("path", ""))).encode(errors="replace")).hexdigest()
        result_counts[mark] += 1
        once = f"{mark[:32]}:{result_counts[mark]}"
        yield {
            "ruleId": rule,
            "level": _SARIF_LEVELS[finding.severity],
            "message": {"text": f"{finding.subject} {finding.sentence}"},
            "locations": [_sarif_location(finding, record)],
            # The first name is the one that GitHub looks for, though there is no line.
            "partialFingerprints": {"primaryLocationLineHash": once, "trinokit/v1": once},
            # Tags are a list, says the standard, whatever they are about.
            "properties": {name: [text] if name == "tags" else text for name, text in details.items()},
        }


def _sarif_location(finding: Finding, record: RunRecord) -> dict:
    # Code scanning wants a file for each result: the one that declares it where that is known, or else the notebook.
    file = finding.details.get("file") or f"{record.notebook}.ipynb"
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": _qualified_name(finding)}],
    }


def _junit_cases(record: RunRecord) -> Iterator[Element]:
    case_counts: Counter[tuple[str, str]] = Counter()
    for finding in record.findings:
        rule, name = _rule_id(finding, record), _qualified_name(finding)
        group = record.notebook if rule == record.notebook else f"{record.notebook}.{rule}"
        case_counts[group, name] += 1
        number = f" ({case_counts[group, name]})" if case_counts[group, name] > 1 else ""
        case = Element("testcase", name=_replace_illegal(name + number), classname=_replace_illegal(group), time="0")
        if finding.severity >= WARNING:
            detail = SubElement(case, "failure", type=finding.severity.name, message=_replace_illegal(finding.sentence))
        else:
            detail = SubElement(case, "system-out")
        details = "".join(f"\n{name}: {text}" for name, text in finding.details.items())
        detail.text = _replace_illegal(f"{finding.severity.name}: {finding.subject} {finding.sentence}{details}")
        yield case


def _replace_illegal(text: str) -> str:
    return _ILLEGAL_IN_XML.sub("\ufffd", text)
