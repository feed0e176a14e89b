"""The aurora's footprint: electron energy flux and energy on a map, a pure function of (place, time, seed).

Place is (x, y) in km: x magnetic eastward (by magnetic local time), y magnetic latitude towards the pole. Arcs lie in
groups along the oval. Each group and each arc is a straight band in a frame that is wound up by vortices, the largest
first (`shaders.footprint.winding`). Numbers: geophysics note of the project, sections 2 and 3; where a line says so,
uncertain. Those without a name or a source were chosen by eye. `texel`: km, of the map that is drawn; nothing finer is.

Tables, staged by `render.integrator.aurora.footprint_map`:
  groups  [group, 11]  see `render.geophysics.forms.arc_groups`; seeds [group] beside it
  curls, rays          of single arcs, see `shaders.footprint.arc`
  tracks  [age, group, node, 4]       see `Track`, against x
  arcs    [age, group, arc, node, 3]  place across the group in spacings, logarithm of width, occupancy, against x
  glows   [age, node, 5]              see `shaders.footprint.glow`
  masks   [mask, row, column]         see `shaders.footprint.glow`
  streamers [age, streamer, 8]        see `shaders.footprint.streamer`
  offsets, rows, vortices             see `winding.unwind`
  oval    [row, column, 2]            see `Oval`, against y and x
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup, noise
from shaders.definitions import Length, Number, Seconds
from shaders.footprint import arc, glow, streamer, winding

ARCS, SPACING, EQUATORWARD, POLEWARD, ARC_FLUX = range(5)  # columns of `groups`
ARC_WIDTH, RAY_CONTRAST, RAY_LENGTH, SOFT_FLUX, ENERGY, REACH = range(5, 11)
OFFSET, LN_WIDTH, OCCUPANCY = range(3)  # columns of `arcs`
CALM_ARC, ACTIVE_ARC = 3.0, 12.0  # mW m-2 of an average arc: 1-10 in quiet ones, 10-100 in active ones (the note)
STRONGEST_ARC = 90.0  # mW m-2: arcs saturate towards this (uncertain)
MOST_FLUX = 150.0  # mW m-2: nothing is above it; auroras of IBC IV, 1000 kR, are too rare to be drawn by chance
ARC_COLUMNS, GLOW_COLUMNS = 3, 5
BROAD_STREAK, FINE_STREAK = 1.3, 0.8  # amplitudes, in ln flux, of the streaks in an arc system's glow (by eye)


class Track:
    """Columns of `tracks`: y, km, of the centre line; activity, 0 to 1.25; brightness of the arcs, relative to an
    average group; flux, mW m-2, in the middle of the glow."""

    CENTRE, ACTIVITY, BRIGHTNESS, GLOW_FLUX = range(4)


class Oval:
    """Columns of `oval`: energy flux, mW m-2, if the carpet had all power, and its characteristic energy, keV."""

    FLUX, ENERGY = range(2)


Axes = ti.types.struct(track=tm.vec2, oval=tm.vec4, patches=tm.vec4, mask=tm.vec4, user=tm.vec4)
"""vec2(x0, spacing) of `tracks`, `arcs` and `glows`; vec4(x0, y0, dx, dy) of `oval`; `patches` and `mask`, see
`shaders.footprint.glow`; `user`, see `shaders.footprint.user_map`; km."""
A = ti.types.ndarray
Curtains = ti.types.argpack(
    groups=A(), seeds=A(), curls=A(), rays=A(), tracks=A(), arcs=A(), glows=A(), offsets=A(), rows=A(), vortices=A(),
    streamers=A(), oval=A(), masks=A(),
)  # fmt: skip
CARPET = 4.0e-4  # mW m-2: thin-arc flux of a carpet of more than FAINTEST_CARPET, so that its tile holds its streaks
FAINTEST_CARPET = 0.2  # mW m-2
COARSEST_BLACK_KM = 4.0  # km: black arcs would vanish in coarser texels
FAINTEST_BLACK, VISIBLE_BLACK = 0.8, 1.5  # mW m-2 that it takes from the glow: below not drawn, above on fine tiles


@ti.func
def arc_system_glow(p, t: Seconds, equatorward: Length, poleward: Length, seed: ti.i32) -> Number:
    """Return the shape of a group's glow, 1 in its middle on the mean: soft on both sides, streaked along the arcs."""
    half_widths = ti.abs(p.y) / ti.select(p.y < 0.0, equatorward, poleward)
    envelope = 0.0
    if half_widths < 3.7:  # beyond it less than 1e-3 is left
        envelope = ti.exp(-tm.pow(half_widths, ti.select(p.y < 0.0, 2.0, 1.5)))
    value = 0.0
    if envelope > 1e-3:
        broad = noise.gradient_noise(p.x / 110.0, p.y / 16.0 + t / 120.0, seed + 900)
        fine = noise.gradient_noise((p.x + 0.4 * t) / 34.0, p.y / 5.5, seed + 901)
        spread = 0.5 * noise.VARIANCE * (BROAD_STREAK * BROAD_STREAK + FINE_STREAK * FINE_STREAK)
        value = envelope * ti.exp(BROAD_STREAK * broad + FINE_STREAK * fine - spread)
    return value


