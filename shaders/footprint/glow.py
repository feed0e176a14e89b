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
# Amplitudes, in ln flux, of the carpet's sheets, streaks, fine streaks and patches: at the scale of 30 km its flux
# varies by a factor of 2 to 5 (the geophysics note; uncertain)
BROAD, STREAK, FINE, PATCHY = 0.8, 1.0, 0.6, 1.2
STREAK_KM, FINE_KM, PATCH_KM = 19.0, 10.0, 36.0  # km across the oval, cells of their noise (uncertain)
CONVECTION_KM_S = 0.5  # km/s: westward before the reversal, eastward after it (0.3-1, the geophysics note)
REVERSAL_KM, REVERSAL_WIDTH_KM = -690.0, 1400.0  # km of x: the reversal, 23 h of magnetic local time; its half-width
STRAYS_KM = 80.0  # km: the carpet strays by 47 at most (`Glow.SHIFT`), and a node of its mask reaches to the next
FAINTEST_FLUX = 1e-3  # mW m-2: a carpet fainter than this gives 1 R of 557.7, even or uneven
TURN_S = 900.0  # s for which a pattern of the carpet is carried (chosen)
LATE_FROM_KM, LATE_KM = -300.0, 2000.0  # km of x, 23.5 and 3 h: between them patches take the place of streaks
DAY_FROM_KM, DAY_KM = 4900.0, 7600.0  # km of x, 7 and 11 h: between them they fade again


class Glow:
    """Columns of `glows` [age, node, 5], against x.

    Share of the oval's flux, level of patches, level of black aurora, y, km, of the patches' middle, and how far, km
    poleward, the carpet strays.
    """

    SHARE, PATCHES, BLACK, MIDDLE, SHIFT = range(5)


@ti.func
def carpet_pattern(x: Length, y: Length, weight, seed: ti.i32) -> Number:
    """Return what makes the carpet uneven, zero mean, in units of ln flux; `weight`: as `carpet_weights`.

    Broad sheets; in them streaks along the oval, tens of km by 10, folded by a warp; patches with bays between them.
    """
    warp = tm.vec2(noise.gradient_noise(x / 190.0, y / 80.0, seed), noise.gradient_noise(x / 130.0, y / 60.0, seed + 1))
    broad = noise.gradient_noise((x - 0.35 * y) / 260.0 + 0.6 * warp.x, y / 75.0 + 0.6 * warp.y, seed + 2)
    streak, fine, patch = 0.0, 0.0, 0.0
    if weight.y > 0.0:
        streak = noise.gradient_noise((x - 0.2 * y) / 75.0 + 0.9 * warp.x, y / STREAK_KM + 1.1 * warp.y, seed + 3)
    if weight.z > 0.0:
        fine = noise.gradient_noise((x - 0.2 * y) / 33.0 + 1.4 * warp.x, y / FINE_KM + 1.6 * warp.y, seed + 4)
    if weight.w > 0.0:
        patch = noise.gradient_noise(x / 58.0 + 1.1 * warp.x, y / PATCH_KM + 1.0 * warp.y, seed + 5)
    return tm.dot(weight, tm.vec4(broad, streak, fine, patch))


@ti.func
def carpet_weights(x: Length, node: Length):
    """Return vec4(sheets, streaks, fine streaks, patches), amplitudes in ln flux, at x; after midnight patches take the
    place of streaks. What nodes this far apart, across the oval, do not hold is left out.
    """
    late = noise.smooth_step(LATE_FROM_KM, LATE_KM, x) * (1.0 - noise.smooth_step(DAY_FROM_KM, DAY_KM, x))
    held = tm.vec3(0.0)
    for k in ti.static(range(3)):
        held[k] = tm.clamp(ti.static((STREAK_KM, FINE_KM, PATCH_KM)[k]) / (1.5 * node) - 1.0, 0.0, 1.0)
    return tm.vec4(BROAD, STREAK * (1.0 - 0.65 * late) * held.x, FINE * held.y, PATCHY * late * held.z)


