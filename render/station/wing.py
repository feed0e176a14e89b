"""One solar-array wing: two blankets of hinged panels beside a mast, their boxes, wires and canister.

Local frame, m: y from the truss axis towards the tip, z where the cells look, x across.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from render.station.materials import BAY_M, BLANKET_LENGTH_M, BLANKET_WIDTH_M, PANELS, STRIPS, material_id
from render.station.mesh import PANEL_STEP, Mesh, join, quads
from render.station.shapes import axes_from, box, boxes, cylinder, hashed, line, tubes

MAST_WIDTH_M = 1.1  # m, also the gap between the blankets
WING_ROOT_M = 3.2  # m, truss axis to blanket: 73.2 / 2 - blanket - tip box
MAST_BAYS = 32  # of about 1.06 m
MAST_SECTION_M = 0.77  # m, side of the square section, 1.09 m across its corners
FOLD = 0.07  # slope left in the accordion folds, 4 deg; uncertain (3 to 5)
SCALLOP_M = 0.045  # m, depth of the notches between two hinges on a blanket's edge; uncertain (0.03 to 0.06)
TIP_M = 0.12  # m, from the blanket's end to the middle of its box cover
_X, _Y, _Z = np.eye(3)


@cache
def wing() -> Mesh:
    """Return a wing's mesh; all wings are turned copies of it."""
    aside = (MAST_WIDTH_M + BLANKET_WIDTH_M) / 2.0
    parts = [_mast(), *_boxes()]
    for k, x in enumerate((-aside, aside)):
        parts += [_blanket(x), _tabs(x, 2 * k), _tabs(x, 2 * k + 1), _wires(x)]
    return join(parts)


