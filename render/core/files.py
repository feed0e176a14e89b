"""Files that are written whole or not at all, and the names of those that are read."""

from __future__ import annotations

import errno
import fnmatch
import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from render.core.errors import DiskError, InputError, OutputError, UnreadError
from render.core.machine import host_tag, is_alive
from render.core.messages import shown

KERNELS_FOLDERS = ("/proc", "/sys")  # of Linux: their plain files may wait for ever, never end, or be no data
RAW_BYTES = {0xDC00 + byte: 0xEF00 + byte for byte in range(0x80, 0x100)}
"""Python's lone surrogates for bytes of a name that are not UTF-8 -> private characters (as in MirBSD's OPTU-8)."""
WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")
OF_DISKS = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EIO)
"""Errors of a disk that is full, to a user's share or a file's limit too, or broken."""
OF_SYSTEM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
"""Errors of a system that has no more open files, memory or processes to give: no fault of the place."""
NO_SYNC = (errno.EINVAL, getattr(errno, "ENOTSUP", errno.EINVAL), errno.ENOSYS)
"""What systems say of files that they cannot sync."""
NO_SYNC_OF_FOLDERS = (*NO_SYNC, errno.EACCES, errno.EPERM, errno.EISDIR, errno.EBADF)
"""And of folders: Windows opens none, some network file systems sync none."""


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

    The temporary name starts with a dot, tells host and process, and keeps the suffix; what killed runs left of this
    file is removed.
    `durable`: file and folder are synced, so that a power cut leaves the old file or the new one, never an empty one;
    False for what is made anew where it is damaged. Raises DiskError, which names the disk, where that is full or
    fails, OutputError for any other failure of the file system.
    """
    path = Path(path)
    check_writable(path)
    sweep(path.parent, glob.escape(path.stem))
    part = path.with_name(f".{path.stem}.{host_tag()}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        if durable:
            _sync(part, os.O_RDWR | getattr(os, "O_BINARY", 0), NO_SYNC)  # Windows syncs only what may be written
        os.replace(part, path)
        if durable:
            _sync(path.parent, os.O_RDONLY, NO_SYNC_OF_FOLDERS)  # the new name
    except OSError as error:
        raise writing_error(f"cannot write {path}", path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def writing_error(told: str, path: Path, error: OSError) -> OutputError:
    """Return what is to be raised where the system refuses to write at a path: `told`, and why."""
    told = f"{told}: {error.strerror or error}"
    if error.errno in OF_DISKS:
        return DiskError(f"{told}; {_disk_of(path.parent)}")
    return DiskError(told) if error.errno in OF_SYSTEM else OutputError(told)


def _sync(path: Path, how: int, unable: tuple[int, ...]) -> None:
    """Wait until a file, or a folder's names, are on the disk; `unable`: errors of systems that cannot do so."""
    try:
        descriptor = os.open(path, how)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in unable:
            raise


def create_alone(path: str | Path, content: bytes) -> bool:
    """Make a small file that is not there yet; False where it is. One step on every file system. Raises OSError."""
    try:
        _write_at_once(path, content, os.O_CREAT | os.O_EXCL)
    except FileExistsError:
        return False
    return True


def write_over(path: str | Path, content: bytes) -> None:
    """Write over the beginning of a small file that is there. Raises OSError."""
    _write_at_once(path, content, 0)


def append_to(path: str | Path, content: bytes) -> None:
    """Add a line to a small file, which is made where it is missing, in one piece. Raises OSError."""
    _write_at_once(path, content, os.O_CREAT | os.O_APPEND)


def _write_at_once(path: str | Path, content: bytes, how: int) -> None:
    place = os.open(path, os.O_WRONLY | how, 0o666)
    try:
        os.write(place, content)
    except OSError:
        if how & os.O_EXCL:  # it is ours, and empty
            with suppress(OSError):
                os.unlink(path)
        raise
    finally:
        os.close(place)


def sweep(folder: Path, stem: str) -> None:
    """Remove what killed runs of this machine left half-written (`.STEM.HOST.PID.part.*`), not what a living one is at.

    `stem` may have wildcards. A folder of 10 000 files takes 4 ms.
    """
    with suppress(OSError):
        for name in os.listdir(folder):
            head, part, _ = name.rpartition(".part")
            if part and fnmatch.fnmatchcase(head, f".{stem}.{host_tag()}.*"):
                process = head.rpartition(".")[2]
                if process.isdecimal() and not _is_at_work(int(process)):
                    with suppress(OSError):
                        (folder / name).unlink()


def _is_at_work(process: int) -> bool:
    """Say whether a process of this machine may be at its files; on Windows those in use cannot be removed anyway."""
    return process != os.getpid() and os.name != "nt" and is_alive(process)


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


def open_plain(path: str | Path) -> BinaryIO:
    """Open a plain file to be read. Raises OSError as `open`, FileNotFoundError for a pipe: it would be waited for."""
    if Path(path).exists() and not Path(path).is_file() and not Path(path).is_dir():
        raise FileNotFoundError(errno.ENOENT, "not an ordinary file", str(path))
    return Path(path).open("rb")


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
        raise reading_error(f"{path}: cannot be read", error) from None


def reading_error(told: str, error: Exception) -> InputError:
    """Return what is to be raised where a file cannot be read: `told`, and why."""
    kind = UnreadError if getattr(error, "errno", None) in (*OF_DISKS, *OF_SYSTEM) else InputError
    return kind(f"{told}: {getattr(error, 'strerror', None) or error}")


def as_text(path: str | Path, content: bytes, most_bytes: int, binary: str, large: str) -> str:
    """Return a file's content as text, its byte order mark left out; `binary`, `large`: what to say of such a file.

    Raises InputError for a binary file, one of more bytes, and one that is not UTF-8.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path}: UTF-16 text; save it as UTF-8")
    if b"\0" in content:
        raise InputError(f"{path}: a binary file; {binary}")
    if len(content) > most_bytes:
        raise InputError(f"{path}: more than {most_bytes // 1_000_000} MB; {large}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{path}: not UTF-8 text: byte 0x{content[error.start]:02x} in line {line}") from None
