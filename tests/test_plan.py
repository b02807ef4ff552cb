"""A plan runs only as it was approved, stops at the first failure, is journalled before it goes on, and can go back."""

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import process
from trinokit import shell
from trinokit.errors import ParameterError, PlanError
from trinokit.plan import Command, Outcome, Plan, Step, execute_plan, journalled_plan, undo_plan


def writes(path: Path, text: str) -> Command:
    return Command(("tee", str(path)), text)


def removes(path: Path) -> Command:
    return Command(("rm", str(path)))


def making(folder: Path, *names: str) -> Plan:
    """A plan that makes files, each taken back by its removal; there is no folder for a name such as `no/where`."""
    steps = [Step(f"Make {name}", writes(folder / name, f"{name}\n"), (removes(folder / name),)) for name in names]
    return Plan("Make files", tuple(steps))


def there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def statuses(outcomes: list[Outcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def carried_out(plan: Plan, journal: Path | None = None) -> list[Outcome]:
    return execute_plan(plan, approved=plan.approval, run=shell.run_command, journal=journal)


@pytest.fixture
def folder(tmp_path) -> Path:
    """An empty folder, with the journal beside it."""
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


@pytest.fixture
def journal(tmp_path) -> Path:
    return tmp_path / "runs" / "journal"


def test_without_an_approval_nothing_runs(folder, journal):
    plan = making(folder, "a", "b")

    outcomes = execute_plan(plan, approved="", run=shell.run_command, journal=journal)

    assert outcomes == [Outcome(step, "not approved") for step in plan.steps]
    assert there(folder) == []
    assert not journal.exists()


def test_an_approved_plan_runs_step_by_step(folder):
    plan = making(folder, "a", "b")

    outcomes = carried_out(plan)

    assert outcomes == [Outcome(plan.steps[0], "done", "a"), Outcome(plan.steps[1], "done", "b")]
    assert there(folder) == ["a", "b"]


def test_the_first_failure_stops_the_plan(folder):
    plan = making(folder, "a", "no/where", "c")

    outcomes = carried_out(plan)

    assert statuses(outcomes) == ["done", "failed", "not reached"]
    assert "No such file or directory" in outcomes[1].said
    assert there(folder) == ["a"]


def test_the_approval_of_another_plan_is_refused_with_both(folder, journal):
    plan, other = making(folder, "a"), making(folder, "b")

    with pytest.raises(PlanError, match=f"of this plan, {plan.approval}, found {other.approval}: .* moved since"):
        execute_plan(plan, approved=other.approval, run=shell.run_command, journal=journal)

    assert there(folder) == []
    assert not journal.exists()


def test_a_plan_with_nothing_to_do_has_no_approval_and_no_outcome_whatever_is_approved():
    plan = Plan("All is well", ())

    assert plan.approval == ""
    assert (
        execute_plan(plan, approved="plan-34a3cbd0", run=shell.run_command)
        == execute_plan(plan, approved="", run=shell.run_command)
        == []
    )


STEP = Step(
    "Apply it", Command(("kubectl", "apply", "-f", "-"), "kind: A\n"), (Command(("kubectl", "delete", "a"), "x"),)
)


def approval(*steps: Step) -> str:
    return Plan("Apply", steps).approval


def test_the_approval_is_of_each_command_and_each_undo_and_of_nothing_else():
    changed = [
        Step("Apply it", Command(("kubectl", "apply", "-f -"), "kind: A\n"), STEP.undo),
        Step("Apply it", Command(("kubectl", "apply", "-f", "-"), "kind: B\n"), STEP.undo),
        Step("Apply it", STEP.command, (Command(("kubectl", "delete", "b"), "x"),)),
        Step("Apply it", STEP.command, (Command(("kubectl", "delete", "a"), "y"),)),
        Step("Apply it", STEP.command),
    ]
    plans = [(STEP,), (STEP, STEP), *((step,) for step in changed)]
    worded = Step("Do", STEP.command, STEP.undo, change="-a\n+b\n", seconds=5, partial=True)

    assert all(approval(*one) != approval(*other) for one, other in combinations(plans, 2))
    assert approval(STEP) == approval(worded) == "plan-b51beeaf"


def test_the_approval_does_not_confuse_a_command_with_an_undo():
    command = Command(("b",))

    assert approval(Step("", Command(("a",)), (command,))) != approval(Step("", Command(("a",))), Step("", command))


REPEAT = "import json, sys; print(json.dumps([sys.argv[1:], sys.stdin.buffer.read().decode()]))"


@given(st.lists(st.text(), min_size=1))
def test_a_shell_splits_a_pasted_command_into_its_words(words):
    assert shlex.split(Command(tuple(words)).shell()) == words


@given(st.lists(st.sampled_from(["END", "END1", "\n", "x", " "])).map("".join))
def test_a_text_for_a_command_ends_where_it_ends(text):
    first, *lines = Command(("cat",), f"{text}\n").shell().split("\n")

    assert first == f"cat <<'{lines[-1]}'"
    assert "\n".join(lines[:-1]) == text
    assert lines[-1] not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a",
        "END\n",
        "END",
        "$HOME `id` \\ 'x' \"y\"\n",
        "END\nEND1\nEND2\n",
        "\r\n\n",
        "\n",
        "a\n\nb \n",
        "'\n' ",
    ],
)
def test_a_pasted_command_reads_and_is_given_what_the_plan_gives_it(text):
    words = ("-c", REPEAT, "it's", "a b", "$HOME", "*", "", "two\nlines", text)
    command = Command((sys.executable, *words), text)

    pasted = subprocess.run(["sh"], input=command.shell(), capture_output=True, text=True, timeout=60)
    run = shell.run_command(command.argv, command.given, 60)

    assert json.loads(run.text) == [list(words[2:]), text]
    if text:
        assert (pasted.stdout, pasted.stderr) == (run.text, "")


