"""Noctilucent clouds: a thin sunlit shell near the mesopause, whose bands and billows are noise.

A line of sight meets the shell on the near and on the far side of its lowest point, or grazes it once. It is thin:
light is scattered once, and nothing behind it is dimmed.
"""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup
from shaders.definitions import Array, Length, Number, Real
from shaders.ground.decks import footprint
from shaders.ground.noise import octaves
from shaders.ground.weather import EARTH_KM
from shaders.lens import through_any_lens
from shaders.sky.pixels import Layout, Tables, columns_at, optical_depth, view_angles, view_column, view_row
from shaders.view import View, pixel_direction

EDGE_DEG = 4.0  # deg of latitude over which the layer thickens poleward (our choice)
BANDS_KM, BILLOWS_KM = 220.0, 9.0  # km: bands are 10 to 60 apart, billows 3 to 10 (Gadsden & Schroeder 1989)

Layer = ti.types.struct(
    altitude=Real, thickness=Real, depth=Real, asymmetry=Real, from_latitude=Real, seed=ti.i32, sun=tm.vec3,
    nodes_per_rad=Real, pixel=Real,
)  # fmt: skip
"""km, km, vertical optical depth at 550 nm, g, rad; direction of the Sun; nodes of `light` per rad of its zenith angle;
a pixel's angle, rad."""


@ti.func
def scattered(cosine: Number, g: Number) -> Number:
    """Return Henyey and Greenstein's phase function, sr-1."""
    return (1.0 - g * g) / (4.0 * tm.pi * tm.pow(1.0 + g * g - 2.0 * g * cosine, 1.5))


@ti.func
def thickness_at(p, size: Length, layer) -> Number:
    """Return the layer's depth at a place relative to its brightest bands; features of two pixels at the least."""
    x = tm.normalize(p) * EARTH_KM
    latitude = ti.abs(tm.atan2(p.z, tm.length(p.xy)))
    edge = tm.smoothstep(layer.from_latitude, layer.from_latitude + EDGE_DEG * tm.pi / 180.0, latitude)
    found = 0.0
    if edge > 0.0:
        bands = octaves(tm.vec3(1.0, 1.0, 2.2) * x, BANDS_KM, tm.max(2.0 * size, 4.0), 0.35, layer.seed + 401)
        found = 0.45 + 0.5 * bands
        if size < 0.5 * BILLOWS_KM:
            billows = octaves(tm.vec3(0.35, 1.0, 0.6) * x, BILLOWS_KM, tm.max(2.0 * size, 1.5), 0.5, layer.seed + 431)
            found += 0.35 * billows * tm.smoothstep(0.5 * BILLOWS_KM, 0.2 * BILLOWS_KM, size)
    return edge * tm.clamp(found, 0.0, 1.5)


@ti.func
def footprint_at(p, o, d, pixel: Number) -> Length:
    """Return the size of a pixel on the shell, km."""
    return footprint(tm.length(p - o), pixel, ti.abs(tm.dot(d, geometry.local_vertical(p))))


@ti.func
def crossing(o, d, first: Length, last: Length, layer, light: ti.template(), band: ti.i32) -> Number:
    """Return the radiance of the layer between two distances of a line of sight in a band, without air before it."""
    found = 0.0
    if last > first and last > 0.0:
        middle = 0.5 * (tm.max(first, 0.0) + last)
        p = o + middle * d
        up = geometry.local_vertical(p)
        zenith = tm.atan2(tm.length(tm.cross(up, layer.sun)), tm.dot(up, layer.sun))
        sunlight = lookup.linear_plane(light, zenith * layer.nodes_per_rad, band)
        if sunlight > 0.0:
            column = layer.depth * (last - tm.max(first, 0.0)) / layer.thickness
            found = sunlight * column * scattered(tm.dot(d, layer.sun), layer.asymmetry)
    return found


@through_any_lens
@ti.kernel
def add_noctilucent(camera: View, layer: Layer, layout: Layout, tables: Tables, light: Array(), out: Array()):
    """Add the layer's light to `out` [band, row, column], W m-2 sr-1 nm-1; rows as `sky.pixels.sky_tile`.

    `light` [node, band] W m-2 nm-1: sunlight on a plate square to it at the layer, times its extinction's spectrum.
    """
    for index in range(out.shape[1] * out.shape[2]):
        row, column = index // out.shape[2], index % out.shape[2]
        d = pixel_direction(camera, column + 1.0, row + camera.first_row + 1.0)
        outer = geometry.shell_distances(camera.o, d, layer.altitude + 0.5 * layer.thickness)
        inner = geometry.shell_distances(camera.o, d, layer.altitude - 0.5 * layer.thickness)
        if outer.x < geometry.MISSED and outer.y > 0.0:
            angles = view_angles(d, layout)
            slant = columns_at(tables.slant_columns, view_row(angles.x, layout), view_column(angles.y, layout))
            missed = inner.x >= geometry.MISSED
            near_end = ti.select(missed, outer.y, inner.x)
            far_end = ti.select(missed or angles.x < 0.0, inner.y - 1.0, outer.y)
            near_at, far_at = camera.o + 0.5 * (outer.x + near_end) * d, camera.o + 0.5 * (inner.y + far_end) * d
            near = thickness_at(near_at, footprint_at(near_at, camera.o, d, layer.pixel), layer)
            far = 0.0
            if far_end > inner.y:
                far = thickness_at(far_at, footprint_at(far_at, camera.o, d, layer.pixel), layer)
            for band in range(out.shape[0]):
                before = crossing(camera.o, d, outer.x, near_end, layer, light, band)
                beyond = crossing(camera.o, d, inner.y, far_end, layer, light, band)
                through = tm.exp(-optical_depth(slant, tables.optics, band))
                out[band, row, column] += near * before + far * beyond * through
