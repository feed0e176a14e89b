"""Volume emission rates: what one column of air gives off under electrons, line by line and altitude by altitude.

Computation: `volume_emission_rate`, exact for one precipitation. Precomputation: `emission_table`, per mW m-2, for the
march, which interpolates linearly in altitude and ln energy. Rates are net of the night without electrons, and steady:
what slow lines make of a moving curtain stands in `afterglow`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from render.core.cache import cached_arrays
from render.core.lines import AURORA_KEYS, BANDS, TIED, band_share
from render.emission.chemistry import Plasma, forbidden_lines, loss_rates, steady_state
from render.emission.excitation import prompt_lines
from render.emission.ionisation import Ionisation, ionisation_of, ionisation_rate
from render.emission.medium import Medium, medium_on_grid
from render.emission.precipitation import Precipitation
from render.emission.settings import EmissionSettings
from render.emission.spectra import MAXWELLIAN, ElectronSpectrum
from render.emission.sunlit import scattered_rate

if TYPE_CHECKING:
    from render.geophysics.upper_air.thermosphere import Thermosphere

# keV, from the softest rain to the hardest arcs; columns between nodes are right to 1 % (tests/emission/test_table.py)
TABLE_ENERGIES_KEV = np.geomspace(0.05, 30.0, 64)
TABLE_ALTITUDES_KM = np.arange(75.0, 801.0, 1.0)  # km
LIFETIME_ENERGY_KEV = np.array(
    [1.0]
)  # keV: lifetimes are those under 1 mW m-2 of these electrons (n_e quenches a little)
RAYLEIGH_COLUMN = 1e6  # photons cm-2 s-1 of a column per rayleigh, by definition
CM_PER_KM = 1e5


@dataclass(frozen=True, eq=False)
class EmissionTable:
    """Photons cm-3 s-1 per mW m-2 of electrons; `rate` [line, energy, altitude], never negative.

    `keys`: AURORA_KEYS. `energy_kev` [energy]: half the mean energy of the spectrum's core, E0 of a Maxwellian, even in
    its logarithm; `altitude_km` [altitude], even. `lifetime_s` [line, altitude]: how long the upper state lives against
    light and quenching, 0 for prompt lines. "N2+_1NG_sunlit" is in full sunlight. Trap: the rate is over all
    directions, not per steradian.

    Where a scene's electrons differ this is the table of its arcs; `diffuse` and `soft` are those of the diffuse aurora
    and of tall rays' soft electrons, in the same air and on the same axes. None: as this.
    """

    keys: tuple[str, ...]
    energy_kev: np.ndarray
    altitude_km: np.ndarray
    rate: np.ndarray
    lifetime_s: np.ndarray
    diffuse: EmissionTable | None = None
    soft: EmissionTable | None = None

    @property
    def of_diffuse(self) -> EmissionTable:
        """The table of the diffuse aurora's electrons."""
        return self.diffuse or self

    @property
    def of_soft(self) -> EmissionTable:
        """The table of tall rays' soft electrons."""
        return self.soft or self


@dataclass(frozen=True, eq=False)
class VolumeEmissionRate:
    """Photons cm-3 s-1, over all directions, of one column: `lines` holds an array [altitude] per key.

    Keys: AURORA_KEYS, the lines tied to them, and single bands (391.4, 427.8, 337.1), which their system holds too.
    `altitude_km` [altitude]. Trap: per cm3 and s, not per steradian.
    """

    altitude_km: np.ndarray
    lines: dict[str, np.ndarray]

    def line(self, key: str) -> np.ndarray:
        """Return the profile [altitude] of one line. Raises ValueError for a line that is not held."""
        if key not in self.lines:
            raise ValueError(f"electrons excite no line {key!r}; allowed: {', '.join(self.lines)}")
        return self.lines[key]

    def column_rayleighs(self, key: str) -> float:
        """Return the brightness of one line seen from straight below, R. Raises ValueError as `line`."""
        return float(column_rayleighs(self.altitude_km, self.line(key)))


def emission_table(
    thermosphere: Thermosphere, settings: EmissionSettings | None = None, spectrum: ElectronSpectrum = MAXWELLIAN
) -> EmissionTable:
    """Return the table of electrons of 1 mW m-2, 0.05 to 30 keV, 75 to 800 km; kept on disk by its content.

    Energies are half means whatever the spectrum: electrons of a map keep energy flux and number flux.

    Raises ValueError for a thermosphere that does not span the altitudes.
    """
    settings = settings or EmissionSettings()
    medium = medium_on_grid(thermosphere, TABLE_ALTITUDES_KM)
    air = hashlib.sha256(b"".join(np.ascontiguousarray(values).tobytes() for values in vars(medium).values()))
    key = (air.hexdigest(), settings, spectrum)
    arrays = cached_arrays("emission", key, lambda: _table_arrays(medium, settings, spectrum), __name__)
    rate, lifetime_s = arrays["rate"], arrays["lifetime_s"]
    return EmissionTable(AURORA_KEYS, TABLE_ENERGIES_KEV.copy(), TABLE_ALTITUDES_KM.copy(), rate, lifetime_s)


