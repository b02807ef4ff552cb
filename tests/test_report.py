"""The report is one file that loads nothing, says the verdict first, and shows text as text."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

import nbformat
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from trinokit import figures, plan_rendering, report
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Findings
from trinokit.plan import Command, ExecutedPlan, Outcome, Plan, ProposedPlan, Step
from trinokit.report_head import ReportHead, WaitingPlan
from trinokit.shell import run_command

HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(1)>"
HEAD = ReportHead(
    title="Query performance",
    colour="warning",
    verdict="WARNING: 1 of 2 findings need attention.",
    attention=[Finding(WARNING, HOSTILE, "is slow")],
    parameters={"cluster": HOSTILE},
    made={"by": "ann@desk"},
    command="trinokit run query_performance",
)


@pytest.fixture(autouse=True)
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(call) -> dict:
    with capture_output() as captured:
        call()
    [output] = captured.outputs
    return {"data": output.data, "metadata": output.metadata or {}}


def test_a_table_is_shown_with_its_caption_escaped_and_aligned():
    table = pd.DataFrame({"user": [HOSTILE], "query_count": [1234], "share": [0.256], "avg": [2.5]})

    page = shown(lambda: report.show(table, "Load & more"))["data"]["text/html"]

    assert "<caption>Load &amp; more</caption>" in page
    assert "<script" not in page
    assert "<img" not in page
    assert '<th scope="col" class="number">query_count</th>' in page
    assert re.findall(r'<td class="number">(.*?)</td>', page) == ["1,234", "25.6%", "2.5"]


def test_missing_values_and_times_read_well():
    table = pd.DataFrame({"at": [pd.Timestamp("2026-07-01 12:00"), pd.NaT], "ms": [None, 12345.6]})

    assert re.findall("<td.*?>(.*?)</td>", shown(lambda: report.show(table))["data"]["text/html"]) == [
        "2026-07-01 12:00",
        "–",
        "–",
        "12,346",
    ]


def test_a_long_table_is_folded_and_says_what_it_leaves_out():
    page = shown(lambda: report.show(pd.DataFrame({"n": range(1000)}), "Numbers"))["data"]["text/html"]

    assert page.startswith("<details><summary>Numbers: 1,000 rows</summary>")
    assert page.count("<tr>") == 301
    assert "700 more rows are not shown" in page


def test_a_table_without_rows_says_so():
    data = shown(lambda: report.show(pd.DataFrame(columns=["a"]), "Drift <b>"))["data"]

    assert data["text/html"] == '<p class="unanswered">Drift &lt;b&gt;: none.</p>'
    assert data["text/plain"] == "none"


def test_a_question_that_was_not_answered_says_why():
    table = pd.DataFrame(columns=["a"])
    table.attrs["unanswered"] = "the history has no column for <b>"

    data = shown(lambda: report.show(table))["data"]

    assert data["text/html"] == '<p class="unanswered">Not answered: the history has no column for &lt;b&gt;.</p>'
    assert data["text/plain"] == "Not answered: the history has no column for <b>"


def test_a_figure_is_shown_with_its_caption_as_alternative_text():
    types = pd.DataFrame({"query_type": ["SELECT"], "query_count": [10], "failed_count": [4]})

    output = shown(lambda: report.show(figures.query_types_chart(types)))

    assert output["metadata"]["image/png"]["alt"] == "Statements by type, failed ones on the right."
    assert len(output["data"]["image/png"]) < 30_000


def test_findings_are_shown_worst_first_and_handed_to_the_run():
    findings = [Finding(OK, "a", "is fine"), Finding(CRITICAL, "b", "is lost"), Finding(WARNING, "c", "is slow")]

    data = shown(lambda: report.publish(findings))["data"]

    assert [row["subject"] for row in data[report.FINDINGS_MIME_TYPE]] == ["b", "c", "a"]
    assert data["text/plain"] == "CRITICAL: b is lost\nWARNING: c is slow\nOK: a is fine"
    assert '<tr class="critical">' in data["text/html"]


def test_the_report_colours_findings_by_its_own_style_and_not_by_that_of_a_notebook():
    data = shown(lambda: report.publish([Finding(CRITICAL, "b", "is lost")]))["data"]
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", data)], execution_count=1)

    page = report.render_html(nbformat.v4.new_notebook(cells=[cell]), HEAD)

    assert '<tr class="critical"><td class="short">CRITICAL</td>' in page
    assert "background:#" not in page


def test_a_figure_is_drawn_where_it_is_the_last_line_of_a_cell(shell):
    types = pd.DataFrame({"query_type": ["SELECT"], "query_count": [10], "failed_count": [4]})
    chart = figures.query_types_chart(types)

    data, metadata = shell.display_formatter.format(chart)

    assert {"data": data, "metadata": metadata} == shown(lambda: report.show(chart))
    assert data["text/plain"] == "Figure: Statements by type, failed ones on the right."


def test_findings_are_shown_where_they_are_the_last_line_of_a_cell(shell):
    found = Findings([Finding(OK, "a", "is fine"), Finding(CRITICAL, "b", "is lost")])

    data, _ = shell.display_formatter.format(found)

    published = shown(lambda: report.publish(found))["data"]
    assert data == {kind: published[kind] for kind in ("text/plain", "text/html")}


def test_details_are_handed_to_the_run_where_there_are_any_and_not_shown():
    findings = [Finding(CRITICAL, "b", "is lost", {"path": "spec.replicas"}), Finding(OK, "a", "is fine")]

    data = shown(lambda: report.publish(findings))["data"]

    assert data[report.FINDINGS_MIME_TYPE] == [
        {"severity": "CRITICAL", "subject": "b", "finding": "is lost", "details": {"path": "spec.replicas"}},
        {"severity": "OK", "subject": "a", "finding": "is fine"},
    ]
    assert "spec.replicas" not in data["text/html"] + data["text/plain"]


def test_what_was_published_is_given_back_with_its_details():
    rows = [{"severity": "OK", "subject": "a", "finding": "b", "details": {"path": "c"}}]
    output = nbformat.v4.new_output("display_data", {report.FINDINGS_MIME_TYPE: rows})
    cells = [nbformat.v4.new_markdown_cell("# A"), nbformat.v4.new_code_cell("", outputs=[output, output])]

    assert report.published_findings(nbformat.v4.new_notebook(cells=cells)) == rows * 2


PLAN = Plan(HOSTILE, (Step("Wait", Command(("kubectl", "rollout", "status", HOSTILE))),))
PROPOSED = ProposedPlan(PLAN, run_command)


def test_a_plan_is_shown_with_its_commands():
    assert shown(lambda: report.show(PLAN))["data"] == plan_rendering.render_plan(PLAN)
    assert shown(lambda: report.show(PROPOSED))["data"] == plan_rendering.render_plan(PLAN)


def test_what_became_of_a_plan_is_shown_and_handed_to_the_run():
    outcomes = (Outcome(PLAN.steps[0], "done", HOSTILE),)

    data = shown(lambda: report.show_outcomes(ExecutedPlan(PROPOSED, PLAN.approval, outcomes)))["data"]

    assert data == plan_rendering.render_outcomes(PLAN, outcomes, "approved")
    assert data[plan_rendering.PLAN_MIME_TYPE]["status"] == "done"


def test_another_parameter_can_hold_the_approval():
    data = shown(lambda: report.show_outcomes(PROPOSED.execute(approved=""), "undo_approved"))["data"]

    assert data[plan_rendering.PLAN_MIME_TYPE]["parameter"] == "undo_approved"
    assert f"-p undo_approved {PLAN.approval}" in data["text/plain"]


def test_a_plan_and_what_became_of_it_keep_their_look_in_the_report():
    step = Step("Patch", Command(("echo", HOSTILE), HOSTILE), (Command(("rm", "a")),), change=f"-{HOSTILE} \n+b\n")
    plan = Plan(HOSTILE, (step,))
    told = [
        plan_rendering.render_plan(plan),
        plan_rendering.render_outcomes(plan, [Outcome(step, "failed", "a\nb\nc\nd")], "approved"),
    ]
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", each) for each in told])

    page = report.render_html(nbformat.v4.new_notebook(cells=[cell]), HEAD)

    assert "<script" not in page
    assert "<img" not in page
    assert [unescape(text) for text in re.findall("<pre><code>(printf .*?)</code></pre>", page, re.DOTALL)] == [
        step.command.shell()
    ]
    for part in ('<div class="plan">', "<ol><li>", '<span class="blank">·</span>', '<tr class="failed">'):
        assert part in page
    assert page.count("<summary>Undo: 1 command</summary>") == page.count("<summary>4 lines</summary>") == 1


def many(number: int) -> list[Finding]:
    return [Finding(INFO, f"info {n}", "is so") for n in range(number - 1)] + [Finding(WARNING, "worst", "is so")]


def test_the_first_fifteen_findings_are_open_worst_first_and_the_rest_is_folded():
    page = shown(lambda: report.publish(many(40)))["data"]["text/html"]

    opened, folded = page.split("<details>")
    assert opened.count('<tr class="') == 15
    assert opened.index("worst") < opened.index("info 0")
    assert folded.startswith("<summary>25 more findings</summary>")
    assert folded.count('<tr class="') == 25
    assert folded.endswith("</details>")


def test_few_findings_are_not_folded():
    assert "<details>" not in shown(lambda: report.publish(many(15)))["data"]["text/html"]


def test_more_findings_than_anybody_reads_are_counted_and_all_handed_to_the_run():
    data = shown(lambda: report.publish(many(1001)))["data"]

    assert len(data[report.FINDINGS_MIME_TYPE]) == 1001
    assert data["text/html"].count('<tr class="') == 300
    assert data["text/html"].endswith("<p>701 more findings: see run.json</p></details>")
    assert data["text/plain"].splitlines()[300:] == ["701 more findings: see run.json"]


def test_a_long_text_is_cut_where_it_is_shown_and_whole_where_a_program_reads_it():
    long = "<" * 300
    data = shown(lambda: report.publish([Finding(OK, f"{long}ab", f"{long}cd"), Finding(OK, long, "short")]))["data"]

    assert data[report.FINDINGS_MIME_TYPE][0] == {"severity": "OK", "subject": f"{long}ab", "finding": f"{long}cd"}
    assert data["text/plain"].splitlines() == [f"OK: {long}… {long}…", f"OK: {long} short"]
    assert f'<td class="long">{"&lt;" * 300}…</td>' in data["text/html"]


@pytest.mark.parametrize(
    ("findings", "sentence"),
    [
        ([], "CRITICAL: nothing was looked at."),
        ([Finding(OK, "a", "b"), Finding(INFO, "a", "b")], "OK: none of 2 findings needs attention."),
        ([Finding(OK, "a", "b"), Finding(WARNING, "a", "b")], "WARNING: 1 of 2 findings needs attention."),
        ([Finding(WARNING, "a", "b"), Finding(CRITICAL, "a", "b")], "CRITICAL: 2 of 2 findings need attention."),
    ],
)
def test_the_verdict_is_one_sentence(findings, sentence):
    assert report.verdict_sentence(findings) == sentence


@pytest.fixture
def page():
    output = nbformat.v4.new_output("display_data", {"text/html": f"<table><tr><td>{HOSTILE}</td></tr></table>"})
    stream = nbformat.v4.new_output("stream", text=HOSTILE)
    source = nbformat.v4.new_code_cell("x = '<script>'", outputs=[output, stream], execution_count=1)
    prose = nbformat.v4.new_markdown_cell(f"## Who & what?\n\nProse {HOSTILE} [click](javascript:alert(1))")
    return report.render_html(nbformat.v4.new_notebook(cells=[prose, source]), HEAD)


def test_the_verdict_stands_before_everything_else(page):
    body = page.partition("<body>")[2]

    assert body.index("WARNING: 1 of 2") < body.index("Contents") < body.index("<h2 id=")


def test_the_page_has_no_script_and_loads_nothing(page):
    outside = re.sub(r"&lt;.*?&gt;", "", page)

    assert "<script" not in page
    assert not re.search(r"<[^>]+\s(onerror|onload|onclick)=", outside)
    assert not re.search(r'(src|href)="(?!data:image/png|#)', page)
    assert "<img src=x" not in page
    assert "url(" not in page


def test_the_contents_lead_to_the_headings(page):
    [anchor] = re.findall(r'<li><a href="#(.*?)">', page)

    [heading] = re.findall(r'<h2 id="(.*?)">Who &amp; what\?<a', page)
    assert unquote(anchor) == unescape(heading)


def test_code_is_folded_and_an_error_is_told_at_the_top():
    cell = nbformat.v4.new_code_cell("1/0", execution_count=1)

    page = report.render_html(nbformat.v4.new_notebook(cells=[cell]), replace(HEAD, error="SourceError: <no> table"))

    assert "<summary>Code</summary>" in page
    assert page.index("SourceError: &lt;no&gt; table") < page.index("<main>")


def test_the_command_that_approves_a_plan_stands_in_the_head():
    waiting = WaitingPlan(title=HOSTILE, steps="6 steps", command=f"trinokit run a -p b {HOSTILE} -p approved plan-1")

    page = report.render_html(nbformat.v4.new_notebook(), replace(HEAD, waiting=[waiting]))

    head = page.partition("<body>")[2].partition("</header>")[0]
    [command] = re.findall('<div class="approve">.*<pre><code>(.*?)</code></pre></div>', head)
    assert "<script" not in head
    assert unescape(command) == waiting.command
    assert f"{HOSTILE}: read the plan, 6 steps, below; this carries it out:" in unescape(head)
