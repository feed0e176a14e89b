"""A picture's light on a lattice: gathered along a ray where it is uneven, interpolated from its neighbours elsewhere.

Most of a picture of the aurora is smooth over a few pixels: a ray for each of them gathers what its neighbours know.
Nodes of a coarse lattice (every 4th row and column, say) are gathered first. Then, level by level, the lattice is made
twice as fine: a new node is interpolated by cubics where the coarser lattice is smooth about it, and gathered where it
is not. Uneven is a node whose fourth difference, along its row or column, is a large part of the light there; cubics
leave a fraction of the fourth difference (3/128 of it for smooth light). Between LEAST_UNEVEN and all of the tolerance
a node is partly gathered, so that the light is a continuous function of the scene and the same on every device.

Rows and columns are the picture's own (0 = top left) whatever part of it is at hand, and a node depends on nothing but
nodes near it: parts of a picture are those of the whole, to the bit. Beyond the picture's edges light is continued by
point reflection.

    values      [row, column] of vectors: light of each plane
    unevenness  [row, column]: of coarser nodes, see `measure_unevenness`
"""

import taichi as ti
import taichi.math as tm

from shaders import noise
from shaders.definitions import Number, Real

LEAST_UNEVEN = 0.7  # of the tolerance: below it a node is interpolated altogether (chosen)
SQUARE = 8  # nodes along the squares in whose order a level's nodes are taken: neighbours read the same maps
Lattice = ti.types.struct(
    step=ti.i32, coarsest=ti.i32, origin=ti.i32, first=ti.i32, count=tm.ivec2, last=tm.ivec2, tolerance=Real,
    floor=Real,
)  # fmt: skip
"""One level: pixels between its nodes; whether it is the coarsest, all of which is gathered; the picture's row in which
`values` begin, and in which this level's nodes do; (rows, columns) of nodes; (row, column) of the picture's last node;
the fourth difference, in units of the light or of `floor` (whichever is more), that is uneven."""


@ti.func
def node(lattice, k: ti.i32):
    """Return ivec3: row and column of the picture of this level's k-th node, and whether there is one.

    Nodes are counted square by square; squares on the right and below stand out over the lattice.
    """
    across = (lattice.count.y + SQUARE - 1) // SQUARE
    square, within = k // (SQUARE * SQUARE), k % (SQUARE * SQUARE)
    row, column = square // across * SQUARE + within // SQUARE, square % across * SQUARE + within % SQUARE
    there = ti.select(row < lattice.count.x and column < lattice.count.y, 1, 0)
    return tm.ivec3(lattice.step * row + lattice.first, lattice.step * column, there)


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
def off_coarser(at, lattice):
    """Return ivec2 of 0 or 1: whether a node lies between rows, and between columns, of the next coarser lattice."""
    return (at // lattice.step) % 2


@ti.func
def gathered_share(at, lattice, unevenness: ti.template()) -> Number:
    """Return how much of a node's light is to be gathered along its ray, 0 to 1; the rest is interpolated.

    `at`: as `node`. -1: there is no node, or it is one of a coarser level, which has its light.
    """
    off = off_coarser(at.xy, lattice)
    share = ti.select(at.z == 1, 1.0, -1.0)
    if lattice.coarsest == 0 and at.z == 1:
        share = -1.0
        if off.x + off.y > 0:
            uneven = 0.0
            for a, b in ti.ndrange(1 + off.x, 1 + off.y):
                beside = at.xy + lattice.step * (tm.ivec2(2 * a, 2 * b) - off)
                uneven = tm.max(uneven, unevenness[beside.x - lattice.origin, beside.y])
            share = noise.smooth_step(LEAST_UNEVEN, 1.0, uneven / tm.max(lattice.tolerance, 1e-9))
    return share


@ti.func
def interpolated(at, lattice, values: ti.template()):
    """Return the light at a node by cubics through four of the coarser lattice along each axis."""
    off, light = off_coarser(at, lattice), 0.0 * values[0, 0]
    for a in range(ti.select(off.x == 1, 4, 1)):
        for b in range(ti.select(off.y == 1, 4, 1)):
            there = at + lattice.step * off * (2 * tm.ivec2(a, b) - 3)
            light += cubic_weight(a, off.x) * cubic_weight(b, off.y) * light_at(there, lattice, values)
    return light


@ti.func
def cubic_weight(k: ti.i32, off: ti.i32) -> Number:
    """Return the weight of the k-th of four nodes half-way between the inner two; of the only one where `off` is 0."""
    return ti.select(off == 0, 1.0, ti.select(ti.abs(2 * k - 3) == 3, -0.0625, 0.5625))


@ti.func
def fourth_difference(at, along, lattice, values: ti.template()):
    """Return the fourth difference of the light about a node along an axis; `along`: ivec2, to the next node."""
    far = light_at(at - 2 * along, lattice, values) + light_at(at + 2 * along, lattice, values)
    near = light_at(at - along, lattice, values) + light_at(at + along, lattice, values)
    return far - 4.0 * near + 6.0 * light_at(at, lattice, values)


@ti.kernel
def measure_unevenness(
    lattice: Lattice, values: ti.types.ndarray(), unevenness: ti.types.ndarray(), begin: ti.i32, count: ti.i32
):  # fmt: skip
    """Fill in how uneven the light is at `count` of this level's nodes from `begin`: of all planes the most.

    The larger fourth difference of its row and column, relative to the light there, or to `floor` where it is fainter.
    """
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for k in range(begin, begin + count):
        at = node(lattice, k)
        if at.z == 1:
            light = tm.max(values[at.x - lattice.origin, at.y], lattice.floor)
            down = fourth_difference(at.xy, tm.ivec2(lattice.step, 0), lattice, values)
            across = fourth_difference(at.xy, tm.ivec2(0, lattice.step), lattice, values)
            unevenness[at.x - lattice.origin, at.y] = (tm.max(abs(down), abs(across)) / light).max()


@ti.kernel
def begin_level(
    lattice: Lattice, unevenness: ti.types.ndarray(), values: ti.types.ndarray(), begin: ti.i32, count: ti.i32
):  # fmt: skip
    """Set `count` of this level's nodes from `begin` to their interpolated share; the gathered one is to be added."""
    ti.loop_config(block_dim=64)
    for k in range(begin, begin + count):
        at = node(lattice, k)
        gathered = gathered_share(at, lattice, unevenness)
        if gathered == 1.0:
            values[at.x - lattice.origin, at.y] = 0.0 * values[0, 0]
        elif gathered >= 0.0:
            values[at.x - lattice.origin, at.y] = (1.0 - gathered) * interpolated(at.xy, lattice, values)


@ti.kernel
def add_to_planes(origin: ti.i32, first: ti.i32, values: ti.types.ndarray(), out: ti.types.ndarray()):
    """Add the light to out [plane, row, column], whose rows begin with the picture's `first`."""
    ti.loop_config(block_dim=64)
    for pixel in range(out.shape[1] * out.shape[2]):
        row, column = pixel // out.shape[2], pixel % out.shape[2]
        light = tm.max(values[row + first - origin, column], 0.0)
        for plane in ti.static(range(light.n)):
            out[plane, row, column] = out[plane, row, column] + light[plane]
