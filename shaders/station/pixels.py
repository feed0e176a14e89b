"""The station in the picture: coverage and radiance of its parts, pixel by pixel.

Every surface is Lambertian (`render.station.materials`), a film also lets diffuse light through. Geometry and labels
as in `shaders.station.shapes`.
"""

import taichi as ti
import taichi.math as tm
from taichi.math import vec2, vec3

from shaders.definitions import Array, Length, Number, Real
from shaders.station.shapes import (
    BLANKET,
    CYLINDER,
    FAR,
    LATTICE,
    Label,
    Part,
    Parts,
    centre,
    half_size,
    is_lit,
    local_normal,
    nearest_part,
    to_local,
    to_station,
)
from shaders.view import View, pixel_direction

LIFT = 0.006  # m, start of a shadow ray above the surface; thicker than a blanket is drawn
SEAM = 0.02  # m, half width of a seam, uncertain
FOLD = 0.06  # slope of the accordion folds of a blanket from panel to panel, uncertain
PER_TURN = 12.0 / (2.0 * 3.14159265358979)  # panels about a cylinder per radian, uncertain
COLUMNS = 10.0  # columns of cells drawn across a blanket (true cells, 0.08 m, are finer than pixels)
INVERSE_PI = 0.318309886183791  # sr-1, a Lambertian's radiance per irradiance


class Light:
    """Rows of `irradiance` [5, band]: two distant lights, light from below and above, the cabin's lamp at 1 m."""

    FIRST, SECOND, BELOW, ABOVE, LAMP = range(5)


class Toward:
    """Rows of `toward` [4, 3]: directions of the two distant lights and of the nadir, place of the cabin's lamp, m."""

    FIRST, SECOND, NADIR, LAMP = range(4)


class Sample:
    """Columns of `samples` [n, 4]: offset in the pixel, point on the unit lens."""

    RIGHT, DOWN, LENS_RIGHT, LENS_DOWN = range(4)


Lens = ti.types.struct(right=tm.vec3, down=tm.vec3, ray_half_angle=Real)
"""The lens' right and down radii, station frame, m, and half the angle between the rays of a pixel, rad.

A thin lens focused at infinity sends all rays of one direction to one point: a ray only starts elsewhere."""

Lights = ti.types.argpack(toward=Array(), irradiance=Array())
"""What lights the station: `toward`, see `Toward`; `irradiance`, see `Light`, W m-2 nm-1."""

Materials = ti.types.argpack(reflectance=Array(), transmittance=Array())
"""[material, band], 0 to 1."""

shares9 = ti.types.vector(9, Real)
SEEN, FAR_SIDE = 0, 5
"""First of the shares of the five lights on the seen side; of the first four on the far side, in the same order."""


@ti.func
def striped(x: Number, half_width: Number, blur: Number) -> Number:
    """Share of [x - blur, x + blur] covered by stripes of half width `half_width` about each whole number.

    Exact box filter by the integral of the stripes, so that seams finer than a pixel fade instead of flickering.
    """
    low = x - blur + 0.5
    high = x + blur + 0.5
    below = ti.floor(low) * 2.0 * half_width
    below += ti.min(ti.max(low - ti.floor(low) - 0.5 + half_width, 0.0), 2.0 * half_width)
    above = ti.floor(high) * 2.0 * half_width
    above += ti.min(ti.max(high - ti.floor(high) - 0.5 + half_width, 0.0), 2.0 * half_width)
    return (above - below) / (2.0 * blur)


@ti.func
def panel_shade(i: ti.i32, row: ti.i32, column: ti.i32) -> Number:
    """Reflectance factor 0.84 to 1 of one panel, from an integer hash of part, row and column; spread uncertain."""
    h = ti.u32(i) * ti.u32(0x9E3779B1) ^ ti.u32(row + 4096) * ti.u32(0x85EBCA77)
    h = (h ^ ti.u32(column + 4096) * ti.u32(0xC2B2AE3D)) * ti.u32(0x27D4EB2F)
    h = (h ^ (h >> ti.u32(15))) * ti.u32(0x2C1B3C6D)
    return 0.84 + 0.16 * float(h >> ti.u32(16)) / 65535.0


@ti.func
def panel_coordinates(kind: ti.i32, point: vec3, normal: vec3, half: vec3, bay: Length) -> vec2:
    """Panel numbers (column, row) of a point: whole numbers are seams.

    Boxes count along the two directions of the face, cylinders around and along (on end faces from the centre out),
    blankets across and along.
    """
    along = ti.select(abs(normal.z) > 0.5, point.x, point.z)
    across = ti.select(abs(normal.y) > 0.5, point.x, point.y)
    found = vec2(across / bay, (along + half.z) / bay)
    if kind == CYLINDER:
        outwards = ti.sqrt(point.x * point.x + point.y * point.y)
        lengthwise = ti.select(abs(normal.z) > 0.5, outwards, point.z + half.z)
        found = vec2(ti.atan2(point.y, point.x) * PER_TURN, lengthwise / bay)
    if kind == BLANKET:
        found = vec2(point.x * COLUMNS / (2.0 * half.x), (point.y + half.y) / bay)
    return found