def test_a_pasted_command_looks_like_one_that_a_person_wrote():
    assert Command(("kubectl", "-n", "trino", "get", "pods")).shell() == "kubectl -n trino get pods"
    assert Command(("git", "apply", "-"), "-a\n+b\n").shell() == "git apply - <<'END'\n-a\n+b\nEND"
    assert Command(("tee", "a b"), "x").shell() == "printf %s x | tee 'a b'"


def says(text: str, code: int = 0) -> Plan:
    return Plan("Say it", (Step("Say", Command(("sh", "-c", f'printf "%s" "$1"; exit {code}', "-", text))),))


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("\n".join(str(n) for n in range(30)), 0, "\n".join(str(n) for n in range(10, 30))),
        ("", 0, ""),
        ("", 3, "exit code 3"),
        ("no\n", 3, "no"),
    ],
)
def test_an_outcome_has_the_last_lines_that_were_said(text, code, said):
    plan = says(text, code)

    assert carried_out(plan) == [Outcome(plan.steps[0], "failed" if code else "done", said)]


def test_a_step_that_takes_too_long_fails(folder):
    slow = Step("Wait", Command(("sleep", "99")), seconds=0.2)
    plan = Plan("Wait and make", (slow, *making(folder, "a").steps))

    outcomes = carried_out(plan)

    said = "Expected sleep to end within 0.2 s, found it running, and ended it."
    assert outcomes == [Outcome(slow, "failed", said), Outcome(plan.steps[1], "not reached")]


# The way back.


def test_undo_takes_back_what_was_done_last_step_first(folder):
    plan = making(folder, "a", "b", "no/where", "d")
    outcomes = carried_out(plan)

    back = undo_plan(plan, outcomes)

    assert [step.title for step in back.steps] == ["Undo: Make b", "Undo: Make a"]
    assert [step.command for step in back.steps] == [removes(folder / "b"), removes(folder / "a")]
    assert statuses(carried_out(back)) == ["done", "done"]
    assert there(folder) == []


