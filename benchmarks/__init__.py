"""How fast each stage of a frame is, and the experiments behind its constants: `python -m benchmarks`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from render.device import synchronise

os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")  # standard output is JSON alone

REPEATS = 3


def seconds_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the shortest wall time, s, of a few runs; the device has finished when the clock is read."""
    shortest = float("inf")
    for _ in range(repeats):
        synchronise()
        started = time.perf_counter()
        work()
        synchronise()
        shortest = min(shortest, time.perf_counter() - started)
    return shortest
