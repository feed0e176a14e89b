"""The electrons that fall into the air."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from render.core.units import ERG_CM2_S_IN_KEV
from render.emission.spectra import CORES, Core, ElectronSpectrum

Spectrum = Core | Literal["tabulated"]
SPECTRA: tuple[Spectrum, ...] = (*CORES, "tabulated")
NODES_PER_DECADE = 40  # energies at which a tabulated spectrum is integrated: a smooth spectrum's sum to 1e-3


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
    spectrum: Spectrum | ElectronSpectrum = "maxwellian"
    table: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        energy, flux = self.characteristic_energy_kev, self.energy_flux_mw_m2
        if not (math.isfinite(energy) and energy > 0.0):
            raise ValueError(f"characteristic energy is {energy} keV; it must be finite and positive")
        if not (math.isfinite(flux) and flux >= 0.0):
            raise ValueError(f"energy flux is {flux} mW m-2; it must be finite and not negative")
        if not isinstance(self.spectrum, ElectronSpectrum) and self.spectrum not in SPECTRA:
            raise ValueError(f"spectrum is {self.spectrum!r}; allowed: {', '.join(SPECTRA)}")
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
        if energy.ndim != 1 or energy.shape != flux.shape or len(energy) < 2:
            raise ValueError("a spectrum needs at least two energies and as many fluxes")
        if not (np.isfinite(energy).all() and energy[0] > 0.0 and (np.diff(energy) > 0.0).all()):
            raise ValueError("the spectrum's energies must be finite, positive and rising")
        if not (np.isfinite(flux).all() and (flux >= 0.0).all() and flux.any()):
            raise ValueError("the spectrum's fluxes must be finite, not negative, and not all 0")
        table = tuple((float(e), float(f)) for e, f in zip(energy, flux, strict=True))
        _, number, power = _integrals(table)
        mean_kev = float(power.sum() / number.sum())
        return cls(mean_kev / 2.0, float(power.sum()) / ERG_CM2_S_IN_KEV, "tabulated", table)

    def beams(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (energies keV [node], share of the energy flux at each [node], sum 1) of a tabulated spectrum."""
        nodes, _, power = _integrals(self.table)
        return nodes, power / power.sum()


def _integrals(table: tuple[tuple[float, float], ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes keV, electrons cm-2 s-1 and keV cm-2 s-1 at each, by the trapezoidal rule in ln E."""
    energy, flux = np.array(table).T
    count = max(int(np.ceil(NODES_PER_DECADE * np.log10(energy[-1] / energy[0]))), 2)
    nodes = np.union1d(np.geomspace(energy[0], energy[-1], count + 1)[1:-1], energy)
    dark = np.log(np.finfo(float).tiny)
    log_flux = np.where(flux > 0.0, np.log(np.maximum(flux, np.finfo(float).tiny)), dark)
    between = np.exp(np.interp(np.log(nodes), np.log(energy), log_flux))
    step = np.gradient(np.log(nodes))
    step[[0, -1]] *= 0.5
    number = between * nodes * step
    return nodes, number, number * nodes
