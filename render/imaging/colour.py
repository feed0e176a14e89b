"""Electrons to a picture: white balance, colour matrix, tone, gamut, encoding.

camera channels / saturation -> times white balance, clipped at 1 (what is overexposed is white)
  -> matrix -> linear sRGB -> tone curve on luminance -> gamut mapping and encoding (`render.imaging.encoding`)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from render.imaging.encoding import Transfer, encoded, without_shoulder
from render.imaging.gamut import LUMINANCE, combine
from render.imaging.sensor import CHUNK_PIXELS, Exposure, daylight_spectrum, electrons_per_photon, integral, read_curves
from render.imaging.settings import DevelopSettings, Gamut, Response

SRGB_FROM_XYZ = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)  # IEC 61966-2-1 primaries, D65
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)  # XYZ to sharpened cone responses (Lam 1985; ICC.1:2010 annex E)
MID_GREY = 0.18  # reflectance of a grey card, and its linear sRGB
MID_GREY_OF_SATURATION = 10.0 / 78.0  # exposure of mid grey over saturation's, saturation-based speed (ISO 12232:2006)
TONE_CONTRAST = 1.2  # exponent of the camera's curve; a choice by eye after photographs ISS030-E-102170 and -130515
KNEE = {"camera": 0.6, "linear": 1.0}  # share of the gamut left as it is; a choice by eye after the same photographs
NARROW_SHARE = 0.15  # weight of narrow spectra in the fit of the matrix: a compromise, uncertain
_GRID_NM = np.arange(380.0, 780.5, 1.0)


@dataclass(frozen=True)
class Image:
    """A picture: `pixels` float32, axes (row, column, channel), encoded, 0 to 1.

    `gamut`: whose primaries the channels are; `transfer`: sRGB's, in which 1 is white, or PQ, in which 1 is 10 000
    cd/m2.
    """

    pixels: Any
    gamut: Gamut = "srgb"
    transfer: Transfer = "srgb"


def training_spectra() -> tuple[np.ndarray, np.ndarray]:
    """Return reflectances [sample, wavelength] and narrow emissions [sample, wavelength] for the fit of the matrix.

    Reflectances are smooth, as natural surfaces are (Maloney 1986, J. Opt. Soc. Am. A 3, 1673: a few slow functions of
    wavelength): edges, bands and gaps of 20 to 60 nm over a base of 5 to 20 %. Emissions are Gaussians of 8 nm.
    """
    w = _GRID_NM
    centres = np.arange(410.0, 691.0, 20.0)
    smooth = [np.ones_like(w)]
    for centre in centres:
        for width in (20.0, 40.0):
            edge = 1.0 / (1.0 + np.exp(-(w - centre) / width))
            smooth += [0.05 + 0.9 * edge, 0.05 + 0.9 * (1.0 - edge)]
        for width in (30.0, 60.0):
            bump = np.exp(-0.5 * ((w - centre) / width) ** 2)
            smooth += [0.05 + 0.8 * bump, 0.95 - 0.75 * bump]
    narrow = [np.exp(-0.5 * ((w - centre) / 8.0) ** 2) for centre in np.arange(430.0, 661.0, 10.0)]
    return np.array(smooth), np.array(narrow)


def _channel_responses(response: Response, power: np.ndarray) -> np.ndarray:
    """Return channel signals [sample, channel] of spectra of radiant power [sample, wavelength]."""
    per_power = electrons_per_photon(response, _GRID_NM) * _GRID_NM
    return integral(power[:, None, :] * per_power, _GRID_NM)


def _xyz(power: np.ndarray) -> np.ndarray:
    """Return tristimulus values [sample, (X, Y, Z)] of spectra of radiant power [sample, wavelength]."""
    grid, matching = read_curves("cie_1931.csv")
    curves = np.stack([np.interp(_GRID_NM, grid, curve) for curve in matching])
    return integral(power[:, None, :] * curves, _GRID_NM)


def adaptation(white_xyz: np.ndarray) -> np.ndarray:
    """Return the matrix that takes XYZ seen under `white_xyz` to XYZ seen under D65 (Bradford, linear)."""
    d65 = np.linalg.solve(SRGB_FROM_XYZ, np.ones(3))
    gains = (BRADFORD @ d65) / (BRADFORD @ white_xyz)
    return np.linalg.solve(BRADFORD, gains[:, None] * BRADFORD)


@cache
def white_balance(response: Response, temperature_k: float) -> tuple[float, float, float]:
    """Return the channels' multipliers, the least of them 1, that make the light of a colour temperature grey.

    For "cie_xyz" they are 1: its white is adapted in the matrix.
    """
    if response == "cie_xyz":
        return (1.0, 1.0, 1.0)
    signal = _channel_responses(response, daylight_spectrum(temperature_k, _GRID_NM)[None, :])[0]
    red, green, blue = (float(signal.max() / s) for s in signal)
    return red, green, blue


@cache
def srgb_from_camera(response: Response, temperature_k: float) -> tuple[tuple[float, ...], ...]:
    """Return the 3x3 matrix from white-balanced channels to linear sRGB.

    Camera: least squares over `training_spectra`, lit by the white, between its channels and the sRGB of the same
    spectra seen by the 2 degree observer, adapted to D65; equal channels stay grey exactly. CIE: adaptation and sRGB.
    """
    light = daylight_spectrum(temperature_k, _GRID_NM)
    white = _xyz(light[None, :])[0]
    to_srgb = SRGB_FROM_XYZ @ adaptation(white / white[1])
    if response == "cie_xyz":
        return tuple(tuple(float(m) for m in row) for row in to_srgb)
    smooth, narrow = training_spectra()
    power = np.concatenate([smooth * light, narrow * light.mean()])
    weight = np.concatenate([np.full(len(smooth), 1.0 / len(smooth)), np.full(len(narrow), NARROW_SHARE / len(narrow))])
    xyz = _xyz(power)
    size = xyz.sum(axis=1, keepdims=True)  # each spectrum counts alike, however bright
    camera = _channel_responses(response, power) * white_balance(response, temperature_k)
    camera *= white[1] / (_channel_responses(response, light[None, :])[0] * white_balance(response, temperature_k))[1]
    matrix = _grey_keeping_fit(camera / size, xyz @ to_srgb.T / size, weight)
    return tuple(tuple(float(m) for m in row) for row in matrix)


def _grey_keeping_fit(source: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weighted least-squares matrix [3, 3], rows summing to 1, with target = source @ matrix.T."""
    root = np.sqrt(weight)[:, None]
    against_green = (source - source[:, 1:2])[:, [0, 2]] * root
    outer, *_ = np.linalg.lstsq(against_green, (target - source[:, 1:2]) * root, rcond=None)
    red, blue = outer
    return np.stack([red, 1.0 - red - blue, blue], axis=1)


