"""Silence for libraries that print, in Python or to the process's own descriptors, past Python's streams."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, TextIO

STANDARD_ERROR = 2  # POSIX descriptor numbers


@contextlib.contextmanager
def silent_descriptors(*descriptors: int) -> Iterator[None]:
    """Send what is written to descriptors (by default standard error's), and what is printed, to nowhere in the block.

    They are put back however the block ends; a closed descriptor is left so. Acts on the whole process: what other
    threads write there meanwhile is lost as well.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # no stream, a full disk, a closed stream
            stream.flush()  # what was said before must not wait in a buffer and be lost here
    with contextlib.ExitStack() as put_back:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        put_back.callback(os.close, nowhere)
        for descriptor in descriptors or (STANDARD_ERROR,):
            with contextlib.suppress(OSError):
                kept = os.dup(descriptor)
                put_back.callback(os.close, kept)
                os.dup2(nowhere, descriptor)
                put_back.callback(os.dup2, kept, descriptor)
        put_back.enter_context(contextlib.redirect_stdout(io.StringIO()))
        yield


def own_output() -> BinaryIO:
    """Return what was standard output, and lead that to standard error: what libraries print does not come between."""
    kept = os.dup(1)
    os.dup2(STANDARD_ERROR, 1)
    return os.fdopen(kept, "wb")


def open_streams() -> None:
    """Open what is closed of descriptors 0 to 2, and of Python's streams on them, to nowhere: nobody listens there.

    Trap: without this the next file that is opened gets the number of standard output, and what libraries print.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the process's life
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)  # Taichi takes others than these for a shell's


def silence(stream: TextIO) -> None:
    """Lead a stream to nowhere: what it holds back would fail again at the interpreter's last flush (exit code 120)."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
