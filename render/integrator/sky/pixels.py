"""Stage the sky of one instant for the device and render it: path light, discs of Sun and Moon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere.extinction import Atmosphere
from render.core.geodesy import geodetic_from_itrs
from render.integrator.kept import kept_on_device
from render.integrator.sky import sky_view
from render.integrator.sky.background import BackgroundStage, stage_background
from render.integrator.sky.scattered import WGS84_KM, Scattered, march, optics_table, scattering_air
from render.integrator.sky.sky_view import FLOOR, ViewLayout
from render.integrator.view import device_view, pixel_angle_rad
from render.sky.background import Background
from render.sky.moonlight import moon_map
from render.sky.sunlight import SkySource
from shaders.sky import pixels as sky_shader
from shaders.sky.moon import MoonDisc
from shaders.sky.pixels import Body, Disc
from shaders.sky.transmittance import BENDING, SPECIES


@dataclass(frozen=True, eq=False)
class SkyStage:
    """The sky of one instant, on the device as `shaders.sky.pixels.sky_tile` takes it; `rays` marched is kept for the
    record.

    `position_km`: the observer's, in the picture of straight rays (`OpticalAir.shrink`).
    """

    position_km: np.ndarray
    layout: Any
    bodies: Any
    tables: Any
    discs: Any
    background: BackgroundStage
    bands: int
    rays: int


def prepare_sky(
    atmosphere: Atmosphere, observer_position_km: np.ndarray, sun: SkySource, moon: SkySource | None,
    camera: Any = None, behind: Background | None = None,
) -> SkyStage:  # fmt: skip
    """March the sky-view table for an observer (ITRS km) and stage all that `render_sky` reads.

    `behind`: the light behind the stars. With a `camera` only the azimuths that it sees are marched: give it, unless
    one stage serves several views.
    """
    air = scattering_air(atmosphere)
    position = np.asarray(observer_position_km, dtype=np.float64)
    position = position * air.optical.shrink(float(geodetic_from_itrs(position)[2]))
    ahead = sun.direction_itrs if camera is None else np.asarray(camera.itrs_from_camera)[:, 2]
    layout = sky_view.view_layout(position, ahead, camera)
    direction, lowest, shape = sky_view.view_rays(layout, position)
    marched = march(air, [sun] if moon is None else [sun, moon], direction, lowest, shape)
    radiance = marched.total
    path_light = sky_view.all_azimuths(layout, np.log(np.maximum(radiance, 0.0) + FLOOR))
    tables = devices.pack(
        sky_shader.Tables, path_light=devices.upload(path_light),
        slant_columns=devices.upload(sky_view.all_azimuths(layout, slant_table(marched))),
        optics=_device_optics(atmosphere),
    )  # fmt: skip
    return SkyStage(
        position, device_layout(layout), device_bodies(sun, moon), tables,
        _device_discs(sun, moon), stage_background(behind, radiance.shape[-1]), radiance.shape[-1], len(lowest),
    )  # fmt: skip


def render_sky(stage: SkyStage, camera: Any, first_row: int, rows: int) -> Any:
    """Return radiance [band, row, column], W m-2 sr-1 nm-1, of `rows` rows from `first_row` (0 = top), as a
    `device.result`: of the air and the discs beyond, not of the ground."""
    pixel_rad = pixel_angle_rad(camera)
    out = devices.result((stage.bands, rows, camera.columns))
    sky_shader.sky_tile(
        device_view(camera, stage.position_km, first_row), pixel_rad, stage.layout, stage.bodies, stage.tables,
        stage.discs, stage.background.behind, stage.background.tables, out,
    )  # fmt: skip
    return out


def slant_table(marched: Scattered) -> np.ndarray:
    """Return [ray, 7]: columns of the species, then the bending, rad."""
    table = np.empty((len(marched.columns), BENDING + 1))
    table[:, :SPECIES], table[:, BENDING] = marched.columns, marched.bending_rad
    return table


def device_layout(layout: ViewLayout) -> Any:
    """Return the table's layout as kernels take it, `shaders.sky.pixels.Layout`."""
    return devices.record(
        sky_shader.Layout, frame=layout.frame, inverse_axes=1.0 / WGS84_KM,
        horizon_sine=np.sin(layout.horizon), horizon_cosine=np.cos(layout.horizon),
        ground_rows=layout.ground_rows, air_rows=layout.air_rows, highest=layout.highest, power=layout.power,
        first_azimuth=layout.azimuths[0], nodes_per_rad=1.0 / (layout.azimuths[1] - layout.azimuths[0]), floor=FLOOR,
    )  # fmt: skip


def device_bodies(sun: SkySource, moon: SkySource | None) -> Any:
    """Return where Sun and Moon stand as kernels take it, `shaders.sky.pixels.Bodies`; without a Moon it has no
    disc."""
    return devices.record(
        sky_shader.Bodies, sun=sun.direction_itrs, sun_radius=np.sin(sun.angular_radius_rad),
        moon=np.array([0.0, 0.0, 1.0]) if moon is None else moon.direction_itrs,
        moon_radius=0.0 if moon is None else np.sin(moon.angular_radius_rad),
        moon_from_itrs=np.eye(3) if moon is None or moon.moon_from_itrs is None else moon.moon_from_itrs,
    )  # fmt: skip


def _device_discs(sun: SkySource, moon: SkySource | None) -> Any:
    return devices.pack(
        sky_shader.Discs, sun_disc=devices.upload(sun_disc(sun)),
        moon_disc=devices.upload(moon_disc(moon, len(sun.irradiance))), moon_map=devices.upload_kept(moon_map()),
    )  # fmt: skip


@kept_on_device(maxsize=4)
def _device_optics(atmosphere: Atmosphere) -> Any:
    return devices.upload(optics_table(atmosphere))


def source_irradiance(sun: SkySource, moon: SkySource | None) -> np.ndarray:
    """Return [2, band], rows as `shaders.sky.pixels.Body`; without a Moon its row is 0."""
    irradiance = np.zeros((Body.MOON + 1, len(sun.irradiance)))
    irradiance[Body.SUN] = sun.irradiance
    if moon is not None:
        irradiance[Body.MOON] = moon.irradiance
    return irradiance


def sun_disc(sun: SkySource) -> np.ndarray:
    """Return [band, 7] as `shaders.sky.pixels.Disc` (no limb darkening: a uniform disc)."""
    uniform = np.eye(1, 6).repeat(len(sun.irradiance), axis=0)
    darkening = uniform if sun.limb_darkening is None else sun.limb_darkening
    table = np.empty((len(darkening), Disc.POWERS + darkening.shape[1]))
    table[:, Disc.CENTRE], table[:, Disc.POWERS :] = sun.disc_radiance, darkening
    return table


def moon_disc(moon: SkySource | None, bands: int) -> np.ndarray:
    """Return [band, 2] as `shaders.sky.moon.MoonDisc`; without a Moon it is dark."""
    table = np.zeros((bands, MoonDisc.EARTHSHINE + 1))
    if moon is not None:
        table[:, MoonDisc.SUNLIT] = moon.disc_radiance
        table[:, MoonDisc.EARTHSHINE] = 0.0 if moon.earthshine is None else moon.earthshine
    return table
