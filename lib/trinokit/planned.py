"""What is told of a plan? Its commands before they are carried out, what became of them, and what that means."""

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, counted
from trinokit.plan import Command, Outcome, Plan, Proof, Step, undo

PLAN = "application/vnd.trinokit.plan+json"
_TITLE, _OPEN_LINES, _LONGEST_LINE, _LONGEST_COMMAND = 55, 30, 200, 500


def shown(plan: Plan) -> dict[str, str]:
    """The *plan* as text and as HTML: each step with the commands that a person can paste, and its change."""
    if not plan.steps:
        return _nothing(plan)
    text = [line for number, step in enumerate(plan.steps, 1) for line in _lines(number, step)]
    items = "".join(f"<li>{_item(step)}</li>" for step in plan.steps)
    head = f"<p><strong>{escape(plan.title)}</strong> approval <code>{plan.approval}</code></p>"
    return {
        "text/plain": "\n".join([f"{_line(plan.title):<{_TITLE}} approval {plan.approval}", *text]),
        "text/html": f'<div class="plan">{head}<ol>{items}</ol></div>',
    }


def carried_out(plan: Plan, outcomes: Sequence[Outcome], parameter: str) -> dict[str, Any]:
    """What became of *plan* as text, as HTML, and as the run reads it; its approval is given in *parameter*."""
    if not plan.steps:
        return _nothing(plan)
    status = _status(outcomes)
    steps = [{"title": outcome.step.title, "status": outcome.status} for outcome in outcomes]
    told = {"approval": plan.approval, "title": plan.title, "status": status, "parameter": parameter, "steps": steps}
    return {PLAN: told} | (_waiting(plan, parameter) if status == "waiting" else _became(outcomes))


