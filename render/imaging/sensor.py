"""Radiance to electrons: what each photosite collects while the shutter is open, and what is read of it.

    photons on a photosite = L pi / (4 N^2) A t T

for a radiance L in photons m-2 s-1 sr-1, an f-number N, a photosite of area A, a time t and a lens that passes T. This
is exact for a lens focused at infinity that obeys the sine condition, sin(theta') = 1/(2N) (Born and Wolf, section
4.8.2); vignetting is left out. Each photosite is taken to see all three channels over its whole area, as after
demosaicing.

`collect` is linear in the light and knows no chance; what a lens spreads over its neighbours (glare, diffraction)
belongs between it and `read_out`, which draws the noise and clips.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from render.core.errors import InputError
from render.core.lines import CATALOGUE
from render.core.radiance import LineRadiance, SkyRadiance
from render.core.units import LIGHT_M_S, PLANCK_J_S, RAYLEIGH
from render.imaging import noise as grain
from render.imaging.settings import Response

PEAK_QUANTUM_EFFICIENCY = 0.5  # electrons per photon, green channel with filters; uncertain (D3S: 0.45 to 0.6 reported)
LENS_TRANSMISSION = 0.9  # fast prime with window; uncertain
CHANNEL_SCALE = (
    0.838,
    1.0,
    0.998,
)  # D3S raw white under D65, (0.487, 1, 0.852) by Adobe's matrix; the table's is 0.581, 1, 0.853
FULL_WELL_ELECTRONS = 84_000.0  # D3S photosite at ISO 200; uncertain (its forerunner D3: 53,400 and 65,600 measured)
NATIVE_ISO = 200.0  # Nikon D3S, base ISO
NATIVE_PHOTOSITE_AREA_M2 = (8.45e-6) ** 2  # m2, Nikon D3S: 36.0 mm over 4256 photosites
READ_NOISE_FLOOR_ELECTRONS = 3.5  # per native photosite at high ISO; uncertain (D3S: 3 to 5)
READ_NOISE_CONVERTER_ELECTRONS = 15.0  # per native photosite at ISO 200, falls as 1/ISO; uncertain (D3: 16 in all)
CHUNK_PIXELS = 1 << 17  # pixels worked on at once: bounds temporary memory to about 30 MB

_QUADRATURE = np.polynomial.hermite_e.hermegauss(25)
_FINE_STEP_NM = 0.5  # step of the folding of continuum bands; the tables step by 5 nm or 1 nm


@dataclass(frozen=True)
class Collected:
    """What the photosites have collected when the shutter closes, before it is read: no noise, no clipping.

    `electrons`: float32, axes (channel, row, column), the mean count of each photosite. For the response "cie_xyz" the
    channels are X, Y, Z in the same measure.
    """

    electrons: Any
    photosite_area_m2: float
    response: Response


@dataclass(frozen=True)
class Exposure:
    """What the sensor holds after one exposure.

    `electrons`: float32, axes (channel, row, column), the black level taken off, so that read noise can make it
    negative. `saturation_electrons`: where the converter clips at this ISO. For the response "cie_xyz" the channels
    are X, Y, Z in the same measure, without noise and without clipping.
    """

    electrons: Any
    saturation_electrons: float
    response: Response


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
def _curves(response: Response) -> tuple[np.ndarray, np.ndarray]:
    """Return the wavelengths, nm, and electrons per photon [channel, wavelength] of a response."""
    grid, energy = read_curves("nikon_5100.csv")
    photon = energy * np.array(CHANNEL_SCALE)[:, None] / grid  # per photon: tables are per unit of energy
    photon *= PEAK_QUANTUM_EFFICIENCY / photon[1].max()
    if response == "nikon_5100":
        return grid, photon
    observer, matching = read_curves("cie_1931.csv")
    white, fine = daylight_spectrum(5500.0, observer), daylight_spectrum(5500.0, grid)
    green = integral(photon[1] * fine * grid, grid)
    luminance = integral(matching[1] * white, observer)
    return observer, matching / observer * (green / luminance)  # D55 gives the same electrons in Y as in green


def electrons_per_photon(response: Response, wavelength_nm: np.ndarray) -> np.ndarray:
    """Return the quantum efficiency [channel, ...] at the given wavelengths, nm; 0 outside the response's table.

    For "cie_xyz" it is the matching function per photon, scaled so that daylight of 5500 K gives as many "electrons"
    in Y as in a Nikon's green channel: both responses need the same exposure.
    """
    grid, curves = _curves(response)
    return np.stack([np.interp(wavelength_nm, grid, curve, left=0.0, right=0.0) for curve in curves])


def spectrum_efficiency(response: Response, components: np.ndarray) -> np.ndarray:
    """Return electrons per emitted photon [channel] of a spectrum of Gaussians [n, (wavelength nm, sigma nm, weight)].

    25-point Gauss-Hermite quadrature over each Gaussian, within 1 % for sigma up to 5 nm, the widest of the catalogue
    (the curves have corners: 1.5 % at 20 nm); weights are shares of photons.
    """
    centre, sigma, weight = np.asarray(components, dtype=float).T
    nodes, shares = _QUADRATURE
    wavelengths = centre[:, None] + sigma[:, None] * nodes
    return electrons_per_photon(response, wavelengths) @ (shares / shares.sum()) @ weight


def channel_weights(response: Response, line_keys: Sequence[str]) -> np.ndarray:
    """Return electrons per photon [channel, line] of catalogue lines. Raises InputError for an unknown key."""
    unknown = [key for key in line_keys if key not in CATALOGUE]
    if unknown:
        raise InputError(f"unknown emission line {unknown[0]!r}; known: {', '.join(CATALOGUE)}")
    if not line_keys:
        return np.zeros((3, 0))
    columns = [spectrum_efficiency(response, np.asarray(CATALOGUE[key].components)) for key in line_keys]
    return np.stack(columns, axis=1)


def band_weights(response: Response, wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return electrons per joule times nm [channel, band]: electrons = sum over bands of weight x radiance per nm.

    Radiance is linear between bands: each band stands for its hat function, folded with lambda/(h c) and the quantum
    efficiency. Nothing is assumed outside the first and last band.
    """
    bands = np.asarray(wavelengths_nm, dtype=float)
    fine = np.arange(bands[0], bands[-1] + _FINE_STEP_NM / 2, _FINE_STEP_NM)
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


