"""Along each ray, all lines at once: the aurora between 75 and 800 km.

A block of the ray is three points, each vec3(footprint x, y on the Earth-fixed plane, altitude), km, with a parabola
through them. Prompt and slow lines (`shaders.aurora.emission`) share the way along the ray, block by block; within one
each reads its own map at its own pace. A ray that passes below 75 km crosses the aurora twice; what lies beyond its
lowest point is seen through the lower air. 1 rayleigh = 1e6 photons cm-2 s-1 in a column, so a path of ds km at V
photons cm-3 s-1 adds 0.1 V ds.
"""

import taichi as ti
import taichi.math as tm

from shaders import field_map, geometry, lattice, turns, view
from shaders.aurora import emission as aurora
from shaders.definitions import Length, Number, Real
from shaders.lens import through_any_lens

FLOOR_KM = 75.0  # km: bottom of the emission table; below it electrons of 30 keV leave 2 % of their energy
CEILING_KM = 800.0  # km: top of the emission table
PROMPT_CEILING_KM = 600.0  # km: above it prompt lines give less than 1e-4 of their column
SLOW_FLOOR_KM = 100.0  # km: below it atoms and ions that live for seconds are all quenched
# km: over more the path down the field is no longer a parabola to 50 m; with 128 km, enough for the blurred slow light,
# the depth in Earth's shadow is not: N2+ in sunlight changes by 1.3 % (99th percentile, `australis`)
BLOCK_KM = 64.0
HIGH_BLOCK = 0.1  # km per km above HIGH_KM: blocks grow to 120 km at 800 km, where light is faint and smooth
TEXELS_PER_STEP = 1.35  # half the steps change the main scene by less than 1 % (`python -m benchmarks --errors`)
SMOOTH_TEXELS_PER_STEP = 1.9  # where no thin arcs are near
BLURS_PER_STEP, SMOOTH_STRETCH = 1.2, 1.6  # of slow light: steps per blur, longer by the second where no arcs are near
SMOOTH_KM = 5.0  # km on the plane: least such step off the arcs of a cell with some; their glow's streaks are 5 km wide
SLOWEST_FOOT = 0.25  # plane km per km of ray: where it moves more slowly steps are not made longer
AFTERGLOW_BLUR_KM = 3.0  # km: with 5 km and twice HIGH_BLUR half the step moves 732 by 2.4 %, N2+ in sunlight by 1.9 %
HIGH_BLUR = 0.02  # km per km above HIGH_KM: lifetimes there grow to minutes
HIGH_KM = 240.0  # km: above it the coarser map is read
FAINTEST = 1.0e-3  # mW m-2: a sample's electrons below this give less than a rayleigh; most of the map has no soft ones
RAYLEIGHS_PER_KM = 0.1  # 1e-6 x 1e5 cm per km
FOOT_SPEED = 2.0  # plane km per km of ray, never exceeded: scale 1.25 times (1 + cot of the flattest useful dip)
Axes = ti.types.struct(step_scale=Real, sphere=tm.vec2, field=tm.vec3, cells=tm.vec4, table=tm.vec4)
"""Length of a step, relative; (hemisphere, radius km) of the Earth-fixed plane; where the nodes of the field-line map,
the cells and the emission tables lie (see `shaders.field_map`, `shaders.aurora.emission`)."""
Maps = ti.types.argpack(
    field=ti.types.ndarray(), cells=ti.types.ndarray(), thin=ti.types.ndarray(), texels=ti.types.ndarray(),
    past=ti.types.ndarray(),
)  # fmt: skip
"""The field-line map, the cells, how far from thin arcs their parts are, and texels of now and of the past."""
Tables = ti.types.argpack(
    table=ti.types.ndarray(), soft=ti.types.ndarray(), slow_table=ti.types.ndarray(), slow_soft=ti.types.ndarray(),
    memory=ti.types.ndarray(), tied=ti.types.ndarray(),
)  # fmt: skip
"""Emission of prompt lines, of slow ones, and how these mix the averages of the past; `tied` [line]: photons of a tied
line per photon of its parent."""


