"""Direct electron impact: states that electrons excite, in proportion to the ions that they make beside them.

Few-eV secondary electrons do the exciting; they are made with the ions, and lost to N2, O2, O and ambient electrons.
So the ratio of excitation to ionisation varies little, and follows composition and ambient n_e.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from render.core.lines import band_share
from render.emission.ionisation import Ionisation
from render.emission.medium import Medium

LEAST_ENERGY_KEV = 0.05  # keV, where the fits' energy dependence ends
FIRST_NEGATIVE_PER_ION = 0.11  # N2+(B) per N2 ionisation, Borst & Zipf 1970
# photons of O2+ 1NG per O2 ionisation: 22 % of 391.4 at 110 km, where O2 pairs are 0.22 of N2 pairs; uncertain factor 2
OXYGEN_NEGATIVE_PER_ION = 0.22 * 0.647 * FIRST_NEGATIVE_PER_ION / 0.22
BAND_337_PER_C = 0.24  # photons of 2P(0,0) per N2(C) excited, as in GLOW 0.981
CASCADE_ABW = 0.80  # share of N2 A + B + W triplets that pass through B (ours, uncertain 40 %)
CASCADE_C = 0.75  # share of N2(C) that radiates to B; the rest predissociates (as in GLOW 0.981)


class ExcitationFit(NamedTuple):
    """One row of excitation_fits.csv; `parent` is N2, O2 or O."""

    parent: str
    A: float
    k2: float
    k3: float
    k4: float
    c: float
    p: float
    g: float


@cache
def excitation_fits() -> dict[str, ExcitationFit]:
    """Return the fit of every state by name."""
    text = (files("render") / "data" / "excitation_fits.csv").read_text(encoding="utf-8")
    rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    next(rows)
    return {state: ExcitationFit(parent, *map(float, numbers)) for state, parent, *numbers in rows}


def excitation_ratio(state: str, medium: Medium, energy_kev: np.ndarray) -> np.ndarray:
    """Return excitations of a state per ionisation of its parent, [energy, altitude].

    `energy_kev` [energy], E0 of the Maxwellian or half the mean energy. Secondaries lose energy to the undisturbed
    night's electrons, as in GLOW's transport; those that the aurora adds (up to 10 % less O(1D) in bright arcs) are
    left out, which keeps light linear in flux.
    """
    fit = excitation_fits()[state]
    o2, o = medium.O2 / medium.N2, medium.O / medium.N2
    energy = np.maximum(energy_kev, LEAST_ENERGY_KEV)[:, None]
    to_electrons = fit.k4 * energy**-fit.g * (1e4 * medium.F_layer_cm3 / medium.N2) ** fit.p
    loss = 1.0 + fit.k2 * o2 + fit.k3 * o + to_electrons
    soft = 1.0 + 0.1 * fit.c / energy
    return fit.A * (1.0 + 1.1 * o2 + 0.62 * o) / loss * soft


def excitation_rate(state: str, medium: Medium, ionisation: Ionisation, energy_kev: np.ndarray) -> np.ndarray:
    """Return excitations of a state, cm-3 s-1, [energy, altitude]."""
    parent = getattr(ionisation, excitation_fits()[state].parent)
    return excitation_ratio(state, medium, energy_kev) * parent


def second_positive_per_c() -> float:
    """Return photons of the whole N2 2PG per N2(C) excited: 337.1 nm, its strongest band, anchors the band table."""
    return BAND_337_PER_C / band_share("337.1")


def prompt_lines(medium: Medium, ionisation: Ionisation, energy_kev: np.ndarray) -> dict[str, np.ndarray]:
    """Return photons cm-3 s-1 [energy, altitude] of all lines that follow the electrons within microseconds."""
    rate = {
        state: excitation_rate(state, medium, ionisation, energy_kev)
        for state in ("N2ABW", "N2Bp", "N2C", "O7774", "O8446")
    }
    return {
        "N2+_1NG": FIRST_NEGATIVE_PER_ION * ionisation.N2,
        "N2_1PG": CASCADE_ABW * rate["N2ABW"] + rate["N2Bp"] + CASCADE_C * rate["N2C"],
        "N2_2PG": second_positive_per_c() * rate["N2C"],
        "777.4": rate["O7774"],
        "844.6": rate["O8446"],
        "O2+_1NG": OXYGEN_NEGATIVE_PER_ION * ionisation.O2,
    }
