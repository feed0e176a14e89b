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

    `axis`: vec3(x0, y0, spacing) of the nodes; `field` [row, column, 6] in order (c1x, c1y, c2x, c2y, c3x, c3y).
    """
    f, g = (position.y - axis.y) / axis.z, (position.x - axis.x) / axis.z
    rows, columns = field.shape[0], field.shape[1]
    i, j = lookup.cell(f, rows), lookup.cell(g, columns)
    u, v = lookup.fraction(f, i, rows), lookup.fraction(g, j, columns)
    z = (h - FOOT_ALTITUDE_KM) / 100.0
    zeta = z / (1.0 + ZETA_BEND * z)
    foot = position
    for a in ti.static(range(2)):
        for b in ti.static(range(2)):
            w = (u if a else 1.0 - u) * (v if b else 1.0 - v)
            for k in ti.static(range(2)):
                c1, c2, c3 = field[i + a, j + b, k], field[i + a, j + b, 2 + k], field[i + a, j + b, 4 + k]
                foot[k] += w * zeta * (c1 + zeta * (c2 + zeta * c3))
    return foot


@ti.func
def plane_scale(position, radius: Length) -> float:
    """Return the stereographic scale, plane km per km on the sphere, at a place of the plane."""
    return 1.0 + tm.dot(position, position) / (4.0 * radius * radius)
