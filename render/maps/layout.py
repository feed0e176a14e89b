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
    """Return the layout of so many panels that makes them largest.

    Raises ValueError where they would be too small; it tells the smallest size of that shape.
    """
    best = _largest(size, panels)
    if not _fits(best):
        width, height = _least_size(size, panels)
        maps = f"{panels} map{'s' if panels > 1 else ''}"
        raise ValueError(
            f"{size[0]}x{size[1]} is too small for {maps} with letters; the smallest of this shape is {width}x{height}"
        )
    return best


def _largest(size: tuple[int, int], panels: int) -> Layout:
    letter = LETTER * math.sqrt(size[0] * size[1] / panels)
    tries = [_in_columns(size, letter, panels, across) for across in range(1, panels + 1)]
    return max(tries, key=lambda one: min(one.panels[0][2:]))


def _fits(made: Layout) -> bool:
    return made.letter >= LEAST_LETTER and min(made.panels[0][2:]) >= LEAST_PANEL


def _least_size(size: tuple[int, int], panels: int) -> tuple[int, int]:
    """Return the smallest size of a shape in which the panels fit: its shorter side by bisection."""
    short, long = sorted(size)

    def of(side: int) -> tuple[int, int]:
        longer = math.ceil(side * long / short)
        return (side, longer) if size[0] <= size[1] else (longer, side)

    low, high = 0, LEAST_PANEL
    while not _fits(_largest(of(high), panels)):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _fits(_largest(of(middle), panels)) else (middle, high)
    return of(high)


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
