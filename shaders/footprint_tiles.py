"""Fill the map's tiles with the footprint: of now through the time that the shutter is open, and of the past."""

import taichi as ti
import taichi.math as tm

from shaders import footprint, geometry, lookup
from shaders import user_map as own_map

BACK, BLUR, FLOWN, MASK = range(4)  # columns of `ages`
DRAWN = 0.9  # steps between texels that the footprint is asked to resolve: an arc's edges are 1.3 steps wide
LEAST_KEV, MOST_KEV = 0.3, 15.0  # keV of hard electrons: what the emission table is asked for
DARK = 1e-6  # mW m-2: below it a texel has no energy of its own


@ti.func
def carried_place(place, turn, sphere):
    """Return where a place of the plane is after a rotation vector, rad, about the Earth's centre; small angles.

    The camera flies on while the shutter is open: what stays still on its picture moves over the ground. `sphere`:
    (hemisphere, radius).
    """
    quarter = tm.dot(place, place) / (4.0 * sphere.y * sphere.y)
    n = tm.vec3(place.x / sphere.y, place.y / sphere.y, sphere.x * (1.0 - quarter)) / (1.0 + quarter)
    return geometry.plane_from_position(n + tm.cross(turn, n), sphere.x, sphere.y)


@ti.func
def remember(k: ti.i32, age: ti.i32, q, weights: ti.template(), texels: ti.template()):
    """Add the footprint q of one age to texel k: ln energy weighted by flux, hard fluxes, soft fluxes.

    `weights` [age, flux]: the share of this age in each of the texel's fluxes.
    """
    fluxes = weights.shape[1]
    energy = tm.clamp(q.y / tm.max(q.x, DARK), LEAST_KEV, MOST_KEV)
    for m in range(fluxes):
        w = weights[age, m]
        texels[k, 0] = texels[k, 0] + w * q.x * ti.log(energy)
        texels[k, 1 + m] = texels[k, 1 + m] + w * q.x
        texels[k, 1 + fluxes + m] = texels[k, 1 + fluxes + m] + w * q.z


@ti.kernel
def build_tiles(
    tile_rows: ti.types.ndarray(), tiles: ti.types.ndarray(), cell_km: float, plane_axis: tm.vec3, sphere: tm.vec2,
    turn_rad_s: tm.vec3, t: float, drift_km_s: float, track_axis: tm.vec2, oval_axis: tm.vec4, patches: tm.vec4,
    own_axis: tm.vec4, mask_axis: tm.vec3, ages: ti.types.ndarray(), weights: ti.types.ndarray(),
    groups: ti.types.ndarray(), seeds: ti.types.ndarray(), curls: ti.types.ndarray(), rays: ti.types.ndarray(),
    tracks: ti.types.ndarray(), arcs: ti.types.ndarray(), glows: ti.types.ndarray(), offsets: ti.types.ndarray(),
    rows: ti.types.ndarray(), vortices: ti.types.ndarray(), streamers: ti.types.ndarray(), oval: ti.types.ndarray(),
    magnetic: ti.types.ndarray(), own: ti.types.ndarray(), masks: ti.types.ndarray(), texels: ti.types.ndarray(),
    thin: ti.types.ndarray(),
):  # fmt: skip
    """Fill the texels of tiles (laid out as `shaders.aurora` says) from the footprint at several ages.

    `tile_rows` [k, 2] lists (tile, row); `tiles` [k, 4] (cell column, cell row, n, first texel). A tile has (n+3)^2
    texels: n+1 from edge to edge of its cell and one beyond on every side, so that a look-up never leaves its tile.
    `ages` [age, 4]: s before `t`, negative after; blur (texel size, km, below which the footprint is not resolved); s
    by which the camera has flown on, turning with `turn_rad_s` about the Earth's centre; which of `masks` holds the
    diffuse glow. `weights` [age, flux]. A place has been `drift_km_s` x age farther west on the magnetic map, which
    stands still under the Sun. `magnetic` [row, column, 2]: x and y, km on the magnetic map, at the nodes of the
    Earth-fixed plane, which `plane_axis` places: vec3(x0, y0, spacing), km; `sphere`: (hemisphere, radius km) of that
    plane. `own`: see `shaders.user_map`; with fewer than two rows there is none, and the oval and its groups are drawn.
    `thin` [texel]: the brightest of the arcs' parts, mW m-2. It and `texels` come filled with zeros. Other tables: see
    `shaders.footprint`.
    """
    ti.loop_config(block_dim=16)  # without it Taichi hands a CPU loop to one thread
    for r in range(tile_rows.shape[0]):
        tile, row = tile_rows[r, 0], tile_rows[r, 1]
        n = tiles[tile, 2]
        step = cell_km / n
        for column in range(n + 3):
            place = cell_km * tm.vec2(tiles[tile, 0], tiles[tile, 1]) + step * tm.vec2(column - 1, row - 1)
            k = tiles[tile, 3] + row * (n + 3) + column
            brightest = 0.0
            for age in range(ages.shape[0]):
                back, flown = ages[age, BACK], ages[age, FLOWN]
                seen = place
                if flown != 0.0:
                    seen = carried_place(place, turn_rad_s * flown, sphere)
                f, g = (seen.y - plane_axis.y) / plane_axis.z, (seen.x - plane_axis.x) / plane_axis.z
                x = lookup.bilinear_plane(magnetic, f, g, 0) - drift_km_s * back
                y = lookup.bilinear_plane(magnetic, f, g, 1)
                texel = tm.max(DRAWN * step, ages[age, BLUR])
                q = tm.vec4(0.0)
                if own.shape[1] > 1:
                    q = own_map.own_flux(
                        seen, x, y, t - back, texel, age, own_axis, track_axis, own, groups, seeds, curls, rays,
                        tracks, arcs, offsets, rows, vortices,
                    )  # fmt: skip
                else:
                    q = footprint.footprint(
                        x, y, t - back, texel, age, track_axis, oval_axis, patches, groups, seeds, curls, rays, tracks,
                        arcs, glows, offsets, rows, vortices, streamers, oval, ti.cast(ages[age, MASK], ti.i32),
                        mask_axis, masks,
                    )  # fmt: skip
                remember(k, age, q, weights, texels)
                brightest = tm.max(brightest, q.w)
            flux = 0.0
            for m in range(weights.shape[1]):
                flux += texels[k, 1 + m]
            texels[k, 0] = ti.select(flux > DARK, texels[k, 0] / tm.max(flux, DARK), ti.log(LEAST_KEV))
            thin[k] = brightest
