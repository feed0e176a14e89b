"""The power of the drawn electrons over one hemisphere, GW, by magnetic local time, against the statistical oval's.

The footprint of an instant is drawn over all local times on the magnetic map itself, and weighed with the area, at
110 km, that the true field gives each of its texels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.core.epoch import Epoch
from render.geophysics.field import field_lines
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.field.magnetic_coordinates import HALF_DAY_H, KM_PER_DEGREE, KM_PER_HOUR, magnetic_xy
from render.geophysics.forms import curtain
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveFunction, DriveSeries
from render.geophysics.forms.oval import energy_flux_and_mean_energy, hemispheric_power_gw
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.tile_builder import MapBuilder, Place, present_only

CELL_KM, TEXELS_ALONG = 512.0, 32  # km, and texels of 16 km: the mean of thin arcs is kept at any size within 2 %
TEXEL_KM = CELL_KM / TEXELS_ALONG
MASK_KM = (32.0, 16.0)  # km between nodes of the carpet's mask: coarser than its streaks, whose mean is kept
FROM_DEG, TO_DEG = 46.0, 87.0  # magnetic latitude: below it at Kp 9, and above it, lies less than 0.1 % of the power
LATTICE_KM = 12.5  # km of the Earth-fixed plane between places whose area is counted: finer than a texel
PLANE_REACH_KM = 7500.0  # km from the geographic pole: down to 46 deg magnetic everywhere
KP_DECIMALS = 2  # to which the statistical oval is told
HOURS = 24  # parts of the day by which power is told
GW_PER_MW_KM2_M2 = 1e-6  # mW m-2 over a km2 is 1 kW
BEYOND_KM = 400.0  # km of the magnetic map beyond what is drawn: what reaches in from there


@dataclass(frozen=True)
class DrawnPower:
    """The power of one instant, one hemisphere: [hour], GW, from midnight on, of all electrons, of the diffuse part,
    and of the statistical oval at its Kp over the same ground; `soft_gw`: what of the total the soft electrons of tall
    rays have; `oval_gw`: by the formula for its Kp; `electrons`: how many there are, GW keV-1."""

    total_gw: np.ndarray
    diffuse_gw: np.ndarray
    statistical_gw: np.ndarray
    soft_gw: float
    oval_gw: float
    electrons: float

    @property
    def drawn_gw(self) -> float:
        """Return the power of all electrons, GW."""
        return float(self.total_gw.sum())

    @property
    def mean_energy_kev(self) -> float:
        """Return the mean energy of the electrons, keV; 0 where there are none."""
        return self.drawn_gw / self.electrons if self.electrons > 0.0 else 0.0


def drawn_power(
    settings: AuroraSettings, drive: DriveFunction, hemisphere: int, scene_epoch: Epoch, times_s: Iterable[float]
) -> Iterator[DrawnPower]:
    """Yield the power of instants, s after the scene's time, one after the other.

    `hemisphere` +1 or -1. A device must have been started. Raises InputError for an instant that the drive does not
    cover.
    """
    for time_s in times_s:
        series = drive(np.array([float(time_s)]))
        area = texel_areas(hemisphere, scene_epoch.plus_seconds(float(time_s)), settings.local_time_shift_h)
        yield _instant(settings, series, float(time_s), area)


def _instant(settings: AuroraSettings, series: DriveSeries, time_s: float, area_km2: np.ndarray) -> DrawnPower:
    half = HALF_DAY_H * KM_PER_HOUR
    curtains = curtain.curtains_at(settings, series, np.array([time_s]), -half - BEYOND_KM, half + BEYOND_KM)
    flux, diffuse, soft, electrons = _fluxes(settings, curtains, time_s)
    x, _ = texel_places_km()
    kp = float(series.kp[0])
    statistical = _statistical_flux(round(kp, KP_DECIMALS))
    hour = np.floor(x / KM_PER_HOUR % 24.0 * (HOURS / 24.0)).astype(int)

    def by_hour(part: np.ndarray) -> np.ndarray:
        return np.bincount(hour, (part * area_km2).sum(axis=0), HOURS) * GW_PER_MW_KM2_M2

    return DrawnPower(
        total_gw=by_hour(flux),
        diffuse_gw=by_hour(diffuse),
        statistical_gw=by_hour(statistical),
        soft_gw=float((soft * area_km2).sum()) * GW_PER_MW_KM2_M2,
        oval_gw=float(hemispheric_power_gw(kp)),
        electrons=float((electrons * area_km2).sum()) * GW_PER_MW_KM2_M2,
    )


@lru_cache(maxsize=8)
def _statistical_flux(kp: float) -> np.ndarray:
    """Return the fit's mean energy flux, mW m-2, [row, column] at `texel_places_km`."""
    x, y = texel_places_km()
    return energy_flux_and_mean_energy(y[:, None] / KM_PER_DEGREE, (x / KM_PER_HOUR % 24.0)[None, :], kp)[0]


