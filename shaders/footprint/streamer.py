"""Streamers: arcs across the oval, from the poleward edge of a substorm's bulge towards the equator.

`streamers` [age, streamer, 8]: see `render.geophysics.forms.streamers`. Each is drawn in a frame turned by a right
angle, south along it and east across: a rotation, so that its curls have the sense of all others. What has no name and
no source was chosen by eye and is uncertain.
"""

import taichi as ti
import taichi.math as tm

from shaders import noise
from shaders.definitions import Length, Seconds
from shaders.footprint import arc

X, Y, LENGTH, LEAN, BEND, HALF_WIDTH, FLUX, SEED = range(8)  # columns of `streamers`
ARC_FLUX, GLOW_FLUX = 15.0, 5.0  # mW m-2 of an average one: as of an active arc, and of the glow that it stands in
ARC_WIDTH_KM = 1.3  # km, half-width
ARCS, ARC_PLACE = 2, 0.45  # in each, and how far from its middle line they stand, half-widths
END_KM = 30.0  # km over which it begins and ends
TRAIL_KM, STAYING = 240.0, 0.35  # behind its front it dims by e over these km, to this part
ACTIVITY = 0.8  # of its arcs: curled and rayed, less than those of the bulge's front
SWAYS = 30.0  # km, most, of its middle line to either side
REACH = 2.4  # half-widths from that line within which it has light


@ti.func
def streamer_flux(
    down: Length, across: Length, length: Length, half_width: Length, t: Seconds, texel: Length, seed: ti.i32,
    curls: ti.template(), rays: ti.template(),
):  # fmt: skip
    """Return vec4(hard flux, hard flux x energy, soft flux, thin-arc flux), mW m-2 and keV, of one streamer.

    `down`, `across`: km equatorward of its poleward end, and east of its middle line.
    """
    front = length - down
    ends = noise.smooth_step(-END_KM, 0.5 * END_KM, down) * noise.smooth_step(-END_KM, END_KM, front)
    uneven = 0.9 + 0.8 * noise.gradient_noise((down - 0.8 * t) / 95.0, t / 70.0, seed + 3)
    bright = ends * tm.max(uneven, 0.15) * (STAYING + (1.0 - STAYING) * ti.exp(-tm.max(front, 0.0) / TRAIL_KM))
    glow_flux = GLOW_FLUX * bright * ti.exp(-((across / half_width) ** 2))
    total = tm.vec4(glow_flux, 2.5 * glow_flux, 0.05 * glow_flux, tm.min(0.01 * glow_flux, arc.STREAKS))
    for j in range(ARCS):
        own = seed + 100 + 40 * j
        place = ARC_PLACE * half_width * (2.0 * j - ARCS + 1.0)
        place += 0.4 * half_width * noise.gradient_noise(down / 90.0, t / 60.0, own)
        strength = ARC_FLUX * bright * tm.max(0.75 + noise.gradient_noise(down / 160.0, t / 80.0, own + 1), 0.0)
        off = across - place
        if strength > 0.0 and ti.abs(off) < arc.REACH_KM + 4.0 * texel:
            one = arc.arc_flux(
                tm.vec2(down, off), t, ACTIVITY, strength, ARC_WIDTH_KM, tm.vec2(1.0), texel, own, curls, rays
            )
            total += tm.vec4(one, one.x)
    return total


@ti.func
def streamers_flux(
    x: Length, y: Length, t: Seconds, texel: Length, age: ti.i32, streamers: ti.template(), curls: ti.template(),
    rays: ti.template(),
):  # fmt: skip
    """Return vec4 as `streamer_flux` does, of all streamers at a place of the magnetic map."""
    total = tm.vec4(0.0)
    for k in range(streamers.shape[1]):
        level, length = streamers[age, k, FLUX], streamers[age, k, LENGTH]
        down = streamers[age, k, Y] - y
        if level > 0.0 and down > -END_KM and down < length + END_KM:
            half_width = streamers[age, k, HALF_WIDTH]
            across = x - streamers[age, k, X] - down * (streamers[age, k, LEAN] + 1e-3 * down * streamers[age, k, BEND])
            if ti.abs(across) < REACH * half_width + SWAYS + 4.0 * texel:
                seed = ti.cast(streamers[age, k, SEED], ti.i32)
                across -= SWAYS * noise.gradient_noise((down - 0.3 * t) / 190.0, t / 100.0, seed)
                across -= 0.4 * SWAYS * noise.gradient_noise((down - 0.6 * t) / 62.0, t / 45.0, seed + 1)
                total += level * streamer_flux(down, across, length, half_width, t, texel, seed, curls, rays)
    return total
