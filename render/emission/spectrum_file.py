"""A user's own electrons: a differential number flux from a CSV file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from render.core.errors import InputError
from render.core.number_table import read_number_table
from render.emission.precipitation import Precipitation
from render.emission.spectra import ROWS_KEV

COLUMNS = ("energy_keV", "flux_cm2_s_keV")
MOST_FLUX_MW_M2 = 1000.0  # mW m-2, beyond any aurora


def read_spectrum(path: str | Path) -> Precipitation:
    """Read electrons from a CSV file with columns energy_keV, rising, and flux_cm2_s_keV.

    The flux counts electrons cm-2 s-1 keV-1 down through a horizontal plane. Trap: over the whole hemisphere, pi times
    an isotropic flux per steradian. Raises InputError, one line, for a file
    that cannot be used, energies outside 0.001 to 1000 keV, and fluxes that are negative, all 0 or above 1000 mW m-2.
    """
    table = read_number_table(path, COLUMNS)
    energy, flux = (table.columns[name] for name in COLUMNS)
    low, high = ROWS_KEV
    bad = np.flatnonzero((energy < low) | (energy > high))
    if len(bad):
        guess = "; is it in eV?" if energy.max() > high else ""
        raise table.refuse("energy_keV", int(bad[-1]), f"keV is out of range; allowed: {low:g} to {high:g} keV{guess}")
    table.require_rising("energy_keV")
    if (flux < 0.0).any():
        raise table.refuse("flux_cm2_s_keV", int(np.argmin(flux)), "is negative; a flux must be at least 0")
    if not flux.any():
        raise InputError(f"{table.path}: flux_cm2_s_keV is 0 in every row; a spectrum needs electrons")
    try:
        precipitation = Precipitation.tabulated(energy, flux)
    except ValueError as error:
        raise InputError(f"{table.path}: {error}") from None
    if precipitation.energy_flux_mw_m2 > MOST_FLUX_MW_M2:
        raise InputError(
            f"{table.path}: the electrons carry {precipitation.energy_flux_mw_m2:.3g} mW m-2; allowed: at most "
            f"{MOST_FLUX_MW_M2:g}; flux_cm2_s_keV is per cm2, s and keV"
        )
    return precipitation
