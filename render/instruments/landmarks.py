"""What should stand where on a photograph: limb, airglow's line, graticule, stars and cities by name.

Pixels are those of the camera, counted from 1 at the top left. All are apparent places: bent as the picture's rays are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.atmosphere import apparent
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import OpticalAir, optical_air
from render.core.geodesy import (
    Array,
    component,
    geodetic_from_itrs,
    itrs_from_geodetic,
    itrs_from_local,
    shell_distances,
)
from render.core.units import EARTH_A_KM, EARTH_B_KM
from render.earth.lights.places import places
from render.frame.moment import Moment
from render.frame.shutter import through_shutter
from render.instruments.names import place_names, star_names
from render.observer.camera import Camera
from render.observer.ephemeris import itrs_from_gcrs
from render.scene import Scene
from render.sky.stars import catalogue

AXES_KM = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])
LIMB_POINTS = 40_000  # about the Earth: 0.01 deg, a pixel of a photograph through 50 mm
AIRGLOW_KM = 97.0  # km, where the green line of the night's air shines brightest
GRATICULE_DEG, ALONG_DEG = 5.0, 0.1  # degrees: between lines, and between points of one

Line = tuple[Array, Array]
"""(x, y) of a line on the picture, NaN where it leaves what the camera can see."""


@dataclass(frozen=True, eq=False)
class Stars:
    """Hold the stars of a picture, brightest first: pixels, V, and names ("" where there is none)."""

    x: Array
    y: Array
    v: Array
    names: list[str]


@dataclass(frozen=True, eq=False)
class Cities:
    """Hold the named places of a picture, largest first: pixels in the middle of the exposure, persons, names."""

    x: Array
    y: Array
    population: Array
    names: list[str]


def air_of(scene: Scene) -> OpticalAir:
    """Return the air that bends a scene's rays."""
    return optical_air(build_atmosphere(scene.atmosphere))


def shell_outline(camera: Camera, position_km: Array, shell_km: float, optical: OpticalAir | None) -> Line:
    """Return where rays touch the shell with semi-axes a + H, b + H; H = 0 is the hard Earth's limb.

    `optical`: the air that bends them, None for straight rays. Scaled by the semi-axes the shell is the unit sphere,
    and rays from o touch it at the circle p . o = 1. Bent rays are straight in optical altitude, from the position
    divided by n_s (`render.atmosphere.refraction`). All NaN from inside the shell.
    """
    start, height = np.asarray(position_km, float), shell_km
    if optical is not None:
        start = start * optical.shrink(float(geodetic_from_itrs(start)[2]))
        height = float(optical.optical_altitude(shell_km))
    axes = AXES_KM + height
    o = start / axes
    far2 = float(o @ o)
    if far2 <= 1.0:
        nothing = np.full(LIMB_POINTS, np.nan)
        return nothing, nothing
    turn = np.linspace(0.0, 2.0 * np.pi, LIMB_POINTS)
    first = np.cross(o, np.eye(3)[int(np.argmin(np.abs(o)))])
    first /= np.linalg.norm(first)
    second = np.cross(o, first) / np.sqrt(far2)
    radius = np.sqrt(1.0 - 1.0 / far2)
    touched = o / far2 + radius * (np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second)
    x, y, _ = camera.project((touched - o) * axes)
    return x, y


def row_on_column(camera: Camera, line: Line, column: float) -> float:
    """Return the row at which a line crosses a column, the crossing nearest to the picture's middle; NaN: none."""
    x, y = line
    before, after = x[:-1] - column, x[1:] - column
    with np.errstate(invalid="ignore"):
        crosses = np.flatnonzero((before * after <= 0.0) & (before != after))
    if not len(crosses):
        return float("nan")
    share = before[crosses] / (before[crosses] - after[crosses])
    rows = y[crosses] + share * (y[crosses + 1] - y[crosses])
    return float(rows[np.argmin(np.abs(rows - 0.5 * (camera.rows + 1)))])


