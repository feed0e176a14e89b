"""Stars and city lights of an instant, as the lens sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from render.atmosphere import apparent
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import optical_air
from render.core.epoch import Epoch
from render.core.geodesy import geodetic_from_itrs
from render.core.lights import GroundLights
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.earth.cities import city_lights
from render.integrator.points import deposit, deposit_ground, ground_irradiance_at
from render.integrator.sky.transmittance import SLANT_NODES, interpolated, slant_bands, source_transmittance
from render.observer import ephemeris
from render.observer.orbit import observe
from render.scene import Scene
from render.sky.stars import stars

if TYPE_CHECKING:
    from render.frame.moment import Moment


SHUTTER_INSTANTS = 3  # of the exposure at which lights are placed; the points between are interpolated
HORIZON_KM = 2500.0  # km, farther than the ground horizon from any crewed orbit
REGION_STEP_KM = 500.0  # km: regions of city lights grow in such steps


def points_of_light(scene: Scene, moment: Moment, moment_at: Callable[[Epoch], Moment], light: np.ndarray) -> None:
    """Add stars and city lights to `light` [band, row, column], streaked by the flight while the shutter is open."""
    opening = np.linspace(-0.5, 0.5, SHUTTER_INSTANTS) * moment.camera.exposure_s
    instants = [moment_at(moment.epoch.plus_seconds(float(dt))) for dt in opening]
    atmosphere = build_atmosphere(scene.atmosphere)
    optical = optical_air(atmosphere)
    solid_angle = moment.camera.solid_angle()
    night = stars(scene.sky)
    if len(night.irradiance):
        itrs = night.direction_gcrs @ ephemeris.itrs_from_gcrs(moment.epoch).T
        seen = source_transmittance(atmosphere, moment.observer.position_km, itrs)
        turning = [
            (m.camera, apparent.from_space(optical, m.observer.position_km,
                                           night.direction_gcrs @ ephemeris.itrs_from_gcrs(m.epoch).T)[0])
            for m in instants
        ]  # fmt: skip
        deposit(light, turning, night.irradiance * seen, solid_angle)
    cities = region_lights(scene, moment)
    if len(cities.intensity):
        lamps = ground_irradiance_at(moment.observer.position_km, cities)
        passing = [
            (m.camera, apparent.from_ground(optical, m.observer.position_km, cities.position_km)) for m in instants
        ]
        deposit_ground(
            light, passing, lamps, cities,
            lambda cosine: interpolated(slant_bands(atmosphere), np.sqrt(np.maximum(cosine, 0.0)) * (SLANT_NODES - 1)),
            solid_angle,
        )  # fmt: skip


def region_lights(scene: Scene, moment: Moment) -> GroundLights:
    """Return the city lights of the region that the scene's whole film sees, or of this instant's if it leaves that."""
    length_s = (scene.film.frames - 1) * scene.film.interval_s
    ends = [observe(scene.observer, scene.time.epoch.plus_seconds(t)).position_km for t in (0.0, length_s)]
    middle = ends[0] + ends[1]
    if np.linalg.norm(middle) < EARTH_MEAN_RADIUS_KM:  # a film of half an orbit: no region holds it
        middle = moment.observer.position_km
    across = _arc_km(middle, ends[0])
    if _arc_km(middle, moment.observer.position_km) > across + 1.0:
        middle, across = moment.observer.position_km, 0.0
    latitude, longitude, _ = geodetic_from_itrs(middle)
    radius = np.ceil((across + HORIZON_KM) / REGION_STEP_KM) * REGION_STEP_KM
    return city_lights(scene.earth, float(latitude), float(longitude), float(radius))


def _arc_km(a: np.ndarray, b: np.ndarray) -> float:
    """Return the distance along the ground between the places below two positions."""
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return EARTH_MEAN_RADIUS_KM * float(np.arccos(np.clip(cosine, -1.0, 1.0)))
