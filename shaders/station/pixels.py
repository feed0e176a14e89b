"""The station in the picture: coverage and radiance of its meshes, pixel by pixel."""

import taichi as ti
import taichi.math as tm
from taichi.math import vec3

from shaders.definitions import Array, Number, Real
from shaders.lens import through_any_lens
from shaders.station.hit import material_of, met_by
from shaders.station.lighting import LOBE, MIRRORED, Lights, Seen, add_light, brightness, light_shares, shares14
from shaders.station.surface import (
    Finish,
    Materials,
    Seams,
    footprint_on,
    leaning,
    mirrored_share,
    panel_factor,
    seam_share,
)
from shaders.station.tree import FAR, Copies, Copy, Side, Trees, to_mesh, triple
from shaders.view import View, pixel_direction

TILE = 16  # pixels along a side of a cell of `mask`
ALIKE = 1.25  # most that the first rays of a pixel may differ in brightness for no more to be sent, as a ratio; by eye


class Sample:
    """Columns of `samples` [n, 4]: offset in the pixel, point on the unit lens."""

    RIGHT, DOWN, LENS_RIGHT, LENS_DOWN = range(4)


Lens = ti.types.struct(right=tm.vec3, down=tm.vec3, ray_half_angle=Real)
"""The lens' right and down radii, station frame, m, and half the angle between the rays of a pixel, rad.

A thin lens focused at infinity sends all rays of one direction to one point: a ray only starts elsewhere."""

Sampling = ti.types.struct(first=ti.i32, distant_lights=ti.i32, first_column=ti.i32, seams=Seams)
"""How many rays every pixel gets, how many distant lights are on, first column of the outputs, from 0; the seams."""


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
        shares = light_shares(trees, copies, lights, sampling.distant_lights, hit, point, bounce, width)
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


@through_any_lens
@ti.kernel
def station_tile(
    camera: View, lens: Lens, samples: Array(), sampling: Sampling, trees: Trees, copies: Copies, lights: Lights,
    materials: Materials, mask: Array(), coverage: Array(), radiance: Array(),
):  # fmt: skip
    """Write coverage [row, column] and radiance [band, row, column] (times coverage), W m-2 sr-1 nm-1.

    `camera`: place, m, and frame are the station's. `samples`, see `Sample`: the first few go through every pixel, all
    where those see an edge against the sky, half where they differ in brightness. `mask` [cell row, cell column]: 0
    where nothing is seen.
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
                wanted = ti.select(edge, samples.shape[0], ti.max(rays, samples.shape[0] // 2))
        if run > 0.0:
            add_light(radiance, row, column, gathered, seam, mirror, lights, materials, material, run)
        for band in range(radiance.shape[0]):
            radiance[band, row, column] = radiance[band, row, column] / ti.max(rays, 1)
        coverage[row, column] = hits / ti.max(rays, 1)