def camera_curve(x: Any) -> Any:
    """Return display luminance of scene luminance x, both relative to white: (1 + k) x^p / (x^p + k).

    p = TONE_CONTRAST. A toe, a slope of 1.08 at mid grey (log-log) and a shoulder that ends at 1. k is set so that mid
    grey, which ISO 12232 puts at 10/78 of saturation, is shown as mid grey. After Naka and Rushton 1966.
    """
    xp = array_namespace(x)
    grey = MID_GREY_OF_SATURATION**TONE_CONTRAST
    k = grey * (1.0 - MID_GREY) / (MID_GREY - grey)
    power = xp.maximum(x, xp.zeros_like(x)) ** TONE_CONTRAST
    return (1.0 + k) * power / (power + k)


def develop(exposure: Exposure, settings: DevelopSettings) -> Image:
    """Develop an exposure to a picture, with the settings' white balance, tone, gamut and transfer."""
    electrons = exposure.electrons
    xp = array_namespace(electrons)
    _, rows, columns = electrons.shape
    pixels = xp.empty((rows, columns, 3), dtype=xp.float32, device=device_of(electrons))
    step = max(1, CHUNK_PIXELS // 4 // max(1, columns))
    for top in range(0, rows, step):
        part = slice(top, min(top + step, rows))
        linear = _linear_srgb(xp, electrons[:, part, :] * (1.0 / exposure.saturation_electrons), exposure, settings)
        pixels[part, :, :] = xp.permute_dims(encoded(linear, settings, KNEE[settings.tone]), (1, 2, 0))
    return Image(pixels, "rec2020", "pq") if settings.hdr else Image(pixels, settings.gamut)


def _linear_srgb(xp: Any, signal: Any, exposure: Exposure, settings: DevelopSettings) -> Any:
    """Return linear sRGB [channel, row, column], not yet within the gamut, of a signal relative to saturation."""
    response, temperature_k = exposure.response, settings.white_balance_k
    planes = [gain * signal[i, ...] for i, gain in enumerate(white_balance(response, temperature_k))]
    if response != "cie_xyz":
        planes = [xp.clip(plane, -1.0, 1.0) for plane in planes]
    brighter = 2.0**settings.exposure_compensation_ev
    rgb = combine(np.array(srgb_from_camera(response, temperature_k)) * brighter, planes)
    if settings.tone == "camera":
        (luminance,) = combine((LUMINANCE,), rgb)
        size = 0.5 * (luminance + xp.maximum(xp.maximum(rgb[0], rgb[1]), rgb[2]))
        size = xp.maximum(size, xp.full_like(size, 1e-6))
        curve = without_shoulder(camera_curve) if settings.hdr else camera_curve
        gain = curve(size) / size
        rgb = tuple(gain * channel for channel in rgb)
    return xp.stack(list(rgb))
