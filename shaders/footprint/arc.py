"""One arc: a sheet of electrons, sharp towards the equator, curled, with rays that stream against each other.

Tables: `curls` [level, 8], see `winding.curl`; `rays` [octave, 4]: wavelength km, amplitude, speed factor, life s.
Numbers without a name or a source were chosen by eye. `texel`: km, of the map that is drawn; nothing finer is.
"""

import taichi as ti
import taichi.math as tm

from shaders import noise
from shaders.definitions import EnergyFlux, Length, Number, Seconds
from shaders.footprint import winding

WAVELENGTH, AMPLITUDE, SPEED, LIFE = range(4)  # columns of `rays`
REACH_KM = 9.0  # km: beyond this from its centre line an arc of average width has no light
FINEST_CURL = 3.0  # texels: a finer curl would only alias
BLUR_VARIANCE = 2.2  # texels^2 added to an arc's width: 1.5 texels, what the march can sample without noise
# keV of a Maxwellian of the same mean energy, half of it: what the electrons have above the arc, and what they fall
# through at DROP_FLUX, mW m-2. Flux is K V^2 (Knight 1973; Lyons, Evans & Lundin 1979, as recalled), so that V rises
# with its root: 3 kV at 8 mW m-2 are K = 0.9e-9 S m-2 (1e-10 to 1e-9 measured). Calm arcs are soft, bright rays hard.
THERMAL_KEV, DROP_KEV, DROP_FLUX = 1.2, 1.5, 8.0
MOST_DROP_FLUX = 72.0  # mW m-2: above it energy rises no more (uncertain)
STREAKS = 0.005  # mW m-2: thin-arc flux of an arc system's glow, so that its tile is finer than one of smooth glow


@ti.func
def ray_contrast(
    along: Length, t: Seconds, speed: Number, contrast: Number, texel: Length, seed: ti.i32, rays: ti.template()
):  # fmt: skip
    """Return vec2(log-normal factor of the rays, mean about one; variance of its logarithm that is not resolved).

    Octaves finer than two texels are left out. Rays come in bundles, some tens of km long, that drift with them;
    between them an arc is nearly smooth.
    """
    bundle = noise.gradient_noise((along - speed * t) / 38.0, t / 30.0, seed + 8)
    strength = contrast * (0.25 + 1.25 * noise.smooth_step(-0.25, 0.45, bundle))
    n = 0.0
    variance = 0.0
    whole = 0.0
    for k in range(rays.shape[0]):
        wavelength = rays[k, WAVELENGTH]
        whole += rays[k, AMPLITUDE] * rays[k, AMPLITUDE] * noise.VARIANCE
        weight = rays[k, AMPLITUDE] * tm.clamp(wavelength / (2.0 * texel) - 1.0, 0.0, 1.0)
        if weight > 0.0:
            moved = along - rays[k, SPEED] * speed * t
            n += weight * noise.gradient_noise(moved / wavelength, t / rays[k, LIFE], seed + k)
            variance += weight * weight * noise.VARIANCE
    square = strength * strength
    return tm.vec2(ti.exp(tm.min(strength * n, 1.8) - 0.5 * square * variance), square * (whole - variance))


@ti.func
def excess(factor: Number, variance: Number) -> Number:
    """Return the mean of max(S - 1/2, 0), S log-normal of mean `factor` and this variance of its logarithm.

    By the call-option formula, the normal distribution taken as logistic: what unresolved rays add is not lost.
    """
    spread = ti.sqrt(variance) + 1e-3
    above = ti.log(tm.max(2.0 * factor, 1e-6)) / spread
    high = 1.0 / (1.0 + ti.exp(tm.clamp(-1.702 * (above + 0.5 * spread), -30.0, 30.0)))
    low = 1.0 / (1.0 + ti.exp(tm.clamp(-1.702 * (above - 0.5 * spread), -30.0, 30.0)))
    return tm.max(factor * high - 0.5 * low, 0.0)


@ti.func
def streaming_rays(
    along: Length, across: Number, t: Seconds, speed: Number, contrast: Number, texel: Length, seed: ti.i32,
    rays: ti.template(),
):  # fmt: skip
    """Return `ray_contrast` at `across` widths from an arc's middle: rays counter-stream on its flanks.

    Eastward on the poleward flank (E x B about an electron sheet), mirrored in the south with y.
    """
    flank = noise.smooth_step(-1.0, 1.0, across)
    uneven = along + 5.0 * noise.gradient_noise(along / 31.0, t / 45.0, seed + 25)  # km: rays are not evenly spaced
    streaks = tm.vec2(0.0)
    for side in range(2):  # a run-time loop: rays are compiled once
        weight = ti.select(side == 0, flank, 1.0 - flank)
        if weight > 0.0:
            moving = ti.select(side == 0, speed, -speed)
            streaks += weight * ray_contrast(uneven, t, moving, contrast, texel, seed + 5 + 10 * side, rays)
    return streaks


@ti.func
def arc_flux(
    p, t: Seconds, activity: Number, strength: EnergyFlux, width_km: Length, relative, texel: Length, seed: ti.i32,
    curls: ti.template(), rays: ti.template(),
):  # fmt: skip
    """Return vec3(hard flux, hard flux x energy, soft flux) of one arc at p = (along, across from its centre line).

    `strength`: mW m-2 in its middle without rays; `relative`: vec2(contrast, length) of its rays, relative.
    """
    q = p
    for level in range(curls.shape[0]):
        if curls[level, winding.SPACING] > FINEST_CURL * texel:
            q = winding.curl(q, t, activity, level, seed + 20 * level, 1.0, curls)
    width = ti.sqrt(width_km * width_km + BLUR_VARIANCE * texel * texel)
    speed = 0.7 + 1.3 * noise.unit_hash(seed, 0, 77)  # km/s, counter-streaming rays: 1 to 3 km/s with the octaves
    contrast = 1.5 * relative.x * tm.clamp(activity, 0.15, 1.0)
    scaled = 1.0 / relative.y
    both = streaming_rays(q.x * scaled, q.y / width, t, speed * scaled, contrast, texel * scaled, seed, rays)
    streaks = both.x
    edge = ti.select(q.y < 0.0, 1.45, 0.65) / width  # sharp towards the equator, soft towards the pole
    across = ti.exp(-tm.pow(ti.abs(q.y) * edge, ti.select(q.y < 0.0, 2.0, 1.4)))
    hard = strength * across * streaks * width_km / width
    energy = THERMAL_KEV + DROP_KEV * ti.sqrt(tm.min(strength * streaks / DROP_FLUX, MOST_DROP_FLUX / DROP_FLUX))
    halo = ti.exp(-tm.pow(ti.abs(q.y) / (2.2 * width), 1.5))
    soft = 0.30 * strength * halo * excess(streaks, both.y) * (0.2 + activity) * width_km / width
    return tm.vec3(hard, hard * energy, soft)
