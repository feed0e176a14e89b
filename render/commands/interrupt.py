"""Ctrl-C, and the end that a cluster's scheduler asks for, heard wherever they fall: the first one stops the run.

Python raises KeyboardInterrupt in whatever happens to run. Some places take it for an error of their own: Taichi looks
at the source of every function that it decorates, under a bare `except`, and ran on; NumPy's initialisation turns it
into an ImportError; and Python itself, where it leaves text that is evaluated (as Typer does with annotations), ends by
the signal instead of our exit code. So an interrupt that falls there waits until they are done, about a second at most.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED = 130  # exit code: 128 + SIGINT, as shells count
HEARD: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
"""Signals, and what Python does with them of itself."""
if hasattr(signal, "SIGHUP"):  # the terminal, or the ssh session, has been closed
    HEARD[signal.SIGHUP] = signal.SIG_DFL
RETRY_S = 0.02  # s after which an interrupt that had to wait is tried again, until it is heard
IMPORTING, EVALUATED = "<frozen importlib", "<string>"  # how the file names of such code begin
BARE_EXCEPTS = ("_inside_class", "is_matrix_class", "is_taichi_class")  # functions of Taichi 1.7 with a bare `except`


@contextmanager
def heard_interrupts() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt on Ctrl-C in the block where nothing can swallow it, soon after where something might.

    The same on SIGTERM and SIGHUP. Gives a list to which a signal's number is added when it comes. Does nothing outside
    the main thread, and with a signal that has a handler of the caller's or is ignored (nohup).
    """
    came: list[int] = []
    own_thread = threading.current_thread() is threading.main_thread()
    numbers = [number for number, plain in HEARD.items() if own_thread and signal.getsignal(number) is plain]
    if not numbers:
        yield came
        return
    outside = _deaf_frames(sys._getframe())  # whoever runs us may be importing: that never ends before we do
    waiting, answered, over = threading.Event(), threading.Event(), False

    def hear(number: int, frame: FrameType | None) -> None:
        came.append(number)
        answered.set()
        if _deaf_frames(frame) <= outside:
            waiting.clear()
            raise KeyboardInterrupt
        waiting.set()

    def insist() -> None:
        while True:
            waiting.wait()
            if over:
                return
            time.sleep(RETRY_S)
            if waiting.is_set() and not over:
                answered.clear()
                _interrupt_again(came[-1])
                answered.wait()  # not twice: the second would fall into the clearing up

    thread = threading.Thread(target=insist, daemon=True)
    thread.start()
    for number in numbers:
        signal.signal(number, hear)
    try:
        yield came
        if waiting.is_set():
            raise KeyboardInterrupt  # it has waited to the very end
    finally:
        for number in numbers:
            signal.signal(number, lambda number, frame: answered.set())  # one that is on its way comes too late
        over = True
        waiting.set()
        answered.set()
        thread.join()
        for number in numbers:
            signal.signal(number, HEARD[number])


def _deaf_frames(frame: FrameType | None) -> int:
    """Count the frames, from this one outwards, in which an interrupt would be taken for something else."""
    count = 0
    while frame is not None:
        code = frame.f_code
        count += code.co_filename.startswith((IMPORTING, EVALUATED)) or code.co_name in BARE_EXCEPTS
        frame = frame.f_back
    return count


def _interrupt_again(number: int) -> None:
    """Send the main thread a signal anew; it ends a wait for another process as well, where there are signals."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        _thread.interrupt_main()
