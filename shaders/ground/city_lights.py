"""City light of a pixel, from the light raster: a mean over its footprint and its way while the shutter is open.

Computation and precomputation: `render.earth.lights.raster`, words of two 16-bit logarithms in a tree of blocks,
patches and cells (`render.earth.lights.grid`). Lookup: here, linear between cells and between levels, at the level
whose cells are as wide as the pixel; a footprint longer than wide is sampled along its length, and all of it along the
flight. Values are W sr-1 km-2 towards the zenith, vec2(sodium, white).
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, turns
from shaders.definitions import Array, Length, Number, Real
from shaders.ground.angles import angle_of
from shaders.lens import through_any_lens
from shaders.sky.pixels import Layout, Tables, columns_at, optical_depth, view_angles, view_column, view_row
from shaders.sky.transmittance import BENDING
from shaders.view import View, pixel_direction

BLOCK_LEVEL, PATCH_LEVEL = 6, 3  # cells of these levels are blocks and patches
LEVEL_3, LEVEL_4, LEVEL_5, LEVEL_6, GROUND_HALO, AIR_HALO = 64, 128, 144, 148, 149, 213  # where a block has them
CELLS_PER_RAD = 216.0 * 180.0 / tm.pi  # of level 0
AROUND = 77760.0  # cells of level 0 round the globe
CELL_KM = 0.514792  # km, from south to north
LEAST, STEP = 1.0e-3, 3.2e-4  # W sr-1 km-2 of code 1; of the logarithm
MOST_SAMPLES = 16.0  # of a footprint and its way
LONGEST = 6.0  # times its width: a longer footprint is read at a coarser level
GRAZING = 0.03  # least cosine of the zenith angle, at the horizon's last pixel
GOLDEN = 0.6180339887  # spreads samples along the way evenly while those along the footprint go in order
DIFFUSED_LEVEL = 2.0  # 2 km: what a deck of cloud leaves of a city's pattern
THICKEST = 4.0  # times: air is not longer than so for light scattered near its source

Grid = ti.types.struct(row=ti.i32, column=ti.i32, moving=ti.i32, pixel=Real, upward=Real)
"""The raster's first block's row and column; whether the camera moves; a pixel's angle, rad; what lamps send
near the horizontal: 0.554 F / (2 G (1 - F)) of Garstang's law, see `render.earth.lights.lamps`."""

Raster = ti.types.argpack(index=Array(), words=Array())
"""`index` [block row, block column] first word of a block, 0 for none; `words`, see `render.earth.lights.grid.Of`."""


class Lamp:
    """Rows of `spectra` [4, band], W m-2 sr-1 nm-1 of 1 W sr-1 km-2: straight, and scattered by the air."""

    SODIUM, WHITE, SODIUM_AIR, WHITE_AIR = range(4)


@ti.func
def decoded(word: ti.u32):
    """Return vec2(sodium, white) of a word."""
    sodium, white = ti.cast(word >> ti.u32(16), ti.i32), ti.cast(word & ti.u32(0xFFFF), ti.i32)
    found = tm.vec2(0.0)
    if sodium > 0:
        found.x = LEAST * ti.exp(STEP * (sodium - 1.0))
    if white > 0:
        found.y = LEAST * ti.exp(STEP * (white - 1.0))
    return found


@ti.func
def block_of(level: ti.i32, row: ti.i32, column: ti.i32, raster: ti.template()) -> ti.i32:
    """Return the first word of the block that holds a cell of a level, 0 for none."""
    i, j = row >> (BLOCK_LEVEL - level), column >> (BLOCK_LEVEL - level)
    found = 0
    if i >= 0 and j >= 0 and i < raster.index.shape[0] and j < raster.index.shape[1]:
        found = raster.index[i, j]
    return found


@ti.func
def word_in(base: ti.i32, level: ti.i32, row: ti.i32, column: ti.i32, raster: ti.template()) -> ti.i32:
    """Return which word has a cell of a level; where a patch has no detail, the patch's own."""
    found = base + LEVEL_6
    if level < BLOCK_LEVEL:
        side = ti.max(level, PATCH_LEVEL)
        down = side - level
        first = ti.select(side == 3, LEVEL_3, ti.select(side == 4, LEVEL_4, LEVEL_5))
        mask = (1 << (BLOCK_LEVEL - side)) - 1
        place = (((row >> down) & mask) << (BLOCK_LEVEL - side)) + ((column >> down) & mask)
        found = base + first + place
        if level < PATCH_LEVEL:
            address = ti.cast(raster.words[base + place], ti.i32)
            if address > 0:
                coarser = ti.select(level == 0 and (address & 1) == 0, 1, 0)
                held = level + coarser
                within = (1 << (PATCH_LEVEL - held)) - 1
                start = ti.select(held == 2, 0, ti.select(held == 1, 4, 20))
                i, j = (row >> coarser) & within, (column >> coarser) & within
                found = (address >> 1) + start + (i << (PATCH_LEVEL - held)) + j
    return found


