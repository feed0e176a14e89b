"""When substorms break up under a given solar wind: the minimal substorm model.

Energy loads at the rate of the coupling; at a threshold a substorm breaks up and the store drops by what the present
rate brings in 2.69 h, so that a constant wind gives one every 2.69 h, whatever its strength (Freeman & Morley 2004,
Geophys. Res. Lett. 31, L12807; period from memory, the scheme as in the authors' published code). Ours are the Newell
coupling in place of epsilon, a least drop, and shocks that set a well loaded store off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.geophysics.drive.solar_wind import WindHistory

PERIOD_S = 2.69 * 3600.0  # s between substorms of a constant wind (Freeman & Morley 2004)
AVERAGE_COUPLING = 8800.0  # (km/s)^(4/3) nT^(2/3) at an average onset: twice the mean of all times (chosen)
LEAST_STRENGTH, MOST_STRENGTH = 0.2, 1.5  # weaker ones are no substorms (chosen); stronger ones count as this
SHOCK_FACTOR, SHOCK_WITHIN_S = 2.0, 300.0  # a shock: the pressure doubles within 5 min (chosen)
SHOCK_LEAST_NPA = 3.0  # nPa after it (chosen; the mean wind has 2)
SHOCK_LOADED = 0.6  # share of the load from which a shock sets it off (chosen)


@dataclass(frozen=True)
class Onset:
    """One substorm onset: `time_s` after the scene's time; `strength` against an average substorm, 0 to 1.5."""

    time_s: float
    strength: float


@dataclass(frozen=True)
class SubstormCycle:
    """All onsets of a history, on its own clock, in rising order.

    `next_s`: of the first onset after the history's end, if the wind were held (inf: none), of `next_strength`; more
    follow every PERIOD_S.
    """

    onsets: tuple[Onset, ...]
    next_s: float
    next_strength: float

    def between(self, first_s: float, last_s: float, held: bool) -> tuple[Onset, ...]:
        """Return the onsets with first_s <= time < last_s; `held`: the wind stays as it is after the history's end."""
        found = [onset for onset in self.onsets if first_s <= onset.time_s < last_s]
        if held and self.next_strength >= LEAST_STRENGTH and self.next_s < last_s:
            number = max(int(np.ceil((first_s - self.next_s) / PERIOD_S)), 0)
            while (time_s := self.next_s + number * PERIOD_S) < last_s:
                if time_s >= first_s:
                    found.append(Onset(time_s, self.next_strength))
                number += 1
        return tuple(found)


def strength_of(coupling: float) -> float:
    """Return an onset's strength, 0 to 1.5: linear in the coupling (Morley et al. 2007, Ann. Geophys. 25, 2427)."""
    return min(coupling / AVERAGE_COUPLING, MOST_STRENGTH)


@lru_cache(maxsize=16)
def substorm_cycle(history: WindHistory) -> SubstormCycle:
    """Return the onsets of a wind's history; the store starts as after an onset at the first node."""
    time, rate = history.time_s, history.coupling
    loaded = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(time))])
    shocks = [(float(time[node]), float(loaded[node]), float(rate[node])) for node in _shocks(history)]
    found: list[Onset] = []
    now, drop = float(time[0]), _drop(float(rate[0]))
    threshold = drop
    while True:
        at, coupling = _reached(time, rate, loaded, threshold)
        level = threshold
        for shock_s, shock_level, shock_rate in shocks:
            if now < shock_s < at and threshold - shock_level <= (1.0 - SHOCK_LOADED) * drop:
                at, level, coupling = shock_s, shock_level, shock_rate
                break
        if at > time[-1]:
            return SubstormCycle(tuple(found), at, strength_of(coupling))
        if strength_of(coupling) >= LEAST_STRENGTH:
            found.append(Onset(at, strength_of(coupling)))
        now, drop = at, _drop(coupling)
        threshold = level + drop


def _drop(coupling: float) -> float:
    """Return what an onset takes from the store; never so little that the next one follows at once."""
    return PERIOD_S * max(coupling, LEAST_STRENGTH * AVERAGE_COUPLING)


def _reached(time: np.ndarray, rate: np.ndarray, loaded: np.ndarray, threshold: float) -> tuple[float, float]:
    """Return when the load reaches the threshold, and the rate then; after the last node by holding its rate."""
    node = int(np.searchsorted(loaded, threshold)) - 1
    missing = threshold - float(loaded[node])
    before = float(rate[node])
    if node == len(time) - 1:
        return (float(time[-1]) + missing / before if before > 0.0 else float("inf")), before
    slope = (float(rate[node + 1]) - before) / float(time[node + 1] - time[node])
    coupling = float(np.sqrt(max(before**2 + 2.0 * slope * missing, 0.0)))
    return float(time[node]) + 2.0 * missing / (before + coupling), coupling


def _shocks(history: WindHistory) -> np.ndarray:
    """Return the nodes at which a jump in pressure has just become a shock."""
    pressure = history.pressure_npa
    earlier = np.interp(history.time_s - SHOCK_WITHIN_S, history.time_s, pressure)
    risen = (pressure >= SHOCK_FACTOR * earlier) & (pressure >= SHOCK_LEAST_NPA)
    return np.flatnonzero(risen & ~np.concatenate([[False], risen[:-1]]))
