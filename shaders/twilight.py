"""Light scattered once into many given rays: the march behind the sky-view table and the skylight on the ground.

Every ray comes as its lowest point (of the whole line, perhaps below ground), its direction, and a shape (F, k2, from,
to): along it |q|^2 - 1 = F + k2 x^2 with x in km from the lowest point; the march goes from x = from to x = to. So the
altitude keeps all its figures in single precision however far the camera is.

Sources [source, 7]: unit direction, unit direction in scaled space, angular radius.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup, scattering, transmittance
from shaders.definitions import Altitude, Length, Number

COARSE_ABOVE_KM = 60.0  # above this the air varies slowly: steps may climb COARSE times as far
COARSE = 4.0
EDGE_SHARE = 0.5  # of the way to the shadow's edge that a step may take
SHORTEST_KM = 2.0  # no step is shortened below this by the shadow's edge
EARTH_KM = 6371.0  # km, IUGG mean radius: a path of this length turns the horizon by one radian


@ti.func
def step_length(x: Length, radius: Length, h: Altitude, k2: Number, longest: Length, climb: Length) -> Length:
    """Return a step that is not too long and does not climb too far; dh/dx = radius k2 x to first order."""
    allowed = ti.select(h > COARSE_ABOVE_KM, COARSE * climb, climb)
    slope = radius * k2 * ti.abs(x)
    return tm.min(longest, allowed / tm.max(slope, 1.0e-6))


@ti.func
def toward(sources: ti.template(), s: ti.i32):
    """Return the unit direction of source s."""
    return tm.vec3(sources[s, 0], sources[s, 1], sources[s, 2])


@ti.func
def source_above(p, inverse_axes, excess: Number, sources: ti.template(), s: ti.i32) -> Number:
    """Return the angle of source s above the horizon of p, rad."""
    return transmittance.above_horizon(inverse_axes * p, tm.vec3(sources[s, 3], sources[s, 4], sources[s, 5]), excess)


@ti.func
def edge_step(p, inverse_axes, excess: Number, sources: ti.template()) -> Length:
    """Return the step that Earth's shadow allows: part of the way to the nearest edge, and no less than its blur."""
    allowed = EARTH_KM
    for s in range(sources.shape[0]):
        above = ti.abs(source_above(p, inverse_axes, excess, sources, s))
        allowed = tm.min(allowed, EDGE_SHARE * tm.max(above, sources[s, 6]) * EARTH_KM)
    return tm.max(allowed, SHORTEST_KM)


@ti.func
def density(table: ti.template(), h: Altitude, top: Altitude):
    """Return the densities (air, ozone, aerosol) at altitude h from a table with even spacing up to the top."""
    f = tm.clamp(h / top, 0.0, 1.0) * (table.shape[0] - 1.0)
    i = lookup.cell(f, table.shape[0])
    u = lookup.fraction(f, i, table.shape[0])
    n = tm.vec3(0.0, 0.0, 0.0)
    for k in ti.static(range(3)):
        n[k] = table[i, k] * (1.0 - u) + table[i + 1, k] * u
    return n


@ti.func
def add_scattered(
    out: ti.template(), ray: ti.i32, irradiance: ti.template(), source: ti.i32, optics: ti.template(), n, path, seen,
    light: Number, haze: Number, cosine: Number,
):  # fmt: skip
    """Add one step's light to out [ray, band]: source x transmittance x scattering x length.

    `n` densities, `path` columns of this step, `seen` columns passed (to the source and to the camera's side of the
    step), `light` length x visible share, `haze` the aerosol's phase function x albedo.
    """
    for band in range(out.shape[1]):
        k = transmittance.coefficient(optics, band)
        phase = scattering.molecular_phase(cosine, optics[band, 3])
        scattered = n.x * k.x * phase + n.z * k.z * haze
        through = tm.exp(-tm.dot(seen, k)) * transmittance.mean_transmittance(tm.dot(path, k))
        out[ray, band] = out[ray, band] + irradiance[source, band] * light * scattered * through


@ti.kernel
def march_rays(
    lowest: ti.types.ndarray(), direction: ti.types.ndarray(), shape: ti.types.ndarray(), inverse_axes: tm.vec3,
    top: float, longest: float, climb: float, sources: ti.types.ndarray(), irradiance: ti.types.ndarray(),
    densities: ti.types.ndarray(), columns: ti.types.ndarray(), optics: ti.types.ndarray(), haze: tm.vec2,
    out: ti.types.ndarray(), passed: ti.types.ndarray(),
):  # fmt: skip
    """Write out [ray, band], W m-2 sr-1 nm-1 per unit of `irradiance` [source, band], and passed [ray, 3] columns.

    `optics` [band, 4]: extinction km-1 per unit density of air, ozone, aerosol; beta2. `haze`: aerosol's single
    scattering albedo, asymmetry. `longest`, `climb`: the step rule, km.
    """
    for ray in range(out.shape[0]):
        p0 = tm.vec3(lowest[ray, 0], lowest[ray, 1], lowest[ray, 2])
        d = tm.vec3(direction[ray, 0], direction[ray, 1], direction[ray, 2])
        excess, k2, x, end = shape[ray, 0], shape[ray, 1], shape[ray, 2], shape[ray, 3]
        for band in range(out.shape[1]):
            out[ray, band] = 0.0
        seen = tm.vec3(0.0, 0.0, 0.0)
        while x < end:
            p = p0 + x * d
            f = excess + k2 * x * x
            h = transmittance.altitude_of_excess(p, f)
            ds = step_length(x, tm.length(p), h, k2, longest, climb)
            ds = tm.min(tm.min(ds, edge_step(p, inverse_axes, f, sources)), end - x)
            middle = x + 0.5 * ds
            p = p0 + middle * d
            f = excess + k2 * middle * middle
            h = transmittance.altitude_of_excess(p, f)
            dip = transmittance.horizon_dip(f)
            n = density(densities, h, top)
            for s in range(sources.shape[0]):
                above = source_above(p, inverse_axes, f, sources, s)
                lit = transmittance.visible_fraction(above, sources[s, 6])
                if lit > 0.0:
                    cosine = tm.dot(d, toward(sources, s))
                    blurred = haze.x * scattering.henyey_greenstein(cosine, haze.y)
                    sunward = transmittance.columns_to_source(columns, h, above, dip, top)
                    add_scattered(out, ray, irradiance, s, optics, n, n * ds, seen + sunward, ds * lit, blurred, cosine)
            seen += n * ds
            x += ds
        for k in ti.static(range(3)):
            passed[ray, k] = seen[k]
