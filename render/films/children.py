"""Processes of our own that render frames, and what becomes of it when one dies."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from render.core.machine import PRODUCTS_THREADS_VARIABLE
from render.films.child import AWAY, END, FAILED, MAKING, METER, REFUSED, STAGE, Task
from render.films.failures import FrameError, GoneError
from render.films.plan import Made
from render.processes.started import Started

PART_S = 10.0  # s at most that a process may take to keep its kernels: a second, as a rule
PROGRAM = "from render.films.child import main; main()"


class Child:
    """A process that renders a film's frames, one after another; started when it is needed, and anew when it died."""

    def __init__(
        self, task: Task, environment: dict[str, str] | None = None, hear: Callable[..., None] = lambda *words: None
    ) -> None:
        """`environment`: what the process's has besides ours; `hear` is told of STAGE, MAKING and AWAY, see `child`."""
        self._task, self._hear = task, hear
        products = {PRODUCTS_THREADS_VARIABLE: os.environ.get(PRODUCTS_THREADS_VARIABLE, "1")}
        self._environment = products | (environment or {})
        self._process: Started | None = None
        self._is_asked = self._parts = False

    def render(self, index: int) -> Made:
        """Render a frame. Raises FrameError where the process fails or dies of it, what it refuses as itself."""
        made: Made = self.ask(index)
        return made

    def metered(self) -> Any:
        """Return the task's scene with its exposure known at any instant, as `render.frame.metering.metered`."""
        return self.ask(METER)

    def hand(self, task: Task) -> None:
        """Give the process another task from now on."""
        self._task = task
        if self._process is not None:
            with suppress(OSError):  # it died: the next question will tell
                self._process.send(task)

    def part(self) -> None:
        """Let the process end where nothing is asked of it: it keeps the kernels that it has compiled first."""
        if self._process is not None and not self._is_asked:
            with suppress(OSError):
                self._process.send(END)
                self._parts = True

    def close(self) -> None:
        """End the process, at once unless it was let to end."""
        process, self._process = self._process, None
        if process is not None:
            process.end(PART_S if self._parts else 0.0)
        self._parts = False

    def ask(self, request: Any) -> Any:
        """Return the answer to a request, METER or a frame's index; raises as `render`, GoneError once it is closed."""
        if self._process is None:
            self._process = Started(PROGRAM, self._environment)
            self.hand(self._task)
        process = self._process
        self._is_asked = True
        try:
            process.send(request)
            while (answer := process.receive())[0] in (STAGE, MAKING, AWAY):
                self._hear(*answer)
        except (EOFError, OSError):
            how = process.death()
            if self._process is not process:
                raise GoneError("the process that rendered it was closed") from None
            self.close()
            why = ", for want of memory, most likely" if process.was_killed else ""
            raise FrameError(f"the process that rendered it {how}{why}") from None
        finally:
            self._is_asked = False
        if answer[0] == REFUSED:
            raise answer[1](answer[2])
        if answer[0] == FAILED:
            raise FrameError(answer[1])
        return answer[1]
