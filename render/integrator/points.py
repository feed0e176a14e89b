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

BLUR_SIGMA_PX = 0.65  # px, Gaussian lens spread: half the light within 0.77 px of the centre; uncertain
STEP_PX = (
    1.2  # px, longest step along a streak: Gaussians of 0.65 px so spaced ripple by 2 exp(-2 pi^2 (0.65/1.2)^2) = 0.6 %
)
MOST_STEPS = 128  # of one streak; a longer streak becomes dotted
CHUNK = 200_000  # samples splatted at once: bounds memory to about 150 MB


class ProjectingCamera(Protocol):
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
    blur_sigma_px: float = BLUR_SIGMA_PX,
) -> None:
    """Add lights, each of its own spectrum, to `image` [band, row, column], W m-2 sr-1 nm-1, in place.

    `lights_at`: (camera, unit directions [n, 3]) at one or more instants that divide the shutter's opening evenly, both
    ends included, through one lens; `irradiance` [n, band] W m-2 nm-1.
    """
    x, y, lit = project_paths(lights_at)
    lit &= irradiance.any(axis=1)
    touched, spectral = splat((image.shape[1], image.shape[2]), x[:, lit], y[:, lit], irradiance[lit], blur_sigma_px)
    _add(image, touched, spectral, lights_at[0][0])


