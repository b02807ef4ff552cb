"""However a run ends, its folder holds the notebook, the report and the truth in run.json."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pandas as pd
import pytest
import yaml

from tests.recordings import query, write_recording
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity
from trinokit.notebook_run import RunRequest, final_outcome, run_notebook
from trinokit.plan import Command, Plan, Step
from trinokit.run_record import RunOutcome, RunRecord

PARAMETERS = 'cluster: str = "recorded/made"  # a cluster\nrows: int = 3  # lines'
FILES = {"made.ipynb", "made.html", "findings.sarif", "findings.junit.xml"}
PUBLISH = "from trinokit import report\nfrom trinokit.findings import Finding, Severity\n"


def notebook(folder: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_markdown_cell("# Made\n\nMade by a test.")]
    cells += [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
    for number, source in enumerate(sources):
        cells += [nbformat.v4.new_markdown_cell(f"## Part {number}"), nbformat.v4.new_code_cell(source)]
    path = folder / "made.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def finding(severity: str) -> str:
    return f'{PUBLISH}report.publish([Finding(Severity.{severity}, "it", "is so")])'


def order(tmp_path: Path, *sources: str, **options: object) -> RunRequest:
    known = {"parameters": {}, "output": tmp_path / "runs", "timeout": None, "fail_on": WARNING}
    return RunRequest(notebook(tmp_path, *sources), **known | options)


def whole(record: RunRecord) -> dict:
    """The record as it was written, after a look at every file of the run."""
    written = written_in(record.folder)

    assert list(written.items()) == list(record.to_json().items())
    return written


def written_in(folder: Path) -> dict:
    """The record that was written in the *folder* of a run, after a look at every file in it."""
    written = json.loads((folder / "run.json").read_text())

    assert written["folder"] == str(folder)
    assert {path.name for path in folder.iterdir()} == {"run.json", "run.log", *FILES}
    assert set(written["files"]) == FILES
    for name, digest in written["files"].items():
        assert sha256((folder / name).read_bytes()).hexdigest() == digest
    assert written["verdict"].split(":")[0] in (folder / "made.html").read_text()
    return written


def test_a_clean_run_ends_with_0_and_knows_its_parameters(tmp_path):
    record = whole(run_notebook(order(tmp_path, finding("OK") + "\nassert rows == 7", parameters={"rows": 7})))

    assert (record["outcome"], record["exit_code"]) == ("clean", 0)
    assert record["verdict"] == "OK: none of 1 findings needs attention."
    assert record["parameters"] == {"cluster": "recorded/made", "rows": 7}
    assert record["findings"] == [{"severity": "OK", "subject": "it", "finding": "is so"}]
    assert {"who", "started", "seconds", "versions", "git"} <= set(record)


def exit_code(code: int, *found: object, waits: bool = False) -> int:
    """The exit code of a run whose process ended as *code* says."""
    [outcome] = [each for each in RunOutcome if each.exit_code == code]
    return final_outcome(outcome, *found, waits=waits).exit_code


@pytest.mark.parametrize(
    ("code", "error", "severity", "fail_on", "end"),
    [
        (0, "", OK, WARNING, 0),
        (0, "", INFO, WARNING, 0),
        (0, "", WARNING, WARNING, 3),
        (0, "", CRITICAL, WARNING, 3),
        (0, "", WARNING, CRITICAL, 0),
        (0, "", CRITICAL, None, 0),
        (1, "SourceError: x", CRITICAL, WARNING, 1),
        (1, "ParameterError: x", OK, WARNING, 2),
        (124, "timed out", CRITICAL, WARNING, 124),
        (143, "stopped", CRITICAL, WARNING, 143),
    ],
)
def test_the_exit_code_is_a_contract(code, error, severity, fail_on, end):
    assert exit_code(code, error, [Finding(severity, "it", "is so")], fail_on) == end


@pytest.mark.parametrize(
    ("code", "error", "severity", "fail_on", "end"),
    [
        (0, "", OK, WARNING, 4),
        (0, "", CRITICAL, WARNING, 4),
        (0, "", CRITICAL, None, 4),
        (1, "SourceError: x", OK, WARNING, 1),
        (1, "ParameterError: x", OK, WARNING, 2),
        (124, "timed out", OK, WARNING, 124),
        (143, "stopped", OK, WARNING, 143),
    ],
)
def test_a_plan_that_waits_goes_before_findings_and_behind_failures(code, error, severity, fail_on, end):
    assert exit_code(code, error, [Finding(severity, "it", "is so")], fail_on, waits=True) == end


def test_findings_at_the_limit_end_with_3(tmp_path):
    record = whole(run_notebook(order(tmp_path, finding("WARNING"))))

    assert (record["outcome"], record["exit_code"]) == ("findings", 3)


def exported(record: dict) -> tuple[dict, ElementTree.Element]:
    """What a run says of its findings as SARIF and as JUnit."""
    folder = Path(record["folder"])
    [found] = json.loads((folder / "findings.sarif").read_text())["runs"]
    [suite] = ElementTree.parse(folder / "findings.junit.xml").getroot()
    return found, suite


def page(record: dict) -> str:
    return (Path(record["folder"]) / "made.html").read_text()


def test_details_of_a_finding_are_in_every_file_that_programs_read(tmp_path):
    details = {"rule": "scaling", "path": "spec.replicas"}
    source = f"details = {details}\n" + finding("WARNING").replace('"is so")', '"is so", details)')

    record = whole(run_notebook(order(tmp_path, source)))

    sarif, suite = exported(record)
    assert record["findings"] == [{"severity": "WARNING", "subject": "it", "finding": "is so", "details": details}]
    assert [each["ruleId"] for each in sarif["results"]] == ["scaling"]
    assert [case.get("name") for case in suite] == ["it spec.replicas"]


APPROVED = 'approved: str = ""  # an approval\nflags: list[str] = []  # some texts\nback: str = ""  # an approval, too'
MAKES = Plan(
    "Make a & b", tuple(Step(f"Make {name}", Command(("touch", name)), (Command(("rm", name)),)) for name in "ab")
)
EXECUTE = f"""
from trinokit import shell
from trinokit.plan import Command, Plan, ProposedPlan, Step
proposed = ProposedPlan({MAKES!r}, shell.run_command)
report.show(proposed)
executed = proposed.execute(approved=approved)
report.show_outcomes(executed)
report.publish(executed.findings())
"""
UNDO = """
undone = ProposedPlan(executed.undo_plan(), shell.run_command)
report.show_outcomes(undone.execute(approved=back), "back")
"""


def runbook(tmp_path: Path, *sources: str, fail_on: Severity | None = None, **parameters: object) -> dict:
    """The record of a run, in its own folder, of a notebook with a plan that makes two files."""
    path = notebook(tmp_path, *sources)
    read = nbformat.read(path, 4)
    read.cells[1].source = APPROVED
    nbformat.write(read, path)
    return whole(run_notebook(RunRequest(path, parameters, tmp_path / "runs", None, fail_on)))


def approvals(record: dict) -> list[str]:
    """The commands in the head of the report that carry out a plan."""
    head = page(record).partition("</header>")[0]
    return [unescape(text) for text in re.findall('<div class="approve">.*?<code>(.*?)</code>', head)]


def test_a_plan_waits_with_4_and_the_report_has_the_command_that_approves_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    record = runbook(tmp_path, PUBLISH + EXECUTE, flags=["-Da=1 \\", "b's"], approved="")

    assert (record["outcome"], record["exit_code"]) == ("a plan waits for approval", 4)
    assert record["verdict"] == f"A PLAN WAITS: {MAKES.approval}, 2 steps. OK: none of 1 findings needs attention."
    steps = [{"title": f"Make {name}", "status": "not approved"} for name in "ab"]
    told = {"approval": MAKES.approval, "title": "Make a & b", "status": "waiting", "parameter": "approved"}
    assert record["plans"] == [told | {"steps": steps}]
    [command] = approvals(record)
    flags = ["-p", "flags", '["-Da=1 \\\\", "b\'s"]']
    assert shlex.split(command) == ["trinokit", "run", "made", *flags, "-p", "approved", MAKES.approval]
    assert record["approve"] == [command]
    assert '<header class="info">' in page(record)
    assert not (tmp_path / "a").exists()


def test_an_approved_plan_is_carried_out_and_its_undo_waits_without_the_approval_that_is_spent(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    record = runbook(tmp_path, PUBLISH + EXECUTE, UNDO, approved=MAKES.approval)

    done, undone = record["plans"]
    assert [(plan["status"], plan["title"]) for plan in (done, undone)] == [
        ("done", "Make a & b"),
        ("waiting", "Undo: Make a & b"),
    ]
    assert record["verdict"].startswith(f"A PLAN WAITS: {undone['approval']}, 2 steps. OK: ")
    assert approvals(record) == [f"trinokit run made -p back {undone['approval']}"]
    assert (tmp_path / "a").exists()


def test_several_plans_wait_each_with_its_command(tmp_path):
    other = "other = ProposedPlan(Plan('Other', proposed.plan.steps[:1]), shell.run_command)\n"
    shows = "report.show_outcomes(other.execute(approved=back), 'back')"

    record = runbook(tmp_path, PUBLISH + EXECUTE, other + shows)

    one, two = (plan["approval"] for plan in record["plans"])
    assert record["verdict"].startswith(f"PLANS WAIT: {one}, 2 steps; {two}, 1 step. OK: ")
    assert approvals(record) == [f"trinokit run made -p approved {one}", f"trinokit run made -p back {two}"]


def test_a_plan_that_was_carried_out_does_not_wait(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    record = runbook(tmp_path, PUBLISH + EXECUTE, approved=MAKES.approval)

    assert (record["outcome"], record["verdict"]) == ("clean", "OK: none of 1 findings needs attention.")
    assert [plan["status"] for plan in record["plans"]] == ["done"]
    assert approvals(record) == []
    assert '<header class="ok">' in page(record)


def test_a_plan_that_paused_is_a_warning_and_its_approval_is_not_offered_again(tmp_path):
    gate = Step("Gate", Command(("sh", "-c", "echo 12 of 100 queries; exit 75")))
    plan = Plan("Release", (gate, Step("Go on", Command(("true",)))))
    source = PUBLISH + EXECUTE.replace(repr(MAKES), repr(plan))

    record = runbook(tmp_path, source, approved=plan.approval, fail_on=WARNING)

    sentence = "paused at step 1 of 2, Gate: 12 of 100 queries; nothing was taken back, run again to go on"
    assert (record["outcome"], record["exit_code"]) == ("findings", 3)
    assert {"severity": "WARNING", "subject": "Release", "finding": sentence} in record["findings"]
    assert [(plan["status"], plan["steps"]) for plan in record["plans"]] == [
        ("paused", [{"title": "Gate", "status": "paused"}, {"title": "Go on", "status": "not reached"}])
    ]
    assert (record["approve"], approvals(record)) == ([], [])
    assert '<header class="warning">' in page(record)


def test_a_run_that_fails_behind_a_plan_has_failed_and_approves_nothing(tmp_path):
    record = runbook(tmp_path, PUBLISH + EXECUTE, "{}['gone']")

    assert (record["exit_code"], record["verdict"]) == (1, "FAILED: KeyError: 'gone'")
    assert [plan["status"] for plan in record["plans"]] == ["waiting"]
    assert approvals(record) == []
    assert '<header class="critical">' in page(record)


def test_the_approval_of_another_plan_fails_the_run(tmp_path):
    record = runbook(tmp_path, PUBLISH + EXECUTE, approved="plan-00000000")

    assert record["exit_code"] == 1
    assert record["error"].startswith(f"PlanError: Expected the approval of this plan, {MAKES.approval}, found plan-0")


def test_a_run_that_failed_is_exported_as_failed(tmp_path):
    sarif, suite = exported(whole(run_notebook(order(tmp_path, finding("OK"), "{}['gone']"))))

    assert [each["executionSuccessful"] for each in sarif["invocations"]] == [False]
    assert (suite.get("tests"), suite.get("errors")) == ("2", "1")


def test_the_first_findings_of_many_stand_at_the_top_and_the_rest_is_counted(tmp_path):
    many = f'{PUBLISH}report.publish([Finding(Severity.WARNING, f"it {{n}}", "is so") for n in range(40)])'

    head = page(whole(run_notebook(order(tmp_path, many)))).partition("</header>")[0]

    assert head.count("<li") == 16
    assert "<li>and 25 more below</li>" in head


def test_a_run_that_looked_at_nothing_is_critical(tmp_path):
    record = whole(run_notebook(order(tmp_path, "1 + 1")))

    assert (record["verdict"], record["exit_code"]) == ("CRITICAL: nothing was looked at.", 3)


def test_a_failing_cell_ends_with_1_and_keeps_what_was_found_before(tmp_path):
    record = whole(run_notebook(order(tmp_path, finding("OK"), "{}['gone']", "never = 1")))

    assert (record["outcome"], record["exit_code"]) == ("failed", 1)
    assert record["error"] == "KeyError: 'gone'"
    page = (Path(record["folder"]) / "made.html").read_text()
    assert "<h1>Made</h1>" in page
    assert "papermill encountered" not in page
    assert len(record["findings"]) == 1


def test_an_error_of_ours_is_told_without_a_traceback(tmp_path):
    source = (
        'from trinokit.errors import SourceError\nraise SourceError("Expected a table, found none.", remedy="make one")'
    )
    record = whole(run_notebook(order(tmp_path, source)))

    page = (Path(record["folder"]) / "made.html").read_text()
    assert record["error"] == "SourceError: Expected a table, found none.\n  -> make one"
    assert "Traceback" not in page
    assert page.count("Expected a table, found none.") >= 2


def test_a_run_that_takes_too_long_ends_with_124(tmp_path):
    for seconds in (8, 30, 60):
        record = whole(run_notebook(order(tmp_path, finding("OK"), "import time\ntime.sleep(99)", timeout=seconds)))
        # A busy machine may not get as far as the second part.
        if record["findings"]:
            break

    assert (record["outcome"], record["exit_code"]) == ("timed out", 124)
    assert record["verdict"] == "TIMED OUT: timed out in the part «Part 1»"
    assert len(record["findings"]) == 1


def test_a_kernel_that_dies_ends_with_1(tmp_path):
    record = whole(run_notebook(order(tmp_path, finding("OK"), "import os\nos._exit(9)")))

    assert (record["outcome"], record["exit_code"]) == ("failed", 1)
    assert record["error"] == "the kernel died in the part «Part 1»; it may have run out of memory"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_ends_with_143_and_leaves_no_kernel(tmp_path, home, number):
    mark = f"waiting-{tmp_path.name}"
    notebook(
        home / "notebooks",
        finding("OK"),
        f"import sys, time\nsys.argv.append('{mark}')\nopen('started', 'w').close()\ntime.sleep(99)",
    )
    (home / "recorded" / "made").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "trinokit", "run", "made", "--output", str(tmp_path / "runs")],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: (tmp_path / "started").exists())
    kernels = children(process.pid)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)

    [folder] = (tmp_path / "runs").iterdir()
    record = written_in(folder)
    assert process.returncode == record["exit_code"] == 143
    assert "STOPPED: stopped in the part «Part 1»" in output
    assert kernels
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in kernels))


def test_a_notebook_cut_by_a_kill_is_replaced_by_its_source(tmp_path):
    source = "import os, pathlib, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(20)"
    record = whole(run_notebook(order(tmp_path, finding("OK"), source)))

    assert record["exit_code"] == 1


def children(pid: int) -> list[int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = path.read_text().rpartition(")")[2].split()
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, left = [], [pid]
    while left:
        found += (below := parents.get(left.pop(), []))
        left += below
    return found


def wait_for(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_run_says_on_plain_output_which_part_it_is_at(tmp_path, capfd):
    run_notebook(order(tmp_path, finding("OK")))

    said = [line for line in capfd.readouterr().err.splitlines() if not line.startswith("[IPKernelApp]")]
    assert said == ["[  1/4] Made", "[  3/4] Part 0"]
    assert os.listdir(tmp_path / "runs")


ASK = """
from trinokit import sources
source = sources.connect("recorded/july")
source.ask("longest_queries", since="2026-07-01", until="2026-07-02", rows=3)
"""


def log_of(folder: Path) -> list[str]:
    """The lines of a run's log, without their moments, and with every duration as N."""
    lines = (folder / "run.log").read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", line) for line in lines)
    return [re.sub(r"\d+\.\d+ s", "N s", line.split(" ", 1)[1]) for line in lines]