def _fluxes(
    settings: AuroraSettings, curtains: curtain.Curtains, time_s: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return energy flux, its diffuse part and that of soft electrons, mW m-2, and flux by mean energy, mW m-2 keV-1.

    Each [row, column] at `texel_places_km`.
    """
    columns, rows = _cell_numbers()
    cells = np.array([(column, row) for row in rows for column in columns])
    x0, x1, y0, y1 = (CELL_KM * at for at in (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1))
    window = field_lines.Window.covering(x0 - CELL_KM, y0 - CELL_KM, x1 + CELL_KM, y1 + CELL_KM, CELL_KM)
    place = Place(window, np.stack(window.nodes_km(), axis=-1), 1, (y0, y1), CELL_KM, MASK_KM)
    builder = MapBuilder(settings, curtains, place, present_only(1), time_s, two_spectra=True)
    texels = builder.build(tiling.lay_tiles(cells, np.full(len(cells), TEXELS_ALONG))).values.to_numpy().astype(float)
    side = TEXELS_ALONG + tiling.RIM
    tiles = texels[tiling.EMPTY_TEXELS :].reshape(len(rows), len(columns), side, side, 4)
    whole = tiles[:, :, 1 : TEXELS_ALONG + 1, 1 : TEXELS_ALONG + 1].transpose(0, 2, 1, 3, 4)
    whole = whole.reshape(len(rows) * TEXELS_ALONG, len(columns) * TEXELS_ALONG, 4)
    log_kev, hard, soft, diffuse_share = np.moveaxis(whole, -1, 0)
    mean_kev, soft_kev = 2.0 * np.exp(log_kev), 2.0 * settings.soft_energy_kev  # of Maxwellians
    return hard + soft, hard * diffuse_share, soft, hard / mean_kev + soft / soft_kev


def texel_places_km() -> tuple[np.ndarray, np.ndarray]:
    """Return x [column] and y [row], km, of the texels on the magnetic map."""
    columns, rows = _cell_numbers()
    x, y = (CELL_KM * at[0] + TEXEL_KM * np.arange(TEXELS_ALONG * len(at)) for at in (columns, rows))
    return x, y


def _cell_numbers() -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the cells' columns and rows."""
    half = HALF_DAY_H * KM_PER_HOUR
    return (
        np.arange(int(np.floor(-half / CELL_KM)), int(np.ceil(half / CELL_KM))),
        np.arange(int(FROM_DEG * KM_PER_DEGREE // CELL_KM), int(np.ceil(TO_DEG * KM_PER_DEGREE / CELL_KM))),
    )


def texel_areas(hemisphere: int, epoch: Epoch, local_time_shift_h: float) -> np.ndarray:
    """Return the area, km2 at 110 km, whose magnetic coordinates are nearest to each texel's, [row, column].

    `hemisphere` +1 or -1; `local_time_shift_h`: the scene's.
    """
    latitude, longitude, area = _ground(hemisphere, round(epoch.decimal_year, 1))
    hours = magnetic_local_time_h(longitude, epoch) + local_time_shift_h
    x, y = magnetic_xy(latitude, hours)
    texel_x, texel_y = texel_places_km()
    column = np.rint((x - texel_x[0]) / TEXEL_KM).astype(int)
    row = np.rint((y - texel_y[0]) / TEXEL_KM).astype(int)
    inside = (row >= 0) & (row < len(texel_y)) & (column >= 0) & (column < len(texel_x))
    where = row[inside] * len(texel_x) + column[inside]
    counted = np.bincount(where, area[inside], len(texel_x) * len(texel_y))
    return counted.reshape(len(texel_y), len(texel_x))


@lru_cache(maxsize=2)
def _ground(hemisphere: int, year: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return apex latitude and longitude, deg, and area, km2 at 110 km, of places of the Earth-fixed plane, [place]."""
    reach = PLANE_REACH_KM
    window = field_lines.Window.covering(-reach, -reach, reach, reach, LATTICE_KM)
    latitude, longitude = field_lines.magnetic_plane(window, hemisphere, year)
    x, y = window.nodes_km()
    scale = 1.0 + (x * x + y * y) / (4.0 * field_lines.PLANE_RADIUS_KM**2)
    inside = np.abs(latitude) > FROM_DEG - 0.5
    return latitude[inside], longitude[inside], (LATTICE_KM / scale[inside]) ** 2


@dataclass(frozen=True)
class PowerSummary:
    """What the power of many instants comes to, GW on their mean: `oval_gw` by the formula for their Kp; `drawn_gw`,
    with the 16th and 84th percentiles of instants; `diffuse_share` of it, `arcs_gw`: of all else; mean energy of the
    electrons, keV; [hour] of magnetic local time as in `DrawnPower`."""

    instants: int
    oval_gw: float
    drawn_gw: float
    p16_gw: float
    p84_gw: float
    diffuse_share: float
    arcs_gw: float
    mean_energy_kev: float
    total_by_hour_gw: np.ndarray
    diffuse_by_hour_gw: np.ndarray
    statistical_by_hour_gw: np.ndarray

    @classmethod
    def of(cls, found: list[DrawnPower]) -> PowerSummary:
        """Return the summary of at least one instant."""
        drawn = np.array([one.drawn_gw for one in found])
        total, diffuse, statistical = (
            np.mean([getattr(one, name) for one in found], axis=0)
            for name in ("total_gw", "diffuse_gw", "statistical_gw")
        )
        electrons = float(np.mean([one.electrons for one in found]))
        mean, lit = float(drawn.mean()), bool(drawn.any())
        return cls(
            instants=len(found),
            oval_gw=float(np.mean([one.oval_gw for one in found])),
            drawn_gw=mean,
            p16_gw=float(np.percentile(drawn, 16.0)),
            p84_gw=float(np.percentile(drawn, 84.0)),
            diffuse_share=float(diffuse.sum()) / mean if lit else 0.0,
            arcs_gw=mean - float(diffuse.sum()),
            mean_energy_kev=mean / electrons if electrons > 0.0 else 0.0,
            total_by_hour_gw=total,
            diffuse_by_hour_gw=diffuse,
            statistical_by_hour_gw=statistical,
        )
