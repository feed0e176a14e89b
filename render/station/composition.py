"""Compositions: true-size parts fixed in the camera's foreground, as photographs from the windows show them.

Authored in camera axes (x right, y down, z forward, metres) for a 20 mm lens on 36 x 20.25 mm; each group is then
turned about the camera so that its anchor keeps its place in the frame of any lens. Turning keeps every true distance
and angular size: a longer lens shows less of the same parts, larger. Views from a named window show the whole station.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from render.station.hull import RUSSIAN, Hull, module
from render.station.mesh import Mesh, join
from render.station.settings import StationSettings
from render.station.truss import equipment, lattice
from render.station.vehicles import docking_antenna
from render.station.whole import station, wings_at, wings_towards
from render.station.wing import wing, wing_axes


@dataclass(frozen=True)
class Instance:
    """Place a mesh of MESHES, or a user's ("mesh"): frame point = `axes`.T @ mesh point + `origin_m`.

    `seed` makes the panels of one copy differ from another's.
    """

    mesh: str
    axes: np.ndarray
    origin_m: np.ndarray
    seed: int = 0

    def moved(self, rotation: np.ndarray, shift_m: np.ndarray | None = None) -> Instance:
        """Return the instance rotated about the origin (3x3, may mirror), then shifted, m."""
        shift = np.zeros(3) if shift_m is None else shift_m
        return Instance(self.mesh, self.axes @ rotation.T, rotation @ self.origin_m + shift, self.seed)


@dataclass(frozen=True)
class Group:
    """Hold instances in camera axes, m, with the `anchor` direction that stays at `frame_point`.

    `frame_point`: (0, 0) is the frame's top left corner, (1, 1) its bottom right one.
    """

    instances: list[Instance]
    anchor: np.ndarray
    frame_point: tuple[float, float]


WING_TIP = (0.75, 0.46)  # frame point of the nearer wing's tip: longer lenses let it grow out to the right
CORNER_TIP = (0.83, 0.31)  # the same where the wings leave the middle of the frame to the sky
EDGE_TIP = (0.72, 0.385)  # the same beside rows of shields, as on ISS030-E-130515
HALF_WIDTH, HALF_HEIGHT = 0.9, 0.50625  # tangents of the frame authored for: 36 x 20.25 mm behind 20 mm
VIEWS = {
    "cupola": ((-7.0, -7.0, 8.2), (0.90, 0.42, 0.16)),
    "cupola_aft": ((-7.0, -7.0, 8.2), (-0.92, 0.36, 0.17)),
    "zvezda": ((-32.0, 1.6, 7.6), (0.86, 0.48, 0.14)),
}
"""Views from windows of the whole station: camera, m, and where it looks, both in the station's frame; by eye."""


def groups(settings: StationSettings, sun: np.ndarray | None = None) -> list[Group]:
    """Return the composition's groups, in camera axes.

    `sun`: direction of the Sun in the same axes, to be tracked by the wings; None leaves them at their angle.
    """
    if settings.mirrored and sun is not None:
        sun = np.asarray(sun) * [-1.0, 1.0, 1.0]
    name, angle = settings.composition, settings.array_angle_deg
    if settings.mesh and name not in VIEWS:
        alone = Instance("mesh", np.eye(3), np.zeros(3))
        made = [Group([alone], np.array([0.0, 0.0, 1.0]), (0.5, 0.5))]
        return [_mirror(g) for g in made] if settings.mirrored else made
    made = (
        [_view(*VIEWS[name], settings, sun)] if name in VIEWS else {"corner": _corner, "edge": _edge}[name](angle, sun)
    )
    return [_mirror(g) for g in made] if settings.mirrored else made