def test_undo_has_a_title_and_an_approval_of_its_own(folder):
    plan = making(folder, "a")
    back = undo_plan(plan, carried_out(plan))

    assert back.title == "Undo: Make files"
    assert back.approval not in ("", plan.approval)
    with pytest.raises(PlanError, match=plan.approval):
        execute_plan(back, approved=plan.approval, run=shell.run_command)
    assert there(folder) == ["a"]


@pytest.mark.parametrize(
    ("status", "partial", "undone", "uncertain"),
    [
        ("done", False, True, False),
        ("interrupted", False, True, True),
        ("failed", True, True, True),
        ("failed", False, False, False),
        ("not reached", True, False, False),
        ("not approved", True, False, False),
    ],
)
def test_undo_is_for_what_may_have_changed_something(status, partial, undone, uncertain):
    step = Step("Apply it", Command(("a",)), (Command(("b",)), Command(("c",))), seconds=5, partial=partial)
    plan = Plan("Apply", (step, Step("Wait", Command(("d",)), seconds=600)))

    back = undo_plan(plan, [Outcome(step, status), Outcome(plan.steps[1], "not reached")])

    titles = ("Undo: Apply it (1 of 2)", "Undo: Apply it (2 of 2)")
    steps = zip(titles, step.undo, strict=True)
    wanted = tuple(Step(title, command, seconds=600, uncertain=uncertain) for title, command in steps)
    assert back == Plan("Undo: Apply", wanted if undone else ())


def test_what_may_not_have_been_done_does_not_keep_the_rest_from_being_undone(folder):
    plan = making(folder, "a", "b")
    carried_out(making(folder, "a"))
    outcomes = [Outcome(plan.steps[0], "done"), Outcome(plan.steps[1], "interrupted")]

    undone = carried_out(undo_plan(plan, outcomes))

    assert statuses(undone) == ["failed", "done"]
    assert there(folder) == []


def test_what_was_certainly_done_and_cannot_be_undone_stops_the_way_back(folder):
    plan = making(folder, "a", "b")
    outcomes = carried_out(plan)
    (folder / "b").unlink()

    assert statuses(carried_out(undo_plan(plan, outcomes))) == ["failed", "not reached"]
    assert there(folder) == ["a"]


def test_an_undo_is_not_undone_and_the_same_outcomes_always_give_the_same_undo(folder):
    plan = making(folder, "a", "b")
    outcomes = carried_out(plan)
    back = undo_plan(plan, outcomes)

    assert undo_plan(back, carried_out(back)) == Plan("Undo: Undo: Make files", ())
    assert undo_plan(plan, outcomes) == back


def test_a_plan_goes_forth_and_back_as_often_as_it_is_approved(folder, journal):
    plan = making(folder, "a", "b")
    for _ in range(3):
        back = undo_plan(plan, carried_out(plan, journal))
        assert there(folder) == ["a", "b"]
        carried_out(back, journal)
        assert there(folder) == []

    assert sorted(path.stem for path in journal.iterdir()) == sorted([plan.approval, back.approval])
    assert statuses(journalled_plan(journal, back.approval)[1]) == ["done", "done"]


# The journal.


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "no/where", "c"), ("no/where",)])
def test_the_journal_gives_back_plan_and_outcomes(folder, journal, names):
    plan = making(folder, *names)
    outcomes = carried_out(plan, journal)

    assert journalled_plan(journal, plan.approval) == (plan, outcomes)


def test_every_field_of_a_plan_survives_the_journal(journal):
    odd = Command(("echo", "\ud800", "é\n", ""), "\u2028\r\n\ud800")
    plan = Plan("Odd ‹›\n", (Step("\u2028", odd, (odd, odd), "-a\n+b\n", 1.5, True, True),))

    execute_plan(plan, approved=plan.approval, run=lambda argv, given, seconds: (0, "said\u2028so"), journal=journal)

    assert journalled_plan(journal, plan.approval) == (plan, [Outcome(plan.steps[0], "done", "said\nso")])


