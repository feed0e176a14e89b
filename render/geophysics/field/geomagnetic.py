"""Earth's main magnetic field: IGRF-14, its field lines, and the apex coordinates that label them.

The field is the gradient of solid spherical harmonics of geocentric position. The harmonics are built by their
recurrences in x, y and z, which know no pole and need no trigonometry; each field component is one fixed linear
combination of the harmonics of the next degree, so that a field evaluation is a recurrence and one matrix product.

Positions are ITRS, km, [..., 3]; `year` is a decimal year, 1900 to 2035 (after 2030 the last secular variation goes
on).
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic, itrs_from_local
from render.core.units import EARTH_MEAN_RADIUS_KM

IGRF_RADIUS_KM = 6371.2  # km, reference radius of the Gauss coefficients (IGRF-14)
IGRF_DEGREE = 13  # degree at which IGRF is truncated
FIELD_CHUNK = 1024  # positions taken at once: their harmonics (2 MB) stay in the processor's cache
LAST_YEAR = 2035.0  # decimal year; beyond it IGRF-14's secular variation is not worth following
# km, reference height of the apex latitude: the ground, as apexpy and AACGM take it, and ovals with them (Richmond
# 1995, J. Geomagn. Geoelectr. 47, 191; Emmert et al. 2010, J. Geophys. Res. 115, A08322)
APEX_REFERENCE_KM = 0.0
TRACE_STEPS = 8  # Runge-Kutta steps of a trace: from 500 km to 110 km within 1 m
SMALLEST_DIP_SINE = 0.2  # sine of the inclination, 11.5 deg, below which a trace in altitude is bent to stay finite
APEX_STEP = 0.06  # arc length of a step to the apex, in geocentric radii
APEX_STEPS_MOST = 400  # steps; a line that leaves through DIPOLE_BEYOND_KM needs about 120
DIPOLE_BEYOND_KM = 40.0 * EARTH_MEAN_RADIUS_KM  # km, beyond which a line is closed as the centred dipole's


def magnetic_field_nt(position_itrs_km: np.ndarray, year: float) -> np.ndarray:
    """Return IGRF-14's magnetic flux density, nT, along the ITRS axes at positions [..., 3], km; same shape.

    Raises InputError before 1900-01-01 and from 2035-01-01 on. Source: IAGA V-MOD, doi 10.5281/zenodo.14012302.
    """
    position = np.asarray(position_itrs_km, float)
    flat = position.reshape(-1, 3)
    weights = _field_weights(float(year))
    field = np.empty_like(flat)
    for first in range(0, len(flat), FIELD_CHUNK):
        chunk = slice(first, first + FIELD_CHUNK)
        field[chunk] = (weights @ _solid_harmonics(flat[chunk])).real.T
    return field.reshape(position.shape)


def trace_to_altitude(
    position_itrs_km: np.ndarray, altitude_km: float, year: float, steps: int = TRACE_STEPS
) -> np.ndarray:
    """Return where the field lines through positions [..., 3] cross the geodetic altitude, km, nearest along the line.

    Runge-Kutta of fourth order with altitude as the variable, then one Newton step onto the altitude. Where the field
    is within 11.5 deg of horizontal the line is made steeper (there is no aurora there), so that the answer stays
    finite.
    """
    position = np.asarray(position_itrs_km, float)
    rise = (altitude_km - geodetic_from_itrs(position)[2])[..., None]
    step = rise / steps
    for _ in range(steps):
        k1 = _per_altitude(position, year)
        k2 = _per_altitude(position + 0.5 * step * k1, year)
        k3 = _per_altitude(position + 0.5 * step * k2, year)
        k4 = _per_altitude(position + step * k3, year)
        position = position + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    rest = (altitude_km - geodetic_from_itrs(position)[2])[..., None]
    return position + rest * k4


def apex_coordinates(
    latitude_deg: np.ndarray | float, longitude_deg: np.ndarray | float, altitude_km: np.ndarray | float, year: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the apex latitude and apex longitude, deg, of geodetic points (arguments broadcast).

    The line is followed to its highest geodetic altitude h_A: latitude = acos sqrt(R / (R + h_A)),
    negative where the field points up; longitude, -180..180, is the apex's in centred-dipole coordinates. Richmond
    1995.
    """
    return apex_coordinates_of(itrs_from_geodetic(*np.broadcast_arrays(latitude_deg, longitude_deg, altitude_km)), year)


