"""Winds to choose by name, as functions of the time after the scene's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from render.geophysics.drive.solar_wind import Array, SolarWind, WindHistory, wind_history

Preset = Literal["quiet", "active", "storm", "cme_arrival"]
PRESETS = get_args(Preset)
DEFAULT_ARRIVAL_S = 600.0  # s after the scene's time
START_S = -86_400.0  # s: histories begin a day before the scene's time, in balance and just after a substorm
# The same of these, so that a substorm breaks up in the first half hour of the scene
STARTS_S = {"active": -92_400.0, "storm": -92_400.0}
DAYS = 10  # that a preset's wind changes; later it stays as it is
STEP_S = 60.0  # s between rows: the shortest period below is ten times that
SHOCK_S = 30.0  # s in which a shock compresses the magnetosphere (about a minute; uncertain)
HOUR_S = 3600.0

# All speeds, fields, densities, periods and turns below: chosen, typical of their kind.
QUIET = SolarWind(speed_km_s=350.0, by_nt=2.0, bz_nt=0.9, density_cm3=5.0)  # Kp 1
# period s, amplitude deg, phase rad: how the clock angle turns; Alfven waves turn the field and keep its strength
STREAM_TURNS = ((4700.0, 36.0, 0.4), (2310.0, 28.0, 2.1), (1130.0, 18.0, 4.0), (610.0, 10.0, 1.2))
STORM_TURNS = ((8200.0, 14.0, 0.0), (2600.0, 9.0, 1.0), (900.0, 6.0, 3.0))


def preset_history(preset: Preset, arrival_s: float = DEFAULT_ARRIVAL_S) -> WindHistory:
    """Return a preset's wind against the time after the scene's; `arrival_s` counts for "cme_arrival" only."""
    return _history(preset, arrival_s if preset == "cme_arrival" else DEFAULT_ARRIVAL_S)


@lru_cache(maxsize=8)
def steady_history(wind: SolarWind) -> WindHistory:
    """Return the history of a wind that never changes."""
    row = (wind.speed_km_s, wind.by_nt, wind.bz_nt, wind.density_cm3)
    return wind_history(np.array([START_S]), *(np.array([value]) for value in row))


@lru_cache(maxsize=8)
def _history(preset: Preset, arrival_s: float) -> WindHistory:
    if preset == "quiet":
        return steady_history(QUIET)
    rows = np.arange(STARTS_S.get(preset, START_S), DAYS * 86_400.0 + 1.0, STEP_S)
    if preset == "cme_arrival":
        rows = np.union1d(rows, arrival_s + np.array([0.0, SHOCK_S]))
        return wind_history(rows, *cme_arrival(rows - arrival_s))
    winds: dict[str, Callable[[Array], tuple[Array, ...]]] = {"active": active, "storm": storm}
    return wind_history(rows, *winds[preset](rows))


def active(time_s: Array) -> tuple[Array, ...]:
    """Return (speed km/s, By nT, Bz nT, density cm-3) of a high-speed stream full of Alfven waves; Kp near 5."""
    angle = 118.0 + _turns(time_s, STREAM_TURNS)
    speed = 590.0 + 25.0 * np.sin(2.0 * np.pi * time_s / 21_000.0)
    return speed, *_field(8.3 + 0.0 * time_s, angle), 4.0 + 0.0 * time_s


def storm(time_s: Array) -> tuple[Array, ...]:
    """Return the same of the body of a great eruption, its field southward throughout; Kp near 8."""
    strength = 18.3 + 1.5 * np.sin(2.0 * np.pi * time_s / 6100.0)
    density = 11.0 + 2.5 * np.sin(2.0 * np.pi * time_s / 3300.0 + 0.7) + 1.5 * np.sin(2.0 * np.pi * time_s / 1250.0)
    return 630.0 + 0.0 * time_s, *_field(strength, 165.0 + _turns(time_s, STORM_TURNS)), density


def cme_arrival(since_s: Array) -> tuple[Array, ...]:
    """Return the same of an eruption against the time after its shock: Kp 2 before it, 7 to 8 some hours after.

    The shock raises speed, density and field at once; from 10 min on, the field turns south within an hour and the
    sheath thins; half a day later the field turns north and all dies away over days.
    """
    shocked = np.clip(since_s / SHOCK_S, 0.0, 1.0)
    after = np.maximum(since_s, 0.0)
    south = _smooth_step(600.0, 600.0 + HOUR_S, since_s)
    north = _smooth_step(12.0 * HOUR_S, 24.0 * HOUR_S, since_s)
    fading = np.exp(-np.maximum(since_s - 12.0 * HOUR_S, 0.0) / (24.0 * HOUR_S))
    speed = 400.0 + 240.0 * shocked * fading
    strength = 4.5 + (6.5 * shocked + 3.0 * south) * fading
    density = 5.0 + shocked * fading * (4.0 + 13.0 * np.exp(-after / (1.5 * HOUR_S)))
    restless = shocked * fading * _turns(since_s, ((1500.0, 6.0, 0.0), (640.0, 5.0, 2.0)))
    return speed, *_field(strength, 102.0 + 60.0 * south - 110.0 * north + restless), density


def _field(strength_nt: Array, clock_deg: Array) -> tuple[Array, Array]:
    """Return (By, Bz) of a field by its strength and its angle from north towards dusk."""
    angle = np.radians(clock_deg)
    return strength_nt * np.sin(angle), strength_nt * np.cos(angle)


def _turns(time_s: Array, waves: tuple[tuple[float, float, float], ...]) -> Array:
    """Return the sum of sines (period s, amplitude, phase rad)."""
    turned = np.zeros_like(time_s)
    for period, amplitude, phase in waves:
        turned = turned + amplitude * np.sin(2.0 * np.pi * time_s / period + phase)
    return turned


def _smooth_step(low: float, high: float, x: Array) -> Array:
    """Rise from 0 at `low` to 1 at `high` with level ends."""
    share = np.clip((x - low) / (high - low), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
