"""Light scattered more than once: gathered in moments against altitude and the source's zenith angle, and read back.

Computation: `gather_sunlight` and `gather_diffuse` march all paths of a table (see `render.integrator.sky.diffuse`),
whose transmittances depend on altitude and elevation alone and come ready; `mean_moments` takes their means. Lookup:
`moment_place` and `diffuse_source`. A table [altitude, zenith angle, band] of vectors holds the logarithm of the mean
radiance in its first component and ratios to that in the others: twilight falls by e in a degree, ratios hardly change.
"""

import taichi as ti
import taichi.math as tm

from shaders import harmonics, lookup, scattering, transmittance
from shaders.definitions import Altitude, Number
from shaders.harmonics import FIRST, MOMENTS, ORDER

NODE_KM = 0.5  # km between entries of the altitude index
NODE_RAD = 0.5 * tm.pi / 180.0  # between entries of the zenith-angle index
MOLECULAR = 2  # highest l that air without haze asks for
HAZY = 0.002  # share of all scattering in l = 3, times 7, from which haze counts: above it, up to 45 km


@ti.func
def moment_place(h: Altitude, zenith: Number, index: ti.template()):
    """Return the fractional (altitude, zenith angle) node; `index` [2, entry] holds those at even steps."""
    f, g = h / NODE_KM, zenith / NODE_RAD
    i, j = lookup.cell(f, index.shape[1]), lookup.cell(g, index.shape[1])
    u, v = lookup.fraction(f, i, index.shape[1]), lookup.fraction(g, j, index.shape[1])
    return tm.vec2(
        index[0, i] * (1.0 - u) + index[0, i + 1] * u,
        index[1, j] * (1.0 - v) + index[1, j + 1] * v,
    )


@ti.func
def cell_shares(u: Number, v: Number):
    """Return the bilinear shares of a cell's corners."""
    return tm.vec4((1.0 - u) * (1.0 - v), (1.0 - u) * v, u * (1.0 - v), u * v)


@ti.func
def diffuse_source(
    table: ti.template(), i: ti.i32, j: ti.i32, shares, basis, weights: ti.template(), node: ti.i32, part: Number,
    band: ti.i32, order: ti.template(),
) -> Number:  # fmt: skip
    """Return what scatterers send on of the diffuse field up to l = order; `weights` [node, l, band] at node + part."""
    field = shares.x * table[i, j, band] + shares.y * table[i, j + 1, band]
    field += shares.z * table[i + 1, j, band] + shares.w * table[i + 1, j + 1, band]
    mean = tm.exp(field[0])
    field[0] = 1.0
    total = 0.0
    for degree in ti.static(range(order + 1)):
        share = 0.0
        for n in ti.static(range(FIRST[degree], FIRST[degree + 1])):
            share += field[n] * basis[n]
        weight = weights[node, degree, band] * (1.0 - part)
        if part > 0.0:
            weight += weights[node + 1, degree, band] * part
        total += weight * share
    return total * mean


@ti.func
def local_frame(theta: Number, slope, zenith: Number, azimuth: Number):
    """Return vec4(zenith angle of the source, the ray's x and z components there, its cosine to the source).

    A ray leaves a point at which the source has this zenith angle and the ray this azimuth from it; at an angle theta
    on around Earth's centre it climbs by `slope` (sine, cosine).
    """
    up = tm.cos(zenith) * tm.cos(theta) + tm.sin(zenith) * tm.cos(azimuth) * tm.sin(theta)
    ahead = tm.sin(zenith) * tm.cos(azimuth) * tm.cos(theta) - tm.cos(zenith) * tm.sin(theta)
    cosine = slope.x * up + slope.y * ahead
    level = tm.sqrt(tm.max(1.0 - up * up, 1.0e-12))
    along = tm.clamp((cosine - up * slope.x) / level, -slope.y, slope.y)  # in the zenith of the source: undefined
    return tm.vec4(tm.acos(tm.clamp(up, -1.0, 1.0)), along, slope.x, cosine)


