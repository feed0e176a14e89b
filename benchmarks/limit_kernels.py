"""How many steps the march makes: its own loop, with every sample counted as one."""

import taichi as ti
import taichi.math as tm

from shaders import view
from shaders.aurora import emission as aurora
from shaders.aurora import march


@ti.func
def steps_of_block(first, middle, last, length: float, axes, maps: ti.template()) -> ti.i32:
    """Return how many prompt samples a block takes, as `march.prompt_path` takes them."""
    high = ti.select(tm.min(first.z, last.z) > march.HIGH_KM, 1, 0)
    moving = march.pace(first, middle, last, length)
    s, count = 0.0, 0
    while s < length:
        foot = march.along_block(first, middle, last, s / length).xy
        step = march.prompt_step(foot, high, moving.x, axes, maps)
        s = march.block_end(s, axes.step_scale * tm.min(step, moving.y), length)
        count += 1
    return count


@ti.kernel
def count_steps(v: view.View, axes: march.Axes, maps: march.Maps, air: view.LowerAir, counts: ti.types.ndarray()):
    """Fill counts [row, column, 2] with the blocks and the samples of prompt light on each pixel's near side."""
    ti.loop_config(block_dim=64)
    for row, column in ti.ndrange(counts.shape[0], counts.shape[1]):
        d, _, _, _ = view.pixel_ray(v, row, column, air)
        near = view.spans(v.o, d, march.FLOOR_KM, march.CEILING_KM)
        s, stop, blocks, samples = near.x, near.y, 0, 0
        while s < stop:
            first = march.foot_and_altitude(v.o, d, s, axes.sphere, axes.field, maps.field)
            at = aurora.cell_index(first.xy, axes.cells, maps.cells)
            empty = maps.cells[at.x, at.y, aurora.EMPTY]
            if empty > 1:
                s += (empty - 1) * axes.cells.z / march.FOOT_SPEED
            else:
                length = march.BLOCK_KM + march.HIGH_BLOCK * tm.max(first.z - march.HIGH_KM, 0.0)
                end = march.block_end(s, length, stop)
                middle = march.foot_and_altitude(v.o, d, 0.5 * (s + end), axes.sphere, axes.field, maps.field)
                last = march.foot_and_altitude(v.o, d, end, axes.sphere, axes.field, maps.field)
                if tm.min(first.z, last.z) < march.PROMPT_CEILING_KM:
                    samples += steps_of_block(first, middle, last, end - s, axes, maps)
                blocks += 1
                s = end
        counts[row, column, 0], counts[row, column, 1] = blocks, samples
