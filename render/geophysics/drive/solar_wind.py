"""What the solar wind does to the magnetosphere: its coupling, its pressure, and Kp, which follows within hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from render.core.record import Record

Array = np.ndarray
SPEED_KM_S, FIELD_NT, DENSITY_CM3 = (100.0, 3000.0), (-200.0, 200.0), (0.0, 200.0)
"""Lowest and highest that are taken: the fastest wind measured was near 2500 km/s (August 1972; from memory)."""
# Kp = offset + a coupling + b sqrt(n) V^2: Newell et al. 2008, J. Geophys. Res. 113, A04218, as others quote it (the
# paper itself was not read)
KP_OFFSET, KP_PER_COUPLING, KP_PER_VISCOUS = 0.05, 2.244e-4, 2.844e-6
# Above this Kp the line, a fit to all days, overshoots: 17 March 2015 (600 km/s, -20 nT, 15 cm-3, Kp 8-) gives 12.5.
# Levelling off from here, smoothly and at 9, gives 8.1 there and is within 0.4 of five more storms (all recalled,
# uncertain).
KP_LINEAR_TO, KP_HIGHEST = 4.0, 9.0
# s, 1 h / -ln 0.65: each hour back counts 0.65 times, over four hours, in OVATION Prime's published code (NOAA-SWPC)
MEMORY_S = 8357.0
PRESSURE_NPA = 2e-6  # nPa per cm-3 (km/s)^2, with the usual 5 % of helium; OMNI's flow pressure (from memory)
PRESSURE_MEMORY_S = 1200.0  # s: how long the aurora of a pressure pulse lasts (tens of minutes; uncertain)
STEP_S = 60.0  # s: between rows farther apart the coupling, which is not linear in them, is computed this often
MOST_NODES = 1_000_000


class SolarWind(Record):
    """A steady solar wind, `[drive] solar_wind`; the field in GSM coordinates."""

    speed_km_s: float = Field(ge=SPEED_KM_S[0], le=SPEED_KM_S[1], description="speed, km/s")
    by_nt: float = Field(ge=FIELD_NT[0], le=FIELD_NT[1], description="magnetic field towards dusk, GSM y, nT")
    bz_nt: float = Field(ge=FIELD_NT[0], le=FIELD_NT[1], description="magnetic field northward, GSM z, nT")
    density_cm3: float = Field(ge=DENSITY_CM3[0], le=DENSITY_CM3[1], description="protons per cm3")


@dataclass(frozen=True)
class WindState:
    """The wind's effect at one instant.

    `coupling` and its mean over the memory, (km/s)^(4/3) nT^(2/3); pressure and its mean, nPa; `kp`, 0 to 9.
    """

    kp: float
    coupling: float
    coupling_mean: float
    pressure_npa: float
    pressure_mean_npa: float


def newell_coupling(speed_km_s: Array | float, by_nt: Array | float, bz_nt: Array | float) -> Array:
    """Return the rate at which flux is opened, V^(4/3) BT^(2/3) sin^(8/3)(clock angle / 2), (km/s)^(4/3) nT^(2/3).

    Zero for a field due north, largest due south; the mean over years is near 4400. Inputs broadcast. Newell et al.
    2007, J. Geophys. Res. 112, A01206.
    """
    transverse = np.hypot(by_nt, bz_nt)
    cosine = np.divide(bz_nt, transverse, out=np.ones_like(transverse), where=transverse > 0.0)
    return np.asarray(speed_km_s, float) ** (4 / 3) * transverse ** (2 / 3) * (0.5 * (1.0 - cosine)) ** (4 / 3)


def dynamic_pressure_npa(speed_km_s: Array | float, density_cm3: Array | float) -> Array:
    """Return the wind's dynamic pressure, nPa."""
    return PRESSURE_NPA * np.asarray(density_cm3, float) * np.asarray(speed_km_s, float) ** 2


def levelled_kp(linear: Array | float) -> Array:
    """Return Kp, 0 to 9, of `linear_kp`'s values (averaged over the memory): the same up to 4, then levelling off."""
    linear = np.maximum(np.asarray(linear, float), 0.0)
    room = KP_HIGHEST - KP_LINEAR_TO
    return np.minimum(linear, KP_LINEAR_TO) + room * -np.expm1(-np.maximum(linear - KP_LINEAR_TO, 0.0) / room)


def linear_kp(coupling: Array | float, speed_km_s: Array | float, density_cm3: Array | float) -> Array:
    """Return the sum of Newell's merging and viscous terms in steps of Kp; unbounded above (see `levelled_kp`)."""
    viscous = np.sqrt(np.asarray(density_cm3, float)) * np.asarray(speed_km_s, float) ** 2
    return KP_OFFSET + KP_PER_COUPLING * np.asarray(coupling, float) + KP_PER_VISCOUS * viscous


