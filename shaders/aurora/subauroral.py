"""Along each ray, subauroral arcs: smooth sheets along the field, Gaussian across, each with its altitude profile.

A point of the ray goes down its field line to the footprint and from there to the magnetic map: x along the arc, y
across. Far from an arc the ray leaps as far as the arc is off; inside its reach it goes by blocks, in which x, y and
altitude are parabolas, and within a block by two-point Gauss-Legendre quadrature as fine as the arc is thin.

Columns of the tables, staged by `render.integrator.aurora.subauroral`:
  forms   [form, 7]  sigma across km, bottom, peak, top km, scale below, scale above km, share of the column per km
  tracks  [form, node, 3]  centre y km, relative brightness, km along x to the nearest lit node
  lights  [light, 3]  form, plane of the picture, R up the field line
and `field`, the field-line map (`shaders.field_map`), `magnetic` [row, column, 2], x and y on the magnetic map.
"""

import taichi as ti
import taichi.math as tm

from shaders import lattice, lookup, turns, view
from shaders.aurora import march
from shaders.definitions import Length, Number
from shaders.lens import through_any_lens

REACH = 4.0  # sigmas across: beyond it 3e-4 of the brightness is left, 6e-5 of the light
FOOT_SPEED = 2.0  # km of the magnetic map per km of ray, never exceeded: 1 + cot of the dip where the map is used
SHORTEST_LEAP = 0.2  # sigmas
LONGEST_LEAP_KM = 200.0  # km: the magnetic map is not even, and is cut at noon
BLOCK_KM = 48.0  # km: over more the path on the map is no longer a parabola to 50 m
SIGMAS_PER_INTERVAL = 1.0  # of the Gaussian across, and of the altitude profile, per quadrature interval
ALONG_PER_INTERVAL_KM = 12.0  # km along the arc; STEVE's striae are 26 km and longer
SIGMA, BOTTOM, PEAK, TOP, BELOW, ABOVE, PER_KM = range(7)  # columns of `forms`
FORM, PLANE, RAYLEIGHS = range(3)  # columns of `lights`
Axes = ti.types.struct(sphere=tm.vec2, field=tm.vec3, magnetic=tm.vec3, track=tm.vec2)
"""(hemisphere, radius km) of the Earth-fixed plane; vec3(x0, y0, spacing) of the nodes of the field-line map and of
`magnetic`; vec2(x0, spacing) of `tracks`."""
Forms = ti.types.argpack(
    field=ti.types.ndarray(), magnetic=ti.types.ndarray(), forms=ti.types.ndarray(), tracks=ti.types.ndarray(),
    lights=ti.types.ndarray(),
)  # fmt: skip
GAUSS_POINT = 0.2113248654  # (1 - 1 / sqrt 3) / 2, two-point Gauss-Legendre on 0..1


@ti.func
def on_magnetic_map(o, d, s: Length, axes, arcs: ti.template()):
    """Return vec3(x, y, altitude): the place on the magnetic map of the field line through the point at distance s."""
    at = march.foot_and_altitude(o, d, s, axes.sphere, axes.field, arcs.field)
    f, g = (at.y - axes.magnetic.y) / axes.magnetic.z, (at.x - axes.magnetic.x) / axes.magnetic.z
    return tm.vec3(lookup.bilinear_plane(arcs.magnetic, f, g, 0), lookup.bilinear_plane(arcs.magnetic, f, g, 1), at.z)


@ti.func
def track_at(x: Length, form: ti.i32, axes, arcs: ti.template()):
    """Return vec3(centre y, relative brightness, km to the lit stretch) of a form at x; `axes.track`."""
    count = arcs.tracks.shape[1]
    f = (x - axes.track.x) / axes.track.y
    node = lookup.cell(f, count)
    part = lookup.fraction(f, node, count)
    value = tm.vec3(0.0)
    for k in ti.static(range(3)):
        value[k] = arcs.tracks[form, node, k] * (1.0 - part) + arcs.tracks[form, node + 1, k] * part
    return value


@ti.func
def emission(at, form: ti.i32, axes, arcs: ti.template()) -> Number:
    """Return light per km of path at vec3(x, y, altitude), km-1, relative to the column in the arc's middle."""
    track = track_at(at.x, form, axes, arcs)
    across = (at.y - track.x) / arcs.forms[form, SIGMA]
    rise = at.z - arcs.forms[form, PEAK]
    high = rise / ti.select(rise < 0.0, arcs.forms[form, BELOW], arcs.forms[form, ABOVE])
    inside = at.z >= arcs.forms[form, BOTTOM] and at.z <= arcs.forms[form, TOP]
    return ti.select(inside, arcs.forms[form, PER_KM] * track.y * ti.exp(-0.5 * (across * across + high * high)), 0.0)


