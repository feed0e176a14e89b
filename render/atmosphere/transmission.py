"""Columns and transmittance along bent rays: along the limb, and upwards from a place."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.air import Array
from render.atmosphere.extinction import Atmosphere
from render.atmosphere.refraction import impact_altitude, optical_air, ray_columns
from render.core.units import EARTH_MEAN_RADIUS_KM


def transmittance(atmosphere: Atmosphere, columns: Array, wavelengths_nm: ArrayLike) -> Array:
    """Return exp(-optical depth) [..., k] of columns [..., species] at any wavelengths."""
    return np.exp(-(columns @ atmosphere.coefficients_at(wavelengths_nm)))


def limb_columns(atmosphere: Atmosphere, tangent_altitude_km: ArrayLike) -> Array:
    """Return [n, species]: columns from space to space by straight-line tangent altitude, km.

    Below the grazing ray's (1.8 km): that ray's.
    """
    optical = optical_air(atmosphere)
    lowest = np.maximum(impact_altitude(optical, tangent_altitude_km), 0.0)
    return 2.0 * ray_columns(optical, lowest, lowest)[0]


def limb_transmittance(atmosphere: Atmosphere, tangent_altitude_km: ArrayLike, wavelengths_nm: ArrayLike) -> Array:
    """Return [n, k]: transmittance of a path from space to space, by its straight-line tangent altitude, km.

    0 where the path meets the ground, 1 above the top.
    """
    tangent = np.asarray(tangent_altitude_km, dtype=np.float64)
    through = transmittance(atmosphere, limb_columns(atmosphere, tangent), wavelengths_nm)
    meets = impact_altitude(optical_air(atmosphere), tangent) < 0.0
    return np.where(meets[..., None], 0.0, through)


def slant_columns(atmosphere: Atmosphere, cos_zenith: ArrayLike, altitude_km: float = 0.0) -> Array:
    """Return [n, species]: columns from `altitude_km` to space, by the cosine of the zenith angle there, 0 to 1.

    Negative ones count as 0.
    """
    optical = optical_air(atmosphere)
    start = float(optical.optical_altitude(altitude_km))
    sine = np.sqrt(1.0 - np.clip(np.asarray(cos_zenith, dtype=np.float64), 0.0, 1.0) ** 2)
    lowest = (EARTH_MEAN_RADIUS_KM + start) * sine - EARTH_MEAN_RADIUS_KM
    return ray_columns(optical, lowest, start)[0]


def slant_transmittance(
    atmosphere: Atmosphere, cos_zenith: ArrayLike, wavelengths_nm: ArrayLike, altitude_km: float = 0.0
) -> Array:
    """Return [n, k]: transmittance from a point at `altitude_km` to space; see `slant_columns`."""
    return transmittance(atmosphere, slant_columns(atmosphere, cos_zenith, altitude_km), wavelengths_nm)
