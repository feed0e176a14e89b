"""Along each ray, layers of airglow, even around the globe: each by quadrature between its own two shells.

Tables, staged by `render.integrator.airglow`:
  layers    [layer, 7]     line (plane of the picture), shape, centre and sigma km, peak rate photons cm-3 s-1, bottom
                           and top km
  profiles  [layer, node]  rates of layers of shape PROFILE relative to the peak, at even nodes from bottom to top
  gauss     [node, 2]      places on 0..1 and weights of the quadrature
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup, view
from shaders.definitions import Altitude, Length, Number
from shaders.pixel_ray import pixel_ray

RAYLEIGHS_PER_KM = 0.1  # 1e-6 x 1e5 cm per km
LINE, SHAPE, CENTRE, SIGMA, RATE, BOTTOM, TOP = range(7)  # columns of `layers`
GAUSSIAN, UNIFORM, PROFILE, SAME = range(4)
"""Shapes of a layer; SAME: shape and span of the layer before, another line and rate."""


@ti.func
def profile_share(h: Altitude, layer: ti.i32, layers: ti.template(), profiles: ti.template()) -> Number:
    """Return a layer's emission rate relative to its peak at altitude h, linear between the nodes of its profile."""
    count = profiles.shape[1]
    f = (h - layers[layer, BOTTOM]) / (layers[layer, TOP] - layers[layer, BOTTOM]) * (count - 1.0)
    node = lookup.cell(f, count)
    part = lookup.fraction(f, node, count)
    return profiles[layer, node] * (1.0 - part) + profiles[layer, node + 1] * part


@ti.func
def layer_share(h: Altitude, layer: ti.i32, layers: ti.template(), profiles: ti.template()) -> Number:
    """Return the emission rate of a layer at altitude h, inside its span, relative to its peak."""
    share, shape = 1.0, ti.cast(layers[layer, SHAPE], ti.i32)
    if shape == GAUSSIAN:
        z = (h - layers[layer, CENTRE]) / layers[layer, SIGMA]
        share = ti.exp(-0.5 * z * z)
    elif shape == PROFILE:
        share = profile_share(h, layer, layers, profiles)
    return share


@ti.func
def layer_path(
    o, d, start: Length, stop: Length, layer: ti.i32, layers: ti.template(), profiles: ti.template(),
    gauss: ti.template(),
) -> Length:  # fmt: skip
    """Return how many km at the peak rate shine as the ray from `start` to `stop` does, by Gauss-Legendre."""
    length = tm.max(stop - start, 0.0)
    total = 0.0
    if length > 0.0:
        for k in range(gauss.shape[0]):
            h = geometry.altitude(o + (start + gauss[k, 0] * length) * d)
            total += gauss[k, 1] * layer_share(h, layer, layers, profiles)
    return total * length


@ti.kernel
def layers_tile(
    first_row: int, o: tm.vec3, itrs_from_camera: tm.mat3, tangent_from_pixel: tm.mat2, reference: tm.vec2,
    nodes_per_km: float, layers: ti.types.ndarray(), profiles: ti.types.ndarray(), gauss: ti.types.ndarray(),
    limb: ti.types.ndarray(), rising: ti.types.ndarray(),
    out: ti.types.ndarray(),
):  # fmt: skip
    """Add layers to out [line, row, column], R; rows are counted from `first_row` (0 = top of the picture).

    `limb`, `rising`: what the lower air leaves, `nodes_per_km` in `limb`; see `shaders.view`.
    """
    columns = out.shape[2]
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for pixel in range(out.shape[1] * columns):
        row, column = pixel // columns, pixel % columns
        d, node, far_o, far_d = pixel_ray(
            row + first_row, column, o, itrs_from_camera, tangent_from_pixel, reference, nodes_per_km, limb
        )
        near, far = 0.0, 0.0
        for layer in range(layers.shape[0]):
            if ti.cast(layers[layer, SHAPE], ti.i32) != SAME:
                bottom, top = layers[layer, BOTTOM], layers[layer, TOP]
                span = view.spans(o, d, bottom, top)
                near = layer_path(o, d, span.x, span.y, layer, layers, profiles, gauss)
                span = view.spans(far_o, far_d, bottom, top)
                far = layer_path(far_o, far_d, span.z, span.w, layer, layers, profiles, gauss)
            if near + far > 0.0:
                line = ti.cast(layers[layer, LINE], ti.i32)
                seen = near + far * view.far_transmittance(o, d, node, 1.0 * line, limb, rising)
                out[line, row, column] += layers[layer, RATE] * RAYLEIGHS_PER_KM * seen
