"""The aurora from straight above: the brightness of each line's column above every place of an area.

A texel's precipitation becomes rayleighs by the emission table's integral over altitude; these are interpolated to the
picture's pixels. A column follows its field line and is shown above the line's foot at 110 km, so that tall rays do not
lean over their neighbours. Nothing dims it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from render.core.geodesy import geodetic_from_itrs, itrs_from_local
from render.core.lines import AURORA_KEYS, BANDS, SLOW_KEYS, TIED, band_share
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.emission import afterglow
from render.emission.settings import EmissionSettings
from render.emission.subauroral import SubauroralForm, sar_form, steve_form, track_x_km
from render.emission.table import EmissionTable, column_rayleighs
from render.geophysics.field import field_lines
from render.geophysics.field.geomagnetic import sun_direction
from render.geophysics.field.magnetic_coordinates import KM_PER_HOUR
from render.geophysics.forms.subauroral import NOON_GAP_H
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.precipitation import FootprintMap, Texels, plane_rows, touched_cells
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.march import LIMB_EDGE_KM

SUNLIT = "N2+_1NG_sunlit"
KEYS_FROM_ABOVE = (*AURORA_KEYS, *TIED, *BANDS, "STEVE")
"""What can be shown: lines and systems that electrons excite, those tied to them, single bands, STEVE's continuum."""
SUN_NODES_DEG = np.arange(75.0, 130.5, 0.5)  # the Sun's zenith angle: below, 75 km is in sunlight; above, 800 km dark
R_PER_KR = 1e3


def columns_from_above(
    instant: AuroraInstant, table: EmissionTable, emission: EmissionSettings, area: AreaFromAbove, keys: Sequence[str]
) -> np.ndarray:
    """Return kilorayleighs [key, row, column] of an area; `keys` of KEYS_FROM_ABOVE. The device must have been started.

    Prompt lines, and 557.7 with what is left of a second ago, are as fine as the picture; slow lines are mixed from
    averages of the past. SAR arc and STEVE count. Raises InputError for an instant outside the times of a user map.
    """
    found = np.zeros((len(keys), area.rows, area.columns), np.float32)
    footprint = FootprintMap(instant, *touched_cells(area), area.pixel_km, table.diffuse is not None)
    electrons = [key for key in keys if source_of(key) in AURORA_KEYS] if footprint.lit.any() else []
    for slow in (False, True):
        wanted = [key for key in electrons if (source_of(key) in SLOW_KEYS) == slow]
        if not wanted:
            continue
        texels = footprint.averages(emission.afterglow) if slow else footprint.now()
        for key in wanted:
            light = texel_rayleighs(texels, table, source_of(key), instant, emission.sunlit.screening_height_km)
            light *= share_of(key, emission) / R_PER_KR
            _add_texels(found[list(keys).index(key)], area, footprint.grid, texels.tiles, light)
    _add_subauroral(found, instant, area, keys)
    return found


def source_of(key: str) -> str:
    """Return the line or system of the emission table that a key has a share of; itself where that is all of it."""
    return BANDS[key][0] if key in BANDS else TIED[key][0] if key in TIED else key


def share_of(key: str, emission: EmissionSettings) -> float:
    """Return how many photons of a key there are per photon of its source."""
    if key in BANDS:
        return band_share(key)
    if key == "H-beta":
        return emission.hydrogen_per_1ng
    return TIED[key][1] if key in TIED else 1.0


def responses(table: EmissionTable, key: str) -> np.ndarray:
    """Return R per mW m-2 of each of a texel's K fluxes, [flux, energy], for a line of the emission table."""
    return column_rayleighs(table.altitude_km, _mixture(table, key)[:, None, :] * table.rate[AURORA_KEYS.index(key)])


def sunlit_responses(table: EmissionTable, key: str, lit: np.ndarray) -> np.ndarray:
    """Return the same, [sun, flux, energy], where `lit` [sun, altitude] is how much of the Sun reaches the ions."""
    mixture, rate = _mixture(table, key)[:, None, :], table.rate[AURORA_KEYS.index(key)]
    return np.stack([column_rayleighs(table.altitude_km, mixture * (rate * each)) for each in lit])


def _mixture(table: EmissionTable, key: str) -> np.ndarray:
    """Return what of a line each of a texel's fluxes makes, [flux, altitude]."""
    line = AURORA_KEYS.index(key)
    if key in SLOW_KEYS:
        return afterglow.mixing(table.lifetime_s[line]).T
    then = afterglow.green_mixing(table.lifetime_s[line]) if key == "557.7" else 0.0 * table.altitude_km
    return np.stack([1.0 - then, then])


