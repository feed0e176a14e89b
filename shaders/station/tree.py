"""Rays against the station's meshes: trees of boxes walked without a stack, one for each mesh, in turned copies.

Metres. A copy is rigid, so distances along a ray are the same in its own frame. All trees lie one after another in
`Trees`; see `Leaf`, `Side`, `Copy` for columns.
"""

import taichi as ti
from taichi.math import vec2, vec3

from shaders.definitions import Array, Length

FAR = 1e9  # m, no hit
NEAR = 1e-3  # m, nearer surfaces are not seen: the camera may stand behind a pane
SLACK = 1e-6  # of a triangle's barycentric coordinates: rays through a shared edge must not slip between
FLAT = 1e-12  # m2, a ray along a triangle misses it
TINY = 1e-9  # keeps a ray square to an axis from dividing by zero
REACH = 3.0  # m, things farther away take no part in ambient occlusion; by eye


WAYS = 12
"""Columns of `ways`, for rays along +x, -x, +y ...: which node follows where the box is met, and where missed."""


class Leaf:
    """Columns of `leaves` [node, 2]: first triangle, how many (0: not a leaf)."""

    FIRST, COUNT = range(2)


class Side:
    """Columns of `labels` [triangle, 3]: material of the side that the normals point to, of the other, panel."""

    FRONT, BACK, PANEL = range(3)


class Copy:
    """Columns of `spans` [copy, 3]: first node of its tree and the one after its last, its seed."""

    FIRST, LAST, SEED = range(3)


Trees = ti.types.argpack(
    boxes=Array(), leaves=Array(), ways=Array(), corners=Array(), normals=Array(), open_share=Array(), labels=Array()
)
"""`boxes` [node] low and high corner, vectors of 6; `leaves`, see `Leaf`; `ways` [node, WAYS]; `corners` [triangle],
vectors of 9, and `normals` [triangle, 9] of three corners; `open_share` [triangle, 3] of the half space above them;
`labels`, see `Side`."""

Bare = ti.types.argpack(boxes=Array(), leaves=Array(), ways=Array(), corners=Array())
"""A tree as far as rays need it; members as of `Trees`."""

Copies = ti.types.argpack(axes=Array(), origins=Array(), spans=Array(), around=Array())
"""`axes` [copy, 9], the rows of its frame; `origins` [copy, 3]; `spans`, see `Copy`; `around` [copy] its box,
as `boxes`."""


@ti.func
def triple(rows: ti.template(), i: ti.i32, first: ti.i32) -> vec3:
    """Return three columns of a row, from the first."""
    return vec3(rows[i, first], rows[i, first + 1], rows[i, first + 2])


@ti.func
def to_mesh(copies: ti.template(), i: ti.i32, v: vec3) -> vec3:
    """Turn a direction from the station's frame into a copy's."""
    return vec3(
        triple(copies.axes, i, 0).dot(v), triple(copies.axes, i, 3).dot(v), triple(copies.axes, i, 6).dot(v)
    )  # fmt: skip


@ti.func
def to_station(copies: ti.template(), i: ti.i32, v: vec3) -> vec3:
    """Turn a direction from a copy's frame into the station's: the transpose of to_mesh."""
    return triple(copies.axes, i, 0) * v.x + triple(copies.axes, i, 3) * v.y + triple(copies.axes, i, 6) * v.z


@ti.func
def meets_box(boxes: ti.template(), i: ti.i32, origin: vec3, inverse: vec3, nearest: Length) -> ti.i32:
    """Say whether a ray meets a box before `nearest` (Kay & Kajiya 1986); `inverse`: 1 / direction."""
    box = boxes[i]
    one = (vec3(box[0], box[1], box[2]) - origin) * inverse
    two = (vec3(box[3], box[4], box[5]) - origin) * inverse
    enter, leave = ti.min(one, two).max(), ti.max(one, two).min()
    return ti.i32(leave >= ti.max(enter, 0.0) and enter < nearest)


@ti.func
def triangle_distance(corners: ti.template(), i: ti.i32, origin: vec3, direction: vec3) -> vec3:
    """Distance to a triangle, FAR if missed, and weights of its second and third corner (Moeller & Trumbore 1997)."""
    nine = corners[i]
    one = vec3(nine[0], nine[1], nine[2])
    side, other = vec3(nine[3], nine[4], nine[5]) - one, vec3(nine[6], nine[7], nine[8]) - one
    across = direction.cross(other)
    area = side.dot(across)
    found = vec3(FAR, 0.0, 0.0)
    if abs(area) > FLAT:
        away = origin - one
        u = away.dot(across) / area
        turned = away.cross(side)
        v = direction.dot(turned) / area
        distance = other.dot(turned) / area
        if u >= -SLACK and v >= -SLACK and u + v <= 1.0 + SLACK and distance > NEAR:
            found = vec3(distance, u, v)
    return found


