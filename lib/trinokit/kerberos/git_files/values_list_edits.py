"""How does a values file look with other lines in one of its lists, and with every other byte as it was?"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from trinokit.errors import PlanError
from trinokit.kerberos.git_files import text_edits
from trinokit.kerberos.git_files.text_edits import TextEdit
from trinokit.kerberos.jvm_config_text import LineEdit

_NULL_TAG = "tag:yaml.org,2002:null"
# What every parser of YAML takes for the same text without quotes.
_PLAIN_SCALAR = re.compile(r"--?[A-Za-z][\w.,:=/+-]*(?<!:)", re.ASCII)


@dataclass(frozen=True)
class ValuesList:
    """The list at *keys* of a values *file*."""

    file: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        """How a person names it."""
        return f"{'.'.join(self.keys)} in {self.file}"


@dataclass(frozen=True)
class _FoundNode:
    """The *node* that the keys lead to, the last *key* that is there, and the *rest* of them that is not.

    *flow* says whether it stands within brackets.
    """

    node: yaml.Node | None
    key: yaml.Node | None
    missing_keys: tuple[str, ...]
    is_flow: bool


def value_at_keys(text: str, values_list: ValuesList) -> object:
    """What *text* has at *values_list*, or None; raises PlanError when it cannot be read."""
    value = _load_values(text, values_list)
    for key in values_list.keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def list_lines(text: str, values_list: ValuesList) -> tuple[str, ...]:
    """The lines that the items of the list stand for, mostly one each; none where there is no list.

    Raises PlanError when there is something else in its place.
    """
    return tuple(line for item in _list_items(text, values_list) for line in item.split("\n"))


def edit_list(text: str, values_list: ValuesList, edits: Sequence[LineEdit]) -> str:
    """*text* with *edits* of the `list_lines` of the list, which is made where there is none.

    Raises PlanError when that cannot be done without changing anything else.
    """
    items = _list_items(text, values_list)
    changes = [_edit_of_items(edit, items, values_list) for edit in edits]
    if not changes:
        return text
    node, new_items = _find_node(text, values_list), list(items)
    for each in reversed(changes):
        new_items[each.first : each.end] = each.lines
    if items and not node.missing_keys:
        edits_of_text = [splice for each in changes for splice in _item_edits(text, node, each)]
    else:
        edits_of_text = [*_new_list_edits(text, node, new_items)]
    after = text_edits.apply_text_edits(text, edits_of_text)
    if _load_values(after, values_list) != _with_value(_load_values(text, values_list), values_list.keys, new_items):
        raise _list_error(values_list, "that can be edited alone", "one whose edit changes more", "edit it by hand")
    return after


def invalid_yaml_error(file: str, error: Exception) -> PlanError:
    """What is said of a *file* that is no YAML, without any of its text, in which a secret may stand."""
    mark = getattr(error, "problem_mark", None)
    line_text = f" in line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or "something else"
    return PlanError(f"Expected YAML in {file}, found{line_text}: {problem}.", remedy="mend the file first")


def _load_values(text: str, values_list: ValuesList) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise invalid_yaml_error(values_list.file, error) from error


def _list_items(text: str, values_list: ValuesList) -> list[str]:
    items = value_at_keys(text, values_list)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _list_error(
            values_list, "of lines", "something else", "write one JVM flag a line, in quotes where need be"
        )
    return items


def _edit_of_items(edit: LineEdit, items: list[str], values_list: ValuesList) -> LineEdit:
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
        return LineEdit(begins.index(first), begins.index(end), edit.lines)
    raise _list_error(
        values_list, "with one line an item", "several lines in one that is to change", "give each its own item"
    )


def _find_node(text: str, values_list: ValuesList) -> _FoundNode:
    node, key, flow = yaml.compose(text, Loader=yaml.SafeLoader), None, False
    for number, name in enumerate(values_list.keys):
        if not isinstance(node, yaml.MappingNode):
            if node is not None and node.tag != _NULL_TAG:
                raise _list_error(
                    values_list, "below keys", f"a value at {'.'.join(values_list.keys[:number])}", "edit it by hand"
                )
            return _FoundNode(node, key, values_list.keys[number:], flow)
        flow = flow or _is_flow_mapping(node, key)
        pair = next((pair for pair in reversed(node.value) if pair[0].value == name), None)
        if pair is None:
            return _FoundNode(node, key, values_list.keys[number:], flow)
        key, node = pair
        if node.start_mark.index < key.end_mark.index:
            raise _list_error(values_list, "that is written out", f"an alias at {name}", "write it out there")
    return _FoundNode(node, key, (), flow)


def _is_flow_mapping(node: yaml.MappingNode, key: yaml.Node | None) -> bool:
    # What is empty has brackets although it stands in a block, unless it is all that there is.
    return bool(node.flow_style and (node.value or key is None))


def _item_edits(text: str, node_found: _FoundNode, change: LineEdit) -> Iterator[TextEdit]:
    nodes, new = node_found.node.value, list(change.lines)
    if node_found.is_flow or node_found.node.flow_style:
        yield _flow_list_edit(nodes, change)
        return
    for node in nodes[change.first : change.end]:
        start, end = node.start_mark.index, _node_end(text, node)
        yield TextEdit(start, end, _scalar_text(new.pop(0))) if new else text_edits.delete_lines(text, start, end)
    if new:
        new_lines = [f"{' ' * node_found.node.start_mark.column}- {_scalar_text(line)}" for line in new]
        if change.end:
            yield text_edits.insert_lines_after(text, _node_end(text, nodes[change.end - 1]), new_lines)
        else:
            yield text_edits.insert_lines_before(text, nodes[0].start_mark.index, new_lines)


def _flow_list_edit(nodes: list[yaml.Node], change: LineEdit) -> TextEdit:
    new = ", ".join(map(_quote_scalar, change.lines))
    if change.first < change.end:
        return TextEdit(nodes[change.first].start_mark.index, nodes[change.end - 1].end_mark.index, new)
    if change.first:
        at = nodes[change.first - 1].end_mark.index
        return TextEdit(at, at, f", {new}")
    at = nodes[0].start_mark.index
    return TextEdit(at, at, f"{new}, ")


def _new_list_edits(text: str, node_found: _FoundNode, new: list[str]) -> Iterator[TextEdit]:
    """A list of *new* lines, with those of its keys that are not there."""
    node, key, missing_keys = node_found.node, node_found.key, node_found.missing_keys
    filled = isinstance(node, yaml.MappingNode) and bool(node.value)
    if node_found.is_flow or (filled and node.flow_style):
        yield _new_flow_list_edit(node, missing_keys, new)
    elif key is None:
        if node is not None and not filled:
            yield TextEdit(node.start_mark.index, node.end_mark.index, "")
        yield text_edits.insert_lines_after(
            text, len(text), _block_list_lines(missing_keys, node.start_mark.column if filled else 0, new)
        )
    elif filled:
        # In front of the first key, since a comment behind the last one may belong to whatever comes next.
        yield text_edits.insert_lines_after(
            text, key.end_mark.index, _block_list_lines(missing_keys, node.value[0][0].start_mark.column, new)
        )
    else:
        start = len(text[: node.start_mark.index].rstrip(" "))
        yield TextEdit(start, max(start, node.end_mark.index), "")
        yield text_edits.insert_lines_after(
            text, key.end_mark.index, _block_list_lines(missing_keys, key.start_mark.column + 2, new)
        )


def _new_flow_list_edit(node: yaml.Node, missing_keys: tuple[str, ...], new: list[str]) -> TextEdit:
    flow_text = f"[{', '.join(map(_quote_scalar, new))}]"
    for key in reversed(missing_keys[1:]):
        flow_text = f"{{{key}: {flow_text}}}"
    start, end = node.start_mark.index, node.end_mark.index
    if missing_keys and isinstance(node, yaml.MappingNode):
        return TextEdit(start + 1, start + 1, f"{missing_keys[0]}: {flow_text}{', ' if node.value else ''}")
    flow_text = f"{{{missing_keys[0]}: {flow_text}}}" if missing_keys else flow_text
    return TextEdit(start, end, flow_text if start < end else f" {flow_text}")


def _block_list_lines(keys: tuple[str, ...], column: int, new: list[str]) -> list[str]:
    heads = [f"{' ' * (column + 2 * number)}{key}:" for number, key in enumerate(keys)]
    return [*heads, *(f"{' ' * (column + 2 * len(keys))}- {_scalar_text(line)}" for line in new)]


def _node_end(text: str, node: yaml.Node) -> int:
    end = node.end_mark.index
    # A block ends where the next line with content begins.
    return len(text[:end].rstrip()) if node.style in ("|", ">") else end


def _scalar_text(line: str) -> str:
    return line if _PLAIN_SCALAR.fullmatch(line) else _quote_scalar(line)


def _quote_scalar(line: str) -> str:
    return json.dumps(line, ensure_ascii=False)


def _with_value(whole: object, keys: tuple[str, ...], new: list[str]) -> object:
    if not keys:
        return new
    mapping = whole if isinstance(whole, dict) else {}
    return mapping | {keys[0]: _with_value(mapping.get(keys[0]), keys[1:], new)}


def _list_error(values_list: ValuesList, expected: str, found: str, remedy: str) -> PlanError:
    return PlanError(f"Expected a list {expected} at {values_list}, found {found}.", remedy=remedy)
