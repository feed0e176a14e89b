"""Stage the sky of one instant for the device and render it: path light, ground, discs of Sun and Moon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere import sunlight
from render.atmosphere.extinction import Atmosphere
from render.atmosphere.refraction import dispersion
from render.core.geodesy import geodetic_from_itrs
from render.device import Device
from render.integrator.sky import sky_view
from render.integrator.sky.scattered import WGS84_KM, ScatteringAir, march, optics_table, scattering_air
from render.integrator.sky.sky_view import FLOOR, ViewLayout
from render.sky.sunlight import SkySource, limb_darkening
from shaders import sky as sky_shader
from shaders.transmittance import SPECIES

GROUND_NODES = 241
GROUND_STEP_RAD = np.radians(0.5)  # nodes at zenith angles 0 to 120 degrees
GROUND_FLOOR = 1.0e-12  # of the source's irradiance: far below starlight for the Sun


@dataclass(frozen=True, eq=False)
class GroundModel:
    """What the ground is: `classes` uint8 [latitude from -90 up, longitude from -180], `albedo` [class, band].

    `night_irradiance` [band] W m-2 nm-1: what falls on it besides Sun and Moon.
    """

    classes: np.ndarray
    albedo: np.ndarray
    night_irradiance: np.ndarray


@dataclass(frozen=True, eq=False)
class SkyStage:
    """The sky of one instant, on the device; `rays` marched is kept for the record.

    `position_km`: the observer's, in the picture of straight rays (`OpticalAir.shrink`).
    """

    position_km: np.ndarray
    layout: ViewLayout
    sun: np.ndarray
    moon: np.ndarray
    arrays: dict[str, Any]
    bands: int
    rays: int


def prepare_sky(
    device: Device, atmosphere: Atmosphere, observer_position_km: np.ndarray, sun: SkySource, moon: SkySource | None,
    ground: GroundModel, camera: Any = None,
) -> SkyStage:  # fmt: skip
    """March the sky-view table for an observer (ITRS km) and stage all that `render_sky` reads.

    With a `camera` only the azimuths that it sees are marched: give it, unless one stage serves several views. `device`
    must be the started one.
    """
    air = scattering_air(atmosphere, device)
    position = np.asarray(observer_position_km, dtype=np.float64)
    position = position * air.optical.shrink(float(geodetic_from_itrs(position)[2]))
    ahead = sun.direction_itrs if camera is None else np.asarray(camera.itrs_from_camera)[:, 2]
    layout = sky_view.view_layout(position, ahead, camera)
    direction, lowest, shape = sky_view.view_rays(layout, position)
    sources = [sun] if moon is None else [sun, moon]
    marched = march(air, sources, direction, lowest, shape)
    radiance = marched.total
    grid = (-1, len(layout.azimuths))
    unlit = [np.zeros_like(sun.irradiance)] * (2 - len(sources))
    irradiance = np.stack([s.irradiance for s in sources] + unlit)
    arrays = {
        "view": np.log(np.maximum(radiance, 0.0) + FLOOR).reshape(*grid, radiance.shape[-1]),
        "seen": np.column_stack([marched.columns, marched.bending_rad]).reshape(*grid, SPECIES + 1),
        "optics": np.column_stack([optics_table(atmosphere), dispersion(atmosphere.wavelengths_nm)]),
        "sun_disc": _sun_disc(sun),
        "moon_disc": np.zeros_like(sun.irradiance) if moon is None else moon.disc_radiance,
        "irradiance": irradiance,
        "light": np.log(ground_irradiance(air) + GROUND_FLOOR),
        "classes": ground.classes,
        "albedo": ground.albedo,
        "night": ground.night_irradiance,
    }
    staged = {name: devices.upload(array) for name, array in arrays.items()}
    no_moon = np.array([0.0, 0.0, 1.0, 0.0])
    lunar = no_moon if moon is None else np.append(moon.direction_itrs, np.sin(moon.angular_radius_rad))
    solar = np.append(sun.direction_itrs, np.sin(sun.angular_radius_rad))
    return SkyStage(position, layout, solar, lunar, staged, radiance.shape[-1], len(lowest))


def render_sky(stage: SkyStage, camera: Any, first_row: int, rows: int) -> np.ndarray:
    """Return radiance [band, row, column], float32 W m-2 sr-1 nm-1, of `rows` rows from `first_row` (0 = top)."""
    a, layout = stage.arrays, stage.layout
    tangent = np.asarray(camera.tangent_from_pixel, dtype=np.float64)
    out = devices.empty((stage.bands, rows, camera.columns))
    sky_shader.sky_tile(
        first_row, stage.position_km, np.asarray(camera.itrs_from_camera), tangent,
        np.asarray(camera.reference_pixel, dtype=np.float64), float(np.sqrt(abs(np.linalg.det(tangent)))),
        layout.frame, 1.0 / WGS84_KM, layout.horizon_axis, layout.row_axis, layout.azimuth_axis, FLOOR,
        a["view"], a["seen"], a["optics"], stage.sun, stage.moon, a["sun_disc"], a["moon_disc"], a["irradiance"],
        a["light"], 1.0 / GROUND_STEP_RAD, a["classes"], a["albedo"], a["night"], out,
    )  # fmt: skip
    return out.to_numpy().astype(np.float32)


def ground_irradiance(air: ScatteringAir) -> np.ndarray:
    """Return [node, band]: irradiance of level ground at sea level per unit of the source's, direct and skylight.

    Nodes: true zenith angle of the source's centre, 0 to 120 degrees by half a degree.
    """
    zenith = GROUND_STEP_RAD * np.arange(GROUND_NODES)
    dark = limb_darkening(air.atmosphere.wavelengths_nm)
    direct = sunlight.ground_irradiance(air.atmosphere, zenith, air.light.radius_rad, dark)
    return direct + air.diffuse.skylight(zenith, GROUND_FLOOR)


def _sun_disc(sun: SkySource) -> np.ndarray:
    """Return [band, 7]: radiance at the disc's centre, and its limb darkening (none: a uniform disc)."""
    uniform = np.eye(1, 6).repeat(len(sun.irradiance), axis=0)
    darkening = uniform if sun.limb_darkening is None else sun.limb_darkening
    return np.column_stack([sun.disc_radiance, darkening])
