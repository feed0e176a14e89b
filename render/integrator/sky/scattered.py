"""Sunlight and moonlight scattered in the air: its tables, and the march of rays through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from render import device as devices
from render.atmosphere.extinction import TOP_KM, Atmosphere
from render.atmosphere.refraction import OpticalAir, optical_air
from render.atmosphere.sunlight import MEAN_DISC_RAD, SunlightTable, sunlight_table
from render.core.units import EARTH_A_KM, EARTH_B_KM
from render.device import Device
from render.integrator.sky.diffuse import DiffuseTable, degree_table, device_moments, diffuse_table
from render.sky.sunlight import SkySource, limb_darkening
from shaders import twilight

WGS84_KM = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])  # semi-axes
LONGEST_KM, CLIMB_KM = 25.0, 1.0  # step rule: 0.2 % (95 %) of single scattering against steps of 15 / 0.5 km


@dataclass(frozen=True, eq=False)
class ScatteringAir:
    """Hold all tables of an atmosphere that light needs; they do not depend on where the Sun stands."""

    atmosphere: Atmosphere
    optical: OpticalAir
    light: SunlightTable
    diffuse: DiffuseTable


@dataclass(frozen=True, eq=False)
class Scattered:
    """What rays gathered: `once` and `often` [n, band] W m-2 sr-1 nm-1, scattered once and more than once.

    `columns` [n, species] and `bending_rad` [n]: on the whole way.
    """

    once: np.ndarray
    often: np.ndarray
    columns: np.ndarray
    bending_rad: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Return all scattered light, [n, band]."""
        return self.once + self.often


def scattering_air(atmosphere: Atmosphere, device: Device, radius_rad: float = MEAN_DISC_RAD) -> ScatteringAir:
    """Return the tables of an atmosphere (kept between runs) for a source of this angular radius.

    `device`, the started one, makes what is not kept yet.
    """
    del device  # asked for so that one is started
    light = sunlight_table(atmosphere, radius_rad, limb_darkening(atmosphere.wavelengths_nm))
    return ScatteringAir(atmosphere, optical_air(atmosphere), light, diffuse_table(atmosphere, light))


def optics_table(atmosphere: Atmosphere) -> np.ndarray:
    """Return [band, 7]: extinction km-1 per unit density of each species; beta2."""
    return np.column_stack([atmosphere.coefficients().T, atmosphere.air_beta2])


def rays_through(
    origin_km: np.ndarray, direction: np.ndarray, axes_km: np.ndarray, ends_on_ground: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (lowest points [n, 3] km, shapes [n, 4]) as `shaders.twilight.march_rays` wants them.

    `direction` [n, 3] unit; `origin_km` in the picture of straight rays (`OpticalAir.shrink`). Rays start at the origin
    or where they enter the air; they end on the ground where `ends_on_ground`, else where they leave the air. Rays that
    never meet it are empty (from = to).
    """
    qo, qd = origin_km / axes_km, direction / axes_km
    k2 = (qd * qd).sum(-1)
    x_origin = (qo * qd).sum(-1) / k2
    lowest = origin_km - x_origin[..., None] * direction
    excess = ((lowest / axes_km) ** 2).sum(-1) - 1.0
    to, td = lowest / (axes_km + TOP_KM), direction / (axes_km + TOP_KM)
    a, b, c = (td * td).sum(-1), (to * td).sum(-1), (to * to).sum(-1) - 1.0
    half = np.sqrt(np.maximum(b * b - a * c, 0.0))
    start = np.maximum(x_origin, (-b - half) / a)
    ground = -np.sqrt(np.maximum(-excess, 0.0) / k2)
    end = np.where(ends_on_ground, ground, np.where(half > 0.0, (-b + half) / a, start))
    return lowest, np.stack([excess, k2, start, np.maximum(end, start)], axis=-1)


def march(
    air: ScatteringAir, sources: Sequence[SkySource], direction: np.ndarray, lowest: np.ndarray, shape: np.ndarray,
    axes_km: np.ndarray = WGS84_KM, step_km: tuple[float, float] = (LONGEST_KM, CLIMB_KM),
) -> Scattered:  # fmt: skip
    """March rays (see `rays_through`) on the started device; radiance is per unit irradiance if the sources' is 1.

    `step_km`: longest step and climb.
    """
    atmosphere, bands = air.atmosphere, len(air.atmosphere.wavelengths_nm)
    once, often, left, weight = (devices.empty((len(lowest), bands)) for _ in range(4))
    passed = devices.empty((len(lowest), air.optical.density.shape[1] + 1))
    layers = np.column_stack([air.optical.density, air.optical.bending])
    haze = np.stack([atmosphere.albedo, atmosphere.asymmetry], axis=-1)
    twilight.march_rays(
        devices.upload(lowest), devices.upload(direction), devices.upload(shape), 1.0 / axes_km, TOP_KM, *step_km,
        air.light.radius_rad,
        devices.upload(np.stack([s.direction_itrs for s in sources])),
        devices.upload(np.stack([s.irradiance for s in sources])), devices.upload(layers),
        devices.upload(air.light.depth), devices.upload(air.light.reach_rad), devices.upload(optics_table(atmosphere)),
        devices.upload(haze), devices.upload(degree_table(atmosphere)),
        device_moments(air.diffuse.moments), devices.upload(air.diffuse.index),
        once, often, left, weight, passed,
    )  # fmt: skip
    found = passed.to_numpy().astype(np.float64)
    return Scattered(once.to_numpy(), often.to_numpy(), found[:, :-1], found[:, -1])
