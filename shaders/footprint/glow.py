"""What glows between the curtains: diffuse aurora with black arcs in it, and pulsating patches.

`patches`: vec4(size km, period s, energy keV, drift km/s). x, y, texel: as in `shaders.footprint.forms`. What has no
name and no source, in the mask and the patches' shapes, was chosen by eye.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup, noise
from shaders.definitions import EnergyFlux, Length, Number, Seconds
from shaders.footprint import winding

BLACK_SPACING_KM = 14.0  # km between black arcs (uncertain)
# km, half-widths: black arcs are 0.5-1.5 km wide, black patches 1-5 km (Trondsen & Cogger 1997, from memory)
THINNEST_BLACK_KM, BLACK_WIDTHS = 0.35, 2.0
PATCH_FLUX = 2.2  # mW m-2 of a patch that is on, at level 1: 0.5-3 kR over the glow (Humberset et al. 2016)
PATCH_DIM = 0.15  # of that while it is off (uncertain)
PATCH_LIFE_S = 390.0  # s: patches persist 4.5-8.5 min (Grono & Donovan 2020)
PATCH_BAND_KM = 190.0  # km of magnetic latitude, half-width of their zone (uncertain)
SMEAR_S_PER_KM = 0.004  # s per km: a pulse spreads from a patch's middle at 250 km/s seen over its width (uncertain)
FLICKER_HZ = 3.0  # Hz within a pulse (section 2 of the geophysics note)
EVEN_FROM_KM, EVEN_KM = 9162.0, 9841.0  # km, 81 and 87 deg: as the oval, the mask evens out at the pole
SEED = 401


class Glow:
    """Columns of `glows` [age, node, 4], against x.

    Share of the statistical oval, level of patches, level of black aurora, and y, km, of the patches' middle.
    """

    SHARE, PATCHES, BLACK, MIDDLE = range(4)


@ti.func
def diffuse_mask(x: Length, y: Length, t: Seconds) -> Number:
    """Return the diffuse glow relative to the statistical oval: contrasty, drifting, about one on the mean.

    Near the pole, where the lines of x run together, it is one: patterns would stand there as spokes.
    """
    warp = tm.vec2(noise.gradient_noise(x / 190.0, y / 90.0, 90), noise.gradient_noise(x / 150.0, y / 70.0, 91))
    broad = noise.gradient_noise((x - 0.5 * t - 0.35 * y) / 260.0 + 0.6 * warp.x, y / 75.0 + 0.6 * warp.y, 93)
    fine = noise.gradient_noise((x - 0.6 * t - 0.2 * y) / 90.0 + 0.7 * warp.x, y / 26.0 + 0.7 * warp.y, 94)
    contrasty = ti.exp(1.1 * broad + 0.45 * fine - 0.06)
    return tm.mix(contrasty, 1.0, noise.smooth_step(EVEN_FROM_KM, EVEN_KM, y))


@ti.kernel
def tabulate_masks(times: ti.types.ndarray(), axis: tm.vec3, masks: ti.types.ndarray()):
    """Fill `masks` [instant, row, column] with the diffuse mask at nodes from `axis`: x0, y0, spacing, km."""
    ti.loop_config(block_dim=16)
    for k, row, column in ti.ndrange(masks.shape[0], masks.shape[1], masks.shape[2]):
        masks[k, row, column] = diffuse_mask(axis.x + column * axis.z, axis.y + row * axis.z, times[k])


@ti.func
def mask_at(x: Length, y: Length, k: ti.i32, axis, masks: ti.template()) -> Number:
    """Return mask k at a place, bilinear: its shortest wave is several nodes long."""
    rows, columns = masks.shape[1], masks.shape[2]
    f, g = (y - axis.y) / axis.z, (x - axis.x) / axis.z
    i, j = lookup.cell(f, rows), lookup.cell(g, columns)
    u, v = lookup.fraction(f, i, rows), lookup.fraction(g, j, columns)
    upper = masks[k, i, j] * (1.0 - v) + masks[k, i, j + 1] * v
    lower = masks[k, i + 1, j] * (1.0 - v) + masks[k, i + 1, j + 1] * v
    return upper * (1.0 - u) + lower * u


@ti.func
def blackness(x: Length, y: Length, t: Seconds, texel: Length, curls: ti.template()) -> Number:
    """Return how dark the glow is made by black aurora, 0 to 1: thin dark arcs, some of them curled.

    Their vortices turn the opposite way (Kimball & Hallinan 1998, from memory: "-1" below).
    """
    offset = 0.9 * noise.gradient_noise((x - 0.3 * t) / 120.0, y / 160.0, SEED + 20)
    u = y / BLACK_SPACING_KM + offset
    row = ti.floor(u)
    seed = SEED + 30 + ti.cast(row, ti.i32) * 3
    there = noise.gradient_noise((x - 0.6 * t) / 85.0, t / 140.0 + 0.37 * row, seed)
    p = tm.vec2(x, (u - row - 0.5) * BLACK_SPACING_KM)
    p = winding.curl(p, t, 1.2 * noise.smooth_step(0.05, 0.5, there), 0, seed, -1.0, curls)
    own = THINNEST_BLACK_KM * ti.exp(BLACK_WIDTHS * noise.unit_hash(ti.cast(row, ti.i32), 1, SEED + 21))
    width = ti.sqrt(own * own + texel * texel)
    return noise.smooth_step(0.0, 0.25, there) * ti.exp(-((p.y / width) ** 2)) * own / width


@ti.func
def pulse(t: Seconds, period: Seconds, cell: ti.i32, other: ti.i32) -> Number:
    """Return how far a patch is on, 0 to 1: pulses come after erratic pauses, last differently, and some fail."""
    u = t / period
    k = ti.floor(u)
    on = 0.0
    for back in range(2):
        n = ti.cast(k, ti.i32) - back
        seed = SEED + 7 * other
        start = (n + 0.7 * noise.unit_hash(n, cell, seed)) * period
        lasts = period * (0.25 + 0.6 * noise.unit_hash(n, cell, seed + 1))
        strength = noise.smooth_step(0.12, 0.6, noise.unit_hash(n, cell, seed + 2))
        rise = noise.smooth_step(0.0, 0.12 * period + 0.25, t - start)
        fall = 1.0 - noise.smooth_step(0.6 * lasts, lasts + 0.15 * period, t - start)
        on = tm.max(on, strength * rise * fall)
    return on


@ti.func
def patch_flux(x: Length, y: Length, t: Seconds, texel: Length, middle: Length, patches) -> EnergyFlux:
    """Return the flux of pulsating patches of level 1: ragged blobs that each switch on and off by themselves.

    A blob is a level set of the distance from its middle, bent by noise on two scales; nine may reach a point.
    """
    size = patches.x
    zone = ti.exp(-tm.pow(ti.abs(y - middle) / PATCH_BAND_KM, 3.0))
    total = 0.0
    if zone > 0.01:
        u, v = (x - patches.w * t) / (1.25 * size), y / (0.8 * size)
        i, j = ti.cast(ti.floor(u), ti.i32), ti.cast(ti.floor(v), ti.i32)
        bent = 0.6 * noise.gradient_noise(2.0 * u, 1.5 * v, SEED)
        bent += 0.2 * noise.gradient_noise(5.0 * u, 3.7 * v, SEED + 1)
        bent += 0.06 * noise.gradient_noise(12.0 * u, 8.5 * v, SEED + 2)
        edge = 0.10 + 1.4 * texel / size
        for n in range(9):
            a, b = i + n % 3 - 1, j + n // 3 - 1
            cell = a * 8191 + b
            c = tm.vec2(a + 0.5, b + 0.5)
            c += 0.7 * tm.vec2(noise.unit_hash(a, b, SEED + 3) - 0.5, noise.unit_hash(a, b, SEED + 4) - 0.5)
            d = tm.vec2(u, v) - c
            radius = 0.24 + 0.4 * noise.unit_hash(a, b, SEED + 5)
            ratio = 0.65 + 0.7 * noise.unit_hash(a, b, SEED + 6)
            far = ti.sqrt(d.x * d.x * ratio + d.y * d.y / ratio) / radius
            inside = 1.0 - noise.smooth_step(1.0 - edge / radius, 1.0 + edge / radius, far + bent)
            if inside > 0.0:
                age = t / PATCH_LIFE_S + noise.unit_hash(a, b, SEED + 8)
                life = ti.cast(ti.floor(age), ti.i32)
                within = age - ti.floor(age)
                lives = noise.smooth_step(0.0, 0.15, within) * (1.0 - noise.smooth_step(0.85, 1.0, within))
                lives *= noise.smooth_step(0.35, 0.55, noise.unit_hash(cell, life, SEED + 9))
                period = patches.y * ti.exp(1.2 * (noise.unit_hash(a, b, SEED + 10) - 0.5))
                on = pulse(t - far * radius * size * SMEAR_S_PER_KM, period, cell, life)
                turns = FLICKER_HZ * t + noise.unit_hash(a, b, SEED + 11)
                flicker = 1.0 + 0.2 * on * ti.sin(2.0 * tm.pi * (turns - ti.floor(turns)))
                bright = 0.5 + 0.9 * noise.unit_hash(cell, life, SEED + 12)
                total += inside * lives * bright * (PATCH_DIM + (1.0 - PATCH_DIM) * on * flicker)
    return PATCH_FLUX * zone * total
