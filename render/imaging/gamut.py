"""Bring colours into the gamut of a display, keeping hue and luminance.

A colour is drawn towards the grey of its own luminance along a line of constant OKLab hue. In OKLab (Ottosson 2020,
"A perceptual color space for image processing") a colour's cube-root cone responses are L (1 + k_j); with t the share
of chroma that is kept, q_j = (1 + t k_j)^3 are the cone responses up to a factor, and p = B q the display's linear
primaries. The factor is set by the luminance Y, which scales all of OKLab alike and so leaves the hue as it is.

In gamut means min p >= 0, which depends on hue and relative chroma c/L alone, and Y max p <= Y(p), which depends on
luminance too. *Computation*: the least t at which one of these six cubics vanishes. *Precomputation*: the first as a
table over hue, the second over hue and the root of luminance, as a share of the first. *Look-up*: linear in both, and
a step of Newton's from there: within 2e-4 of the boundary's chroma at the 99.9th percentile, 0.03 code values of 255 in
a picture.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from render.imaging.settings import Gamut

CONES_FROM_SRGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)  # linear sRGB to OKLab's cone responses (Ottosson 2020)
OKLAB_FROM_ROOTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)  # OKLab (L, a, b) of cube-root cone responses (Ottosson 2020)
LUMINANCE = (0.2126390, 0.7151687, 0.0721923)  # Y of linear sRGB (IEC 61966-2-1, D65)
WHITE_XY = (0.3127, 0.3290)  # D65 (ITU-R BT.709, BT.2020; SMPTE EG 432-1)
PRIMARIES: dict[Gamut, tuple[tuple[float, float], ...]] = {
    "srgb": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),  # ITU-R BT.709
    "display_p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # SMPTE EG 432-1
    "rec2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # ITU-R BT.2020
}
"""Chromaticities (x, y) of red, green, blue."""
HUES, LEVELS = 512, 128  # intervals of the table: of hue, of the root of luminance
WIDEST = 2.0  # of the boundary without luminance, up to which that with it is told
_CHROMA_STEPS = 400  # at which a hue's boundary is looked for
_LARGEST_CHROMA = 4.0  # relative to lightness; no display's reaches 2
LONGEST_STEP = 0.2  # of the share that the table tells; it errs by 0.13 at most
LEAST = 1e-9  # of full scale: below, a colour is black
LEAST_CHROMA = 1e-5  # relative to lightness: below, a colour is grey
LEAST_SHARE = 1e-6  # of chroma: white has none to keep


@cache
def xyz_from_rgb(gamut: Gamut) -> np.ndarray:
    """Return the matrix [3, 3] from a gamut's linear primaries to XYZ, white having Y = 1 (SMPTE RP 177)."""
    xyz = np.array([[x / y, 1.0, (1.0 - x - y) / y] for x, y in PRIMARIES[gamut]]).T
    x, y = WHITE_XY
    return xyz * np.linalg.solve(xyz, np.array([x / y, 1.0, (1.0 - x - y) / y]))


@cache
def gamut_from_srgb(gamut: Gamut) -> np.ndarray:
    """Return the matrix [3, 3] from linear sRGB to a gamut's linear primaries; both have one white."""
    if gamut == "srgb":
        return np.eye(3)
    return np.linalg.solve(xyz_from_rgb(gamut), xyz_from_rgb("srgb"))


def combine(matrix: Any, planes: Any) -> tuple[Any, ...]:
    """Return matrix [n, m] times m planes, as n planes."""
    return tuple(_weighted_sum([float(m) for m in row], planes) for row in matrix)


def _weighted_sum(weights: list[float], planes: Any) -> Any:
    """Return the sum of weight times plane."""
    total = weights[0] * planes[0]
    for weight, plane in zip(weights[1:], planes[1:], strict=True):
        total = total + weight * plane
    return total


