"""What a frame's road needs from several wings at once: emission of the scene's air, ground, points of light, station.

Each function gathers records of the wings into what one stage takes. What depends on the scene alone is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from render.atmosphere import apparent
from render.atmosphere.extinction import Atmosphere, build_atmosphere
from render.atmosphere.oxygen_band import limb_band_transmittance, slant_band_transmittance
from render.atmosphere.refraction import limb_bending, optical_air
from render.atmosphere.transmission import limb_transmittance, slant_transmittance
from render.device import Device
from render.earth.cities import city_lights
from render.earth.surface import albedo, land_mask, night_irradiance
from render.emission.airglow import airglow_layers
from render.emission.table import EmissionTable, emission_table
from render.epoch import Epoch
from render.geodesy import geodetic_from_itrs, itrs_from_local, shell_distances, tangent_point
from render.geophysics.thermosphere import Thermosphere, thermosphere_at
from render.integrator.airglow import NODES_PER_KM, layer_table
from render.integrator.sky import GroundModel
from render.integrator.station import StationLights, prepare_station, render_station
from render.lines import CATALOGUE, LINE_KEYS, bin_shares
from render.observer import ephemeris
from render.observer.camera import camera_at
from render.observer.orbit import observe
from render.points import GroundLights, deposit, deposit_ground, ground_irradiance_at
from render.radiance import SKY_WAVELENGTHS_NM
from render.scene import Scene
from render.sky.moonlight import moon_source
from render.sky.stars import stars
from render.sky.sunlight import SkySource, sun_source
from render.units import EARTH_MEAN_RADIUS_KM, RAYLEIGH, photon_energy_j

if TYPE_CHECKING:
    from render.frame import Moment

EMISSION_ALTITUDE_KM = 110.0  # km: the scene's air is taken where the optical axis meets this shell
LIMB_TABLE_KM = 100.0  # km: above it the air dims no line
SHUTTER_INSTANTS = 3  # of the exposure at which lights are placed; the points between are interpolated
HORIZON_KM = 2500.0  # km, farther than the ground horizon from any crewed orbit
REGION_STEP_KM = 500.0  # km: regions of city lights grow in such steps
SLANT_NODES = 400  # of the table of transmittance from the ground
SUN_STRIPS = 9  # of a disc, from lowest to highest, whose light is averaged at the limb


@lru_cache(maxsize=4)
def oval_emission(scene: Scene) -> tuple[EmissionTable, Thermosphere]:
    """Return the emission table and the air of a scene; see `scene_air`."""
    air = scene_air(scene)
    return emission_table(air, scene.emission), air


@lru_cache(maxsize=4)
def scene_air(scene: Scene) -> Thermosphere:
    """Return the upper air of a scene: one column, at the scene's time, where its camera looks."""
    epoch = scene.time.epoch
    observer = observe(scene.observer, epoch)
    axis = camera_at(scene.camera, observer, epoch, 0.0).itrs_from_camera[:, 2]
    near = float(shell_distances(observer.position_km, axis, EMISSION_ALTITUDE_KM)[0])
    lowest = float(tangent_point(observer.position_km, axis)[0])
    reach = near if near > 0.0 else max(lowest, 0.0)
    latitude, longitude, _ = geodetic_from_itrs(observer.position_km + reach * axis)
    return thermosphere_at(scene.thermosphere, float(latitude), float(longitude), epoch, scene.drive)


def layer_rows(scene: Scene, thermosphere: Thermosphere) -> np.ndarray:
    """Return the airglow as the march takes it, [layer, 7 + node]; see `render.integrator.airglow.layer_table`."""
    return layer_table(airglow_layers(scene.airglow, thermosphere))


@lru_cache(maxsize=4)
def limb_table(atmosphere: Atmosphere) -> np.ndarray:
    """Return what becomes of a whole limb path, [node, line + 1], against its straight-line tangent altitude.

    The transmittance of each line, then the bending, rad.
    """
    nodes, wavelengths = _limb_nodes_km(), line_wavelengths_nm()
    own = limb_band_transmittance(atmosphere, nodes)
    left = _through_oxygen(limb_transmittance(atmosphere, nodes, wavelengths), wavelengths, own)
    return np.column_stack([left, limb_bending(optical_air(atmosphere), nodes)])


