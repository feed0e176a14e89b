"""Tone curves: display luminance of scene luminance, both relative to the sensor's saturation and to white."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from render.imaging.gamut import LUMINANCE

MID_GREY = 0.18  # reflectance of a grey card, and its linear sRGB
MID_GREY_OF_SATURATION = 10.0 / 78.0  # exposure of mid grey over saturation's, saturation-based speed (ISO 12232:2006)
SOFT_CONTRAST = 1.2  # exponent of the soft curve; a choice by eye after photographs ISS030-E-102170 and -130515
TOE_SLOPE, TOE_RISE, TOE_WIDTH = 0.65, 0.40, 0.10  # of the camera's curve: fitted to 150 stars of ISS030-E-102170
SHOULDER_FROM, SHOULDER_WHITE = 0.60, 0.90  # where its shoulder begins, and what saturation is shown as
PUSHED_WHITE, PUSHED_GAIN, PUSHED_POWER = 0.94, 13.0, 1.15  # fitted to pushed stills at ISO 12800, within 20 %
FILMIC_DARKEST_EV, FILMIC_BRIGHTEST_EV = (
    -10.0,
    4.0,
)  # stops about mid grey that become 0 and 1 (saturation: 3.0); by eye
FILMIC_SLOPE, FILMIC_TOE, FILMIC_SHOULDER = 2.2, 1.5, 1.5  # of its sigmoid (T. Sobotka's AgX); uncertain, by eye
FILMIC_INSET = 0.15  # share by which primaries are drawn to white before the curve, so that strong lines end in white


def camera_curve(x: Any) -> Any:
    """Return what stills from orbit show of x: x (0.65 + 0.4 x/(x + 0.1)), then a shoulder to 0.90 at saturation.

    Nearly linear with a slight toe; no mid-tone is lifted. Slope and value run on at the shoulder's foot.
    """
    xp = array_namespace(x)
    x = xp.maximum(x, xp.zeros_like(x))
    low = xp.minimum(x, xp.full_like(x, SHOULDER_FROM))
    shown = low * (TOE_SLOPE + TOE_RISE * low / (low + TOE_WIDTH))
    slope, bend = _shoulder()
    beyond = x - low
    return shown + slope * beyond / (1.0 + bend * beyond)


def _shoulder() -> tuple[float, float]:
    """Return the slope of the camera's curve at the shoulder's foot, and the bend that leads to its white."""
    at = SHOULDER_FROM
    value = at * (TOE_SLOPE + TOE_RISE * at / (at + TOE_WIDTH))
    slope = TOE_SLOPE + TOE_RISE * at * (at + 2.0 * TOE_WIDTH) / (at + TOE_WIDTH) ** 2
    rise, run = SHOULDER_WHITE - value, 1.0 - at
    return slope, (slope * run / rise - 1.0) / run


def soft_curve(x: Any) -> Any:
    """Return a lifted, gentle curve: (1 + k) x^p / (x^p + k), p = SOFT_CONTRAST.

    A toe, a slope of 1.08 at mid grey (log-log) and a shoulder that ends at 1. k is set so that mid grey, which ISO
    12232 puts at 10/78 of saturation, is shown as mid grey. After Naka and Rushton 1966.
    """
    xp = array_namespace(x)
    grey = MID_GREY_OF_SATURATION**SOFT_CONTRAST
    k = grey * (1.0 - MID_GREY) / (MID_GREY - grey)
    power = xp.maximum(x, xp.zeros_like(x)) ** SOFT_CONTRAST
    return (1.0 + k) * power / (power + k)


def pushed_curve(x: Any) -> Any:
    """Return what pushed stills show: 0.94 (1 - exp(-(13 x)^1.15)), three stops up; black rises, grain shows."""
    xp = array_namespace(x)
    power = (PUSHED_GAIN * xp.maximum(x, xp.zeros_like(x))) ** PUSHED_POWER
    return PUSHED_WHITE * (1.0 - xp.exp(-power))


def filmic_curve(x: Any) -> Any:
    """Return a sigmoid of the logarithm of x, 14 stops wide, through mid grey; sRGB's own curve is taken off it.

    x = 10/78 of saturation is shown as mid grey. The sigmoid's toe and shoulder are power-law; see FILMIC_SLOPE.
    """
    xp = array_namespace(x)
    scale = MID_GREY / MID_GREY_OF_SATURATION
    stops = xp.log2(xp.maximum(x * scale, xp.full_like(x, 1e-10)) * (1.0 / MID_GREY))
    span = FILMIC_BRIGHTEST_EV - FILMIC_DARKEST_EV
    t = xp.clip((stops - FILMIC_DARKEST_EV) / span, 0.0, 1.0)
    pivot, grey = -FILMIC_DARKEST_EV / span, MID_GREY ** (1.0 / 2.2)
    slope = FILMIC_SLOPE * 0.95
    above = _half_sigmoid(xp, t - pivot, 1.0 - pivot, 1.0 - grey, slope, FILMIC_SHOULDER)
    below = _half_sigmoid(xp, pivot - t, pivot, grey, slope, FILMIC_TOE)
    shown = xp.where(t >= pivot, grey + above, grey - below)
    return xp.clip(shown, 0.0, 1.0) ** 2.2


def _half_sigmoid(xp: Any, run: Any, end: float, rise: float, slope: float, power: float) -> Any:
    """Return how far the sigmoid goes from its pivot in `run`: slope at 0, `rise` at `end`, bent by a power."""
    run = xp.maximum(run, xp.zeros_like(run))
    bend = ((slope * end / rise) ** power - 1.0) / end**power
    return slope * run / (1.0 + bend * run**power) ** (1.0 / power)


CURVES: dict[str, Callable[[Any], Any]] = {
    "camera": camera_curve,
    "soft": soft_curve,
    "pushed": pushed_curve,
    "filmic": filmic_curve,
}
"""Tone -> curve on luminance; `linear` has none."""
KNEE = {"camera": 0.6, "soft": 0.6, "pushed": 0.6, "filmic": 0.8, "linear": 1.0}
"""Share of the gamut left as it is; a choice by eye after the same photographs."""


def inset(share: float) -> np.ndarray:
    """Return the matrix [3, 3] that draws each primary to grey by a share, so that no channel stays empty."""
    return (1.0 - share) * np.eye(3) + share * np.tile(LUMINANCE, (3, 1))
