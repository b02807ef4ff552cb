"""How does a values file look with other lines in one of its lists, and with every other byte as it was?"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from trinokit.errors import PlanError
from trinokit.kerberos.files import splices
from trinokit.kerberos.files.splices import Splice
from trinokit.kerberos.jvmconfig import Edit

_NULL = "tag:yaml.org,2002:null"
# What every parser of YAML takes for the same text without quotes.
_PLAIN = re.compile(r"--?[A-Za-z][\w.,:=/+-]*(?<!:)", re.ASCII)


@dataclass(frozen=True)
class Where:
    """The list at *keys* of a values *file*."""

    file: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        """How a person names it."""
        return f"{'.'.join(self.keys)} in {self.file}"


@dataclass(frozen=True)
class _Node:
    """The *node* that the keys lead to, the last *key* that is there, and the *rest* of them that is not.

    *flow* says whether it stands within brackets.
    """

    node: yaml.Node | None
    key: yaml.Node | None
    rest: tuple[str, ...]
    flow: bool


def value(text: str, where: Where) -> object:
    """What *text* has at *where*, or None; raises PlanError when it cannot be read."""
    found = _loaded(text, where)
    for key in where.keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def lines(text: str, where: Where) -> tuple[str, ...]:
    """The lines that the items of the list stand for, mostly one each; none where there is no list.

    Raises PlanError when there is something else in its place.
    """
    return tuple(line for item in _items(text, where) for line in item.split("\n"))


def edited(text: str, where: Where, edits: Sequence[Edit]) -> str:
    """*text* with *edits* of the `lines` of the list, which is made where there is none.

    Raises PlanError when that cannot be done without changing anything else.
    """
    items = _items(text, where)
    changes = [_of_items(edit, items, where) for edit in edits]
    if not changes:
        return text
    node, wanted = _found(text, where), list(items)
    for each in reversed(changes):
        wanted[each.first : each.end] = each.lines
    if items and not node.rest:
        made = [splice for each in changes for splice in _spliced(text, node, each)]
    else:
        made = [*_made(text, node, wanted)]
    after = splices.applied(text, made)
    if _loaded(after, where) != _put(_loaded(text, where), where.keys, wanted):
        raise _refused(where, "that can be edited alone", "one whose edit changes more", "edit it by hand")
    return after


def unreadable(file: str, error: Exception) -> PlanError:
    """What is said of a *file* that is no YAML, without any of its text, in which a secret may stand."""
    mark = getattr(error, "problem_mark", None)
    place = f" in line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or "something else"
    return PlanError(f"Expected YAML in {file}, found{place}: {problem}.", remedy="mend the file first")


def _loaded(text: str, where: Where) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise unreadable(where.file, error) from error


def _items(text: str, where: Where) -> list[str]:
    items = value(text, where)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _refused(where, "of lines", "something else", "write one JVM flag a line, in quotes where need be")
    return items


def _of_items(edit: Edit, items: list[str], where: Where) -> Edit:
    """The *edit* of the lines, counted in *items*."""
    begins = [0]
    for item in items:
        begins.append(begins[-1] + len(item.split("\n")))
    first, end = edit.first, edit.end
    if first == end:
        # Blank lines that end an item of several stay with it.
        lines = [line.strip() for item in items for line in item.split("\n")]
        while first not in begins and not lines[first]:
            first = end = first + 1
    if first in begins and end in begins:
        return Edit(begins.index(first), begins.index(end), edit.lines)
    raise _refused(where, "with one line an item", "several lines in one that is to change", "give each its own item")


def _found(text: str, where: Where) -> _Node:
    node, key, flow = yaml.compose(text, Loader=yaml.SafeLoader), None, False
    for number, name in enumerate(where.keys):
        if not isinstance(node, yaml.MappingNode):
            if node is not None and node.tag != _NULL:
                raise _refused(where, "below keys", f"a value at {'.'.join(where.keys[:number])}", "edit it by hand")
            return _Node(node, key, where.keys[number:], flow)
        flow = flow or _in_brackets_itself(node, key)
        pair = next((pair for pair in reversed(node.value) if pair[0].value == name), None)
        if pair is None:
            return _Node(node, key, where.keys[number:], flow)
        key, node = pair
        if node.start_mark.index < key.end_mark.index:
            raise _refused(where, "that is written out", f"an alias at {name}", "write it out there")
    return _Node(node, key, (), flow)


def _in_brackets_itself(node: yaml.MappingNode, key: yaml.Node | None) -> bool:
    # What is empty has brackets although it stands in a block, unless it is all that there is.
    return bool(node.flow_style and (node.value or key is None))


def _spliced(text: str, found: _Node, change: Edit) -> Iterator[Splice]:
    nodes, new = found.node.value, list(change.lines)
    if found.flow or found.node.flow_style:
        yield _in_brackets(nodes, change)
        return
    for node in nodes[change.first : change.end]:
        start, end = node.start_mark.index, _end(text, node)
        yield Splice(start, end, _scalar(new.pop(0))) if new else splices.without(text, start, end)
    if new:
        added = [f"{' ' * found.node.start_mark.column}- {_scalar(line)}" for line in new]
        if change.end:
            yield splices.below(text, _end(text, nodes[change.end - 1]), added)
        else:
            yield splices.above(text, nodes[0].start_mark.index, added)


def _in_brackets(nodes: list[yaml.Node], change: Edit) -> Splice:
    new = ", ".join(map(_quoted, change.lines))
    if change.first < change.end:
        return Splice(nodes[change.first].start_mark.index, nodes[change.end - 1].end_mark.index, new)
    if change.first:
        at = nodes[change.first - 1].end_mark.index
        return Splice(at, at, f", {new}")
    at = nodes[0].start_mark.index
    return Splice(at, at, f"{new}, ")


def _made(text: str, found: _Node, new: list[str]) -> Iterator[Splice]:
    """A list of *new* lines, with those of its keys that are not there."""
    node, key, rest = found.node, found.key, found.rest
    filled = isinstance(node, yaml.MappingNode) and bool(node.value)
    if found.flow or (filled and node.flow_style):
        yield _made_in_brackets(node, rest, new)
    elif key is None:
        if node is not None and not filled:
            yield Splice(node.start_mark.index, node.end_mark.index, "")
        yield splices.below(text, len(text), _block(rest, node.start_mark.column if filled else 0, new))
    elif filled:
        # In front of the first key, since a comment behind the last one may belong to whatever comes next.
        yield splices.below(text, key.end_mark.index, _block(rest, node.value[0][0].start_mark.column, new))
    else:
        start = len(text[: node.start_mark.index].rstrip(" "))
        yield Splice(start, max(start, node.end_mark.index), "")
        yield splices.below(text, key.end_mark.index, _block(rest, key.start_mark.column + 2, new))


def _made_in_brackets(node: yaml.Node, rest: tuple[str, ...], new: list[str]) -> Splice:
    made = f"[{', '.join(map(_quoted, new))}]"
    for key in reversed(rest[1:]):
        made = f"{{{key}: {made}}}"
    start, end = node.start_mark.index, node.end_mark.index
    if rest and isinstance(node, yaml.MappingNode):
        return Splice(start + 1, start + 1, f"{rest[0]}: {made}{', ' if node.value else ''}")
    made = f"{{{rest[0]}: {made}}}" if rest else made
    return Splice(start, end, made if start < end else f" {made}")


def _block(keys: tuple[str, ...], column: int, new: list[str]) -> list[str]:
    heads = [f"{' ' * (column + 2 * number)}{key}:" for number, key in enumerate(keys)]
    return [*heads, *(f"{' ' * (column + 2 * len(keys))}- {_scalar(line)}" for line in new)]


def _end(text: str, node: yaml.Node) -> int:
    end = node.end_mark.index
    # A block ends where the next line with content begins.
    return len(text[:end].rstrip()) if node.style in ("|", ">") else end


def _scalar(line: str) -> str:
    return line if _PLAIN.fullmatch(line) else _quoted(line)


def _quoted(line: str) -> str:
    return json.dumps(line, ensure_ascii=False)


def _put(whole: object, keys: tuple[str, ...], new: list[str]) -> object:
    if not keys:
        return new
    known = whole if isinstance(whole, dict) else {}
    return known | {keys[0]: _put(known.get(keys[0]), keys[1:], new)}


def _refused(where: Where, expected: str, found: str, remedy: str) -> PlanError:
    return PlanError(f"Expected a list {expected} at {where}, found {found}.", remedy=remedy)