def texel_rayleighs(
    texels: Texels, table: EmissionTable, key: str, instant: AuroraInstant, screening_km: float
) -> np.ndarray:
    """Return R [texel] of a line of the emission table; `screening_km` as in `[emission.sunlit]`.

    Linear in ln energy, as the march reads the table.
    """
    suns, lit = None, None
    if key == SUNLIT:
        suns = np.interp(
            _sun_zenith_deg(texels.tiles, instant), SUN_NODES_DEG, np.arange(len(SUN_NODES_DEG), dtype=float)
        )
        lit = sunlit_share(table.altitude_km, screening_km)
    energy = np.log(table.energy_kev)
    row = np.arange(len(energy), dtype=float)
    hard_at = np.interp(texels.values[:, 0], energy, row)
    soft_at = np.array(np.interp(np.log(instant.settings.soft_energy_kev), energy, row))
    hard, soft = np.split(texels.values[:, 1 : 1 + 2 * texels.fluxes], 2, axis=1)
    parts = [*hard_parts(hard, texels.diffuse_share, hard_at, table), (soft, soft_at, table.of_soft)]
    nodes: dict[int, np.ndarray] = {}  # [sun, flux, energy] of each table, once
    for _, _, of in parts:
        if id(of) not in nodes:
            nodes[id(of)] = responses(of, key)[None] if lit is None else sunlit_responses(of, key, lit)
    light = np.zeros(len(texels.values))
    for m in range(texels.fluxes):
        for fluxes, at, of in parts:
            if nodes[id(of)][:, m].any():
                light += fluxes[:, m] * _between(nodes[id(of)][:, m], suns, at)
    return np.maximum(light, 0.0)  # mixtures of averages may undershoot where light has just come


def hard_parts(
    hard: np.ndarray, diffuse_share: np.ndarray, at: np.ndarray, table: EmissionTable
) -> list[tuple[np.ndarray, np.ndarray, EmissionTable]]:
    """Return (fluxes [texel, K], at, table) of the hard electrons of each spectrum: one, or arcs and diffuse ones."""
    if table.diffuse is None:
        return [(hard, at, table)]
    diffuse = diffuse_share[:, None] * hard
    return [(hard - diffuse, at, table), (diffuse, at, table.diffuse)]


def _between(table: np.ndarray, row: np.ndarray | None, column: np.ndarray) -> np.ndarray:
    """Return a table [row, column] at fractional indices, bilinear; `row` None: the first."""
    i = np.minimum(column.astype(int), table.shape[1] - 2)
    part = column - i

    def along(j: np.ndarray | int) -> np.ndarray:
        return np.asarray(table[j, i] * (1.0 - part) + table[j, i + 1] * part)

    if row is None:
        return along(0)
    j = np.minimum(row.astype(int), table.shape[0] - 2)
    return along(j) * (1.0 - (row - j)) + along(j + 1) * (row - j)


def sunlit_share(altitude_km: np.ndarray, screening_km: float) -> np.ndarray:
    """Return how much of the Sun reaches each altitude, [SUN_NODES_DEG, altitude], as
    `shaders.aurora.emission.lit_share`.

    On a sphere: within 0.5 km of tangent altitude.
    """
    zenith = np.radians(SUN_NODES_DEG)[:, None]
    tangent = (EARTH_MEAN_RADIUS_KM + altitude_km) * np.sin(zenith) - EARTH_MEAN_RADIUS_KM
    depth = np.clip((screening_km - tangent) / LIMB_EDGE_KM, -20.0, 5.0)
    return np.where(zenith <= 0.5 * np.pi, 1.0, np.exp(-np.log(2.0) * np.exp(depth)))


