"""The electrons that fall into the air."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render.core.units import ERG_CM2_S_IN_KEV
from render.emission.spectra import CORES, Core, ElectronSpectrum, check_table, table_integrals


@dataclass(frozen=True)
class Precipitation:
    """Electrons, isotropic over the downward hemisphere.

    `characteristic_energy_kev`: of a broad spectrum half the mean energy of its core (E0 of the Maxwellian
    Q E exp(-E/E0) / (2 E0^3)), of a monoenergetic or Gaussian one the energy of its peak, see `ElectronSpectrum`; of a
    tabulated spectrum half its mean energy. `energy_flux_mw_m2`: energy flux Q down through a horizontal plane, mW m-2
    (= erg cm-2 s-1), 0 allowed, whatever the spectrum. `spectrum`: a name, or an `ElectronSpectrum` where width, kappa
    or a tail are to be said. `table`: pairs (energy keV, number flux) of a tabulated spectrum, see `tabulated`. Raises
    ValueError where a value is not finite or out of range.
    """

    characteristic_energy_kev: float
    energy_flux_mw_m2: float
    spectrum: Core | ElectronSpectrum = "maxwellian"
    table: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        energy, flux = self.characteristic_energy_kev, self.energy_flux_mw_m2
        if not (math.isfinite(energy) and energy > 0.0):
            raise ValueError(f"characteristic energy is {energy} keV; it must be finite and positive")
        if not (math.isfinite(flux) and flux >= 0.0):
            raise ValueError(f"energy flux is {flux} mW m-2; it must be finite and not negative")
        if not isinstance(self.spectrum, ElectronSpectrum) and self.spectrum not in CORES:
            raise ValueError(f"spectrum is {self.spectrum!r}; allowed: {', '.join(CORES)}")
        if (self.spectrum == "tabulated") != bool(self.table):
            raise ValueError("a tabulated spectrum, and only that, has a table; make it by Precipitation.tabulated")

    @property
    def shape(self) -> ElectronSpectrum | None:
        """How the energies spread; None of a tabulated spectrum."""
        if isinstance(self.spectrum, ElectronSpectrum):
            return self.spectrum
        return None if self.spectrum == "tabulated" else ElectronSpectrum(spectrum=self.spectrum)

    @property
    def mean_energy_kev(self) -> float:
        """Mean energy, keV, of all electrons: energy flux over number flux."""
        energy = self.characteristic_energy_kev
        return float(self.shape.mean_energy_kev(np.array(energy))) if self.shape else 2.0 * energy

    @property
    def number_flux_cm2_s(self) -> float:
        """Electrons cm-2 s-1 of all energies."""
        return self.energy_flux_mw_m2 * ERG_CM2_S_IN_KEV / self.mean_energy_kev

    def share_outside(self, low_kev: float, high_kev: float) -> float:
        """Return the share of the energy flux that electrons below `low_kev` and above `high_kev` carry, 0..1.

        In closed form; of a tabulated spectrum from its nodes.
        """
        if self.shape is None:
            nodes, share = self.beams()
            return float(share[(nodes < low_kev) | (nodes > high_kev)].sum())
        bounds = np.array([np.nextafter(low_kev, 0.0), high_kev])  # a beam at either bound is inside
        low, high = self.shape.share_above(bounds, np.array(self.characteristic_energy_kev))
        return float(1.0 - low + high)

    @classmethod
    def tabulated(cls, energy_kev: np.ndarray, number_flux_cm2_s_kev: np.ndarray) -> Precipitation:
        """Return the electrons of a measured or modelled spectrum.

        `energy_kev` [node] rising, positive; `number_flux_cm2_s_kev` [node] electrons cm-2 s-1 keV-1 down through a
        horizontal plane (over the whole hemisphere: pi times an isotropic flux per steradian), not negative. Between
        nodes ln flux is linear in ln energy; outside there are no electrons. Raises ValueError for any other input.
        """
        energy, flux = np.asarray(energy_kev, float), np.asarray(number_flux_cm2_s_kev, float)
        check_table(energy, flux)
        table = tuple((float(e), float(f)) for e, f in zip(energy, flux, strict=True))
        _, number, power = table_integrals(energy, flux)
        mean_kev = float(power.sum() / number.sum())
        return cls(mean_kev / 2.0, float(power.sum()) * float(flux.max()) / ERG_CM2_S_IN_KEV, "tabulated", table)

    def beams(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (energies keV [node], share of the energy flux at each [node], sum 1) of a tabulated spectrum."""
        nodes, _, power = table_integrals(*np.array(self.table).T)
        return nodes, power / power.sum()
