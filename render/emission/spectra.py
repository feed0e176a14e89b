"""How the energies of precipitating electrons spread about their characteristic energy: spectra by name.

All are number fluxes phi down through a horizontal plane, functions of x = E / Ec alone, and carry the energy flux that
they are given; a core may have a tail of harder electrons. Measured spectra are fitted so: Fontheim et al. 1982 with a
Maxwellian, a Gaussian and a power law. Secondary and degraded electrons below the core (Meier et al. 1989) are left
out.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from pydantic import Field, model_validator

from render.core.record import Record
from render.core.units import ERG_CM2_S_IN_KEV

Core = Literal["maxwellian", "monoenergetic", "gaussian", "kappa", "tabulated"]
CORES: tuple[Core, ...] = get_args(Core)
TAIL_MEAN = 3.0  # mean energy of a tail's electrons over that of the core's (chosen, 2 to 5: uncertain)
READ_BY = {"width": "gaussian", "kappa": "kappa", "energy_kev": "tabulated", "flux": "tabulated"}  # keys of one alone
MOST_ROWS = 1000  # of a table in a scene
ROWS_KEV = (0.001, 1000.0)  # keV that a table may hold, in a scene or a file
LEAST_FLUX = np.finfo(float).tiny  # of the greatest, in any unit: smaller numbers may count as 0 once a device runs
LEAST_RISE = 1e-9  # relative, from one of its energies to the next: less is lost in their logarithms
PEAK_WIDTHS, PEAK_NODES = 4.0, 33  # half-widths of a Gaussian on either side, and nodes across it; beyond lies 1e-7
NODES_PER_DECADE = 40  # energies at which a tabulated spectrum is integrated: a smooth spectrum's sum to 1e-3
# keV, nodes of the sum over a broad spectrum: even in ln E as those of a Maxwellian; harder electrons end below 75 km
BROAD_NODES_KEV = np.geomspace(0.03, 1000.0, 136)


class ElectronSpectrum(Record):
    """A spectrum by name. Its characteristic energy Ec is half the mean of a broad one, or where a peak stands.

    maxwellian     phi ~ x exp(-x), mean 2 Ec
    monoenergetic  all at Ec
    gaussian       phi ~ exp(-((x - 1) / width)^2), x > 0: the peak of an inverted V (Strickland et al. 1993)
    kappa          phi ~ x (1 + x / (kappa - 2))^-(kappa + 1), mean 2 Ec: as of a plasma sheet with suprathermal
                   electrons (Vasyliunas 1968), written by its mean energy; Maxwellian for kappa to infinity

    tabulated      fluxes at energies of one's own, ln flux linear in ln energy, stretched in energy to a mean of 2 Ec

    Tail: `tail_share` of the energy flux in a second population, a kappa spectrum with `tail_index` for kappa and
    TAIL_MEAN times the core's mean energy, which falls as E^-tail_index; the core keeps its Ec and carries the rest.
    Raises ValidationError for a key that the named spectrum does not read.
    """

    spectrum: Core = Field("maxwellian", description="maxwellian, monoenergetic, gaussian, kappa or tabulated")
    width: float = Field(
        0.15,
        ge=0.001,
        le=1.0,
        description="gaussian: half-width at 1/e of the peak, over its energy; 0.15 as in Strickland et al. 1993",
    )
    kappa: float = Field(
        5.0, ge=2.1, le=1e6, description="kappa: 2.5 (most suprathermal, FAST) to 10; plasma sheet about 5 (uncertain)"
    )
    energy_kev: tuple[float, ...] = Field(
        (), max_length=MOST_ROWS, description="tabulated: energies, keV, rising; stretched to each place's own mean"
    )
    flux: tuple[float, ...] = Field(
        (), max_length=MOST_ROWS, description="tabulated: number flux per keV at these energies, in any unit"
    )
    tail_share: float = Field(
        0.0, ge=0.0, le=0.9, description="of the energy flux, in a power-law tail of hard electrons"
    )
    tail_index: float = Field(
        4.0, ge=2.1, le=10.0, description="number flux of the tail falls as energy to minus this; 3-8, uncertain"
    )

    @model_validator(mode="after")
    def _each_key_is_read(self) -> ElectronSpectrum:
        given = self.model_fields_set
        for key, name in READ_BY.items():
            if key in given and self.spectrum != name:
                raise ValueError(f'{key} is of spectrum = "{name}", and this one is "{self.spectrum}"')
        if "tail_index" in given and "tail_share" not in given:
            raise ValueError("tail_index is of a tail; give tail_share as well")
        if self.spectrum == "tabulated":
            check_table(np.array(self.energy_kev), np.array(self.flux))
        return self

    @property
    def core_mean(self) -> float:
        """Mean energy of the core, of all its electrons, over Ec."""
        if self.spectrum == "gaussian":
            power, number = _gaussian_above(0.0, self.width)
            return power / number
        return 1.0 if self.spectrum == "monoenergetic" else 2.0

    def characteristic_kev(self, half_mean_kev: np.ndarray) -> np.ndarray:
        """Return Ec, keV, where the core's mean energy is twice `half_mean_kev`, as a Maxwellian's of that E0."""
        return half_mean_kev * (2.0 / self.core_mean)

    def mean_energy_kev(self, characteristic_kev: np.ndarray) -> np.ndarray:
        """Return the mean energy, keV, of all electrons: energy flux over number flux, the tail with them."""
        per_energy = (1.0 - self.tail_share + self.tail_share / TAIL_MEAN) / self.core_mean
        return characteristic_kev / per_energy

    def number_flux(self, energy_kev: np.ndarray, characteristic_kev: float) -> np.ndarray:
        """Return electrons cm-2 s-1 keV-1 per mW m-2 at each energy. Raises ValueError for a monoenergetic core."""
        x = np.asarray(energy_kev, float) / characteristic_kev
        if self.spectrum == "monoenergetic":
            raise ValueError("monoenergetic electrons have no flux per keV")
        if self.spectrum == "gaussian":
            core = np.exp(-(((x - 1.0) / self.width) ** 2)) / _gaussian_above(0.0, self.width)[0]
        elif self.spectrum == "kappa":
            core = _kappa_flux(x, self.kappa)
        elif self.spectrum == "tabulated":
            core = _stretched_flux(x, np.array(self.energy_kev), np.array(self.flux))
        else:
            core = 0.5 * x * np.exp(-x)
        tail = _kappa_flux(x / self._tail_half_mean, self.tail_index) / self._tail_half_mean**2
        share = self.tail_share
        return np.asarray(ERG_CM2_S_IN_KEV / characteristic_kev**2 * ((1.0 - share) * core + share * tail))

    def share_above(self, energy_kev: np.ndarray, characteristic_kev: np.ndarray) -> np.ndarray:
        """Return the share of the energy flux that electrons of more than `energy_kev` carry, 1 to 0."""
        x = np.asarray(energy_kev, float) / characteristic_kev
        core = self._core_above(x)
        return core + self.tail_share * (self._tail_above(x) - core) if self.tail_share else core

    def core_beams(self, characteristic_kev: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return energies keV [energy, node] that stand for a Gaussian core, and the share of its energy flux [node].

        Nodes are the middles of even cells in E, from 0 at most; the outer cells hold all that is beyond.
        """
        reach = PEAK_WIDTHS * self.width
        edges = np.linspace(max(1.0 - reach, 0.0), 1.0 + reach, PEAK_NODES + 1)
        above = self._core_above(edges)
        above[[0, -1]] = 1.0, 0.0
        middle = 0.5 * (edges[1:] + edges[:-1])
        return np.maximum(characteristic_kev[:, None] * middle, BROAD_NODES_KEV[0]), -np.diff(above)

    def broad_shares(self, characteristic_kev: np.ndarray, tail: bool) -> np.ndarray:
        """Return the share of the energy flux of the core, or of the tail, at BROAD_NODES_KEV, [energy, node], sum 1.

        Each node has what lies between the middles, in ln E, of it and its neighbours; the ends all that is beyond.
        """
        edges = np.sqrt(BROAD_NODES_KEV[1:] * BROAD_NODES_KEV[:-1]) / characteristic_kev[:, None]
        above = self._tail_above(edges) if tail else self._core_above(edges)
        ends = np.ones((len(above), 1))
        return -np.diff(np.concatenate([ends, above, 0.0 * ends], axis=1), axis=1)

    @property
    def _tail_half_mean(self) -> float:
        """Half the mean energy of the tail's electrons, over Ec."""
        return 0.5 * TAIL_MEAN * self.core_mean

    def _core_above(self, x: np.ndarray) -> np.ndarray:
        """Return the share of the core's energy flux above x Ec, in closed form."""
        if self.spectrum == "monoenergetic":
            return np.where(x < 1.0, 1.0, 0.0)
        if self.spectrum == "gaussian":
            every = _gaussian_above(0.0, self.width)[0]
            return np.vectorize(lambda each: _gaussian_above(each, self.width)[0] / every, otypes=[float])(x)
        if self.spectrum == "kappa":
            return _kappa_above(x, self.kappa)
        if self.spectrum == "tabulated":
            return _stretched_above(x, np.array(self.energy_kev), np.array(self.flux))
        return np.asarray((1.0 + x + 0.5 * x * x) * np.exp(-x))

    def _tail_above(self, x: np.ndarray) -> np.ndarray:
        """Return the share of the tail's energy flux above x Ec."""
        return _kappa_above(x / self._tail_half_mean, self.tail_index)


