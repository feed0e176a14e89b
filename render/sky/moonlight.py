"""The Moon as a source: spectral irradiance by the model of Kieffer and Stone, and its disc by a map of albedo."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky.lunar_axes import facing
from render.sky.sunlight import AU_KM, Array, SkySource, solar_irradiance

MOON_RADIUS_KM = 1737.4  # km, IAU mean radius
MOON_MEAN_DISTANCE_KM = 384400.0  # km, to which the model's solid angle refers
MOON_SOLID_ANGLE_SR = 6.4177e-5  # sr, at that distance (Kieffer & Stone 2005, section 2)
P1_DEG, P2_DEG, P3_DEG, P4_DEG = 4.06054, 12.8802, -30.5858, 16.7498  # degrees, scales of the d terms (same source)
FIT_ABOUT_NM, FIT_SCALE_NM = 550.0, 100.0  # nm: coefficients are fitted in (wavelength - 550) / 100
EARTHSHINE = 1.0e-4  # of the full Moon's radiance, under a full Earth; recalled, uncertain by a factor 2
DISC_CELLS = 400  # along the diameter, for the disc's mean


@cache
def rolo_coefficients() -> tuple[Array, Array]:
    """Return the bands, nm, [16] and the model's coefficients [16, 10] (`data/rolo_2005.csv`)."""
    text = (files("render") / "data" / "rolo_2005.csv").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")][1:]
    table = np.array([[float(x) for x in row.split(",")] for row in rows])
    return table[:, 0], table[:, 1:]


@cache
def _smooth_coefficients() -> Array:
    """Return the coefficients at `SKY_WAVELENGTHS_NM` [band, 10]: a parabola in wavelength through each.

    The published bands scatter by 2 to 6 % about any smooth spectrum, more than the Moon's own features.
    """
    wavelength, coefficients = rolo_coefficients()
    powers = np.vander((wavelength - FIT_ABOUT_NM) / FIT_SCALE_NM, 3)
    fitted = np.linalg.lstsq(powers, coefficients, rcond=None)[0]
    return np.vander((SKY_WAVELENGTHS_NM - FIT_ABOUT_NM) / FIT_SCALE_NM, 3) @ fitted


def lunar_reflectance(coefficients: Array, phase_angle_rad: float, sun_longitude_rad: float = 0.0) -> Array:
    """Return the disk-equivalent reflectance of coefficients [..., 10] (Kieffer & Stone 2005, eq. 10).

    Fitted from 1.55 to 97 degrees of phase; beyond, extrapolated. `sun_longitude_rad`: selenographic, east positive, so
    that it is positive of a waxing Moon, which is brighter. Terms of the observer's libration (1.5 %) are left out.
    """
    g, p = abs(phase_angle_rad), sun_longitude_rad
    degrees = np.degrees(g)
    surge = [np.exp(-degrees / P1_DEG), np.exp(-degrees / P2_DEG), np.cos((degrees - P3_DEG) / P4_DEG)]
    logarithm: Array = coefficients @ np.array([1.0, g, g**2, g**3, p, p**3, p**5, *surge])
    return np.exp(logarithm)


def moon_irradiance(
    phase_angle_rad: float, distance_km: float, sun_distance_km: float = AU_KM, sun_longitude_rad: float = 0.0
) -> Array:
    """Return [band] W m-2 nm-1 from the Moon; phase angle 0 is full. Longitude: see `lunar_reflectance`."""
    reflectance = lunar_reflectance(_smooth_coefficients(), phase_angle_rad, sun_longitude_rad)
    distances = (MOON_MEAN_DISTANCE_KM / distance_km) ** 2 * (AU_KM / sun_distance_km) ** 2
    return solar_irradiance() * reflectance * MOON_SOLID_ANGLE_SR / np.pi * distances


@cache
def moon_map() -> Array:
    """Return the relative albedo [latitude from -90, longitude from -180], cell centres; read-only.

    Source: see render/data/README.md.
    """
    with (files("render") / "data" / "moon_albedo.npz").open("rb") as stream:
        relative = np.load(stream)["albedo"].astype(np.float64) / 255.0
    relative.flags.writeable = False
    return relative


