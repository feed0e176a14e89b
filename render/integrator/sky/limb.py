"""Radiance of the limb or the ground as radiative-transfer codes state it: by tangent altitude and the Sun's angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.sunlight import ground_irradiance
from render.core.errors import InputError
from render.core.units import EARTH_MEAN_RADIUS_KM, RAYLEIGH, photon_energy_j
from render.integrator.sky.scattered import ScatteringAir, march, rays_through
from render.sky.sunlight import SkySource
from shaders.sky.twilight import Shape

OBSERVER_KM = 415.0  # km, altitude of the observer unless said
STEP_KM = (15.0, 0.5)  # km: finer than the picture's, 0.05 % of single scattering
DARK = 1.0e-30  # W m-2 nm-1 of skylight on the ground per unit of the Sun's, below which is none

GREEN_NM, GREEN_FWHM_NM = 532.0, 95.0  # nm, a camera's green band as a Gaussian (the project's atmosphere note, 4)
GREEN_FROM_NM, GREEN_TO_NM = 400.0, 700.0  # nm, outside which 0.1 % of that band lies
GREEN_STEP_NM = 60.0  # nm between wavelengths at most: twilight's sum is then within 2 %
OXYGEN_GREEN_NM = 557.7  # nm, O 1S - 1D (NIST)


def limb_radiance(
    air: ScatteringAir, sza_deg: float, azimuth_deg: float, tangent_km: ArrayLike, observer_km: float = OBSERVER_KM
) -> tuple[np.ndarray, np.ndarray]:
    """Return (single-scattered, in all), [tangent, band] sr-1, per unit irradiance of the Sun.

    `tangent_km` [n]: straight-line tangent altitudes; negative ones meet the ground, of the atmosphere's albedo, and
    -inf looks straight down. Zenith angle of the Sun and azimuth (0: looking towards it) are those at the tangent
    point, for nadir at the ground below. Single scattering counts the ground's sunlight seen directly. Earth is a
    sphere of the mean radius. Raises InputError for tangent points that are not below the observer.
    """
    tangent = np.atleast_1d(np.asarray(tangent_km, dtype=np.float64))
    if not (tangent < observer_km).all():
        raise InputError(f"tangent altitude {tangent.max():g} km is not below the observer at {observer_km:g} km")
    zenith, azimuth = np.radians([sza_deg, azimuth_deg])
    sun = np.array([np.sin(zenith) * np.cos(azimuth), np.sin(zenith) * np.sin(azimuth), np.cos(zenith)])
    nadir = np.isneginf(tangent)
    height = np.where(nadir, 0.0, EARTH_MEAN_RADIUS_KM + tangent)
    far = EARTH_MEAN_RADIUS_KM + observer_km
    back = np.sqrt(np.maximum(far**2 - height**2, 0.0))
    zero = np.zeros_like(tangent)
    origin = np.stack([np.where(nadir, 0.0, -back), zero, np.where(nadir, far, height)], axis=-1)
    direction = np.stack([np.where(nadir, 0.0, 1.0), zero, np.where(nadir, -1.0, 0.0)], axis=-1)
    origin *= air.optical.shrink(observer_km)
    axes = np.full(3, EARTH_MEAN_RADIUS_KM)
    grounded = nadir | (tangent < (air.optical.surface_index - 1.0) * EARTH_MEAN_RADIUS_KM)
    lowest, shape = rays_through(origin, direction, axes, grounded)
    unit = np.ones(len(air.atmosphere.wavelengths_nm))
    found = march(air, [SkySource(sun, unit, air.light.radius_rad, unit)], direction, lowest, shape, axes, STEP_KM)
    direct, diffuse = _ground(air, sun, direction, lowest, shape, found.bending_rad)
    transmittance = np.exp(-(found.columns @ air.atmosphere.coefficients())) * grounded[:, None]
    share = transmittance * air.atmosphere.ground_albedo / np.pi
    single = found.single + share * direct
    return single, single + found.multiple + share * diffuse


def _ground(
    air: ScatteringAir, sun: np.ndarray, direction: np.ndarray, lowest: np.ndarray, shape: np.ndarray, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return irradiance of the ground where rays end, direct and diffuse, [n, band]."""
    end = lowest + shape[:, Shape.END, None] * direction
    out = end / np.linalg.norm(end, axis=-1, keepdims=True)
    zenith = np.arccos(np.clip((out * _as_straight_rays_see(sun, direction, lowest, turn)).sum(-1), -1.0, 1.0))
    direct = ground_irradiance(air.atmosphere, zenith, air.light.radius_rad)
    return direct, air.diffuse.skylight(zenith, DARK)


def _as_straight_rays_see(sun: np.ndarray, direction: np.ndarray, lowest: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Return the Sun [n, 3] raised by the bending `turn` [n] rad of each ray (as `shaders.sky.twilight.turned`)."""
    up = lowest - (lowest * direction).sum(-1, keepdims=True) * direction
    up /= np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-12)  # a ray through Earth's centre is not bent
    ahead, above = direction @ sun, up @ sun
    c, s = np.cos(turn), np.sin(turn)
    return sun + (ahead * (c - 1) - above * s)[:, None] * direction + (above * (c - 1) + ahead * s)[:, None] * up


def green_kilorayleighs(radiance: ArrayLike, wavelengths_nm: ArrayLike) -> np.ndarray:
    """Return [...] kR of 557.7 nm that give a camera's green band as many photons as a continuum, [..., band].

    `radiance` W m-2 sr-1 nm-1, linear between rising wavelengths; 1 kR = 1e13 / 4 pi photons m-2 s-1 sr-1. Raises
    InputError unless they reach from 400 to 700 nm, 60 nm apart at most.
    """
    nm = np.asarray(wavelengths_nm, dtype=np.float64)
    steps = np.diff(nm)
    if nm[0] > GREEN_FROM_NM or nm[-1] < GREEN_TO_NM or not (steps > 0.0).all() or steps.max() > GREEN_STEP_NM:
        raise InputError(
            f"the green band needs rising wavelengths from {GREEN_FROM_NM:g} to {GREEN_TO_NM:g} nm, "
            f"{GREEN_STEP_NM:g} nm apart at most"
        )
    photons = np.asarray(radiance) * _green(nm) / np.array([photon_energy_j(float(each)) for each in nm])
    total = ((photons[..., 1:] + photons[..., :-1]) / 2.0 * steps).sum(-1)
    return total / _green(OXYGEN_GREEN_NM) / (1e3 * RAYLEIGH)


def _green(wavelength_nm: ArrayLike) -> np.ndarray:
    """Return a camera's green sensitivity, 1 at its peak."""
    return np.exp(-4.0 * np.log(2.0) * ((np.asarray(wavelength_nm) - GREEN_NM) / GREEN_FWHM_NM) ** 2)
