"""What came of one notebook with one set of parameters? An executed notebook, a report, run.json and an exit code."""

import getpass
import json
import logging
import os
import platform
import secrets
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from trinokit import findings_export, plan_rendering, report, run_log, shell
from trinokit.errors import ParameterError, SourceError
from trinokit.findings import Finding, Severity, format_count, worst_severity
from trinokit.notebook_format import nbformat
from trinokit.parameters import declared_parameters
from trinokit.report_head import WaitingPlan, run_head
from trinokit.run_record import RunOutcome, RunRecord, waiting_plans

_log = logging.getLogger(__name__)
_PAPERMILL_ERROR_TAG = "papermill-error-cell-tag"


@dataclass(frozen=True)
class RunRequest:
    """What to run: a *notebook* with *parameters*, for at most *timeout* seconds, into a new folder of *output*.

    Findings of at least *fail_on* make it end with exit code 3; None lets none of them.
    A *verbosity* of 1 shows on standard error what is written to its run.log; 2 has each request written to it.
    """

    notebook: Path
    parameters: dict[str, object]
    output: Path
    timeout: float | None
    fail_on: Severity | None
    verbosity: int = 0


class _Stopped(Exception):
    pass


def run_notebook(order: RunRequest) -> RunRecord:
    """The record of a new run, whose folder holds the notebook, the HTML report and run.json however it ended.

    Findings are there for other programs too, as SARIF and JUnit, and run.log tells from the beginning what was asked.
    """
    started = datetime.now(UTC)
    folder = order.output / f"{order.notebook.stem}-{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    folder.mkdir(parents=True)
    log = folder.resolve() / run_log.FILE_NAME
    log_on_stderr = run_log.followed(log, sys.stderr) if order.verbosity else nullcontext()
    with _restore_signal_handlers(), run_log.written_to(log, run_log.log_level(order.verbosity)), log_on_stderr:
        _log.info("the run of %s begins, with trinokit %s", order.notebook.stem, version("trinokit"))
        record = _run_into(order, folder, started)
        _log.info("the run ended: %s (exit code %d), after %.1f s", record.outcome, record.exit_code, record.seconds)
    return record


def final_outcome(
    outcome: RunOutcome, error: str, findings: Sequence[Finding], fail_on: Severity | None, waits: bool = False
) -> RunOutcome:
    """How a run ends whose process had this *outcome*, with *error* and *findings*; those from *fail_on* on count.

    A plan that *waits* for approval goes before findings, since it is there to mend them.
    """
    if outcome == RunOutcome.FAILED and error.startswith(ParameterError.__name__):
        return RunOutcome.BAD_PARAMETERS
    if outcome == RunOutcome.CLEAN and waits:
        return RunOutcome.WAITING
    if outcome == RunOutcome.CLEAN and fail_on and worst_severity(findings) >= fail_on:
        return RunOutcome.HAS_FINDINGS
    return outcome


def _run_into(order: RunRequest, folder: Path, started: datetime) -> RunRecord:
    partial = folder / ".partial.ipynb"
    outcome = _execute_notebook(order, partial)
    notebook = _read_executed_notebook(partial, order.notebook)
    partial.unlink(missing_ok=True)
    return _write_run_files(order, notebook, _run_record(order, notebook, outcome, folder, started))


def _execute_notebook(order: RunRequest, output: Path) -> RunOutcome:
    values = output.with_name(".parameters.json")
    values.write_text(json.dumps(order.parameters))
    log, level = output.parent.resolve() / run_log.FILE_NAME, run_log.log_level(order.verbosity)
    arguments = (str(each) for each in (order.notebook, output, values, log, logging.getLevelName(level)))
    argv = [sys.executable, "-P", "-m", "trinokit.notebook_process", *arguments]
    try:
        _set_signal_handler(_raise_stopped)
        with shell.child_process(*argv, folder=Path.cwd()) as child:
            return RunOutcome.CLEAN if child.wait(order.timeout) == 0 else RunOutcome.FAILED
    except subprocess.TimeoutExpired:
        return RunOutcome.TIMED_OUT
    except _Stopped:
        return RunOutcome.STOPPED
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


