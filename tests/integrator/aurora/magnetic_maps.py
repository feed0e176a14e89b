"""Maps of the footprint on the magnetic plane itself, where x and y are the curtains' own coordinates."""

from dataclasses import dataclass

import numpy as np

from render.geophysics.field.field_lines import Window
from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.forms.curtain import curtains_at
from render.geophysics.forms.oval import starkov_boundaries
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.tile_builder import MapBuilder, Place, UserMapValues, present_only

BEYOND_KM = 400.0


@dataclass(frozen=True)
class FluxMap:
    """Hard and soft flux, mW m-2, characteristic energy, keV, and what of the hard flux thin arcs have, mW m-2, [row,
    column], at `x_km` [column], `y_km` [row]."""

    hard: np.ndarray
    energy_kev: np.ndarray
    soft: np.ndarray
    thin: np.ndarray
    x_km: np.ndarray
    y_km: np.ndarray

    @property
    def step_km(self):
        return self.x_km[1] - self.x_km[0]


def flux_map(settings, series, time_s, x_km, y_km, texels, own=None):
    """Return the footprint of an instant over whole cells about (west, east), (south, north), `texels` along a cell.

    `own`: (flux, energy) of a user's even map, in place of the oval.
    """
    side = tiling.CELL_KM
    first = np.floor(np.array([x_km[0], y_km[0]]) / side).astype(int)
    columns, rows = np.ceil(np.array([x_km[1], y_km[1]]) / side).astype(int) - first
    cells = np.array([(c + first[0], r + first[1]) for r in range(rows) for c in range(columns)])
    builder = builder_of(settings, series, time_s, x_km, y_km, own)
    pool = builder.build(tiling.lay_tiles(cells, np.full(len(cells), texels)))
    values = np.column_stack([pool.values.to_numpy(), pool.thin_flux()]).astype(float)
    tiles = values[tiling.EMPTY_TEXELS :].reshape(rows, columns, texels + 3, texels + 3, 4)
    whole = tiles[:, :, 1 : texels + 1, 1 : texels + 1].transpose(0, 2, 1, 3, 4)
    whole = whole.reshape(rows * texels, columns * texels, 4)
    step = side / texels
    return FluxMap(
        whole[..., 1], np.exp(whole[..., 0]), whole[..., 2], whole[..., 3],
        first[0] * side + step * np.arange(columns * texels), first[1] * side + step * np.arange(rows * texels),
    )  # fmt: skip


def builder_of(settings, series, time_s, x_km, y_km, own=None):
    """Return what draws the footprint of an instant on that plane; arguments as for `flux_map`."""
    window = Window.covering(
        x_km[0] - BEYOND_KM, y_km[0] - BEYOND_KM, x_km[1] + BEYOND_KM, y_km[1] + BEYOND_KM, BEYOND_KM
    )
    curtains = curtains_at(settings, series, np.array([time_s]), x_km[0] - BEYOND_KM, x_km[1] + BEYOND_KM)
    even = None
    if own is not None:
        flux = np.full((1, window.rows, window.columns), own[0])
        even = UserMapValues(window, np.stack([flux, flux * own[1]], axis=-1))
    place = Place(window, np.stack(window.nodes_km(), axis=-1), 1, y_km)
    return MapBuilder(settings, curtains, place, present_only(1), time_s, own=even)


def oval_km(kp, local_time_h, share):
    """Return y, km, of a place across Starkov's oval: 0 its equatorward edge, 1 its poleward one."""
    low, high, _ = starkov_boundaries(np.array([local_time_h]), kp)
    return float((low + (high - low) * share)[0]) * KM_PER_DEGREE


def hours_km(local_time_h):
    """Return x, km, of a magnetic local time."""
    return ((local_time_h + 12.0) % 24.0 - 12.0) * KM_PER_HOUR
