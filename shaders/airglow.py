"""Along each ray, layers of airglow, even around the globe: each by quadrature between its own two shells."""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup, view
from shaders.definitions import Altitude, Length, Number

RAYLEIGHS_PER_KM = 0.1  # 1e-6 x 1e5 cm per km
GAUSSIAN, UNIFORM, PROFILE, SAME = 0.0, 1.0, 2.0, 3.0
"""Shapes of a layer, column 1 of `layers`; SAME: shape and span of the layer before, another line and rate."""


@ti.func
def profile_share(h: Altitude, layer: ti.i32, layers: ti.template(), profiles: ti.template()) -> Number:
    """Interpolate row `layer` of `profiles` [layer, node] linearly; its nodes are even from the layer's low to high."""
    count = profiles.shape[1]
    f = (h - layers[layer, 5]) / (layers[layer, 6] - layers[layer, 5]) * (count - 1.0)
    node = lookup.cell(f, count)
    part = lookup.fraction(f, node, count)
    return profiles[layer, node] * (1.0 - part) + profiles[layer, node + 1] * part


@ti.func
def layer_share(h: Altitude, layer: ti.i32, layers: ti.template(), profiles: ti.template()) -> Number:
    """Return the emission rate of a layer at altitude h, inside its span, relative to its peak."""
    share = 1.0
    if layers[layer, 1] < 0.5 * (GAUSSIAN + UNIFORM):
        z = (h - layers[layer, 2]) / layers[layer, 3]
        share = ti.exp(-0.5 * z * z)
    elif layers[layer, 1] > 0.5 * (UNIFORM + PROFILE):
        share = profile_share(h, layer, layers, profiles)
    return share


@ti.func
def layer_path(
    o, d, start: Length, stop: Length, layer: ti.i32, layers: ti.template(), profiles: ti.template(),
    gauss: ti.template(),
) -> Length:  # fmt: skip
    """Return the km at peak rate that shine as a span does, by Gauss-Legendre; `gauss` [node, 2]: place, weight."""
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
    """Add layers to out [line, row, column]: each row of `layers` is (line, shape, centre, sigma, rate, low, high).

    `profiles` [layer, node]: rates relative to the peak, for layers of shape PROFILE.
    """
    columns = out.shape[2]
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for pixel in range(out.shape[1] * columns):
        row, column = pixel // columns, pixel % columns
        x, y = column + 1.0, row + first_row + 1.0
        d = geometry.ray_direction(itrs_from_camera, tangent_from_pixel, reference, x, y)
        node = view.tangent_node(o, d, nodes_per_km)
        far_o, far_d = view.far_side(o, d, node, limb)
        near, far = 0.0, 0.0
        for layer in range(layers.shape[0]):
            if layers[layer, 1] < 0.5 * (PROFILE + SAME):
                span = view.spans(o, d, layers[layer, 5], layers[layer, 6])
                near = layer_path(o, d, span.x, span.y, layer, layers, profiles, gauss)
                span = view.spans(far_o, far_d, layers[layer, 5], layers[layer, 6])
                far = layer_path(far_o, far_d, span.z, span.w, layer, layers, profiles, gauss)
            if near + far > 0.0:
                line = ti.cast(layers[layer, 0], ti.i32)
                seen = near + far * view.far_transmittance(o, d, node, 1.0 * line, limb, rising)
                out[line, row, column] += layers[layer, 4] * RAYLEIGHS_PER_KM * seen
