"""Silence for libraries that print, in Python or to the process's own descriptors, past Python's streams."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

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
