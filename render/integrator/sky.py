"""Stage the sky of one instant for the device and render it: path light, ground, discs of Sun and Moon."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere.columns import sunward_columns
from render.atmosphere.extinction import Atmosphere
from render.device import Device
from render.integrator import sky_view
from render.integrator.sky_view import FLOOR, ViewLayout
from render.sky.sunlight import SkySource
from render.units import EARTH_MEAN_RADIUS_KM
from shaders import sky as sky_shader

GROUND_NODES = 241
GROUND_STEP_RAD = np.radians(0.5)  # nodes at zenith angles 0 to 120 degrees
GROUND_FLOOR = 1.0e-12  # of the source's irradiance: far below starlight for the Sun
MEAN_DISC_RAD = np.radians(0.2666)  # angular radius of the Sun at 1 au, and nearly of the Moon
# zenith angles at which skylight on the ground is integrated, degrees
SKYLIGHT_DEG = np.array([0.0, 25.0, 45.0, 60.0, 70.0, 76.0, 80.0, 83.0, 85.0, *np.arange(86.0, 110.5, 1.0)])
SKYLIGHT_ELEVATIONS, SKYLIGHT_AZIMUTHS = 10, 8


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
    """The sky of one instant, on the device; `rays` marched is kept for the record."""

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
    position = np.asarray(observer_position_km, dtype=np.float64)
    ahead = sun.direction_itrs if camera is None else np.asarray(camera.itrs_from_camera)[:, 2]
    layout = sky_view.view_layout(position, ahead, camera)
    direction, lowest, shape = sky_view.view_rays(layout, position)
    sources = [sun] if moon is None else [sun, moon]
    radiance, columns = sky_view.march(atmosphere, sources, direction, lowest, shape)
    grid = (-1, len(layout.azimuths))
    irradiance = np.stack([s.irradiance for s in sources] + [np.zeros_like(sun.irradiance)] * (2 - len(sources)))
    arrays = {
        "view": np.log(np.maximum(radiance, 0.0) + FLOOR).reshape(*grid, radiance.shape[-1]),
        "columns": columns.reshape(*grid, 3),
        "optics": sky_view.optics_table(atmosphere),
        "sun_disc": _sun_disc(sun),
        "moon_disc": np.zeros_like(sun.irradiance) if moon is None else moon.disc_radiance,
        "irradiance": irradiance,
        "light": np.log(ground_irradiance(atmosphere, device) + GROUND_FLOOR),
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
        layout.frame, 1.0 / sky_view.WGS84_KM, layout.horizon_axis, layout.row_axis, layout.azimuth_axis, FLOOR,
        a["view"], a["columns"], a["optics"], stage.sun, stage.moon, a["sun_disc"], a["moon_disc"], a["irradiance"],
        a["light"], 1.0 / GROUND_STEP_RAD, a["classes"], a["albedo"], a["night"], out,
    )  # fmt: skip
    return out.to_numpy().astype(np.float32)


@lru_cache(maxsize=4)
def ground_irradiance(atmosphere: Atmosphere, device: Device) -> np.ndarray:
    """Return [node, band]: irradiance of level ground at sea level per unit of the source's, direct and skylight.

    Nodes: zenith angle of the source's centre, 0 to 120 degrees by half a degree. Light scattered more than once and
    light from the ground back to the sky are left out. `device` only keys the cache.
    """
    zenith = GROUND_STEP_RAD * np.arange(GROUND_NODES)
    diffuse = np.log(skylight(atmosphere, np.radians(SKYLIGHT_DEG)) + GROUND_FLOOR)
    between = [np.interp(zenith, np.radians(SKYLIGHT_DEG), band) for band in diffuse.T]
    return direct_irradiance(atmosphere, zenith) + np.exp(np.stack(between, axis=-1))


def direct_irradiance(atmosphere: Atmosphere, zenith_rad: np.ndarray) -> np.ndarray:
    """Return [n, band]: unscattered irradiance of level ground per unit of the source's, its disc being finite."""
    seen = np.minimum(zenith_rad, np.pi / 2.0)
    columns = sunward_columns(atmosphere, np.zeros_like(seen), seen, EARTH_MEAN_RADIUS_KM)
    strip = np.linspace(-1.0, 1.0, 65)[1::2]  # of the disc, from lowest to highest
    weight = np.sqrt(1.0 - strip**2)
    height = np.maximum(np.cos(zenith_rad[:, None] - MEAN_DISC_RAD * strip), 0.0) @ (weight / weight.sum())
    return height[:, None] * np.exp(-(columns @ atmosphere.coefficients()))


def skylight(atmosphere: Atmosphere, zenith_rad: np.ndarray) -> np.ndarray:
    """Return [n, band]: irradiance of level ground by light scattered once, per unit of the source's irradiance.

    The source stands at +x; grounds lie around a sphere at the zenith angles asked for.
    """
    axes = np.full(3, EARTH_MEAN_RADIUS_KM)
    unit = np.ones(len(atmosphere.wavelengths_nm))
    source = SkySource(np.array([1.0, 0.0, 0.0]), unit, float(MEAN_DISC_RAD), unit)
    place, weight = np.polynomial.legendre.leggauss(SKYLIGHT_ELEVATIONS)
    t = (place + 1.0) / 2.0
    cosine, weight = t**2, weight * t  # d(t^2) = 2 t dt, and dt = d(place) / 2: nodes gather at the horizon
    azimuth = (np.arange(SKYLIGHT_AZIMUTHS) + 0.5) * np.pi / SKYLIGHT_AZIMUTHS  # the other half mirrors
    up = np.stack([np.cos(zenith_rad), np.sin(zenith_rad), np.zeros_like(zenith_rad)], axis=-1)
    ahead = np.stack([np.sin(zenith_rad), -np.cos(zenith_rad), np.zeros_like(zenith_rad)], axis=-1)
    level = np.cos(azimuth)[:, None] * ahead[:, None, :] + np.sin(azimuth)[:, None] * np.array([0.0, 0.0, 1.0])
    direction = (
        cosine[None, :, None, None] * up[:, None, None, :]
        + np.sqrt(1.0 - cosine**2)[None, :, None, None] * level[:, None, :, :]
    )
    origin = np.broadcast_to((axes * (1.0 + 1e-7) * up)[:, None, None, :], direction.shape).reshape(-1, 3)
    flat = direction.reshape(-1, 3)
    rays = sky_view.rays_through(origin, flat, axes, np.zeros(len(flat), dtype=bool))
    radiance, _ = sky_view.march(atmosphere, [source], flat, *rays, axes)
    mean = radiance.reshape(*direction.shape[:3], -1).mean(axis=2)
    return 2.0 * np.pi * np.einsum("neb,e->nb", mean, weight * cosine)


def _sun_disc(sun: SkySource) -> np.ndarray:
    """Return [band, 7]: radiance at the disc's centre, and its limb darkening (none: a uniform disc)."""
    uniform = np.eye(1, 6).repeat(len(sun.irradiance), axis=0)
    darkening = uniform if sun.limb_darkening is None else sun.limb_darkening
    return np.column_stack([sun.disc_radiance, darkening])