def map_to_gamut(rgb: Any, gamut: Gamut = "srgb", knee: float = 1.0) -> Any:
    """Return a gamut's linear primaries [channel, ...], 0..1, of the luminance and OKLab hue of unbounded linear sRGB.

    `knee`: share of the gamut's chroma (0 < knee <= 1) up to which colours are left alone; beyond, chroma c, as share
    of the boundary's, becomes k + (1 - k) u / (1 + u) with u = (c - k)/(1 - k), so that differences beyond the
    boundary stay visible. knee = 1 only clips chroma. Luminance above 1 becomes white, below 0 black.
    """
    xp = array_namespace(rgb)
    planes = tuple(rgb[i, ...] for i in range(3))
    (luminance,) = combine((LUMINANCE,), planes)
    luminance = xp.clip(luminance, 0.0, 1.0)
    to_gamut = gamut_from_srgb(gamut) @ np.linalg.inv(CONES_FROM_SRGB)
    a, b, direction = _direction(xp, planes, luminance)
    chroma = xp.maximum(xp.sqrt(a * a + b * b), xp.full_like(a, LEAST_CHROMA))
    fits = _fitting_share(xp, gamut, to_gamut, direction, luminance, _boundary(xp, gamut, a, b, luminance) / chroma)
    share = _kept_share(xp, 1.0 / fits, knee)
    cubes = []
    for k in direction:
        q = 1.0 + share * k
        cubes.append(q * q * q)
    p = combine(to_gamut, cubes)
    (y,) = combine((xyz_from_rgb(gamut)[1],), p)
    scale = luminance / y
    return xp.clip(xp.stack([channel * scale for channel in p]), 0.0, 1.0)


