"""How fast each stage of a frame is, and the experiments behind its constants: `python -m benchmarks`."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")  # standard output is JSON alone

REPEATS = 3


def seconds_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the shortest wall time, s, of a few runs; the device has finished when the clock is read."""
    return min(wall for wall, _ in runs_of(work, repeats))


def runs_of(work: Callable[[], object], repeats: int = REPEATS) -> list[tuple[float, float]]:
    """Return (wall seconds, CPU seconds) of each of a few runs; the device has finished when the clocks are read.

    CPU seconds are those of all threads of this process: on a busy machine they tell more than the wall's. They count
    nothing of what a GPU does.
    """
    from render.device import synchronise  # noqa: PLC0415 - this package is also imported where NumPy is not there yet

    runs = []
    for _ in range(repeats):
        synchronise()
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        synchronise()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    return runs


def medians(runs: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the median of the wall seconds and that of the CPU seconds."""
    walls, cpus = zip(*runs, strict=True)
    return statistics.median(walls), statistics.median(cpus)


def size_of(text: str) -> tuple[int, int]:
    """Return (columns, rows) of text such as 960x540. Raises ValueError for anything else, and for sizes of nothing."""
    columns, _, rows = text.lower().partition("x")
    size = int(columns), int(rows)
    if min(size) < 1:
        raise ValueError(f"a size has at least 1x1 pixels, not {text}")
    return size


def sizes_of(text: str) -> list[tuple[int, int]]:
    """Return sizes of text such as 480x270,960x540. Raises ValueError as `size_of`."""
    return [size_of(part) for part in text.split(",")]


def commit() -> str | None:
    """Return the commit of this folder, with + where files differ from it; None where git does not know it."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