def test_a_step_is_journalled_before_it_begins_and_after_it_ended(folder, journal):
    plan = making(folder, "a", "b")
    seen = []

    def run(argv, given, seconds) -> tuple[int, str]:
        [path] = journal.iterdir()
        seen.append([set(json.loads(line)) - {"at", "title"} for line in path.read_text().splitlines()])
        return shell.run_command(argv, given, seconds)

    execute_plan(plan, approved=plan.approval, run=run, journal=journal)

    begun, ended = {"begins"}, {"ended", "status", "said"}
    assert seen == [[{"approval", "plan"}, begun], [{"approval", "plan"}, begun, ended, begun]]


def test_the_journal_is_for_its_owner_only(folder, journal):
    plan = making(folder, "a")
    carried_out(plan, journal)

    assert stat.S_IMODE((journal / f"{plan.approval}.jsonl").stat().st_mode) == 0o600


def test_a_second_attempt_is_kept_behind_the_first_and_tells_alone_how_it_stands(folder, journal):
    plan = making(folder, "in/a", "in/b")
    (folder / "in").mkdir()
    first = carried_out(plan, journal)
    shutil.rmtree(folder / "in")
    second = carried_out(plan, journal)

    assert (statuses(first), statuses(second)) == (["done", "done"], ["failed", "not reached"])
    assert journalled_plan(journal, plan.approval) == (plan, second)
    assert (journal / f"{plan.approval}.jsonl").read_text().count('"plan"') == 2


