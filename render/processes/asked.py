"""A process of our own, from its own side: what it is asked, and how it answers; see `started`.

It reads pickled requests on standard input and answers on what was standard output; whatever libraries print goes to
standard error. It ends when its input does, in the midst of its work too: nobody is left who wants it. A last request,
None, asks it to end by itself, which alone keeps the kernels that it has compiled; nothing is read after that.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from render.core.quiet import own_output


def asked() -> tuple[queue.SimpleQueue[Any], Callable[[Any], None]]:
    """Return the requests as they come, the first of them still to come, and what sends an answer."""
    for number in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C goes to all of a terminal's processes: ours ends us
        signal.signal(number, signal.SIG_IGN)
    answer = answering()
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    return requests, answer


def answering() -> Callable[[Any], None]:
    """Return what sends an answer on what was standard output; that is standard error from now on."""
    answers = own_output()

    def answer(message: Any) -> None:
        pickle.dump(message, answers)
        answers.flush()

    return answer


def _listen(source: BinaryIO, requests: queue.SimpleQueue[Any]) -> None:
    """Take requests in while others are worked at, and end the process where whoever asks is gone.

    Trap: a thread that still reads when Python ends ends it by a fatal error; so it does not after the last request.
    """
    try:
        while True:
            request = pickle.load(source)
            requests.put(request)
            if request is None:
                return
    except (EOFError, pickle.UnpicklingError, OSError):
        os._exit(0)
