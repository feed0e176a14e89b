"""Measures of small bright things on a picture: stars, and the streaks that cities leave.

`luminance` [row, column], linear, 1 = white; pixels counted from 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

REACH = 3  # pixels about a star's peak that are fitted
SEARCH = 3.0  # pixels from the predicted place within which a star is looked for
RING = 6  # pixels: half the side of the square whose rim is a star's background
LEAST_OVER_NOISE = 5.0  # times the rim's scatter: a peak is a star's
CROWDED = 7.0  # pixels: with a star as bright, up to a magnitude fainter, so near, neither is measured
FIT_STEPS = 12
SIGMA_OF_FWHM = 2.0 * math.sqrt(2.0 * math.log(2.0))  # full width at half maximum of a Gaussian of sigma 1
ROUGHEST = 3.0  # times the usual scatter of a rim: where it is rougher, something stands before the sky
NEIGHBOURS = 10  # pixels: how far to both sides lines reach whose median is a background
BAND_ROWS = 64  # of which backgrounds are taken at once: bounds the memory
STREAK_SHARE = 0.2  # of a streak's peak above the background: where its ends are taken to be
LONGEST = 12  # pixels: half the side of the window of a streak, at most (grown with what is predicted)

_erf = np.vectorize(math.erf, otypes=[float])


@dataclass(frozen=True)
class Spot:
    """A star as found: pixel, flux above its background (white pixels), full width at half maximum, pixels."""

    x: float
    y: float
    flux: float
    fwhm: float


@dataclass(frozen=True)
class Streak:
    """A bright bar on the ground: its middle, length and angle (degrees, clockwise from the right), sum and peak."""

    x: float
    y: float
    length: float
    angle_deg: float
    flux: float
    peak: float


def find_star(luminance: np.ndarray, x: float, y: float, search: float = SEARCH) -> Spot | None:
    """Return the star near a place: a Gaussian, averaged over pixels, fitted to its peak; None where there is none."""
    column, row = round(x) - 1, round(y) - 1
    wide = RING + math.ceil(search)
    if not (wide <= row < luminance.shape[0] - wide and wide <= column < luminance.shape[1] - wide):
        return None
    reach = math.ceil(search)
    near = luminance[row - reach : row + reach + 1, column - reach : column + reach + 1]
    i, j = np.unravel_index(int(np.argmax(near)), near.shape)
    row, column = row - reach + int(i), column - reach + int(j)
    if math.hypot(column + 1 - x, row + 1 - y) > search + 0.75:
        return None
    window = luminance[row - RING : row + RING + 1, column - RING : column + RING + 1]
    rim = np.concatenate([window[0], window[-1], window[1:-1, 0], window[1:-1, -1]])
    background = float(np.median(rim))
    noise = 1.4826 * float(np.median(np.abs(rim - background)))  # of a Gaussian: its standard deviation
    if luminance[row, column] - background <= max(LEAST_OVER_NOISE * noise, 2.0e-3):  # half a step of 255, dark
        return None
    fitted = _fit(luminance[row - REACH : row + REACH + 1, column - REACH : column + REACH + 1] - background)
    if fitted is None:
        return None
    dx, dy, flux, sigma = fitted
    return Spot(column + 1 + dx, row + 1 + dy, flux, SIGMA_OF_FWHM * sigma)


def _fit(patch: np.ndarray) -> tuple[float, float, float, float] | None:
    """Return (dx, dy, flux, sigma) of the Gaussian that fits a patch about its middle, pixels; None: none does."""
    edges = np.arange(patch.shape[0] + 1) - 0.5 * patch.shape[0]

    def model(p: np.ndarray) -> np.ndarray:
        across, down = (np.diff(_erf((edges - p[k]) / (p[3] * math.sqrt(2.0)))) / 2.0 for k in (0, 1))
        return np.asarray(p[2] * down[:, None] * across + p[4])

    p = np.array([0.0, 0.0, float(patch.sum()), 0.8, 0.0])
    steps = np.array([1e-4, 1e-4, 1e-4 * max(abs(p[2]), 1e-3), 1e-4, 1e-6])
    for _ in range(FIT_STEPS):
        left = patch - model(p)
        slopes = np.stack([(model(p + step) - model(p)).ravel() / step.sum() for step in np.diag(steps)], axis=-1)
        change = np.linalg.lstsq(slopes, left.ravel(), rcond=None)[0]
        p = p + np.clip(change, [-0.5, -0.5, -np.inf, -0.2, -np.inf], [0.5, 0.5, np.inf, 0.2, np.inf])
        p[3] = min(max(p[3], 0.15), 4.0)
        if np.hypot(p[0], p[1]) > 1.5:
            return None
    return (float(p[0]), float(p[1]), float(p[2]), float(p[3])) if p[2] > 0.0 else None


def uncrowded(x: np.ndarray, y: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return which stars, sorted by V, have no other within `CROWDED` pixels that is less than a magnitude fainter."""
    alone = np.ones(len(x), bool)
    for k in range(len(x)):
        near = (np.hypot(x - x[k], y - y[k]) < CROWDED) & (v < v[k] + 1.0)
        alone[k] = near.sum() == 1
    return alone


