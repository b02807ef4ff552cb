"""Where in a file do both sides differ, and who wrote that last on either side?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from trinokit.evidence import Hunk
from trinokit.sources.git import calls, trees
from trinokit.sources.git.trees import Stage

# Longer than those in any text, so that markers which were committed are not taken for those of this conflict.
_SIZE = 97
_BEGIN, _MIDDLE, _END = (character * _SIZE for character in (b"<", b"=", b">"))
_FILES = {"100644", "100755"}
_FIRST_BYTES = 8000
# git merge-file tells the number of conflicts by its exit code, up to 127.
_CODES = tuple(range(128))
_PLACES = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", re.MULTILINE)
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")


class Section(NamedTuple):
    """Some lines of a file as *ours* and as *theirs* are; equal where git can merge them."""

    ours: bytes
    theirs: bytes


def sections(folder: Path, stages: Mapping[int, Stage]) -> tuple[Section, ...]:
    """A file from its first line to its last as git merges its *stages*; empty where it cannot be merged by lines."""
    texts = _texts(folder, stages)
    if not texts:
        return ()
    with TemporaryDirectory() as name:
        for number in (1, 2, 3):
            Path(name, str(number)).write_bytes(texts.get(number, b""))
        calls.told(Path(name), "merge-file", "-q", f"--marker-size={_SIZE}", "2", "1", "3", codes=_CODES)
        merged = _LINES.findall(Path(name, "2").read_bytes())
    parts = list(_sections(iter(merged)))
    # Before a marker, git ends the line of a side whose last line has no end.
    for last in [part for part in parts[-1:] if part.ours != part.theirs]:
        parts[-1] = Section(*(_as_ended(part, texts[number]) for part, number in zip(last, (2, 3), strict=True)))
    return tuple(parts)


def hunks(folder: Path, path: str, stages: Mapping[int, Stage], commits: tuple[str, str]) -> tuple[Hunk, ...]:
    """The places where both sides of the file *path* differ, which *commits* have as its *stages* 2 and 3 say."""
    parts = sections(folder, stages)
    differing = [number for number, part in enumerate(parts) if part.ours != part.theirs]
    if not differing:
        return ()
    lines, authors = [], []
    for side, commit in enumerate(commits):
        stage, texts = stages[side + 2], [part[side] for part in parts]
        first = _first_lines(folder, texts, differing, stage)
        counts = [len(_LINES.findall(texts[number])) for number in differing]
        name = _name(folder, commit, path, stage)
        authors.append(_authors(folder, commit, name, list(zip(first, counts, strict=True))))
        lines.append(first)
    ours, theirs = ([parts[number][side].decode(errors="replace") for number in differing] for side in (0, 1))
    return tuple(Hunk(*told) for told in zip(lines[0], ours, theirs, *authors, strict=True))


def _texts(folder: Path, stages: Mapping[int, Stage]) -> dict[int, bytes]:
    """What the file is at each of the *stages*; nothing unless both sides have a text."""
    if not {2, 3} <= set(stages) or {stage.mode for stage in stages.values()} - _FILES:
        return {}
    blobs = [stage.id for stage in stages.values()]
    found = dict(zip(stages, trees.contents(folder, blobs), strict=True))
    return {} if any(b"\0" in text[:_FIRST_BYTES] for text in found.values()) else found


def _sections(lines: Iterator[bytes]) -> Iterator[Section]:
    common = b""
    for line in lines:
        if not line.startswith(_BEGIN):
            common += line
            continue
        if common:
            yield Section(common, common)
            common = b""
        ours = b"".join(_until(_MIDDLE, lines))
        yield Section(ours, b"".join(_until(_END, lines)))
    if common:
        yield Section(common, common)


def _until(marker: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.startswith(marker):
            return
        yield line


def _as_ended(part: bytes, text: bytes) -> bytes:
    return part if text.endswith(b"\n") else part.removesuffix(b"\n").removesuffix(b"\r")


def _first_lines(folder: Path, texts: Sequence[bytes], differing: Sequence[int], stage: Stage) -> list[int]:
    """The number in the file of a side of the first line of each of the *differing* of the *texts*.

    The texts between them are merged, so that what is merged of the other side moves the lines.
    """
    places = []
    with TemporaryDirectory() as name:
        Path(name, "merged").write_bytes(b"".join(texts))
        Path(name, "side").write_bytes(trees.contents(folder, [stage.id])[0])
        options = ("--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "--text", "--unified=0")
        printed = calls.told(Path(name), "diff", *options, "merged", "side")[1]
        places = [(int(at), int(old or 1), int(new or 1)) for at, old, new in _PLACES.findall(printed)]
    found, line = [], 1
    for number, text in enumerate(texts):
        if number in differing:
            found.append(line + sum(new - old for at, old, new in places if at < line))
        line += len(_LINES.findall(text))
    return found


def _name(folder: Path, commit: str, path: str, stage: Stage) -> str:
    """What the file is called in *commit*: *path*, if no side renamed it."""
    if calls.told(folder, "rev-parse", "--verify", "--quiet", f"{commit}:{path}")[1] == stage.id:
        return path
    listed = calls.text(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
    names = [name for line in listed for told, _, name in [line.partition("\t")] if told.endswith(stage.id)]
    return names[0] if names else path


def _authors(folder: Path, commit: str, path: str, places: Sequence[tuple[int, int]]) -> list[str]:
    """Who last wrote one of so many lines from each of *places* on; of none, who last changed the file."""
    asked = [word for first, count in places if count for word in ("-L", f"{first},+{count}")]
    written = {}
    if asked:
        printed = calls.text(folder, "blame", "--line-porcelain", "--root", *asked, commit, "--", path)
        written = dict(_written(printed.splitlines()))
    if len(asked) == 2 * len(places):
        last = ""
    else:
        pathspec = f":(top,literal){path}"
        last = calls.text(folder, "log", "-1", "--no-show-signature", "--format=%an <%ae>", commit, "--", pathspec)
    return [
        max((written.get(line, (0, "")) for line in range(first, first + count)), default=(0, last))[1]
        for first, count in places
    ]


def _written(lines: Sequence[str]) -> Iterator[tuple[int, tuple[int, str]]]:
    """By the number of each line, when it was committed and who wrote it."""
    number, author, told = 0, "", {}
    for line in lines:
        if line.startswith("\t"):
            author = f"{told['author']} {told['author-mail']}"
            yield number, (int(told["committer-time"]), author)
            told = {}
            continue
        word, _, rest = line.partition(" ")
        if not told:
            number = int(rest.split()[1])
        told[word] = rest