def albedo_at(places: Array) -> Array:
    """Return the relative albedo at places of the Moon, unit vectors [..., 3] in its axes, bilinear."""
    albedo = moon_map()
    rows, columns = albedo.shape
    latitude, longitude = np.arcsin(np.clip(places[..., 2], -1.0, 1.0)), np.arctan2(places[..., 1], places[..., 0])
    f = np.clip((latitude / np.pi + 0.5) * rows - 0.5, 0.0, rows - 1.001)
    g = (0.5 * longitude / np.pi + 0.5) * columns - 0.5
    i, j = np.floor(f).astype(int), np.floor(g).astype(int)
    u, v, west, east = f - i, g - j, j % columns, (j + 1) % columns
    lower = albedo[i, west] * (1.0 - v) + albedo[i, east] * v
    upper = albedo[i + 1, west] * (1.0 - v) + albedo[i + 1, east] * v
    return np.asarray(lower * (1.0 - u) + upper * u)


def disc_means(direction: Array, sun: Array, moon_from_itrs: Array) -> tuple[float, float]:
    """Return means over the whole disc: of albedo x mu0 / (mu0 + mu), and of the albedo alone.

    mu0 and mu: cosines to Sun and observer, both far away. Lommel and Seeliger: dark surfaces that scatter once; of an
    even full Moon the first is half of the second. `direction`, `sun` [3] unit, ITRS.
    """
    x = (np.arange(DISC_CELLS) + 0.5) / DISC_CELLS * 2.0 - 1.0
    across, up = np.meshgrid(x, x)
    right, above = facing(direction)[1:]
    mu = np.sqrt(np.maximum(1.0 - across**2 - up**2, 0.0))
    normal = across[..., None] * right + up[..., None] * above - mu[..., None] * direction
    mu0 = np.maximum(normal @ sun, 0.0)
    on_disc = across**2 + up**2 < 1.0
    albedo = albedo_at(normal @ moon_from_itrs.T)
    lit = albedo * mu0 / np.maximum(mu0 + mu, 1e-12)
    return float(lit[on_disc].mean()), float(albedo[on_disc].mean())


def earth_phase(phase_angle_rad: float) -> float:
    """Return how bright the Earth stands over a Moon of this phase, of a full Earth's light: Lambert's sphere."""
    angle = np.pi - abs(phase_angle_rad)
    return float((np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi)


def moon_source(
    direction_itrs: ArrayLike, distance_km: float, sun_direction_itrs: ArrayLike, sun_distance_km: float = AU_KM,
    moon_from_itrs: Array | None = None,
) -> SkySource:  # fmt: skip
    """Return the Moon in a direction (ITRS, any length) at a distance, lit by the Sun in another.

    `moon_from_itrs` [3, 3]: how it is turned (`lunar_axes`), by default with its prime meridian to the observer. The
    phase angle takes the Sun's rays as parallel: 0.15 degree off at most. The radiance of a point of the disc is
    albedo x (`disc_radiance` x mu0 / (mu0 + mu) + `earthshine`): the sunlit disc's integral is the irradiance.
    """
    direction = np.asarray(direction_itrs, dtype=np.float64)
    direction = direction / np.linalg.norm(direction)
    sun = np.asarray(sun_direction_itrs, dtype=np.float64)
    axes = facing(direction) if moon_from_itrs is None else moon_from_itrs
    phase = float(np.arctan2(np.linalg.norm(np.cross(direction, sun)), -direction @ sun))
    over = axes @ sun
    longitude = float(np.arctan2(over[1], over[0]))
    irradiance = moon_irradiance(phase, distance_km, sun_distance_km, longitude)
    sine = MOON_RADIUS_KM / distance_km
    lit, albedo = disc_means(direction, sun, axes)
    disc_sr = np.pi * sine**2
    full = moon_irradiance(0.0, distance_km, sun_distance_km) / disc_sr / albedo
    return SkySource(
        direction, irradiance, float(np.arcsin(sine)), irradiance / disc_sr / max(lit, 1e-6), None, axes,
        EARTHSHINE * earth_phase(phase) * full,
    )  # fmt: skip
