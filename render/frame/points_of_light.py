"""Stars and city lights of an instant, as the lens sees them: placed once, then laid on any picture of that instant."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from render.atmosphere import apparent
from render.atmosphere.extinction import Atmosphere, build_atmosphere
from render.atmosphere.refraction import optical_air
from render.core.geodesy import component, geodetic_from_itrs
from render.core.lights import CUBE_KM, GroundLights
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.earth.lights.grid import LightRaster
from render.earth.lights.lamps import garstang_law, lamp_spectra
from render.earth.lights.points import city_lights
from render.earth.lights.raster import light_raster
from render.frame.moment import Moment, known_positions
from render.frame.shutter import through_shutter
from render.integrator.ground.city_lights import CityLights, CityView
from render.integrator.point_spread import spread_of
from render.integrator.points import SeenGroundLights, deposit, deposit_ground, ground_irradiance_at
from render.integrator.sky.transmittance import SLANT_NODES, interpolated, slant_bands, source_transmittance
from render.integrator.view import is_rectilinear
from render.observer import ephemeris
from render.observer.camera import Camera
from render.scene import Scene
from render.sky.planets import PlanetSeen, planet_light
from render.sky.stars import StarLight, stars
from render.sky.sunlight import AU_KM

BEYOND_KM = 150.0  # km past the horizon: what refraction lifts, and an orbit that climbs by 40 km in a film
BENT_RAD = np.radians(1.3)  # refraction lifts lamps at the horizon by 1.2 degrees at most
REGION_STEP_KM = 100.0  # km: regions of city lights grow in such steps

Paths = list[tuple[Camera, np.ndarray]]
"""(camera, unit directions [n, 3], ITRS) at instants that divide the shutter's opening evenly."""


@dataclass(frozen=True, eq=False)
class PointsOfLight:
    """Stars and lamps of one instant, streaked by the flight while the shutter is open.

    `star_paths`, `star_irradiance` [star, band] W m-2 nm-1, dimmed by the air; `lamp_paths`, `lamps` as seen without
    the air, and the `cities` that they are; `raster`: the light of towns and roads that is no points.
    """

    atmosphere: Atmosphere
    star_paths: Paths
    star_irradiance: np.ndarray
    lamp_paths: Paths
    lamps: SeenGroundLights
    cities: GroundLights
    raster: CityView | None

    def of_rows(self, first: int, count: int) -> PointsOfLight:
        """Return the same points on `count` rows of the picture from `first` (0 = top)."""
        star_paths, lamp_paths = (
            [(camera.of_rows(first, count), directions) for camera, directions in paths]
            for paths in (self.star_paths, self.lamp_paths)
        )
        return replace(self, star_paths=star_paths, lamp_paths=lamp_paths)

    def add(self, sky: np.ndarray, sources: Container[str], veil: np.ndarray | None = None) -> None:
        """Add them to `sky` [band, row, column], W m-2 sr-1 nm-1, in place: `stars` and `cities` where in `sources`.

        `veil` [row, column, 2]: see `render.frame.stage.Light`.
        """
        if "stars" in sources and len(self.star_irradiance):
            deposit(sky, self.star_paths, self.star_irradiance)
        if "cities" in sources and len(self.cities.intensity):
            through = None if veil is None else veil[..., 1]
            transmittance = self._upward_transmittance
            deposit_ground(sky, self.lamp_paths, self.lamps, self.cities, transmittance, through_clouds=through)

    def _upward_transmittance(self, cos_zenith: np.ndarray) -> np.ndarray:
        """Return the transmittance [n, band] from the ground to space at cosines of the zenith angle [n]."""
        return interpolated(slant_bands(self.atmosphere), np.sqrt(np.maximum(cos_zenith, 0.0)) * (SLANT_NODES - 1))


