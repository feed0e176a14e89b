"""Light and transmittance from an observer to points on lines of sight: what stands in front of clouds and ground.

A point is known by its line of sight and its distance along it, both as pixels have them: rays are straight in optical
altitude (see `render.atmosphere.refraction`), from the observer's position in that picture (`OpticalAir.shrink`, at
most 1.8 km below the true one). `distance_to_altitude` gives the distance to a shell of true altitude. Where a point
truly lies, and how its ray goes on from there, is part of the answer: turned about Earth's centre, down, by the bending
gathered on the way.

Light of lines and of the sky adds up: radiance of a pixel = light to the point + transmittance x light from beyond,
as seen from the point along the ray that goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere.oxygen_band import columns_band_transmittance
from render.core.geodesy import geodetic_from_itrs
from render.core.lines import AURORA_KEYS, CATALOGUE, LINE_KEYS, TIED
from render.integrator.aurora.march import AuroraStage
from render.integrator.aurora.subauroral import SubauroralStage
from render.integrator.sky.scattered import WGS84_KM, ScatteringAir, march, rays_through
from render.sky.sunlight import SkySource
from shaders.aurora import to_point as shader

RAYS_AT_ONCE = 16384  # bounds the memory: some 12 MB of results on the device
FINE_STEP_KM = (15.0, 0.5)  # km: twice as fine as the sky-view table's, for the transmittance
FAR_KM = 1.0e6  # km: what "no end" is to the device


@dataclass(frozen=True, eq=False)
class PathLight:
    """What lies between an observer and points; 1 R = 1e10/4pi photons m-2 s-1 sr-1.

    `lines_r` [ray, line], LINE_KEYS: aurora, airglow, subauroral arcs; `sky` [ray, band] W m-2 sr-1 nm-1: sunlight and
    moonlight scattered in the air, at SKY_WAVELENGTHS_NM. `line_transmittance`, `band_transmittance`: what is left of
    light from the point. `position_km`, `direction` [ray, 3] ITRS: where the point is, and the ray going on there.
    """

    lines_r: np.ndarray
    sky: np.ndarray
    line_transmittance: np.ndarray
    band_transmittance: np.ndarray
    position_km: np.ndarray
    direction: np.ndarray


@dataclass(frozen=True, eq=False)
class Shining:
    """What shines of itself at an instant, as the frame has it staged; None: nothing.

    `layers`: of `integrator.airglow.device_layers`.
    """

    aurora: AuroraStage | None
    layers: Any | None
    arcs: SubauroralStage | None = None


def light_to_points(
    air: ScatteringAir, sources: Sequence[SkySource], shining: Shining, position_km: np.ndarray, direction: np.ndarray,
    distance_km: np.ndarray,
) -> PathLight:  # fmt: skip
    """Return light and transmittance from an observer, ITRS km [3], along unit directions [n, 3] to distances [n], km.

    inf: to the end of everything. Points below ground are taken to be where the ray meets it. `sources`: Sun and Moon,
    irradiances W m-2 nm-1. The aurora's maps are as fine as the camera needs that they were made for, and hold only
    what it sees. Raises ValueError for negative distances or shapes that do not agree.
    """
    along = np.asarray(direction, float).reshape(-1, 3)
    distance = np.minimum(np.asarray(distance_km, float), FAR_KM)
    if distance.shape != (len(along),) or not (distance >= 0.0).all():
        raise ValueError(f"{len(along)} directions need as many distances, km, none below 0")
    position = np.asarray(position_km, float)
    parts = [
        _some(air, sources, shining, position, along[k : k + RAYS_AT_ONCE], distance[k : k + RAYS_AT_ONCE])
        for k in range(0, max(len(along), 1), RAYS_AT_ONCE)
    ]
    return PathLight(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))


def distance_to_altitude(
    air: ScatteringAir, position_km: np.ndarray, direction: np.ndarray, altitude_km: float
) -> np.ndarray:
    """Return the distances, km [n], at which lines of sight first come down (or up) to a true altitude; inf: never."""
    start = _in_picture(air, np.asarray(position_km, float))
    axes = WGS84_KM + float(air.optical.optical_altitude(altitude_km))
    o, d = start / axes, np.asarray(direction, float) / axes
    a, b = (d * d).sum(-1), d @ o
    closest = o - (b / a)[:, None] * d
    depth = (1.0 - (closest * closest).sum(-1)) / a
    half = np.sqrt(np.maximum(depth, 0.0))
    near, far = -b / a - half, -b / a + half
    first = np.where(near >= 0.0, near, far)
    return np.where((depth > 0.0) & (first >= 0.0), first, np.inf)


def line_transmittance(air: ScatteringAir, columns: np.ndarray) -> np.ndarray:
    """Return [n, line] what columns [n, species] leave of the lines.

    Trap: O2 takes the middle of its own band's lines first, so that transmittances of two parts of a way do not
    multiply for O2_A.
    """
    wavelengths = np.array([CATALOGUE[key].wavelength_nm for key in LINE_KEYS])
    left = np.exp(-(columns @ air.atmosphere.coefficients_at(wavelengths)))
    left[:, LINE_KEYS.index("O2_A")] *= columns_band_transmittance(columns)
    return left


def _some(
    air: ScatteringAir, sources: Sequence[SkySource], shining: Shining, position: np.ndarray, direction: np.ndarray,
    distance: np.ndarray,
) -> PathLight:  # fmt: skip
    """Return as `light_to_points`, of as many rays as are marched at once."""
    start = _in_picture(air, position)
    lowest, shape, end = _clipped(start, direction, distance)
    dark = np.zeros(len(air.atmosphere.wavelengths_nm))
    lamps = list(sources) or [SkySource(np.array([0.0, 0.0, 1.0]), dark, air.light.radius_rad, dark)]
    marched = march(air, lamps, direction, lowest, shape, step_km=FINE_STEP_KM)
    through = line_transmittance(air, marched.columns)
    near, far = _shining_to(shining, position, direction, np.minimum(distance, end), marched.bending_rad)
    reached = start + np.minimum(distance, end)[:, None] * direction
    there, onward = _turned(reached, direction, start, marched.bending_rad)
    return PathLight(
        near + far * through, marched.total, through,
        np.exp(-(marched.columns @ air.atmosphere.coefficients())), _out_of_picture(air, there), onward,
    )  # fmt: skip


def _clipped(
    start: np.ndarray, direction: np.ndarray, distance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (lowest points, shapes) of rays as `shaders.sky.twilight` takes them, and how far off the ground is,
    km."""
    origin = np.broadcast_to(start, direction.shape)
    q, d = origin / WGS84_KM, direction / WGS84_KM
    k2 = (d * d).sum(-1)
    x_origin = (q * d).sum(-1) / k2
    closest = q - x_origin[:, None] * d
    excess = (closest * closest).sum(-1) - 1.0
    ground = -np.sqrt(np.maximum(-excess, 0.0) / k2)
    meets = (excess < 0.0) & (ground >= x_origin - 1e-6)
    lowest, shape = rays_through(origin, direction, WGS84_KM, meets)
    shape[:, 3] = np.clip(np.minimum(shape[:, 3], x_origin + distance), shape[:, 2], None)
    return lowest, shape, np.where(meets, np.maximum(ground - x_origin, 0.0), np.inf)