@ti.func
def foot_and_altitude(o, d, s: Length, sphere, axis, field: ti.template()):
    """Return vec3(footprint x, y on the plane, altitude) of the point at distance s; `sphere`: (hemisphere, radius)."""
    p = o + s * d
    h = geometry.altitude(p)
    foot = field_map.footprint_on_plane(geometry.plane_from_position(p, sphere.x, sphere.y), h, axis, field)
    return tm.vec3(foot, h)


@ti.func
def along_block(first, middle, last, u: Number):
    """Return vec3(footprint, altitude) at u, 0 to 1, on the parabola through a block's three points."""
    return first + u * ((4.0 * middle - 3.0 * first - last) + 2.0 * u * (first + last - 2.0 * middle))


@ti.func
def prompt_sample(at, high: ti.i32, axes, maps: ti.template(), tables: ti.template()):
    """Return the emission of prompt lines, photons cm-3 s-1, at vec3(footprint, altitude)."""
    light = ti.Vector.zero(float, aurora.PROMPT_LINES)
    q = aurora.electrons(at.xy, high, axes.cells, maps.cells, maps.texels)
    if tm.max(q[1], q[2]) > FAINTEST:
        row = aurora.hard_emission(at.z, q[0], q[aurora.FINE_SHARE], axes.table, tables.table, aurora.PROMPT_LINES)
        light += aurora.prompt_light(row, q[1], q[2])
    if tm.max(q[3], q[4]) > FAINTEST:
        light += aurora.prompt_light(aurora.soft_emission(at.z, axes.table, tables.soft), q[3], q[4])
    return light


@ti.func
def slow_sample(at, sunlit: Number, axes, maps: ti.template(), tables: ti.template()):
    """Return the emission of slow lines, photons cm-3 s-1, at vec3(footprint, altitude); `sunlit` 0 to 1."""
    light = ti.Vector.zero(float, aurora.SLOW_LINES)
    q = aurora.afterglow_electrons(at.xy, axes.cells, maps.cells, maps.past)
    hard, soft = 0.0, 0.0
    for m in ti.static(range(aurora.FILTERS)):
        hard, soft = tm.max(hard, q[1 + m]), tm.max(soft, q[1 + aurora.FILTERS + m])
    if hard > FAINTEST:
        row = aurora.hard_emission(at.z, q[0], q[aurora.PAST_SHARE], axes.table, tables.slow_table, aurora.SLOW_LINES)
        flux = aurora.remembered(at.z, q, 1, axes.table, tables.memory)
        for k in ti.static(range(aurora.SLOW_LINES)):
            light[k] = row[k] * flux[k]
    if soft > FAINTEST:
        flux = aurora.remembered(at.z, q, 1 + aurora.FILTERS, axes.table, tables.memory)
        light += aurora.soft_emission(at.z, axes.table, tables.slow_soft) * flux
    light[aurora.SUNLIT] *= sunlit
    return light


@ti.func
def block_end(s: Length, length: Length, stop: Length) -> Length:
    """Return where a block or step from s ends: at `stop` if less than a metre were left, which rounding might never
    close."""
    return ti.select(stop - s - length < 1e-3, stop, s + length)


@ti.func
def pace(first, middle, last, length: Length):
    """Return vec4 of a block: km of the ray per plane km by which the footprint moves in its first half, and in its
    second; the longest step, km, that the emission's scale height allows; one over its length."""
    inverse = 1.0 / tm.max(length, 1e-3)
    half = 2.0 * inverse
    climb = 0.5 * half * ti.abs(last.z - first.z)
    height = 1.6 + 0.05 * tm.max(tm.min(first.z, last.z) - 115.0, 0.0)  # km: a third of the profile's scale height
    moved = half * tm.vec2(tm.distance(first.xy, middle.xy), tm.distance(middle.xy, last.xy))
    return tm.vec4(1.0 / tm.max(moved, SLOWEST_FOOT), height / tm.max(climb, 1e-3), inverse)


@ti.func
def slowness_at(u: Number, moving) -> Number:
    """Return how slowly the footprint moves at u, 0 to 1, of a block; `moving`: its `pace`."""
    return ti.select(u < 0.5, moving.x, moving.y)