def oval_table(thermosphere: Thermosphere, settings: EmissionSettings) -> EmissionTable:
    """Return the table of a scene's arcs, with those of its diffuse and its soft electrons where these differ.

    Raises as `emission_table`.
    """

    def other(spectrum: ElectronSpectrum) -> EmissionTable | None:
        return None if spectrum == settings.arcs else emission_table(thermosphere, settings, spectrum)

    arcs = emission_table(thermosphere, settings, settings.arcs)
    return replace(arcs, diffuse=other(settings.diffuse), soft=other(MAXWELLIAN))


def _table_arrays(medium: Medium, settings: EmissionSettings, spectrum: ElectronSpectrum) -> dict[str, np.ndarray]:
    energy = spectrum.characteristic_kev(TABLE_ENERGIES_KEV)
    pairs = ionisation_rate(medium, energy, spectrum, settings.ionisation)
    rates = net_rates(medium, pairs, 0.5 * spectrum.mean_energy_kev(energy), settings)
    afterglow = 1.0 if settings.afterglow else 0.0
    return {"rate": np.stack([rates[key] for key in AURORA_KEYS]), "lifetime_s": afterglow * lifetimes(medium)}


def lifetimes(medium: Medium) -> np.ndarray:
    """Return effective lifetimes, s, [line, altitude] in the order of AURORA_KEYS; 0 for prompt lines."""
    pairs = ionisation_rate(medium, LIFETIME_ENERGY_KEV)
    loss = loss_rates(medium, steady_state(medium, pairs, LIFETIME_ENERGY_KEV))
    prompt = np.full((1, len(medium.altitude_km)), np.inf)
    return np.concatenate([1.0 / loss.get(key, prompt) for key in AURORA_KEYS])


def volume_emission_rate(
    thermosphere: Thermosphere,
    precipitation: Precipitation,
    altitude_km: np.ndarray | None = None,
    settings: EmissionSettings | None = None,
) -> VolumeEmissionRate:
    """Return what one column gives off under these electrons, net of the same night without them.

    `altitude_km` [altitude], rising; by default every km from 75 to 800 that the thermosphere spans. Raises ValueError
    for a thermosphere that does not span the altitudes or holds a value that is not finite.
    """
    settings = settings or EmissionSettings()
    own = thermosphere.altitude_km
    spanned = TABLE_ALTITUDES_KM[(own[0] <= TABLE_ALTITUDES_KM) & (own[-1] >= TABLE_ALTITUDES_KM)]
    altitude = spanned if altitude_km is None else np.asarray(altitude_km, float)
    medium = medium_on_grid(thermosphere, altitude)
    pairs = ionisation_of(medium, precipitation, settings.ionisation)
    rates = net_rates(medium, pairs, np.array([0.5 * precipitation.mean_energy_kev]), settings)
    lines = {key: rate[0] for key, rate in rates.items()}
    for key, (parent, ratio) in TIED.items():
        lines[key] = lines[parent] * (settings.hydrogen_per_1ng if key == "H-beta" else ratio)
    lines |= {band: lines[system] * band_share(band) for band, (system, _, _) in BANDS.items()}
    return VolumeEmissionRate(altitude.copy(), lines)


def net_rates(
    medium: Medium, pairs: Ionisation, energy_kev: np.ndarray, settings: EmissionSettings
) -> dict[str, np.ndarray]:
    """Return photons cm-3 s-1 [energy, altitude] by AURORA_KEYS, beyond those of the same night, at least 0.

    `energy_kev` [energy]: half the electrons' mean energy, E0 of the Maxwellian with as many electrons. What excitation
    per ion pair has in 1/E is by the energy flux that falls in, and its mean of 1/E is that over the mean energy.
    """
    lit, ions = all_lines(medium, pairs, energy_kev)
    dark_pairs = Ionisation(*(0.0 * part[:1] for part in vars(pairs).values()))
    dark, night = all_lines(medium, dark_pairs, energy_kev[:1])
    rates = {key: np.maximum(lit[key] - dark[key], 0.0) for key in lit}
    own_ions = np.maximum(ions.n2p - night.n2p, 0.0)
    rates["N2+_1NG_sunlit"] = scattered_rate(own_ions, medium.altitude_km, settings.sunlit)
    return {key: rates[key] for key in AURORA_KEYS}


def all_lines(medium: Medium, pairs: Ionisation, energy_kev: np.ndarray) -> tuple[dict[str, np.ndarray], Plasma]:
    """Return photons cm-3 s-1 [energy, altitude] of every line in the dark, the night's own too, and the plasma."""
    plasma = steady_state(medium, pairs, energy_kev)
    forbidden = forbidden_lines(medium, pairs, plasma, energy_kev)
    return {**prompt_lines(medium, pairs, energy_kev), **forbidden}, plasma


def column_rayleighs(altitude_km: np.ndarray, rate_cm3_s: np.ndarray) -> np.ndarray:
    """Return the zenith brightness, R, of rates [..., altitude]: 1e-6 times their integral over height in cm."""
    return np.asarray(np.trapezoid(rate_cm3_s, altitude_km, axis=-1) * CM_PER_KM / RAYLEIGH_COLUMN)
