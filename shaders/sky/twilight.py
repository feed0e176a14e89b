"""Light of Sun and Moon scattered into given rays: the march behind the sky-view table and the limb's instrument.

Every ray comes as its lowest point (of the whole line, perhaps below ground), its direction, and a shape, see `Shape`.
So the altitude keeps all its figures in single precision however far the camera is.

Rays are straight in optical altitude (see `render.atmosphere.refraction`). The turn that goes with it is given to the
sources instead, the other way round: the ray stays, the Sun rises by the bending gathered so far.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup, wavelengths
from shaders.definitions import Altitude, Array, Length, Number, Real
from shaders.sky import diffuse, harmonics, scattering, transmittance
from shaders.sky.transmittance import AEROSOLS, BENDING, SPECIES, Optics, Species

COARSE_ABOVE_KM = 60.0  # above this the air varies slowly: steps may climb COARSE times as far
COARSE = 4.0
EDGE_SHARE = 0.5  # of the way to the shadow's edge that a step may take
SHORTEST_KM = 2.0  # no step is shortened below this by the shadow's edge
EARTH_KM = 6371.0  # km, IUGG mean radius: a path of this length turns the horizon by one radian


class Shape:
    """Columns of `shapes` [ray, 4]: along a ray |q|^2 - 1 = EXCESS + K2 x^2 with x in km from its lowest point.

    The march goes from x = START to x = END.
    """

    EXCESS, K2, START, END = range(4)


class Aerosol:
    """Columns of `aerosols` [3, 2]: single-scattering albedo, asymmetry (Henyey-Greenstein)."""

    ALBEDO, ASYMMETRY = range(2)


Air = ti.types.vector(SPECIES + 1, Real)
"""Densities of all species and the bending, rad, per km of straight line."""

Rays = ti.types.argpack(lowest=Array(), direction=Array(), shapes=Array())
"""Rays to march: `lowest` [ray, 3] km, `direction` [ray, 3] unit, `shapes`, see `Shape`."""

March = ti.types.struct(inverse_axes=tm.vec3, top=Real, longest=Real, climb=Real, disc_radius=Real)
"""How to march: 1 / semi-axes of the ellipsoid, km-1, and the air's top, km; longest step and climb, km; angular radius
of the sources' discs, rad."""

Sources = ti.types.argpack(toward=Array(), irradiance=Array())
"""What shines: `toward` [source, 3] unit directions, `irradiance` [source, band]."""

Medium = ti.types.argpack(layers=Array(), optics=Array(), aerosols=Array(), degrees=Array())
"""What scatters: `layers` [node, 7] densities of the species and bending, rad km-1, at even altitudes; `optics`
[column, band], columns as `transmittance.Optics`; `aerosols`, see `Aerosol`; `degrees` [node, l, band] scattering,
km-1, of l."""

Scattered = ti.types.argpack(single=Array(), multiple=Array(), path_columns=Array())
"""What comes of it: `single` and `multiple` [ray, band], W m-2 sr-1 nm-1 per unit of irradiance; `path_columns` [ray,
7]: columns of the species, then the bending, rad."""


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
    through: ti.template(), response: ti.template(), base: ti.i32, optics: ti.template(), air,
    length: Length,
):  # fmt: skip
    """Take a step of a ray: lower its transmittance `through`, and set `response`, km: what light made evenly in the
    step leaves to the camera. Both are of the bands from `base` on, as below."""
    for n in range(wavelengths.AT_ONCE):
        depth = 0.0
        for species in ti.static(range(SPECIES)):
            depth += air[species] * optics[species, base + n]
        depth *= length
        share = wavelengths.exponential(-depth)
        mean = ti.select(depth < 0.01, 1.0 - depth * (0.5 - depth / 6.0), (1.0 - share) / tm.max(depth, 0.01))
        response[n] = through[n] * mean * length
        through[n] *= share


