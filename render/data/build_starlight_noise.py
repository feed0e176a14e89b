"""Fractal noise in space for the lumps of dust: a pure function of place and seed."""

from __future__ import annotations

import numpy as np

OCTAVES, LACUNARITY, GAIN = 7, 2.03, 0.55  # finest lumps 1/70 of the largest; amplitudes fall as scale to 0.84
PRIMES = np.array([73856093, 19349663, 83492791], dtype=np.uint32)  # Teschner et al. 2003, spatial hashing


def fractal(place: np.ndarray, seed: int) -> np.ndarray:
    """Return noise of zero mean and unit variance at places [..., 3], the largest lumps 1 across.

    Each octave is bent by the one before, which draws lumps out into filaments.
    """
    total, power, amplitude = np.zeros(place.shape[:-1]), 0.0, 1.0
    bend = np.zeros_like(place)
    for octave in range(OCTAVES):
        p = place * LACUNARITY**octave + bend + 17.3 * octave
        layer = value_noise(p, seed * 101 + octave)
        total += amplitude * layer
        power += amplitude**2
        bend = bend * LACUNARITY + 0.45 * layer[..., None] * np.array([0.7, -0.5, 0.6])
        amplitude *= GAIN
    return np.asarray(total / np.sqrt(power))


def value_noise(place: np.ndarray, seed: int) -> np.ndarray:
    """Return noise of about unit variance: random values at the corners of unit cubes, blended by cubic steps."""
    corner = np.floor(place).astype(np.int64)
    inside = place - corner
    u = inside * inside * (3.0 - 2.0 * inside)
    total = np.zeros(place.shape[:-1])
    for k in range(8):
        offset = np.array([k & 1, (k >> 1) & 1, k >> 2])
        weight = np.where(offset == 1, u, 1.0 - u).prod(axis=-1)
        total += weight * _random(corner + offset, seed)
    return total / 0.36  # the blend's own standard deviation, times that of the corners


def _random(corner: np.ndarray, seed: int) -> np.ndarray:
    """Return numbers even in -1 to 1 that depend on integer corners [..., 3] and the seed."""
    parts = corner.astype(np.uint32) * PRIMES
    h = parts[..., 0] ^ parts[..., 1] ^ parts[..., 2] ^ np.uint32((seed * 2654435761) & 0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    h = h ^ (h >> np.uint32(16))
    return np.asarray(h.astype(np.float64) / 2147483648.0 - 1.0)