def _run_record(
    order: RunRequest, notebook: nbformat.NotebookNode, outcome: RunOutcome, folder: Path, started: datetime
) -> RunRecord:
    findings = tuple(map(Finding.from_json, report.published_findings(notebook)))
    error, plans = _run_error(notebook, outcome), tuple(plan_rendering.plan_records(notebook))
    outcome = final_outcome(outcome, error, findings, order.fail_on, bool(waiting_plans(plans)))
    return RunRecord(
        notebook=order.notebook.stem,
        outcome=outcome,
        verdict=f"{outcome.upper()}: {error.splitlines()[0]}" if error else _run_verdict(findings, plans),
        error=error,
        parameters={name: parameter.default for name, parameter in declared_parameters(order.notebook).items()}
        | order.parameters,
        findings=findings,
        plans=plans,
        approve=() if error else tuple(each.command for each in _plans_to_approve(order, plans)),
        who=f"{getpass.getuser()}@{socket.gethostname()}",
        started=started.replace(microsecond=0),
        seconds=round((datetime.now(UTC) - started).total_seconds(), 1),
        versions={name: version(name) for name in ("trinokit", "trino", "pandas", "papermill", "duckdb")}
        | {"python": platform.python_version()},
        git=_checkout_commit(order.notebook.parent),
        fail_on=order.fail_on,
        folder=folder,
    )


def _run_verdict(findings: Sequence[Finding], plans: Sequence[Mapping]) -> str:
    approvals = [f"{plan['approval']}, {format_count(len(plan['steps']), 'step')}" for plan in waiting_plans(plans)]
    waits = "A PLAN WAITS" if len(approvals) == 1 else "PLANS WAIT"
    return (
        f"{waits}: {'; '.join(approvals)}. {report.verdict_sentence(findings)}"
        if approvals
        else report.verdict_sentence(findings)
    )


def _output_values(notebook: nbformat.NotebookNode, key: str) -> list:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [output[key] for cell in cells for output in cell.outputs if key in output]


def _run_error(notebook: nbformat.NotebookNode, outcome: RunOutcome) -> str:
    if outcome == RunOutcome.CLEAN:
        return ""
    if outcome in (RunOutcome.TIMED_OUT, RunOutcome.STOPPED):
        return f"{outcome} in {_running_part(notebook)}"
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


def _notebook_title(notebook: nbformat.NotebookNode, name: str) -> str:
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    titles = [source.splitlines()[0] for source in prose if source.startswith("# ")]
    return titles[0].lstrip("# ") if titles else name


def _plans_to_approve(order: RunRequest, plans: Sequence[Mapping]) -> list[WaitingPlan]:
    # The approval of a plan that was carried out is spent: given once more, it would be refused.
    spent = {plan["parameter"] for plan in plans if plan["status"] != "waiting"}
    remaining = {name: value for name, value in order.parameters.items() if name not in spent}
    return [
        WaitingPlan(
            title=plan["title"],
            steps=format_count(len(plan["steps"]), "step"),
            command=_run_command_line(order, remaining | {plan["parameter"]: plan["approval"]}),
        )
        for plan in waiting_plans(plans)
    ]


def _run_command_line(order: RunRequest, parameters: dict[str, object]) -> str:
    options = [word for name, value in parameters.items() for word in ("-p", name, _parameter_text(value))]
    return shlex.join(["trinokit", "run", order.notebook.stem, *options])


def _parameter_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def _write_run_files(order: RunRequest, notebook: nbformat.NotebookNode, record: RunRecord) -> RunRecord:
    head = run_head(
        record,
        title=_notebook_title(notebook, record.notebook),
        command=_run_command_line(order, order.parameters),
        waiting=_plans_to_approve(order, record.plans),
    )
    files = {
        f"{record.notebook}.ipynb": nbformat.writes(notebook) + "\n",
        f"{record.notebook}.html": report.render_html(notebook, head),
        "findings.sarif": findings_export.render_sarif(record),
        "findings.junit.xml": findings_export.render_junit(record),
    }
    record = replace(record, files={file: sha256(text.encode()).hexdigest() for file, text in files.items()})
    for file, text in (files | {"run.json": json.dumps(record.to_json(), indent=1) + "\n"}).items():
        _write_atomically(record.folder / file, text)
    return record


def _write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, "utf-8")
    os.replace(partial, path)
