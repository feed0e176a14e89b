"""What the marches of a ray share: the camera, the ray between two shells, and how the lower air dims what is beyond.

Tables, staged by `render.integrator.view`:
  limb    [node, line + 1]  transmittance of each line along the limb against tangent altitude, then the bending, rad
  upward  [node, line]      the same upwards from a low observer, against the root of the zenith's cosine
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lens, lookup
from shaders.definitions import Altitude, Number

NODES_PER_KM = 2.0  # of `limb`, from 0 km up
View = ti.types.struct(
    first_row=ti.i32, o=tm.vec3, itrs_from_camera=tm.mat3, tangent_from_pixel=tm.mat2, reference=tm.vec2,
    plain=ti.i32, lens=lens.Lens,
)  # fmt: skip
"""What a kernel needs to know of the camera: the row of the picture with which its rows begin (0 = top), the camera's
place `o`, ITRS km, and `geometry.ray_direction`'s frame, tangents per pixel and reference pixel (counted from 1);
whether that is all there is to it, and the lens if not."""
LowerAir = ti.types.argpack(limb=ti.types.ndarray(), upward=ti.types.ndarray())
"""What the air below the marched light does to it."""


@ti.func
def pixel_direction(v, x: Number, y: Number):
    """Return the unit direction, in the frame of `v`, of the place (x, y) in the picture, counted from 1, top left."""
    d = tm.vec3(0.0)
    if ti.static(lens.BENT):
        d = lens.direction(v.itrs_from_camera, v.tangent_from_pixel, v.reference, v.lens, tm.vec2(x, y))
    else:
        d = geometry.ray_direction(v.itrs_from_camera, v.tangent_from_pixel, v.reference, x, y)
    return d


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
def tangent_node(o, d) -> Number:
    """Return the fractional index in `limb` of the lowest altitude ahead."""
    lowest = tm.max(geometry.tangent_distance(o, d), 0.0)
    return tm.max(geometry.altitude(o + lowest * d), 0.0) * NODES_PER_KM


@ti.func
def far_side(o, d, node: Number, air: ti.template()):
    """Return (origin, direction) of the straight line on which light beyond the lowest point comes.

    Refraction turns it about Earth's centre, down, by the last column of `limb`. Rays that climb are not turned.
    """
    turn = lookup.linear_plane(air.limb, node, air.limb.shape[1] - 1)
    turn = ti.select(geometry.tangent_distance(o, d) <= 0.0, 0.0, turn)
    return geometry.turned_about_earth(o, o, d, turn), tm.normalize(geometry.turned_about_earth(d, o, d, turn))


@ti.func
def upward_node(o, d, air: ti.template()) -> Number:
    """Return the fractional index in `upward` of a ray that climbs."""
    return ti.sqrt(tm.clamp(tm.dot(geometry.local_vertical(o), d), 0.0, 1.0)) * (air.upward.shape[0] - 1)


@ti.func
def far_transmittance(o, d, node: Number, line: Number, air: ti.template()) -> Number:
    """Return the transmittance for light beyond the lowest point: along the limb, or upwards from a low observer."""
    rise, climbs = upward_node(o, d, air), geometry.tangent_distance(o, d) <= 0.0
    return ti.select(climbs, lookup.bilinear(air.upward, rise, line), lookup.bilinear(air.limb, node, line))


@ti.func
def transmittances(o, d, node: Number, beyond: ti.i32, lines: ti.template(), air: ti.template()):
    """Return `far_transmittance` of the first so many lines as a vector; all 1 where `beyond` is not true."""
    through = ti.Vector([1.0 for _ in ti.static(range(lines))])
    if beyond and geometry.tangent_distance(o, d) <= 0.0:
        rise = upward_node(o, d, air)
        for k in ti.static(range(lines)):
            through[k] = lookup.linear_plane(air.upward, rise, k)
    elif beyond:
        for k in ti.static(range(lines)):
            through[k] = lookup.linear_plane(air.limb, node, k)
    return through


@ti.func
def pixel_ray(v, row: ti.i32, column: ti.i32, air: ti.template()):
    """Return (direction, node, far origin, far direction), ITRS, of the ray through a pixel.

    `row`, `column` count from 0 at the top left of the rows at hand. Light from beyond the lowest point comes on the
    line of the far origin and direction; `node`: fractional index of the lowest altitude in `limb`.
    """
    d = pixel_direction(v, column + 1.0, row + v.first_row + 1.0)
    node = tangent_node(v.o, d)
    far_o, far_d = far_side(v.o, d, node, air)
    return d, node, far_o, far_d
