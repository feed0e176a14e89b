"""A disk on which the n-th operation fails: files are watched from Python's own opens, syncs, renames down to a write.

What libraries write through C (OpenEXR, ffmpeg) is met by a limit to the size of files instead (fault "size"). All of
it acts on the process for good: to be installed in one that was forked for a single run.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KILLED = 137  # exit code of a process that SIGKILL ended, as shells count
ERRORS: dict[str, tuple[str, ...]] = {
    "read": ("EIO", "EMFILE", "EACCES"),
    "open": ("ENOSPC", "EACCES", "EMFILE"),
    "write": ("ENOSPC", "EIO"),
    "truncate": ("EIO",),
    "close": ("EIO",),
    "sync": ("EIO", "ENOSPC"),
    "replace": ("EACCES", "EIO"),
    "mkdir": ("ENOSPC", "EACCES"),
    "rmdir": ("EACCES",),
    "unlink": ("EACCES",),
    "spawn": ("EMFILE", "ENOMEM"),
}
"""Kind of operation -> what the system may say of it (of `open`: to write; `spawn`: another program is started)."""
STOPS = ("interrupt", "kill", "power cut")
"""KeyboardInterrupt; the process ends at once; and so that all that was not synced is lost."""


@dataclass(frozen=True)
class Fault:
    """What happens at the operation of number `at`, from 1; of `how` "size": files end at `at` bytes."""

    at: int
    how: str


class Disk:
    """Everything under a folder, its operations counted; `tell` hears of each before it is done."""

    def __init__(self, folder: Path, fault: Fault | None, tell: Callable[[str], None]) -> None:
        self.root, self.fault, self.tell, self.count = str(folder), fault, tell, 0
        self.names: dict[int, str] = {}  # of open descriptors
        self.unsynced: set[str] = set()

    def watches(self, path: Any) -> bool:
        """Say whether a path, or an open descriptor, is on this disk."""
        if isinstance(path, int):
            return path in self.names
        try:
            return (os.path.abspath(os.fsdecode(path)) + os.sep).startswith(self.root + os.sep)
        except TypeError:
            return False

    def name(self, path: Any) -> str:
        """Return a path within the folder."""
        whole = self.names[path] if isinstance(path, int) else os.path.abspath(os.fsdecode(path))
        return os.path.relpath(whole, self.root)

    def meet(self, kind: str, path: Any, half: Callable[[], object] | None = None) -> None:
        """Count an operation, and do the fault if it is its turn; `half`: does a part of what was asked for."""
        self.count += 1
        self.tell(f"{kind}\t{self.name(path)}\t{' '.join(writers_on_stack())}")
        if self.fault is None or self.fault.how == "size" or self.count != self.fault.at:
            return
        self.tell("fault\t\t")
        if half:
            half()
        if self.fault.how == "interrupt":
            raise KeyboardInterrupt
        if self.fault.how in STOPS:
            for lost in self.unsynced if self.fault.how == "power cut" else ():
                if os.path.isfile(lost):
                    os.truncate(lost, 0)
            os._exit(KILLED)
        code = getattr(errno, self.fault.how)
        raise OSError(code, os.strerror(code), os.path.join(self.root, self.name(path)))

    def install(self) -> None:
        """Watch this process from now on."""
        if self.fault and self.fault.how == "size":
            import resource  # noqa: PLC0415 - POSIX only

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.fault.at, resource.RLIM_INFINITY))
        self._watch_files()
        self._watch_names()
        self._watch_programs()

    def _watch_files(self) -> None:
        """Put watched files in the place of those that `open` and the library's FileIO give."""
        from render.formats import arrays  # noqa: PLC0415

        disk, plain_open, plain_os_open, plain_sync = self, io.open, os.open, os.fsync
        watched = watched_file(self)

        def watched_open(
            file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None,
            newline: Any = None, closefd: bool = True, opener: Any = None,
        ) -> Any:  # fmt: skip
            if not disk.watches(file):
                return plain_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
            raw = watched(file, mode.replace("b", "").replace("t", ""), closefd, opener)
            if buffering == 0:
                return raw
            kind = io.BufferedRandom if "+" in mode else io.BufferedReader if "r" in mode else io.BufferedWriter
            binary = kind(raw)  # type: ignore[operator]
            return binary if "b" in mode else io.TextIOWrapper(binary, encoding, errors, newline)

        def watched_os_open(path: Any, flags: int, *rest: Any, **named: Any) -> int:
            if not disk.watches(path):
                return plain_os_open(path, flags, *rest, **named)
            disk.meet("open" if flags & (os.O_WRONLY | os.O_RDWR) else "read", path)
            descriptor = plain_os_open(path, flags, *rest, **named)
            disk.names[descriptor] = os.path.abspath(os.fsdecode(path))
            return descriptor

        def watched_sync(descriptor: int) -> None:
            if disk.watches(descriptor):
                disk.meet("sync", descriptor)
                disk.unsynced.discard(disk.names[descriptor])
            plain_sync(descriptor)

        io.open = builtins.open = watched_open  # type: ignore[assignment]
        os.open, os.fsync = watched_os_open, watched_sync  # type: ignore[assignment]
        arrays.LastingFile.__bases__ = (watched,)

    def _watch_names(self) -> None:
        """Watch what moves, makes and removes names."""
        for kind, call in (("mkdir", "mkdir"), ("rmdir", "rmdir"), ("unlink", "unlink"), ("unlink", "remove")):
            setattr(os, call, self._watched(kind, getattr(os, call)))
        for call in ("replace", "rename"):
            setattr(os, call, self._moved(getattr(os, call)))

    def _watched(self, kind: str, plain: Callable[..., None]) -> Callable[..., None]:
        """Return a function of one path that is met."""

        def call(path: Any, *rest: Any, **named: Any) -> None:
            if self.watches(path):
                self.meet(kind, path)
            plain(path, *rest, **named)

        return call

    def _moved(self, plain: Callable[..., None]) -> Callable[..., None]:
        """Return a renaming function that is met, and tells of what is done."""

        def call(source: Any, target: Any, *rest: Any, **named: Any) -> None:
            if self.watches(target):
                self.meet("replace", target)
            plain(source, target, *rest, **named)
            if self.watches(target):
                whole = os.path.abspath(os.fsdecode(source))
                if whole in self.unsynced:
                    self.unsynced.remove(whole)
                    self.unsynced.add(os.path.abspath(os.fsdecode(target)))
                self.tell(f"done\t{self.name(target)}\t")

        return call

    def _watch_programs(self) -> None:
        """Watch programs that are started with a path on this disk, which they may write."""
        disk = self

        class WatchedPopen(subprocess.Popen):  # type: ignore[type-arg]
            """A program whose start is met."""

            def __init__(self, command: Any, *rest: Any, **named: Any) -> None:
                here = [part for part in command if disk.watches(part)] if isinstance(command, list) else []
                if here:
                    disk.unsynced.add(os.path.abspath(here[-1]))
                    disk.meet("spawn", here[-1])
                super().__init__(command, *rest, **named)

        subprocess.Popen = WatchedPopen  # type: ignore[misc]


