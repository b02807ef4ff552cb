"""How is a plan shown? Its commands before they are carried out, and what became of them, as text and as HTML."""

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from trinokit.findings import format_count
from trinokit.plan import Command, Outcome, Plan, Proof, Step
from trinokit.plan.outcome_findings import one_line, plan_status

PLAN_MIME_TYPE = "application/vnd.trinokit.plan+json"
_TITLE_WIDTH, _MAX_OPEN_LINES = 55, 30


def render_plan(plan: Plan) -> dict[str, str]:
    """The *plan* as text and as HTML: each step with the commands that a person can paste, and its change."""
    if not plan.steps:
        return _render_empty_plan(plan)
    text = [line for number, step in enumerate(plan.steps, 1) for line in _step_lines(number, step)]
    items = "".join(f"<li>{_step_html(step)}</li>" for step in plan.steps)
    head = f"<p><strong>{escape(plan.title)}</strong> approval <code>{plan.approval}</code></p>"
    return {
        "text/plain": "\n".join([f"{one_line(plan.title):<{_TITLE_WIDTH}} approval {plan.approval}", *text]),
        "text/html": f'<div class="plan">{head}<ol>{items}</ol></div>',
    }


def render_outcomes(plan: Plan, outcomes: Sequence[Outcome], parameter: str) -> dict[str, Any]:
    """What became of *plan* as text, as HTML, and as the run reads it; its approval is given in *parameter*."""
    if not plan.steps:
        return _render_empty_plan(plan)
    status = plan_status(outcomes)
    steps = [{"title": outcome.step.title, "status": outcome.status} for outcome in outcomes]
    content = {"approval": plan.approval, "title": plan.title, "status": status, "parameter": parameter, "steps": steps}
    return {PLAN_MIME_TYPE: content} | (
        _render_waiting(plan, parameter) if status == "waiting" else _render_step_outcomes(outcomes)
    )


