"""Ctrl-C, heard wherever it falls: the first one stops the run.

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

INTERRUPTED = 130  # exit code: 128 + SIGINT, as shells count
RETRY_S = 0.02  # s after which an interrupt that had to wait is tried again, until it is heard
IMPORTING, EVALUATED = "<frozen importlib", "<string>"  # how the file names of such code begin
BARE_EXCEPTS = ("_inside_class", "is_matrix_class", "is_taichi_class")  # functions of Taichi 1.7 with a bare `except`


@contextmanager
def heard_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C in the block where nothing can swallow it, soon after where something might.

    Does nothing outside the main thread, or where SIGINT has a handler of the caller's or is ignored (nohup).
    """
    own_thread = threading.current_thread() is threading.main_thread()
    if not own_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    outside = _deaf_frames(sys._getframe())  # whoever runs us may be importing: that never ends before we do
    waiting, answered, over = threading.Event(), threading.Event(), False

    def hear(_number: int, frame: FrameType | None) -> None:
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
                _interrupt_again()
                answered.wait()  # not twice: the second would fall into the clearing up

    thread = threading.Thread(target=insist, daemon=True)
    thread.start()
    signal.signal(signal.SIGINT, hear)
    try:
        yield
        if waiting.is_set():
            raise KeyboardInterrupt  # it has waited to the very end
    finally:
        signal.signal(signal.SIGINT, lambda number, frame: answered.set())  # one that is on its way comes too late
        over = True
        waiting.set()
        answered.set()
        thread.join()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _deaf_frames(frame: FrameType | None) -> int:
    """Count the frames, from this one outwards, in which an interrupt would be taken for something else."""
    count = 0
    while frame is not None:
        code = frame.f_code
        count += code.co_filename.startswith((IMPORTING, EVALUATED)) or code.co_name in BARE_EXCEPTS
        frame = frame.f_back
    return count


def _interrupt_again() -> None:
    """Send the main thread the signal anew; it ends a wait for another process as well, where there are signals."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()
