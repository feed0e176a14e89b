"""Zodiacal light: sunlight on the dust between the planets, by helio-ecliptic coordinates."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from render.core.geodesy import Array
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky.sunlight import solar_irradiance

# S10(sun) at 500 nm, seen from the Earth (Leinert et al. 1998, A&AS 127, 1, table 16, rounded nodes); rows: ecliptic
# longitude from the Sun's, columns: ecliptic latitude; 0: too near the Sun for the table
LONGITUDE_DEG = np.array([0.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 150.0, 180.0])
LATITUDE_DEG = np.array([0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 45.0, 60.0, 75.0, 90.0])
S10 = np.array(
    [
        (0, 0, 0, 2450, 1260, 770, 500, 215, 117, 78, 60),
        (0, 0, 3700, 1930, 1070, 675, 460, 206, 116, 78, 60),
        (9000, 5300, 2690, 1450, 870, 590, 410, 196, 114, 78, 60),
        (5000, 3500, 1880, 1100, 710, 495, 355, 185, 110, 77, 60),
        (1940, 1460, 955, 660, 480, 365, 285, 162, 102, 74, 60),
        (710, 570, 435, 345, 278, 228, 195, 130, 91, 70, 60),
        (395, 345, 275, 228, 190, 163, 143, 105, 81, 67, 60),
        (202, 196, 176, 151, 130, 115, 103, 81, 67, 62, 60),
        (147, 145, 138, 120, 108, 98, 88, 70, 60, 58, 60),
        (140, 139, 129, 116, 107, 99, 91, 75, 62, 56, 60),
        (180, 166, 152, 139, 127, 116, 105, 82, 65, 56, 60),
    ],
    dtype=np.float64,
)
NEAR_SUN_POWER = 2.3  # brightness falls as elongation to -2.3 from the corona to the table's first nodes (same source)
NEAREST_DEG = 0.3  # degrees: the law is held within the Sun's disc
# ln(S10 x elongation^2.3) of the nodes that the table leaves out, by the law along lines from the Sun
NEAR_NODES = {(0, 0): 15.33, (0, 1): 14.03, (0, 2): 14.03, (1, 0): 15.33, (1, 1): 14.68}
S10_SUN_RADIANCE = 1.28e-11  # W m-2 sr-1 nm-1 at 500 nm of one S10(sun) (Leinert et al. 1998, table 2)
REDDENING = 0.8  # colour over the Sun's: 1 + 0.8 lg(wavelength / 500 nm), mean over elongations (same source, eq. 22)
STEP_DEG = 1.0  # degrees between the nodes of the regular table


def elongation_deg(longitude_deg: ArrayLike, latitude_deg: ArrayLike) -> Array:
    """Return the angle from the Sun, degrees, held above NEAREST_DEG; coordinates in degrees, helio-ecliptic."""
    cosine = np.cos(np.radians(longitude_deg)) * np.cos(np.radians(latitude_deg))
    return np.asarray(np.maximum(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))), NEAREST_DEG))


@cache
def zodiacal_table() -> Array:
    """Return ln(S10 x elongation^2.3) at nodes of 1 degree: [longitude 0 to 180, latitude 0 to 90]; read-only.

    Linear between the published nodes in both coordinates: the product is smooth where brightness itself has a peak.
    """
    longitude, latitude = np.meshgrid(LONGITUDE_DEG, LATITUDE_DEG, indexing="ij")
    known = np.log(np.maximum(S10, 1.0)) + NEAR_SUN_POWER * np.log(elongation_deg(longitude, latitude))
    for node, value in NEAR_NODES.items():
        known[node] = value
    fine_latitude = np.arange(0.0, 90.0 + 0.5 * STEP_DEG, STEP_DEG)
    fine_longitude = np.arange(0.0, 180.0 + 0.5 * STEP_DEG, STEP_DEG)
    across = np.stack([np.interp(fine_latitude, LATITUDE_DEG, row) for row in known])
    table = np.stack([np.interp(fine_longitude, LONGITUDE_DEG, column) for column in across.T], axis=1)
    table.flags.writeable = False
    return table


def zodiacal_spectrum() -> Array:
    """Return the radiance of one S10(sun), W m-2 sr-1 nm-1, [band]: the Sun's spectrum, slightly redder."""
    sun = solar_irradiance() / np.interp(500.0, SKY_WAVELENGTHS_NM, solar_irradiance())
    return S10_SUN_RADIANCE * sun * (1.0 + REDDENING * np.log10(SKY_WAVELENGTHS_NM / 500.0))
