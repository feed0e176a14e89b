"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from render.core.errors import OutputError


def check_writable(path: str | Path) -> None:
    """Raise OutputError, in one line, if a file could not be written at `path`; to be called before long work."""
    path = Path(path)
    folder = path.parent
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; give a file name")
    if path.exists() and not path.is_file():
        raise OutputError(f"cannot write {path}: it is not an ordinary file")
    if not folder.exists():
        raise OutputError(f"cannot write {path}: the folder {folder} does not exist")
    if not folder.is_dir():
        raise OutputError(f"cannot write {path}: {folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {path}: no permission to write in {folder}")


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the same folder that replaces `path` when the block ends well, and is removed if not.

    The temporary name starts with a dot and keeps the suffix. Raises OutputError for any failure of the file system.
    """
    path = Path(path)
    check_writable(path)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def what_is_wrong_with(path: Path) -> str:
    """Return what a named file is instead of one that can be read, to be followed by its name; "" for a plain file."""
    try:
        if path.is_file():
            return ""
        if path.is_dir():
            return "a folder, where a file is wanted:"
        return "no plain file (a device, pipe or socket):" if path.exists() else "no file"
    except OSError as error:  # a name too long, a folder that may not be looked into
        return f"{error.strerror or error}:"
