"""What a pixel sees through and behind the air: path light by look-up, the ground, the discs of Sun and Moon.

Computation: `shaders.twilight.march_rays`. Precomputation: `render.integrator.sky.sky_view`, a table [row, azimuth,
band] of log(path radiance + floor), and one of columns and bending. Lookup: here; `view_row` inverts `row_angles`
(tested as a pair). Rows count by the angle from the horizon in scaled space (see `shaders.transmittance`): the first
block is ground from horizon to nadir, the second is air from horizon upward, so that nothing is blended across the
edge.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup
from shaders.definitions import Number
from shaders.transmittance import SPECIES

FLOOR_MARGIN = 1.0001  # roundings of log and exp must not leave light in the dark
GROUND_POWER = 3.0  # spacing of ground rows: angle ~ (row / rows)^3
SAMPLES = 4  # lines of sight along a pixel's side where a disc may stand: refraction makes its edges sharp
NEAR_PIXELS = 4.0  # pixels from a disc's edge within which they are sent; bending there stretches a pixel to three
DISPERSION = 0.06  # of the bending, more than its spread over the bands
Seen = ti.types.vector(SPECIES + 1, float)


@ti.func
def view_angles(d, frame, inverse_axes, horizon):
    """Return vec2(angle above the horizon, azimuth), rad, in scaled space; rows of `frame`: ahead, left of it, up.

    `horizon` (sine, cosine) of its angle from the nadir. The difference of angles is taken by the addition theorem, as
    in `transmittance.above_horizon`, and for the same reason.
    """
    q = frame @ (inverse_axes * d)
    across = tm.length(q.xy)
    sine, cosine = across * horizon.y + q.z * horizon.x, across * horizon.x - q.z * horizon.y
    return tm.vec2(tm.atan2(sine, cosine), tm.atan2(q.y, q.x))


@ti.func
def view_row(angle: Number, horizon: Number, axis) -> Number:
    """Return the table's fractional row; `axis`: (ground rows, air rows, highest angle, power of the air's spacing)."""
    below = tm.pow(tm.clamp(-angle / horizon, 0.0, 1.0), 1.0 / GROUND_POWER) * (axis.x - 1.0)
    air = tm.pow(tm.clamp(angle / axis.z, 0.0, 1.0), 1.0 / axis.w) * (axis.y - 1.0) + axis.x
    return ti.select(angle < 0.0, below, air)


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
    """Return the Sun's radiance at cosine mu; `disc` [band, 7]: at the centre, then powers 0 to 5 of mu."""
    value = disc[band, 6]
    for k in ti.static(range(5)):
        value = value * mu + disc[band, 5 - k]
    return disc[band, 0] * value


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
    rows, columns = mask.shape[0], mask.shape[1]
    return tm.vec2((latitude / tm.pi + 0.5) * rows - 0.5, (0.5 * longitude / tm.pi + 0.5) * columns - 0.5)


@ti.func
def ground_classes(place, mask: ti.template()):
    """Return the classes of the four cells around a place; `mask` [latitude from -90, longitude from -180]."""
    rows, columns = mask.shape[0], mask.shape[1]
    i, j = ti.cast(ti.floor(place.x), ti.i32), ti.cast(ti.floor(place.y), ti.i32)
    south, north = tm.clamp(i, 0, rows - 1), tm.clamp(i + 1, 0, rows - 1)
    west, east = (j + columns) % columns, (j + 1) % columns  # the map closes at 180 degrees
    return tm.ivec4(mask[south, west], mask[south, east], mask[north, west], mask[north, east])


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
def light_node(p, inverse_axes, toward, per_rad: Number) -> Number:
    """Return the fractional node of the ground-light table: the source's zenith angle at p x nodes per rad."""
    q, s = inverse_axes * p, inverse_axes * toward
    return tm.atan2(tm.length(tm.cross(q, s)), tm.dot(q, s)) * per_rad


@ti.func
def ground_light(table: ti.template(), node: Number, band: ti.i32) -> Number:
    """Return irradiance on level ground per unit of the source's; `table` [node, band] logarithms."""
    return tm.exp(lookup.linear_plane(table, node, band))


@ti.func
def looked_up(table: ti.template(), f: Number, g: Number):
    """Return what a line of sight passes: columns of the species, then its bending, rad."""
    seen = Seen(0.0)
    for k in ti.static(range(SPECIES + 1)):
        seen[k] = lookup.bilinear_plane(table, f, g, k)
    return seen


