"""From a point in the aurora down its field line: the place of its 110 km footprint on the Earth-fixed plane.

The field is IGRF traced at set-up and baked to a look-up on the plane (see `render.geophysics.field.field_lines`): the
shift is a cubic in zeta = z / (1 + z / 20), z = (altitude - 110 km) / 100 km, with coefficients interpolated bilinearly
between nodes.
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Altitude, Length

FOOT_ALTITUDE_KM = 110.0  # km, where footprints are mapped (conventional auroral reference height)
ZETA_BEND = 1.0 / 20.0  # as `render.geophysics.field.field_lines.ZETA_BEND`: a test holds the two together


@ti.func
def footprint_on_plane(position, h: Altitude, axis, field: ti.template()):
    """Return the footprint's plane coordinates, km, of a point at plane `position` and altitude h.

    `axis`: vec3(x0, y0, spacing) of the nodes; `field` [row, column] of vectors (c1x, c1y, c2x, c2y, c3x, c3y, 0, 0).
    """
    f, g = (position.y - axis.y) / axis.z, (position.x - axis.x) / axis.z
    rows, columns = field.shape[0], field.shape[1]
    i, j = lookup.cell(f, rows), lookup.cell(g, columns)
    u, v = lookup.fraction(f, i, rows), lookup.fraction(g, j, columns)
    z = (h - FOOT_ALTITUDE_KM) / 100.0
    zeta = z / (1.0 + ZETA_BEND * z)
    below, beside = i + lookup.one(rows), j + lookup.one(columns)
    c = (1.0 - u) * (1.0 - v) * field[i, j] + (1.0 - u) * v * field[i, beside]
    c += u * (1.0 - v) * field[below, j] + u * v * field[below, beside]
    return position + zeta * (tm.vec2(c[0], c[1]) + zeta * (tm.vec2(c[2], c[3]) + zeta * tm.vec2(c[4], c[5])))


@ti.func
def plane_scale(position, radius: Length) -> float:
    """Return the stereographic scale, plane km per km on the sphere, at a place of the plane."""
    return 1.0 + tm.dot(position, position) / (4.0 * radius * radius)
