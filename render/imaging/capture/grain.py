"""What a body's photosites add to the light: noise, the converter's steps, a clipped black, hot photosites, grain.

Two ways. A picture as fine as the sensor draws each photosite. In a coarser one each pixel stands for many: their mean
and variance are those of the same photosites, clipped at black one by one, of which each channel has but its share; and
what the demosaic spreads over neighbours is spread over the pixel's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from render.imaging.capture import noise
from render.imaging.capture.bodies import Body
from render.imaging.capture.taps import three_taps

BAYER_SHARES = (0.25, 0.5, 0.25)  # of the photosites: red, green, blue
GRAIN_PHOTOSITES = (1.0, 0.8, 1.0)  # sigma of what demosaic and luminance filter spread; measured on stills' grain
HOT_SHARE = 2e-5  # of the photosites; uncertain: bodies collect more in orbit, up to 1e-3 in months
HOT_ELECTRONS_PER_S = 30.0  # e-/s at 25 C, mean of their exponential excess; uncertain
DARK_ELECTRONS_PER_S = 0.15  # e-/s at 25 C of every photosite; uncertain (0.1 to 0.2)
WIDEST_FRAME = 1 << 16  # pixels: hot photosites are drawn by whole rows of so many, whatever the picture's width
_HOT_KEY = 2**63 + 1  # the generator's frame for hot photosites, which are the same in every frame
_SLEWED = np.linspace(-6.0, 6.0, 601)  # sigmas, of the quadrature over a Gaussian


@dataclass(frozen=True)
class Place:
    """What a pixel's noise depends on besides its light: seed, frame, and where in the picture a tile begins."""

    seed: int
    frame: int
    first_row: int
    first_column: int


def read_photosites(mean: Any, body: Body, iso: float, area: float, exposure_s: float, place: Place) -> Any:
    """Return what is read of photosites with `mean` electrons [row, column], before the ceiling is put on.

    `area`: of these pixels, in the body's photosites; wells and noise are scaled with it.
    """
    xp = array_namespace(mean)
    rows, columns = mean.shape
    mean = (
        mean
        + DARK_ELECTRONS_PER_S * area * exposure_s
        + xp.asarray(
            _hot_photosites(rows, columns, 1.0, exposure_s, place)[0], dtype=mean.dtype, device=device_of(mean)
        )
    )
    drawn = _drawn(xp, mean, place, 0)
    of_light, of_reading = noise.normals(drawn)
    counts = noise.photon_counts(xp.maximum(mean, xp.zeros_like(mean)), of_light)
    counts = counts + body.read_noise_electrons(iso) * math.sqrt(area) * of_reading
    step = body.gain_electrons(iso) * area
    counts = counts - DARK_ELECTRONS_PER_S * area * exposure_s  # the camera takes its black off
    stepped = xp.round(counts / step) * step
    return xp.maximum(stepped, xp.zeros_like(stepped)) if body.clips_black else stepped


def read_pixels(
    mean: Any, reduction: float, body: Body, iso: float, exposure_s: float, shares: tuple[float, ...], place: Place
) -> Any:
    """Return what is read of pixels that are many photosites wide, before the ceiling is put on.

    `mean` [channel, row, column] electrons per pixel; `reduction`: photosites to a pixel's width; `shares`: of the
    photosites that see each channel; where they are less than all, the channels come from a mosaic, whose grain is
    spread.
    """
    xp, size = array_namespace(mean), reduction**2
    _, rows, columns = mean.shape
    mosaic = shares == BAYER_SHARES
    hot = _hot_photosites(rows, columns, size, exposure_s, place) if mosaic else None
    planes = []
    for channel, share in enumerate(shares):
        light = mean[channel, ...]
        if hot is not None:
            light = light + xp.asarray(hot[channel] / share, dtype=light.dtype, device=device_of(light))
        drawn = _drawn(xp, light, place, channel)
        lifted, deviation = _read_channel(xp, light, body, iso, size, share, drawn)
        if mosaic:
            deviation = three_taps(deviation, _outer_tap(GRAIN_PHOTOSITES[channel], reduction))
        planes.append(lifted + deviation)
    return xp.stack(planes)


