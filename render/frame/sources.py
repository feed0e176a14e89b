"""What lights a scene: Sun and Moon, and the ground that sends their light back."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from render.atmosphere.extinction import build_atmosphere
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.settings import Cover
from render.earth.snow import bare_cover, month_cover, month_of
from render.earth.surface import albedo, land_mask, land_picture, starlight_irradiance
from render.earth.weather import weather_of
from render.emission.airglow import airglow_layers
from render.frame.air import oval_emission
from render.frame.aurora import aurora_at
from render.frame.moment import Moment
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.ground.downwelling import airglow_below, aurora_below, lit_area, seen_earth
from render.integrator.ground.stage import Downwelling, GroundModel
from render.integrator.sky.transmittance import line_wavelengths_nm
from render.observer import ephemeris
from render.scene import Scene
from render.sky.background import Background, background
from render.sky.lunar_axes import moon_from_gcrs
from render.sky.moonlight import moon_source
from render.sky.sunlight import SkySource, sun_source


def sun_of(moment: Moment, *, shines: bool = True) -> SkySource:
    """Return the Sun as a source of light; one that does not shine is dark."""
    body = ephemeris.sun(moment.epoch, moment.position_km)
    sun = sun_source(body.direction_itrs, body.distance_km)
    return sun if shines else _dark(sun)


def moon_of(moment: Moment, *, shines: bool = True) -> SkySource:
    """Return the Moon as a source of light; one that does not shine is dark."""
    body, sun = ephemeris.moon(moment.epoch, moment.position_km), ephemeris.sun(moment.epoch, moment.position_km)
    turned = moon_from_gcrs(moment.epoch) @ ephemeris.itrs_from_gcrs(moment.epoch).T
    moon = moon_source(body.direction_itrs, body.distance_km, sun.direction_itrs, sun.distance_km, turned)
    return moon if shines else _dark(moon)


def sun_and_moon(scene: Scene, moment: Moment) -> tuple[SkySource, SkySource | None]:
    """Return the scene's Sun (dark when switched off) and Moon (None when switched off: it is not marched then)."""
    return sun_of(moment, shines=scene.sky.sun), moon_of(moment) if scene.sky.moon else None


def behind_stars(scene: Scene, moment: Moment) -> Background | None:
    """Return the light behind the stars, unresolved starlight and zodiacal light; None where neither shines."""
    sun = ephemeris.sun(moment.epoch, moment.position_km)
    return background(scene.sky, ephemeris.itrs_from_gcrs(moment.epoch), sun.direction_itrs)


def ground_model(scene: Scene, moment: Moment) -> GroundModel:
    """Return what the Earth is at an instant of a scene: ground, snow and clouds; arrays of equal settings are the same
    objects. Raises InputError for a map that cannot be used."""
    earth = scene.earth
    cover = month_cover(month_of(scene.time.epoch.decimal_year)) if earth.snow and earth.land is None else bare_cover()
    starlight = _starlight()
    return GroundModel(
        land_mask(), cover, land_picture(earth.land), *_albedos(earth.land_cover), starlight, weather_of(earth),
        moment.time_s,
    )  # fmt: skip


def downwelling(scene: Scene, moment: Moment) -> Downwelling | None:
    """Return what aurora and airglow send down on the Earth that a camera sees; None where it sees none of it.

    Raises InputError for an instant outside the times of a user's map.
    """
    places = seen_earth(moment.camera, moment.position_km) if scene.earth.visible else None
    if places is None:
        return None
    table, air = oval_emission(scene)
    instant = None
    if scene.aurora.enabled:
        instant = aurora_at(scene, moment.epoch, magnetosphere_around(moment.position_km, moment.epoch.decimal_year))
    aurora = aurora_below(instant, table, scene.emission, lit_area(places))
    return Downwelling(aurora, airglow_below(airglow_layers(scene.airglow, air), build_atmosphere(scene.atmosphere)))


@lru_cache(maxsize=1)
def _starlight() -> np.ndarray:
    return starlight_irradiance(SKY_WAVELENGTHS_NM)


@lru_cache(maxsize=4)
def _albedos(land_cover: Cover) -> tuple[np.ndarray, np.ndarray]:
    """Return the kinds' albedo at the sky's bands and at the lines, [kind, ...]."""
    return albedo(SKY_WAVELENGTHS_NM, land_cover), albedo(line_wavelengths_nm(), land_cover)


def _dark(source: SkySource) -> SkySource:
    dark = np.zeros_like(source.irradiance)
    return replace(source, irradiance=dark, disc_radiance=0.0 * source.disc_radiance, earthshine=None)
