"""Ozone: the standard profile scaled to a column, and its absorption (Huggins foot, Chappuis band)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.air import Array, data_table, profile_altitudes_km

DOBSON_M2 = 2.6867e20  # molecules m-2 per Dobson unit (0.01 mm at 0 C, 1 atm)

# Below the table, nm and m2. 365 and 375: as the table's source. 330 to 350: Bremen data from memory, uncertain 15 %
HUGGINS_NM = np.array([330.0, 340.0, 350.0, 365.0, 375.0])
HUGGINS_M2 = np.array([5.5e-25, 1.2e-25, 2.9e-26, 1.18e-27, 2.18e-28])


def ozone_density_m3(column_du: float) -> Array:
    """Return the number density of ozone, m-3, at `profile_altitudes_km`, scaled to the column in Dobson units."""
    density = data_table("atmosphere_us76.csv")["ozone_m3"]
    return density * column_du / profile_column_du()


def profile_column_du() -> float:
    """Return the column of the unscaled profile in Dobson units: 344.8."""
    density = data_table("atmosphere_us76.csv")["ozone_m3"]
    layers_m = np.diff(profile_altitudes_km()) * 1e3
    return float(np.sum((density[1:] + density[:-1]) / 2.0 * layers_m)) / DOBSON_M2


def ozone_cross_section_m2(wavelengths_nm: ArrayLike) -> Array:
    """Return the absorption cross section per molecule, m2, interpolated in its logarithm.

    Beyond 330 and 780 nm it is held at the end values, where the column's optical depth in the near infrared is below
    0.003.
    """
    table = data_table("cross_sections.csv")
    nodes = np.concatenate([HUGGINS_NM, table["wavelength_nm"]])
    logarithm = np.log(np.concatenate([HUGGINS_M2, table["ozone_m2"]]))
    return np.exp(np.interp(np.asarray(wavelengths_nm, dtype=np.float64), nodes, logarithm))
