"""Light of one point of the aurora: the footprint below it and the emission table above that.

A footprint texel holds hard and soft electrons (energy flux mW m-2, ln characteristic energy keV). Texels live in
square tiles of (n+3)^2, one per cell of the Earth-fixed plane; n follows what the camera resolves there. A cell without
a tile points at texel 0, a tile of zeros, so that a sample needs no branch. Each cell has a second, coarser tile for
high altitudes, where the light is faint and (with its lifetimes) soft, and rays stay long.

`cells` [row, column, 6]: first texel and n of the map, first texel and n of the map for high altitudes, distance in
cells to the nearest cell with light, and to the nearest with thin arcs (0 in such a cell).
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Altitude, Number

GREEN, RED = 3, 4  # planes of 557.7 and 630.0 nm among them
LINES = 8  # lines of the aurora, all marched at once; `render.lines.AURORA_KEYS` holds their order
Lines = ti.types.vector(LINES, float)


@ti.func
def cell_index(foot, cells_axis, cells: ti.template()):
    """Return ivec2(row, column) of the footprint's cell, clamped to the grid.

    `cells_axis`: vec3(first column, first row, side km); cell (i, j) of the plane has its corner at (i, j) x side.
    """
    column = ti.cast(ti.floor(foot.x / cells_axis.z - cells_axis.x), ti.i32)
    row = ti.cast(ti.floor(foot.y / cells_axis.z - cells_axis.y), ti.i32)
    return tm.ivec2(tm.clamp(row, 0, cells.shape[0] - 1), tm.clamp(column, 0, cells.shape[1] - 1))


@ti.func
def texels_along(foot, high: ti.i32, cells_axis, cells: ti.template()) -> ti.i32:
    """Return n of the tile at a footprint; `high`: 1 for the coarser map of high altitudes."""
    at = cell_index(foot, cells_axis, cells)
    return cells[at.x, at.y, 1 + 2 * high]


@ti.func
def spline_weights(t: Number):
    """Return the three weights of the quadratic B-spline at t, -1/2 to 1/2 from its middle node."""
    return tm.vec3(0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2)


@ti.func
def electrons(foot, high: ti.i32, cells_axis, cells: ti.template(), texels: ti.template()):
    """Return vec4(hard flux, ln energy, soft flux, ln energy) at a footprint, by quadratic B-spline in its tile.

    Bilinear look-up has a kink at every texel: sampled at a texel's pace it misses an arc's light by several per cent.
    """
    at = cell_index(foot, cells_axis, cells)
    first, n = cells[at.x, at.y, 2 * high], cells[at.x, at.y, 1 + 2 * high]
    f = tm.clamp((foot.y / cells_axis.z - cells_axis.y - at.x) * n, 0.0, 1.0 * n)
    g = tm.clamp((foot.x / cells_axis.z - cells_axis.x - at.y) * n, 0.0, 1.0 * n)
    i, j = ti.cast(f + 0.5, ti.i32), ti.cast(g + 0.5, ti.i32)
    down, across = spline_weights(f - i), spline_weights(g - j)
    value = tm.vec4(0.0)
    for row in ti.static(range(3)):
        k = first + (i + row) * (n + 3) + j
        value += down[row] * (across.x * texels[k] + across.y * texels[k + 1] + across.z * texels[k + 2])
    return value


@ti.func
def emission(h: Altitude, ln_energy: Number, axis, table: ti.template()):
    """Return the volume emission rate of all lines, photons cm-3 s-1 per mW m-2, bilinear in altitude and ln energy.

    `axis`: vec4(first altitude, altitude step, first ln energy, ln energy step); `table` [altitude, energy, line].
    """
    f = tm.clamp((h - axis.x) / axis.y, 0.0, table.shape[0] - 1.001)
    g = tm.clamp((ln_energy - axis.z) / axis.w, 0.0, table.shape[1] - 1.001)
    i, j = ti.cast(f, ti.i32), ti.cast(g, ti.i32)
    u, v = f - i, g - j
    low = table[i, j] * (1.0 - v) + table[i, j + 1] * v
    high = table[i + 1, j] * (1.0 - v) + table[i + 1, j + 1] * v
    return low * (1.0 - u) + high * u
