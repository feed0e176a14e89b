"""Where the sum of the orders of scattering ends in thick haze, whose orders fall by one and the same share only late.

Each order gives an estimate of the whole: the sum so far, with the tail of its geometric series. The estimates
themselves come close to a geometric series long before the orders do, and are taken to its limit (Aitken 1926).
"""

from __future__ import annotations

import numpy as np

from render.atmosphere.air import Array

THIN_ORDERS = 12  # the scenes that come with it take 7 or 8; only beyond are estimates of the whole compared
MOVED = 0.03  # share of the light by which the last estimate may then differ from the one before
_LARGEST_SHARE = 0.9  # of a step by which the next may be smaller: bounds what is added


def moved(before: Array, after: Array) -> Array:
    """Return by which share the mean radiance of moments [altitude, angle, component, band] changed."""
    change: Array = np.abs(after[:, :, 0] - before[:, :, 0]) / np.maximum(np.abs(before[:, :, 0]), 1e-30)
    return change


def limit(*wholes: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return what three estimates of (moments, irradiance) tend to, if their steps fall by one share."""
    (a, d), (b, e), (c, f) = wholes
    field, ground = _share(a[:, :, :1], b[:, :, :1], c[:, :, :1]), _share(d, e, f)
    return c + (c - b) * field / (1.0 - field), f + (f - e) * ground / (1.0 - ground)


def _share(first: Array, second: Array, third: Array) -> Array:
    step = second - first
    share = np.divide(third - second, step, out=np.zeros_like(step), where=step != 0.0)
    return np.clip(share, -_LARGEST_SHARE, _LARGEST_SHARE)