@ti.func
def carpet_mask(x: Length, y: Length, t: Seconds, node: Length) -> Number:
    """Return the carpet relative to its mean: contrasty, log-normal, drifting with the convection, one on the mean.

    What drifts unevenly would be sheared without end: two patterns take turns, each carried for TURN_S and swapped
    while it counts for nothing. Near the pole, where the lines of x run together, the mask is one: patterns would
    stand there as spokes.
    """
    weights = carpet_weights(x, node)
    speed = CONVECTION_KM_S * tm.tanh((x - REVERSAL_KM) / REVERSAL_WIDTH_KM)
    uneven, squares = 0.0, 0.0
    for k in ti.static(range(2)):
        turn = t / TURN_S + 0.5 * k
        whole = ti.floor(turn)
        weight = 1.0 - ti.abs(2.0 * (turn - whole) - 1.0)
        seed = SEED + 60 + 20 * k + 40 * (ti.cast(whole, ti.i32) % 512)
        uneven += weight * carpet_pattern(x - speed * TURN_S * (turn - whole - 0.5), y, weights, seed)
        squares += weight * weight
    contrasty = ti.exp(uneven / ti.sqrt(squares) - 0.5 * noise.VARIANCE * tm.dot(weights, weights))
    return tm.mix(contrasty, 1.0, noise.smooth_step(EVEN_FROM_KM, EVEN_KM, y))


@ti.func
def carpet_near(x: Length, y: Length, axis, oval: ti.template()) -> EnergyFlux:
    """Return the largest flux of the carpet, if it had all power, within STRAYS_KM of a place; `axis` as of `oval`."""
    row, column = ti.cast((y - axis.y) / axis.w, ti.i32), ti.cast((x - axis.x) / axis.z, ti.i32)
    reach, flux = ti.cast(STRAYS_KM / axis.w, ti.i32) + 1, 0.0
    for i, j in ti.ndrange((-reach, reach + 1), (0, 2)):
        at = tm.clamp(row + i, 0, oval.shape[0] - 1), tm.clamp(column + j, 0, oval.shape[1] - 1)
        flux = tm.max(flux, oval[at[0], at[1], 0])
    return flux


@ti.kernel
def tabulate_masks(
    times: ti.types.ndarray(), axis: tm.vec4, oval_axis: tm.vec4, oval: ti.types.ndarray(), masks: ti.types.ndarray()
):  # fmt: skip
    """Fill `masks` [instant, row, column] with the carpet's mask at nodes from `axis`: vec4(x0, y0, dx, dy), km.

    `oval`, `oval_axis`: see `shaders.footprint.forms`; where there is no carpet to be uneven the mask is one.
    """
    ti.loop_config(block_dim=16)
    for row, column in ti.ndrange(masks.shape[1], masks.shape[2]):
        x, y = axis.x + column * axis.z, axis.y + row * axis.w
        if carpet_near(x, y, oval_axis, oval) > FAINTEST_FLUX:
            for k in range(masks.shape[0]):
                masks[k, row, column] = carpet_mask(x, y, times[k], axis.w)
        else:
            for k in range(masks.shape[0]):
                masks[k, row, column] = 1.0


@ti.func
def mask_at(x: Length, y: Length, k: ti.i32, axis, masks: ti.template()) -> Number:
    """Return mask k at a place, bilinear: its shortest waves are a few nodes long."""
    rows, columns = masks.shape[1], masks.shape[2]
    f, g = (y - axis.y) / axis.w, (x - axis.x) / axis.z
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

    A blob is a level set of the distance from its middle, bent by noise on two scales; nine may reach a point. Most do
    not, and are told by their cell or their middle alone.
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
        # the square of how far from its middle, in cells, the largest and flattest blob has its edge
        reach = edge + tm.max(0.64 * (1.0 - bent), 0.24 * (1.0 - bent))
        reach2 = ti.select(reach > 0.0, 1.001 * reach * reach / 0.65, 0.0)
        for n in range(9):
            a, b = i + n % 3 - 1, j + n // 3 - 1
            cell = a * 8191 + b
            from_cell = tm.max(ti.abs(tm.vec2(u - (a + 0.5), v - (b + 0.5))) - 0.35, 0.0)
            if tm.dot(from_cell, from_cell) >= reach2:
                continue
            c = tm.vec2(a + 0.5, b + 0.5)
            c += 0.7 * tm.vec2(noise.unit_hash(a, b, SEED + 3) - 0.5, noise.unit_hash(a, b, SEED + 4) - 0.5)
            d = tm.vec2(u, v) - c
            if tm.dot(d, d) >= reach2:
                continue
            radius = 0.24 + 0.4 * noise.unit_hash(a, b, SEED + 5)
            ratio = 0.65 + 0.7 * noise.unit_hash(a, b, SEED + 6)
            squared, limit = d.x * d.x * ratio + d.y * d.y / ratio, radius * (1.0 - bent) + edge
            if limit <= 0.0 or squared > 1.001 * limit * limit:
                continue
            far = ti.sqrt(squared) / radius
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
