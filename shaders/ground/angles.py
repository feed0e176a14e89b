"""Angles for places on the ground, alike on every device to a few roundings.

Vulkan allows an arc tangent an error of 4096 roundings and a sine one of 2^-11: 2 and 3 km on the ground. Clouds and
streets are finer.
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Number

QUARTER, QUARTER_REST = 1.5707963705062866, -4.371139000186e-8  # pi / 2: its nearest single, and what that leaves


@ti.func
def angle_of(y: Number, x: Number) -> Number:
    """Return the angle of (x, y), rad, -pi to pi: halved three times, then five terms of the arc tangent (1e-8 rad)."""
    t = y / tm.max(tm.length(tm.vec2(x, y)) + ti.abs(x), 1.0e-30)
    u = t / (1.0 + tm.sqrt(1.0 + t * t))
    v = u / (1.0 + tm.sqrt(1.0 + u * u))
    s = v * v
    near = 8.0 * v * (1.0 - s * (1.0 / 3.0 - s * (0.2 - s * (1.0 / 7.0 - s / 9.0))))
    return ti.select(x < 0.0, ti.select(y < 0.0, -tm.pi, tm.pi) - near, near)


@ti.func
def latitude_of(p) -> Number:
    """Return the angle of a unit vector above the equator's plane, rad."""
    return angle_of(p.z, tm.length(p.xy))


@ti.func
def on_circle(angle: Number):
    """Return vec2(cosine, sine) of an angle of some turns, rad: Taylor series about the nearest quarter (1e-8)."""
    quarters = tm.round(angle / QUARTER)
    r = (angle - quarters * QUARTER) - quarters * QUARTER_REST
    s = r * r
    sine = r * (1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0 * (1.0 - s / 72.0))))
    cosine = 1.0 - s / 2.0 * (1.0 - s / 12.0 * (1.0 - s / 30.0 * (1.0 - s / 56.0 * (1.0 - s / 90.0))))
    k = ti.cast(quarters, ti.i32) & 3
    return tm.vec2(
        ti.select(k == 0, cosine, ti.select(k == 1, -sine, ti.select(k == 2, -cosine, sine))),
        ti.select(k == 0, sine, ti.select(k == 1, cosine, ti.select(k == 2, -sine, -cosine))),
    )  # fmt: skip
