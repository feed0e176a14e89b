"""The station in the picture: coverage and radiance of its meshes, pixel by pixel.

Light comes from two distant lights by shadow ray, from six sides by an ambient cube dimmed by what stands around, from
the cabin's lamp; the glossy lobe also mirrors the surroundings. Geometry as in `shaders.station.tree`.
"""

import taichi as ti
import taichi.math as tm
from taichi.math import vec3

from shaders.definitions import Array, Number, Real
from shaders.station.surface import (
    Finish,
    Kind,
    Materials,
    Seams,
    footprint_on,
    leaning,
    lobe_value,
    mirrored_share,
    panel_factor,
    seam_share,
)
from shaders.station.tree import (
    FAR,
    Copies,
    Copy,
    Side,
    Trees,
    is_lit,
    nearest_hit,
    to_mesh,
    to_station,
    triangle_distance,
    triple,
)
from shaders.view import View, pixel_direction

LIFT = 0.003  # m, start of a shadow ray above the surface: less than plates stand off
TILE = 16  # pixels along a side of a cell of `mask`
INVERSE_PI = 0.318309886183791  # sr-1, a Lambertian's radiance per irradiance
ALIKE = 1.4  # most that the first rays of a pixel may differ in brightness for no more to be sent, as a ratio; by eye
CORNERS = 3


class Light:
    """Rows of `irradiance` [9, band]: two distant lights, six sides (+x, -x, +y ...), the cabin's lamp at 1 m."""

    FIRST, SECOND, SIDES, LAMP = 0, 1, 2, 8


class Toward:
    """Rows of `toward` [3, 3]: directions of the two distant lights, place of the cabin's lamp, m."""

    FIRST, SECOND, LAMP = range(3)


class Sample:
    """Columns of `samples` [n, 4]: offset in the pixel, point on the unit lens."""

    RIGHT, DOWN, LENS_RIGHT, LENS_DOWN = range(4)


Lens = ti.types.struct(right=tm.vec3, down=tm.vec3, ray_half_angle=Real)
"""The lens' right and down radii, station frame, m, and half the angle between the rays of a pixel, rad.

A thin lens focused at infinity sends all rays of one direction to one point: a ray only starts elsewhere."""

Lights = ti.types.argpack(toward=Array(), irradiance=Array(), surroundings=Array(), sky_axes=Array())
"""What lights the station: `toward`, see `Toward`; `irradiance`, see `Light`, W m-2 nm-1; `surroundings` [blur, row,
column, band], W m-2 sr-1 nm-1: what lies around, rows from +z of `sky_axes` [3, 3] (rows) to -z, columns from +x."""

Sampling = ti.types.struct(first=ti.i32, distant_lights=ti.i32, first_column=ti.i32, seams=Seams)
"""How many rays every pixel gets, how many distant lights are on, first column of the outputs, from 0; the seams."""

shares14 = ti.types.vector(14, Real)
SEEN, FAR_SIDE, SIDES, LAMP, LOBE, MIRRORED = 0, 2, 4, 10, 11, 13
"""First of the shares of the distant lights on the seen side, on the far side; of the six sides; the lamp's; lobes of
distant lights; the share that the lobe mirrors."""

Hit = ti.types.struct(
    copy=ti.i32, triangle=ti.i32, distance=Real, open_share=Real, normal=tm.vec3, face=tm.vec3, lift=tm.vec3
)
"""What a ray met: copy and triangle (-1: nothing), how far away, m; the half space's open share; the unit normal and
the face's, both against the ray, and the way from the face to the smooth surface that it stands for, m; all in the
station's frame."""


