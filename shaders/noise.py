"""Seeded noise from integer hashes: the same bits on every device, for any place and time, without state.

`render.geophysics.forms.noise` computes the same numbers on the host; a test holds the two together.
"""

import taichi as ti

from shaders.definitions import Number

VARIANCE = 0.124  # mean square of `gradient_noise` (a test draws it)


@ti.func
def scramble(value: ti.u32) -> ti.u32:
    """Mix the bits of a 32-bit word (the `lowbias32` finaliser, C. Wellons 2018, public domain)."""
    h = value
    h ^= h >> ti.u32(16)
    h *= ti.u32(0x7FEB352D)
    h ^= h >> ti.u32(15)
    h *= ti.u32(0x846CA68B)
    h ^= h >> ti.u32(16)
    return h


@ti.func
def lattice_hash(i: ti.i32, j: ti.i32, seed: ti.i32) -> ti.u32:
    """Return 32 bits for the lattice point (i, j) of this seed."""
    return scramble(ti.cast(i, ti.u32) + scramble(ti.cast(j, ti.u32) + scramble(ti.cast(seed, ti.u32))))


@ti.func
def unit_hash(i: ti.i32, j: ti.i32, seed: ti.i32) -> Number:
    """Return a number in [0, 1) for the lattice point (i, j) of this seed."""
    return ti.cast(lattice_hash(i, j, seed) >> ti.u32(8), float) / 16777216.0


@ti.func
def lattice_slope(i: ti.i32, j: ti.i32, u: Number, v: Number, seed: ti.i32) -> Number:
    """Return the height at (u, v) from the lattice point of the plane with that point's random slope."""
    h = lattice_hash(i, j, seed)
    gx = ti.cast(h & ti.u32(0xFFFF), float) / 32768.0 - 1.0
    gy = ti.cast(h >> ti.u32(16), float) / 32768.0 - 1.0
    return gx * u + gy * v


@ti.func
def fade(u: Number) -> Number:
    """Blend 0 to 1 with two vanishing derivatives at both ends (Perlin 2002)."""
    return u * u * u * (u * (u * 6.0 - 15.0) + 10.0)


@ti.func
def gradient_noise(x: Number, y: Number, seed: ti.i32) -> Number:
    """Return Perlin's gradient noise at (x, y): zero mean, about -1 to 1, features of unit size."""
    i, j = ti.cast(ti.floor(x), ti.i32), ti.cast(ti.floor(y), ti.i32)
    u, v = x - ti.floor(x), y - ti.floor(y)
    a = lattice_slope(i, j, u, v, seed)
    b = lattice_slope(i + 1, j, u - 1.0, v, seed)
    c = lattice_slope(i, j + 1, u, v - 1.0, seed)
    d = lattice_slope(i + 1, j + 1, u - 1.0, v - 1.0, seed)
    f, g = fade(u), fade(v)
    return 2.0 * ((a + (b - a) * f) * (1.0 - g) + (c + (d - c) * f) * g)


@ti.func
def smooth_step(low: Number, high: Number, x: Number) -> Number:
    """Rise from 0 at `low` to 1 at `high` with level ends."""
    t = ti.math.clamp((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
