"""The truss and what it carries: open bays filled with equipment, radiators, the robot arm."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from render.station.materials import material_id
from render.station.mesh import PANEL_STEP, Mesh, join, quads
from render.station.shapes import across_of, axes_from, ball, boxes, cylinder, hashed, line, tubes


def lattice(
    start_m: np.ndarray, end_m: np.ndarray, across: np.ndarray, width_m: float, bay_m: float, tube_m: float = 0.05
) -> Mesh:
    """Return an open square truss between two points, m: longerons, battens, a diagonal in each face of each bay.

    `across`: where one of its sides looks; `tube_m`: radius of its longerons.
    """
    start, along = np.asarray(start_m, float), np.asarray(end_m, float) - np.asarray(start_m, float)
    length, h = float(np.linalg.norm(along)), width_m / 2.0 - tube_m
    bays = max(1, round(length / bay_m))
    corners = np.array([[-h, -h, 0.0], [h, -h, 0.0], [h, h, 0.0], [-h, h, 0.0]])
    levels = np.linspace(0.0, length, bays + 1)[:, None, None] * np.array([0.0, 0.0, 1.0])
    knots = corners + levels
    beside = np.roll(knots, -1, axis=1)
    odd = (np.arange(bays) % 2 == 1)[:, None, None]
    low, high = np.where(odd, beside[:-1], knots[:-1]), np.where(odd, knots[1:], beside[1:])
    made = join([
        tubes(knots[0], knots[-1], tube_m, "aluminium"),
        tubes(knots.reshape(-1, 3), beside.reshape(-1, 3), 0.7 * tube_m, "aluminium", 6),
        tubes(low.reshape(-1, 3), high.reshape(-1, 3), 0.6 * tube_m, "aluminium", 6),
    ])  # fmt: skip
    return made.placed(axes_from(along, across), start)


def equipment(
    start_m: np.ndarray, end_m: np.ndarray, across: np.ndarray, size_m: tuple[float, float], seed: int
) -> Mesh:
    """Return boxes of all sizes that fill a length of truss: `size_m` the most that they take up across it, m."""
    start, along = np.asarray(start_m, float), np.asarray(end_m, float) - np.asarray(start_m, float)
    length = float(np.linalg.norm(along))
    count = max(2, int(length / 1.15))
    marks = hashed(seed, 6 * 4 * count).reshape(6, 4 * count)
    at = (np.repeat(np.arange(count), 4) + 0.5) * length / count
    corner = np.tile([[-0.25, -0.25], [0.25, -0.25], [0.25, 0.25], [-0.25, 0.25]], (count, 1)) * np.array(size_m)
    size = np.stack([(0.30 + 0.18 * marks[k]) * size_m[k] for k in (0, 1)], axis=-1)
    deep = (0.55 + 0.4 * marks[2]) * length / count
    centres = np.concatenate([corner + 0.04 * (marks[3:5].T - 0.5) * np.array(size_m), at[:, None]], axis=1)
    names = ("white", "white", "grey", "aluminium", "grey", "gold", "black", "white")
    pick = np.array([material_id(n) for n in names])[(marks[5] * len(names)).astype(int)]
    slices = (np.arange(count)[:, None] + 0.5) * length / count * np.array([0.0, 0.0, 1.0])
    spine = boxes(slices, np.array([0.5 * size_m[0], 0.5 * size_m[1], length / count]), material_id("grey"))
    trays = [
        line(np.array([[x * size_m[0] / 2.0, y * size_m[1] / 2.0, z] for z in np.linspace(0.1, length - 0.1, 9)])
             + 0.05 * (hashed(seed + k, 27).reshape(9, 3) - 0.5), 0.03, "cable", 6)
        for k, (x, y) in enumerate(((-0.9, 0.2), (-0.85, 0.15), (0.3, 0.95), (0.9, -0.4)))
    ]  # fmt: skip
    made = join([boxes(centres, np.concatenate([size, deep[:, None]], axis=1), pick), spine, *trays])
    return made.placed(axes_from(along, across), start)


def radiator(centre_m: np.ndarray, axes: np.ndarray, size_m: tuple[float, float], panels: int) -> Mesh:
    """Return a radiator of `panels` hinged panels along local x, on the scissor beam that spreads it.

    `axes`: rows along, across and square to it; `size_m` along and across.
    """
    pitch = size_m[0] / panels
    at = (np.arange(panels) + 0.5) * pitch - size_m[0] / 2.0
    fold = 0.03 * (-1.0) ** np.arange(panels)  # slope left at the hinges, uncertain
    half = np.stack([np.full(panels, pitch / 2.0 - 0.03), np.zeros(panels), fold * pitch / 2.0], axis=-1)
    side = np.array([0.0, size_m[1] / 2.0, 0.0])
    centres = np.stack([at, np.zeros(panels), np.zeros(panels)], axis=-1)
    front = np.stack([centres - half - side, centres + half - side, centres + half + side, centres - half + side], 1)
    number = np.arange(panels) * PANEL_STEP
    skin, lift = material_id("radiator"), np.array([0.0, 0.0, 0.025])
    faces = [quads(front + lift, skin, panel=number), quads(front[:, ::-1] - lift, skin, panel=number)]
    ends = np.linspace(-0.5, 0.5, panels + 1)[:, None] * size_m[0] * np.array([1.0, 0.0, 0.0])
    hinges = tubes(ends - side, ends + side, 0.03, "aluminium", 6)
    pipes = [tubes(ends[:1] + s * side, ends[-1:] + s * side, 0.025, "grey", 6) for s in (-1.0, 1.0)]
    beam = [tubes(ends[:-1] + 0.25 * s * side - 12 * lift, ends[1:] - 0.25 * s * side - 12 * lift, 0.04, "aluminium", 6)
            for s in (-1.0, 1.0)]  # fmt: skip
    return join([*faces, hinges, *pipes, *beam]).placed(axes, centre_m)


def arm(joints_m: np.ndarray) -> Mesh:
    """Return the robot arm: white booms 0.35 m thick between joints [k, 3], m, cameras and dark joint housings."""
    joints = np.asarray(joints_m, float)
    made = [cylinder(a, b, 0.35, "white", 20) for a, b in pairwise(joints)]
    for a, b in pairwise(joints):
        way = (b - a) / np.linalg.norm(b - a)
        made += [cylinder(a + s * (b - a), a + s * (b - a) + 0.12 * way, 0.39, "grey", 20) for s in (0.06, 0.5, 0.93)]
        aside = axes_from(way, across_of(way))[0]
        made.append(
            line(np.stack([a + s * (b - a) + 0.19 * aside for s in np.linspace(0.08, 0.92, 9)]), 0.02, "cable", 6)
        )
    for joint in joints:
        made += [
            cylinder(joint - 0.3 * np.eye(3)[k], joint + 0.3 * np.eye(3)[k], 0.42, "aluminium", 20) for k in (0, 2)
        ]
    return join([*made, ball(joints[-1], 0.5, "grey", 10)])