@ti.func
def met_by(trees: ti.template(), copies: ti.template(), origin: vec3, direction: vec3):
    """Return the `Hit` of a ray."""
    found = nearest_hit(trees, copies, origin, direction)
    hit = Hit(copy=-1, triangle=-1, distance=FAR, open_share=1.0, normal=vec3(0.0), face=vec3(0.0), lift=vec3(0.0))
    if found[0] >= 0.0:
        i, t = ti.i32(found[0]), ti.i32(found[1])
        start, ray = to_mesh(copies, i, origin - triple(copies.origins, i, 0)), to_mesh(copies, i, direction)
        at, nine = triangle_distance(trees.corners, t, start, ray), trees.corners[t]
        weights = vec3(1.0 - at[1] - at[2], at[1], at[2])
        normal, open_share, lift, place = vec3(0.0), 0.0, vec3(0.0), start + found[2] * ray
        for k in ti.static(range(CORNERS)):
            own = triple(trees.normals, t, 3 * k)
            normal += weights[k] * own
            corner = vec3(nine[3 * k], nine[3 * k + 1], nine[3 * k + 2])
            below = ti.min((place - corner).dot(own), 0.0)  # Hanika 2021, Ray Tracing Gems II
            lift -= weights[k] * below * own
            open_share += weights[k] * trees.open_share[t, k]
        one = vec3(nine[0], nine[1], nine[2])
        face = (vec3(nine[3], nine[4], nine[5]) - one).cross(vec3(nine[6], nine[7], nine[8]) - one).normalized()
        face = ti.select(face.dot(ray) > 0.0, -face, face)
        normal = ti.select(normal.dot(face) < 0.0, -normal, normal).normalized()
        hit.copy, hit.triangle, hit.distance, hit.open_share = i, t, found[2], open_share
        hit.normal, hit.face = to_station(copies, i, normal), to_station(copies, i, face)
        hit.lift = to_station(copies, i, lift)
    return hit


@ti.func
def material_of(trees: ti.template(), copies: ti.template(), hit) -> ti.i32:
    """Return the material of the side that a ray sees: the one to which the mesh's normals point, or the other."""
    outward = to_station(copies, hit.copy, triple(trees.normals, hit.triangle, 0))
    return ti.select(
        outward.dot(hit.face) > 0.0, trees.labels[hit.triangle, Side.FRONT], trees.labels[hit.triangle, Side.BACK]
    )


@ti.func
def side_shares(axes: ti.template(), normal: vec3, shares: ti.template()):
    """Write the weights of six irradiances for a plate of a normal: (n^2 +- n) / 2 for the two sides of each axis.

    Exact where light fills half spaces evenly, and where it comes as a polynomial of second degree without mixed terms.
    """
    for k in ti.static(range(3)):
        n = triple(axes, k, 0).dot(normal)
        shares[SIDES + 2 * k] = 0.5 * n * (n + 1.0)
        shares[SIDES + 2 * k + 1] = 0.5 * n * (n - 1.0)


@ti.func
def light_shares(
    trees: ti.template(), copies: ti.template(), lights: ti.template(), sampling, hit, point: vec3, mirror: vec3,
    width: Number,
) -> shares14:  # fmt: skip
    """Return what of each light falls on a surface: cosine shares, and values of the lobe, sr-1, times the cosine's
    sign.

    The cabin's lamp falls off with the squared distance (1 m at least, the size of a window).
    """
    shares = shares14(0.0)
    for k in range(sampling.distant_lights):
        towards = triple(lights.toward, Toward.FIRST + k, 0)
        cosine = hit.normal.dot(towards)
        side = ti.select(cosine > 0.0, 1.0, -1.0)
        if cosine * side > 0.0 and is_lit(trees, copies, point + hit.lift + side * LIFT * hit.face, towards):
            shares[SEEN + k], shares[FAR_SIDE + k] = ti.max(cosine, 0.0), ti.max(-cosine, 0.0)
            if side > 0.0:
                shares[LOBE + k] = lobe_value(mirror.dot(towards), width)
    side_shares(lights.sky_axes, hit.normal, shares)
    for k in ti.static(range(SIDES, LAMP)):
        shares[k] *= hit.open_share
    lamp = triple(lights.toward, Toward.LAMP, 0) - point
    squared = ti.max(lamp.dot(lamp), 1e-6)
    shares[LAMP] = ti.max(hit.normal.dot(lamp), 0.0) / (ti.sqrt(squared) * ti.max(squared, 1.0))
    return shares


