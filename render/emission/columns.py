"""Numbers that science compares: the column brightness of each line, and how high it shines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from render.core.lines import BANDS, CATALOGUE
from render.emission.ionisation import Form, extrapolation_words
from render.emission.precipitation import Precipitation
from render.emission.sunlit import share_4278
from render.emission.table import VolumeEmissionRate, column_rayleighs

COLUMN_KEYS = (
    *("391.4", "427.8", "557.7", "630.0", "777.4", "844.6", "732", "520.0", "337.1"),
    *("N2_1PG", "N2_2PG", "N2+_1NG", "N2+_Meinel", "297.2", "636.4", "O2+_1NG", "weak"),
)
"""What is reported: lines and bands that are measured by themselves, then systems, then what is seldom measured."""
SUNLIT_BAND = "427.8_sunlit"
SUNLIT_KEYS = ("N2+_1NG_sunlit", SUNLIT_BAND)
"""Reported besides, where the air is in full sunlight."""

CUT_OFF = 0.01  # of a profile's peak still shining where the air ends, from which its column is doubtful


@dataclass(frozen=True)
class LineColumn:
    """One line of one column of air.

    `column_r`: brightness seen from straight below, R. `peak_km`: altitude of the peak, of a parabola in ln(rate)
    through the highest sample and its neighbours; `centroid_km`: mean altitude of the photons. Both None without light.
    """

    column_r: float
    peak_km: float | None
    centroid_km: float | None


def profile(rates: VolumeEmissionRate, key: str) -> np.ndarray:
    """Return photons cm-3 s-1 [altitude] of a key of COLUMN_KEYS or SUNLIT_KEYS. Raises ValueError for another."""
    if key == SUNLIT_BAND:
        return rates.line("N2+_1NG_sunlit") * share_4278()
    return rates.line(key)


def line_columns(rates: VolumeEmissionRate, keys: Iterable[str] = COLUMN_KEYS) -> dict[str, LineColumn]:
    """Return brightness and altitudes of each line, in the order of `keys`. Raises ValueError for an unknown key."""
    return {key: _line_column(rates.altitude_km, profile(rates, key)) for key in keys}


def _line_column(altitude_km: np.ndarray, rate: np.ndarray) -> LineColumn:
    photons = float(np.trapezoid(rate, altitude_km))
    if photons <= 0.0:
        return LineColumn(0.0, None, None)
    centroid = float(np.trapezoid(rate * altitude_km, altitude_km)) / photons
    return LineColumn(float(column_rayleighs(altitude_km, rate)), peak_altitude_km(altitude_km, rate), centroid)


def peak_altitude_km(altitude_km: np.ndarray, rate: np.ndarray) -> float:
    """Return the altitude, km, of the maximum of a profile [altitude]; one at an end, or beside a 0, stays there."""
    top = int(np.argmax(rate))
    if top in (0, len(rate) - 1) or min(rate[top - 1], rate[top + 1]) <= 0.0:
        return float(altitude_km[top])
    z = altitude_km[top - 1 : top + 2] - altitude_km[top]
    y = np.log(rate[top - 1 : top + 2] / rate[top])
    curvature = (y[2] / z[2] - y[0] / z[0]) / (z[2] - z[0])
    if curvature == 0.0:  # three equal samples
        return float(altitude_km[top])
    slope = y[2] / z[2] - curvature * z[2]
    return float(altitude_km[top] - 0.5 * slope / curvature)


def line_name(key: str) -> str:
    """Return what a line is called in words: `oxygen green`, `N2+ first negative 0-1`. Raises KeyError as CATALOGUE."""
    if key == SUNLIT_BAND:
        return f"{CATALOGUE['N2+_1NG_sunlit'].name}, 0-1"
    if key in BANDS:
        system, upper, lower = BANDS[key]
        return f"{CATALOGUE[system].name} {upper}-{lower}"
    return CATALOGUE[key].name


def column_warnings(precipitation: Precipitation, form: Form, rates: VolumeEmissionRate) -> tuple[str, ...]:
    """Return what makes the result doubtful, a sentence each: extrapolated energies, light where the air ends."""
    extrapolated = extrapolation_words(precipitation, form)
    found = [extrapolated] if extrapolated else []
    altitude = rates.altitude_km
    for index, where, key in ((0, "below", "N2+_1NG"), (-1, "above", "630.0")):
        rate = rates.line(key)
        if rate[index] > CUT_OFF * rate.max():
            found.append(
                f"{key} still has {100.0 * rate[index] / rate.max():.0f} % of its peak at {altitude[index]:g} km, "
                f"where the column ends; light {where} is not counted"
            )
    return tuple(found)
