"""The server's side of the renderer: started, asked, started anew where it died, and given up where it dies again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from render.core.errors import PolarlightError
from render.processes.started import Started
from render.viewer import PROGRAM
from render.viewer.asked import Metered, Pass, Request, Start
from render.viewer.memory import LEAVE, Newest

PATIENCE_S = 3.0  # s that a process gets to keep its kernels in when the window is closed
MOST_DEATHS = 2  # without a picture at rest between, after which a scene is not tried again


class Renderer:
    """A process that renders what it is asked to, the newest request first; `hear` gets its answers, in any thread.

    `died` hears, in any thread, in words how a process ended, and whether another is started. `ahead`: a process of
    PROGRAM that has been started already, to be the first.
    """

    def __init__(
        self, device: str, hear: Callable[[Any], None], died: Callable[[str, bool], None], ahead: Started | None = None
    ) -> None:
        self._device, self._hear, self._died, self._ahead = device, hear, died, ahead
        self.newest = Newest()
        self._lock = threading.Condition()
        self._waiting: list[Any] = []
        self._last: Request | None = None
        self._metered: Metered | None = None
        self._process: Started | None = None
        self._deaths = 0
        self._closed = self._gave_up = False

    @property
    def pid(self) -> int | None:
        """Return the process's number; None where there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process, and hand it what was asked last."""
        with self._lock:
            if self._closed:
                return
            self._waiting = [Start(self._device, self.newest.name)]
            self._waiting += [message for message in (self._metered, self._last) if message is not None]
            process, self._ahead = self._ahead or Started(PROGRAM), None
            self._process = process
        for work in (self._write, self._read):
            threading.Thread(target=work, args=(process,), daemon=True).start()

    def try_again(self) -> None:
        """Start it anew though it was given up."""
        with self._lock:
            self._deaths = 0
            gave_up, self._gave_up = self._gave_up, False
        if gave_up:  # else one is there, or is being started
            self.start()

    def ask(self, request: Request) -> None:
        """Ask for a picture in the place of any other."""
        with self._lock:
            if self._closed:
                return
            self._last = request
            self.newest.number = request.number
            self._waiting = [one for one in self._waiting if not isinstance(one, Request)] + [request]
            self._lock.notify_all()

    def drop(self) -> None:
        """Let what is being made end at the next band: nobody looks."""
        if not self._closed:
            self.newest.number = self.newest.number + 1

    def close(self) -> None:
        """End the process: it drops what it does, and ends by itself where it can."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting = [None]
            self.newest.number = LEAVE
            process = self._process or self._ahead
            self._lock.notify_all()
        if process is not None:
            process.end(PATIENCE_S if process is self._process else 0.0)
        with self._lock:
            self._process = None
            self._lock.notify_all()
        self.newest.close()

    def _write(self, process: Started) -> None:
        """Hand a process what it is asked, in its order."""
        with suppress(OSError):  # it died: whoever reads will tell
            while True:
                with self._lock:
                    while not self._waiting and self._process is process:
                        self._lock.wait()
                    if self._process is not process:
                        return
                    message = self._waiting.pop(0)
                process.send(message)
                if message is None:
                    return

    def _read(self, process: Started) -> None:
        """Pass a process's answers on until it has none, then start another where that may help."""
        with suppress(EOFError, OSError):  # it died, or is closed by us
            while True:
                answer = process.receive()
                if isinstance(answer, Metered):
                    self._metered = answer
                if isinstance(answer, Pass) and not answer.head["moving"] and answer.head["divisor"] == 1:
                    self._deaths = 0
                self._hear(answer)
        how = process.death()
        with self._lock:
            if self._closed or self._process is not process:
                return
            self._process = None
            self._lock.notify_all()
        process.end()
        with self._lock:
            self._deaths += 1
            again = self._deaths < MOST_DEATHS
            self._gave_up = not again
        self._died(f"the renderer {how}", again)
        if again:
            self._start_again()

    def _start_again(self) -> None:
        """Start another process, or give it up where none can be."""
        try:
            self.start()
        except PolarlightError as error:
            with self._lock:
                self._gave_up = True
            self._died(str(error), False)
