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
        step = march.prompt_step(foot, high, march.slowness_at(s * moving.w, moving), axes, maps)
        s = march.block_end(s, tm.min(step, axes.step_scale * moving.z), length)
        count += 1
    return count


@ti.func
def steps_of_way(o, d, start: float, stop: float, axes, maps: ti.template()):
    """Return ivec2: the blocks and prompt samples along a ray, as `march.aurora_light` has them."""
    s, blocks, samples = start, 0, 0
    while s < stop:
        first = march.foot_and_altitude(o, d, s, axes.sphere, axes.field, maps.field)
        at = aurora.cell_index(first.xy, axes.cells, maps.cells)
        empty = maps.cells[at.x, at.y, aurora.EMPTY]
        if empty > 1:
            s += (empty - 1) * axes.cells.z / march.FOOT_SPEED
        else:
            end = march.block_end(s, march.BLOCK_KM + march.HIGH_BLOCK * tm.max(first.z - march.HIGH_KM, 0.0), stop)
            middle = march.foot_and_altitude(o, d, 0.5 * (s + end), axes.sphere, axes.field, maps.field)
            last = march.foot_and_altitude(o, d, end, axes.sphere, axes.field, maps.field)
            if tm.min(first.z, last.z) < march.PROMPT_CEILING_KM:
                samples += steps_of_block(first, middle, last, end - s, axes, maps)
            blocks += 1
            s = end
    return tm.ivec2(blocks, samples)


@ti.kernel
def count_steps(v: view.View, axes: march.Axes, maps: march.Maps, air: view.LowerAir, counts: ti.types.ndarray()):
    """Fill counts [row, column, 2] with the blocks and the samples of prompt light along each pixel's ray."""
    ti.loop_config(block_dim=64)
    for row, column in ti.ndrange(counts.shape[0], counts.shape[1]):
        d, _, far_o, far_d = view.pixel_ray(v, row, column, air)
        near = view.spans(v.o, d, march.FLOOR_KM, march.CEILING_KM)
        far = view.spans(far_o, far_d, march.FLOOR_KM, march.CEILING_KM)
        for side in range(2):
            start, stop = ti.select(side == 0, near.x, far.z), ti.select(side == 0, near.y, far.w)
            here, along = ti.select(side == 0, v.o, far_o), ti.select(side == 0, d, far_d)
            steps = steps_of_way(here, along, start, stop, axes, maps)
            counts[row, column, 0] = ti.select(side == 0, 0.0, counts[row, column, 0]) + steps.x
            counts[row, column, 1] = ti.select(side == 0, 0.0, counts[row, column, 1]) + steps.y
