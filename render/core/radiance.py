"""The two results of a render, with their units; everything downstream (camera, files) reads only these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SKY_WAVELENGTHS_NM = np.arange(380.0, 781.0, 20.0)
"""Wavelengths, nm, at which continuum light is carried (21).

Halfway between two of them radiance is the geometric mean, from there to either linear.
"""


@dataclass(frozen=True)
class LineRadiance:
    """Brightness of emission lines at the camera.

    `rayleighs`: float32, axes (line, row, column), as seen through the air in front; 1 R = 1e10/4pi photons m-2 s-1
    sr-1. `keys`: the catalogue keys (`render.core.lines`), one per plane. Trap: a rayleigh counts photons, not energy.
    """

    keys: tuple[str, ...]
    rayleighs: np.ndarray


@dataclass(frozen=True)
class SkyRadiance:
    """Continuum light at the camera: dawn, ground, cities, stars, station.

    `radiance`: float32 W m-2 sr-1 nm-1, axes (band, row, column), at `wavelengths_nm`.
    """

    wavelengths_nm: np.ndarray
    radiance: np.ndarray
