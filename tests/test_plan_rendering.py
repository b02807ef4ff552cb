"""A plan is told so that a person can read, check and paste it, and a finding says whether it was carried out."""

from html import unescape

import nbformat
import pytest

from trinokit import plan_rendering
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.plan import Command, Outcome, Plan, Proof, Step, plan_findings

OLD, NEW = "--add-exports=a/b=ALL-UNNAMED ", "--add-exports=a/b=ALL-UNNAMED"
PATCH = Step(
    "Write jvm.config",
    Command(("kubectl", "patch", "-f", "-"), "a: 'x'\nb\n"),
    (Command(("kubectl", "patch", "back")), Command(("kubectl", "rollout", "restart", "deployment/trino"))),
    change=f"--- jvm.config\n+++ jvm.config\n@@ -1,2 +1,2 @@\n -server \n-{OLD}\n+{NEW}\n",
)
WAIT = Step("Wait for the workers", Command(("kubectl", "rollout", "status", "a b")))
PLAN = Plan("Set 1 JVM flag in ConfigMap/trino", (PATCH, WAIT))
NOTHING = Plan("Set 1 JVM flag", ())


def test_a_plan_reads_as_numbered_commands():
    assert (
        plan_rendering.render_plan(PLAN)["text/plain"]
        == f"""\
Set 1 JVM flag in ConfigMap/trino                       approval {PLAN.approval}
  1. Write jvm.config
     $ kubectl patch -f - <<'END'
       a: 'x'
       b
       END
     | --- jvm.config
     | +++ jvm.config
     | @@ -1,2 +1,2 @@
     |  -server·
     | ---add-exports=a/b=ALL-UNNAMED·
     | +--add-exports=a/b=ALL-UNNAMED
     undo $ kubectl patch back
     undo $ kubectl rollout restart deployment/trino
  2. Wait for the workers
     $ kubectl rollout status 'a b'"""
    )


def test_a_plan_is_a_list_with_commands_to_copy_its_change_open_and_its_undo_folded():
    page = plan_rendering.render_plan(PLAN)["text/html"]

    assert page == (
        '<div class="plan"><p><strong>Set 1 JVM flag in ConfigMap/trino</strong> approval '
        f"<code>{PLAN.approval}</code></p><ol>"
        "<li><p>Write jvm.config</p>"
        "<pre><code>kubectl patch -f - &lt;&lt;&#x27;END&#x27;\na: &#x27;x&#x27;\nb\nEND</code></pre>"
        '<pre class="change"><span class="place">--- jvm.config</span>\n<span class="place">+++ jvm.config</span>\n'
        '<span class="place">@@ -1,2 +1,2 @@</span>\n'
        '<span class="kept"> -server<span class="blank">·</span></span>\n'
        '<span class="removed">---add-exports=a/b=ALL-UNNAMED<span class="blank">·</span></span>\n'
        '<span class="added">+--add-exports=a/b=ALL-UNNAMED</span>\n</pre>'
        "<details><summary>Undo: 2 commands</summary><pre><code>kubectl patch back</code></pre>"
        "<pre><code>kubectl rollout restart deployment/trino</code></pre></details></li>"
        "<li><p>Wait for the workers</p><pre><code>kubectl rollout status &#x27;a b&#x27;</code></pre></li></ol></div>"
    )


HOSTILE = "</code></pre><script>alert(1)</script>\n<img src=x onerror=alert(1)>&amp;"


def test_what_a_command_prints_and_says_stays_text():
    command = Command(("echo", HOSTILE), HOSTILE)
    plan = Plan(HOSTILE, (Step(HOSTILE, command, (command,), change=f"-{HOSTILE}"),))
    [step] = plan.steps

    pages = [
        plan_rendering.render_plan(plan),
        plan_rendering.render_plan(Plan(HOSTILE, ())),
        *both(plan, "not approved", "done", said=HOSTILE),
    ]

    for page in (page["text/html"] for page in pages):
        assert "<script" not in page
        assert "<img" not in page
        assert "&amp;amp;" in page
    assert unescape(pages[0]["text/html"]).count(step.command.shell()) == 2


