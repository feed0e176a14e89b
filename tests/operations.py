"""What is asked of the file system below a folder, counted: opens, listings, renames, removals."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KINDS = {
    "open": "opens",
    "os.listdir": "listings",
    "os.scandir": "listings",
    "os.rename": "names",
    "os.remove": "names",
}
"""Python's audit event -> what it counts as; os.link and what only looks (stat) are not among them."""

_counts: list[tuple[str, Counter[str]]] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _counts or event not in KINDS:
        return
    place = arguments[0]
    if isinstance(place, str | os.PathLike) and os.fspath(place).startswith(_counts[-1][0]):
        _counts[-1][1][KINDS[event]] += 1


sys.addaudithook(_hear)  # for good: Python takes none away


@contextmanager
def counted(folder: Path) -> Iterator[Counter[str]]:
    """Count what the block asks for in a folder, and below it, by any thread."""
    _counts.append((str(folder), Counter()))
    try:
        yield _counts[-1][1]
    finally:
        _counts.pop()
