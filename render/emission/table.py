"""Volume emission rates: what one column of air gives off under electrons, line by line and altitude by altitude.

Computation: `volume_emission_rate`, exact for one precipitation. Precomputation: `emission_table`, per mW m-2, for the
march, which interpolates linearly in altitude and ln energy. Rates are net of the night without electrons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from render.emission.chemistry import forbidden_lines, steady_state
from render.emission.excitation import prompt_lines
from render.emission.ionisation import Form, Ionisation, ionisation_rate
from render.emission.medium import Medium, medium_on_grid
from render.emission.precipitation import Precipitation, Spectrum
from render.lines import AURORA_KEYS

if TYPE_CHECKING:
    from render.geophysics.thermosphere import Thermosphere

TABLE_ENERGIES_KEV = np.geomspace(
    0.05, 30.0, 24
)  # keV, from the softest rain to the hardest arcs; between nodes columns are right to 2 %, red ones 3 %
TABLE_ALTITUDES_KM = np.arange(
    80.0, 601.0, 1.0
)  # km; below 80 km a Maxwellian of 20 keV leaves 2 % of its blue light, one of 30 keV 9 %
RAYLEIGH_COLUMN = 1e6  # photons cm-2 s-1 of a column per rayleigh, by definition
CM_PER_KM = 1e5


@dataclass(frozen=True)
class EmissionTable:
    """Photons cm-3 s-1 per mW m-2 of Maxwellian electrons; `rate` [line, energy, altitude], never negative.

    `energy_kev` [energy]: characteristic energy E0, even in its logarithm; `altitude_km` [altitude], even. Trap: the
    rate is over all directions, not per steradian.
    """

    keys: tuple[str, ...]
    energy_kev: np.ndarray
    altitude_km: np.ndarray
    rate: np.ndarray


@dataclass(frozen=True)
class VolumeEmissionRate:
    """Photons cm-3 s-1, over all directions, of one column: `rate` [line, altitude], `altitude_km` [altitude]."""

    keys: tuple[str, ...]
    altitude_km: np.ndarray
    rate: np.ndarray

    def line(self, key: str) -> np.ndarray:
        """Return the profile [altitude] of one line; raises ValueError for a line that is not held."""
        return np.asarray(self.rate[self.keys.index(key)])


def emission_table(
    thermosphere: Thermosphere, keys: tuple[str, ...] = AURORA_KEYS, ionisation: Form = "fang2010"
) -> EmissionTable:
    """Return the table of Maxwellian electrons of 1 mW m-2, 0.05 to 30 keV, 80 to 600 km.

    `ionisation` names the energy deposition (see `ionisation.fit_coefficients`). Raises ValueError for an unknown
    line or form, or a thermosphere that does not span the altitudes.
    """
    medium = medium_on_grid(thermosphere, TABLE_ALTITUDES_KM)
    pairs = ionisation_rate(medium, TABLE_ENERGIES_KEV, "maxwellian", ionisation)
    rate = net_rates(medium, pairs, TABLE_ENERGIES_KEV, keys)
    return EmissionTable(tuple(keys), TABLE_ENERGIES_KEV.copy(), TABLE_ALTITUDES_KM.copy(), rate)


def volume_emission_rate(
    thermosphere: Thermosphere,
    precipitation: Precipitation,
    altitude_km: np.ndarray | None = None,
    keys: tuple[str, ...] = AURORA_KEYS,
    ionisation: Form = "fang2010",
) -> VolumeEmissionRate:
    """Return what one column gives off under these electrons, on `altitude_km` (missing: 80 to 600 km by 1 km).

    Raises ValueError for an unknown line or form, or a thermosphere that does not span the altitudes.
    """
    altitude = TABLE_ALTITUDES_KM if altitude_km is None else np.asarray(altitude_km, float)
    medium = medium_on_grid(thermosphere, altitude)
    energy = np.array([precipitation.characteristic_energy_kev])
    unit = ionisation_rate(medium, energy, precipitation.spectrum, ionisation)
    pairs = scaled(unit, precipitation.energy_flux_mw_m2)
    rate = net_rates(medium, pairs, maxwellian_energy(energy, precipitation.spectrum), keys)
    return VolumeEmissionRate(tuple(keys), altitude.copy(), rate[:, 0])


def maxwellian_energy(energy_kev: np.ndarray, spectrum: Spectrum) -> np.ndarray:
    """Return E0 of the Maxwellian with the same mean energy, 2 E0."""
    return energy_kev if spectrum == "maxwellian" else energy_kev / 2.0


def scaled(ionisation: Ionisation, factor: float) -> Ionisation:
    """Return the ionisation of `factor` times the electrons."""
    return Ionisation(*(factor * part for part in vars(ionisation).values()))


def net_rates(medium: Medium, pairs: Ionisation, energy_kev: np.ndarray, keys: tuple[str, ...]) -> np.ndarray:
    """Return photons cm-3 s-1 [line, energy, altitude] beyond those of the same night without electrons, at least 0.

    Raises ValueError for an unknown line.
    """
    lit = all_lines(medium, pairs, energy_kev)
    unknown = [key for key in keys if key not in lit]
    if unknown:
        raise ValueError(f"electrons excite no line {unknown[0]!r}; allowed: {', '.join(lit)}")
    dark_pairs = Ionisation(*(0.0 * part[:1] for part in vars(pairs).values()))
    dark = all_lines(medium, dark_pairs, energy_kev[:1])
    return np.stack([np.maximum(lit[key] - dark[key], 0.0) for key in keys])


def all_lines(medium: Medium, pairs: Ionisation, energy_kev: np.ndarray) -> dict[str, np.ndarray]:
    """Return photons cm-3 s-1 [energy, altitude] of every line that electrons excite, the night's own included."""
    plasma = steady_state(medium, pairs, energy_kev)
    forbidden = forbidden_lines(medium, pairs, plasma, energy_kev)
    return {**prompt_lines(medium, pairs, plasma.ne, energy_kev), **forbidden}


def column_rayleighs(altitude_km: np.ndarray, rate_cm3_s: np.ndarray) -> np.ndarray:
    """Return the zenith brightness, R, of rates [..., altitude]: 1e-6 times their integral over height in cm."""
    return np.asarray(np.trapezoid(rate_cm3_s, altitude_km, axis=-1) * CM_PER_KM / RAYLEIGH_COLUMN)