def both(plan: Plan, *statuses: str, said: str = "") -> list[dict]:
    """What is shown of *plan* when all of its steps have one of these statuses."""
    return [
        plan_rendering.render_outcomes(plan, [Outcome(step, status, said) for step in plan.steps], HOSTILE)
        for status in statuses
    ]


def test_characters_that_do_not_show_are_told():
    hidden = Step("Patch", Command(("echo", "a\u202eb\tc"), "x\r\n"), change="-a\r\n+a\u200b\n")

    told = plan_rendering.render_plan(Plan("Hide", (hidden, WAIT)))

    sentence = "This command has characters that do not show: \\u0009, \\u000d, \\u202e"
    assert told["text/plain"].split("\n")[2:8] == [
        "     $ echo 'a\\u202eb\\u0009c' <<'END'",
        "       x\\u000d",
        "       END",
        f"     {sentence}",
        "     | -a\\u000d",
        "     | +a\\u200b",
    ]
    assert told["text/html"].count(f'<p class="hidden">{sentence}</p>') == 1
    assert '<span class="removed">-a\\u000d</span>' in told["text/html"]


def test_what_a_program_said_cannot_rule_the_terminal():
    [text] = [page["text/plain"] for page in both(Plan("Wait", (WAIT,)), "failed", said="\x1b[2Jgone")]

    assert text == "  1. failed      Wait for the workers\n     \\u001b[2Jgone"


def test_a_long_change_is_folded():
    change = "".join(f"+{number}\n" for number in range(31))

    page = plan_rendering.render_plan(Plan("Add", (Step("Add", WAIT.command, change=change),)))["text/html"]

    assert '<details><summary>Change: 31 lines</summary><pre class="change">' in page
    assert page.count('<span class="added">') == 31


def test_a_plan_without_steps_has_nothing_to_do():
    told = {
        "text/plain": "Set 1 JVM flag                                          nothing to do",
        "text/html": '<p class="plan"><strong>Set 1 JVM flag</strong> nothing to do</p>',
    }

    assert plan_rendering.render_plan(NOTHING) == plan_rendering.render_outcomes(NOTHING, [], "approved") == told


def outcomes(*statuses: str) -> list[Outcome]:
    texts = {"done": "configmap/trino patched", "failed": "one\ntwo\n\nthree\nerror: timed out"}
    return [Outcome(step, status, texts.get(status, "")) for step, status in zip(PLAN.steps, statuses, strict=True)]


def steps(*statuses: str) -> list[dict]:
    return [{"title": step.title, "status": status} for step, status in zip(PLAN.steps, statuses, strict=True)]


def test_a_plan_that_waits_says_how_it_is_approved():
    told = plan_rendering.render_outcomes(PLAN, outcomes("not approved", "not approved"), "approved")

    approve = f"approved {PLAN.approval}"
    text = "Set 1 JVM flag in ConfigMap/trino: 2 steps not approved. It is carried out with"
    assert told == {
        plan_rendering.PLAN_MIME_TYPE: {
            "approval": PLAN.approval,
            "title": "Set 1 JVM flag in ConfigMap/trino",
            "status": "waiting",
            "parameter": "approved",
            "steps": steps("not approved", "not approved"),
        },
        "text/plain": f"{text} -p {approve}",
        "text/html": f'<p class="plan">{text} <code>-p {approve}</code></p>',
    }


