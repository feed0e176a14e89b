"""The electrons that a command is to take: a spectrum by name with its options, or a user's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from render.commands.console import parse_numbers
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.emission.precipitation import Precipitation
    from render.emission.spectra import ElectronSpectrum

ENERGIES_KEV, FLUXES_MW_M2 = (0.05, 100.0), (0.0, 1000.0)
SPECTRA = {
    "maxwell": "maxwellian", "mono": "monoenergetic", "gaussian": "gaussian", "kappa": "kappa",
    "maxwellian": "maxwellian", "monoenergetic": "monoenergetic",
}  # fmt: skip
NAMES = ", ".join(["maxwell", "mono", "gaussian", "kappa"])  # as messages list them; long forms are taken too
DEFAULT_ENERGY_KEV, DEFAULT_FLUX_MW_M2 = "2", "1"
LETTERS = {"width": "W", "kappa": "K", "tail_share": "S", "tail_index": "N"}  # options' values, in help and messages
OF_SPECTRUM = {"width": "gaussian", "kappa": "kappa"}  # options that one spectrum alone reads


@dataclass(frozen=True, eq=False)
class Electrons:
    """The electrons, and what they were called: a name or a file."""

    precipitation: Precipitation
    name: str

    def facts(self) -> dict[str, float | str]:
        """Return what is to be told of them; keys of width, kappa and tail only where there is one."""
        electrons, shape = self.precipitation, self.precipitation.shape
        told: dict[str, float | str] = {
            "energy_keV": electrons.characteristic_energy_kev,
            "mean_energy_keV": electrons.mean_energy_kev,
            "flux_mW_m2": electrons.energy_flux_mw_m2,
            "number_flux_cm2_s": electrons.number_flux_cm2_s,
            "spectrum": self.name,
        }
        keys = [key for key, name in OF_SPECTRUM.items() if shape and shape.spectrum == name]
        keys += ["tail_share", "tail_index"] if shape and shape.tail_share else []
        return told | {key: float(getattr(shape, key)) for key in keys}

    def words(self) -> str:
        """Return them in a line for people."""
        electrons, shape = self.precipitation, self.precipitation.shape
        energy = "half the mean" if shape is None else "peak" if shape.spectrum == "gaussian" else "E0"
        energy = "energy" if shape and shape.spectrum == "monoenergetic" else energy
        facts = self.facts()
        more = [f"{key.replace('_', ' ')} {facts[key]:g}" for key in (*OF_SPECTRUM, "tail_share", "tail_index")
                if key in facts]  # fmt: skip
        return ", ".join([
            self.name, *more,
            f"{energy} {electrons.characteristic_energy_kev:.6g} keV (mean {electrons.mean_energy_kev:.6g} keV)",
            f"{electrons.energy_flux_mw_m2:.6g} mW m-2",
        ])  # fmt: skip


def choose_electrons(spectrum: str, energy_kev: str, flux: str, given: dict[str, str]) -> Electrons:
    """Return the electrons that the options describe. Raises InputError.

    `given`: what was said of width, kappa, tail_share and tail_index, empty where nothing was.
    """
    from render.emission.precipitation import Precipitation  # noqa: PLC0415
    from render.emission.spectrum_file import read_spectrum  # noqa: PLC0415

    if spectrum in SPECTRA:
        shape = _shape(SPECTRA[spectrum], given)
        energy = parse_numbers("--energy-kev", energy_kev or DEFAULT_ENERGY_KEV, "KEV", (ENERGIES_KEV,), 1)[0]
        power = parse_numbers("--flux", flux or DEFAULT_FLUX_MW_M2, "mW m-2", (FLUXES_MW_M2,), 1)[0]
        return Electrons(Precipitation(energy, power, shape), spectrum)
    if not spectrum.lower().endswith(".csv"):
        hint = did_you_mean(spectrum, SPECTRA)
        raise InputError(f"--spectrum {shown(spectrum)} is unknown; {hint}allowed: {NAMES}, FILE.csv")
    options = {"energy_kev": energy_kev, "flux": flux, **given}
    said = [_option(name) for name, text in options.items() if text]
    if said:
        raise InputError(f"--spectrum {spectrum} tells energy, flux and shape itself; leave out {' and '.join(said)}")
    return Electrons(read_spectrum(spectrum), spectrum)


def _shape(name: str, given: dict[str, str]) -> ElectronSpectrum:
    """Return the spectrum of that name with its options, within its record's limits. Raises InputError."""
    from render.emission.spectra import ElectronSpectrum  # noqa: PLC0415

    values: dict[str, float | str] = {"spectrum": name}
    for key, text in given.items():
        if not text:
            continue
        if OF_SPECTRUM.get(key, name) != name:
            raise InputError(f"{_option(key)} is of --spectrum {OF_SPECTRUM[key]}, not of {name}")
        if key == "tail_index" and not given["tail_share"]:
            raise InputError("--tail-index is of a tail; give --tail-share as well")
        bounds = ElectronSpectrum.model_fields[key].metadata
        low, high = (next(getattr(b, side) for b in bounds if hasattr(b, side)) for side in ("ge", "le"))
        values[key] = parse_numbers(_option(key), text, LETTERS[key], ((low, high),), 1)[0]
    return ElectronSpectrum.model_validate(values)


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"
