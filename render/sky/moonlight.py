"""The Moon as a source: spectral irradiance from phase and distance, and its disc by Lommel and Seeliger's law."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky.sunlight import AU_KM, Array, SkySource, solar_irradiance

MOON_RADIUS_KM = 1737.4  # km, IAU mean radius
MOON_MEAN_DISTANCE_KM = 384400.0  # km, to which the magnitudes below refer
FULL_MOON_MAGNITUDE = (
    -12.73
)  # V at mean distance (Allen 1976, Astrophysical Quantities; Krisciunas & Schaefer 1991, eq. 9)
SUN_MAGNITUDE = -26.74  # V at 1 au
PHASE_LINEAR = 0.026  # mag per degree of phase angle (same source)
PHASE_QUARTIC = 4.0e-9  # mag per degree^4 (same source)
REDDENING_PER_NM = (
    1.0e-3  # moonlight over sunlight, relative, per nm from 550 (Lane & Irvine 1973, rounded; uncertain 30 %)
)
DISC_CELLS = 400  # along the diameter, for the disc's mean


def moon_irradiance(phase_angle_rad: float, distance_km: float, sun_distance_km: float = AU_KM) -> Array:
    """Return [band] W m-2 nm-1 from the Moon; phase angle 0 is full (the surge within 7 degrees of it is left out)."""
    degrees = abs(np.degrees(phase_angle_rad))
    magnitude = FULL_MOON_MAGNITUDE + PHASE_LINEAR * degrees + PHASE_QUARTIC * degrees**4
    share = 10.0 ** (-0.4 * (magnitude - SUN_MAGNITUDE))
    colour = 1.0 + REDDENING_PER_NM * (SKY_WAVELENGTHS_NM - 550.0)
    distances = (MOON_MEAN_DISTANCE_KM / distance_km) ** 2 * (AU_KM / sun_distance_km) ** 2
    return solar_irradiance() * share * colour * distances


def disc_mean(phase_angle_rad: float) -> float:
    """Return the mean over the whole disc of mu0 / (mu0 + mu), with mu0 and mu the cosines to Sun and observer.

    1/2 at full Moon. Lommel and Seeliger: dark surfaces that scatter once.
    """
    x = (np.arange(DISC_CELLS) + 0.5) / DISC_CELLS * 2.0 - 1.0
    across, up = np.meshgrid(x, x)
    mu = np.sqrt(np.maximum(1.0 - across**2 - up**2, 0.0))
    mu0 = np.maximum(across * np.sin(phase_angle_rad) + mu * np.cos(phase_angle_rad), 0.0)
    on_disc = across**2 + up**2 < 1.0
    return float((mu0 / np.maximum(mu0 + mu, 1e-12))[on_disc].mean())


def moon_source(
    direction_itrs: ArrayLike, distance_km: float, sun_direction_itrs: ArrayLike, sun_distance_km: float = AU_KM
) -> SkySource:
    """Return the Moon in a direction (ITRS, any length) at a distance, lit by the Sun in another.

    The phase angle takes the Sun's rays as parallel: 0.15 degree off at most. The radiance of a point of the disc is
    `disc_radiance` x mu0 / (mu0 + mu), so that the disc's integral is the irradiance; earthshine is left out.
    """
    direction = np.asarray(direction_itrs, dtype=np.float64)
    direction = direction / np.linalg.norm(direction)
    sun = np.asarray(sun_direction_itrs, dtype=np.float64)
    phase = float(np.arctan2(np.linalg.norm(np.cross(direction, sun)), -direction @ sun))
    irradiance = moon_irradiance(phase, distance_km, sun_distance_km)
    sine = MOON_RADIUS_KM / distance_km
    scale = irradiance / (np.pi * sine**2) / max(disc_mean(phase), 1e-6)
    return SkySource(direction, irradiance, float(np.arcsin(sine)), scale)