@lru_cache(maxsize=4)
def limb_bands(atmosphere: Atmosphere) -> np.ndarray:
    """Return the same for the sky's bands, [node, band]."""
    return limb_transmittance(atmosphere, _limb_nodes_km(), SKY_WAVELENGTHS_NM)


@lru_cache(maxsize=4)
def slant_bands(atmosphere: Atmosphere) -> np.ndarray:
    """Return the transmittance from the ground to space, [node, band], against the square root of the zenith cosine.

    Nodes gather at the horizon, where it changes fastest.
    """
    root = np.linspace(0.0, 1.0, SLANT_NODES)
    return slant_transmittance(atmosphere, root**2, SKY_WAVELENGTHS_NM)


def rising_table(atmosphere: Atmosphere, altitude_km: float, wavelengths_nm: np.ndarray) -> np.ndarray | None:
    """Return the transmittance from a low observer to space, nodes as `slant_bands`; None from above the air."""
    if altitude_km >= LIMB_TABLE_KM:
        return None
    cosine, height = np.linspace(0.0, 1.0, SLANT_NODES) ** 2, max(altitude_km, 0.0)
    own = slant_band_transmittance(atmosphere, cosine, height)
    return _through_oxygen(slant_transmittance(atmosphere, cosine, wavelengths_nm, height), wavelengths_nm, own)