def test_the_log_of_a_run_tells_what_was_asked_in_which_part_and_how_it_ended(tmp_path, home, capfd):
    write_recording(home / "recorded" / "july", [query("120000", 1)])

    record = run_notebook(order(tmp_path, ASK, finding("OK")))

    [begin, *parts, end] = log_of(record.folder)
    assert begin.startswith("INFO trinokit.notebook_run: the run of made begins, with trinokit ")
    assert parts == [
        "INFO trinokit.notebook_process: cell 1 of 6 begins: Made",
        "INFO trinokit.notebook_process: cell 3 of 6 begins: Part 0",
        "INFO trinokit.sources.trino.question_runner: recorded/july: question longest_queries: 1 rows in N s",
        "INFO trinokit.notebook_process: cell 5 of 6 begins: Part 1",
    ]
    assert end == "INFO trinokit.notebook_run: the run ended: clean (exit code 0), after N s"
    assert "question_runner" not in capfd.readouterr().err


@pytest.mark.parametrize(("verbosity", "has_commands"), [(1, False), (2, True)])
def test_who_wants_it_sees_on_standard_error_what_stands_in_the_log(tmp_path, home, capfd, verbosity, has_commands):
    command = "from pathlib import Path\nfrom trinokit import shell\nshell.check_output('true', folder=Path.cwd())"

    record = run_notebook(order(tmp_path, command, verbosity=verbosity))

    lines = (record.folder / "run.log").read_text().splitlines()
    seen = capfd.readouterr().err.splitlines()
    assert [line for line in seen if line in lines] == lines
    assert any("DEBUG trinokit.shell: true: exit code 0 in" in line for line in lines) == has_commands
    # What is shown there is no output of the notebook.
    cells = nbformat.read(record.folder / "made.ipynb", 4).cells
    assert [output.get("text") for cell in cells for output in cell.get("outputs", []) if "stderr" in str(output)] == []


