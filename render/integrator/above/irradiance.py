"""The aurora's light on level places below it, line by line, for a whole map of places.

Columns of the aurora (see `columns`) are cut into thin layers: light between two of them is shared so that its height
is kept on the mean. Each layer lies where its field lines take it, and all that it sends down is one convolution (see
`render.integrator.above.thin_layers`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from render.core.errors import InputError
from render.core.geodesy import itrs_from_geodetic
from render.core.lines import LINE_KEYS, PROMPT_KEYS, SLOW_KEYS, TIED
from render.emission.afterglow import FILTERS_S
from render.emission.settings import EmissionSettings
from render.emission.table import EmissionTable
from render.geophysics.field.field_lines import FieldLineMap
from render.geophysics.field.geomagnetic import sun_direction
from render.geophysics.forms import curtain
from render.integrator.above import thin_layers
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.columns import (
    SUN_NODES_DEG,
    SUNLIT,
    TexelPool,
    hard_parts,
    responses,
    share_of,
    source_of,
    sunlit_share,
)
from render.integrator.above.precipitation import FootprintMap, Texels, plane_rows, touched_cells
from render.integrator.aurora.instant import AuroraInstant

LAYERS_KM = (95.0, 112.0, 135.0, 175.0, 230.0, 300.0, 400.0, 540.0)  # km: twice as many move prompt lines by 0.5 %
LEAST_SHARE = 1e-3  # of a line's column: layers with less for any energy are left out
PARTS = 2  # pixels of the columns along one of the map
MARGIN_KM = 300.0  # km: field lines lean less, between 110 and 450 km, where they dip by more than 50 degrees
HIGHEST_PLACE_KM = 60.0  # km: above it a place is among what shines, not below


@dataclass(frozen=True, eq=False)
class IrradianceMap:
    """The aurora's light on level places at one altitude.

    `rayleigh_sr` [line, row, column], R sr, lines as in LINE_KEYS (1 R sr = 1e10/4pi photons m-2 s-1), on the pixels of
    `area`. Trap: light of what lies beyond the area is missing: of an even layer at 110 km 5 % comes from beyond 600
    km, 22 % from beyond 300 km; of red light, from higher up, 1 to 4 % from beyond 1280 km.
    """

    area: AreaFromAbove
    altitude_km: float
    rayleigh_sr: np.ndarray

    def at(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray) -> np.ndarray:
        """Return R sr [line, ...] at geodetic places, bilinear. Raises InputError for places off the map."""
        direction = itrs_from_geodetic(latitude_deg, longitude_deg, self.altitude_km)
        x, y = self.area.place_of_direction(direction)
        column = (x + 0.5 * self.area.width_km) / self.area.pixel_km - 0.5
        row = (0.5 * self.area.height_km - y) / self.area.pixel_km - 0.5
        inside = (column >= 0.0) & (column <= self.area.columns - 1.0) & (row >= 0.0) & (row <= self.area.rows - 1.0)
        if not np.all(inside):
            raise InputError(f"{np.sum(~inside)} places lie off the map of irradiance, {self.area.width_km:g} km wide")
        j = np.minimum(column.astype(int), self.area.columns - 2)
        i = np.minimum(row.astype(int), self.area.rows - 2)
        u, v, light = column - j, row - i, self.rayleigh_sr
        upper = light[:, i, j] * (1.0 - u) + light[:, i, j + 1] * u
        lower = light[:, i + 1, j] * (1.0 - u) + light[:, i + 1, j + 1] * u
        return np.asarray(upper * (1.0 - v) + lower * v)


def aurora_irradiance(
    instant: AuroraInstant, table: EmissionTable, emission: EmissionSettings, area: AreaFromAbove, altitude_km: float,
    air: np.ndarray | None = None, *, broad: bool = False,
) -> IrradianceMap:  # fmt: skip
    """Return what the aurora sends on level places of a map, which must lie in the instant's own region.

    `air` [node, line]: transmittance of the air above them at the wavelengths of LINE_KEYS, as
    `thin_layers.slant_table` has it; None: clear. `broad`: from the present alone in
    texels of 16 km, five times as quick. SAR arc and STEVE are left out. The device must have been started.
    Raises InputError for places above 60 km, or an instant outside the times of a user's map.
    """
    if altitude_km > HIGHEST_PLACE_KM:
        raise InputError(f"no place below the aurora is at {altitude_km:g} km; allowed: to {HIGHEST_PLACE_KM:g} km")
    found = np.zeros((len(LINE_KEYS), area.rows, area.columns))
    for key, layer_km, columns in layer_columns(instant, table, emission, area, broad=broad):
        clear = thin_layers.over_map(columns, area, layer_km, altitude_km) if air is None else None
        for line in (key, *(tied for tied in TIED if source_of(tied) == key)):
            k, share = LINE_KEYS.index(line), share_of(line, emission)
            if clear is not None:
                found[k] += share * clear
            elif air is not None and share > 0.0:
                found[k] += share * thin_layers.over_map(columns, area, layer_km, altitude_km, air[:, k])
    return IrradianceMap(area, altitude_km, found)


def layer_columns(
    instant: AuroraInstant,
    table: EmissionTable,
    emission: EmissionSettings,
    area: AreaFromAbove,
    *,
    broad: bool = False,
) -> Iterator[tuple[str, float, np.ndarray]]:
    """Yield (key, altitude km, brightness R [row, column]) of thin layers of each line that the table has.

    `broad` as for `aurora_irradiance`.
    """
    fine = replace(area, columns=PARTS * area.columns, rows=PARTS * area.rows)
    margin = int(np.ceil(MARGIN_KM / fine.pixel_km))
    columns, rows = fine.columns + 2 * margin, fine.rows + 2 * margin
    wide = AreaFromAbove(area.latitude_deg, area.longitude_deg, columns * fine.pixel_km, columns, rows)
    spacing = curtain.AFTERGLOW_SPACING_KM if broad else curtain.TRACK_SPACING_KM
    footprint = FootprintMap(instant, *touched_cells(wide), area.pixel_km, table.diffuse is not None, spacing)
    if not footprint.lit.any():
        return
    sunlit, feet = emission.sunlit.screening_height_km, Feet(instant.around.field, fine)
    present = footprint.broad() if broad else None
    for slow in (False, True):
        if present is not None:
            texels = as_if_always(present) if slow else present
        else:
            texels = footprint.averages(emission.afterglow) if slow else footprint.now()
        pool = TexelPool(footprint.grid, texels.tiles)
        keys = SLOW_KEYS if slow else PROMPT_KEYS
        for layer_km, some, light in _layer_texels(texels, table, keys, np.log(instant.settings.soft_energy_kev)):
            drawn = _drawn(feet, layer_km, pool, light)
            for key, picture in zip(some, drawn, strict=True):
                lit = _sunlit(instant, area, layer_km, sunlit) if key == SUNLIT else 1.0
                yield key, layer_km, picture * lit


def as_if_always(texels: Texels) -> Texels:
    """Return texels K = 7 of slow lines, as if the precipitation of K = 2 had always been what it is."""
    hard, soft = (np.repeat(texels.values[:, k : k + 1], len(FILTERS_S), axis=1) for k in (1, 1 + texels.fluxes))
    values = np.concatenate([texels.values[:, :1], hard, soft, texels.values[:, 1 + 2 * texels.fluxes :]], axis=1)
    return Texels(texels.tiles, values)


def layer_weights(altitude_km: np.ndarray) -> np.ndarray:
    """Return [layer, altitude]: how light at an altitude is shared among the layers; linear between two of them."""
    return np.stack([np.interp(altitude_km, LAYERS_KM, each) for each in np.eye(len(LAYERS_KM))])


def _layer_texels(
    texels: Texels, table: EmissionTable, keys: Sequence[str], ln_soft: float
) -> Iterator[tuple[float, list[str], np.ndarray]]:
    """Yield (altitude, keys, R [key, texel]) of the layers in which lines have some light.

    Linear in ln energy, as the march reads the table; texels are gathered by the table's cell of energy, so that each
    cell is one product of matrices. Ions are taken to be in sunlight.
    """
    energy = np.log(table.energy_kev)
    row = np.interp(texels.values[:, 0], energy, np.arange(len(energy), dtype=float))
    order = np.argsort(np.minimum(row.astype(int), len(energy) - 2), kind="stable")
    cell = np.minimum(row[order].astype(int), len(energy) - 2)
    part = (row[order] - cell)[:, None]
    hard, soft = np.split(texels.values[order, 1 : 1 + 2 * texels.fluxes], 2, axis=1)
    parts = hard_parts(hard, texels.diffuse_share[order], part, table)
    bounds = np.searchsorted(cell, np.arange(len(energy)))
    weighted = [np.hstack([fluxes * (1.0 - part), fluxes * part]) for fluxes, _, _ in parts]
    whole = [{key: _layer_responses(of, None, key) for key in keys} for _, _, of in parts]
    for layer, layer_km in enumerate(LAYERS_KM):
        every = [{key: _layer_responses(of, layer, key) for key in keys} for _, _, of in parts]  # [flux, energy]
        some = [
            key for key in keys
            if any((inside[key].sum(axis=0) > LEAST_SHARE * of[key].sum(axis=0).max()).any()
                   for inside, of in zip(every, whole, strict=True))
        ]  # fmt: skip
        if not some:
            continue
        soft_table = table.soft
        of_soft = every[0] if soft_table is None else {k: _layer_responses(soft_table, layer, k) for k in some}
        at_soft = np.stack([[np.interp(ln_soft, energy, flux) for flux in of_soft[key]] for key in some])
        light = _product(soft, at_soft.T)
        for fluxes, inside in zip(weighted, every, strict=True):
            nodes = np.stack([inside[key] for key in some])  # [key, flux, energy]
            for low, (first, stop) in enumerate(itertools.pairwise(bounds)):
                if first < stop:
                    about = np.vstack([nodes[..., low].T, nodes[..., low + 1].T])  # of the nodes on either side
                    light[first:stop] += _product(fluxes[first:stop], about)
        found = np.empty((len(some), len(order)), np.float32)
        found[:, order] = np.maximum(light, 0.0).T
        yield layer_km, some, found


def _product(tall: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return the product of matrices [n, few] and [few, few]: without the threads that NumPy's `@` starts and leaves
    spinning."""
    return np.einsum("nf,fk->nk", tall, small)


