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
from numpy.typing import NDArray

from render.atmosphere.apparent import from_space
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import optical_air
from render.core.geodesy import Array, geodetic_from_itrs, lowest_ahead, shell_distances, tangent_point
from render.frame.moment import Moment
from render.frame.shutter import through_shutter, tracked
from render.integrator.motion import Ways
from render.integrator.station_pose import itrs_from_lvlh
from render.observer.camera import Camera
from render.observer.ephemeris import itrs_from_gcrs, moon, sun
from render.scene import Scene

NODE_PX = 8  # px between nodes of the finest lattice; ways are smooth but at the limb, where they hardly jump
MOST_NODES = 160  # along a side: of larger pictures nodes lie further apart
AURORA_KM, RAYS_KM = 110.0, 300.0  # km: of the brightest light of curtains, and above most of their rays'
AIR_KM, SKY_KM = 60.0, 100.0  # km, of lowest points: below, light is the Earth's and its air's; above, the sky's
NEAREST_KM = 1.0  # km: nothing is seen to move from nearer
RATE_RAD_S = 1.1e-3  # rad/s, of the station, about: turns are sought in parts of it
LEAST_SINGULAR = 1e-6  # of the largest: a turn about the line of sight, say, is left alone
DISC_MARGIN_PX = 2.0  # px about a disc that go with it: its edge, and the weights' last pixel
LEAP = 0.2  # of the picture's width: a longer way leaps a seam
BENT = 0.1  # of a way's length, so far off its middle, ditto


@dataclass(frozen=True, eq=False)
class Motion:
    """Ways of a picture's light; None where nothing is seen to move. `turn_rad_s` [3]: of the aurora's map, ITRS."""

    turn_rad_s: Array
    aurora: Ways | None
    sky: Ways | None
    station: Ways | None


def motion_of(scene: Scene, moment: Moment) -> Motion:
    """Return how light moves over the picture of a moment while its shutter is open."""
    opening, _, closing = through_shutter(scene, moment)
    sight = _Sight(moment, opening, closing)
    away = sight.directions
    distance = lowest_ahead(moment.position_km, away)[0][..., None]
    lowest = moment.position_km + np.maximum(distance, NEAREST_KM) * away
    altitude = np.where(distance > 0.0, geodetic_from_itrs(lowest)[2][..., None], np.inf)  # what climbs sees no limb
    beyond = np.clip((altitude - AIR_KM) / (SKY_KM - AIR_KM), 0.0, 1.0)
    below = sight.way(sight.seen_from(lowest))
    far = sight.way(sight.turned(away, lambda m: itrs_from_gcrs(m.epoch)))
    sky = sight.ways(beyond * far + (1.0 - beyond) * below)
    if sky is not None:
        sky = replace(sky, discs=_discs(scene, sight, sky.nodes))
    if tracked(scene) == "station":
        return Motion(moment.turn_rad_s, None, sky, None)
    place = moment.position_km + _to_aurora(moment.position_km, away)[..., None] * away
    turn, left = sight.least_turn(place)
    station = sight.way(sight.turned(away, lambda m: itrs_from_lvlh(m.observer)))
    return Motion(turn, sight.ways(left), sky, sight.ways(station))


def _discs(scene: Scene, sight: _Sight, nodes: Array) -> Array:
    """Return the discs of Sun and Moon that are seen, `Ways.discs`, refracted, as far about as light would come from
    along the ways of the `nodes`."""
    air, found = optical_air(build_atmosphere(scene.atmosphere)), []
    for shines, body in ((scene.sky.sun, sun), (scene.sky.moon, moon)):
        places, dilution = [], 0.0
        for then in (sight.opening, sight.closing, sight.middle):
            direction = body(then.epoch, then.position_km).direction_itrs
            seen, shares = from_space(air, then.position_km, direction[None])
            places.append(np.stack(then.camera.project(seen)[:2], axis=-1)[0])
            dilution = float(shares[0])
        opens, closes, (x, y) = places
        if not shines or dilution == 0.0 or not sight.camera.holds(x, y) or not sight.is_way(*places):
            continue
        pixel_rad = np.sqrt(float(sight.camera.solid_angle_at(x, y)))
        radius = body(sight.middle.epoch, sight.middle.position_km).angular_radius_rad / pixel_rad
        there = nodes[round((y - 1.0) / sight.spacing_px), round((x - 1.0) / sight.spacing_px)]
        found.append([x - 1.0, y - 1.0, radius + 0.5 * np.hypot(*there) + DISC_MARGIN_PX, *(closes - opens)])
    return np.array(found).reshape(-1, 5)


