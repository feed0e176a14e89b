"""The aurora's footprint: electron energy flux and energy on a map, a pure function of (place, time, seed).

Place is (x, y) in km: x magnetic eastward (by magnetic local time), y magnetic latitude towards the pole. Arcs lie in
groups along the oval. Each group and each arc is a straight band in a frame that is wound up by vortices, the largest
first (`shaders.winding`). Numbers: geophysics note of the project, sections 2 and 3; where a line says so, uncertain.

Tables, staged by `render.integrator.footprint_map`:
  groups  [group, 12]  arcs, spacing, equatorward and poleward half-width km, flux of arcs, flux of glow, relative
                       width, contrast and length of rays, soft electrons, energy, reach km; seeds [group] beside it
  curls   [level]      of single arcs, see `winding.curl`
  rays    [octave]     wavelength km, amplitude, speed factor, life s
  tracks  [age, group, node, 3]       centre y km, activity, occupancy, against x
  arcs    [age, group, arc, node, 3]  place across the group in spacings, logarithm of width, occupancy, against x
  glow    [age, node, 4]              see `shaders.glow`
  offsets, rows, vortices             see `winding.unwind`
  oval    [row, column, 2]            statistical energy flux mW m-2, mean energy keV, against y and x
"""

import taichi as ti
import taichi.math as tm

from shaders import glow, lookup, noise, winding
from shaders.definitions import EnergyFlux, Length, Number, Seconds

CALM_ARC, ACTIVE_ARC = 3.0, 19.0  # mW m-2 of an average arc: 1-10 in quiet ones, 10-100 in active ones (the note)
STRONGEST_ARC = 90.0  # mW m-2: arcs saturate towards this (uncertain)
MOST_FLUX = 150.0  # mW m-2: nothing is above it; auroras of IBC IV, 1000 kR, are too rare to be drawn by chance
ARC_REACH_KM = 9.0  # km: beyond this from its centre line an arc has no light
FLANK_KM = 2.5  # widths: farther from an arc's middle only the rays of one flank are seen
AVERAGE_OVAL = 5.0  # mW m-2 of the statistical oval at which groups have their own flux
ARC_COLUMNS = 3
COARSEST_BLACK_KM = 4.0  # km: black arcs would vanish in coarser texels
FAINTEST_BLACK, VISIBLE_BLACK = 0.3, 0.6  # mW m-2 that it takes from the glow: below not drawn, above on fine tiles
STREAKS = 0.005  # mW m-2: what a packet's glow counts as thin, so that its tile is finer than one of smooth glow


@ti.func
def ray_contrast(
    along: Length, t: Seconds, speed: Number, contrast: Number, px: Length, seed: ti.i32, rays: ti.template()
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
        wavelength = rays[k, 0]
        whole += rays[k, 1] * rays[k, 1] * 0.1
        weight = rays[k, 1] * tm.clamp(wavelength / (2.0 * px) - 1.0, 0.0, 1.0)
        if weight > 0.0:
            n += weight * noise.gradient_noise((along - rays[k, 2] * speed * t) / wavelength, t / rays[k, 3], seed + k)
            variance += weight * weight * 0.1  # mean square of the noise is about 0.1
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
    along: Length, across: Number, t: Seconds, speed: Number, contrast: Number, px: Length, seed: ti.i32,
    rays: ti.template(),
):  # fmt: skip
    """Return `ray_contrast` at `across` widths from an arc's middle: rays counter-stream on its flanks.

    Eastward on the poleward flank (E x B about an electron sheet), mirrored in the south with y.
    """
    flank = noise.smooth_step(-1.0, 1.0, across)
    uneven = along + 5.0 * noise.gradient_noise(along / 31.0, t / 45.0, seed + 25)  # km: rays are not evenly spaced
    streaks = tm.vec2(0.0)
    if flank > 0.0:
        streaks += flank * ray_contrast(uneven, t, speed, contrast, px, seed + 5, rays)
    if flank < 1.0:
        streaks += (1.0 - flank) * ray_contrast(uneven, t, -speed, contrast, px, seed + 15, rays)
    return streaks


