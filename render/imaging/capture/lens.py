"""What a lens does to the light on the sensor: less of it towards the corners, and a little of it everywhere else.

A point's light falls into a core, drawn with the point itself (`render.integrator.point_spread`), and two wings:

    (1 - g - v) core + g M(r; 100 um, 1.75) + v M(r; 3.4 mm, 1.5),   M(r; a, b) = (b-1)/(pi a^2) (1 + r^2/a^2)^-b

Each integrates to 1 over the plane: none of the light is lost. The wings are laid on by a Fourier transform over the
picture and its mirror images, so that what comes in from outside the frame is as much as goes out: the total is kept
exactly, and an even picture stays as it is; but for the discs of Sun and Moon, which have no images (`discs.py`).
Coarser cells than a wing's width are not needed, and not taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from render.imaging.capture.discs import (
    GLOW_POWER,
    GLOW_UM,
    STARRED_ELECTRONS,
    VEIL_POWER,
    VEIL_UM,
    Disc,
    light_beside,
    moffat,
    own_cells,
)
from render.imaging.capture.spikes import CHANNEL_UM, spike_kernel, strength

CORNER_MM = 21.63  # mm, image height of the corner of 36 x 24 mm
SHARES = {"none": (0.0, 0.0), "clean": (0.03, 0.007), "scratched": (0.05, 0.02)}
"""Shares of the light in glow and veil: no scatter; a clean lens and window; a scratched pane. Uncertain by half."""
CELL_UM = 34.0  # um, widest cell of the transform: a third of the glow's width
FALL_OFF = 1.03  # a of (1 + (r/a)^2)^-2 at FALL_OFF_F_NUMBER, r = 1 at the corner; fits lensfun's 50 mm f/1.4 wide open
FALL_OFF_F_NUMBER = 1.4
FALL_OFF_GROWTH = 0.68  # exponent of a's growth with the f-number: a fast 20 mm has a = 1.0 at f/1.8, 1.65 at f/2.8
ROUNDED_ELECTRONS = 1e6  # in a cell: with more the rounding of single precision, 1e-7 of it, would be seen in the dark
STEEP_CELLS, STEEP_PARTS = 4, 16  # cells from the middle in which the glow is averaged, over so many parts a side


Star = tuple[int, float, float]
"""Blades, f-number, wavelength, um."""
FallOff = str | Sequence[float]
"""How light falls off towards the corners: "lens", "none", or k1, k2, k3 of lensfun's law."""


def fall_off_at(height: np.ndarray, f_number: float, law: FallOff) -> np.ndarray:
    """Return the share of the light that reaches an image height, 1 = the corner of a full frame; on the axis it is 1.

    "lens": mechanical vignetting and the four cosines together, (1 + (r/a)^2)^-2, a growing as the lens is stopped
    down; three numbers: 1 + k1 r^2 + k2 r^4 + k3 r^6 (lensfun's "pa"), as measured of one lens at one f-number.
    """
    if law == "none":
        return np.ones_like(height)
    if isinstance(law, str):
        a = FALL_OFF * (f_number / FALL_OFF_F_NUMBER) ** FALL_OFF_GROWTH
        return np.asarray((1.0 + (height / a) ** 2) ** -2)
    k1, k2, k3 = law
    square = height**2
    return np.maximum(1.0 + square * (k1 + square * (k2 + square * k3)), 0.0)


def fall_off_beside(height: float, f_number: float, law: FallOff) -> float:
    """Return the same for a light beside the frame: a measured law, unknown there, is taken on as the "lens" law falls,
    with the fourth power."""
    if isinstance(law, str):
        return float(fall_off_at(np.array(height), f_number, law))
    return float(fall_off_at(np.array(min(height, 1.0)), f_number, law)) / max(height, 1.0) ** 4


def corner_height(x: Any, y: Any, pitch_um: float, axis: Sequence[float]) -> Any:
    """Return the image height of pixels (x, y), counted from 1; 1 = the corner of a full frame."""
    return np.hypot(x - axis[0], y - axis[1]) / (1e3 * CORNER_MM / pitch_um)


