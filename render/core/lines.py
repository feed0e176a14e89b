"""The light of oxygen, nitrogen, sodium and hydroxyl: each line or band system with its shape, lifetime and source.

A line's brightness is a number of photons; its shape is the share of those photons at each wavelength. Shares count
the whole system, so that what a camera does not see (most of N2 first positive is infrared) stays in the sum.

Aurora comes in three kinds of keys: PROMPT_KEYS follow the electrons at once or nearly (557.7), SLOW_KEYS come from
atoms and ions that live for seconds and more, and TIED lines share the upper state of another key, or have been
measured in proportion to it, so that their light is a constant share of it.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

VISIBLE_NM = (380.0, 780.0)  # nm, range over which the effective wavelength of a system is taken
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))  # of a Gaussian
SUNLIT_LEVELS = {0: 0.70 / 0.8911, 1: 0.22 / 0.1071, 2: 0.08 / 0.0017}
"""How much more N2+(B) is in v' = 0, 1, 2 in sunlight than in the dark: .70:.22:.08 for .8911:.1071:.0017 (rough)."""

# Rotational width sigma and shift from the tabulated wavelength, nm, of a band drawn as a Gaussian
BAND_SHAPES = {
    "N2+_1NG": (0.45, -0.5),  # head on the red side: 427.8 has its centroid at 427.4 (uncertain)
    "N2_2PG": (0.6, -0.6),  # head on the red side, rotational constants as of 1NG (ours, uncertain)
    "N2_1PG": (4.5 / FWHM_PER_SIGMA, 0.0),  # at the computed origin, FWHM 4-5 nm
    "N2+_Meinel": (1.5, 0.5),  # degraded to the red, some 5 nm long (ours, uncertain)
    "OH": (5.0, 2.0),  # R, Q and P branches within 15-25 nm, P strongest, on the red side (ours, uncertain)
}


@dataclass(frozen=True)
class EmissionLine:
    """One line or band system.

    `wavelength_nm`: mean of its photons within the visible (380-780 nm), in air. `components`: read-only float64
    [component, 3], rows (centre nm, Gaussian sigma nm, share of the photons); shares sum to 1 over all wavelengths.
    `lifetime_s`: of the upper state against radiation alone; collisions shorten it. `source`: of shape and shares.
    """

    key: str
    name: str
    transition: str
    wavelength_nm: float
    components: np.ndarray
    lifetime_s: float
    source: str


