"""The station in front, and what lights it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from render.atmosphere.extinction import build_atmosphere
from render.core.lines import LINE_KEYS, bin_shares
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import RAYLEIGH, photon_energy_j
from render.earth.surface import starlight_irradiance
from render.frame.moment import Moment
from render.frame.sources import moon_of, sun_of
from render.integrator.sky.transmittance import disc_transmittance
from render.integrator.station import StationLights, prepare_station, render_station
from render.scene import Scene

SAMPLE, SPREAD = 8192, 0.03  # values of a plane at least, between whose quantiles 0.5 -+ SPREAD the median is sought


def add_station(
    scene: Scene, moment: Moment, lines: np.ndarray, sky: np.ndarray, lights: StationLights, first_row: int = 0
) -> None:
    """Put the station in front of `lines` [line, row, column] and `sky` [band, row, column], in place.

    `first_row`: with which of the picture's rows they begin, 0 = top.
    """
    stage = prepare_station(scene.station, moment.camera, moment.observer, lights)
    if stage is None:
        return
    (rows, columns), covered, radiance = render_station(stage, first_row, lines.shape[1])
    part = np.s_[:, rows, columns]
    lines[part] *= 1.0 - covered
    sky[part] *= 1.0 - covered
    sky[part] += radiance


def station_lights(scene: Scene, moment: Moment, lines: np.ndarray, sky: np.ndarray) -> StationLights:
    """Return what lights the station. The half space below is taken to shine as the picture does on its mean."""
    atmosphere = build_atmosphere(scene.atmosphere)
    sun, moon = sun_of(moment), moon_of(moment)
    dark = np.zeros_like(sun.irradiance)
    medians = np.array([median(plane.ravel()) for plane in sky])
    below = np.pi * (medians + lines.mean(axis=(1, 2)) @ band_share_of_lines())
    return StationLights(
        sun_direction_itrs=sun.direction_itrs, sun_irradiance=sun.irradiance if scene.sky.sun else dark,
        sun_transmittance=disc_transmittance(atmosphere, moment.position_km, sun),
        moon_direction_itrs=moon.direction_itrs, moon_irradiance=moon.irradiance if scene.sky.moon else dark,
        moon_transmittance=disc_transmittance(atmosphere, moment.position_km, moon),
        below_irradiance=below, above_irradiance=starlight_irradiance(SKY_WAVELENGTHS_NM),
    )  # fmt: skip


def median(values: np.ndarray) -> np.floating:
    """Return the median of `values` [n], without putting them all in order (after Floyd & Rivest 1975, CACM 18, 165).

    Values near the middle, as a few thousand of them say, are picked and put in order; all the others are but counted.
    """
    some = np.sort(values[:: max(len(values) // SAMPLE, 1)])
    low, high = some[int((0.5 - SPREAD) * len(some))], some[int((0.5 + SPREAD) * len(some))]
    near = values[(values >= low) & (values <= high)]
    middle = np.array([(len(values) - 1) // 2, len(values) // 2]) - np.count_nonzero(values < low)
    if middle[0] < 0 or middle[1] >= len(near):  # the few were not like all
        return np.median(values)
    return np.mean(np.partition(near, middle)[middle])


@lru_cache(maxsize=1)
def band_share_of_lines() -> np.ndarray:
    """Return [line, band]: W m-2 sr-1 nm-1 at the sky's bands of one rayleigh of each line."""
    half = 0.5 * (SKY_WAVELENGTHS_NM[1] - SKY_WAVELENGTHS_NM[0])
    edges = np.append(SKY_WAVELENGTHS_NM - half, SKY_WAVELENGTHS_NM[-1] + half)
    energy = np.array([photon_energy_j(nm) for nm in SKY_WAVELENGTHS_NM])
    return np.stack([bin_shares(key, edges) for key in LINE_KEYS]) * RAYLEIGH * energy / (2.0 * half)
