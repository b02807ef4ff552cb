"""The examples in the docstrings of the kit are true."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.conftest import ROOT

LIB = ROOT / "lib" / "trinokit"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules_with_examples() -> list[str]:
    return [dotted(path) for path in sorted(LIB.rglob("*.py")) if ">>> " in path.read_text()]


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(LIB.parent).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", modules_with_examples())
def test_each_example_gives_what_it_says(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)

    for example in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        runner.run(example, out=report.append)

    assert (runner.tries > 0, report) == (True, [])


def test_examples_are_in_many_rooms():
    assert len(modules_with_examples()) >= 45
