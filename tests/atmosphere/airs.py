"""Atmospheres for tests: the exponential one, whose columns and bending have closed forms; and profiles in files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from render.atmosphere.extinction import AIR_UNIT_M3, SPECIES, Atmosphere, build_atmosphere
from render.atmosphere.profile import read_profile
from render.atmosphere.settings import AtmosphereSettings
from render.core.errors import InputError
from render.core.units import EARTH_MEAN_RADIUS_KM

Columns = dict[str, np.ndarray]
Write = Callable[[Columns], Path]
AEROSOL = "aerosol_extinction_550nm_per_m"
SCALE_KM = 8.0  # km, of the exponential atmosphere
NO_HAZE = AtmosphereSettings(ozone_du=0.0, aerosol="none")
UNBENT = AtmosphereSettings(refraction=False)


def atmosphere_of(altitude_km: np.ndarray, air_m3: np.ndarray, *, refracts: bool) -> Atmosphere:
    """Return an atmosphere of air alone."""
    density = np.zeros((len(altitude_km), len(SPECIES)))
    density[:, 0] = air_m3 / AIR_UNIT_M3
    return replace(build_atmosphere(NO_HAZE), altitude_km=altitude_km, density=density, refracts=refracts)


def exponential(ground_m3: float = AIR_UNIT_M3, *, refracts: bool = False) -> Atmosphere:
    """Return air that falls by e every SCALE_KM."""
    z = np.arange(0.0, 120.1, 0.25)
    return atmosphere_of(z, ground_m3 * np.exp(-z / SCALE_KM), refracts=refracts)


def chapman_horizontal(perigee_km: float) -> float:
    """Return r exp(X) K1(X), km, X = r / H: one side of a level ray through unit density at its lowest point."""
    r = EARTH_MEAN_RADIUS_KM + perigee_km
    x = r / SCALE_KM
    return r * np.sqrt(np.pi / (2.0 * x)) * (1.0 + 3.0 / (8.0 * x) - 15.0 / (128.0 * x * x))


def complaint(path: str | Path) -> str:
    """Return the one line that refuses a profile."""
    with pytest.raises(InputError) as refused:
        read_profile(path)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    assert refused.value.exit_code == 2
    return str(refused.value)


def up_to(columns: Columns, top_km: float) -> Columns:
    """Return the rows up to an altitude."""
    return {name: values[columns["altitude_km"] <= top_km] for name, values in columns.items()}
