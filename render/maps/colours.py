"""Colours for light on black: perceptually even from black to nearly white, in the hue of the line that they show.

Lightness, CIE L*, rises in proportion to the value: equal steps are equal steps to the eye, and on a grey printer too.
Hue and chroma are those of OKLab (Ottosson 2020, bottosson.github.io/posts/oklab).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from render.core.lines import BANDS, CATALOGUE

STEPS = 256
LIGHTEST = 97.0  # L* of the brightest
VIVID, TINT = 0.17, 0.02  # OKLab chroma wanted in the middle, and at the bright end
LEAST = 1e-9  # chroma, at black
SOFT = 4.0  # how sharply the chroma turns from what is wanted to what sRGB can show: a kink would be seen as a band
# nm up to which a line is drawn so, and OKLab hue, deg, of its dark and its bright end
HUES_NM: tuple[tuple[float, float, float], ...] = ((480.0, 275.0, 235.0), (600.0, 155.0, 128.0), (1e9, 18.0, 58.0))
STEVE_HUES = (325.0, 325.0)  # its mauve

_LMS_FROM_OKLAB = np.array([
    [1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]
])  # fmt: skip
_SRGB_FROM_LMS = np.array([
    [4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965],
    [-0.0041960863, -0.7034186147, 1.7076147010],
])  # fmt: skip


@cache
def light_colours(key: str) -> np.ndarray:
    """Return encoded sRGB [STEPS, 3], 0..1, from black up, for a line or band. Raises KeyError for an unknown one."""
    line = CATALOGUE[BANDS[key][0] if key in BANDS else key]
    dark, bright = STEVE_HUES if key == "STEVE" else _hues(line.wavelength_nm)
    t = np.linspace(0.0, 1.0, 64 * STEPS)
    hue = np.radians(dark + (bright - dark) * t)
    wanted = np.maximum(VIVID * np.sin(np.pi * t) + TINT * t, LEAST)
    chroma = (wanted**-SOFT + _most_chroma(t, hue).clip(LEAST) ** -SOFT) ** (-1.0 / SOFT)
    fine = np.clip(_linear(np.column_stack([t, chroma * np.cos(hue), chroma * np.sin(hue)])), 0.0, 1.0)
    even = np.linspace(0.0, LIGHTEST, STEPS)
    linear = np.column_stack([np.interp(even, lightness(fine), part) for part in fine.T])
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)  # IEC 61966-2-1
    encoded.setflags(write=False)
    return encoded


def lightness(linear: np.ndarray) -> np.ndarray:
    """Return CIE L*, 0..100 (CIE 15), of linear sRGB [..., 3]."""
    y = linear @ np.array([0.2126, 0.7152, 0.0722])  # IEC 61966-2-1
    return np.where(y > (6.0 / 29.0) ** 3, 116.0 * np.cbrt(y) - 16.0, y * (29.0 / 3.0) ** 3)


def coloured(key: str, level: np.ndarray) -> np.ndarray:
    """Return encoded sRGB [..., 3] of levels 0..1, clipped."""
    return light_colours(key)[np.rint(np.clip(level, 0.0, 1.0) * (STEPS - 1)).astype(int)]


def _hues(wavelength_nm: float) -> tuple[float, float]:
    return next((dark, bright) for most, dark, bright in HUES_NM if wavelength_nm <= most)


def _linear(lab: np.ndarray) -> np.ndarray:
    """Return linear sRGB [..., 3] of OKLab."""
    return np.asarray((lab @ _LMS_FROM_OKLAB.T) ** 3 @ _SRGB_FROM_LMS.T)


def _most_chroma(lightness: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """Return the largest chroma [n] within sRGB at each lightness and hue, rad, by bisection."""
    low, high = np.zeros_like(hue), np.full_like(hue, 0.4)
    for _ in range(30):
        chroma = 0.5 * (low + high)
        linear = _linear(np.column_stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)]))
        inside = ((linear >= 0.0) & (linear <= 1.0)).all(axis=1)
        low, high = np.where(inside, chroma, low), np.where(inside, high, chroma)
    return low
