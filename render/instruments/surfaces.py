"""Measures of what fills a picture: brightness by zones, edges along the limb, grain, and how corners darken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.geodesy import Array
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.instruments.landmarks import AXES_KM
from render.observer.camera import Camera

ZONES_KM = {
    "sky": (400.0, np.inf), "red": (200.0, 400.0), "aurora": (110.0, 200.0), "airglow": (85.0, 110.0),
    "limb": (0.0, 85.0), "ground": (-np.inf, 0.0),
}  # fmt: skip
"""Zones of a picture by the tangent altitude of its lines of sight, km; lines that climb from the start are sky."""
SECTIONS = 8  # across the picture, in each of which edges are looked for
AROUND_KM = {"limb": (-15.0, 15.0), "airglow": (-14.0, 14.0)}  # km about the predicted line: where its mark is sought
BINS_PER_PIXEL = 2.0
LEAST_PROMINENCE = 0.03  # of the local brightness: a ridge or step less marked is not told
LEAST_STEEPNESS = 3.0  # times the profile's median slope: so much steeper is a limb
GRAIN_BLOCK = 16  # pixels, side of the squares in which grain is measured
QUIET = (0.2, 0.6)  # shares of a zone's squares, by scatter: between them no star, and no flat black of a JPEG file


@dataclass(frozen=True)
class Edge:
    """A mark found near a predicted line in one section: its column, and how many pixels above the line it lies."""

    column: float
    above_px: float
    altitude_km: float


def tangent_altitudes(camera: Camera, position_km: Array) -> np.ndarray:
    """Return the altitude, km, of the lowest point of each pixel's straight line of sight, [row, column].

    Below 0 for rays that meet the ground, inf for rays that climb. Scaled by the semi-axes, where the Earth is the unit
    sphere: within 0.5 % of the geodetic altitude.
    """
    o = np.asarray(position_km, float) / AXES_KM
    out = np.empty((camera.rows, camera.columns))
    for row in range(camera.rows):
        d = camera.directions_at(np.arange(1.0, camera.columns + 1.0), row + 1.0) / AXES_KM
        along = d @ o
        a = (d * d).sum(-1)
        lowest = np.sqrt(np.maximum(float(o @ o) - along**2 / a, 0.0))
        out[row] = np.where(along < 0.0, (lowest - 1.0) * EARTH_MEAN_RADIUS_KM, np.inf)
    return out


def zone_means(linear: np.ndarray, altitude_km: np.ndarray) -> dict[str, list[float]]:
    """Return the mean linear R, G, B of each zone that has pixels."""
    found = {}
    for name, (low, high) in ZONES_KM.items():
        within = (altitude_km > low) & (altitude_km <= high)
        if within.any():
            found[name] = [float(value) for value in linear[within].mean(axis=0)]
    return found


def edges(luminance: np.ndarray, altitude_km: np.ndarray, line_km: float, kind: str) -> list[Edge]:
    """Return where a line of the sky shows in each section of a picture, as far as it does.

    `kind` "airglow": the crest of a ridge; "limb": the steepest change of the logarithm of brightness. Brightness is
    the mean along curves of one altitude: `altitude_km` [row, column] of the predicted picture.
    """
    low, high = AROUND_KM[kind]
    columns = luminance.shape[1]
    found = []
    for part in range(SECTIONS):
        of = slice(part * columns // SECTIONS, (part + 1) * columns // SECTIONS)
        height = altitude_km[:, of] - line_km
        near = (height > low) & (height < high)
        if near.sum() < 10 * (of.stop - of.start):
            continue
        km_per_pixel = (high - low) * (of.stop - of.start) / near.sum()  # across the line
        step = km_per_pixel / BINS_PER_PIXEL
        bins = np.floor((height[near] - low) / step).astype(int)
        count = np.bincount(bins)
        profile = np.bincount(bins, luminance[:, of][near]) / np.maximum(count, 1)
        profile = profile[count > 3]
        where = (np.bincount(bins, height[near]) / np.maximum(count, 1))[count > 3]
        at = _crest(where, profile) if kind == "airglow" else _step(where, profile)
        if at is not None:
            middle = 0.5 * (of.start + of.stop) + 0.5
            found.append(Edge(middle, at / km_per_pixel, line_km + at))
    return found


def _crest(where: np.ndarray, profile: np.ndarray) -> float | None:
    """Return where a profile stands highest above the straight line between its ends; None where it does not."""
    if len(profile) < 7:
        return None
    smooth = np.convolve(np.pad(profile, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    over = smooth - np.interp(where, [where[0], where[-1]], [smooth[0], smooth[-1]])
    top = int(np.argmax(over))
    if not 1 < top < len(over) - 2 or over[top] < LEAST_PROMINENCE * smooth[top]:
        return None
    return _vertex(where, over, top)


def _step(where: np.ndarray, profile: np.ndarray) -> float | None:
    """Return where the logarithm of a profile changes most; None where it hardly does."""
    if len(profile) < 9:
        return None
    smooth = np.convolve(np.pad(profile, 2, mode="edge"), np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0, mode="valid")
    slope = np.abs(np.gradient(np.log(np.maximum(smooth, 1e-4)), where))
    top = 1 + int(np.argmax(slope[1:-1]))
    if not 1 < top < len(slope) - 2 or slope[top] * (where[1] - where[0]) < LEAST_PROMINENCE:
        return None
    if slope[top] < LEAST_STEEPNESS * np.median(slope):
        return None
    return _vertex(where, slope, top)


def _vertex(where: np.ndarray, values: np.ndarray, top: int) -> float:
    """Return the place of the vertex of the parabola through the highest value and its neighbours."""
    before, here, after = values[top - 1 : top + 2]
    bend = before - 2.0 * here + after
    return float(where[top] + (0.5 * (before - after) / bend if bend < 0.0 else 0.0) * (where[1] - where[0]))


def grain(encoded: np.ndarray, where: np.ndarray) -> dict[str, float] | None:
    """Return the grain of a picture in the quieter squares of a zone: scatter (of 255) and lag-1 correlation.

    `encoded` [row, column, 3], `where` [row, column]; of green, and the correlation of red with green. A plane is taken
    out of each square. None where the zone holds no squares.
    """
    side = GRAIN_BLOCK
    rows, columns = (n // side for n in where.shape)
    squares = []
    down, across = np.mgrid[:side, :side].reshape(2, -1) - 0.5 * (side - 1)
    plane = np.stack([np.ones(side * side), down, across], axis=-1)
    flat = np.eye(side * side) - plane @ np.linalg.pinv(plane)
    for i in range(rows):
        for j in range(columns):
            of = slice(i * side, (i + 1) * side), slice(j * side, (j + 1) * side)
            if where[of].all():
                squares.append((flat @ encoded[of].reshape(-1, 3)).reshape(side, side, 3))
    if not squares:
        return None
    squares.sort(key=lambda square: float(square[..., 1].std()))
    first, last = (round(share * len(squares)) for share in QUIET)
    kept = np.stack(squares[first : max(last, first + 1)])
    red, green = kept[..., 0], kept[..., 1]
    power = float((green**2).mean())
    if power <= 0.0:
        return None
    lag = 0.5 * float((green[:, 1:] * green[:, :-1]).mean() + (green[:, :, 1:] * green[:, :, :-1]).mean()) / power
    both = float((red * green).mean()) / max(np.sqrt(float((red**2).mean()) * power), 1e-12)
    return {"scatter_255": 255.0 * np.sqrt(power), "lag_1": lag, "red_green": both}


def corner_stops(radius: np.ndarray, v: np.ndarray, flux: np.ndarray) -> dict[str, float] | None:
    """Return by how many stops stars at 0.5 and 0.8 of the half diagonal are fainter than in the middle.

    `radius` of the half diagonal, V and measured flux of stars [n]: log2(flux 10^(0.4 V)) is fitted by a + b r^2, far
    ones counting less and less. None for fewer than eight stars.
    """
    if len(flux) < 8:
        return None
    light = np.log2(flux) + 0.4 * v * np.log2(10.0)
    slopes = np.stack([np.ones(len(flux)), radius**2], axis=-1)
    weight = np.ones(len(flux))
    for _ in range(10):
        fit = np.linalg.lstsq(slopes * weight[:, None], light * weight, rcond=None)[0]
        weight = np.sqrt(1.0 / (1.0 + ((light - slopes @ fit) / 0.7) ** 2))  # 0.7: stops, of a star's own error
    return {"at_0.5": float(0.25 * fit[1]), "at_0.8": float(0.64 * fit[1])}
