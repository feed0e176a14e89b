"""Light of the O2 atmospheric 0-0 band, 762 nm, on its way through O2, whose own lines absorb it.

Emission and absorption lines coincide, so that the band's light goes out long before a continuum at 762 nm would. Line
by line a Doppler profile exp(-x^2) passes an absorber of the same width, of optical depth t exp(-x^2):
    T(t) = pi^-1/2 integral exp(-x^2 - t exp(-x^2)) dx = sum of (-t)^n / (n! sqrt(n + 1)),
which is 1 - t / sqrt(2) where t << 1, and close to 1 / (t sqrt(pi ln t)) where t >> 1.
All lines are given one mean strength, temperatures are taken as equal, and pressure, which widens the absorber below
20 km where no light comes through, as none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.air import Array
from render.atmosphere.extinction import SPECIES, Atmosphere
from render.atmosphere.transmission import limb_columns, slant_columns

OXYGEN_SHARE = 0.2095  # of the molecules of air; US Standard Atmosphere 1976
PEAK_CROSS_SECTION_CM2 = 2e-22  # cm2, at a line's centre near 190 K, mean over lines; from memory, uncertain factor 2
CM2_PER_COLUMN_UNIT = 1e24  # cm-2 in a column of 1e25 m-3 x 1 km
_X = np.linspace(0.0, 6.0, 241)  # Doppler widths from the centre: half a line, both halves are alike
_EMITTED = np.exp(-(_X**2)) * np.where(_X == 0.0, 0.5, 1.0)  # trapezoids, exact to 1e-12 here


def band_transmittance(oxygen_cm2: ArrayLike) -> Array:
    """Return the transmittance of a column of O2 to the band's light, cm-2; shape as given."""
    depth = PEAK_CROSS_SECTION_CM2 * np.asarray(oxygen_cm2, dtype=np.float64)
    return np.exp(-depth[..., None] * np.exp(-(_X**2))) @ (_EMITTED / _EMITTED.sum())


def limb_band_transmittance(atmosphere: Atmosphere, tangent_altitude_km: ArrayLike) -> Array:
    """Return [n]: the transmittance of a path from space to space, by its straight-line tangent altitude, km."""
    return band_transmittance(_oxygen_cm2(limb_columns(atmosphere, tangent_altitude_km)))


def slant_band_transmittance(atmosphere: Atmosphere, cos_zenith: ArrayLike, altitude_km: float = 0.0) -> Array:
    """Return [n]: the transmittance between space and a point at `altitude_km`, zenith cosines there 0 to 1."""
    return band_transmittance(_oxygen_cm2(slant_columns(atmosphere, cos_zenith, altitude_km)))


def columns_band_transmittance(columns: Array) -> Array:
    """Return [n]: the band's light left behind columns [n, species] of `Atmosphere.densities` x km."""
    return band_transmittance(_oxygen_cm2(columns))


def _oxygen_cm2(columns: Array) -> Array:
    """Return the O2 column, cm-2 [n], of columns [n, species]."""
    return OXYGEN_SHARE * CM2_PER_COLUMN_UNIT * columns[..., SPECIES.index("air")]
