"""The mean of a picture along the way that each pixel's light takes while the shutter is open.

Light moves straight and evenly, over `way` pixels (x, y) from opening to closing: a pixel's mean is that of what lies
along its way, half before it and half behind. Samples stand on whole columns, or rows where the way is steeper, at the
nearest pixel across; weights have the variance of an even bar, way^2/12, so that nothing is blurred by more.
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Array, Number, Real

SHORT = 2.0  # px: a bar so short is three weights
MOST_PLANES = 8  # that are averaged at once, in registers
MOST_STEPS = 512.0  # along a way: longer ones, of exposures of minutes, are sampled more coarsely
Ways = ti.types.argpack(nodes=Array(), spacing=Array(), discs=Array())
"""`nodes` [node row, node column, 2]: ways, px (x, y), at nodes from the top left pixel's centre on; `spacing` [1] of
them, px; `discs` [disc, 5]: place (x, y), counted from 0, and radius, px, within which all goes a way of its own."""


@ti.func
def way_at(row: Number, column: Number, ways: ti.template()):
    """Return the way, px (x, y), of a place in the picture, counted from 0."""
    rows, columns = ways.nodes.shape[0], ways.nodes.shape[1]
    f, g = row / ways.spacing[0], column / ways.spacing[0]
    i = ti.cast(tm.clamp(ti.floor(f), 0.0, rows - 2.0), ti.i32)
    j = ti.cast(tm.clamp(ti.floor(g), 0.0, columns - 2.0), ti.i32)
    u, v = f - i, g - j
    found = tm.vec2(0.0)
    for k in ti.static(range(2)):
        upper = ways.nodes[i, j, k] * (1.0 - v) + ways.nodes[i, j + 1, k] * v
        lower = ways.nodes[i + 1, j, k] * (1.0 - v) + ways.nodes[i + 1, j + 1, k] * v
        found[k] = upper * (1.0 - u) + lower * u
    for d in range(ways.discs.shape[0]):
        if tm.length(tm.vec2(column - ways.discs[d, 0], row - ways.discs[d, 1])) < ways.discs[d, 2]:
            found = tm.vec2(ways.discs[d, 3], ways.discs[d, 4])
    return found


@ti.func
def passed(x: Number) -> Number:
    """Return the integral to x of the hat that is 1 at 0 and 0 from 1 on."""
    t = tm.clamp(x, -1.0, 1.0)
    return 0.5 + t - 0.5 * t * ti.abs(t)


@ti.func
def share(q: ti.i32, way: Number) -> Number:
    """Return the weight of the pixel q steps away on a bar `way` px long; all of them sum to 1."""
    found = 0.0
    if way < SHORT:
        beside = way * way / 24.0
        found = ti.select(q == 0, 1.0 - 2.0 * beside, ti.select(ti.abs(q) == 1, beside, 0.0))
    else:
        bar = ti.sqrt(way * way - 2.0)  # the hat's own variance is 1/6
        found = (passed(q + 0.5 * bar) - passed(q - 0.5 * bar)) / bar
    return found


@ti.kernel
def average(first: ti.i32, skipped: ti.i32, closed: ti.i32, ways: Ways, light: Array(), out: Array()):
    """Fill `out` [plane, row, column], MOST_PLANES at most, with the means along their ways of `light`, of that shape.

    `first`: the picture's row with which `light` begins, 0 = top; `out` begins `skipped` rows further down. What would
    be beyond an edge is as on it, or, of a `closed` picture, what its other side has.
    """
    planes, rows, columns = light.shape[0], light.shape[1], light.shape[2]
    for i, j in ti.ndrange(out.shape[1], out.shape[2]):
        way = way_at(i + skipped + first, j, ways)
        flat = ti.abs(way.x) >= ti.abs(way.y)
        long = tm.max(ti.abs(way.x), ti.abs(way.y))
        slope = 0.0  # across per step along
        if long > 0.0:
            slope = ti.select(flat, way.y, way.x) / ti.select(flat, way.x, way.y)
        stride = ti.max(1, ti.cast(ti.ceil(long / MOST_STEPS), ti.i32))
        reach = ti.select(long < SHORT, 1, ti.cast(ti.ceil(0.5 * long), ti.i32)) // stride
        total = ti.Vector.zero(Real, MOST_PLANES)
        for n in range(-reach, reach + 1):
            q = n * stride
            weight = share(q, long) * stride
            if weight > 0.0:
                across = ti.cast(ti.round(q * slope), ti.i32)
                y = tm.clamp(i + skipped + ti.select(flat, across, q), 0, rows - 1)
                x = j + ti.select(flat, q, across)
                x = ti.select(closed == 1, ((x % columns) + columns) % columns, tm.clamp(x, 0, columns - 1))
                for k in ti.static(range(MOST_PLANES)):  # of too many the last one again, which stays near
                    total[k] += weight * light[ti.min(k, planes - 1), y, x]
        for k in ti.static(range(MOST_PLANES)):
            if k < planes:
                out[k, i, j] = total[k]
