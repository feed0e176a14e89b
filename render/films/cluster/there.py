"""What is done on a worker of a cluster: a look at what it has, and frames, by a process of its own.

Taichi holds Python's lock while a kernel runs, for up to a minute. A worker that rendered itself would be silent for as
long, and be given up by the scheduler (`distributed.scheduler.worker-ttl`); so it asks a process (`KEPT`).
"""

from __future__ import annotations

import itertools
import os
import pickle
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.core import __version__
from render.core.cache import file_digest
from render.core.errors import PolarlightError
from render.core.machine import host_tag
from render.core.provenance import computation_digest
from render.films.child import FAILED, MADE, REFUSED, Task
from render.films.children import Child
from render.films.claims import SUFFIX, Claims
from render.films.failures import FrameError, GoneError
from render.films.plan import FilmPlan
from render.films.renderers import environment_of, named_gpus
from render.scene_files import FILE_KEYS, names_file

SOURCES = "render.films.one"  # the module behind a frame
IDLE_S = 600.0  # s without a request after which a kept child ends: whoever asked it may have been killed
DRIVER_S = 20.0  # s at most that the driver is given to name its GPUs: it starts up first on machines without a screen


@dataclass(frozen=True)
class Wanted:
    """What a worker must have: polarlight as it is here, the folder in which a file holds a token, the scene's files.

    `files`: (key that names it, path, digest).
    """

    version: str
    sources: str
    folder: Path
    lease: str
    token: str
    files: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Found:
    """What a worker has: why it cannot be used, or "", on which host it is, and which GPUs it sees."""

    why_not: str
    host: str
    gpus: tuple[str, ...]


Place = tuple[int, int | None, tuple[str, ...]]
"""Arguments of `environment_of`."""


def wanted_of(plan: FilmPlan, claims: Claims) -> Wanted:
    """Return what workers must have for a plan; a lease of the folder shows which folder is meant."""
    lease = next(key for number in itertools.count() if claims.take(key := f"cluster-{number}"))
    tables, files = plan.scene.model_dump(mode="json"), []
    for section, key in FILE_KEYS:
        if names_file(section, key, path := tables[section].get(key)):
            files.append((f"[{section}] {key}", path, file_digest(path, sys.maxsize)))
    sources = computation_digest(SOURCES)
    return Wanted(__version__, sources, plan.folder, f".{lease}{SUFFIX}", claims.token, tuple(files))


def found_here(wanted: Wanted) -> bytes:
    """Look at a worker, there: return a pickled Found."""
    return pickle.dumps(Found(_why_not(wanted), host_tag(), tuple(gpus_here())))


def _why_not(wanted: Wanted) -> str:
    """Return what a worker lacks of what it must have, or ""."""
    if __version__ != wanted.version:
        return f"it has polarlight {__version__}, not {wanted.version}"
    if computation_digest(SOURCES) != wanted.sources:
        return f"its polarlight {__version__} has other sources than the one here"
    if wrong := _wrong_with_folder(wanted):
        return wrong
    for key, path, digest in wanted.files:
        if (found := file_digest(path, sys.maxsize)) != digest:
            return f"it has {'another' if found else 'no'} file {path}, which {key} names"
    return ""


def _wrong_with_folder(wanted: Wanted) -> str:
    """Return why a worker's folder is not the one that is meant, or takes no frames; "" for the right one."""
    if not wanted.folder.is_dir():
        return f"it does not see the folder {wanted.folder}"
    try:
        held = (wanted.folder / wanted.lease).read_bytes()
        with tempfile.TemporaryFile(dir=wanted.folder):
            pass
    except FileNotFoundError:
        held = b""
    except OSError as error:
        return f"it cannot write to {wanted.folder}: {error.strerror or error}"
    return "" if wanted.token.encode() in held else f"it sees another folder as {wanted.folder}"


def answer(owner: str, task: Task, place: Place, request: Any) -> bytes:
    """Return, on a worker, what its process answers to a request, pickled."""
    try:
        return pickle.dumps((MADE, KEPT.ask(owner, task, environment_of(*place), request)))
    except FrameError as error:
        return pickle.dumps((FAILED, str(error)))
    except PolarlightError as error:
        return pickle.dumps((REFUSED, type(error), str(error)))


def leave(owner: str) -> None:
    """End, on a worker, what it does for an owner."""
    KEPT.leave(owner)


def gpus_here() -> list[str]:
    """Return the names of the GPUs that this process sees: by its environment, or all that the driver tells of."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return named_gpus()
    try:
        answer = subprocess.run(
            ["nvidia-smi", "-L"], stdin=subprocess.DEVNULL, capture_output=True, timeout=DRIVER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    told = answer.stdout.decode("utf-8", "replace")
    return re.findall(r"UUID: (MIG-[^)\s]+)", told) or re.findall(r"UUID: (GPU-[^)\s]+)", told)


class Kept:
    """The one child of a process that renders for others: kept from frame to frame, whoever asks; see `KEPT`.

    All methods may be called by any thread; frames are rendered one at a time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._of: tuple[Task, dict[str, str]] | None = None
        self._owner, self._left = "", set[str]()
        self._asked, self._idle = 0, threading.Timer(IDLE_S, self._close)

    def ask(self, owner: str, task: Task, environment: dict[str, str], request: Any) -> Any:
        """Return the child's answer to a request of an owner; raises as `Child.render`, GoneError to one that left."""
        with self._lock:
            self._idle.cancel()
            self._owner, self._asked = owner, self._asked + 1
            if self._child is None or self._of is None or self._of[1] != environment:
                self._close()
                self._child = Child(task, environment)
            elif self._of[0] != task:
                self._child.hand(task)
            self._of, child = (task, environment), self._child
            if owner in self._left:
                raise GoneError("nobody wants it any more")
            try:
                return child.ask(request)
            finally:
                self._idle = threading.Timer(IDLE_S, self._rest, (self._asked,))
                self._idle.daemon = True
                self._idle.start()

    def leave(self, owner: str) -> None:
        """End the child, in the midst of a frame too, where it works for an owner, and let that one ask no more."""
        self._left.add(owner)
        if self._owner == owner:
            self._close()

    def _rest(self, asked: int) -> None:
        """End the child where nobody has asked it since."""
        with self._lock:
            if self._asked == asked:
                self._close()

    def _close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.part()
            child.close()


KEPT = Kept()
"""Of this process."""