def _sun_zenith_deg(tiles: tiling.Tiles, instant: AuroraInstant) -> np.ndarray:
    """Return the Sun's zenith angle, deg, over each texel of a pool; those of no tile get 0."""
    zenith = np.zeros(tiles.total)
    sun = sun_direction(instant.epoch)
    for (column, row), n, first in zip(tiles.cells, tiles.texels_along, tiles.first, strict=True):
        at = (np.arange(n + tiles.rim) - tiles.rim // 2) / n
        x, y = np.broadcast_arrays(column + at[None, :], row + at[:, None])
        direction = field_lines.direction_from_plane(
            tiling.CELL_KM * x, tiling.CELL_KM * y, instant.around.hemisphere
        ).reshape(-1, 3)
        latitude, longitude, _ = geodetic_from_itrs(field_lines.PLANE_RADIUS_KM * direction)
        up = itrs_from_local(latitude, longitude)[..., 2]
        zenith[first : first + (n + tiles.rim) ** 2] = np.degrees(np.arccos(np.clip(up @ sun, -1.0, 1.0)))
    return zenith


def _add_texels(
    out: np.ndarray, area: AreaFromAbove, grid: tiling.Grid, tiles: tiling.Tiles, light: np.ndarray
) -> None:
    """Add texels [texel] to a picture [row, column], bilinear within each pixel's tile."""
    pool = TexelPool(grid, tiles)
    for rows, x, y in plane_rows(area):
        out[rows] += pool.at(x, y).of(light)


@dataclass(frozen=True)
class TexelPlaces:
    """Where places lie among texels: the `first` of four, the length of a row of `below`, parts `across` and `down`."""

    first: np.ndarray
    below: np.ndarray
    across: np.ndarray
    down: np.ndarray

    def of(self, light: np.ndarray) -> np.ndarray:
        """Return values [texel] at the places, bilinear."""
        k, across, down = self.first, self.across, self.down
        upper = light[k] * (1.0 - across) + light[k + 1] * across
        lower = light[k + self.below] * (1.0 - across) + light[k + self.below + 1] * across
        return np.asarray(upper * (1.0 - down) + lower * down)


class TexelPool:
    """Find places of the plane among the texels of a grid's tiles; cells without a tile have the empty one."""

    def __init__(self, grid: tiling.Grid, tiles: tiling.Tiles) -> None:
        self._grid, self._rim = grid, tiles.rim
        self._first = np.zeros((grid.rows, grid.columns), int)
        self._along = np.ones((grid.rows, grid.columns), int)
        place = tiles.cells[:, 1] - grid.first_row, tiles.cells[:, 0] - grid.first_column
        self._first[place], self._along[place] = tiles.first, tiles.texels_along

    def at(self, x_km: np.ndarray, y_km: np.ndarray) -> TexelPlaces:
        """Return the places of the plane's (X, Y), km; they must lie on the grid."""
        u, v = x_km / tiling.CELL_KM - self._grid.first_column, y_km / tiling.CELL_KM - self._grid.first_row
        column, row = u.astype(int), v.astype(int)
        n = self._along[row, column]
        across, down = (u - column) * n, (v - row) * n
        j, i = np.minimum(across.astype(int), n - 1), np.minimum(down.astype(int), n - 1)
        below, outside = n + self._rim, self._rim // 2
        first = self._first[row, column] + (i + outside) * below + j + outside
        return TexelPlaces(first, below, across - j, down - i)


def _add_subauroral(out: np.ndarray, instant: AuroraInstant, area: AreaFromAbove, keys: Sequence[str]) -> None:
    """Add SAR arc and STEVE, which the scene gives in rayleighs, to kilorayleighs [key, row, column]."""
    settings, forms = instant.settings, []
    if settings.sar_arc is not None:
        forms.append(sar_form(settings.sar_arc, settings.seed))
    if settings.steve is not None:
        kp = instant.kp
        forms.append(steve_form(settings.steve, kp, instant.time_s, settings.seed))
    lights = [
        (k, form, form.brightness_r[key]) for k, key in enumerate(keys) for form in forms if key in form.brightness_r
    ]
    for rows, x, y in plane_rows(area) if lights else []:
        place = field_lines.bilinear(instant.magnetic, instant.around.window, x, y)
        for k, form, rayleighs in lights:
            out[k, rows] += rayleighs / R_PER_KR * _subauroral_share(form, place[..., 0], place[..., 1])


def _subauroral_share(form: SubauroralForm, x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
    """Return a form's light at magnetic coordinates, of that in its middle; none about noon, where x is cut."""
    nodes = track_x_km()
    centre, level = (np.interp(x_km, nodes, form.track[:, k]) for k in range(2))
    share = level * np.exp(-0.5 * ((y_km - centre) / form.sigma_km) ** 2)
    return np.where(np.abs(x_km) > (12.0 - 0.5 * NOON_GAP_H) * KM_PER_HOUR, 0.0, share)
