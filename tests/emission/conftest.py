"""Atmospheres and columns of GLOW, and an isothermal air in hydrostatic balance."""

import csv

import numpy as np
import pytest

from render.geophysics.upper_air.thermosphere import Thermosphere
from tests import REFERENCE


def rows_of(name):
    text = (REFERENCE / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def glow_atmosphere(condition):
    rows = rows_of(f"glow_atmosphere_{condition}.csv")
    return Thermosphere(**{name: np.array([float(row[name]) for row in rows]) for name in rows[0]})


@pytest.fixture(scope="session")
def glow_air():
    """Return {condition: Thermosphere} of the GLOW runs."""
    return {condition: glow_atmosphere(condition) for condition in "ab"}


@pytest.fixture(scope="session")
def glow_columns():
    """Return {(condition, spectrum, energy keV, line): (column R, peak km, centroid km)}."""
    return {
        (row["condition"], row["spectrum"], float(row["energy_kev"]), row["line"]): tuple(
            float(row[name]) for name in ("column_R", "peak_km", "centroid_km")
        )
        for row in rows_of("glow_columns.csv")
    }


@pytest.fixture(scope="session")
def air():
    """Return one air to work with: condition a."""
    return glow_atmosphere("a")
