"""The renderer of a window: a process of its own, started by `render.viewer.renderer`.

It reads pickled requests on standard input, of which only the newest counts, and answers on what was standard output.
It ends when its input does, in the midst of a picture too.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from typing import Any, BinaryIO

from render.core.errors import PolarlightError
from render.core.quiet import own_output
from render.viewer.asked import Doing, Metered, Ready, Refused, Request, Rested, Start
from render.viewer.memory import LastPass, Newest

QUIET_S = 2.0  # s without a request, after which a film is metered: that takes long, and is lost where one comes


def main() -> None:
    """Answer requests until there are no more."""
    for number in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C goes to all of a terminal's processes: ours ends us
        signal.signal(number, signal.SIG_IGN)
    answers = own_output()
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    start: Start = requests.get()
    try:
        worker = _Worker(start, answers)
    except PolarlightError as error:
        _send(answers, Refused(0, str(error)))
        return
    while True:
        try:
            request = requests.get(timeout=QUIET_S if worker.asks_for_meter else None)
        except queue.Empty:
            worker.meter()
            continue
        while not requests.empty():  # only the newest counts, but what was metered is kept
            worker.hear(request)
            request = requests.get()
        if not worker.hear(request):
            worker.answer(request)


def _listen(source: BinaryIO, requests: queue.SimpleQueue[Any]) -> None:
    """Take requests in while others are worked at, and end the process where whoever asks is gone."""
    try:
        while True:
            requests.put(pickle.load(source))
    except (EOFError, pickle.UnpicklingError, OSError):
        os._exit(0)


def _send(answers: BinaryIO, answer: Any) -> None:
    pickle.dump(answer, answers)
    answers.flush()


class _Worker:
    """Makes pictures on a device, and lays the light of the last pass down where the server reads it."""

    def __init__(self, start: Start, answers: BinaryIO) -> None:
        from render import device  # noqa: PLC0415 - Taichi takes a while to import
        from render.viewer.painter import Painter  # noqa: PLC0415

        self._answers, self._newest = answers, Newest(start.newest)
        running = device.start(start.device)
        self._painter = Painter(running, lambda number: self._newest.number <= number, self._say)
        self._planes: LastPass | None = None
        self._last: Request | None = None
        _send(answers, Ready(running.label))

    def hear(self, message: Any) -> bool:
        """Take over what needs no answer, and return whether it was that."""
        if isinstance(message, Metered):
            self._painter.knows_exposure(message)
            return True
        return False

    def answer(self, request: Request) -> None:
        """Make the passes of a request and send each; refusals and faults are answers too."""
        self._last = request
        try:
            for made in self._painter.passes(request):
                self._lay_down(request, made.head)
                _send(self._answers, made)
            if not request.moving:
                self._painter.rest(request)
            _send(self._answers, Rested(request.number, dict(vars(self._painter.counts))))
        except PolarlightError as error:
            _send(self._answers, Refused(request.number, str(error)))
        except Exception as error:
            traceback.print_exc()  # to standard error, of which the server keeps the end
            _send(self._answers, Refused(request.number, f"internal error: {type(error).__name__}: {error}", True))

    @property
    def asks_for_meter(self) -> bool:
        """Return whether a film is to be metered when it is quiet."""
        return self._last is not None and not self._last.moving and self._painter.asks_for_meter(self._last)

    def meter(self) -> None:
        """Meter the film of the last request; one that cannot be metered is not tried again."""
        request, self._last = self._last, None
        assert request is not None
        try:
            found = self._painter.meter(request)
        except PolarlightError as error:
            _send(self._answers, Refused(request.number, f"the exposure cannot be metered: {error}"))
            return
        if found is not None:
            _send(self._answers, found)

    def _lay_down(self, request: Request, head: dict[str, Any]) -> None:
        """Write the light of the last pass to the memory that the request names."""
        if self._planes is None or self._planes.name != request.planes:
            if self._planes is not None:
                self._planes.close()
            self._planes = LastPass(request.planes)
        frame = self._painter.last
        if frame is not None:
            told = {"number": request.number, **{key: head[key] for key in ("state", "divisor", "size")}}
            self._planes.write(frame.lines.rayleighs, frame.sky.radiance, told)

    def _say(self, request: Request, doing: str, share: float | None, divisor: int | None) -> None:
        _send(self._answers, Doing(request.number, doing, share, divisor))