def test_what_became_of_a_plan_is_a_table_with_what_its_steps_said():
    told = plan_rendering.render_outcomes(PLAN, outcomes("done", "failed"), "approved")

    assert told["text/plain"] == (
        "  1. done        Write jvm.config\n     configmap/trino patched\n"
        "  2. failed      Wait for the workers\n     one\n     two\n     three\n     error: timed out"
    )
    assert told["text/html"] == (
        '<table class="outcomes"><thead><tr><th scope="col">step</th><th scope="col">status</th>'
        '<th scope="col">what it said</th></tr></thead><tbody>'
        '<tr class="done"><td>1. Write jvm.config</td><td>done</td><td><pre>configmap/trino patched</pre></td></tr>'
        '<tr class="failed"><td>2. Wait for the workers</td><td>failed</td><td><pre>error: timed out</pre>'
        "<details><summary>4 lines</summary><pre>one\ntwo\nthree\nerror: timed out</pre></details></td></tr>"
        "</tbody></table>"
    )
    assert (told[plan_rendering.PLAN_MIME_TYPE]["status"], told[plan_rendering.PLAN_MIME_TYPE]["steps"]) == (
        "failed",
        steps("done", "failed"),
    )


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (("done", "done"), "done"),
        (("done", "failed"), "failed"),
        (("failed", "done"), "failed"),
        (("failed", "not reached"), "failed"),
        (("interrupted", "not reached"), "failed"),
        (("done", "not reached"), "failed"),
        (("not approved", "not approved"), "waiting"),
        (("paused", "not reached"), "paused"),
        (("done", "paused"), "paused"),
        (("failed", "paused"), "failed"),
        (("interrupted", "paused"), "failed"),
    ],
)
def test_a_plan_is_done_when_all_of_it_is_and_waits_when_it_was_not_approved(statuses, status):
    assert (
        plan_rendering.render_outcomes(PLAN, outcomes(*statuses), "approved")[plan_rendering.PLAN_MIME_TYPE]["status"]
        == status
    )


def test_the_plans_of_a_notebook_are_read_from_its_outputs():
    told = [
        plan_rendering.render_outcomes(PLAN, outcomes(status, status), "approved")
        for status in ("done", "not approved")
    ]
    told.append(plan_rendering.render_outcomes(NOTHING, [], "approved"))
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", each) for each in told])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A"), cell])

    assert plan_rendering.plan_records(notebook) == [
        told[0][plan_rendering.PLAN_MIME_TYPE],
        told[1][plan_rendering.PLAN_MIME_TYPE],
    ]


BACK = f"take back what was done: see Undo, or run again with -p undo {PLAN.approval}"
SAID = "Wait for the workers: error: timed out"


@pytest.mark.parametrize(
    ("statuses", "severity", "sentence"),
    [
        (("not approved", "not approved"), INFO, f"waits for approval: {PLAN.approval}, 2 steps"),
        (("done", "done"), OK, f"was carried out: {PLAN.approval}, 2 steps"),
        (("done", "failed"), CRITICAL, f"failed at step 2 of 2, {SAID}; {BACK}"),
        (("interrupted", "not reached"), CRITICAL, f"interrupted at step 1 of 2, Write jvm.config; {BACK}"),
        (
            ("failed", "not reached"),
            CRITICAL,
            "failed at step 1 of 2, Write jvm.config: error: timed out; no step has changed anything",
        ),
        (
            ("paused", "not reached"),
            WARNING,
            "paused at step 1 of 2, Write jvm.config; nothing was taken back, run again to go on",
        ),
        (
            ("done", "paused"),
            WARNING,
            "paused at step 2 of 2, Wait for the workers; nothing was taken back, run again to go on",
        ),
    ],
)
def test_a_finding_says_what_became_of_the_plan_and_how_to_go_back(statuses, severity, sentence):
    assert plan_findings(PLAN, outcomes(*statuses)) == [Finding(severity, PLAN.title, sentence)]


def test_every_step_that_failed_is_a_finding():
    found = plan_findings(PLAN, outcomes("failed", "failed"))

    assert [finding.sentence.partition(",")[0] for finding in found] == [
        "failed at step 1 of 2",
        "failed at step 2 of 2",
    ]


def test_what_cannot_be_undone_has_to_be_finished_by_hand():
    plan = Plan("Restart", (WAIT, WAIT))

    [found] = plan_findings(plan, [Outcome(WAIT, "done"), Outcome(WAIT, "failed")])

    assert found.sentence.endswith("; what was done has no undo; do by hand what is left")


def test_a_plan_with_nothing_to_do_is_well():
    assert plan_findings(NOTHING, []) == [Finding(OK, "Set 1 JVM flag", "has nothing to do")]