@ti.kernel
def gather_sunlight(
    paths: ti.types.ndarray(), ends: ti.types.ndarray(), left: ti.types.ndarray(), steps: ti.types.ndarray(),
    weights: ti.types.ndarray(), angles: ti.types.ndarray(), azimuths: ti.types.ndarray(), top: float,
    depth: ti.types.ndarray(), reach: ti.types.ndarray(), beta2: ti.types.ndarray(), asymmetry: tm.vec3,
    ground: ti.types.ndarray(), out: ti.types.ndarray(),
):  # fmt: skip
    """Write radiance [path, angle, azimuth, band] of light scattered once, and of the ground in sunlight.

    `paths` [path, 2] first step and count; `ends` [path] angle around Earth of the end; `left` [path, band] what
    reaches the start from the ground, 0 where there is none, times albedo / pi; `steps` [step, 5] angle around Earth,
    optical altitude, sine and cosine of the climb, dip of the horizon; `weights` [step, 4, band] of air and aerosols;
    `ground` [node, band] irradiance against zenith angle.
    """
    for ray in range(out.shape[0] * out.shape[1] * out.shape[2]):
        k = ray % out.shape[2]
        j = ray // out.shape[2] % out.shape[1]
        p = ray // (out.shape[2] * out.shape[1])
        end = local_frame(ends[p], tm.vec2(0.0, 1.0), angles[j], azimuths[k])
        for band in range(out.shape[3]):
            light = 0.0
            if left[p, band] > 0.0:
                light = left[p, band] * lookup.linear_plane(ground, end.x / NODE_RAD, band)
            out[p, j, k, band] = light
        for s in range(paths[p, 0], paths[p, 0] + paths[p, 1]):
            at = local_frame(steps[s, 0], tm.vec2(steps[s, 2], steps[s, 3]), angles[j], azimuths[k])
            above = 0.5 * tm.pi - at.x + steps[s, 4]
            place = transmittance.sunlight_place(steps[s, 1], above, steps[s, 4], reach, top, depth.shape[1])
            if place.y > 0.0:
                haze = tm.vec3(0.0, 0.0, 0.0)
                for a in ti.static(range(3)):
                    haze[a] = scattering.henyey_greenstein(at.w, asymmetry[a])
                for band in range(out.shape[3]):
                    lit = weights[s, 0, band] * scattering.molecular_phase(at.w, beta2[band])
                    for a in ti.static(range(3)):
                        lit += weights[s, a + 1, band] * haze[a]
                    sun = tm.exp(-lookup.bilinear_plane(depth, place.x, place.y, band))
                    out[p, j, k, band] = out[p, j, k, band] + lit * sun


@ti.kernel
def gather_diffuse(
    paths: ti.types.ndarray(), ends: ti.types.ndarray(), left: ti.types.ndarray(), steps: ti.types.ndarray(),
    weights: ti.types.ndarray(), angles: ti.types.ndarray(), azimuths: ti.types.ndarray(),
    table: ti.types.ndarray(), index: ti.types.ndarray(), ground: ti.types.ndarray(), out: ti.types.ndarray(),
):  # fmt: skip
    """Write radiance [path, angle, azimuth, band] of a diffuse field scattered once more.

    Arguments as for `gather_sunlight`, but `weights` [step, l, band] and the field: `table`, `index`, and `ground`
    [zenith node, band], the logarithm of its irradiance of the ground.
    """
    for ray in range(out.shape[0] * out.shape[1] * out.shape[2]):
        k = ray % out.shape[2]
        j = ray // out.shape[2] % out.shape[1]
        p = ray // (out.shape[2] * out.shape[1])
        end = local_frame(ends[p], tm.vec2(0.0, 1.0), angles[j], azimuths[k])
        foot = moment_place(0.0, end.x, index)
        for band in range(out.shape[3]):
            light = 0.0
            if left[p, band] > 0.0:
                light = left[p, band] * tm.exp(lookup.linear_plane(ground, foot.y, band))
            out[p, j, k, band] = light
        for s in range(paths[p, 0], paths[p, 0] + paths[p, 1]):
            at = local_frame(steps[s, 0], tm.vec2(steps[s, 2], steps[s, 3]), angles[j], azimuths[k])
            place = moment_place(steps[s, 1], at.x, index)
            basis = harmonics.harmonics(-at.y, -at.z)  # light runs against the line of sight
            a, b = lookup.cell(place.x, table.shape[0]), lookup.cell(place.y, table.shape[1])
            shares = cell_shares(
                lookup.fraction(place.x, a, table.shape[0]), lookup.fraction(place.y, b, table.shape[1])
            )
            hazy = weights[s, MOLECULAR + 1, 0] > HAZY * weights[s, 0, 0]
            for band in range(out.shape[3]):
                light = 0.0
                if hazy:
                    light = diffuse_source(table, a, b, shares, basis, weights, s, 0.0, band, ORDER)
                else:
                    light = diffuse_source(table, a, b, shares, basis, weights, s, 0.0, band, MOLECULAR)
                out[p, j, k, band] = out[p, j, k, band] + light


@ti.kernel
def mean_moments(
    radiance: ti.types.ndarray(), direction: ti.types.ndarray(), azimuths: ti.types.ndarray(),
    moments: ti.types.ndarray(), irradiance: ti.types.ndarray(),
):  # fmt: skip
    """Write moments [altitude, angle, component, band] of radiance [path, angle, azimuth, band], and irradiance.

    Paths of an altitude follow each other; `direction` [altitude, k, 2]: sine of the climb, share of the sphere.
    `irradiance` [angle, band]: of level ground, from the first altitude's paths that climb.
    """
    for row in range(moments.shape[0] * moments.shape[1]):
        i, j = row // moments.shape[1], row % moments.shape[1]
        for band in range(moments.shape[3]):
            total, fallen = harmonics.Moments(0.0), 0.0
            for a in range(direction.shape[1]):
                sine = direction[i, a, 0]
                cosine = tm.sqrt(tm.max(1.0 - sine * sine, 0.0))
                for k in range(azimuths.shape[0]):
                    light = radiance[i * direction.shape[1] + a, j, k, band]
                    light *= direction[i, a, 1] / azimuths.shape[0]
                    total += light * harmonics.harmonics(-cosine * tm.cos(azimuths[k]), -sine)
                    fallen += light * tm.max(sine, 0.0) * 4.0 * tm.pi
            for n in ti.static(range(MOMENTS)):
                moments[i, j, n, band] = total[n]
            if i == 0:
                irradiance[j, band] = fallen
