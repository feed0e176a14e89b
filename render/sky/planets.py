"""The five bright planets as points of light: magnitudes by phase and distance, colours as of stars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from render.core.geodesy import Array
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky.stars import StarLight, star_irradiance

SATURN_POLE_GCRS = np.array(  # unit: right ascension 40.589, declination 83.537 deg (Archinal et al. 2018, at J2000)
    [0.085479, 0.073236, 0.993645]
)
B_V = {"mercury": 0.93, "venus": 0.82, "mars": 1.36, "jupiter": 0.83, "saturn": 1.04}  # mag, Mallama & Hilton 2018


@dataclass(frozen=True, eq=False)
class PlanetSeen:
    """A planet from the observer: `direction_gcrs` [3] unit; distances from observer and Sun, au; phase angle, deg."""

    name: str
    direction_gcrs: Array
    distance_au: float
    sun_distance_au: float
    phase_angle_deg: float


def planet_light(seen: Sequence[PlanetSeen]) -> StarLight:
    """Return planets as stars of their magnitudes and colours."""
    if not seen:
        return StarLight(np.zeros((0, 3)), np.zeros((0, len(SKY_WAVELENGTHS_NM))))
    colours = [B_V[planet.name] for planet in seen]
    irradiance = star_irradiance([magnitude(planet) for planet in seen], colours, SKY_WAVELENGTHS_NM)
    return StarLight(np.stack([planet.direction_gcrs for planet in seen]), irradiance)


def magnitude(planet: PlanetSeen) -> float:
    """Return V (Mallama & Hilton 2018, Astronomy and Computing 25, 10); rotation of the planet is left out."""
    phase = REDUCED[planet.name](planet.phase_angle_deg)
    if planet.name == "saturn":
        phase += _rings(planet)
    return float(phase + 5.0 * np.log10(planet.sun_distance_au * planet.distance_au))


def _rings(planet: PlanetSeen) -> float:
    """Return what Saturn's rings add, mag, at the height of the observer over their plane (same source, eq. 10)."""
    sine = abs(float(planet.direction_gcrs @ SATURN_POLE_GCRS))
    return -1.825 * sine - 0.378 * sine * float(np.exp(-2.25 * planet.phase_angle_deg))


def _polynomial(*coefficients: float) -> Callable[[float], float]:
    """Return the polynomial in the phase angle, degrees, of coefficients from the constant up."""
    return lambda degrees: float(np.polynomial.polynomial.polyval(degrees, coefficients))


def _joined(near: Sequence[float], far: Sequence[float], at_deg: float) -> Callable[[float], float]:
    """Return the polynomial `near` up to a phase angle and `far` beyond."""
    return lambda degrees: float(np.polynomial.polynomial.polyval(degrees, near if degrees <= at_deg else far))


# V at 1 au from Sun and observer against the phase angle, degrees (same source, eqs. 2 to 10); of Jupiter and Saturn
# the angles that are seen from near the Earth, of Saturn without rings
REDUCED: dict[str, Callable[[float], float]] = {
    "mercury": _polynomial(-0.613, 6.3280e-2, -1.6336e-3, 3.3644e-5, -3.4265e-7, 1.6893e-9, -3.0334e-12),
    "venus": _joined((-4.384, -1.044e-3, 3.687e-4, -2.814e-6, 8.938e-9), (236.05828, -2.81914, 8.39034e-3), 163.7),
    "mars": _joined((-1.601, 2.267e-2, -1.302e-4), (-0.367, -2.573e-2, 3.445e-4), 50.0),
    "jupiter": _polynomial(-9.395, -3.7e-4, 6.16e-4),
    "saturn": _polynomial(-8.914, 2.6e-2),
}
