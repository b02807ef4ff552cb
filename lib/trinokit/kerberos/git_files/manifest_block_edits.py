"""How does a manifest look with other lines in one block of text, and with every other byte as it was?"""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from trinokit.errors import PlanError
from trinokit.kerberos.git_files import text_edits
from trinokit.kerberos.git_files.text_edits import TextEdit
from trinokit.kerberos.git_files.values_list_edits import invalid_yaml_error
from trinokit.kerberos.jvm_config_text import LineEdit


@dataclass(frozen=True)
class ManifestBlock:
    """The text of a *key* of the ConfigMap *name* in the manifest *file*."""

    file: str
    name: str
    key: str

    def __str__(self) -> str:
        """How a person names it."""
        return f"{self.key} of ConfigMap/{self.name} in {self.file}"


@dataclass(frozen=True)
class _BlockLines:
    """The *lines* of a block, which begin at the line *first* of the file and stand behind *indent*.

    *ended* says whether the last one has a line end in what they stand for.
    """

    first: int
    indent: str
    lines: tuple[str, ...]
    ended: bool


def manifest_documents(text: str, file: str) -> list[object]:
    """What the documents of a manifest hold; raises PlanError when it is no YAML."""
    try:
        return list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError) as error:
        raise invalid_yaml_error(file, error) from error


def config_map_name(document: object) -> str:
    """The name of the ConfigMap that *document* is, or nothing."""
    metadata = document.get("metadata") if isinstance(document, dict) else None
    return str(metadata.get("name") or "") if isinstance(metadata, dict) and document.get("kind") == "ConfigMap" else ""


def block_lines(text: str, block: ManifestBlock) -> tuple[str, ...]:
    """The lines of the *block*, without their ends; raises PlanError when it is not written as one."""
    return _find_block(text, block).lines


def edit_block(text: str, block: ManifestBlock, edits: Sequence[LineEdit]) -> str:
    """*text* with *edits* of the `block_lines` of *block*; raises PlanError when that would change anything else."""
    if not edits:
        return text
    written = _find_block(text, block)
    after = text_edits.apply_text_edits(text, [_text_edit(text, written, each) for each in edits])
    new_lines = list(written.lines)
    for each in reversed(edits):
        new_lines[each.first : each.end] = each.lines
    expected = manifest_documents(text, block.file)
    expected[_document_index(text, block)]["data"][block.key] = "\n".join(new_lines) + "\n" * written.ended
    if manifest_documents(after, block.file) != expected:
        raise _block_error(block, "text whose edit changes more than it")
    return after


def _document_index(text: str, block: ManifestBlock) -> int:
    numbers = [
        at for at, each in enumerate(manifest_documents(text, block.file)) if config_map_name(each) == block.name
    ]
    if len(numbers) != 1:
        raise _block_error(block, f"{len(numbers)} ConfigMaps of that name")
    return numbers[0]


def _find_block(text: str, block: ManifestBlock) -> _BlockLines:
    number = _document_index(text, block)
    node = list(yaml.compose_all(text, Loader=yaml.SafeLoader))[number]
    for key in ("data", block.key):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    if not isinstance(node, yaml.ScalarNode) or node.style != "|" or not node.value.strip():
        raise _block_error(block, "none")
    value, first, source = node.value, node.start_mark.line + 1, text_edits.split_lines(text)
    lines = tuple(value.removesuffix("\n").split("\n"))
    physical = [each.rstrip("\r\n") for each in source[first : first + len(lines)]]
    full = next(number for number, line in enumerate(lines) if line.strip())
    indent = physical[full].removesuffix(lines[full])
    return _BlockLines(first, indent, lines, value.endswith("\n"))


def _text_edit(text: str, written: _BlockLines, edit: LineEdit) -> TextEdit:
    source = text_edits.split_lines(text)
    new = [written.indent + line if line else "" for line in edit.lines]
    if edit.first == edit.end:
        # The line above the first one is that of the key.
        return text_edits.insert_lines_after(text, _line_offset(source, written.first + edit.first - 1), new)
    last = written.first + edit.end - 1
    start, end = (
        _line_offset(source, written.first + edit.first),
        _line_offset(source, last) + len(source[last].rstrip("\r\n")),
    )
    return TextEdit(start, end, text_edits.line_ending(text, start).join(new))


def _line_offset(source: Sequence[str], line: int) -> int:
    return sum(map(len, source[:line]))


def _block_error(block: ManifestBlock, found: str) -> PlanError:
    return PlanError(
        f"Expected a block of text as {block}, found {found}.",
        remedy=f"write it so: {block.key}: |, or edit it by hand",
    )
