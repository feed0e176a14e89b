"""Pressurised modules: shield plates on a hull, end frames and cones, handrails, cables, windows, boxes.

Local frame, m: z along the module, from one end face to the other; angles about it from x to y. Plates' outsides lie
on the module's published diameter; rails stand off beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from render.station.materials import material_id
from render.station.mesh import PANEL_STEP, Mesh, join, quads
from render.station.shapes import across_of, axes_from, boxes, hashed, line, revolved, tubes

PLATE_M = (1.0, 0.5)  # m along and around: micrometeoroid shields; nine in ten are near it
GAP_M = 0.012  # m between plates; uncertain (0.01)
RAISED_M = (0.02, 0.04)  # m, plates above the hull
RAIL_RADIUS_M = 0.0175  # m, handrail tubes 3.5 cm thick
RAIL_OFF_M = 0.07  # m, handrails above plates
ARC_STEPS = 4  # facets along a plate's arc
SMALL_STEPS = 1  # the same of what is fastened to one


@dataclass(frozen=True)
class Hull:
    """Say how a module is made: `skin` names of plates' materials, drawn evenly; `cones` lengths of its two ends, m.

    `rails`: angles of handrail rows, rad; `cables`: number of bundles along it; `windows`: (angle, share of length);
    `fine`: with ribs and studs on its plates, which are smaller than a pixel from 20 m on.
    """

    skin: tuple[str, ...] = ("white", "white", "shield", "shield")
    cones: tuple[float, float] = (0.5, 0.5)
    rails: tuple[float, ...] = (0.4, 1.9, 3.5, 5.1)
    cables: int = 3
    windows: tuple[tuple[float, float], ...] = ()
    seed: int = 1
    fine: bool = True


RUSSIAN = Hull(("blanket", "blanket", "grey", "blanket"), (0.9, 0.7), (0.2, 2.2, 4.4), 4, ((1.2, 0.3), (2.6, 0.3)), 5)


def module(start_m: np.ndarray, end_m: np.ndarray, diameter_m: float, hull: Hull) -> Mesh:
    """Return a module between two end-face centres, m."""
    start, along = np.asarray(start_m, float), np.asarray(end_m, float) - np.asarray(start_m, float)
    length, r = float(np.linalg.norm(along)), diameter_m / 2.0
    low, high = hull.cones[0], length - hull.cones[1]
    bed = r - RAISED_M[1]
    parts = [
        _core(length, bed, low, high),
        _plates(bed, low + 0.12, high - 0.12, hull),
        _frame(r, low),
        _frame(r, high),
    ]
    parts += [_gussets(r, low, 0.0, hull.seed), _gussets(r, high, length, hull.seed + 1)]
    parts += [_rail(angle, r, low + 0.2, high - 0.2, hull.seed + k) for k, angle in enumerate(hull.rails)]
    parts += [_cables(k, r, low, high, hull.seed) for k in range(hull.cables)]
    parts += [_window(angle, r, low + share * (high - low)) for angle, share in hull.windows]
    parts.append(_equipment(r, low + 0.3, high - 0.3, hull.seed))
    return join(parts).placed(axes_from(along, across_of(along)), start)


def _core(length: float, bed: float, low: float, high: float) -> Mesh:
    """Return the hull below the plates, with a cone to a docking ring at either end."""
    ring = min(0.62 * bed, 1.0)  # m, radius; uncertain
    profile = [
        (0.0, 0.0), (0.0, ring - 0.15), (0.0, ring), (0.12, ring), (0.12, ring - 0.08), (low, bed - 0.05), (low, bed),
        *((z, bed) for z in np.linspace(low, high, max(2, int(high - low)))[1:-1]), (high, bed), (high, bed - 0.05),
        (length - 0.12, ring - 0.08), (length - 0.12, ring), (length, ring),
        (length, ring - 0.15), (length, 0.0),
    ]  # fmt: skip
    return revolved(profile, "grey", 64)


def _frame(r: float, z: float) -> Mesh:
    """Return an end frame, a ring about the hull."""
    return revolved([(z - 0.06, r - 0.06), (z - 0.06, r), (z + 0.06, r), (z + 0.06, r - 0.06)], "aluminium", 64)


def _plates(bed: float, low: float, high: float, hull: Hull) -> Mesh:
    """Return the shield plates: curved tops and four sides each, raised unevenly, some of them half or double."""
    rows = max(1, round((high - low) / PLATE_M[0]))
    columns = max(6, round(2.0 * np.pi * bed / PLATE_M[1]))
    marks = hashed(hull.seed, 5 * rows * columns).reshape(5, rows * columns)
    row, column = np.divmod(np.arange(rows * columns), columns)
    wide = hashed(hull.seed + 77, columns) < 0.35  # columns joined to the next one
    joined = wide & ~np.roll(wide, 1) & ~np.roll(wide, -1)
    joined[-1] = False
    taken = np.roll(joined, 1)
    keep = ~taken[column]
    row, column, marks = row[keep], column[keep], marks[:, keep]
    turn, step = 2.0 * np.pi / columns, (high - low) / rows
    a0 = column * turn + 0.5 * GAP_M / bed
    a1 = (column + 1 + joined[column]) * turn - 0.5 * GAP_M / bed
    z0, z1 = low + row * step + 0.5 * GAP_M, low + (row + 1) * step - 0.5 * GAP_M
    top = bed + RAISED_M[0] + (RAISED_M[1] - RAISED_M[0]) * np.minimum(1.6 * marks[1], 1.0)
    skin = np.array([material_id(name) for name in hull.skin])[(marks[2] * len(hull.skin)).astype(int)]
    covers = marks[0] < 0.05  # some are taken off, with foil or bare metal below
    top[covers], skin[covers] = bed + 0.006, material_id("grey")
    plates = curved_plates(np.stack([a0, a1, z0, z1], axis=-1), bed - 0.01, top, skin)
    if not hull.fine:
        return plates
    return join([plates, _marks_on(a0, a1, z0, z1, top, marks[3:]), *_ribs(a0, a1, z0, z1, top, skin, marks[1])])


def _ribs(
    a0: np.ndarray, a1: np.ndarray, z0: np.ndarray, z1: np.ndarray, top: np.ndarray, skin: np.ndarray, mark: np.ndarray
) -> list[Mesh]:  # fmt: skip
    """Return ribs across plates and a frame along their edges, on two plates in three."""
    some = mark < 0.66
    a0, a1, z0, z1, top, skin = (v[some] for v in (a0, a1, z0, z1, top, skin))
    turn, along, made = 0.012 / top, z1 - z0, []
    for share in (0.18, 0.45, 0.55, 0.82):
        middle = a0 + share * (a1 - a0)
        edges = np.stack([middle - turn, middle + turn, z0 + 0.07 * along, z1 - 0.07 * along], axis=-1)
        made.append(curved_plates(edges, 1.0, top + 0.008, skin, SMALL_STEPS))
    inset = 0.12 * (a1 - a0)
    for z in (z0 + 0.05 * along, z1 - 0.05 * along):
        edges = np.stack([a0 + inset, a1 - inset, z - 0.012, z + 0.012], axis=-1)
        made.append(curved_plates(edges, 1.0, top + 0.006, skin, SMALL_STEPS))
    return made


def curved_plates(
    edges: np.ndarray, bed: float, top: np.ndarray, material: np.ndarray, steps: int = ARC_STEPS
) -> Mesh:  # fmt: skip
    """Return curved plates on a cylinder about z: `edges` [k, 4] angles from and to, rad, z from and to, m.

    `bed`: radius that their sides reach down to; `top` [k]: radius of their outsides; `material` [k]; `steps`: facets
    around each.
    """
    angle = edges[:, :1] + (edges[:, 1:2] - edges[:, :1]) * np.linspace(0.0, 1.0, steps + 1)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)  # [k, a, 3]
    up = np.array([0.0, 0.0, 1.0])
    near, far = edges[:, 2, None, None] * up, edges[:, 3, None, None] * up
    outer, inner = ring * top[:, None, None], ring * bed
    grid = [(outer + near, outer + far), (inner + near, outer + near), (outer + far, inner + far)]
    made, panel = [], np.arange(len(edges)) * PANEL_STEP
    for k, (one, two) in enumerate(grid):
        points = np.stack([one[:, :-1], one[:, 1:], two[:, 1:], two[:, :-1]], axis=2).reshape(-1, 4, 3)
        smooth = np.stack([ring[:, :-1], ring[:, 1:], ring[:, 1:], ring[:, :-1]], axis=2).reshape(-1, 4, 3)
        made.append((points, smooth if k == 0 else None, steps))
    for end in (0, -1):
        points = np.stack([inner[:, end] + near[:, 0], outer[:, end] + near[:, 0], outer[:, end] + far[:, 0],
                           inner[:, end] + far[:, 0]], axis=1)  # fmt: skip
        made.append((points if end == -1 else points[:, ::-1], None, 1))
    meshes = [quads(p, np.repeat(material, n), normals, np.repeat(panel, n)) for p, normals, n in made]
    return Mesh(*(np.concatenate([getattr(m, f) for m in meshes]) for f in ("corners", "normals", "material", "panel")))


def _marks_on(
    a0: np.ndarray, a1: np.ndarray, z0: np.ndarray, z1: np.ndarray, top: np.ndarray, marks: np.ndarray
) -> Mesh:
    """Return what is fastened to plates: rows of studs, dark slots, a pale label here and there."""
    slot = marks[0] < 0.22
    middle, at = 0.25 * a0 + 0.75 * a1, z0 + (0.2 + 0.5 * marks[1]) * (z1 - z0)
    slots = curved_plates(np.stack([middle - 0.02, middle + 0.02, at, at + 0.22], axis=-1)[slot], 1.0,
                          top[slot] + 0.003, np.full(slot.sum(), material_id("black")), SMALL_STEPS)  # fmt: skip
    label = marks[0] > 0.85
    pale = curved_plates(np.stack([a0 + 0.2 * (a1 - a0), a0 + 0.65 * (a1 - a0), at, at + 0.16], axis=-1)[label], 1.0,
                         top[label] + 0.003, np.full(label.sum(), material_id("cable")))  # fmt: skip
    inset = 0.05  # m from the plate's edge; studs are six-sided in truth, square here
    ends = np.stack([np.stack([a0 + inset / top, a1 - inset / top], -1)[:, :, None].repeat(2, 2),
                     np.stack([z0 + inset, z1 - inset], -1)[:, None].repeat(2, 1)], axis=-1).reshape(-1, 2)  # fmt: skip
    radius = np.repeat(top, 4)
    turn, z = ends.T
    studs = curved_plates(
        np.stack([turn - 0.009 / radius, turn + 0.009 / radius, z - 0.009, z + 0.009], axis=-1),
        1.0, radius + 0.012, np.full(len(ends), material_id("aluminium")), SMALL_STEPS,
    )  # fmt: skip
    few = studs.panel // PANEL_STEP % 3 == 0  # a third of them: all would double the mesh
    studs = Mesh(studs.corners[few], studs.normals[few], studs.material[few], studs.panel[few])
    return join([mesh for mesh in (slots, pale, studs) if len(mesh)])


def _gussets(r: float, frame: float, end: float, seed: int) -> Mesh:
    """Return ribs on an end's cone, and boxes and connectors between them."""
    count, ring = 12, min(0.62 * r, 1.0)
    angle = 2.0 * np.pi * (np.arange(count) + 0.3) / count
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], axis=-1)
    way = np.sign(end - frame)
    foot, head = out * (r - 0.1), out * (ring + 0.02)
    foot[:, 2], head[:, 2] = frame, end - 0.13 * way
    some = hashed(seed + 31, 3 * count).reshape(3, count)
    between = foot + (head - foot) * (0.3 + 0.5 * some[0])[:, None] + 0.06 * way * np.array([0.0, 0.0, 1.0])
    sizes = np.stack([0.10 + 0.25 * some[1], 0.10 + 0.2 * some[2], 0.12 + 0.1 * some[0]], axis=-1)
    pick = np.array([material_id(n) for n in ("grey", "white", "aluminium", "black")])[(some[1] * 4).astype(int)]
    axes = np.stack([out, np.cross([0.0, 0.0, 1.0], out), np.broadcast_to([0.0, 0.0, 1.0], out.shape)], axis=1)
    hose = np.concatenate([between, between[:1]])
    return join([tubes(foot, head, 0.035, "aluminium", 6), boxes(between, sizes, pick, axes),
                 line(hose + 0.05 * way * np.array([0.0, 0.0, 1.0]), 0.02, "cable", 6)])  # fmt: skip


