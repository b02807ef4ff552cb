"""What does a PromQL expression ask, however it is laid out? Prometheus prints each anew, labels sorted."""

import re
from collections.abc import Callable

import promql_parser as promql

# The parser overflows the stack when it is led too deep.
_MAX_TOKENS = 1500
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<token>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
    r"""|[A-Za-z_:][\w:]*|[\d.][\w.]*(?:(?<=[eE])[+-]\d+)?|=~|!~|[!=<>]=|.)""",
    re.DOTALL,
)
_BEFORE_TIME = {"offset", "[", ":", "@"}
_MAX_SECONDS = 1e11


def canonical_promql(expression: str) -> tuple:
    """What *expression* asks: equal for two expressions only if they ask the same.

    What the parser does not know is taken by its tokens, so there only the layout does not matter.

    >>> canonical_promql("sum by (a, b) (rate(x[5m]))") == canonical_promql("sum(rate(x[300s])) by (b,a)")
    True
    """
    expression = _TOKEN.sub(_requote_backticks, expression)
    tokens = [match["token"] for match in _TOKEN.finditer(expression) if match["token"]]
    if len(tokens) <= _MAX_TOKENS and not _has_unparsable_time(tokens):
        try:
            return _expression_tree(promql.parse(expression))
        except (ValueError, RecursionError):
            pass
    return ("tokens", *tokens)


def _requote_backticks(match: re.Match) -> str:
    # The parser refuses a backslash between backticks, where it stands for itself.
    token = match["token"] or " "
    if token[0] != "`" or len(token) == 1:
        return token
    inner = token[1:-1].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inner}"'


def _has_unparsable_time(tokens: list[str]) -> bool:
    """Whether a time among *tokens* is one on which the parser panics: before 1970, or as good as endless."""
    before = ""
    for token in tokens:
        own = token.lower().lstrip(":")
        # The step of a subquery may stand directly behind its colon.
        before = ":" if token.startswith(":") and own else before
        if before in _BEFORE_TIME and own and _time_seconds(own) > _MAX_SECONDS or (before, own) == ("@", "-"):
            return True
        before = before if own in ("+", "-", "(") else own or ":"
    return False


def _time_seconds(word: str) -> float:
    if word in ("inf", "nan"):
        return float("inf")
    try:
        return float(int(word, 16)) if word.startswith("0x") else float(word)
    except (ValueError, OverflowError):
        return float("inf") if word.startswith("0x") else 0


def _expression_tree(node: promql.Expr) -> tuple:
    return _TREE_BY_NODE[type(node)](node)


def _selector_tree(node: promql.VectorSelector) -> tuple:
    name_matcher = [("MatchOp.Equal", "__name__", node.name)] if node.name else []
    own = {(str(each.op), each.name, each.value) for each in node.matchers.matchers}
    # Prometheus itself knows no alternatives, so they are taken as they stand.
    or_matchers = tuple(tuple(map(str, each)) for each in node.matchers.or_matchers)
    return ("series", *sorted([*name_matcher, *own]), or_matchers, _offset_and_time(node))


def _offset_and_time(node: promql.VectorSelector | promql.SubqueryExpr) -> tuple:
    return node.offset or None, node.at and (str(node.at.type), str(node.at.at))


def _subquery_tree(node: promql.SubqueryExpr) -> tuple:
    return "subquery", _expression_tree(node.expr), node.range, node.step, _offset_and_time(node)


def _aggregation_tree(node: promql.AggregateExpr) -> tuple:
    kind, labels = (str(node.modifier.type), node.modifier.labels) if node.modifier else ("", [])
    # To group by nothing is to group not at all, but without nothing is by everything.
    modifier = (kind, *sorted(set(labels))) if labels or kind == "AggModifierType.Without" else ()
    return "aggregate", str(node.op), modifier, _parameter_tree(node.param), _expression_tree(node.expr)


def _parameter_tree(parameter: object) -> tuple:
    return _expression_tree(parameter) if isinstance(parameter, promql.Expr) else (str(parameter),)


def _binary_tree(node: promql.BinaryExpr) -> tuple:
    return "binary", str(node.op), _matching_tree(node.modifier), _expression_tree(node.lhs), _expression_tree(node.rhs)


def _matching_tree(modifier: promql.BinModifier | None) -> tuple:
    if modifier is None:
        return ()
    kind, labels = (str(modifier.matching.type), modifier.matching.labels) if modifier.matching else ("", [])
    on = (kind, *sorted(set(labels))) if labels or kind == "LabelModifierType.Include" else ()
    filled = str(modifier.fill_values.lhs), str(modifier.fill_values.rhs)
    group_labels = sorted(set(modifier.group_labels or []))
    matching = str(modifier.card), modifier.return_bool, on, *group_labels, filled
    return () if matching == _DEFAULT_MATCHING else matching


_DEFAULT_MATCHING = "VectorMatchCardinality.OneToOne", False, (), ("None", "None")
_TREE_BY_NODE: dict[type, Callable[..., tuple]] = {
    promql.NumberLiteral: lambda node: ("number", repr(node.val)),
    promql.StringLiteral: lambda node: ("text", node.val),
    promql.VectorSelector: _selector_tree,
    promql.MatrixSelector: lambda node: ("range", _selector_tree(node.vector_selector), node.range),
    promql.SubqueryExpr: _subquery_tree,
    promql.Call: lambda node: ("call", node.func.name, *map(_expression_tree, node.args)),
    promql.AggregateExpr: _aggregation_tree,
    promql.BinaryExpr: _binary_tree,
    promql.UnaryExpr: lambda node: ("minus", _expression_tree(node.expr)),
    promql.ParenExpr: lambda node: ("parentheses", _expression_tree(node.expr)),
}