def _shining_to(
    shining: Shining, position: np.ndarray, direction: np.ndarray, distance: np.ndarray, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (light from before the lowest point, from beyond it), R [ray, line], the air left out."""
    rays = devices.upload(np.column_stack([direction, distance, turn]))
    whole = devices.empty((2, len(direction), len(LINE_KEYS)))
    whole.fill(0.0)
    if shining.layers is not None:
        shader.layers_to_points(position, rays, shining.layers, whole)
    if shining.arcs is not None:
        shader.arcs_to_points(position, rays, shining.arcs.axes, shining.arcs.arcs, whole)
    found = whole.to_numpy().astype(float)
    if shining.aurora is not None:
        found += _aurora_to(shining.aurora, position, rays, len(direction))
    return found[0], found[1]


def _aurora_to(stage: AuroraStage, position: np.ndarray, rays: object, count: int) -> np.ndarray:
    """Return the aurora's light, R [side, ray, line], marched lines and those tied to them."""
    out = devices.empty((2, count, len(AURORA_KEYS)))
    shader.aurora_to_points(position, rays, stage.sun, stage.axes, stage.maps, stage.tables, out)
    marched, ratios = out.to_numpy().astype(float), stage.tables.tied.to_numpy().astype(float)
    found = np.zeros((2, count, len(LINE_KEYS)))
    found[..., : len(AURORA_KEYS)] = marched
    for (key, (source, _)), ratio in zip(TIED.items(), ratios, strict=True):
        found[..., LINE_KEYS.index(key)] = ratio * marched[..., AURORA_KEYS.index(source)]
    return found


def _in_picture(air: ScatteringAir, position_km: np.ndarray) -> np.ndarray:
    """Return a position, ITRS km [3], in the picture of straight rays."""
    return np.asarray(position_km * air.optical.shrink(float(geodetic_from_itrs(position_km)[2])))


def _out_of_picture(air: ScatteringAir, position_km: np.ndarray) -> np.ndarray:
    """Return true positions, ITRS km [n, 3], of those in the picture of straight rays."""
    n_s, altitude = air.optical.surface_index, geodetic_from_itrs(position_km)[2]
    within = np.clip(altitude, 0.0, float(air.optical.optical_altitude(air.optical.index[0, -1])))
    n = np.interp(air.optical.true_altitude(within), air.optical.index[0], air.optical.index[1])
    above = altitude > within
    return np.asarray(position_km * (n_s / np.where(above, 1.0, n))[:, None])


def _turned(
    point: np.ndarray, direction: np.ndarray, start: np.ndarray, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return points and directions turned about Earth's centre, down, as `shaders.geometry.turned_about_earth`."""
    along = direction / WGS84_KM
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    up = start / WGS84_KM - ((along @ (start / WGS84_KM))[:, None]) * along
    up /= np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-9)
    c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
    turned = []
    for vector in (point, direction):
        q = vector / WGS84_KM
        ahead, above = (q * along).sum(-1, keepdims=True), (q * up).sum(-1, keepdims=True)
        q = q + (ahead * (c - 1.0) + above * s) * along + (above * (c - 1.0) - ahead * s) * up
        turned.append(q * WGS84_KM)
    return turned[0], turned[1] / np.linalg.norm(turned[1], axis=-1, keepdims=True)


_FIELDS = ("lines_r", "sky", "line_transmittance", "band_transmittance", "position_km", "direction")
