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
PARTS = 4  # along a cell: parts in which nothing thin moves are drawn once, whatever the ages
Tiles = ti.types.argpack(tile_rows=A(), tiles=A(), beside=A(), moving=A(), ages=A(), weights=A())
"""`tile_rows` [k, 4] lists pieces of rows (tile, row, first column, columns); `tiles` [k, 5] (cell column, cell row, n,
first texel, rim). A tile has (n + rim)^2 texels: n+1 from edge to edge of its cell, and with a rim of 3 one beyond on
every side, so that splines never leave it. `beside` [k, 9]: the first texel of each neighbour from whose tile texels
beyond the own n x n are to be copied, 0: they are drawn. `moving` [k, PARTS^2]: whether a part of the cell, row by row,
holds thin forms, which move between the ages; the others are drawn once, at the frame's instant. `ages` [age, 4]: s
before the instant, negative after; blur (texel size, km, below which the footprint is not resolved); s by which the
camera has flown on; which of `masks` holds the diffuse glow. `weights` [age, flux]."""
Ground = ti.types.argpack(magnetic=A(), user=A())
"""`magnetic` [row, column, 2]: x and y, km on the magnetic map; `user`: see `shaders.footprint.user_map`, not read
where the oval and its groups are drawn."""


@ti.func
def carried_place(place, turn, sphere):
    """Return where a place of the plane is after a rotation vector, rad, about the Earth's centre; small angles.

    The camera flies on, or is turned, while the shutter is open: what stays still on its picture moves over the ground.
    `sphere`: (hemisphere, radius).
    """
    quarter = tm.dot(place, place) / (4.0 * sphere.y * sphere.y)
    n = tm.vec3(place.x / sphere.y, place.y / sphere.y, sphere.x * (1.0 - quarter)) / (1.0 + quarter)
    return geometry.plane_from_position(n + tm.cross(turn, n), sphere.x, sphere.y)