@ti.func
def inverse_of(direction: vec3) -> vec3:
    """Return 1 / direction, bounded."""
    return 1.0 / (direction + ti.select(abs(direction) < TINY, TINY, 0.0))


@ti.func
def way_of(direction: vec3) -> ti.i32:
    """Return the column of `ways` for a ray: by its longest component and that one's sign."""
    size = abs(direction)
    axis = ti.select(size.x > size.y and size.x > size.z, 0, ti.select(size.y > size.z, 1, 2))
    along = ti.select(axis == 0, direction.x, ti.select(axis == 1, direction.y, direction.z))
    return 4 * axis + ti.select(along < 0.0, 2, 0)


@ti.func
def nearest_in_tree(trees: ti.template(), span: vec2, origin: vec3, direction: vec3, nearest: Length) -> vec2:
    """Triangle (as a real; -1 for none) nearer than `nearest`, its distance; `span`: first node, one after the last.

    Reals count whole numbers to 16 million exactly.
    """
    inverse, way = inverse_of(direction), way_of(direction)
    found = vec2(-1.0, nearest)
    node, last = ti.i32(span[0]), ti.i32(span[1])
    while node < last:
        met = meets_box(trees.boxes, node, origin, inverse, found[1])
        if met:
            first = trees.leaves[node, Leaf.FIRST]
            for k in range(trees.leaves[node, Leaf.COUNT]):
                distance = triangle_distance(trees.corners, first + k, origin, direction)[0]
                if distance < found[1]:
                    found = vec2(float(first + k), distance)
        node = trees.ways[node, way + 1 - met]
    return found


@ti.func
def is_free(trees: ti.template(), span: vec2, origin: vec3, direction: vec3, reach: Length) -> ti.i32:
    """Say whether a ray meets nothing of a tree within `reach`."""
    inverse, way = inverse_of(direction), way_of(direction)
    free = 1
    node, last = ti.i32(span[0]), ti.i32(span[1])
    while node < last:
        met = meets_box(trees.boxes, node, origin, inverse, reach)
        following = trees.ways[node, way + 1 - met]
        if met:
            first = trees.leaves[node, Leaf.FIRST]
            for k in range(trees.leaves[node, Leaf.COUNT]):
                if triangle_distance(trees.corners, first + k, origin, direction)[0] < reach:
                    free = 0
                    following = last
        node = following
    return free


@ti.func
def span_of(copies: ti.template(), i: ti.i32) -> vec2:
    """Return the nodes of a copy's tree: first, and one after the last."""
    return vec2(float(copies.spans[i, Copy.FIRST]), float(copies.spans[i, Copy.LAST]))


@ti.func
def nearest_hit(trees: ti.template(), copies: ti.template(), origin: vec3, direction: vec3) -> vec3:
    """Copy and triangle (as reals; -1 for none) that a ray meets first, and the distance."""
    inverse = inverse_of(direction)
    found = vec3(-1.0, -1.0, FAR)
    for i in range(copies.spans.shape[0]):
        if meets_box(copies.around, i, origin, inverse, found[2]):
            start = to_mesh(copies, i, origin - triple(copies.origins, i, 0))
            met = nearest_in_tree(trees, span_of(copies, i), start, to_mesh(copies, i, direction), found[2])
            if met[0] >= 0.0:
                found = vec3(float(i), met[0], met[1])
    return found


@ti.func
def is_lit(trees: ti.template(), copies: ti.template(), origin: vec3, direction: vec3) -> ti.i32:
    """Say whether nothing of the station stands between a point and a distant light."""
    inverse = inverse_of(direction)
    lit = 1
    for i in range(copies.spans.shape[0]):
        if lit == 1 and meets_box(copies.around, i, origin, inverse, FAR):
            start = to_mesh(copies, i, origin - triple(copies.origins, i, 0))
            lit = is_free(trees, span_of(copies, i), start, to_mesh(copies, i, direction), FAR)
    return lit


@ti.kernel
def open_shares(trees: Bare, places: Array(), normals: Array(), rays: Array(), share: Array()):
    """Write the share [place], weighted by cosine, of a half space that the mesh itself leaves open within REACH.

    `places` [place, 3] m, just off the surface; `rays` [ray, 3]: directions that fill
    the sphere evenly, the same for all places, so that neighbours agree.
    """
    ti.loop_config(block_dim=64)
    for i in share:
        origin, normal = triple(places, i, 0), triple(normals, i, 0)
        free, total = 0.0, 0.0
        span = vec2(0.0, float(trees.leaves.shape[0]))
        for k in range(rays.shape[0]):
            direction = triple(rays, k, 0)
            weight = normal.dot(direction)
            if weight > 0.05:
                total += weight
                free += weight * float(is_free(trees, span, origin, direction, REACH))
        share[i] = free / ti.max(total, TINY)