@ti.func
def cell_value(level: ti.i32, row: ti.i32, column: ti.i32, raster: ti.template()):
    """Return what a cell of a level holds; rows and columns count from the region's first corner."""
    base = block_of(level, row, column, raster)
    found = tm.vec2(0.0)
    if base > 0:
        found = decoded(raster.words[word_in(base, level, row, column, raster)])
    return found


@ti.func
def level_value(level: ti.i32, place, raster: ti.template()):
    """Return the raster at a place (in cells of level 0 from the region's corner), linear between a level's cells."""
    at = place / ti.cast(1 << level, float) - 0.5
    i, j = ti.cast(ti.floor(at.x), ti.i32), ti.cast(ti.floor(at.y), ti.i32)
    u, v = at.x - ti.floor(at.x), at.y - ti.floor(at.y)
    south = cell_value(level, i, j, raster) * (1.0 - v) + cell_value(level, i, j + 1, raster) * v
    north = cell_value(level, i + 1, j, raster) * (1.0 - v) + cell_value(level, i + 1, j + 1, raster) * v
    return south * (1.0 - u) + north * u


@ti.func
def raster_value(level: Number, place, raster: ti.template()):
    """Return the raster at a place, linear between levels too."""
    held = tm.clamp(level, 0.0, float(BLOCK_LEVEL))
    low = ti.min(ti.cast(ti.floor(held), ti.i32), BLOCK_LEVEL - 1)
    part = held - low
    found = level_value(low, place, raster)
    if part > 0.0:
        found = found * (1.0 - part) + level_value(low + 1, place, raster) * part
    return found


@ti.func
def halo_value(first: ti.i32, place, raster: ti.template()):
    """Return a halo at a place: GROUND_HALO or AIR_HALO, linear between patches."""
    at = place / ti.cast(1 << PATCH_LEVEL, float) - 0.5
    i, j = ti.cast(ti.floor(at.x), ti.i32), ti.cast(ti.floor(at.y), ti.i32)
    found = tm.vec2(0.0)
    for k in range(4):
        row, column = i + k // 2, j + k % 2
        base = block_of(PATCH_LEVEL, row, column, raster)
        if base > 0:
            share = (1.0 - ti.abs(at.x - row)) * (1.0 - ti.abs(at.y - column))
            found += share * decoded(raster.words[base + first + ((row & 7) << 3) + (column & 7)])
    return found


@ti.func
def raster_place(p, grid):
    """Return vec2(row, column) of a place, in cells of level 0 from the region's first corner, fractional."""
    latitude = angle_of(p.z, tm.length(p.xy) * (1.0 - geometry.EARTH_E2))
    longitude = angle_of(p.y, p.x)
    row = (latitude + 0.5 * tm.pi) * CELLS_PER_RAD - 64.0 * grid.row
    column = (longitude + tm.pi) * CELLS_PER_RAD - 64.0 * grid.column
    return tm.vec2(row, column - AROUND * ti.floor(column / AROUND))


@ti.func
def lit_about(p, grid, raster: ti.template()) -> ti.i32:
    """Return whether there is any light in the block of a place or in those about it."""
    place = raster_place(p, grid)
    i, j = ti.cast(place.x, ti.i32) >> BLOCK_LEVEL, ti.cast(place.y, ti.i32) >> BLOCK_LEVEL
    found = 0
    for k in range(9):
        row, column = i + k // 3 - 1, j + k % 3 - 1
        if row >= 0 and column >= 0 and row < raster.index.shape[0] and column < raster.index.shape[1]:
            found = ti.max(found, raster.index[row, column])
    return found


@ti.func
def level_of(width: Length, p) -> Number:
    """Return the level whose cells are as wide as a width; cells narrow towards the poles."""
    narrow = tm.max(tm.length(p.xy) / tm.length(p), 0.05)
    return tm.log2(tm.max(width / (CELL_KM * ti.sqrt(narrow)), 1.0))


@ti.func
def sampled_share(k: ti.i32, count: Number):
    """Return vec2(place, weight) of sample k of a length, -0.5 to 0.5, that `count` samples (a fraction too) divide.

    The last one's weight grows from nothing as the count grows: no device's rounding makes a step. Their mean is 0.
    """
    last = tm.ceil(count) - 1.0
    part = count - last
    shift = (0.5 * last * last + part * (last + 0.5)) / (count * count)
    return tm.vec2((k + 0.5) / count - shift, tm.min(count - k, 1.0) / count)