def _direction(xp: Any, planes: tuple[Any, ...], luminance: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    """Return OKLab a/L and b/L, and how far each cube-root cone response lies from grey, relative to L; 0 for black."""
    roots = tuple(_cube_root(xp, c) for c in combine(CONES_FROM_SRGB, planes))
    lightness, a, b = combine(OKLAB_FROM_ROOTS, roots)
    seen = (lightness > LEAST ** (1.0 / 3.0)) & (luminance > LEAST)
    share = xp.astype(seen, lightness.dtype) / xp.maximum(lightness, xp.full_like(lightness, LEAST ** (1.0 / 3.0)))
    grey = xp.astype(seen, lightness.dtype)
    return a * share, b * share, tuple(root * share - grey for root in roots)


def _cube_root(xp: Any, x: Any) -> Any:
    """Return the cube root with its sign, to 2e-6; exp of log takes half the time of a power."""
    tiny = xp.full_like(x, 1e-30)  # in single precision: 1e-10 when rooted
    return xp.sign(x) * xp.exp(xp.log(xp.maximum(xp.abs(x), tiny)) * (1.0 / 3.0))


def _kept_share(xp: Any, c: Any, knee: float) -> Any:
    """Return the share of chroma to keep of a chroma that is c of the boundary's."""
    if knee >= 1.0:
        return 1.0 / xp.maximum(c, xp.ones_like(c))
    c = xp.maximum(c, xp.full_like(c, knee))
    u = (c - knee) * (1.0 / (1.0 - knee))
    return (knee + (1.0 - knee) * u / (1.0 + u)) / c


def hue_place(xp: Any, a: Any, b: Any) -> Any:
    """Return where a hue stands, -2..2, growing with the angle from -pi to pi; 0 for grey. Cheaper than the angle."""
    size = xp.maximum(xp.abs(a) + xp.abs(b), xp.full_like(a, 1e-12))
    below = xp.astype(b < 0.0, a.dtype)
    return (1.0 - 2.0 * below) * (1.0 - a / size)


def _boundary(xp: Any, gamut: Gamut, a: Any, b: Any, luminance: Any) -> Any:
    """Look up the relative chroma c/L of the gamut's boundary at the hue of (a, b) and a luminance 0..1, about."""
    edge, share = (xp.asarray(table, device=device_of(a)) for table in boundary_tables(gamut))
    node, part = _node(xp, (hue_place(xp, a, b) + 2.0) * 0.25, HUES)
    level, up = _node(xp, xp.sqrt(luminance), LEVELS)
    first = node * (LEVELS + 1) + level
    near, far = (_between(xp, share, at, up) for at in (first, first + (LEVELS + 1)))
    return _between(xp, edge, node, part) * xp.minimum(near + part * (far - near), xp.ones_like(near))


def _fitting_share(
    xp: Any, gamut: Gamut, to_gamut: np.ndarray, direction: tuple[Any, ...], luminance: Any, about: Any
) -> Any:
    """Return the share of chroma at which the gamut's boundary is met, by a step of Newton's from about there.

    Six cubics of the share, p_i and Y(p) - Y p_i, are positive within; the least root of their tangents is taken.
    """
    cubes, slopes = [], []
    for k in direction:
        q = 1.0 + about * k
        square = q * q
        cubes.append(square * q)
        slopes.append(3.0 * k * square)
    (y,), (dy,) = (combine((xyz_from_rgb(gamut)[1] @ to_gamut,), planes) for planes in (cubes, slopes))
    most = LONGEST_STEP * about
    step, tiny = most, xp.full_like(about, 1e-9)
    for p, dp in zip(combine(to_gamut, cubes), combine(to_gamut, slopes), strict=True):
        step = xp.minimum(step, p / xp.maximum(-dp, tiny))
        step = xp.minimum(step, (y - luminance * p) / xp.maximum(luminance * dp - dy, tiny))
    return xp.maximum(about + xp.maximum(step, -most), xp.full_like(about, LEAST_SHARE))


def _node(xp: Any, place: Any, nodes: int) -> tuple[Any, Any]:
    """Return the node before a place 0..1 on `nodes` intervals, and how far beyond it the place lies, 0..1."""
    at = place * float(nodes)
    node = xp.astype(xp.clip(at, 0.0, nodes - 1.0), xp.int32)
    return node, at - xp.astype(node, at.dtype)


def _between(xp: Any, table: Any, index: Any, part: Any) -> Any:
    """Return the table's value between an index and the next."""
    flat = xp.reshape(index, (-1,))
    before, after = (xp.reshape(xp.take(table, at, axis=0), index.shape) for at in (flat, flat + 1))
    return before + part * (after - before)


@cache
def boundary_tables(gamut: Gamut) -> tuple[np.ndarray, np.ndarray]:
    """Make the tables of the boundary, float32, by hue, and by hue and luminance: 0.1 s.

    The first, [HUES + 1], is the c/L at which a primary vanishes; the second, [(HUES + 1) (LEVELS + 1)], the share of
    it at which one is full, at most WIDEST.
    """
    hues = _unit(np.linspace(-2.0, 2.0, HUES + 1))
    edge = _vanishing(gamut, hues)
    step = np.linspace(0.0, WIDEST, _CHROMA_STEPS + 1)
    p, y = _primaries(gamut, hues, step * edge[:, None])
    fullest = np.max(p, axis=0) / np.maximum(y, 1e-6)  # the inverse of the luminance that just fits
    fullest = np.maximum.accumulate(fullest, axis=1)
    level = 1.0 / np.maximum(np.linspace(0.0, 1.0, LEVELS + 1) ** 2, 1e-9)
    share = np.array([np.interp(level, row, step) for row in fullest])
    return edge.astype(np.float32), share.ravel().astype(np.float32)


def _unit(place: np.ndarray) -> np.ndarray:
    """Return unit vectors (a, b) [2, ...] at places of `hue_place`: its inverse."""
    a = 1.0 - np.abs(place)
    vector = np.stack([a, np.copysign(1.0 - np.abs(a), place)])
    return vector / np.hypot(*vector)


def _primaries(gamut: Gamut, hue: np.ndarray, chroma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return linear primaries [3, hue, chroma] and their luminance at L = 1; `hue` [2, hue], `chroma` [hue, chroma]."""
    roots = np.linalg.inv(OKLAB_FROM_ROOTS)
    roots = roots / roots[:, :1]  # grey has equal roots; the published inverse of the matrix says so to 1e-8
    cubes = (1.0 + chroma * (roots[:, 1:] @ hue)[:, :, None]) ** 3
    p = np.tensordot(gamut_from_srgb(gamut) @ np.linalg.inv(CONES_FROM_SRGB), cubes, axes=1)
    return p, np.tensordot(xyz_from_rgb(gamut)[1], p, axes=1)


def _vanishing(gamut: Gamut, hue: np.ndarray) -> np.ndarray:
    """Return the least c/L [hue] at which a primary vanishes: the first interval that holds it, then bisected."""
    coarse = np.broadcast_to(np.linspace(0.0, _LARGEST_CHROMA, 65), (hue.shape[1], 65))
    outside = np.min(_primaries(gamut, hue, coarse)[0], axis=0) < 0.0
    high = np.take_along_axis(coarse, np.argmax(outside, axis=1)[:, None], axis=1)
    low = high - coarse[0, 1]
    for _ in range(26):  # halves 0.06 to 1e-9
        middle = 0.5 * (low + high)
        out = np.min(_primaries(gamut, hue, middle)[0], axis=0) < 0.0
        low, high = np.where(out, low, middle), np.where(out, middle, high)
    return low[:, 0]
