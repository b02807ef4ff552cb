"""May an analyst's own SELECT be asked, and which columns of its answer come from the texts of queries?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from trinokit.errors import ParameterError
from trinokit.sources.trino.masking_bypass_check import TEXT_COLUMN, check_text_kept_whole
from trinokit.sources.trino.questions import COMPLETED_QUERIES, HISTORY_TABLE, RUNTIME_QUERIES

# The window is kept by it, whatever else is asked.
_WINDOW_COLUMN = "create_time"


@dataclass(frozen=True)
class OwnQuestion:
    """One SELECT that was checked: its *tree*, with every column qualified.

    *text_columns* are the columns of the answer that come, wholly or in part, from the text of a query, and
    *columns_read* those of completed_queries that it may read, with the one that the window is kept by.
    """

    tree: exp.Query
    text_columns: tuple[str, ...]
    columns_read: tuple[str, ...]

    @property
    def tables_read(self) -> set[str]:
        """The tables that it reads, its own named ones among them."""
        return {table.name for table in self.tree.find_all(exp.Table)}


def parse_own_question(sql: str, columns: Mapping[str, Collection[str]]) -> OwnQuestion:
    """The single SELECT in *sql*, in Trino's dialect; it may read the tables of *columns*, which has their columns.

    Raises ParameterError for anything else: another statement or several, another table, an unknown column, two columns
    of one name, or a text of a query that is taken apart, as `masking_bypass_check` tells.

    >>> own = parse_own_question("SELECT max(query) AS q, user FROM completed_queries", {
    ...     "completed_queries": ["query", "user", "create_time"]})
    >>> own.tree.named_selects, own.text_columns, own.columns_read
    (['q', 'user'], ('q',), ('create_time', 'query', 'user'))
    """
    tree = _single_select(sql)
    _check_tables(tree, columns)
    schema = {table: dict.fromkeys(names, "varchar") for table, names in columns.items()}
    try:
        tree = qualify(tree, schema=schema, dialect="trino")
    except OptimizeError as error:
        columns_text = "; ".join(f"{table} has {', '.join(names)}" for table, names in columns.items())
        raise ParameterError(f"Expected known columns, found: {error}", remedy=columns_text) from error
    names = tree.named_selects
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParameterError(
            f"Expected a name of its own for each column, found {', '.join(twice)} twice.", remedy="write AS behind it"
        )
    check_text_kept_whole(tree)
    scope, columns_read = build_scope(tree), {column.name for column in tree.find_all(exp.Column)} | {_WINDOW_COLUMN}
    return OwnQuestion(
        tree,
        text_columns=tuple(name for name in names if _comes_from_text(name, tree, scope)),
        columns_read=tuple(sorted(columns_read & set(columns[COMPLETED_QUERIES]))),
    )


def _single_select(sql: str) -> exp.Query:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="trino") if tree is not None]
    except SqlglotError as error:
        [first, *_] = error.errors if isinstance(error, ParseError) and error.errors else [{"description": str(error)}]
        position_text = f" in line {first['line']}, column {first['col']}" if "line" in first else ""
        raise ParameterError(
            f"Expected one SELECT of Trino, found{position_text}: {first['description']}", remedy="correct it"
        ) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query) or isinstance(trees[0], exp.Subquery):
        found = f"{len(trees)} statements" if len(trees) != 1 else f"a statement of the kind {trees[0].key.upper()}"
        raise ParameterError(
            f"Expected one SELECT, found {found}.",
            remedy="ask one SELECT at a time; it may begin with WITH, and stands in no parentheses",
        )
    return trees[0]


def _check_tables(tree: exp.Query, columns: Collection[str]) -> None:
    own = {each.alias for each in tree.find_all(exp.CTE)}
    if taken := sorted(own & {COMPLETED_QUERIES, RUNTIME_QUERIES, HISTORY_TABLE}):
        raise ParameterError(f"Expected another name for {', '.join(taken)}, found it taken.", remedy="rename it")
    for table in tree.find_all(exp.Table):
        plain = isinstance(table.this, exp.Identifier) and not table.db
        if not plain or table.name.lower() not in {*columns, *(each.lower() for each in own)}:
            raise ParameterError(
                f"Expected a question about {' or '.join(columns)}, found {table.sql('trino')}.",
                remedy="ask other tables in Trino itself: what is asked here has a window, and masks literals",
            )


def _comes_from_text(name: str, tree: exp.Query, scope: Scope | None) -> bool:
    if not any(column.name == TEXT_COLUMN for column in tree.find_all(exp.Column)):
        return False
    try:
        leaves = [
            node for node in lineage(name, tree, schema={}, scope=scope, dialect="trino").walk() if not node.downstream
        ]
    except (SqlglotError, ValueError, KeyError):
        # Where that cannot be told, it is taken for one.
        return True
    return any(_may_be_text(leaf.name, leaf.expression) for leaf in leaves)


def _may_be_text(name: str, expression: exp.Expression) -> bool:
    if isinstance(expression, exp.Table):
        return name.rpartition(".")[2].strip('"').lower() == TEXT_COLUMN
    # What is made of no column is a constant.
    return expression.find(exp.Column) is not None