@ti.func
def arc_flux(
    p, t: Seconds, activity: Number, strength: EnergyFlux, width_km: Length, ray: Number, ray_length: Number,
    px: Length, seed: ti.i32, curls: ti.template(), rays: ti.template(),
):  # fmt: skip
    """Return vec3(hard flux, hard flux x energy, soft flux) of one arc at p = (along, across from its centre line)."""
    q = p
    for level in range(curls.shape[0]):
        if curls[level, 0] > 3.0 * px:  # a fold finer than this would only alias
            q = winding.curl(q, t, activity, level, seed + 20 * level, 1.0, curls)
    width = ti.sqrt(width_km * width_km + 2.2 * px * px)  # 1.3 texels: what the march can sample without noise
    speed = 0.7 + 1.3 * noise.unit_hash(seed, 0, 77)  # km/s, counter-streaming rays: 1 to 3 km/s with the octaves
    contrast = 1.5 * ray * tm.clamp(activity, 0.15, 1.0)
    scaled = 1.0 / ray_length
    both = streaming_rays(q.x * scaled, q.y / width, t, speed * scaled, contrast, px * scaled, seed, rays)
    streaks = both.x
    edge = ti.select(q.y < 0.0, 1.45, 0.65) / width  # sharp towards the equator, soft towards the pole
    across = ti.exp(-tm.pow(ti.abs(q.y) * edge, ti.select(q.y < 0.0, 2.0, 1.4)))
    hard = strength * across * streaks * width_km / width
    energy = tm.clamp(1.2 + 1.5 * ti.sqrt(tm.min(strength * streaks / 8.0, 9.0)), 1.0, 6.0)
    halo = ti.exp(-tm.pow(ti.abs(q.y) / (2.2 * width), 1.5))
    soft = 0.30 * strength * halo * excess(streaks, both.y) * (0.2 + activity) * width_km / width
    return tm.vec3(hard, hard * energy, soft)


@ti.func
def packet(p, t: Seconds, activity: Number, south: Length, north: Length, seed: ti.i32) -> Number:
    """Return the shape of a group's glow, about 0 to 1: soft on both sides, streaked along the arcs within."""
    side = ti.select(p.y < 0.0, south, north)
    envelope = ti.exp(-tm.pow(ti.abs(p.y) / side, ti.select(p.y < 0.0, 2.0, 1.5)))
    value = 0.0
    if envelope > 1e-3:
        broad = noise.gradient_noise(p.x / 110.0, p.y / 16.0 + t / 120.0, seed + 900)
        fine = noise.gradient_noise((p.x + 0.4 * t) / 34.0, p.y / 5.5, seed + 901)
        value = envelope * tm.max(0.95 + 0.75 * broad + 0.4 * fine, 0.08)
    return value


@ti.func
def group_flux(
    x: Length, y: Length, t: Seconds, px: Length, oval_flux: EnergyFlux, age: ti.i32, g: ti.i32, track, track_axis,
    groups: ti.template(), seeds: ti.template(), curls: ti.template(), rays: ti.template(), arcs: ti.template(),
    offsets: ti.template(), rows: ti.template(), vortices: ti.template(),
):  # fmt: skip
    """Return vec4(hard flux, hard flux x energy, soft flux, thin arcs' part) of one arc group."""
    activity = track.y
    seed = seeds[g]
    p = tm.vec2(x, y - track.x)
    for level in range(offsets.shape[0] - 1):
        p = winding.unwind(p, px, age, g, level, offsets, rows, vortices)
    bright = track.z * tm.clamp(oval_flux / AVERAGE_OVAL, 0.2, 2.5)
    shine = groups[g, 5] * bright * (0.7 + 1.5 * activity) * packet(p, t, activity, groups[g, 2], groups[g, 3], seed)
    scale = groups[g, 10]
    total = tm.vec4(shine, (1.8 + activity) * scale * shine, 0.05 * groups[g, 9] * shine, tm.min(0.01 * shine, STREAKS))
    count = ti.cast(groups[g, 0], ti.i32)
    f = tm.clamp((p.x - track_axis.x) / track_axis.y, 0.0, arcs.shape[3] - 1.001)
    node = ti.cast(f, ti.i32)
    w = f - node
    for j in range(count):
        sway = arcs[age, g, j, node, 0] * (1.0 - w) + arcs[age, g, j, node + 1, 0] * w
        across = p.y - groups[g, 1] * (j - 0.5 * (count - 1) + sway)
        if ti.abs(across) < ARC_REACH_KM * groups[g, 6] + 4.0 * px:
            wide = arcs[age, g, j, node, 1] * (1.0 - w) + arcs[age, g, j, node + 1, 1] * w
            there = arcs[age, g, j, node, 2] * (1.0 - w) + arcs[age, g, j, node + 1, 2] * w
            strength = groups[g, 4] * bright * (CALM_ARC + ACTIVE_ARC * activity * activity)
            strength *= tm.clamp(there + 0.6 * activity, 0.0, 1.7) / (1.0 + strength / STRONGEST_ARC)
            width = groups[g, 6] * ti.exp(wide) * (1.2 - 0.5 * tm.min(activity, 1.0))
            if strength > 0.0:
                arc = arc_flux(
                    tm.vec2(p.x, across), t, activity, strength, width, groups[g, 7], groups[g, 8], px,
                    seed + 300 + 40 * j, curls, rays,
                )  # fmt: skip
                total += tm.vec4(arc.x, arc.y * scale, arc.z * groups[g, 9], arc.x)
    return total


