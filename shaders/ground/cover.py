"""What covers the ground: sea, land, snow, forest over snow, ice; and the sea's wind."""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup
from shaders.definitions import Length, Number, Real
from shaders.ground.angles import angle_of
from shaders.ground.noise import octaves, space_noise
from shaders.ground.reflection import CALM, PER_WIND
from shaders.ground.weather import EARTH_KM


class Kind:
    """Columns of a place's shares, rows of `albedo`: what a place may be."""

    SEA, LAND, SNOW, FOREST, ICE, RED, GREEN, BLUE = range(8)


KINDS = 8
Shares = ti.types.vector(KINDS, Real)
"""Parts of a pixel by `Kind`; their sum is 1. Of a user's picture of the land the last three are its own albedo in red,
green and blue times the land's part."""


class Month:
    """Planes of `cover`: what a month has where."""

    SNOW, FOREST, ICE = range(3)


BITS = 8  # cells in a byte of the map of land
EDGE_WIDTH = 1.5  # deg of latitude over which snow thins out (Rutgers charts, rounded; uncertain by a factor 2)
PATCHES = 0.9  # of that edge's logit, spread of the snow's patches; chosen by eye
WIND_M_S, GUSTS_M_S = 6.5, 3.0  # m/s, mean over the sea and spread by place (3 to 12 are usual)
SLICKS = 0.3  # of the slope variance, its spread at 2 to 50 km: slicks and swell


@ti.func
def map_place(p, rows: ti.i32, columns: ti.i32):
    """Return vec2(row, column) of a point of the ellipsoid on a map, in cells from the first one's centre."""
    latitude, longitude = angle_of(p.z, tm.length(p.xy) * (1.0 - geometry.EARTH_E2)), angle_of(p.y, p.x)
    return tm.vec2((latitude / tm.pi + 0.5) * rows - 0.5, (0.5 * longitude / tm.pi + 0.5) * columns - 0.5)


@ti.func
def ground_class(row: ti.i32, column: ti.i32, mask: ti.template()) -> ti.i32:
    """Return the class of a cell: a bit of its byte, the highest first."""
    return (ti.cast(mask[row, column // BITS], ti.i32) >> (BITS - 1 - column % BITS)) & 1


@ti.func
def ground_classes(place, mask: ti.template()):
    """Return the classes of the four cells around a place; `mask` [latitude from -90, longitude from -180 / 8], a bit
    a cell."""
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
def land_share(p, mask: ti.template()) -> Number:
    """Return how much of a place is land; `mask` as `ground_classes`."""
    place = map_place(p, mask.shape[0], mask.shape[1] * BITS)
    kinds, shares = ground_classes(place, mask), cell_shares(place)
    total = 0.0
    for k in ti.static(range(4)):
        total += shares[k] * ti.cast(kinds[k], float)
    return total


@ti.func
def plane_at(p, cover: ti.template(), k: ti.i32) -> Number:
    """Return plane k of a map at a place, bilinear; `cover` [latitude from -90, longitude from -180, plane]."""
    rows, columns = cover.shape[0], cover.shape[1]
    place = map_place(p, rows, columns)
    i = lookup.cell(place.x, rows)
    u = lookup.fraction(place.x, i, rows)
    j, v = ti.cast(ti.floor(place.y), ti.i32), tm.fract(place.y)
    west, east = (j + columns) % columns, (j + 1) % columns
    south = cover[i, west, k] * (1.0 - v) + cover[i, east, k] * v
    north = cover[i + 1, west, k] * (1.0 - v) + cover[i + 1, east, k] * v
    return south * (1.0 - u) + north * u


@ti.func
def kind_shares(p, pixel: Length, mask: ti.template(), cover: ti.template(), picture: ti.template()):
    """Return the parts of a pixel, some km large, about a place of the ground, by `Kind`.

    `picture` [latitude from -90, longitude from -180, 3]: a user's; one of two rows counts as none. Snow thins out over
    a degree of latitude, in patches; a month's share of forest stands in stands of 5 to 80 km.
    """
    land = land_share(p, mask)
    x = tm.normalize(p) * EARTH_KM
    snow, forest = 0.0, 0.0
    if land > 0.0:
        line = plane_at(p, cover, Month.SNOW)  # degrees poleward of the snow line
        if line > -6.0:
            patches = octaves(x, 160.0, tm.max(2.0 * pixel, 4.0), 0.4, 211)
            snow = 1.0 / (1.0 + ti.exp(-(line / EDGE_WIDTH + PATCHES * patches)))
            mean = plane_at(p, cover, Month.FOREST)
            stands = octaves(x, 80.0, tm.max(2.0 * pixel, 2.0), 0.3, 223)
            forest = tm.clamp(mean + 0.55 * stands * ti.sqrt(mean * (1.0 - mean)), 0.0, 1.0)
    ice = 0.0
    if land < 1.0:
        line = plane_at(p, cover, Month.ICE)  # degrees poleward of the ice's edge
        if line > -3.0:
            floes = octaves(x, 120.0, tm.max(2.0 * pixel, 2.0), 0.35, 227)
            ice = tm.clamp(0.5 + 0.45 * line + 0.5 * floes, 0.0, 0.97)
    own = tm.vec3(0.0)
    bare = land * (1.0 - snow)
    if picture.shape[0] > 2 and land > 0.0:
        bare = 0.0
        for k in ti.static(range(3)):
            own[k] = land * plane_at(p, picture, k)
    return Shares(
        (1.0 - land) * (1.0 - ice), bare, land * snow * (1.0 - forest), land * snow * forest, (1.0 - land) * ice,
        own.x, own.y, own.z,
    )  # fmt: skip


@ti.func
def mixed_albedo(shares, albedo: ti.template(), band: ti.i32) -> Number:
    """Return the albedo of a place in a band, `albedo` [kind, band]."""
    total = 0.0
    for k in ti.static(range(KINDS)):
        total += shares[k] * albedo[k, band]
    return total


@ti.func
def slope_variance(p, pixel: Length) -> Number:
    """Return the variance of the sea's slopes at a place: wind by place, slicks and swell where a pixel shows them."""
    x = tm.normalize(p) * EARTH_KM
    wind = tm.clamp(WIND_M_S + GUSTS_M_S * 3.3 * space_noise(x / 500.0, 307), 2.0, 13.0)
    slicks = octaves(x, 50.0, tm.max(2.0 * pixel, 2.0), 0.2, 311)
    return (CALM + PER_WIND * wind) * (1.0 + SLICKS * tm.clamp(slicks, -1.5, 1.5))
