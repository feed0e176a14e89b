"""Fill the map's tiles with the footprint: of now through the time that the shutter is open, and of the past."""

import taichi as ti
import taichi.math as tm

from shaders import geometry, lookup
from shaders.definitions import Real
from shaders.footprint import forms as footprint
from shaders.footprint import user_map

BACK, BLUR, FLOWN, MASK = range(4)  # columns of `ages`
DRAWN = 0.9  # steps between texels that the footprint is asked to resolve: an arc's edges are 1.3 steps wide
LEAST_KEV, MOST_KEV = 0.3, 15.0  # keV of hard electrons: what the emission table is asked for
DARK = 1e-6  # mW m-2: below it a texel has no energy of its own
Drawing = ti.types.struct(cell_km=Real, plane=tm.vec3, sphere=tm.vec2, turn_rad_s=tm.vec3, t=Real, drift_km_s=Real)
"""What is drawn where and when: side of a cell; vec3(x0, y0, spacing), km, of the nodes of `magnetic` on the
Earth-fixed plane, and that plane's vec2(hemisphere, radius km); the camera's rotation about the Earth's centre, ITRS;
the frame's instant, s. A place has been `drift_km_s` x age farther west on the magnetic map, which stands still under
the Sun."""
A = ti.types.ndarray
Tiles = ti.types.argpack(tile_rows=A(), tiles=A(), ages=A(), weights=A())
"""`tile_rows` [k, 2] lists (tile, row); `tiles` [k, 4] (cell column, cell row, n, first texel). A tile has (n+3)^2
texels: n+1 from edge to edge of its cell and one beyond on every side, so that a look-up never leaves its tile. `ages`
[age, 4]: s before the instant, negative after; blur (texel size, km, below which the footprint is not resolved); s by
which the camera has flown on; which of `masks` holds the diffuse glow. `weights` [age, flux]."""
Ground = ti.types.argpack(magnetic=A(), user=A())
"""`magnetic` [row, column, 2]: x and y, km on the magnetic map; `user`: see `shaders.footprint.user_map`, not read
where the oval and its groups are drawn."""


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
def add_age(k: ti.i32, age: ti.i32, q, weights: ti.template(), texels: ti.template()):
    """Add the footprint q of one age to texel k: ln energy weighted by flux, hard fluxes, soft fluxes, diffuse flux.

    The last where texels have a column for it: they do where diffuse electrons have a spectrum of their own. `weights`
    [age, flux]: the share of this age in each of the texel's fluxes.
    """
    fluxes = weights.shape[1]
    energy = tm.clamp(q[1] / tm.max(q[0], DARK), LEAST_KEV, MOST_KEV)
    for m in range(fluxes):
        w = weights[age, m]
        texels[k, 0] = texels[k, 0] + w * q[0] * ti.log(energy)
        texels[k, 1 + m] = texels[k, 1 + m] + w * q[0]
        texels[k, 1 + fluxes + m] = texels[k, 1 + fluxes + m] + w * q[2]
        if texels.shape[1] > 1 + 2 * fluxes:
            texels[k, 1 + 2 * fluxes] = texels[k, 1 + 2 * fluxes] + w * q[0] * q[4]


@ti.kernel
def build_tiles(
    listed: Tiles, drawing: Drawing, axes: footprint.Axes, curtains: footprint.Curtains, ground: Ground,
    texels: ti.types.ndarray(), thin_arc: ti.types.ndarray(), own: ti.template(), begin: int,
    count: int,
):  # fmt: skip
    """Fill the texels of tiles (laid out as `shaders.aurora.emission` says) from the footprint at several ages: of
    `count` listed rows from `begin`.

    `thin_arc` [texel]: the brightest thin-arc flux, mW m-2. It and `texels` come filled with zeros. `own`: whether a
    user's map is drawn; the kernel is compiled for either.
    """
    ti.loop_config(block_dim=16)  # without it Taichi hands a CPU loop to one thread
    for r in range(begin, begin + count):
        tile, row = listed.tile_rows[r, 0], listed.tile_rows[r, 1]
        n = listed.tiles[tile, 2]
        step = drawing.cell_km / n
        for column in range(n + 3):
            place = drawing.cell_km * tm.vec2(listed.tiles[tile, 0], listed.tiles[tile, 1])
            place += step * tm.vec2(column - 1, row - 1)
            k = listed.tiles[tile, 3] + row * (n + 3) + column
            brightest = 0.0
            for age in range(listed.ages.shape[0]):
                back, flown = listed.ages[age, BACK], listed.ages[age, FLOWN]
                there = place
                if flown != 0.0:
                    there = carried_place(place, drawing.turn_rad_s * flown, drawing.sphere)
                f, g = (there.y - drawing.plane.y) / drawing.plane.z, (there.x - drawing.plane.x) / drawing.plane.z
                x = lookup.bilinear_plane(ground.magnetic, f, g, 0) - drawing.drift_km_s * back
                y = lookup.bilinear_plane(ground.magnetic, f, g, 1)
                texel = tm.max(DRAWN * step, listed.ages[age, BLUR])
                q = ti.Vector.zero(float, 5)
                if ti.static(own):
                    q = user_map.user_flux(there, x, y, drawing.t - back, texel, age, axes, curtains, ground)
                else:
                    mask = ti.cast(listed.ages[age, MASK], ti.i32)
                    q = footprint.footprint(x, y, drawing.t - back, texel, age, mask, axes, curtains)
                add_age(k, age, q, listed.weights, texels)
                brightest = tm.max(brightest, q[3])
            flux = 0.0
            for m in range(listed.weights.shape[1]):
                flux += texels[k, 1 + m]
            texels[k, 0] = ti.select(flux > DARK, texels[k, 0] / tm.max(flux, DARK), ti.log(LEAST_KEV))
            last = 1 + 2 * listed.weights.shape[1]
            if texels.shape[1] > last:
                texels[k, last] = texels[k, last] / tm.max(flux, DARK)
            thin_arc[k] = brightest
