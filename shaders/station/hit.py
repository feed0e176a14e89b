"""What a ray meets on the station: where, which way the smooth surface looks there, which material is seen."""

import taichi as ti
import taichi.math as tm
from taichi.math import vec3

from shaders.definitions import Real
from shaders.station.tree import FAR, Side, nearest_hit, to_mesh, to_station, triangle_distance, triple

CORNERS = 3

Hit = ti.types.struct(
    copy=ti.i32, triangle=ti.i32, distance=Real, open_share=Real, normal=tm.vec3, face=tm.vec3, lift=tm.vec3
)
"""What a ray met: copy and triangle (-1: nothing), how far away, m; the half space's open share; the unit normal and
the face's, both against the ray, and the way from the face to the smooth surface that it stands for, m; all in the
station's frame."""


@ti.func
def met_by(trees: ti.template(), copies: ti.template(), origin: vec3, direction: vec3):
    """Return the `Hit` of a ray."""
    found = nearest_hit(trees, copies, origin, direction)
    hit = Hit(copy=-1, triangle=-1, distance=FAR, open_share=1.0, normal=vec3(0.0), face=vec3(0.0), lift=vec3(0.0))
    if found[0] >= 0.0:
        i, t = ti.i32(found[0]), ti.i32(found[1])
        start, ray = to_mesh(copies, i, origin - triple(copies.origins, i, 0)), to_mesh(copies, i, direction)
        at, nine = triangle_distance(trees.corners, t, start, ray), trees.corners[t]
        weights = vec3(1.0 - at[1] - at[2], at[1], at[2])
        normal, open_share, lift, place = vec3(0.0), 0.0, vec3(0.0), start + found[2] * ray
        for k in ti.static(range(CORNERS)):
            own = triple(trees.normals, t, 3 * k)
            normal += weights[k] * own
            corner = vec3(nine[3 * k], nine[3 * k + 1], nine[3 * k + 2])
            below = ti.min((place - corner).dot(own), 0.0)  # Hanika 2021, Ray Tracing Gems II
            lift -= weights[k] * below * own
            open_share += weights[k] * trees.open_share[t, k]
        one = vec3(nine[0], nine[1], nine[2])
        face = (vec3(nine[3], nine[4], nine[5]) - one).cross(vec3(nine[6], nine[7], nine[8]) - one).normalized()
        face = ti.select(face.dot(ray) > 0.0, -face, face)
        normal = ti.select(normal.dot(face) < 0.0, -normal, normal).normalized()
        hit.copy, hit.triangle, hit.distance, hit.open_share = i, t, found[2], open_share
        hit.normal, hit.face = to_station(copies, i, normal), to_station(copies, i, face)
        hit.lift = to_station(copies, i, lift)
    return hit


@ti.func
def material_of(trees: ti.template(), copies: ti.template(), hit) -> ti.i32:
    """Return the material of the side that a ray sees: the one to which the mesh's normals point, or the other."""
    outward = to_station(copies, hit.copy, triple(trees.normals, hit.triangle, 0))
    return ti.select(
        outward.dot(hit.face) > 0.0, trees.labels[hit.triangle, Side.FRONT], trees.labels[hit.triangle, Side.BACK]
    )
