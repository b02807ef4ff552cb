"""How does a manifest look with other lines in one block of text, and with every other byte as it was?"""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from trinokit.errors import PlanError
from trinokit.kerberos.files import splices
from trinokit.kerberos.files.lists import unreadable
from trinokit.kerberos.files.splices import Splice
from trinokit.kerberos.jvmconfig import Edit


@dataclass(frozen=True)
class Block:
    """The text of a *key* of the ConfigMap *name* in the manifest *file*."""

    file: str
    name: str
    key: str

    def __str__(self) -> str:
        """How a person names it."""
        return f"{self.key} of ConfigMap/{self.name} in {self.file}"


@dataclass(frozen=True)
class _Written:
    """The *lines* of a block, which begin at the line *first* of the file and stand behind *indent*.

    *ended* says whether the last one has a line end in what they stand for.
    """

    first: int
    indent: str
    lines: tuple[str, ...]
    ended: bool


def documents(text: str, file: str) -> list[object]:
    """What the documents of a manifest hold; raises PlanError when it is no YAML."""
    try:
        return list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError) as error:
        raise unreadable(file, error) from error


def config_map(document: object) -> str:
    """The name of the ConfigMap that *document* is, or nothing."""
    metadata = document.get("metadata") if isinstance(document, dict) else None
    return str(metadata.get("name") or "") if isinstance(metadata, dict) and document.get("kind") == "ConfigMap" else ""


def lines(text: str, block: Block) -> tuple[str, ...]:
    """The lines of the *block*, without their ends; raises PlanError when it is not written as one."""
    return _written(text, block).lines


def edited(text: str, block: Block, edits: Sequence[Edit]) -> str:
    """*text* with *edits* of the `lines` of the *block*; raises PlanError when that would change anything else."""
    if not edits:
        return text
    written = _written(text, block)
    after = splices.applied(text, [_splice(text, written, each) for each in edits])
    wanted = list(written.lines)
    for each in reversed(edits):
        wanted[each.first : each.end] = each.lines
    expected = documents(text, block.file)
    expected[_number(text, block)]["data"][block.key] = "\n".join(wanted) + "\n" * written.ended
    if documents(after, block.file) != expected:
        raise _refused(block, "text whose edit changes more than it")
    return after


def _number(text: str, block: Block) -> int:
    numbers = [at for at, each in enumerate(documents(text, block.file)) if config_map(each) == block.name]
    if len(numbers) != 1:
        raise _refused(block, f"{len(numbers)} ConfigMaps of that name")
    return numbers[0]


def _written(text: str, block: Block) -> _Written:
    number = _number(text, block)
    node = list(yaml.compose_all(text, Loader=yaml.SafeLoader))[number]
    for key in ("data", block.key):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    if not isinstance(node, yaml.ScalarNode) or node.style != "|" or not node.value.strip():
        raise _refused(block, "none")
    value, first, source = node.value, node.start_mark.line + 1, splices.lined(text)
    lines = tuple(value.removesuffix("\n").split("\n"))
    physical = [each.rstrip("\r\n") for each in source[first : first + len(lines)]]
    full = next(number for number, line in enumerate(lines) if line.strip())
    indent = physical[full].removesuffix(lines[full])
    return _Written(first, indent, lines, value.endswith("\n"))


def _splice(text: str, written: _Written, edit: Edit) -> Splice:
    source = splices.lined(text)
    new = [written.indent + line if line else "" for line in edit.lines]
    if edit.first == edit.end:
        # The line above the first one is that of the key.
        return splices.below(text, _offset(source, written.first + edit.first - 1), new)
    last = written.first + edit.end - 1
    start, end = _offset(source, written.first + edit.first), _offset(source, last) + len(source[last].rstrip("\r\n"))
    return Splice(start, end, splices.ending(text, start).join(new))


def _offset(source: Sequence[str], line: int) -> int:
    return sum(map(len, source[:line]))


def _refused(block: Block, found: str) -> PlanError:
    return PlanError(
        f"Expected a block of text as {block}, found {found}.",
        remedy=f"write it so: {block.key}: |, or edit it by hand",
    )
