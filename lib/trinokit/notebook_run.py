"""What came of one notebook with one set of parameters? An executed notebook, a report, run.json and an exit code."""

import getpass
import json
import os
import platform
import secrets
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from trinokit import findings_export, plan_rendering, report, shell
from trinokit.errors import ParameterError, SourceError
from trinokit.findings import Finding, Severity, format_count, worst_severity
from trinokit.notebook_format import nbformat
from trinokit.parameters import declared_parameters

CLEAN, FAILED, BAD_PARAMETERS, HAS_FINDINGS, WAITING, TIMED_OUT, STOPPED = 0, 1, 2, 3, 4, 124, 143
_OUTCOMES = {
    CLEAN: "clean",
    FAILED: "failed",
    BAD_PARAMETERS: "bad parameters",
    HAS_FINDINGS: "findings",
    WAITING: "a plan waits for approval",
    TIMED_OUT: "timed out",
    STOPPED: "stopped",
}
_PAPERMILL_ERROR_TAG = "papermill-error-cell-tag"


@dataclass(frozen=True)
class RunRequest:
    """What to run: a *notebook* with *parameters*, for at most *timeout* seconds, into a new folder of *output*.

    Findings of at least *fail_on* make it end with exit code 3; None lets none of them.
    """

    notebook: Path
    parameters: dict[str, object]
    output: Path
    timeout: float | None
    fail_on: Severity | None


class _Stopped(Exception):
    pass


def run_notebook(order: RunRequest) -> dict:
    """The record of a new run, whose folder holds the notebook, the HTML report and run.json however it ended.

    Findings are there for other programs too, as SARIF and JUnit.
    """
    started = datetime.now(UTC)
    folder = order.output / f"{order.notebook.stem}-{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    folder.mkdir(parents=True)
    with _restore_signal_handlers():
        partial = folder / ".partial.ipynb"
        code = _execute_notebook(order, partial)
        notebook = _read_executed_notebook(partial, order.notebook)
        partial.unlink(missing_ok=True)
        record = _run_record(order, notebook, code, started) | {"folder": str(folder)}
        _write_run_files(order, notebook, record)
    return record


def final_exit_code(
    code: int, error: str, findings: list[Finding], fail_on: Severity | None, waits: bool = False
) -> int:
    """How a run ends that ended with *code*, *error* and *findings*, of which those from *fail_on* on count.

    A plan that *waits* for approval goes before findings, since it is there to mend them.
    """
    if code == FAILED and error.startswith(ParameterError.__name__):
        return BAD_PARAMETERS
    if code == CLEAN and waits:
        return WAITING
    if code == CLEAN and fail_on and worst_severity(findings) >= fail_on:
        return HAS_FINDINGS
    return code


def _execute_notebook(order: RunRequest, output: Path) -> int:
    values = output.with_name(".parameters.json")
    values.write_text(json.dumps(order.parameters))
    argv = [sys.executable, "-P", "-m", "trinokit.notebook_process", str(order.notebook), str(output), str(values)]
    try:
        _set_signal_handler(_raise_stopped)
        with shell.child_process(*argv, folder=Path.cwd()) as child:
            return CLEAN if child.wait(order.timeout) == 0 else FAILED
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    except _Stopped:
        return STOPPED
    finally:
        # What was found is written in any case, also when another signal comes.
        _set_signal_handler(signal.SIG_IGN)
        values.unlink(missing_ok=True)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    # Kubernetes sends SIGTERM once and waits 30 s; a person may press Ctrl-C again and again.
    _set_signal_handler(signal.SIG_IGN)
    raise _Stopped


