"""A picture's light on a lattice: gathered along a ray where it is uneven, interpolated from its neighbours elsewhere.

Most of a picture of the aurora is smooth over a few pixels: a ray for each of them gathers what its neighbours know.
Nodes of a coarse lattice (every 4th row and column, say) are gathered first. Then, level by level, come nodes half-way
between its columns, down to single pixels, then between its rows: a new node is interpolated by a cubic where the light
is smooth along the line through its neighbours, and gathered where it is not. Uneven is a node whose fourth difference
along that line is a large part of the light there; cubics leave a fraction of it (3/128 for smooth light). An arc along
the rows is uneven across them alone: a measure for each direction spares rays that one for both would ask for.
Between LEAST_UNEVEN and all of the tolerance a node is partly gathered, so that the light is a continuous function of
the scene and the same on every device.

Rows and columns are the picture's own (0 = top left) whatever part of it is at hand, and a node depends on nothing but
nodes near it: parts of a picture are those of the whole, to the bit. Beyond the picture's edges light is continued by
point reflection.

    values      [row, column] of vectors: light of each of a source's planes
    unevenness  [row, column]: of older nodes along the axis that is filled in, see `measure_unevenness`
"""

import taichi as ti
import taichi.math as tm

from shaders import noise
from shaders.definitions import Number, Real

LEAST_UNEVEN = 0.7  # of the tolerance: below it a node is interpolated altogether (chosen)
SQUARE = 8  # nodes along the squares in whose order a level's nodes are taken: neighbours read the same maps
Lattice = ti.types.struct(
    first=tm.ivec2, apart=tm.ivec2, count=tm.ivec2, along=tm.ivec2, last=tm.ivec2, origin=ti.i32, tolerance=Real,
    floor=Real,
)  # fmt: skip
"""Nodes at hand, (row, column) each: of the picture the first; from one to the next; how many; the way to the older
nodes on either side (0, 0: there are none, and all are gathered); of the picture the last node of all. The picture's
row in which `values` begin; the fourth difference, in units of the light or of `floor` (whichever is more), that is
uneven."""


@ti.func
def node(lattice, k: ti.i32):
    """Return ivec3: row and column of the picture of the k-th node, and whether there is one.

    Nodes are counted square by square; squares on the right and below stand out over the lattice.
    """
    across = (lattice.count.y + SQUARE - 1) // SQUARE
    square, within = k // (SQUARE * SQUARE), k % (SQUARE * SQUARE)
    row, column = square // across * SQUARE + within // SQUARE, square % across * SQUARE + within % SQUARE
    there = ti.select(row < lattice.count.x and column < lattice.count.y, 1, 0)
    return tm.ivec3(lattice.apart.x * row + lattice.first.x, lattice.apart.y * column + lattice.first.y, there)


@ti.func
def light_at(at, lattice, values: ti.template()):
    """Return the light at a node, or beyond the picture's edges twice that of the edge less that of its mirror."""
    inside = tm.clamp(at, tm.ivec2(0), lattice.last)
    mirror = 2 * inside - at
    light = values[inside.x - lattice.origin, inside.y]
    if at.x != inside.x or at.y != inside.y:
        light = 2.0 * light - values[mirror.x - lattice.origin, mirror.y]
    return light


@ti.func
def gathered_share(at, lattice, unevenness: ti.template()) -> Number:
    """Return how much of a node's light is to be gathered along its ray, 0 to 1; the rest is interpolated.

    `at`: as `node`. -1: there is no node.
    """
    share = ti.select(at.z == 1, 1.0, -1.0)
    if at.z == 1 and lattice.along.x + lattice.along.y > 0:
        before, after = at.xy - lattice.along, at.xy + lattice.along
        uneven = tm.max(
            unevenness[before.x - lattice.origin, before.y], unevenness[after.x - lattice.origin, after.y]
        )  # fmt: skip
        share = noise.smooth_step(LEAST_UNEVEN, 1.0, uneven / tm.max(lattice.tolerance, 1e-9))
    return share


@ti.func
def interpolated(at, lattice, values: ti.template()):
    """Return the light at a node by a cubic through four older ones, two on either side."""
    near = light_at(at - lattice.along, lattice, values) + light_at(at + lattice.along, lattice, values)
    far = light_at(at - 3 * lattice.along, lattice, values) + light_at(at + 3 * lattice.along, lattice, values)
    return 0.5625 * near - 0.0625 * far


@ti.kernel
def measure_unevenness(
    lattice: Lattice, values: ti.types.ndarray(), unevenness: ti.types.ndarray(), begin: ti.i32, count: ti.i32
):  # fmt: skip
    """Fill in how uneven the light is at `count` nodes from `begin`: of the values the most.

    The fourth difference through nodes `along`, relative to the light there, or to `floor` where it is fainter.
    """
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for k in range(begin, begin + count):
        at = node(lattice, k)
        if at.z == 1:
            here, along = light_at(at.xy, lattice, values), lattice.along
            far = light_at(at.xy - 2 * along, lattice, values) + light_at(at.xy + 2 * along, lattice, values)
            near = light_at(at.xy - along, lattice, values) + light_at(at.xy + along, lattice, values)
            uneven = abs(far - 4.0 * near + 6.0 * here) / tm.max(here, lattice.floor)
            unevenness[at.x - lattice.origin, at.y] = uneven.max()


@ti.kernel
def begin_level(
    lattice: Lattice, unevenness: ti.types.ndarray(), values: ti.types.ndarray(), begin: ti.i32, count: ti.i32
):  # fmt: skip
    """Set `count` nodes from `begin` to their interpolated share; the gathered one is to be added."""
    ti.loop_config(block_dim=64)
    for k in range(begin, begin + count):
        at = node(lattice, k)
        gathered = gathered_share(at, lattice, unevenness)
        if gathered == 1.0:
            values[at.x - lattice.origin, at.y] = 0.0 * values[0, 0]
        elif gathered >= 0.0:
            values[at.x - lattice.origin, at.y] = (1.0 - gathered) * interpolated(at.xy, lattice, values)


@ti.kernel
def add_to_planes(
    origin: ti.i32, first: ti.i32, planes: ti.types.ndarray(), values: ti.types.ndarray(), out: ti.types.ndarray()
):  # fmt: skip
    """Add the light to out [plane, row, column], whose rows begin with the picture's `first`.

    `planes`: of which each of the values is.
    """
    ti.loop_config(block_dim=64)
    for pixel in range(out.shape[1] * out.shape[2]):
        row, column = pixel // out.shape[2], pixel % out.shape[2]
        light = tm.max(values[row + first - origin, column], 0.0)
        for k in ti.static(range(light.n)):
            out[planes[k], row, column] = out[planes[k], row, column] + light[k]
