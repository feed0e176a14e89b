"""Leases on frames: small files in the film's folder, by which processes on any machines share its frames.

A lease is made by exclusive creation, which every file system of the day does in one step, NFS from version 3 too, and
no lock is asked of it. Its holder writes it anew every so often. No clock is compared with another: whoever waits for a
lease sees by its own whether the file has changed, and takes one over that has not for as long as a lease lasts. A
holder of the same host whose process is gone has lost it at once.

A folder that is away takes no lease with it: what is held is renewed when it is back, as far as nobody has taken it
over who saw the folder all the time.

A frame is a pure function: should two render the same one after all (a process that was stopped for longer than its
lease, and goes on), both write the same file, and nothing is lost but time.
"""

from __future__ import annotations

import glob
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render.core.files import create_alone, write_over, writing_error
from render.core.machine import host_tag, is_alive
from render.films.presence import LOOK_EVERY_S, OF_PLACES, FolderAwayError, Presence

LEASE_S = 60.0  # s that a lease lasts unless it is renewed: caches of network file systems are up to 60 s old (nfs(5))
RENEWALS = 4  # of a lease while it lasts: three may be late
MOST_BYTES = 4096  # of a lease's file
SUFFIX = ".lease"


@dataclass
class Claims:
    """The leases of a film's folder: those that this process holds, and those of others that it has seen.

    `lease_s`: for how long they last without renewal. `presence`: of the folder, where that may go and come. All
    methods may be called by any thread.
    """

    folder: Path
    lease_s: float = LEASE_S
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    presence: Presence | None = None
    _held: dict[str, dict[str, Any]] = field(default_factory=dict)
    _seen: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _over: threading.Event = field(default_factory=threading.Event)
    _renewing: threading.Thread | None = None
    _owed: set[str] = field(default_factory=set)
    _absences: int = 0

    def take(self, key: str, **about: Any) -> bool:
        """Take the lease of a key; False where another holds it. `about`: what the lease's file tells besides.

        Raises OutputError where the folder takes no file, FolderAwayError where it is not there.
        """
        with self._lock:
            self._settle()
            if key in self._held or key in self._owed:
                return False
            content = {"token": self.token, "host": host_tag(), "pid": os.getpid(), "renewed": 0, **about}
            self._held[key] = content  # first: where we are interrupted, it is given back
            made = False
            try:
                made = self._create(key, content) or (
                    self._is_dead(key) and self._clear(key) and self._create(key, content)
                )
                if made:
                    self._check_place(key)
            except BaseException:
                self.release(key)
                raise
            if not made:
                del self._held[key]
                return False
            self._seen.pop(key, None)
        self._renew_from_now_on()
        return True

    def holder(self, key: str) -> dict[str, Any] | None:
        """Return what the lease of a key tells of its holder, {} where it tells nothing; None where there is none."""
        content = self._read(key)
        return None if content is None else told_by(content)

    def _check_place(self, key: str) -> None:
        """Take a lease back that was made in another folder than the film's. Raises FolderAwayError."""
        if not self.is_there():
            with suppress(OSError):
                self._path(key).unlink()
            assert self.presence is not None
            raise self.presence.error()

    def release(self, key: str) -> None:
        """Give a lease back, as soon as the folder is there; does nothing where it was lost meanwhile."""
        with self._lock:
            if self._held.pop(key, None) is not None:
                self._owed.add(key)
                self._settle()

    def _settle(self) -> None:
        """Remove what leases are given back, as far as the folder is there."""
        for key in list(self._owed):
            try:
                if not self._is_lost(key):
                    self._path(key).unlink()
            except OSError:
                if not self.is_there():
                    return
            self._owed.discard(key)

    def is_there(self) -> bool:
        """Look whether the folder is there."""
        return self.presence is None or self.presence.is_there()

    def wait(self, stopped: threading.Event | None = None) -> None:
        """Wait for the folder, as `Presence.wait`."""
        if self.presence is not None:
            self.presence.wait(stopped)

    def close(self) -> None:
        """Give all leases back and renew no more."""
        self._over.set()
        if self._renewing is not None:
            self._renewing.join()
        try:
            self._give_back()
        except KeyboardInterrupt:
            self._give_back()
            raise

    def _give_back(self) -> None:
        for key in list(self._held):
            self.release(key)
        with self._lock:
            self._settle()

    def is_alone(self) -> bool:
        """Say whether this process is the only one that is known to be at work in the folder."""
        return next(self._living(), None) is None

    def clear_dead(self) -> None:
        """Put away the leases of processes that are known to be gone, of frames too that nobody will ask for again."""
        for path in self.folder.glob(f".*{SUFFIX}"):
            key = path.name[1 : -len(SUFFIX)]
            with self._lock:
                if key not in self._held and self._is_dead(key):
                    self._clear(key)

    def _living(self) -> Iterator[str]:
        """Yield the keys of all leases in the folder that are held by others and not known to be dead."""
        for path in self.folder.glob(f".*{SUFFIX}"):
            key = path.name[1 : -len(SUFFIX)]
            with self._lock:
                if key not in self._held and not self._is_dead(key):
                    yield key

    def _path(self, key: str) -> Path:
        return self.folder / f".{key}{SUFFIX}"

    def _create(self, key: str, content: dict[str, Any]) -> bool:
        """Create the file of a lease; False where there is one."""
        path = self._path(key)
        try:
            return create_alone(path, _written(content))
        except OSError as error:
            if not self.is_there() or (self.presence and error.errno in OF_PLACES):  # back by now
                raise FolderAwayError(f"{self.folder} is away: {error.strerror or error}") from None
            raise writing_error(f"cannot write {path}", path, error) from None

    def _read(self, key: str) -> bytes | None:
        """Return the content of a lease, or None where there is none. Opened, not only looked at: see nfs(5)."""
        try:
            with self._path(key).open("rb") as file:
                return file.read(MOST_BYTES)
        except OSError:
            return None

    def _is_lost(self, key: str) -> bool:
        """Say whether a lease of ours is another's by now, or nobody's; not where the folder is away."""
        for _ in range(2):  # it may come back between our look at the lease and the one at the folder
            try:
                if told_by(self._path(key).read_bytes()).get("token") == self.token:
                    return False
            except FileNotFoundError:
                pass
            except OSError:
                self.is_there()  # whoever waits for it is told
                return False
            if self.presence is None:
                return True
            if not self.is_there():
                return False
        return True

    def _is_dead(self, key: str) -> bool:
        """Say whether a lease's holder is known to be gone: its process is, or it has not renewed the lease in time."""
        if self.presence and self._absences != self.presence.absences:
            self._absences = self.presence.absences
            self._seen.clear()  # who was silent then may have had no folder either
        content = self._read(key)
        if content is None:
            self._seen.pop(key, None)
            return False
        holder = told_by(content)
        if holder.get("host") == host_tag() and not is_alive(holder.get("pid")):
            return True
        now = time.monotonic()
        before, since = self._seen.get(key, (None, now))
        if before != content:
            self._seen[key] = content, now
            return False
        return now - since > self.lease_s

    def _clear(self, key: str) -> bool:
        """Put a dead lease away; False where another has done so, or its holder has come back to life.

        The file is renamed first, which only one process can do, and looked at then: what is not the lease that was
        found dead is put back.
        """
        path, dead = self._path(key), self._read(key)
        away = path.with_name(f".{key}.{self.token}{SUFFIX}.dead")
        try:
            os.rename(path, away)
        except OSError:
            return False
        with suppress(OSError):
            if away.read_bytes() != dead:
                with suppress(OSError):
                    os.link(away, path)  # not where there is one again
                away.unlink()
                return False
            away.unlink()
        if dead is not None:
            self._remove_parts(key, told_by(dead))
        return True

    def _remove_parts(self, key: str, holder: dict[str, Any]) -> None:
        """Remove what the holder of a dead lease left half-written."""
        for path in self.folder.glob(f".{key}.{glob.escape(Path(str(holder.get('host'))).name)}.*.part.*"):
            with suppress(OSError):
                path.unlink()

    def _renew_from_now_on(self) -> None:
        with self._lock:
            if self._renewing is None:
                self._renewing = threading.Thread(target=self._renew, daemon=True)
                self._renewing.start()

    def _renew(self) -> None:
        pause_s = self.lease_s / RENEWALS
        while not self._over.wait(pause_s):
            pause_s = self.lease_s / RENEWALS
            if self.presence and self.presence.is_away:
                there = False
                with suppress(Exception):  # of whoever hears of it: leases are renewed whatever becomes of a word
                    there = self.is_there()
                if not there:
                    pause_s = min(pause_s, LOOK_EVERY_S)
                    continue
            with self._lock:
                self._settle()
                for key, content in list(self._held.items()):
                    if self._is_lost(key):  # it came too late; what is rendered is right all the same
                        del self._held[key]
                        continue
                    content["renewed"] += 1
                    with suppress(OSError):  # the folder may come back
                        write_over(self._path(key), _written(content))


def told_by(content: bytes | str) -> dict[str, Any]:
    """Return what a small file's record tells; {} for what is none, or is just being written."""
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _written(content: dict[str, Any]) -> bytes:
    """Return a lease's content; its length grows only with the number of renewals, so that one write covers another."""
    return json.dumps(content).encode() + b"\n"
