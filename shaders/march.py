"""Along each ray, all lines at once: the aurora between 75 and 800 km.

A block of the ray is three points, each vec3(footprint x, y on the Earth-fixed plane, altitude), km, with a parabola
through them. Prompt and slow lines (`shaders.aurora`) share the way along the ray, block by block; within one each
reads its own map at its own pace. A ray that passes below 75 km crosses the aurora twice; what lies beyond its lowest
point is seen through the lower air. 1 rayleigh = 1e6 photons cm-2 s-1 in a column, so a path of ds km at V photons cm-3
s-1 adds 0.1 V ds.
"""

import taichi as ti
import taichi.math as tm

from shaders import aurora, field_map, geometry, view
from shaders.definitions import Length, Number
from shaders.pixel_ray import pixel_ray

FLOOR_KM = 75.0  # km: bottom of the emission table; below it electrons of 30 keV leave 2 % of their energy
CEILING_KM = 800.0  # km: top of the emission table
PROMPT_CEILING_KM = 600.0  # km: above it prompt lines give less than 1e-4 of their column
SLOW_FLOOR_KM = 100.0  # km: below it atoms and ions that live for seconds are all quenched
DARK = 1.0e-4  # of full sunlight: above PROMPT_CEILING_KM only ions in sunlight shine
BLOCK_KM = 16.0  # km: samples of one block share their skip decision and their path down the field
LONGEST_BLOCK_KM = 64.0  # km: over more the path down the field is no longer a parabola to 50 m
HIGH_BLOCK = 0.2  # km per km above HIGH_KM: blocks grow to 128 km at 800 km, where light is faint and smooth
TEXELS_PER_STEP = 1.2  # halving it changes the main scene by less than 1 % (`python -m benchmarks --errors`)
SMOOTH_STRETCH = 1.6  # steps are longer by this where neither a cell nor its neighbours hold thin arcs
MEMORY_BLUR_KM = 3.0  # km: with 5 km and twice HIGH_BLUR half the step moves 732 by 2.4 %, N2+ in sunlight by 1.9 %
HIGH_BLUR = 0.03  # km per km above HIGH_KM: lifetimes there grow to minutes
BRIGHT_BLOCK, FINER = 500.0, 3  # R of 557.7 from one block: it is sampled again, so many times as finely
HIGH_KM = 240.0  # km: above it the coarser map is read
FAINTEST = 1.0e-3  # mW m-2: a sample's electrons below this give less than a rayleigh; most of the map has no soft ones
RAYLEIGHS_PER_KM = 0.1  # 1e-6 x 1e5 cm per km
FOOT_SPEED = 2.0  # plane km per km of ray, never exceeded: scale 1.25 times (1 + cot of the flattest useful dip)
Lines = ti.types.vector(aurora.PROMPT_LINES + aurora.SLOW_LINES, float)


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
def prompt_block(
    first, middle, last, count: ti.i32, high: ti.i32, cells_axis, table_axis, cells: ti.template(),
    texels: ti.template(), table: ti.template(), soft: ti.template(),
):  # fmt: skip
    """Return the mean emission of prompt lines over a block, photons cm-3 s-1, from `count` samples."""
    light = ti.Vector.zero(float, aurora.PROMPT_LINES)
    for k in range(count):
        at = along_block(first, middle, last, (k + 0.5) / count)
        q = aurora.electrons(at.xy, high, cells_axis, cells, texels)
        if tm.max(q[1], q[2]) > FAINTEST:
            light += aurora.prompt_light(aurora.emission(at.z, q[0], table_axis, table), q[1], q[2])
        if tm.max(q[3], q[4]) > FAINTEST:
            light += aurora.prompt_light(aurora.soft_emission(at.z, table_axis, soft), q[3], q[4])
    return light / count


@ti.func
def slow_block(
    first, middle, last, lit, count: ti.i32, cells_axis, table_axis, cells: ti.template(),
    texels: ti.template(), table: ti.template(), soft: ti.template(), memory: ti.template(),
):  # fmt: skip
    """Return the mean emission of slow lines over a block, photons cm-3 s-1, from `count` samples.

    `lit`: see `block_sunlight`; between its three points it is linear.
    """
    light = ti.Vector.zero(float, aurora.SLOW_LINES)
    for k in range(count):
        u = (k + 0.5) / count
        at = along_block(first, middle, last, u)
        q = aurora.remembered(at.xy, cells_axis, cells, texels)
        flux = 0.0
        for m in ti.static(range(2 * aurora.FILTERS)):
            flux = tm.max(flux, q[1 + m])
        if flux > FAINTEST:
            hard = aurora.emission(at.z, q[0], table_axis, table)
            rain = aurora.soft_emission(at.z, table_axis, soft)
            seen = ti.select(u < 0.5, tm.mix(lit.x, lit.y, 2.0 * u), tm.mix(lit.y, lit.z, 2.0 * u - 1.0))
            light += aurora.slow_light(at.z, hard, rain, q, seen, table_axis, memory)
    return light / count


