"""Would an answer uncover literals of queries? A text is masked as a whole, so nobody may take it apart before."""

from sqlglot import exp

from trinokit.errors import ParameterError

# The column of completed_queries that has literals in it.
TEXT_COLUMN = "query"
# What hands a text on as it is, or its beginning.
_WHOLE = (exp.Alias, exp.Paren, exp.Max, exp.Min, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.FirstValue, exp.LastValue)
_WHOLE += (exp.Lag, exp.Lead, exp.Coalesce, exp.Lower, exp.Upper, exp.Window, exp.Filter, exp.Case, exp.If)
_WHOLE += (exp.Subquery, exp.Select, exp.SetOperation, exp.Distinct, exp.Ordered, exp.Order)
# What says something about a text without repeating any of it.
_ABOUT = (exp.Predicate, exp.Count, exp.CountIf, exp.Length, exp.StrPosition, exp.ApproxDistinct)
# What makes a table, out of which a text comes under another name.
_TABLES = (exp.Select, exp.Unnest, exp.Lateral)
# Conditions choose rows and nothing else, and what a table brings has been checked where it was selected.
_ENDS = (exp.Where, exp.Having, exp.Group, exp.Join, exp.From, exp.CTE)


def check_text_kept_whole(tree: exp.Query) -> None:
    """Raises ParameterError when *tree* takes the text of a query apart in a way that could uncover its literals.

    Without its quotes a literal looks like a name. Whole texts, their beginnings, and what is said about them may be
    selected: query, max(query), substr(query, 1, 80), length(query), query LIKE '%x%'. Conditions and orders may do
    anything.
    """
    names = _names_of_texts(tree)
    for column in [each for each in tree.find_all(exp.Column) if each.name in names]:
        if part := _takes_apart(column):
            raise ParameterError(
                f"Expected the text of a query as a whole, found {part.sql('trino')}, which could uncover literals.",
                remedy="select query itself, whose literals are masked, and take it apart in pandas",
            )


def _names_of_texts(tree: exp.Query) -> set[str]:
    """The names under which the text of a query may be known anywhere in *tree*; rather one too many."""
    names, before = {TEXT_COLUMN}, set()
    while names != before:
        before = set(names)
        for part in tree.find_all(exp.Select, exp.SetOperation, exp.TableAlias):
            names.update(_names_given(part, before))
    return names


def _names_given(part: exp.Expression, names: set[str]) -> set[str]:
    """The names that *part* gives to what is known under *names*."""
    if isinstance(part, exp.Select):
        return {each.alias_or_name for each in part.selects if _mentions(each, names)}
    if isinstance(part, exp.SetOperation):
        pairs = zip(part.left.named_selects, part.right.named_selects, strict=False)
        return {name for pair in pairs if names & set(pair) for name in pair}
    return {each.name for each in part.columns} if part.parent and _mentions(part.parent, names) else set()


def _mentions(expression: exp.Expression, names: set[str]) -> bool:
    return any(column.name in names for column in expression.find_all(exp.Column))


def _takes_apart(column: exp.Column) -> exp.Expression | None:
    """What takes the text in *column* apart on its way out, if anything does."""
    inner, outer, apart = column, column.parent, None
    while outer is not None and not _is_end(outer, inner):
        if not _hands_on(outer, inner):
            apart = apart or outer
        if apart and isinstance(outer, _TABLES):
            return apart
        inner, outer = outer, outer.parent
    return apart if outer is None else None


def _is_end(outer: exp.Expression, inner: exp.Expression) -> bool:
    """Whether nothing of *inner* comes out of *outer*, or it is checked where it comes out."""
    is_condition = isinstance(outer, exp.If) and inner.arg_key == "this"
    is_sort_key = isinstance(outer, exp.Order) and inner.arg_key == "expressions"
    return is_condition or is_sort_key or isinstance(outer, _ENDS + _ABOUT)


def _hands_on(outer: exp.Expression, inner: exp.Expression) -> bool:
    if isinstance(outer, exp.Substring):
        return inner.arg_key == "this" and outer.args.get("start") == exp.Literal.number(1)
    if isinstance(outer, exp.Cast):
        return outer.to.is_type(*exp.DataType.TEXT_TYPES)
    return isinstance(outer, _WHOLE)
