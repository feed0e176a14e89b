"""Along each ray, layers of airglow, even around the globe: each by quadrature between its own two shells.

Tables, staged by `render.integrator.airglow`:
  layers    [layer, 7]     line (plane of the picture), shape, centre and sigma km, peak rate photons cm-3 s-1, bottom
                           and top km
  profiles  [layer, node]  rates of layers of shape PROFILE relative to the peak, at even nodes from bottom to top
  gauss     [node, 2]      places on 0..1 and weights of the quadrature
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lattice, lookup, turns, view
from shaders.definitions import Altitude, Length, Number
from shaders.lens import through_any_lens

RAYLEIGHS_PER_KM = 0.1  # 1e-6 x 1e5 cm per km
LINE, SHAPE, CENTRE, SIGMA, RATE, BOTTOM, TOP = range(7)  # columns of `layers`
GAUSSIAN, UNIFORM, PROFILE, SAME = range(4)
"""Shapes of a layer; SAME: shape and span of the layer before, another line and rate."""
Layers = ti.types.argpack(layers=ti.types.ndarray(), profiles=ti.types.ndarray(), gauss=ti.types.ndarray())


@ti.func
def profile_share(h: Altitude, layer: ti.i32, glow: ti.template()) -> Number:
    """Return a layer's emission rate relative to its peak at altitude h, linear between the nodes of its profile."""
    count = glow.profiles.shape[1]
    f = (h - glow.layers[layer, BOTTOM]) / (glow.layers[layer, TOP] - glow.layers[layer, BOTTOM]) * (count - 1.0)
    node = lookup.cell(f, count)
    part = lookup.fraction(f, node, count)
    return glow.profiles[layer, node] * (1.0 - part) + glow.profiles[layer, node + 1] * part


@ti.func
def layer_share(h: Altitude, layer: ti.i32, glow: ti.template()) -> Number:
    """Return the emission rate of a layer at altitude h, inside its span, relative to its peak."""
    share, shape = 1.0, ti.cast(glow.layers[layer, SHAPE], ti.i32)
    if shape == GAUSSIAN:
        z = (h - glow.layers[layer, CENTRE]) / glow.layers[layer, SIGMA]
        share = ti.exp(-0.5 * z * z)
    elif shape == PROFILE:
        share = profile_share(h, layer, glow)
    return share


@ti.func
def layer_path(o, d, start: Length, stop: Length, layer: ti.i32, glow: ti.template()) -> Length:
    """Return how many km at the peak rate shine as the ray from `start` to `stop` does, by Gauss-Legendre."""
    length = tm.max(stop - start, 0.0)
    total = 0.0
    if length > 0.0:
        for k in range(glow.gauss.shape[0]):
            h = geometry.altitude(o + (start + glow.gauss[k, 0] * length) * d)
            total += glow.gauss[k, 1] * layer_share(h, layer, glow)
    return total * length


@through_any_lens
@ti.kernel
def layers_nodes(
    v: view.View, glow: Layers, air: view.LowerAir, level: lattice.Lattice, unevenness: ti.types.ndarray(),
    values: ti.types.ndarray(), begin: ti.i32, count: ti.i32,
):  # fmt: skip
    """Add layers, R, to `count` nodes of a level from `begin`; `values` as for `march.aurora_nodes`."""
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for k in range(begin, begin + count):
        at = lattice.node(level, begin + turns.in_turn(k - begin, count))
        gathered = lattice.gathered_share(at, level, unevenness)
        if gathered > 0.0:
            d, node, far_o, far_d = view.pixel_ray(v, at.x, at.y, air)
            near, far = 0.0, 0.0
            for layer in range(glow.layers.shape[0]):
                if ti.cast(glow.layers[layer, SHAPE], ti.i32) != SAME:
                    bottom, top = glow.layers[layer, BOTTOM], glow.layers[layer, TOP]
                    span = view.spans(v.o, d, bottom, top)
                    near = layer_path(v.o, d, span.x, span.y, layer, glow)
                    span = view.spans(far_o, far_d, bottom, top)
                    far = layer_path(far_o, far_d, span.z, span.w, layer, glow)
                if near + far > 0.0:
                    line = ti.cast(glow.layers[layer, LINE], ti.i32)
                    through = near + far * view.far_transmittance(v.o, d, node, 1.0 * line, air)
                    light = gathered * glow.layers[layer, RATE] * RAYLEIGHS_PER_KM * through
                    values[at.x - level.origin, at.y][line] += light
