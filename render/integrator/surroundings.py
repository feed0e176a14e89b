"""What lies around the station, as a map of radiance: what the glossy lobes mirror, and its light on six sides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

ROWS, COLUMNS = 32, 64
"""Of the map: rows from the zenith to the nadir, columns around from the camera's heading to its right."""
FINE_DEG = 4.0  # deg; lobes narrower than this see the map as it is


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Hold `radiance` [ROWS, COLUMNS, band], W m-2 sr-1 nm-1, and `axes_itrs` [3, 3]: rows ahead, aside, zenith."""

    radiance: np.ndarray
    axes_itrs: np.ndarray


def level_axes(zenith: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Return axes (rows) whose third is the zenith and whose first is the level part of `ahead`; any if it has none."""
    up = np.asarray(zenith, float) / np.linalg.norm(zenith)
    level = np.asarray(ahead, float) - np.dot(ahead, up) * up
    if np.linalg.norm(level) < 1e-6:
        level = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    level = level / np.linalg.norm(level)
    return np.array([level, np.cross(up, level), up])


def half_spaces(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Return the map of two even half spaces, of which level plates get `below`, `above` [band], W m-2 nm-1."""
    made = np.empty((ROWS, COLUMNS, len(below)))
    made[: ROWS // 2], made[ROWS // 2 :] = above / np.pi, below / np.pi
    return made


def gathered(directions: np.ndarray, radiance: np.ndarray, axes: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """Return the map of what a picture shows: `directions` [n, 3], `radiance` [band, n], `axes` as of Surroundings.

    A cell that the picture does not show gets the median of what it shows at the same height, below that of the lowest
    row seen what that one has, above the highest `unseen` [band].
    """
    local = directions @ axes.T
    row = np.minimum((np.arccos(np.clip(local[:, 2], -1.0, 1.0)) / np.pi * ROWS).astype(int), ROWS - 1)
    turn = np.arctan2(local[:, 1], local[:, 0]) / (2.0 * np.pi)
    cell = row * COLUMNS + np.minimum(((turn % 1.0) * COLUMNS).astype(int), COLUMNS - 1)
    count = np.bincount(cell, minlength=ROWS * COLUMNS)
    total = np.array([np.bincount(cell, plane, ROWS * COLUMNS) for plane in radiance])
    mean = (total / np.maximum(count, 1)).T.reshape(ROWS, COLUMNS, -1)
    seen = (count > 0).reshape(ROWS, COLUMNS)
    fill = unseen
    for k in range(ROWS):
        if seen[k].any():
            fill = np.median(mean[k, seen[k]], axis=0)
        mean[k, ~seen[k]] = fill
    return mean


@lru_cache(maxsize=1)
def _directions() -> tuple[np.ndarray, np.ndarray]:
    """Return the middle of each cell [cell, 3], in the map's axes, and its solid angle [cell], sr."""
    edge = np.linspace(0.0, np.pi, ROWS + 1)
    polar, turn = 0.5 * (edge[:-1] + edge[1:]), 2.0 * np.pi * (np.arange(COLUMNS) + 0.5) / COLUMNS
    flat = np.sin(polar)[:, None]
    middle = np.stack(np.broadcast_arrays(flat * np.cos(turn), flat * np.sin(turn), np.cos(polar)[:, None]), axis=-1)
    solid = np.repeat((np.cos(edge[:-1]) - np.cos(edge[1:])) * 2.0 * np.pi / COLUMNS, COLUMNS)
    return middle.reshape(-1, 3), solid


@lru_cache(maxsize=1)
def _side_weights() -> np.ndarray:
    """Return [6, cell]: irradiance on a plate that looks along +x, -x, +y, ... per radiance of a cell, sr."""
    middle, solid = _directions()
    sides = np.concatenate([[axis, -axis] for axis in np.eye(3)])
    weights = np.maximum(sides @ middle.T, 0.0) * solid
    found: np.ndarray = weights * np.pi / weights.sum(axis=1, keepdims=True)  # an even sky gives pi to the last digit
    return found


def six_irradiances(radiance: np.ndarray) -> np.ndarray:
    """Return [6, band], W m-2 nm-1: on plates that look along +x, -x, +y, -y, +z, -z of the map's axes."""
    found: np.ndarray = _side_weights() @ radiance.reshape(ROWS * COLUMNS, -1)
    return found


@lru_cache(maxsize=4)
def _blur(width_deg: float) -> np.ndarray:
    """Return [cell, cell], single precision: the share of each cell in a lobe that falls as exp(-(angle / width)^2)."""
    middle, solid = _directions()
    squared = 2.0 * (1.0 - np.clip(middle @ middle.T, -1.0, 1.0))
    weights = np.exp(-squared / np.radians(width_deg) ** 2) * solid
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def blurred(radiance: np.ndarray, widths_deg: tuple[float, ...]) -> np.ndarray:
    """Return the map as lobes of each width see it, [width, ROWS, COLUMNS, band]."""
    flat = radiance.reshape(ROWS * COLUMNS, -1)
    seen = [flat if width < FINE_DEG else _blur(width) @ flat for width in widths_deg]
    return np.stack(seen).reshape(len(widths_deg), *radiance.shape)