MAXWELLIAN = ElectronSpectrum()


def _kappa_flux(x: np.ndarray, kappa: float) -> np.ndarray:
    """Return a kappa spectrum's number flux at x half means, scaled to energy flux 1: integral of x phi dx."""
    scale = kappa * (kappa - 1.0) / (2.0 * (kappa - 2.0) ** 2)
    return np.asarray(scale * x * np.exp(-(kappa + 1.0) * np.log1p(x / (kappa - 2.0))))


def _kappa_above(x: np.ndarray, kappa: float) -> np.ndarray:
    """Return the share of its energy flux above x half means: the incomplete beta function of (kappa - 2, 3)."""
    k, u = kappa - 2.0, x / (kappa - 2.0)
    part = u / (1.0 + u)
    return np.asarray(np.exp(-k * np.log1p(u)) * (1.0 + k * part * (1.0 + 0.5 * (k + 1.0) * part)))


def _gaussian_above(x: float, width: float) -> tuple[float, float]:
    """Return the integrals of E exp(-((E - 1) / width)^2) and of the Gaussian itself from x to infinity."""
    z = (x - 1.0) / width
    number = 0.5 * math.sqrt(math.pi) * width * math.erfc(z)
    return number + 0.5 * width**2 * math.exp(-min(z * z, 700.0)), number


