"""What do other programs read of a run? SARIF for code scanning, JUnit for whatever counts tests."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from trinokit.findings import WARNING, Severity

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS = {"CRITICAL": "error", "WARNING": "warning", "INFO": "note"}
# https://www.w3.org/TR/xml/#charsets
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_sarif(record: dict) -> str:
    """The run's *record* as SARIF 2.1.0: whatever is not OK, and whether the run itself succeeded."""
    rows = [row for row in record["findings"] if row["severity"] in _SARIF_LEVELS]
    driver = {"name": "trinokit", "version": record["versions"]["trinokit"], "rules": _sarif_rules(rows, record)}
    run = {
        "tool": {"driver": driver},
        # Code scanning keeps what has another id apart.
        "automationDetails": {"id": f"{record['notebook']}/{record['parameters'].get('cluster', '')}/"},
        "invocations": [_sarif_invocation(record)],
        "results": list(_sarif_results(rows, record)),
    }
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def render_junit(record: dict) -> str:
    """The run's *record* as JUnit's XML: one test a finding, which fails from WARNING on, and errors of the run."""
    problem, cases = _run_problem(record), list(_junit_cases(record))
    counts = {
        "tests": str(len(cases) + bool(problem)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(int(bool(problem))),
        "time": str(record["seconds"]),
    }
    root = Element("testsuites", name="trinokit", **counts)
    moment = datetime.fromisoformat(record["started"]).replace(tzinfo=None).isoformat(timespec="seconds")
    suite = SubElement(root, "testsuite", name=record["notebook"], **counts, skipped="0", timestamp=moment)
    suite.extend(cases)
    if problem:
        case = SubElement(suite, "testcase", name="run", classname=record["notebook"], time=counts["time"])
        error = SubElement(case, "error", type=record["outcome"], message=_replace_illegal(problem.splitlines()[0]))
        error.text = _replace_illegal(problem)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, "utf-8", xml_declaration=True).decode() + "\n"


def _rule_id(row: dict, record: dict) -> str:
    return row.get("details", {}).get("rule") or record["notebook"]


def _qualified_name(row: dict) -> str:
    return f"{row['subject']} {row.get('details', {}).get('path', '')}".strip()


def _run_problem(record: dict) -> str:
    return record["error"] or ("" if record["findings"] else record["verdict"])


def _sarif_rules(rows: list[dict], record: dict) -> list[dict]:
    help_text = f"Look into {record['notebook']}.html beside this file."
    return [
        {"id": rule, "shortDescription": {"text": rule}, "fullDescription": {"text": rule}, "help": {"text": help_text}}
        for rule in sorted({_rule_id(row, record) for row in rows})
    ]


def _sarif_invocation(record: dict) -> dict:
    problem, started = _run_problem(record), datetime.fromisoformat(record["started"])
    ended = started + timedelta(seconds=record["seconds"])
    notes = [{"level": "error", "message": {"text": problem}}] if problem else []
    return {
        "executionSuccessful": not problem,
        "exitCode": record["exit_code"],
        "exitCodeDescription": record["outcome"],
        "startTimeUtc": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "endTimeUtc": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
        "toolExecutionNotifications": notes,
    }


def _sarif_results(rows: list[dict], record: dict) -> Iterator[dict]:
    result_counts: Counter[str] = Counter()
    for row in rows:
        rule, details = _rule_id(row, record), row.get("details", {})
        mark = sha256("\0".join((rule, row["subject"], details.get("path", ""))).encode(errors="replace")).hexdigest()
        result_counts[mark] += 1
        once = f"{mark[:32]}:{result_counts[mark]}"
        yield {
            "ruleId": rule,
            "level": _SARIF_LEVELS[row["severity"]],
            "message": {"text": f"{row['subject']} {row['finding']}"},
            "locations": [_sarif_location(row, record)],
            # The first name is the one that GitHub looks for, though there is no line.
            "partialFingerprints": {"primaryLocationLineHash": once, "trinokit/v1": once},
            # Tags are a list, says the standard, whatever they are about.
            "properties": {name: [text] if name == "tags" else text for name, text in details.items()},
        }


def _sarif_location(row: dict, record: dict) -> dict:
    # Code scanning wants a file for each result: the one that declares it where that is known, or else the notebook.
    file = row.get("details", {}).get("file") or f"{record['notebook']}.ipynb"
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": _qualified_name(row)}],
    }


def _junit_cases(record: dict) -> Iterator[Element]:
    case_counts: Counter[tuple[str, str]] = Counter()
    for row in record["findings"]:
        rule, name = _rule_id(row, record), _qualified_name(row)
        group = record["notebook"] if rule == record["notebook"] else f"{record['notebook']}.{rule}"
        case_counts[group, name] += 1
        number = f" ({case_counts[group, name]})" if case_counts[group, name] > 1 else ""
        case = Element("testcase", name=_replace_illegal(name + number), classname=_replace_illegal(group), time="0")
        if Severity[row["severity"]] >= WARNING:
            detail = SubElement(case, "failure", type=row["severity"], message=_replace_illegal(row["finding"]))
        else:
            detail = SubElement(case, "system-out")
        details = "".join(f"\n{name}: {text}" for name, text in row.get("details", {}).items())
        detail.text = _replace_illegal(f"{row['severity']}: {row['subject']} {row['finding']}{details}")
        yield case


def _replace_illegal(text: str) -> str:
    return _ILLEGAL_IN_XML.sub("\ufffd", text)
