"""Straight rays, the WGS84 ellipsoid and shells about it, written without the cancellation of R*R - r*r.

A shell at altitude H is the ellipsoid with semi-axes a + H and b + H: it follows the surface of geodetic altitude H to
within a few metres up to 800 km. With q = (1/(a+H), 1/(a+H), 1/(b+H)), a ray o + s d meets it where
|q o|^2 - 1 + 2 s (q o).(q d) + s^2 |q d|^2 = 0.
"""

import taichi as ti
import taichi.math as tm

from shaders.definitions import Altitude, Length, Number

EARTH_A_KM = 6378.137  # km, WGS84 semi-major axis (NIMA TR8350.2)
EARTH_B_KM = 6356.752314245  # km, WGS84 semi-minor axis
EARTH_E2 = 6.69437999014e-3  # WGS84 first eccentricity squared
MISSED = 1.0e9  # km: a distance that no ray reaches


@ti.func
def scaled_to_shell(p, shell: Altitude):
    """Scale space so that the shell at this altitude becomes the unit sphere."""
    return tm.vec3(p.x, p.y, 0.0) / (EARTH_A_KM + shell) + tm.vec3(0.0, 0.0, p.z) / (EARTH_B_KM + shell)


@ti.func
def altitude(p) -> Altitude:
    """Return the geodetic altitude of a point; error below 1 m from 0 to 800 km in exact arithmetic.

    With F = |q p|^2 - 1 and rho = sqrt(1 + F), the point at p / rho lies on the ellipsoid, |p| F / (rho (1 + rho))
    below. That height is geocentric; the vertical is tilted from it by about e^2 sin(phi) cos(phi).
    """
    q = scaled_to_shell(p, 0.0)
    r = tm.length(p)
    # (q.q - 1) by differences of squares: each term is small by itself, nothing of order one is subtracted
    excess = (q.z - 1.0) * (q.z + 1.0) + q.x * q.x + q.y * q.y
    rho = ti.sqrt(1.0 + excess)
    geocentric = r * excess / (rho * (1.0 + rho))
    tilt = EARTH_E2 * (p.z / r) * (tm.length(p.xy) / r)
    return geocentric * (1.0 - 0.5 * tilt * tilt)


@ti.func
def local_vertical(p):
    """Return the unit normal of the ellipsoid through the surface point below p."""
    return tm.normalize(tm.vec3(p.x, p.y, p.z * (1.0 + EARTH_E2 / (1.0 - EARTH_E2))))


@ti.func
def shell_distances(o, d, shell: Altitude):
    """Return vec2(near, far): where the ray crosses the shell, km; (MISSED, -MISSED) if nowhere, negative behind."""
    qo = scaled_to_shell(o, shell)
    qd = scaled_to_shell(d, shell)
    a = tm.dot(qd, qd)
    b = tm.dot(qo, qd) / a
    # the closest approach decides, not b^2 - a c: near the horizon that difference has no figures left
    closest = qo - b * qd
    h2 = (1.0 - tm.length(closest)) * (1.0 + tm.length(closest)) / a
    half = ti.sqrt(tm.max(h2, 0.0))
    return tm.vec2(ti.select(h2 > 0.0, -b - half, MISSED), ti.select(h2 > 0.0, -b + half, -MISSED))


@ti.func
def tangent_distance(o, d) -> Length:
    """Return the distance along the ray to its lowest point (negative: behind)."""
    qo = scaled_to_shell(o, 0.0)
    qd = scaled_to_shell(d, 0.0)
    return -tm.dot(qo, qd) / tm.dot(qd, qd)


@ti.func
def turned_about_earth(v, o, d, turn: Number):
    """Return a point or direction turned about Earth's centre, in the plane of a ray, down by `turn` rad.

    In scaled space, where Earth is round.
    """
    q, along = scaled_to_shell(v, 0.0), tm.normalize(scaled_to_shell(d, 0.0))
    up = scaled_to_shell(o, 0.0)
    up -= tm.dot(up, along) * along
    up /= tm.max(tm.length(up), 1.0e-9)
    ahead, above = tm.dot(q, along), tm.dot(q, up)
    c, s = tm.cos(turn), tm.sin(turn)
    q += (ahead * (c - 1.0) + above * s) * along + (above * (c - 1.0) - ahead * s) * up
    return tm.vec3(q.x * EARTH_A_KM, q.y * EARTH_A_KM, q.z * EARTH_B_KM)


@ti.func
def ray_direction(itrs_from_camera, tangent_from_pixel, reference, x: Number, y: Number):
    """Return the unit direction, ITRS, of the pixel (x, y), counted from 1 at the top left."""
    uv = tangent_from_pixel @ (tm.vec2(x, y) - reference)
    return tm.normalize(itrs_from_camera @ tm.vec3(uv.x, uv.y, 1.0))


@ti.func
def plane_from_position(p, hemisphere: Number, radius: Length):
    """Project the geocentric direction of p on the polar stereographic plane (x towards 0 E), km.

    True scale at the pole of the hemisphere (+1 north, -1 south) on a sphere of this radius.
    """
    return 2.0 * radius * p.xy / (tm.length(p) + hemisphere * p.z)
