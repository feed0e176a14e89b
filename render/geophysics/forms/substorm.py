"""Substorms: a time-table of growth, onset, expansion and recovery, a pure function of place and time.

Growth: arcs drift towards the equator and calm down. In the last minutes beads grow along the arc nearest the equator
(Kalmoni et al. 2015: 60-110 km apart, growing by 0.01-0.05 per s). At onset it brightens, and a bulge opens: its front
runs poleward, its ends west (the surge, a spiral of 150 km and more) and east (Akasofu 1964; speeds as collected in the
project's geophysics note). Recovery: the bulge fades; patches pulsate and omega bands drift in the morning sector.
Ages are counted from the onset, negative before it, and x and y are magnetic coordinates, east and poleward.
Shapes without a name here were chosen by eye and are uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from render.core.record import Record
from render.geophysics.field.magnetic_coordinates import KM_PER_HOUR
from render.geophysics.forms.noise import gradient_noise
from render.geophysics.forms.vortices import smooth_step

BEAD_GROWTH_S = 40.0  # s in which beads grow by e: 0.025 per s (Kalmoni et al. 2015: 0.01-0.05)
BRIGHTENING_S = 60.0  # s in which the onset arc brightens by e before onset (uncertain)
ONSET_HALF_KM = 130.0  # km, half the width of the sector that breaks up first (uncertain)
WEST_EDGE_KM, EAST_EDGE_KM = 190.0, 520.0  # km over which the bulge opens at its western and eastern end (uncertain)
EAST_BEYOND_KM = 300.0  # km of the eastern one that lie beyond the nominal end (uncertain)
HEAD_PLACE = 0.55  # of WEST_EDGE_KM, east of the western end: where the spiral is, which needs light (by eye)
RAGGED, RAGGED_KM, RAGGED_S = 0.22, 260.0, 240.0  # of the front's height, km along it, s (uncertain, chosen by eye)
RAGGED_SEED = 15  # above the substorm's
FADING = 0.5  # of the time of recovery, in which the bulge fades by e (uncertain)
# of the carpet's flux, which electrons injected into the plasma sheet add to it (at onset the whole oval's power
# doubles: Newell & Gjerloev 2011); s in which that comes up; km/s at which its eastern end drifts on after the
# expansion (electrons of 10 keV: 2 h of local time an hour); of the time of recovery, in which it fades by e: uncertain
INJECTED, INJECTION_RISE_S, INJECTION_DRIFT_KM_S, INJECTION_FADING = 1.0, 600.0, 0.5, 0.8
RISE_S = 25.0  # s in which the bulge's own arcs light up (uncertain)
SETTLING_S = 120.0  # s after onset in which beads unwind by half, and the calm of growth is over (uncertain)
SPIRAL_S, LEFT_S = (20.0, 150.0), (150.0, 600.0)  # s after onset: the spiral winds up; the onset arc halves (uncertain)
GROWTH_DRIFT_KM_S = 0.1  # km/s towards the equator in the growth phase (100-300 m/s, the note's section 2)
LONGEST_DRIFT_S = 1200.0  # s of growth that arcs drift at that speed: 120 km
BULGE_PLACES = (0.0, 0.36, 0.7, 1.0)  # of the bulge's height: where its arc groups stand; 0 is the onset arc
BULGE_BRIGHTNESS = (4.0, 2.3, 2.5, 3.8)  # of these groups: the front and the onset arc are brightest
SECONDS_PER_MINUTE = 60.0


class Substorm(Record):
    """One substorm of the scene's time-table, `[[aurora.event]]`."""

    onset_s: float = Field(ge=-86_400.0, le=86_400.0, description="s after the scene's time when it breaks up")
    mlt_h: float = Field(default=23.0, ge=0.0, le=24.0, description="magnetic local time of the onset, h")
    latitude_deg: float | None = Field(
        default=None, ge=50.0, le=80.0, description="magnetic latitude of the onset; missing: a sixth across the oval"
    )
    strength: float = Field(default=1.0, ge=0.0, le=2.0, description="energy flux relative to an average substorm")
    growth_min: float = Field(default=40.0, ge=0.0, le=180.0, description="minutes of growth before onset")
    expansion_min: float = Field(default=15.0, ge=1.0, le=90.0, description="minutes of expansion")
    recovery_min: float = Field(default=60.0, ge=1.0, le=240.0, description="minutes of recovery after expansion")
    poleward_km_s: float = Field(default=0.6, ge=0.1, le=3.0, description="km/s of the bulge's front towards the pole")
    westward_km_s: float = Field(default=1.5, ge=0.1, le=5.0, description="km/s of the westward surge")
    eastward_km_s: float = Field(default=1.0, ge=0.1, le=5.0, description="km/s of the bulge's eastern end")
    bead_km: float = Field(default=80.0, ge=40.0, le=160.0, description="km between beads before onset")
    streamers: float = Field(default=1.0, ge=0.0, le=5.0, description="number of streamers relative to a typical one")

    @property
    def onset_x_km(self) -> float:
        """Return x, km, of the onset in magnetic coordinates."""
        return ((self.mlt_h + 12.0) % 24.0 - 12.0) * KM_PER_HOUR

    def ends_km(self, since_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x, km, of the bulge's western and eastern end, s after onset: they stand when expansion ends."""
        running = np.clip(since_s, 0.0, self.expansion_min * SECONDS_PER_MINUTE)
        west = self.onset_x_km - ONSET_HALF_KM - self.westward_km_s * running
        return west, self.onset_x_km + ONSET_HALF_KM + self.eastward_km_s * running


@dataclass(frozen=True)
class Bulge:
    """A substorm's bulge, arrays [instant, node] along x unless said otherwise.

    `height_km`: of the front poleward of the onset arc; `lit` of the onset arc and `filled` of the bulge, 0 to 1, with
    time and place; `west_km` [instant]: x of the surge's head; `beads`, `surge` [instant]: how far these vortices are
    wound, 0 to 1.
    """

    height_km: np.ndarray
    lit: np.ndarray
    filled: np.ndarray
    west_km: np.ndarray
    beads: np.ndarray
    surge: np.ndarray


def bulge(event: Substorm, seed: int, x_km: np.ndarray, room_km: np.ndarray, times_s: np.ndarray) -> Bulge:
    """Return the bulge at instants [instant], s after the scene's time, along x [node], km.

    `seed`: the substorm's, for its ragged front; `room_km` [instant, node]: from the onset arc to the front's end.
    """
    age = np.asarray(times_s, float) - event.onset_s
    since = np.maximum(age, 0.0)[:, None]
    expansion = event.expansion_min * SECONDS_PER_MINUTE
    west, east = event.ends_km(since)
    sector = smooth_step(0.0, WEST_EDGE_KM, x_km - west) * smooth_step(0.0, EAST_EDGE_KM, east - x_km + EAST_BEYOND_KM)
    ragged = 1.0 + RAGGED * gradient_noise(x_km / RAGGED_KM, since / RAGGED_S, seed + RAGGED_SEED)
    height = room_km * _saturated(event.poleward_km_s * since / room_km) * sector * ragged
    fading = np.exp(-np.maximum(since - expansion, 0.0) / (FADING * event.recovery_min * SECONDS_PER_MINUTE))
    before = np.exp(np.minimum(age, 0.0) / BRIGHTENING_S)[:, None]
    risen = smooth_step(0.0, RISE_S, since)
    beads = np.exp(np.minimum(age, 0.0) / BEAD_GROWTH_S) * (1.0 - 0.5 * smooth_step(0.0, SETTLING_S, age))
    faint = 1.0 - 0.5 * smooth_step(*LEFT_S, since)  # the onset arc, once the bulge has left it
    return Bulge(
        height_km=height,
        lit=before * fading * sector * faint,
        filled=risen * fading * sector,
        west_km=west[:, 0] + HEAD_PLACE * WEST_EDGE_KM,
        beads=beads * fading[:, 0],
        surge=(smooth_step(*SPIRAL_S, since) * fading)[:, 0],
    )


def _saturated(u: np.ndarray) -> np.ndarray:
    """Return u up to 0.7, then level off at 1 from 1.3 on: the front stops at the oval's poleward edge.

    A parabola between them, with the slopes of both: there is no kink.
    """
    return np.where(u < 0.7, u, 1.0 - np.clip(1.3 - u, 0.0, 0.6) ** 2 / 1.2)


def growth(event: Substorm, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (equatorward shift km, calm 0 to 1) of the ordinary arcs, each [instant]; 0 without a growth phase."""
    age = np.asarray(times_s, float) - event.onset_s
    length = event.growth_min * SECONDS_PER_MINUTE
    if length <= 0.0:
        return np.zeros_like(age), np.zeros_like(age)
    recovery = event.recovery_min * SECONDS_PER_MINUTE
    grown = np.clip(age + length, 0.0, length)
    after = smooth_step(0.0, recovery, np.maximum(age, 0.0))
    shift = GROWTH_DRIFT_KM_S * np.minimum(grown, LONGEST_DRIFT_S) * (1.0 - after)
    calm = smooth_step(0.0, 1.0, grown / length) * (1.0 - smooth_step(0.0, SETTLING_S, age))
    return shift, calm


def injection(event: Substorm, x_km: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Return what injected electrons add to the carpet at instants [instant], relative to it, [instant, node].

    From the bulge's western end to its eastern one, which drifts on eastward when the expansion ends.
    """
    since = np.maximum(np.asarray(times_s, float) - event.onset_s, 0.0)[:, None]
    expansion, whole = event.expansion_min * SECONDS_PER_MINUTE, event.recovery_min * SECONDS_PER_MINUTE
    after = np.maximum(since - expansion, 0.0)
    west, east = event.ends_km(since)
    east = east + INJECTION_DRIFT_KM_S * after + EAST_BEYOND_KM
    sector = smooth_step(0.0, WEST_EDGE_KM, x_km - west) * smooth_step(0.0, EAST_EDGE_KM, east - x_km)
    given = smooth_step(0.0, INJECTION_RISE_S, since) * np.exp(-after / (INJECTION_FADING * whole))
    return np.asarray(INJECTED * event.strength * given * sector)


def recovery(event: Substorm, times_s: np.ndarray) -> np.ndarray:
    """Return how far the recovery's forms (patches, omega bands) have come up, 0 to 1, [instant].

    They come up late in the expansion and are gone 0.6 of a recovery's length after its end (chosen by eye).
    """
    age = np.asarray(times_s, float) - event.onset_s
    expansion, whole = event.expansion_min * SECONDS_PER_MINUTE, event.recovery_min * SECONDS_PER_MINUTE
    up = smooth_step(0.4 * expansion, 1.2 * expansion, age)
    return min(event.strength, 1.0) * up * (1.0 - smooth_step(expansion + 0.8 * whole, expansion + 1.6 * whole, age))
