"""One-line kernels through which tests call device functions."""

import taichi as ti
import taichi.math as tm

from shaders import aurora, geometry, lookup, noise, winding


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
        out[i] = aurora.sunlight(tm.vec3(points[i, 0], points[i, 1], points[i, 2]), sun)
