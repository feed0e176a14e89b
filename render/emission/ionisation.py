"""From electrons to ion pairs: the parametrised energy deposition of Fang et al. 2010.

An electron of energy E loses its energy at a depth that the column mass above it sets. With H the scale height and rho
the mass density, rho H is about that column mass, and one universal curve f(y, E) of y ~ rho H / E^1.43 gives the
energy deposited per scale height. Any other spectrum is a sum of such beams (`render.emission.spectra`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import numpy as np

from render.core.units import (
    AMU_KG,
    BOLTZMANN_J_K,
    ERG_CM2_S_IN_KEV,
    GRAVITY_M_S2,
    GRAVITY_RADIUS_KM,
    MASS_N2_AMU,
    MASS_O2_AMU,
    MASS_O_AMU,
)
from render.emission.medium import Medium
from render.emission.precipitation import Precipitation
from render.emission.spectra import BROAD_NODES_KEV, MAXWELLIAN, ElectronSpectrum

Form = Literal["refit", "fang2010"]
FORMS: tuple[Form, ...] = get_args(Form)
DEFAULT_FORM: Form = "refit"  # agrees with GLOW within 5 % in the column; fang2010 makes 9 to 21 % more ion pairs

VALID_KEV: dict[Form, tuple[float, float]] = {"refit": (0.05, 105.0), "fang2010": (0.1, 1000.0)}
"""Energies, keV, of single electrons that a form was fitted to."""
NOTABLE_SHARE = 0.1  # of the energy flux outside those, from which results are doubtful
PAIR_ENERGY_KEV = 0.035  # keV per ion pair, Rees 1989, as in Fang et al. 2010
REFERENCE_COLUMN_G_CM2 = 6e-6  # g cm-2, Fang et al. 2010 equation 1
RANGE_EXPONENT = 0.7  # ditto
PAIRS_PER_OXYGEN = 0.25  # 35 eV per pair in N2 (ICRU 31) against 28 in O (from memory, uncertain), less 1
# logit of the mean share of O in the refit's two airs, a cubic in ln(rho H / 6e-6 g cm-2), right to 0.01
MEAN_OXYGEN_LOGIT = (-0.00174, -0.00607, -0.53553, -1.6563)
# keV, nodes of the integral over a Maxwellian: 120 equal steps in ln E, a smooth sum to 1e-3
SPECTRUM_NODES_KEV = np.geomspace(0.03, 300.0, 120)


@dataclass(frozen=True)
class Ionisation:
    """Ion pairs made by electrons, cm-3 s-1, axes [energy, altitude]: of all species, and by parent."""

    total: np.ndarray
    N2: np.ndarray
    O2: np.ndarray
    O: np.ndarray  # noqa: E741 - the chemical symbol


@cache
def fit_coefficients(form: Form) -> np.ndarray:
    """Return P_ij [8, 4] of one form: "fang2010" as published, or our "refit" to GLOW.

    Raises ValueError for another name.
    """
    if form not in FORMS:
        raise ValueError(f"ionisation is {form!r}; allowed: {', '.join(FORMS)}")
    text = (files("render") / "data" / "ionisation_fits.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return np.array([[float(row[f"P_i{j}"]) for j in range(4)] for row in rows if row["form"] == form])


def extrapolation_words(precipitation: Precipitation, form: Form) -> str | None:
    """Return a sentence on the energies for which a form is extrapolated, or None where they hardly count."""
    low, high = VALID_KEV[form]
    outside = precipitation.share_outside(low, high)
    if outside <= NOTABLE_SHARE and precipitation.characteristic_energy_kev >= low:
        return None
    return (
        f"{100.0 * outside:.0f} % of the energy flux is outside {low:g} to {high:g} keV, where ionisation {form} is "
        "valid; it is extrapolated"
    )


def scale_height_cm(medium: Medium) -> np.ndarray:
    """Return kT / (m g), cm, of the mixed gas at each altitude."""
    number = medium.N2 + medium.O2 + medium.O
    gravity = 1e2 * GRAVITY_M_S2 * (GRAVITY_RADIUS_KM / (GRAVITY_RADIUS_KM + medium.altitude_km)) ** 2
    return 1e7 * BOLTZMANN_J_K * medium.Tn * number / (mass_density_g_cm3(medium) * gravity)


def mass_density_g_cm3(medium: Medium) -> np.ndarray:
    """Return the mass density of N2, O2 and O, g cm-3."""
    return 1e3 * AMU_KG * (MASS_N2_AMU * medium.N2 + MASS_O2_AMU * medium.O2 + MASS_O_AMU * medium.O)


def beam_ionisation(medium: Medium, energy_kev: np.ndarray, form: Form = DEFAULT_FORM) -> np.ndarray:
    """Return ion pairs cm-3 s-1 per mW m-2 of monoenergetic electrons, [energy, altitude].

    Fang et al. 2010, equations 1 to 4: q = Q / (35 eV) / H * f(y), f = C1 y^C2 exp(-C3 y^C4) + C5 y^C6 exp(-C7 y^C8),
    y = (2/E) (rho H / 6e-6)^0.7, ln C_i a cubic in ln E. Powers stay in logarithms: C1 of the refit is e^79.
    """
    energy = np.atleast_1d(np.asarray(energy_kev, float))
    height = scale_height_cm(medium)
    ln_column = np.log(mass_density_g_cm3(medium) * height / REFERENCE_COLUMN_G_CM2)
    ln_y = np.log(2.0 / energy)[:, None] + RANGE_EXPONENT * ln_column
    ln_c = (fit_coefficients(form) @ np.log(energy) ** np.arange(4)[:, None])[:, :, None]
    exponent = np.exp(ln_c[[1, 2, 3, 5, 6, 7]])
    near = np.exp(ln_c[0] + exponent[0] * ln_y - exponent[1] * np.exp(exponent[2] * ln_y))
    far = np.exp(ln_c[4] + exponent[3] * ln_y - exponent[4] * np.exp(exponent[5] * ln_y))
    pairs = ERG_CM2_S_IN_KEV / PAIR_ENERGY_KEV / height * (near + far)
    return pairs * composition_factor(medium, ln_column) if form == "refit" else pairs


def composition_factor(medium: Medium, ln_column: np.ndarray) -> np.ndarray:
    """Return ion pairs per energy of this air relative to the mean air of the refit, [altitude].

    Oxygen-rich air makes more pairs of the same energy, about 28 eV each in O and 35 in N2, and throws fewer electrons
    back. `ln_column` = ln(rho H / 6e-6 g cm-2). At equal column the two GLOW airs of the refit differ in their share of
    O, and their pairs as 1 + 0.37 of it: the factor from energies alone takes two thirds of that difference.
    """
    share = 0.61 * medium.O / (medium.N2 + 1.09 * medium.O2 + 0.61 * medium.O)  # of pairs made on O; Rees 1989
    mean = 1.0 / (1.0 + np.exp(-np.polyval(MEAN_OXYGEN_LOGIT, np.clip(ln_column, -9.0, 4.5))))
    return (1.0 + PAIRS_PER_OXYGEN * share) / (1.0 + PAIRS_PER_OXYGEN * mean)


def maxwellian_weights(energy_kev: np.ndarray) -> np.ndarray:
    """Return the share of the energy flux of a Maxwellian that each node of SPECTRUM_NODES_KEV carries, [energy, node].

    E phi(E) dE ~ E^3 exp(-E/E0) dlnE, scaled to sum 1.
    """
    x = SPECTRUM_NODES_KEV / np.atleast_1d(np.asarray(energy_kev, float))[:, None]
    weight = x**3 * np.exp(-x)
    return weight / weight.sum(axis=1, keepdims=True)


def ionisation_rate(
    medium: Medium, energy_kev: np.ndarray, spectrum: ElectronSpectrum = MAXWELLIAN, form: Form = DEFAULT_FORM
) -> Ionisation:
    """Return ion pairs per mW m-2 of electrons with these characteristic energies, keV; see `ElectronSpectrum`."""
    energy = np.atleast_1d(np.asarray(energy_kev, float))
    pairs = _core_pairs(medium, energy, spectrum, form)
    if spectrum.tail_share:
        tail = spectrum.broad_shares(energy, tail=True) @ beam_ionisation(medium, BROAD_NODES_KEV, form)
        pairs = (1.0 - spectrum.tail_share) * pairs + spectrum.tail_share * tail
    return split_by_species(medium, pairs, 0.5 * spectrum.mean_energy_kev(energy))


def _core_pairs(medium: Medium, energy_kev: np.ndarray, spectrum: ElectronSpectrum, form: Form) -> np.ndarray:
    """Return ion pairs cm-3 s-1 per mW m-2 of a spectrum's core, [energy, altitude].

    Broad cores share one set of beams; those of a Gaussian are its own, at most PEAK_NODES per energy.
    """
    if spectrum.spectrum == "monoenergetic":
        return beam_ionisation(medium, energy_kev, form)
    if spectrum.spectrum == "gaussian":
        nodes, share = spectrum.core_beams(energy_kev)
        return np.stack([share @ beam_ionisation(medium, each, form) for each in nodes])
    if spectrum.spectrum in ("kappa", "tabulated"):
        return spectrum.broad_shares(energy_kev, tail=False) @ beam_ionisation(medium, BROAD_NODES_KEV, form)
    return maxwellian_weights(energy_kev) @ beam_ionisation(medium, SPECTRUM_NODES_KEV, form)


def ionisation_of(medium: Medium, precipitation: Precipitation, form: Form = DEFAULT_FORM) -> Ionisation:
    """Return the ion pairs [1, altitude] of one precipitation of any spectrum, at its own energy flux."""
    energy = np.array([precipitation.characteristic_energy_kev])
    if precipitation.shape is None:
        nodes, share = precipitation.beams()
        unit = split_by_species(medium, share[None, :] @ beam_ionisation(medium, nodes, form), energy)
    else:
        unit = ionisation_rate(medium, energy, precipitation.shape, form)
    return scaled(unit, precipitation.energy_flux_mw_m2)


def scaled(ionisation: Ionisation, factor: float) -> Ionisation:
    """Return the ionisation of `factor` times the electrons."""
    return Ionisation(*(factor * part for part in vars(ionisation).values()))


def split_by_species(medium: Medium, total: np.ndarray, maxwellian_energy_kev: np.ndarray) -> Ionisation:
    """Return the rates [energy, altitude] shared out as N2 : w2 O2 : w1 O.

    w of Rees 1989 (1.09, 0.61), with the slight energy dependence fitted here to GLOW 0.981. The energy is E0 of a
    Maxwellian, half the mean energy of any other spectrum.
    """
    softness = np.exp(-maxwellian_energy_kev / 0.8)[:, None]  # 0.8 keV, fit to GLOW
    o2 = (1.106 - 0.085 * softness) * medium.O2  # ditto
    o = (0.627 - 0.033 * softness) * medium.O  # ditto
    per_weight = total / (medium.N2 + o2 + o)
    return Ionisation(total, per_weight * medium.N2, per_weight * o2, per_weight * o)