def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = (files("render") / "data" / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def _band_rows() -> tuple[dict[str, str], ...]:
    return _rows("bands.csv")


@cache
def _line_rows() -> tuple[dict[str, str], ...]:
    return _rows("line_components.csv")


def _band_components(system: str, weight_of_level: dict[int, float] | None = None) -> np.ndarray:
    """Return [band, 3]: (centre nm, sigma nm, share) of a system of bands.csv; origin where there is one, else head.

    `weight_of_level`: factor on the bands from each upper level.
    """
    sigma, shift = BAND_SHAPES[system]
    rows = [row for row in _band_rows() if row["system"] == system]
    centre = [float(row["origin_nm"] or row["head_nm"]) + shift for row in rows]
    factor = [(weight_of_level or {}).get(int(row["v_upper"]), 1.0) for row in rows]
    return np.array(
        [[c, sigma, f * float(row["photon_fraction"])] for c, f, row in zip(centre, factor, rows, strict=True)]
    )


def _line_components(key: str) -> np.ndarray:
    """Return [component, 3] of a key of line_components.csv."""
    columns = ("centre_nm", "sigma_nm", "weight")
    return np.array([[float(row[name]) for name in columns] for row in _line_rows() if row["key"] == key])


def _line(
    key: str, name: str, transition: str, lifetime_s: float, source: str, components: np.ndarray | None = None
) -> EmissionLine:
    """Return the record with shares scaled to sum 1 and the effective wavelength worked out."""
    if components is None:
        components = _band_components(key) if key in BAND_SHAPES else _line_components(key)
    shares = components.copy()
    shares[:, 2] /= shares[:, 2].sum()
    shares.setflags(write=False)
    centre, weight = shares[:, 0], shares[:, 2]
    seen = np.where((centre >= VISIBLE_NM[0]) & (centre <= VISIBLE_NM[1]), weight, 0.0)
    weight = seen if seen.sum() > 0.0 else weight
    effective = float(np.sum(centre * weight) / np.sum(weight))
    return EmissionLine(key, name, transition, effective, shares, lifetime_s, source)


_VJ = "Vallance Jones 1974, Aurora, tables 4.9-4.12"
_NIST = "NIST Atomic Spectra Database (wavelengths in air)"
_OURS = "line_components.csv, from memory, uncertain"

_PROMPT = (
    _line("N2+_1NG", "N2+ first negative", "B2Su+ - X2Sg+", 6.2e-8, _VJ),  # s, uncertain
    _line("N2_1PG", "N2 first positive", "B3Pg - A3Su+", 6.0e-6, _VJ),  # s, uncertain
    _line("N2_2PG", "N2 second positive", "C3Pu - B3Pg", 3.7e-8, _VJ),  # s, uncertain
    # lifetime 1/(1.26 + 0.075) s: NIST / Froese Fischer & Tachiev 2004, from memory, uncertain
    _line("557.7", "oxygen green", "O 1S - 1D", 0.75, _NIST),
    _line("777.4", "oxygen 3p5P", "O 3p5P - 3s5S", 2.7e-8, _NIST),  # s, uncertain
    _line("844.6", "oxygen 3p3P", "O 3p3P - 3s3S", 3.2e-8, _NIST),  # s, uncertain
    _line("O2+_1NG", "O2+ first negative", "b4Sg- - a4Pu", 1.2e-6, _OURS),  # s, uncertain
)
_SLOW = (
    _line("630.0", "oxygen red", "O 1D2 - 3P2", 130.0, _NIST),  # s, 1/(0.00585 + 0.00185), as in GLOW; older texts: 110
    _line("732", "oxygen ion 732 and 733", "O+ 2P - 2D", 4.6, _NIST),  # s, 1/(0.1712 + 0.0479), as in GLOW
    _line("520.0", "nitrogen doublet", "N 2D - 4S", 9.3e4, _NIST),  # s, 1/1.07e-5, as in GLOW
    _line(
        "N2+_1NG_sunlit", "N2+ first negative, scattered sunlight", "B2Su+ - X2Sg+", 6.2e-8,
        f"{_VJ}; upper levels .70:.22:.08", _band_components("N2+_1NG", SUNLIT_LEVELS),
    ),
)  # fmt: skip
_TIED = (
    _line("636.4", "oxygen red, fainter member", "O 1D2 - 3P1", 130.0, _NIST),
    _line("297.2", "oxygen ultraviolet", "O 1S - 3P1", 0.75, _NIST),
    _line("N2+_Meinel", "N2+ Meinel", "A2Pu - X2Sg+", 1.0e-5, f"{_VJ}; populations Piper 1986"),  # s, uncertain
    _line("weak", "N+, O+, N and O, weak lines", "many", 1.0e-8, _OURS),  # s, order of magnitude
    _line("H-beta", "hydrogen of protons", "H 4 - 2", 1.0e-8, _OURS),  # s, order of magnitude
)
_AIRGLOW = (
    _line("Na", "sodium D", "Na 3p2P - 3s2S", 1.6e-8, _NIST),  # s, uncertain
    _line(
        "OH", "hydroxyl Meinel", "OH X2P v' - v''", 1.0e-2,  # s, order of magnitude for v' = 5-9, uncertain
        "Roach & Gordon; Leinert et al. 1998 (uncertain 50 %); bands 532-834 nm only",
    ),
    _line("O2_A", "O2 atmospheric 0-0", "O2 b1Sg+ - X3Sg- 0-0", 12.0, _OURS),  # s, 1/0.083
    _line("O2_A01", "O2 atmospheric 0-1", "O2 b1Sg+ - X3Sg- 0-1", 12.0, _OURS),
    _line("O2_Herzberg", "O2 Herzberg and Chamberlain", "O2 A, A', c - X, a", 0.1, _OURS),  # s, order of magnitude
    _line("continuum", "NO2 and FeO continuum", "chemiluminescence", 1.0e-5, _OURS),  # s, order of magnitude
)  # fmt: skip
_SUBAURORAL = (
    _line(
        "STEVE", "STEVE's mauve continuum", "unknown carrier", 1.0e-5,  # s, order of magnitude, uncertain
        "Gillies et al. 2019, doi 10.1029/2019GL083272: 400-730 nm, without lines; shares from memory, uncertain 30 %",
    ),
)  # fmt: skip

CATALOGUE: dict[str, EmissionLine] = {line.key: line for line in (*_PROMPT, *_SLOW, *_TIED, *_AIRGLOW, *_SUBAURORAL)}
LINE_KEYS: tuple[str, ...] = tuple(CATALOGUE)
"""All lines, in the order of planes in a LineRadiance."""
PROMPT_KEYS: tuple[str, ...] = tuple(line.key for line in _PROMPT)
SLOW_KEYS: tuple[str, ...] = tuple(line.key for line in _SLOW)
AURORA_KEYS: tuple[str, ...] = (*PROMPT_KEYS, *SLOW_KEYS)
"""Lines that electrons excite, each with an altitude profile of its own, in the order of the emission table."""

TIED: dict[str, tuple[str, float]] = {
    "636.4": ("630.0", 1.0 / 3.0),  # I(630.0)/I(636.4) = 2.997 +- 0.016, Sharpee & Slanger 2006
    "297.2": ("557.7", 0.075 / 1.26),  # A values, NIST / Froese Fischer & Tachiev 2004, from memory; GLOW .045/1.06
    "N2+_Meinel": ("N2+_1NG", 0.45 / 0.11),  # N2+(A) .45 and N2+(B) .11 per N2 ionisation; .45 from memory (.4-.5)
    "weak": ("N2+_1NG", 0.647 * 0.23),  # sum of the lines per 391.4, from memory: uncertain factor 2
    "H-beta": ("N2+_1NG", 0.0),  # protons only; at most 0.1 of the 391.4 that they excite themselves
}
"""Key -> (the key whose profile it shares, photons per photon of that key)."""
BANDS: dict[str, tuple[str, int, int]] = {
    "391.4": ("N2+_1NG", 0, 0), "427.8": ("N2+_1NG", 0, 1), "337.1": ("N2_2PG", 0, 0),
}  # fmt: skip
"""Bands that are measured by themselves: name -> (system, upper, lower vibrational level)."""


def named_nm(key: str) -> float:
    """Return a line's effective wavelength, nm; of a band of BANDS the one that it is named for."""
    return float(key) if key in BANDS else CATALOGUE[key].wavelength_nm


def band_share(band: str) -> float:
    """Return the share of its system's photons that a band of BANDS carries. Raises KeyError for an unknown band."""
    system, upper, lower = BANDS[band]
    total = sum(float(row["photon_fraction"]) for row in _band_rows() if row["system"] == system)
    wanted = (system, str(upper), str(lower))
    shares = [
        float(row["photon_fraction"])
        for row in _band_rows()
        if (row["system"], row["v_upper"], row["v_lower"]) == wanted
    ]
    return shares[0] / total


def spectrum(key: str, wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return the share of a line's photons per nm at each wavelength, nm-1; shape as `wavelengths_nm`.

    The integral over all wavelengths is 1. Trap: a grid coarser than the line (0.4 nm sigma for atoms) misses it; use
    `bin_shares` there. Raises KeyError for an unknown line.
    """
    wavelengths = np.asarray(wavelengths_nm, float)
    density = np.zeros(wavelengths.shape)
    for centre, sigma, share in CATALOGUE[key].components:
        density += share * np.exp(-0.5 * ((wavelengths - centre) / sigma) ** 2) / (sigma * math.sqrt(2.0 * math.pi))
    return density


def bin_shares(key: str, edges_nm: np.ndarray) -> np.ndarray:
    """Return the share of a line's photons between neighbouring edges, exactly; shape [len(edges) - 1].

    Raises KeyError for an unknown line.
    """
    edges = np.asarray(edges_nm, float)
    below = np.zeros(edges.shape)
    for centre, sigma, share in CATALOGUE[key].components:
        below += share * 0.5 * np.array([math.erfc((centre - e) / (sigma * math.sqrt(2.0))) for e in edges])
    return np.diff(below)


def photon_spectrum(brightness: dict[str, float], edges_nm: np.ndarray) -> np.ndarray:
    """Return the photons of several lines together between neighbouring edges, [len(edges) - 1].

    `brightness`: key -> photons (rayleighs, or any measure); the result is in the same measure and sums to all of it
    but what lies outside the edges. Raises KeyError for an unknown line.
    """
    total = np.zeros(len(edges_nm) - 1)
    for key, photons in brightness.items():
        total += photons * bin_shares(key, edges_nm)
    return total
