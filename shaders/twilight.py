"""Light of Sun and Moon scattered into given rays: the march behind the sky-view table and the limb's instrument.

Every ray comes as its lowest point (of the whole line, perhaps below ground), its direction, and a shape (F, k2, from,
to): along it |q|^2 - 1 = F + k2 x^2 with x in km from the lowest point; the march goes from x = from to x = to. So the
altitude keeps all its figures in single precision however far the camera is.

Rays are straight in optical altitude (see `render.atmosphere.refraction`). The turn that goes with it is given to the
sources instead, the other way round: the ray stays, the Sun rises by the bending gathered so far.
"""

import taichi as ti
import taichi.math as tm

from shaders import diffuse, harmonics, lookup, scattering, transmittance
from shaders.definitions import Altitude, Length, Number
from shaders.transmittance import AEROSOLS, SPECIES

COARSE_ABOVE_KM = 60.0  # above this the air varies slowly: steps may climb COARSE times as far
COARSE = 4.0
EDGE_SHARE = 0.5  # of the way to the shadow's edge that a step may take
SHORTEST_KM = 2.0  # no step is shortened below this by the shadow's edge
EARTH_KM = 6371.0  # km, IUGG mean radius: a path of this length turns the horizon by one radian
Air = ti.types.vector(SPECIES + 1, float)
"""Densities of all species and the bending, rad, per km of straight line."""


@ti.func
def step_length(x: Length, radius: Length, h: Altitude, k2: Number, longest: Length, climb: Length) -> Length:
    """Return a step that is not too long and does not climb too far; dh/dx = radius k2 x to first order."""
    allowed = ti.select(h > COARSE_ABOVE_KM, COARSE * climb, climb)
    slope = radius * k2 * ti.abs(x)
    return tm.min(longest, allowed / tm.max(slope, 1.0e-6))


@ti.func
def turned(source, d, up, turn: Number):
    """Return a source as the straight ray along `d` sees it: raised towards `up` by the ray's bending, rad."""
    along, above = tm.dot(source, d), tm.dot(source, up)
    c, s = tm.cos(turn), tm.sin(turn)
    return source + (along * (c - 1.0) - above * s) * d + (above * (c - 1.0) + along * s) * up


@ti.func
def source_above(p, inverse_axes, excess: Number, source) -> Number:
    """Return the angle of a source above the apparent horizon of p, rad; straight lines in optical altitude."""
    return transmittance.above_horizon(inverse_axes * p, tm.normalize(inverse_axes * source), excess)


@ti.func
def edge_step(above: Number, farthest: Number, radius: Number) -> Length:
    """Return the step that the edge of the Earth's shadow allows: part of the way to it, and no less than its blur."""
    distance = ti.abs(above + farthest - radius)
    return tm.max(EDGE_SHARE * tm.max(distance, radius) * EARTH_KM, SHORTEST_KM)


@ti.func
def air_at(table: ti.template(), h: Altitude, top: Altitude):
    """Return the densities and the bending at altitude h from a table with even spacing up to the top."""
    f = tm.clamp(h / top, 0.0, 1.0) * (table.shape[0] - 1.0)
    i = lookup.cell(f, table.shape[0])
    u = lookup.fraction(f, i, table.shape[0])
    found = Air(0.0)
    for k in ti.static(range(SPECIES + 1)):
        found[k] = table[i, k] * (1.0 - u) + table[i + 1, k] * u
    return found


@ti.func
def pass_step(
    left: ti.template(), weight: ti.template(), ray: ti.i32, optics: ti.template(), air, length: Length
):  # fmt: skip
    """Take a step: `weight` [ray, band], what light made evenly in it leaves to the camera; `left` beyond it."""
    for band in range(left.shape[1]):
        depth = 0.0
        for species in ti.static(range(SPECIES)):
            depth += air[species] * optics[band, species]
        depth *= length
        share = tm.exp(-depth)
        mean = ti.select(depth < 0.01, 1.0 - depth * (0.5 - depth / 6.0), (1.0 - share) / tm.max(depth, 0.01))
        weight[ray, band] = left[ray, band] * mean * length
        left[ray, band] = left[ray, band] * share


