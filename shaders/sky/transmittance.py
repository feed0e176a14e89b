"""The transmittance of a source's light, and the ellipsoid's scaled space in which shadows are exact.

Computation and precomputation: `render.atmosphere.sunlight`. Lookup: here.

Scaled space: p -> q = p / (a, a, b) makes the ellipsoid the unit sphere and keeps rays straight, so Earth's shadow and
horizon are those of a sphere. With F = |q|^2 - 1 ("excess") the horizon's dip is atan sqrt(F).
"""

import taichi as ti
import taichi.math as tm

from shaders import lookup
from shaders.definitions import Altitude, Array, Number


class Species:
    """Columns of densities, slant columns and extinctions, as `render.atmosphere.extinction.SPECIES`."""

    AIR, OZONE, NO2, BOUNDARY, BACKGROUND, VOLCANIC = range(6)


SPECIES = 6
AEROSOLS = 3  # the last of them
BENDING = SPECIES  # column after the species' in layers, rad km-1, and in what a line of sight passes, rad


class Optics:
    """Columns of `optics` [band, 8] after the species' extinctions, km-1 per unit density."""

    BETA2, RELATIVE_BENDING = SPECIES, SPECIES + 1


Sunlight = ti.types.argpack(depth=Array(), shadow_angle=Array())
"""The sunlight table: `depth` [altitude, angle, band], minus the logarithm of the transmittance; `shadow_angle`
[altitude], rad: how far below the apparent horizon a source still gives light."""


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
def altitude_row(h: Altitude, top: Altitude, rows: ti.i32) -> Number:
    """Return the fractional row of the sunlight table at an optical altitude."""
    return tm.sqrt(tm.clamp(h / top, 0.0, 1.0)) * (rows - 1.0)


@ti.func
def sunlight_place(
    h: Altitude, above: Number, dip: Number, shadow_angle: ti.template(), top: Altitude, columns: ti.i32
):
    """Return the fractional (row, column) of the sunlight table; inverse of `render.atmosphere.sunlight.table_nodes`.

    `h` optical altitude; `above` true angle of the source above the apparent horizon; column 0: in shadow.
    """
    row = altitude_row(h, top, shadow_angle.shape[0])
    farthest = lookup.linear(shadow_angle, row)
    u = tm.sqrt(tm.clamp((above + farthest) / (0.5 * tm.pi + dip + farthest), 0.0, 1.0))
    return tm.vec2(row, u * (columns - 1.0))
