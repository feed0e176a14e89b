"""Elements taken further by SGP4: states in TEME, what they are worth away from their epoch, where they are refused."""

from __future__ import annotations

import functools
import math
from datetime import timedelta

import numpy as np
from sgp4.api import SGP4_ERRORS, WGS72, Satrec, jday

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array
from render.core.units import EARTH_A_KM, EARTH_B_KM
from render.observer.orbits.mean_elements import MeanElements

SGP4_EPOCH_JD = 2433281.5  # JD of 1949-12-31T00:00, the day zero of sgp4init
SGP4_DAY_ZERO = Epoch.parse("1949-12-31T00:00:00Z")
MINUTES_PER_DAY = 1440.0
FARTHEST_KM = 1.0e6  # km from Earth's centre; no elements hold beyond Earth's sphere of influence (about 925000 km)
FASTEST_KM_S = 11.2  # km s-1, escape speed at Earth's surface: nothing in orbit is faster
GROWTH_DAYS = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0)
GROWTH_KM = (2.4, 7.7, 14.0, 39.0, 89.0, 220.0, 450.0, 1500.0, 3500.0)
"""By how much sets of the ISS, 1999 to 2024, miss the one of that many days later, in the median: 400 sets of the
shipped table (`tests/observer/test_element_age.py`)."""
ONE_IN_SIX = (10.0, 35.0, 93.0, 300.0, 770.0, 1800.0, 3100.0, 6500.0, 9900.0)  # km, as above, the 84th percentile
LOW_KM = 600.0  # km: sets of satellites that come below it are warned of after LOW_DAYS, others after HIGH_DAYS
LOW_DAYS, HIGH_DAYS = 5.0, 14.0  # days; drag, and with it the error, is less by a factor of ten and more above
# Of the semi-major axis: by how much a place may leave the elements' own perigee to apogee. 400 sets of the ISS
# leave it by 0.13 % at most within a week, 0.21 % within 14 days, 0.48 % within 21. Sun and Moon move the perigee of
# deep orbits (periods above 225 min) by 1.2 % of the axis in a year (Molniya).
RANGE_MARGIN, DEEP_MARGIN = 0.005, 0.02


@functools.lru_cache(maxsize=8)
def satellite_of_lines(lines: tuple[str, str]) -> Satrec:
    """Return SGP4's record of two checked lines."""
    return Satrec.twoline2rv(*lines)


@functools.lru_cache(maxsize=8)
def satellite_of_elements(elements: MeanElements) -> Satrec:
    """Return SGP4's record of mean elements; first and second derivatives of mean motion are unused by SGP4."""
    whole, fraction = julian(Epoch.parse(elements.epoch_utc))
    satellite = Satrec()
    satellite.sgp4init(
        WGS72,
        "i",
        0,
        (whole - SGP4_EPOCH_JD) + fraction,
        elements.bstar,
        0.0,
        0.0,
        elements.eccentricity,
        math.radians(elements.argument_of_perigee_deg),
        math.radians(elements.inclination_deg),
        math.radians(elements.mean_anomaly_deg),
        elements.mean_motion_rev_per_day * 2.0 * math.pi / MINUTES_PER_DAY,
        math.radians(elements.raan_deg),
    )
    return satellite


def age_days(satellite: Satrec, epoch: Epoch) -> float:
    """Return the days from the elements' own epoch to the instant (negative: before it)."""
    whole, fraction = julian(epoch)
    return float((whole - satellite.jdsatepoch) + (fraction - satellite.jdsatepochF))


def age_warning(satellite: Satrec, epoch: Epoch) -> str | None:
    """Return one line of warning where the elements are far from the instant, with the error to expect; else None."""
    age = age_days(satellite, epoch)
    low = own_range_km(satellite)[0] - EARTH_A_KM < LOW_KM
    good = LOW_DAYS if low else HIGH_DAYS
    if abs(age) <= good:
        return None
    side = "before" if age < 0.0 else "after"
    less = "" if low else "; higher up it is less"
    return (
        f"{epoch.isoformat()} is {abs(age):.1f} days {side} the epoch of the orbital elements (good for {good:.0f}): "
        f"{growth_words(abs(age))}{less}; take elements of the date"
    )