@ti.func
def prompt_step(foot, high: ti.i32, slowness: Number, axes, maps: ti.template()) -> Length:
    """Return the length of a step from a footprint, km of the ray, of which it takes `slowness` per plane km.

    As the map is resolved near thin arcs, longer where there are none; what has no light is leapt over.
    """
    at = aurora.cell_index(foot, axes.cells, maps.cells)
    texel = axes.cells.z / maps.cells[at.x, at.y, aurora.FINE + 2 * high]
    row = ti.cast(ti.floor(aurora.SUBCELLS * (foot.y * axes.cells.w - axes.cells.y)), ti.i32)
    column = ti.cast(ti.floor(aurora.SUBCELLS * (foot.x * axes.cells.w - axes.cells.x)), ti.i32)
    row, column = tm.clamp(row, 0, maps.thin.shape[0] - 1), tm.clamp(column, 0, maps.thin.shape[1] - 1)
    clear = axes.cells.z * ti.static(1.0 / aurora.SUBCELLS) * (ti.cast(maps.thin[row, column], ti.i32) - 1)
    step = tm.clamp(clear, TEXELS_PER_STEP * texel, tm.max(SMOOTH_TEXELS_PER_STEP * texel, SMOOTH_KM))
    leap = axes.cells.z * (maps.cells[at.x, at.y, aurora.EMPTY] - 1)
    return tm.max(axes.step_scale * step, leap) * slowness


@ti.func
def prompt_path(first, middle, last, length: Length, axes, maps: ti.template(), tables: ti.template()):  # fmt: skip
    """Return rayleighs of prompt lines from a block."""
    high = ti.select(tm.min(first.z, last.z) > HIGH_KM, 1, 0)
    moving = pace(first, middle, last, length)
    light = ti.Vector.zero(float, aurora.PROMPT_LINES)
    s = 0.0
    while s < length:
        u = s * moving.w
        step = prompt_step(along_block(first, middle, last, u).xy, high, slowness_at(u, moving), axes, maps)
        stop = block_end(s, tm.min(step, axes.step_scale * moving.z), length)
        at = along_block(first, middle, last, 0.5 * (s + stop) * moving.w)
        light += (stop - s) * RAYLEIGHS_PER_KM * prompt_sample(at, high, axes, maps, tables)
        s = stop
    return light


@ti.func
def slow_path(
    first, middle, last, shade, length: Length, axes, maps: ti.template(), tables: ti.template()
):  # fmt: skip
    """Return rayleighs of slow lines from a block; `shade`: `aurora.shadow_depth` at its three points."""
    blur = AFTERGLOW_BLUR_KM + HIGH_BLUR * tm.max(tm.min(first.z, last.z) - HIGH_KM, 0.0)
    moving = pace(first, middle, last, length)
    light = ti.Vector.zero(float, aurora.SLOW_LINES)
    s = 0.0
    while s < length:
        foot = along_block(first, middle, last, s * moving.w).xy
        cell = aurora.cell_index(foot, axes.cells, maps.cells)
        step = BLURS_PER_STEP * tm.max(axes.cells.z / maps.cells[cell.x, cell.y, aurora.PAST], blur)
        if maps.cells[cell.x, cell.y, aurora.SMOOTH] > 1:
            step *= SMOOTH_STRETCH
        leap = axes.cells.z * (maps.cells[cell.x, cell.y, aurora.EMPTY] - 1)
        step = tm.max(axes.step_scale * step, leap) * slowness_at(s * moving.w, moving)
        stop = block_end(s, tm.min(step, axes.step_scale * moving.z), length)
        u = 0.5 * (s + stop) * moving.w
        sunlit = aurora.lit_share(along_block(shade.x, shade.y, shade.z, u))
        light += (stop - s) * slow_sample(along_block(first, middle, last, u), sunlit, axes, maps, tables)
        s = stop
    return light * RAYLEIGHS_PER_KM


