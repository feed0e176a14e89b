"""Light scattered more than once: gathered in moments against altitude and the source's zenith angle, and read back.

Computation: `gather_sunlight` and `gather_diffuse` march all paths of a table (see `render.integrator.sky.diffuse`),
whose transmittances depend on altitude and elevation alone and come ready; `mean_moments` takes their means. Lookup:
`moment_place` and `diffuse_source`. A table [altitude, zenith angle, component, band] holds the logarithm of the mean
radiance in its first component and ratios to that in the others: twilight falls by e in a degree, ratios hardly change.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup, wavelengths
from shaders.definitions import Altitude, Array, Number
from shaders.sky import harmonics, scattering, transmittance
from shaders.sky.harmonics import FIRST, MOMENTS, ORDER
from shaders.sky.transmittance import AEROSOLS

NODE_KM = 0.5  # km between entries of the altitude index
NODE_RAD = 0.5 * tm.pi / 180.0  # between entries of the zenith-angle index
MOLECULAR = 2  # highest l that air without haze asks for
HAZY = 0.002  # share of all scattering in l = 3, times 7, from which haze counts: above it, up to 45 km


class Index:
    """Rows of `index` [2, entry]: fractional nodes of the table at even altitudes and at even zenith angles."""

    ALTITUDE, ZENITH = range(2)


class Span:
    """Columns of `spans` [path, 2]: a path's part of the steps."""

    FIRST_STEP, STEPS = range(2)


class Step:
    """Columns of `steps` [step, 5]: angle around Earth, optical altitude, sine and cosine of the climb, horizon's dip.

    Angles in rad, km.
    """

    ANGLE, ALTITUDE, SINE, COSINE, DIP = range(5)


class Direction:
    """Columns of `direction` [altitude, k, 2]: sine of a path's climb at its start, its share of the sphere."""

    SINE, SHARE = range(2)


Field = ti.types.argpack(moments=Array(), index=Array())
"""The diffuse field: the table `moments` [altitude, zenith angle, component, band], and `index`, see `Index`."""

Paths = ti.types.argpack(spans=Array(), ends=Array(), ground_transmittance=Array(), steps=Array())
"""All paths: `spans`, see `Span`; `ends` [path] angle around Earth of the end, rad; `ground_transmittance` [path, band]
of the whole path times albedo / pi, 0 where it does not end on the ground; `steps`, see `Step`."""

Angles = ti.types.argpack(zenith=Array(), azimuth=Array())
"""Where the source stands, rad: `zenith` [angle] at a path's start, `azimuth` [k] of the path from it."""