def _drawn(xp: Any, like: Any, place: Place, plane: int) -> Any:
    """Return the uniform numbers [2, row, column] of a plane's pixels, beside the array `like`."""
    rows, columns = like.shape
    drawn = noise.uniforms(rows, columns, place.seed, place.frame, place.first_row, place.first_column, plane)
    return xp.asarray(drawn, device=device_of(like))


def _read_channel(xp: Any, mean: Any, body: Body, iso: float, size: float, share: float, drawn: Any) -> tuple[Any, Any]:
    """Return (mean after the clipping at black, deviation from it) of a channel's pixels [row, column].

    `size`: photosites to a pixel; `drawn` [2, row, column]: uniform numbers.
    """
    of_light, of_reading = noise.normals(drawn)
    mean = xp.maximum(mean, xp.zeros_like(mean))
    sigma, step = body.read_noise_electrons(iso), body.gain_electrons(iso)
    steady = sigma**2 + step**2 / 12.0  # of one photosite, electrons squared
    counts = noise.photon_counts(share * mean, of_light) / share
    deviation = counts - mean + math.sqrt(steady * size / share) * of_reading
    if not body.clips_black:
        return mean, deviation
    one = mean / size
    lifted, variance = clipped_moments(one, one + steady)
    return size * lifted, deviation * xp.sqrt(variance / (one + steady))


def clipped_moments(mean: Any, variance: Any) -> tuple[Any, Any]:
    """Return mean and variance of max(x, 0) for a Gaussian x."""
    xp = array_namespace(mean)
    sigma = xp.sqrt(variance)
    t = mean / sigma
    below, density = noise.normal_share(t), xp.exp(-0.5 * t * t) * (1.0 / math.sqrt(2.0 * math.pi))
    lifted = mean * below + sigma * density
    left = (mean * mean + variance) * below + mean * sigma * density - lifted * lifted
    return lifted, xp.maximum(left, xp.zeros_like(left))


@cache
def _outer_tap(sigma: float, reduction: float) -> float:
    """Return q of the taps (q, 1 - 2 q, q) that give pixels of `reduction` photosites the lag-1 of their grain.

    Photosites' noise spread by a Gaussian of `sigma` photosites and averaged over pixels correlates from pixel to pixel
    by the overlap of two boxes, a triangle, smeared by sqrt(2) sigma.
    """
    shift, weight = math.sqrt(2.0) * sigma * _SLEWED, np.exp(-0.5 * _SLEWED**2)
    overlap = [
        float((np.maximum(1.0 - np.abs(lag * reduction + shift) / reduction, 0.0) * weight).sum()) for lag in (0, 1)
    ]
    wanted, low, high = overlap[1] / overlap[0], 0.0, 1.0 / 3.0
    for _ in range(40):
        q = 0.5 * (low + high)
        p = 1.0 - 2.0 * q
        low, high = (q, high) if 2.0 * p * q / (p * p + 2.0 * q * q) < wanted else (low, q)
    return q


def _hot_photosites(rows: int, columns: int, size: float, exposure_s: float, place: Place) -> np.ndarray:
    """Return the electrons that hot photosites add [channel, row, column] to pixels of `size` photosites.

    Their places depend on the seed alone. A photosite has one channel: of a mosaic's plane take any one, all add there.
    """
    found = np.zeros((3, rows, columns), np.float32)
    for row in range(rows):
        stream = np.random.Generator(
            np.random.Philox(key=[place.seed, _HOT_KEY], counter=[0, place.first_row + row, 0, 0])
        )
        count = stream.poisson(HOT_SHARE * WIDEST_FRAME * size)
        where = stream.integers(0, WIDEST_FRAME, count) - place.first_column
        excess = stream.exponential(HOT_ELECTRONS_PER_S * exposure_s, count)
        channel = stream.choice(3, count, p=BAYER_SHARES) if size > 1.0 else np.zeros(count, int)
        inside = (where >= 0) & (where < columns)
        np.add.at(found[:, row], (channel[inside], where[inside]), excess[inside])
    return found