@ti.func
def distance_off(at, form: ti.i32, axes, arcs: ti.template()) -> Length:
    """Return how far, km on the magnetic map, a place is from where the form has light; 0 or less inside."""
    track = track_at(at.x, form, axes, arcs)
    across = ti.abs(at.y - track.x) - REACH * arcs.forms[form, SIGMA]
    return ti.select(across > 0.0, across, track.z)


@ti.func
def intervals(first, middle, last, form: ti.i32, axes, arcs: ti.template()) -> ti.i32:
    """Return how many quadrature intervals a block needs."""
    moved = ti.abs(middle - first) + ti.abs(last - middle)
    bend = ti.abs(track_at(last.x, form, axes, arcs).x - track_at(first.x, form, axes, arcs).x)
    scale = tm.min(arcs.forms[form, BELOW], arcs.forms[form, ABOVE])
    needed = tm.max((moved.y + bend) / arcs.forms[form, SIGMA], moved.z / scale)
    needed = tm.max(needed / SIGMAS_PER_INTERVAL, moved.x / ALONG_PER_INTERVAL_KM)
    return ti.cast(tm.clamp(ti.ceil(needed), 1.0, 100.0), ti.i32)


@ti.func
def block_light(first, middle, last, length: Length, form: ti.i32, axes, arcs: ti.template()) -> Number:
    """Return what a block adds, relative to the column in the arc's middle."""
    count = intervals(first, middle, last, form, axes, arcs)
    total = 0.0
    for k in range(count):
        for side in ti.static(range(2)):
            u = (k + (1.0 - GAUSS_POINT if side else GAUSS_POINT)) / count
            total += emission(march.along_block(first, middle, last, u), form, axes, arcs)
    return 0.5 * length * total / count


@ti.func
def form_light(
    o, d, start: Length, stop: Length, form: ti.i32, axes, arcs: ti.template()
) -> Number:  # fmt: skip
    """Return a form's light from `start` to `stop` along the ray, relative to the column in the arc's middle."""
    total = 0.0
    s = start
    first = on_magnetic_map(o, d, s, axes, arcs)
    while s < stop:
        off = distance_off(first, form, axes, arcs)
        if off > 0.0:
            s += tm.clamp(off / FOOT_SPEED, SHORTEST_LEAP * arcs.forms[form, SIGMA], LONGEST_LEAP_KM)
            first = on_magnetic_map(o, d, s, axes, arcs)
        else:
            length = tm.min(BLOCK_KM, stop - s)
            middle = on_magnetic_map(o, d, s + 0.5 * length, axes, arcs)
            last = on_magnetic_map(o, d, s + length, axes, arcs)
            total += block_light(first, middle, last, length, form, axes, arcs)
            s = march.block_end(s, length, stop)
            first = last
    return total


@through_any_lens
@ti.kernel
def arcs_nodes(
    v: view.View, axes: Axes, arcs: Forms, air: view.LowerAir, level: lattice.Lattice,
    unevenness: ti.types.ndarray(), values: ti.types.ndarray(), begin: ti.i32, count: ti.i32,
):  # fmt: skip
    """Add subauroral arcs, R, to `count` nodes of a level from `begin`; `values` as for `march.aurora_nodes`."""
    ti.loop_config(block_dim=64)  # without it Taichi hands a CPU loop to one thread
    for index in range(begin, begin + count):
        at = lattice.node(level, begin + turns.in_turn(index - begin, count))
        gathered = lattice.gathered_share(at, level, unevenness)
        if gathered > 0.0:
            d, node, far_o, far_d = view.pixel_ray(v, at.x, at.y, air)
            for form in range(arcs.forms.shape[0]):
                low, high = arcs.forms[form, BOTTOM], arcs.forms[form, TOP]
                near, far = view.spans(v.o, d, low, high), view.spans(far_o, far_d, low, high)
                for side in range(2):  # a run-time loop: the march is compiled once, not twice
                    start, stop = ti.select(side == 0, near.x, far.z), ti.select(side == 0, near.y, far.w)
                    here, along = ti.select(side == 0, v.o, far_o), ti.select(side == 0, d, far_d)
                    light = form_light(here, along, start, stop, form, axes, arcs)
                    for k in range(arcs.lights.shape[0]):
                        if light > 0.0 and ti.cast(arcs.lights[k, FORM], ti.i32) == form:
                            plane = ti.cast(arcs.lights[k, PLANE], ti.i32)
                            share = gathered * light * arcs.lights[k, RAYLEIGHS]
                            if side == 1:
                                share *= view.far_transmittance(v.o, d, node, 1.0 * plane, air)
                            values[at.x - level.origin, at.y][plane] += share
