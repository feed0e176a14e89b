"""Light of one point of the aurora: the footprints below it, now and in the past, and the emission tables above that.

Two kinds of light are marched, each with a map and a table of its own: prompt lines, which follow the electrons at
once, and 557.7 nearly so, from the fine map; slow lines, of atoms and ions that live for seconds and minutes, from the
memory, a coarser map of exponential averages over the past.

A texel holds ln of the characteristic energy (keV) of its hard electrons, then K fluxes (mW m-2) of hard electrons,
then K of soft ones. Fine map, K = 2: now, and GREEN_AGE_S ago. Memory, K = 7: averages with the times FILTERS_S
(`render.emission.afterglow`). Where diffuse electrons have a spectrum of their own a texel ends with their share of the
hard flux, and a row of the emission tables with what they give. Texels live in square tiles of (n+3)^2, in the memory
of (n+1)^2, one per cell of the Earth-fixed plane; n follows what the camera resolves there. A cell without a tile
points at texel 0, a tile of zeros: a sample needs no branch.

`cells` [row, column, 8]: first texel and n of the fine map, of its coarser twin for high altitudes, and of the memory;
then the distance in cells to the nearest cell with light, and to the nearest with thin arcs (0 in such a cell). Places
beyond the grid are taken for those at its edge, which is dark. `thin` [row, column], of SUBCELLS x SUBCELLS to a cell:
the distance in subcells to the nearest with thin arcs, 0 in such a one.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup
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
FINE_VALUES, PAST_VALUES = 8, 16  # of a texel, padded with zeros to what a processor reads at once
FINE_SHARE, PAST_SHARE = 5, 15  # the value that is the diffuse electrons' share of the hard flux, 0 where all are alike
FINE, COARSE, PAST, EMPTY, SMOOTH = 1, 3, 5, 6, 7  # columns of `cells`: n of three maps (first texel before), distances
BLACK_DEPTH = 5.0  # scales: beyond it 1e-45 is left
LIT_DEPTH, DARK_DEPTH = -20.0, 2.6  # scales: beyond them 1e-9 is missing, or 9e-5 left, of the Sun's light
RISE = 0.25  # km per km by which the Sun's horizontal plane lies below a point: light from above it is not dimmed
SUBCELLS = 8  # along a cell, 4 km each: they know how far thin arcs are
Sunlight = ti.types.struct(direction=tm.vec3, screening_km=Real, sharpness=Real)
"""Unit vector to the Sun; tangent altitude, km, where the air halves its light; inverse scale of that edge, km-1."""


def planes_of(slow: bool) -> tuple[int, ...]:
    """Return the planes of the picture that prompt lines, or slow ones, and the lines tied to them fill."""
    return tuple(plane for plane, line in enumerate(SOURCE) if (line >= PROMPT_LINES) == slow)


@ti.func
def cell_index(foot, cells_axis, cells: ti.template()):
    """Return ivec2(row, column) of the footprint's cell, clamped to the grid.

    `cells_axis`: vec4(first column, first row, side km, cells per km); cell (i, j) of the plane has its corner at
    (i, j) x side.
    """
    column = ti.cast(ti.floor(foot.x * cells_axis.w - cells_axis.x), ti.i32)
    row = ti.cast(ti.floor(foot.y * cells_axis.w - cells_axis.y), ti.i32)
    return tm.ivec2(tm.clamp(row, 0, cells.shape[0] - 1), tm.clamp(column, 0, cells.shape[1] - 1))


@ti.func
def spline_weights(t: Number):
    """Return the three weights of the quadratic B-spline at t, -1/2 to 1/2 from its middle node."""
    return tm.vec3(0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2)


@ti.func
def electrons(foot, high: ti.i32, cells_axis, cells: ti.template(), texels: ti.template()):
    """Return the fine map's values (ln energy, hard now and then, soft now and then, diffuse share) by quadratic
    B-spline.

    `high` 1: from its coarser twin, FINE + 2 = COARSE.
    Bilinear look-up has a kink at every texel: sampled at a texel's pace it misses an arc's light by several per cent.
    """
    at = cell_index(foot, cells_axis, cells)
    first, n = cells[at.x, at.y, FINE - 1 + 2 * high], cells[at.x, at.y, FINE + 2 * high]
    f = tm.clamp((foot.y * cells_axis.w - cells_axis.y - at.x) * n, 0.0, 1.0 * n)
    g = tm.clamp((foot.x * cells_axis.w - cells_axis.x - at.y) * n, 0.0, 1.0 * n)
    i, j = ti.cast(f + 0.5, ti.i32), ti.cast(g + 0.5, ti.i32)
    down, across = spline_weights(f - i), spline_weights(g - j)
    k, next_one, value = first + i * (n + 3) + j, lookup.one(n), 0.0 * texels[0]
    for row in ti.static(range(3)):
        middle = k + next_one
        value += down[row] * (across.x * texels[k] + across.y * texels[middle] + across.z * texels[middle + next_one])
        k += n + 3
    return value


@ti.func
def afterglow_electrons(foot, cells_axis, cells: ti.template(), texels: ti.template()):
    """Return the memory's values (ln energy, hard fluxes, soft fluxes, diffuse share) at a footprint, bilinear.

    The memory is blurred, by more than a texel where it matters: a spline would cost twice as much for less than 1 %.
    """
    at = cell_index(foot, cells_axis, cells)
    first, n = cells[at.x, at.y, PAST - 1], cells[at.x, at.y, PAST]
    f = tm.clamp((foot.y * cells_axis.w - cells_axis.y - at.x) * n, 0.0, 1.0 * n)
    g = tm.clamp((foot.x * cells_axis.w - cells_axis.x - at.y) * n, 0.0, 1.0 * n)
    i, j = ti.min(ti.cast(f, ti.i32), n - 1), ti.min(ti.cast(g, ti.i32), n - 1)
    u, v = f - i, g - j
    k, next_one = first + i * (n + 1) + j, lookup.one(n)
    below = k + n + next_one
    value = (1.0 - u) * (1.0 - v) * texels[k] + (1.0 - u) * v * texels[k + next_one]
    return value + u * (1.0 - v) * texels[below] + u * v * texels[below + next_one]


@ti.func
def emission(h: Altitude, ln_energy: Number, axis, table: ti.template()):
    """Return a row of the emission table, photons cm-3 s-1 per mW m-2, bilinear in altitude and ln energy.

    `axis`: vec4(first altitude, nodes per km, first ln energy, nodes per ln keV); `table` [altitude, energy] of
    vectors: the lines of a kind, and for prompt lines the share of the older footprint in 557.7 (GREEN_COLUMN).
    """
    f = tm.clamp((h - axis.x) * axis.y, 0.0, table.shape[0] - 1.001)
    g = tm.clamp((ln_energy - axis.z) * axis.w, 0.0, table.shape[1] - 1.001)
    i, j = ti.cast(f, ti.i32), ti.cast(g, ti.i32)
    u, v, k = f - i, g - j, j + lookup.one(table.shape[1])
    low = (1.0 - u) * (1.0 - v) * table[i, j] + (1.0 - u) * v * table[i, k]
    return low + u * (1.0 - v) * table[i + 1, j] + u * v * table[i + 1, k]


@ti.func
def hard_emission(h: Altitude, ln_energy: Number, diffuse: Number, axis, table: ti.template(), lines: ti.template()):
    """Return the row of the emission table for a texel's hard electrons, those of arcs and diffuse ones.

    `diffuse`: the share of the latter, which counts where a row ends with their lines; `lines`: of the table's kind.
    """
    row = emission(h, ln_energy, axis, table)
    if ti.static(row.n >= 2 * lines):
        share = tm.clamp(diffuse, 0.0, 1.0)
        for k in ti.static(range(lines)):
            row[k] += share * (row[row.n - lines + k] - row[k])
    return row


@ti.func
def soft_emission(h: Altitude, axis, soft: ti.template()):
    """Return the row of the emission table for soft electrons, all of one energy; `soft` [altitude] of vectors."""
    f = tm.clamp((h - axis.x) * axis.y, 0.0, soft.shape[0] - 1.001)
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
def remembered(h: Altitude, q, first: ti.template(), axis, memory: ti.template()):
    """Return the flux, mW m-2, that each slow line at h remembers, of FILTERS averages in q from `first` on.

    `memory` [altitude] of vectors [filter x line]: the mixture of averages that a line's lifetime there asks for, taken
    from the nearest node: lifetimes change by 4 % in half a km.
    """
    f = tm.clamp((h - axis.x) * axis.y + 0.5, 0.0, memory.shape[0] - 0.5)
    mixture = memory[ti.cast(f, ti.i32)]
    flux = ti.Vector.zero(float, SLOW_LINES)
    for m in ti.static(range(FILTERS)):
        for k in ti.static(range(SLOW_LINES)):
            flux[k] += mixture[m * SLOW_LINES + k] * q[first + m]
    return tm.max(flux, 0.0)


@ti.func
def shadow_depth(p, sun) -> Number:
    """Return how deep in the Earth's shadow a point lies: how far the light's lowest point on its way from the Sun is
    below the screening height, in scales of that edge (`Sunlight`); negative in the light.

    Along a ray it is smooth, as the light itself is not. The light of a Sun above the point's horizontal plane has no
    lowest point: it counts as higher, so that little of it is missing at 50 km.
    """
    along = geometry.tangent_distance(p, sun.direction)
    lowest = geometry.altitude(p + tm.max(along, 0.0) * sun.direction) + RISE * tm.max(-along, 0.0)
    return (sun.screening_km - lowest) * sun.sharpness


@ti.func
def lit_share(depth: Number) -> Number:
    """Return how much of the Sun's 391 nm light reaches a point of this `shadow_depth`: half at 0.

    exp(-ln 2 exp(depth)): an exponential air seen along its limb.
    """
    light = ti.select(depth < LIT_DEPTH, 1.0, 0.0)
    if depth >= LIT_DEPTH and depth < BLACK_DEPTH:
        light = ti.exp(-0.6931472 * ti.exp(depth))
    return light