@ti.func
def blended_shade(i: ti.i32, at: vec2, width: vec2) -> Number:
    """Return the panel's shade; under a seam, `width` panels wide to each side, it passes into its neighbour's.

    A hard step there would make a ray within rounding of it differ between devices.
    """
    edge = ti.floor(at + 0.5, ti.i32)
    share = ti.min(ti.max(0.5 + 0.5 * (at - edge) / width, 0.0), 1.0)
    left = panel_shade(i, edge[1] - 1, edge[0] - 1) * (1.0 - share[1]) + panel_shade(i, edge[1], edge[0] - 1) * share[1]
    right = panel_shade(i, edge[1] - 1, edge[0]) * (1.0 - share[1]) + panel_shade(i, edge[1], edge[0]) * share[1]
    return left * (1.0 - share[0]) + right * share[0]


@ti.func
def panel_factor(i: ti.i32, kind: ti.i32, point: vec3, normal: vec3, half: vec3, bay: Length, blur: Length) -> Number:
    """Reflectance factor of panels and their dark seams; 1 for lattices and where `bay` is 0.

    `blur`: half width of the ray's footprint on the surface, m. How dark seams are is uncertain.
    """
    factor = 1.0
    if bay > 0.0 and kind != LATTICE:
        at = panel_coordinates(kind, point, normal, half, bay)
        pitch = bay  # m between columns
        if kind == CYLINDER:
            pitch = half.x / PER_TURN
        if kind == BLANKET:
            pitch = 2.0 * half.x / COLUMNS
        seams = ti.max(striped(at[0], SEAM / pitch, blur / pitch), striped(at[1], SEAM / bay, blur / bay))
        depth = ti.select(kind == BLANKET, 0.5, 0.45)
        factor = blended_shade(i, at, vec2(SEAM / pitch, SEAM / bay)) * (1.0 - depth * seams)
    return factor


@ti.func
def folded(kind: ti.i32, normal: vec3, point: vec3, half: vec3, bay: Length) -> vec3:
    """Tilt the normal of a blanket's face by the accordion fold: neighbouring panels lean to opposite sides."""
    v = (point.y + half.y) / (2.0 * bay)
    wave = 0.25 - abs(v + 0.25 - ti.floor(v + 0.25) - 0.5)  # over two panels: 0 at their seams, 1/4 and -1/4 between
    lean = FOLD * ti.min(ti.max(2.0 * wave * bay / SEAM, -1.0), 1.0)
    tilted = vec3(normal.x, lean, normal.z) / ti.sqrt(1.0 + FOLD * FOLD)
    return ti.select(kind == BLANKET and abs(normal.z) > 0.5, tilted, normal)


@ti.func
def lens_point(o: vec3, lens, across: Number, down: Number) -> vec3:
    """Start of a ray, m: the camera's place plus a point of the lens' disc."""
    return o + across * lens.right + down * lens.down


@ti.func
def light_shares(
    parts: ti.template(), towards: vec3, point: vec3, face: vec3, normal: vec3
) -> vec2:  # fmt: skip
    """Cosine share of a distant light that falls on the seen side and, through a film, on the far side."""
    cosine = normal.dot(towards)
    side = ti.select(cosine > 0.0, 1.0, -1.0)
    lit = 0.0
    if abs(cosine) > 0.0:
        lit = float(is_lit(parts, point + side * LIFT * face, towards))
    return vec2(ti.max(cosine, 0.0) * lit, ti.max(-cosine, 0.0) * lit)


@ti.func
def direction_of(toward: ti.template(), row: ti.i32) -> vec3:
    """Return a row of `toward`."""
    return vec3(toward[row, 0], toward[row, 1], toward[row, 2])


