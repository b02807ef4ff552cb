"""What makes a drawing a chart? A notebook draws it, its docstring is its caption, and a table without rows is told."""

from collections.abc import Callable
from functools import wraps

import pandas as pd
from matplotlib.figure import Figure

from trinokit.figure_image import image_bundle

INK = "#3c4043"


class Chart(Figure):
    """A matplotlib figure that a notebook draws where it is the last line of a cell; pyplot is not needed for it."""

    def __repr__(self) -> str:
        """What it is, and its caption."""
        return f"Figure: {self.get_label()}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        return image_bundle(self)


def with_caption(draw: Callable[..., Chart]) -> Callable[..., Chart]:
    """*draw*, with its docstring and whatever label *draw* gives it as the label of the figure it returns.

    *draw* takes a table, and options by keyword. A table without rows becomes a figure with a sentence: why the
    question was not answered, or that the answer has no rows.
    """

    @wraps(draw)
    def draw_with_caption(table: pd.DataFrame, **options: object) -> Chart:
        figure = _empty_figure(table) if table.empty else draw(table, **options)
        figure.set_label(" ".join(f"{draw.__doc__} {figure.get_label()}".split()))
        return figure

    return draw_with_caption


def _empty_figure(table: pd.DataFrame) -> Chart:
    figure = Chart(figsize=(9, 0.8), dpi=110)
    reason = table.attrs.get("unanswered", "the answer has no rows")
    figure.text(0.5, 0.5, f"Nothing to draw: {reason}", ha="center", va="center", color=INK, fontsize=11)
    return figure