def _rail(angle: float, r: float, low: float, high: float, seed: int) -> Mesh:
    """Return a row of handrails along a module: tubes on stanchions, about one to a metre with gaps between."""
    count = max(1, int((high - low) / 1.15))
    marks = hashed(seed + 500, 2 * count).reshape(2, count)
    z0 = low + (np.arange(count) + 0.1 * marks[0]) * (high - low) / count
    z1 = z0 + np.where(marks[1] < 0.3, 0.6, 0.95) * (high - low) / count
    out = np.array([np.cos(angle), np.sin(angle), 0.0])
    z = np.array([0.0, 0.0, 1.0])
    rail, foot = (r + RAIL_OFF_M) * out, (r - RAISED_M[1]) * out
    bars = tubes(rail + z0[:, None] * z, rail + z1[:, None] * z, RAIL_RADIUS_M, "gold")
    posts = np.concatenate([z0 + 0.02, 0.5 * (z0 + z1), z1 - 0.02])[:, None] * z
    return join([bars, tubes(foot + posts, rail + posts, 0.014, "gold", 6)])


def _cables(k: int, r: float, low: float, high: float, seed: int) -> Mesh:
    """Return a bundle of three to six cables that sag and wander along a module's plates."""
    count = max(4, int((high - low) / 0.22))
    start = 2.0 * np.pi * hashed(seed + 900 + k, 1)[0]
    wander = np.interp(
        np.arange(count), np.arange(0, count + 4, 4), hashed(seed + 910 + k, len(range(0, count + 4, 4)))
    )
    strands = 3 + int(4 * hashed(seed + 920 + k, 1)[0])
    z, made = np.linspace(low, high, count), []
    for s in range(strands):
        own = hashed(seed + 31 * s + 7 * k, 2 * count).reshape(2, count)
        angle = start + (0.25 * (wander - 0.5) + 0.022 * s + 0.012 * own[0]) * 2.1 / r
        radius = r + 0.012 + 0.022 * own[1] * (np.arange(count) % 4 != 0)  # held down at every fourth point
        path = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=-1)
        made.append(line(path, 0.011, "cable" if s % 3 else "black", 5))
    return join(made)


