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

import nbformat
from nbformat import NotebookNode

from trinokit import exports, planned, report, shell
from trinokit.errors import ParameterError, SourceError
from trinokit.findings import Finding, Severity, counted, worst
from trinokit.parameters import declared

CLEAN, FAILED, BAD_PARAMETERS, FINDINGS, WAITING, TIMED_OUT, STOPPED = 0, 1, 2, 3, 4, 124, 143
_OUTCOMES = {
    CLEAN: "clean",
    FAILED: "failed",
    BAD_PARAMETERS: "bad parameters",
    FINDINGS: "findings",
    WAITING: "a plan waits for approval",
    TIMED_OUT: "timed out",
    STOPPED: "stopped",
}
_PAPERMILLS_OWN = "papermill-error-cell-tag"


@dataclass(frozen=True)
class Order:
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


def run(order: Order) -> dict:
    """The record of a new run, whose folder holds the notebook, the HTML report and run.json however it ended.

    Findings are there for other programs too, as SARIF and JUnit.
    """
    started = datetime.now(UTC)
    folder = order.output / f"{order.notebook.stem}-{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    folder.mkdir(parents=True)
    with _signals_restored():
        partial = folder / ".partial.ipynb"
        code = _execute(order, partial)
        notebook = _executed(partial, order.notebook)
        partial.unlink(missing_ok=True)
        record = _record(order, notebook, code, started) | {"folder": str(folder)}
        _publish(order, notebook, record)
    return record


def exit_code(code: int, error: str, findings: list[Finding], fail_on: Severity | None, waits: bool = False) -> int:
    """How a run ends that ended with *code*, *error* and *findings*, of which those from *fail_on* on count.

    A plan that *waits* for approval goes before findings, since it is there to mend them.
    """
    if code == FAILED and error.startswith(ParameterError.__name__):
        return BAD_PARAMETERS
    if code == CLEAN and waits:
        return WAITING
    if code == CLEAN and fail_on and worst(findings) >= fail_on:
        return FINDINGS
    return code


def _execute(order: Order, output: Path) -> int:
    values = output.with_name(".parameters.json")
    values.write_text(json.dumps(order.parameters))
    argv = [sys.executable, "-P", "-m", "trinokit.execute", str(order.notebook), str(output), str(values)]
    try:
        _on_signals(_stop)
        with shell.child(*argv, folder=Path.cwd()) as child:
            return CLEAN if child.wait(order.timeout) == 0 else FAILED
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    except _Stopped:
        return STOPPED
    finally:
        # What was found is written in any case, also when another signal comes.
        _on_signals(signal.SIG_IGN)
        values.unlink(missing_ok=True)


def _stop(number: int, frame: FrameType | None) -> None:
    # Kubernetes sends SIGTERM once and waits 30 s; a person may press Ctrl-C again and again.
    _on_signals(signal.SIG_IGN)
    raise _Stopped


