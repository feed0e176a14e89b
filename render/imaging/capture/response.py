"""What sees: electrons per photon by wavelength of a camera's channels, the observer's, or a user's own filters.

Names: a camera's body (`bodies.py` beside this file), `ideal_cie` (the CIE 1931 2 degree observer), `eye` (the same
with a fourth channel, the rods'), or the path of a CSV file with channels of a user's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from render.core.errors import InputError
from render.core.lines import CATALOGUE, LINE_KEYS
from render.core.messages import cut
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import LIGHT_M_S, PLANCK_J_S
from render.imaging.capture.bodies import BODIES, OBSERVERS, REFERENCE
from render.imaging.capture.filters import channel_names, is_filters, read_filters

CHANNEL_SCALE = (
    0.838,
    1.0,
    0.998,
)  # D3S raw white under D65, (0.487, 1, 0.852) by Adobe's matrix; the table's is 0.581, 1, 0.853

DRAWN_SIGMA_NM = 0.4  # nm: atomic lines are so wide in the catalogue, for the eye's sake
DOPPLER_SIGMA_NM = 0.002  # nm: as wide they are in truth, oxygen at 800 K; a filter of 1 nm sees the difference

_QUADRATURE = np.polynomial.hermite_e.hermegauss(25)
_NARROW_NODES = np.linspace(-6.0, 6.0, 1201)  # sigmas, of the quadrature before narrow filters
_FINE_STEP_NM = 0.5  # step of the folding of continuum bands; the tables step by 5 nm or 1 nm
_FILTER_STEP_NM = 0.05  # the same behind a user's filters, which may be 1 nm wide


def read_curves(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return wavelengths, nm, and curves [curve, wavelength] of the table `name` in render/data."""
    text = files("render").joinpath("data", name).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")][1:]
    table = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    return table[:, 0], table[:, 1:].T