@ti.func
def part_of(texel: ti.i32, n: ti.i32) -> ti.i32:
    """Return in which part along a cell a texel lies, counted from the cell's edge; texels beyond are of the last."""
    return tm.clamp(texel * PARTS // n, 0, PARTS - 1)


@ti.func
def owner_of(row: ti.i32, column: ti.i32, n: ti.i32):
    """Return (row, column), -1 to 1, of the cell beside that owns a texel, counted from its own cell's corner."""
    beside_row = ti.cast(row >= n, ti.i32) - ti.cast(row < 0, ti.i32)
    beside_column = ti.cast(column >= n, ti.i32) - ti.cast(column < 0, ti.i32)
    return ti.Vector([beside_row, beside_column])


@ti.func
def owner_tile(tile: ti.i32, row: ti.i32, column: ti.i32, tiles: ti.template(), beside: ti.template()) -> ti.i32:
    """Return the first texel of the tile that a texel of this one is copied from, 0 where it is drawn."""
    owner = owner_of(row, column, tiles[tile, 2])
    return beside[tile, 3 * owner[0] + owner[1] + 4]


@ti.func
def add_age(k: ti.i32, age: ti.i32, moves, q, weights: ti.template(), texels: ti.template()):
    """Add the footprint q of one age, or of all where nothing moves, to texel k: ln energy weighted by flux, hard
    fluxes, soft fluxes, diffuse flux.

    The last where texels have a column for it: they do where diffuse electrons have a spectrum of their own. `weights`
    [age, flux]: the share of this age in each of the texel's fluxes.
    """
    fluxes = weights.shape[1]
    ln_energy = ti.log(tm.clamp(q[1] / tm.max(q[0], DARK), LEAST_KEV, MOST_KEV))
    for m in range(fluxes):
        w = ti.select(moves, weights[age, m], 1.0)
        texels[k, 0] = texels[k, 0] + w * q[0] * ln_energy
        texels[k, 1 + m] = texels[k, 1 + m] + w * q[0]
        texels[k, 1 + fluxes + m] = texels[k, 1 + fluxes + m] + w * q[2]
        if texels.shape[1] > 1 + 2 * fluxes:
            texels[k, 1 + 2 * fluxes] = texels[k, 1 + 2 * fluxes] + w * q[0] * q[4]


@ti.func
def mean_energy(k: ti.i32, fluxes: ti.i32, texels: ti.template()):
    """Divide texel k's sums over all ages by its flux: ln energy, and the diffuse share where it has one."""
    flux = 0.0
    for m in range(fluxes):
        flux += texels[k, 1 + m]
    texels[k, 0] = ti.select(flux > DARK, texels[k, 0] / tm.max(flux, DARK), ti.log(LEAST_KEV))
    last = 1 + 2 * fluxes
    if texels.shape[1] > last:
        texels[k, last] = texels[k, last] / tm.max(flux, DARK)


@ti.kernel
def build_tiles(
    listed: Tiles, drawing: Drawing, axes: footprint.Axes, curtains: footprint.Curtains, ground: Ground,
    texels: ti.types.ndarray(), thin_arc: ti.types.ndarray(), own: ti.template(), begin: int,
    count: int,
):  # fmt: skip
    """Fill the texels of tiles (laid out as `shaders.aurora.emission` says) from the footprint at several ages: of
    `count` listed rows from `begin`.

    `thin_arc` [texel, 1]: the brightest thin-arc flux, mW m-2. It and `texels` come filled with zeros. `own`: whether a
    user's map is drawn; the kernel is compiled for either.
    """
    ti.loop_config(block_dim=32)  # without it Taichi hands a CPU loop to one thread
    for r in range(begin, begin + count):
        tile, row = listed.tile_rows[r, 0], listed.tile_rows[r, 1]
        first, last = listed.tile_rows[r, 2], listed.tile_rows[r, 2] + listed.tile_rows[r, 3]
        n, rim = listed.tiles[tile, 2], listed.tiles[tile, 4]
        step = drawing.cell_km / n
        corner = drawing.cell_km * tm.vec2(listed.tiles[tile, 0], listed.tiles[tile, 1])
        corner += step * tm.vec2(-(rim // 2), row - rim // 2)
        k0 = listed.tiles[tile, 3] + row * (n + rim)
        for age in range(listed.ages.shape[0]):  # texels of a row share what is tabulated for an age
            back, flown = listed.ages[age, BACK], listed.ages[age, FLOWN]
            texel, mask = tm.max(DRAWN * step, listed.ages[age, BLUR]), ti.cast(listed.ages[age, MASK], ti.i32)
            for column in range(first, last):
                if owner_tile(tile, row - rim // 2, column - rim // 2, listed.tiles, listed.beside) > 0:
                    continue
                moves = listed.moving[tile, part_of(row - rim // 2, n) * PARTS + part_of(column - rim // 2, n)] != 0
                if age > 0 and not moves:
                    continue
                there = corner + tm.vec2(step * column, 0.0)
                if moves and flown != 0.0:
                    there = carried_place(there, drawing.turn_rad_s * flown, drawing.sphere)
                f, g = (there.y - drawing.plane.y) / drawing.plane.z, (there.x - drawing.plane.x) / drawing.plane.z
                x = lookup.bilinear_plane(ground.magnetic, f, g, 0) - drawing.drift_km_s * back
                y = lookup.bilinear_plane(ground.magnetic, f, g, 1)
                q = ti.Vector.zero(float, 5)
                if ti.static(own):
                    q = user_map.user_flux(there, x, y, drawing.t - back, texel, age, axes, curtains, ground)
                else:
                    q = footprint.footprint(x, y, drawing.t - back, texel, age, mask, axes, curtains)
                if tm.max(q[0], q[2]) > 0.0:
                    add_age(k0 + column, age, moves, q, listed.weights, texels)
                thin_arc[k0 + column, 0] = tm.max(thin_arc[k0 + column, 0], q[3])
        for k in range(k0 + first, k0 + last):
            mean_energy(k, listed.weights.shape[1], texels)


@ti.kernel
def fill_rims(tile_rows: A(), tiles: A(), beside: A(), texels: A(), thin_arc: A()):
    """Copy to tiles, listed as in `Tiles`, what their neighbours hold of their rims."""
    ti.loop_config(block_dim=64)
    for r in range(tile_rows.shape[0]):
        tile, row = tile_rows[r, 0], tile_rows[r, 1]
        n, rim = tiles[tile, 2], tiles[tile, 4]
        for column in range(n + rim):
            i, j = row - rim // 2, column - rim // 2
            first = owner_tile(tile, i, j, tiles, beside)
            if first > 0:
                there = ti.Vector([i, j]) - n * owner_of(i, j, n) + rim // 2
                here, source = tiles[tile, 3] + row * (n + rim) + column, first + there[0] * (n + rim) + there[1]
                thin_arc[here, 0] = thin_arc[source, 0]
                for c in range(texels.shape[1]):
                    texels[here, c] = texels[source, c]


@ti.kernel
def pack_texels(texels: ti.types.ndarray(), packed: ti.types.ndarray()):
    """Copy texels [texel, value] into vectors [texel], which a look-up reads at once; what is beyond is 0."""
    ti.loop_config(block_dim=256)
    for k in packed:
        one = 0.0 * packed[0]
        for c in ti.static(range(one.n)):
            if c < texels.shape[1]:
                one[c] = texels[k, c]
        packed[k] = one
