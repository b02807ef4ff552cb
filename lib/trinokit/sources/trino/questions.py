"""What does a question ask of which table? SQL in Trino's dialect, one file a question in queries/."""

from dataclasses import dataclass
from importlib import resources

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType

from trinokit.errors import ParameterError, did_you_mean
from trinokit.sources import drift_input_files
from trinokit.sources.trino.history_layouts import COMPLETED_QUERY_COLUMNS, ColumnMapping

_PARAMETERS = "-- Parameters:"
COMPLETED_QUERIES, RUNTIME_QUERIES, HISTORY_TABLE = "completed_queries", "runtime_queries", "history"
_QUESTIONS_FOLDER = resources.files("trinokit") / "queries"


@dataclass(frozen=True)
class Question:
    """One question: the *sentence* that it answers, the names of its *parameters* and its *tree*."""

    name: str
    sentence: str
    parameters: tuple[str, ...]
    tree: exp.Query

    @property
    def columns(self) -> list[str]:
        """The columns of the answer."""
        return self.tree.named_selects

    @property
    def tables_read(self) -> set[str]:
        """The tables that the question reads, its own named ones among them."""
        return {table.name for table in self.tree.find_all(exp.Table)}

    @property
    def columns_read(self) -> list[str]:
        """The columns of completed_queries that the question reads."""
        columns = {column.name for column in self.tree.find_all(exp.Column)}
        return sorted(columns & set(COMPLETED_QUERY_COLUMNS)) if COMPLETED_QUERIES in self.tables_read else []

    def bind_values(self, **values: object) -> exp.Query:
        """The question's tree with *values* in place of its parameters.

        Raises ParameterError when a parameter is missing or unknown.
        """
        if set(values) != set(self.parameters):
            raise ParameterError(
                f"Expected the parameters {', '.join(self.parameters)} of {self.name}, found {', '.join(values)}.",
                remedy=f"ask with exactly: {', '.join(self.parameters)}",
            )
        return bind_parameters(self.tree, **values)


def question_names() -> list[str]:
    """The names of all questions of queries/, in order."""
    return sorted(path.name.removesuffix(".sql") for path in _QUESTIONS_FOLDER.iterdir())


def load_question(name: str) -> Question:
    """The question *name* of queries/, or that of a file of your own, such as ``analyses/slow_users.sql``.

    A file is seen from the home of trinokit. Its second line is ``-- Parameters: since, until.``, with a name for each
    question mark in the order of the text. Raises ParameterError when there is no such question or it is none.
    """
    text = drift_input_files.read_text_file(name).text if name.endswith(".sql") else _packaged_text(name)
    sentence, header = (text.splitlines() + ["", ""])[:2]
    names = [each for each in header.removeprefix(_PARAMETERS).strip(" .").split(", ") if each]
    marks = _placeholder_positions(text)
    if not header.startswith(_PARAMETERS) or len(names) != len(marks):
        raise ParameterError(
            f"Expected a name for each of {len(marks)} question marks in the second line of {name}, found {header!r}.",
            remedy=f"write {_PARAMETERS} since, until. with a name a mark, in the order of the text",
        )
    try:
        tree = parse_trino_sql(_name_placeholders(text, names, marks))
    except sqlglot.ParseError as error:
        raise ParameterError(
            f"Expected SQL in Trino's dialect in {name}, found: {str(error).splitlines()[0]}.",
            remedy="run it in Trino with values in place of the question marks",
        ) from error
    return Question(name, sentence.removeprefix("-- "), tuple(dict.fromkeys(names)), tree)


def _packaged_text(name: str) -> str:
    names = question_names()
    if name not in names:
        raise ParameterError(
            f"Expected a question of trinokit/queries, found {name!r}.",
            remedy=did_you_mean(name, names) or f"known are: {', '.join(names)}",
        )
    return (_QUESTIONS_FOLDER / f"{name}.sql").read_text()


def parse_trino_sql(sql: str) -> exp.Query:
    """*sql* in Trino's dialect as a tree."""
    return sqlglot.parse_one(sql, read="trino")


def bind_parameters(tree: exp.Query, **values: object) -> exp.Query:
    """*tree* with *values* in place of its named parameters."""
    return exp.replace_placeholders(tree.copy(), **values)


def _placeholder_positions(sql: str) -> list[int]:
    return [token.start for token in sqlglot.tokenize(sql, read="trino") if token.token_type == TokenType.PLACEHOLDER]


def _name_placeholders(sql: str, names: list[str], marks: list[int]) -> str:
    # A tree is not in the order of its text, so the question marks get their names before it is parsed.
    for start, name in reversed(list(zip(marks, names, strict=True))):
        sql = f"{sql[:start]}:{name}{sql[start + 1 :]}"
    return sql


def prepend_ctes(tree: exp.Query, tables: dict[str, exp.Query]) -> exp.Query:
    """*tree* with *tables* named in front of everything that it names itself."""
    own = tree.args.get("with_")
    for name, query in tables.items():
        tree = tree.with_(name, as_=query, copy=False)
    if own:
        expressions = tree.args["with_"].expressions
        tree.args["with_"].set("expressions", expressions[-len(tables) :] + expressions[: -len(tables)])
    return tree


def completed_queries_select(meanings: dict[str, ColumnMapping]) -> exp.Query:
    """The table completed_queries, its columns read from the table history as *meanings* says."""
    columns = ", ".join(f'{meaning.expression} AS "{name}"' for name, meaning in meanings.items())
    return parse_trino_sql(f"SELECT {columns} FROM {HISTORY_TABLE}")
