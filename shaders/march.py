"""Along each ray, all lines at once: the aurora between 80 and 600 km, and layers of airglow.

1 rayleigh = 1e6 photons cm-2 s-1 in a column, so a path of ds km at V photons cm-3 s-1 adds 0.1 V ds. A ray that passes
below 80 km crosses the aurora twice; what lies beyond its lowest point is seen through the lower air.
"""

import taichi as ti
import taichi.math as tm

from shaders import aurora, field_map, geometry, lookup
from shaders.definitions import Altitude, Length, Number

FLOOR_KM = 80.0  # km: below it no auroral electron of 30 keV leaves 1 % of its energy (Fang et al. 2010)
CEILING_KM = 600.0  # km: top of the emission table
BLOCK_KM = 16.0  # km: samples of one block share their skip decision and their path down the field
LONGEST_BLOCK_KM = 64.0  # km: over more the path down the field is no longer a parabola to 50 m
TEXELS_PER_STEP = 1.2  # halving it changes the main scene by less than 1 % (`python -m benchmarks --errors`)
SMOOTH_STRETCH = 1.6  # steps are longer by this where neither a cell nor its neighbours hold thin arcs
BRIGHT_BLOCK = 500.0  # R of 557.7 from one block: it is sampled again, three times as finely
RED_COUNTS = 4.0  # a rayleigh of 630.0 counts so much: it is as much fainter in a frame
HIGH_KM = 240.0  # km: above it the coarser map is read
FAINTEST = 1.0e-3  # mW m-2: a sample's electrons below this give less than a rayleigh; most of the map has no soft ones
RAYLEIGHS_PER_KM = 0.1  # 1e-6 x 1e5 cm per km
FOOT_SPEED = 2.0  # plane km per km of ray, never exceeded: scale 1.25 times (1 + cot of the flattest useful dip)


@ti.func
def foot_and_altitude(o, d, s: Length, sphere, axis, field: ti.template()):
    """Return vec3(footprint x, y on the plane, altitude) of the point at distance s; `sphere`: (hemisphere, radius)."""
    p = o + s * d
    h = geometry.altitude(p)
    foot = field_map.footprint_on_plane(geometry.plane_from_position(p, sphere.x, sphere.y), h, axis, field)
    return tm.vec3(foot, h)


@ti.func
def sample_length(h: Altitude, climb: Number, resolved: Length) -> Length:
    """Return the step: what the map resolves here, and short enough for the emission's scale height."""
    height = 1.6 + 0.05 * tm.max(h - 115.0, 0.0)  # km: a third of the profile's scale, which grows with altitude
    return tm.min(resolved, height / tm.max(climb, 1e-3))


@ti.func
def block_light(
    first, middle, last, count: ti.i32, high: ti.i32, cells_axis, table_axis,
    cells: ti.template(), texels: ti.template(), table: ti.template(),
):  # fmt: skip
    """Return the mean emission over a block of `count` samples; path down the field quadratic through three points."""
    light = aurora.Lines(0.0)
    for k in range(count):
        u = (k + 0.5) / count
        at = first + u * ((4.0 * middle - 3.0 * first - last) + 2.0 * u * (first + last - 2.0 * middle))
        q = aurora.electrons(at.xy, high, cells_axis, cells, texels)
        if q.x > FAINTEST:
            light += q.x * aurora.emission(at.z, q.y, table_axis, table)
        if q.z > FAINTEST:
            light += q.z * aurora.emission(at.z, q.w, table_axis, table)
    return light / count


@ti.func
def block_samples(
    first,
    middle,
    last,
    length: Length,
    high: ti.i32,
    step_scale: Number,
    radius: Length,
    cells_axis,
    cells: ti.template(),
) -> ti.i32:
    """Return how many samples a block of this length needs: what its ends and middle ask for decides."""
    finest = aurora.texels_along(first.xy, high, cells_axis, cells)
    finest = ti.max(finest, aurora.texels_along(middle.xy, high, cells_axis, cells))
    finest = ti.max(finest, aurora.texels_along(last.xy, high, cells_axis, cells))
    texel = cells_axis.z / (finest * field_map.plane_scale(first.xy, radius))
    climb = ti.abs(last.z - first.z) / tm.max(length, 1e-3)
    step = step_scale * sample_length(tm.min(first.z, last.z), climb, TEXELS_PER_STEP * texel)
    return ti.cast(ti.ceil(length / step), ti.i32)