@lru_cache(maxsize=512)
def _layer_responses(table: EmissionTable, layer: int | None, key: str) -> np.ndarray:
    """Return `responses` of what is in a layer, read-only; None: in all of them. Kept: a film asks each frame."""
    inside = table if layer is None else replace(table, rate=table.rate * layer_weights(table.altitude_km)[layer])
    found = responses(inside, key)
    found.flags.writeable = False
    return found


class Feet:
    """Where the field lines above an area's pixels stand, for any layer."""

    def __init__(self, field: FieldLineMap, area: AreaFromAbove) -> None:
        self.area, self._field = area, field
        self._rows = [(rows, x, y, field.coefficients_at(x, y)) for rows, x, y in plane_rows(area)]

    def of(self, layer_km: float) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Yield blocks of rows with the plane's (X, Y), km, of the footprints of a layer's pixels."""
        for rows, x, y, shift in self._rows:
            yield rows, *self._field.moved(x, y, shift, np.array(layer_km))


def _drawn(feet: Feet, layer_km: float, pool: TexelPool, light: np.ndarray) -> np.ndarray:
    """Return the brightness, R [key, row, column], of texels [key, texel] in a layer, off its lines' feet."""
    fine = feet.area
    drawn = np.zeros((len(light), fine.rows, fine.columns), np.float32)
    for rows, x, y in feet.of(layer_km):
        places = pool.at(x, y)
        for out, each in zip(drawn, light, strict=True):
            out[rows] = places.of(each)
    return drawn.reshape(len(light), fine.rows // PARTS, PARTS, fine.columns // PARTS, PARTS).mean(axis=(2, 4))


def _sunlit(instant: AuroraInstant, area: AreaFromAbove, layer_km: float, screening_km: float) -> np.ndarray:
    """Return how much of the Sun reaches a layer above each pixel of a map [row, column]."""
    place = area.directions(*np.meshgrid(area.x_km, area.y_km))
    zenith = np.degrees(np.arccos(np.clip(place @ sun_direction(instant.epoch), -1.0, 1.0)))
    share = sunlit_share(np.array([layer_km]), screening_km)[:, 0]
    return np.interp(zenith, SUN_NODES_DEG, share)
