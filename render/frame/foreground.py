"""The station in front, what lights it, and the discs whose light falls into the lens."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from render.atmosphere import apparent
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import optical_air
from render.core.geodesy import component
from render.core.lines import LINE_KEYS, bin_shares
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import RAYLEIGH, photon_energy_j
from render.earth.surface import starlight_irradiance
from render.frame.moment import Moment
from render.frame.sources import moon_of, sun_of
from render.imaging.capture.discs import Disc, hood_share
from render.integrator.motion import Ways, average, rows_around
from render.integrator.sky.transmittance import disc_transmittance
from render.integrator.station import StationLights, prepare_station, render_station, station_cover
from render.integrator.surroundings import Surroundings, gathered, level_axes
from render.integrator.view import along
from render.observer import ephemeris
from render.observer.camera import Camera
from render.scene import Scene
from render.sky.sunlight import SkySource

PANORAMAS = ("domemaster", "equirectangular", "cube")
"""Projections of no lens: pictures of radiance alone, even to their edges."""
PICTURE_COLUMNS = 160  # of the picture, that say what lies around the station: 9 to a cell of its map, at 20 mm
DISC_DEG = 1.0  # deg about Sun and Moon, left out of it
COVER_PIXELS = 16  # across a disc beside the frame, of which the station is asked how many it hides
DIGITS = 6  # of a disc's figures: a frame that is read again from its file has the very same
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
        top, beyond, kept = rows_around(ways, first_row, rows, moment.camera.rows)
        part, covered, radiance = render_station(stage, top, beyond)
        planes = np.zeros((1 + len(sky), beyond, columns), np.float32)
        planes[0][part], planes[1:, *part] = _within(covered, part, columns), _within(radiance, part, columns)
        planes = average(planes, ways, top, kept)
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


def discs_of(scene: Scene, moment: Moment, *, station: bool = True) -> tuple[Disc, ...]:
    """Return the discs of Sun and Moon whose light falls into the scene's lens, in the picture or beside it.

    What air, Earth, a hood and the station (unless not `station`) let through of it; none where there is no lens.
    """
    if scene.camera.projection in PANORAMAS or scene.camera.lens.scatter == "none":
        return ()
    found = []
    for shines, body, source_of in (
        (scene.sky.sun, ephemeris.sun, sun_of), (scene.sky.moon, ephemeris.moon, moon_of),
    ):  # fmt: skip
        if not shines:
            continue
        ahead = float(body(moment.epoch, moment.position_km).direction_itrs @ moment.camera.itrs_from_camera[:, 2])
        if _hood(moment.camera, ahead) > 0.0:
            disc = _disc_of(scene, moment, source_of(moment), station=station)
            found += [] if disc is None else [disc]
    return tuple(found)


def _hood(camera: Camera, ahead: float) -> float:
    """Return the share of a far light that passes the lens's hood; `ahead`: cosine of its angle off the axis."""
    corner_rad = camera.widest_angle_rad()
    if corner_rad >= 0.5 * np.pi or ahead >= np.cos(corner_rad):
        return float(ahead >= np.cos(corner_rad))
    return hood_share(np.sqrt(1.0 - ahead**2) / ahead, np.tan(corner_rad)) if ahead > 0.0 else 0.0


def _disc_of(scene: Scene, moment: Moment, source: SkySource, *, station: bool) -> Disc | None:
    """Return a source's disc as the lens throws it; None where Earth or the station hides all of it."""
    camera, atmosphere, position = moment.camera, build_atmosphere(scene.atmosphere), moment.position_km
    axes = level_axes(source.direction_itrs, position)  # rows: up, aside, ahead, about the line of sight
    rim = np.tan(source.angular_radius_rad) * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    directions = source.direction_itrs + rim @ axes[:2]
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    seen = apparent.from_space(optical_air(atmosphere), position, directions)[0]
    x, y, in_front = camera.project(seen)
    passed = disc_transmittance(atmosphere, position, source)
    if not (in_front.all() and passed.any()):
        return None
    hood = _hood(camera, float(seen[0] @ camera.itrs_from_camera[:, 2]))
    light = source.irradiance * passed * hood / camera.solid_angle_at(x[0], y[0])
    spans = np.array([x[1:] - x[0], y[1:] - y[0]])
    disc = Disc(float(_rounded(x[0])), float(_rounded(y[0])), _rounded(spans), _rounded(light))
    if station and scene.station.visible and disc.beside(camera.rows, camera.columns).size:
        disc = replace(disc, light=_rounded(light * _open_share(scene, moment, seen[0], source)))
    return disc if disc.light.any() else None


def _open_share(scene: Scene, moment: Moment, direction_itrs: np.ndarray, source: SkySource) -> float:
    """Return the share of a disc, seen in a direction, that the station does not hide."""
    middle, pixel = 0.5 * (COVER_PIXELS + 1), 2.0 * np.tan(source.angular_radius_rad) / COVER_PIXELS
    axes = level_axes(direction_itrs, moment.camera.itrs_from_camera[:, 1])
    looking = replace(
        moment.camera, rows=COVER_PIXELS, columns=COVER_PIXELS, itrs_from_camera=axes[[1, 0, 2]].T * [-1.0, 1.0, 1.0],
        reference_pixel=np.array([middle, middle]), tangent_from_pixel=pixel * np.eye(2),
        projection="rectilinear", circle=np.inf, distortion=None,
    )  # fmt: skip
    sun_itrs = ephemeris.sun(moment.epoch, moment.position_km).direction_itrs
    cover = station_cover(scene.station, moment.camera, looking, moment.observer, sun_itrs)
    at = np.arange(1, COVER_PIXELS + 1) - middle
    on_disc = np.hypot(at[:, None], at[None, :]) <= 0.5 * COVER_PIXELS
    return 1.0 - float(cover[on_disc].mean())


def _rounded(value: np.ndarray) -> np.ndarray:
    """Return numbers of so many digits as a file keeps of them."""
    return np.vectorize(lambda one: float(f"{one:.{DIGITS}g}"))(value)