def _blanket(x: float) -> Mesh:
    """Return a blanket whose middle lies at x: 84 panels of ten strips, folded at hinges, notched between them."""
    across = np.linspace(-0.5, 0.5, STRIPS + 1) * BLANKET_WIDTH_M
    half_bays = np.arange(2 * PANELS + 1)
    notch = np.where(half_bays % 2 == 0, 0.0, SCALLOP_M)
    columns = np.broadcast_to(across, (len(half_bays), STRIPS + 1)).copy()
    columns[:, 0] += notch
    columns[:, -1] -= notch
    hinge = half_bays / 2.0
    height = 0.5 * FOLD * BAY_M * (2.0 * np.abs(hinge % 2.0 - 1.0) - 1.0)
    grid = np.stack(np.broadcast_arrays(x + columns, WING_ROOT_M + BAY_M * hinge[:, None], height[:, None]), axis=-1)
    cells = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=2)
    panel = (half_bays[:-1, None] // 2) * PANEL_STEP + np.arange(STRIPS)
    films = np.array([[material_id("cells"), material_id("amber")]])
    return quads(cells.reshape(-1, 4, 3), np.repeat(films, panel.size, axis=0), panel=panel.ravel())


def _tabs(x: float, edge: int) -> Mesh:
    """Return the hinge tabs of one edge (0 to 3): bare metal, each leaning its own way, so that some of them glint."""
    side = 2.0 * (edge % 2) - 1.0
    count = PANELS + 1
    lean = (hashed(11 + edge, 2 * count).reshape(2, count) - 0.5) * 0.7  # rad, by eye
    u = np.stack([side * np.cos(lean[0]), np.zeros(count), np.sin(lean[0])], axis=-1) * 0.05  # m out, uncertain
    v = np.stack([np.zeros(count), np.cos(lean[1]), np.sin(lean[1])], axis=-1) * 0.03  # m to each side, uncertain
    at = np.stack(np.broadcast_arrays(
        x + side * BLANKET_WIDTH_M / 2.0, WING_ROOT_M + BAY_M * np.arange(count), 0.02 * (-1.0) ** np.arange(count)
    ), axis=-1)  # fmt: skip
    points = np.stack([at - u - v, at + u - v, at + u + v, at - u + v], axis=1)
    return quads(points, material_id("aluminium"), panel=np.arange(count) * PANEL_STEP)


def _wires(x: float) -> Mesh:
    """Return the two guide wires of a blanket, behind it; 4 mm thick, uncertain."""
    at = x + np.array([-1.0, 1.0]) * BLANKET_WIDTH_M / 4.0
    starts = np.stack([at, np.full(2, WING_ROOT_M), np.full(2, -0.06)], axis=-1)
    return tubes(starts, starts + BLANKET_LENGTH_M * _Y, 0.002, "cable", 4)


def _mast() -> Mesh:
    """Return the mast: four longerons, and in each of its bays a square of battens and crossed wires on its sides."""
    h, start = MAST_SECTION_M / 2.0, WING_ROOT_M
    bay = BLANKET_LENGTH_M / MAST_BAYS
    corners = np.array([[-h, 0.0, -h], [h, 0.0, -h], [h, 0.0, h], [-h, 0.0, h]])
    levels = (start + bay * np.arange(MAST_BAYS + 1))[:, None, None] * _Y
    knots = corners + levels  # [level, corner, 3]
    beside = np.roll(knots, -1, axis=1)
    rods = tubes(corners + start * _Y, corners + (start + BLANKET_LENGTH_M) * _Y, 0.022, "grey", 6)  # uncertain
    battens = tubes(knots.reshape(-1, 3), beside.reshape(-1, 3), 0.016, "grey", 5)  # uncertain
    wires = tubes(
        np.concatenate([knots[:-1].reshape(-1, 3), beside[:-1].reshape(-1, 3)]),
        np.concatenate([beside[1:].reshape(-1, 3), knots[1:].reshape(-1, 3)]), 0.004, "grey", 3,
    )  # fmt: skip
    canister = cylinder((start - 2.4) * _Y, (start - 0.1) * _Y, 1.1, "black", 32)  # 2.3 m x 1.1 m
    rings = [cylinder((start - y) * _Y, (start - y + 0.06) * _Y, 1.16, "aluminium", 32) for y in (2.4, 1.3, 0.2)]
    return join([rods, battens, wires, canister, *rings])


def _boxes() -> list[Mesh]:
    """Return boxes at both ends of the blankets, the tip's fitting, and the struts that carry them."""
    axes, end = np.eye(3), WING_ROOT_M + BLANKET_LENGTH_M
    aside = (MAST_WIDTH_M + BLANKET_WIDTH_M) / 2.0
    made = []
    for x in (-aside, aside):
        made.append(box(x * _X + (WING_ROOT_M - 0.25) * _Y, axes, (BLANKET_WIDTH_M, 0.5, 0.35), "aluminium"))
        made.append(box(x * _X + (end + TIP_M) * _Y, axes, (BLANKET_WIDTH_M, 0.12, 0.1), "aluminium"))
        ribs = x + np.linspace(-0.5, 0.5, 12)[:, None] * BLANKET_WIDTH_M * 0.98
        centres = ribs * _X + (end + TIP_M + 0.07) * _Y
        made.append(boxes(centres, np.array([0.03, 0.03, 0.13]), material_id("grey")))
    made.append(box((end + TIP_M) * _Y, axes, (MAST_WIDTH_M, 0.14, 0.14), "grey"))
    # the mast's end: a dark can with a bright lid in photograph ISS030-E-130515; size uncertain
    made += [cylinder((end - 0.9) * _Y, (end + 0.25) * _Y, 0.86, "black", 32),
             cylinder((end + 0.2) * _Y, (end + 0.3) * _Y, 0.9, "white", 32)]  # fmt: skip
    struts = np.array([[-1.1, WING_ROOT_M - 0.5, 0.1], [0.0, WING_ROOT_M - 2.2, 0.0], [1.1, WING_ROOT_M - 0.5, 0.1]])
    made.append(line(struts, 0.05, "aluminium"))
    gimbal = cylinder(0.2 * _Y, (WING_ROOT_M - 2.3) * _Y, 0.9, "white", 32)  # beta gimbal housing, size uncertain
    return [*made, gimbal]


def wing_axes(along: np.ndarray, cells_normal: np.ndarray) -> np.ndarray:
    """Return a wing's local axes (rows): y `along`, z as near to `cells_normal` as the mast lets it turn.

    A normal along the mast leaves the angle open: any is taken.
    """
    y = np.asarray(along, float) / np.linalg.norm(along)
    z = np.asarray(cells_normal, float) - np.dot(cells_normal, y) * y
    if np.linalg.norm(z) < 1e-9:
        z = axes_from(y, np.roll(y, 1) + 0.1)[0]
    z = z / np.linalg.norm(z)
    return np.array([np.cross(y, z), y, z])