@ti.func
def add_scattered_once(
    out: ti.template(), weight: ti.template(), ray: ti.i32, irradiance: ti.template(), source: ti.i32,
    optics: ti.template(), air, place, depth: ti.template(), haze, cosine: Number,
):  # fmt: skip
    """Add one step's sunlight to out [ray, band]: irradiance x transmittance x scattering x weight.

    `air` densities; `place` in the sunlight table `depth`; `haze` the aerosols' phase functions x albedo.
    """
    for band in range(out.shape[1]):
        scattered = air[0] * optics[band, 0] * scattering.molecular_phase(cosine, optics[band, SPECIES])
        for a in ti.static(range(AEROSOLS)):
            scattered += air[SPECIES - AEROSOLS + a] * optics[band, SPECIES - AEROSOLS + a] * haze[a]
        lit = irradiance[source, band] * tm.exp(-lookup.bilinear_plane(depth, place.x, place.y, band))
        out[ray, band] = out[ray, band] + lit * scattered * weight[ray, band]


@ti.func
def add_scattered_often(
    out: ti.template(), weight: ti.template(), ray: ti.i32, irradiance: ti.template(), source: ti.i32, h: Altitude,
    top: Altitude, place, basis, degrees: ti.template(), moments: ti.template(),
):  # fmt: skip
    """Add one step's light of the diffuse field to out [ray, band]; `place` in the table `moments`."""
    a, b = lookup.cell(place.x, moments.shape[0]), lookup.cell(place.y, moments.shape[1])
    u, v = lookup.fraction(place.x, a, moments.shape[0]), lookup.fraction(place.y, b, moments.shape[1])
    shares = diffuse.cell_shares(u, v)
    f = tm.clamp(h / top, 0.0, 1.0) * (degrees.shape[0] - 1.0)
    node = lookup.cell(f, degrees.shape[0])
    part = lookup.fraction(f, node, degrees.shape[0])
    hazy = degrees[node, diffuse.MOLECULAR + 1, 0] > diffuse.HAZY * degrees[node, 0, 0]
    for band in range(out.shape[1]):
        light = 0.0
        if hazy:
            light = diffuse.diffuse_source(moments, a, b, shares, basis, degrees, node, part, band, harmonics.ORDER)
        else:
            light = diffuse.diffuse_source(moments, a, b, shares, basis, degrees, node, part, band, diffuse.MOLECULAR)
        out[ray, band] = out[ray, band] + irradiance[source, band] * light * weight[ray, band]


@ti.func
def field_basis(d, source, vertical):
    """Return the harmonics of the direction of light along a line of sight; the frame is `diffuse`'s."""
    rise, height, cosine = tm.dot(d, vertical), tm.dot(source, vertical), tm.dot(d, source)
    flat = tm.sqrt(tm.max(1.0 - rise * rise, 0.0))
    along = (cosine - height * rise) / tm.sqrt(tm.max(1.0 - height * height, 1.0e-12))
    return harmonics.harmonics(-tm.clamp(along, -flat, flat), -rise)  # light runs against the line of sight


@ti.func
def haze_phases(haze: ti.template(), cosine: Number):
    """Return the aerosols' phase functions x single-scattering albedo; `haze` [3, 2] albedo, asymmetry."""
    phases = tm.vec3(0.0, 0.0, 0.0)
    for a in ti.static(range(AEROSOLS)):
        phases[a] = haze[a, 0] * scattering.henyey_greenstein(cosine, haze[a, 1])
    return phases


@ti.func
def source_at(sources: ti.template(), s: ti.i32, d, up, turn: Number):
    """Return the direction of source s as the straight ray sees it after a bending."""
    return turned(tm.vec3(sources[s, 0], sources[s, 1], sources[s, 2]), d, up, turn)


@ti.func
def shadow_step(
    p, inverse_axes, excess: Number, h: Altitude, top: Altitude, radius: Number, d, up, turn: Number,
    sources: ti.template(), reach: ti.template(),
) -> Length:  # fmt: skip
    """Return the step that the nearest edge of the Earth's shadow allows."""
    allowed = EARTH_KM
    farthest = lookup.linear(reach, transmittance.altitude_row(h, top, reach.shape[0]))
    for s in range(sources.shape[0]):
        above = source_above(p, inverse_axes, excess, source_at(sources, s, d, up, turn))
        allowed = tm.min(allowed, edge_step(above, farthest, radius))
    return allowed


