"""A camera's own noise reduction: colours are smoothed over a few photosites, luminance hardly at all."""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace

from render.imaging.capture.taps import three_taps

CHROMA_PHOTOSITES = 4.0  # sigma, photosites: grain of stills at ISO 12800, channels correlated 0.9, needs so much
LUMINANCE_PHOTOSITES = 0.6  # sigma, photosites, where the picture has the sensor's own; else it is in the grain
LEAST_SIGMA_PX = 0.25  # less spreads under 3 % of a pixel to each neighbour and is left out
OUTER_TAP = 0.25  # of the taps (q, 1 - 2 q, q): the most that leaves no ripple


def steps_of(sigma_px: float) -> list[tuple[int, float]]:
    """Return (spacing in pixels, outer tap) of passes that together spread like a Gaussian: variances add, 2 q s^2."""
    left, spacing, passes = sigma_px**2, 1, []
    while left > 1e-9:
        if left < 2.0 * OUTER_TAP * spacing**2:
            spacing = max(1, int(math.sqrt(left / (2.0 * OUTER_TAP))))
        tap = min(OUTER_TAP, left / (2.0 * spacing**2))
        passes.append((spacing, tap))
        left -= 2.0 * tap * spacing**2
        spacing += 1
    return passes


def reach_px(sigma_px: float) -> int:
    """Return how many rows and columns away a pixel is felt."""
    return sum(spacing for spacing, _ in steps_of(sigma_px)) if sigma_px >= LEAST_SIGMA_PX else 0


def smoothed(plane: Any, sigma_px: float) -> Any:
    """Return a plane [row, column] spread by a Gaussian, made of passes of three taps; edges go on outwards."""
    if sigma_px < LEAST_SIGMA_PX:
        return plane
    for spacing, tap in steps_of(sigma_px):
        plane = three_taps(plane, tap, spacing)
    return plane


def reduce_noise(rgb: Any, weights: tuple[float, float, float], reduction: float) -> Any:
    """Return `rgb` [channel, row, column], linear, its colours smoothed as the camera does; luminance is kept.

    `weights` of luminance, summing to 1; `reduction`: photosites to a pixel's width (1: the sensor's own size).
    """
    xp = array_namespace(rgb)
    red, green, blue = (rgb[i, ...] for i in range(3))
    luminance = weights[0] * red + weights[1] * green + weights[2] * blue
    redness, blueness = (smoothed(c - luminance, CHROMA_PHOTOSITES / reduction) for c in (red, blue))
    if reduction <= 1.0:
        luminance = smoothed(luminance, LUMINANCE_PHOTOSITES)
    greenness = (-weights[0] / weights[1]) * redness + (-weights[2] / weights[1]) * blueness
    return xp.stack([luminance + redness, luminance + greenness, luminance + blueness])
