"""Stage the Earth below a camera for the device and render it: clouds, ground, and what they send up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere.extinction import Atmosphere
from render.atmosphere.sunlight import direct_transmittance
from render.atmosphere.transmission import slant_columns
from render.earth.cloud_light import cloud_tables
from render.earth.weather import WeatherField
from render.integrator.above.irradiance import IrradianceMap
from render.integrator.bands import in_bands
from render.integrator.kept import kept_on_device
from render.integrator.sky.level_light import FLOOR, level_light
from render.integrator.sky.pixels import SkyStage, source_irradiance
from render.integrator.sky.scattered import ScatteringAir
from render.integrator.sky.transmittance import line_wavelengths_nm
from render.integrator.view import device_view, pixel_angle_rad
from render.sky.sunlight import SkySource
from shaders.ground import decks as deck_shader
from shaders.ground import pixels as shader
from shaders.ground import weather as weather_shader
from shaders.ground.reflection import CloudTables

NODES_PER_DEGREE = 10.0  # of the light on level places, linear between: 0.1 % where twilight falls tenfold in 3 degrees
ZENITH_DEG = 120.0  # deg, the source's zenith angle to which it is tabulated
DARK_DEG = 112.0  # deg, of the Sun over all that is seen, beyond which it lights nothing that a camera could see
MOON_DARK_DEG = 98.0  # deg, ditto of the Moon, four hundred thousand times fainter
NODES_PER_KM, HIGHEST_KM = 4.0, 20.0  # of the columns above an altitude
HORIZON_DEG = 21.0  # deg of the Earth from below the station to its horizon, at 430 km, with the air's bending
PIXELS_AT_ONCE = 120_000  # that a kernel takes on: under a second on two CPU cores


@dataclass(frozen=True, eq=False)
class GroundModel:
    """What the Earth is, apart from the light on it.

    `classes` uint8 [latitude from -90 up, longitude from -180 / 8], a bit a cell; `cover` as
    `render.earth.snow.month_cover`; `land` [latitude, longitude, 3] a user's picture of its albedo, of two rows where
    there is none; `albedo` [kind, band], `line_albedo` [kind, line]; `starlight` [band] W m-2 nm-1 of stars and
    zodiacal light; `weather`, None for a clear sky; `time_s` since the scene's time, by which clouds have drifted.
    """

    classes: np.ndarray
    cover: np.ndarray
    land: np.ndarray
    albedo: np.ndarray
    line_albedo: np.ndarray
    starlight: np.ndarray
    weather: WeatherField | None
    time_s: float


@dataclass(frozen=True, eq=False)
class Downwelling:
    """What the upper air sends down: the aurora's map, R sr, and the airglow's [line] R sr."""

    aurora: IrradianceMap
    airglow: np.ndarray


@dataclass(frozen=True, eq=False)
class GroundStage:
    """The Earth of one instant on the device, as `shaders.ground` takes it; by whether aurora and airglow shine on it.

    `earth` {(aurora, airglow): pack}; `brightest` [3] unit vector towards Sun or Moon, null where neither is up;
    `weather` and `clouds` None: a clear sky.
    """

    lights: Any
    weather: Any
    clouds: Any
    tables: Any
    earth: dict[tuple[bool, bool], Any]
    air: Any
    lines: int
    pixel_rad: float
    brightest: np.ndarray


def prepare_ground(
    air: ScatteringAir, sun: SkySource, moon: SkySource | None, model: GroundModel, night: Downwelling, camera: Any,
    position_km: np.ndarray,
) -> GroundStage:  # fmt: skip
    """Stage the Earth that a camera at a place, ITRS km, sees at an instant."""
    pixel_rad = pixel_angle_rad(camera)
    weather, area = model.weather, night.aurora.area
    sun_up, moon_up = _is_up(sun, position_km, DARK_DEG), moon is not None and _is_up(moon, position_km, MOON_DARK_DEG)
    lights = devices.record(
        shader.Lights, sun_up=int(sun_up),
        moon_up=int(moon_up), sun=sun.direction_itrs,
        moon=sun.direction_itrs if moon is None else moon.direction_itrs,
        nodes_per_rad=NODES_PER_DEGREE * 180.0 / np.pi, nodes_per_km=NODES_PER_KM, map_frame=area.frame,
        map_per_rad=area.pixels_per_rad, map_row=0.5 * (area.rows - 1.0), map_column=0.5 * (area.columns - 1.0),
        pixel=pixel_rad,
    )  # fmt: skip
    glow = np.moveaxis(night.aurora.rayleigh_sr, 0, -1)
    shining = {True: devices.upload(glow), False: devices.upload(np.zeros((2, 2, glow.shape[-1])))}
    even = {True: devices.upload(night.airglow), False: devices.upload(np.zeros_like(night.airglow))}
    kept = _cover_of(model)
    earth = {
        (a, b): devices.pack(shader.Earth, glow=shining[a], airglow=even[b], **kept)
        for a in (True, False) for b in (True, False)
    }  # fmt: skip
    return GroundStage(
        lights=lights,
        weather=None if weather is None else devices.record(
            weather_shader.Weather, bias=weather.bias, seed=weather.seed, drift=weather.drift_rad(model.time_s),
            mapped=int(weather.mapped),
        ),
        clouds=None if weather is None else devices.upload_kept(weather.optical_depth),
        tables=_device_tables(), earth=earth, lines=glow.shape[-1], pixel_rad=pixel_rad,
        brightest=_brightest(sun if sun_up else None, moon if moon_up else None, position_km),
        air=devices.pack(
            shader.Air, source_irradiance=devices.upload(source_irradiance(sun, moon)),
            night=devices.upload(model.starlight), **_device_air(air),
        ),
    )  # fmt: skip


def render_ground(
    stage: GroundStage, sky: SkyStage, camera: Any, first_row: int, rows: int, out: Any, *, aurora: bool, airglow: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Add the Earth's light to `out` [band, row, column] of `rows` of the sky's rows from `first_row` (0 = top), in
    place; `out` None: lines alone are wanted.

    Returns what comes up of lines, R [line, row, column], of aurora and airglow where asked for, and the veil [row,
    column, 2]: which share of a light on the ground comes through the clouds unscattered, and of all its light.
    """
    columns, rim = camera.columns, deck_shader.RIM
    unwanted = devices.result((1, rows, columns)) if out is None else out
    view = device_view(camera, sky.position_km, first_row)
    decks = devices.empty((rows + 2 * rim, columns + 2 * rim, deck_shader.COLUMNS * weather_shader.DECKS))
    if stage.weather is None:
        decks.fill(0.0)
    else:
        for band in in_bands((rows + 2 * rim) * (columns + 2 * rim), PIXELS_AT_ONCE):
            deck_shader.see_decks(
                view, band, stage.pixel_rad, stage.brightest, stage.weather, sky.layout, sky.tables, stage.clouds, decks
            )
        deck_shader.tilt_decks(view, sky.layout, sky.tables, decks)
    lines, veil = devices.result((stage.lines, rows, columns)), devices.result((rows, columns, 2))
    for band in in_bands(rows * columns, PIXELS_AT_ONCE):
        shader.light_ground(
            view, band, stage.lights, sky.layout, sky.tables, stage.tables, stage.earth[aurora, airglow], stage.air,
            decks, veil, unwanted, lines,
        )  # fmt: skip
    return devices.to_host(lines), devices.to_host(veil)


