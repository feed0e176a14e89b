"""Whether a film's folder is there: a share comes and goes, and what lies in its place meanwhile is another folder.

A folder is known by its record, a small file whose number no other folder has. An empty folder under its name, as the
point at which a share was mounted, has none, and nothing is written there.
"""

from __future__ import annotations

import errno
import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from render.core.errors import PolarlightError
from render.core.files import create_alone, write_text, writing_error

RECORD = ".film.id"
MOST_BYTES = 4096  # of a record
WAIT_S = 600.0  # s that a folder is waited for: a file server starts anew in a few minutes
LOOK_EVERY_S = 1.0  # s between two looks whether it is back
WRITES_S = 0.2  # s that whoever makes a record may take to write into it, RECORD_LOOKS times
RECORD_LOOKS = 10
OF_PLACES = tuple(
    getattr(errno, name) for name in ("ENOENT", "ENOTDIR", "ESTALE", "ENOTCONN", "ENODEV") if hasattr(errno, name)
)
"""Errors of a place that is not there, though it may be back a moment later."""


class FolderAwayError(PolarlightError):
    """Say that a film's folder is not there."""


@dataclass(frozen=True)
class Record:
    """By what a film's folder is known: the content of its record."""

    folder: Path
    content: bytes

    def why_away(self) -> str:
        """Return in words why the folder cannot be worked in now, "" where it can."""
        try:
            found = _content(self.folder)
        except OSError as error:
            return (error.strerror or str(error)).lower()
        if found is None:
            return f"{RECORD} is missing in it" if os.path.isdir(self.folder) else "there is no such folder"
        if found != self.content:
            return "another folder is in its place"
        return "" if os.access(self.folder, os.W_OK | os.X_OK) else "nothing may be written there"


def record_of(folder: Path, film: str, *, replace: bool) -> Record | None:
    """Return the record of a film's folder, made where there is none; `film`: which, in words.

    None where there is one of another film, or one that nobody has come to write into, unless `replace`. Raises
    OutputError.
    """
    path, made = folder / RECORD, f"{secrets.token_hex(8)} {film}\n"
    try:
        for _ in range(RECORD_LOOKS):
            if (found := _content(folder)) is None and create_alone(path, made.encode()):
                return Record(folder, made.encode())
            if found and found.split(b" ", 1)[1:] == [f"{film}\n".encode()]:
                return Record(folder, found)
            if found:
                break
            time.sleep(WRITES_S)
    except OSError as error:
        raise writing_error(f"cannot write {path}", path, error) from None
    if not replace:
        return None
    write_text(path, made)
    return Record(folder, made.encode())


def forget_empty(folder: Path) -> None:
    """Remove the record of a folder in which there is nothing else."""
    with suppress(OSError):
        if os.listdir(folder) == [RECORD]:
            os.unlink(folder / RECORD)


def _content(folder: Path) -> bytes | None:
    """Return what a folder's record holds, None where it has none. Raises OSError."""
    try:
        with open(folder / RECORD, "rb") as file:
            return file.read(MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None


@dataclass
class Presence:
    """Looks whether a film's folder is there, and waits for it up to `wait_s`; `tell` hears when it goes and comes.

    `absences`: how often it was found to be away. All methods may be called by any thread.
    """

    record: Record
    wait_s: float = WAIT_S
    tell: Callable[[str], None] = lambda what: None
    absences: int = 0
    _why: str = ""
    _since: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_away(self) -> bool:
        """Say whether the folder was away at the last look."""
        return bool(self._why)

    def is_there(self) -> bool:
        """Look whether the folder is there."""
        why, word = self.record.why_away(), ""
        with self._lock:
            before, self._why = self._why, why
            if why and not before:
                self.absences, self._since = self.absences + 1, time.monotonic()
                word = f"waiting for {self.record.folder}, which is away: {why}; for up to {self.wait_s:g} s"
            elif before and not why:
                word = f"{self.record.folder} is back, after {time.monotonic() - self._since:.0f} s"
        if word:
            self.tell(word)
        return not why

    def wait(self, stopped: threading.Event | None = None) -> None:
        """Wait until the folder is there, or `stopped` is set. Raises FolderAwayError after `wait_s`."""
        while not self.is_there():
            if time.monotonic() - self._since >= self.wait_s:
                raise self.error()
            if stopped is None:
                time.sleep(LOOK_EVERY_S)
            elif stopped.wait(LOOK_EVERY_S):
                return

    def error(self) -> FolderAwayError:
        """Return the error that tells of a folder that did not come back."""
        return FolderAwayError(
            f"{self.record.folder} has been away for {time.monotonic() - self._since:.0f} s: {self._why or 'it was'}; "
            "the same command goes on from there"
        )
