"""Seeded noise in space: a lattice's gradients and cells, for a field on a sphere without poles or seams.

Hashes are those of `shaders.noise`. Single precision is enough: lengths are taken in units of the features' size.
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Number
from shaders.noise import fade, scramble

BITS = 10  # of a hash that make one number, so that three fit into it
SPREAD = 3.3  # of an octave, so that its sum has about unit spread: noise of 12 edges has 0.3 (a test draws it)
GROWTH, LEAST, MOST = 0.55, 0.35, 1.9  # how an octave's strength follows the sum before it (world of multifractals)


@ti.func
def space_hash(i: ti.i32, j: ti.i32, k: ti.i32, seed: ti.i32) -> ti.u32:
    """Return 32 bits for the lattice point (i, j, k) of this seed: odd multipliers, then one stirring."""
    h = ti.cast(i, ti.u32) * ti.u32(0x8DA6B343) ^ ti.cast(j, ti.u32) * ti.u32(0xD8163841)
    return scramble(h ^ ti.cast(k, ti.u32) * ti.u32(0xCB1AB31F) ^ ti.cast(seed, ti.u32) * ti.u32(0x9E3779B1))


@ti.func
def part_of_hash(h: ti.u32, c: ti.i32) -> Number:
    """Return number c (0 to 2) of a hash, 0 to 1."""
    return ti.cast((h >> ti.cast(BITS * c, ti.u32)) & ti.u32(1023), float) / 1023.0


@ti.func
def space_noise(x, seed: ti.i32) -> Number:
    """Return gradient noise at vec3 x: zero mean, features of unit size; gradients from a cube's 12 edges (Perlin
    2002)."""
    i, f = ti.cast(ti.floor(x), ti.i32), x - ti.floor(x)
    w = tm.vec3(fade(f.x), fade(f.y), fade(f.z))
    total = 0.0
    for c in ti.static(range(8)):
        corner = tm.vec3(c & 1, (c >> 1) & 1, c >> 2)
        h = space_hash(i.x + (c & 1), i.y + ((c >> 1) & 1), i.z + (c >> 2), seed) & ti.u32(15)
        g = f - corner
        u = ti.select(h < 8, g.x, g.y)
        v = ti.select(h < 4, g.y, ti.select((h == 12) | (h == 14), g.x, g.z))
        slope = ti.select((h & ti.u32(1)) == 0, u, -u) + ti.select((h & ti.u32(2)) == 0, v, -v)
        share = corner * w + (1.0 - corner) * (1.0 - w)
        total += slope * share.x * share.y * share.z
    return total


@ti.func
def cells(x, seed: ti.i32):
    """Return vec3(F1, F2, number of the nearest): distances from vec3 x to the two nearest points of a lattice with one
    point to a cube, and a number 0 to 1 of the nearest (Worley 1996)."""
    i = ti.cast(ti.floor(x), ti.i32)
    nearest, second, best = 9.0, 9.0, ti.u32(0)
    for n in range(27):
        a = ti.Vector([n % 3 - 1, (n // 3) % 3 - 1, n // 9 - 1])
        h = space_hash(i.x + a.x, i.y + a.y, i.z + a.z, seed)
        away = ti.cast(i + a, float) + tm.vec3(part_of_hash(h, 0), part_of_hash(h, 1), part_of_hash(h, 2)) - x
        r = tm.dot(away, away)
        if r < nearest:
            second, nearest, best = nearest, r, h
        elif r < second:
            second = r
    return tm.vec3(ti.sqrt(nearest), ti.sqrt(second), part_of_hash(best, 0))


@ti.func
def octaves(x, longest: Number, shortest: Number, hurst: Number, seed: ti.i32) -> Number:
    """Return octaves of noise at x, of sizes `longest` to `shortest` (same unit), amplitude ~ size^hurst.

    Each octave is stronger where the sum before it is high: rough and smooth areas alternate, as in turbulence. The
    last fades in, so that the sum does not jump when `shortest`, a pixel's size, changes.
    """
    total, amplitude, size = 0.0, 1.0, longest
    fall = tm.pow(2.0, -hurst)
    norm = SPREAD * ti.sqrt(1.0 - fall * fall)
    m = 0
    while size > 0.5 * shortest and m < 16:
        shown = tm.min(1.0, 2.0 * size / shortest - 1.0)
        local = ti.select(m < 2, 1.0, tm.clamp(1.0 + GROWTH * total, LEAST, MOST))
        shift = ti.cast(m, float) * tm.vec3(17.3, -9.1, 3.7)  # octaves' lattices do not share their zeros
        total += amplitude * shown * local * norm * space_noise(x / size + shift, seed + m)
        amplitude *= fall
        size *= 0.5
        m += 1
    return total
