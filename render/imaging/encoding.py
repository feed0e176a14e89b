"""Linear light to code values of a display: sRGB's transfer, and PQ for displays that are brighter than white paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np
from array_api_compat import array_namespace

from render.imaging.gamut import gamut_from_srgb, map_to_gamut
from render.imaging.settings import DevelopSettings, Gamut

Transfer = Literal["srgb", "pq"]

WHITE_CD_M2 = 203.0  # diffuse white of HDR pictures (ITU-R BT.2408-7, section 2.1)
PEAK_CD_M2 = 1000.0  # brightest of HDR pictures: the display that they are made for; chosen, as HDR10 masters have it
PQ_CD_M2 = 10_000.0  # code value 1 (ITU-R BT.2100, table 4)
AT_ONCE = 1 << 15  # pixels: what is worked on stays in a core's cache: a fifth less time
LOOK_KNEE = 0.6  # of the gamut mapping of `as_srgb`; chosen, as for pictures
_M1, _M2 = 0.1593017578125, 78.84375  # BT.2100, table 4
_C1, _C2, _C3 = 0.8359375, 18.8515625, 18.6875  # BT.2100, table 4
_CURVE_X = np.geomspace(1e-3, 1.0, 2000)  # where a tone curve's largest gain is looked for


def encoded(linear: Any, settings: DevelopSettings, knee: float) -> Any:
    """Return code values 0..1 of unbounded linear sRGB [channel, ...] in the settings' gamut; `knee`: `map_to_gamut`.

    For HDR, linear 1 is shown as WHITE_CD_M2, what is brighter up to PEAK_CD_M2, in Rec. 2020.
    """
    xp = array_namespace(linear)
    flat = xp.reshape(linear, (3, -1))
    parts = []
    for first in range(0, flat.shape[1], AT_ONCE):
        part = flat[:, first : min(first + AT_ONCE, flat.shape[1])]
        if settings.hdr:
            shown = map_to_gamut(part * (WHITE_CD_M2 / PEAK_CD_M2), "rec2020", knee) * PEAK_CD_M2
            parts.append(encode_pq(shown))
        else:
            parts.append(encode_srgb(map_to_gamut(part, settings.gamut, knee)))
    return xp.reshape(xp.concat(parts, axis=1) if len(parts) > 1 else parts[0], linear.shape)


def without_shoulder(curve: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a tone curve that is the given one up to where its gain, y/x, is largest, and keeps that gain beyond.

    The shoulder of a curve is there because paper ends at white; an HDR display does not. The joint is smooth: where
    the gain is largest the curve's slope is the gain.
    """

    def extended(x: Any) -> Any:
        xp = array_namespace(x)
        end, gain = _largest_gain(curve)
        below = xp.minimum(x, xp.full_like(x, end))
        return curve(below) + gain * (x - below)

    return extended


@cache
def _largest_gain(curve: Callable[[Any], Any]) -> tuple[float, float]:
    """Return x and y/x where a curve's gain is largest, 0 < x <= 1."""
    gains = curve(_CURVE_X) / _CURVE_X
    best = int(np.argmax(gains))
    return float(_CURVE_X[best]), float(gains[best])


def encode_srgb(linear: Any) -> Any:
    """Return sRGB-encoded values of linear ones, both 0 to 1 (IEC 61966-2-1)."""
    xp = array_namespace(linear)
    high = 1.055 * _power(xp, xp.maximum(linear, xp.full_like(linear, 0.0031308)), 1.0 / 2.4) - 0.055
    return xp.where(linear <= 0.0031308, 12.92 * linear, high)


def as_srgb(pixels: Any, gamut: Gamut, transfer: Transfer) -> np.ndarray:
    """Return code values [row, column, channel] of any gamut and transfer as sRGB's, cut at white.

    For a look at a picture in passing.
    """
    codes = np.asarray(pixels, np.float32)
    if (gamut, transfer) == ("srgb", "srgb"):
        return codes
    linear = decode_pq(codes) / WHITE_CD_M2 if transfer == "pq" else decode_srgb(codes)
    linear = linear @ np.linalg.inv(gamut_from_srgb(gamut)).T.astype(np.float32)
    shown = encode_srgb(map_to_gamut(np.moveaxis(linear, 2, 0), "srgb", LOOK_KNEE))
    return np.ascontiguousarray(np.moveaxis(shown, 0, 2))


def decode_srgb(code: Any) -> Any:
    """Return linear values of sRGB-encoded ones: the inverse of `encode_srgb`."""
    xp = array_namespace(code)
    high = ((xp.maximum(code, xp.full_like(code, 0.04045)) + 0.055) / 1.055) ** 2.4
    return xp.where(code <= 0.04045, code / 12.92, high)


def encode_pq(cd_m2: Any) -> Any:
    """Return PQ code values, 0 to 1, of luminances, cd/m2 (ITU-R BT.2100, table 4: the inverse EOTF)."""
    xp = array_namespace(cd_m2)
    y = _power(xp, xp.maximum(cd_m2 * (1.0 / PQ_CD_M2), xp.full_like(cd_m2, 1e-12)), _M1)
    return _power(xp, (_C1 + _C2 * y) / (1.0 + _C3 * y), _M2)


def decode_pq(code: Any) -> Any:
    """Return luminances, cd/m2, of PQ code values: the inverse of `encode_pq`."""
    xp = array_namespace(code)
    e = xp.maximum(code, xp.zeros_like(code)) ** (1.0 / _M2)
    return PQ_CD_M2 * (xp.maximum(e - _C1, xp.zeros_like(e)) / (_C2 - _C3 * e)) ** (1.0 / _M1)


def _power(xp: Any, x: Any, exponent: float) -> Any:
    """Return x > 0 to a power; exp of log takes half the time in single precision."""
    return xp.exp(xp.log(x) * exponent)
