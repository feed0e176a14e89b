"""Electrons to a picture: white balance, colour matrix, tone, gamut, encoding.

camera channels / saturation -> times white balance, clipped at 1 (what is overexposed is white)
  -> matrix -> linear sRGB -> exposure compensation, noise reduction -> tone curve on luminance
  -> gamut mapping and encoding (`render.imaging.encoding`)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from render.imaging import eye
from render.imaging.capture.bodies import OBSERVERS
from render.imaging.capture.filters import is_filters, require_picture
from render.imaging.capture.response import daylight_spectrum, electrons_per_photon, integral, read_curves
from render.imaging.capture.sensor import CHUNK_PIXELS, Exposure
from render.imaging.encoding import Transfer, encoded, without_shoulder
from render.imaging.gamut import LUMINANCE, combine
from render.imaging.reduction import CHROMA_PHOTOSITES, reach_px, reduce_noise
from render.imaging.settings import DevelopSettings, Gamut
from render.imaging.tone import CURVES, FILMIC_INSET, KNEE, inset

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


def _channel_responses(response: str, power: np.ndarray) -> np.ndarray:
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
def white_balance(response: str, temperature_k: float) -> tuple[float, float, float]:
    """Return the channels' multipliers, the least of them 1, that make the light of a colour temperature grey.

    Of an observer they are 1: its white is adapted in the matrix; and of a user's own channels, which have none.
    """
    if response in OBSERVERS or is_filters(response):
        return (1.0, 1.0, 1.0)
    signal = _channel_responses(response, daylight_spectrum(temperature_k, _GRID_NM)[None, :])[0]
    red, green, blue = (float(signal.max() / s) for s in signal)
    return red, green, blue


@cache
def srgb_from_camera(response: str, temperature_k: float) -> tuple[tuple[float, ...], ...]:
    """Return the 3x3 matrix from white-balanced channels to linear sRGB.

    Camera: least squares over `training_spectra`, lit by the white, between its channels and the sRGB of the same
    spectra seen by the 2 degree observer, adapted to D65; equal channels stay grey exactly. CIE: adaptation and sRGB.
    """
    light = daylight_spectrum(temperature_k, _GRID_NM)
    white = _xyz(light[None, :])[0]
    to_srgb = SRGB_FROM_XYZ @ adaptation(white / white[1])
    if response in OBSERVERS:
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


def halo_rows(reduction: float, settings: DevelopSettings) -> int:
    """Return how many rows around some their development needs, of an exposure of that `reduction`."""
    return reach_px(CHROMA_PHOTOSITES / reduction) + 1 if settings.noise_reduction == "camera" else 0


def develop(exposure: Exposure, settings: DevelopSettings, rows: slice | None = None) -> Image:
    """Develop an exposure to a picture, with the settings' white balance, noise reduction, tone, gamut and transfer.

    `rows`: those of the exposure that are wanted, by default all; the others are neighbours only. Raises InputError for
    channels that make no picture.
    """
    linear = linear_srgb(exposure, settings)
    xp = array_namespace(linear)
    linear = linear[:, rows or slice(None), :]
    _, count, columns = linear.shape
    pixels = xp.empty((count, columns, 3), dtype=xp.float32, device=device_of(linear))
    step = max(1, CHUNK_PIXELS // 4 // max(1, columns))
    for top in range(0, count, step):
        part = slice(top, min(top + step, count))
        shown = toned(linear[:, part, :], settings)
        pixels[part, :, :] = xp.permute_dims(encoded(shown, settings, KNEE[settings.tone]), (1, 2, 0))
    return Image(pixels, "rec2020", "pq") if settings.hdr else Image(pixels, settings.gamut)


def linear_srgb(exposure: Exposure, settings: DevelopSettings) -> Any:
    """Return scene-linear sRGB [channel, row, column], unbounded, 1 = white at saturation, before any tone.

    Clipped by the camera, white-balanced, compensated and with its noise reduced. Raises InputError for two, or more
    than three, channels of a user's own: they make no picture.
    """
    electrons, response = exposure.electrons, exposure.response
    xp = array_namespace(electrons)
    signal = electrons * (1.0 / exposure.saturation_electrons)
    if is_filters(response):
        return _of_filters(xp, signal, response) * 2.0**settings.exposure_compensation_ev
    if response == "eye":
        signal, _ = eye.seen(signal, exposure.luminance_per_electron * exposure.saturation_electrons)
    planes = [gain * signal[i, ...] for i, gain in enumerate(white_balance(response, settings.white_balance_k))]
    if response not in OBSERVERS:
        planes = [xp.clip(plane, -1.0, 1.0) for plane in planes]
    rgb = xp.stack(list(combine(srgb_from_camera(response, settings.white_balance_k), planes)))
    if settings.noise_reduction == "camera" and response not in OBSERVERS:
        rgb = reduce_noise(rgb, LUMINANCE, exposure.reduction)
    return rgb * 2.0**settings.exposure_compensation_ev


def _of_filters(xp: Any, signal: Any, response: str) -> Any:
    """Return the picture of a user's own channels: one is grey, three are red, green and blue as they stand."""
    require_picture(response)
    return signal if signal.shape[0] == 3 else xp.concat([signal] * 3, axis=0)


def toned(rgb: Any, settings: DevelopSettings) -> Any:
    """Return linear sRGB [channel, row, column] as it is to be shown, not yet within the gamut."""
    xp = array_namespace(rgb)
    curve = CURVES.get(settings.tone)
    if curve is None:
        return rgb
    if settings.hdr:
        curve = without_shoulder(curve)
    planes = tuple(rgb[i, ...] for i in range(3))
    if settings.tone == "filmic":  # channel by channel, so that what is bright ends in white
        towards_white = inset(FILMIC_INSET)
        shown = tuple(curve(channel) for channel in combine(towards_white, planes))
        return xp.stack(list(combine(np.linalg.inv(towards_white), shown)))
    (luminance,) = combine((LUMINANCE,), planes)
    size = 0.5 * (luminance + xp.maximum(xp.maximum(planes[0], planes[1]), planes[2]))
    size = xp.maximum(size, xp.full_like(size, 1e-6))
    gain = curve(size) / size
    return xp.stack([gain * channel for channel in planes])
