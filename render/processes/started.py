"""A process of our own, from the side of who starts it: spoken to in pickles, ended, and its end told in words.

It runs a program of ours, not the caller's: a script that starts it is not run again there.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from render.core.errors import PolarlightError

LAST_BYTES = 4096  # kept of what a process says on standard error: its last words


def interpreter() -> list[str]:
    """Return the command that runs Python as here; -P: what lies in the working folder is no library of ours."""
    return [sys.executable, "-P"]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment, in which the interpreter finds what it finds here, and `more` besides."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, "PYTHONPATH": paths, **(more or {})}


class Started:
    """A process that runs a program, the text of one; `more`: of its environment. Raises PolarlightError.

    `apart`: Ctrl-C and what else is sent to this process's group does not reach it (POSIX).
    """

    def __init__(self, program: str, more: Mapping[str, str] | None = None, *, apart: bool = False) -> None:
        try:
            self._process = subprocess.Popen(
                [*interpreter(), "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=environment(more), start_new_session=apart,
            )  # fmt: skip
        except OSError as error:
            raise PolarlightError(f"no process to render in can be started: {error.strerror or error}") from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._said = b""
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """Return the process's number."""
        return self._process.pid

    @property
    def is_over(self) -> bool:
        """Say whether the process has ended."""
        return self._process.poll() is not None

    def send(self, message: Any) -> None:
        """Send a message. Raises OSError where the process has ended."""
        try:
            pickle.dump(message, self._requests)
            self._requests.flush()
        except ValueError as error:  # its input is closed, of which Python makes no OSError
            raise BrokenPipeError(str(error)) from None

    def receive(self) -> Any:
        """Wait for a message. Raises EOFError where there is none to come.

        A process that says anything else is ended: a site's start-up may print where answers are read.
        """
        try:
            return pickle.load(self._answers)
        except (EOFError, OSError):
            raise EOFError("the process has ended") from None
        except Exception as error:
            self._process.kill()
            raise EOFError(f"the process said what is no answer: {error}") from None

    def end(self, within_s: float = 0.0) -> None:
        """End the process, at once, or when it has not ended by itself within so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._answers):
            with suppress(OSError):
                stream.close()

    def leave(self) -> None:
        """Close the process's input, at which it is to end."""
        with suppress(OSError):
            self._requests.close()

    def death(self) -> str:
        """Wait for the process's end, and return in words how it came."""
        return how_it_ended(self._process.wait(), self._said)

    @property
    def was_killed(self) -> bool:
        """Say whether the process has been ended by SIGKILL."""
        return self._process.returncode == -getattr(signal, "SIGKILL", 0) != 0

    def _listen(self) -> None:
        """Keep the last of what the process says on standard error."""
        assert self._process.stderr is not None
        with self._process.stderr as stream, suppress(OSError, ValueError):
            while said := stream.read1(LAST_BYTES):  # type: ignore[attr-defined]
                self._said = (self._said + said)[-LAST_BYTES:]


def how_it_ended(status: int, said: bytes) -> str:
    """Return in words how a process ended, by its status and its last words."""
    if status < 0:
        named = {int(one): one.name for one in signal.Signals}  # not those in real time between first and last
        return f"was ended by {named.get(-status, f'signal {-status}')}"
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return f"ended with exit code {status}{f': {lines[-1]}' if lines else ''}"
