"""Work that is dropped in the midst of what it does, where that is safe.

Some steps of a picture take a second without asking whether anybody still wants it. While such work is done a thread
looks, and interrupts the main thread as Ctrl-C would; what is on the stack then decides. Where all of it computes, the
work ends by an exception. Where some of it holds state of its own (Taichi, caches, files, locks) it goes on, and is
interrupted again a little later. Kernels are not interrupted: they hold Python's lock.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Self

EVERY_S = 0.01  # s between two looks at whether work is wanted
COMPUTES = (
    "numpy", "render.atmosphere", "render.earth", "render.emission", "render.frame", "render.geophysics",
    "render.imaging", "render.integrator", "render.observer", "render.sky", "render.station", "render.viewer",
)  # fmt: skip
"""Packages whose functions may be left at any step: what they keep, they keep when it is done."""


class Dropping:
    """Ends what the main thread does in a `with` block by an `error`, once it is not wanted any longer.

        with dropping.when(outdated):
            ...

    Made in the main thread; Ctrl-C means nothing to the process from then on.
    """

    def __init__(self, error: type[Exception]) -> None:
        self._error = error
        self._outdated: Callable[[], bool] | None = None
        self._owner: FrameType | None = None
        self._working = threading.Event()
        signal.signal(signal.SIGINT, self._hear)
        threading.Thread(target=self._look, daemon=True).start()

    def when(self, outdated: Callable[[], bool]) -> Self:
        """Return the block's guard; `outdated`, called from any thread, says whether the work is to be dropped."""
        self._outdated = outdated
        return self

    def __enter__(self) -> None:
        self._owner = sys._getframe(1)
        self._working.set()

    def __exit__(self, *_: object) -> None:
        self._working.clear()
        self._owner = self._outdated = None

    def _look(self) -> None:
        """Interrupt the main thread while it does what is not wanted."""
        pause = threading.Event()
        while True:
            self._working.wait()
            outdated = self._outdated
            if outdated is not None and outdated():
                _thread.interrupt_main(signal.SIGINT)
            pause.wait(EVERY_S)

    def _hear(self, _signal: int, frame: FrameType | None) -> None:
        """Drop the work, in the main thread, between two of its steps."""
        outdated, owner = self._outdated, self._owner
        if outdated is not None and owner is not None and is_safe(frame, owner) and outdated():
            raise self._error


def is_safe(frame: FrameType | None, owner: FrameType) -> bool:
    """Say whether a stack may be left: all from `frame` down to `owner` are functions of COMPUTES."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if not any(name == room or name.startswith(f"{room}.") for room in COMPUTES):
            return False
        if frame is owner:
            return True
        frame = frame.f_back
    return False
