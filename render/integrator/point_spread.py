"""How lens and sensor spread a point of light: lengths on the sensor, whatever the picture's pixels.

A Moffat core, (1 + (r/a)^2)^-5, as the sum of two Gaussians, averaged over each pixel's square: a picture of few, large
pixels has crisp points, one of many has those of a real lens. Its width is the lens's aberrations, less when stopped
down and more towards the corners, where they also draw points out along the radius, and the sensor's own. What goes
farther is spread with all the light
(`render.imaging.capture.lens`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.lights import Array

LENS_UM, LENS_F_NUMBER = 21.0, 1.4  # um, FWHM, of a fast prime wide open; stars of ISS stills, 28 um with the sensor's
LENS_POWER = 0.6  # it falls as N^-0.6: 24 um in all at f/2.8 were measured; 0.5 to 0.7, uncertain
SENSOR_UM = 18.6  # um, FWHM, of low-pass filter and demosaic: 2.2 photosites of a D3S; uncertain
FILTER_UM = 8.0  # um, of the low-pass filter alone, before a mosaic: demosaiced, a star is 3.5 photosites wide at f/1.4
MOSAIC_BELOW_UM = 11.8  # um, pixel width: 1.4 photosites of a D3S (`render.imaging.capture.bodies.MOSAIC_BELOW`)
GROWTH = 0.4  # share by which the lens's part is wider at the corner, as the square of the image height; uncertain
MOST_GROWTH = 2.0  # times: beyond a full frame's corner nothing is known
DRAWN_OUT = 0.45  # share by which the lens's part is longer than wide at the corner, as the square of the height;
# with the sensor's 1.3 : 1 wide open; stills have 1.3 to 1.5 : 1 at the sides, partly held by hand; uncertain
LEAST_DRAWN = 0.2  # sigmas: shorter halves of a point drawn out are not told apart, 2 % of its length
CORNER_MM = 21.63  # mm, image height of the corner of 36 x 24 mm
NARROW, WIDE = 0.396, 0.675  # sigma of the two Gaussians, of the core's FWHM: together a Moffat of b = 5 within 0.3 %
GAUSSIANS = (NARROW, WIDE)
WIDE_SHARE = 0.356  # of the light in the wider one
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

    @property
    def f_number(self) -> float:
        """Return the aperture."""

    @property
    def point_um(self) -> float | None:
        """Return the width, FWHM, of a point's image on the axis, um; None for a fast lens at this aperture."""

    @property
    def draws_out(self) -> bool:
        """Return whether the lens draws points out along the radius; one of a width of its own never does."""


@dataclass(frozen=True, eq=False)
class PointSpread:
    """The spread in pixels, each `pitch_um` wide, about the axis at pixel `axis` [2].

    FWHM, um: of the lens on the axis, `lens_um`, and of the sensor, `sensor_um`. `drawn_out`: by how much the lens's
    part is longer than wide at the corner.
    """

    pitch_um: float
    axis: Array
    lens_um: float
    sensor_um: float
    drawn_out: float = 0.0

    def width_um(self, x: Array, y: Array) -> Array:
        """Return the FWHM, um, at places in the picture, across the radius."""
        height = self._height(x, y)
        return np.asarray(np.hypot(self.sensor_um, self._lens_um(height) / np.sqrt(self._longer(height))))

    def parts(self, x: Array, y: Array) -> tuple[tuple[float, Array], tuple[float, Array]]:
        """Return (share of the light, sigma in pixels [...]) of the two Gaussians at places in the picture."""
        width_px = self.width_um(x, y) / self.pitch_um
        return (1.0 - WIDE_SHARE, NARROW * width_px), (WIDE_SHARE, WIDE * width_px)

    def halves(self, x: Array, y: Array) -> Array:
        """Return how far, in widths (`width_um`), the halves of a point stand off its place, [2, ...] in x and y.

        A point drawn out is two round ones on the radius, either way by as much as makes the second moment along it
        that of a lens's part `_longer` along than across, of the same area: l^2 (e - 1/e) more than across.
        """
        height = self._height(x, y)
        longer = self._longer(height)
        off = self._lens_um(height) * np.sqrt(longer - 1.0 / longer) / self.width_um(x, y)
        outwards = np.stack([x - self.axis[0], y - self.axis[1]])
        return np.asarray(off * outwards / np.maximum(np.hypot(*outwards), 1e-9))

    def _height(self, x: Array, y: Array) -> Array:
        """Return the image height, 1 = a full frame's corner."""
        return np.asarray(1e-3 * self.pitch_um * np.hypot(x - self.axis[0], y - self.axis[1]) / CORNER_MM)

    def _lens_um(self, height: Array) -> Array:
        return np.asarray(self.lens_um * np.minimum(1.0 + GROWTH * height**2, MOST_GROWTH))

    def _longer(self, height: Array) -> Array:
        return np.asarray(1.0 + self.drawn_out * np.minimum(height, 1.0) ** 2)

    @property
    def reach_px(self) -> int:
        """Return how many pixels from a light's nearest one its spread is followed at most."""
        lens_um, longer = MOST_GROWTH * self.lens_um, 1.0 + self.drawn_out
        off = WIDE * lens_um * np.sqrt(longer - 1.0 / longer) / self.pitch_um
        return int(reach_px(WIDE * np.hypot(self.sensor_um, lens_um) / self.pitch_um)) + int(np.ceil(off))

    @property
    def least_sigmas_px(self) -> tuple[float, float]:
        """Return the smallest sigma, in pixels, of the two Gaussians anywhere in the picture."""
        width_px = float(np.hypot(self.sensor_um, self.lens_um)) / self.pitch_um
        return NARROW * width_px, WIDE * width_px


def spread_of(camera: SensorCamera) -> PointSpread:
    """Return the spread of points in a camera's pixels."""
    pitch_um = 1e6 * float(np.sqrt(camera.photosite_area_m2))
    axis = np.asarray(camera.reference_pixel, dtype=np.float64)
    if camera.point_um is not None:
        return PointSpread(pitch_um, axis, camera.point_um, 0.0)
    lens_um = LENS_UM * (camera.f_number / LENS_F_NUMBER) ** -LENS_POWER
    sensor_um = FILTER_UM if pitch_um < MOSAIC_BELOW_UM else SENSOR_UM
    return PointSpread(pitch_um, axis, lens_um, sensor_um, DRAWN_OUT if camera.draws_out else 0.0)


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
