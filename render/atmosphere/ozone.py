"""Absorption by ozone (Huggins foot, Chappuis band)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.air import Array, data_table

DOBSON_M2 = 2.6867e20  # molecules m-2 per Dobson unit (0.01 mm at 0 C, 1 atm)

# Below the table, nm and m2. 365 and 375: as the table's source. 330 to 350: means over 10 nm at 233 K of Daumont,
# Brion and Malicet (Malicet et al. 1995, J. Atmos. Chem. 21, 263), between their 228 and 243 K
HUGGINS_NM = np.array([330.0, 340.0, 350.0, 365.0, 375.0])
HUGGINS_M2 = np.array([5.22e-25, 9.88e-26, 1.55e-26, 1.18e-27, 2.18e-28])


def column_du(altitude_km: Array, ozone_m3: Array) -> float:
    """Return the vertical column in Dobson units of a density that is linear between altitudes."""
    return float(np.sum((ozone_m3[1:] + ozone_m3[:-1]) / 2.0 * np.diff(altitude_km))) * 1e3 / DOBSON_M2


def ozone_cross_section_m2(wavelengths_nm: ArrayLike) -> Array:
    """Return the absorption cross section per molecule, m2, interpolated in its logarithm.

    Beyond 330 and 780 nm it is held at the end values, where the column's optical depth in the near infrared is below
    0.003.
    """
    table = data_table("cross_sections.csv")
    nodes = np.concatenate([HUGGINS_NM, table["wavelength_nm"]])
    logarithm = np.log(np.concatenate([HUGGINS_M2, table["ozone_m2"]]))
    return np.exp(np.interp(np.asarray(wavelengths_nm, dtype=np.float64), nodes, logarithm))