@ti.kernel
def march_rays(
    lowest: ti.types.ndarray(), direction: ti.types.ndarray(), shape: ti.types.ndarray(), inverse_axes: tm.vec3,
    top: float, longest: float, climb: float, radius: float, sources: ti.types.ndarray(),
    irradiance: ti.types.ndarray(), layers: ti.types.ndarray(),
    depth: ti.types.ndarray(), reach: ti.types.ndarray(), optics: ti.types.ndarray(),
    haze: ti.types.ndarray(), degrees: ti.types.ndarray(), moments: ti.types.ndarray(), index: ti.types.ndarray(),
    once: ti.types.ndarray(), often: ti.types.ndarray(), left: ti.types.ndarray(), weight: ti.types.ndarray(),
    passed: ti.types.ndarray(),
):  # fmt: skip
    """Write once and often [ray, band], W m-2 sr-1 nm-1 per unit of `irradiance` [source, band], and passed [ray, 7].

    `sources` [source, 3] unit directions; `layers` [node, 7] densities and bending; `depth`, `reach`: the sunlight
    table; `optics` [band, 7]: extinction km-1 per unit density of each species, beta2; `haze` [3, 2]; `degrees`,
    `moments`, `index`: the diffuse field. `longest`, `climb`: the step rule, km; `radius` of the sources' discs, rad.
    `left` [ray, band]: transmittance of the whole way; `weight`: room for as much. `passed`: columns of the species,
    then the bending, rad.
    """
    for ray in range(once.shape[0]):
        p0 = tm.vec3(lowest[ray, 0], lowest[ray, 1], lowest[ray, 2])
        d = tm.vec3(direction[ray, 0], direction[ray, 1], direction[ray, 2])
        up = p0 - tm.dot(p0, d) * d
        up /= tm.max(tm.length(up), 1.0e-3)  # a ray through Earth's centre is not bent
        excess, k2, x, end = shape[ray, 0], shape[ray, 1], shape[ray, 2], shape[ray, 3]
        for band in range(once.shape[1]):
            once[ray, band], often[ray, band], left[ray, band] = 0.0, 0.0, 1.0
        seen = Air(0.0)
        while x < end:
            p = p0 + x * d
            f = excess + k2 * x * x
            h = transmittance.altitude_of_excess(p, f)
            ds = step_length(x, tm.length(p), h, k2, longest, climb)
            ds = tm.min(ds, shadow_step(p, inverse_axes, f, h, top, radius, d, up, seen[SPECIES], sources, reach))
            ds = tm.min(ds, end - x)
            p = p0 + (x + 0.5 * ds) * d
            f = excess + k2 * (x + 0.5 * ds) ** 2
            h = transmittance.altitude_of_excess(p, f)
            dip = transmittance.horizon_dip(f)
            vertical = tm.normalize(inverse_axes * (inverse_axes * p))
            air = air_at(layers, h, top)
            air[SPECIES] *= tm.length(tm.cross(d, vertical))
            pass_step(left, weight, ray, optics, air, ds)
            for s in range(sources.shape[0]):
                source = source_at(sources, s, d, up, seen[SPECIES] + 0.5 * ds * air[SPECIES])
                above, cosine = source_above(p, inverse_axes, f, source), tm.dot(d, source)
                place = transmittance.sunlight_place(h, above, dip, reach, top, depth.shape[1])
                if place.y > 0.0:
                    phases = haze_phases(haze, cosine)
                    add_scattered_once(once, weight, ray, irradiance, s, optics, air, place, depth, phases, cosine)
                field = diffuse.moment_place(h, 0.5 * tm.pi + dip - above, index)
                if field.y < moments.shape[1] - 1.001:
                    basis = field_basis(d, source, vertical)
                    add_scattered_often(often, weight, ray, irradiance, s, h, top, field, basis, degrees, moments)
            seen += air * ds
            x += ds
        for k in ti.static(range(SPECIES + 1)):
            passed[ray, k] = seen[k]
