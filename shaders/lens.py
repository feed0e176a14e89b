"""Where a pixel looks through a lens that is not rectilinear, or that misses its projection.

The closed forms of `render.observer.projections`, without the device's arc functions, sines and cosines, which Vulkan
allows to be 2^-11 off: those of fisheyes are algebra, the rest are series of half an angle.
"""

import functools
from collections.abc import Callable
from typing import Any

import taichi as ti
import taichi.math as tm

from shaders.definitions import Number, Real

BENT = False
"""Whether what is being traced is the form of a kernel for lenses that bend: see `through_any_lens`."""


def through_any_lens(kernel: Callable[..., None]) -> Callable[..., None]:
    """Let a kernel, whose first argument is a `shaders.view.View`, be two: for rectilinear lenses, and for all others.

    Rectilinear lenses have theirs to themselves: a branch, not even taken, would have rays rounded otherwise, and every
    picture a little other than it was.
    """
    bent = ti.kernel(kernel.__wrapped__)

    @functools.wraps(kernel)
    def called(camera: Any, *others: Any) -> None:
        global BENT  # noqa: PLW0603 - Taichi reads it while it traces, inside this call
        if camera.plain:
            kernel(camera, *others)
            return
        BENT = True
        try:
            bent(camera, *others)
        finally:
            BENT = False

    return called


class Kind:
    """Projections as numbers, in the order of `render.observer.projections.PROJECTIONS`."""

    RECTILINEAR, EQUIDISTANT, EQUISOLID, STEREOGRAPHIC, ORTHOGRAPHIC, EQUIRECTANGULAR, CUBE = range(7)


MOST_ORDER = 5  # of SIP polynomials
TERMS = tuple((n - q, q) for n in range(2, MOST_ORDER + 1) for q in range(n + 1))
RADIAL_TERMS = 7
Lens = ti.types.struct(
    projection=ti.i32, distorted=ti.i32, rim=Real, scale=Real, radial=ti.types.vector(RADIAL_TERMS, Real),
    right=ti.types.vector(len(TERMS), Real), down=ti.types.vector(len(TERMS), Real),
)  # fmt: skip
"""The projection; whether offsets in the picture are to be freed of distortion; the radius on the plane past which
pixels look as at it, focal lengths; pixels in which offsets are counted, and the polynomials of
`render.observer.distortion.Distortion`, the two rows of `sip` apart."""


@ti.func
def direction(itrs_from_camera, tangent_from_pixel, reference, lens, at):
    """Return the unit direction, in the camera's frame, of a place in the picture, counted from 1 at the top left."""
    offset = at - reference
    if lens.distorted == 1:
        offset = undistorted(lens, offset)
    return tm.normalize(itrs_from_camera @ camera_direction(lens, tangent_from_pixel @ offset))


@ti.func
def undistorted(lens, offset):
    """Return the offset from the reference pixel, pixels, at which a distortion-free lens has what is at an offset."""
    u = offset / lens.scale
    rho = tm.length(u)
    grown = 0.0
    for k in ti.static(range(RADIAL_TERMS)):
        grown = grown * rho + lens.radial[RADIAL_TERMS - 1 - k]
    moved = offset * (1.0 + grown)
    for k in ti.static(range(len(TERMS))):
        term = power(u.x, ti.static(TERMS[k][0])) * power(u.y, ti.static(TERMS[k][1]))
        moved += tm.vec2(lens.right[k], lens.down[k]) * term
    return moved


@ti.func
def power(x: Number, exponent: ti.template()) -> Number:
    """Return a small whole power of a number."""
    made = 1.0
    for _ in ti.static(range(exponent)):
        made *= x
    return made


@ti.func
def half_turn(angle: Number):
    """Return vec2(sin(angle) / angle, cos(angle)), rad, for less than half a turn: by series of its half (1e-9)."""
    s = 0.25 * angle * angle
    ratio = 1.0 - s / 6.0 * (
        1.0 - s / 20.0 * (1.0 - s / 42.0 * (1.0 - s / 72.0 * (1.0 - s / 110.0 * (1.0 - s / 156.0))))
    )
    cosine = 1.0 - s / 2.0 * (
        1.0 - s / 12.0 * (1.0 - s / 30.0 * (1.0 - s / 56.0 * (1.0 - s / 90.0 * (1.0 - s / 132.0))))
    )
    return tm.vec2(ratio * cosine, 1.0 - 2.0 * s * ratio * ratio)


@ti.func
def camera_direction(lens, plane):
    """Return the unit direction, camera axes, of a place on the lens's plane, focal lengths."""
    p = plane * tm.min(1.0, lens.rim / tm.max(tm.length(plane), 1.0e-9))
    squared = tm.dot(p, p)
    d = tm.vec3(p, 1.0)
    if lens.projection == Kind.EQUIDISTANT:
        turn = half_turn(tm.min(tm.sqrt(squared), tm.pi))
        d = tm.vec3(turn.x * p, turn.y)
    elif lens.projection == Kind.EQUISOLID:
        s = tm.min(0.25 * squared, 1.0)
        d = tm.vec3(tm.sqrt(1.0 - s) * p, 1.0 - 2.0 * s)
    elif lens.projection == Kind.STEREOGRAPHIC:
        d = tm.vec3(p, 1.0 - 0.25 * squared) / (1.0 + 0.25 * squared)
    elif lens.projection == Kind.ORTHOGRAPHIC:
        d = tm.vec3(p, tm.sqrt(tm.max(1.0 - squared, 0.0)))
    elif lens.projection == Kind.EQUIRECTANGULAR:
        east, below = half_turn(p.x), half_turn(p.y)
        d = tm.vec3(east.x * p.x * below.y, below.x * p.y, east.y * below.y)
    elif lens.projection == Kind.CUBE:
        d = cube_direction(p)
    return tm.normalize(d)


@ti.func
def cube_direction(p):
    """Return the direction, camera axes, of a place on the cross of cube faces."""
    row = tm.clamp(tm.floor(0.5 * (p.y + 1.0)), -1.0, 1.0)
    column = ti.select(row == 0.0, tm.clamp(tm.floor(0.5 * (p.x + 1.0)), -1.0, 2.0), 0.0)
    a, b = tm.clamp(p.x - 2.0 * column, -1.0, 1.0), tm.clamp(p.y - 2.0 * row, -1.0, 1.0)
    d = tm.vec3(a, b, 1.0)
    if column == 1.0:
        d = tm.vec3(1.0, b, -a)
    elif column == -1.0:
        d = tm.vec3(-1.0, b, a)
    elif column == 2.0:
        d = tm.vec3(-a, b, -1.0)
    elif row == -1.0:
        d = tm.vec3(a, -1.0, b)
    elif row == 1.0:
        d = tm.vec3(a, 1.0, -b)
    return d
