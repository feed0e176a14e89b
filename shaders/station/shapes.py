"""Shapes of the station's parts: rays against oriented boxes, cylinders, blankets and open lattices.

Metres, station frame. A part keeps a row of `geometry`, see `Part`, of `labels`, see `Label`, and of `bounds`.
"""

import taichi as ti
from taichi.math import vec2, vec3

from shaders.definitions import Array, Length, Real

BOX, CYLINDER, BLANKET, LATTICE = 0, 1, 2, 3  # as render.station.parts; a test compares them
FAR = 1e9  # m, no hit
NEAR = 1e-3  # m, nearer surfaces are not seen: the camera may stand behind a pane
STRUT = 0.018  # strut half width per lattice half width (0.08 m of 4.5 m), uncertain
SCALLOP = 0.05  # m, depth of the notches that the folds leave on a blanket's edge, uncertain
SLACK = 0.05  # m2, keeps rounding from cutting a bounding sphere
TINY = 1e-9  # keeps a ray square to an axis from dividing by zero

mat2x3 = ti.types.matrix(2, 3, Real)


class Part:
    """Columns of `geometry` [part, 16], m: the first of the centre's, the local axes' (row by row), the half sizes'.

    `BAY`: spacing of seams or struts.
    """

    CENTRE, AXES, HALF, BAY = 0, 3, 12, 15


class Label:
    """Columns of `labels` [part, 3]: kind, material of the +z face, material of the others."""

    KIND, FACE, SIDES = range(3)


class Bound:
    """Columns of `bounds` [part, 4]: pixels, from 1, out of which a part is not seen."""

    FIRST_COLUMN, LAST_COLUMN, FIRST_ROW, LAST_ROW = range(4)


Parts = ti.types.argpack(geometry=Array(), labels=Array(), bounds=Array())


@ti.func
def row_of(geometry: ti.template(), i: ti.i32, first: ti.i32) -> vec3:
    """Return three columns of a part, from the first."""
    return vec3(geometry[i, first], geometry[i, first + 1], geometry[i, first + 2])


@ti.func
def to_local(geometry: ti.template(), i: ti.i32, v: vec3) -> vec3:
    """Turn a direction from the station frame into the part's axes."""
    return vec3(
        row_of(geometry, i, Part.AXES).dot(v), row_of(geometry, i, Part.AXES + 3).dot(v),
        row_of(geometry, i, Part.AXES + 6).dot(v),
    )  # fmt: skip


@ti.func
def to_station(geometry: ti.template(), i: ti.i32, v: vec3) -> vec3:
    """Turn a direction from the part's axes into the station frame: the transpose of to_local."""
    x, y = row_of(geometry, i, Part.AXES), row_of(geometry, i, Part.AXES + 3)
    return x * v.x + y * v.y + row_of(geometry, i, Part.AXES + 6) * v.z


@ti.func
def centre(geometry: ti.template(), i: ti.i32) -> vec3:
    """Return the centre of a part, station frame, m."""
    return row_of(geometry, i, Part.CENTRE)


@ti.func
def half_size(geometry: ti.template(), i: ti.i32) -> vec3:
    """Half sizes of a part along its axes, m."""
    return row_of(geometry, i, Part.HALF)


@ti.func
def slab_distances(origin: vec3, direction: vec3, half: vec3) -> mat2x3:
    """Distances at which a ray enters (row 0) and leaves (row 1) three slabs |p_k| <= half_k (Kay & Kajiya 1986)."""
    safe = direction + ti.select(abs(direction) < TINY, TINY, 0.0)
    one = (-half - origin) / safe
    two = (half - origin) / safe
    near = ti.min(one, two)
    far = ti.max(one, two)
    return mat2x3([[near.x, near.y, near.z], [far.x, far.y, far.z]])


@ti.func
def tube_distances(origin: vec3, direction: vec3, radius: Length) -> vec2:
    """Distances at which a ray enters and leaves the endless tube x^2 + y^2 = radius^2; (FAR, -FAR) when it misses.

    The discriminant is written with the ray's nearest offset from the axis, which does not cancel far from the tube.
    """
    a = ti.max(direction.x * direction.x + direction.y * direction.y, TINY * TINY)
    b = origin.x * direction.x + origin.y * direction.y
    offset = (origin.x * direction.y - origin.y * direction.x) / ti.sqrt(a)
    inside = radius * radius - offset * offset
    half_chord = ti.sqrt(ti.max(inside, 0.0) / a)
    return ti.select(inside > 0.0, vec2(-b / a - half_chord, -b / a + half_chord), vec2(FAR, -FAR))


@ti.func
def crossing(kind: ti.i32, origin: vec3, direction: vec3, half: vec3) -> mat2x3:
    """Enter and leave distances per face pair; a cylinder's side stands for both x and y."""
    found = slab_distances(origin, direction, half)
    if kind == CYLINDER:
        side = tube_distances(origin, direction, half.x)
        found[0, 0] = side[0]
        found[0, 1] = side[0]
        found[1, 0] = side[1]
        found[1, 1] = side[1]
    return found


