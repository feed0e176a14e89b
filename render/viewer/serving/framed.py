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
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.core.errors import InputError, PolarlightError
from render.core.quiet import own_output
from render.viewer.notebook.asked import LOOPBACK, Ask, Opened

if TYPE_CHECKING:
    from render.viewer.serving.serve import Serving

PACKAGES = ("starlette", "uvicorn", "websockets", "tomlkit")  # of the extra `view`
LOOK_EVERY_S = 1.0  # s between two looks at whether the kernel is there
PATIENCE_S = 15.0  # s after the kernel's end, in which all must have ended: a final picture has 10


def main() -> None:
    """Serve a window."""
    answers = own_output()

    def answer(message: Any) -> None:
        pickle.dump(message, answers)
        answers.flush()

    try:
        ask = pickle.load(sys.stdin.buffer)
    except EOFError:  # the kernel has ended before it asked
        return
    try:
        serving, name = _serving(ask)
    except PolarlightError as error:
        answer(error)
        return
    end_with_parent(serving.end, PATIENCE_S)
    serving.run(browser=False, ready=lambda address: answer(Opened(name, address)))


def _serving(ask: Ask) -> tuple[Serving, str]:
    """Return what is asked for, bound to its port, and the scene's name. Raises InputError, SceneError."""
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise InputError(
            f"render.view needs {', '.join(missing)}, which this Python has not; run: pip install 'polarlight[view]'"
        )
    from render.viewer.checks import checked_device, checked_size  # noqa: PLC0415 - only where they are there
    from render.viewer.serving.files import load, of_value  # noqa: PLC0415
    from render.viewer.serving.serve import Serving  # noqa: PLC0415

    device = checked_device(ask.device)
    size = None if ask.size is None else checked_size(ask.size)
    loaded = load(ask.scene) if isinstance(ask.scene, str) else of_value(ask.scene)
    try:
        serving = Serving(
            loaded, host=LOOPBACK, port=ask.port, size=size, device=device, started_in=Path(ask.started_in),
            framed_by=ask.framed_by, proxy=ask.proxy,
        )  # fmt: skip
    except InputError as error:
        raise InputError(str(error).removeprefix(f"--host {LOOPBACK} --")) from None
    return serving, loaded.scene.name


def end_with_parent(end: Callable[[], None], patience_s: float) -> None:
    """Call `end`, and after a while end this process, as soon as standard input or the parent has ended.

    Trap: a process that the kernel has forked holds the other end of our input open, for as long as it lives.
    """
    parent, over = os.getppid(), threading.Event()

    def listen() -> None:
        while os.read(0, 4096):  # not sys.stdin, whose lock a thread must not hold when Python ends
            pass
        over.set()

    def wait() -> None:
        while not over.wait(LOOK_EVERY_S) and os.getppid() == parent:
            pass
        threading.Thread(target=end, daemon=True).start()
        time.sleep(patience_s)
        os._exit(1)

    for work in (listen, wait):
        threading.Thread(target=work, daemon=True).start()
