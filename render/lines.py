"""The light of oxygen, nitrogen, sodium and hydroxyl: each line or band system with its shape, lifetime and source.

A line's brightness is a number of photons; its shape is the share of those photons at each wavelength. Shares count
the whole system, so that what a camera does not see (most of N2 first positive is infrared) stays in the sum.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

VISIBLE_NM = (380.0, 780.0)  # nm, range over which the effective wavelength of a system is taken
ATOMIC_SIGMA_NM = 0.4  # nm, width to draw atomic lines with: real Doppler widths are 0.002 nm, below any sampling
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))  # of a Gaussian

# Rotational width sigma and shift from the tabulated wavelength, nm, of a band drawn as a Gaussian
BAND_SHAPES = {
    "N2+_1NG": (0.45, -0.5),  # head on the red side: 427.8 has its centroid at 427.4 (uncertain)
    "N2_2PG": (0.6, -0.6),  # head on the red side, rotational constants as of 1NG (ours, uncertain)
    "N2_1PG": (4.5 / FWHM_PER_SIGMA, 0.0),  # at the computed origin, FWHM 4-5 nm
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


@cache
def _band_rows() -> tuple[dict[str, str], ...]:
    text = (files("render") / "data" / "bands.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _band_components(system: str) -> np.ndarray:
    """Return [band, 3]: (centre nm, sigma nm, share) of a system of bands.csv; origin where there is one, else head."""
    sigma, shift = BAND_SHAPES[system]
    rows = [row for row in _band_rows() if row["system"] == system]
    centre = [float(row["origin_nm"] or row["head_nm"]) + shift for row in rows]
    return np.array([[c, sigma, float(row["photon_fraction"])] for c, row in zip(centre, rows, strict=True)])


def _atomic_components(*wavelength_and_weight: tuple[float, float]) -> np.ndarray:
    return np.array([[wavelength, ATOMIC_SIGMA_NM, weight] for wavelength, weight in wavelength_and_weight])


def _line(key: str, name: str, transition: str, components: np.ndarray, lifetime_s: float, source: str) -> EmissionLine:
    """Return the record with shares scaled to sum 1 and the effective wavelength worked out."""
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

_LINES = (
    _line("N2+_1NG", "N2+ first negative", "B2Su+ - X2Sg+", _band_components("N2+_1NG"), 6.2e-8, _VJ),  # s, uncertain
    _line("N2_1PG", "N2 first positive", "B3Pg - A3Su+", _band_components("N2_1PG"), 6.0e-6, _VJ),  # s, uncertain
    _line("N2_2PG", "N2 second positive", "C3Pu - B3Pg", _band_components("N2_2PG"), 3.7e-8, _VJ),  # s, uncertain
    # lifetime 1/(1.26 + 0.075) s: NIST / Froese Fischer & Tachiev 2004, from memory, uncertain
    _line("557.7", "oxygen green", "O 1S - 1D", _atomic_components((557.734, 1.0)), 0.75, _NIST),
    _line(
        "630.0",
        "oxygen red doublet",
        "O 1D - 3P2,1",
        _atomic_components(
            (630.030, 3.0), (636.378, 1.0)
        ),  # I(630.0)/I(636.4) = 2.997 +- 0.016, Sharpee & Slanger 2006
        130.0,  # s, 1/(0.00585 + 0.00185), as in GLOW; older texts say 110
        _NIST,
    ),
    _line(
        "777.4",
        "oxygen 3p5P",
        "O 3p5P - 3s5S",
        _atomic_components(
            (777.194, 7.0), (777.417, 5.0), (777.539, 3.0)
        ),  # 2J + 1 of the upper levels (optically thin)
        2.7e-8,  # s, uncertain
        _NIST,
    ),
    _line(
        "844.6",
        "oxygen 3p3P",
        "O 3p3P - 3s3S",
        _atomic_components(
            (844.625, 1.0), (844.636, 5.0), (844.676, 3.0)
        ),  # 2J + 1 of the upper levels (optically thin)
        3.2e-8,  # s, uncertain
        _NIST,
    ),
    _line(
        "520.0",
        "nitrogen doublet",
        "N 2D - 4S",
        _atomic_components((519.790, 1.76), (520.026, 1.0)),  # ratio: Sharpee et al. 2005, from memory, uncertain
        9.3e4,  # s, 1/1.07e-5, as in GLOW
        _NIST,
    ),
    _line(
        "Na",
        "sodium D",
        "Na 3p2P - 3s2S",
        _atomic_components((588.995, 1.65), (589.592, 1.0)),  # D2:D1 1.3-1.8, mean 1.6-1.7, Slanger et al. 2005
        1.6e-8,  # s, uncertain
        _NIST,
    ),
    _line(
        "OH",
        "hydroxyl Meinel",
        "OH X2P v' - v''",
        _band_components("OH"),
        1.0e-2,  # s, order of magnitude for v' = 5-9, uncertain
        "Roach & Gordon; Leinert et al. 1998 (uncertain 50 %); bands 532-834 nm only",
    ),
)

CATALOGUE: dict[str, EmissionLine] = {line.key: line for line in _LINES}
LINE_KEYS: tuple[str, ...] = tuple(CATALOGUE)
"""All lines, in the order of planes in a LineRadiance."""
AURORA_KEYS: tuple[str, ...] = LINE_KEYS[:8]
"""Lines that electrons excite, in the order of the emission table; the rest is airglow alone."""


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
