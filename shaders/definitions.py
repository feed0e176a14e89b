"""Quantity names for signatures of device functions. All are the device's real number (`default_fp`).

Taichi reads annotations: `from __future__ import annotations` must stay out of this folder.
"""

import taichi as ti
from taichi.lang.impl import default_cfg

Real = default_cfg().default_fp
"""The device's real number, for members of records and vectors: it follows every start of Taichi. `float` would be
taken for single precision when the record is defined, before any start."""

Number = float  # dimensionless
Length = float  # km
Altitude = float  # km above WGS84, geodetic
InverseLength = float  # km-1
Seconds = float  # s
EnergyFlux = float  # mW m-2
ElectronEnergy = float  # keV, characteristic energy
Rayleighs = float  # 1e6 photons cm-2 s-1 (4 pi)
Array = ti.types.ndarray  # staged by `render.integrator`
