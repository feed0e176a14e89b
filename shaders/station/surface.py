"""What a surface of the station does with light: a diffuse part, a glossy lobe, panels that differ, seams between them.

The lobe sends a share F of what arrives into directions about the mirrored one, as exp(-(angle / width)^2) / (pi
width^2) per steradian; F rises from the material's weight towards grazing (Schlick 1994). What is left of the light is
reflected and let through diffusely. So no more comes back than arrives.
"""

import taichi as ti
import taichi.math as tm
from taichi.math import vec2, vec3

from shaders.definitions import Array, Length, Number

PI = 3.14159265358979
STRIP_SPREAD = 0.5  # of a panel's strips, as a share of the spread of panels; by eye
SIXTEEN = 16  # render.station.mesh.PANEL_STEP: a test compares them


class Finish:
    """Columns of `finish` [material, 5]: lobe's weight and width (rad), spread, tilt (rad), seams' half width, m."""

    LOBE, WIDTH, SPREAD, TILT, SEAM = range(5)


class Kind:
    """Columns of `kinds` [material, 2]: which blurred picture the lobe sees, the material of seams."""

    BLUR, TRIM = range(2)


Materials = ti.types.argpack(
    reflectance=Array(), transmittance=Array(), emission=Array(), finish=Array(), kinds=Array()
)
"""`reflectance`, `transmittance` [material, band], 0 to 1; `emission` [material, band], W m-2 sr-1 nm-1; `finish`, see
`Finish`; `kinds`, see `Kind`."""

Seams = ti.types.struct(start=tm.vec2, pitch=tm.vec2)
"""Where seams of blankets run in a wing's own frame, m: at start + n pitch in |x| and in y."""


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
def hashed(number: ti.i32, seed: ti.i32) -> ti.u32:
    """Return 32 mixed bits of two integers (Wellons 2018, "lowbias32")."""
    h = ti.u32(number) * ti.u32(0x9E3779B1) ^ ti.u32(seed + 1) * ti.u32(0x85EBCA77)
    h = (h ^ (h >> ti.u32(16))) * ti.u32(0x7FEB352D)
    h = (h ^ (h >> ti.u32(15))) * ti.u32(0x846CA68B)
    return h ^ (h >> ti.u32(16))


@ti.func
def two_shares(bits: ti.u32) -> vec2:
    """Return two numbers in -1..1 of 32 bits."""
    return vec2(float(bits & ti.u32(0xFFFF)), float(bits >> ti.u32(16))) / 32767.5 - 1.0


@ti.func
def panel_factor(finish: ti.template(), material: ti.i32, panel: ti.i32, seed: ti.i32) -> Number:
    """Reflectance of a panel, and of a strip of it, as a multiple of the material's: 1 in the mean."""
    spread = finish[material, Finish.SPREAD]
    whole = two_shares(hashed(panel // SIXTEEN, seed))[0]
    strip = two_shares(hashed(panel, seed + 7919))[0]
    return (1.0 + spread * whole) * (1.0 + STRIP_SPREAD * spread * strip)


@ti.func
def leaning(finish: ti.template(), material: ti.i32, panel: ti.i32, seed: ti.i32, normal: vec3) -> vec3:
    """Tilt a normal as the panel leans: every one its own way, by up to the material's tilt along two axes."""
    lean = finish[material, Finish.TILT] * two_shares(hashed(panel // SIXTEEN, seed + 104729))
    across = ti.select(abs(normal.z) < 0.9, vec3(0.0, 0.0, 1.0), vec3(1.0, 0.0, 0.0)).cross(normal).normalized()
    return (normal + lean[0] * across + lean[1] * normal.cross(across)).normalized()


@ti.func
def seam_share(seams, half_width: Length, place: vec3, footprint: vec2) -> Number:
    """Share of a ray's footprint on a blanket that seams cover.

    `place`: in the wing's frame, m; `footprint`: its half width along x and y, m.
    """
    at = (vec2(abs(place.x), place.y) - seams.start) / seams.pitch
    width, blur = half_width / seams.pitch, footprint / seams.pitch
    along = striped(at.x, width.x, blur.x)
    return along + (1.0 - along) * striped(at.y, width.y, blur.y)


@ti.func
def footprint_on(direction: vec3, normal: vec3, blur: Length) -> vec2:
    """Half width along x and y of the patch that a cone of rays, `blur` wide about its axis, covers on a surface."""
    cosine = ti.max(abs(direction.dot(normal)), 0.05)
    flat = direction - direction.dot(normal) * normal
    stretch = vec2(flat.x, flat.y) * vec2(flat.x, flat.y) / (cosine * cosine)
    return blur * ti.sqrt(1.0 + stretch)


@ti.func
def mirrored_share(lobe: Number, cosine: Number) -> Number:
    """Share of light that goes into the lobe at an angle of incidence (Schlick 1994); 0 where there is no lobe."""
    grazing = 1.0 - ti.min(ti.max(cosine, 0.0), 1.0)
    squared = grazing * grazing
    return ti.select(lobe > 0.0, lobe + (1.0 - lobe) * squared * squared * grazing, 0.0)


@ti.func
def lobe_value(cosine: Number, width: Number) -> Number:
    """Return the lobe per steradian, sr-1, at an angle of that cosine from the mirrored direction."""
    squared = 2.0 * (1.0 - cosine)  # of the angle, to 1 % at 30 deg
    return ti.exp(-squared / (width * width)) / (PI * width * width)