def _through_oxygen(table: np.ndarray, wavelengths_nm: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return a table [node, wavelength] whose O2_A is absorbed by O2's own lines as well, `own` [node].

    O2_A is known by its effective wavelength. The sky's bands are continuum, which passes between the lines.
    """
    is_band = np.asarray(wavelengths_nm) == CATALOGUE["O2_A"].wavelength_nm
    return table * np.where(is_band, own[:, None], 1.0)


def line_wavelengths_nm() -> np.ndarray:
    """Return the wavelengths at which the air dims the lines, in the catalogue's order."""
    return np.array([CATALOGUE[key].wavelength_nm for key in LINE_KEYS])


def _limb_nodes_km() -> np.ndarray:
    """Return the tangent altitudes of the limb tables, NODES_PER_KM per km."""
    return np.arange(0.0, LIMB_TABLE_KM + 1e-6, 1.0 / NODES_PER_KM)


def _between(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Interpolate a table [node, band] linearly at fractional indices [n], clamped at its ends."""
    index = np.clip(index, 0.0, len(table) - 1.001)
    node = index.astype(int)
    part = (index - node)[:, None]
    return table[node] * (1.0 - part) + table[node + 1] * part


def ground_model(scene: Scene) -> GroundModel:
    """Return the ground's classes, their albedo, and what lights it at night besides Sun and Moon."""
    return GroundModel(
        land_mask(), albedo(SKY_WAVELENGTHS_NM, scene.earth.land_cover), night_irradiance(SKY_WAVELENGTHS_NM)
    )


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
        seen = _seen(atmosphere, moment.observer.position_km, itrs)
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
            lambda cosine: _between(slant_bands(atmosphere), np.sqrt(np.maximum(cosine, 0.0)) * (SLANT_NODES - 1)),
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


def foreground(scene: Scene, moment: Moment, device: Device, lines: np.ndarray, light: np.ndarray) -> None:
    """Put the station in front of `lines` and `light`, in place; it is lit by Sun, Moon, and what lies below."""
    if not scene.station.visible:
        return
    lights = _station_lights(scene, moment, lines, light)
    stage = prepare_station(device, scene.station, moment.camera, moment.observer, lights)
    if stage is None:
        return
    covered, radiance = render_station(stage, moment.camera, 0, moment.camera.rows)
    lines *= 1.0 - covered
    light *= 1.0 - covered
    light += radiance


def _station_lights(scene: Scene, moment: Moment, lines: np.ndarray, light: np.ndarray) -> StationLights:
    """Return what lights the station. The half space below is taken to shine as the picture does on its mean."""
    position = moment.observer.position_km
    atmosphere = build_atmosphere(scene.atmosphere)
    body, moon_body = ephemeris.sun(moment.epoch, position), ephemeris.moon(moment.epoch, position)
    sun = sun_source(body.direction_itrs, body.distance_km)
    moon = moon_source(moon_body.direction_itrs, moon_body.distance_km, body.direction_itrs, body.distance_km)
    dark = np.zeros_like(sun.irradiance)
    below = np.pi * (np.median(light, axis=(1, 2)) + lines.mean(axis=(1, 2)) @ band_share_of_lines())
    return StationLights(
        sun_direction_itrs=sun.direction_itrs, sun_irradiance=sun.irradiance if scene.sky.sun else dark,
        sun_transmittance=disc_transmittance(atmosphere, position, sun),
        moon_direction_itrs=moon.direction_itrs, moon_irradiance=moon.irradiance if scene.sky.moon else dark,
        moon_transmittance=disc_transmittance(atmosphere, position, moon),
        below_irradiance=below, above_irradiance=night_irradiance(SKY_WAVELENGTHS_NM),
    )  # fmt: skip


def disc_transmittance(atmosphere: Atmosphere, position_km: np.ndarray, source: SkySource) -> np.ndarray:
    """Return [band]: the mean transmittance of a disc seen past Earth's limb, 0 where Earth hides it."""
    up = position_km / np.linalg.norm(position_km)
    level = up - (up @ source.direction_itrs) * source.direction_itrs
    level /= max(float(np.linalg.norm(level)), 1e-9)
    strip = np.linspace(-1.0, 1.0, 2 * SUN_STRIPS + 1)[1::2]
    weight = np.sqrt(1.0 - strip**2)
    direction = source.direction_itrs + np.tan(source.angular_radius_rad) * strip[:, None] * level
    seen = _seen(atmosphere, position_km, direction / np.linalg.norm(direction, axis=-1, keepdims=True))
    return weight @ seen / weight.sum()


@lru_cache(maxsize=1)
def band_share_of_lines() -> np.ndarray:
    """Return [line, band]: W m-2 sr-1 nm-1 at the sky's bands of one rayleigh of each line."""
    half = 0.5 * (SKY_WAVELENGTHS_NM[1] - SKY_WAVELENGTHS_NM[0])
    edges = np.append(SKY_WAVELENGTHS_NM - half, SKY_WAVELENGTHS_NM[-1] + half)
    energy = np.array([photon_energy_j(nm) for nm in SKY_WAVELENGTHS_NM])
    return np.stack([bin_shares(key, edges) for key in LINE_KEYS]) * RAYLEIGH * energy / (2.0 * half)


def _seen(atmosphere: Atmosphere, position_km: np.ndarray, direction_itrs: np.ndarray) -> np.ndarray:
    """Return [n, band]: what is left of the irradiance of small sources in true directions beyond the air."""
    directions, dilution = apparent.from_space(optical_air(atmosphere), position_km, direction_itrs)
    return dilution[:, None] * _dimmed(atmosphere, position_km, directions)


def _dimmed(atmosphere: Atmosphere, position_km: np.ndarray, direction_itrs: np.ndarray) -> np.ndarray:
    """Return [n, band]: how much light is left along each apparent direction from beyond the air; 0 behind Earth."""
    ahead, altitude = tangent_point(position_km, direction_itrs)
    rising = ahead <= 0.0
    seen = _between(limb_bands(atmosphere), np.where(rising, LIMB_TABLE_KM, altitude) * NODES_PER_KM)
    latitude, longitude, own_altitude = geodetic_from_itrs(position_km)
    upwards = rising_table(atmosphere, float(own_altitude), SKY_WAVELENGTHS_NM)
    if upwards is not None:
        cosine = direction_itrs @ itrs_from_local(latitude, longitude)[:, 2]
        climbing = _between(upwards, np.sqrt(np.maximum(cosine, 0.0)) * (SLANT_NODES - 1))
        seen = np.where(rising[:, None], climbing, seen)
    return np.where((rising | (altitude > 0.0))[:, None], seen, 0.0)


def _arc_km(a: np.ndarray, b: np.ndarray) -> float:
    """Return the distance along the ground between the places below two positions."""
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return EARTH_MEAN_RADIUS_KM * float(np.arccos(np.clip(cosine, -1.0, 1.0)))