def deposit_ground(
    image: np.ndarray,
    lights_at: Sequence[tuple[ProjectingCamera, Array]],
    seen: SeenGroundLights,
    lights: GroundLights,
    transmittance: Callable[[Array], Array],
    blur_sigma_px: float = BLUR_SIGMA_PX,
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
    touched, planes = splat((image.shape[1], image.shape[2]), x[:, lit], y[:, lit], weights, blur_sigma_px)
    light = planes[0] + planes[1]
    cos_zenith = np.divide(planes[2], light, out=np.ones_like(light), where=light > 0.0)
    sodium, white = lights.spectra[:, :, None]
    spectral = (sodium * planes[0] + white * planes[1]) * np.ascontiguousarray(transmittance(cos_zenith).T)
    if through_clouds is not None:
        spectral *= through_clouds.reshape(-1)[touched]
    _add(image, touched, spectral, lights_at[0][0])


def project_paths(lights_at: Sequence[tuple[ProjectingCamera, Array]]) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return paths on the image, x and y [instant, n], and which lights, [n], come near the frame at any instant.

    Lights that are behind the camera at any instant, or whose whole path lies more than 4 pixels outside, are not lit.
    """
    camera = lights_at[0][0]
    x, y, in_front = (np.array(part) for part in zip(*(c.project(d) for c, d in lights_at), strict=True))
    near = (x.max(0) > -4) & (x.min(0) < camera.columns + 5) & (y.max(0) > -4) & (y.min(0) < camera.rows + 5)
    return x, y, in_front.all(axis=0) & near


def splat(
    shape: tuple[int, int], x: Array, y: Array, weights: Array, blur_sigma_px: float = BLUR_SIGMA_PX
) -> tuple[NDArray[np.intp], Array]:
    """Return flat pixel indices [m] and, on those, the spread weights [p, m] of lights with paths x, y [instant, n].

    `weights` [n, p]. The sum over pixels is the sum of the weights of lights that lie wholly inside. Only pixels in
    reach of a light are held: a frame of 16 million pixels and 21 bands would not fit otherwise.
    """
    samples = list(_path_samples(x, y))
    reached = _within_reach(shape, [(xs, ys) for _, xs, ys, _ in samples], _reach(blur_sigma_px))
    touched = np.flatnonzero(reached)
    place = np.zeros(reached.size, dtype=np.int32)
    place[touched] = np.arange(len(touched), dtype=np.int32)
    planes = np.zeros((weights.shape[1], len(touched)))
    for index, xs, ys, part in samples:
        for start in range(0, len(index), CHUNK):
            chunk = slice(start, start + CHUNK)
            light, pixel, spread = _taps(shape, xs[chunk], ys[chunk], blur_sigma_px)
            lamp, where = index[chunk][light], place[pixel]
            for k, of_light in enumerate(weights.T):
                planes[k] += np.bincount(where, spread * of_light[lamp], minlength=len(touched)) * part
    return touched, planes


def deposit_planes(
    shape: tuple[int, int], x: Array, y: Array, weights: Array, blur_sigma_px: float = BLUR_SIGMA_PX
) -> Array:
    """Return the result of `splat` as whole planes [p, row, column]."""
    touched, values = splat(shape, x, y, weights, blur_sigma_px)
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


def _within_reach(shape: tuple[int, int], places: list[tuple[Array, Array]], reach: int) -> NDArray[np.bool_]:
    """Return which pixels, flat, lie within a square of `reach` about any of the places."""
    wide = np.zeros((shape[0] + 4 * reach, shape[1] + 4 * reach), dtype=bool)
    for xs, ys in places:
        row, column = np.rint(ys).astype(np.intp) - 1 + 2 * reach, np.rint(xs).astype(np.intp) - 1 + 2 * reach
        near = (row >= reach) & (row < shape[0] + 3 * reach) & (column >= reach) & (column < shape[1] + 3 * reach)
        wide[row[near], column[near]] = True
    down = np.logical_or.reduce([wide[k : k + shape[0]] for k in range(reach, 3 * reach + 1)])
    return np.logical_or.reduce([down[:, k : k + shape[1]] for k in range(reach, 3 * reach + 1)]).ravel()


def _path_samples(x: Array, y: Array) -> Iterator[tuple[NDArray[np.intp], Array, Array, float]]:
    """Yield (light index, x, y, share of the exposure) per group of lights whose streaks need equally many samples.

    Samples stand at the middles of equal parts of the time, on straight lines between the instants.
    """
    instants, lights = x.shape
    if instants == 1:
        yield np.arange(lights), x[0], y[0], 1.0
        return
    longest = np.hypot(np.diff(x, axis=0), np.diff(y, axis=0)).max(axis=0) * (instants - 1)
    needed = np.clip(longest / STEP_PX, 1.0, MOST_STEPS)
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


def _taps(shape: tuple[int, int], x: Array, y: Array, sigma: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return (sample, flat pixel, weight) of every pixel within reach of the samples and inside the frame.

    The Gaussian is sampled at pixel centres out to 3 sigma and normalised per axis, so each stamp sums to one exactly.
    """
    reach = _reach(sigma)
    offset = np.arange(-reach, reach + 1)
    columns, across = _stamp(x, offset, sigma)
    rows, down = _stamp(y, offset, sigma)
    inside = ((rows >= 0) & (rows < shape[0]))[:, :, None] & ((columns >= 0) & (columns < shape[1]))[:, None, :]
    pixel = rows[:, :, None] * shape[1] + columns[:, None, :]
    weight = down[:, :, None] * across[:, None, :]
    if inside.all():
        return np.repeat(np.arange(len(x)), len(offset) ** 2), pixel.ravel(), weight.ravel()
    return np.nonzero(inside)[0], pixel[inside], weight[inside]


def _stamp(position: Array, offset: NDArray[np.intp], sigma: float) -> tuple[NDArray[np.intp], Array]:
    """Return (pixel counted from 0, weight), [sample, tap], along one axis; `position` counts pixels from 1."""
    nearest = np.rint(position).astype(np.intp)
    gaussian = np.exp(-0.5 * ((nearest - position)[:, None] + offset) ** 2 / sigma**2)
    return nearest[:, None] + offset - 1, gaussian / gaussian.sum(axis=1, keepdims=True)


def _reach(sigma: float) -> int:
    """Return how many pixels from the nearest one a light's spread is followed."""
    return max(1, int(np.ceil(3.0 * sigma)))
