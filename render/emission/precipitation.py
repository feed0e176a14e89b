"""The electrons that fall into the air."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Spectrum = Literal["maxwellian", "monoenergetic"]
SPECTRA: tuple[Spectrum, ...] = ("maxwellian", "monoenergetic")


@dataclass(frozen=True)
class Precipitation:
    """Electrons, isotropic over the downward hemisphere.

    `characteristic_energy_kev`: E0 of the Maxwellian Q E exp(-E/E0) / (2 E0^3), whose mean energy is 2 E0; of a
    monoenergetic beam the energy itself. `energy_flux_mw_m2`: energy flux Q down through a horizontal plane, mW m-2
    (= erg cm-2 s-1), 0 allowed. Raises ValueError where a value is not finite or out of range.
    """

    characteristic_energy_kev: float
    energy_flux_mw_m2: float
    spectrum: Spectrum = "maxwellian"

    def __post_init__(self) -> None:
        energy, flux = self.characteristic_energy_kev, self.energy_flux_mw_m2
        if not (math.isfinite(energy) and energy > 0.0):
            raise ValueError(f"characteristic energy is {energy} keV; it must be finite and positive")
        if not (math.isfinite(flux) and flux >= 0.0):
            raise ValueError(f"energy flux is {flux} mW m-2; it must be finite and not negative")
        if self.spectrum not in SPECTRA:
            raise ValueError(f"spectrum is {self.spectrum!r}; allowed: {', '.join(SPECTRA)}")
