"""Light of aurora, airglow and subauroral arcs between an observer and given points: near and far side apart.

A ray is [direction 3, distance km to the point, turn rad]: light from beyond its lowest point comes on the line turned
about Earth's centre by `turn`, the ray's bending, as for a pixel (see `shaders.view`); rays that climb are not turned.
What lies beyond the lowest point is written by itself: the lower air dims it alone.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, view
from shaders.aurora import airglow, march, subauroral
from shaders.aurora import emission as aurora
from shaders.definitions import Altitude, Length, Number


@ti.func
def direction_of(rays: ti.template(), ray: ti.i32):
    """Return a ray's direction."""
    return tm.vec3(rays[ray, 0], rays[ray, 1], rays[ray, 2])


@ti.func
def side_line(o, d, turn: Number, side: ti.i32):
    """Return (origin, direction) of the straight line of a ray's near side (0) or far side (1)."""
    turn = ti.select(geometry.tangent_distance(o, d) <= 0.0, 0.0, turn)
    far_o = geometry.turned_about_earth(o, o, d, turn)
    far_d = tm.normalize(geometry.turned_about_earth(d, o, d, turn))
    return ti.select(side == 0, o, far_o), ti.select(side == 0, d, far_d)


@ti.func
def side_span(o, d, low: Altitude, high: Altitude, distance: Length, side: ti.i32):
    """Return vec2(start, stop) of a side's way between two shells, no farther than the point."""
    span = view.spans(o, d, low, high)
    start, stop = ti.select(side == 0, span.x, span.z), ti.select(side == 0, span.y, span.w)
    return tm.vec2(start, tm.min(stop, distance))


@ti.kernel
def aurora_to_points(
    o: tm.vec3, rays: ti.types.ndarray(), sun: aurora.Sunlight, axes: march.Axes, maps: march.Maps,
    tables: march.Tables, out: ti.types.ndarray(),
):  # fmt: skip
    """Write the aurora's rayleighs into out [side, ray, marched line]; `rays` [ray, 5] as above."""
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for ray in range(rays.shape[0]):
        for side in range(2):  # a run-time loop: the march is compiled once, not twice
            line_o, line_d = side_line(o, direction_of(rays, ray), rays[ray, 4], side)
            span = side_span(line_o, line_d, march.FLOOR_KM, march.CEILING_KM, rays[ray, 3], side)
            for slow in ti.static((False, True)):
                light = march.aurora_light(line_o, line_d, span.x, span.y, sun, axes, maps, tables, slow)
                for k in ti.static(range(light.n)):
                    out[side, ray, k + (aurora.PROMPT_LINES if ti.static(slow) else 0)] = light[k]


@ti.kernel
def layers_to_points(o: tm.vec3, rays: ti.types.ndarray(), glow: airglow.Layers, out: ti.types.ndarray()):
    """Add layers of airglow, R, to out [side, ray, line]; tables as `shaders.aurora.airglow` has them."""
    ti.loop_config(block_dim=64)
    for ray in range(rays.shape[0]):
        for side in range(2):
            line_o, line_d = side_line(o, direction_of(rays, ray), rays[ray, 4], side)
            path = 0.0
            for layer in range(glow.layers.shape[0]):
                if ti.cast(glow.layers[layer, airglow.SHAPE], ti.i32) != airglow.SAME:
                    bottom, top = glow.layers[layer, airglow.BOTTOM], glow.layers[layer, airglow.TOP]
                    span = side_span(line_o, line_d, bottom, top, rays[ray, 3], side)
                    path = airglow.layer_path(line_o, line_d, span.x, span.y, layer, glow)
                line = ti.cast(glow.layers[layer, airglow.LINE], ti.i32)
                out[side, ray, line] += glow.layers[layer, airglow.RATE] * airglow.RAYLEIGHS_PER_KM * path


@ti.kernel
def arcs_to_points(
    o: tm.vec3, rays: ti.types.ndarray(), axes: subauroral.Axes, arcs: subauroral.Forms, out: ti.types.ndarray()
):  # fmt: skip
    """Add SAR arc and STEVE, R, to out [side, ray, line]; axes and tables as `shaders.aurora.subauroral` has them."""
    ti.loop_config(block_dim=64)
    for ray in range(rays.shape[0]):
        for form in range(arcs.forms.shape[0]):
            low, high = arcs.forms[form, subauroral.BOTTOM], arcs.forms[form, subauroral.TOP]
            for side in range(2):
                line_o, line_d = side_line(o, direction_of(rays, ray), rays[ray, 4], side)
                span = side_span(line_o, line_d, low, high, rays[ray, 3], side)
                light = subauroral.form_light(line_o, line_d, span.x, span.y, form, axes, arcs)
                for k in range(arcs.lights.shape[0]):
                    if light > 0.0 and ti.cast(arcs.lights[k, subauroral.FORM], ti.i32) == form:
                        line = ti.cast(arcs.lights[k, subauroral.PLANE], ti.i32)
                        out[side, ray, line] += light * arcs.lights[k, subauroral.RAYLEIGHS]
