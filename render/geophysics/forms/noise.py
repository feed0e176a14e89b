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


def lattice_hash(i: np.ndarray, j: np.ndarray, seed: int) -> np.ndarray:
    """Return 32 bits per lattice point (i, j); integers of any sign."""
    word = scramble(np.atleast_1d(np.asarray(seed, np.int64)).astype(_U32))
    return scramble(np.asarray(i, np.int64).astype(_U32) + scramble(np.asarray(j, np.int64).astype(_U32) + word))


def gradient_noise(x: np.ndarray, y: np.ndarray | float, seed: int) -> np.ndarray:
    """Return Perlin's gradient noise at (x, y): zero mean, about -1 to 1, features of unit size."""
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    i, j = np.floor(x), np.floor(y)
    u, v = x - i, y - j

    def slope(di: int, dj: int) -> np.ndarray:
        h = lattice_hash(i + di, j + dj, seed)
        gx = (h & _U32(0xFFFF)) / 32768.0 - 1.0
        gy = (h >> _U32(16)) / 32768.0 - 1.0
        return gx * (u - di) + gy * (v - dj)

    def fade(t: np.ndarray) -> np.ndarray:
        return t * t * t * (t * (t * 6.0 - 15.0) + 10.0)

    f, g = fade(u), fade(v)
    near = slope(0, 0) * (1.0 - f) + slope(1, 0) * f
    far = slope(0, 1) * (1.0 - f) + slope(1, 1) * f
    return 2.0 * (near * (1.0 - g) + far * g)
