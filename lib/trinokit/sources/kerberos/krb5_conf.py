"""What does a krb5.conf say? Its default realm, the KDC of each realm, and the settings of [libdefaults]."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from trinokit.errors import SourceError
from trinokit.observations import Krb5Config

SYSTEM_KRB5_CONF = "/etc/krb5.conf"
_SECTION_LINE = re.compile(r"\[(.+)\]\*?")
_RELATION_LINE = re.compile(r"([^\s=*]+)\*?\s*=\s*(.*)")
_INCLUDE_LINE = re.compile(r"(include|includedir)\s+(.+)")
# The library reads of a folder only what is named so.
# https://web.mit.edu/kerberos/krb5-1.20/doc/admin/conf_files/krb5_conf.html
_INCLUDED_FILE_NAME = re.compile(r"[A-Za-z0-9_-]+|.*\.conf")
_MAX_INCLUDE_DEPTH = 10


def read_krb5_conf(path: str | None) -> Krb5Config:
    """What the krb5.conf at *path* says, with what it includes; by default the one that the programs read."""
    files = tuple(str(Path(each).expanduser()) for each in (path or krb5_conf_path()).split(os.pathsep))
    try:
        relations = [relation for file in files if _is_read(file, files) for relation in _relations(Path(file))]
    except (OSError, UnicodeDecodeError) as error:
        return Krb5Config(files, problem=f"cannot be read: {error}")
    except SourceError as error:
        return Krb5Config(files, problem=error.message)
    # Of a setting that stands there twice the library takes the first.
    settings = {keys[1]: value for *keys, value in reversed(relations) if len(keys) == 2 and keys[0] == "libdefaults"}
    return Krb5Config(files, settings.get("default_realm", ""), _kdcs_by_realm(relations), settings)


def krb5_conf_path() -> str:
    """Which krb5.conf the programs read: that of KRB5_CONFIG, or the system's."""
    return os.environ.get("KRB5_CONFIG") or SYSTEM_KRB5_CONF


def _kdcs_by_realm(relations: list[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    kdcs: dict[str, tuple[str, ...]] = {}
    for *keys, value in relations:
        if keys[0] == "realms" and keys[2:] == ["kdc"]:
            kdcs[keys[1]] = (*kdcs.get(keys[1], ()), value)
    return kdcs


def _is_read(file: str, files: tuple[str, ...]) -> bool:
    # One of several that is not there is passed over; the only one has to be there.
    return len(files) == 1 or Path(file).exists()


def _relations(path: Path, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Each value of the file with the names that lead to it: a section, then those of its braces."""
    if depth > _MAX_INCLUDE_DEPTH:
        raise SourceError(f"Expected {path} not to include itself, found that it does.", remedy="remove that line")
    around: tuple[str, ...] = ()
    for number, line in enumerate(map(str.strip, path.read_text().splitlines()), 1):
        if included := _INCLUDE_LINE.fullmatch(line):
            for each in _included_files(*included.groups()):
                yield from _relations(each, depth + 1)
        elif line and line[0] not in "#;{":
            inside, value = _parse_line(line, around)
            if inside is None:
                raise SourceError(f"Expected key = value in {path}, found none in line {number}.", remedy="correct it")
            if value is None:
                around = inside
            else:
                yield *inside, value


def _parse_line(line: str, around: tuple[str, ...]) -> tuple[tuple[str, ...] | None, str | None]:
    """Where *line* leads to from *around*, or the value there; nowhere when it is none of what may stand there."""
    if section := _SECTION_LINE.fullmatch(line):
        return (section[1],), None
    if line in ("}", "}*"):
        return around[:-1], None
    relation = _RELATION_LINE.fullmatch(line) if around else None
    if relation is None:
        return None, None
    # The brace may stand on the next line.
    return (*around, relation[1]), None if relation[2] in ("", "{") else relation[2].strip('"')


def _included_files(directive: str, target: str) -> list[Path]:
    if directive == "include":
        return [Path(target)]
    return sorted(
        each for each in Path(target).iterdir() if _INCLUDED_FILE_NAME.fullmatch(each.name) and each.is_file()
    )
