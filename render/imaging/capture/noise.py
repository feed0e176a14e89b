"""Photon and read noise, the same for a pixel whatever tile, frame order or machine it is drawn on.

Each pixel of each plane owns a 64-bit word of the counter-based generator Philox (Salmon et al. 2011, SC11): key =
(seed, frame), counter = (four columns, row, plane). It is split into two uniform numbers.
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


def uniforms(
    rows: int, columns: int, seed: int, frame: int, first_row: int = 0, first_column: int = 0, plane: int = 0
) -> np.ndarray:
    """Return float32 uniform numbers in (0, 1], axes (which of two, row, column), of one of a picture's planes."""
    words = np.empty((rows, columns), dtype=np.uint64)
    before = first_column % _WORDS
    for row in range(rows):
        counter = [first_column // _WORDS, first_row + row, plane, 0]
        words[row] = np.random.Philox(key=[seed, frame], counter=counter).random_raw(before + columns)[before:]
    high, low = (words >> np.uint64(32)).astype(np.float32), (words & np.uint64(0xFFFFFFFF)).astype(np.float32)
    return (np.stack([high, low]) + np.float32(0.5)) * np.float32(2.0**-32)


def normals(drawn: Any) -> tuple[Any, Any]:
    """Return two independent standard normal numbers of two uniform ones [2, ...] (Box and Muller 1958)."""
    xp = array_namespace(drawn)
    radius, angle = xp.sqrt(-2.0 * xp.log(drawn[0, ...])), (2.0 * math.pi) * drawn[1, ...]
    return radius * xp.cos(angle), radius * xp.sin(angle)


def photon_counts(mean: Any, z: Any) -> Any:
    """Return Poisson counts of the given means, a function of one standard normal number z.

    Large means: round(m + sqrt(m) z + (z^2 - 1)/6 + (z - z^3)/(72 sqrt(m))), the Cornish-Fisher expansion
    (Abramowitz and Stegun 26.2.49), right in mean and variance to 0.3 % from 6 electrons on. Small ones: by inversion
    of z's share of the normal distribution, so that counts know nothing of a second normal number.
    """
    xp = array_namespace(mean)
    root = xp.sqrt(xp.where(mean > INVERSION_BELOW, mean, xp.ones_like(mean)))
    z2 = z * z
    large = xp.round(mean + root * z + (z2 - 1.0) / 6.0 + z * (1.0 - z2) / (72.0 * root))
    large = xp.maximum(large, xp.zeros_like(large))
    return xp.where(mean > INVERSION_BELOW, large, _inverted(xp, mean, normal_share(z)))


def normal_share(z: Any) -> Any:
    """Return the share of a normal distribution below z, within 1e-7 (Abramowitz & Stegun 1964, 26.2.17)."""
    xp = array_namespace(z)
    k = 1.0 / (1.0 + 0.2316419 * xp.abs(z))
    series = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    above = series * xp.exp(-0.5 * z * z) * (1.0 / math.sqrt(2.0 * math.pi))
    return xp.where(z >= 0.0, 1.0 - above, above)


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
