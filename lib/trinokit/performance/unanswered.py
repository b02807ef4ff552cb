"""Which tables cannot be judged? A question that was not answered, or answered by nothing, is a finding itself."""

import pandas as pd

from trinokit.findings import CRITICAL, WARNING, Finding


def unanswered_findings(table: pd.DataFrame, subject: str) -> list[Finding]:
    """Why *table* cannot be judged: it was not answered (WARNING) or has no rows (CRITICAL); else nothing."""
    if table.attrs.get("unanswered"):
        return [Finding(WARNING, subject, f"was not answered: {table.attrs['unanswered']}")]
    if table.empty:
        return [Finding(CRITICAL, subject, "could not be judged: the answer has no rows")]
    return []


def format_percent(share: float) -> str:
    """*share* of 1 in words.

    >>> format_percent(0.042), format_percent(0.2)
    ('4.2 %', '20 %')
    """
    return f"{share * 100:.1f}".removesuffix(".0") + " %"
