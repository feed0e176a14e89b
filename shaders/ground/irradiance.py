"""Look-ups of what falls on a place: light of Sun and Moon by zenith angle, the aurora's by its map; and of the air."""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Altitude, Number
from shaders.sky.transmittance import SPECIES


@ti.func
def zenith_node(p, inverse_axes, towards, per_rad: Number) -> Number:
    """Return the fractional node of a source's light on level places: its zenith angle at p x nodes per rad."""
    q, s = inverse_axes * p, inverse_axes * towards
    return tm.atan2(tm.length(tm.cross(q, s)), tm.dot(q, s)) * per_rad


@ti.func
def level_light_at(
    table: ti.template(), level: ti.i32, i: ti.i32, u: Number, kind: ti.i32, band: ti.i32
) -> Number:  # fmt: skip
    """Return irradiance of a level place per unit of the source's, at part u of the way from node i to the next.

    `table` as `Air.level_light`; i, u: `lookup.cell` and `fraction` of its nodes.
    """
    return table[level, i, kind, band] * (1.0 - u) + table[level, i + 1, kind, band] * u


@ti.func
def glow_place(p, lights):
    """Return vec2(row, column) of a place on the map of the aurora's light, fractional."""
    local = lights.map_frame @ tm.normalize(p)
    plane = local.xy * (lights.map_per_rad * 2.0 / tm.max(1.0 + local.z, 0.2))
    return tm.vec2(lights.map_row - plane.y, lights.map_column + plane.x)


@ti.func
def glow_at(glow: ti.template(), place, line: ti.i32) -> Number:
    """Return the aurora's light at a place of its map, R sr; beyond the map is that of its edge."""
    return lookup.bilinear_plane(glow, place.x, place.y, line)


@ti.func
def columns_above(slant, height: Altitude, nodes_per_km: Number, above: ti.template()):
    """Return the part of a line of sight's columns that lies above an altitude, [species]."""
    node, found = height * nodes_per_km, ti.Vector.zero(float, SPECIES)
    for k in ti.static(range(SPECIES)):
        found[k] = slant[k] * lookup.linear_plane(above, node, k)
    return found
