"""What a pixel sees through and behind the air: path light by look-up, the ground, the discs of Sun and Moon.

Computation: `shaders.sky.twilight.march_rays`. Precomputation: `render.integrator.sky.sky_view`, a table [row, azimuth,
band] of log(path radiance + floor), and one of columns and bending. Lookup: here; `view_row` inverts `row_angles`
(tested as a pair). Rows count by the angle from the horizon in scaled space (see `shaders.sky.transmittance`): the
first block is ground from horizon to nadir, the second is air from horizon upward, so that nothing is blended across
the edge.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup
from shaders.definitions import Array, Number, Real
from shaders.sky.transmittance import BENDING, SPECIES, Optics
from shaders.view import View, pixel_direction

FLOOR_MARGIN = 1.0001  # roundings of log and exp must not leave light in the dark
GROUND_POWER = 3.0  # spacing of ground rows: angle ~ (row / rows)^3
SAMPLES = 4  # lines of sight along a pixel's side where a disc may stand: refraction makes its edges sharp
NEAR_PIXELS = 4.0  # pixels from a disc's edge within which they are sent; bending there stretches a pixel to three
BITS = 8  # of the map of land in a byte
DISPERSION = 0.06  # of the bending, more than its spread over the bands


class Body:
    """Rows of `source_irradiance` [2, band]."""

    SUN, MOON = range(2)


class Disc:
    """Columns of `sun_disc` [band, 7]: radiance at the centre, then the first of the factors of powers 0 to 5 of mu."""

    CENTRE, POWERS = range(2)


SlantColumns = ti.types.vector(SPECIES + 1, Real)
"""What a line of sight passes: columns of the species, then its bending, rad."""

Layout = ti.types.struct(
    frame=tm.mat3, inverse_axes=tm.vec3, horizon_sine=Real, horizon_cosine=Real, ground_rows=Real, air_rows=Real,
    highest=Real, power=Real, first_azimuth=Real, nodes_per_rad=Real, floor=Real, zenith_nodes_per_rad=Real,
)  # fmt: skip
"""How the tables are laid out, in scaled space: rows of `frame`: ahead, left of it, up; `inverse_axes` of the
ellipsoid, km-1; the horizon's angle from the nadir; rows of ground and of air, their highest angle, rad, and the power
of their spacing; azimuth of the first node, rad, and nodes per rad; `floor` of path light, see above; nodes per rad of
`ground_irradiance`."""

Bodies = ti.types.struct(sun=tm.vec3, sun_radius=Real, moon=tm.vec3, moon_radius=Real)
"""Unit directions, ITRS, and angular radii, rad."""

Tables = ti.types.argpack(path_light=Array(), slant_columns=Array(), optics=Array())
"""`path_light` [row, azimuth, band] log(radiance + floor); `slant_columns` [row, azimuth, 7] columns and bending;
`optics` [band, 8], see `transmittance.Optics`."""

Discs = ti.types.argpack(sun_disc=Array(), moon_disc=Array())
"""Radiance, W m-2 sr-1 nm-1: `sun_disc`, see `Disc`; `moon_disc` [band] twice that of the full Moon's
centre, see `lommel_seeliger`."""

Ground = ti.types.argpack(
    source_irradiance=Array(), ground_irradiance=Array(), classes=Array(), albedo=Array(), night=Array()
)
"""`source_irradiance`, see `Body`, W m-2 nm-1 above the air; `ground_irradiance` [node, band] logarithms, of level
ground per unit of the source's; `classes` [latitude from -90, longitude from -180 / 8], a bit a cell; `albedo`
[class, band]; `night` [band] W m-2 nm-1 on the ground besides."""


@ti.func
def view_angles(d, layout):
    """Return vec2(angle above the horizon, azimuth), rad, in scaled space.

    The difference of angles is taken by the addition theorem, as in `transmittance.above_horizon`, and for the same
    reason.
    """
    q = layout.frame @ (layout.inverse_axes * d)
    across = tm.length(q.xy)
    sine = across * layout.horizon_cosine + q.z * layout.horizon_sine
    cosine = across * layout.horizon_sine - q.z * layout.horizon_cosine
    return tm.vec2(tm.atan2(sine, cosine), tm.atan2(q.y, q.x))


@ti.func
def view_row(angle: Number, layout) -> Number:
    """Return the table's fractional row of an angle above the horizon, rad."""
    horizon = tm.atan2(layout.horizon_sine, layout.horizon_cosine)
    below = tm.pow(tm.clamp(-angle / horizon, 0.0, 1.0), 1.0 / GROUND_POWER) * (layout.ground_rows - 1.0)
    air = tm.pow(tm.clamp(angle / layout.highest, 0.0, 1.0), 1.0 / layout.power) * (layout.air_rows - 1.0)
    return ti.select(angle < 0.0, below, air + layout.ground_rows)


@ti.func
def view_column(azimuth: Number, layout) -> Number:
    """Return the table's fractional column of an azimuth, rad."""
    return (azimuth - layout.first_azimuth) * layout.nodes_per_rad