@ti.func
def on_strut(point: vec3, half: vec3, bay: Length) -> ti.i32:
    """Say whether a point of a lattice's surface lies on a longeron, a batten, a diagonal or an end frame.

    u runs across the face (square section), the diagonals zigzag from longeron to longeron, one bay each.
    """
    u = ti.select(abs(point.x) * half.y > abs(point.y) * half.x, point.y, point.x)
    width = 2.0 * STRUT * half.x
    s = (point.z + half.z) / bay
    bay_fraction = s - ti.floor(s)
    zigzag = (4.0 * abs(0.5 * s - ti.floor(0.5 * s) - 0.5) - 1.0) * half.x
    longeron = abs(u) > half.x - 2.0 * width
    batten = ti.min(bay_fraction, 1.0 - bay_fraction) * bay < width
    diagonal = abs(u - zigzag) < 1.4 * width
    inside_end = ti.max(abs(point.x), abs(point.y)) < half.x - 2.0 * width
    return ti.i32((longeron or batten or diagonal) and not inside_end)


@ti.func
def is_solid(kind: ti.i32, point: vec3, half: vec3, bay: Length) -> ti.i32:
    """Say whether the surface has matter at a point: lattices are open, blankets are notched at each fold."""
    solid = 1
    if kind == LATTICE:
        solid = on_strut(point, half, bay)
    if kind == BLANKET:
        s = (point.y + half.y) / (2.0 * bay)
        notch = SCALLOP * abs(2.0 * (s - ti.floor(s)) - 1.0)
        solid = ti.i32(abs(point.x) < half.x - notch)
    return solid


@ti.func
def surface_distance(kind: ti.i32, origin: vec3, direction: vec3, half: vec3, bay: Length) -> Length:
    """Distance to a part's first matter, FAR if none; a ray from inside sees only a lattice's far side."""
    found = crossing(kind, origin, direction, half)
    enter = ti.max(found[0, 0], found[0, 1], found[0, 2])
    leave = ti.min(found[1, 0], found[1, 1], found[1, 2])
    distance = FAR
    if enter < leave and leave > NEAR:
        if kind == LATTICE and is_solid(kind, origin + leave * direction, half, bay):
            distance = leave
        if enter > NEAR and is_solid(kind, origin + enter * direction, half, bay):
            distance = enter
    return distance


@ti.func
def part_distance(parts: ti.template(), i: ti.i32, origin: vec3, direction: vec3) -> Length:
    """Distance along a station-frame ray to part i, FAR when it misses; its bounding sphere is asked first."""
    away = origin - centre(parts.geometry, i)
    half = half_size(parts.geometry, i)
    distance = FAR
    offset = away - away.dot(direction) * direction
    if offset.dot(offset) < half.dot(half) + SLACK:
        start, ray = to_local(parts.geometry, i, away), to_local(parts.geometry, i, direction)
        bay = parts.geometry[i, Part.BAY]
        distance = surface_distance(parts.labels[i, Label.KIND], start, ray, half, bay)
    return distance


@ti.func
def local_normal(kind: ti.i32, origin: vec3, direction: vec3, half: vec3, distance: Length) -> vec3:
    """Unit normal, in the part's axes and against the ray, of the face met at `distance`.

    The face is the one whose own distance it is: unlike the hit point's coordinates this is sharp for thin films.
    """
    found = crossing(kind, origin, direction, half)
    miss = vec3(0.0)
    for k in ti.static(range(3)):
        miss[k] = ti.min(abs(found[0, k] - distance), abs(found[1, k] - distance))
    point = origin + distance * direction
    normal = vec3(0.0, 0.0, 1.0)
    if miss.z > miss.x or miss.z > miss.y:
        flat = ti.select(miss.x < miss.y, vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0))
        normal = ti.select(kind == CYLINDER, vec3(point.x, point.y, 0.0) / half.x, flat)
    return ti.select(normal.dot(direction) > 0.0, -normal, normal)


@ti.func
def in_bounds(bounds: ti.template(), i: ti.i32, column: ti.i32, row: ti.i32) -> ti.i32:
    """Say whether a part may be seen in a pixel, counted from 1."""
    across = bounds[i, Bound.FIRST_COLUMN] <= column <= bounds[i, Bound.LAST_COLUMN]
    return ti.i32(across and bounds[i, Bound.FIRST_ROW] <= row <= bounds[i, Bound.LAST_ROW])


@ti.func
def nearest_part(parts: ti.template(), column: ti.i32, row: ti.i32, origin: vec3, direction: vec3) -> vec2:
    """Index (as a real; -1 for none) of and distance to the nearest part among those whose bounds hold the pixel."""
    nearest = vec2(-1.0, FAR)
    for i in range(parts.labels.shape[0]):
        if in_bounds(parts.bounds, i, column, row):
            distance = part_distance(parts, i, origin, direction)
            if distance < nearest[1]:
                nearest = vec2(float(i), distance)
    return nearest


@ti.func
def is_lit(parts: ti.template(), origin: vec3, direction: vec3) -> ti.i32:
    """Say whether nothing of the station stands between a point and a distant light."""
    lit = 1
    for i in range(parts.labels.shape[0]):
        if lit == 1 and part_distance(parts, i, origin, direction) < FAR:
            lit = 0
    return lit
