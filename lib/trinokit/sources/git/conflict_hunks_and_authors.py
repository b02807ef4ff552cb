"""Where in a file do both sides differ, and who wrote that last on either side?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from trinokit.observations import ConflictHunk
from trinokit.sources.git import git_command, tree_merging
from trinokit.sources.git.tree_merging import IndexStage

# Longer than those in any text, so that markers which were committed are not taken for those of this conflict.
_MARKER_SIZE = 97
_BEGIN_MARKER, _MIDDLE_MARKER, _END_MARKER = (character * _MARKER_SIZE for character in (b"<", b"=", b">"))
_REGULAR_FILE_MODES = {"100644", "100755"}
_BINARY_PROBE_BYTES = 8000
# git merge-file tells the number of conflicts by its exit code, up to 127.
_MERGE_FILE_EXIT_CODES = tuple(range(128))
_HUNK_HEADER = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", re.MULTILINE)
_LINE_PATTERN = re.compile(rb"[^\n]*\n|[^\n]+")


class MergeSection(NamedTuple):
    """Some lines of a file as *ours* and as *theirs* are; equal where git can merge them."""

    ours: bytes
    theirs: bytes


def merge_sections(folder: Path, stages: Mapping[int, IndexStage]) -> tuple[MergeSection, ...]:
    """A file from its first line to its last as git merges its *stages*; empty where it cannot be merged by lines."""
    texts = _stage_texts(folder, stages)
    if not texts:
        return ()
    with TemporaryDirectory() as name:
        for number in (1, 2, 3):
            Path(name, str(number)).write_bytes(texts.get(number, b""))
        git_command.run_git(
            Path(name), "merge-file", "-q", f"--marker-size={_MARKER_SIZE}", "2", "1", "3", codes=_MERGE_FILE_EXIT_CODES
        )
        merged = _LINE_PATTERN.findall(Path(name, "2").read_bytes())
    parts = list(_split_at_markers(iter(merged)))
    # Before a marker, git ends the line of a side whose last line has no end.
    for last in [part for part in parts[-1:] if part.ours != part.theirs]:
        parts[-1] = MergeSection(
            *(_restore_missing_newline(part, texts[number]) for part, number in zip(last, (2, 3), strict=True))
        )
    return tuple(parts)


def find_hunks(
    folder: Path, path: str, stages: Mapping[int, IndexStage], commits: tuple[str, str]
) -> tuple[ConflictHunk, ...]:
    """The places where both sides of the file *path* differ, which *commits* have as its *stages* 2 and 3 say."""
    parts = merge_sections(folder, stages)
    differing = [number for number, part in enumerate(parts) if part.ours != part.theirs]
    if not differing:
        return ()
    lines, authors = [], []
    for side, commit in enumerate(commits):
        stage, texts = stages[side + 2], [part[side] for part in parts]
        first = _first_line_numbers(folder, texts, differing, stage)
        counts = [len(_LINE_PATTERN.findall(texts[number])) for number in differing]
        name = _path_in_commit(folder, commit, path, stage)
        authors.append(_last_authors(folder, commit, name, list(zip(first, counts, strict=True))))
        lines.append(first)
    ours, theirs = ([parts[number][side].decode(errors="replace") for number in differing] for side in (0, 1))
    return tuple(
        ConflictHunk(line=line, ours=our, theirs=their, our_author=our_author, their_author=their_author)
        for line, our, their, our_author, their_author in zip(lines[0], ours, theirs, *authors, strict=True)
    )


def _stage_texts(folder: Path, stages: Mapping[int, IndexStage]) -> dict[int, bytes]:
    """What the file is at each of the *stages*; nothing unless both sides have a text."""
    if not {2, 3} <= set(stages) or {stage.mode for stage in stages.values()} - _REGULAR_FILE_MODES:
        return {}
    blobs = [stage.id for stage in stages.values()]
    contents = dict(zip(stages, tree_merging.read_blobs(folder, blobs), strict=True))
    return {} if any(b"\0" in text[:_BINARY_PROBE_BYTES] for text in contents.values()) else contents


def _split_at_markers(lines: Iterator[bytes]) -> Iterator[MergeSection]:
    common = b""
    for line in lines:
        if not line.startswith(_BEGIN_MARKER):
            common += line
            continue
        if common:
            yield MergeSection(common, common)
            common = b""
        ours = b"".join(_lines_until(_MIDDLE_MARKER, lines))
        yield MergeSection(ours, b"".join(_lines_until(_END_MARKER, lines)))
    if common:
        yield MergeSection(common, common)


def _lines_until(marker: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.startswith(marker):
            return
        yield line


def _restore_missing_newline(part: bytes, text: bytes) -> bytes:
    return part if text.endswith(b"\n") else part.removesuffix(b"\n").removesuffix(b"\r")


def _first_line_numbers(folder: Path, texts: Sequence[bytes], differing: Sequence[int], stage: IndexStage) -> list[int]:
    """The number in the file of a side of the first line of each of the *differing* of the *texts*.

    The texts between them are merged, so that what is merged of the other side moves the lines.
    """
    hunks = []
    with TemporaryDirectory() as name:
        Path(name, "merged").write_bytes(b"".join(texts))
        Path(name, "side").write_bytes(tree_merging.read_blobs(folder, [stage.id])[0])
        options = ("--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "--text", "--unified=0")
        output = git_command.run_git(Path(name), "diff", *options, "merged", "side")[1]
        hunks = [(int(at), int(old or 1), int(new or 1)) for at, old, new in _HUNK_HEADER.findall(output)]
    numbers, line = [], 1
    for number, text in enumerate(texts):
        if number in differing:
            numbers.append(line + sum(new - old for at, old, new in hunks if at < line))
        line += len(_LINE_PATTERN.findall(text))
    return numbers


def _path_in_commit(folder: Path, commit: str, path: str, stage: IndexStage) -> str:
    """What the file is called in *commit*: *path*, if no side renamed it."""
    if git_command.run_git(folder, "rev-parse", "--verify", "--quiet", f"{commit}:{path}")[1] == stage.id:
        return path
    listed = git_command.git_output(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
    names = [name for line in listed for entry, _, name in [line.partition("\t")] if entry.endswith(stage.id)]
    return names[0] if names else path


def _last_authors(folder: Path, commit: str, path: str, line_spans: Sequence[tuple[int, int]]) -> list[str]:
    """Who last wrote one of so many lines from each of *line_spans* on; of none, who last changed the file."""
    line_options = [word for first, count in line_spans if count for word in ("-L", f"{first},+{count}")]
    written = {}
    if line_options:
        output = git_command.git_output(
            folder, "blame", "--line-porcelain", "--root", *line_options, commit, "--", path
        )
        written = dict(_parse_blame(output.splitlines()))
    if len(line_options) == 2 * len(line_spans):
        last = ""
    else:
        pathspec = f":(top,literal){path}"
        last = git_command.git_output(
            folder, "log", "-1", "--no-show-signature", "--format=%an <%ae>", commit, "--", pathspec
        )
    return [
        max((written.get(line, (0, "")) for line in range(first, first + count)), default=(0, last))[1]
        for first, count in line_spans
    ]


def _parse_blame(lines: Sequence[str]) -> Iterator[tuple[int, tuple[int, str]]]:
    """By the number of each line, when it was committed and who wrote it."""
    number, author, fields = 0, "", {}
    for line in lines:
        if line.startswith("\t"):
            author = f"{fields['author']} {fields['author-mail']}"
            yield number, (int(fields["committer-time"]), author)
            fields = {}
            continue
        word, _, text = line.partition(" ")
        if not fields:
            number = int(text.split()[1])
        fields[word] = text
