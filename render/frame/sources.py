"""What lights a scene: Sun and Moon, and the ground that sends their light back."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.settings import Cover
from render.earth.surface import albedo, land_mask, night_irradiance
from render.frame.moment import Moment
from render.integrator.sky.pixels import GroundModel
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


def ground_model(scene: Scene) -> GroundModel:
    """Return the ground's classes, their albedo, and what lights it at night besides Sun and Moon; of one cover always
    the same object."""
    return _ground_of(scene.earth.land_cover)


@lru_cache(maxsize=4)
def _ground_of(land_cover: Cover) -> GroundModel:
    return GroundModel(land_mask(), albedo(SKY_WAVELENGTHS_NM, land_cover), night_irradiance(SKY_WAVELENGTHS_NM))


def _dark(source: SkySource) -> SkySource:
    dark = np.zeros_like(source.irradiance)
    return replace(source, irradiance=dark, disc_radiance=0.0 * source.disc_radiance, earthshine=None)
