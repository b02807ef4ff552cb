"""What does it take to bring repositories into a state? Once in a process git itself; then the files that it left."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")
_HERE, _OBJECTS = b"@here@", "objects"
_made: dict[tuple[str, tuple], tuple["_Files", object]] = {}


class _File(NamedTuple):
    mode: int
    content: bytes
    written: int


class _Files(NamedTuple):
    """The paths of folders, and the files by their paths, below a folder that is called _HERE in them."""

    folders: set[str]
    files: dict[str, _File]


def once(name: str, folder: Path, make: Callable[[], Result]) -> Result:
    """What *make* returns, and leaves in the repositories below *folder*.

    It is called the first time that something of this *name* is to be made of what lies there: refs, settings, hooks
    and worktrees, whatever *folder* is called. Afterwards the files that it left are written, and git makes nothing.
    """
    before = _read(folder, with_objects=False)
    key = (name, _fingerprint(before))
    if key not in _made:
        result = make()
        _made[key] = _read(folder, with_objects=True), result
        return result
    after, result = _made[key]
    _write(folder, before, after)
    return result


def _fingerprint(found: _Files) -> tuple:
    """What makes a difference: neither when something was written nor what git remembers of that."""
    forgotten = ("/index", "/logs/HEAD")
    return tuple(
        sorted(
            (path, file.mode, file.content)
            for path, file in found.files.items()
            if not path.endswith(forgotten) and "/logs/refs/" not in path
        )
    )


def _read(folder: Path, *, with_objects: bool) -> _Files:
    found, here = _Files(set(), {}), bytes(folder)
    for top, folders, names in os.walk(folder):
        if not with_objects and _OBJECTS in folders:
            folders.remove(_OBJECTS)
        below = os.path.relpath(top, folder)
        found.folders.add(below)
        for each in (*names, *(each for each in folders if os.path.islink(f"{top}/{each}"))):
            path, about = f"{top}/{each}", os.lstat(f"{top}/{each}")
            content = os.fsencode(os.readlink(path)) if stat.S_ISLNK(about.st_mode) else Path(path).read_bytes()
            if not _is_binary(f"{below}/{each}"):
                content = content.replace(here, _HERE)
            found.files[f"{below}/{each}"] = _File(about.st_mode, content, about.st_mtime_ns)
    return found


def _write(folder: Path, before: _Files, after: _Files) -> None:
    for path in before.files.keys() - after.files.keys():
        os.unlink(f"{folder}/{path}")
    for path in sorted(before.folders - after.folders, reverse=True):
        os.rmdir(f"{folder}/{path}")
    for path in sorted(after.folders - before.folders):
        os.makedirs(f"{folder}/{path}", exist_ok=True)
    for path, file in after.files.items():
        if before.files.get(path) != file:
            _write_file(f"{folder}/{path}", file, bytes(folder))
    for index in folder.glob("*/.git/index"):
        # What was written anew git looks at once more.
        subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=index.parents[1], check=False)


def _write_file(path: str, file: _File, here: bytes) -> None:
    content = file.content if _is_binary(path) else file.content.replace(_HERE, here)
    # An object that is there is the same, and nobody may write to it.
    if f"/{_OBJECTS}/" in path and os.path.exists(path):
        return
    if os.path.lexists(path):
        os.unlink(path)
    if stat.S_ISLNK(file.mode):
        os.symlink(os.fsdecode(content), path)
        return
    Path(path).write_bytes(content)
    os.chmod(path, stat.S_IMODE(file.mode))
    os.utime(path, ns=(file.written, file.written))


def _is_binary(path: str) -> bool:
    return f"/{_OBJECTS}/" in path or path.endswith("/index")