@ti.func
def moment_place(h: Altitude, zenith: Number, index: ti.template()):
    """Return the fractional (altitude, zenith angle) node; `index` [2, entry] holds those at even steps."""
    f, g = h / NODE_KM, zenith / NODE_RAD
    i, j = lookup.cell(f, index.shape[1]), lookup.cell(g, index.shape[1])
    u, v = lookup.fraction(f, i, index.shape[1]), lookup.fraction(g, j, index.shape[1])
    return tm.vec2(
        index[Index.ALTITUDE, i] * (1.0 - u) + index[Index.ALTITUDE, i + 1] * u,
        index[Index.ZENITH, j] * (1.0 - v) + index[Index.ZENITH, j + 1] * v,
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
    mean, total = 0.0, 0.0
    for degree in ti.static(range(order + 1)):
        share = 0.0
        for n in ti.static(range(FIRST[degree], FIRST[degree + 1])):
            field = shares.x * table[i, j, n, band] + shares.y * table[i, j + 1, n, band]
            field += shares.z * table[i + 1, j, n, band] + shares.w * table[i + 1, j + 1, n, band]
            if ti.static(n == 0):
                mean, field = wavelengths.exponential(field), 1.0
            share += field * basis[n]
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


@ti.func
def path_end(paths: ti.template(), angles: ti.template(), path: ti.i32, j: ti.i32, k: ti.i32) -> Number:
    """Return the source's zenith angle, rad, at the end of a path."""
    return local_frame(paths.ends[path], tm.vec2(0.0, 1.0), angles.zenith[j], angles.azimuth[k]).x


@ti.func
def step_frame(paths: ti.template(), angles: ti.template(), step: ti.i32, j: ti.i32, k: ti.i32):
    """Return `local_frame` at a step of a path."""
    slope = tm.vec2(paths.steps[step, Step.SINE], paths.steps[step, Step.COSINE])
    return local_frame(paths.steps[step, Step.ANGLE], slope, angles.zenith[j], angles.azimuth[k])


@ti.func
def place_of(ray: ti.i32, out: ti.template()):
    """Return (path, angle, azimuth) of a ray that is counted through `out` [path, angle, azimuth, band]."""
    return ray // (out.shape[2] * out.shape[1]), ray // out.shape[2] % out.shape[1], ray % out.shape[2]


@ti.kernel
def gather_sunlight(
    paths: Paths, weights: Array(), angles: Angles, top: float, sunlight: transmittance.Sunlight, beta2: Array(),
    asymmetry: tm.vec3, ground_irradiance: Array(), out: Array(), begin: int, count: int,
):  # fmt: skip
    """Write radiance [path, angle, azimuth, band] of single-scattered light, and of the ground in sunlight.

    Of `count` rays from `begin`, counted through path, angle and azimuth.
    `weights` [step, 4, band] of air and aerosols; `top` of the air, km; `ground_irradiance` [node, band] of level
    ground against zenith angle.
    """
    for ray in range(begin, begin + count):
        p, j, k = place_of(ray, out)
        foot = path_end(paths, angles, p, j, k) / NODE_RAD
        first, taken = paths.spans[p, Span.FIRST_STEP], paths.spans[p, Span.STEPS]
        for part in range(wavelengths.passes(out.shape[3])):
            base = part * wavelengths.AT_ONCE
            light = wavelengths.Bands(0.0)
            for s in range(first, first + taken):
                at = step_frame(paths, angles, s, j, k)
                h, dip = paths.steps[s, Step.ALTITUDE], paths.steps[s, Step.DIP]
                above = 0.5 * tm.pi - at.x + dip
                place = transmittance.sunlight_place(h, above, dip, sunlight.shadow_angle, top, sunlight.depth.shape[1])
                if place.y > 0.0:
                    aerosol_phase = tm.vec3(0.0, 0.0, 0.0)
                    for a in ti.static(range(AEROSOLS)):
                        aerosol_phase[a] = scattering.henyey_greenstein(at.w, asymmetry[a])
                    for n in range(wavelengths.AT_ONCE):
                        band = base + n
                        scattered = weights[s, 0, band] * scattering.molecular_phase(at.w, beta2[band])
                        for a in ti.static(range(AEROSOLS)):
                            scattered += weights[s, a + 1, band] * aerosol_phase[a]
                        dimmed = lookup.bilinear_plane(sunlight.depth, place.x, place.y, band)
                        light[n] += scattered * wavelengths.exponential(-dimmed)
            for n in range(wavelengths.AT_ONCE):
                through = paths.ground_transmittance[p, base + n]
                if through > 0.0:
                    light[n] += through * lookup.linear_plane(ground_irradiance, foot, base + n)
                out[p, j, k, base + n] = light[n]


@ti.kernel
def gather_diffuse(
    paths: Paths, weights: Array(), angles: Angles, field: Field, ground_irradiance: Array(), out: Array(),
    begin: int, count: int,
):  # fmt: skip
    """Write radiance [path, angle, azimuth, band] of a diffuse field scattered once more.

    Arguments as for `gather_sunlight`, but `weights` [step, l, band], and `ground_irradiance` [zenith node, band] is
    the logarithm of the field's.
    """
    for ray in range(begin, begin + count):
        p, j, k = place_of(ray, out)
        foot = moment_place(0.0, path_end(paths, angles, p, j, k), field.index)
        first, taken = paths.spans[p, Span.FIRST_STEP], paths.spans[p, Span.STEPS]
        for part in range(wavelengths.passes(out.shape[3])):
            base = part * wavelengths.AT_ONCE
            light = wavelengths.Bands(0.0)
            for s in range(first, first + taken):
                at = step_frame(paths, angles, s, j, k)
                place = moment_place(paths.steps[s, Step.ALTITUDE], at.x, field.index)
                basis = harmonics.harmonics(-at.y, -at.z)  # light runs against the line of sight
                a, b = lookup.cell(place.x, field.moments.shape[0]), lookup.cell(place.y, field.moments.shape[1])
                u = lookup.fraction(place.x, a, field.moments.shape[0])
                v = lookup.fraction(place.y, b, field.moments.shape[1])
                shares = cell_shares(u, v)
                if weights[s, MOLECULAR + 1, 0] > HAZY * weights[s, 0, 0]:
                    for n in range(wavelengths.AT_ONCE):
                        light[n] += diffuse_source(field.moments, a, b, shares, basis, weights, s, 0.0, base + n, ORDER)
                else:
                    for n in range(wavelengths.AT_ONCE):
                        light[n] += diffuse_source(
                            field.moments, a, b, shares, basis, weights, s, 0.0, base + n, MOLECULAR
                        )  # fmt: skip
            for n in range(wavelengths.AT_ONCE):
                through = paths.ground_transmittance[p, base + n]
                if through > 0.0:
                    light[n] += through * tm.exp(lookup.linear_plane(ground_irradiance, foot.y, base + n))
                out[p, j, k, base + n] = light[n]


@ti.kernel
def mean_moments(
    radiance: Array(), direction: Array(), azimuth: Array(), moments: Array(), irradiance: Array(),
):  # fmt: skip
    """Write moments [altitude, angle, component, band] of radiance [path, angle, azimuth, band], and irradiance.

    Paths of an altitude follow each other; `direction`: see `Direction`.
    `irradiance` [angle, band]: of level ground, from the first altitude's paths that climb.
    """
    for row in range(moments.shape[0] * moments.shape[1]):
        i, j = row // moments.shape[1], row % moments.shape[1]
        for band in range(moments.shape[3]):
            total, fallen = harmonics.Moments(0.0), 0.0
            for a in range(direction.shape[1]):
                sine = direction[i, a, Direction.SINE]
                cosine = tm.sqrt(tm.max(1.0 - sine * sine, 0.0))
                for k in range(azimuth.shape[0]):
                    light = radiance[i * direction.shape[1] + a, j, k, band]
                    light *= direction[i, a, Direction.SHARE] / azimuth.shape[0]
                    total += light * harmonics.harmonics(-cosine * tm.cos(azimuth[k]), -sine)
                    fallen += light * tm.max(sine, 0.0) * 4.0 * tm.pi
            for n in ti.static(range(MOMENTS)):
                moments[i, j, n, band] = total[n]
            if i == 0:
                irradiance[j, band] = fallen