def _brightest(sun: SkySource | None, moon: SkySource | None, position_km: np.ndarray) -> np.ndarray:
    """Return the unit vector towards the source whose clouds' shadows are seen: the Sun where it is up at the observer,
    or stands alone; [0, 0, 0] for none."""
    if moon is not None and (sun is None or sun.direction_itrs @ position_km < 0.0):
        return moon.direction_itrs
    return np.zeros(3) if sun is None else sun.direction_itrs


def _is_up(source: SkySource, position_km: np.ndarray, dark_deg: float) -> bool:
    """Return whether a source may light anything within an observer's horizon, 20 degrees of the Earth around it."""
    if not source.irradiance.any():
        return False
    up = position_km / np.linalg.norm(position_km)
    farthest = np.degrees(np.arccos(np.clip(up @ source.direction_itrs, -1.0, 1.0))) - HORIZON_DEG
    return bool(farthest < dark_deg)


@kept_on_device(maxsize=2)
def _device_tables() -> Any:
    tables = cloud_tables()
    return devices.upload_pack(CloudTables, reflectance=tables.reflectance, plane_albedo=tables.plane_albedo)


def _cover_of(model: GroundModel) -> dict[str, Any]:
    """Return what covers the ground, on the device: kept as long as its arrays are."""
    names = "classes", "cover", "land", "albedo", "line_albedo"
    return {name: devices.upload_kept(getattr(model, name)) for name in names}


@kept_on_device(maxsize=2)
def _device_air(air: ScatteringAir) -> dict[str, Any]:
    """Return what depends on the air alone, on the device: three of the arrays of `shader.Air`."""
    return {
        "level_light": devices.upload(level_table(air)),
        "above": devices.upload(columns_above(air.atmosphere)),
        "line_optics": devices.upload(air.atmosphere.coefficients_at(line_wavelengths_nm()).T),
    }


def level_table(air: ScatteringAir) -> np.ndarray:
    """Return irradiance per unit of a source's, [level, node, 2, band]: direct, and of level places from the sky.

    Levels: the ground, whose direct light is that of level places too, and the decks' mean tops, where it is that of a
    plate square to it: a deck's flanks have the Sun before its level does. Nodes: the source's zenith angle.
    """
    zenith = np.radians(np.arange(ZENITH_DEG * NODES_PER_DEGREE + 1.0) / NODES_PER_DEGREE)
    found = []
    for altitude in (0.0, *weather_shader.MEAN_TOP_KM):
        light = level_light(air, altitude)
        direct = np.stack([np.interp(zenith, light.direct_rad, band) for band in light.direct.T])
        if altitude > 0.0:
            direct = direct_transmittance(air.light, float(air.optical.optical_altitude(altitude)), zenith).T
        sky = np.log(np.maximum(light.skylight, FLOOR)).T
        scattered = [np.exp(np.interp(zenith, light.skylight_rad, band)) - FLOOR for band in sky]
        found.append(np.stack([direct, np.maximum(scattered, 0.0)], axis=0))
    return np.ascontiguousarray(np.moveaxis(np.array(found), (0, 1, 2, 3), (0, 2, 3, 1)))


@lru_cache(maxsize=4)
def columns_above(atmosphere: Atmosphere) -> np.ndarray:
    """Return how much of each species' column lies above an altitude, [node, species], NODES_PER_KM from 0 up."""
    altitudes = np.arange(HIGHEST_KM * NODES_PER_KM + 1.0) / NODES_PER_KM
    columns = np.array([slant_columns(atmosphere, 1.0, float(h)).ravel() for h in altitudes])
    return np.asarray(columns / np.maximum(columns[0], 1e-300))
