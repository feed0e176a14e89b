"""What lights a scene: Sun and Moon, and the ground that sends their light back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.surface import albedo, land_mask, night_irradiance
from render.frame.moment import Moment
from render.integrator.sky.pixels import GroundModel
from render.observer import ephemeris
from render.scene import Scene
from render.sky.moonlight import moon_source
from render.sky.sunlight import sun_source


def _sources(scene: Scene, moment: Moment) -> tuple[Any, Any]:
    """Return the Sun and the Moon (None when switched off) as sources of light; a Sun switched off is dark."""
    position = moment.observer.position_km
    body = ephemeris.sun(moment.epoch, position)
    sun = sun_source(body.direction_itrs, body.distance_km)
    moon = None
    if scene.sky.moon:
        seen = ephemeris.moon(moment.epoch, position)
        moon = moon_source(seen.direction_itrs, seen.distance_km, body.direction_itrs, body.distance_km)
    if not scene.sky.sun:
        sun = replace(sun, irradiance=0.0 * sun.irradiance, disc_radiance=0.0 * sun.disc_radiance)
    return sun, moon


def ground_model(scene: Scene) -> GroundModel:
    """Return the ground's classes, their albedo, and what lights it at night besides Sun and Moon."""
    return GroundModel(
        land_mask(), albedo(SKY_WAVELENGTHS_NM, scene.earth.land_cover), night_irradiance(SKY_WAVELENGTHS_NM)
    )
