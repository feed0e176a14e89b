"""The table of columns from any point of the atmosphere to the Sun, and to space.

Computation: `sunward_columns`. Precomputation: `column_table`, on altitudes 120 (i/120)^2 km and on
u = sqrt(1 - chi/chi_h) with chi the zenith angle and chi_h that of the horizon seen from the altitude. Lookup:
`shaders.transmittance`, whose `column_coordinates` inverts `table_nodes` (tested as a pair).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from render.atmosphere.air import Array
from render.atmosphere.extinction import TOP_KM, Atmosphere, outward_columns
from render.units import EARTH_MEAN_RADIUS_KM

ALTITUDES = 121
ANGLES = 256
PROFILE_STEP_KM = 0.5  # of the device's density table; every node of the reference profile is one of its nodes


def table_nodes(radius_km: float = EARTH_MEAN_RADIUS_KM) -> tuple[Array, Array]:
    """Return (altitude_km [i], zenith angle rad [i, j]); j = 0 looks at the horizon, the last j at the zenith."""
    altitude = TOP_KM * np.linspace(0.0, 1.0, ALTITUDES) ** 2
    dip = np.arctan(np.sqrt(altitude * (altitude + 2.0 * radius_km)) / radius_km)
    u = np.linspace(0.0, 1.0, ANGLES)
    return altitude, (np.pi / 2.0 + dip)[:, None] * (1.0 - u**2)


def sunward_columns(atmosphere: Atmosphere, altitude_km: Array, zenith_rad: Array, radius_km: float) -> Array:
    """Return [..., 3] density x km from altitude to space at a zenith angle up to the horizon's."""
    perigee = (radius_km + altitude_km) * np.sin(zenith_rad) - radius_km
    columns = outward_columns(atmosphere, np.minimum(perigee, altitude_km), altitude_km, radius_km)
    down = (zenith_rad > np.pi / 2.0) & (perigee < altitude_km)
    low = np.maximum(perigee[down], 0.0)
    both = outward_columns(atmosphere, low, low, radius_km)
    columns[down] = 2.0 * both - columns[down]
    return columns


@lru_cache(maxsize=4)
def column_table(atmosphere: Atmosphere, radius_km: float = EARTH_MEAN_RADIUS_KM) -> Array:
    """Return [altitude, angle, 3]: columns at `table_nodes`, in units of `Atmosphere.densities` x km."""
    altitude, zenith = table_nodes(radius_km)
    rows = [
        sunward_columns(atmosphere, np.full(ANGLES, h), chi, radius_km) for h, chi in zip(altitude, zenith, strict=True)
    ]
    return np.stack(rows)


def density_table(atmosphere: Atmosphere) -> Array:
    """Return [altitude, 3] densities at 0, 0.5 ... 120 km."""
    return atmosphere.densities(np.arange(0.0, TOP_KM + PROFILE_STEP_KM / 2.0, PROFILE_STEP_KM))
