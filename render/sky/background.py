"""The light behind all stars at one instant: starlight and zodiacal light, how both lie, and their spectra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.geodesy import Array
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky.settings import SkySettings
from render.sky.starlight import GALACTIC_FROM_GCRS, SQUARE_DEGREES_PER_SR, Starlight, unresolved_starlight
from render.sky.stars import star_irradiance
from render.sky.zodiacal import zodiacal_spectrum

BLUE_B_V, RED_B_V = 0.6, 1.4  # mag: starlight is a mixture of two Planckian colours
S10_MAGNITUDE = 10.0  # V of the stars of which S10 counts one per square degree
ECLIPTIC_POLE_GCRS = np.array([0.0, -0.3977771559, 0.9174820621])  # J2000, obliquity 23.4392911 deg (IAU 1976)


@dataclass(frozen=True, eq=False)
class Background:
    """Hold the light behind the stars.

    `galactic_from_itrs`, `ecliptic_from_itrs` [3, 3]: rotations; the second has the Sun in longitude 0.
    `starlight`: the table; `spectra` [band, 3], W m-2 sr-1 nm-1 of one S10: of starlight of B-V 0.6 and 1.4, of
    zodiacal light; zero of what is switched off.
    """

    galactic_from_itrs: Array
    ecliptic_from_itrs: Array
    starlight: Starlight
    spectra: Array


def starlight_spectrum(b_v: float) -> Array:
    """Return the radiance of one S10(V), W m-2 sr-1 nm-1, [band]: 1.19e-11 at 550 nm."""
    return star_irradiance(S10_MAGNITUDE, b_v, SKY_WAVELENGTHS_NM) * SQUARE_DEGREES_PER_SR


def background(settings: SkySettings, itrs_from_gcrs: Array, sun_direction_itrs: Array) -> Background | None:
    """Return the light behind the stars at an instant; None when all of it is switched off."""
    if not (settings.starlight or settings.zodiacal):
        return None
    pole = itrs_from_gcrs @ ECLIPTIC_POLE_GCRS
    ahead = sun_direction_itrs - (sun_direction_itrs @ pole) * pole
    ahead = ahead / np.linalg.norm(ahead)
    spectra = np.stack([starlight_spectrum(BLUE_B_V), starlight_spectrum(RED_B_V), zodiacal_spectrum()], axis=-1)
    shines = np.array([settings.starlight, settings.starlight, settings.zodiacal], dtype=float)
    return Background(
        GALACTIC_FROM_GCRS @ itrs_from_gcrs.T, np.stack([ahead, np.cross(pole, ahead), pole]),
        unresolved_starlight(settings), spectra * shines,
    )  # fmt: skip
