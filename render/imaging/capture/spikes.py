"""The star that straight diaphragm blades draw about the Sun when a lens is stopped down.

Light that an edge diffracts runs off at right angles to it: n blades make n spikes (n even) or 2 n (n odd). Beyond a
radius r there lies 0.2 lambda N / r of a point's light (2/pi^2 of it, the far field of an edge); along a spike it falls
as r^-2. Round blades, as of fast lenses, leave none until they are closed so far that they are straight.
"""

from __future__ import annotations

import math

import numpy as np

ENERGY_BEYOND = 0.2  # of a point's light beyond r, times r / (lambda N): 2/pi^2
CHANNEL_UM = (0.61, 0.54, 0.46)  # um, mean wavelength of red, green and blue: spikes grow with it
ROUND_TO, STRAIGHT_FROM = (
    2.5,
    4.5,
)  # log2 of the f-number: f/5.7, f/22.6; after 24 and 50 mm f/1.4; uncertain
TURN_RAD = 0.13  # rad, of the diaphragm in its mount; any
STEP_CELLS = 0.25  # of the drawing along a spike


def strength(f_number: float) -> float:
    """Return 0 for a diaphragm that is still round, 1 for straight blades."""
    closed = (math.log2(f_number) - ROUND_TO) / (STRAIGHT_FROM - ROUND_TO)
    return min(max(closed, 0.0), 1.0)


def spike_kernel(
    rows: int, columns: int, cell_um: float, blades: int, f_number: float, wavelength_um: float
) -> np.ndarray:
    """Return the share of a point's light in each cell [row, column] of its spikes, by wrapped distance.

    From one cell off the point to half the grid; the sum is what is missing at the point.
    """
    count = blades if blades % 2 == 0 else 2 * blades
    kernel = np.zeros((rows, columns))
    reach = 0.5 * math.hypot(rows, columns)
    edges = np.arange(1.0, reach, STEP_CELLS)
    middle = 0.5 * (edges[1:] + edges[:-1])
    beyond = ENERGY_BEYOND * strength(f_number) * wavelength_um * f_number / (edges * cell_um)
    share = -np.diff(beyond) / count
    for spike in range(count):
        angle = TURN_RAD + 2.0 * math.pi * spike / count
        y, x = middle * math.sin(angle), middle * math.cos(angle)
        inside = (np.abs(y) < rows / 2 - 1) & (np.abs(x) < columns / 2 - 1)
        row, column = np.floor(y[inside]).astype(int), np.floor(x[inside]).astype(int)
        down, across = y[inside] - row, x[inside] - column
        for i in (0, 1):
            for j in (0, 1):
                weight = (down if i else 1.0 - down) * (across if j else 1.0 - across)
                np.add.at(kernel, ((row + i) % rows, (column + j) % columns), share[inside] * weight)
    return kernel


def spikes_beside(
    x_um: np.ndarray, y_um: np.ndarray, middle_um: np.ndarray, radius_um: float, blades: int, f_number: float
) -> np.ndarray:
    """Return the star of a disc elsewhere, at places x [column] and y [row], um: share of its light per um2, per um of
    wavelength.

    Each spike is as broad as the disc, with the chords of a circle for its profile; from the disc's rim on.
    """
    count = blades if blades % 2 == 0 else 2 * blades
    across_um, down_um = (x_um - middle_um[0])[None, :], (y_um - middle_um[1])[:, None]
    star = np.zeros((len(y_um), len(x_um)), np.float32)
    for spike in range(count):
        angle = TURN_RAD + 2.0 * math.pi * spike / count
        cosine, sine = np.float32(math.cos(angle)), np.float32(math.sin(angle))
        aside = (down_um * cosine - across_um * sine) / radius_um
        along = down_um * sine + across_um * cosine
        on = (np.abs(aside) < 1.0) & (along > 0.0)
        far = np.maximum(along[on], radius_um)
        star[on] += np.sqrt(1.0 - aside[on] ** 2) / far**2
    per_um = ENERGY_BEYOND * strength(f_number) * f_number / count * 2.0 / (math.pi * radius_um)
    return star * np.float32(per_um)
