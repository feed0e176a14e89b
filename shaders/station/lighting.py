"""What lights the station, and what a surface gives back: two distant lights by shadow ray, six sides by an ambient
cube dimmed by what stands around, the cabin's lamp; the glossy lobe also mirrors the surroundings.
"""

import taichi as ti
import taichi.math as tm
from taichi.math import vec3

from shaders.definitions import Array, Number, Real
from shaders.station.surface import Kind, lobe_value
from shaders.station.tree import is_lit, triple

LIFT = 0.003  # m, start of a shadow ray above the surface: less than plates stand off
INVERSE_PI = 0.318309886183791  # sr-1, a Lambertian's radiance per irradiance


class Light:
    """Rows of `irradiance` [9, band]: two distant lights, six sides (+x, -x, +y ...), the cabin's lamp at 1 m."""

    FIRST, SECOND, SIDES, LAMP = 0, 1, 2, 8


class Toward:
    """Rows of `toward` [3, 3]: directions of the two distant lights, place of the cabin's lamp, m."""

    FIRST, SECOND, LAMP = range(3)


Lights = ti.types.argpack(toward=Array(), irradiance=Array(), surroundings=Array(), sky_axes=Array())
"""What lights the station: `toward`, see `Toward`; `irradiance`, see `Light`, W m-2 nm-1; `surroundings` [blur, row,
column, band], W m-2 sr-1 nm-1: what lies around, rows from +z of `sky_axes` [3, 3] (rows) to -z, columns from +x."""

shares14 = ti.types.vector(14, Real)
SEEN, FAR_SIDE, SIDES, LAMP, LOBE, MIRRORED = 0, 2, 4, 10, 11, 13
"""First of the shares of the distant lights on the seen side, on the far side; of the six sides; the lamp's; lobes of
distant lights; the share that the lobe mirrors."""


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
    trees: ti.template(), copies: ti.template(), lights: ti.template(), distant_lights: ti.i32, hit, point: vec3,
    mirror: vec3, width: Number,
) -> shares14:  # fmt: skip
    """Return what of each light falls on a surface: cosine shares, and values of the lobe, sr-1, times the cosine's
    sign.

    The cabin's lamp falls off with the squared distance (1 m at least, the size of a window).
    """
    shares = shares14(0.0)
    for k in range(distant_lights):
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
def brightness(seen, lights: ti.template(), materials: ti.template(), band: ti.i32) -> Number:
    """Radiance that a ray brings in one band, W m-2 sr-1 nm-1, but for what the lobe mirrors of the surroundings."""
    diffuse, lobe = seen.shares[LAMP] * lights.irradiance[Light.LAMP, band], 0.0
    for k in ti.static(range(2)):
        diffuse += seen.shares[SEEN + k] * lights.irradiance[Light.FIRST + k, band]
        lobe += seen.shares[LOBE + k] * lights.irradiance[Light.FIRST + k, band]
    for k in ti.static(range(6)):
        diffuse += seen.shares[SIDES + k] * lights.irradiance[Light.SIDES + k, band]
    return INVERSE_PI * materials.reflectance[seen.material, band] * diffuse + lobe
