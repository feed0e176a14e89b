"""Answers about what the page points at, and what lies below: read off the last pass and the geometry of its moment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from render.core.errors import InputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic, lowest_ahead, lowest_points
from render.core.lines import CATALOGUE, LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.frame.moment import Moment, moment_of
from render.frame.view import view_of
from render.geophysics.field.field_lines import FOOTPRINT_ALTITUDE_KM
from render.geophysics.field.geomagnetic import apex_coordinates, magnetic_local_time_h
from render.observer import ephemeris
from render.observer.attitude import angles_towards
from render.questions.pixel_spectrum import PixelSpectrum, pixel_spectrum
from render.scene import Scene
from render.viewer.memory import Found

TWILIGHTS_DEG = (-18.0, -12.0, -6.0, 0.0)
"""Elevations of the Sun at which dusk and dawn change their names: astronomical, nautical, civil; rise and set."""
MARK_STEPS = 61  # instants of a film at which the Sun is looked at; between them its elevation is taken for straight
OUTLINE = 24  # places along each side of the picture's outline
CIRCLE = 145  # places of the terminator
DIGITS = 7  # of an answer's numbers: those of single precision


def pick(scene: Scene, moment: Moment, found: Found, *, spectrum: bool) -> dict[str, Any]:
    """Return what a pixel of the last pass shows; `moment` is that of the pass, of its size.

    Lines as `polarlight spectrum --pixel` has them, in rayleighs, brightest first.
    """
    x, y = found.told["pixel"]
    lines = LineRadiance(LINE_KEYS, found.rayleighs[:, None, None])
    sky = SkyRadiance(SKY_WAVELENGTHS_NM, found.radiance[:, None, None])
    light = pixel_spectrum(lines, sky, 0, 0)
    direction = moment.camera.directions_at(float(x), float(y))
    azimuth, elevation = angles_towards(moment.position_km, moment.position_km + direction)
    bright = sorted(light.brightness.items(), key=lambda item: -item[1])
    return {
        **{key: found.told[key] for key in ("state", "divisor", "size", "pixel", "pass_size")},
        "lines": [
            {"key": key, "name": CATALOGUE[key].name, "wavelength_nm": round(CATALOGUE[key].wavelength_nm, 2),
             "rayleighs": _short(value)}
            for key, value in bright if value > 0.0
        ],
        "lines_sum_r": _short(sum(light.brightness.values())),
        "bands": {
            "wavelength_nm": [float(nm) for nm in SKY_WAVELENGTHS_NM], "radiance": [_short(v) for v in found.radiance],
        },
        "sight": _sight(moment, direction), "magnetic": _magnetic(moment, direction),
        "looks": {"azimuth_deg": _short(azimuth % 360.0), "elevation_deg": _short(elevation)},
        "spectrum": _spectrum(light) if spectrum else None, "sums": _sums(light) if spectrum else None,
        "time_utc": moment.epoch.isoformat(), "scene": scene.name,
    }  # fmt: skip


def look_at(moment: Moment, latitude_deg: float, longitude_deg: float, altitude_km: float) -> dict[str, float]:
    """Return the azimuth and elevation, deg, of a place from a moment's observer. Raises InputError for no place."""
    if not (-90.0 <= latitude_deg <= 90.0 and -360.0 <= longitude_deg <= 360.0 and 0.0 <= altitude_km <= 1000.0):
        raise InputError("look: allowed: latitude_deg -90 to 90, longitude_deg -360 to 360, altitude_km 0 to 1000")
    place = itrs_from_geodetic(latitude_deg, longitude_deg, altitude_km)
    azimuth, elevation = angles_towards(moment.position_km, place)
    return {"azimuth_deg": round(azimuth % 360.0, 4), "elevation_deg": round(elevation, 4)}


def map_of(scene: Scene, moment: Moment) -> dict[str, Any]:
    """Return what a map from above draws: observer, its track, the film's part of it, terminator, picture's outline.

    Places are [longitude, latitude], deg, east and north positive.
    """
    view, camera = view_of(scene, moment.epoch), moment.camera
    along = np.linspace(0.5, camera.columns + 0.5, OUTLINE), np.linspace(0.5, camera.rows + 0.5, OUTLINE)
    right, bottom = camera.columns + 0.5, camera.rows + 0.5
    sides = [
        (along[0], np.full(OUTLINE, 0.5)), (np.full(OUTLINE, right), along[1]),
        (along[0][::-1], np.full(OUTLINE, bottom)), (np.full(OUTLINE, 0.5), along[1][::-1]),
    ]  # fmt: skip
    x, y = (np.concatenate([side[axis] for side in sides]) for axis in (0, 1))
    latitude, longitude, _ = lowest_points(moment.position_km, camera.directions_at(x, y))
    shown = camera.holds(x, y)
    field = [[_short(lon), _short(lat)] if seen else None
             for lon, lat, seen in zip(longitude, latitude, shown, strict=True)]  # fmt: skip
    middle = lowest_points(moment.position_km, camera.looks_along)
    sun = _sun_direction(moment)
    return {
        "observer": _places(moment.position_km[None])[0], "track": _places(view.track_km),
        "film": _places(view.film_km), "terminator": _places(_terminator_km(sun)),
        "night_side": _places(-7000.0 * sun[None])[0], "field": field,
        "middle": [_short(float(middle[1])), _short(float(middle[0]))],
    }  # fmt: skip


