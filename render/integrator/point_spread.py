"""How a lens spreads a point of light over the sensor: lengths on the sensor, whatever the picture's pixels.

A core and a skirt, both Gaussians, averaged over each pixel's square: a picture of few, large pixels has crisp points,
one of many has those of a real lens. Coma and astigmatism of a fast lens wide open stand in the skirt, which grows
with the square of the image's height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.lights import Array

CORE_UM = 6.0  # um, Gaussian sigma on the sensor: fast primes have 5 to 8 in the middle; uncertain
SKIRT_UM = 20.0  # um, sigma of the skirt on the axis; uncertain by a factor 1.5
SKIRT_GROWTH_UM = 10.0  # um more at the corner of a full frame; uncertain by a factor 2
SKIRT_MOST_UM = 40.0  # um, where it stops growing: beyond a full frame's corner nothing is known
SKIRT_SHARE = 0.2  # of the light; chosen by eye
CORNER_MM = 21.63  # mm, image height of the corner of 36 x 24 mm
REACH_SIGMAS = 3.0  # sigmas from the nearest pixel's centre to which light is followed
STEP_SIGMAS = 1.85  # longest step along a streak: Gaussians so spaced ripple by 2 exp(-2 pi^2 / 1.85^2) = 0.6 %
LEAST_STEP_PX = 0.25  # px: shorter steps are not needed, since each point is averaged over its pixel


class SensorCamera(Protocol):
    """What a camera must tell of its sensor; the reference pixel (x, y), counted from 1, is where its axis meets it."""

    @property
    def photosite_area_m2(self) -> float:
        """Return the area of a pixel on the sensor."""

    @property
    def reference_pixel(self) -> Array:
        """Return the pixel [2] on the optical axis."""


@dataclass(frozen=True, eq=False)
class PointSpread:
    """The spread in pixels, each `pitch_um` wide, about the axis at pixel `axis` [2]."""

    pitch_um: float
    axis: Array

    def parts(self, x: Array, y: Array) -> tuple[tuple[float, Array], tuple[float, Array]]:
        """Return (share of the light, sigma in pixels [...]) of core and skirt at places in the picture."""
        height_um = self.pitch_um * np.hypot(x - self.axis[0], y - self.axis[1])
        grown = SKIRT_UM + SKIRT_GROWTH_UM * (height_um / (1e3 * CORNER_MM)) ** 2
        core = np.full(np.shape(x), CORE_UM / self.pitch_um)
        return (1.0 - SKIRT_SHARE, core), (SKIRT_SHARE, np.minimum(grown, SKIRT_MOST_UM) / self.pitch_um)

    @property
    def reach_px(self) -> int:
        """Return how many pixels from a light's nearest one its spread is followed at most."""
        return int(reach_px(SKIRT_MOST_UM / self.pitch_um))

    @property
    def least_sigmas_px(self) -> tuple[float, float]:
        """Return the smallest sigma, in pixels, of core and skirt anywhere in the picture."""
        return CORE_UM / self.pitch_um, SKIRT_UM / self.pitch_um


def spread_of(camera: SensorCamera) -> PointSpread:
    """Return the spread of points in a camera's pixels."""
    pitch_um = 1e6 * float(np.sqrt(camera.photosite_area_m2))
    return PointSpread(pitch_um, np.asarray(camera.reference_pixel, dtype=np.float64))


def reach_px(sigma_px: ArrayLike) -> NDArray[np.intp]:
    """Return how many pixels from the nearest one light of this spread is followed."""
    return np.maximum(1, np.ceil(REACH_SIGMAS * np.asarray(sigma_px))).astype(np.intp)


def step_px(sigma_px: float) -> float:
    """Return the longest step along a streak of points of this spread."""
    return max(LEAST_STEP_PX, STEP_SIGMAS * sigma_px)


def pixel_shares(position: Array, sigma_px: Array, reach: int) -> tuple[NDArray[np.intp], Array]:
    """Return (pixel counted from 0, share of the light), [sample, tap], along one axis; `position` counts from 1.

    The Gaussian is integrated over each pixel out to `reach` pixels from the nearest one; shares sum to one exactly.
    """
    nearest = np.rint(position).astype(np.intp)
    edges = np.arange(-reach - 0.5, reach + 1.0) + (nearest - position)[:, None]
    below = _error_function(edges / (np.sqrt(2.0) * sigma_px[:, None]))
    shares = np.diff(below, axis=1)
    return nearest[:, None] + np.arange(-reach - 1, reach), shares / shares.sum(axis=1, keepdims=True)


def _error_function(x: Array) -> Array:
    """Return erf(x) within 1.5e-7 (Abramowitz & Stegun 1964, 7.1.26)."""
    t = 1.0 / (1.0 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.asarray(np.sign(x) * (1.0 - series * np.exp(-np.minimum(x * x, 700.0))))