def integral(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the trapezoidal integral of values [..., point] over the grid."""
    return ((values[..., 1:] + values[..., :-1]) * np.diff(grid)).sum(axis=-1) / 2.0


def daylight_spectrum(temperature_k: float, wavelength_nm: np.ndarray) -> np.ndarray:
    """Return relative spectral power of the white of a colour temperature: CIE daylight, or below 4000 K Planckian.

    CIE 15:2004, section 3.1 (daylight is defined from 4000 K to 25000 K; beyond, the caller's range ends first).
    """
    if temperature_k < 4000.0:
        second_m_k = 1.4388e-2  # m K, second radiation constant (CIE 15)
        w = wavelength_nm * 1e-9
        return 1e-20 / (w**5 * np.expm1(second_m_k / (w * temperature_k)))
    t = 1e3 / temperature_k
    if temperature_k <= 7000.0:
        x = 0.244063 + 0.09911 * t + 2.9678 * t**2 - 4.6070 * t**3
    else:
        x = 0.237040 + 0.24748 * t + 1.9018 * t**2 - 2.0064 * t**3
    y = -3.0 * x**2 + 2.870 * x - 0.275
    m = 0.0241 + 0.2562 * x - 0.7341 * y
    grid, (s0, s1, s2) = read_curves("cie_daylight.csv")
    series = s0 + (-1.3515 - 1.7703 * x + 5.9114 * y) / m * s1 + (0.0300 - 31.4424 * x + 30.0717 * y) / m * s2
    return np.interp(wavelength_nm, grid, series)


@cache
def _camera_curves(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the wavelengths, nm, and electrons per photon [channel, wavelength] of a camera's body."""
    grid, energy = read_curves("nikon_5100.csv")
    photon = energy * np.array(CHANNEL_SCALE)[:, None] / grid  # per photon: tables are per unit of energy
    return grid, photon * (BODIES[name].quantum_efficiency / photon[1].max())


@cache
def _observer_curves(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the wavelengths, nm, and "electrons" per photon [channel, wavelength] of an observer."""
    observer, matching = read_curves("cie_1931.csv")
    if name == "eye":
        rods, scotopic = read_curves("cie_1951_scotopic.csv")
        matching = np.concatenate([matching, [np.interp(observer, rods, scotopic[0], left=0.0, right=0.0)]])
    return observer, matching / observer * observer_scale()


@cache
def observer_scale() -> float:
    """Return "electrons" per photon and nm of an observer's matching function of 1.

    So that daylight of 5500 K gives as many in Y as in the reference camera's green: both need the same exposure.
    """
    (grid, photon), (observer, matching) = _camera_curves(REFERENCE), read_curves("cie_1931.csv")
    green = integral(photon[1] * daylight_spectrum(5500.0, grid) * grid, grid)
    return float(green / integral(matching[1] * daylight_spectrum(5500.0, observer), observer))


def electrons_per_photon(response: str, wavelength_nm: np.ndarray) -> np.ndarray:
    """Return the quantum efficiency [channel, ...] at the given wavelengths, nm; 0 outside the response's table."""
    if is_filters(response):
        own = read_filters(response)
        grid, curves = own.wavelength_nm, own.efficiency
    else:
        grid, curves = (_observer_curves if response in OBSERVERS else _camera_curves)(response)
    return np.stack([np.interp(wavelength_nm, grid, curve, left=0.0, right=0.0) for curve in curves])


def spectrum_efficiency(response: str, components: np.ndarray) -> np.ndarray:
    """Return electrons per emitted photon [channel] of a spectrum of Gaussians [n, (wavelength nm, sigma nm, weight)].

    25-point Gauss-Hermite quadrature over each Gaussian, within 1 % for sigma up to 5 nm, the widest of the catalogue
    (the curves have corners: 1.5 % at 20 nm), and steps of 0.01 sigma behind a user's filters, where atomic lines
    have their true width; weights are shares of photons.
    """
    centre, sigma, weight = np.asarray(components, dtype=float).T
    if is_filters(response):
        sigma = np.where(sigma <= DRAWN_SIGMA_NM, DOPPLER_SIGMA_NM, sigma)
    nodes, shares = (_NARROW_NODES, np.exp(-0.5 * _NARROW_NODES**2)) if is_filters(response) else _QUADRATURE
    wavelengths = centre[:, None] + sigma[:, None] * nodes
    return electrons_per_photon(response, wavelengths) @ (shares / shares.sum()) @ weight


def channel_weights(response: str, line_keys: Sequence[str]) -> np.ndarray:
    """Return electrons per photon [channel, line] of catalogue lines. Raises InputError for an unknown key."""
    unknown = [key for key in line_keys if key not in CATALOGUE]
    if unknown:
        raise InputError(f"unknown emission line {unknown[0]!r}; known: {', '.join(CATALOGUE)}")
    if not line_keys:
        return np.zeros((len(channel_names(response)), 0))
    columns = [spectrum_efficiency(response, np.asarray(CATALOGUE[key].components)) for key in line_keys]
    return np.stack(columns, axis=1)


def require_light(path: str) -> None:
    """Raise InputError for a user's channel that sees nothing of a frame: no emission line, and no continuum."""
    own, (first, last) = read_filters(path), SKY_WAVELENGTHS_NM[[0, -1]]
    lines = channel_weights(path, LINE_KEYS)
    sky = electrons_per_photon(path, np.clip(own.wavelength_nm, first, last))  # linear: largest at a row or an end
    for name, seen in zip(own.names, np.concatenate([lines, sky], axis=1), strict=True):
        if not seen.any():
            raise InputError(
                f"{path}: {cut(name)}: this channel sees nothing; allowed: more than 0 somewhere from {first:.0f} to "
                f"{last:.0f} nm, or at an emission line outside, as 844.6"
            )


def band_weights(response: str, wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return electrons per joule times nm [channel, band]: electrons = sum over bands of weight x radiance per nm.

    Radiance is linear between bands: each band stands for its hat function, folded with lambda/(h c) and the quantum
    efficiency. Nothing is assumed outside the first and last band.
    """
    bands = np.asarray(wavelengths_nm, dtype=float)
    step = _FILTER_STEP_NM if is_filters(response) else _FINE_STEP_NM
    fine = np.arange(bands[0], bands[-1] + step / 2, step)
    per_joule = electrons_per_photon(response, fine) * fine * 1e-9 / (PLANCK_J_S * LIGHT_M_S)
    hats = np.stack([np.interp(fine, bands, unit) for unit in np.eye(len(bands))])
    return integral(per_joule[:, None, :] * hats[None, :, :], fine)


def with_middles(wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return wavelengths with those halfway between them, ascending."""
    bands = np.asarray(wavelengths_nm, dtype=float)
    return np.sort(np.concatenate([bands, (bands[1:] + bands[:-1]) / 2.0]))


def between_bands(xp: Any, radiance: Any) -> Any:
    """Return radiance at bands and halfway between them, where its logarithm is the mean: [2 band - 1, row, column].

    Light that has passed much air falls exponentially from band to band; taken linearly it would be too bright between,
    and the arc's foot too green (dE00 1.3; with middles 0.5 against bands of 10 nm).
    """
    lower, upper = radiance[:-1, ...], radiance[1:, ...]
    middle = xp.sqrt(xp.maximum(lower, xp.zeros_like(lower))) * xp.sqrt(xp.maximum(upper, xp.zeros_like(upper)))
    pairs = xp.reshape(xp.stack([lower, middle], axis=1), (2 * lower.shape[0], *radiance.shape[1:]))
    return xp.concat([pairs, radiance[-1:, ...]], axis=0)
