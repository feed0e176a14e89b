"""Aerosol: where its layers lie, and how extinction goes with wavelength."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.air import Array, data_table
from render.atmosphere.settings import VolcanicLayer

REFERENCE_NM = 550.0
BOUNDARY_SCALE_KM, BOUNDARY_TOP_KM = 2.0, 12.0  # km, of the boundary layer
FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))


def boundary_shape(altitude_km: Array) -> Array:
    """Return the boundary layer's extinction, relative to the ground's; linear between the profile's altitudes."""
    z = data_table("atmosphere_us76.csv")["altitude_km"]
    return np.interp(altitude_km, z, _boundary(z))


def background_shape(altitude_km: Array) -> Array:
    """Return the quiet stratosphere's extinction, relative to the ground's: SAGE's means without the boundary layer.

    Linear between the standard profile's altitudes, so that with `boundary_shape` it is that profile's own aerosol.
    """
    table = data_table("atmosphere_us76.csv")
    z, total = table["altitude_km"], table["aerosol_extinction_550nm_per_m"]
    return np.interp(altitude_km, z, np.maximum(total / total[0] - _boundary(z), 0.0))


def _boundary(altitude_km: Array) -> Array:
    return np.where(altitude_km < BOUNDARY_TOP_KM, np.exp(-altitude_km / BOUNDARY_SCALE_KM), 0.0)


def volcanic_shape(altitude_km: Array, layer: VolcanicLayer) -> Array:
    """Return the extinction of a volcano's layer, relative to its centre's."""
    return np.exp(-0.5 * ((altitude_km - layer.altitude_km) * FWHM_PER_SIGMA / layer.thickness_km) ** 2)


def scaled_to_depth(shape: Array, altitude_km: Array, optical_depth: float) -> Array:
    """Return extinction, km-1, of a shape (linear between altitudes) whose vertical sum is the optical depth."""
    depth = float(np.sum((shape[1:] + shape[:-1]) / 2.0 * np.diff(altitude_km)))
    return shape * (optical_depth / depth) if depth > 0.0 else np.zeros_like(shape)


def spectral_factor(wavelengths_nm: ArrayLike, angstrom: float) -> Array:
    """Return the extinction relative to that at 550 nm (Angstrom 1929)."""
    return (np.asarray(wavelengths_nm, dtype=np.float64) / REFERENCE_NM) ** -angstrom
