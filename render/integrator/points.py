"""Lights too small to see as areas (lamps, stars): their records, and how they fall on the image.

A light of irradiance E at the camera adds E / (solid angle of a pixel) to the radiance of its pixel, spread by the
lens. While the shutter is open lights move over the image; each is averaged along its path and so becomes a streak.
NumPy float64 throughout; the result does not depend on tiles, and the total is kept: a light on the frame's edge
loses only the part that falls outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.lights import Array, GroundLights
from render.integrator.point_spread import (
    GAUSSIANS,
    LEAST_DRAWN,
    PointSpread,
    SensorCamera,
    pixel_shares,
    reach_px,
    spread_of,
    step_px,
)

MOST_STEPS = 512  # of one streak; a longer streak becomes dotted
LEAP = 0.2  # of a picture's width: no light in a picture of the whole sky moves so far while a shutter is open
CHUNK_TAPS = 5_000_000  # pixels of samples splatted at once: bounds memory to about 150 MB


class ProjectingCamera(SensorCamera, Protocol):
    """What a camera must offer; pixels are counted from 1, the top left pixel's centre is (1, 1)."""

    @property
    def rows(self) -> int:
        """Return the number of rows."""

    @property
    def columns(self) -> int:
        """Return the number of columns."""

    def project(self, directions_itrs: ArrayLike) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Return (x, y, in_front) of unit directions [n, 3]."""

    def solid_angle_at(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the solid angle, sr, [n] of pixels (x, y) [n]."""


@dataclass(frozen=True)
class SeenGroundLights:
    """Hold ground lights as seen from one place, without the air.

    `direction_itrs` [n, 3] unit, from the camera; `irradiance` [n] W m-2 (times a spectrum, nm-1: W m-2 nm-1), zero
    where not visible; `cos_zenith` [n] of the camera seen from the lamp; `visible` [n], above the lamp's horizon.
    """

    direction_itrs: Array
    irradiance: Array
    cos_zenith: Array
    visible: NDArray[np.bool_]


def ground_irradiance_at(camera_position_km: Array, lights: GroundLights) -> SeenGroundLights:
    """Return how the lights appear from an ITRS position, km: intensity x emission law / distance squared."""
    away = lights.position_km - np.asarray(camera_position_km, dtype=np.float64)
    distance_km = np.linalg.norm(away, axis=-1)
    direction = away / distance_km[:, None]
    cos_zenith = -np.sum(direction * lights.normal, axis=-1)
    visible = cos_zenith > 0.0
    law = lights.emission_law(np.clip(cos_zenith, 0.0, 1.0))
    irradiance = np.where(visible, lights.intensity * law / (distance_km * 1e3) ** 2, 0.0)
    return SeenGroundLights(direction, irradiance, cos_zenith, visible)


def deposit(
    image: np.ndarray,
    lights_at: Sequence[tuple[ProjectingCamera, Array]],
    irradiance: Array,
) -> None:
    """Add lights, each of its own spectrum, to `image` [band, row, column], W m-2 sr-1 nm-1, in place.

    `lights_at`: (camera, unit directions [n, 3]) at one or more instants that divide the shutter's opening evenly, both
    ends included, through one lens; `irradiance` [n, band] W m-2 nm-1.
    """
    x, y, lit = project_paths(lights_at)
    lit &= irradiance.any(axis=1)
    spread = spread_of(lights_at[0][0])
    touched, spectral = splat((image.shape[1], image.shape[2]), x[:, lit], y[:, lit], irradiance[lit], spread)
    _add(image, touched, spectral, lights_at[0][0])


def deposit_ground(
    image: np.ndarray,
    lights_at: Sequence[tuple[ProjectingCamera, Array]],
    seen: SeenGroundLights,
    lights: GroundLights,
    transmittance: Callable[[Array], Array],
    through_clouds: np.ndarray | None = None,
) -> None:
    """Add ground lights, dimmed by the air and by clouds, to `image` [band, row, column], W m-2 sr-1 nm-1, in place.

    Three planes are splatted for all bands: sodium, white, and light times cosine of zenith angle. The air is then
    applied per pixel at the light's mean cosine: lights in one pixel are neighbours on the ground (within 0.2 % of
    the exact sum except in the last pixel at the horizon). `transmittance` maps cosines [m] to [m, band];
    `through_clouds` [row, column]: share of a pixel's lights that clouds let through. Else as `deposit`.
    """
    x, y, lit = project_paths(lights_at)
    lit &= seen.irradiance > 0.0
    total, share = seen.irradiance[lit], lights.white_share[lit]
    weights = np.stack([total * (1.0 - share), total * share, total * seen.cos_zenith[lit]], axis=1)
    spread = spread_of(lights_at[0][0])
    touched, planes = splat((image.shape[1], image.shape[2]), x[:, lit], y[:, lit], weights, spread)
    light = planes[0] + planes[1]
    cos_zenith = np.divide(planes[2], light, out=np.ones_like(light), where=light > 0.0)
    sodium, white = lights.spectra[:, :, None]
    spectral = (sodium * planes[0] + white * planes[1]) * np.ascontiguousarray(transmittance(cos_zenith).T)
    if through_clouds is not None:
        spectral *= through_clouds.reshape(-1)[touched]
    _add(image, touched, spectral, lights_at[0][0])


