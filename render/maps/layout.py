"""Where everything stands on the picture of a map, in whole pixels: a map's pixels are shown one to one."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_LETTER = 4.0  # pixels: smaller ones cannot be read
LEAST_MAP = 64  # pixels of a map's side
LETTER = 0.0135  # of a map's share of the picture (root of its area): height of a letter, pixels
DEFAULT_MAP = 1000  # pixels of a map's side where no size is given
IN_A_ROW = 3  # maps at most, where no size is given
# In letters: around each map for the labels, above for its heading, below for its colour bar; below all for the caption
LEFT, RIGHT, ABOVE, BELOW = 4.0, 5.0, 2.6, 5.6
CAPTION, EDGE = 5.2, 0.8


@dataclass(frozen=True)
class Layout:
    """A picture of `size` (width, height) with letters `letter` pixels high.

    `maps`: (left, top, columns, rows) of each map, pixels from the top left.
    """

    size: tuple[int, int]
    letter: float
    maps: tuple[tuple[int, int, int, int], ...]


def layout(size: tuple[int, int], maps: int) -> Layout:
    """Return the layout of so many maps that makes them largest. Raises ValueError where they would be too small."""
    letter = LETTER * math.sqrt(size[0] * size[1] / maps)
    tries = [_in_columns(size, letter, maps, across) for across in range(1, maps + 1)]
    best = max(tries, key=lambda one: min(one.maps[0][2:]))
    if letter < LEAST_LETTER or min(best.maps[0][2:]) < LEAST_MAP:
        raise ValueError(f"{size[0]}x{size[1]} is too small for {maps} map{'s' if maps > 1 else ''} with letters")
    return best


def default_size(maps: int) -> tuple[int, int]:
    """Return the size, even both ways, of a picture of square maps, DEFAULT_MAP pixels wide or shared out of that."""
    across = maps if maps <= IN_A_ROW else math.ceil(maps / 2)
    side = DEFAULT_MAP if maps == 1 else 0.8 * DEFAULT_MAP
    size = side, side
    for _ in range(20):  # letters grow with the picture, and it with them
        letter = LETTER * math.sqrt(size[0] * size[1] / maps)
        wide = across * (side + (LEFT + RIGHT) * letter)
        high = math.ceil(maps / across) * (side + (ABOVE + BELOW) * letter) + (CAPTION + EDGE) * letter
        size = wide, high
    return 2 * round(size[0] / 2.0), 2 * round(size[1] / 2.0)


def _in_columns(size: tuple[int, int], letter: float, maps: int, across: int) -> Layout:
    down = math.ceil(maps / across)
    wide, high = size[0] / across, (size[1] - (CAPTION + EDGE) * letter) / down
    columns, rows = int(wide - (LEFT + RIGHT) * letter), int(high - (ABOVE + BELOW) * letter)
    places = [
        (round(k % across * wide + LEFT * letter), round(k // across * high + (EDGE + ABOVE) * letter), columns, rows)
        for k in range(maps)
    ]
    return Layout(size, letter, tuple(places))