def watched_file(disk: Disk) -> type[io.FileIO]:
    """Return the type of a disk's files, whose operations are met."""

    class Watched(io.FileIO):
        """A file whose operations are met."""

        def __init__(self, path: Any, mode: str = "r", closefd: bool = True, opener: Any = None) -> None:
            self.met = disk.watches(path)
            if self.met:
                disk.meet("read" if mode.startswith("r") and "+" not in mode else "open", path)
            super().__init__(path, mode, closefd, opener)
            if self.met:
                disk.names[self.fileno()] = disk.names.get(path) or os.path.abspath(os.fsdecode(path))

        def write(self, data: Any) -> int:
            if self.met:
                piece = memoryview(data).cast("B")
                disk.unsynced.add(disk.names[self.fileno()])
                disk.meet("write", self.fileno(), lambda: super(Watched, self).write(piece[: len(piece) // 2]))
            return super().write(data)

        def truncate(self, size: int | None = None) -> int:
            if self.met:
                disk.meet("truncate", self.fileno())
            return super().truncate(size)

        def close(self) -> None:
            if self.closed or not self.met:
                return super().close()
            path = disk.names.pop(self.fileno(), disk.root)
            written = self.writable()
            super().close()
            if written:
                disk.meet("close", path)

    return Watched


def writers_on_stack() -> list[str]:
    """Return which functions of `render` are at work, innermost first, as path:function."""
    found, frame = [], sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(f"{ROOT}{os.sep}render{os.sep}"):
            found.append(f"{path[len(str(ROOT)) + 1 :]}:{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return found
