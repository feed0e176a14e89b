"""The Sun as a source: spectral irradiance above the air, disc, limb darkening."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.radiance import SKY_WAVELENGTHS_NM

Array = NDArray[np.float64]

AU_KM = 149597870.7  # km, IAU 2012 resolution B2
SUN_RADIUS_KM = 695700.0  # km, IAU 2015 resolution B3 (nominal)
LIMB_DARKENING_FROM_NM = 422.57  # shortest wavelength of the fit; shorter ones take its value

# I(mu)/I(1) = sum_k A_k mu^k; A_k = c0 + c1/l + c5/l^5, l in um (Neckel & Labs 1994, Solar Physics 153, 91;
# coefficients from memory, uncertain; they sum to 1 within 1e-4)
NECKEL_LABS = np.array(
    [
        (0.75267, -0.265577, 0.0),
        (0.93874, 0.265577, -0.004095),
        (-1.89287, 0.0, 0.012582),
        (2.42234, 0.0, -0.017117),
        (-1.71150, 0.0, 0.011977),
        (0.49062, 0.0, -0.003347),
    ]
)


@dataclass(frozen=True, eq=False)
class SkySource:
    """A far source of light with a disc.

    `direction_itrs` [3] unit vector towards it; `irradiance` [band] W m-2 nm-1 above the atmosphere, on a plate square
    to it; `angular_radius_rad`; `disc_radiance` [band] W m-2 sr-1 nm-1: at the disc's centre for the Sun; for the Moon
    that of albedo 1 where mu0 / (mu0 + mu) is 1 (see `moonlight`). `limb_darkening` [band, 6]: powers 0 to 5 of the
    cosine at the source's surface; None for the Moon. Of the Moon alone: `moon_from_itrs` [3, 3], to the axes of its
    map, and `earthshine` [band], radiance of albedo 1 in the Earth's light. Bands: `SKY_WAVELENGTHS_NM`.
    """

    direction_itrs: Array
    irradiance: Array
    angular_radius_rad: float
    disc_radiance: Array
    limb_darkening: Array | None = None
    moon_from_itrs: Array | None = None
    earthshine: Array | None = None


@cache
def solar_irradiance() -> Array:
    """Return [band] W m-2 nm-1 at 1 au, means over 20 nm (ASTM G173 extraterrestrial; `data/solar_spectrum.csv`)."""
    text = (files("render") / "data" / "solar_spectrum.csv").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")][1:]
    wavelength, irradiance = np.array([[float(x) for x in row.split(",")] for row in rows]).T
    return np.interp(SKY_WAVELENGTHS_NM, wavelength, irradiance)


def limb_darkening(wavelengths_nm: ArrayLike = SKY_WAVELENGTHS_NM) -> Array:
    """Return [band, 6]: coefficients A_k of I(mu) / I(1) = sum A_k mu^k, with mu the cosine at the Sun's surface."""
    per_um = 1e3 / np.maximum(np.asarray(wavelengths_nm, dtype=np.float64), LIMB_DARKENING_FROM_NM)
    return np.stack([np.ones_like(per_um), per_um, per_um**5], axis=-1) @ NECKEL_LABS.T


def mean_over_centre(coefficients: Array) -> Array:
    """Return the disc's mean radiance over its centre's: the integral of 2 mu I(mu) / I(1), [band]."""
    return (2.0 * coefficients / (np.arange(coefficients.shape[-1]) + 2.0)).sum(-1)


def sun_source(direction_itrs: ArrayLike, distance_km: float = AU_KM) -> SkySource:
    """Return the Sun seen in a direction (ITRS, any length) from a distance, km."""
    direction = np.asarray(direction_itrs, dtype=np.float64)
    irradiance = solar_irradiance() * (AU_KM / distance_km) ** 2
    sine = SUN_RADIUS_KM / distance_km
    darkening = limb_darkening()
    centre = irradiance / (np.pi * sine**2) / mean_over_centre(darkening)
    return SkySource(direction / np.linalg.norm(direction), irradiance, float(np.arcsin(sine)), centre, darkening)