@ti.func
def block_end(s: Length, length: Length, stop: Length) -> Length:
    """Return where a block from s ends: at `stop` if less than a metre were left, which rounding might never close."""
    return ti.select(stop - s - length < 1e-3, stop, s + length)


@ti.func
def block_sunlight(o, d, s: Length, length: Length, sun: aurora.Sunlight):
    """Return how much of the Sun reaches a block's first point, middle and last, each 0 to 1."""
    first = aurora.sunlight(o + s * d, sun)
    middle = aurora.sunlight(o + (s + 0.5 * length) * d, sun)
    return tm.vec3(first, middle, aurora.sunlight(o + (s + length) * d, sun))


@ti.func
def samples(first, last, length: Length, resolved: Length, step_scale: Number) -> ti.i32:
    """Return how many samples a block of this length needs.

    Steps are what the map resolves here, `resolved` km, and short enough for the emission's scale height.
    """
    climb = ti.abs(last.z - first.z) / tm.max(length, 1e-3)
    height = 1.6 + 0.05 * tm.max(tm.min(first.z, last.z) - 115.0, 0.0)  # km: a third of the profile's scale height
    step = step_scale * tm.min(TEXELS_PER_STEP * resolved, height / tm.max(climb, 1e-3))
    return ti.cast(ti.ceil(length / step), ti.i32)


@ti.func
def resolved_length(
    first, middle, last, which: ti.template(), radius: Length, cells_axis, cells: ti.template()
) -> Length:
    """Return the finest texel, km on the ground, of a map at a block's three points; `which`: FINE, COARSE or PAST."""
    finest = aurora.texels_along(first.xy, which, cells_axis, cells)
    finest = ti.max(finest, aurora.texels_along(middle.xy, which, cells_axis, cells))
    finest = ti.max(finest, aurora.texels_along(last.xy, which, cells_axis, cells))
    return cells_axis.z / (finest * field_map.plane_scale(first.xy, radius))


@ti.func
def prompt_path(
    first, middle, last, length: Length, stretch: Number, radius: Length, cells_axis, table_axis, cells: ti.template(),
    texels: ti.template(), table: ti.template(), soft: ti.template(),
):  # fmt: skip
    """Return rayleighs of prompt lines from a block; a block that turns out bright is sampled again."""
    high = ti.select(tm.min(first.z, last.z) > HIGH_KM, 1, 0)
    texel = resolved_length(first, middle, last, aurora.FINE, radius, cells_axis, cells)
    if high == 1:
        texel = resolved_length(first, middle, last, aurora.COARSE, radius, cells_axis, cells)
    count = samples(first, last, length, texel, stretch)
    light = ti.Vector.zero(float, aurora.PROMPT_LINES)
    for attempt in range(2):
        if attempt == 0 or light[aurora.GREEN] > BRIGHT_BLOCK:
            light = prompt_block(first, middle, last, count, high, cells_axis, table_axis, cells, texels, table, soft)
            light *= length * RAYLEIGHS_PER_KM
            count *= FINER
    return light


@ti.func
def slow_path(
    first, middle, last, lit, length: Length, stretch: Number, radius: Length, cells_axis, table_axis,
    cells: ti.template(), past: ti.template(), table: ti.template(), soft: ti.template(), memory: ti.template(),
):  # fmt: skip
    """Return rayleighs of slow lines from a block; `lit` as for `slow_block`."""
    texel = resolved_length(first, middle, last, aurora.PAST, radius, cells_axis, cells)
    blur = MEMORY_BLUR_KM + HIGH_BLUR * tm.max(tm.min(first.z, last.z) - HIGH_KM, 0.0)
    count = samples(first, last, length, tm.max(texel, blur), stretch)
    light = slow_block(first, middle, last, lit, count, cells_axis, table_axis, cells, past, table, soft, memory)
    return light * (length * RAYLEIGHS_PER_KM)