def plans(notebook: Any) -> list[dict[str, Any]]:
    """What the executed *notebook* told of its plans: approval, title, status, parameter and steps of each."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"][PLAN] for output in outputs if PLAN in output.get("data", {})]


def judged(plan: Plan, outcomes: Sequence[Outcome]) -> list[Finding]:
    """Whether *plan* was carried out: a step that failed or was interrupted is CRITICAL, and says how to go back.

    So is a command of a fallback that failed. A plan that pauses is a WARNING.
    """
    steps = f"{plan.approval}, {counted(len(plan.steps), 'step')}"
    status = _status(outcomes)
    if not plan.steps:
        return [Finding(OK, plan.title, "has nothing to do")]
    if status == "waiting":
        return [Finding(INFO, plan.title, f"waits for approval: {steps}")]
    if status == "done":
        return [Finding(OK, plan.title, f"was carried out: {steps}")]
    told = [_told(number, plan, outcomes) for number in range(1, len(outcomes) + 1)]
    return [finding for findings in told for finding in findings]


def _status(outcomes: Sequence[Outcome]) -> str:
    found = {outcome.status for outcome in outcomes}
    if "not approved" in found:
        return "waiting"
    if found <= {"done"}:
        return "done"
    return "paused" if "paused" in found and not found & {"failed", "interrupted"} else "failed"


def _told(number: int, plan: Plan, outcomes: Sequence[Outcome]) -> list[Finding]:
    outcome = outcomes[number - 1]
    place = f"{outcome.status} at step {number} of {len(outcomes)}, {_ended(outcome)}"
    if outcome.status == "paused":
        return [Finding(WARNING, plan.title, f"{place}; nothing was taken back, run again to go on")]
    if outcome.status not in ("failed", "interrupted"):
        return []
    lost = [
        f"was to be taken back, and was not: {_line(each)[:_LONGEST_COMMAND]}; do it by hand" for each in outcome.stuck
    ]
    sentences = [f"{place}; {_back(plan, outcomes, outcome)}", *lost]
    return [Finding(CRITICAL, plan.title, sentence) for sentence in sentences]


def _ended(outcome: Outcome) -> str:
    title, why = _line(outcome.step.title), _line(outcome.reason)
    return f"{title}: {why[:_LONGEST_LINE]}" if why else title


def _back(plan: Plan, outcomes: Sequence[Outcome], outcome: Outcome) -> str:
    changed = [each for each in outcomes if each.changed]
    certain = any(each.status != "failed" for each in changed)
    if undo(plan, outcomes).steps:
        what = "take back what was done" if certain else "it may have changed something all the same"
        back = f"{what}: see Undo, or run again with -p undo {plan.approval}"
    elif changed:
        what = "what was done has" if certain else "what it may have changed has"
        back = f"{what} no undo; do by hand what is left"
    else:
        back = "" if outcome.fell_back else "no step has changed anything"
    return "; ".join(filter(None, [_fallback(outcome), back]))


def _fallback(outcome: Outcome) -> str:
    if outcome.stuck:
        return f"{len(outcome.stuck)} of {counted(len(outcome.step.otherwise), 'command')} of its fallback failed"
    fell = counted(len(outcome.fell_back), "command")
    return f"its fallback was carried out: {fell}" if outcome.fell_back else ""


def _nothing(plan: Plan) -> dict[str, str]:
    return {
        "text/plain": f"{_line(plan.title):<{_TITLE}} nothing to do",
        "text/html": f'<p class="plan"><strong>{escape(plan.title)}</strong> nothing to do</p>',
    }


def _lines(number: int, step: Step) -> Iterator[str]:
    yield f"{number:>3}. {_line(step.title)}"
    yield from _pasted("$", step.command)
    yield from (f"     | {''.join(_parted(line))}" for line in _diff(step))
    for words, command in [*_asides(step), *(("undo", command) for command in step.undo)]:
        yield from _pasted(f"{words} $", command)


def _asides(step: Step) -> list[tuple[str, Command]]:
    proofs = [] if step.proof is None else [(_proved(step.proof), step.proof.command)]
    return [*proofs, *(("if it fails", command) for command in step.otherwise)]


def _proved(proof: Proof) -> str:
    return f"proved by exit code {proof.code} of" if proof.code else "proved by"


def _pasted(prompt: str, command: Command) -> Iterator[str]:
    first, *more = (_visible(line) for line in command.shell().split("\n"))
    yield f"     {prompt} {first}"
    yield from (f"     {' ' * len(prompt)} {line}" for line in more)
    if hidden := _hidden(command):
        yield f"     {hidden}"


def _diff(step: Step) -> list[str]:
    # A diff that the command itself reads is shown with it.
    change = "" if step.change == step.command.given else step.change
    return change.removesuffix("\n").split("\n") if change else []


def _item(step: Step) -> str:
    asides = "".join(f'<div class="aside"><p>{words}</p>{_code(command)}</div>' for words, command in _asides(step))
    return f"<p>{escape(step.title)}</p>{_code(step.command)}{_change(_diff(step))}{asides}{_undos(step)}"


def _undos(step: Step) -> str:
    undone = "".join(_code(command) for command in step.undo)
    summary = f"<summary>Undo: {counted(len(step.undo), 'command')}</summary>"
    return f"<details>{summary}{undone}</details>" if step.undo else ""


def _code(command: Command) -> str:
    hidden = f'<p class="hidden">{escape(_hidden(command))}</p>' if _hidden(command) else ""
    return f"<pre><code>{escape(command.shell())}</code></pre>{hidden}"


def _hidden(command: Command) -> str:
    found = sorted({_visible(each) for each in command.shell() if each != "\n" and _visible(each) != each})
    return f"This command has characters that do not show: {', '.join(found)}" if found else ""


def _change(lines: list[str]) -> str:
    page = f'<pre class="change">{"".join(_marked(line) for line in lines)}</pre>' if lines else ""
    if len(lines) <= _OPEN_LINES:
        return page
    return f"<details><summary>Change: {counted(len(lines), 'line')}</summary>{page}</details>"


def _marked(line: str) -> str:
    text, blanks = _parted(line)
    end = f'<span class="blank">{blanks}</span>' if blanks else ""
    return f'<span class="{_kind(line)}">{escape(text)}{end}</span>\n'


def _kind(line: str) -> str:
    if line.startswith(("+++ ", "--- ", "@")):
        return "place"
    return {"+": "added", "-": "removed"}.get(line[:1], "kept")


def _parted(line: str) -> tuple[str, str]:
    # Blanks at the end of a line make a JVM flag void, so they are shown.
    text = line[:1] + line[1:].rstrip(" ")
    return _visible(text), "·" * (len(line) - len(text))


def _visible(text: str) -> str:
    # What a terminal or a browser would hide or turn around is what a flag fails by.
    return "".join(f"\\u{ord(each):04x}" if unicodedata.category(each)[0] == "C" else each for each in text)


def _line(text: str) -> str:
    return " ".join(text.split())


def _waiting(plan: Plan, parameter: str) -> dict[str, str]:
    approve, waits = f"-p {parameter} {plan.approval}", f"{counted(len(plan.steps), 'step')} not approved"
    page = f"{escape(plan.title)}: {waits}. It is carried out with <code>{escape(approve)}</code>"
    return {
        "text/plain": f"{_line(plan.title)}: {waits}. It is carried out with {approve}",
        "text/html": f'<p class="plan">{page}</p>',
    }


def _became(outcomes: Sequence[Outcome]) -> dict[str, str]:
    rows, text = [], []
    for number, outcome in enumerate(outcomes, 1):
        said = [line for line in outcome.said.splitlines() if line]
        text.append(f"{number:>3}. {outcome.status:<11} {_line(outcome.step.title)}")
        text += [f"     {_visible(line.expandtabs())}" for line in said]
        cells = [f"{number}. {escape(outcome.step.title)}", escape(outcome.status), _said(outcome, said)]
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr class="{outcome.status.replace(" ", "-")}">{row}</tr>')
    head = "".join(f'<th scope="col">{name}</th>' for name in ("step", "status", "what it said"))
    table = f'<table class="outcomes"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return {"text/plain": "\n".join(text), "text/html": table}


def _said(outcome: Outcome, lines: list[str]) -> str:
    whole = f"<pre>{escape(chr(10).join(lines))}</pre>" if lines else ""
    if len(lines) <= 3 and not outcome.stuck:
        return whole
    # How a fallback ended must not be looked for in the fold.
    told = [escape(outcome.reason), *(escape(f"since it failed $ {each}") for each in outcome.fell_back)]
    told += [f'<span class="stuck">{escape(f"since it failed $ {each}")}</span>' for each in outcome.stuck]
    return f"<pre>{chr(10).join(told)}</pre><details><summary>{len(lines)} lines</summary>{whole}</details>"