@ti.func
def add_single_scattered(
    light: ti.template(), response, base: ti.i32, irradiance: ti.template(), source: ti.i32,
    medium: ti.template(), light_table: ti.template(), air, place_and_cosine,
):  # fmt: skip
    """Add one step's sunlight to `light`: irradiance x transmittance x scattering x step response.

    `air` densities; `place_and_cosine`: place in the sunlight table `light_table`, cosine of the angle between ray and
    source.
    """
    place, cosine = place_and_cosine.xy, place_and_cosine.z
    aerosol_phase = aerosol_phases(medium.aerosols, cosine)
    for n in range(wavelengths.AT_ONCE):
        band = base + n
        molecules = scattering.molecular_phase(cosine, medium.optics[Optics.BETA2, band])
        scattered = air[Species.AIR] * medium.optics[Species.AIR, band] * molecules
        for a in ti.static(range(AEROSOLS)):
            scattered += air[Species.BOUNDARY + a] * medium.optics[Species.BOUNDARY + a, band] * aerosol_phase[a]
        depth = lookup.bilinear_plane(light_table, place.x, place.y, band)
        sunlit = irradiance[source, band] * wavelengths.exponential(-depth)
        light[n] += sunlit * scattered * response[n]


@ti.func
def add_multiply_scattered(
    light: ti.template(), response, base: ti.i32, irradiance: ti.template(), source: ti.i32,
    degrees: ti.template(), moments: ti.template(), place_and_level, basis,
):  # fmt: skip
    """Add one step's light of the diffuse field to `light`.

    `place_and_level`: place in the table `moments`, node of `degrees`.
    """
    place = place_and_level.xy
    a, b = lookup.cell(place.x, moments.shape[0]), lookup.cell(place.y, moments.shape[1])
    u, v = lookup.fraction(place.x, a, moments.shape[0]), lookup.fraction(place.y, b, moments.shape[1])
    shares = diffuse.cell_shares(u, v)
    node = lookup.cell(place_and_level.z, degrees.shape[0])
    part = lookup.fraction(place_and_level.z, node, degrees.shape[0])
    if degrees[node, diffuse.MOLECULAR + 1, 0] > diffuse.HAZY * degrees[node, 0, 0]:
        for n in range(wavelengths.AT_ONCE):
            sent = diffuse.diffuse_source(
                moments, a, b, shares, basis, degrees, node, part, base + n, harmonics.ORDER
            )  # fmt: skip
            light[n] += irradiance[source, base + n] * sent * response[n]
    else:
        for n in range(wavelengths.AT_ONCE):
            sent = diffuse.diffuse_source(
                moments, a, b, shares, basis, degrees, node, part, base + n, diffuse.MOLECULAR
            )  # fmt: skip
            light[n] += irradiance[source, base + n] * sent * response[n]


@ti.func
def field_basis(d, source, vertical):
    """Return the harmonics of the direction of light along a line of sight; the frame is `diffuse`'s."""
    rise, height, cosine = tm.dot(d, vertical), tm.dot(source, vertical), tm.dot(d, source)
    flat = tm.sqrt(tm.max(1.0 - rise * rise, 0.0))
    along = (cosine - height * rise) / tm.sqrt(tm.max(1.0 - height * height, 1.0e-12))
    return harmonics.harmonics(-tm.clamp(along, -flat, flat), -rise)  # light runs against the line of sight


@ti.func
def aerosol_phases(aerosols: ti.template(), cosine: Number):
    """Return the aerosols' phase functions, sr-1, x single-scattering albedo."""
    phases = tm.vec3(0.0, 0.0, 0.0)
    for a in ti.static(range(AEROSOLS)):
        asymmetry = aerosols[a, Aerosol.ASYMMETRY]
        phases[a] = aerosols[a, Aerosol.ALBEDO] * scattering.henyey_greenstein(cosine, asymmetry)
    return phases


@ti.func
def source_at(toward: ti.template(), s: ti.i32, d, up, turn: Number):
    """Return the direction of source s as the straight ray sees it after a bending."""
    return turned(tm.vec3(toward[s, 0], toward[s, 1], toward[s, 2]), d, up, turn)