class _Sight:
    """A moment's picture at the nodes of a lattice, from the opening to the closing of its shutter.

    Ways are those of the lens without its distortion, which stretches them by a few hundredths at most.
    """

    def __init__(self, middle: Moment, opening: Moment, closing: Moment) -> None:
        camera = middle.camera
        self.camera, self.middle, self.opening, self.closing = camera, middle, opening, closing
        size = camera.columns, camera.rows
        step = self.spacing_px = float(max(NODE_PX, -(-max(size) // MOST_NODES)))
        across, down = (np.arange(1.0, n + 2.0 * step, step) for n in size)
        self.directions = camera.directions_at(across[None, :], down[:, None])
        own = _seen_at(camera, self.directions)
        shown = camera.holds(np.minimum(across, size[0])[None, :], np.minimum(down, size[1])[:, None])
        self._own = np.where(shown[..., None], own, np.nan)  # a cross's corners show nothing

    def seen_from(self, place_km: Array) -> tuple[Array, Array]:
        """Return the directions [..., 3], ITRS, to places [..., 3] km at opening and closing."""
        return place_km - self.opening.position_km, place_km - self.closing.position_km

    def turned(self, away: Array, axes: Callable[[Moment], Array]) -> tuple[Array, Array]:
        """Return directions [..., 3] at opening and closing of what is fixed in `axes`, which are ITRS from them."""
        fixed = axes(self.middle).T
        return away @ (axes(self.opening) @ fixed).T, away @ (axes(self.closing) @ fixed).T

    def way(self, directions: tuple[Array, Array]) -> Array:
        """Return ways [..., 2], px (x, y), of what is seen in directions, ITRS, at opening and closing; 0 where there
        is none."""
        opens, closes = (
            _seen_at(then.camera, seen) for then, seen in zip((self.opening, self.closing), directions, strict=True)
        )
        return np.asarray(np.where(self.is_way(opens, closes, self._own)[..., None], closes - opens, 0.0))

    def is_way(self, opens: Array, closes: Array, own: Array) -> NDArray[np.bool_]:
        """Return whether there is a way [...] between places [..., 2]: both are on the picture's plane, and `own`, the
        place at half time, lies between them, as it does not when a seam does."""
        way = np.asarray(closes - opens)
        length = np.hypot(way[..., 0], way[..., 1])
        found = np.asarray(np.isfinite(length + own[..., 0]))
        if self.camera.has_seams:
            off = 0.5 * (opens + closes) - own
            found &= length < LEAP * self.camera.columns
            found &= np.hypot(off[..., 0], off[..., 1]) < 1.0 + BENT * length
        return found

    def least_turn(self, place_km: Array) -> tuple[Array, Array]:
        """Return (turn, left): by which turn [3] about the Earth's centre, rad/s, places [..., 3] move most nearly as
        seen, and the ways [..., 2], px, that are left to it. NaN places count for nothing."""
        away, seen = place_km - self.middle.position_km, self.way(self.seen_from(place_km))
        columns, known = [], np.asarray(seen.any(axis=-1))
        for axis in np.eye(3):
            back = 0.5 * RATE_RAD_S * self.camera.exposure_s * np.cross(axis, place_km)  # of places, as it turns ahead
            opens, closes = _seen_at(self.camera, away + back), _seen_at(self.camera, away - back)
            known &= self.is_way(opens, closes, self._own)
            columns.append(closes - opens)
        law = np.where(known[..., None, None], np.stack(columns, axis=-1), 0.0)
        seen = np.where(known[..., None], seen, 0.0)
        turn = np.linalg.lstsq(law.reshape(-1, 3), seen.reshape(-1), rcond=LEAST_SINGULAR)[0]
        return np.asarray(turn * RATE_RAD_S), np.asarray(seen - law @ turn)

    def ways(self, way: Array) -> Ways | None:
        """Return ways [node row, node column, 2] as the picture's; None where nothing is seen to move."""
        found = Ways(way, self.spacing_px, closed=self.camera.projection == "equirectangular")
        return found if found.seen else None


def _seen_at(camera: Camera, away: Array) -> Array:
    """Return where [..., 2], px (x, y), directions are seen, without the lens's distortion; NaN where they are not."""
    x, y, seen = replace(camera, distortion=None).project(away)
    return np.asarray(np.where(seen[..., None], np.stack([x, y], axis=-1), np.nan))


def _to_aurora(position_km: Array, away: Array) -> Array:
    """Return distances, km, at which sights [..., 3] meet the aurora's brightest light first, or pass nearest below its
    rays; NaN of those that see none."""
    near, far = shell_distances(position_km, away, AURORA_KM)
    lowest, altitude = tangent_point(position_km, away)
    crossed = np.where(near > 0.0, near, np.where(far > 0.0, far, np.nan))
    rays = np.where((lowest > 0.0) & (altitude < RAYS_KM), lowest, np.nan)
    return np.where(np.isfinite(crossed), crossed, rays)