def test_a_finding_is_one_line_however_long_the_last_one_is():
    step = Step("Two\nlines", WAIT.command)

    [found] = plan_findings(Plan("Long", (step,)), [Outcome(step, "failed", "first\n" + "x" * 1000)])

    assert found.sentence == f"failed at step 1 of 1, Two lines: {'x' * 200}; no step has changed anything"


# Proof and fallback.

PUSH = Step(
    "Push it",
    Command(("git", "push", "origin", "a:b")),
    (Command(("git", "push", "origin", "b:a")),),
    proof=Proof(Command(("git", "push", "--dry-run", "origin", "a:b"))),
    change="-a\n+b\n",
)
DELETE = Step("Delete it", Command(("git", "push", "origin", ":c")), proof=Proof(Command(("git", "ls-remote", "c")), 2))
ROLLBACK = (Command(("helm", "rollback", "trino", "7")), Command(("kubectl", "rollout", "status", "<b>")))
GATE = Step("Gate production", Command(("trinokit", "gate")), otherwise=ROLLBACK)
RELEASE = Plan("Release v1.1.0", (PUSH, DELETE, GATE))


def test_a_step_reads_with_its_proof_and_what_is_carried_out_if_it_fails():
    assert plan_rendering.render_plan(RELEASE)["text/plain"].split("\n")[1:] == [
        "  1. Push it",
        "     $ git push origin a:b",
        "     | -a",
        "     | +b",
        "     proved by $ git push --dry-run origin a:b",
        "     undo $ git push origin b:a",
        "  2. Delete it",
        "     $ git push origin :c",
        "     proved by exit code 2 of $ git ls-remote c",
        "  3. Gate production",
        "     $ trinokit gate",
        "     if it fails $ helm rollback trino 7",
        "     if it fails $ kubectl rollout status '<b>'",
    ]


def test_proof_and_fallback_stand_open_below_the_command_and_its_change():
    push, delete, gate = plan_rendering.render_plan(RELEASE)["text/html"].partition("<ol>")[2].split("</li>")[:3]

    change = '<pre class="change"><span class="removed">-a</span>\n<span class="added">+b</span>\n</pre>'
    undo = "<details><summary>Undo: 1 command</summary><pre><code>git push origin b:a</code></pre></details>"
    assert push == (
        f"<li><p>Push it</p><pre><code>git push origin a:b</code></pre>{change}"
        f'<div class="aside"><p>proved by</p><pre><code>git push --dry-run origin a:b</code></pre></div>{undo}'
    )
    assert delete == (
        "<li><p>Delete it</p><pre><code>git push origin :c</code></pre>"
        '<div class="aside"><p>proved by exit code 2 of</p><pre><code>git ls-remote c</code></pre></div>'
    )
    assert gate == (
        "<li><p>Gate production</p><pre><code>trinokit gate</code></pre>"
        '<div class="aside"><p>if it fails</p><pre><code>helm rollback trino 7</code></pre></div>'
        '<div class="aside"><p>if it fails</p><pre><code>kubectl rollout status '
        "&#x27;&lt;b&gt;&#x27;</code></pre></div>"
    )


HELM, KUBECTL = "helm rollback trino 7: exit code 0", "kubectl rollout status '<b>': exit code 1: error: timed out"
TOLD = (
    "p95 is 3 times\nsince it failed $ helm rollback trino 7: exit code 0\nRollback was a success\n"
    "since it failed $ kubectl rollout status '<b>': exit code 1\nerror: timed out"
)


def released(gate: Outcome, *statuses: str) -> list[Outcome]:
    before = [Outcome(step, status) for step, status in zip((PUSH, DELETE), statuses or ("done",) * 2, strict=True)]
    return [*before, gate]


