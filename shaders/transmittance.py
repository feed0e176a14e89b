"""Columns to a source, what they leave of its light, and the ellipsoid's scaled space in which shadows are exact.

Computation: `render.atmosphere.columns.sunward_columns`. Precomputation: its `column_table`. Lookup: here.

Scaled space: p -> q = p / (a, a, b) makes the ellipsoid the unit sphere and keeps rays straight, so Earth's shadow and
horizon are those of a sphere. With F = |q|^2 - 1 ("excess") the horizon's dip is atan sqrt(F).
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Altitude, Number


@ti.func
def altitude_of_excess(p, excess: Number) -> Altitude:
    """Return the altitude of p, km, from F = |q|^2 - 1, without subtracting two large numbers."""
    rho = tm.sqrt(tm.max(1.0 + excess, 0.0))
    return tm.length(p) * excess / (rho * (1.0 + rho))


@ti.func
def horizon_dip(excess: Number) -> Number:
    """Return how far the horizon lies below the local level, rad, in scaled space."""
    return tm.atan2(tm.sqrt(tm.max(excess, 0.0)), 1.0)


@ti.func
def above_horizon(q, source, excess: Number) -> Number:
    """Return the angle of the source's centre above the horizon, rad; both vectors in scaled space.

    The sum of elevation and dip by the addition theorem: near zero, where shadows end, its error is relative. Vulkan
    allows an arc tangent to be 4096 roundings off, too much for a difference of two.
    """
    up, across, tangent = tm.dot(q, source), tm.length(tm.cross(q, source)), tm.sqrt(tm.max(excess, 0.0))
    return tm.atan2(up + across * tangent, across - up * tangent)


@ti.func
def visible_fraction(above: Number, radius: Number) -> Number:
    """Return the share of a disc that stands above a straight horizon: a circle's segment."""
    t = tm.clamp(above / radius, -1.0, 1.0)
    chord = tm.sqrt(tm.max(1.0 - t * t, 0.0))
    return 0.5 + (t * chord + tm.atan2(t, chord)) / tm.pi


@ti.func
def column_coordinates(h: Altitude, above: Number, dip: Number, top: Altitude, rows: ti.i32, columns: ti.i32):
    """Return the fractional (row, column) of the column table; inverse of `render.atmosphere.columns.table_nodes`."""
    u = tm.sqrt(tm.clamp(above / (0.5 * tm.pi + dip), 0.0, 1.0))
    return tm.vec2(tm.sqrt(tm.clamp(h / top, 0.0, 1.0)) * (rows - 1.0), u * (columns - 1.0))


@ti.func
def columns_to_source(table: ti.template(), h: Altitude, above: Number, dip: Number, top: Altitude):
    """Return the three columns (air, ozone, aerosol) from altitude h to a source that far above the horizon."""
    at = column_coordinates(h, above, dip, top, table.shape[0], table.shape[1])
    c = tm.vec3(0.0, 0.0, 0.0)
    for k in ti.static(range(3)):
        c[k] = lookup.bilinear_plane(table, at.x, at.y, k)
    return c


@ti.func
def coefficient(optics: ti.template(), band: ti.i32):
    """Return extinction per unit column of (air, ozone, aerosol) in one band; `optics` [band, 4]."""
    return tm.vec3(optics[band, 0], optics[band, 1], optics[band, 2])


@ti.func
def mean_transmittance(depth: Number) -> Number:
    """Return (1 - exp(-depth)) / depth: what a layer lets through of light made evenly inside it."""
    thin = 1.0 - depth * (0.5 - depth / 6.0)
    return ti.select(depth < 0.01, thin, (1.0 - tm.exp(-depth)) / tm.max(depth, 0.01))
