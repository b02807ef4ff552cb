"""A step is done if its proof says so, pauses if its command does, and is replaced by its fallback when it failed."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import pytest

from tests.servers import process
from tests.sources.conftest import Clone, unsettle
from tests.test_plan import carried_out, journal, making, removes, statuses, there, writes
from trinokit import shell
from trinokit.errors import PlanError
from trinokit.plan import (
    PAUSED_EXIT_CODE,
    Command,
    Outcome,
    Plan,
    Proof,
    Step,
    execute_plan,
    journalled_plan,
    undo_plan,
)

__all__ = ["journal"]
MAIN = "refs/heads/main"


def script(text: str, *words: str) -> Command:
    return Command(("sh", "-c", text, "-", *words))


def fails(text: str = "no") -> Command:
    return script(f"echo first; echo {text}; exit 1")


def one(step: Step) -> Plan:
    return Plan("Try it", (step, Step("Go on", Command(("true",)))))


@pytest.fixture
def pushed(tmp_path, monkeypatch) -> tuple[Clone, str, str]:
    """A clone of a bare remote that has its first commit, with that one and the next."""
    unsettle(monkeypatch)
    clone = Clone(tmp_path / "clone")
    old = clone.commit({"a": "1\n"})
    clone.git("clone", "--quiet", "--bare", ".", "../remote.git")
    clone.git("remote", "add", "origin", "../remote.git")
    return clone, old, clone.commit({"a": "2\n"})


def push(clone: Clone, old: str, new: str, *options: str) -> Command:
    lease = f"--force-with-lease={MAIN}:{old}"
    return Command(("git", "-C", str(clone.folder), "push", *options, "--porcelain", lease, "origin", f"{new}:{MAIN}"))


def pushing(pushed: tuple[Clone, str, str]) -> Step:
    """A push, taken back by a push, and proved by one that pretends with the lease on what is to be there."""
    clone, old, new = pushed
    return Step(
        "Push", push(clone, old, new), (push(clone, new, old),), proof=Proof(push(clone, new, new, "--dry-run"))
    )


def hooked(clone: Clone, name: str, text: str) -> None:
    path = clone.folder.parent / "remote.git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def remote(clone: Clone) -> str:
    return clone.git("ls-remote", "origin", MAIN).split("\t")[0]


# The proof.


def test_a_push_that_arrived_is_done_and_proved_by_the_remote(pushed):
    plan = one(pushing(pushed))
    clone, _, new = pushed

    outcomes = carried_out(plan)

    assert statuses(outcomes) == ["done", "done"]
    assert outcomes[0].said.splitlines()[-1] == f"proved by $ {plan.steps[0].proof.command.shell()}: exit code 0"
    assert remote(clone) == new


def test_a_push_that_arrived_is_done_although_its_answer_got_lost(pushed):
    step = pushing(pushed)
    clone, _, new = pushed
    lost = script('"$@" >&2; echo connection reset; kill -9 $$', *step.command.argv)

    [outcome, _] = carried_out(one(replace(step, command=lost)))

    assert outcome.status == "done"
    assert outcome.said.splitlines()[-2:] == [
        "connection reset",
        f"proved by $ {step.proof.command.shell()}: exit code 0",
    ]
    assert remote(clone) == new


def test_a_push_that_was_done_before_is_done_when_it_is_carried_out_again(pushed):
    plan = one(pushing(pushed))
    carried_out(plan)

    assert statuses(carried_out(plan)) == ["done", "done"]


def test_a_push_that_was_refused_failed_in_gits_own_words(pushed):
    step = pushing(pushed)
    clone, old, new = pushed
    hooked(clone, "pre-receive", "echo frozen until Monday >&2; exit 1")

    outcomes = carried_out(one(step))

    assert statuses(outcomes) == ["failed", "not reached"]
    assert outcomes[0].reason == f"!\t{new}:{MAIN}\t[remote rejected] (pre-receive hook declined)"
    assert f"not proved by $ {step.proof.command.shell()}: exit code 1, not 0\n" in outcomes[0].said
    assert "frozen until Monday" in outcomes[0].said
    assert remote(clone) == old


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (("git", "fetch", "/no/where"), "fatal: '/no/where' does not appear to be a git repository"),
        (("git", "apply", "/no/where"), ""),
        (("git", "branch", "--delete", "nobody"), ""),
        (("sh", "-c", "echo ! no; echo fatal: no; echo done; exit 1"), ""),
    ],
)
def test_git_says_why_before_its_advice(pushed, monkeypatch, argv, why):
    monkeypatch.chdir(pushed[0].folder)

    [outcome, _] = carried_out(one(Step("Do", Command(argv))))

    assert (outcome.status, outcome.why) == ("failed", why)


def test_a_push_over_which_somebody_else_pushed_at_once_failed_although_it_ended_with_0(pushed):
    step = pushing(pushed)
    clone, old, new = pushed
    hooked(clone, "post-receive", f"git update-ref {MAIN} {old}")

    outcomes = carried_out(one(step))

    assert statuses(outcomes) == ["failed", "not reached"]
    assert outcomes[0].why == f"not proved: exit code 1, not 0: !\t{new}:{MAIN}\t[rejected] (stale info)"


def test_a_branch_that_is_deleted_is_proved_by_an_exit_code_of_its_own(pushed):
    clone, old, _ = pushed
    clone.git("push", "--quiet", "origin", f"{old}:refs/heads/gone")
    git = ("git", "-C", str(clone.folder))
    proof = Proof(Command((*git, "ls-remote", "--exit-code", "origin", "refs/heads/gone")), 2)
    delete = Command((*git, "push", "--quiet", "origin", ":refs/heads/gone"))

    kept = carried_out(one(Step("Delete", Command(("true",)), proof=proof)))
    gone = carried_out(one(Step("Delete", delete, proof=proof)))

    listed = f"{old}\trefs/heads/gone"
    said = f"not proved by $ {proof.command.shell()}: exit code 0, not 2\n{listed}"
    assert kept[0] == Outcome(kept[0].step, "failed", said, f"not proved: exit code 0, not 2: {listed}")
    assert gone[0] == Outcome(gone[0].step, "done", f"proved by $ {proof.command.shell()}: exit code 2")


def test_a_proof_without_a_word_has_its_exit_code_for_a_reason():
    [outcome, _] = carried_out(one(Step("Do", Command(("true",)), proof=Proof(Command(("false",))))))

    assert outcome == Outcome(
        outcome.step, "failed", "not proved by $ false: exit code 1, not 0", "not proved: exit code 1, not 0"
    )


@pytest.mark.parametrize("command", [Command(("sleep", "99")), Command(("nothing-like-it",))])
def test_a_proof_is_asked_however_the_command_ended(command):
    step = Step("Do", command, seconds=0.2, proof=Proof(Command(("true",))))

    [outcome, _] = carried_out(one(step))

    assert outcome.status == "done"
    assert outcome.said.startswith(f"Expected {'the program ' * (command.argv[0] != 'sleep')}{command.argv[0]}")


def test_a_proof_has_seconds_of_its_own():
    step = Step("Do", Command(("true",)), proof=Proof(Command(("sleep", "99")), seconds=0.2))

    [outcome, _] = carried_out(one(step))

    sentence = "Expected sleep to end within 0.2 s, found it running, and ended it."
    assert outcome.why == f"not proved: no exit code, not 0: {sentence}"
    assert outcome.said == f"not proved by $ sleep 99: no exit code, not 0\n{sentence}"


# The pause.


def test_a_command_that_pauses_stops_the_plan_and_takes_nothing_back(tmp_path):
    waits = Step(
        "Gate",
        script(f"echo 12 of 100 queries; exit {PAUSED_EXIT_CODE}"),
        otherwise=(writes(tmp_path / "fell", "back"),),
    )
    plan = one(waits)

    outcomes = carried_out(plan)

    assert outcomes == [Outcome(waits, "paused", "12 of 100 queries"), Outcome(plan.steps[1], "not reached")]
    assert there(tmp_path) == []
    assert PAUSED_EXIT_CODE == os.EX_TEMPFAIL


def test_a_command_that_pauses_without_a_word_has_its_exit_code_for_one():
    [outcome, _] = carried_out(one(Step("Gate", script(f"exit {PAUSED_EXIT_CODE}"))))

    assert outcome.reason == "exit code 75"


def test_a_plan_that_paused_goes_on_when_it_is_carried_out_again(tmp_path, journal):
    ready = tmp_path / "ready"
    plan = one(Step("Gate", script(f"test -e {ready} || exit {PAUSED_EXIT_CODE}")))
    first = carried_out(plan, journal)
    ready.touch()

    assert journalled_plan(journal, plan.approval) == (plan, first)
    assert (statuses(first), statuses(carried_out(plan, journal))) == (["paused", "not reached"], ["done", "done"])


@pytest.mark.parametrize(("proof", "status"), [("true", "done"), ("false", "paused")])
def test_a_proof_decides_also_about_a_command_that_pauses(proof, status):
    [outcome, _] = carried_out(
        one(Step("Gate", script(f"echo wait; exit {PAUSED_EXIT_CODE}"), proof=Proof(Command((proof,)))))
    )

    assert outcome.status == status
    assert outcome.why == ("" if status == "done" else "wait")


def test_an_uncertain_step_that_pauses_stops_the_plan_too():
    outcomes = carried_out(one(Step("Gate", script(f"exit {PAUSED_EXIT_CODE}"), uncertain=True)))

    assert statuses(outcomes) == ["paused", "not reached"]


# The fallback.


def test_when_a_step_failed_its_fallback_is_carried_out_in_order_all_of_it(tmp_path):
    path = tmp_path / "fell"
    back = (script(f"echo 1 >> {path}"), script(f"echo 2 >> {path}; echo gone; exit 4"), script(f"echo 3 >> {path}"))
    step = Step("Gate", fails(), otherwise=back)

    outcomes = carried_out(one(step))

    assert path.read_text() == "1\n2\n3\n"
    assert statuses(outcomes) == ["failed", "not reached"]
    words = [command.shell() for command in back]
    assert outcomes[0] == Outcome(
        step,
        "failed",
        f"first\nno\nsince it failed $ {words[0]}: exit code 0\nsince it failed $ {words[1]}: exit code 4\ngone\n"
        f"since it failed $ {words[2]}: exit code 0",
        "no",
        (f"{words[0]}: exit code 0", f"{words[2]}: exit code 0"),
        (f"{words[1]}: exit code 4: gone",),
    )


@pytest.mark.parametrize(
    ("step", "fell"),
    [
        (Step("Do", Command(("true",))), False),
        (Step("Do", fails(), proof=Proof(Command(("true",)))), False),
        (Step("Do", script(f"exit {PAUSED_EXIT_CODE}")), False),
        (Step("Do", Command(("true",)), proof=Proof(Command(("false",)))), True),
        (Step("Do", Command(("nothing-like-it",))), True),
        (Step("Do", fails(), uncertain=True), True),
    ],
)
def test_the_fallback_is_for_a_step_that_failed_and_for_no_other(tmp_path, step, fell):
    carried_out(one(replace(step, otherwise=(writes(tmp_path / "fell", "back"),))))

    assert (tmp_path / "fell").exists() == fell


def test_a_fallback_is_given_what_it_reads(tmp_path):
    carried_out(one(Step("Do", fails(), otherwise=(writes(tmp_path / "fell", "a\nb"),))))

    assert (tmp_path / "fell").read_text() == "a\nb"


def test_a_fallback_may_take_as_long_as_the_longest_step_of_the_plan():
    step = Step("Do", fails(), seconds=0.1, otherwise=(Command(("sleep", "0.4")),))

    [alone] = carried_out(Plan("Do", (step,)))
    [beside, _] = carried_out(one(step))

    assert alone.stuck == (
        "sleep 0.4: no exit code: Expected sleep to end within 0.1 s, found it running, and ended it.",
    )
    assert beside.fell_back == ("sleep 0.4: exit code 0",)


def test_a_fallback_of_a_push_that_arrived_is_not_carried_out(pushed):
    clone, old, new = pushed
    step = replace(pushing(pushed), command=script('"$@"; exit 1', *push(clone, old, new).argv))

    carried_out(one(replace(step, otherwise=(push(clone, new, old),))))

    assert remote(clone) == new


# The way back.


@pytest.mark.parametrize(
    ("outcome", "changed"),
    [
        (Outcome(Step("", fails(), proof=Proof(Command(("a",)))), "failed"), True),
        (Outcome(Step("", fails(), partial=True), "failed", fell_back=("a: exit code 0",)), False),
        (Outcome(Step("", fails(), proof=Proof(Command(("a",)))), "failed", fell_back=("a: exit code 0",)), False),
        (Outcome(Step("", fails()), "failed", stuck=("a: exit code 1",)), True),
        (Outcome(Step("", fails()), "failed", fell_back=("a: exit code 0",), stuck=("b: exit code 1",)), True),
        (Outcome(Step("", fails()), "paused"), False),
        (Outcome(Step("", fails(), proof=Proof(Command(("a",)))), "paused"), False),
        (Outcome(Step("", fails(), partial=True), "paused"), True),
    ],
)
def test_what_a_fallback_took_back_is_not_taken_back_twice(outcome, changed):
    assert outcome.may_have_changed == changed


def test_a_gate_that_failed_leaves_what_was_done_before_to_be_undone(tmp_path):
    (tmp_path / "made").mkdir()
    folder = tmp_path / "made"
    gate = Step("Gate", fails(), otherwise=(removes(folder / "b"),))
    plan = Plan("Release", (*making(folder, "a", "b").steps, gate))

    outcomes = carried_out(plan)
    back = undo_plan(plan, outcomes)

    assert there(folder) == ["a"]
    assert [step.title for step in back.steps] == ["Undo: Make b", "Undo: Make a"]
    assert statuses(carried_out(back)) == ["failed", "not reached"]


def test_a_push_that_may_have_arrived_is_undone_with_a_lease(pushed):
    clone, old, new = pushed
    step = replace(pushing(pushed), proof=Proof(fails("unreachable")))
    plan = one(step)

    outcomes = carried_out(plan)
    back = undo_plan(plan, outcomes)

    assert (statuses(outcomes), remote(clone)) == (["failed", "not reached"], new)
    assert [(each.command, each.uncertain) for each in back.steps] == [(push(clone, new, old), True)]
    assert (statuses(carried_out(back)), remote(clone)) == (["done"], old)


# The approval.


STEP = Step(
    "Do", Command(("a",)), (Command(("u",)),), proof=Proof(Command(("p",), "x"), 2), otherwise=(Command(("o",)),)
)


def approval(step: Step) -> str:
    return Plan("Do", (step,)).approval


def test_the_approval_is_of_proof_and_fallback_too():
    changed = [
        STEP,
        replace(STEP, proof=None),
        replace(STEP, otherwise=()),
        replace(STEP, proof=None, otherwise=()),
        replace(STEP, proof=Proof(Command(("p",), "x"), 0)),
        replace(STEP, proof=Proof(Command(("q",), "x"), 2)),
        replace(STEP, proof=Proof(Command(("p",), "y"), 2)),
        replace(STEP, otherwise=(Command(("o", "o")),)),
        replace(STEP, otherwise=(Command(("o",), "x"),)),
        replace(STEP, otherwise=(Command(("o",)), Command(("o",)))),
        replace(STEP, undo=(*STEP.undo, Command(("o",))), otherwise=()),
        replace(STEP, undo=(*STEP.undo, Command(("p",), "x")), proof=None),
    ]
    patient = replace(STEP, proof=replace(STEP.proof, seconds=5))

    assert all(approval(former) != approval(latter) for former, latter in combinations(changed, 2))
    assert approval(STEP) == approval(patient) == "plan-87c21d60"


EARLIER = (
    '{"approval": "plan-b51beeaf", "plan": {"title": "Apply", "steps": [{"title": "Apply it", "command": '
    '{"argv": ["kubectl", "apply", "-f", "-"], "given": "kind: A\\n"}, "undo": [{"argv": ["kubectl", "delete", "a"], '
    '"given": "x"}], "change": "", "seconds": 60, "partial": false, "uncertain": false}]}, "at": "2026-11-24"}\n'
    '{"begins": 1, "title": "Apply it", "at": "2026-11-24"}\n'
    '{"ended": 1, "status": "failed", "said": "no", "at": "2026-11-24"}\n'
)


def test_a_journal_of_earlier_days_is_read_as_it_was_written(journal):
    journal.mkdir(parents=True)
    (journal / "plan-b51beeaf.jsonl").write_text(EARLIER)

    step = Step(
        "Apply it", Command(("kubectl", "apply", "-f", "-"), "kind: A\n"), (Command(("kubectl", "delete", "a"), "x"),)
    )
    assert journalled_plan(journal, "plan-b51beeaf") == (Plan("Apply", (step,)), [Outcome(step, "failed", "no")])


# The journal.


@pytest.mark.parametrize(
    "step",
    [
        Step("Do", fails(), proof=Proof(Command(("cat",), "\u2028é"), 0, 1.5), otherwise=(fails("back"),)),
        Step("Do", fails(), proof=Proof(Command(("cat",)), 3, 5), otherwise=(fails("stuck"), Command(("true",)))),
        Step("Do", script(f"echo wait; exit {PAUSED_EXIT_CODE}"), proof=Proof(Command(("false",)))),
    ],
)
def test_the_journal_gives_back_proof_and_fallback(journal, step):
    plan = one(step)

    outcomes = carried_out(plan, journal)

    assert journalled_plan(journal, plan.approval) == (plan, outcomes)


def test_the_journal_is_told_before_a_proof_and_a_fallback_begin(journal):
    plan = Plan("Do", (Step("Do", fails(), proof=Proof(Command(("false",))), otherwise=(Command(("true",)),)),))
    seen = []

    def run(argv, given, seconds) -> tuple[int | None, str]:
        [path] = journal.iterdir()
        seen.append(json.loads(path.read_text().splitlines()[-1]))
        return shell.run_command(argv, given, seconds)

    execute_plan(plan, approved=plan.approval, run=run, journal=journal)

    assert [{name: each for name, each in line.items() if name != "at"} for line in seen] == [
        {"begins": 1, "title": "Do"},
        {"goes_on": 1, "said": "first\nno\nproved by $ false: not ended"},
        {
            "goes_on": 1,
            "said": "first\nno\nnot proved by $ false: exit code 1, not 0\nsince it failed $ true: not ended",
        },
    ]


def test_a_process_killed_while_it_fell_back_leaves_the_step_interrupted_and_says_where(tmp_path, journal):
    begun = tmp_path / "begun"
    waits = script(f"touch {begun}; sleep 99")
    step = Step("Gate", fails(), seconds=1, otherwise=(Command(("true",)), waits, Command(("true",))))
    plan = Plan("Release", (step,))
    (tmp_path / "plan.json").write_text(repr(plan))
    program = (
        "from pathlib import Path\n"
        "from tests.test_proving import *\n"
        f"plan = eval(Path({str(tmp_path / 'plan.json')!r}).read_text())\n"
        "shell._MARGIN_S = 1\n"
        f"execute_plan(plan, approved=plan.approval, run=shell.run_command, journal=Path({str(journal)!r}))\n"
    ).replace("import *", "import Command, Plan, Proof, Step, execute_plan, shell")
    started = process.start([sys.executable, "-c", program], tmp_path / "log")
    try:
        assert process.wait(begun.exists, 60), process.last_lines(started)
    finally:
        os.kill(started["pid"], 9)
        process.stop(started)

    told, outcomes = journalled_plan(journal, plan.approval)
    said = f"first\nno\nsince it failed $ true: exit code 0\nsince it failed $ {waits.shell()}: not ended"
    assert (told, outcomes) == (plan, [Outcome(step, "interrupted", said)])


def test_a_journal_that_is_full_does_not_keep_a_step_from_falling_back(tmp_path, journal):
    """Until its fallback is over, nobody is told; then the plan stops."""
    step = Step("Gate", fails(), otherwise=(writes(tmp_path / "fell", "back"),))
    plan = Plan("Release", (step,))
    program = (
        "import resource, signal\n"
        "from pathlib import Path\n"
        "from tests.test_proving import Command, Plan, Step, execute_plan, shell\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"plan, journal = {plan!r}, Path({str(journal)!r})\n"
        "def run(*command):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "    ended = shell.run_command(*command)\n"
        "    size = next(journal.iterdir()).stat().st_size\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))\n"
        "    return ended\n"
        "execute_plan(plan, approved=plan.approval, run=run, journal=journal)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)

    assert "PlanError: Expected to write the journal" in done.stderr
    assert (tmp_path / "fell").read_text() == "back"
    assert statuses(journalled_plan(journal, plan.approval)[1]) == ["interrupted"]


def test_a_runner_that_refuses_falls_back_to_nothing(journal):
    step = Step("Do", Command(("a",)), proof=Proof(Command(("b",))), otherwise=(Command(("c",)),))
    plan = Plan("Do", (step,))
    asked = []

    def run(argv, given, seconds) -> tuple[int | None, str]:
        asked.append(argv)
        raise PlanError("Expected a cluster that runs, found a recording.", remedy="name another")

    with pytest.raises(PlanError, match="found a recording"):
        execute_plan(plan, approved=plan.approval, run=run, journal=journal)

    assert asked == [("a",)]
    assert statuses(journalled_plan(journal, plan.approval)[1]) == ["failed"]
