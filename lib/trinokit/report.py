"""How is a result shown? As tables, figures, plans and findings in a notebook, and as one HTML file of them all."""

import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from IPython.display import display

from trinokit import plan_rendering
from trinokit.findings import WARNING, Finding, Findings, worst_severity
from trinokit.plan import ExecutedPlan, Plan, ProposedPlan
from trinokit.report_head import ReportHead

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

FINDINGS_MIME_TYPE = "application/vnd.trinokit.findings+json"
_ALLOWED_TAGS = "div pre span p br hr h1 h2 h3 h4 table caption thead tbody tr th td details summary"


def show(shown: "pd.DataFrame | Figure | Plan | ProposedPlan", caption: str = "") -> None:
    """Display a table, a figure with its caption, or a plan, so that it reads well in a notebook and in the report."""
    # Loading pandas and matplotlib takes two seconds; what shows a table or a figure has loaded them already.
    if hasattr(shown, "savefig"):
        from trinokit.figure_image import image_bundle

        data, metadata = image_bundle(shown)
        display(data, metadata=metadata, raw=True)
    elif isinstance(shown, Plan | ProposedPlan):
        plan = shown.plan if isinstance(shown, ProposedPlan) else shown
        display(plan_rendering.render_plan(plan), raw=True)
    else:
        from trinokit.table_rendering import folded_table_html, plain_table

        display({"text/html": folded_table_html(shown, caption), "text/plain": plain_table(shown)}, raw=True)


def publish(findings: list[Finding]) -> None:
    """Display *findings*, worst first and the first of them open, and hand them whole to the run."""
    worst_first = Findings(findings)
    texts = {"text/html": worst_first._repr_html_(), "text/plain": repr(worst_first)}
    display({**texts, FINDINGS_MIME_TYPE: [finding.to_json() for finding in worst_first]}, raw=True)


def show_outcomes(executed: ExecutedPlan, parameter: str = "approved") -> None:
    """Display what became of a plan, and hand it to the run; its approval is given in the notebook's *parameter*."""
    display(plan_rendering.render_outcomes(executed.proposed.plan, executed.outcomes, parameter), raw=True)


def published_findings(notebook: Any) -> list[dict[str, Any]]:
    """What the executed *notebook* published: a severity, subject, finding and details a row, in the notebook's order.

    A finding without details has none.
    """
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [row for output in outputs for row in output.get("data", {}).get(FINDINGS_MIME_TYPE, [])]


def render_html(notebook: Any, head: ReportHead) -> str:
    """The executed *notebook* as one HTML file that loads nothing, with *head* above its cells."""
    # Loading nbconvert takes a second, so only those who need it pay.
    from nbconvert import HTMLExporter

    here = Path(__file__).parent
    exporter = HTMLExporter(
        extra_template_basedirs=[str(here)],
        template_name="report_template",
        sanitize_html=True,
    )
    exporter.register_filter("clean_html", _sanitize_html)
    resources = {"head": head, "style": (here / "report_template" / "style.css").read_text()}
    page, _ = exporter.from_notebook_node(notebook, resources)
    return page.replace("<!--contents-->", _contents_html(page))


def verdict_sentence(findings: Sequence[Finding]) -> str:
    """One sentence on what *findings* amount to."""
    attention = [finding for finding in findings if finding.severity >= WARNING]
    if not findings:
        return "CRITICAL: nothing was looked at."
    if not attention:
        return f"OK: none of {len(findings)} findings needs attention."
    verb = "needs" if len(attention) == 1 else "need"
    return f"{worst_severity(findings).name}: {len(attention)} of {len(findings)} findings {verb} attention."


def _contents_html(page: str) -> str:
    headings = re.findall(r'<h2 id="(.*?)">(.*?)<a ', page)
    return "".join(f'<li><a href="#{quote(unescape(anchor))}">{title}</a></li>' for anchor, title in headings)


def _sanitize_html(markup: object) -> str:
    import bleach

    return bleach.clean(
        markup.decode() if isinstance(markup, bytes) else str(markup),
        tags={*bleach.ALLOWED_TAGS, *_ALLOWED_TAGS.split()},
        attributes={"*": ["class", "id", "scope"], "a": ["href"]},
        protocols=["https", "http", "mailto"],
    )
