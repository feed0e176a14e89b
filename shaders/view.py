"""What the marches of a ray share: where it runs between two shells, and how the lower air dims what lies beyond."""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup
from shaders.definitions import Altitude, Number

View = ti.types.struct(
    first_row=ti.i32, o=tm.vec3, itrs_from_camera=tm.mat3, tangent_from_pixel=tm.mat2, reference=tm.vec2
)
"""What a kernel needs to know of the camera: the row of the picture with which its rows begin (0 = top), the camera's
place `o`, ITRS km, and `geometry.ray_direction`'s frame, tangents per pixel and reference pixel (counted from 1)."""


@ti.func
def pixel_direction(v, x: Number, y: Number):
    """Return the unit direction, in the frame of `v`, of the place (x, y) in the picture, counted from 1, top left."""
    return geometry.ray_direction(v.itrs_from_camera, v.tangent_from_pixel, v.reference, x, y)


@ti.func
def spans(o, d, low: Altitude, high: Altitude):
    """Return vec4(near start, near stop, far start, far stop): the ray between two shells, in front of the observer.

    A ray that misses the lower shell has its two spans meet at its lowest point; one that ends on the ground has an
    empty far span. Empty spans have stop <= start.
    """
    outer = geometry.shell_distances(o, d, high)
    inner = geometry.shell_distances(o, d, low)
    ground = geometry.shell_distances(o, d, 0.0)
    missed = inner.x >= geometry.MISSED
    turn = geometry.tangent_distance(o, d)
    near_stop = ti.select(missed, turn, inner.x)
    far_start = ti.select(missed, turn, inner.y)
    blocked = ground.x > 0.0 and ground.x < geometry.MISSED
    far_stop = ti.select(blocked, -geometry.MISSED, outer.y)
    return tm.vec4(tm.max(outer.x, 0.0), tm.min(near_stop, outer.y), tm.max(far_start, 0.0), far_stop)


@ti.func
def tangent_node(o, d, per_km: Number) -> Number:
    """Return the fractional index of the lowest altitude ahead in a table with `per_km` nodes per km from 0 up."""
    lowest = tm.max(geometry.tangent_distance(o, d), 0.0)
    return tm.max(geometry.altitude(o + lowest * d), 0.0) * per_km


@ti.func
def far_side(o, d, node: Number, limb: ti.template()):
    """Return (origin, direction) of the straight line on which light beyond the lowest point comes.

    Refraction turns it about Earth's centre, down, by the last column of `limb`. Rays that climb are not turned.
    """
    turn = lookup.linear_plane(limb, node, limb.shape[1] - 1)
    turn = ti.select(geometry.tangent_distance(o, d) <= 0.0, 0.0, turn)
    return geometry.turned_about_earth(o, o, d, turn), tm.normalize(geometry.turned_about_earth(d, o, d, turn))


@ti.func
def far_transmittance(o, d, node: Number, line: Number, limb: ti.template(), rising: ti.template()) -> Number:
    """Return what the air leaves of light beyond the lowest point: along the limb, or upwards from a low observer.

    `limb` [node, line + 1] against tangent altitude; `rising` [node, line] against the root of the zenith's cosine.
    """
    upward = ti.sqrt(tm.clamp(tm.dot(geometry.local_vertical(o), d), 0.0, 1.0)) * (rising.shape[0] - 1)
    climbs = geometry.tangent_distance(o, d) <= 0.0
    return ti.select(climbs, lookup.bilinear(rising, upward, line), lookup.bilinear(limb, node, line))