def apex_coordinates_of(position_itrs_km: np.ndarray, year: float) -> tuple[np.ndarray, np.ndarray]:
    """Return `apex_coordinates` of ITRS positions [..., 3], km; each of shape [...]."""
    position = np.asarray(position_itrs_km, float)
    flat = position.reshape(-1, 3)
    upward = -np.sign(_dip_sine(flat, year))  # +1 where the field points down: the line rises against it
    apex, apex_altitude = _apexes(flat, np.where(upward == 0.0, 1.0, upward), year)
    cosine = np.sqrt((EARTH_MEAN_RADIUS_KM + APEX_REFERENCE_KM) / (EARTH_MEAN_RADIUS_KM + apex_altitude))
    latitude = np.degrees(np.arccos(np.minimum(cosine, 1.0))) * upward
    return latitude.reshape(position.shape[:-1]), dipole_longitude_deg(apex, year).reshape(position.shape[:-1])


def dipole_longitude_deg(direction_itrs: np.ndarray, year: float) -> np.ndarray:
    """Return the centred-dipole longitude, deg, -180..180, of ITRS vectors [..., 3] of any length."""
    components = np.asarray(direction_itrs, float) @ dipole_from_itrs(year).T
    return np.degrees(np.arctan2(components[..., 1], components[..., 0]))


def dipole_from_itrs(year: float) -> np.ndarray:
    """Return the rotation [3, 3] to centred-dipole axes: z to the northern pole, x towards the geographic south."""
    row = {key: i for i, key in enumerate(_gauss_orders())}
    g = gauss_coefficients_nt(year)
    axis = -np.array([g[row[1, 1]], g[row[1, -1]], g[row[1, 0]]])
    z = axis / np.linalg.norm(axis)
    y = np.cross(np.array([0.0, 0.0, 1.0]), z)
    y /= np.linalg.norm(y)
    return np.array([np.cross(y, z), y, z])


def magnetic_local_time_h(
    apex_longitude_deg: np.ndarray | float, epoch: Epoch, sun_direction_itrs: np.ndarray | None = None
) -> np.ndarray:
    """Return the magnetic local time, h, 0..24, of apex longitudes, deg: 12 h is the Sun's centred-dipole longitude.

    `sun_direction_itrs` [3], any length, is computed to 0.02 deg where it is not given. Laundal & Richmond 2017,
    equation 93.
    """
    sun = sun_direction(epoch) if sun_direction_itrs is None else sun_direction_itrs
    noon = dipole_longitude_deg(sun, epoch.decimal_year)
    return ((np.asarray(apex_longitude_deg, float) - noon) / 15.0 + 12.0) % 24.0


def sun_direction(epoch: Epoch) -> np.ndarray:
    """Return the ITRS unit vector [3] to the Sun, within 0.02 deg from 1950 to 2050.

    Source: The Astronomical Almanac, section C, low-precision formulas.
    """
    days = epoch.seconds_since(Epoch.parse("2000-01-01T12:00:00Z")) / 86400.0
    anomaly = math.radians(357.528 + 0.9856003 * days)
    ecliptic = math.radians(280.460 + 0.9856474 * days + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly))
    obliquity = math.radians(23.439 - 4.0e-7 * days)
    sidereal = math.radians((280.46062 + 360.98564737 * days) % 360.0)
    x = math.cos(ecliptic)
    y, z = math.cos(obliquity) * math.sin(ecliptic), math.sin(obliquity) * math.sin(ecliptic)
    c, s = math.cos(sidereal), math.sin(sidereal)
    return np.array([c * x + s * y, c * y - s * x, z])