def test_without_a_journal_that_can_be_written_nothing_runs(folder, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(PlanError, match=r"Expected to write the journal .*/file/plan-\w{8}\.jsonl, found: "):
        carried_out(making(folder, "a"), tmp_path / "file")

    assert there(folder) == []


def test_a_disk_that_is_full_stops_the_plan_before_the_next_step(folder, tmp_path):
    plan = making(folder, "a", "b")
    (tmp_path / "journal").mkdir()
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tests.test_plan import *\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"journal, plan = Path({str(tmp_path / 'journal')!r}), making(Path({str(folder)!r}), 'a', 'b')\n"
        "def run(*command):\n"
        "    size = next(journal.iterdir()).stat().st_size\n"
        "    ended = shell.run_command(*command)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, size + 10))\n"
        "    return ended\n"
        "execute_plan(plan, approved=plan.approval, run=run, journal=journal)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)

    assert "PlanError: Expected to write the journal" in done.stderr
    assert "File too large" in done.stderr
    assert there(folder) == ["a"]
    assert statuses(journalled_plan(tmp_path / "journal", plan.approval)[1]) == ["interrupted", "not reached"]


def test_a_plan_that_is_under_way_is_neither_carried_out_nor_undone_beside(folder, journal):
    plan = making(folder, "a")

    def run(argv, given, seconds) -> tuple[int, str]:
        with pytest.raises(PlanError, match=f"Expected {plan.approval} at rest, found it under way"):
            carried_out(plan, journal)
        with pytest.raises(PlanError, match="wait until it has ended"):
            journalled_plan(journal, plan.approval)
        return shell.run_command(argv, given, seconds)

    assert statuses(execute_plan(plan, approved=plan.approval, run=run, journal=journal)) == ["done"]


def test_a_killed_process_leaves_the_step_interrupted_and_the_way_back_works(folder, journal, tmp_path):
    first, last = making(folder, "a").steps, making(folder, "c").steps
    waits = Step("Wait", Command(("sh", "-c", f"touch {folder}/b; sleep 99")), (removes(folder / "b"),), seconds=1)
    plan = Plan("Make and wait", (*first, waits, *last))
    (tmp_path / "plan.json").write_text(repr(plan))
    script = (
        "from pathlib import Path\n"
        "from tests.test_plan import *\n"
        f"plan = eval(Path({str(tmp_path / 'plan.json')!r}).read_text())\n"
        "shell._MARGIN_S = 1\n"
        f"execute_plan(plan, approved=plan.approval, run=shell.run_command, journal=Path({str(journal)!r}))\n"
    )
    started = process.start([sys.executable, "-c", script], tmp_path / "log")
    try:
        assert process.wait(lambda: (folder / "b").exists(), 60), process.last_lines(started)
    finally:
        os.kill(started["pid"], 9)
        process.stop(started)

    told, outcomes = journalled_plan(journal, plan.approval)
    assert (told, statuses(outcomes)) == (plan, ["done", "interrupted", "not reached"])
    assert statuses(carried_out(undo_plan(told, outcomes), journal)) == ["done", "done"]
    assert there(folder) == []


def test_a_line_that_was_cut_off_tells_nothing_of_its_step(folder, journal):
    plan = making(folder, "a", "b")
    carried_out(plan, journal)
    path = journal / f"{plan.approval}.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    ends = {length: sum(len(line) for line in lines[:length]) for length in range(1, 6)}

    def left(size: int) -> list[str]:
        path.write_bytes(whole[:size])
        return statuses(journalled_plan(journal, plan.approval)[1])

    assert left(ends[1]) == left(ends[2] - 2) == ["not reached", "not reached"]
    assert left(ends[2]) == left(ends[3] - 2) == ["interrupted", "not reached"]
    assert left(ends[3]) == left(ends[4] - 2) == ["done", "not reached"]
    assert left(ends[4]) == left(ends[5] - 2) == ["done", "interrupted"]
    assert left(ends[5]) == ["done", "done"]
    with pytest.raises(ParameterError, match="found that none began"):
        left(ends[1] - 2)


def test_an_attempt_after_a_line_that_was_cut_off_is_read_whole(folder, journal):
    plan = making(folder, "in/a", "in/b")
    (folder / "in").mkdir()
    carried_out(plan, journal)
    path = journal / f"{plan.approval}.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    shutil.rmtree(folder / "in")

    outcomes = carried_out(plan, journal)

    assert statuses(outcomes) == ["failed", "not reached"]
    assert journalled_plan(journal, plan.approval) == (plan, outcomes)


def test_a_runner_that_refuses_is_told_and_leaves_nothing_to_be_undone(folder, journal):
    plan = making(folder, "a")

    def run(argv, given, seconds) -> tuple[int, str]:
        raise PlanError("Expected a cluster that runs, found a recording.", remedy="name another")

    with pytest.raises(PlanError, match="found a recording"):
        execute_plan(plan, approved=plan.approval, run=run, journal=journal)

    said = "Expected a cluster that runs, found a recording."
    assert journalled_plan(journal, plan.approval) == (plan, [Outcome(plan.steps[0], "failed", said)])


def test_an_earlier_plan_that_nobody_asked_for_has_nothing_to_undo(journal):
    assert undo_plan(*journalled_plan(journal, "")).steps == ()


@pytest.mark.parametrize("name", ["plan-00000000", "../plan-00000000", "plan-*", "a/../../etc"])
def test_a_plan_that_was_never_carried_out_is_answered_with_those_that_were(folder, journal, name):
    plan = making(folder, "a")
    carried_out(plan, journal)

    with pytest.raises(ParameterError, match=f"(has: |did you mean ){plan.approval}"):
        journalled_plan(journal, name)
    with pytest.raises(ParameterError, match="has: none"):
        journalled_plan(journal / "nowhere", name)


def test_a_plan_that_somebody_changed_in_the_journal_is_refused(folder, journal):
    plan = making(folder, "a")
    carried_out(plan, journal)
    path = journal / f"{plan.approval}.jsonl"
    path.write_text(path.read_text().replace('"rm"', '"ls"'))

    with pytest.raises(PlanError, match=f"Expected the plan {plan.approval} in its file, found plan-"):
        journalled_plan(journal, plan.approval)


def test_each_line_of_the_journal_says_when(folder, journal):
    plan = making(folder, "a")
    begun = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    carried_out(plan, journal)

    [path] = journal.iterdir()
    moments = [json.loads(line)["at"] for line in path.read_text().splitlines()]
    assert len(moments) == 3
    assert begun <= moments[0] <= moments[1] <= moments[2]