@ti.func
def all_shares(
    parts: ti.template(), toward: ti.template(), distant_lights: ti.i32, point: vec3, face: vec3, normal: vec3
) -> shares9:
    """Cosine shares of the five lights on the seen side, then of the first four on the far side.

    Light from below and above fills a half space each: (1 +- n.nadir) / 2 of the irradiance on a level plate. The
    cabin lamp falls off with the squared distance (1 m at least, the size of the window).
    """
    shares = shares9(0.0)
    for k in range(distant_lights):
        pair = light_shares(parts, direction_of(toward, Toward.FIRST + k), point, face, normal)
        shares[SEEN + Light.FIRST + k] = pair[0]
        shares[FAR_SIDE + Light.FIRST + k] = pair[1]
    down = normal.dot(direction_of(toward, Toward.NADIR))
    shares[SEEN + Light.BELOW], shares[FAR_SIDE + Light.BELOW] = 0.5 + 0.5 * down, 0.5 - 0.5 * down
    shares[SEEN + Light.ABOVE], shares[FAR_SIDE + Light.ABOVE] = 0.5 - 0.5 * down, 0.5 + 0.5 * down
    lamp = direction_of(toward, Toward.LAMP) - point
    squared = ti.max(lamp.dot(lamp), 1e-6)
    shares[SEEN + Light.LAMP] = ti.max(normal.dot(lamp), 0.0) / (ti.sqrt(squared) * ti.max(squared, 1.0))
    return shares


@ti.func
def ray_shares(
    parts: ti.template(), toward: ti.template(), distant_lights: ti.i32, i: ti.i32, local: vec3, face: vec3,
    point: vec3, blur: Length,
) -> shares9:  # fmt: skip
    """Light shares times the panel's reflectance factor where a ray met part i (`local`: the point in its axes)."""
    kind, bay = parts.labels[i, Label.KIND], parts.geometry[i, Part.BAY]
    half = half_size(parts.geometry, i)
    factor = panel_factor(i, kind, local, face, half, bay, blur)
    normal = to_station(parts.geometry, i, folded(kind, face, local, half, bay))
    upright = to_station(parts.geometry, i, face)
    return factor * all_shares(parts, toward, distant_lights, point, upright, normal)


@ti.func
def add_light(
    radiance: ti.template(), row: ti.i32, column: ti.i32, shares: shares9, irradiance: ti.template(),
    materials: ti.template(), material: ti.i32,
):  # fmt: skip
    """Add (rho E + tau E') / pi to each band of the pixel; E on the seen side, E' on the far side."""
    for band in range(radiance.shape[0]):
        seen = shares[SEEN + Light.LAMP] * irradiance[Light.LAMP, band]
        far = 0.0
        for k in ti.static(range(Light.LAMP)):
            seen += shares[SEEN + k] * irradiance[k, band]
            far += shares[FAR_SIDE + k] * irradiance[k, band]
        gain = materials.reflectance[material, band] * seen + materials.transmittance[material, band] * far
        # not +=, which Taichi makes atomic
        radiance[band, row, column] = radiance[band, row, column] + INVERSE_PI * gain


@ti.kernel
def station_tile(
    camera: View, lens: Lens, samples: Array(), parts: Parts, lights: Lights, distant_lights: ti.i32,
    materials: Materials, first_column: ti.i32, coverage: Array(), radiance: Array(),
):  # fmt: skip
    """Write coverage [row, column] and radiance [band, row, column] (times coverage), W m-2 sr-1 nm-1.

    `camera`: place, m, and frame are the station's; `first_column` of the outputs, from 0, as the camera's first row.
    `samples`: see `Sample`; `distant_lights`: how many are on.
    """
    ti.loop_config(block_dim=64)  # small blocks: by default one thread was given nearly all the work
    for row, column in coverage:
        for band in range(radiance.shape[0]):
            radiance[band, row, column] = 0.0
        hits, material = 0, -1
        gathered = shares9(0.0)  # of the rays so far that met the same material: bands are visited once, not per ray
        rays = float(samples.shape[0])
        across, down = first_column + column + 1, camera.first_row + row + 1
        for s in range(samples.shape[0]):
            direction = pixel_direction(camera, across + samples[s, Sample.RIGHT], down + samples[s, Sample.DOWN])
            origin = lens_point(camera.o, lens, samples[s, Sample.LENS_RIGHT], samples[s, Sample.LENS_DOWN])
            found = nearest_part(parts, across, down, origin, direction)
            if found[1] < FAR:
                i = ti.i32(found[0])
                start = to_local(parts.geometry, i, origin - centre(parts.geometry, i))
                ray = to_local(parts.geometry, i, direction)
                kind, half = parts.labels[i, Label.KIND], half_size(parts.geometry, i)
                face = local_normal(kind, start, ray, half, found[1])
                shares = ray_shares(
                    parts, lights.toward, distant_lights, i, start + found[1] * ray, face,
                    origin + found[1] * direction, lens.ray_half_angle * found[1],
                )  # fmt: skip
                met = ti.select(face.z > 0.5, parts.labels[i, Label.FACE], parts.labels[i, Label.SIDES])
                if met != material and hits > 0:
                    add_light(radiance, row, column, gathered, lights.irradiance, materials, material)
                    gathered = shares9(0.0)
                material = met
                gathered += shares / rays
                hits += 1
        if hits > 0:
            add_light(radiance, row, column, gathered, lights.irradiance, materials, material)
        coverage[row, column] = float(hits) / rays