def aperture_sums(luminance: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the light within 5 x 5 pixels about places [n] above the median of the rim of 13 x 13.

    NaN at the picture's edge, and where the rim is much rougher than those of the others: over something in front.
    """
    sums, rough = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for k, (a, b) in enumerate(zip(x, y, strict=True)):
        column, row = round(float(a)) - 1, round(float(b)) - 1
        if not (RING <= row < luminance.shape[0] - RING and RING <= column < luminance.shape[1] - RING):
            continue
        window = luminance[row - RING : row + RING + 1, column - RING : column + RING + 1]
        rim = np.concatenate([window[0], window[-1], window[1:-1, 0], window[1:-1, -1]])
        rough[k] = np.percentile(rim, 84.0) - np.percentile(rim, 16.0)
        sums[k] = (window[RING - 2 : RING + 3, RING - 2 : RING + 3] - np.median(rim)).sum()
    if np.isfinite(rough).any():
        sums[~(rough <= ROUGHEST * np.nanmedian(rough) + 1e-3)] = np.nan  # 1e-3: a step of 255 in the dark
    return sums


def over_background(values: np.ndarray) -> np.ndarray:
    """Return values less their background, [row, column]: the largest of the medians along four lines through each.

    Lines reach NEIGHBOURS pixels to both sides, along rows, columns and diagonals, every second pixel. A point or a
    short streak is no part of its background; a ridge, as of a thin bright layer at the limb, is.
    """
    padded = np.pad(np.asarray(values, np.float32), NEIGHBOURS, mode="edge")
    steps = [k for k in range(-NEIGHBOURS, NEIGHBOURS + 1, 2) if k]
    rows, columns = values.shape
    out = np.empty(values.shape)
    for first in range(0, rows, BAND_ROWS):
        count = min(BAND_ROWS, rows - first)

        def shifted(down: int, right: int, first: int = first, count: int = count) -> np.ndarray:
            top, left = NEIGHBOURS + first + down, NEIGHBOURS + right
            return padded[top : top + count, left : left + columns]

        along = [
            np.median(np.stack([shifted(k * down, k * right) for k in steps]), axis=0)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
        ]
        out[first : first + count] = values[first : first + count] - np.max(along, axis=0)
    return out


def peaks(over: np.ndarray, least: float, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (row, column), from 0, of what is the highest of its 3 x 3 pixels, above `least`, and in `where`."""
    padded = np.pad(over, 1, mode="constant", constant_values=-np.inf)
    highest = sliding_window_view(padded, (3, 3)).max(axis=(-1, -2))
    rows, columns = np.nonzero((over == highest) & (over > least) & where)
    return rows, columns


def find_streak(luminance: np.ndarray, row: int, column: int, half: int = LONGEST) -> Streak | None:
    """Return the streak whose brightest pixel (from 0) is given: what hangs together above a share of its peak.

    Length: of an even bar with these second moments, sqrt(12 (major^2 - minor^2)). None where it leaves its window.
    """
    if not (half <= row < luminance.shape[0] - half and half <= column < luminance.shape[1] - half):
        return None
    window = luminance[row - half : row + half + 1, column - half : column + half + 1]
    rim = np.concatenate([window[0], window[-1], window[1:-1, 0], window[1:-1, -1]])
    over = window - np.median(rim)
    peak = float(over[half, half])
    lit = _together(over > STREAK_SHARE * peak, half)
    if lit[0].any() or lit[-1].any() or lit[:, 0].any() or lit[:, -1].any():
        return None
    weight = np.where(lit, over, 0.0)
    total = float(weight.sum())
    down, across = np.mgrid[-half : half + 1, -half : half + 1]
    x, y = float((weight * across).sum() / total), float((weight * down).sum() / total)
    xx = float((weight * (across - x) ** 2).sum() / total)
    yy = float((weight * (down - y) ** 2).sum() / total)
    xy = float((weight * (across - x) * (down - y)).sum() / total)
    split = math.hypot(xx - yy, 2.0 * xy)  # major^2 - minor^2
    angle = 0.5 * math.degrees(math.atan2(2.0 * xy, xx - yy))
    return Streak(column + 1 + x, row + 1 + y, math.sqrt(12.0 * split), angle, total, peak)


def _together(lit: np.ndarray, middle: int) -> np.ndarray:
    """Return what hangs together with the middle of a square, by sides and corners."""
    kept = np.zeros_like(lit)
    kept[middle, middle] = True
    while True:
        padded = np.pad(kept, 1)
        grown = sliding_window_view(padded, (3, 3)).any(axis=(-1, -2)) & lit
        if (grown == kept).all():
            return kept
        kept = grown
