"""How light moves over a picture while the shutter is open: what the marched light of the middle is averaged along.

Each kind of light has its own way, by where it comes from:

    aurora    from 110 km; its map turns about the Earth's centre meanwhile, so that near and far curtains move each by
              its own: by the turn that leaves the least. What is left, of a camera that does not follow the station, is
              averaged in the picture
    below     ground, clouds and what shines on them: from the ground; twilight: from the lowest point ahead
    beyond    stars that are no points, the discs of Sun and Moon: from infinity, the discs through the air
    station   goes with the observer

Points of light and cities make their own streaks (`render.frame.points_of_light`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from render.atmosphere.apparent import from_space
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import optical_air
from render.core.geodesy import Array, shell_distances, tangent_point
from render.frame.moment import Moment
from render.frame.shutter import through_shutter, tracked
from render.integrator.motion import Ways
from render.integrator.station_pose import itrs_from_lvlh
from render.integrator.view import pixel_angle_rad
from render.observer.ephemeris import itrs_from_gcrs, moon, sun
from render.scene import Scene

NODE_PX = 8  # px between nodes of the finest lattice; ways are smooth but at the limb, where they hardly jump
MOST_NODES = 160  # along a side: of larger pictures nodes lie further apart
AURORA_KM, RAYS_KM = 110.0, 300.0  # km: of the brightest light of curtains, and above most of their rays'
LIMB_KM = (
    60.0,
    100.0,
)  # km, lowest points ahead: below the first light is the Earth's and its air's, above the other the sky's
RATE_RAD_S = 1.1e-3  # rad/s, of the station, about: turns are sought in parts of it
LEAST_SINGULAR = 1e-6  # of the largest: a turn about the line of sight, say, is left alone
DISC_MARGIN_PX = 2.0  # px about a disc that go with it: its edge, and the weights' last pixel
LEAP = 0.2  # of the picture's width: ways that leap over a seam are none


@dataclass(frozen=True, eq=False)
class Motion:
    """Ways of a picture's light; None where nothing is seen to move. `turn_rad_s` [3]: of the aurora's map, ITRS."""

    turn_rad_s: Array
    aurora: Ways | None
    sky: Ways | None
    station: Ways | None

    @property
    def reach_rows(self) -> int:
        """Return how many rows away marched light of a pixel may come from."""
        return max((ways.reach_rows for ways in (self.aurora, self.sky) if ways is not None), default=0)


def motion_of(scene: Scene, moment: Moment) -> Motion:
    """Return how light moves over the picture of a moment while its shutter is open."""
    opening, _, closing = through_shutter(scene, moment)
    sight = _Sight(moment, opening, closing)
    away = sight.directions
    distance, altitude = _lowest_ahead(moment.position_km, away)
    beyond = np.clip((altitude - LIMB_KM[0]) / (LIMB_KM[1] - LIMB_KM[0]), 0.0, 1.0)[..., None]
    below = sight.way(sight.seen_from(moment.position_km + distance[..., None] * away))
    way = beyond * sight.way(sight.turned(away, lambda m: itrs_from_gcrs(m.epoch))) + (1.0 - beyond) * below
    sky = sight.ways(way)
    if sky is not None:
        sky = replace(sky, discs=_discs(scene, sight, sky.longest_px))
    if tracked(scene) == "station":
        return Motion(moment.turn_rad_s, None, sky, None)
    place = moment.position_km + _to_aurora(moment.position_km, away)[..., None] * away
    turn, left = sight.least_turn(place)
    station = sight.way(sight.turned(away, lambda m: itrs_from_lvlh(m.observer)))
    return Motion(turn, sight.ways(left), sky, sight.ways(station))


def _discs(scene: Scene, sight: _Sight, longest_px: float) -> Array:
    """Return the discs of Sun and Moon, `Ways.discs`, refracted, as far about as `longest_px` leads."""
    air, found = optical_air(build_atmosphere(scene.atmosphere)), []
    camera = sight.middle.camera
    for body in (sun, moon):
        places = []
        for then in (sight.opening, sight.middle, sight.closing):
            direction = body(then.epoch, then.position_km).direction_itrs
            x, y, _ = then.camera.project(from_space(air, then.position_km, direction[None])[0])
            places.append(np.array([x[0] - 1.0, y[0] - 1.0]))
        way = places[2] - places[0]
        if np.abs(way).max() < LEAP * camera.columns:  # not so for NaN, behind the camera
            radius = body(sight.middle.epoch, sight.middle.position_km).angular_radius_rad / pixel_angle_rad(camera)
            found.append([*places[1], radius + 0.5 * longest_px + DISC_MARGIN_PX, *way])
    return np.array(found).reshape(-1, 5)


class _Sight:
    """A moment's picture at the nodes of a lattice, from the opening to the closing of its shutter."""

    def __init__(self, middle: Moment, opening: Moment, closing: Moment) -> None:
        camera = middle.camera
        self.middle, self.opening, self.closing = middle, opening, closing
        self.spacing_px = float(max(NODE_PX, -(-max(camera.rows, camera.columns) // MOST_NODES)))
        across, down = (
            np.arange(1.0, n + 2.0 * self.spacing_px, self.spacing_px) for n in (camera.columns, camera.rows)
        )
        self.directions = camera.directions_at(across[None, :], down[:, None])

    def seen_from(self, place_km: Array) -> tuple[Array, Array]:
        """Return the directions [..., 3], ITRS, to places [..., 3] km at opening and closing."""
        return place_km - self.opening.position_km, place_km - self.closing.position_km

    def turned(self, away: Array, axes: Callable[[Moment], Array]) -> tuple[Array, Array]:
        """Return directions [..., 3] at opening and closing of what is fixed in `axes`, which are ITRS from them."""
        fixed = axes(self.middle).T
        return away @ (axes(self.opening) @ fixed).T, away @ (axes(self.closing) @ fixed).T

    def way(self, directions: tuple[Array, Array]) -> Array:
        """Return ways [..., 2], px (x, y), of what is seen in directions, ITRS, at opening and closing.

        0 where it is not in the picture, or leaps over a seam.
        """
        pair = zip((self.opening, self.closing), directions, strict=True)
        (x0, y0, _), (x1, y1, _) = (moment.camera.project(seen) for moment, seen in pair)
        way = np.stack([x1 - x0, y1 - y0], axis=-1)
        leaps = ~(np.abs(way).max(axis=-1) < LEAP * self.middle.camera.columns)
        way[leaps] = 0.0
        return way

    def least_turn(self, place_km: Array) -> tuple[Array, Array]:
        """Return (turn, left): by which turn [3] about the Earth's centre, rad/s, places [..., 3] move most nearly as
        seen, and the ways [..., 2], px, that are left to it. NaN places count for nothing."""
        camera = self.middle.camera
        away, seen = place_km - self.middle.position_km, self.way(self.seen_from(place_km))
        columns = []
        for axis in np.eye(3):
            back = (
                0.5 * RATE_RAD_S * camera.exposure_s * np.cross(axis, place_km)
            )  # places fall behind as it turns ahead
            (x0, y0, _), (x1, y1, _) = camera.project(away + back), camera.project(away - back)
            columns.append(np.stack([x1 - x0, y1 - y0], axis=-1))
        law = np.nan_to_num(np.stack(columns, axis=-1))
        turn = np.linalg.lstsq(law.reshape(-1, 3), seen.reshape(-1), rcond=LEAST_SINGULAR)[0]
        return np.asarray(turn * RATE_RAD_S), np.asarray(seen - law @ turn)

    def ways(self, way: Array) -> Ways | None:
        """Return ways [node row, node column, 2] as the picture's; None where nothing is seen to move."""
        found = Ways(way, self.spacing_px)
        return found if found.seen else None


def _lowest_ahead(position_km: Array, away: Array) -> tuple[Array, Array]:
    """Return distance and altitude, km, of the lowest point that sights [..., 3] reach: on the ground, on the limb, or,
    of those that climb, infinitely high and at any distance."""
    ground = shell_distances(position_km, away, 0.0)[0]
    lowest, altitude = tangent_point(position_km, away)
    hits = ground > 0.0
    distance = np.where(hits, ground, np.maximum(lowest, 1.0))
    return distance, np.where(hits, 0.0, np.where(lowest > 0.0, altitude, np.inf))


def _to_aurora(position_km: Array, away: Array) -> Array:
    """Return distances, km, at which sights [..., 3] meet the aurora's brightest light first, or pass nearest below its
    rays; NaN of those that see none."""
    near, far = shell_distances(position_km, away, AURORA_KM)
    lowest, altitude = tangent_point(position_km, away)
    crossed = np.where(near > 0.0, near, np.where(far > 0.0, far, np.nan))
    rays = np.where((lowest > 0.0) & (altitude < RAYS_KM), lowest, np.nan)
    return np.where(np.isfinite(crossed), crossed, rays)
