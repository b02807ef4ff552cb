"""What does a PromQL expression ask, however it is laid out? Prometheus prints each anew, labels sorted."""

import re
from collections.abc import Callable

import promql_parser as promql

# The parser overflows the stack when it is led too deep.
_MOST_TOKENS = 1500
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<token>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
    r"""|[A-Za-z_:][\w:]*|[\d.][\w.]*(?:(?<=[eE])[+-]\d+)?|=~|!~|[!=<>]=|.)""",
    re.DOTALL,
)
_BEFORE_TIME = {"offset", "[", ":", "@"}
_MOST_SECONDS = 1e11


def meaning(expression: str) -> tuple:
    """What *expression* asks: equal for two expressions only if they ask the same.

    What the parser does not know is taken by its tokens, so there only the layout does not matter.
    """
    expression = _TOKEN.sub(_quoted, expression)
    tokens = [match["token"] for match in _TOKEN.finditer(expression) if match["token"]]
    if len(tokens) <= _MOST_TOKENS and not _endless(tokens):
        try:
            return _tree(promql.parse(expression))
        except (ValueError, RecursionError):
            pass
    return ("tokens", *tokens)


def _quoted(match: re.Match) -> str:
    # The parser refuses a backslash between backticks, where it stands for itself.
    token = match["token"] or " "
    if token[0] != "`" or len(token) == 1:
        return token
    inner = token[1:-1].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inner}"'


def _endless(tokens: list[str]) -> bool:
    """Whether a time among *tokens* is one on which the parser panics: before 1970, or as good as endless."""
    before = ""
    for token in tokens:
        own = token.lower().lstrip(":")
        # The step of a subquery may stand directly behind its colon.
        before = ":" if token.startswith(":") and own else before
        if before in _BEFORE_TIME and own and _seconds(own) > _MOST_SECONDS or (before, own) == ("@", "-"):
            return True
        before = before if own in ("+", "-", "(") else own or ":"
    return False


def _seconds(word: str) -> float:
    if word in ("inf", "nan"):
        return float("inf")
    try:
        return float(int(word, 16)) if word.startswith("0x") else float(word)
    except (ValueError, OverflowError):
        return float("inf") if word.startswith("0x") else 0


def _tree(node: promql.Expr) -> tuple:
    return _TREES[type(node)](node)


def _series(node: promql.VectorSelector) -> tuple:
    named = [("MatchOp.Equal", "__name__", node.name)] if node.name else []
    own = {(str(each.op), each.name, each.value) for each in node.matchers.matchers}
    # Prometheus itself knows no alternatives, so they are taken as they stand.
    others = tuple(tuple(map(str, each)) for each in node.matchers.or_matchers)
    return ("series", *sorted([*named, *own]), others, _moment(node))


def _moment(node: promql.VectorSelector | promql.SubqueryExpr) -> tuple:
    return node.offset or None, node.at and (str(node.at.type), str(node.at.at))


def _subquery(node: promql.SubqueryExpr) -> tuple:
    return "subquery", _tree(node.expr), node.range, node.step, _moment(node)


def _aggregate(node: promql.AggregateExpr) -> tuple:
    kind, labels = (str(node.modifier.type), node.modifier.labels) if node.modifier else ("", [])
    # To group by nothing is to group not at all, but without nothing is by everything.
    how = (kind, *sorted(set(labels))) if labels or kind == "AggModifierType.Without" else ()
    return "aggregate", str(node.op), how, _parameter(node.param), _tree(node.expr)


def _parameter(given: object) -> tuple:
    return _tree(given) if isinstance(given, promql.Expr) else (str(given),)


def _binary(node: promql.BinaryExpr) -> tuple:
    return "binary", str(node.op), _matched(node.modifier), _tree(node.lhs), _tree(node.rhs)


def _matched(modifier: promql.BinModifier | None) -> tuple:
    if modifier is None:
        return ()
    kind, labels = (str(modifier.matching.type), modifier.matching.labels) if modifier.matching else ("", [])
    on = (kind, *sorted(set(labels))) if labels or kind == "LabelModifierType.Include" else ()
    filled = str(modifier.fill_values.lhs), str(modifier.fill_values.rhs)
    kept = sorted(set(modifier.group_labels or []))
    how = str(modifier.card), modifier.return_bool, on, *kept, filled
    return () if how == _UNMODIFIED else how


_UNMODIFIED = "VectorMatchCardinality.OneToOne", False, (), ("None", "None")
_TREES: dict[type, Callable[..., tuple]] = {
    promql.NumberLiteral: lambda node: ("number", repr(node.val)),
    promql.StringLiteral: lambda node: ("text", node.val),
    promql.VectorSelector: _series,
    promql.MatrixSelector: lambda node: ("range", _series(node.vector_selector), node.range),
    promql.SubqueryExpr: _subquery,
    promql.Call: lambda node: ("call", node.func.name, *map(_tree, node.args)),
    promql.AggregateExpr: _aggregate,
    promql.BinaryExpr: _binary,
    promql.UnaryExpr: lambda node: ("minus", _tree(node.expr)),
    promql.ParenExpr: lambda node: ("parentheses", _tree(node.expr)),
}
