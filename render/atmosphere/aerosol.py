"""Aerosol: a thin boundary layer and the quiet stratosphere, one kind of particle everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.air import Array, data_table

ASYMMETRY = 0.70  # g of Henyey-Greenstein; background sulphate and continental haze 0.65 to 0.75
SINGLE_SCATTERING_ALBEDO = 0.97  # clean continental, mid visible
ANGSTROM = 1.3  # extinction ~ wavelength^-1.3 (Angstrom 1929, mean value)
REFERENCE_NM = 550.0


def aerosol_extinction_550_per_km(kind: str) -> Array:
    """Return the extinction at 550 nm, km-1, at `air.profile_altitudes_km`, of kind "none" or "background"."""
    per_m = data_table("atmosphere_us76.csv")["aerosol_extinction_550nm_per_m"]
    if kind not in ("none", "background"):
        raise ValueError(f"aerosol {kind!r} is unknown; allowed: none, background")
    return per_m * 1e3 if kind == "background" else np.zeros_like(per_m)


def aerosol_spectral_factor(wavelengths_nm: ArrayLike) -> Array:
    """Return the extinction relative to that at 550 nm."""
    return (np.asarray(wavelengths_nm, dtype=np.float64) / REFERENCE_NM) ** -ANGSTROM