def project_paths(lights_at: Sequence[tuple[ProjectingCamera, Array]]) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return paths on the image, x and y [instant, n], and which lights, [n], come near the frame at any instant.

    Lights that are behind the camera at any instant, or whose whole path lies too far outside for their spread to
    reach the frame, are not lit.
    """
    camera = lights_at[0][0]
    far = spread_of(camera).reach_px + 1
    x, y, in_front = (np.array(part) for part in zip(*(c.project(d) for c, d in lights_at), strict=True))
    if getattr(camera, "has_seams", False):  # a way that leaps over a seam is a point, where it is at half time
        leaps = (np.abs(np.diff(x, axis=0)) > LEAP * camera.columns).any(0)
        leaps |= (np.abs(np.diff(y, axis=0)) > LEAP * camera.columns).any(0)
        x[:, leaps], y[:, leaps] = x[len(x) // 2, leaps], y[len(y) // 2, leaps]
    near = (x.max(0) > -far) & (x.min(0) < camera.columns + far) & (y.max(0) > -far) & (y.min(0) < camera.rows + far)
    return x, y, in_front.all(axis=0) & near


def splat(
    shape: tuple[int, int], x: Array, y: Array, weights: Array, spread: PointSpread
) -> tuple[NDArray[np.intp], Array]:
    """Return flat pixel indices [m] and, on those, the spread weights [p, m] of lights with paths x, y [instant, n].

    `weights` [n, p]. The sum over pixels is the sum of the weights of lights that lie wholly inside. Only pixels in
    reach of a light are held: a frame of 16 million pixels and 21 bands would not fit otherwise.
    """
    samples = list(_samples(x, y, spread))
    reached = np.zeros(shape[0] * shape[1], dtype=bool)
    for sample in samples:
        reached |= _within_reach(shape, sample.x, sample.y, sample.reach)
    touched = np.flatnonzero(reached)
    place = np.zeros(reached.size, dtype=np.int32)
    place[touched] = np.arange(len(touched), dtype=np.int32)
    planes = np.zeros((weights.shape[1], len(touched)))
    for sample in samples:
        step = max(1, CHUNK_TAPS // (2 * sample.reach + 1) ** 2)
        for start in range(0, len(sample.light), step):
            chunk = slice(start, start + step)
            light, pixel, share = _taps(shape, sample.x[chunk], sample.y[chunk], sample.sigma[chunk], sample.reach)
            lamp, where = sample.light[chunk][light], place[pixel]
            for k, of_light in enumerate(weights.T):
                planes[k] += np.bincount(where, share * of_light[lamp], minlength=len(touched)) * sample.part
    return touched, planes


def deposit_planes(shape: tuple[int, int], x: Array, y: Array, weights: Array, spread: PointSpread) -> Array:
    """Return the result of `splat` as whole planes [p, row, column]."""
    touched, values = splat(shape, x, y, weights, spread)
    planes = np.zeros((len(values), shape[0] * shape[1]))
    planes[:, touched] = values
    return planes.reshape(-1, *shape)


def _add(image: np.ndarray, touched: NDArray[np.intp], irradiance: Array, camera: ProjectingCamera) -> None:
    """Add irradiance [band, m] on the pixels touched, flat, to the image, as radiance."""
    rows, columns = np.divmod(touched, image.shape[2])
    radiance = irradiance / camera.solid_angle_at(columns + 1.0, rows + 1.0)
    for plane, light in zip(image, radiance, strict=True):
        flat = plane.reshape(-1)  # one index to a pixel is three times as quick as two
        flat[touched] += light.astype(image.dtype)
        if not np.shares_memory(flat, plane):  # of a plane with gaps it is a copy
            plane[...] = flat.reshape(plane.shape)


def _within_reach(shape: tuple[int, int], x: Array, y: Array, reach: int) -> NDArray[np.bool_]:
    """Return which pixels, flat, lie within a square of `reach` about any of the places."""
    wide = np.zeros((shape[0] + 4 * reach, shape[1] + 4 * reach), dtype=bool)
    row, column = np.rint(y).astype(np.intp) - 1 + 2 * reach, np.rint(x).astype(np.intp) - 1 + 2 * reach
    near = (row >= reach) & (row < shape[0] + 3 * reach) & (column >= reach) & (column < shape[1] + 3 * reach)
    wide[row[near], column[near]] = True
    down = np.logical_or.reduce([wide[k : k + shape[0]] for k in range(reach, 3 * reach + 1)])
    return np.logical_or.reduce([down[:, k : k + shape[1]] for k in range(reach, 3 * reach + 1)]).ravel()


@dataclass(frozen=True, eq=False)
class _Samples:
    """Places along paths that are splatted together, all [n]: index of the `light`, `x`, `y`, `sigma` in pixels;
    `part` of the light that each carries; `reach` in pixels of all."""

    light: NDArray[np.intp]
    x: Array
    y: Array
    sigma: Array
    part: float
    reach: int


def _samples(x: Array, y: Array, spread: PointSpread) -> Iterator[_Samples]:
    """Yield the samples of core and skirt, per group that needs equally many along its streaks and reaches as far.

    Steps and reach depend on a light's own place alone: a band of the picture has the light of the whole.
    """
    for k, least in enumerate(spread.least_sigmas_px):
        for light, xs, ys, part in _path_samples(x, y, step_px(least)):
            share, sigma = spread.parts(xs, ys)[k]
            reach = reach_px(sigma)
            aside = spread.halves(xs, ys) * spread.width_um(xs, ys) / spread.pitch_um * GAUSSIANS[k]
            halved = np.hypot(*aside) > LEAST_DRAWN * sigma
            for r in np.unique(reach):
                for some, signs in ((reach == r) & ~halved, (0.0,)), ((reach == r) & halved, (1.0, -1.0)):
                    for sign in signs if some.any() else ():
                        at = xs[some] + sign * aside[0, some], ys[some] + sign * aside[1, some]
                        yield _Samples(light[some], *at, sigma[some], share * part / len(signs), int(r))


def _path_samples(x: Array, y: Array, step: float) -> Iterator[tuple[NDArray[np.intp], Array, Array, float]]:
    """Yield (light index, x, y, share of the exposure) per group of lights whose streaks need equally many samples.

    Samples stand at the middles of equal parts of the time, on straight lines between the instants, no more than `step`
    pixels apart.
    """
    instants, lights = x.shape
    if instants == 1:
        yield np.arange(lights), x[0], y[0], 1.0
        return
    longest = np.hypot(np.diff(x, axis=0), np.diff(y, axis=0)).max(axis=0) * (instants - 1)
    needed = np.clip(longest / step, 1.0, MOST_STEPS)
    doublings = np.ceil(np.log2(needed)).astype(int)
    for doubling in np.unique(doublings):
        index = np.flatnonzero(doublings == doubling)
        steps = 2**doubling
        at = (np.arange(steps) + 0.5) / steps * (instants - 1)
        knot = np.minimum(at.astype(int), instants - 2)
        after = (at - knot)[:, None]
        xs = x[knot][:, index] * (1.0 - after) + x[knot + 1][:, index] * after
        ys = y[knot][:, index] * (1.0 - after) + y[knot + 1][:, index] * after
        yield np.tile(index, steps), xs.ravel(), ys.ravel(), 1.0 / steps


def _taps(
    shape: tuple[int, int], x: Array, y: Array, sigma: Array, reach: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return (sample, flat pixel, weight) of every pixel within reach of the samples and inside the frame."""
    columns, across = pixel_shares(x, sigma, reach)
    rows, down = pixel_shares(y, sigma, reach)
    inside = ((rows >= 0) & (rows < shape[0]))[:, :, None] & ((columns >= 0) & (columns < shape[1]))[:, None, :]
    pixel = rows[:, :, None] * shape[1] + columns[:, None, :]
    weight = down[:, :, None] * across[:, None, :]
    if inside.all():
        return np.repeat(np.arange(len(x)), (2 * reach + 1) ** 2), pixel.ravel(), weight.ravel()
    return np.nonzero(inside)[0], pixel[inside], weight[inside]
