"""One-line kernels through which tests call device functions."""

import taichi as ti
import taichi.math as tm

from shaders import field_map, geometry, lookup, noise
from shaders.aurora import emission as aurora
from shaders.footprint import streamer, winding


@ti.kernel
def altitudes(points: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(points.shape[0]):
        out[i] = geometry.altitude(tm.vec3(points[i, 0], points[i, 1], points[i, 2]))


@ti.kernel
def altitudes_along(o: tm.vec3, d: tm.vec3, s: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(s.shape[0]):
        out[i] = geometry.altitude(o + s[i] * d)


@ti.kernel
def shell_crossings(o: ti.types.ndarray(), d: ti.types.ndarray(), shell: float, out: ti.types.ndarray()):
    for i in range(o.shape[0]):
        hit = geometry.shell_distances(tm.vec3(o[i, 0], o[i, 1], o[i, 2]), tm.vec3(d[i, 0], d[i, 1], d[i, 2]), shell)
        out[i, 0] = hit.x
        out[i, 1] = hit.y


@ti.kernel
def linear_at(table: ti.types.ndarray(), f: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(f.shape[0]):
        out[i] = lookup.linear(table, f[i])


@ti.kernel
def noise_at(x: ti.types.ndarray(), y: ti.types.ndarray(), seed: int, out: ti.types.ndarray()):
    for i in range(x.shape[0]):
        out[i] = noise.gradient_noise(x[i], y[i], seed)


@ti.kernel
def curled(
    points: ti.types.ndarray(), t: float, activity: float, level: int, sense: float, curls: ti.types.ndarray(),
    out: ti.types.ndarray(),
):  # fmt: skip
    for i in range(points.shape[0]):
        q = winding.curl(tm.vec2(points[i, 0], points[i, 1]), t, activity, level, 7, sense, curls)
        out[i, 0] = q.x
        out[i, 1] = q.y


@ti.kernel
def unwound(
    points: ti.types.ndarray(), level: int, offsets: ti.types.ndarray(), rows: ti.types.ndarray(),
    vortices: ti.types.ndarray(), out: ti.types.ndarray(),
):  # fmt: skip
    for i in range(points.shape[0]):
        q = winding.unwind(tm.vec2(points[i, 0], points[i, 1]), 0.0, 0, 0, level, offsets, rows, vortices)
        out[i, 0] = q.x
        out[i, 1] = q.y


@ti.kernel
def sunlight_at(points: ti.types.ndarray(), sun: aurora.Sunlight, out: ti.types.ndarray()):
    for i in range(points.shape[0]):
        out[i] = aurora.lit_share(aurora.shadow_depth(tm.vec3(points[i, 0], points[i, 1], points[i, 2]), sun))


@ti.kernel
def field_footprints(
    places: ti.types.ndarray(), altitudes: ti.types.ndarray(), axis: tm.vec3, field: ti.types.ndarray(),
    out: ti.types.ndarray(),
):  # fmt: skip
    """Put into `out` [n, 2] the footprints, km, of `places` [n, 2], km, at `altitudes` [n], km."""
    for n in range(out.shape[0]):
        foot = field_map.footprint_on_plane(tm.vec2(places[n, 0], places[n, 1]), altitudes[n], axis, field)
        out[n, 0], out[n, 1] = foot.x, foot.y


@ti.kernel
def streaming(
    points: ti.types.ndarray(), t: float, texel: float, streamers: ti.types.ndarray(), curls: ti.types.ndarray(),
    rays: ti.types.ndarray(), out: ti.types.ndarray(),
):  # fmt: skip
    """Put into `out` [n, 4] the flux of `streamers` at `points` [n, 2], km in magnetic coordinates."""
    for i in range(out.shape[0]):
        q = streamer.streamers_flux(points[i, 0], points[i, 1], t, texel, 0, streamers, curls, rays)
        for k in ti.static(range(4)):
            out[i, k] = q[k]
