"""Along each ray, all lines at once: the aurora between 75 and 800 km.

A block of the ray is three points, each vec3(footprint x, y on the Earth-fixed plane, altitude), km, with a parabola
through them. Prompt and slow lines (`shaders.aurora.emission`) share the way along the ray, block by block; within one
each reads its own map at its own pace. A ray that passes below 75 km crosses the aurora twice; what lies beyond its
lowest point is seen through the lower air. 1 rayleigh = 1e6 photons cm-2 s-1 in a column, so a path of ds km at V
photons cm-3 s-1 adds 0.1 V ds.
"""

import taichi as ti
import taichi.math as tm

from shaders import field_map, geometry, view
from shaders.aurora import emission as aurora
from shaders.definitions import Length, Number, Real

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
AFTERGLOW_BLUR_KM = 3.0  # km: with 5 km and twice HIGH_BLUR half the step moves 732 by 2.4 %, N2+ in sunlight by 1.9 %
HIGH_BLUR = 0.02  # km per km above HIGH_KM: lifetimes there grow to minutes
BRIGHT_BLOCK, FINER = 500.0, 3  # R of 557.7 from one block: it is sampled again, so many times as finely
HIGH_KM = 240.0  # km: above it the coarser map is read
FAINTEST = 1.0e-3  # mW m-2: a sample's electrons below this give less than a rayleigh; most of the map has no soft ones
RAYLEIGHS_PER_KM = 0.1  # 1e-6 x 1e5 cm per km
FOOT_SPEED = 2.0  # plane km per km of ray, never exceeded: scale 1.25 times (1 + cot of the flattest useful dip)
Lines = ti.types.vector(aurora.PROMPT_LINES + aurora.SLOW_LINES, Real)
Axes = ti.types.struct(step_scale=Real, sphere=tm.vec2, field=tm.vec3, cells=tm.vec3, table=tm.vec4)
"""Length of a step, relative; (hemisphere, radius km) of the Earth-fixed plane; where the nodes of the field-line map,
the cells and the emission tables lie (see `shaders.field_map`, `shaders.aurora.emission`)."""
Maps = ti.types.argpack(
    field=ti.types.ndarray(), cells=ti.types.ndarray(), texels=ti.types.ndarray(), past=ti.types.ndarray()
)
"""The field-line map, the cells, and texels of now and of the past."""
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
def prompt_block(
    first, middle, last, count: ti.i32, high: ti.i32, axes, maps: ti.template(), tables: ti.template()
):  # fmt: skip
    """Return the mean emission of prompt lines over a block, photons cm-3 s-1, from `count` samples."""
    light = ti.Vector.zero(float, aurora.PROMPT_LINES)
    two_spectra = ti.static(tables.table[0, 0].n >= 2 * aurora.PROMPT_LINES)
    for k in range(count):
        at = along_block(first, middle, last, (k + 0.5) / count)
        q = aurora.electrons(at.xy, high, axes.cells, maps.cells, maps.texels, two_spectra)
        if tm.max(q[1], q[2]) > FAINTEST:
            row = aurora.hard_emission(at.z, q, axes.table, tables.table, aurora.PROMPT_LINES)
            light += aurora.prompt_light(row, q[1], q[2])
        if tm.max(q[3], q[4]) > FAINTEST:
            light += aurora.prompt_light(aurora.soft_emission(at.z, axes.table, tables.soft), q[3], q[4])
    return light / count


@ti.func
def slow_block(first, middle, last, sunlit, count: ti.i32, axes, maps: ti.template(), tables: ti.template()):
    """Return the mean emission of slow lines over a block, photons cm-3 s-1, from `count` samples.

    `sunlit`: see `block_sunlight`; between its three points it is linear.
    """
    light = ti.Vector.zero(float, aurora.SLOW_LINES)
    two_spectra = ti.static(tables.slow_table[0, 0].n >= 2 * aurora.SLOW_LINES)
    for k in range(count):
        u = (k + 0.5) / count
        at = along_block(first, middle, last, u)
        q = aurora.afterglow_electrons(at.xy, axes.cells, maps.cells, maps.past, two_spectra)
        flux = 0.0
        for m in ti.static(range(2 * aurora.FILTERS)):
            flux = tm.max(flux, q[1 + m])
        if flux > FAINTEST:
            hard = aurora.hard_emission(at.z, q, axes.table, tables.slow_table, aurora.SLOW_LINES)
            soft = aurora.soft_emission(at.z, axes.table, tables.slow_soft)
            share = ti.select(u < 0.5, tm.mix(sunlit.x, sunlit.y, 2.0 * u), tm.mix(sunlit.y, sunlit.z, 2.0 * u - 1.0))
            light += aurora.slow_light(at.z, hard, soft, q, share, axes.table, tables.memory)
    return light / count


@ti.func
def block_end(s: Length, length: Length, stop: Length) -> Length:
    """Return where a block from s ends: at `stop` if less than a metre were left, which rounding might never close."""
    return ti.select(stop - s - length < 1e-3, stop, s + length)


@ti.func
def block_sunlight(o, d, s: Length, length: Length, sun):
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
def resolved_length(first, middle, last, which: ti.i32, axes, maps: ti.template()) -> Length:
    """Return the finest texel, km on the ground, of a map at a block's three points; `which`: FINE, COARSE or PAST."""
    finest = aurora.texels_along(first.xy, which, axes.cells, maps.cells)
    finest = ti.max(finest, aurora.texels_along(middle.xy, which, axes.cells, maps.cells))
    finest = ti.max(finest, aurora.texels_along(last.xy, which, axes.cells, maps.cells))
    return axes.cells.z / (finest * field_map.plane_scale(first.xy, axes.sphere.y))


