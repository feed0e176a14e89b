"""Memory that server and renderer share: the newest request's number, and the light of the last finished pass."""

from __future__ import annotations

import json
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker, shared_memory
from typing import Any

import numpy as np

from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM

PLANES = len(LINE_KEYS) + len(SKY_WAVELENGTHS_NM)
HEAD_BYTES = 4096  # before the planes: a counter that is odd while they are written, and what they are, as JSON
COUNTER = struct.Struct("<Q")
LEAVE = 2**64 - 1
TRIES = 50  # at a pass that is being written meanwhile


def _attached(name: str) -> shared_memory.SharedMemory:
    """Return memory that another process has made, which alone removes it.

    Trap: before Python 3.13 the first process that ends takes the memory of all with it, unless it is told not to.
    """
    if sys.version_info >= (3, 13):
        return shared_memory.SharedMemory(name, track=False)
    found = shared_memory.SharedMemory(name)
    with suppress(Exception):
        resource_tracker.unregister(found._name, "shared_memory")  # type: ignore[attr-defined]
    return found


class _Shared:
    """Memory by name; `size` bytes where it is to be made, by whoever removes it."""

    def __init__(self, name: str = "", size: int = 0) -> None:
        self._is_ours = not name
        self._memory = _attached(name) if name else shared_memory.SharedMemory(create=True, size=size)

    @property
    def name(self) -> str:
        """Return the name by which another process finds it."""
        return self._memory.name

    @property
    def _bytes(self) -> memoryview:
        assert self._memory.buf is not None  # it is not closed
        return self._memory.buf

    def close(self) -> None:
        """Let go of it; whoever made it removes it."""
        with suppress(BufferError, OSError):
            self._memory.close()
        if self._is_ours:
            with suppress(OSError):
                self._memory.unlink()


class Newest(_Shared):
    """The number of the newest request, which the renderer looks at; LEAVE: it is to drop everything and end."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name, COUNTER.size)
        if not name:
            self.number = 0

    @property
    def number(self) -> int:
        """Return the newest request's number."""
        return int(COUNTER.unpack_from(self._bytes)[0])

    @number.setter
    def number(self, number: int) -> None:
        COUNTER.pack_into(self._bytes, 0, number)


@dataclass(frozen=True, eq=False)
class Found:
    """One pixel of a pass: what the pass is, `rayleighs` [line], `radiance` [band] W m-2 sr-1 nm-1."""

    told: dict[str, Any]
    rayleighs: np.ndarray
    radiance: np.ndarray


class LastPass(_Shared):
    """Lines and bands of the last finished pass, float32: written by the renderer, read by the server without waiting.

    `size` (columns, rows): the largest that it takes.
    """

    def __init__(self, name: str = "", size: tuple[int, int] = (0, 0)) -> None:
        super().__init__(name, HEAD_BYTES + 4 * PLANES * size[0] * size[1])

    def write(self, lines: np.ndarray, sky: np.ndarray, told: dict[str, Any]) -> None:
        """Lay the planes [line or band, row, column] of a pass down; `told`: what it is."""
        rows, columns = lines.shape[1:]
        count = self._counter | 1
        COUNTER.pack_into(self._bytes, 0, count)
        text = json.dumps({**told, "pass_size": [columns, rows]}).encode()
        struct.pack_into(f"<I{len(text)}s", self._bytes, COUNTER.size, len(text), text)
        planes = self._planes(columns, rows)
        planes[..., : len(lines)] = np.moveaxis(lines, 0, -1)
        planes[..., len(lines) :] = np.moveaxis(sky, 0, -1)
        COUNTER.pack_into(self._bytes, 0, count + 1)

    def at(self, x: float, y: float) -> Found | None:
        """Return the pixel at shares of width and height from the top left; None before a pass is finished."""
        for _ in range(TRIES):
            before = self._counter
            if before == 0:
                return None
            if before % 2:
                continue
            try:
                told, pixel = self._read(x, y)
            except (ValueError, IndexError):  # torn: it is being written
                continue
            if self._counter == before:
                return Found(told, pixel[: len(LINE_KEYS)], pixel[len(LINE_KEYS) :])
        return None

    def _read(self, x: float, y: float) -> tuple[dict[str, Any], np.ndarray]:
        (length,) = struct.unpack_from("<I", self._bytes, COUNTER.size)
        start = COUNTER.size + 4
        told = json.loads(bytes(self._bytes[start : start + length]))
        columns, rows = told["pass_size"]
        column, row = min(int(x * columns), columns - 1), min(int(y * rows), rows - 1)
        return {**told, "pixel": [column + 1, row + 1]}, self._planes(columns, rows)[row, column].copy()

    @property
    def _counter(self) -> int:
        return int(COUNTER.unpack_from(self._bytes)[0])

    def _planes(self, columns: int, rows: int) -> np.ndarray:
        return np.ndarray((rows, columns, PLANES), np.float32, self._bytes, HEAD_BYTES)