def test_how_a_fallback_ended_stands_open_beside_the_reason():
    outcome = Outcome(GATE, "failed", TOLD, "p95 is 3 times", (HELM,), (KUBECTL,))

    page = plan_rendering.render_outcomes(RELEASE, released(outcome), "approved")["text/html"]

    assert page.partition('<tr class="failed">')[2].removesuffix("</tr></tbody></table>") == (
        "<td>3. Gate production</td><td>failed</td>"
        f"<td><pre>p95 is 3 times\nsince it failed $ {HELM}\n"
        '<span class="stuck">since it failed $ kubectl rollout status &#x27;&lt;b&gt;&#x27;: exit code 1: '
        "error: timed out</span></pre><details><summary>5 lines</summary><pre>p95 is 3 times\n"
        f"since it failed $ {HELM}\nRollback was a success\n"
        "since it failed $ kubectl rollout status &#x27;&lt;b&gt;&#x27;: exit code 1\n"
        "error: timed out</pre></details></td>"
    )


def test_a_fallback_that_failed_is_marked_however_little_was_said():
    step = Step("Gate", GATE.command, otherwise=ROLLBACK[:1])
    outcome = Outcome(step, "failed", "no\nsince it failed $ x: exit code 1", "no", stuck=("x: exit code 1",))

    page = plan_rendering.render_outcomes(Plan("Gate", (step,)), [outcome], "approved")["text/html"]

    assert '<pre>no\n<span class="stuck">since it failed $ x: exit code 1</span></pre>' in page


def test_a_plan_that_paused_is_told_to_the_run():
    told = plan_rendering.render_outcomes(RELEASE, released(Outcome(GATE, "paused", "12 of 100 queries")), "approved")

    assert (
        told[plan_rendering.PLAN_MIME_TYPE]["status"],
        told[plan_rendering.PLAN_MIME_TYPE]["steps"][2]["status"],
    ) == ("paused", "paused")
    assert (
        '<tr class="paused"><td>3. Gate production</td><td>paused</td><td><pre>12 of 100 queries</pre>'
        in told["text/html"]
    )


BEFORE = f"take back what was done: see Undo, or run again with -p undo {RELEASE.approval}"
MAYBE = f"it may have changed something all the same: see Undo, or run again with -p undo {RELEASE.approval}"
GATED = "failed at step 3 of 3, Gate production: p95 is 3 times"


@pytest.mark.parametrize(
    ("outcomes", "sentences"),
    [
        (
            released(Outcome(GATE, "failed", TOLD, "p95 is 3 times", (HELM, HELM))),
            [f"{GATED}; its fallback was carried out: 2 commands; {BEFORE}"],
        ),
        (
            released(Outcome(GATE, "failed", TOLD, "p95 is 3 times", (HELM,), (KUBECTL,))),
            [
                f"{GATED}; 1 of 2 commands of its fallback failed; {BEFORE}",
                f"was to be taken back, and was not: {KUBECTL}; do it by hand",
            ],
        ),
        (
            [Outcome(PUSH, "failed", "Done", "! rejected"), Outcome(DELETE, "not reached")],
            [f"failed at step 1 of 2, Push it: ! rejected; {MAYBE}"],
        ),
        (
            [Outcome(DELETE, "failed", "no")],
            ["failed at step 1 of 1, Delete it: no; what it may have changed has no undo; do by hand what is left"],
        ),
        (
            [Outcome(GATE, "failed", "no", "no", (HELM, HELM))],
            ["failed at step 1 of 1, Gate production: no; its fallback was carried out: 2 commands"],
        ),
        (
            [Outcome(PUSH, "done"), Outcome(GATE, "interrupted", "no\nsince it failed $ helm rollback: not ended")],
            [f"interrupted at step 2 of 2, Gate production: since it failed $ helm rollback: not ended; {BEFORE}"],
        ),
    ],
)
def test_a_finding_says_what_became_of_the_fallback_and_what_is_left(outcomes, sentences):
    assert plan_findings(RELEASE, outcomes) == [Finding(CRITICAL, RELEASE.title, each) for each in sentences]


def test_a_fallback_that_failed_keeps_its_reason_behind_a_long_command():
    stuck = f"helm rollback {'x' * 300}: exit code 1: error: not found"

    found = plan_findings(RELEASE, released(Outcome(GATE, "failed", "no", "no", stuck=(stuck,))))

    assert found[1].sentence == f"was to be taken back, and was not: {stuck}; do it by hand"