@ti.func
def around_at(lights: ti.template(), blur: ti.i32, direction: vec3, band: ti.i32) -> Number:
    """Radiance of the surroundings in a direction, W m-2 sr-1 nm-1: bilinear, around in columns."""
    rows, columns = lights.surroundings.shape[1], lights.surroundings.shape[2]
    up = ti.min(ti.max(triple(lights.sky_axes, 2, 0).dot(direction), -1.0), 1.0)
    turn = ti.atan2(triple(lights.sky_axes, 1, 0).dot(direction), triple(lights.sky_axes, 0, 0).dot(direction))
    y = ti.min(ti.max(ti.acos(up) * INVERSE_PI * rows - 0.5, 0.0), rows - 1.001)
    x = (0.5 * turn * INVERSE_PI + 1.0) * columns - 0.5
    row, column = ti.i32(y), ti.i32(ti.floor(x))
    fy, fx = y - row, x - ti.floor(x)
    one, two = column % columns, (column + 1) % columns
    upper = lights.surroundings[blur, row, one, band] * (1.0 - fx) + lights.surroundings[blur, row, two, band] * fx
    lower = (
        lights.surroundings[blur, row + 1, one, band] * (1.0 - fx) + lights.surroundings[blur, row + 1, two, band] * fx
    )
    return upper * (1.0 - fy) + lower * fy


@ti.func
def add_light(
    radiance: ti.template(), row: ti.i32, column: ti.i32, shares: shares14, seams: Number, mirror: vec3,
    lights: ti.template(), materials: ti.template(), material: ti.i32, hits: Number,
):  # fmt: skip
    """Add (rho E + tau E') / pi, E on the seen side, E' on the far side, and the lobe to each band of the pixel.

    `seams`: how many of the `hits` met the material's seams; `mirror`: sum of the mirrored directions, weighted by what
    they mirror.
    """
    trim = seams / hits
    other, blur = materials.kinds[material, Kind.TRIM], materials.kinds[material, Kind.BLUR]
    length = mirror.norm()
    direction = mirror / ti.max(length, 1e-12)
    for band in range(radiance.shape[0]):
        seen, far, lobe = shares[LAMP] * lights.irradiance[Light.LAMP, band], 0.0, 0.0
        for k in ti.static(range(2)):
            seen += shares[SEEN + k] * lights.irradiance[Light.FIRST + k, band]
            far += shares[FAR_SIDE + k] * lights.irradiance[Light.FIRST + k, band]
            lobe += shares[LOBE + k] * lights.irradiance[Light.FIRST + k, band]
        for k in ti.static(range(6)):
            seen += shares[SIDES + k] * lights.irradiance[Light.SIDES + k, band]
            far += shares[SIDES + (k ^ 1)] * lights.irradiance[Light.SIDES + k, band]
        if length > 0.0:
            lobe += shares[MIRRORED] * around_at(lights, blur, direction, band)
        reflected = (1.0 - trim) * materials.reflectance[material, band] + trim * materials.reflectance[other, band]
        passed = (1.0 - trim) * materials.transmittance[material, band] + trim * materials.transmittance[other, band]
        gain = INVERSE_PI * (reflected * ti.max(seen, 0.0) + passed * ti.max(far, 0.0))
        gain += lobe + hits * materials.emission[material, band]
        # not +=, which Taichi makes atomic
        radiance[band, row, column] = radiance[band, row, column] + gain


Seen = ti.types.struct(material=ti.i32, shares=shares14, mirror=tm.vec3, seam=Real)
"""What a ray saw: material (-1: nothing), shares of lights times reflectance factors, the mirrored direction times what
it mirrors, the seams' share."""


@ti.func
def seen_along(
    trees: ti.template(), copies: ti.template(), lights: ti.template(), materials: ti.template(), sampling,
    half_angle: Number, origin: vec3, direction: vec3,
):  # fmt: skip
    """Return the `Seen` of a ray; `half_angle`: between it and its neighbour, rad."""
    hit = met_by(trees, copies, origin, direction)
    seen = Seen(material=-1, shares=shares14(0.0), mirror=vec3(0.0), seam=0.0)
    if hit.copy >= 0:
        material, seed = material_of(trees, copies, hit), copies.spans[hit.copy, Copy.SEED]
        panel = trees.labels[hit.triangle, Side.PANEL]
        hit.normal = leaning(materials.finish, material, panel, seed, hit.normal)
        bounce = direction - 2.0 * direction.dot(hit.normal) * hit.normal
        point = origin + hit.distance * direction
        width = materials.finish[material, Finish.WIDTH]
        shares = light_shares(trees, copies, lights, sampling, hit, point, bounce, width)
        share = mirrored_share(materials.finish[material, Finish.LOBE], -direction.dot(hit.normal))
        factor = (1.0 - share) * panel_factor(materials.finish, material, panel, seed)
        for k in ti.static(range(LOBE)):
            shares[k] *= factor
        for k in ti.static(range(LOBE, MIRRORED)):
            shares[k] *= share
        shares[MIRRORED] = share * hit.open_share
        seam = materials.finish[material, Finish.SEAM]
        if seam > 0.0:
            place = to_mesh(copies, hit.copy, point - triple(copies.origins, hit.copy, 0))
            face = to_mesh(copies, hit.copy, hit.face)
            patch = footprint_on(to_mesh(copies, hit.copy, direction), face, half_angle * hit.distance)
            seen.seam = seam_share(sampling.seams, seam, place, patch)
        seen.material = material
        seen.shares, seen.mirror = shares, share * bounce
    return seen


