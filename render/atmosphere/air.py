"""Molecular scattering, the reference profile, and the scene's `[atmosphere]` section."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from render.record import Record

Array = NDArray[np.float64]


class AtmosphereSettings(Record):
    """The `[atmosphere]` section: what the air between the ground and 120 km is made of."""

    enabled: bool = Field(True, description="false: no air at all; nothing is scattered, reddened or dimmed")
    ozone_du: float = Field(
        345.0, ge=0.0, le=700.0, description="ozone column, Dobson units; scales the standard profile"
    )
    aerosol: Literal["none", "background"] = Field(
        "background", description="none, or a clean boundary layer under the quiet stratosphere (0.057 at 550 nm)"
    )


@cache
def data_table(name: str) -> dict[str, Array]:
    """Return a CSV file of `render/data` as columns by name; its `#` lines tell source and units."""
    text = (files("render") / "data" / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    values = np.array([[float(x) for x in line.split(",")] for line in lines[1:]])
    return dict(zip(lines[0].split(","), values.T, strict=True))


def profile_altitudes_km() -> Array:
    """Return the altitudes, km, of the reference profile, 0 to 120; between them densities are linear."""
    return data_table("atmosphere_us76.csv")["altitude_km"]


def air_density_m3() -> Array:
    """Return the number density of air, m-3, at `profile_altitudes_km`."""
    return data_table("atmosphere_us76.csv")["air_m3"]


def rayleigh_cross_section_m2(wavelengths_nm: ArrayLike) -> Array:
    """Return the scattering cross section per molecule, m2, at any wavelengths, nm.

    sigma lambda^4 varies by 12 % over the table and is interpolated linearly in lambda^-2, in which the refractivity
    is nearly linear; the end segments carry on beyond 380 and 780 nm (at 330 nm within 1 % of Bates 1984).
    """
    table = data_table("cross_sections.csv")
    x, y = table["wavelength_nm"] ** -2.0, table["air_m2"] * table["wavelength_nm"] ** 4
    at = np.asarray(wavelengths_nm, dtype=np.float64)
    return _interpolate_onward(at**-2.0, x[::-1], y[::-1]) * at**-4.0


def rayleigh_beta2(wavelengths_nm: ArrayLike) -> Array:
    """Return beta2 of the molecular phase function 1 + beta2 P2(cos), mean 1 over the sphere."""
    table = data_table("cross_sections.csv")
    return np.interp(np.asarray(wavelengths_nm, dtype=np.float64), table["wavelength_nm"], table["beta2"])


def _interpolate_onward(x: Array, nodes: Array, values: Array) -> Array:
    """Interpolate linearly, and beyond the ends along the end segments; `nodes` ascend."""
    i = np.clip(np.searchsorted(nodes, x) - 1, 0, len(nodes) - 2)
    slope = (values[i + 1] - values[i]) / (nodes[i + 1] - nodes[i])
    return values[i] + slope * (x - nodes[i])
