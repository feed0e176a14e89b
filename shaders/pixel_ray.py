"""From a pixel to the two straight lines that its march follows: before the lowest point of its ray, and beyond."""

import taichi as ti

from shaders import geometry, view
from shaders.definitions import Number


@ti.func
def pixel_ray(
    row: ti.i32, column: ti.i32, o, itrs_from_camera, tangent_from_pixel, reference, nodes_per_km: Number,
    limb: ti.template(),
):  # fmt: skip
    """Return (direction, node, far origin, far direction), ITRS, of the ray from `o` through a pixel of the picture.

    `row`, `column` count from 0 at the top left. Light from beyond the lowest point comes on the line of the far origin
    and direction; `node`: fractional index of the lowest altitude in `limb` (see `shaders.view`).
    """
    d = geometry.ray_direction(itrs_from_camera, tangent_from_pixel, reference, column + 1.0, row + 1.0)
    node = view.tangent_node(o, d, nodes_per_km)
    far_o, far_d = view.far_side(o, d, node, limb)
    return d, node, far_o, far_d
