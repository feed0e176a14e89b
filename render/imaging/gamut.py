"""Bring colours into sRGB's gamut, keeping hue and luminance.

A colour is drawn towards the grey of its own luminance along a line of constant OKLab hue. In OKLab (Ottosson 2020,
"A perceptual color space for image processing") a colour's cube-root cone responses are L + k_j C, so that with
q_j = (1 + t k_j)^3, t the share of chroma that is kept, linear sRGB is p = B q up to a factor; that factor is set by
the luminance Y, which scales all of OKLab alike and so leaves the hue as it is. In gamut:
min p >= 0 and Y max p <= Y(p).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

CONES_FROM_SRGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)  # linear sRGB to OKLab's cone responses (Ottosson 2020)
SRGB_FROM_CONES = np.linalg.inv(CONES_FROM_SRGB)
LIGHTNESS = (0.2104542553, 0.7936177850, -0.0040720468)  # OKLab L of cube-root cone responses (Ottosson 2020)
LUMINANCE = (0.2126390, 0.7151687, 0.0721923)  # Y of linear sRGB (IEC 61966-2-1, D65)
BISECTIONS = 12  # halves the unknown share of chroma to 1/4096 of the interval
_LEAST = 1e-9  # of full scale: below, a colour is black


def combine(matrix: Any, planes: Any) -> tuple[Any, ...]:
    """Return matrix [n, m] times m planes, as n planes."""
    return tuple(_weighted_sum([float(m) for m in row], planes) for row in matrix)


def _weighted_sum(weights: list[float], planes: Any) -> Any:
    """Return the sum of weight times plane."""
    total = weights[0] * planes[0]
    for weight, plane in zip(weights[1:], planes[1:], strict=True):
        total = total + weight * plane
    return total


def map_to_srgb(rgb: Any, knee: float = 1.0) -> Any:
    """Return linear sRGB [channel, ...] within 0..1, of the same luminance and OKLab hue as the given, unbounded one.

    `knee`: share of the gamut's chroma (0 < knee <= 1) up to which colours are left alone; beyond, chroma c, as share
    of the boundary's, becomes k + (1 - k) u / (1 + u) with u = (c - k)/(1 - k), so that differences beyond the
    boundary stay visible. knee = 1 only clips chroma. Luminance above 1 becomes white, below 0 black.
    """
    xp = array_namespace(rgb)
    planes = tuple(rgb[i, ...] for i in range(3))
    (luminance,) = combine((LUMINANCE,), planes)
    luminance = xp.clip(luminance, 0.0, 1.0)
    direction = _direction(xp, planes, luminance)
    boundary = _largest_share(xp, direction, luminance, 1.0 / knee)
    share = _kept_share(xp, boundary, knee)
    p, y = _colour(direction, share)
    scale = luminance / y
    return xp.clip(xp.stack([channel * scale for channel in p]), 0.0, 1.0)


def _direction(xp: Any, planes: tuple[Any, ...], luminance: Any) -> tuple[Any, ...]:
    """Return k_j: how far each cube-root cone response lies from grey, relative to lightness; 0 for black."""
    roots = tuple(xp.sign(c) * xp.abs(c) ** (1.0 / 3.0) for c in combine(CONES_FROM_SRGB, planes))
    (lightness,) = combine((LIGHTNESS,), roots)
    seen = (lightness > _LEAST ** (1.0 / 3.0)) & (luminance > _LEAST)
    safe = xp.where(seen, lightness, xp.ones_like(lightness))
    return tuple(xp.where(seen, root / safe - 1.0, xp.zeros_like(root)) for root in roots)


def _colour(direction: tuple[Any, ...], share: Any) -> tuple[tuple[Any, ...], Any]:
    """Return linear sRGB, up to a factor, and its luminance when `share` of the chroma is kept."""
    cubes = []
    for k in direction:
        q = 1.0 + share * k
        cubes.append(q * q * q)
    p = combine(SRGB_FROM_CONES, cubes)
    (y,) = combine((LUMINANCE,), p)
    return p, y


def _largest_share(xp: Any, direction: tuple[Any, ...], luminance: Any, upper: float) -> Any:
    """Return the largest share of chroma, 0..upper, within the gamut, by bisection."""
    low, high = xp.zeros_like(luminance), xp.full_like(luminance, upper)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        p, y = _colour(direction, middle)
        least = xp.minimum(xp.minimum(p[0], p[1]), p[2])
        most = xp.maximum(xp.maximum(p[0], p[1]), p[2])
        inside = (least >= 0.0) & (luminance * most <= y)
        low, high = xp.where(inside, middle, low), xp.where(inside, high, middle)
    return low


def _kept_share(xp: Any, boundary: Any, knee: float) -> Any:
    """Return the share of chroma to keep, from the share at which the gamut's boundary is met."""
    ceiling = (1.0 - 2.0 ** (1 - BISECTIONS)) / knee  # reached only if all of the interval is in gamut
    if knee >= 1.0:
        return xp.where(boundary >= ceiling, xp.ones_like(boundary), boundary)
    safe = xp.maximum(boundary, xp.asarray(1e-6, dtype=boundary.dtype, device=device_of(boundary)))
    u = xp.maximum((1.0 / safe - knee) / (1.0 - knee), xp.zeros_like(boundary))
    squeezed = (knee + (1.0 - knee) * u / (1.0 + u)) * boundary
    return xp.where(boundary >= ceiling, xp.ones_like(boundary), squeezed)
