"""What is finer than an arc: its own small vortices, and its rays; numbers for the device, which draws them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Curl(NamedTuple):
    """A lattice of a single arc's own small vortices, in the order of the device's columns
    (`shaders.footprint.winding.Curl`).

    `largest_angle`: rad; `flattening`: across to along; strength is activity x `gain` + `offset`.
    """

    spacing_km: float
    largest_angle: float
    drift_km_s: float
    life_s: float
    flattening: float
    gain: float
    offset: float
    shift_km: float


class Ray(NamedTuple):
    """An octave of an arc's rays, in the order of the device's columns (`shaders.footprint.arc.Ray`); `speed`: of their
    own."""

    wavelength_km: float
    amplitude: float
    speed: float
    life_s: float


CURLS = np.array([
    Curl(6.4, 1.15 * np.pi, 1.5, 15.0, 1.00, 1.15, -0.15, 0.0),  # curls, 2-10 km (Trondsen & Cogger 1998)
    Curl(2.3, 1.30 * np.pi, -1.8, 6.0, 1.00, 1.2, -0.30, 1.1),  # small curls: rays when seen edge-on
])  # fmt: skip

# Rays are 0.5-5 km apart, live 0.3-10 s and drift at 1-10 km/s (the note's section 2); the longest octave and all
# amplitudes: chosen by eye
RAYS = np.array([
    Ray(14.0, 0.5, 0.8, 30.0), Ray(5.5, 0.6, 1.0, 14.0), Ray(2.1, 0.8, 1.3, 7.0), Ray(0.8, 0.7, 1.7, 3.5)
])  # fmt: skip