@ti.func
def optical_depth(seen, optics: ti.template(), band: ti.i32) -> Number:
    """Return the optical depth of columns in a band."""
    depth = 0.0
    for k in ti.static(range(SPECIES)):
        depth += seen[k] * optics[band, k]
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
    out: ti.template(), row: ti.i32, column: ti.i32, x: Number, y: Number, o, itrs_from_camera, tangent_from_pixel,
    reference, pixel: Number, frame, inverse_axes, horizon, row_axis, azimuth_axis, seen_table: ti.template(),
    optics: ti.template(), sun, moon, sun_disc: ti.template(), moon_disc: ti.template(),
):  # fmt: skip
    """Add the discs of Sun and Moon to a pixel at (x, y): a mean over SAMPLES^2 lines of sight, each bent by band.

    The Moon passes before the Sun; outside an eclipse one of the covers is zero.
    """
    for sample in range(SAMPLES * SAMPLES):
        dx = (sample % SAMPLES + 0.5) / SAMPLES - 0.5
        dy = (sample // SAMPLES + 0.5) / SAMPLES - 0.5
        d = geometry.ray_direction(itrs_from_camera, tangent_from_pixel, reference, x + dx, y + dy)
        angles = view_angles(d, frame, inverse_axes, horizon)
        if angles.x >= 0.0:
            f = view_row(angles.x, tm.atan2(horizon.x, horizon.y), row_axis)
            seen = looked_up(seen_table, f, (angles.y - azimuth_axis.x) * azimuth_axis.y)
            if angles.x >= row_axis.z:
                seen = Seen(0.0)
            up = upright(o, d, inverse_axes)
            for band in range(out.shape[0]):
                turn = seen[SPECIES] * optics[band, SPECIES + 1]
                beyond = tm.cos(turn) * d - tm.sin(turn) * up
                sun_place = disc_place(beyond, sun.xyz, sun.w, pixel / SAMPLES)
                moon_place = disc_place(beyond, moon.xyz, moon.w, pixel / SAMPLES)
                if sun_place.x + moon_place.x > 0.0:
                    shape = lommel_seeliger(beyond, moon.xyz, sun.xyz, moon.w, moon_place.y)
                    light = sun_place.x * (1.0 - moon_place.x) * limb_darkened(sun_place.y, sun_disc, band)
                    light += moon_place.x * shape * moon_disc[band]
                    light *= tm.exp(-optical_depth(seen, optics, band)) / (SAMPLES * SAMPLES)
                    out[band, row, column] = out[band, row, column] + light


@ti.kernel
def sky_tile(
    first_row: int, o: tm.vec3, itrs_from_camera: tm.mat3, tangent_from_pixel: tm.mat2, reference: tm.vec2,
    pixel: float, frame: tm.mat3, inverse_axes: tm.vec3, horizon: tm.vec2, row_axis: tm.vec4, azimuth_axis: tm.vec2,
    floor: float, view: ti.types.ndarray(), seen_table: ti.types.ndarray(), optics: ti.types.ndarray(),
    sun: tm.vec4, moon: tm.vec4, sun_disc: ti.types.ndarray(), moon_disc: ti.types.ndarray(),
    irradiance: ti.types.ndarray(), light: ti.types.ndarray(), per_rad: float, mask: ti.types.ndarray(),
    albedo: ti.types.ndarray(), night: ti.types.ndarray(), out: ti.types.ndarray(),
):  # fmt: skip
    """Write radiance, W m-2 sr-1 nm-1, into out [band, row, column], rows counted from `first_row` (0 = top).

    `o` in the picture of straight rays; `pixel` angular size, rad; `azimuth_axis` (first azimuth, nodes per rad);
    `seen_table` [row, azimuth, 7] columns and bending; `optics` [band, 8]: extinctions, beta2, relative bending;
    `sun`, `moon` unit direction and angular radius; `irradiance` [2, band] theirs above the air; `light` [node, band]
    see `ground_light`; `night` [band] W m-2 nm-1 on the ground besides.
    """
    for index in range(out.shape[1] * out.shape[2]):
        row, column = index // out.shape[2], index % out.shape[2]
        x, y = column + 1.0, row + first_row + 1.0
        d = geometry.ray_direction(itrs_from_camera, tangent_from_pixel, reference, x, y)
        angles = view_angles(d, frame, inverse_axes, horizon)
        hits_ground, in_air = angles.x < 0.0, angles.x < row_axis.z
        f = view_row(angles.x, tm.atan2(horizon.x, horizon.y), row_axis)
        g = (angles.y - azimuth_axis.x) * azimuth_axis.y
        seen = looked_up(seen_table, f, g)
        for band in range(out.shape[0]):
            path = 0.0
            if in_air:
                path = tm.max(tm.exp(lookup.bilinear_plane(view, f, g, band)) - FLOOR_MARGIN * floor, 0.0)
            out[band, row, column] = path
        if hits_ground:
            p = o + tm.max(geometry.shell_distances(o, d, 0.0).x, 0.0) * d
            p = geometry.turned_about_earth(p, o, d, seen[SPECIES])
            place = map_place(p, mask)
            kinds, shares = ground_classes(place, mask), cell_shares(place)
            sun_node = light_node(p, inverse_axes, sun.xyz, per_rad)
            moon_node = light_node(p, inverse_axes, moon.xyz, per_rad)
            for band in range(out.shape[0]):
                below = night[band] + irradiance[0, band] * ground_light(light, sun_node, band)
                below += irradiance[1, band] * ground_light(light, moon_node, band)
                behind = mixed_albedo(kinds, shares, albedo, band) / tm.pi * below
                out[band, row, column] += behind * tm.exp(-optical_depth(seen, optics, band))
        turn = ti.select(in_air, seen[SPECIES], 0.0)
        beyond = tm.cos(turn) * d - tm.sin(turn) * upright(o, d, inverse_axes)
        reach = NEAR_PIXELS * pixel + DISPERSION * turn
        near_sun = tm.length(beyond - sun.xyz) < sun.w + reach
        near_moon = tm.length(beyond - moon.xyz) < moon.w + reach
        if near_sun or near_moon:
            add_discs(
                out, row, column, x, y, o, itrs_from_camera, tangent_from_pixel, reference, pixel, frame, inverse_axes,
                horizon, row_axis, azimuth_axis, seen_table, optics, sun, moon, sun_disc, moon_disc,
            )  # fmt: skip