@ti.func
def prompt_path(
    first, middle, last, length: Length, stretch: Number, axes, maps: ti.template(), tables: ti.template()
):  # fmt: skip
    """Return rayleighs of prompt lines from a block; a block that turns out bright is sampled again."""
    high = ti.select(tm.min(first.z, last.z) > HIGH_KM, 1, 0)
    texel = resolved_length(first, middle, last, ti.select(high == 1, aurora.COARSE, aurora.FINE), axes, maps)
    count = samples(first, last, length, texel, stretch)
    light = ti.Vector.zero(float, aurora.PROMPT_LINES)
    for attempt in range(2):
        if attempt == 0 or light[aurora.GREEN] > BRIGHT_BLOCK:
            light = prompt_block(first, middle, last, count, high, axes, maps, tables)
            light *= length * RAYLEIGHS_PER_KM
            count *= FINER
    return light


@ti.func
def slow_path(
    first, middle, last, sunlit, length: Length, stretch: Number, axes, maps: ti.template(), tables: ti.template()
):  # fmt: skip
    """Return rayleighs of slow lines from a block; `sunlit` as for `slow_block`."""
    texel = resolved_length(first, middle, last, aurora.PAST, axes, maps)
    blur = AFTERGLOW_BLUR_KM + HIGH_BLUR * tm.max(tm.min(first.z, last.z) - HIGH_KM, 0.0)
    count = samples(first, last, length, tm.max(texel, blur), stretch)
    light = slow_block(first, middle, last, sunlit, count, axes, maps, tables)
    return light * (length * RAYLEIGHS_PER_KM)


@ti.func
def aurora_light(o, d, start: Length, stop: Length, sun, axes, maps: ti.template(), tables: ti.template()):
    """Return rayleighs of all lines, prompt then slow, gathered from `start` to `stop` along the ray.

    Empty cells are leapt over; blocks are as long as the nearest cell with thin arcs is far, and short among them.
    """
    light = Lines(0.0)
    s = start
    first, leapt = tm.vec3(0.0), True
    while s < stop:
        if leapt:
            first = foot_and_altitude(o, d, s, axes.sphere, axes.field, maps.field)
        leapt = False
        at = aurora.cell_index(first.xy, axes.cells, maps.cells)
        empty, smooth = maps.cells[at.x, at.y, aurora.EMPTY], maps.cells[at.x, at.y, aurora.SMOOTH]
        if empty > 1:
            s += (empty - 1) * axes.cells.z / FOOT_SPEED
            leapt = True
        else:
            shortest = BLOCK_KM + HIGH_BLOCK * tm.max(first.z - HIGH_KM, 0.0)
            length = tm.max(tm.min((smooth - 1) * axes.cells.z / FOOT_SPEED, LONGEST_BLOCK_KM), shortest)
            length = tm.min(length, stop - s)
            middle, last = first, first
            for half in range(2):  # a run-time loop: the way down the field is compiled once
                middle = last
                last = foot_and_altitude(o, d, s + 0.5 * (half + 1) * length, axes.sphere, axes.field, maps.field)
            stretch = axes.step_scale * ti.select(smooth > 1, SMOOTH_STRETCH, 1.0)
            sunlit = block_sunlight(o, d, s, length, sun)
            lowest, highest = tm.min(first.z, last.z), tm.max(first.z, last.z)
            if lowest < PROMPT_CEILING_KM:
                prompt = prompt_path(first, middle, last, length, stretch, axes, maps, tables)
                for k in ti.static(range(aurora.PROMPT_LINES)):
                    light[k] += prompt[k]
            if highest > SLOW_FLOOR_KM and (lowest < PROMPT_CEILING_KM or tm.max(sunlit.x, sunlit.z) > DARK):
                slow = slow_path(first, middle, last, sunlit, length, stretch, axes, maps, tables)
                for k in ti.static(range(aurora.SLOW_LINES)):
                    light[aurora.PROMPT_LINES + k] += slow[k]
            s = block_end(s, length, stop)
            first = last
    return light


@ti.kernel
def aurora_tile(
    v: view.View, sun: aurora.Sunlight, axes: Axes, maps: Maps, tables: Tables, air: view.LowerAir,
    out: ti.types.ndarray(),
):  # fmt: skip
    """Write the aurora's rayleighs, marched lines and those tied to them, into out [plane, row, column].

    `out` comes filled with zeros.
    """
    columns = out.shape[2]
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for pixel in range(out.shape[1] * columns):
        row, column = pixel // columns, pixel % columns
        d, node, far_o, far_d = view.pixel_ray(v, row, column, air)
        near, far = view.spans(v.o, d, FLOOR_KM, CEILING_KM), view.spans(far_o, far_d, FLOOR_KM, CEILING_KM)
        # Run-time loops: the march and the look-up are compiled once. The far side comes first: it alone is dimmed.
        for side in range(2):
            beyond = side == 0
            start, stop = ti.select(beyond, far.z, near.x), ti.select(beyond, far.w, near.y)
            light = aurora_light(
                ti.select(beyond, far_o, v.o), ti.select(beyond, far_d, d), start, stop, sun, axes, maps, tables
            )
            for plane in ti.static(range(aurora.LINES + aurora.TIED_LINES)):
                share = light[ti.static(aurora.SOURCE[plane])]
                if ti.static(plane >= aurora.LINES):
                    share *= tables.tied[plane - aurora.LINES]
                out[plane, row, column] = out[plane, row, column] + share
            if beyond and start < stop:
                for plane in range(aurora.LINES + aurora.TIED_LINES):
                    dimmed = view.far_transmittance(v.o, d, node, 1.0 * plane, air)
                    out[plane, row, column] = out[plane, row, column] * dimmed