@ti.func
def place_on_track(x: Length, track_axis, nodes: ti.i32):
    """Return (node, part of the way to the next) at x in a table of so many nodes; `track_axis`: (x0, spacing)."""
    f = tm.clamp((x - track_axis.x) / track_axis.y, 0.0, nodes - 1.001)
    node = ti.cast(f, ti.i32)
    return node, f - node


@ti.func
def arc_column(age: ti.i32, g: ti.i32, j: ti.i32, node: ti.i32, w: Number, column: ti.template(), arcs: ti.template()):
    """Return a column of `arcs` at the place (node, w) along arc j of group g."""
    return arcs[age, g, j, node, column] * (1.0 - w) + arcs[age, g, j, node + 1, column] * w


@ti.func
def group_flux(
    x: Length, y: Length, t: Seconds, texel: Length, age: ti.i32, g: ti.i32, track, axes, curtains: ti.template()
):  # fmt: skip
    """Return vec4(hard flux, hard flux x energy, soft flux, thin-arc flux) of one arc group, an inverted V.

    `track`: vec4 as `Track`, of the group at x.
    """
    activity = track.y
    seed = curtains.seeds[g]
    groups = ti.static(curtains.groups)
    p = tm.vec2(x, y - track.x)
    for level in range(curtains.offsets.shape[0] - 1):
        widest = curtains.rows[age, g, level, winding.Row.WIDEST]
        # no vortex of the level can be there, or is resolved
        if ti.abs(p.y) > curtains.rows[age, g, level, winding.Row.REACH] or widest <= winding.SMALLEST * texel:
            continue
        p = winding.unwind(p, texel, age, g, level, curtains.offsets, curtains.rows, curtains.vortices)
    bright = track.z
    glow_flux = track.w * arc_system_glow(p, t, groups[g, EQUATORWARD], groups[g, POLEWARD], seed)
    scale = groups[g, ENERGY]
    total = tm.vec4(
        glow_flux, (1.8 + activity) * scale * glow_flux, 0.05 * groups[g, SOFT_FLUX] * glow_flux,
        tm.min(0.01 * glow_flux, arc.STREAKS),
    )  # fmt: skip
    count = ti.cast(groups[g, ARCS], ti.i32)
    node, w = place_on_track(p.x, axes.track, curtains.arcs.shape[3])
    for j in range(count):
        offset = arc_column(age, g, j, node, w, OFFSET, curtains.arcs)
        across = p.y - groups[g, SPACING] * (j - 0.5 * (count - 1) + offset)
        if ti.abs(across) < arc.REACH_KM * groups[g, ARC_WIDTH] + 4.0 * texel:
            wide = arc_column(age, g, j, node, w, LN_WIDTH, curtains.arcs)
            there = arc_column(age, g, j, node, w, OCCUPANCY, curtains.arcs)
            strength = groups[g, ARC_FLUX] * bright * (CALM_ARC + ACTIVE_ARC * activity * activity)
            strength *= tm.clamp(there + 0.6 * activity, 0.0, 1.7) / (1.0 + strength / STRONGEST_ARC)
            width = groups[g, ARC_WIDTH] * ti.exp(wide) * (1.2 - 0.5 * tm.min(activity, 1.0))
            if strength > 0.0:
                rays = tm.vec2(groups[g, RAY_CONTRAST], groups[g, RAY_LENGTH])
                one = arc.arc_flux(
                    tm.vec2(p.x, across), t, activity, strength, width, rays, texel, arc_seed(seed, j), curtains.curls,
                    curtains.rays,
                )  # fmt: skip
                total += tm.vec4(one.x, one.y * scale, one.z * groups[g, SOFT_FLUX], one.x)
    return total


@ti.func
def arc_seed(seed: ti.i32, j: ti.i32) -> ti.i32:
    """Return the seed of arc j of a group: beyond those of its track and vortices, 40 apart, below the glow's."""
    return seed + 300 + 40 * j


