"""A runbook proposes a new plan or the undo of an earlier one, carries it out once approved, and says what came."""

from pathlib import Path

import pytest

from trinokit import shell
from trinokit.errors import ParameterError
from trinokit.findings import INFO, OK, WARNING, Finding
from trinokit.plan import Command, ExecutedPlan, Plan, ProposedPlan, Step, propose_plan

CAVEAT = Finding(WARNING, "plan", "deploys more than the flags")


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


@pytest.fixture
def propose(folder, tmp_path):
    """Proposes a plan that makes a file, or the undo of an earlier one."""
    made = folder / "a"
    plan = Plan("Make a", (Step("Make a", Command(("touch", str(made))), (Command(("rm", str(made))),)),))

    def proposed(undo: str = "") -> ProposedPlan:
        return propose_plan(lambda: (plan, [CAVEAT]), undo=undo, journal=tmp_path / "journal", run=shell.run_command)

    return proposed


def refuse() -> tuple[Plan, list[Finding]]:
    raise AssertionError("a new plan was made")


def test_a_new_plan_waits_with_its_caveats(propose, folder):
    executed = propose().execute(approved="")

    [told, caveat] = executed.findings()
    assert (told.severity, caveat) == (INFO, CAVEAT)
    assert [outcome.status for outcome in executed.outcomes] == ["not approved"]
    assert executed.undo_plan().steps == ()
    assert list(folder.iterdir()) == []


def test_an_approved_plan_is_carried_out_and_undone_by_its_approval(propose, folder, tmp_path):
    proposed = propose()

    executed = proposed.execute(approved=proposed.plan.approval)

    assert [path.name for path in folder.iterdir()] == ["a"]
    assert executed.findings()[0].severity == OK
    back = propose_plan(refuse, undo=proposed.plan.approval, journal=tmp_path / "journal", run=shell.run_command)
    assert (back.plan, back.caveats, back.is_undo) == (executed.undo_plan(), (), True)
    assert not proposed.is_undo
    assert isinstance(back.execute(approved=back.plan.approval), ExecutedPlan)
    assert list(folder.iterdir()) == []


def test_the_undo_of_a_plan_that_is_not_there_is_refused(propose):
    with pytest.raises(ParameterError, match="approval of a plan that was carried out"):
        propose(undo="plan-00000000")