def gauss_coefficients_nt(year: float) -> np.ndarray:
    """Return the Gauss coefficients, nT, in the table's order, linear between its epochs. Raises InputError."""
    epochs, table = _igrf_table()
    if not epochs[0] <= year <= LAST_YEAR:  # field_lines rounds the last days of 2034 up to it
        given = math.floor(100.0 * year) / 100.0  # never rounded up into the range, nor to the year 10000
        raise InputError(
            f"time: year {given:g} is outside IGRF-14, {epochs[0]:g} to {LAST_YEAR:g}, which gives the magnetic field; "
            f"allowed: from {epochs[0]:g}-01-01, before {LAST_YEAR:g}-01-01"
        )
    i = min(int(np.searchsorted(epochs, year, side="right")) - 1, len(epochs) - 2)
    weight = (year - epochs[i]) / (epochs[i + 1] - epochs[i])
    return table[:, i] + weight * (table[:, i + 1] - table[:, i])


class _Table(NamedTuple):
    epochs: np.ndarray
    coefficients_nt: np.ndarray  # [coefficient, epoch]


@cache
def _igrf_rows() -> list[list[str]]:
    text = files("render").joinpath("data", "igrf14.txt").read_text()
    return [line.split() for line in text.splitlines() if not line.startswith("#")]


@cache
def _igrf_table() -> _Table:
    rows = _igrf_rows()
    return _Table(np.array(rows[0][2:], float), np.array([row[2:] for row in rows[1:]], float))


@cache
def _gauss_orders() -> list[tuple[int, int]]:
    """Return (n, m) of each coefficient; m < 0 is the sine term h of order -m."""
    return [(int(row[0]), int(row[1])) for row in _igrf_rows()[1:]]


def _index(n: int, m: int) -> int:
    """Return the row of the solid harmonic of degree n and order m."""
    return n * (n + 1) // 2 + m


@lru_cache(maxsize=16)
def _field_weights(year: float) -> np.ndarray:
    """Return W [3, harmonic], complex: field = Re(W @ solid harmonics), nT.

    With V = a Re sum c S, c = (g - i h) times the Schmidt factor, and a dS/dx and so on being sums of harmonics of
    degree n + 1 (Cunningham 1970, Celest. Mech. 2, 207; Montenbruck & Gill 2000, section 3.2.5), B = -grad V.
    """
    weights = np.zeros((3, _index(IGRF_DEGREE + 2, 0)), complex)
    for (n, m), value in zip(_gauss_orders(), gauss_coefficients_nt(year), strict=True):
        order = abs(m)
        schmidt = math.sqrt((2 - (order == 0)) * math.factorial(n - order) / math.factorial(n + order))
        c = value * schmidt * (1.0 if m >= 0 else -1j)
        weights[2, _index(n + 1, order)] += (n - order + 1) * c
        up = c if order == 0 else 0.5 * c
        weights[:2, _index(n + 1, order + 1)] += np.array([up, -1j * up])
        if order > 0:
            down = 0.5 * (n - order + 2) * (n - order + 1) * c
            weights[:2, _index(n + 1, order - 1)] += np.array([-down, -1j * down])
    return weights


def _solid_harmonics(position_km: np.ndarray) -> np.ndarray:
    """Return S_nm = (a / r)^(n+1) P_nm(sin latitude) exp(i m longitude), complex, [harmonic, position], to degree 14.

    P_nm are the unnormalised associated Legendre functions without the sign (-1)^m. Recurrences: Montenbruck & Gill
    2000, 3.29-3.30.
    """
    x, y, z = position_km.T
    scale = IGRF_RADIUS_KM / np.einsum("ij,ij->i", position_km, position_km)
    across, along, square = (x + 1j * y) * scale, z * scale, IGRF_RADIUS_KM * scale
    top = IGRF_DEGREE + 1
    harmonics = np.empty((_index(top + 1, 0), len(x)), complex)
    harmonics[0] = np.sqrt(square)
    for n in range(1, top + 1):
        row, before, twice = _index(n, 0), _index(n - 1, 0), _index(n - 2, 0)
        harmonics[row + n] = (2 * n - 1) * across * harmonics[before + n - 1]
        m = np.arange(n)[:, None]
        harmonics[row : row + n] = (2 * n - 1) / (n - m) * along * harmonics[before : before + n]
        if n > 1:
            m = m[:-1]
            harmonics[row : row + n - 1] -= (n + m - 1) / (n - m) * square * harmonics[twice : twice + n - 1]
    return harmonics


