"""How is a table shown? As text, and as HTML that folds what is long."""

from html import escape

import pandas as pd

_OPEN_ROWS, _MAX_ROWS, _SHORT_CELL, _LONG_CELL = 15, 300, 30, 100


def plain_table(table: pd.DataFrame) -> str:
    """The first rows of *table* as text, each value in the form of its column; why, where it was not answered."""
    if table.attrs.get("unanswered"):
        return f"Not answered: {table.attrs['unanswered']}"
    if table.empty:
        return "none"
    rows_left = len(table) - _MAX_ROWS
    more_text = f"\n({rows_left:,} more rows)" if rows_left > 0 else ""
    return _text_table(table.head(_MAX_ROWS)).to_string(index=False, max_colwidth=60) + more_text


def folded_table_html(table: pd.DataFrame, caption: str) -> str:
    """*table* under its *caption* as HTML, folded where it is long."""
    if table.attrs.get("unanswered"):
        return f'<p class="unanswered">Not answered: {escape(table.attrs["unanswered"])}.</p>'
    if table.empty:
        return f'<p class="unanswered">{escape(caption or "Table")}: none.</p>'
    if len(table) <= _OPEN_ROWS:
        return _table_html(table, caption)
    rows_left = len(table) - _MAX_ROWS
    more_html = f"<p>{rows_left:,} more rows are not shown; ask for wider bins.</p>" if rows_left > 0 else ""
    folded = _table_html(table.head(_MAX_ROWS), "")
    return f"<details><summary>{escape(caption or 'Table')}: {len(table):,} rows</summary>{folded}{more_html}</details>"


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
