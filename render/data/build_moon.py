"""Rebuild the Moon's map from a picture of it.

    python -m render.data.build_moon moon.jpg [--into FOLDER]

The picture: grey, equirectangular, longitude 0 in the middle, north up, a multiple of 512 x 256. Never imported at run
time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from render.data.build import HERE, save

ROWS, COLUMNS = 256, 512
ABOUT = (
    "Relative albedo of the Moon near 750 nm: Clementine mosaic, USGS Astrogeology, public domain, through the texture "
    "moon.png of Stellarium (Debian stellarium-data), 2026-11. Axes (latitude from -90 upward, longitude from -180 "
    "eastward), cell centres; 255 = 1. The picture's values are taken as linear in albedo: maria stand at 0.49 of "
    "highlands, as they do in the sky. Poleward of 60 degrees the mosaic is blurred."
)


def moon_albedo(picture: np.ndarray) -> np.ndarray:
    """Return the map, uint8 [256, 512], of a picture [row from the north, column]: means of its pixels."""
    step = picture.shape[0] // ROWS
    cells = picture[: step * ROWS, : step * COLUMNS].reshape(ROWS, step, COLUMNS, step).mean(axis=(1, 3))
    return np.round(cells[::-1]).astype(np.uint8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rebuild the map of the Moon.")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--into", type=Path, default=HERE)
    arguments = parser.parse_args()
    grey = np.asarray(Image.open(arguments.picture).convert("L"), dtype=float)
    save(arguments.into / "moon_albedo.npz", about=ABOUT, albedo=moon_albedo(grey))
