"""The ways of Dask: a client that is silent, calls of one very worker, reasons in a line."""

from __future__ import annotations

import importlib
import logging
import pickle
import threading
import warnings
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from render.films.failures import GoneError

CONNECT_S = 5.0  # s in which a scheduler must be reached
LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")
"""Of Dask, that have handlers of their own, and what it stands on."""


@dataclass(frozen=True)
class Call:
    """A call that is made where it is unpickled: the scheduler, which need not have polarlight, reads only bytes."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.arguments


def connected(address: str) -> Any:
    """Return a client of a scheduler. Raises what Dask does, and TimeoutError where what is there says nothing."""
    distributed = importlib.import_module("distributed")
    scheme = address.rpartition("://")[0] or "tcp"
    importlib.import_module("distributed.comm.registry").get_backend(scheme)  # where a client would not fail cleanly
    found: list[Any] = []

    def connect() -> None:
        try:
            found.append(distributed.Client(address, timeout=CONNECT_S, set_as_default=False))
        except Exception as error:
            found.append(error)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions: all that is carried is bytes
        thread = threading.Thread(target=connect, daemon=True)  # a client waits for ever for a word of a mute server
        thread.start()
        thread.join(2.0 * CONNECT_S)
    if not found:
        raise TimeoutError(f"no word within {2.0 * CONNECT_S:.0f} s")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def asked(client: Any, address: str, function: Callable[..., bytes], *arguments: Any) -> Any:
    """Ask one worker for a call, and return its future. Raises GoneError where the client cannot."""
    try:
        call = pickle.dumps(Call(function, arguments))
        return client.submit(pickle.loads, call, workers=[address], allow_other_workers=False, pure=False)
    except Exception as error:
        raise GoneError(reason(error)) from None


def was_for_memory(client: Any, address: str) -> bool:
    """Say whether a nanny has told that it ends a worker for its memory."""
    with suppress(Exception):
        events = client.get_events("worker-restart-memory")
        return any(event.get("worker") == address for _, event in events)
    return False


def reason(error: BaseException) -> str:
    """Return in a line what lies behind an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(f"{type(error).__name__}: {error}".split())


def quietly(call: Callable[[], object]) -> None:
    """Call what may fail without harm, as partings do."""
    with suppress(Exception, CancelledError):
        call()


@contextmanager
def quiet() -> Iterator[None]:
    """Let Dask not log to standard error in the block: what happens is told in lines of ours."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    importlib.import_module("distributed")  # which sets its handlers
    before = [logger.handlers[:] for logger in loggers]
    for logger in loggers:
        logger.handlers[:] = [logging.NullHandler()]
    try:
        yield
    finally:
        for logger, handlers in zip(loggers, before, strict=True):
            logger.handlers[:] = handlers
