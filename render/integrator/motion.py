"""Average a picture's light along the ways that it takes over the picture while the shutter is open."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from render import device as devices
from shaders import motion as shader

SEEN_PX = 0.35  # px: a shorter way, 0.1 px rms, is not seen behind any lens: the narrowest core has 0.34 px rms
NO_DISC = np.array([[0.0, 0.0, -1.0, 0.0, 0.0]])
BEYOND_PX = 2.0  # px beyond half of the longest way: weights reach the pixel beyond a bar's end


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways of light over a picture, from opening to closing, at nodes of a lattice.

    `nodes` [node row, node column, 2] px (x, y); nodes lie `spacing_px` apart and begin with the centre of the top left
    pixel. `discs` [disc, 5]: place (x, y), counted from 0, and radius, px, within which all goes a way (x, y) of its
    own. `closed`: the picture's right edge meets its left.
    """

    nodes: np.ndarray
    spacing_px: float
    discs: np.ndarray = field(default_factory=lambda: np.zeros((0, 5)))
    closed: bool = False

    @property
    def longest_px(self) -> float:
        """Return the length of the longest way, px."""
        return float(np.hypot(self.nodes[..., 0], self.nodes[..., 1]).max(initial=0.0))

    @property
    def seen(self) -> bool:
        """Return whether any way is so long that it would be seen."""
        return self.longest_px > SEEN_PX


def rows_around(ways: Ways | None, first: int, count: int, rows: int) -> tuple[int, int, slice]:
    """Return (first, count, kept): the rows of a picture of `rows` from which light of some may come along ways, and
    which of them those some are."""
    halo = 0
    if ways is not None:
        down = np.abs(ways.nodes[..., 1]).max(initial=0.0), np.abs(ways.discs[:, 4]).max(initial=0.0)
        halo = int(np.ceil(0.5 * max(down) + BEYOND_PX))
    top = max(first - halo, 0)
    return top, min(first + count + halo, rows) - top, slice(first - top, first - top + count)


def average(light: np.ndarray, ways: Ways | None, first_row: int, kept: slice) -> np.ndarray:
    """Average `light` [plane, row, column] along its ways, in place, and return its rows `kept`; the others are spoilt.

    `light` begins with the picture's row `first_row` (0 = top); beyond its ends all is taken to be as at them. `ways`
    None: nothing moves.
    """
    if ways is None:
        return light[:, kept]
    discs = ways.discs if len(ways.discs) else NO_DISC
    staged = devices.upload_pack(shader.Ways, nodes=ways.nodes, spacing=np.array([ways.spacing_px]), discs=discs)
    rows, real = kept.stop - kept.start, devices.running().real
    for first in range(0, len(light), shader.MOST_PLANES):
        planes = light[first : first + shader.MOST_PLANES]
        out = devices.result((len(planes), rows, light.shape[2]))
        shader.average(first_row, kept.start, int(ways.closed), staged, np.ascontiguousarray(planes, dtype=real), out)
        planes[:, kept] = devices.to_host(out)
    return light[:, kept]
