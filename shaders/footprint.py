"""The aurora's footprint: electron energy flux and energy on a map, a pure function of (place, time, seed).

Place is (x, y) in km: x magnetic eastward (by magnetic local time), y magnetic latitude towards the pole. Arcs lie in
groups along the oval. Each group and each arc is a straight band in a frame that is wound up by *twists*: lattices of
compact area-preserving rotations, the largest first, evaluated by their exact inverse, so that a straight line becomes
a rolled-up sheet of one sense of rotation (clockwise from above in the north, mirrored in the south, where y is
mirrored too). Numbers: geophysics note of the project, sections 2 and 3; where a row of a table says so, uncertain.

Columns of the tables, staged by `render.integrator.aurora`:
  groups  [group]  arcs, spacing km, envelope km, brightness; seeds [group] beside it, integers
  twists  [level]  spacing km, largest angle rad, drift km/s, life s, flattening, activity gain, offset, shift km
  rays    [octave] wavelength km, amplitude, speed factor, life s
  tracks  [age, group, node, 3] centre y km, activity, occupancy, against x
  oval    [row, column, 2] statistical energy flux mW m-2, mean energy keV, against y and x
  magnetic [row, column, 2] x and y, km, at the nodes of the Earth-fixed plane
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup, noise
from shaders.definitions import EnergyFlux, Length, Number, Seconds

GROUP_TWISTS = 4  # levels shared by a group; the rest belong to single arcs
REACH_KM = 110.0  # km: no arc of a group is farther than this from the group's centre
STRONGEST_ARC = 90.0  # mW m-2: arcs saturate towards this, rays in them are rarely above 200 (uncertain)
ARC_REACH_KM = 9.0  # km: beyond this from its centre line an arc has no light
TAU = 6.283185307


@ti.func
def twist(p, t: Seconds, activity: Number, level: ti.i32, seed: ti.i32, twists: ti.template()):
    """Undo the winding of one lattice of vortices at p = (along, across); compact, so one vortex touches a point."""
    spacing, flat = twists[level, 0], twists[level, 4]
    strength = tm.clamp(activity * twists[level, 5] + twists[level, 6], 0.0, 1.1)
    u = (p.x + twists[level, 7] - twists[level, 2] * t) / spacing
    vortex = ti.cast(ti.floor(u), ti.i32)
    radius = 0.26 + 0.21 * noise.unit_hash(vortex, 0, seed)
    offset = (2.0 * noise.unit_hash(vortex, 1, seed) - 1.0) * (0.49 - radius)
    across = (2.0 * noise.unit_hash(vortex, 2, seed) - 1.0) * 0.28 * radius
    angle = twists[level, 1] * strength * winding(t / twists[level, 3], vortex, seed)
    d = tm.vec2(u - ti.floor(u) - 0.5 - offset, p.y / (spacing * flat) - across)
    inside = tm.max(1.0 - tm.dot(d, d) / (radius * radius), 0.0)
    theta = angle * inside * inside
    c, s = ti.cos(theta), ti.sin(theta)
    turned = tm.vec2(c * d.x - s * d.y, s * d.x + c * d.y)
    return p + spacing * tm.vec2(turned.x - d.x, (turned.y - d.y) * flat)


@ti.func
def winding(lives: Number, vortex: ti.i32, seed: ti.i32) -> Number:
    """Return how far a vortex is wound now, 0 to 1: it winds up and unwinds with its field-aligned current."""
    phase = lives * (0.7 + 0.6 * noise.unit_hash(vortex, 3, seed)) + 8.0 * noise.unit_hash(vortex, 4, seed)
    life = ti.floor(phase)
    within = phase - life
    size = 0.25 + 0.75 * noise.unit_hash(vortex, ti.cast(life, ti.i32), seed + 9)
    return size * noise.smooth_step(0.0, 0.55, within) * (1.0 - noise.smooth_step(0.72, 1.0, within))


@ti.func
def ray_contrast(
    along: Length, t: Seconds, speed: Number, activity: Number, px: Length, seed: ti.i32, rays: ti.template()
) -> Number:
    """Return the log-normal factor of the rays, mean about one; octaves finer than two texels are left out."""
    n = 0.0
    variance = 0.0
    for k in range(rays.shape[0]):
        wavelength = rays[k, 0]
        weight = rays[k, 1] * tm.clamp(wavelength / (2.0 * px) - 1.0, 0.0, 1.0)
        if weight > 0.0:
            n += weight * noise.gradient_noise((along - rays[k, 2] * speed * t) / wavelength, t / rays[k, 3], seed + k)
            variance += weight * weight * 0.1  # mean square of the noise is about 0.1
    contrast = 1.5 * tm.clamp(activity, 0.15, 1.0)
    return ti.exp(tm.min(contrast * n, 1.8) - 0.5 * contrast * contrast * variance)


@ti.func
def arc_flux(
    p,
    t: Seconds,
    activity: Number,
    strength: EnergyFlux,
    px: Length,
    seed: ti.i32,
    twists: ti.template(),
    rays: ti.template(),
):
    """Return vec3(hard flux, hard flux x energy, soft flux) of one arc at p = (along, across from its centre line)."""
    q = p
    for level in range(GROUP_TWISTS, twists.shape[0]):
        if twists[level, 0] > 3.0 * px:  # a fold finer than this would only alias
            q = twist(q, t, activity, level, seed + 20 * level, twists)
    natural = 1.0 * ti.exp(0.8 * noise.gradient_noise(q.x / 70.0, t / 60.0, seed + 3)) * (1.2 - 0.5 * activity)
    width = ti.sqrt(natural * natural + 2.2 * px * px)  # 1.3 texels: what the march can sample without noise
    speed = 0.7 + 1.3 * noise.unit_hash(seed, 0, 77)  # km/s, counter-streaming rays: 1 to 3 km/s with the octaves
    flank = noise.smooth_step(-1.0, 1.0, q.y / width)
    east = ray_contrast(q.x, t, speed, activity, px, seed + 5, rays)
    west = ray_contrast(q.x, t, -speed, activity, px, seed + 15, rays)
    streaks = west + (east - west) * flank  # eastward on the poleward flank (E x B about an electron sheet)
    edge = ti.select(q.y < 0.0, 1.45, 0.65) / width  # sharp towards the equator, soft towards the pole
    across = ti.exp(-tm.pow(ti.abs(q.y) * edge, ti.select(q.y < 0.0, 2.0, 1.4)))
    occupied = tm.clamp(0.30 + 1.2 * noise.gradient_noise(q.x / 460.0, t / 260.0, seed + 4) + 0.6 * activity, 0.0, 1.7)
    hard = strength * occupied * across * streaks * natural / width
    energy = tm.clamp(1.2 + 1.5 * ti.sqrt(tm.min(strength * streaks / 8.0, 9.0)), 1.0, 6.0)
    halo = ti.exp(-tm.pow(ti.abs(q.y) / (2.2 * width), 1.5))
    soft = 0.30 * strength * occupied * halo * tm.max(streaks - 0.5, 0.0) * (0.2 + activity) * natural / width
    return tm.vec3(hard, hard * energy, soft)


@ti.func
def group_flux(
    x: Length, y: Length, t: Seconds, px: Length, oval_flux: EnergyFlux, g: ti.i32, track,
    groups: ti.template(), seeds: ti.template(), twists: ti.template(), rays: ti.template(),
):  # fmt: skip
    """Return vec4(hard flux, hard flux x energy, soft flux, thin arcs' part) of one arc group."""
    activity = track.y
    seed = seeds[g]
    p = tm.vec2(x, y - track.x)
    for level in range(GROUP_TWISTS):
        p = twist(p, t, activity, level, seed + 20 * level, twists)
    bright = groups[g, 3] * track.z * tm.clamp(oval_flux / 5.0, 0.2, 2.0)
    glow = bright * (0.25 + 0.5 * activity) * ti.exp(-tm.pow(p.y / groups[g, 2], 2.0))
    total = tm.vec4(glow, 3.0 * glow, 0.0, 0.0)
    count = ti.cast(groups[g, 0], ti.i32)
    for j in range(count):
        s = seed + 300 + 40 * j
        sway = 0.62 * noise.gradient_noise(p.x / 330.0, t / 300.0, s) + 0.25 * noise.gradient_noise(
            p.x / 95.0, t / 90.0, s + 1
        )
        across = p.y - groups[g, 1] * (j - 0.5 * (count - 1) + sway)
        if ti.abs(across) < ARC_REACH_KM + 2.0 * px:
            strength = bright * (4.0 + 24.0 * activity * activity)
            strength /= 1.0 + strength / STRONGEST_ARC
            arc = arc_flux(tm.vec2(p.x, across), t, activity, strength, px, s, twists, rays)
            total += tm.vec4(arc.x, arc.y, arc.z, arc.x)
    return total


@ti.func
def diffuse_flux(x: Length, y: Length, t: Seconds, statistical: EnergyFlux, fraction: Number) -> EnergyFlux:
    """Return the diffuse glow: a part of the statistical oval through a contrasty, drifting mask."""
    warp = tm.vec2(noise.gradient_noise(x / 190.0, y / 90.0, 90), noise.gradient_noise(x / 150.0, y / 70.0, 91))
    broad = noise.gradient_noise((x - 0.5 * t - 0.35 * y) / 260.0 + 0.6 * warp.x, y / 75.0 + 0.6 * warp.y, 93)
    fine = noise.gradient_noise((x - 0.6 * t - 0.2 * y) / 90.0 + 0.7 * warp.x, y / 26.0 + 0.7 * warp.y, 94)
    return statistical * fraction * tm.max(0.8 + 0.9 * broad + 0.3 * fine, 0.1)


@ti.func
def footprint(
    x: Length, y: Length, t: Seconds, px: Length, age: ti.i32, diffuse_fraction: Number, track_axis, oval_axis,
    groups: ti.template(), seeds: ti.template(), twists: ti.template(), rays: ti.template(), tracks: ti.template(),
    oval: ti.template(),
):  # fmt: skip
    """Return vec4(hard flux, hard flux x energy, soft flux, thin arcs' part), mW m-2 and keV, of groups and glow."""
    row, column = (y - oval_axis.y) / oval_axis.w, (x - oval_axis.x) / oval_axis.z
    statistical = lookup.bilinear_plane(oval, row, column, 0)
    mean_energy = tm.clamp(0.5 * lookup.bilinear_plane(oval, row, column, 1), 0.5, 5.0)  # E0 = mean / 2 (Maxwellian)
    glow = diffuse_flux(x, y, t, statistical, diffuse_fraction)
    total = tm.vec4(glow, glow * mean_energy, 0.0, 0.0)
    f = tm.clamp((x - track_axis.x) / track_axis.y, 0.0, tracks.shape[2] - 1.001)
    node = ti.cast(f, ti.i32)
    w = f - node
    for g in range(groups.shape[0]):
        track = tm.vec3(0.0)
        for k in ti.static(range(3)):
            track[k] = tracks[age, g, node, k] * (1.0 - w) + tracks[age, g, node + 1, k] * w
        if ti.abs(y - track.x) < REACH_KM and track.z > 0.0:
            total += group_flux(x, y, t, px, statistical, g, track, groups, seeds, twists, rays)
    return total


@ti.func
def remember(k: ti.i32, age: ti.i32, q, weights: ti.template(), texels: ti.template()):
    """Add the footprint q of one age to texel k: ln energy weighted by flux, hard fluxes, soft fluxes.

    `weights` [age, flux]: the share of this age in each of the texel's fluxes.
    """
    fluxes = weights.shape[1]
    energy = tm.clamp(q.y / tm.max(q.x, 1e-6), 0.3, 15.0)
    for m in range(fluxes):
        w = weights[age, m]
        texels[k, 0] = texels[k, 0] + w * q.x * ti.log(energy)
        texels[k, 1 + m] = texels[k, 1 + m] + w * q.x
        texels[k, 1 + fluxes + m] = texels[k, 1 + fluxes + m] + w * q.z


@ti.kernel
def build_tiles(
    rows: ti.types.ndarray(), tiles: ti.types.ndarray(), cell_km: float, plane_axis: tm.vec3, t: float,
    diffuse_fraction: float, drift_km_s: float, track_axis: tm.vec2, oval_axis: tm.vec4,
    ages: ti.types.ndarray(), weights: ti.types.ndarray(),
    groups: ti.types.ndarray(), seeds: ti.types.ndarray(), twists: ti.types.ndarray(), rays: ti.types.ndarray(),
    tracks: ti.types.ndarray(), oval: ti.types.ndarray(), magnetic: ti.types.ndarray(), texels: ti.types.ndarray(),
    thin: ti.types.ndarray(),
):  # fmt: skip
    """Fill the texels of tiles (laid out as `shaders.aurora` says) from the footprint at several ages.

    `rows` [k, 2] lists (tile, row); `tiles` [k, 4] (cell column, cell row, n, first texel). A tile has (n+3)^2 texels:
    n+1 from edge to edge of its cell and one beyond on every side, so that a look-up never leaves its tile. `ages`
    [age, 2]: s, and blur (texel size, km, below which the footprint is not resolved); `weights` [age, flux]. A place
    has been `drift_km_s` x age farther west on the magnetic map, which stands still under the Sun. `thin` gets the
    brightest of the arcs' parts. `texels` and `thin` come filled with zeros.
    """
    ti.loop_config(block_dim=16)  # without it Taichi hands a CPU loop to one thread
    for r in range(rows.shape[0]):
        tile, row = rows[r, 0], rows[r, 1]
        n = tiles[tile, 2]
        step = cell_km / n
        for column in range(n + 3):
            px_plane = cell_km * tm.vec2(tiles[tile, 0], tiles[tile, 1]) + step * tm.vec2(column - 1, row - 1)
            f = (px_plane.y - plane_axis.y) / plane_axis.z
            g = (px_plane.x - plane_axis.x) / plane_axis.z
            x = lookup.bilinear_plane(magnetic, f, g, 0)
            y = lookup.bilinear_plane(magnetic, f, g, 1)
            k = tiles[tile, 3] + row * (n + 3) + column
            arcs = 0.0
            for age in range(ages.shape[0]):
                back = ages[age, 0]
                q = footprint(
                    x - drift_km_s * back, y, t - back, tm.max(0.9 * step, ages[age, 1]), age, diffuse_fraction,
                    track_axis, oval_axis, groups, seeds, twists, rays, tracks, oval,
                )  # fmt: skip
                remember(k, age, q, weights, texels)
                arcs = tm.max(arcs, q.w)
            flux = 0.0
            for m in range(weights.shape[1]):
                flux += texels[k, 1 + m]
            texels[k, 0] = ti.select(flux > 1e-6, texels[k, 0] / tm.max(flux, 1e-6), ti.log(0.3))
            thin[k] = arcs
