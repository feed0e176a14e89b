"""Where the aurora stands on average, and how bright: statistical ovals driven by Kp.

Zhang & Paxton 2008 gives energy flux and mean energy as Epstein functions of magnetic colatitude whose four
parameters are Fourier series in magnetic local time. It is a mean over many nights, hence smooth and wide: an
envelope, not a picture. Its tail over the pole still depends on local time, which is a fan with its point on the pole;
it goes over there to the mean around the parallel. Starkov 1994 gives the edges of the discrete and diffuse ovals,
Gussenhoven 1983 the equatorward edge of the diffuse aurora.

Latitudes are absolute magnetic latitudes in degrees: both hemispheres share one oval. Kp outside 0..9 raises
ValueError.
"""

from __future__ import annotations

import csv
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from render.geophysics.forms.vortices import smooth_step

ZP_KP_CENTRES = np.array([0.75, 2.25, 3.75, 5.25, 7.0, 9.0])  # middles of the Kp bins (Zhang & Paxton 2008)
ZP_HARMONICS = np.arange(7)  # orders of the Fourier series in MLT (ditto)
# deg of magnetic latitude between which the fit gives way to its mean over MLT (by eye): above noon's maximum, 80.3 at
# Kp 0, and below the end of the curtains' table
ROUND_FROM_DEG, ROUND_DEG = 81.0, 87.0
ROUND_NODES_DEG = np.linspace(ROUND_FROM_DEG, 90.0, 181)  # deg at which that mean is tabulated; linear within 3e-5
PARALLEL_MLT_H = np.arange(0.0, 24.0, 0.25)  # h; the mean over these is exact to 2e-5 of itself
EDGE_GRID_DEG = np.linspace(0.0, 50.0, 1001)  # deg of colatitude in which half-maximum edges are sought; step 0.05 deg


class OvalBoundaries(NamedTuple):
    """Magnetic latitudes, deg, of the discrete oval's two edges and of the diffuse aurora's equatorward edge."""

    equatorward_deg: np.ndarray
    poleward_deg: np.ndarray
    diffuse_equatorward_deg: np.ndarray


class OvalHours(NamedTuple):
    """The statistical oval at some magnetic local times; every array has their shape.

    Edges of half the maximum energy flux, deg; the maximum, mW m-2, its magnetic latitude, deg, and the mean energy of
    the electrons there, keV.
    """

    equatorward_deg: np.ndarray
    poleward_deg: np.ndarray
    peak_mw_m2: np.ndarray
    peak_deg: np.ndarray
    mean_energy_kev: np.ndarray


def hemispheric_power_gw(kp: float | np.ndarray) -> np.ndarray:
    """Return the power, GW, of the electrons precipitating into one hemisphere (Zhang & Paxton 2008)."""
    k = np.asarray(kp, float)
    return np.where(k <= 5.0, 38.66 * np.exp(0.1967 * k) - 33.99, 4.592 * np.exp(0.4731 * k) + 20.47)


