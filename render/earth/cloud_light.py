"""How much light clouds send back: the table of reflectance, laid out for the device, and closed forms to hold it to.

Water droplets scatter visible light with an asymmetry of 0.85 and absorb none, so that one table of the optical depth
and of directions serves all wavelengths (within 2 % from 380 to 780 nm).
"""

from __future__ import annotations

import functools
import importlib.resources
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

ASYMMETRY = 0.85  # of droplets of 10 um in visible light
VIEWS, AZIMUTHS = 10, 6  # bins of the cosine of the view and of half a turn
DEPTH_NODES, HEIGHT_NODES = 31, 20  # nodes, even in ln depth from 0.1 to 100, and in the cosine from 0.05 to 1


@dataclass(frozen=True, eq=False)
class CloudTables:
    """Reflectance of plane clouds over black ground, pi L / E with E on level ground.

    `reflectance` [depth, mu0, mu, azimuth]; `plane_albedo` [depth, mu0]. Nodes: `depth_nodes`, `height_nodes`; bins of
    mu and azimuth are counted by their middles, azimuth 0 looking towards the source.
    """

    reflectance: Array
    plane_albedo: Array


def depth_nodes() -> Array:
    """Return the optical depths of the table's rows."""
    return np.geomspace(0.1, 100.0, DEPTH_NODES)


def height_nodes() -> Array:
    """Return the cosines of the source's zenith angle of the table's columns."""
    return np.linspace(0.05, 1.0, HEIGHT_NODES)


@functools.cache
def cloud_tables() -> CloudTables:
    """Return the table of reflectance at even nodes, linear between those of the Monte Carlo (render/data)."""
    text = (importlib.resources.files("render") / "data" / "cloud_reflectance.csv").read_text(encoding="utf-8")
    rows = np.array([line.split(",") for line in text.splitlines() if line[0].isdigit()], dtype=float)
    depth, height = np.unique(rows[:, 0]), np.unique(rows[:, 1])
    own = rows[:, 2:].reshape(len(depth), len(height), -1)
    by_height = _between(own, height, height_nodes(), axis=1)
    even = _between(by_height, np.log(depth), np.log(depth_nodes()), axis=0)
    shape = DEPTH_NODES, HEIGHT_NODES, VIEWS, AZIMUTHS
    return CloudTables(np.ascontiguousarray(even[..., 1:]).reshape(shape), np.ascontiguousarray(even[..., 0]))


def diffuse_transmission(depth: ArrayLike) -> Array:
    """Return the share of light from all sides that a cloud lets through; as `shaders.ground.reflection` has it.

    King 1987 (J. Atmos. Sci. 44, 1734) for thick clouds; within 0.01 of Monte Carlo from 1 to 60, and 1 at 0.
    """
    tau = np.asarray(depth, dtype=float)
    return 1.0 / (1.0 + 0.072 * (1.0 - np.exp(-0.88 * tau)) + 0.75 * (1.0 - ASYMMETRY) * tau)


def thick_plane_albedo(depth: ArrayLike, mu0: ArrayLike) -> Array:
    """Return the plane albedo of a thick cloud: 1 - K(mu0) T, K = 3/7 (1 + 2 mu0) (King 1987; Kokhanovsky 2006)."""
    escape = 3.0 / 7.0 * (1.0 + 2.0 * np.asarray(mu0, dtype=float))
    return 1.0 - escape / (1.072 + 0.75 * (1.0 - ASYMMETRY) * np.asarray(depth, dtype=float))


def _between(values: Array, nodes: Array, wanted: Array, axis: int) -> Array:
    """Return values at wanted places of an axis, linear between its nodes."""
    place = np.interp(wanted, nodes, np.arange(len(nodes), dtype=float))
    low = np.minimum(place.astype(int), len(nodes) - 2)
    shape = [1] * values.ndim
    shape[axis] = -1
    part = (place - low).reshape(shape)
    return np.asarray(np.take(values, low, axis) * (1.0 - part) + np.take(values, low + 1, axis) * part)
