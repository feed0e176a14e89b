"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from render.core.errors import DiskError, OutputError

OF_DISKS = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EIO)
"""Errors of a disk that is full, to a user's share or a file's limit too, or broken."""


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

    The temporary name starts with a dot and keeps the suffix. Raises DiskError, which names the disk, where that is
    full or fails, OutputError for any other failure of the file system.
    """
    path = Path(path)
    check_writable(path)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        told = f"cannot write {path}: {error.strerror or error}"
        if error.errno in OF_DISKS:
            raise DiskError(f"{told}; {_disk_of(path.parent)}") from error
        raise OutputError(told) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _disk_of(folder: Path) -> str:
    """Return in words where a folder's disk is mounted, and how much room it has."""
    folder = Path(os.path.abspath(folder))
    mounted = next((place for place in (folder, *folder.parents) if os.path.ismount(place)), folder)
    try:
        return f"the disk at {mounted} has {shutil.disk_usage(folder).free / 1e6:.1f} MB free"
    except OSError:
        return f"on the disk at {mounted}"


def disk_error_in(text: str) -> OSError | None:
    """Return the error of a disk that a library's message tells of, or None."""
    return next((OSError(code, os.strerror(code)) for code in OF_DISKS if os.strerror(code) in text), None)


class LastingFile(io.FileIO):
    """A file for libraries that cannot bear that one fails: what the disk refuses is dropped, and raised at the end.

    HDF5 ends the process where its last writes fail. `failure` is the first error; the end of a `with` block raises it,
    also in the place of what the library makes of it.
    """

    def __init__(self, path: str | Path, mode: str) -> None:
        super().__init__(path, mode)
        self.failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write all of the data, or note the failure."""
        left = memoryview(data).cast("B")
        size = len(left)
        while len(left) and self.failure is None:
            try:
                left = left[super().write(left) or 0 :]
            except OSError as error:
                self.failure = error
        return size

    def truncate(self, size: int | None = None, /) -> int:
        """Set the file's length, or note the failure."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.failure = self.failure or error
            return self.tell() if size is None else size

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: Any) -> None:
        super().__exit__(kind, error, traceback)
        if self.failure is not None and (error is None or isinstance(error, Exception)):
            raise self.failure


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
