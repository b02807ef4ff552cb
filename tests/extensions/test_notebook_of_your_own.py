"""What the page says about a notebook of one's own is what a notebook shows."""

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell
from tests.conftest import ROOT

from trinokit.performance import measure_queries
from trinokit.sources import connect

PAGE = (ROOT / "docs" / "notebook-of-your-own.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHOWN = {"performance.chart": "image/png", "topology.findings": "text/html", "source.ask": "text/html"}


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("block", BLOCKS)
def test_the_last_line_of_a_block_is_shown(shell, block):
    outcome = shell.run_cell(block)

    outcome.raise_error()
    data, _ = shell.display_formatter.format(outcome.result)
    assert SHOWN[block.splitlines()[-1].partition("(")[0]] in data
    assert not data["text/plain"].startswith("<")


def test_the_kit_takes_five_lines():
    assert len(BLOCKS) == len(SHOWN)
    assert all(len(block.splitlines()) <= 5 for block in BLOCKS)


@pytest.mark.parametrize("call", re.findall(r"\| `(performance[^`]*)` \|", PAGE))
def test_whatever_the_table_names_can_be_asked(call):
    window = {"since": "2026-11-24T01:13", "until": "2026-11-24T01:28"}
    performance = measure_queries(connect("recorded/demo"), **window)

    assert not repr(eval(call, {"performance": performance})).startswith("<")
