"""A Bayer mosaic, RGGB with red at the top left of the frame, and the three channels made of it again.

Bilinear: each missing channel is the mean of its nearest neighbours. On a night's noise sharper methods (Malvar, He and
Cutler 2004) gain nothing that the lens has kept, and carry the noise of one channel into the others.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

RED, GREEN, BLUE = 0, 1, 2
CHANNELS = ((RED, GREEN), (GREEN, BLUE))
"""Which channel a photosite has, by the parity of its row and column in the frame."""


def mosaic_of(electrons: Any, first_row: int = 0, first_column: int = 0) -> Any:
    """Return the plane [row, column] that photosites of one colour each see of `electrons` [channel, row, column]."""
    xp = array_namespace(electrons)
    raw = xp.empty(electrons.shape[1:], dtype=electrons.dtype)
    for row in range(2):
        for column in range(2):
            there = _every_other(row, column, first_row, first_column)
            raw[there] = electrons[(CHANNELS[row][column], *there)]
    return raw


def demosaic(raw: Any, first_row: int = 0, first_column: int = 0) -> Any:
    """Return the three channels [channel, row, column] of a mosaic [row, column], by its place in the frame.

    At the edges the mosaic is mirrored, so that a neighbour keeps its colour. At least 2 x 2 photosites, or one colour
    is nowhere; of a smaller mosaic all channels are the plane itself.
    """
    xp = array_namespace(raw)
    rows, columns = raw.shape
    if min(rows, columns) < 2:
        return xp.stack([raw, raw, raw])
    wide = xp.concat([raw[1:2, :], raw, raw[-2:-1, :]], axis=0)
    wide = xp.concat([wide[:, 1:2], wide, wide[:, -2:-1]], axis=1)
    out = xp.empty((3, rows, columns), dtype=raw.dtype)
    for row in range(2):
        for column in range(2):
            down, across = there = _every_other(row, column, first_row, first_column)

            def at(dy: int, dx: int, down: slice = down, across: slice = across) -> Any:
                """Return the mosaic so many rows below and columns right of these photosites."""
                y, x = down.start + 1 + dy, across.start + 1 + dx
                return wide[y : y + rows - down.start : 2, x : x + columns - across.start : 2]

            beside, above = 0.5 * (at(0, -1) + at(0, 1)), 0.5 * (at(-1, 0) + at(1, 0))
            own = CHANNELS[row][column]
            out[(own, *there)] = at(0, 0)
            if own == GREEN:
                of_row = RED if row == 0 else BLUE
                out[(of_row, *there)] = beside
                out[(BLUE if of_row == RED else RED, *there)] = above
            else:
                out[(GREEN, *there)] = 0.5 * (beside + above)
                corners = (at(-1, -1) + at(-1, 1)) + (at(1, -1) + at(1, 1))
                out[(BLUE if own == RED else RED, *there)] = 0.25 * corners
    return out


def _every_other(row: int, column: int, first_row: int, first_column: int) -> tuple[slice, slice]:
    """Return the slices of a tile whose places in the frame have the parities (row, column)."""
    return slice((row - first_row) % 2, None, 2), slice((column - first_column) % 2, None, 2)
