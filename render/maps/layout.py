"""Where everything stands on the picture from above, in whole pixels: the pixels of a panel are shown one to one."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_LETTER = 4.0  # pixels: smaller ones cannot be read
LEAST_PANEL = 64  # pixels of a panel's side
LETTER = 0.0135  # of a panel's share of the picture (root of its area): height of a letter, pixels
DEFAULT_PANEL = 1000  # pixels of a panel's side where no size is given
IN_A_ROW = 3  # panels at most, where no size is given
# In letters: around each panel for labels, above for its heading, below for its colour bar; below all for the caption
LEFT, RIGHT, ABOVE, BELOW = 4.0, 5.0, 2.6, 5.6
CAPTION, EDGE = 5.2, 0.8


@dataclass(frozen=True)
class Layout:
    """A picture of `size` (width, height) with letters `letter` pixels high.

    `panels`: (left, top, columns, rows) of each line's panel, pixels from the top left.
    """

    size: tuple[int, int]
    letter: float
    panels: tuple[tuple[int, int, int, int], ...]


def layout(size: tuple[int, int], panels: int) -> Layout:
    """Return the layout of so many panels that makes them largest. Raises ValueError where they would be too small."""
    letter = LETTER * math.sqrt(size[0] * size[1] / panels)
    tries = [_in_columns(size, letter, panels, across) for across in range(1, panels + 1)]
    best = max(tries, key=lambda one: min(one.panels[0][2:]))
    if letter < LEAST_LETTER or min(best.panels[0][2:]) < LEAST_PANEL:
        raise ValueError(f"{size[0]}x{size[1]} is too small for {panels} map{'s' if panels > 1 else ''} with letters")
    return best


def default_size(panels: int) -> tuple[int, int]:
    """Return the size, even both ways, of a picture of square panels, DEFAULT_PANEL pixels wide or less."""
    across = panels if panels <= IN_A_ROW else math.ceil(panels / 2)
    side = DEFAULT_PANEL if panels == 1 else 0.8 * DEFAULT_PANEL
    size = side, side
    for _ in range(20):  # letters grow with the picture, and it with them
        letter = LETTER * math.sqrt(size[0] * size[1] / panels)
        wide = across * (side + (LEFT + RIGHT) * letter)
        high = math.ceil(panels / across) * (side + (ABOVE + BELOW) * letter) + (CAPTION + EDGE) * letter
        size = wide, high
    return 2 * round(size[0] / 2.0), 2 * round(size[1] / 2.0)


def _in_columns(size: tuple[int, int], letter: float, panels: int, across: int) -> Layout:
    down = math.ceil(panels / across)
    wide, high = size[0] / across, (size[1] - (CAPTION + EDGE) * letter) / down
    columns, rows = int(wide - (LEFT + RIGHT) * letter), int(high - (ABOVE + BELOW) * letter)
    places = [
        (round(k % across * wide + LEFT * letter), round(k // across * high + (EDGE + ABOVE) * letter), columns, rows)
        for k in range(panels)
    ]
    return Layout(size, letter, tuple(places))
