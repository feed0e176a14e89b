"""Winding: lattices of compact, area-preserving rotations, undone exactly, so that a straight arc becomes a fold.

Rotations are of one sense (clockwise seen from above in the north, mirrored in the south, where y is mirrored too).
Vortices shared by a group are tabulated by the host (`render.geophysics.forms.vortices`); those of single arcs,
thousands of them, are made here from hashes.
"""

import taichi as ti
import taichi.math as tm

from shaders import noise
from shaders.definitions import Length, Number, Seconds

LEFT, CENTRE_X, CENTRE_Y, LONG, WIDE, COSINE, SINE, ANGLE = range(8)  # columns of `vortices`
SPACING, LARGEST_ANGLE, DRIFT, LIFE, FLATTENING, GAIN, OFFSET, SHIFT = range(8)  # columns of `curls`
SMALLEST = 1.2  # texels: a vortex whose smaller semi-axis is shorter would only alias


class Row:
    """Columns of `rows`: x, km, where a level's first cell nominally begins, and its spacing, km; how far from the line
    any of its vortices reaches, km, and the longest of their shorter semi-axes, km (of those that are wound)."""

    BEGIN, SPACING, REACH, WIDEST = range(4)


@ti.func
def turned(d, angle: Number, m: Number):
    """Return d turned anticlockwise by angle m^2, rad; m = 1 - r^2 in the unit circle: smooth at its rim, 0 outside."""
    inside = tm.max(m, 0.0)
    theta = angle * inside * inside
    c, s = ti.cos(theta), ti.sin(theta)
    return tm.vec2(c * d.x - s * d.y, s * d.x + c * d.y)


@ti.func
def unwind(
    p, texel: Length, age: ti.i32, g: ti.i32, level: ti.i32, offsets: ti.template(), rows: ti.template(),
    vortices: ti.template(),
):  # fmt: skip
    """Undo the winding of one tabulated level at p = (along, across).

    `offsets` [level + 1], `rows` [age, group, level, 4] and `vortices` [age, group, cell, 8] as
    `render.geophysics.forms.vortices.Vortices`. Cells' edges are jittered by less than their spacing: the nominal cell
    or a neighbour holds the point.
    """
    first, last = offsets[level], offsets[level + 1] - 1
    spacing = rows[age, g, level, Row.SPACING]
    nominal = ti.cast(ti.floor((p.x - rows[age, g, level, Row.BEGIN]) / spacing), ti.i32)
    k = tm.clamp(first + nominal, first + 1, last - 1)
    k += ti.select(p.x < vortices[age, g, k, LEFT], -1, ti.select(p.x >= vortices[age, g, k + 1, LEFT], 1, 0))
    angle = vortices[age, g, k, ANGLE]
    q = p
    long, wide = vortices[age, g, k, LONG], vortices[age, g, k, WIDE]
    if angle != 0.0 and wide > SMALLEST * texel:
        c, s = vortices[age, g, k, COSINE], vortices[age, g, k, SINE]
        x, y = p.x - vortices[age, g, k, CENTRE_X], p.y - vortices[age, g, k, CENTRE_Y]
        e = tm.vec2((c * x + s * y) / long, (c * y - s * x) / wide)
        m = 1.0 - tm.dot(e, e)
        if m > 0.0:
            moved = turned(e, angle, m) - e
            q += tm.vec2(c * moved.x * long - s * moved.y * wide, s * moved.x * long + c * moved.y * wide)
    return q


@ti.func
def curl(p, t: Seconds, activity: Number, level: ti.i32, seed: ti.i32, sense: Number, curls: ti.template()):
    """Undo the winding of one lattice of an arc's own small vortices at p; `sense` -1 turns them the other way.

    `curls` [level, 8]: spacing km, largest angle rad, drift km/s, life s, flattening, activity gain, offset, shift km.
    A vortex fills a circle of `radius` spacings inside its cell; numbers as in
    `render.geophysics.forms.vortices.vortex_row`.
    """
    spacing, flat = curls[level, SPACING], curls[level, FLATTENING]
    strength = sense * tm.clamp(activity * curls[level, GAIN] + curls[level, OFFSET], 0.0, 1.1)
    q = p
    if strength != 0.0 and ti.abs(p.y) < 0.7 * spacing:
        u = (p.x + curls[level, SHIFT] - curls[level, DRIFT] * t) / spacing
        vortex = ti.cast(ti.floor(u), ti.i32)
        radius = 0.26 + 0.21 * noise.unit_hash(vortex, 0, seed)
        offset = (2.0 * noise.unit_hash(vortex, 1, seed) - 1.0) * (0.49 - radius)
        across = (2.0 * noise.unit_hash(vortex, 2, seed) - 1.0) * 0.28 * radius
        d = tm.vec2(u - ti.floor(u) - 0.5 - offset, p.y / (spacing * flat) - across)
        m = 1.0 - tm.dot(d, d) / (radius * radius)
        if m > 0.0:
            wound = winding(t / curls[level, LIFE], vortex, seed)
            moved = turned(d, curls[level, LARGEST_ANGLE] * strength * wound, m) - d
            q += spacing * tm.vec2(moved.x, moved.y * flat)
    return q


@ti.func
def winding(lives: Number, vortex: ti.i32, seed: ti.i32) -> Number:
    """Return how far a vortex is wound now, 0 to 1: it winds up and unwinds with its field-aligned current."""
    phase = lives * (0.7 + 0.6 * noise.unit_hash(vortex, 3, seed)) + 8.0 * noise.unit_hash(vortex, 4, seed)
    life = ti.floor(phase)
    within = phase - life
    size = 0.25 + 0.75 * noise.unit_hash(vortex, ti.cast(life, ti.i32), seed + 9)
    return size * noise.smooth_step(0.0, 0.55, within) * (1.0 - noise.smooth_step(0.72, 1.0, within))
