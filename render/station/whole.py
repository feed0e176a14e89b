"""The whole station of January 2015 in its own frame: x along the velocity, y to starboard, z to nadir, m.

Dimensions: NASA ITS and ESA pages (truss 108.5 m, wings 35 m with two 4.6 m blankets beside a 1.1 m mast, Node 3 6.7 x
4.48 m ...). Places along x and z are read off drawings: uncertain by 1 m.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from render.station.hull import RUSSIAN, Hull, module
from render.station.mesh import Mesh, join
from render.station.truss import arm, equipment, lattice, radiator
from render.station.vehicles import docking_antenna, progress, soyuz
from render.station.wing import wing_axes

WINGS_AT_M = (34.0, 49.0)  # m, +- along the truss
JOINT_AT_M = 26.0  # m, +- along the truss, solar alpha rotary joint
TRUSS_END_M = 54.25  # m, half of 108.5 m
MODULE_AXIS_M = 4.7  # m, towards nadir from the truss axis; uncertain
_X, _Y, _Z = np.eye(3)


def station() -> Mesh:
    """Return the whole station but for the wings."""
    return join([*_truss(), *_modules(), *_russian(), *_outside()])


def _truss() -> list[Mesh]:
    """Return the truss in its three lengths, and its radiators."""
    spans = ((-JOINT_AT_M, JOINT_AT_M), (-TRUSS_END_M, -JOINT_AT_M - 0.5), (JOINT_AT_M + 0.5, TRUSS_END_M))
    made = [lattice(a * _Y, b * _Y, _X, 4.5, 2.3) for a, b in spans]
    made += [equipment(a * _Y, b * _Y, _X, (2.8, 2.6), 40 + k) for k, (a, b) in enumerate(spans)]
    flat, upright = np.array([_X, _Y, _Z]), np.array([_X, _Z, -_Y])
    made += [radiator(np.array([-13.5, s * (14.0 + 3.45 * k), 2.0]), flat, (22.0, 3.3), 8)
             for s in (-1, 1) for k in (-1, 0, 1)]  # fmt: skip
    made += [radiator(np.array([-9.0, s * w, 0.0]), upright, (13.5, 3.4), 7) for s in (-1, 1) for w in WINGS_AT_M]
    return made


def _modules() -> list[Mesh]:
    """Return the modules of the American, European and Japanese segments."""
    a = MODULE_AXIS_M * _Z
    spans = (
        (a - 4.2 * _X, a + 4.3 * _X, 4.27),  # Destiny, 8.5 m
        (a + 4.3 * _X, a + 11.5 * _X, 4.4),  # Harmony, 7.2 m
        (a - 9.7 * _X, a - 4.2 * _X, 4.57),  # Unity, 5.5 m
        (a - 7.0 * _X - 2.3 * _Y, a - 7.0 * _X - 9.0 * _Y, 4.48),  # Tranquility (Node 3), 6.706 m (ESA)
        (a + 8.0 * _X + 2.5 * _Y, a + 8.0 * _X + 9.4 * _Y, 4.5),  # Columbus, 6.9 m
        (a + 8.0 * _X - 2.5 * _Y, a + 8.0 * _X - 13.7 * _Y, 4.4),  # Kibo, 11.2 m
        (a - 7.0 * _X + 2.6 * _Z, a - 7.0 * _X + 9.0 * _Z, 4.5),  # Leonardo, 6.4 m, below Unity until May 2015
    )
    far = (1, 4, 5)  # from every window: Harmony, Columbus, Kibo
    made = [
        module(start, end, wide, Hull(seed=20 + k, fine=k not in far)) for k, (start, end, wide) in enumerate(spans)
    ]
    kibo = a + 8.0 * _X - 16.6 * _Y + _Z  # its exposed facility, 5.0 x 5.6 x 1.5 m
    return [*made, equipment(kibo + 2.8 * _Y, kibo - 2.8 * _Y, _X, (5.0, 1.5), 61)]


def _russian() -> list[Mesh]:
    """Return the Russian segment and what is docked to it."""
    a = MODULE_AXIS_M * _Z
    thin = replace(RUSSIAN, cones=(0.6, 0.6), windows=(), cables=3)
    rassvet, pirs, poisk = a - 14.0 * _X, a - 25.3 * _X, a - 25.3 * _X
    return [
        module(a - 24.1 * _X, a - 11.5 * _X, 4.1, replace(RUSSIAN, seed=6)),  # Zarya, 12.6 m
        module(a - 37.2 * _X, a - 24.1 * _X, 4.15, replace(RUSSIAN, seed=7)),  # Zvezda, 13.1 m
        module(rassvet + 2.3 * _Z, rassvet + 8.3 * _Z, 2.35, replace(thin, seed=8)),  # Rassvet, 6 m
        module(pirs + 2.1 * _Z, pirs + 6.9 * _Z, 2.55, replace(thin, seed=9)),  # Pirs, 4.9 m
        module(poisk - 2.1 * _Z, poisk - 6.1 * _Z, 2.55, replace(thin, seed=10)),  # Poisk, 4.0 m
        soyuz(rassvet + 8.3 * _Z, _Z, _Y), soyuz(poisk - 6.1 * _Z, -_Z, _X + 0.3 * _Y),
        progress(pirs + 6.9 * _Z, _Z, _Y + 0.4 * _X),
        _folded(a - 13.2 * _X, _Y), _folded(a - 13.2 * _X, -_Y),
    ]  # fmt: skip


def _folded(root: np.ndarray, way: np.ndarray) -> Mesh:
    """Return one of Zarya's two arrays, folded since 2007 to a stack about 3.5 m long."""
    start = root + 2.1 * way
    return equipment(start, start + 3.5 * way, _X, (0.5, 3.2), 71)