@ti.func
def aurora_light(
    o, d, start: Length, stop: Length, step_scale: Number, sphere, sun, field_axis, cells_axis, table_axis,
    field: ti.template(), cells: ti.template(), texels: ti.template(), table: ti.template(), soft: ti.template(),
    past: ti.template(), slow_table: ti.template(), slow_soft: ti.template(), memory: ti.template(),
):  # fmt: skip
    """Return rayleighs of all lines, prompt then slow, gathered from `start` to `stop` along the ray.

    Empty cells are leapt over; blocks are as long as the nearest cell with thin arcs is far, and short among them.
    """
    light = Lines(0.0)
    s = start
    first = foot_and_altitude(o, d, s, sphere, field_axis, field)
    while s < stop:
        at = aurora.cell_index(first.xy, cells_axis, cells)
        empty, smooth = cells[at.x, at.y, aurora.EMPTY], cells[at.x, at.y, aurora.SMOOTH]
        if empty > 1:
            s += (empty - 1) * cells_axis.z / FOOT_SPEED
            first = foot_and_altitude(o, d, s, sphere, field_axis, field)
        else:
            shortest = BLOCK_KM + HIGH_BLOCK * tm.max(first.z - HIGH_KM, 0.0)
            length = tm.max(tm.min((smooth - 1) * cells_axis.z / FOOT_SPEED, LONGEST_BLOCK_KM), shortest)
            length = tm.min(length, stop - s)
            middle = foot_and_altitude(o, d, s + 0.5 * length, sphere, field_axis, field)
            last = foot_and_altitude(o, d, s + length, sphere, field_axis, field)
            stretch = step_scale * ti.select(smooth > 1, SMOOTH_STRETCH, 1.0)
            lit = block_sunlight(o, d, s, length, sun)
            lowest, highest = tm.min(first.z, last.z), tm.max(first.z, last.z)
            if lowest < PROMPT_CEILING_KM:
                prompt = prompt_path(
                    first, middle, last, length, stretch, sphere.y, cells_axis, table_axis, cells, texels, table, soft
                )
                for k in ti.static(range(aurora.PROMPT_LINES)):
                    light[k] += prompt[k]
            if highest > SLOW_FLOOR_KM and (lowest < PROMPT_CEILING_KM or tm.max(lit.x, lit.z) > DARK):
                slow = slow_path(
                    first, middle, last, lit, length, stretch, sphere.y, cells_axis, table_axis, cells, past,
                    slow_table, slow_soft, memory,
                )  # fmt: skip
                for k in ti.static(range(aurora.SLOW_LINES)):
                    light[aurora.PROMPT_LINES + k] += slow[k]
            s = block_end(s, length, stop)
            first = last
    return light


@ti.kernel
def aurora_tile(
    first_row: int, o: tm.vec3, itrs_from_camera: tm.mat3, tangent_from_pixel: tm.mat2, reference: tm.vec2,
    step_scale: float, sphere: tm.vec2, sun: aurora.Sunlight, field_axis: tm.vec3, cells_axis: tm.vec3,
    table_axis: tm.vec4, nodes_per_km: float,
    field: ti.types.ndarray(), cells: ti.types.ndarray(), texels: ti.types.ndarray(), table: ti.types.ndarray(),
    soft: ti.types.ndarray(), past: ti.types.ndarray(), slow_table: ti.types.ndarray(), slow_soft: ti.types.ndarray(),
    memory: ti.types.ndarray(), tied: ti.types.ndarray(), limb: ti.types.ndarray(), rising: ti.types.ndarray(),
    out: ti.types.ndarray(),
):  # fmt: skip
    """Write the aurora's rayleighs, marched lines and those tied to them, into out [plane, row, column].

    Rows are counted from `first_row` (0 = top); `out` comes filled with zeros. Maps and tables: see `shaders.aurora`;
    `texels`, `table`, `soft` of prompt lines, `past`, `slow_table`, `slow_soft`, `memory` of slow ones. `tied` [line]:
    photons of a tied line per photon of its parent. `sphere`: (hemisphere, radius km) of the plane; `field_axis`: see
    `shaders.field_map`; `cells_axis`, `table_axis`: see `shaders.aurora`; `limb`, `rising`: see `shaders.view`.
    """
    columns = out.shape[2]
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for pixel in range(out.shape[1] * columns):
        row, column = pixel // columns, pixel % columns
        d, node, far_o, far_d = pixel_ray(
            row + first_row, column, o, itrs_from_camera, tangent_from_pixel, reference, nodes_per_km, limb
        )
        near, far = view.spans(o, d, FLOOR_KM, CEILING_KM), view.spans(far_o, far_d, FLOOR_KM, CEILING_KM)
        for side in range(2):  # a run-time loop: the march is compiled once, not twice
            start, stop = ti.select(side == 0, near.x, far.z), ti.select(side == 0, near.y, far.w)
            light = aurora_light(
                ti.select(side == 0, o, far_o), ti.select(side == 0, d, far_d), start, stop, step_scale, sphere, sun,
                field_axis, cells_axis, table_axis, field, cells, texels, table, soft, past, slow_table, slow_soft,
                memory,
            )  # fmt: skip
            for plane in ti.static(range(aurora.LINES + aurora.TIED_LINES)):
                share = light[ti.static(aurora.SOURCE[plane])]
                if ti.static(plane >= aurora.LINES):
                    share *= tied[plane - aurora.LINES]
                if side == 1:
                    share *= view.far_transmittance(o, d, node, 1.0 * plane, limb, rising)
                out[plane, row, column] = out[plane, row, column] + share
