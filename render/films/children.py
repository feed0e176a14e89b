"""Processes of our own that render frames, and what becomes of it when one dies."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from render.core.errors import PolarlightError
from render.films.child import FAILED, MAKING, METER, REFUSED, STAGE, Task
from render.films.failures import FrameError, GoneError
from render.films.plan import Made

PROGRAM = "from render.films.child import main; main()"
LAST_BYTES = 4096  # kept of what a child says on standard error: its last words


class Child:
    """A process that renders a film's frames, one after another; started when it is needed, and anew when it died.

    Its program is ours, not the caller's: a script that starts it is not run again there.
    """

    def __init__(
        self, task: Task, environment: dict[str, str] | None = None, hear: Callable[..., None] = lambda *words: None
    ) -> None:
        """`environment`: what the process's has besides ours; `hear` is told of STAGE and MAKING, see `child`."""
        self._task, self._hear = task, hear
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._said = b""

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
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):  # it died: the next question will tell
                pickle.dump(task, self._process.stdin)

    def close(self) -> None:
        """End the process, at once."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError, AttributeError):
                    stream.close()  # type: ignore[union-attr]

    def ask(self, request: Any) -> Any:
        """Return the answer to a request, METER or a frame's index; raises as `render`, GoneError once it is closed."""
        if self._process is None:
            self._process = self._started()
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        try:
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            while (answer := pickle.load(process.stdout))[0] in (STAGE, MAKING):
                self._hear(*answer)
        except (EOFError, OSError, pickle.UnpicklingError):
            status = process.wait()
            if self._process is not process:
                raise GoneError("the process that rendered it was closed") from None
            self.close()
            raise FrameError(self._death(status)) from None
        if answer[0] == REFUSED:
            raise answer[1](answer[2])
        if answer[0] == FAILED:
            raise FrameError(answer[1])
        return answer[1]

    def _started(self) -> subprocess.Popen[bytes]:
        """Start the process and hand it its task."""
        paths = os.pathsep.join(path for path in sys.path if path)
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths, **self._environment},
            )  # fmt: skip
        except OSError as error:
            raise PolarlightError(f"no process to render in can be started: {error.strerror or error}") from error
        self._said = b""
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        assert process.stdin is not None
        with suppress(OSError):  # it died at once: the first question will tell
            pickle.dump(self._task, process.stdin)
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Keep the last of what a process says on standard error."""
        assert process.stderr is not None
        with process.stderr as stream:
            while said := stream.read1(LAST_BYTES):  # type: ignore[attr-defined]
                self._said = (self._said + said)[-LAST_BYTES:]

    def _death(self, status: int) -> str:
        """Return in words how a process ended."""
        if status < 0:
            named = {int(one): one.name for one in signal.Signals}  # not those in real time between first and last
            name = named.get(-status, f"signal {-status}")
            why = ", for want of memory, most likely" if -status == getattr(signal, "SIGKILL", None) else ""
            return f"the process that rendered it was ended by {name}{why}"
        lines = [line.strip() for line in self._said.decode("utf-8", "replace").splitlines() if line.strip()]
        last = f": {lines[-1]}" if lines else ""
        return f"the process that rendered it ended with exit code {status}{last}"
