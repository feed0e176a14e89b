"""The renderer of a window: a process of its own, started by `render.viewer.renderer`.

Of its requests only the newest counts.
"""

from __future__ import annotations

import queue
import traceback
from collections.abc import Callable
from typing import Any

from render.core.errors import PolarlightError
from render.core.machine import give_back_memory
from render.processes.asked import asked
from render.processes.dropping import Dropping
from render.viewer.asked import Doing, Metered, Ready, Refused, Request, Rested, Start
from render.viewer.memory import LEAVE, LastPass, Newest

QUIET_S = 2.0  # s without a request, after which a film is metered: that takes long, and is lost where one comes


def main() -> None:
    """Answer requests until there are no more."""
    requests, send = asked()
    import render.viewer.painter  # noqa: F401, PLC0415 - Taichi takes a while to import: while nobody asks yet

    start: Start | None = requests.get()
    if start is None:
        return
    try:
        worker = _Worker(start, send)
    except PolarlightError as error:
        send(Refused(0, str(error)))
        return
    while True:
        try:
            request = requests.get(timeout=QUIET_S if worker.asks_for_meter else None)
        except queue.Empty:
            worker.meter()
            continue
        while request is not None and not requests.empty():  # only the newest counts, but what was metered is kept
            worker.hear(request)
            request = requests.get()
        if request is None:
            return
        if not worker.hear(request):
            worker.answer(request)


class _Worker:
    """Makes pictures on a device, and lays the light of the last pass down where the server reads it."""

    def __init__(self, start: Start, send: Callable[[Any], None]) -> None:
        from render import device  # noqa: PLC0415 - Taichi takes a while to import
        from render.viewer.painter import OutdatedError, Painter  # noqa: PLC0415

        self._send, self._newest = send, Newest(start.newest)
        running = device.start(start.device)
        self._painter = Painter(running, self._is_wanted, self._say, Dropping(OutdatedError).when)
        self._planes: LastPass | None = None
        self._last: Request | None = None
        send(Ready(running.label))

    def _is_wanted(self, number: int, *, may_drop: bool = True) -> bool:
        """Return whether a request's work is to go on; of what may not be dropped, until all is to end."""
        newest = self._newest.number
        return newest != LEAVE and (newest <= number or not may_drop)

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
                self._send(made)
            if not request.moving:
                self._painter.rest(request)
                give_back_memory()
            self._send(Rested(request.number, dict(vars(self._painter.counts))))
        except PolarlightError as error:
            self._send(Refused(request.number, str(error)))
        except Exception as error:
            traceback.print_exc()  # to standard error, of which the server keeps the end
            self._send(Refused(request.number, f"internal error: {type(error).__name__}: {error}", True))

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
            self._send(Refused(request.number, f"the exposure cannot be metered: {error}"))
            return
        if found is not None:
            self._send(found)

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
        self._send(Doing(request.number, doing, share, divisor))