@ti.func
def aurora_light(
    o, d, start: Length, stop: Length, step_scale: Number, sphere, field_axis, cells_axis, table_axis,
    field: ti.template(), cells: ti.template(), texels: ti.template(), table: ti.template(),
):  # fmt: skip
    """Return rayleighs of all lines gathered from `start` to `stop` along the ray.

    Empty cells are leapt over; blocks are as long as the nearest cell with thin arcs is far, and short among them.
    """
    light = aurora.Lines(0.0)
    s = start
    first = foot_and_altitude(o, d, s, sphere, field_axis, field)
    while s < stop:
        at = aurora.cell_index(first.xy, cells_axis, cells)
        empty, smooth = cells[at.x, at.y, 4], cells[at.x, at.y, 5]
        if empty > 1:
            s += (empty - 1) * cells_axis.z / FOOT_SPEED
            first = foot_and_altitude(o, d, s, sphere, field_axis, field)
        else:
            length = tm.clamp((smooth - 1) * cells_axis.z / FOOT_SPEED, BLOCK_KM, LONGEST_BLOCK_KM)
            length = tm.min(length, stop - s)
            middle = foot_and_altitude(o, d, s + 0.5 * length, sphere, field_axis, field)
            last = foot_and_altitude(o, d, s + length, sphere, field_axis, field)
            high = ti.select(tm.min(first.z, last.z) > HIGH_KM, 1, 0)
            stretch = step_scale * ti.select(smooth > 1, SMOOTH_STRETCH, 1.0)
            count = block_samples(first, middle, last, length, high, stretch, sphere.y, cells_axis, cells)
            mean = aurora.Lines(0.0)
            tries = 0
            while tries < 2:
                mean = block_light(first, middle, last, count, high, cells_axis, table_axis, cells, texels, table)
                brightest = tm.max(mean[aurora.GREEN], RED_COUNTS * mean[aurora.RED]) * length * RAYLEIGHS_PER_KM
                again = tries == 0 and brightest > BRIGHT_BLOCK
                tries += ti.select(again, 1, 2)
                count *= 3
            light += mean * (length * RAYLEIGHS_PER_KM)
            s = ti.select(stop - s - length < 1e-3, stop, s + length)
            first = last
    return light


@ti.func
def spans(o, d, low: Altitude, high: Altitude):
    """Return vec4(near start, near stop, far start, far stop): the ray between two shells, in front of the observer.

    A ray that misses the lower shell has its two spans meet at its lowest point; one that ends on the ground has an
    empty far span. Empty spans have stop <= start.
    """
    outer = geometry.shell_distances(o, d, high)
    inner = geometry.shell_distances(o, d, low)
    ground = geometry.shell_distances(o, d, 0.0)
    missed = inner.x >= geometry.MISSED
    turn = geometry.tangent_distance(o, d)
    near_stop = ti.select(missed, turn, inner.x)
    far_start = ti.select(missed, turn, inner.y)
    blocked = ground.x > 0.0 and ground.x < geometry.MISSED
    far_stop = ti.select(blocked, -geometry.MISSED, outer.y)
    return tm.vec4(tm.max(outer.x, 0.0), tm.min(near_stop, outer.y), tm.max(far_start, 0.0), far_stop)


@ti.func
def tangent_node(o, d, per_km: Number) -> Number:
    """Return the fractional index of the lowest altitude ahead in a table with `per_km` nodes per km from 0 up."""
    lowest = tm.max(geometry.tangent_distance(o, d), 0.0)
    return tm.max(geometry.altitude(o + lowest * d), 0.0) * per_km


@ti.func
def far_transmittance(o, d, node: Number, line: Number, limb: ti.template(), rising: ti.template()) -> Number:
    """Return what the air leaves of light beyond the lowest point: along the limb, or upwards from a low observer.

    `limb` [node, line] against tangent altitude; `rising` [node, line] against the root of the zenith's cosine.
    """
    upward = ti.sqrt(tm.clamp(tm.dot(geometry.local_vertical(o), d), 0.0, 1.0)) * (rising.shape[0] - 1)
    climbs = geometry.tangent_distance(o, d) <= 0.0
    return ti.select(climbs, lookup.bilinear(rising, upward, line), lookup.bilinear(limb, node, line))