@ti.func
def brightness(seen, lights: ti.template(), materials: ti.template(), band: ti.i32) -> Number:
    """Radiance that a ray brings in one band, W m-2 sr-1 nm-1, but for what the lobe mirrors of the surroundings."""
    diffuse, lobe = seen.shares[LAMP] * lights.irradiance[Light.LAMP, band], 0.0
    for k in ti.static(range(2)):
        diffuse += seen.shares[SEEN + k] * lights.irradiance[Light.FIRST + k, band]
        lobe += seen.shares[LOBE + k] * lights.irradiance[Light.FIRST + k, band]
    for k in ti.static(range(6)):
        diffuse += seen.shares[SIDES + k] * lights.irradiance[Light.SIDES + k, band]
    return INVERSE_PI * materials.reflectance[seen.material, band] * diffuse + lobe


@ti.kernel
def station_tile(
    camera: View, lens: Lens, samples: Array(), sampling: Sampling, trees: Trees, copies: Copies, lights: Lights,
    materials: Materials, mask: Array(), coverage: Array(), radiance: Array(),
):  # fmt: skip
    """Write coverage [row, column] and radiance [band, row, column] (times coverage), W m-2 sr-1 nm-1.

    `camera`: place, m, and frame are the station's. `samples`, see `Sample`: the first few go through every pixel, the
    others where those see an edge or differ in brightness. `mask` [cell row, cell column]: 0 where nothing is seen.
    """
    ti.loop_config(block_dim=64)  # small blocks: by default one thread was given nearly all the work
    for row, column in coverage:
        for band in range(radiance.shape[0]):
            radiance[band, row, column] = 0.0
        x, y = sampling.first_column + column, camera.first_row + row
        rays, hits, wanted = 0, 0.0, sampling.first * mask[y // TILE, x // TILE]
        gathered, seam, run = shares14(0.0), 0.0, 0.0  # of rays since the material changed: bands are visited once
        mirror, darkest, brightest = vec3(0.0), FAR, 0.0
        material = -1
        while rays < wanted:
            direction = pixel_direction(camera, x + 1 + samples[rays, Sample.RIGHT], y + 1 + samples[rays, Sample.DOWN])
            origin = camera.o + samples[rays, Sample.LENS_RIGHT] * lens.right
            origin += samples[rays, Sample.LENS_DOWN] * lens.down
            seen = seen_along(trees, copies, lights, materials, sampling, lens.ray_half_angle, origin, direction)
            if seen.material != material and run > 0.0:
                add_light(radiance, row, column, gathered, seam, mirror, lights, materials, material, run)
                gathered, seam, run, mirror = shares14(0.0), 0.0, 0.0, vec3(0.0)
            material = seen.material
            if material >= 0:
                gathered += seen.shares
                mirror += seen.mirror
                seam, run, hits = seam + seen.seam, run + 1.0, hits + 1.0
                bright = brightness(seen, lights, materials, radiance.shape[0] // 2)
                darkest, brightest = ti.min(darkest, bright), ti.max(brightest, bright)
            rays += 1
            edge = hits > 0.0 and hits < rays
            if rays == sampling.first and (edge or brightest > ALIKE * darkest):
                wanted = samples.shape[0]
        if run > 0.0:
            add_light(radiance, row, column, gathered, seam, mirror, lights, materials, material, run)
        for band in range(radiance.shape[0]):
            radiance[band, row, column] = radiance[band, row, column] / ti.max(rays, 1)
        coverage[row, column] = hits / ti.max(rays, 1)