def growth_words(days: float) -> str:
    """Return by how much elements of the ISS miss that many days from their epoch."""
    if days > GROWTH_DAYS[-1]:
        return "the ISS may then be anywhere on its orbit"
    median, sixth = (
        math.exp(np.interp(math.log(max(days, 1.0)), np.log(GROWTH_DAYS), np.log(column)))
        for column in (GROWTH_KM, ONE_IN_SIX)
    )
    off = f"{_round(median)} km along its track in the median, {_round(sixth)} km or more one time in six"
    return f"the ISS is then off by {off}"


def own_range_km(satellite: Satrec) -> tuple[float, float]:
    """Return the distances of perigee and apogee from Earth's centre, km, by the elements themselves."""
    axis = satellite.a * satellite.radiusearthkm
    return axis * (1.0 - satellite.ecco), axis * (1.0 + satellite.ecco)


def propagate(satellite: Satrec, epoch: Epoch) -> tuple[Array, Array]:
    """Return TEME position, km, and velocity, km/s. Raises InputError where they make no orbit, or another."""
    error, *state = satellite.sgp4(*julian(epoch))
    position, velocity = np.array(state[0]), np.array(state[1])
    if error:
        reason = SGP4_ERRORS.get(error, f"SGP4 error {error}")
    else:
        reason = absurdity(position, velocity) or out_of_range(satellite, position)
    if reason:
        raise InputError(
            f"observer: the orbital elements of {_elements_epoch(satellite).isoformat()} cannot be taken to "
            f"{epoch.isoformat()}, {abs(age_days(satellite, epoch)):.0f} days away: {reason}; elements hold for about "
            f"{HIGH_DAYS:.0f} days"
        )
    return position, velocity


def absurdity(position_km: Array, velocity_km_s: Array) -> str:
    """Return why nothing in orbit can be there so fast, or "". Far from its epoch SGP4 errs without an error code."""
    if not (np.all(np.isfinite(position_km)) and np.all(np.isfinite(velocity_km_s))):
        return "the position is not finite"
    with np.errstate(over="ignore"):
        distance_km, speed_km_s = float(np.linalg.norm(position_km)), float(np.linalg.norm(velocity_km_s))
    if distance_km > FARTHEST_KM:
        return f"the position would be {distance_km:.3g} km from Earth"
    if np.linalg.norm(position_km / np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])) < 1.0:
        return "the position would be below Earth's surface"
    return f"the speed would be {speed_km_s:.3g} km/s" if speed_km_s > FASTEST_KM_S else ""


def out_of_range(satellite: Satrec, position_km: Array) -> str:
    """Return why a place is not on the elements' own orbit, from perigee to apogee and a margin beyond; or ""."""
    low, high = own_range_km(satellite)
    margin = (DEEP_MARGIN if satellite.method == "d" else RANGE_MARGIN) * 0.5 * (low + high)
    away = float(np.linalg.norm(position_km))
    if low - margin <= away <= high + margin:
        return ""
    return (
        f"the altitude would be {away - EARTH_A_KM:.1f} km, where the elements' own orbit is between "
        f"{low - EARTH_A_KM:.1f} and {high - EARTH_A_KM:.1f} km (allowed: {margin:.0f} km beyond)"
    )


def julian(epoch: Epoch) -> tuple[float, float]:
    """Return the UTC Julian date as (whole, fraction)."""
    utc = epoch.utc
    whole, fraction = jday(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second + utc.microsecond * 1e-6)
    return float(whole), float(fraction)


def _elements_epoch(satellite: Satrec) -> Epoch:
    """Return the elements' own epoch, to the second."""
    days = (satellite.jdsatepoch - SGP4_EPOCH_JD) + satellite.jdsatepochF
    return SGP4_DAY_ZERO.plus_seconds(round(timedelta(days=days).total_seconds()))


def _round(kilometres: float) -> str:
    """Return a length with two digits that count."""
    return f"{float(f'{kilometres:.2g}'):.0f}"