@ti.kernel
def tabulate_arcs(
    times: ti.types.ndarray(), seeds: ti.types.ndarray(), axis: tm.vec2, arcs: ti.types.ndarray()
):  # fmt: skip
    """Fill `arcs` [age, group, arc, node, 3], what depends on the place along an arc alone; `axis`: x0, spacing km."""
    ti.loop_config(block_dim=16)
    for age, g, j, node in ti.ndrange(arcs.shape[0], arcs.shape[1], arcs.shape[2], arcs.shape[3]):
        x, t = axis.x + node * axis.y, times[age]
        s = seeds[g] + 300 + 40 * j
        sway = 0.62 * noise.gradient_noise(x / 330.0, t / 300.0, s)
        arcs[age, g, j, node, 0] = sway + 0.25 * noise.gradient_noise(x / 95.0, t / 90.0, s + 1)
        arcs[age, g, j, node, 1] = 0.8 * noise.gradient_noise(x / 70.0, t / 60.0, s + 3)
        arcs[age, g, j, node, 2] = 0.30 + 1.2 * noise.gradient_noise(x / 460.0, t / 260.0, s + 4)


@ti.func
def footprint(
    x: Length, y: Length, t: Seconds, px: Length, age: ti.i32, track_axis, oval_axis, patches,
    groups: ti.template(), seeds: ti.template(), curls: ti.template(), rays: ti.template(), tracks: ti.template(),
    arcs: ti.template(), glows: ti.template(), offsets: ti.template(), rows: ti.template(), vortices: ti.template(),
    oval: ti.template(), mask: ti.i32, mask_axis, masks: ti.template(),
):  # fmt: skip
    """Return vec4(hard flux, hard flux x energy, soft flux, thin arcs' part), mW m-2 and keV, of groups and glow.

    `mask`: which of `masks` holds the diffuse glow's at this age (`shaders.glow`).
    """
    row, column = (y - oval_axis.y) / oval_axis.w, (x - oval_axis.x) / oval_axis.z
    statistical = lookup.bilinear_plane(oval, row, column, 0)
    mean_energy = tm.clamp(0.5 * lookup.bilinear_plane(oval, row, column, 1), 0.5, 5.0)  # E0 = mean / 2 (Maxwellian)
    f = tm.clamp((x - track_axis.x) / track_axis.y, 0.0, tracks.shape[2] - 1.001)
    node = ti.cast(f, ti.i32)
    w = f - node
    level = tm.vec4(0.0)
    for k in ti.static(range(4)):
        level[k] = glows[age, node, k] * (1.0 - w) + glows[age, node + 1, k] * w
    shine = level.x * statistical * glow.mask_at(x, y, mask, mask_axis, masks)
    dark = level.z * shine
    if dark > FAINTEST_BLACK and px < COARSEST_BLACK_KM:
        visible = level.z * noise.smooth_step(FAINTEST_BLACK, VISIBLE_BLACK, dark)
        shine *= 1.0 - visible * glow.blackness(x, y, t, px, curls)
    # glow bright enough for its black arcs to be seen asks for fine tiles; elsewhere they are too faint to pay for
    total = tm.vec4(shine, shine * mean_energy, 0.0, ti.select(dark > VISIBLE_BLACK, dark, 0.0))
    if level.y > 1e-3:
        pulsating = level.y * glow.patch_flux(x, y, t, px, level.w, patches)
        total += tm.vec4(pulsating, pulsating * patches.z, 0.0, 0.3 * pulsating)
    for g in range(groups.shape[0]):
        track = tm.vec3(0.0)
        for k in ti.static(range(3)):
            track[k] = tracks[age, g, node, k] * (1.0 - w) + tracks[age, g, node + 1, k] * w
        if ti.abs(y - track.x) < groups[g, 11] and track.z > 1e-3:
            total += group_flux(
                x, y, t, px, statistical, age, g, track, track_axis, groups, seeds, curls, rays, arcs, offsets, rows,
                vortices,
            )  # fmt: skip
    # a cap in the place of saturation; the energy follows
    capped = tm.pow(1.0 + (total.x / MOST_FLUX) ** 4, -0.25)
    return total * capped