def check_table(energy_kev: np.ndarray, flux: np.ndarray) -> None:
    """Raise ValueError for energies, keV, and fluxes [node] that are no spectrum."""
    if energy_kev.ndim != 1 or energy_kev.shape != flux.shape or len(energy_kev) < 2:
        raise ValueError(
            f"a spectrum needs at least two energies and as many fluxes; given: {energy_kev.size} and {flux.size}"
        )
    low, high = ROWS_KEV
    outside = energy_kev[~((energy_kev >= low) & (energy_kev <= high))]
    if len(outside):
        guess = "; are they in eV?" if outside[-1] > high else ""
        raise ValueError(f"the spectrum's energies must be {low:g} to {high:g} keV; one is {outside[-1]:g}{guess}")
    if not (np.diff(energy_kev) > LEAST_RISE * energy_kev[1:]).all():
        raise ValueError("the spectrum's energies must be rising")
    if not (np.isfinite(flux).all() and (flux >= 0.0).all() and flux.max() >= LEAST_FLUX):
        raise ValueError("the spectrum's fluxes must be finite, not negative, and not all 0")


def table_integrals(energy_kev: np.ndarray, flux: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes keV, electrons cm-2 s-1 and keV cm-2 s-1 at each, by the trapezoidal rule in ln E.

    Trap: both per unit of the greatest flux, so that nothing overflows whatever the unit of `flux`.
    """
    count = max(int(np.ceil(NODES_PER_DECADE * np.log10(energy_kev[-1] / energy_kev[0]))), 2)
    nodes = np.union1d(np.geomspace(energy_kev[0], energy_kev[-1], count + 1)[1:-1], energy_kev)
    number = _between(nodes, energy_kev, flux / flux.max()) * nodes * _steps(nodes)
    return nodes, number, number * nodes


def _between(at_kev: np.ndarray, energy_kev: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Return a table's flux between its rows, ln flux linear in ln energy."""
    log_flux = np.log(np.maximum(flux, LEAST_FLUX))
    return np.asarray(np.exp(np.interp(np.log(at_kev), np.log(energy_kev), log_flux)))


def _stretched_flux(x: np.ndarray, energy_kev: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Return a table's number flux at x of its half means, scaled to energy flux 1: integral of x phi dx."""
    _, number, power = table_integrals(energy_kev, flux)
    half_mean = 0.5 * power.sum() / number.sum()
    at = np.clip(x * half_mean, energy_kev[0], energy_kev[-1])
    inside = at == x * half_mean
    return np.asarray(np.where(inside, _between(at, energy_kev, flux / flux.max()), 0.0) * half_mean**2 / power.sum())


def _stretched_above(x: np.ndarray, energy_kev: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Return the share of a table's energy flux above x of its half means, linear in ln E between nodes."""
    nodes, number, power = table_integrals(energy_kev, flux)
    half_mean = 0.5 * power.sum() / number.sum()
    density = power / _steps(nodes)  # per unit of ln E
    pieces = 0.5 * np.diff(np.log(nodes)) * (density[1:] + density[:-1])
    above = np.concatenate([np.cumsum(pieces[::-1])[::-1], [0.0]])
    return np.asarray(np.interp(np.log(np.maximum(x * half_mean, nodes[0])), np.log(nodes), above / above[0]))


def _steps(nodes: np.ndarray) -> np.ndarray:
    """Return the weights of the trapezoidal rule in ln E, [node]."""
    step = np.gradient(np.log(nodes))
    step[[0, -1]] *= 0.5
    return np.asarray(step)
