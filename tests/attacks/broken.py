"""Readers that are broken on purpose, each in its own way: the runner must find every one."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from render.core.errors import InputError
from tests.attacks.mutators import TEXT
from tests.attacks.readers import Reader


def _raises(path: Path) -> None:
    path.read_bytes().decode()[10**6]


def _hangs(path: Path) -> None:
    while path:
        pass


def _hungry(path: Path) -> None:
    np.ones(2**28)


def _crashes(path: Path) -> None:
    ctypes.string_at(0)


def _refuses(words: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        raise InputError(words.format(file=path.name, content=path.read_text()))

    return read


def _infinite(path: Path) -> None:
    assert np.isfinite(np.inf), "taken, and not finite"


def _seeds() -> dict[str, bytes]:
    return {"table.csv": b"one,two\n" + b"1,2\n" * 50}


BROKEN = {
    f"broken:{kind}": Reader(_seeds, TEXT, read, ())
    for kind, read in {
        "raises": _raises, "hangs": _hangs, "hungry": _hungry, "crashes": _crashes, "infinite": _infinite,
        "prints": lambda path: print("a word"), "warns": lambda path: warnings.warn("a word", stacklevel=1),
        "leaves": lambda path: exec("raise SystemExit(3)"),
        "two_lines": _refuses("{file}: one\ntwo"), "nameless": _refuses("cannot be read"),
        "quotes": _refuses("{file}: {content!r}"), "endless": _refuses("{file}" + "x" * 2000),
        "unprintable": _refuses("{file}: \x1b[31m"), "traceback": _refuses("{file}: Traceback (most recent call last)"),
    }.items()
}  # fmt: skip


def _sound(path: Path) -> None:
    if path.read_bytes() != _seeds()[path.name]:
        raise InputError(f"{path}: line 2: 5 is out of range; allowed: 0 to 4")


SOUND = {"broken:not": Reader(_seeds, TEXT, _sound, ())}
BROKEN |= SOUND
