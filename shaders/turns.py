"""The order in which a loop takes its turns, so that a CPU's threads have like work.

Trap: each thread gets one stretch of a loop, whatever the work in it, and rays are dear at the limb, in arcs and where
there is ground: in the picture's own order one thread waited for the other a third of the march's time.
"""

import taichi as ti

BLOCK = 64  # turns that stay together: neighbours read the same
PARTS = 16  # stretches, which two or more threads share out among them


@ti.func
def in_turn(k: ti.i32, count: ti.i32) -> ti.i32:
    """Return which of `count`, from 0 on, a loop takes k-th: each of them once.

    The first of PARTS stretches has every PARTS-th block from the first on, the next those from the second on, ...
    """
    blocks, block, found = count // BLOCK, k // BLOCK, k
    few, longer = blocks // PARTS, blocks % PARTS  # blocks in a stretch; so many stretches have one more
    if block < blocks:  # what does not fill a block stays at the end
        part, along = 0, 0
        if block < longer * (few + 1):
            part, along = block // (few + 1), block % (few + 1)
        else:
            rest = block - longer * (few + 1)
            part, along = longer + rest // few, rest % few
        found = (along * PARTS + part) * BLOCK + k % BLOCK
    return found
