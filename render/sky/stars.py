"""Stars to eighth magnitude: where they stand and how much light of which colour they send."""

from __future__ import annotations

import functools
import importlib.resources
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import BOLTZMANN_J_K, LIGHT_M_S, PLANCK_J_S
from render.sky.settings import SkySettings

V_WAVELENGTH_NM = 550.0  # nm, at which the V band's zero point is quoted
V_ZERO_IRRADIANCE = 3.63e-11  # W m-2 nm-1 of V = 0 at 550 nm, Bessell, Castelli & Plez 1998 (A&A 333, 231), table A2


@dataclass(frozen=True)
class StarLight:
    """Hold stars: `direction_gcrs` [n, 3] unit; `irradiance` [n, band] W m-2 nm-1 above the air."""

    direction_gcrs: NDArray[np.float64]
    irradiance: NDArray[np.float64]

    def some(self, which: NDArray[np.bool_]) -> StarLight:
        """Return the stars that `which` [n] picks."""
        return StarLight(self.direction_gcrs[which], self.irradiance[which])

    def and_others(self, others: StarLight) -> StarLight:
        """Return these and others, in this order."""
        return StarLight(*(np.concatenate(pair) for pair in (
            (self.direction_gcrs, others.direction_gcrs), (self.irradiance, others.irradiance)
        )))  # fmt: skip


def stars(settings: SkySettings) -> StarLight:
    """Return the stars to the magnitude limit; none when they are switched off.

    Directions are ICRS at J2015: aberration (20 arcsec) and parallax are left out. Band axis: SKY_WAVELENGTHS_NM.
    """
    return _stars(settings.magnitude_limit if settings.stars else -np.inf)


@functools.lru_cache(maxsize=4)
def _stars(magnitude_limit: float) -> StarLight:
    """Pick stars from the catalogue and give each its spectrum."""
    direction, visual, b_v = catalogue()
    bright = visual <= magnitude_limit
    return StarLight(direction[bright], star_irradiance(visual[bright], b_v[bright], SKY_WAVELENGTHS_NM))


@functools.cache
def catalogue() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return all stars of the catalogue, brightest first: unit directions [n, 3], GCRS; V [n]; B-V [n]."""
    with (importlib.resources.files("render") / "data" / "stars.npz").open("rb") as stream:
        table = np.load(stream)
        ra, dec = table["right_ascension"].astype(float), table["declination"].astype(float)
        visual, b_v = table["v_milli"] / 1000.0, table["b_v_milli"] / 1000.0
    order = np.argsort(visual, kind="stable")
    ra, dec = ra[order], dec[order]
    direction = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    return direction, visual[order], b_v[order]


def star_irradiance(v_magnitude: ArrayLike, b_v: ArrayLike, wavelengths_nm: ArrayLike) -> NDArray[np.float64]:
    """Return the irradiance, W m-2 nm-1, [star, band]: a Planck curve of the colour's temperature, exact at 550 nm."""
    at_v = V_ZERO_IRRADIANCE * 10.0 ** (-0.4 * np.asarray(v_magnitude, dtype=float))
    kelvin = colour_temperature(b_v)[..., None]
    shape = planck(np.asarray(wavelengths_nm, dtype=float), kelvin) / planck(V_WAVELENGTH_NM, kelvin)
    return at_v[..., None] * shape


def colour_temperature(b_v: ArrayLike) -> NDArray[np.float64]:
    """Return the temperature, K, of a black body of colour index B-V (Ballesteros 2012, EPL 97, 34008, eq. 14).

    The index is held within -0.35..2.5, outside of which the formula means nothing.
    """
    index = np.clip(np.asarray(b_v, dtype=float), -0.35, 2.5)
    return 4600.0 * (1.0 / (0.92 * index + 1.7) + 1.0 / (0.92 * index + 0.62))


def planck(wavelength_nm: ArrayLike, kelvin: ArrayLike) -> NDArray[np.float64]:
    """Return Planck's law up to a constant factor, per wavelength."""
    metres = np.asarray(wavelength_nm, dtype=float) * 1e-9
    exponent = PLANCK_J_S * LIGHT_M_S / (metres * BOLTZMANN_J_K * np.asarray(kelvin, dtype=float))
    return (metres / 1e-6) ** -5 / np.expm1(exponent)
