"""Light of one point of the aurora: the footprints below it, now and in the past, and the emission tables above that.

Two kinds of light are marched, each with a map and a table of its own: prompt lines, which follow the electrons at
once, and 557.7 nearly so, from the fine map; slow lines, of atoms and ions that live for seconds and minutes, from the
memory, a coarser map of exponential averages over the past.

A texel holds ln of the characteristic energy (keV) of its hard electrons, then K fluxes (mW m-2) of hard electrons,
then K of soft ones. Fine map, K = 2: now, and GREEN_AGE_S ago. Memory, K = 7: averages with the times FILTERS_S
(`render.emission.afterglow`). Where diffuse electrons have a spectrum of their own a texel ends with their share of the
hard flux, and a row of the emission tables with what they give. Texels live in square tiles of (n+3)^2, one per cell of
the Earth-fixed plane; n follows what the camera resolves there. A cell without a tile points at texel 0, a tile of
zeros: a sample needs no branch.

`cells` [row, column, 8]: first texel and n of the fine map, of its coarser twin for high altitudes, and of the memory;
then the distance in cells to the nearest cell with light, and to the nearest with thin arcs (0 in such a cell). Places
beyond the grid are taken for those at its edge, which is dark.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry
from shaders.definitions import Altitude, Number, Real

# Order of the lines, as in `render.core.lines`: PROMPT_KEYS, SLOW_KEYS, then TIED; a test holds the three together
PROMPT_LINES, SLOW_LINES, TIED_LINES = 7, 4, 5
LINES = PROMPT_LINES + SLOW_LINES
GREEN = 3  # 557.7 among the prompt lines
SUNLIT = 3  # N2+ in sunlight among the slow lines
PARENT = (PROMPT_LINES, GREEN, 0, 0, 0)  # line that 636.4, 297.2, N2+_Meinel, weak and H-beta are tied to
SOURCE = (*range(LINES), *PARENT)  # line whose light each plane of the picture is, or shares
FILTERS = 7  # exponential averages of the memory
GREEN_COLUMN = PROMPT_LINES  # of the prompt table's row: the share of the older footprint in 557.7
FINE, COARSE, PAST, EMPTY, SMOOTH = 1, 3, 5, 6, 7  # columns of `cells`: n of three maps (first texel before), distances
# km from the shadow's axis, beyond the screening height: 6 scale heights outside the equator, 5 inside the poles
EDGE_OUTSIDE_KM, EDGE_INSIDE_KM = 6378.2 + 60.0, 6356.7 - 40.0
HORIZON_SLACK_KM = 60.0  # km: where geocentric and geodetic horizontal planes differ, the exact rule decides
Sunlight = ti.types.struct(direction=tm.vec3, screening_km=Real, sharpness=Real)
"""Unit vector to the Sun; tangent altitude, km, where the air halves its light; inverse scale of that edge, km-1."""


@ti.func
def cell_index(foot, cells_axis, cells: ti.template()):
    """Return ivec2(row, column) of the footprint's cell, clamped to the grid.

    `cells_axis`: vec3(first column, first row, side km); cell (i, j) of the plane has its corner at (i, j) x side.
    """
    column = ti.cast(ti.floor(foot.x / cells_axis.z - cells_axis.x), ti.i32)
    row = ti.cast(ti.floor(foot.y / cells_axis.z - cells_axis.y), ti.i32)
    return tm.ivec2(tm.clamp(row, 0, cells.shape[0] - 1), tm.clamp(column, 0, cells.shape[1] - 1))


@ti.func
def texels_along(foot, which: ti.i32, cells_axis, cells: ti.template()) -> ti.i32:
    """Return n of the tile at a footprint; `which`: FINE, COARSE or PAST."""
    at = cell_index(foot, cells_axis, cells)
    return cells[at.x, at.y, which]


@ti.func
def spline_weights(t: Number):
    """Return the three weights of the quadratic B-spline at t, -1/2 to 1/2 from its middle node."""
    return tm.vec3(0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2)


@ti.func
def electrons(
    foot, high: ti.i32, cells_axis, cells: ti.template(), texels: ti.template(), two_spectra: ti.template()
):  # fmt: skip
    """Return the fine map's values (ln energy, hard now and then, soft now and then) by quadratic B-spline.

    `high` 1: from its coarser twin, FINE + 2 = COARSE. `two_spectra`: with the diffuse share.
    Bilinear look-up has a kink at every texel: sampled at a texel's pace it misses an arc's light by several per cent.
    """
    at = cell_index(foot, cells_axis, cells)
    first, n = cells[at.x, at.y, FINE - 1 + 2 * high], cells[at.x, at.y, FINE + 2 * high]
    f = tm.clamp((foot.y / cells_axis.z - cells_axis.y - at.x) * n, 0.0, 1.0 * n)
    g = tm.clamp((foot.x / cells_axis.z - cells_axis.x - at.y) * n, 0.0, 1.0 * n)
    i, j = ti.cast(f + 0.5, ti.i32), ti.cast(g + 0.5, ti.i32)
    down, across = spline_weights(f - i), spline_weights(g - j)
    value = ti.Vector.zero(float, ti.static(5 + two_spectra))
    for row in ti.static(range(3)):
        k = first + (i + row) * (n + 3) + j
        for c in ti.static(range(5 + two_spectra)):
            value[c] += down[row] * (
                across.x * texels[k, c] + across.y * texels[k + 1, c] + across.z * texels[k + 2, c]
            )
    return value


@ti.func
def afterglow_electrons(foot, cells_axis, cells: ti.template(), texels: ti.template(), two_spectra: ti.template()):
    """Return the memory's values (ln energy, hard fluxes, soft fluxes) at a footprint, bilinear in its tile.

    The memory is blurred, by more than a texel where it matters: a spline would cost twice as much for less than 1 %.
    """
    at = cell_index(foot, cells_axis, cells)
    first, n = cells[at.x, at.y, PAST - 1], cells[at.x, at.y, PAST]
    f = tm.clamp((foot.y / cells_axis.z - cells_axis.y - at.x) * n, 0.0, 1.0 * n)
    g = tm.clamp((foot.x / cells_axis.z - cells_axis.x - at.y) * n, 0.0, 1.0 * n)
    i, j = ti.min(ti.cast(f, ti.i32), n - 1), ti.min(ti.cast(g, ti.i32), n - 1)
    u, v = f - i, g - j
    k = first + (i + 1) * (n + 3) + j + 1
    value = ti.Vector.zero(float, ti.static(1 + 2 * FILTERS + two_spectra))
    for c in ti.static(range(1 + 2 * FILTERS + two_spectra)):
        upper = texels[k, c] * (1.0 - v) + texels[k + 1, c] * v
        lower = texels[k + n + 3, c] * (1.0 - v) + texels[k + n + 4, c] * v
        value[c] = upper * (1.0 - u) + lower * u
    return value


@ti.func
def emission(h: Altitude, ln_energy: Number, axis, table: ti.template()):
    """Return a row of the emission table, photons cm-3 s-1 per mW m-2, bilinear in altitude and ln energy.

    `axis`: vec4(first altitude, altitude step, first ln energy, ln energy step); `table` [altitude, energy] of vectors:
    the lines of a kind, and for prompt lines the share of the older footprint in 557.7 (GREEN_COLUMN).
    """
    f = tm.clamp((h - axis.x) / axis.y, 0.0, table.shape[0] - 1.001)
    g = tm.clamp((ln_energy - axis.z) / axis.w, 0.0, table.shape[1] - 1.001)
    i, j = ti.cast(f, ti.i32), ti.cast(g, ti.i32)
    u, v = f - i, g - j
    low = table[i, j] * (1.0 - v) + table[i, j + 1] * v
    high = table[i + 1, j] * (1.0 - v) + table[i + 1, j + 1] * v
    return low * (1.0 - u) + high * u


@ti.func
def hard_emission(h: Altitude, q, axis, table: ti.template(), lines: ti.template()):
    """Return the row of the emission table for a texel's hard electrons, those of arcs and diffuse ones.

    `q`: as `electrons` or `afterglow_electrons` has it, ln energy first; `lines`: of the table's kind. Where a row ends
    with the lines of diffuse electrons, q ends with their share.
    """
    row = emission(h, q[0], axis, table)
    if ti.static(row.n >= 2 * lines):
        share = tm.clamp(q[q.n - 1], 0.0, 1.0)
        for k in ti.static(range(lines)):
            row[k] += share * (row[row.n - lines + k] - row[k])
    return row


@ti.func
def soft_emission(h: Altitude, axis, soft: ti.template()):
    """Return the row of the emission table for soft electrons, all of one energy; `soft` [altitude] of vectors."""
    f = tm.clamp((h - axis.x) / axis.y, 0.0, soft.shape[0] - 1.001)
    i = ti.cast(f, ti.i32)
    return soft[i] * (1.0 - (f - i)) + soft[i + 1] * (f - i)


@ti.func
def prompt_light(row, now: Number, then: Number):
    """Return the prompt lines' emission for electrons of a flux now and another GREEN_AGE_S ago."""
    light = ti.Vector.zero(float, PROMPT_LINES)
    for k in ti.static(range(PROMPT_LINES)):
        light[k] = row[k] * now
    light[GREEN] = row[GREEN] * (now + row[GREEN_COLUMN] * (then - now))
    return light