@ti.kernel
def tabulate_arcs(
    times: ti.types.ndarray(), seeds: ti.types.ndarray(), axis: tm.vec2, arcs: ti.types.ndarray()
):  # fmt: skip
    """Fill `arcs` [age, group, arc, node, 3], what depends on the place along an arc alone; `axis`: x0, spacing km."""
    ti.loop_config(block_dim=16)
    for age, g, j, node in ti.ndrange(arcs.shape[0], arcs.shape[1], arcs.shape[2], arcs.shape[3]):
        x, t = axis.x + node * axis.y, times[age]
        s = arc_seed(seeds[g], j)
        offset = 0.62 * noise.gradient_noise(x / 330.0, t / 300.0, s)
        arcs[age, g, j, node, OFFSET] = offset + 0.25 * noise.gradient_noise(x / 95.0, t / 90.0, s + 1)
        arcs[age, g, j, node, LN_WIDTH] = 0.8 * noise.gradient_noise(x / 70.0, t / 60.0, s + 3)
        arcs[age, g, j, node, OCCUPANCY] = 0.30 + 1.2 * noise.gradient_noise(x / 460.0, t / 260.0, s + 4)


@ti.func
def footprint(
    x: Length, y: Length, t: Seconds, texel: Length, age: ti.i32, mask: ti.i32, axes, curtains: ti.template()
):  # fmt: skip
    """Return (hard flux, hard flux x energy, soft flux, thin-arc flux, share of the hard flux that is diffuse) of all
    forms together, mW m-2 and keV.

    `mask`: which of `masks` holds the diffuse glow's at this age.
    """
    node, w = place_on_track(x, axes.track, curtains.tracks.shape[2])
    level = ti.Vector.zero(float, GLOW_COLUMNS)
    for k in ti.static(range(GLOW_COLUMNS)):
        level[k] = curtains.glows[age, node, k] * (1.0 - w) + curtains.glows[age, node + 1, k] * w
    row = (y - level[glow.Glow.SHIFT] - axes.oval.y) / axes.oval.w
    column = (x - axes.oval.x) / axes.oval.z
    energy = lookup.bilinear_plane(curtains.oval, row, column, Oval.ENERGY)
    glow_flux = level[glow.Glow.SHARE] * lookup.bilinear_plane(curtains.oval, row, column, Oval.FLUX)
    glow_flux *= glow.mask_at(x, y, mask, axes.mask, curtains.masks)
    dark = level[glow.Glow.BLACK] * glow_flux
    if dark > FAINTEST_BLACK and texel < COARSEST_BLACK_KM:
        visible = level[glow.Glow.BLACK] * noise.smooth_step(FAINTEST_BLACK, VISIBLE_BLACK, dark)
        glow_flux *= 1.0 - visible * glow.blackness(x, y, t, texel, curtains.curls)
    # glow bright enough for its black arcs to be seen asks for fine tiles; elsewhere they are too faint to pay for
    detail = ti.select(dark > VISIBLE_BLACK, dark, ti.select(glow_flux > FAINTEST_CARPET, CARPET, 0.0))
    total = tm.vec4(glow_flux, glow_flux * energy, 0.0, detail)
    if level[glow.Glow.PATCHES] > 1e-3:
        pulsating = glow.patch_flux(x, y, t, texel, level[glow.Glow.MIDDLE], axes.patches)
        pulsating *= level[glow.Glow.PATCHES]
        total += tm.vec4(pulsating, pulsating * axes.patches.z, 0.0, 0.3 * pulsating)
    diffuse = total.x
    for g in range(curtains.groups.shape[0]):
        track = tm.vec4(0.0)
        track.x = curtains.tracks[age, g, node, 0] * (1.0 - w) + curtains.tracks[age, g, node + 1, 0] * w
        if ti.abs(y - track[Track.CENTRE]) < curtains.groups[g, REACH]:
            for k in ti.static(range(1, 4)):
                track[k] = curtains.tracks[age, g, node, k] * (1.0 - w) + curtains.tracks[age, g, node + 1, k] * w
            if tm.max(track[Track.BRIGHTNESS], track[Track.GLOW_FLUX]) > 1e-3:
                total += group_flux(x, y, t, texel, age, g, track, axes, curtains)
    total += streamer.streamers_flux(x, y, t, texel, age, curtains.streamers, curtains.curls, curtains.rays)
    # a cap in the place of saturation; the energy follows
    capped = 1.0
    if total.x > 0.01 * MOST_FLUX:  # below it 1e-8 would be taken away
        capped = tm.pow(1.0 + (total.x / MOST_FLUX) ** 4, -0.25)
    return total_and_share(total * capped, diffuse / tm.max(total.x, 1e-6))


@ti.func
def total_and_share(total, diffuse_share: Number):
    """Return the five values of a place as one vector."""
    return ti.Vector([total.x, total.y, total.z, total.w, diffuse_share])
