"""A value by film time between keys: straight from key to key, or smoothly."""

from __future__ import annotations

import numpy as np

from render.core.geodesy import Array


def linear(time_s: float, times: Array, values: Array) -> float:
    """Return the value at a time, straight between keys; constant before the first and after the last."""
    return float(np.interp(time_s, times, values))


def smooth(time_s: float, times: Array, values: Array) -> float:
    """Return the value at a time by a cubic through each two keys whose slope is continuous everywhere.

    Slopes are the harmonic means of Fritsch & Butland (1984, SIAM J. Sci. Stat. Comput. 5, 300), weighted for uneven
    times as in PCHIP: between two keys the value never leaves theirs, and rests where two are equal. It starts and ends
    at rest: there is no corner at the first and the last key either.
    """
    if not times[0] < time_s < times[-1]:
        return linear(time_s, times, values)
    steps = np.diff(times)
    rates = np.diff(values) / steps
    slopes = np.zeros(len(times))
    before, after = 2.0 * steps[1:] + steps[:-1], steps[1:] + 2.0 * steps[:-1]
    same_way = rates[:-1] * rates[1:] > 0.0
    left, right = (np.where(same_way, rate, 1.0) for rate in (rates[:-1], rates[1:]))
    slopes[1:-1] = np.where(same_way, (before + after) / (before / left + after / right), 0.0)
    k = int(np.searchsorted(times, time_s, side="right")) - 1
    t = (time_s - times[k]) / steps[k]
    rise = values[k + 1] - values[k]
    from_start, from_end = slopes[k] * steps[k], slopes[k + 1] * steps[k]
    # the cubic of Hermite, written so that equal keys give their value to the last bit
    bent = rise * t * t * (3.0 - 2.0 * t) + t * (1.0 - t) * (from_start * (1.0 - t) - from_end * t)
    return float(values[k] + bent)


def by_the_shorter_way(angles_deg: Array) -> Array:
    """Return angles, degrees, each a whole number of turns from the given, at most half a turn from the last."""
    steps = np.diff(angles_deg)
    return np.asarray(angles_deg[0] + np.concatenate([[0.0], np.cumsum((steps + 180.0) % 360.0 - 180.0)]))