SECRETS = """
import logging
from pathlib import Path
from trinokit import shell, sources
from trinokit.errors import SourceError
here = sources.connect("here")
here.objects.live()
here.provenance.prometheus_state()
sources.connect("recorded/july").sql(
    "SELECT user FROM completed_queries WHERE query LIKE '%hunter2%'", since="2026-07-01", until="2026-07-02"
)
shell.run_command(("echo", "--set=db.password=hunter2", note, "https://ann:hunter2@host/x"), "hunter2", 10)
from trinokit.sources.secrets.secret_reference_resolution import resolve_secret
secret = resolve_secret("env:PASSWORD_OF_TRINO", None)
logging.getLogger("trinokit.made").warning("refused: %s", secret)
raise SourceError(f"Expected to be let in with {secret}, found 401.", remedy="hunter2")
"""


class Repeating(BaseHTTPRequestHandler):
    """Refuses everybody, and repeats with what."""

    def do_GET(self):
        given = self.headers.get("Authorization", "")
        message = f"{given} is refused, also {given.partition(' ')[2]}, and https://ann:hunter2@{self.path}"
        body = json.dumps({"kind": "Status", "message": message, "gitVersion": "v1.36.3"}).encode()
        self.send_response(200 if self.path == "/version" else 403, message)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def repeating(home, monkeypatch):
    """The cluster here, whose servers repeat what they are given, and the recording july."""
    server = HTTPServer(("127.0.0.1", 0), Repeating)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"127.0.0.1:{server.server_port}"
    config = {
        "clusters": [{"name": "a", "cluster": {"server": f"http://{place}"}}],
        "users": [{"name": "a", "user": {"token": "hunter2"}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
    }
    (home / "kubeconfig").write_text(yaml.safe_dump(config | {"current-context": "a"}))
    access = {"context": "a", "kubeconfig": str(home / "kubeconfig"), "namespaces": {"query engine": "trino"}}
    entry = {"kubernetes": access, "prometheus": {"url": f"http://ann:hunter2@{place}"}}
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": {"here": entry}}))
    write_recording(home / "recorded" / "july", [query("120000", 1) | {"query": "SELECT 'hunter2'"}])
    monkeypatch.setenv("PASSWORD_OF_TRINO", "hunter2")
    yield
    server.shutdown()
    server.server_close()


def test_no_secret_stands_in_the_log_even_where_a_server_repeats_it(tmp_path, repeating):
    given = order(tmp_path, SECRETS, verbosity=2)
    read = nbformat.read(given.notebook, 4)
    read.cells[1].source += '\nnote: str = ""  # a text'
    nbformat.write(read, given.notebook)

    record = run_notebook(replace(given, parameters={"note": "my.token=hunter2"}))

    told = "\n".join(log_of(record.folder))
    assert "hunter2" in record.error
    for part in (
        "WARNING trinokit.sources.kubernetes.listing: not read: Pod: ... is refused, also ..., and https://",
        "found 403 Basic ... is refused, also ..., and https://",
        "own question",
        "echo --set=db.password=... my.token=... https://host/x: exit code 0",
        "WARNING trinokit.made: refused: ...",
        "the run ended: failed (exit code 1)",
    ):
        assert part in told
    assert "hunter2" not in told
    assert b64encode(b"ann:hunter2").decode() not in told


def test_the_log_can_be_followed_and_survives_a_kill(tmp_path, home):
    write_recording(home / "recorded" / "july", [query("120000", 1)])
    notebook(home / "notebooks", ASK, "import time\ntime.sleep(99)")
    (home / "recorded" / "made").mkdir()
    argv = [sys.executable, "-m", "trinokit", "run", "made", "--output", str(tmp_path / "runs")]
    process = subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.DEVNULL)
    wait_for(lambda: any("begins: Part 1" in path.read_text() for path in tmp_path.glob("runs/*/run.log")))
    below = children(process.pid)
    for pid in (process.pid, *below):
        os.kill(pid, signal.SIGKILL)
    process.wait()

    [folder] = (tmp_path / "runs").iterdir()
    assert [line.partition(": ")[2] for line in log_of(folder)][1:] == [
        "cell 1 of 6 begins: Made",
        "cell 3 of 6 begins: Part 0",
        "recorded/july: question longest_queries: 1 rows in N s",
        "cell 5 of 6 begins: Part 1",
    ]
    assert not (folder / "run.json").exists()


def test_a_history_of_the_older_layout_is_reported_with_what_it_cannot_answer(tmp_path, home):
    names = ("query_id", "query", "user", "state", "execution_time_ms")
    values = ("SELECT 1", "ann", "FINISHED", 5)
    created = pd.date_range("2026-07-01 12:00", periods=20, freq="min")
    rows = [dict(zip(names, (f"q{at:%H%M}", *values), strict=True)) | {"create_time": at} for at in created]
    described = dict.fromkeys(names, "varchar") | {"create_time": "timestamp(3)"}
    write_recording(home / "recorded" / "older", rows, described=described)
    given = {"cluster": "recorded/older", "since": "2026-07-01T12:00", "until": "2026-07-01T12:20", "least_queries": 1}

    record = run_notebook(
        RunRequest(home / "notebooks" / "query_performance.ipynb", given, tmp_path / "runs", None, WARNING)
    )

    attention = {row["subject"]: row["finding"] for row in record.to_json()["findings"] if row["severity"] != "OK"}
    assert attention == {
        "user ann": "caused 100 % of the execution time (limit 40 %) with 100 % of the queries",
        "waiting": "was not answered: the history has no column for analysis_time_ms, blocked_time_ms, "
        "elapsed_time_ms, planning_time_ms, queued_time_ms, waiting_time_ms",
        "failures": "was not answered: the history has no column for cpu_time_ms, error_code, error_type",
        "coverage": "could not be judged for 20 rows whose query_id is not one of Trino's",
    }
    assert record.exit_code == 3