def graticule(camera: Camera, position_km: Array, optical: OpticalAir) -> list[tuple[str, Line]]:
    """Return the parallels and meridians on the ground, every five degrees, that the picture may show, with labels."""
    along_lon, along_lat = (
        np.arange(-180.0, 180.0 + ALONG_DEG, ALONG_DEG),
        np.arange(-90.0, 90.0 + ALONG_DEG, ALONG_DEG),
    )
    named = [(_degrees(lat, "N", "S"), np.full_like(along_lon, lat), along_lon)
             for lat in np.arange(-85.0, 90.0, GRATICULE_DEG)]  # fmt: skip
    named += [(_degrees(lon, "E", "W"), along_lat, np.full_like(along_lat, lon))
              for lon in np.arange(-180.0, 180.0, GRATICULE_DEG)]  # fmt: skip
    found = []
    for label, latitude, longitude in named:
        x, y = ground_pixels(camera, position_km, optical, latitude, longitude)
        if camera.holds(x, y).any():
            found.append((label, (x, y)))
    return found


def ground_pixels(
    camera: Camera, position_km: Array, optical: OpticalAir, latitude_deg: Array, longitude_deg: Array
) -> Line:
    """Return the pixels of places on the ground [n], NaN for those beyond the horizon."""
    where = itrs_from_geodetic(latitude_deg, longitude_deg, 0.0)
    up = itrs_from_local(latitude_deg, longitude_deg)[..., 2]
    seen = ((position_km - where) * up).sum(-1) > 0.0
    x, y = np.full(len(where), np.nan), np.full(len(where), np.nan)
    if seen.any():
        x[seen], y[seen], _ = camera.project(apparent.from_ground(optical, position_km, where[seen]))
    return x, y


def stars_in_view(scene: Scene, moment: Moment, optical: OpticalAir, faintest: float = 8.0) -> Stars:
    """Return the catalogue's stars to V `faintest` that fall on the picture, where the air shows them."""
    direction, visual, _ = catalogue()
    bright = np.flatnonzero(visual <= min(faintest, scene.sky.magnitude_limit))
    axes = itrs_from_gcrs(moment.epoch)
    here = np.stack([component(direction[bright], axis) for axis in axes], axis=-1)
    shown, left = apparent.from_space(optical, moment.position_km, here)
    x, y, _ = moment.camera.project(shown)
    on = moment.camera.holds(x, y) & (left > 0.0)
    names = star_names()
    return Stars(x[on], y[on], visual[bright[on]], [names.get(int(index), "") for index in bright[on]])


def cities_in_view(moment: Moment, optical: OpticalAir) -> Cities:
    """Return the places with a name that fall on the picture."""
    names, of = place_names(), places()
    latitude, longitude = of.latitude_deg[: len(names)], of.longitude_deg[: len(names)]
    x, y = ground_pixels(moment.camera, moment.position_km, optical, latitude, longitude)
    on = np.flatnonzero(moment.camera.holds(x, y))
    on = on[np.argsort(-of.population[on], kind="stable")]
    return Cities(x[on], y[on], of.population[on], [names[index] for index in on])


def ground_streaks(scene: Scene, moment: Moment, x: Array, y: Array) -> tuple[Array, Array]:
    """Return how far what lies on the ground at pixels (x, y) [n] moves on the picture while the shutter is open.

    (dx, dy) in pixels, NaN where there is no ground. Straight rays: refraction moves both ends alike.
    """
    shutter = through_shutter(scene, moment)
    direction = moment.camera.directions_at(x, y)
    distance = shell_distances(moment.position_km, direction, 0.0)[0]
    where = moment.position_km + np.where(distance > 0.0, distance, np.nan)[:, None] * direction
    ends = [m.camera.project(where - m.position_km)[:2] for m in (shutter[0], shutter[-1])]
    return ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]


def _degrees(value: float, positive: str, negative: str) -> str:
    """Return a coordinate as people write it."""
    return f"{abs(value):g}{positive if value > 0.0 else negative if value < 0.0 else ''}"