def _on_signals(handler: Callable | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


@contextmanager
def _signals_restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _executed(partial: Path, source: Path) -> NotebookNode:
    # A killed process may leave half a file behind; the notebook as it was is then all that is known.
    try:
        notebook = nbformat.read(partial, 4)
    except (OSError, ValueError):
        return nbformat.read(source, 4)
    # papermill marks a failure with cells of its own; the report says it at the top and in the failing cell.
    notebook.cells = [cell for cell in notebook.cells if _PAPERMILLS_OWN not in cell.metadata.get("tags", [])]
    return notebook


def _record(order: Order, notebook: NotebookNode, code: int, started: datetime) -> dict:
    rows = report.published(notebook)
    findings = [Finding(Severity[row["severity"]], row["subject"], row["finding"]) for row in rows]
    error, plans = _error(notebook, code), planned.plans(notebook)
    code = exit_code(code, error, findings, order.fail_on, bool(_waiting(plans)))
    return {
        "notebook": order.notebook.stem,
        "outcome": _OUTCOMES[code],
        "exit_code": code,
        "verdict": f"{_OUTCOMES[code].upper()}: {error.splitlines()[0]}" if error else _verdict(findings, plans),
        "error": error,
        "parameters": {name: known.default for name, known in declared(order.notebook).items()} | order.parameters,
        "findings": rows,
        "plans": plans,
        "approve": [] if error else [each["command"] for each in _approvals(order, plans)],
        "who": f"{getpass.getuser()}@{socket.gethostname()}",
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
        "versions": {name: version(name) for name in ("trinokit", "trino", "pandas", "papermill", "duckdb")}
        | {"python": platform.python_version()},
        "git": _commit(order.notebook.parent),
        "fail_on": order.fail_on.name.lower() if order.fail_on else "never",
    }


def _waiting(plans: list[dict]) -> list[dict]:
    return [plan for plan in plans if plan["status"] == "waiting"]


def _verdict(findings: list[Finding], plans: list[dict]) -> str:
    told = [f"{plan['approval']}, {counted(len(plan['steps']), 'step')}" for plan in _waiting(plans)]
    waits = "A PLAN WAITS" if len(told) == 1 else "PLANS WAIT"
    return f"{waits}: {'; '.join(told)}. {report.verdict(findings)}" if told else report.verdict(findings)


def _outputs(notebook: NotebookNode, key: str) -> list:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [output[key] for cell in cells for output in cell.outputs if key in output]


def _error(notebook: NotebookNode, code: int) -> str:
    if code == CLEAN:
        return ""
    if code in (TIMED_OUT, STOPPED):
        return f"{_OUTCOMES[code]} in {_running(notebook)}"
    names, sentences = _outputs(notebook, "ename"), _outputs(notebook, "evalue")
    if names:
        return f"{names[-1]}: {sentences[-1]}"
    return f"the kernel died in {_running(notebook)}; it may have run out of memory"


def _running(notebook: NotebookNode) -> str:
    heading = "the first cell"
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.splitlines()[0].lstrip("# ")
        if cell.metadata.get("papermill", {}).get("status") == "running":
            break
    return f"the part «{heading}»"


def _commit(folder: Path) -> str:
    try:
        commit = shell.output("git", "rev-parse", "HEAD", folder=folder)
        changed = shell.output("git", "status", "--porcelain", "--untracked-files=no", folder=folder)
    except SourceError:
        return "not a git checkout"
    return f"{commit} with uncommitted changes" if changed else commit


def _page(order: Order, notebook: NotebookNode, record: dict) -> dict:
    made = {
        "outcome": f"{record['outcome']} (exit code {record['exit_code']})",
        "by": record["who"],
        "started": record["started"],
        "took": f"{record['seconds']} s",
        "versions": ", ".join(f"{name} {number}" for name, number in record["versions"].items()),
        "commit": record["git"],
    }
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    titles = [source.splitlines()[0] for source in prose if source.startswith("# ")]
    attention, more = report.attention(record["findings"])
    return record | {
        "title": titles[0].lstrip("# ") if titles else order.notebook.stem,
        "severity": _colour(record),
        "attention": attention,
        "more": more,
        "made": made,
        "command": _command(order, order.parameters),
        "waiting": [] if record["error"] else _approvals(order, record["plans"]),
    }


def _colour(record: dict) -> str:
    severity = max((Severity[row["severity"]] for row in record["findings"]), default=Severity.CRITICAL)
    if record["error"]:
        return "critical"
    if severity >= Severity.WARNING:
        return severity.name.lower()
    return "info" if _waiting(record["plans"]) else "ok"


def _approvals(order: Order, plans: list[dict]) -> list[dict]:
    # The approval of a plan that was carried out is spent: given once more, it would be refused.
    spent = {plan["parameter"] for plan in plans if plan["status"] != "waiting"}
    kept = {name: value for name, value in order.parameters.items() if name not in spent}
    return [
        {
            "title": plan["title"],
            "steps": counted(len(plan["steps"]), "step"),
            "command": _command(order, kept | {plan["parameter"]: plan["approval"]}),
        }
        for plan in _waiting(plans)
    ]


def _command(order: Order, parameters: dict[str, object]) -> str:
    options = [word for name, value in parameters.items() for word in ("-p", name, _written(value))]
    return shlex.join(["trinokit", "run", order.notebook.stem, *options])


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def _publish(order: Order, notebook: NotebookNode, record: dict) -> None:
    folder, name = Path(record["folder"]), order.notebook.stem
    page = report.html(notebook, _page(order, notebook, record))
    files = {f"{name}.ipynb": nbformat.writes(notebook) + "\n", f"{name}.html": page}
    files |= {"findings.sarif": exports.sarif(record), "findings.junit.xml": exports.junit(record)}
    record["files"] = {file: sha256(text.encode()).hexdigest() for file, text in files.items()}
    for file, text in (files | {"run.json": json.dumps(record, indent=1) + "\n"}).items():
        _write(folder / file, text)


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, "utf-8")
    os.replace(partial, path)