def _window(angle: float, r: float, z: float) -> Mesh:
    """Return a round window, 0.4 m across, in its rim."""
    pane = revolved([(0.0, 0.2), (0.0, 0.0)][::-1], "pane", 32)
    rim = revolved([(-0.08, 0.30), (0.05, 0.30), (0.07, 0.27), (0.07, 0.22), (0.01, 0.2)], "aluminium", 32)
    out = np.array([np.cos(angle), np.sin(angle), 0.0])
    flipped = Mesh(pane.corners, np.broadcast_to([0.0, 0.0, 1.0], pane.normals.shape), pane.material, pane.panel)
    return join([flipped, rim]).placed(axes_from(out, np.array([0.0, 0.0, 1.0])), r * out + np.array([0.0, 0.0, z]))


def _equipment(r: float, low: float, high: float, seed: int) -> Mesh:
    """Return boxes, grapple pins and covers that stand on the plates."""
    count = max(3, int(1.6 * (high - low)))
    marks = hashed(seed + 1300, 5 * count).reshape(5, count)
    angle, z = 2.0 * np.pi * marks[0], low + (high - low) * marks[1]
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], axis=-1)
    sizes = np.stack([0.06 + 0.16 * marks[2], 0.12 + 0.35 * marks[3], 0.12 + 0.45 * marks[4]], axis=-1)
    axes = np.stack([out, np.cross([0.0, 0.0, 1.0], out), np.broadcast_to([0.0, 0.0, 1.0], out.shape)], axis=1)
    names: Sequence[str] = ("white", "grey", "aluminium", "black", "gold", "white")
    pick = np.array([material_id(n) for n in names])[(marks[3] * len(names)).astype(int)]
    centres = out * (r + 0.5 * sizes[:, :1] - 0.02) + z[:, None] * np.array([0.0, 0.0, 1.0])
    return boxes(centres, sizes, pick, axes)
