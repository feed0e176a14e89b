"""The station in front, and what lights it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from render.atmosphere.extinction import build_atmosphere
from render.core.geodesy import component
from render.core.lines import LINE_KEYS, bin_shares
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import RAYLEIGH, photon_energy_j
from render.earth.surface import starlight_irradiance
from render.frame.moment import Moment
from render.frame.sources import moon_of, sun_of
from render.integrator.motion import Ways, average
from render.integrator.sky.transmittance import disc_transmittance
from render.integrator.station import StationLights, prepare_station, render_station
from render.integrator.surroundings import Surroundings, gathered, level_axes
from render.integrator.view import along
from render.scene import Scene

PICTURE_COLUMNS = 160  # of the picture, that say what lies around the station: 9 to a cell of its map, at 20 mm
DISC_DEG = 1.0  # deg about Sun and Moon, left out of it
SAMPLE, SPREAD = 8192, 0.03  # values of a plane at least, between whose quantiles 0.5 -+ SPREAD the median is sought


def add_station(
    scene: Scene, moment: Moment, lines: np.ndarray, sky: np.ndarray, lights: StationLights, first_row: int = 0,
    ways: Ways | None = None,
) -> None:  # fmt: skip
    """Put the station in front of `lines` [line, row, column] and `sky` [band, row, column], in place.

    `first_row`: with which of the picture's rows they begin, 0 = top; `ways` that the station takes over the picture
    while the shutter is open, if any.
    """
    stage = prepare_station(scene.station, moment.camera, moment.observer, lights)
    if stage is None:
        return
    rows, columns = lines.shape[1:]
    if ways is not None:
        halo = ways.reach_rows
        top, bottom = max(first_row - halo, 0), min(first_row + rows + halo, moment.camera.rows)
        part, covered, radiance = render_station(stage, top, bottom - top)
        planes = np.zeros((1 + len(sky), bottom - top, columns), np.float32)
        planes[0][part], planes[1:, *part] = _within(covered, part, columns), _within(radiance, part, columns)
        planes = average(planes, ways, top, slice(first_row - top, first_row - top + rows))
        part, covered, radiance = np.s_[:, :], planes[0], planes[1:]
    else:
        part, covered, radiance = render_station(stage, first_row, rows)
    covered, radiance = _within(covered, part, columns), _within(radiance, part, columns)
    lines[:, *part] *= 1.0 - covered
    sky[:, *part] *= 1.0 - covered
    sky[:, *part] += radiance


def _within(planes: np.ndarray, part: tuple[slice, slice], columns: int) -> np.ndarray:
    """Return planes [..., row, column] of a part of a picture without what stands out over its right edge."""
    return planes[..., : columns - (part[1].start or 0)]


def station_lights(scene: Scene, moment: Moment, lines: np.ndarray, sky: np.ndarray) -> StationLights:
    """Return what lights the station: Sun, Moon, and what the picture shows, taken to go on beyond its edges."""
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
        around=_surroundings(moment, lines, sky, (sun.direction_itrs, moon.direction_itrs)),
    )  # fmt: skip


def _surroundings(
    moment: Moment, lines: np.ndarray, sky: np.ndarray, lights_itrs: tuple[np.ndarray, ...]
) -> Surroundings:  # fmt: skip
    """Return what lies around by what a picture shows, but for the discs of Sun and Moon, lights of their own.

    Every few pixels are taken: PICTURE_COLUMNS of a row.
    """
    camera, step = moment.camera, max(1, moment.camera.columns // PICTURE_COLUMNS)
    first = step // 2
    y, x = (a.ravel() + 1.0 for a in np.mgrid[first : sky.shape[1] : step, first : sky.shape[2] : step])
    direction = along(camera, x, y) @ camera.itrs_from_camera.T
    direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    there = np.s_[:, first::step, first::step]
    shown = lines[there].reshape(len(lines), -1)
    # sums without NumPy's threads for products, which spin on when it is done
    radiance = sky[there].reshape(len(sky), -1) + np.einsum("lb,lp->bp", band_share_of_lines(), shown)
    keep = np.all([component(direction, light) < np.cos(np.radians(DISC_DEG)) for light in lights_itrs], axis=0)
    keep &= camera.holds(x, y)  # not in the black about an image circle
    axes = level_axes(moment.position_km, camera.itrs_from_camera[:, 2])
    unseen = starlight_irradiance(SKY_WAVELENGTHS_NM) / np.pi
    return Surroundings(gathered(direction[keep], radiance[:, keep], axes, unseen), axes)


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
