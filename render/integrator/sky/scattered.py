"""Sunlight and moonlight scattered in the air: its tables, and the march of rays through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere.extinction import TOP_KM, Atmosphere
from render.atmosphere.refraction import OpticalAir, dispersion, optical_air
from render.atmosphere.sunlight import MEAN_DISC_RAD, SunlightTable, sunlight_table
from render.core.units import EARTH_A_KM, EARTH_B_KM
from render.integrator.bands import in_bands, whole_passes
from render.integrator.kept import kept_on_device
from render.integrator.sky.diffuse import DiffuseTable, degree_table, device_field, device_sunlight, diffuse_table
from render.sky.sunlight import SkySource, limb_darkening
from shaders.sky import twilight
from shaders.sky.transmittance import BENDING, SPECIES, Optics
from shaders.sky.twilight import Aerosol, Shape

WGS84_KM = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])  # semi-axes
RAYS_AT_ONCE = 4096  # a call takes 0.4 s on two CPU cores
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
    """What rays gathered: `single` and `multiple` [n, band] W m-2 sr-1 nm-1, scattered once and more than once.

    `columns` [n, species] and `bending_rad` [n]: on the whole way.
    """

    single: np.ndarray
    multiple: np.ndarray
    columns: np.ndarray
    bending_rad: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Return all scattered light, [n, band]."""
        return self.single + self.multiple


def scattering_air(atmosphere: Atmosphere, radius_rad: float = MEAN_DISC_RAD) -> ScatteringAir:
    """Return the tables of an atmosphere (kept between runs) for a source of this angular radius.

    Of one atmosphere always the same object, so that what is made of it is made once.

    The device makes what is not kept yet, and must have been started.
    """
    return _scattering_air(atmosphere, radius_rad)


@kept_on_device(maxsize=4)
def _scattering_air(atmosphere: Atmosphere, radius_rad: float) -> ScatteringAir:
    light = sunlight_table(atmosphere, radius_rad, limb_darkening(atmosphere.wavelengths_nm))
    return ScatteringAir(atmosphere, optical_air(atmosphere), light, diffuse_table(atmosphere, light))


def optics_table(atmosphere: Atmosphere) -> np.ndarray:
    """Return [band, 8] as `shaders.sky.transmittance.Optics` names them, bending relative to that of 550 nm."""
    table = np.empty((len(atmosphere.wavelengths_nm), Optics.RELATIVE_BENDING + 1))
    table[:, :SPECIES] = atmosphere.coefficients().T
    table[:, Optics.BETA2] = atmosphere.air_beta2
    table[:, Optics.RELATIVE_BENDING] = dispersion(atmosphere.wavelengths_nm)
    return table


def layer_table(optical: OpticalAir) -> np.ndarray:
    """Return [node, 7]: densities of the species, then bending, rad km-1, at even optical altitudes."""
    table = np.empty((len(optical.bending), BENDING + 1))
    table[:, :SPECIES], table[:, BENDING] = optical.density, optical.bending
    return table


def aerosol_table(atmosphere: Atmosphere) -> np.ndarray:
    """Return [3, 2] as `shaders.sky.twilight.Aerosol` names them."""
    table = np.empty((len(atmosphere.albedo), Aerosol.ASYMMETRY + 1))
    table[:, Aerosol.ALBEDO], table[:, Aerosol.ASYMMETRY] = atmosphere.albedo, atmosphere.asymmetry
    return table


def rays_through(
    origin_km: np.ndarray, direction: np.ndarray, axes_km: np.ndarray, ends_on_ground: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (lowest points [n, 3] km, shapes [n, 4]) as `shaders.sky.twilight.march_rays` wants them.

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
    shape = np.empty((*start.shape, Shape.END + 1))
    shape[..., Shape.EXCESS], shape[..., Shape.K2] = excess, k2
    shape[..., Shape.START], shape[..., Shape.END] = start, np.maximum(end, start)
    return lowest, shape


def march(
    air: ScatteringAir, sources: Sequence[SkySource], direction: np.ndarray, lowest: np.ndarray, shape: np.ndarray,
    axes_km: np.ndarray = WGS84_KM, step_km: tuple[float, float] = (LONGEST_KM, CLIMB_KM),
) -> Scattered:  # fmt: skip
    """March rays (see `rays_through`) on the started device; radiance is per unit irradiance if the sources' is 1.

    `step_km`: longest step and climb.
    """
    bands = len(air.atmosphere.wavelengths_nm)
    padded = len(whole_passes(air.atmosphere.wavelengths_nm))
    made = {name: devices.empty((len(lowest), padded)) for name in twilight.Scattered.members}
    made["path_columns"] = devices.empty((len(lowest), BENDING + 1))
    given = (
        devices.upload_pack(twilight.Rays, lowest=lowest, direction=direction, shapes=shape),
        devices.record(
            twilight.March, inverse_axes=1.0 / axes_km, top=TOP_KM, longest=step_km[0], climb=step_km[1],
            disc_radius=air.light.radius_rad,
        ),
        devices.upload_pack(
            twilight.Sources, toward=np.stack([s.direction_itrs for s in sources]),
            irradiance=whole_passes(np.stack([s.irradiance for s in sources])),
        ),
        *_device_air(air.atmosphere, air.light, air.diffuse), devices.pack(twilight.Scattered, **made),
    )  # fmt: skip
    for first, count in in_bands(len(lowest), RAYS_AT_ONCE):
        twilight.march_rays(*given, first, count)
    path = made["path_columns"].to_numpy().astype(np.float64)
    single, multiple = (made[name].to_numpy()[:, :bands] for name in ("single", "multiple"))
    return Scattered(single, multiple, path[:, :SPECIES], path[:, BENDING])


@kept_on_device(maxsize=4)
def _device_air(atmosphere: Atmosphere, light: SunlightTable, diffuse: DiffuseTable) -> tuple[Any, Any, Any]:
    """Return an atmosphere's medium, its sunlight and its diffuse field as `shaders.sky.twilight` takes them."""
    medium = devices.upload_pack(
        twilight.Medium, layers=layer_table(optical_air(atmosphere)), optics=whole_passes(optics_table(atmosphere).T),
        aerosols=aerosol_table(atmosphere), degrees=whole_passes(degree_table(atmosphere)),
    )  # fmt: skip
    return medium, device_sunlight(light), device_field(diffuse.moments, diffuse.index)