@ti.func
def disc_place(d, toward, radius: Number, pixel: Number):
    """Return vec2(cover of the pixel, cosine of the angle to the normal of the source's surface there)."""
    offset = tm.length(tm.cross(d, toward))
    ahead = ti.select(tm.dot(d, toward) > 0.0, 1.0, 0.0)
    cover = tm.clamp((radius - offset) / pixel + 0.5, 0.0, 1.0) * ahead
    r = tm.min(offset / tm.max(radius, 1.0e-9), 1.0)
    return tm.vec2(cover, tm.sqrt(tm.max(1.0 - r * r, 0.0)))


@ti.func
def limb_darkened(mu: Number, disc: ti.template(), band: ti.i32) -> Number:
    """Return the Sun's radiance at cosine mu; `disc`, see `Disc`."""
    value = disc[band, Disc.POWERS + 5]
    for k in ti.static(range(5)):
        value = value * mu + disc[band, Disc.POWERS + 4 - k]
    return disc[band, Disc.CENTRE] * value


@ti.func
def lommel_seeliger(d, toward, sun, radius: Number, mu: Number) -> Number:
    """Return mu0 / (mu0 + mu) at the Moon's point that d meets; the Sun's rays are taken as parallel."""
    offset = (d - tm.dot(d, toward) * toward) / tm.max(radius, 1.0e-9)
    offset = offset / tm.max(tm.length(offset), 1.0)
    mu0 = tm.max(tm.dot(offset - mu * toward, sun), 0.0)
    return mu0 / tm.max(mu0 + mu, 1.0e-6)


@ti.func
def map_place(p, mask: ti.template()):
    """Return vec2(row, column) of a point of the ellipsoid on the map, in cells from the first one's centre."""
    latitude = tm.atan2(p.z, tm.length(p.xy) * (1.0 - geometry.EARTH_E2))
    longitude = tm.atan2(p.y, p.x)
    rows, columns = mask.shape[0], mask.shape[1] * BITS
    return tm.vec2((latitude / tm.pi + 0.5) * rows - 0.5, (0.5 * longitude / tm.pi + 0.5) * columns - 0.5)