def _up(position: np.ndarray) -> np.ndarray:
    """Return the ellipsoid's outward normal, the gradient of geodetic altitude, [..., 3]."""
    latitude, longitude, _ = geodetic_from_itrs(position)
    return itrs_from_local(latitude, longitude)[..., 2]


def _unit_field(position: np.ndarray, year: float) -> np.ndarray:
    field = magnetic_field_nt(position, year)
    return field / np.linalg.norm(field, axis=-1, keepdims=True)


def _dip_sine(position: np.ndarray, year: float) -> np.ndarray:
    """Return the upward component of the field's unit vector, [...]: negative in the north."""
    return np.einsum("...i,...i->...", _unit_field(position, year), _up(position))


def _per_altitude(position: np.ndarray, year: float) -> np.ndarray:
    """Return the change of position along the line per km of geodetic altitude, [..., 3]."""
    field = _unit_field(position, year)
    rise = np.einsum("...i,...i->...", field, _up(position))[..., None]
    return field / np.where(np.abs(rise) < SMALLEST_DIP_SINE, np.copysign(SMALLEST_DIP_SINE, rise), rise)


def _rk4_arc(position: np.ndarray, length: np.ndarray, year: float) -> np.ndarray:
    """Return positions [n, 3] moved by arc length [n], km, along the field (negative: against it)."""
    s = length[:, None]
    k1 = _unit_field(position, year)
    k2 = _unit_field(position + 0.5 * s * k1, year)
    k3 = _unit_field(position + 0.5 * s * k2, year)
    k4 = _unit_field(position + s * k3, year)
    return position + s / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def _apexes(start: np.ndarray, upward: np.ndarray, year: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines' highest points [n, 3] and their altitudes, km; `upward` [n] +1: against the field."""
    before, slope = start.copy(), -upward * _dip_sine(start, year)  # d altitude / d arc, zero or positive at the start
    apex = start.copy()
    active = np.flatnonzero(slope > 0.0)
    away = np.zeros(len(start), bool)
    for _ in range(APEX_STEPS_MOST):
        if not active.size:
            break
        here, direction = before[active], -upward[active]
        length = direction * APEX_STEP * np.linalg.norm(here, axis=-1)
        there = _rk4_arc(here, length, year)
        slope_there = direction * _dip_sine(there, year)
        over = slope_there <= 0.0
        part = slope[active] / np.where(over, slope[active] - slope_there, 1.0)
        apex[active[over]] = _rk4_arc(here[over], (part * length)[over], year)
        out = ~over & (np.linalg.norm(there, axis=-1) > DIPOLE_BEYOND_KM)
        apex[active[out]] = _dipole_apex(there[out], year)
        away[active[out]] = True
        before[active], slope[active] = there, slope_there
        active = active[~(over | out)]
    altitude = np.where(away, np.linalg.norm(apex, axis=-1) - EARTH_MEAN_RADIUS_KM, geodetic_from_itrs(apex)[2])
    return apex, altitude


def _dipole_apex(position: np.ndarray, year: float) -> np.ndarray:
    """Return the apex [n, 3] of the centred dipole's line: r / cos^2(latitude), at the same longitude."""
    rotation = dipole_from_itrs(year)
    components = position @ rotation.T
    across2 = components[:, 0] ** 2 + components[:, 1] ** 2
    radius = np.linalg.norm(components, axis=-1)
    stretch = radius**3 / np.maximum(across2, 1e-12 * radius**2) ** 1.5  # r_apex / distance from the axis
    return (components * np.array([1.0, 1.0, 0.0]) * stretch[:, None]) @ rotation