@ti.func
def aurora_light(
    o, d, start: Length, stop: Length, sun, axes, maps: ti.template(), tables: ti.template(), slow: ti.template()
):  # fmt: skip
    """Return rayleighs of prompt lines, or of slow ones, gathered from `start` to `stop` along the ray.

    Empty cells are leapt over; the rest is marched in blocks.
    """
    light = ti.Vector.zero(float, ti.static(aurora.SLOW_LINES if slow else aurora.PROMPT_LINES))
    s = start
    first, leapt = tm.vec3(0.0), True
    while s < stop:
        if leapt:
            first = foot_and_altitude(o, d, s, axes.sphere, axes.field, maps.field)
        leapt = False
        at = aurora.cell_index(first.xy, axes.cells, maps.cells)
        empty = maps.cells[at.x, at.y, aurora.EMPTY]
        if empty > 1:
            s += (empty - 1) * axes.cells.z / FOOT_SPEED
            leapt = True
        else:
            end = block_end(s, BLOCK_KM + HIGH_BLOCK * tm.max(first.z - HIGH_KM, 0.0), stop)
            middle, last = first, first
            for half in range(2):  # a run-time loop: the way down the field is compiled once
                middle = last
                last = foot_and_altitude(o, d, s + 0.5 * (half + 1) * (end - s), axes.sphere, axes.field, maps.field)
            lowest, highest = tm.min(first.z, last.z), tm.max(first.z, last.z)
            if ti.static(slow):
                shade = tm.vec3(0.0)
                for k in range(3):
                    shade[k] = aurora.shadow_depth(o + (s + 0.5 * k * (end - s)) * d, sun)
                sunlit = tm.min(shade.x, shade.z) < aurora.DARK_DEPTH
                if highest > SLOW_FLOOR_KM and (lowest < PROMPT_CEILING_KM or sunlit):
                    light += slow_path(first, middle, last, shade, end - s, axes, maps, tables)
            elif lowest < PROMPT_CEILING_KM:
                light += prompt_path(first, middle, last, end - s, axes, maps, tables)
            s = end
            first = last
    return light


@through_any_lens
@ti.kernel
def aurora_nodes(
    v: view.View, sun: aurora.Sunlight, axes: Axes, maps: Maps, tables: Tables, air: view.LowerAir,
    level: lattice.Lattice, unevenness: ti.types.ndarray(), values: ti.types.ndarray(), slow: ti.template(),
    begin: ti.i32, count: ti.i32,
):  # fmt: skip
    """Add the aurora's rayleighs, of prompt or of slow lines and those tied to them, to `count` nodes of a level.

    From node `begin` on; `values` [row, column] of vectors of `aurora.planes_of`, as `shaders.lattice` has them.
    """
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for k in range(begin, begin + count):
        at = lattice.node(level, begin + turns.in_turn(k - begin, count))
        gathered = lattice.gathered_share(at, level, unevenness)
        if gathered > 0.0:
            d, node, far_o, far_d = view.pixel_ray(v, at.x, at.y, air)
            near, far = view.spans(v.o, d, FLOOR_KM, CEILING_KM), view.spans(far_o, far_d, FLOOR_KM, CEILING_KM)
            total = values[at.x - level.origin, at.y]
            for side in range(2):  # a run-time loop: the march and the look-up are compiled once
                beyond = side == 1
                start, stop = ti.select(beyond, far.z, near.x), ti.select(beyond, far.w, near.y)
                here, along = ti.select(beyond, far_o, v.o), ti.select(beyond, far_d, d)
                light = aurora_light(here, along, start, stop, sun, axes, maps, tables, slow)
                if start < stop:
                    through = view.transmittances(v.o, d, node, beyond, aurora.LINES + aurora.TIED_LINES, air)
                    for place, plane in ti.static(enumerate(aurora.planes_of(slow))):
                        share = gathered * light[ti.static(aurora.SOURCE[plane] - (aurora.PROMPT_LINES if slow else 0))]
                        if ti.static(plane >= aurora.LINES):
                            share *= tables.tied[plane - aurora.LINES]
                        total[place] += share * through[plane]
            values[at.x - level.origin, at.y] = total
