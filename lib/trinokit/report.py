"""How is a result shown? As tables, figures, plans and findings in a notebook, and as one HTML file of them all."""

import re
from collections.abc import Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from trinokit import plan_rendering
from trinokit.figure_image import image_bundle
from trinokit.findings import WARNING, Finding, Findings, worst_severity
from trinokit.plan import ExecutedPlan, Plan, ProposedPlan
from trinokit.report_head import ReportHead

FINDINGS_MIME_TYPE = "application/vnd.trinokit.findings+json"
_ALLOWED_TAGS = "div pre span p br hr h1 h2 h3 h4 table caption thead tbody tr th td details summary"
_OPEN_ROWS, _MAX_ROWS, _SHORT_CELL, _LONG_CELL = 15, 300, 30, 100


def show(thing: pd.DataFrame | Figure | Plan | ProposedPlan, caption: str = "") -> None:
    """Display a table, a figure with its caption, or a plan, so that it reads well in a notebook and in the report."""
    if isinstance(thing, Figure):
        data, metadata = image_bundle(thing)
        display(data, metadata=metadata, raw=True)
    elif isinstance(thing, Plan | ProposedPlan):
        plan = thing.plan if isinstance(thing, ProposedPlan) else thing
        display(plan_rendering.render_plan(plan), raw=True)
    else:
        display({"text/html": _folded_table_html(thing, caption), "text/plain": _plain_table(thing)}, raw=True)


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


def _plain_table(table: pd.DataFrame) -> str:
    if table.attrs.get("unanswered"):
        return f"Not answered: {table.attrs['unanswered']}"
    if table.empty:
        return "none"
    left = len(table) - _MAX_ROWS
    more = f"\n({left:,} more rows)" if left > 0 else ""
    return _text_table(table.head(_MAX_ROWS)).to_string(index=False, max_colwidth=60) + more


def _folded_table_html(table: pd.DataFrame, caption: str) -> str:
    if table.attrs.get("unanswered"):
        return f'<p class="unanswered">Not answered: {escape(table.attrs["unanswered"])}.</p>'
    if table.empty:
        return f'<p class="unanswered">{escape(caption or "Table")}: none.</p>'
    if len(table) <= _OPEN_ROWS:
        return _table_html(table, caption)
    left = len(table) - _MAX_ROWS
    more = f"<p>{left:,} more rows are not shown; ask for wider bins.</p>" if left > 0 else ""
    folded = _table_html(table.head(_MAX_ROWS), "")
    return f"<details><summary>{escape(caption or 'Table')}: {len(table):,} rows</summary>{folded}{more}</details>"


def _table_html(table: pd.DataFrame, caption: str) -> str:
    texts = _text_table(table)
    classes = {name: _cell_class(table[name], texts[name]) for name in table}
    head = "".join(f'<th scope="col"{classes[name]}>{escape(str(name))}</th>' for name in table)
    body = "".join(_row_html(dict(zip(texts, row, strict=True)), classes) for row in texts.itertuples(index=False))
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<table class="answer">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row_html(cells: dict[str, str], classes: dict[str, str]) -> str:
    severity = f' class="{escape(cells["severity"].lower())}"' if "severity" in cells else ""
    return f"<tr{severity}>{''.join(f'<td{classes[name]}>{escape(text)}</td>' for name, text in cells.items())}</tr>"


def _cell_class(values: pd.Series, texts: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(values):
        return ' class="number"'
    longest = texts.str.len().max()
    return ' class="short"' if longest <= _SHORT_CELL else ' class="long"' if longest > _LONG_CELL else ""


def _text_table(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {name: [_format_cell(value, _column_format(table[name])) for value in table[name]] for name in table}, dtype=str
    )


def _column_format(column: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "%Y-%m-%d %H:%M" if (column.dropna().dt.second == 0).all() else "%Y-%m-%d %H:%M:%S"
    if str(column.name).startswith("share"):
        return ".1%"
    if pd.api.types.is_float_dtype(column):
        whole = (column.dropna() % 1 == 0).all()
        return ",.0f" if whole or column.abs().max() >= 1000 else ",.1f"
    return "," if pd.api.types.is_numeric_dtype(column) else ""


def _format_cell(value: object, form: str) -> str:
    return "–" if pd.isna(value) else format(value, form)


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
