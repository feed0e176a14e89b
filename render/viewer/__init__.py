"""A window on a scene: what a page shows of it, and the process that renders for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from render.processes.started import Started

PACKAGES = ("starlette", "uvicorn", "websockets", "tomlkit")  # of the extra `view`
PROGRAM = "from render.viewer.child import main; main()"
"""Of the process that renders."""


@contextmanager
def started_ahead() -> Iterator[Started]:
    """Start the process that renders before anything else is read: it imports Taichi meanwhile. End it at last."""
    process = Started(PROGRAM)
    try:
        yield process
    finally:
        process.end()
