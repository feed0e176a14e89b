"""What a pixel sees of the air and through it: path light by look-up, the discs of Sun and Moon.

Computation: `shaders.sky.twilight.march_rays`. Precomputation: `render.integrator.sky.sky_view`, a table [row, azimuth,
band] of log(path radiance + floor), and one of columns and bending. Lookup: here; `view_row` inverts `row_angles`
(tested as a pair). Rows count by the angle from the horizon in scaled space (see `shaders.sky.transmittance`): the
first block is ground from horizon to nadir, the second is air from horizon upward, so that nothing is blended across
the edge.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup, turns
from shaders.definitions import Array, Number, Real
from shaders.lens import through_any_lens
from shaders.sky.background import Behind, BehindTables, amounts, background_radiance
from shaders.sky.moon import MoonDisc, lommel_seeliger, moon_albedo, moon_normal
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
    highest=Real, power=Real, first_azimuth=Real, nodes_per_rad=Real, floor=Real,
)  # fmt: skip
"""How the tables are laid out, in scaled space: rows of `frame`: ahead, left of it, up; `inverse_axes` of the
ellipsoid, km-1; the horizon's angle from the nadir; rows of ground and of air, their highest angle, rad, and the power
of their spacing; azimuth of the first node, rad, and nodes per rad; `floor` of path light, see above."""

Bodies = ti.types.struct(sun=tm.vec3, sun_radius=Real, moon=tm.vec3, moon_radius=Real, moon_from_itrs=tm.mat3)
"""Unit directions, ITRS, and angular radii, rad; the rotation to the axes of the Moon's map."""

Tables = ti.types.argpack(path_light=Array(), slant_columns=Array(), optics=Array())
"""`path_light` [row, azimuth, band] log(radiance + floor); `slant_columns` [row, azimuth, 7] columns and bending;
`optics` [band, 8], see `transmittance.Optics`."""

Discs = ti.types.argpack(sun_disc=Array(), moon_disc=Array(), moon_map=Array())
"""Radiance, W m-2 sr-1 nm-1: `sun_disc`, see `Disc`; `moon_disc`, see `MoonDisc`; `moon_map`, see `moon_albedo`."""


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
                    normal = moon_normal(beyond, bodies.moon, bodies.moon_radius, moon_place.y)
                    light = lommel_seeliger(normal, bodies.sun, moon_place.y) * discs.moon_disc[band, MoonDisc.SUNLIT]
                    light += discs.moon_disc[band, MoonDisc.EARTHSHINE]
                    light *= moon_albedo(bodies.moon_from_itrs @ normal, discs.moon_map)
                    radiance = sun_place.x * (1.0 - moon_place.x) * limb_darkened(sun_place.y, discs.sun_disc, band)
                    radiance += moon_place.x * light
                    radiance *= tm.exp(-optical_depth(slant, tables.optics, band)) / (SAMPLES * SAMPLES)
                    out[band, row, column] = out[band, row, column] + radiance


@through_any_lens
@ti.kernel
def sky_tile(
    camera: View, pixel: float, layout: Layout, bodies: Bodies, tables: Tables, discs: Discs, background: Behind,
    background_tables: BehindTables, out: Array(),
):  # fmt: skip
    """Write radiance, W m-2 sr-1 nm-1, into out [band, row, column], rows counted from the first one of `camera`.

    Below the horizon this is the air's alone: `shaders.ground.pixels` adds what is behind it.

    The camera's place is that in the picture of straight rays; `pixel` is its angular size, rad.
    """
    for nth in range(out.shape[1] * out.shape[2]):
        index = turns.in_turn(nth, out.shape[1] * out.shape[2])
        row, column = index // out.shape[2], index % out.shape[2]
        d = pixel_direction(camera, column + 1.0, row + camera.first_row + 1.0)
        angles = view_angles(d, layout)
        in_air = angles.x < layout.highest
        f, g = view_row(angles.x, layout), view_column(angles.y, layout)
        slant = columns_at(tables.slant_columns, f, g)
        turn = ti.select(in_air, slant[BENDING], 0.0)
        beyond = tm.cos(turn) * d - tm.sin(turn) * upright(camera.o, d, layout.inverse_axes)
        sees_space = background.shines != 0 and angles.x >= 0.0
        s10 = tm.vec3(0.0)
        if sees_space:
            s10 = amounts(beyond, background, background_tables)
        for band in range(out.shape[0]):
            path, from_beyond = 0.0, 0.0
            if sees_space:
                from_beyond = background_radiance(s10, background_tables.spectra, band)
            if in_air:
                table_value = tm.exp(lookup.bilinear_plane(tables.path_light, f, g, band))
                path = tm.max(table_value - FLOOR_MARGIN * layout.floor, 0.0)
                if sees_space:
                    from_beyond *= tm.exp(-optical_depth(slant, tables.optics, band))
            out[band, row, column] = path + from_beyond
        near = NEAR_PIXELS * pixel + DISPERSION * turn
        near_sun = tm.length(beyond - bodies.sun) < bodies.sun_radius + near
        near_moon = tm.length(beyond - bodies.moon) < bodies.moon_radius + near
        if near_sun or near_moon:
            add_discs(out, row, column, camera, pixel, layout, bodies, tables, discs)
