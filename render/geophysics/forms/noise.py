"""The device's seeded gradient noise (`shaders.noise`) on the host, for tables that depend on one coordinate only."""

from __future__ import annotations

import numpy as np

_U32 = np.uint32


def scramble(value: np.ndarray) -> np.ndarray:
    """Mix the bits of 32-bit words (the `lowbias32` finaliser, C. Wellons 2018, public domain)."""
    h = value.astype(_U32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        h = (h ^ (h >> _U32(shift))) * _U32(factor)
    return h ^ (h >> _U32(16))


def lattice_hash(i: np.ndarray, j: np.ndarray | int, seed: np.ndarray | int) -> np.ndarray:
    """Return 32 bits per lattice point (i, j); integers of any sign, seeds of 31 bits; all three broadcast."""
    words = (np.atleast_1d(np.asarray(part, np.int64)).astype(_U32) for part in (i, j, seed))
    across, along, word = words
    return scramble(across + scramble(along + scramble(word)))


def gradient_noise(x: np.ndarray, y: np.ndarray | float, seed: np.ndarray | int) -> np.ndarray:
    """Return Perlin's gradient noise at (x, y): zero mean, about -1 to 1, features of unit size.

    `x`, `y` and `seed` broadcast. Quick where y is a number or [..., 1], and seeds are [..., 1]: along such a row the
    noise is a polynomial in x between lattice points, which are far fewer than places. Elsewhere every place is a row.
    """
    x, y, seed = np.asarray(x, float), np.asarray(y, float), np.asarray(seed)
    if any(part.ndim and part.shape[-1] != 1 for part in (y, seed)) or x.ndim == 0:
        return gradient_noise(x[..., None], y[..., None], seed[..., None])[..., 0]
    i = np.floor(x)
    first = i.min(axis=-1, keepdims=True)
    cell = (i - first).astype(np.intp)
    level, slope = _row(first + np.arange(cell.max() + 2), y, seed)
    here, beyond = slope[..., :-1], slope[..., 1:]  # at a cell's two ends; noise there is 0 + slope, as Perlin has it
    at = np.arange(here[..., 0].size).reshape(*here.shape[:-1], 1) * here.shape[-1] + cell
    u = x - i
    near = np.take(here, at) * u + np.take(level[..., :-1], at)
    rise = np.take(beyond - here, at) * u + np.take(np.diff(level) - beyond, at)  # of the far end's over the near one's
    return 2.0 * (near + rise * _fade(u))


def _row(i: np.ndarray, y: np.ndarray, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what the lattice points i give along a row at y: the value just there, and the slope in x."""
    j = np.floor(y)
    v = y - j
    far = _fade(v)
    level, slope = np.zeros(()), np.zeros(())
    for beside, share in ((0, 1.0 - far), (1, far)):
        h = lattice_hash(i, j + beside, seed)
        level = level + share * ((h >> _U32(16)) / 32768.0 - 1.0) * (v - beside)
        slope = slope + share * ((h & _U32(0xFFFF)) / 32768.0 - 1.0)
    return level, slope


def _fade(t: np.ndarray) -> np.ndarray:
    """Return Perlin's way from 0 to 1, with level ends that are not curved."""
    return t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