def marks_of(scene: Scene) -> list[dict[str, Any]]:
    """Return what a time slider marks of a film: twilights where the picture's middle looks, keys, onsets."""
    length_s = (scene.film.frames - 1) * scene.film.interval_s
    found = [{"time_s": key.time_s, "kind": "key"} for key in scene.camera.keys]
    times = np.linspace(0.0, length_s, MARK_STEPS) if length_s else np.zeros(1)
    try:
        onsets = scene.drive.onsets(0.0, length_s, scene.time.epoch) if scene.aurora.enabled else ()
        sun = np.array([sun_deg_at(scene, float(time_s)) for time_s in times])
    except InputError:  # the film leaves what the scene's files cover
        return found
    found += [{"time_s": _short(onset.time_s), "kind": "onset"} for onset in onsets]
    for level in TWILIGHTS_DEG:
        before, after = sun[:-1] - level, sun[1:] - level
        for k in np.flatnonzero((before < 0.0) != (after < 0.0)):
            share = before[k] / (before[k] - after[k])
            time_s = float(times[k] + share * (times[k + 1] - times[k]))
            rising = bool(after[k] > before[k])
            found.append({"time_s": round(time_s, 1), "kind": "sun", "sun_deg": level, "rising": rising})
    return sorted(found, key=lambda mark: mark["time_s"])


def sun_deg_at(scene: Scene, time_s: float) -> float:
    """Return the Sun's elevation, deg, at the lowest point of the line of sight of the picture's middle."""
    return sun_deg_of(_small_moment(scene, time_s))


def sun_deg_of(moment: Moment) -> float:
    """Return the Sun's elevation, deg, where the middle of a moment's picture looks: see `sun_deg_at`."""
    latitude, longitude, _ = lowest_points(moment.position_km, moment.camera.looks_along)
    place = itrs_from_geodetic(latitude, longitude, 0.0)
    return float(ephemeris.azimuth_elevation(_sun_direction(moment), place)[1])


def _small_moment(scene: Scene, time_s: float) -> Moment:
    return moment_of(scene, scene.time.epoch.plus_seconds(time_s))


def _sun_direction(moment: Moment) -> np.ndarray:
    return np.asarray(ephemeris.sun(moment.epoch, moment.position_km).direction_itrs)


def _terminator_km(sun: np.ndarray) -> np.ndarray:
    """Return places [n, 3], km, below which the Sun stands at the horizon of a point FOOTPRINT_ALTITUDE_KM up.

    On a sphere: the circle about the Sun's nadir where its depression is what that height sees beyond the horizon.
    """
    dip = math.acos(EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + FOOTPRINT_ALTITUDE_KM))
    side = np.cross(sun, np.eye(3)[int(np.argmin(np.abs(sun)))])
    side /= np.linalg.norm(side)
    other, turn = np.cross(sun, side), np.linspace(0.0, 2.0 * math.pi, CIRCLE)[:, None]
    circle = math.cos(dip) * (np.cos(turn) * side + np.sin(turn) * other) - math.sin(dip) * sun
    return np.asarray(EARTH_MEAN_RADIUS_KM * circle)


def _places(position_km: np.ndarray) -> list[list[float]]:
    """Return [longitude, latitude], deg, of positions [n, 3]."""
    if not len(position_km):
        return []
    latitude, longitude, _ = geodetic_from_itrs(position_km)
    return [[_short(float(east)), _short(float(north))] for east, north in zip(longitude, latitude, strict=True)]


def _sight(moment: Moment, direction: np.ndarray) -> dict[str, Any]:
    distance, meets = lowest_ahead(moment.position_km, direction)
    latitude, longitude, altitude = lowest_points(moment.position_km, direction)
    return {
        "kind": "ground" if bool(meets) else "tangent", "altitude_km": round(float(altitude), 2),
        "latitude_deg": round(float(latitude), 3), "longitude_deg": round(float(longitude), 3),
        "distance_km": round(float(distance), 2),
    }  # fmt: skip


def _magnetic(moment: Moment, direction: np.ndarray) -> dict[str, float] | None:
    """Return apex latitude and magnetic local time of the lowest place of a line of sight, at the aurora's altitude;
    None where the magnetic field is not known."""
    latitude, longitude, _ = lowest_points(moment.position_km, direction)
    try:
        apex = apex_coordinates(float(latitude), float(longitude), FOOTPRINT_ALTITUDE_KM, moment.epoch.decimal_year)
    except InputError:
        return None
    local_time = magnetic_local_time_h(apex[1], moment.epoch, _sun_direction(moment))
    return {"latitude_deg": round(float(apex[0]), 2), "local_time_h": round(float(local_time), 2)}


def _spectrum(light: PixelSpectrum) -> dict[str, Any]:
    edges = light.edges_nm
    continuum = [None if math.isnan(value) else _short(value) for value in light.continuum_r_nm]
    return {
        "first_edge_nm": float(edges[0]), "bin_nm": float(edges[1] - edges[0]),
        "lines_R_per_nm": [_short(value) for value in light.lines_r_nm], "continuum_R_per_nm": continuum,
    }  # fmt: skip


def _sums(light: PixelSpectrum) -> dict[str, float]:
    named = {"inside": light.inside_r, "below": light.below_r, "above": light.above_r, "continuum": light.continuum_r}
    return {name: _short(value) for name, value in named.items()}


def _short(value: float) -> float:
    return float(f"{float(value):.{DIGITS}g}")
