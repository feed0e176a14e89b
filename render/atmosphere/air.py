"""Molecules: how they scatter, and how they bend light."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

STANDARD_AIR_M3 = 2.546916e25  # m-3, at 15 C and 1 atm (ideal gas)


@cache
def data_table(name: str) -> dict[str, Array]:
    """Return a CSV file of `render/data` as columns by name; its `#` lines tell source and units."""
    text = (files("render") / "data" / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    values = np.array([[float(x) for x in line.split(",")] for line in lines[1:]])
    return dict(zip(lines[0].split(","), values.T, strict=True))


def rayleigh_cross_section_m2(wavelengths_nm: ArrayLike) -> Array:
    """Return the scattering cross section per molecule, m2, at any wavelengths, nm.

    sigma lambda^4 varies by 12 % over the table and is interpolated linearly in lambda^-2, in which the refractivity
    is nearly linear; the end segments carry on beyond 380 and 780 nm (at 330 nm within 1 % of Bates 1984). The King
    factor of each wavelength is in the table.
    """
    table = data_table("cross_sections.csv")
    x, y = table["wavelength_nm"] ** -2.0, table["air_m2"] * table["wavelength_nm"] ** 4
    at = np.asarray(wavelengths_nm, dtype=np.float64)
    return _interpolate_onward(at**-2.0, x[::-1], y[::-1]) * at**-4.0


def rayleigh_beta2(wavelengths_nm: ArrayLike) -> Array:
    """Return beta2 of the molecular phase function 1 + beta2 P2(cos), mean 1 over the sphere."""
    table = data_table("cross_sections.csv")
    return np.interp(np.asarray(wavelengths_nm, dtype=np.float64), table["wavelength_nm"], table["beta2"])


def refractivity(wavelengths_nm: ArrayLike) -> Array:
    """Return n - 1 of dry air at 15 C and 1 atm (Ciddor 1996, Appl. Opt. 35, 1566); it goes with the density."""
    s = (1e3 / np.asarray(wavelengths_nm, dtype=np.float64)) ** 2
    return 1e-8 * (5792105.0 / (238.0185 - s) + 167917.0 / (57.362 - s))


def _interpolate_onward(x: Array, nodes: Array, values: Array) -> Array:
    """Interpolate linearly, and beyond the ends along the end segments; `nodes` ascend."""
    i = np.clip(np.searchsorted(nodes, x) - 1, 0, len(nodes) - 2)
    slope = (values[i + 1] - values[i]) / (nodes[i + 1] - nodes[i])
    return values[i] + slope * (x - nodes[i])