def points_of_light(scene: Scene, moment: Moment) -> PointsOfLight:
    """Return the stars and city lights of an instant, refracted, and where each is while the shutter is open."""
    instants = through_shutter(scene, moment)
    atmosphere = build_atmosphere(scene.atmosphere)
    optical = optical_air(atmosphere)
    night = stars_near_frame(stars(scene.sky).and_others(planets_of(scene, moment)), instants)
    cities = lamps_near_frame(region_lights(scene, moment), instants)
    here = _in_itrs(night.direction_gcrs, moment)
    seen = source_transmittance(atmosphere, moment.position_km, here) if len(here) else np.ones((0, 1))
    star_paths: Paths = []
    lamp_paths: Paths = []
    for m in instants:
        if len(here):
            there = _in_itrs(night.direction_gcrs, m)
            star_paths.append((m.camera, apparent.from_space(optical, m.position_km, there)[0]))
        if len(cities.intensity):
            lamp_paths.append((m.camera, apparent.from_ground(optical, m.position_km, cities.position_km)))
    lamps = ground_irradiance_at(moment.position_km, cities)
    raster = city_raster(scene, moment, instants)
    return PointsOfLight(atmosphere, star_paths, night.irradiance * seen, lamp_paths, lamps, cities, raster)


def city_raster(scene: Scene, moment: Moment, instants: list[Moment]) -> CityView | None:
    """Return the light of the scene's region that is no points, as seen at an instant; None where there is none."""
    found = light_raster(scene.earth, *_season(scene), *region(scene, moment))
    if found is None:
        return None
    shutter = [(m.camera, m.position_km) for m in (instants[0], instants[-1])]
    return CityView(_lights_of(found, scene.earth.direct_upward_fraction), (shutter[0], shutter[1]))


@lru_cache(maxsize=2)
def _lights_of(raster: LightRaster, direct_upward_fraction: float) -> CityLights:
    """Return a raster with its lamps; of one raster always the same object, so that it stays on the device."""
    upward = float(garstang_law(0.0, direct_upward_fraction) / (0.5 * np.pi) ** 4)
    corner = raster.region.row, raster.region.column
    return CityLights(raster.index, raster.words, corner, lamp_spectra(), upward)


def planets_of(scene: Scene, moment: Moment) -> StarLight:
    """Return the planets of an instant; none when they are switched off."""
    seen = []
    for name in ephemeris.PLANETS if scene.sky.planets else ():
        body, sun_km = ephemeris.planet(moment.epoch, moment.position_km, name)
        direction = ephemeris.itrs_from_gcrs(moment.epoch).T @ body.direction_itrs
        seen.append(PlanetSeen(name, direction, body.distance_km / AU_KM, sun_km / AU_KM, body.phase_angle_deg))
    return planet_light(seen)


def stars_near_frame(night: StarLight, instants: list[Moment]) -> StarLight:
    """Return the stars that come near the frame at any instant; see `near_frame`."""
    near = np.zeros(len(night.irradiance), bool)
    for moment in instants:
        axis = moment.camera.itrs_from_camera[:, 2] @ ephemeris.itrs_from_gcrs(moment.epoch)
        around = np.flatnonzero(_within_cone(moment.camera, axis, night.direction_gcrs))
        near[around] |= near_frame(moment.camera, _in_itrs(night.direction_gcrs[around], moment))
    return night.some(near)


def lamps_near_frame(lights: GroundLights, instants: list[Moment]) -> GroundLights:
    """Return the lamps that come near the frame at any instant; see `near_frame`. Cubes far from it are not looked
    into."""
    near, (cube, centres) = np.zeros(len(lights.intensity), bool), lights.cubes
    for moment in instants:
        camera, away = moment.camera, centres - moment.position_km
        around = np.flatnonzero(_within_cone(camera, camera.itrs_from_camera[:, 2], away, CUBE_KM)[cube])
        near[around] |= near_frame(camera, lights.position_km[around] - moment.position_km)
    return lights.some(near)