@ti.kernel
def aurora_tile(
    first_row: int, o: tm.vec3, itrs_from_camera: tm.mat3, tangent_from_pixel: tm.mat2, reference: tm.vec2,
    step_scale: float, sphere: tm.vec2, field_axis: tm.vec3, cells_axis: tm.vec3, table_axis: tm.vec4,
    nodes_per_km: float,
    field: ti.types.ndarray(), cells: ti.types.ndarray(), texels: ti.types.ndarray(),
    table: ti.types.ndarray(), limb: ti.types.ndarray(), rising: ti.types.ndarray(), out: ti.types.ndarray(),
):  # fmt: skip
    """Write the aurora's rayleighs into out [line, row, column], rows counted from `first_row` (0 = top)."""
    columns = out.shape[2]
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for pixel in range(out.shape[1] * columns):
        row, column = pixel // columns, pixel % columns
        x, y = column + 1.0, row + first_row + 1.0
        d = geometry.ray_direction(itrs_from_camera, tangent_from_pixel, reference, x, y)
        span = spans(o, d, FLOOR_KM, CEILING_KM)
        node = tangent_node(o, d, nodes_per_km)
        total = aurora.Lines(0.0)
        for side in range(2):  # a run-time loop: the march is compiled once, not twice
            start, stop = ti.select(side == 0, span.x, span.z), ti.select(side == 0, span.y, span.w)
            light = aurora_light(
                o, d, start, stop, step_scale, sphere, field_axis, cells_axis, table_axis,
                field, cells, texels, table,
            )  # fmt: skip
            for k in ti.static(range(aurora.LINES)):
                total[k] += light[k] * ti.select(side == 0, 1.0, far_transmittance(o, d, node, 1.0 * k, limb, rising))
        for k in ti.static(range(aurora.LINES)):
            out[k, row, column] = total[k]


@ti.func
def layer_rate(h: Altitude, layer: ti.i32, layers: ti.template()) -> Number:
    """Return the volume emission rate of a layer at altitude h: Gaussian (shape 0) or uniform (shape 1)."""
    z = (h - layers[layer, 2]) / layers[layer, 3]
    return layers[layer, 4] * ti.select(layers[layer, 1] < 0.5, ti.exp(-0.5 * z * z), 1.0)


@ti.func
def layer_path(o, d, start: Length, stop: Length, layer: ti.i32, layers: ti.template(), gauss: ti.template()) -> Number:
    """Return rayleighs of one layer over a span by Gauss-Legendre quadrature; `gauss` [node, 2]: place, weight."""
    length = tm.max(stop - start, 0.0)
    total = 0.0
    for k in range(gauss.shape[0]):
        h = geometry.altitude(o + (start + gauss[k, 0] * length) * d)
        total += gauss[k, 1] * layer_rate(h, layer, layers)
    return total * length * RAYLEIGHS_PER_KM


@ti.kernel
def layers_tile(
    first_row: int, o: tm.vec3, itrs_from_camera: tm.mat3, tangent_from_pixel: tm.mat2, reference: tm.vec2,
    nodes_per_km: float, layers: ti.types.ndarray(), gauss: ti.types.ndarray(), limb: ti.types.ndarray(),
    rising: ti.types.ndarray(),
    out: ti.types.ndarray(),
):  # fmt: skip
    """Add layers to out [line, row, column]: each row of `layers` is (line, shape, centre, sigma, rate, low, high)."""
    columns = out.shape[2]
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for pixel in range(out.shape[1] * columns):
        row, column = pixel // columns, pixel % columns
        x, y = column + 1.0, row + first_row + 1.0
        d = geometry.ray_direction(itrs_from_camera, tangent_from_pixel, reference, x, y)
        node = tangent_node(o, d, nodes_per_km)
        for layer in range(layers.shape[0]):
            span = spans(o, d, layers[layer, 5], layers[layer, 6])
            if span.y > span.x or span.w > span.z:
                line = ti.cast(layers[layer, 0], ti.i32)
                near = layer_path(o, d, span.x, span.y, layer, layers, gauss)
                far = layer_path(o, d, span.z, span.w, layer, layers, gauss)
                out[line, row, column] += near + far * far_transmittance(o, d, node, 1.0 * line, limb, rising)