def vignette(
    electrons: Any, pitch_um: float, axis: Sequence[float], f_number: float, law: str | Sequence[float]
) -> Any:
    """Return `electrons` [channel, row, column] with the fall-off; `axis` (x, y): pixel on it, counted from 1."""
    if law == "none":
        return electrons
    xp = array_namespace(electrons)
    _, rows, columns = electrons.shape
    height = corner_height(np.arange(1, columns + 1)[None, :], np.arange(1, rows + 1)[:, None], pitch_um, axis)
    share = fall_off_at(height, f_number, law).astype(np.float32)
    return electrons * xp.asarray(share, device=device_of(electrons))


def scatter(
    electrons: Any, pitch_um: float, glow: float, veil: float, blades: int = 0, f_number: float = FALL_OFF_F_NUMBER,
    discs: Sequence[Disc] = (),
) -> Any:  # fmt: skip
    """Return `electrons` [channel, row, column] with the wings' share of the light spread over the picture.

    `blades` of a diaphragm draw a star about what is very bright, if the lens is stopped down; 0: none. `discs` in the
    picture or beside it, their light in electrons, have wings of their own.
    """
    if glow == 0.0 and veil == 0.0:
        return electrons
    xp = array_namespace(electrons)
    channels, rows, columns = electrons.shape
    cell = max(1, int(CELL_UM / pitch_um))
    cells = -(-rows // cell), -(-columns // cell)
    beside = light_beside(cells, cell, pitch_um, (glow, veil), discs, blades, f_number, (rows, columns))
    out = xp.empty_like(electrons)
    for channel in range(channels):
        plane = electrons[channel, ...]
        small = _cells(xp, plane, cell)
        own = _of_discs(xp, small, discs, cell)

        def star(light: Any, wavelength_um: float = CHANNEL_UM[channel % len(CHANNEL_UM)]) -> Star | None:
            starred = blades > 0 and strength(f_number) > 0.0 and float(xp.max(light)) > STARRED_ELECTRONS
            return (blades, f_number, wavelength_um) if starred else None

        rest = small if own is None else small - own
        passed, share = transfer(*small.shape, cell * pitch_um, glow, veil, star(rest))
        wings = _with_wings(xp, rest, passed)
        kept = (1.0 - share) * plane
        if own is not None:
            passed, own_share = transfer_alone(*small.shape, cell * pitch_um, glow, veil, star(own))
            wings = wings + _with_wings(xp, own, passed, mirrored=False)
            kept = kept - (own_share - share) * _to_pixels(xp, own, cell, rows, columns)
        if beside is not None:
            wings = wings + xp.asarray(beside[channel], dtype=wings.dtype, device=device_of(wings))
        out[channel, ...] = kept + _to_pixels(xp, wings, cell, rows, columns)
    return out


def _of_discs(xp: Any, cells: Any, discs: Sequence[Disc], cell: int) -> Any | None:
    """Return the discs' own light among a plane of cells, None where there is none."""
    if not discs:
        return None
    own = own_cells(np.asarray(cells), discs, cell)
    return None if own is None else xp.asarray(own, device=device_of(cells))


def _cells(xp: Any, plane: Any, cell: int) -> Any:
    """Return the means of square cells of `cell` pixels; the last ones are filled up with their edge's pixels."""
    if cell == 1:
        return plane
    rows, columns = plane.shape
    if beyond := -rows % cell:
        plane = xp.concat([plane, *[plane[-1:, :]] * beyond], axis=0)
    if beyond := -columns % cell:
        plane = xp.concat([plane, *[plane[:, -1:]] * beyond], axis=1)
    blocks = xp.reshape(plane, (plane.shape[0] // cell, cell, plane.shape[1] // cell, cell))
    return xp.mean(xp.mean(blocks, axis=3), axis=1)


def _with_wings(xp: Any, plane: Any, passed: np.ndarray, *, mirrored: bool = True) -> Any:
    """Return what the wings make of a plane of cells, by a transform over the plane and its mirror images, or over the
    plane with nothing about it."""
    rows, columns = plane.shape
    kind = xp.float64 if float(xp.max(plane)) > ROUNDED_ELECTRONS else xp.float32
    aside = xp.flip(plane, axis=1) if mirrored else xp.zeros_like(plane)
    twice = xp.concat([plane, aside], axis=1)
    below = xp.flip(twice, axis=0) if mirrored else xp.zeros_like(twice)
    whole = xp.astype(xp.concat([twice, below], axis=0), kind)
    factor = xp.asarray(passed, dtype=kind, device=device_of(plane))
    spread = xp.fft.irfftn(xp.fft.rfftn(whole) * factor, s=(2 * rows, 2 * columns), axes=(0, 1))
    return xp.astype(spread[:rows, :columns], plane.dtype)


@lru_cache(maxsize=4)
def transfer(
    rows: int, columns: int, cell_um: float, glow: float, veil: float, star: Star | None = None
) -> tuple[np.ndarray, float]:
    """Return (transfer function of the wings, their share of the light).

    At the frequencies of a real transform of 2 rows x 2 columns of cells. `star`: blades, f-number, wavelength, um.
    The veil's is exp(-2 pi a f), the transform of its Moffat function of b = 1.5. The glow is narrow and so is taken
    over each cell's square; both are what they share at f = 0.
    """
    down = np.fft.fftfreq(2 * rows, cell_um)[:, None]
    across = np.fft.rfftfreq(2 * columns, cell_um)[None, :]
    of_veil: np.ndarray = np.exp(-2.0 * np.pi * VEIL_UM * np.hypot(down, across))
    kernel = _glow_in_cells(2 * rows, 2 * columns, cell_um)
    passed, share = veil * of_veil + glow * np.fft.rfftn(kernel / kernel.sum()).real, glow + veil
    if star is not None:
        spikes = spike_kernel(2 * rows, 2 * columns, cell_um, *star)
        passed, share = passed + np.fft.rfftn(spikes).real, share + float(spikes.sum())
    return passed, share


@lru_cache(maxsize=4)
def transfer_alone(
    rows: int, columns: int, cell_um: float, glow: float, veil: float, star: Star | None = None
) -> tuple[np.ndarray, float]:
    """Return the same for light with nothing about the picture: what is scattered beyond the frame stays there."""
    y, x = (np.fft.fftfreq(2 * n, 1.0 / (2 * n)) * cell_um for n in (rows, columns))
    kernel = _glow_in_cells(2 * rows, 2 * columns, cell_um)
    kernel *= glow / kernel.sum()
    kernel += veil * cell_um**2 * moffat(y[:, None] ** 2 + x[None, :] ** 2, VEIL_UM, VEIL_POWER)
    share = glow + veil
    if star is not None:
        spikes = spike_kernel(2 * rows, 2 * columns, cell_um, *star)
        kernel, share = kernel + spikes, share + float(spikes.sum())
    return np.fft.rfftn(kernel).real, share


def _glow_in_cells(rows: int, columns: int, cell_um: float) -> np.ndarray:
    """Return the glow's Moffat function on cells, by their wrapped distance; its mean over each where it is steep."""
    y, x = (np.fft.fftfreq(n, 1.0 / n) * cell_um for n in (rows, columns))
    kernel = (1.0 + (y[:, None] ** 2 + x[None, :] ** 2) / GLOW_UM**2) ** -GLOW_POWER
    parts = (np.arange(STEEP_PARTS) + 0.5) / STEEP_PARTS - 0.5
    for i in range(-min(STEEP_CELLS, rows // 2 - 1), min(STEEP_CELLS, rows // 2 - 1) + 1):
        for j in range(-min(STEEP_CELLS, columns // 2 - 1), min(STEEP_CELLS, columns // 2 - 1) + 1):
            square = ((i + parts)[:, None] ** 2 + (j + parts)[None, :] ** 2) * cell_um**2
            kernel[i, j] = ((1.0 + square / GLOW_UM**2) ** -GLOW_POWER).mean()
    return kernel


def _to_pixels(xp: Any, cells: Any, cell: int, rows: int, columns: int) -> Any:
    """Return cells interpolated linearly to the picture's pixels; at the edges the outermost cell goes on."""
    for axis, count in ((0, rows), (1, columns)):
        if cell == 1:
            continue
        at = np.clip((np.arange(count) + 0.5) / cell - 0.5, 0.0, cells.shape[axis] - 1.0)
        lower = np.minimum(at.astype(np.int64), max(cells.shape[axis] - 2, 0))
        share = (at - lower).astype(np.float32)
        upper = np.minimum(lower + 1, cells.shape[axis] - 1)
        place = device_of(cells)
        low, high = (xp.take(cells, xp.asarray(i, device=place), axis=axis) for i in (lower, upper))
        weight = xp.asarray(share[:, None] if axis == 0 else share[None, :], device=place)
        cells = low + (high - low) * weight
    return cells
