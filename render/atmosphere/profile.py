"""Where the air is: the standard profile, or a user's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from render.atmosphere.air import Array, data_table
from render.atmosphere.profile_check import check_profile
from render.core.cache import file_digest
from render.core.number_table import MAX_BYTES, NumberTable, read_number_table
from render.core.units import AMU_KG, BOLTZMANN_J_K, GRAVITY_M_S2, GRAVITY_RADIUS_KM

REQUIRED = ("altitude_km", "temperature_K", "pressure_Pa", "air_m3", "ozone_m3", "aerosol_extinction_550nm_per_m")
OPTIONAL = ("no2_m3",)
LEAST_ROWS = 10
TOP_KM = 120.0  # km, to which a shorter file is continued; `extinction` has nothing above
CONTINUED_STEP_KM = 1.0  # km; an exponential taken linearly over it is 0.3 % too thick
AIR_MASS_AMU = 28.9644  # g mol-1, mean of dry air; US Standard Atmosphere 1976


@dataclass(frozen=True, eq=False)
class Profile:
    """Hold densities against `altitude_km` [z], linear between: `air_m3`, `ozone_m3`, `no2_m3` [z].

    `aerosol_per_km` [z]: extinction at 550 nm of a user's file, where the scene's layers do not count; else None.
    `doubts`: what is strange about a user's file, one line each.
    """

    altitude_km: Array
    air_m3: Array
    ozone_m3: Array
    no2_m3: Array
    aerosol_per_km: Array | None
    doubts: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def standard_profile() -> Profile:
    """Return the US Standard Atmosphere 1976 with AFGL ozone, 0 to 120 km."""
    table = data_table("atmosphere_us76.csv")
    z = table["altitude_km"]
    return Profile(z, table["air_m3"], table["ozone_m3"], np.zeros_like(z), None)


def read_profile(path: str | Path) -> Profile:
    """Read a user's profile from a CSV file with the columns of REQUIRED and, if known, OPTIONAL.

    Rows rise in altitude, from the ground (0.5 km above or below sea level at most) to 60 km or more, 5 km apart at
    most. Temperature and pressure are not kept: they check the air (p = n k T, and each carries what lies above) and
    give the scale height by which a file is continued, at its own mixing ratios: down to sea level, and up to 120 km,
    where a stop would draw an edge into the limb. An unchanged file gives the same object. Raises InputError, one
    line, for anything else, and for values that look like another unit.
    """
    return _read(str(path), file_digest(path, MAX_BYTES))


@lru_cache(maxsize=8)
def _read(path: str, _content: str) -> Profile:
    table = read_number_table(path, REQUIRED, OPTIONAL, LEAST_ROWS)
    doubts = check_profile(table)
    c = _continued(table)
    aerosol = c["aerosol_extinction_550nm_per_m"] * 1e3
    return Profile(c["altitude_km"], c["air_m3"], c["ozone_m3"], c["no2_m3"], aerosol, doubts)


def _continued(table: NumberTable) -> dict[str, Array]:
    """Return altitude and densities from sea level to 120 km at least."""
    z, temperature = table.columns["altitude_km"], table.columns["temperature_K"]
    names = ("air_m3", "ozone_m3", "no2_m3", "aerosol_extinction_550nm_per_m")
    below = np.zeros(1 if z[0] > 0.0 else 0)
    above = np.arange(z[-1] + CONTINUED_STEP_KM, TOP_KM, CONTINUED_STEP_KM)
    above = np.append(above, TOP_KM) if z[-1] < TOP_KM else np.zeros(0)
    thicker = np.exp((z[0] - below) / scale_height_km(z[0], temperature[0]))
    thinner = np.exp((z[-1] - above) / scale_height_km(z[-1], temperature[-1]))
    whole = np.concatenate([below, z, above])
    kept = np.unique(np.append(whole[whole > 0.0], 0.0))  # rows below sea level end at it
    found = {"altitude_km": kept}
    for name in names:
        own = table.columns.get(name, np.zeros_like(z))
        found[name] = np.interp(kept, whole, np.concatenate([own[0] * thicker, own, own[-1] * thinner]))
    return found


def scale_height_km(altitude_km: float, temperature_k: float) -> float:
    """Return k T / (m g), km."""
    gravity = GRAVITY_M_S2 * (GRAVITY_RADIUS_KM / (GRAVITY_RADIUS_KM + altitude_km)) ** 2
    return BOLTZMANN_J_K * temperature_k / (AIR_MASS_AMU * AMU_KG * gravity) / 1e3
