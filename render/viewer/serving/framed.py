"""The server of a window in a notebook: a process of its own, started by `render.viewer.notebook.server`.

It reads what it is asked for, pickled, on standard input, answers with the address on what was standard output, and
serves until its input or its parent ends.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from render.core.errors import InputError, PolarlightError
from render.processes.asked import answering
from render.processes.started import Started
from render.viewer import PACKAGES, started_ahead
from render.viewer.notebook.asked import LOOPBACK, PATIENCE_S, Ask, Opened

if TYPE_CHECKING:
    from render.viewer.serving.serve import Serving

LOOK_EVERY_S = 1.0  # s between two looks at whether the kernel is there


def main() -> None:
    """Serve a window."""
    answer, parent = answering(), os.getppid()
    try:
        ask = pickle.load(sys.stdin.buffer)
    except EOFError:  # the kernel has ended before it asked
        return
    try:
        _check_packages()
        with started_ahead() as ahead:
            serving, name = _serving(ask, ahead)
            end_with_parent(serving.end, parent)
            serving.run(browser=False, ready=lambda address: answer(Opened(name, address)))
    except PolarlightError as error:
        answer(error)


def _check_packages() -> None:
    """Raise InputError where packages of the extra are missing."""
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise InputError(
            f"render.view needs {', '.join(missing)}, which this Python has not; run: pip install 'polarlight[view]'"
        )


def _serving(ask: Ask, ahead: Started) -> tuple[Serving, str]:
    """Return what is asked for, bound to its port, and the scene's name. Raises InputError, SceneError."""
    from render.viewer.checks import checked_device, checked_size  # noqa: PLC0415 - only where they are there
    from render.viewer.serving.files import load, of_value  # noqa: PLC0415
    from render.viewer.serving.serve import Serving  # noqa: PLC0415

    device = checked_device(ask.device)
    size = None if ask.size is None else checked_size(ask.size)
    loaded = load(ask.scene) if isinstance(ask.scene, str) else of_value(ask.scene)
    try:
        serving = Serving(
            loaded, host=LOOPBACK, port=ask.port, size=size, device=device, started_in=Path(ask.started_in),
            framed_by=ask.framed_by, proxy=ask.proxy, ahead=ahead,
        )  # fmt: skip
    except InputError as error:
        raise InputError(str(error).removeprefix(f"--host {LOOPBACK} --")) from None
    return serving, loaded.scene.name


def end_with_parent(end: Callable[[], None], parent: int) -> None:
    """Call `end`, and after a while end this process, as soon as standard input or the parent process has ended.

    Trap: a process that the kernel has forked holds the other end of our input open, for as long as it lives.
    """
    over = threading.Event()

    def listen() -> None:
        with suppress(OSError):
            while os.read(0, 4096):  # not sys.stdin, whose lock a thread must not hold when Python ends
                pass
        over.set()

    def wait() -> None:
        while not over.wait(LOOK_EVERY_S) and os.getppid() == parent:
            pass
        threading.Thread(target=end, daemon=True).start()
        time.sleep(PATIENCE_S)
        os._exit(1)

    for work in (listen, wait):
        threading.Thread(target=work, daemon=True).start()