@ti.func
def slow_light(h: Altitude, row_hard, row_soft, q, sunlit: Number, axis, memory: ti.template()):
    """Return the slow lines' emission of a texel's values; `sunlit` 0 to 1, how much of the Sun the ions see.

    `row_hard`, `row_soft`: rows of the emission table at h; `q` as `afterglow_electrons` has it. `memory` [altitude] of
    vectors [line x filter]: the mixture of averages that a line's lifetime there asks for, taken from the nearest node:
    lifetimes change by 4 % in half a km.
    """
    f = tm.clamp((h - axis.x) / axis.y + 0.5, 0.0, memory.shape[0] - 0.5)
    mixture = memory[ti.cast(f, ti.i32)]
    light = ti.Vector.zero(float, SLOW_LINES)
    for k in ti.static(range(SLOW_LINES)):
        hard, soft = 0.0, 0.0
        for m in ti.static(range(FILTERS)):
            hard += mixture[k * FILTERS + m] * q[1 + m]
            soft += mixture[k * FILTERS + m] * q[1 + FILTERS + m]
        light[k] = row_hard[k] * tm.max(hard, 0.0) + row_soft[k] * tm.max(soft, 0.0)
    light[SUNLIT] *= sunlit
    return light


@ti.func
def sunlight(p, sun) -> Number:
    """Return how much of the Sun's 391 nm light reaches a point: 1, half at the screening height, 0 behind the Earth.

    exp(-ln 2 exp(-(tangent altitude - screening height) / scale)): an exponential air seen along its limb. `sun`: see
    Sunlight. A Sun above the point's horizontal plane is not dimmed. Most points lie clear of the Earth's shadow or
    deep in it; only near its edge, a ring wide enough for any screening height, is the tangent point worked out.
    """
    ahead = tm.dot(p, sun.direction)
    aside = ti.sqrt(tm.max(tm.dot(p, p) - ahead * ahead, 0.0))  # km from the axis of the shadow
    light = ti.select(ahead > 0.0 or aside > EDGE_OUTSIDE_KM + sun.screening_km, 1.0, 0.0)
    inner, outer = EDGE_INSIDE_KM + sun.screening_km, EDGE_OUTSIDE_KM + sun.screening_km
    if ahead < HORIZON_SLACK_KM and aside > inner and aside < outer:
        along = geometry.tangent_distance(p, sun.direction)
        lowest = geometry.altitude(p + tm.max(along, 0.0) * sun.direction)
        depth = tm.clamp((sun.screening_km - lowest) * sun.sharpness, -20.0, 5.0)
        light = ti.select(along <= 0.0, 1.0, ti.exp(-0.6931472 * ti.exp(depth)))
    return light
