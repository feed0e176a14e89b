"""Shares of a film of black frames, for tests of how they are handed out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from render.films.claims import Claims
from render.films.failures import Failures
from render.films.folder import STAMP_KEY
from render.films.plan import FilmPlan, Made
from render.films.share import Share
from render.formats.png import write_png
from render.imaging.colour import Image

QUIET = (lambda index: None, lambda index, made: None)
BLACK = Image(np.zeros((2, 4, 3), np.float32))


def write(plan: FilmPlan, index: int) -> Made:
    write_png(plan.path(index), BLACK, 8, {STAMP_KEY: plan.stamp(index)}, durable=False)
    return Made("none", 0.0)


def share_of(plan: FilmPlan, *, retries: int = 2, wait: bool = True, lease_s: float = 40.0) -> Share:
    return Share(plan, Claims(plan.folder, lease_s), Failures(plan, retries), plan.wanted, wait)


def rest(folder: Path) -> list[str]:
    """Return what is not a frame in a folder."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]
