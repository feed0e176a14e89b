"""Parts of a long measurement, each kept as a small file once it is made, so that an interrupted one goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from render.core.epoch import Epoch
from render.formats.arrays import write_npz
from render.frame.moment import position_at
from render.scene import Scene

MOVED_KM = 1e-3  # km: an observer that moves by more moves


def stamp_of(scene: Scene, epoch: Epoch, what: str) -> str:
    """Return what tells a part from others: of another scene, instant, place, or made otherwise (`what`)."""
    text = f"{scene.scene_hash} {epoch.isoformat()} {what} {position_at(scene, epoch).round(6).tolist()}"
    return hashlib.sha256(text.encode()).hexdigest()


def part_path(folder: Path, name: str, index: int, stamp: str) -> Path:
    """Return where a part is kept; parts of other measurements may lie beside it."""
    return folder / f"{name}_{index:05d}_{stamp[:12]}.npz"


def read_part(path: Path, stamp: str, names: tuple[str, ...]) -> dict[str, np.ndarray] | None:
    """Return the arrays of a kept part; None where there is none that is whole, of this stamp, and has them all."""
    with suppress(Exception), np.load(path, allow_pickle=False) as held:  # zip and NumPy raise a dozen kinds
        if str(held["stamp"]) == stamp:
            return {name: np.asarray(held[name]) for name in names}
    return None


def write_part(path: Path, stamp: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Keep a part, single precision, and return it as kept. Raises OutputError where the file cannot be written."""
    kept = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    write_npz(path, {**kept, "stamp": np.array(stamp)})
    return kept


def moves(scene: Scene, first: Epoch, last: Epoch) -> bool:
    """Return whether a scene's observer is elsewhere over the ground at the last of some instants."""
    return bool(np.linalg.norm(position_at(scene, last) - position_at(scene, first)) > MOVED_KM)