def _outside() -> list[Mesh]:
    """Return the arm and antennas."""
    a = MODULE_AXIS_M * _Z
    joints = np.array([[2.0, 1.6, 2.2], [2.4, 2.6, 0.8], [8.5, 5.2, -1.4], [13.5, 1.6, 1.2], [13.9, 0.9, 2.3]])
    return [
        arm(joints),
        docking_antenna(a - 23.6 * _X + 2.1 * _Z + 0.6 * _Y, _Z - 0.3 * _X, 1.6),
        docking_antenna(a - 36.4 * _X + 2.1 * _Y, _Y - 0.5 * _X + 0.3 * _Z, 1.8),
        docking_antenna(a - 12.4 * _X + 1.5 * _Y + 1.5 * _Z, _Y + _Z, 1.4),
    ]


def wing_roots() -> list[tuple[np.ndarray, float]]:
    """Return (root, m, which way along its axis: +-1) of the eight wings."""
    return [(s * w * _Y, way) for s in (-1.0, 1.0) for w in WINGS_AT_M for way in (-1.0, 1.0)]


def wings_at(array_angle_deg: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (axes, root, m) of the eight wings; cells look forward at 0, to the zenith at 90 degrees."""
    angle = np.radians(array_angle_deg)
    return _wings(np.array([np.cos(angle), 0.0, -np.sin(angle)]), np.array([np.sin(angle), 0.0, np.cos(angle)]))


def wings_towards(sun: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (axes, root, m) of the eight wings tracking the Sun, a direction in the station's frame.

    The truss turns (alpha) until the masts stand square to the Sun, then each wing turns about its mast (beta): cells
    face the Sun squarely from any direction. With the Sun along the truss any alpha serves.
    """
    mast = np.cross(_Y, np.asarray(sun, float))
    if np.linalg.norm(mast) < 1e-6 * np.linalg.norm(sun):
        mast = _Z
    return _wings(np.asarray(sun, float), mast)


def _wings(normal: np.ndarray, mast: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(wing_axes(way * mast, normal), root) for root, way in wing_roots()]