def near_frame(camera: Camera, vectors: np.ndarray) -> np.ndarray:
    """Return which straight lines of sight, ITRS [n, 3] of any length, come near the frame.

    Air raises lights by less than BENT_RAD; the others would be projected for nothing.
    """
    if not is_rectilinear(camera):
        return _within_cone(camera, camera.itrs_from_camera[:, 2], vectors)
    x, y, ahead = camera.project(vectors)
    margin = _margin_px(camera)
    wide = (x > -margin) & (x < camera.columns + margin) & (y > -margin) & (y < camera.rows + margin)
    return np.asarray(ahead & wide)


def _margin_px(camera: Camera) -> float:
    """Return how many pixels beyond the frame a light may stand: far off the axis an angle takes more of them."""
    pixel = float(np.abs(camera.tangent_from_pixel).max())  # a tangent
    if not is_rectilinear(camera):  # outwards, half of an angle's pixels at least are those of the axis
        return float(2.0 * BENT_RAD / pixel) + spread_of(camera).reach_px + 2.0
    corner = pixel * (camera.columns + camera.rows)
    return float(BENT_RAD * (1.0 + corner**2) / pixel) + spread_of(camera).reach_px + 2.0


def _within_cone(camera: Camera, axis: np.ndarray, vectors: np.ndarray, wide: float = 0.0) -> np.ndarray:
    """Return which vectors [n, 3] lie in a cone about the camera's axis that holds all that is near the frame.

    `axis` [3] unit, in the vectors' frame; `wide`: of cubes about their ends, of which no point may be lost.
    """
    length = np.linalg.norm(vectors, axis=-1)
    off_axis = np.arccos(np.clip(component(vectors, axis) / length, -1.0, 1.0))
    reach = np.arcsin(np.clip(0.5 * np.sqrt(3.0) * wide / length, 0.0, 1.0))  # 90 deg from within a cube's corners
    return np.asarray(off_axis - reach <= camera.widest_angle_rad(_margin_px(camera)))


def _in_itrs(direction_gcrs: np.ndarray, moment: Moment) -> np.ndarray:
    """Return unit directions [n, 3] of GCRS in ITRS at a moment."""
    axes = ephemeris.itrs_from_gcrs(moment.epoch)
    return np.stack([component(direction_gcrs, axis) for axis in axes], axis=-1)


def region_lights(scene: Scene, moment: Moment) -> GroundLights:
    """Return the points of light of the region that the scene's film sees; see `region`."""
    return city_lights(scene.earth, *_season(scene), *region(scene, moment))


def _season(scene: Scene) -> tuple[int, int]:
    """Return year and month of a scene: of its lamps, and of the snow beneath them."""
    when = scene.time.epoch.utc
    return when.year, when.month


def region(scene: Scene, moment: Moment) -> tuple[float, float, float]:
    """Return latitude, longitude and radius, km, of what the scene's whole film sees, or this instant if it leaves
    that."""
    length_s = (scene.film.frames - 1) * scene.film.interval_s
    ends = known_positions(scene, (scene.time.epoch.plus_seconds(t) for t in (0.0, length_s)))
    ends = ends if len(ends) else moment.position_km[None]
    middle = ends[0] + ends[-1]
    if np.linalg.norm(middle) < EARTH_MEAN_RADIUS_KM:  # a film of half an orbit: no region holds it
        middle = moment.position_km
    across, highest = _arc_km(middle, ends[0]), max(float(np.linalg.norm(end)) for end in ends)
    if _arc_km(middle, moment.position_km) > across + 1.0:
        middle, across, highest = moment.position_km, 0.0, float(np.linalg.norm(moment.position_km))
    latitude, longitude, _ = geodetic_from_itrs(middle)
    horizon = EARTH_MEAN_RADIUS_KM * np.arccos(min(EARTH_MEAN_RADIUS_KM / highest, 1.0))
    radius = np.ceil((across + horizon + BEYOND_KM) / REGION_STEP_KM) * REGION_STEP_KM
    return float(latitude), float(longitude), float(radius)


def _arc_km(a: np.ndarray, b: np.ndarray) -> float:
    """Return the distance along the ground between the places below two positions."""
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return EARTH_MEAN_RADIUS_KM * float(np.arccos(np.clip(cosine, -1.0, 1.0)))
