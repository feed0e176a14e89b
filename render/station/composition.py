"""Compositions: true-size parts fixed in the camera's foreground, as photographs from the windows show them.

Authored in camera axes (x right, y down, z forward, metres) for a 20 mm lens on 36 x 20.25 mm; each group is then
turned about the camera so that its anchor keeps its place in the frame of any lens. Turning keeps every true distance
and angular size: a longer lens shows less of the same parts, larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.station.parts import Part, axes_from, box, cylinder, lattice, wing
from render.station.settings import StationSettings


@dataclass(frozen=True)
class Group:
    """Hold parts in camera axes, m, with the `anchor` direction that stays at `frame_point`.

    `frame_point`: (0, 0) is the frame's top left corner, (1, 1) its bottom right one.
    """

    parts: list[Part]
    anchor: np.ndarray
    frame_point: tuple[float, float]


WING_TIP = (0.75, 0.46)  # frame point of the nearer wing's tip: longer lenses let it grow out to the right
CORNER_TIP = (0.83, 0.31)  # the same where the wings leave the middle of the frame to the sky
HALF_WIDTH, HALF_HEIGHT = 0.9, 0.50625  # tangents of the frame authored for: 36 x 20.25 mm behind 20 mm


def groups(settings: StationSettings) -> list[Group]:
    """Return the composition's groups, in camera axes."""
    made = {"corner": _corner, "edge": _edge}[settings.composition](settings.array_angle_deg)
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
    """Swap left and right; shapes are symmetric, so a mirrored part is the part with mirrored axes."""
    flip = np.diag([-1.0, 1.0, 1.0])
    x, y = group.frame_point
    return Group([p.moved(flip) for p in group.parts], flip @ group.anchor, (1.0 - x, y))


def _direction(frame_point: tuple[float, float]) -> np.ndarray:
    """Return the direction of a frame point in the frame authored for."""
    x, y = frame_point
    return np.array([(2.0 * x - 1.0) * HALF_WIDTH, (2.0 * y - 1.0) * HALF_HEIGHT, 1.0])


def _group(parts: list[Part], frame_point: tuple[float, float]) -> Group:
    """Anchor parts at the frame point where they were authored."""
    return Group(parts, _direction(frame_point), frame_point)


def _wing_pair(angle_deg: float) -> list[Part]:
    """Return two neighbouring wings (P4, P6: 15 m apart) that enter from the right, their amber backs to the camera."""
    tip, along = np.array([14.0, -1.0, 31.0]), np.array([-0.72, 0.45, 0.53])
    along = along / np.linalg.norm(along)
    root = tip - 36.2 * along
    backwards = np.cross(np.array([-0.35, 0.85, -1.2]), along)
    angle = np.radians(angle_deg)
    across = np.cross(along, backwards)
    normal = np.cos(angle) * backwards / np.linalg.norm(backwards) + np.sin(angle) * across / np.linalg.norm(across)
    if backwards[2] < 0.0:
        normal = -normal
    behind = np.array([9.0, 2.0, 11.8])  # 15 m
    cap = cylinder(tip - 0.9 * along, tip + 0.3 * along, 0.9, "grey", 0.0)  # end of the mast; size uncertain
    return [*wing(root, along, normal), cap, *wing(root + behind, along, normal)]


def _corner(angle_deg: float) -> list[Group]:
    """Wings from the right, a truss and a module above: what a window of the station shows of itself."""
    start = np.array([0.9, -5.6, 8.6])
    module = [cylinder(start, start + np.array([6.4, -1.6, 5.2]), 4.27)]
    truss_start, truss_end = np.array([10.5, -10.6, 19.0]), np.array([40.0, -11.5, 24.0])
    truss = [
        lattice(truss_start, truss_end, np.array([0.0, 1.0, 0.0]), 4.5, "aluminium", 2.3),
        box((truss_start + truss_end) / 2, axes_from(truss_end - truss_start, np.array([0.0, 1.0, 0.0])),
            (2.6, 2.4, 30.0), "grey", 2.3),
    ]  # fmt: skip
    return [
        Group(_wing_pair(angle_deg), _direction(WING_TIP), CORNER_TIP),
        Group([*module, *truss], _direction((0.5, 0.1)), (0.64, 0.01)),
    ]


def _edge(angle_deg: float) -> list[Group]:
    """Modules along the whole top edge, wings from the right, after ISS030-E-130515."""
    near = [cylinder(np.array([-9.0, -5.0, 7.6]), np.array([-2.4, -5.0, 7.6]), 4.48)]
    far = [
        cylinder(np.array([-1.8, -6.6, 10.5]), np.array([6.4, -8.6, 13.5]), 4.4),
        cylinder(np.array([6.4, -8.8, 13.8]), np.array([15.0, -11.2, 17.0]), 4.4),
        lattice(np.array([3.9, -4.0, 12.0]), np.array([4.6, -2.6, 10.8]), np.array([0.0, 0.0, 1.0]), 0.2, "grey", 0.25),
        cylinder(np.array([4.0, -2.5, 10.6]), np.array([5.6, -2.6, 10.9]), 0.22, "grey", 0.4),
    ]
    return [_group(_wing_pair(angle_deg), WING_TIP), _group([*near, *far], (0.38, 0.13))]