@dataclass(frozen=True, eq=False)
class WindHistory:
    """A wind against time, arrays [node]: linear between nodes, held before the first and after the last.

    `linear_kp` is the function of that name; means are exponential over the past MEMORY_S (pressure:
    PRESSURE_MEMORY_S), in balance at the first node.
    """

    time_s: Array
    speed_km_s: Array
    by_nt: Array
    bz_nt: Array
    density_cm3: Array
    coupling: Array
    coupling_mean: Array
    linear_kp: Array
    linear_kp_mean: Array
    pressure_npa: Array
    pressure_mean_npa: Array

    def at(self, time_s: float) -> WindState:
        """Return the wind's effect at an instant, s on the history's own clock."""
        wind = [
            float(np.interp(time_s, self.time_s, column))
            for column in (self.speed_km_s, self.by_nt, self.bz_nt, self.density_cm3)
        ]
        coupling, linear, pressure = (float(value) for value in _effects(*wind))
        node = max(int(np.searchsorted(self.time_s, time_s, side="right")) - 1, 0)
        elapsed = max(time_s - float(self.time_s[node]), 0.0)

        def relaxed(values: Array, means: Array, now: float, memory_s: float) -> float:
            return _relaxed(float(means[node]), float(values[node]), now, elapsed, memory_s)

        return WindState(
            float(levelled_kp(relaxed(self.linear_kp, self.linear_kp_mean, linear, MEMORY_S))),
            coupling,
            relaxed(self.coupling, self.coupling_mean, coupling, MEMORY_S),
            pressure,
            relaxed(self.pressure_npa, self.pressure_mean_npa, pressure, PRESSURE_MEMORY_S),
        )


def wind_history(time_s: Array, speed_km_s: Array, by_nt: Array, bz_nt: Array, density_cm3: Array) -> WindHistory:
    """Return the history of a wind given at rising instants [row], with its coupling and means on a grid of 1 min.

    Between rows speed, field and density are linear. One row is a steady wind.
    """
    grid = _refined(np.asarray(time_s, float))
    speed, by, bz, density = (np.interp(grid, time_s, column) for column in (speed_km_s, by_nt, bz_nt, density_cm3))
    coupling, linear, pressure = _effects(speed, by, bz, density)
    return WindHistory(
        grid,
        speed,
        by,
        bz,
        density,
        coupling,
        _mean(grid, coupling, MEMORY_S),
        linear,
        _mean(grid, linear, MEMORY_S),
        pressure,
        _mean(grid, pressure, PRESSURE_MEMORY_S),
    )


def _effects(speed: Array | float, by: Array | float, bz: Array | float, density: Array | float) -> tuple[Array, ...]:
    """Return (coupling, linear Kp, pressure nPa) of a wind."""
    coupling = newell_coupling(speed, by, bz)
    return coupling, linear_kp(coupling, speed, density), dynamic_pressure_npa(speed, density)


def _refined(time_s: Array) -> Array:
    """Return the instants with more between them, so that none are farther apart than STEP_S (or 1e-6 of the span)."""
    step = max(STEP_S, float(time_s[-1] - time_s[0]) / MOST_NODES)
    parts = np.maximum(np.ceil(np.diff(time_s) / step - 1e-9).astype(int), 1)
    node = np.repeat(np.arange(len(parts)), parts)
    share = (np.arange(len(node)) - np.repeat(np.cumsum(parts) - parts, parts)) / np.repeat(parts, parts)
    between = time_s[node] + share * np.diff(time_s)[node] if len(parts) else time_s[:0]
    return np.append(between, time_s[-1])


def _mean(time_s: Array, values: Array, memory_s: float) -> Array:
    """Return the exponential mean of the past [node], of values linear between nodes; in balance at the first."""
    means = np.empty_like(values)
    means[0] = values[0]
    listed, steps = values.tolist(), np.diff(time_s).tolist()
    for node, step in enumerate(steps):
        means[node + 1] = _relaxed(means[node], listed[node], listed[node + 1], step, memory_s)
    return means


def _relaxed(mean: float, before: float, now: float, elapsed_s: float, memory_s: float) -> float:
    """Return the mean after `elapsed_s`, in which the value goes linearly from `before` to `now`.

    The solution of memory_s dy/dt = x - y.
    """
    if elapsed_s <= 0.0:
        return mean
    lag = (now - before) * memory_s / elapsed_s
    return now - lag + (mean - before + lag) * float(np.exp(-elapsed_s / memory_s))
