"""The light that a bright disc, Sun or Moon, scatters in the lens while it stands in the picture or beside it.

A disc is a few hundred micrometres wide on the sensor, and its wings are those of any point (`lens.py` beside this
file), but that they know no mirror images: beyond the frame's edge there is no second Sun. Of the disc's light that
falls beside the frame no pixel knows; its wings are summed here, by the same law, from where the disc's image would be.

Near the disc its light is that of SAMPLES points, farther off that of one in their middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.imaging.capture.spikes import CHANNEL_UM, spikes_beside, strength

GLOW_UM, GLOW_POWER = 100.0, 1.75  # um, and exponent b: after V = 2 stars of ISS stills at f/1.4, 5 to 16 pixels away
VEIL_UM, VEIL_POWER = 3400.0, 1.5  # um, and b: a bright frame's darkest parts allow 0.6 to 1.5 % of its mean; uncertain
STARRED_ELECTRONS = 1e6  # in a cell: of what is fainter no spike is above the noise
HOOD_LENGTH = 0.9  # of a hood, in widths of the front lens: 40 mm before the 45 mm of a 50 mm f/1.4; uncertain
SAMPLES, RINGS = 64, 4  # of a disc, all of the same light: half a radius off its rim the glow is within 0.5 %
NEAR_RADII = 20.0  # of the disc, within which its samples are told apart: beyond, one point is within 0.4 % of them
MARGIN_CELLS = 2.0  # about a disc, on which its edge pixels spread


@dataclass(frozen=True, eq=False)
class Disc:
    """A disc's image on the lens's plane, in the picture or beside it.

    `x`, `y`: its middle, pixels counted from 1; `spans` [2, 2]: what (x, y) grows by from there to the rim, along two
    radii square to each other in the sky; `light`: the sum of all its pixels if all of it fell on the picture, [band]
    radiances, W m-2 sr-1 nm-1, or [channel] electrons.
    """

    x: float
    y: float
    spans: NDArray[np.float64]
    light: NDArray[np.float64]

    @property
    def radius_px(self) -> float:
        """Return the longest radius of its image."""
        return float(np.linalg.norm(self.spans, 2))

    def samples(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return places (x, y), [SAMPLES] each, on RINGS of equal area, every other one turned by half a step."""
        ring, step = np.divmod(np.arange(SAMPLES), SAMPLES // RINGS)
        radius, angle = np.sqrt((ring + 0.5) / RINGS), (step + 0.5 * (ring % 2)) * (2.0 * math.pi * RINGS / SAMPLES)
        x, y = self.spans @ np.stack([radius * np.cos(angle), radius * np.sin(angle)])
        return self.x + x, self.y + y

    def beside(self, rows: int, columns: int) -> NDArray[np.float64]:
        """Return the places [2, n] of those samples that miss a picture: their light is in none of its pixels."""
        x, y = self.samples()
        inside = (x >= 0.5) & (x < columns + 0.5) & (y >= 0.5) & (y < rows + 0.5)
        return np.stack([x, y])[:, ~inside]


def hood_share(tangent: float, corner_tangent: float) -> float:
    """Return the share of the front lens that a source beside the frame lights past the rim of a hood.

    `tangent` of its angle off the axis; of the corners', for which the hood leaves way, it is `corner_tangent`. A hood
    of length L before a lens of width D shades the lens from edge to edge while L (tangent - corner_tangent) grows from
    0 to D; the rims are taken as straight.
    """
    return float(np.clip(1.0 - HOOD_LENGTH * (tangent - corner_tangent), 0.0, 1.0))


def moffat(square_um2: Any, scale_um: float, power: float) -> Any:
    """Return the share of a point's light per um2 at squared distances from it; the plane's integral is 1."""
    base = 1.0 + square_um2 * (1.0 / scale_um**2)
    root = np.sqrt(base)  # b is 1.5 or 1.75, whose powers are roots
    falls = base * root if power == 1.5 else base * root * np.sqrt(root) if power == 1.75 else base**power
    return (power - 1.0) / (math.pi * scale_um**2) / falls


def own_cells(cells: NDArray[np.floating], discs: Sequence[Disc], cell: int) -> NDArray[np.floating] | None:
    """Return the light of the discs alone among `cells` [row, column], each `cell` pixels wide; None of none.

    What lies about them, the median of a ring, is taken off: of a disc that is hidden nothing is left.
    """
    found = np.zeros_like(cells)
    y, x = (np.arange(n)[:, None] * cell + 0.5 * (cell + 1) for n in cells.shape)
    for disc in discs:
        reach = disc.radius_px + MARGIN_CELLS * cell
        away = np.hypot(x.T - disc.x, y - disc.y)
        on, about = away <= reach, (away > reach) & (away <= 2.0 * reach)
        if on.any():
            level = float(np.median(cells[about])) if about.any() else 0.0
            found[on] = np.maximum(found[on], np.maximum(cells[on] - level, 0.0))
    return found if found.any() else None


def light_beside(
    shape: tuple[int, int], cell: int, pitch_um: float, shares: tuple[float, float], discs: Sequence[Disc],
    blades: int, f_number: float, size: tuple[int, int],
) -> NDArray[np.float32] | None:  # fmt: skip
    """Return electrons [channel, row, column] per pixel, on cells, that discs beside the frame send in; None of none.

    `shape` (rows, columns) of cells `cell` pixels wide, `size` (rows, columns) of pixels, each `pitch_um` wide;
    `shares` of glow and veil; `Disc.light` in electrons.
    """
    found: NDArray[np.float32] | None = None
    y, x = (((np.arange(n) * cell + 0.5 * (cell + 1)) * pitch_um).astype(np.float32) for n in shape)
    for disc in discs:
        beside = disc.beside(*size)
        share = beside.shape[1] / SAMPLES
        if share == 0.0 or not disc.light.any():
            continue
        places = beside * pitch_um
        radius_um = disc.radius_px * pitch_um
        wings = _wings(x, y, places, radius_um, shares)
        middle = places.mean(axis=1)
        brightest = float(disc.light.max()) / max(math.pi * disc.radius_px**2, cell**2)
        starred = blades > 0 and strength(f_number) > 0.0 and brightest > STARRED_ELECTRONS
        star = spikes_beside(x, y, middle, max(radius_um, cell * pitch_um), blades, f_number) if starred else None
        if found is None:
            found = np.zeros((len(disc.light), *shape), np.float32)
        for channel, electrons in enumerate(disc.light):
            seen = wings if star is None else wings + np.float32(CHANNEL_UM[channel % len(CHANNEL_UM)]) * star
            found[channel] += np.float32(share * electrons * pitch_um**2) * seen
    return found


def _wings(x: Any, y: Any, places: Any, radius_um: float, shares: tuple[float, float]) -> NDArray[np.float32]:
    """Return glow and veil per um2 of light evenly from `places` [2, n], um, at places x [column] and y [row]."""
    glow, veil = shares

    def from_one(x: Any, y: Any, place: Any) -> Any:
        square = (y - np.float32(place[1]))[:, None] ** 2 + (x - np.float32(place[0]))[None, :] ** 2
        return glow * moffat(square, GLOW_UM, GLOW_POWER) + veil * moffat(square, VEIL_UM, VEIL_POWER)

    middle = places.mean(axis=1)
    out: NDArray[np.float32] = from_one(x, y, middle).astype(np.float32)
    columns, rows = (
        slice(*np.searchsorted(at, [centre - NEAR_RADII * radius_um, centre + NEAR_RADII * radius_um]))
        for at, centre in ((x, middle[0]), (y, middle[1]))
    )
    near_x, near_y = x[columns], y[rows]
    if len(near_x) and len(near_y):
        total = np.zeros((len(near_y), len(near_x)), np.float32)
        for place in places.T:
            total += from_one(near_x, near_y, place)
        out[rows, columns] = total / places.shape[1]
    return out