def energy_flux_and_mean_energy(
    magnetic_latitude_deg: float | np.ndarray, mlt_h: float | np.ndarray, kp: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean energy flux, mW m-2, and mean electron energy, keV, at magnetic latitude and local time.

    Arguments broadcast; the sign of the latitude is ignored. Flux is linear in hemispheric power and mean energy
    linear in Kp between the Kp bins, and below the first bin's centre the same lines are continued, not below zero.
    Zhang & Paxton 2008 (with {x - B} / D, which the appendix misprints), and from 81 to 87 deg over to the mean around
    the parallel (of the energy: weighted by flux), so that the pole has one value; the power is the same.
    """
    _check_kp(kp)
    latitude, mlt = np.broadcast_arrays(np.abs(np.asarray(magnetic_latitude_deg, float)), np.asarray(mlt_h, float))
    flux, energy = _fit(90.0 - latitude, mlt, kp)
    if not (latitude > ROUND_FROM_DEG).any():
        return flux, energy
    mean_flux, mean_heat = (np.interp(latitude, ROUND_NODES_DEG, mean) for mean in _parallel_means(float(kp)))
    share = smooth_step(ROUND_FROM_DEG, ROUND_DEG, latitude)
    mixed = (1.0 - share) * flux + share * mean_flux
    heat = (1.0 - share) * flux * energy + share * mean_heat
    lit = (share > 0.0) & (mixed > 0.0)
    return mixed, np.where(lit, heat / np.where(lit, mixed, 1.0), energy)


@lru_cache(maxsize=64)
def _parallel_means(kp: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over MLT of the fit's flux and of flux x energy, mW m-2 and keV, at ROUND_NODES_DEG."""
    flux, energy = _fit(90.0 - ROUND_NODES_DEG[:, None], PARALLEL_MLT_H[None, :], kp)
    return flux.mean(axis=1), (flux * energy).mean(axis=1)


def _fit(colatitude: np.ndarray, mlt: np.ndarray, kp: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Zhang & Paxton's energy flux and mean energy as they are, right up to the pole; arguments broadcast."""
    colatitude, mlt = np.broadcast_arrays(colatitude, mlt)
    low = int(np.clip(np.searchsorted(ZP_KP_CENTRES, kp) - 1, 0, len(ZP_KP_CENTRES) - 2))
    k0, k1 = ZP_KP_CENTRES[low], ZP_KP_CENTRES[low + 1]
    p0, p1, p = hemispheric_power_gw(np.array([k0, k1, kp]))
    flux = _between(
        _epstein("Q_erg_cm2_s", low, colatitude, mlt),
        _epstein("Q_erg_cm2_s", low + 1, colatitude, mlt),
        (p - p0) / (p1 - p0),
    )
    energy = _between(
        _epstein("Emean_keV", low, colatitude, mlt),
        _epstein("Emean_keV", low + 1, colatitude, mlt),
        (kp - k0) / (k1 - k0),
    )
    return flux, energy


def half_maximum_edges(mlt_h: float | np.ndarray, kp: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the equatorward and poleward magnetic latitudes, deg, of half the maximum energy flux at that MLT.

    Shape as `mlt_h`. A fixed threshold would run to the pole above Kp 3; the half maximum does not. It is the fit's
    own, also at noon in quiet hours, where it reaches 85 deg.
    """
    _check_kp(kp)
    mlt = np.asarray(mlt_h, float)
    flux, _ = _fit(EDGE_GRID_DEG, mlt.reshape(-1, 1), kp)
    edges = np.array([_half_maximum(row) for row in flux])
    return (90.0 - edges[:, 1]).reshape(mlt.shape), (90.0 - edges[:, 0]).reshape(mlt.shape)


def oval_hours(mlt_h: float | np.ndarray, kp: float) -> OvalHours:
    """Return the oval's edges, maximum and mean energy there at magnetic local times, h; shape as `mlt_h`.

    The maximum's latitude is that of the parabola through the three nodes about the highest: within 0.001 deg.
    """
    _check_kp(kp)
    mlt = np.asarray(mlt_h, float)
    flux, _ = _fit(EDGE_GRID_DEG, mlt.reshape(-1, 1), kp)
    at = np.clip(flux.argmax(axis=1), 1, EDGE_GRID_DEG.size - 2)
    before, here, after = (flux[np.arange(len(flux)), at + i] for i in (-1, 0, 1))
    step = EDGE_GRID_DEG[1] - EDGE_GRID_DEG[0]
    shift = 0.5 * (before - after) / (before - 2.0 * here + after)  # of a step, -1/2 to 1/2 about a maximum
    latitude = (90.0 - EDGE_GRID_DEG[at] - step * shift).reshape(mlt.shape)
    peak, energy = energy_flux_and_mean_energy(latitude, mlt, kp)
    return OvalHours(*half_maximum_edges(mlt, kp), peak, latitude, energy)


def starkov_boundaries(mlt_h: float | np.ndarray, kp: float) -> OvalBoundaries:
    """Return the Feldstein-Starkov boundaries, deg, shape as `mlt_h` (Starkov 1994; AL from Kp by the same)."""
    _check_kp(kp)
    mlt = np.asarray(mlt_h, float)
    table = _starkov_table()
    al_nt = np.polynomial.polynomial.polyval(kp, table["Kp_to_AL", "AL"])
    log_al = np.log10(al_nt)
    names = ("equatorward_oval", "poleward_oval", "equatorward_diffuse")
    return OvalBoundaries(*(90.0 - _starkov_colatitude(table, name, log_al, mlt) for name in names))


def gussenhoven_equatorward_edge(mlt_h: float | np.ndarray, kp: float) -> np.ndarray:
    """Return the diffuse aurora's equatorward edge, deg, shape as `mlt_h` (Gussenhoven et al. 1983).

    The hour's regression line holds at the middle of its hour; linear between hours, and across the four hours not
    given.
    """
    _check_kp(kp)
    hour, offset, slope = _gussenhoven_table().T
    return np.interp(np.asarray(mlt_h, float), hour + 0.5, offset + slope * kp, period=24.0)


def _check_kp(kp: float) -> None:
    if not 0.0 <= kp <= 9.0:
        raise ValueError(f"Kp {kp} is outside 0 to 9")


def _between(a: np.ndarray, b: np.ndarray, weight: float) -> np.ndarray:
    """Return the line through a (weight 0) and b (weight 1), not below zero."""
    return np.maximum(a + weight * (b - a), 0.0)


def _epstein(table: str, kp_bin: int, colatitude: np.ndarray, mlt: np.ndarray) -> np.ndarray:
    """Return A exp((x - B) / C) / (1 + exp((x - B) / D))^2 at magnetic colatitude x, deg, and MLT, h."""
    phase = (mlt * (np.pi / 12.0))[..., None] * ZP_HARMONICS
    series = np.concatenate([np.cos(phase), np.sin(phase[..., 1:])], axis=-1)
    a, b, c, d = np.moveaxis(series @ _zhang_paxton_table()[table][kp_bin], -1, 0)
    x = colatitude - b
    return a * np.exp(x / c - 2.0 * np.logaddexp(0.0, x / d))  # the logarithm does not overflow far from the oval


def _half_maximum(flux: np.ndarray) -> tuple[float, float]:
    """Return the colatitudes, deg, poleward and equatorward of the maximum where `flux` first halves."""
    peak = int(np.argmax(flux))
    half = 0.5 * flux[peak]
    above = np.flatnonzero(flux[:peak] < half)
    below = np.flatnonzero(flux[peak:] < half)
    first = above[-1] if above.size else 0
    last = peak + below[0] if below.size else flux.size - 1
    poleward = np.interp(half, flux[first : first + 2], EDGE_GRID_DEG[first : first + 2])
    equatorward = np.interp(half, flux[last - 1 : last + 1][::-1], EDGE_GRID_DEG[last - 1 : last + 1][::-1])
    return float(poleward), float(equatorward)


def _starkov_colatitude(
    table: dict[tuple[str, str], np.ndarray], boundary: str, log_al: float, mlt: np.ndarray
) -> np.ndarray:
    """Return the boundary's magnetic colatitude, deg: A0 + sum An cos(15 deg (n MLT + alpha_n))."""

    def value(parameter: str) -> float:
        return float(np.polynomial.polynomial.polyval(log_al, table[boundary, parameter]))

    waves = (value(f"A{n}") * np.cos(np.radians(15.0 * (n * mlt + value(f"alpha{n}")))) for n in (1, 2, 3))
    return value("A0") + sum(waves, np.zeros_like(mlt))


def _rows(name: str) -> list[dict[str, str]]:
    text = files("render").joinpath("data", name).read_text()
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def _zhang_paxton_table() -> dict[str, np.ndarray]:
    """Return per table the coefficients [Kp bin 6, term 13 (Const, Cos1..6, Sin1..6), parameter 4 (A, B, C, D)]."""
    terms = ["Const", *(f"Cos{n}" for n in range(1, 7)), *(f"Sin{n}" for n in range(1, 7))]
    tables = {name: np.full((6, 13, 4), np.nan) for name in ("Q_erg_cm2_s", "Emean_keV")}
    for row in _rows("zhang_paxton_2008.csv"):
        values = [float(row[key]) for key in ("A", "B_deg", "C_deg", "D_deg")]
        tables[row["table"]][int(row["kp_bin"]), terms.index(row["term"])] = values
    return tables


@cache
def _starkov_table() -> dict[tuple[str, str], np.ndarray]:
    """Return per (boundary, parameter) the four coefficients of its cubic."""
    return {
        (row["boundary"], row["parameter"]): np.array([float(row[f"b{i}"]) for i in range(4)])
        for row in _rows("starkov_1994.csv")
    }


@cache
def _gussenhoven_table() -> np.ndarray:
    """Return rows of MLT hour, offset deg, slope deg per Kp; shape [20, 3]."""
    return np.array([[float(value) for value in row.values()] for row in _rows("gussenhoven_1983.csv")])
