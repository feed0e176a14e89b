"""Sunlight and moonlight on level places at any altitude: direct, and from the sky, in twilight too.

Skylight is gathered by marching rays over the half space above the place, as pixels are marched. The source stands
still and places lie around the globe, so that all its zenith angles are one march. Directions gather at the horizon,
where twilight comes from. At sea level this is `DiffuseTable.skylight`, which is summed over the same half space order
by order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.atmosphere.sunlight import ground_irradiance
from render.core.geodesy import geodetic_from_itrs, itrs_from_local
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.integrator.sky.scattered import ScatteringAir, march, rays_through
from render.sky.sunlight import SkySource, limb_darkening

ELEVATIONS, AZIMUTHS = 12, 8  # nodes: from the level to the zenith, and round half the horizon: 0.5 % against 24 x 16
HORIZON_POWER = 2.5  # the sine of the elevation is this power of even nodes
FLOOR = 1.0e-12  # of the source's irradiance: far below starlight for the Sun, as `pixels.GROUND_FLOOR`
DARK_RAD = np.radians(0.05)  # steps of the direct light's table, fine enough for the disc's edge at the horizon


@dataclass(frozen=True, eq=False)
class LevelLight:
    """Irradiance of level places at one altitude, per unit of the source's above the air, by its true zenith angle.

    `direct` and `skylight` [node, band] at `direct_rad` and `skylight_rad` [node].
    """

    direct_rad: np.ndarray
    direct: np.ndarray
    skylight_rad: np.ndarray
    skylight: np.ndarray

    def at(self, zenith_rad: np.ndarray) -> np.ndarray:
        """Return direct light and skylight together, [n, band]; skylight is interpolated in its logarithm."""
        sky = np.log(np.maximum(self.skylight, FLOOR)).T
        found = [np.exp(np.interp(zenith_rad, self.skylight_rad, band)) for band in sky]
        direct = [np.interp(zenith_rad, self.direct_rad, band) for band in self.direct.T]
        return np.stack([s + d for s, d in zip(found, direct, strict=True)], axis=-1)


def level_light(air: ScatteringAir, altitude_km: float) -> LevelLight:
    """Return the light on level places at an altitude, km, in the air; kept. Zenith angles from 0 to 120 degrees.

    The device must have been started: 6000 rays are marched.
    """
    return _level_light(air, float(altitude_km))


@lru_cache(maxsize=16)
def _level_light(air: ScatteringAir, altitude_km: float) -> LevelLight:
    zenith = air.diffuse.zenith_rad
    direct_rad = np.arange(0.0, zenith[-1] + DARK_RAD, DARK_RAD)
    darkening = limb_darkening(air.atmosphere.wavelengths_nm)
    direct = ground_irradiance(air.atmosphere, direct_rad, air.light.radius_rad, darkening, altitude_km)
    return LevelLight(direct_rad, direct, zenith, skylight(air, altitude_km, zenith))


def skylight(
    air: ScatteringAir, altitude_km: float, zenith_rad: np.ndarray, elevations: int = ELEVATIONS,
    azimuths: int = AZIMUTHS,
) -> np.ndarray:  # fmt: skip
    """Return [n, band]: irradiance of level places by the sky alone, per unit of the source's."""
    place, share = np.polynomial.legendre.leggauss(elevations)
    t = 0.5 * (place + 1.0)
    sine = t**HORIZON_POWER
    weight = 0.5 * share * HORIZON_POWER * t ** (HORIZON_POWER - 1.0) * sine * 2.0 * np.pi / azimuths
    azimuth = (np.arange(azimuths) + 0.5) * np.pi / azimuths
    cosine = np.sqrt(1.0 - sine**2)[:, None]
    local = np.stack(np.broadcast_arrays(cosine * np.cos(azimuth), cosine * np.sin(azimuth), sine[:, None]), axis=-1)
    c, s, zero = np.cos(zenith_rad), np.sin(zenith_rad), np.zeros_like(zenith_rad)
    up = np.stack([s, zero, c], axis=-1)  # the source stands over +z
    towards = np.stack([-c, zero, s], axis=-1)
    frame = np.stack([towards, np.broadcast_to([0.0, 1.0, 0.0], up.shape), up], axis=-1)
    direction = np.einsum("nik,eak->neai", frame, local).reshape(-1, 3)
    radius = EARTH_MEAN_RADIUS_KM + max(float(air.optical.optical_altitude(altitude_km)), 0.0)
    origin = np.repeat(radius * up, elevations * azimuths, axis=0)
    axes = np.full(3, EARTH_MEAN_RADIUS_KM)
    unit = np.ones(len(air.atmosphere.wavelengths_nm))
    sun = SkySource(np.array([0.0, 0.0, 1.0]), unit, air.light.radius_rad, unit)
    rays = rays_through(origin, direction, axes, np.zeros(len(direction), bool))
    light = march(air, [sun], direction, *rays, axes).total.reshape(len(zenith_rad), elevations, azimuths, -1)
    return np.asarray(np.einsum("neab,e->nb", light, weight))


def level_irradiance(air: ScatteringAir, sources: Sequence[SkySource], position_km: np.ndarray) -> np.ndarray:
    """Return W m-2 nm-1 [place, band] on level places at ITRS positions [place, 3], km, of one altitude.

    `sources`: Sun and Moon as they stand there, irradiances W m-2 nm-1. The ground between has the atmosphere's albedo.
    """
    latitude, longitude, altitude = geodetic_from_itrs(np.asarray(position_km, float).reshape(-1, 3))
    light, up = level_light(air, round(float(altitude.mean()), 3)), itrs_from_local(latitude, longitude)[..., 2]
    total = np.zeros((len(up), len(air.atmosphere.wavelengths_nm)))
    for source in sources:
        sine = np.linalg.norm(np.cross(up, source.direction_itrs), axis=-1)
        total += source.irradiance * light.at(np.arctan2(sine, up @ source.direction_itrs))
    return total