@ti.func
def shadow_step(
    p, excess: Number, h: Altitude, march, d, up, turn: Number, toward: ti.template(), shadow_angle: ti.template()
) -> Length:
    """Return the step that the nearest edge of the Earth's shadow allows."""
    allowed = EARTH_KM
    farthest = lookup.linear(shadow_angle, transmittance.altitude_row(h, march.top, shadow_angle.shape[0]))
    for s in range(toward.shape[0]):
        above = source_above(p, march.inverse_axes, excess, source_at(toward, s, d, up, turn))
        allowed = tm.min(allowed, edge_step(above, farthest, march.disc_radius))
    return allowed


@ti.kernel
def march_rays(
    rays: Rays, march: March, sources: Sources, medium: Medium, sunlight: transmittance.Sunlight,
    field: diffuse.Field, out: Scattered, first: int, count: int,
):  # fmt: skip
    """Write what `count` rays from `first` gather and pass into `out`."""
    for ray in range(first, first + count):
        p0 = tm.vec3(rays.lowest[ray, 0], rays.lowest[ray, 1], rays.lowest[ray, 2])
        d = tm.vec3(rays.direction[ray, 0], rays.direction[ray, 1], rays.direction[ray, 2])
        up = p0 - tm.dot(p0, d) * d
        up /= tm.max(tm.length(up), 1.0e-3)  # a ray through Earth's centre is not bent
        excess, k2 = rays.shapes[ray, Shape.EXCESS], rays.shapes[ray, Shape.K2]
        columns = Air(0.0)
        for part in range(wavelengths.passes(out.single.shape[1])):
            base = part * wavelengths.AT_ONCE
            once, again, response = wavelengths.Bands(0.0), wavelengths.Bands(0.0), wavelengths.Bands(0.0)
            through = wavelengths.Bands(1.0)
            columns = Air(0.0)
            x, end = rays.shapes[ray, Shape.START], rays.shapes[ray, Shape.END]
            while x < end:
                p = p0 + x * d
                f = excess + k2 * x * x
                h = transmittance.altitude_of_excess(p, f)
                ds = step_length(x, tm.length(p), h, k2, march.longest, march.climb)
                allowed = shadow_step(p, f, h, march, d, up, columns[BENDING], sources.toward, sunlight.shadow_angle)
                ds = tm.min(tm.min(ds, allowed), end - x)
                p = p0 + (x + 0.5 * ds) * d
                f = excess + k2 * (x + 0.5 * ds) ** 2
                h = transmittance.altitude_of_excess(p, f)
                dip = transmittance.horizon_dip(f)
                vertical = tm.normalize(march.inverse_axes * (march.inverse_axes * p))
                air = air_at(medium.layers, h, march.top)
                air[BENDING] *= tm.length(tm.cross(d, vertical))
                pass_step(through, response, base, medium.optics, air, ds)
                for s in range(sources.toward.shape[0]):
                    source = source_at(sources.toward, s, d, up, columns[BENDING] + 0.5 * ds * air[BENDING])
                    above, cosine = source_above(p, march.inverse_axes, f, source), tm.dot(d, source)
                    place = transmittance.sunlight_place(
                        h, above, dip, sunlight.shadow_angle, march.top, sunlight.depth.shape[1]
                    )
                    if place.y > 0.0:
                        add_single_scattered(
                            once, response, base, sources.irradiance, s, medium, sunlight.depth, air,
                            tm.vec3(place, cosine),
                        )  # fmt: skip
                    place = diffuse.moment_place(h, 0.5 * tm.pi + dip - above, field.index)
                    if place.y < field.moments.shape[1] - 1.001:
                        level = tm.clamp(h / march.top, 0.0, 1.0) * (medium.degrees.shape[0] - 1.0)
                        add_multiply_scattered(
                            again, response, base, sources.irradiance, s, medium.degrees, field.moments,
                            tm.vec3(place, level), field_basis(d, source, vertical),
                        )  # fmt: skip
                columns += air * ds
                x += ds
            for n in range(wavelengths.AT_ONCE):
                out.single[ray, base + n], out.multiple[ray, base + n] = once[n], again[n]
        for k in ti.static(range(SPECIES + 1)):
            out.path_columns[ray, k] = columns[k]
