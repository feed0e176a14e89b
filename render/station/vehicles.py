"""Visiting spacecraft and what stands off the hull: Soyuz, Progress, antennas.

Local frame of a spacecraft, m: z from its docking ring away from the station; x where its arrays spread.
"""

from __future__ import annotations

import numpy as np

from render.station.materials import material_id
from render.station.mesh import PANEL_STEP, Mesh, join, quads
from render.station.shapes import axes_from, ball, boxes, cylinder, hashed, line, revolved, tubes

SPAN_M = 10.6  # m, Soyuz's arrays from tip to tip
_Z = np.array([0.0, 0.0, 1.0])


def soyuz(ring_m: np.ndarray, away: np.ndarray, arrays: np.ndarray) -> Mesh:
    """Return a Soyuz docked at `ring_m`, reaching `away`, its arrays spread along `arrays`: 7.2 m x 2.2 to 2.7 m."""
    return _vehicle(crewed=True).placed(axes_from(away, arrays), np.asarray(ring_m, float))


def progress(ring_m: np.ndarray, away: np.ndarray, arrays: np.ndarray) -> Mesh:
    """Return a Progress docked at `ring_m`: as a Soyuz, a cylinder of cargo in place of ball and bell."""
    return _vehicle(crewed=False).placed(axes_from(away, arrays), np.asarray(ring_m, float))


def _vehicle(crewed: bool) -> Mesh:
    """Return a spacecraft. Orbital module 2.2 m, descent module 2.2 m, service module 2.2 to 2.7 m across."""
    ring = revolved([(0.0, 0.0), (0.0, 0.75), (0.25, 0.75), (0.25, 0.6)], "grey", 32)
    angle = np.linspace(-1.15, 1.15, 19)
    orbital = [(1.35 + 1.2 * np.sin(a), 1.12 * np.cos(a) ** 0.8) for a in angle]
    bell = [(2.45, 0.62), (2.75, 0.85), (3.2, 1.02), (3.8, 1.09), (4.5, 1.1)]
    cargo = [(0.3, 0.55), (0.45, 1.0), (0.7, 1.1), (2.3, 1.1), (2.35, 1.06), (2.4, 1.1), (4.5, 1.1)]
    service = [(4.5, 1.1), (4.52, 1.14), (4.7, 1.1), (6.2, 1.1), (6.75, 1.35), (7.15, 1.36), (7.2, 1.2), (7.2, 0.0)]
    front = [revolved(orbital, "blanket", 40, smooth=True), revolved(bell, "blanket", 40, smooth=True)] if crewed else [
        revolved(cargo, "blanket", 40)]  # fmt: skip
    bands = [revolved([(z, 1.09), (z, 1.13), (z + 0.05, 1.13), (z + 0.05, 1.09)], "grey", 40) for z in (4.75, 5.5, 6.1)]
    nozzle = revolved([(7.2, 0.35), (7.5, 0.55), (7.5, 0.5)], "black", 24)
    return join([ring, *front, revolved(service, "blanket", 40), *bands, nozzle, *_arrays(), *_outside(crewed)])


def _arrays() -> list[Mesh]:
    """Return both arrays: four panels each, dark cells on one side, pale backs, on a short boom."""
    made = []
    width, length = 1.4, SPAN_M / 2.0 - 1.7
    for side in (-1.0, 1.0):
        x = side * (1.7 + length * (np.arange(4)[:, None] + np.array([[0.02, 0.98, 0.98, 0.02]])) / 4.0)
        y = 0.05 * (-1.0) ** np.arange(4)[:, None] * np.array([[-1.0, 1.0, 1.0, -1.0]])
        z = 5.9 + side * width / 2.0 * np.array([[-1.0, -1.0, 1.0, 1.0]]) + 0.0 * x
        films = np.array([[material_id("solar"), material_id("grey")]])
        made.append(quads(np.stack(np.broadcast_arrays(x, y, z), -1), np.repeat(films, 4, 0),
                          panel=np.arange(4) * PANEL_STEP))  # fmt: skip
        made.append(tubes(np.array([side * 1.0, 0.0, 5.9]), np.array([side * 1.75, 0.0, 5.9]), 0.05, "aluminium"))
        frame = np.array(
            [[side * 1.7, 0, 5.2], [side * SPAN_M / 2, 0, 5.2], [side * SPAN_M / 2, 0, 6.6], [side * 1.7, 0, 6.6]]
        )
        made.append(line(frame, 0.02, "grey", 6))
    return made


def _outside(crewed: bool) -> list[Mesh]:
    """Return rendezvous antennas, handrails, lines and boxes on a spacecraft."""
    dish = revolved([(0.0, 0.02), (0.06, 0.2), (0.12, 0.3)], "white", 24)
    made = [docking_antenna(np.array([0.0, 1.05, 1.2]), np.array([0.2, 1.0, -0.4]), 1.1)]
    made.append(dish.placed(axes_from(np.array([0.0, 0.3, -1.0]), np.array([1.0, 0, 0])), np.array([0.0, 1.45, 5.0])))
    made.append(line(np.array([[0.0, 1.1, 5.2], [0.0, 1.45, 5.0]]), 0.03, "aluminium"))
    for k, angle in enumerate((0.6, 2.4, 4.0, 5.4)):
        out = np.array([np.cos(angle), np.sin(angle), 0.0])
        made.append(line(np.stack([1.13 * out + z * _Z for z in (4.6, 5.0, 5.5, 6.2)]), 0.02, "cable", 6))
        if not crewed or k % 2:
            made.append(line(np.stack([1.2 * out + z * _Z for z in (2.8, 4.3)]), 0.015, "grey", 6))
    marks = hashed(71, 24).reshape(3, 8)
    angle = 2.0 * np.pi * marks[0]
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros(8)], axis=-1)
    axes = np.stack([out, np.cross(_Z, out), np.broadcast_to(_Z, out.shape)], axis=1)
    sizes = 0.1 + 0.25 * np.stack([0.2 * marks[2], marks[1], marks[2]], axis=-1)
    made.append(boxes(1.13 * out + (4.9 + 1.2 * marks[1])[:, None] * _Z, sizes, material_id("grey"), axes))
    return made


def docking_antenna(foot_m: np.ndarray, way: np.ndarray, length_m: float, bar_m: float = 1.0) -> Mesh:
    """Return a rendezvous antenna: a strut with a crossbar at its end and a white pod at either end of that.

    `bar_m`: length of the crossbar without its pods.
    """
    foot, along = np.asarray(foot_m, float), np.asarray(way, float) / np.linalg.norm(way)
    across = axes_from(along, np.array([0.31, 0.21, 0.93]))[0]
    head, half = foot + length_m * along, 0.5 * bar_m
    made = [
        line(np.stack([foot, head]), 0.035, "aluminium"),
        line(np.stack([foot + 0.15 * across, head]), 0.02, "grey"),
    ]
    made.append(line(np.stack([head - half * across, head + half * across]), 0.03, "aluminium"))
    made.append(
        line(np.stack([head - half * across - 0.1 * along, head, head + half * across - 0.1 * along]), 0.01, "grey")
    )
    for side in (-1.0, 1.0):
        end = head + side * half * across
        made += [cylinder(end, end + side * 0.28 * bar_m * across, 0.13, "white", 20),
                 ball(end + side * 0.28 * bar_m * across, 0.13, "white", 10)]  # fmt: skip
    return join(made)