@ti.func
def footprint_light(p, along, way, width: Length, grid, raster: ti.template()):
    """Return vec2(sodium, white) of a pixel: `along` [km] its footprint's length on the ground away from the camera,
    `way` [km] how it moves while the shutter is open, `width` its other side."""
    long, far = tm.length(along), tm.length(way)
    pieces = tm.clamp(long / width, 1.0, LONGEST)
    steps = tm.clamp(far / width, 1.0, MOST_SAMPLES)
    count = tm.min(tm.min(pieces * steps, tm.max(pieces, steps) + 2.0), MOST_SAMPLES)
    lengthwise, onward = tm.min(2.0 - 2.0 / pieces, 1.0), tm.min(2.0 - 2.0 / steps, 1.0)
    level = level_of(tm.max(width, long / LONGEST), p)
    total = tm.vec2(0.0)
    for k in range(ti.cast(tm.ceil(count), ti.i32)):
        share = sampled_share(k, count)
        across = ti.select(grid.moving != 0, tm.fract((k + 0.5) * GOLDEN) - 0.5, share.x)
        place = p + lengthwise * across * along + onward * share.x * way
        total += share.y * raster_value(level, raster_place(place, grid), raster)
    return total


@ti.func
def ground_point(camera, x: Number, y: Number, turn: Number):
    """Return (whether a line of sight meets the ground, where, ITRS km); `turn`: its bending, rad."""
    d = pixel_direction(camera, x, y)
    distance = geometry.shell_distances(camera.o, d, 0.0).x
    meets = distance > 0.0 and distance < geometry.MISSED
    p = geometry.turned_about_earth(camera.o + distance * d, camera.o, d, turn)
    return meets, p


@ti.func
def city_light(p, along_sight, way, width: Length, veil, grid, raster: ti.template()):
    """Return vec4(sodium, white straight up, and scattered by the air) towards a camera, W sr-1 km-2 of radiance.

    `along_sight`: unit direction of the line of sight at p, downwards; `way`, `width` as `footprint_light`; `veil`:
    what clouds let through unscattered, and in all.
    """
    up = geometry.local_vertical(p)
    mu = tm.clamp(-tm.dot(along_sight, up), GRAZING, 1.0)
    level_part = along_sight - tm.dot(along_sight, up) * up
    along = level_part / tm.max(tm.length(level_part), 1.0e-6) * width * tm.sqrt(1.0 / (mu * mu) - 1.0)
    lamps = tm.vec2(0.0)
    if veil.x > 0.0:
        lamps = footprint_light(p, along, way, width, grid, raster)
    place, blurred = raster_place(p, grid), tm.vec2(0.0)
    if veil.y > veil.x:
        blurred = raster_value(tm.max(level_of(width / tm.sqrt(mu), p), DIFFUSED_LEVEL), place, raster)
    ground, air = halo_value(GROUND_HALO, place, raster), halo_value(AIR_HALO, place, raster)
    zenith = angle_of(tm.sqrt(1.0 - mu * mu), mu)
    law = 1.0 + grid.upward * zenith * zenith * zenith * zenith / mu
    diffused = tm.max(veil.y - veil.x, 0.0)
    straight = veil.x * law * lamps + diffused * blurred + veil.y * ground
    return tm.vec4(straight, veil.y * tm.min(1.0 / mu, THICKEST) * air)


@through_any_lens
@ti.kernel
def add_city_lights(
    camera: View, opening: View, closing: View, grid: Grid, layout: Layout, tables: Tables, raster: Raster,
    spectra: Array(), veil: Array(), out: Array(),
):  # fmt: skip
    """Add the light of cities to `out` [band, row, column], W m-2 sr-1 nm-1, rows counted from the first of `camera`.

    `opening`, `closing`: the camera when the shutter opens and closes. `veil` [row, column, 2], or [1, 1, 2] for all:
    the share of a light on the ground that clouds let through unscattered, and of all its light. `spectra`, see `Lamp`.
    """
    ti.loop_config(block_dim=64)
    for nth in range(out.shape[1] * out.shape[2]):
        at = turns.in_turn(nth, out.shape[1] * out.shape[2])
        row, column = at // out.shape[2], at % out.shape[2]
        x, y = column + 1.0, row + camera.first_row + 1.0
        d = pixel_direction(camera, x, y)
        angles = view_angles(d, layout)
        if angles.x < 0.0:
            slant = columns_at(tables.slant_columns, view_row(angles.x, layout), view_column(angles.y, layout))
            turn = slant[BENDING]
            meets, p = ground_point(camera, x, y, turn)
            if meets and lit_about(p, grid, raster):
                along_sight = tm.normalize(geometry.turned_about_earth(d, camera.o, d, turn))
                opens, first = ground_point(opening, x, y, turn)
                closes, last = ground_point(closing, x, y, turn)
                way = tm.vec3(0.0)
                if opens and closes:
                    way = last - first
                width = tm.length(p - camera.o) * grid.pixel
                cover = tm.vec2(0.0)
                for k in ti.static(range(2)):
                    cover[k] = veil[ti.min(row, veil.shape[0] - 1), ti.min(column, veil.shape[1] - 1), k]
                light = city_light(p, along_sight, way, width, cover, grid, raster)
                if light.x + light.y + light.z + light.w > 0.0:
                    for band in range(out.shape[0]):
                        total = 0.0
                        for k in ti.static(range(4)):
                            total += light[k] * spectra[k, band]
                        out[band, row, column] += total * ti.exp(-optical_depth(slant, tables.optics, band))