def optical_throughput(photosite_area_m2: float, f_number: float, exposure_s: float) -> float:
    """Return pi/(4 N^2) A t T in m2 sr s: photons on a photosite per unit of photon radiance."""
    for name, value in (("photosite area", photosite_area_m2), ("f-number", f_number), ("exposure", exposure_s)):
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(f"{name} must be greater than 0, got {value}")
    return math.pi / (4.0 * f_number**2) * photosite_area_m2 * exposure_s * LENS_TRANSMISSION


def saturation_electrons(photosite_area_m2: float, iso: float) -> float:
    """Return the electrons at which the converter clips: the full well's share at this ISO, scaled with area."""
    if not (math.isfinite(iso) and iso > 0.0):
        raise InputError(f"ISO must be greater than 0, got {iso}")
    return FULL_WELL_ELECTRONS * (photosite_area_m2 / NATIVE_PHOTOSITE_AREA_M2) * NATIVE_ISO / iso


def read_noise_electrons(photosite_area_m2: float, iso: float) -> float:
    """Return the standard deviation of read noise of a photosite, or of as many native ones as fill its area."""
    native = math.hypot(READ_NOISE_FLOOR_ELECTRONS, READ_NOISE_CONVERTER_ELECTRONS * NATIVE_ISO / iso)
    return native * math.sqrt(photosite_area_m2 / NATIVE_PHOTOSITE_AREA_M2)


def collect(
    lines: LineRadiance,
    sky: SkyRadiance,
    *,
    photosite_area_m2: float,
    f_number: float,
    exposure_s: float,
    response: Response = "nikon_5100",
) -> Collected:
    """Collect lines and continuum while the shutter is open: what `read_out` reads, and what optics may spread before.

    Area in m2, time in s. Twice the light is twice the electrons, and lines add; so do skies of one spectrum, while
    those of unlike spectra do only at the bands themselves (see `between_bands`). Raises InputError for sizes that
    disagree or a setting that is not positive.
    """
    xp = array_namespace(lines.rayleighs, sky.radiance)
    _, rows, columns = sky.radiance.shape
    if tuple(lines.rayleighs.shape[1:]) != (rows, columns):
        raise InputError(f"lines are {lines.rayleighs.shape[1:]} but sky is {(rows, columns)} pixels")
    throughput = optical_throughput(photosite_area_m2, f_number, exposure_s)
    place = {"dtype": xp.float32, "device": device_of(sky.radiance)}
    per_line = xp.asarray(throughput * RAYLEIGH * channel_weights(response, lines.keys), **place)
    per_band = xp.asarray(throughput * band_weights(response, with_middles(sky.wavelengths_nm)), **place)
    electrons = xp.empty((3, rows, columns), **place)
    for part in _bands_of_rows(rows, columns):
        mean = _weighted(xp, per_line, lines.rayleighs[:, part, :])
        electrons[:, part, :] = mean + _weighted(xp, per_band, between_bands(xp, sky.radiance[:, part, :]))
    return Collected(electrons, photosite_area_m2, response)


def read_out(
    collected: Collected,
    *,
    iso: float,
    noise: bool = True,
    seed: int = 0,
    frame_index: int = 0,
    first_row: int = 0,
    first_column: int = 0,
) -> Exposure:
    """Read the sensor out: photon and read noise, then the converter's clipping; "cie_xyz" knows neither.

    Noise is a pure function of (seed, frame_index, row, column): a tile that starts at (`first_row`, `first_column`),
    counted from 0, equals that part of the whole frame. Raises InputError for an ISO that is not positive.
    """
    electrons, area_m2 = collected.electrons, collected.photosite_area_m2
    saturation = saturation_electrons(area_m2, iso)
    if collected.response == "cie_xyz":
        return Exposure(electrons, saturation, collected.response)
    xp = array_namespace(electrons)
    place = {"dtype": xp.float32, "device": device_of(electrons)}
    sigma, ceiling = read_noise_electrons(area_m2, iso), xp.asarray(saturation, **place)
    _, rows, columns = electrons.shape
    read = xp.empty((3, rows, columns), **place)
    for part in _bands_of_rows(rows, columns):
        drawn = electrons[:, part, :]
        if noise:
            drawn = grain.add_noise(drawn, sigma, seed, frame_index, first_row + part.start, first_column)
        read[:, part, :] = xp.minimum(drawn, ceiling)
    return Exposure(read, saturation, collected.response)


def _bands_of_rows(rows: int, columns: int) -> Iterator[slice]:
    """Yield slices of rows, one after the other, of CHUNK_PIXELS at most."""
    step = max(1, CHUNK_PIXELS // max(1, columns))
    for top in range(0, rows, step):
        yield slice(top, min(top + step, rows))


def _weighted(xp: Any, weights: Any, planes: Any) -> Any:
    """Return weights [channel, plane] times planes [plane, row, column]."""
    flat = xp.reshape(xp.astype(planes, xp.float32, copy=False), (planes.shape[0], planes.shape[1] * planes.shape[2]))
    return xp.reshape(weights @ flat, (3, *planes.shape[1:]))
