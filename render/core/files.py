"""Files that are written whole or not at all, and the names of those that are read."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from render.core.errors import DiskError, InputError, OutputError
from render.core.machine import host_tag
from render.core.messages import shown

KERNELS_FOLDERS = ("/proc", "/sys")  # of Linux: their plain files may wait for ever, never end, or be no data
RAW_BYTES = {0xDC00 + byte: 0xEF00 + byte for byte in range(0x80, 0x100)}
"""Python's lone surrogates for bytes of a name that are not UTF-8 -> private characters (as in MirBSD's OPTU-8)."""
WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")
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
def whole_file(path: str | Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a temporary path in the same folder that replaces `path` when the block ends well, and is removed if not.

    The temporary name starts with a dot, tells host and process, and keeps the suffix. `durable`: the file is on the
    disk when the block has ended. Raises DiskError, which names the disk, where that is full or fails, OutputError for
    any other failure of the file system.
    """
    path = Path(path)
    check_writable(path)
    part = path.with_name(f".{path.stem}.{host_tag()}.{os.getpid()}.part{path.suffix}")
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


def write_text(path: str | Path, text: str) -> None:
    """Write a text, UTF-8, whole or not at all. Raises as `whole_file`."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


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
        if is_kernels(path):
            return "a file of the kernel, no plain one:"
        if path.is_file():
            return ""
        if path.is_dir():
            return "a folder, where a file is wanted:"
        return "no plain file (a device, pipe or socket):" if path.exists() else "no file"
    except (OSError, RuntimeError) as error:  # a name too long, a folder that may not be looked into; a loop of links
        return f"{getattr(error, 'strerror', None) or error}:"


def is_kernels(path: Path) -> bool:
    """Say whether a path leads to what only looks like a file: the kernel's own, of KERNELS_FOLDERS."""
    return os.path.realpath(path).startswith(tuple(f"{folder}/" for folder in KERNELS_FOLDERS))


def named_file(name: str, folder: Path) -> Path:
    """Return the file of a name that a user wrote; a relative one starts at the folder, `~` is the user's home.

    A name with Windows separators is understood where it names a file here. Raises InputError for what names none.
    """
    if "\0" in name:
        raise InputError("a NUL character, which no file's name has")
    try:
        path = folder / Path(name).expanduser()
    except RuntimeError:
        raise InputError("the home folder is not known; write it out") from None
    other = folder / name.replace("\\", "/")
    return other if other != path and not os.path.lexists(path) and other.is_file() else path


def plain_file(name: str, folder: Path) -> Path:
    """Return the plain file of a name that a user wrote, as `named_file`. Raises InputError for what is none."""
    path = named_file(name, folder)
    if wrong := what_is_wrong_with(path):
        raise InputError(f"{wrong} {shown(name)} in {folder}{name_hint(name)}")
    return path


def name_hint(name: str) -> str:
    """Return what may have gone wrong with a name that names no file, else nothing."""
    if any(character < " " for character in name):
        return "; in \"..\" a backslash starts an escape, such as \\t for a tab: write '..', or / for \\"
    return "; a Windows path, which this machine does not know" if os.sep == "/" and WINDOWS_PATH.match(name) else ""


def recordable(path: Path) -> str:
    """Return a path as text without lone surrogates, which neither JSON nor records take; see `real_path`."""
    return str(path).translate(RAW_BYTES)


def is_utf_8(path: Path) -> bool:
    """Say whether a path's bytes are UTF-8, as some libraries want them."""
    return recordable(path) == str(path)


def real_path(path: str | Path) -> Path:
    """Return the path that `recordable` was given; any other as it stands."""
    raw = str(path).translate({private: surrogate for surrogate, private in RAW_BYTES.items()})
    return Path(path) if raw == str(path) or os.path.lexists(path) else Path(raw)


def printable(text: str) -> str:
    """Return a text in which bytes of names that are not UTF-8 are written as \\xff: no lone surrogates."""
    escapes = {code: f"\\x{raw & 0xFF:02x}" for raw, private in RAW_BYTES.items() for code in (raw, private)}
    return text.translate(escapes)


def read_plain_file(path: str | Path, most_bytes: int, wanted: str) -> bytes:
    """Return a file's beginning, one byte more than the most at the most; `wanted`: what to give for a folder.

    Raises InputError, at once, for what is no plain file: pipes and devices would be waited for, or never end.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: a folder; give {wanted}")
    place = real_path(path)
    if not place.exists():
        raise InputError(f"{path}: no such file")
    if not place.is_file() or is_kernels(place):
        raise InputError(f"{path}: not an ordinary file")
    try:
        with place.open("rb") as file:
            return file.read(most_bytes + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def as_text(path: str | Path, content: bytes, most_bytes: int, binary: str, large: str) -> str:
    """Return a file's content as text, its byte order mark left out; `binary`, `large`: what to say of such a file.

    Raises InputError for a binary file, one of more bytes, and one that is not UTF-8.
    """
    if b"\0" in content:
        raise InputError(f"{path}: a binary file; {binary}")
    if len(content) > most_bytes:
        raise InputError(f"{path}: more than {most_bytes // 1_000_000} MB; {large}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{path}: not UTF-8 text: byte 0x{content[error.start]:02x} in line {line}") from None
