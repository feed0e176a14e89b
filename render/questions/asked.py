"""Two questions that clouds, ground and users ask of an instant of a scene.

What lies between the camera and a point (aerial perspective), and what falls on a level place below the aurora. Units
and accuracies: docs/questions.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render.atmosphere.extinction import build_atmosphere
from render.core.errors import InputError
from render.core.geodesy import itrs_from_geodetic
from render.core.lines import LINE_KEYS
from render.core.units import RAYLEIGH
from render.emission.airglow import airglow_layers
from render.frame.air import oval_emission
from render.frame.aurora import aurora_at
from render.frame.moment import Moment
from render.frame.sources import sun_and_moon
from render.frame.stage import Stage
from render.integrator.above import thin_layers
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.irradiance import IrradianceMap, aurora_irradiance
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.queries.to_point import PathLight, Shining, light_to_points
from render.integrator.sky.level_light import level_irradiance
from render.integrator.sky.scattered import scattering_air
from render.integrator.sky.transmittance import line_wavelengths_nm
from render.scene import Scene
from render.sky.sunlight import SkySource

# km and pixels of the map about a place: a layer at 300 km sets at 1900 km; 2560 km would lose 1 to 4 % of red light
MAP_KM, MAP_PIXELS = 3840.0, 240
LATITUDES_DEG, LONGITUDES_DEG = (-90.0, 90.0), (-360.0, 360.0)
LOWEST_KM = -0.5  # km above the ellipsoid: below the shores of the Dead Sea, the lowest land


@dataclass(frozen=True, eq=False)
class PlaceLight:
    """What falls on a level place from above.

    `aurora`, `airglow` [line, place] R sr, lines as in LINE_KEYS: 1 R sr = 1e10/4pi photons m-2 s-1. `sky` [band,
    place] W m-2 nm-1 at SKY_WAVELENGTHS_NM: Sun and Moon, direct and scattered; stars are not in it.
    """

    aurora: np.ndarray
    airglow: np.ndarray
    sky: np.ndarray

    @property
    def photons_m2_s(self) -> np.ndarray:
        """Return photons m-2 s-1 [line, place] of aurora and airglow."""
        return (self.aurora + self.airglow) * RAYLEIGH


def look_to_points(stage: Stage, direction: np.ndarray, distance_km: np.ndarray) -> PathLight:
    """Return light and transmittance from the camera along directions [n, 3], ITRS, to distances [n], km.

    Directions of the picture: the aurora's maps hold what the camera sees. See `integrator.queries.to_point`.
    """
    air = scattering_air(build_atmosphere(stage.scene.atmosphere))
    shining = Shining(stage.aurora.curtains, stage.air.layers, stage.aurora.arcs)
    lamps, position = _lamps(stage.scene, stage.moment), stage.moment.position_km
    return light_to_points(air, lamps, shining, position, direction, distance_km)


def aurora_on_places(
    scene: Scene, moment: Moment, area: AreaFromAbove, altitude_km: float, *, through_air: bool = False
) -> IrradianceMap | None:
    """Return the aurora's light on level places of a map at one altitude; None where the scene has no aurora.

    `through_air`: without what the air above them scatters or absorbs. SAR arc and STEVE are left out. A device must
    have been started. Raises InputError for a centre that is no place on Earth, and places below ground or above 60 km.
    """
    altitude_km = _altitude_of(area.latitude_deg, area.longitude_deg, altitude_km)
    if not scene.aurora.enabled:
        return None
    middle = itrs_from_geodetic(area.latitude_deg, area.longitude_deg, altitude_km)
    around = magnetosphere_around(middle, moment.epoch.decimal_year)
    instant = aurora_at(scene, moment.epoch, around)
    air = _slant(scene, altitude_km) if through_air else None
    return aurora_irradiance(instant, oval_emission(scene)[0], scene.emission, area, altitude_km, air)


def light_on_place(
    scene: Scene, moment: Moment, latitude_deg: float, longitude_deg: float, altitude_km: float, *,
    through_air: bool = False,
) -> PlaceLight:  # fmt: skip
    """Return what falls on one level place, geodetic, east and north positive, from aurora, airglow, Sun and Moon.

    A map is made about it: for many places make one with `aurora_on_places`. `through_air` as there, for airglow too.
    A device must have been started. Raises InputError as there.
    """
    altitude_km = _altitude_of(latitude_deg, longitude_deg, altitude_km)
    area = AreaFromAbove(latitude_deg, longitude_deg, MAP_KM, MAP_PIXELS, MAP_PIXELS)
    made = aurora_on_places(scene, moment, area, altitude_km, through_air=through_air)
    place = np.array([latitude_deg]), np.array([longitude_deg])
    lines = np.zeros((len(LINE_KEYS), 1)) if made is None else made.at(*place)
    slant = _slant(scene, altitude_km) if through_air else np.ones((2, len(LINE_KEYS)))
    layers = airglow_layers(scene.airglow, oval_emission(scene)[1])
    glow = thin_layers.of_even_layers(layers, altitude_km, dict(zip(LINE_KEYS, slant.T, strict=True)))
    air = scattering_air(build_atmosphere(scene.atmosphere))
    sky = level_irradiance(air, _lamps(scene, moment), itrs_from_geodetic(*place, altitude_km))
    return PlaceLight(lines, np.array([[glow.get(key, 0.0)] for key in LINE_KEYS]), sky.T)


def _altitude_of(latitude_deg: float, longitude_deg: float, altitude_km: float) -> float:
    """Return the altitude in the air of a place on Earth, km: 0, the air's ground, where it is lower.

    Raises InputError for what is no place, or is below ground.
    """
    named = (("latitude", latitude_deg, LATITUDES_DEG), ("longitude", longitude_deg, LONGITUDES_DEG))
    for name, value, (low, high) in named:
        if not low <= value <= high:
            raise InputError(f"{name} of the place is {value:g} deg; allowed: {low:g} to {high:g}")
    if not LOWEST_KM <= altitude_km < math.inf:
        raise InputError(f"altitude of the place is {altitude_km:g} km; allowed: {LOWEST_KM:g} km and more")
    return max(altitude_km, 0.0)


def _slant(scene: Scene, altitude_km: float) -> np.ndarray:
    """Return the transmittance of the air above a place, [node, line]."""
    return thin_layers.slant_table(build_atmosphere(scene.atmosphere), altitude_km, line_wavelengths_nm())


def _lamps(scene: Scene, moment: Moment) -> list[SkySource]:
    """Return Sun and Moon, as far as the scene has them."""
    return [source for source in sun_and_moon(scene, moment) if source is not None]
