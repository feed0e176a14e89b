"""Photon and read noise, the same for a pixel whatever tile, frame order or machine it is drawn on.

Each pixel owns one 256-bit block of the counter-based generator Philox (Salmon et al. 2011, SC11): key = (seed, frame),
counter = (column, row). Three 64-bit words of it, one per channel, are split into two uniform numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

INVERSION_BELOW = 6.0  # electrons: below, Poisson numbers by inversion; above, by the Cornish-Fisher expansion
INVERSION_TERMS = 28  # P(n > 28) at a mean of 6 is 2e-11
LARGEST_UNIFORM = (
    1.0 - 2.0**-19
)  # single-precision sums of probabilities end within 1e-6 of 1; beyond, n would run away
_WORDS = 4  # 64-bit words in a block of Philox4x64


def uniforms(rows: int, columns: int, seed: int, frame: int, first_row: int, first_column: int) -> np.ndarray:
    """Return float32 uniform numbers in (0, 1], axes (which of two, channel, row, column)."""
    words = np.empty((rows, columns, _WORDS), dtype=np.uint64)
    for row in range(rows):
        stream = np.random.Philox(key=[seed, frame], counter=[first_column, first_row + row, 0, 0])
        words[row] = stream.random_raw(columns * _WORDS).reshape(columns, _WORDS)
    used = np.moveaxis(words[:, :, :3], 2, 0)
    high, low = (used >> np.uint64(32)).astype(np.float32), (used & np.uint64(0xFFFFFFFF)).astype(np.float32)
    return (np.stack([high, low]) + np.float32(0.5)) * np.float32(2.0**-32)


def add_noise(mean: Any, read_sigma: float, seed: int, frame: int, first_row: int, first_column: int) -> Any:
    """Return electrons drawn around `mean` [channel, row, column]: Poisson counts plus Gaussian read noise.

    `read_sigma` in electrons. Pure in (seed, frame, row, column). Negative means are taken as 0.
    """
    xp = array_namespace(mean)
    _, rows, columns = mean.shape
    drawn = uniforms(rows, columns, seed, frame, first_row, first_column)
    u1, u2 = (xp.asarray(part, device=device_of(mean)) for part in drawn)
    radius, angle = xp.sqrt(-2.0 * xp.log(u1)), (2.0 * math.pi) * u2  # Box and Muller 1958
    mean = xp.maximum(mean, xp.zeros_like(mean))
    counts = photon_counts(mean, radius * xp.cos(angle), u1)
    return counts + read_sigma * radius * xp.sin(angle)


def photon_counts(mean: Any, z: Any, u: Any) -> Any:
    """Return Poisson counts of the given means from a standard normal number z, or by inversion of a uniform u.

    Large means: round(m + sqrt(m) z + (z^2 - 1)/6 + (z - z^3)/(72 sqrt(m))), the Cornish-Fisher expansion
    (Abramowitz and Stegun 26.2.49), right in mean and variance to 0.3 % from 6 electrons on.
    """
    xp = array_namespace(mean)
    root = xp.sqrt(xp.where(mean > INVERSION_BELOW, mean, xp.ones_like(mean)))
    z2 = z * z
    large = xp.round(mean + root * z + (z2 - 1.0) / 6.0 + z * (1.0 - z2) / (72.0 * root))
    large = xp.maximum(large, xp.zeros_like(large))
    return xp.where(mean > INVERSION_BELOW, large, _inverted(xp, mean, u))


def _inverted(xp: Any, mean: Any, u: Any) -> Any:
    """Return the smallest n whose cumulative Poisson probability reaches u, for means up to INVERSION_BELOW."""
    m = xp.where(mean > INVERSION_BELOW, xp.zeros_like(mean), mean)
    count = xp.zeros_like(m)
    u = xp.minimum(u, xp.asarray(LARGEST_UNIFORM, dtype=u.dtype, device=device_of(u)))
    term = xp.exp(-m)
    total = term
    for n in range(1, INVERSION_TERMS + 1):
        count = count + xp.astype(u > total, m.dtype)
        term = term * (m / n)
        total = total + term
    return count