@ti.func
def ground_class(row: ti.i32, column: ti.i32, mask: ti.template()) -> ti.i32:
    """Return the class of a cell: a bit of its byte, the highest first."""
    return (ti.cast(mask[row, column // BITS], ti.i32) >> (BITS - 1 - column % BITS)) & 1


@ti.func
def ground_classes(place, mask: ti.template()):
    """Return the classes of the four cells around a place; `mask` as `Ground.classes`."""
    rows, columns = mask.shape[0], mask.shape[1] * BITS
    i, j = ti.cast(ti.floor(place.x), ti.i32), ti.cast(ti.floor(place.y), ti.i32)
    south, north = tm.clamp(i, 0, rows - 1), tm.clamp(i + 1, 0, rows - 1)
    west, east = (j + columns) % columns, (j + 1) % columns  # the map closes at 180 degrees
    return tm.ivec4(
        ground_class(south, west, mask), ground_class(south, east, mask), ground_class(north, west, mask),
        ground_class(north, east, mask),
    )  # fmt: skip


@ti.func
def cell_shares(place):
    """Return the bilinear shares of the same four cells: a coast is as soft as the map is coarse."""
    u, v = tm.fract(place.x), tm.fract(place.y)
    return tm.vec4((1.0 - u) * (1.0 - v), (1.0 - u) * v, u * (1.0 - v), u * v)


@ti.func
def mixed_albedo(kinds, shares, albedo: ti.template(), band: ti.i32) -> Number:
    """Return the albedo of a place in a band, `albedo` [class, band]."""
    total = 0.0
    for k in ti.static(range(4)):
        total += shares[k] * albedo[kinds[k], band]
    return total


@ti.func
def zenith_node(p, inverse_axes, toward, per_rad: Number) -> Number:
    """Return the fractional node of the ground's irradiance: the source's zenith angle at p x nodes per rad."""
    q, s = inverse_axes * p, inverse_axes * toward
    return tm.atan2(tm.length(tm.cross(q, s)), tm.dot(q, s)) * per_rad


@ti.func
def irradiance_at(table: ti.template(), node: Number, band: ti.i32) -> Number:
    """Return irradiance on level ground per unit of the source's; `table` [node, band] logarithms."""
    return tm.exp(lookup.linear_plane(table, node, band))


@ti.func
def columns_at(table: ti.template(), f: Number, g: Number):
    """Return what a line of sight passes, at the fractional row f and column g of its table."""
    slant = SlantColumns(0.0)
    for k in ti.static(range(SPECIES + 1)):
        slant[k] = lookup.bilinear_plane(table, f, g, k)
    return slant


@ti.func
def optical_depth(slant, optics: ti.template(), band: ti.i32) -> Number:
    """Return the optical depth of columns in a band."""
    depth = 0.0
    for k in ti.static(range(SPECIES)):
        depth += slant[k] * optics[band, k]
    return depth


@ti.func
def upright(o, d, inverse_axes):
    """Return the unit vector square to a line of sight, away from Earth, at its lowest point."""
    p = o - tm.dot(inverse_axes * o, inverse_axes * d) / tm.dot(inverse_axes * d, inverse_axes * d) * d
    up = inverse_axes * (inverse_axes * p)
    up -= tm.dot(up, d) * d
    return up / tm.max(tm.length(up), 1.0e-9)


@ti.func
def add_discs(
    out: ti.template(), row: ti.i32, column: ti.i32, camera, pixel: Number, layout, bodies, tables: ti.template(),
    discs: ti.template(),
):  # fmt: skip
    """Add the discs of Sun and Moon to a pixel: a mean over SAMPLES^2 lines of sight, each bent by band.

    The Moon passes before the Sun; outside an eclipse one of the covers is zero.
    """
    for sample in range(SAMPLES * SAMPLES):
        dx = (sample % SAMPLES + 0.5) / SAMPLES - 0.5
        dy = (sample // SAMPLES + 0.5) / SAMPLES - 0.5
        d = pixel_direction(camera, column + 1.0 + dx, row + camera.first_row + 1.0 + dy)
        angles = view_angles(d, layout)
        if angles.x >= 0.0:
            slant = columns_at(tables.slant_columns, view_row(angles.x, layout), view_column(angles.y, layout))
            if angles.x >= layout.highest:
                slant = SlantColumns(0.0)
            up = upright(camera.o, d, layout.inverse_axes)
            for band in range(out.shape[0]):
                turn = slant[BENDING] * tables.optics[band, Optics.RELATIVE_BENDING]
                beyond = tm.cos(turn) * d - tm.sin(turn) * up
                sun_place = disc_place(beyond, bodies.sun, bodies.sun_radius, pixel / SAMPLES)
                moon_place = disc_place(beyond, bodies.moon, bodies.moon_radius, pixel / SAMPLES)
                if sun_place.x + moon_place.x > 0.0:
                    shape = lommel_seeliger(beyond, bodies.moon, bodies.sun, bodies.moon_radius, moon_place.y)
                    radiance = sun_place.x * (1.0 - moon_place.x) * limb_darkened(sun_place.y, discs.sun_disc, band)
                    radiance += moon_place.x * shape * discs.moon_disc[band]
                    radiance *= tm.exp(-optical_depth(slant, tables.optics, band)) / (SAMPLES * SAMPLES)
                    out[band, row, column] = out[band, row, column] + radiance


@ti.kernel
def sky_tile(
    camera: View, pixel: float, layout: Layout, bodies: Bodies, tables: Tables, discs: Discs, ground: Ground,
    out: Array(),
):  # fmt: skip
    """Write radiance, W m-2 sr-1 nm-1, into out [band, row, column], rows counted from the first one of `camera`.

    The camera's place is that in the picture of straight rays; `pixel` is its angular size, rad.
    """
    for index in range(out.shape[1] * out.shape[2]):
        row, column = index // out.shape[2], index % out.shape[2]
        d = pixel_direction(camera, column + 1.0, row + camera.first_row + 1.0)
        angles = view_angles(d, layout)
        hits_ground, in_air = angles.x < 0.0, angles.x < layout.highest
        f, g = view_row(angles.x, layout), view_column(angles.y, layout)
        slant = columns_at(tables.slant_columns, f, g)
        for band in range(out.shape[0]):
            path = 0.0
            if in_air:
                table_value = tm.exp(lookup.bilinear_plane(tables.path_light, f, g, band))
                path = tm.max(table_value - FLOOR_MARGIN * layout.floor, 0.0)
            out[band, row, column] = path
        if hits_ground:
            p = camera.o + tm.max(geometry.shell_distances(camera.o, d, 0.0).x, 0.0) * d
            p = geometry.turned_about_earth(p, camera.o, d, slant[BENDING])
            place = map_place(p, ground.classes)
            kinds, shares = ground_classes(place, ground.classes), cell_shares(place)
            sun_node = zenith_node(p, layout.inverse_axes, bodies.sun, layout.zenith_nodes_per_rad)
            moon_node = zenith_node(p, layout.inverse_axes, bodies.moon, layout.zenith_nodes_per_rad)
            for band in range(out.shape[0]):
                from_sun = irradiance_at(ground.ground_irradiance, sun_node, band)
                from_moon = irradiance_at(ground.ground_irradiance, moon_node, band)
                below = ground.night[band] + ground.source_irradiance[Body.SUN, band] * from_sun
                below += ground.source_irradiance[Body.MOON, band] * from_moon
                behind = mixed_albedo(kinds, shares, ground.albedo, band) / tm.pi * below
                out[band, row, column] += behind * tm.exp(-optical_depth(slant, tables.optics, band))
        turn = ti.select(in_air, slant[BENDING], 0.0)
        beyond = tm.cos(turn) * d - tm.sin(turn) * upright(camera.o, d, layout.inverse_axes)
        near = NEAR_PIXELS * pixel + DISPERSION * turn
        near_sun = tm.length(beyond - bodies.sun) < bodies.sun_radius + near
        near_moon = tm.length(beyond - bodies.moon) < bodies.moon_radius + near
        if near_sun or near_moon:
            add_discs(out, row, column, camera, pixel, layout, bodies, tables, discs)