def _set_signal_handler(handler: Callable | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


@contextmanager
def _restore_signal_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _read_executed_notebook(partial: Path, source: Path) -> nbformat.NotebookNode:
    # A killed process may leave half a file behind; the notebook as it was is then all that is known.
    try:
        notebook = nbformat.read(partial, 4)
    except (OSError, ValueError):
        return nbformat.read(source, 4)
    # papermill marks a failure with cells of its own; the report says it at the top and in the failing cell.
    notebook.cells = [cell for cell in notebook.cells if _PAPERMILL_ERROR_TAG not in cell.metadata.get("tags", [])]
    return notebook


def _run_record(order: RunRequest, notebook: nbformat.NotebookNode, code: int, started: datetime) -> dict:
    rows = report.published_findings(notebook)
    findings = [Finding(Severity[row["severity"]], row["subject"], row["finding"]) for row in rows]
    error, plans = _run_error(notebook, code), plan_rendering.plan_records(notebook)
    code = final_exit_code(code, error, findings, order.fail_on, bool(_waiting_plans(plans)))
    return {
        "notebook": order.notebook.stem,
        "outcome": _OUTCOMES[code],
        "exit_code": code,
        "verdict": f"{_OUTCOMES[code].upper()}: {error.splitlines()[0]}" if error else _run_verdict(findings, plans),
        "error": error,
        "parameters": {name: parameter.default for name, parameter in declared_parameters(order.notebook).items()}
        | order.parameters,
        "findings": rows,
        "plans": plans,
        "approve": [] if error else [each["command"] for each in _approval_commands(order, plans)],
        "who": f"{getpass.getuser()}@{socket.gethostname()}",
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
        "versions": {name: version(name) for name in ("trinokit", "trino", "pandas", "papermill", "duckdb")}
        | {"python": platform.python_version()},
        "git": _checkout_commit(order.notebook.parent),
        "fail_on": order.fail_on.name.lower() if order.fail_on else "never",
    }


def _waiting_plans(plans: list[dict]) -> list[dict]:
    return [plan for plan in plans if plan["status"] == "waiting"]


def _run_verdict(findings: list[Finding], plans: list[dict]) -> str:
    approvals = [f"{plan['approval']}, {format_count(len(plan['steps']), 'step')}" for plan in _waiting_plans(plans)]
    waits = "A PLAN WAITS" if len(approvals) == 1 else "PLANS WAIT"
    return (
        f"{waits}: {'; '.join(approvals)}. {report.verdict_sentence(findings)}"
        if approvals
        else report.verdict_sentence(findings)
    )


def _output_values(notebook: nbformat.NotebookNode, key: str) -> list:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [output[key] for cell in cells for output in cell.outputs if key in output]


def _run_error(notebook: nbformat.NotebookNode, code: int) -> str:
    if code == CLEAN:
        return ""
    if code in (TIMED_OUT, STOPPED):
        return f"{_OUTCOMES[code]} in {_running_part(notebook)}"
    names, sentences = _output_values(notebook, "ename"), _output_values(notebook, "evalue")
    if names:
        return f"{names[-1]}: {sentences[-1]}"
    return f"the kernel died in {_running_part(notebook)}; it may have run out of memory"


def _running_part(notebook: nbformat.NotebookNode) -> str:
    heading = "the first cell"
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.splitlines()[0].lstrip("# ")
        if cell.metadata.get("papermill", {}).get("status") == "running":
            break
    return f"the part «{heading}»"


def _checkout_commit(folder: Path) -> str:
    try:
        commit = shell.check_output_text("git", "rev-parse", "HEAD", folder=folder)
        changed = shell.check_output_text("git", "status", "--porcelain", "--untracked-files=no", folder=folder)
    except SourceError:
        return "not a git checkout"
    return f"{commit} with uncommitted changes" if changed else commit


def _page_data(order: RunRequest, notebook: nbformat.NotebookNode, record: dict) -> dict:
    page = {
        "outcome": f"{record['outcome']} (exit code {record['exit_code']})",
        "by": record["who"],
        "started": record["started"],
        "took": f"{record['seconds']} s",
        "versions": ", ".join(f"{name} {number}" for name, number in record["versions"].items()),
        "commit": record["git"],
    }
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    titles = [source.splitlines()[0] for source in prose if source.startswith("# ")]
    attention, folded_rows = report.attention_rows(record["findings"])
    return record | {
        "title": titles[0].lstrip("# ") if titles else order.notebook.stem,
        "severity": _verdict_colour(record),
        "attention": attention,
        "more": folded_rows,
        "made": page,
        "command": _run_command_line(order, order.parameters),
        "waiting": [] if record["error"] else _approval_commands(order, record["plans"]),
    }


def _verdict_colour(record: dict) -> str:
    severity = max((Severity[row["severity"]] for row in record["findings"]), default=Severity.CRITICAL)
    if record["error"]:
        return "critical"
    if severity >= Severity.WARNING:
        return severity.name.lower()
    return "info" if _waiting_plans(record["plans"]) else "ok"


def _approval_commands(order: RunRequest, plans: list[dict]) -> list[dict]:
    # The approval of a plan that was carried out is spent: given once more, it would be refused.
    spent = {plan["parameter"] for plan in plans if plan["status"] != "waiting"}
    remaining = {name: value for name, value in order.parameters.items() if name not in spent}
    return [
        {
            "title": plan["title"],
            "steps": format_count(len(plan["steps"]), "step"),
            "command": _run_command_line(order, remaining | {plan["parameter"]: plan["approval"]}),
        }
        for plan in _waiting_plans(plans)
    ]


def _run_command_line(order: RunRequest, parameters: dict[str, object]) -> str:
    options = [word for name, value in parameters.items() for word in ("-p", name, _parameter_text(value))]
    return shlex.join(["trinokit", "run", order.notebook.stem, *options])


def _parameter_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def _write_run_files(order: RunRequest, notebook: nbformat.NotebookNode, record: dict) -> None:
    folder, name = Path(record["folder"]), order.notebook.stem
    page = report.render_html(notebook, _page_data(order, notebook, record))
    files = {f"{name}.ipynb": nbformat.writes(notebook) + "\n", f"{name}.html": page}
    files |= {
        "findings.sarif": findings_export.render_sarif(record),
        "findings.junit.xml": findings_export.render_junit(record),
    }
    record["files"] = {file: sha256(text.encode()).hexdigest() for file, text in files.items()}
    for file, text in (files | {"run.json": json.dumps(record, indent=1) + "\n"}).items():
        _write_atomically(folder / file, text)


def _write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, "utf-8")
    os.replace(partial, path)