def plan_records(notebook: Any) -> list[dict[str, Any]]:
    """What the executed *notebook* told of its plans: approval, title, status, parameter and steps of each."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"][PLAN_MIME_TYPE] for output in outputs if PLAN_MIME_TYPE in output.get("data", {})]


def _render_empty_plan(plan: Plan) -> dict[str, str]:
    return {
        "text/plain": f"{one_line(plan.title):<{_TITLE_WIDTH}} nothing to do",
        "text/html": f'<p class="plan"><strong>{escape(plan.title)}</strong> nothing to do</p>',
    }


def _step_lines(number: int, step: Step) -> Iterator[str]:
    yield f"{number:>3}. {one_line(step.title)}"
    yield from _command_lines("$", step.command)
    yield from (f"     | {''.join(_split_trailing_blanks(line))}" for line in _diff_lines(step))
    for words, command in [*_proof_and_fallbacks(step), *(("undo", command) for command in step.undo)]:
        yield from _command_lines(f"{words} $", command)


def _proof_and_fallbacks(step: Step) -> list[tuple[str, Command]]:
    proofs = [] if step.proof is None else [(_proof_words(step.proof), step.proof.command)]
    return [*proofs, *(("if it fails", command) for command in step.otherwise)]


def _proof_words(proof: Proof) -> str:
    return f"proved by exit code {proof.code} of" if proof.code else "proved by"


def _command_lines(prompt: str, command: Command) -> Iterator[str]:
    first, *other_lines = (_escape_invisible(line) for line in command.shell().split("\n"))
    yield f"     {prompt} {first}"
    yield from (f"     {' ' * len(prompt)} {line}" for line in other_lines)
    if note := _invisible_characters_note(command):
        yield f"     {note}"


def _diff_lines(step: Step) -> list[str]:
    # A diff that the command itself reads is shown with it.
    change = "" if step.change == step.command.given else step.change
    return change.removesuffix("\n").split("\n") if change else []


def _step_html(step: Step) -> str:
    asides = "".join(
        f'<div class="aside"><p>{words}</p>{_command_html(command)}</div>'
        for words, command in _proof_and_fallbacks(step)
    )
    command, change = _command_html(step.command), _diff_html(_diff_lines(step))
    return f"<p>{escape(step.title)}</p>{command}{change}{asides}{_undo_html(step)}"


def _undo_html(step: Step) -> str:
    undone = "".join(_command_html(command) for command in step.undo)
    summary = f"<summary>Undo: {format_count(len(step.undo), 'command')}</summary>"
    return f"<details>{summary}{undone}</details>" if step.undo else ""


def _command_html(command: Command) -> str:
    note = (
        f'<p class="hidden">{escape(_invisible_characters_note(command))}</p>'
        if _invisible_characters_note(command)
        else ""
    )
    return f"<pre><code>{escape(command.shell())}</code></pre>{note}"


def _invisible_characters_note(command: Command) -> str:
    escapes = sorted(
        {_escape_invisible(each) for each in command.shell() if each != "\n" and _escape_invisible(each) != each}
    )
    return f"This command has characters that do not show: {', '.join(escapes)}" if escapes else ""


def _diff_html(lines: list[str]) -> str:
    page = f'<pre class="change">{"".join(_diff_line_html(line) for line in lines)}</pre>' if lines else ""
    if len(lines) <= _MAX_OPEN_LINES:
        return page
    return f"<details><summary>Change: {format_count(len(lines), 'line')}</summary>{page}</details>"


def _diff_line_html(line: str) -> str:
    text, blanks = _split_trailing_blanks(line)
    end = f'<span class="blank">{blanks}</span>' if blanks else ""
    return f'<span class="{_diff_line_class(line)}">{escape(text)}{end}</span>\n'


def _diff_line_class(line: str) -> str:
    if line.startswith(("+++ ", "--- ", "@")):
        return "place"
    return {"+": "added", "-": "removed"}.get(line[:1], "kept")


def _split_trailing_blanks(line: str) -> tuple[str, str]:
    # Blanks at the end of a line make a JVM flag void, so they are shown.
    text = line[:1] + line[1:].rstrip(" ")
    return _escape_invisible(text), "·" * (len(line) - len(text))


def _escape_invisible(text: str) -> str:
    # What a terminal or a browser would hide or turn around is what a flag fails by.
    return "".join(f"\\u{ord(each):04x}" if unicodedata.category(each)[0] == "C" else each for each in text)


def _render_waiting(plan: Plan, parameter: str) -> dict[str, str]:
    approve, waits = f"-p {parameter} {plan.approval}", f"{format_count(len(plan.steps), 'step')} not approved"
    page = f"{escape(plan.title)}: {waits}. It is carried out with <code>{escape(approve)}</code>"
    return {
        "text/plain": f"{one_line(plan.title)}: {waits}. It is carried out with {approve}",
        "text/html": f'<p class="plan">{page}</p>',
    }


def _render_step_outcomes(outcomes: Sequence[Outcome]) -> dict[str, str]:
    rows, text = [], []
    for number, outcome in enumerate(outcomes, 1):
        output_lines = [line for line in outcome.said.splitlines() if line]
        text.append(f"{number:>3}. {outcome.status:<11} {one_line(outcome.step.title)}")
        text += [f"     {_escape_invisible(line.expandtabs())}" for line in output_lines]
        cells = [f"{number}. {escape(outcome.step.title)}", escape(outcome.status), _output_html(outcome, output_lines)]
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr class="{outcome.status.replace(" ", "-")}">{row}</tr>')
    head = "".join(f'<th scope="col">{name}</th>' for name in ("step", "status", "what it said"))
    table = f'<table class="outcomes"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return {"text/plain": "\n".join(text), "text/html": table}


def _output_html(outcome: Outcome, lines: list[str]) -> str:
    whole = f"<pre>{escape(chr(10).join(lines))}</pre>" if lines else ""
    if len(lines) <= 3 and not outcome.stuck:
        return whole
    # How a fallback ended must not be looked for in the fold.
    paragraphs = [escape(outcome.reason), *(escape(f"since it failed $ {each}") for each in outcome.fell_back)]
    paragraphs += [f'<span class="stuck">{escape(f"since it failed $ {each}")}</span>' for each in outcome.stuck]
    return f"<pre>{chr(10).join(paragraphs)}</pre><details><summary>{len(lines)} lines</summary>{whole}</details>"