def turn(anchor: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the 3x3 rotation that takes direction `anchor` to `target` (camera axes) and keeps level things level."""
    return _level_axes(target).T @ _level_axes(anchor)


def _level_axes(direction: np.ndarray) -> np.ndarray:
    """Return axes (rows right, down, forward) of a camera without roll that looks along a direction."""
    forward = direction / np.linalg.norm(direction)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right = right / np.linalg.norm(right)
    return np.array([right, np.cross(forward, right), forward])


def _mirror(group: Group) -> Group:
    """Swap left and right: all axes are mirrored, and so are the meshes."""
    flip = np.diag([-1.0, 1.0, 1.0])
    x, y = group.frame_point
    return Group([p.moved(flip) for p in group.instances], flip @ group.anchor, (1.0 - x, y))


def _direction(frame_point: tuple[float, float]) -> np.ndarray:
    """Return the direction of a frame point in the frame authored for."""
    x, y = frame_point
    return np.array([(2.0 * x - 1.0) * HALF_WIDTH, (2.0 * y - 1.0) * HALF_HEIGHT, 1.0])


def whole_station(settings: StationSettings, sun: np.ndarray | None) -> list[Instance]:
    """Return the whole station with its wings, or a user's, in its own frame.

    `sun`: direction to be tracked, in that frame.
    """
    if settings.mesh:
        return [Instance("mesh", np.eye(3), np.zeros(3))]
    body = Instance("station", np.eye(3), np.zeros(3))
    wings = wings_at(settings.array_angle_deg) if sun is None else wings_towards(sun)
    return [body, *(Instance("wing", axes, root, 1 + k) for k, (axes, root) in enumerate(wings))]


def _view(
    camera_m: tuple[float, ...], look: tuple[float, ...], settings: StationSettings, sun: np.ndarray | None
) -> Group:  # fmt: skip
    """Return the whole station as seen from a window: level, the middle of the frame at `look`."""
    forward = np.array(look) / np.linalg.norm(look)
    right = np.cross([0.0, 0.0, 1.0], forward)  # z of the station points to nadir: down
    right = right / np.linalg.norm(right)
    camera_from_station = np.array([right, np.cross(forward, right), forward])
    seen = whole_station(settings, None if sun is None else camera_from_station.T @ sun)
    shift = -camera_from_station @ np.array(camera_m)
    return Group([one.moved(camera_from_station, shift) for one in seen], np.array([0.0, 0.0, 1.0]), (0.5, 0.5))


def _wing_pair(angle_deg: float, sun: np.ndarray | None) -> list[Instance]:
    """Return two neighbouring wings (P4, P6: 15 m apart) that enter from the right, their amber backs to the camera.

    A Sun that is tracked turns them about their masts alone.
    """
    tip, along = np.array([14.0, -1.0, 31.0]), np.array([-0.72, 0.45, 0.53])
    along = along / np.linalg.norm(along)
    root = tip - 36.2 * along
    backwards = np.cross(np.array([-0.35, 0.85, -1.2]), along)
    angle = np.radians(angle_deg)
    across = np.cross(along, backwards)
    normal = np.cos(angle) * backwards / np.linalg.norm(backwards) + np.sin(angle) * across / np.linalg.norm(across)
    if backwards[2] < 0.0:
        normal = -normal
    axes = wing_axes(along, normal if sun is None else np.asarray(sun))
    behind = np.array([9.0, 2.0, 11.8])  # 15 m
    return [Instance("wing", axes, root, 1), Instance("wing", axes, root + behind, 2)]


def _corner(angle_deg: float, sun: np.ndarray | None) -> list[Group]:
    """Wings from the right, a truss and a module above: what a window of the station shows of itself."""
    return [
        Group(_wing_pair(angle_deg, sun), _direction(WING_TIP), CORNER_TIP),
        Group([Instance("corner", np.eye(3), np.zeros(3))], _direction((0.5, 0.1)), (0.64, 0.01)),
    ]


def _edge(angle_deg: float, sun: np.ndarray | None) -> list[Group]:
    """Modules along the whole top edge, rows of shields at the left, wings from the right: after ISS030-E-130515."""
    return [
        Group(_wing_pair(angle_deg, sun), _direction(WING_TIP), EDGE_TIP),
        Group([Instance("edge", np.eye(3), np.zeros(3))], _direction((0.38, 0.13)), (0.38, 0.13)),
    ]


def _corner_body() -> Mesh:
    start = np.array([0.9, -5.6, 8.6])
    truss_start, truss_end = np.array([10.5, -10.6, 19.0]), np.array([40.0, -11.5, 24.0])
    up = np.array([0.0, 1.0, 0.0])
    return join([
        module(start, start + np.array([6.4, -1.6, 5.2]), 4.27, Hull(seed=3, cones=(0.12, 0.12))),
        lattice(truss_start, truss_end, up, 4.5, 2.3), equipment(truss_start, truss_end, up, (2.4, 2.6), 51),
    ])  # fmt: skip


def _edge_body() -> Mesh:
    foot, head = np.array([2.25, -5.6, 12.6]), np.array([2.7, -3.9, 10.8])
    return join([
        module(np.array([-9.0, -5.0, 7.6]), np.array([-2.4, -5.0, 7.6]), 4.48, Hull(seed=4, cones=(0.12, 0.12))),
        module(np.array([-1.8, -6.6, 10.5]), np.array([6.4, -8.6, 13.5]), 4.4, replace(RUSSIAN, cones=(0.12, 0.12))),
        module(np.array([6.4, -8.8, 13.8]), np.array([15.0, -11.2, 17.0]), 4.4, Hull(seed=12, cones=(0.12, 0.12))),
        docking_antenna(foot, head - foot, float(np.linalg.norm(head - foot)), 1.6),
    ])  # fmt: skip


MESHES: dict[str, Callable[[], Mesh]] = {"wing": wing, "station": station, "corner": _corner_body, "edge": _edge_body}
"""What makes each mesh; see `mesh_of`."""


@cache
def mesh_of(name: str) -> Mesh:
    """Return a named mesh, made once. Raises KeyError for another name."""
    return MESHES[name]()
