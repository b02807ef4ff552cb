"""What CONTEXT.md tells to avoid stands in no name of the kit, and in no sentence about it."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from functools import cache

import pytest

from tests.conftest import ROOT

LIB = ROOT / "lib" / "trinokit"
MODULES = sorted(LIB.rglob("*.py"))
NOTEBOOKS = [*sorted((ROOT / "notebooks").glob("*.ipynb")), *sorted((ROOT / "runbooks").glob("*.ipynb"))]
PAGES = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")] + sorted((ROOT / "docs").glob("*.md"))
# The licences are called as their authors call what they license.
PAGES.remove(ROOT / "docs" / "licences.md")
# Compounds that others have named, in which the word is theirs.
ALLOWED = {
    "lfs_pointer": "what Git LFS commits in place of a file",
    "merge_state_files": "files of git that tell of a merge under way",
    "moving_state_files": "files of git that tell of a rebase or bisect under way",
    "replicas_desired": "the column is called as in the status of an autoscaler",
}


def words_to_avoid() -> dict[str, str]:
    """The term in place of each word to avoid; one with a bracket is right elsewhere, and not looked for."""
    rows = [line.strip("|").split("|") for line in (ROOT / "CONTEXT.md").read_text().splitlines()]
    terms = {row[0].strip(" *"): row[2] for row in rows if row[0].startswith(" **")}
    entries = {term: re.split(r",\s*(?![^()]*\))", avoid.strip()) for term, avoid in terms.items()}
    return {word.lower(): term for term, words in entries.items() for word in words if word and "(" not in word}


AVOID = words_to_avoid()
IN_NAMES = re.compile(rf"(?:^|_)({'|'.join(re.escape(word.replace(' ', '_')) for word in AVOID)})s?(?:_|$)")
IN_PROSE = re.compile(rf"(?<![\w./-])({'|'.join(map(re.escape, AVOID))})s?(?![\w./-])", re.IGNORECASE)


@cache
def refused(name: str) -> str:
    """The word to avoid that *name* has among its words, with the right term; empty when it has none."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().strip("_")
    for compound in ALLOWED:
        words = words.replace(compound, "")
    if not (found := IN_NAMES.search(words)):
        return ""
    word = found[1].replace("_", " ")
    return f"{name}: {word!r} is {AVOID[word]!r} in CONTEXT.md"


def names_defined(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of whatever a module or cell defines: functions, classes, parameters, variables, fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


def sentences(source: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of each comment and docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            yield node.body[0].lineno, node.body[0].value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def said_wrong(text: str) -> list[str]:
    """The words to avoid in a *text*, with the right terms; what stands in backticks, quotes or a block is code."""
    prose = re.sub(r"```.*?```|`[^`]*`|\"[^\"\n]*\"", "", text, flags=re.DOTALL)
    return [f"{match[0]!r} is {AVOID[match[1].lower()]!r}" for match in IN_PROSE.finditer(prose)]


def test_words_to_avoid_are_read_and_found():
    assert AVOID["key version"] == "keytab / kvno / principal / service principal"
    assert {"culprit", "dry run"} & set(AVOID) == {"culprit"}
    assert refused("findCulprits") == "findCulprits: 'culprit' is 'author' in CONTEXT.md"
    assert refused("_LFS_POINTER") == ""
    assert said_wrong("The legacy branch, `legacy`") == ["'legacy' is 'old version'"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIB)))
def test_no_module_says_what_is_to_be_avoided(path):
    source = path.read_text()
    tree = ast.parse(source)
    modules = [("", part) for part in path.relative_to(LIB).with_suffix("").parts]

    assert [(line, refused(name)) for line, name in [*modules, *names_defined(tree)] if refused(name)] == []
    assert [(line, said_wrong(text)) for line, text in sentences(source, tree) if said_wrong(text)] == []


@pytest.mark.parametrize("path", sorted((LIB / "queries").glob("*.sql")), ids=lambda path: path.name)
def test_no_question_has_a_name_or_column_that_is_to_be_avoided(path):
    columns = re.findall(r"\bAS (\w+)\b(?!\()", path.read_text())

    assert [refused(name) for name in [path.stem, *columns] if refused(name)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_no_notebook_says_what_is_to_be_avoided(path):
    cells = json.loads(path.read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")

    assert [(line, refused(name)) for line, name in names_defined(ast.parse(code)) if refused(name)] == []
    assert said_wrong(prose) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_says_what_is_to_be_avoided(path):
    lines = path.read_text()

    assert said_wrong(lines) == []


def test_each_compound_that_is_allowed_is_used():
    names = {name.lower() for path in MODULES for _, name in names_defined(ast.parse(path.read_text()))}

    assert [compound for compound in ALLOWED if not any(compound in name for name in names)] == []
