"""From the drive to the curtains: Kp, activity and substorms at any instants of a scene.

`render.geophysics.drive.settings` tells them of one instant; curtains need them of several at once, for what the eye
and the shutter still hold of the past, and substorms as events that last, where the wind has onsets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.drive.settings import DriveSettings, DriveState, Onset
from render.geophysics.forms.substorm import Substorm

# h of magnetic local time: most substorms begin at 22 to 24 h (Frey et al. 2004, from memory)
FIRST_ONSET_H, ONSET_SPREAD_H = 22.2, 1.6
ONSET_PLACES, ONSET_STEP = 97, 131  # how many places there are (a prime); places between onsets a second apart
BEFORE_S, AFTER_S = 3.0 * 3600.0, 3600.0  # s around an instant in which onsets matter to it: recovery, and growth


@dataclass(frozen=True)
class DriveSeries:
    """What the drive says at instants [instant]: `kp` 0 to 9, `activity` (1 in an active hour), and its substorms."""

    kp: np.ndarray
    activity: np.ndarray
    events: tuple[Substorm, ...] = ()

    @classmethod
    def steady(cls, kp: float, count: int = 1, activity: float = 1.0) -> DriveSeries:
        """Return the drive of `count` instants that are all alike."""
        return cls(np.full(count, float(kp)), np.full(count, float(activity)))


DriveFunction = Callable[[np.ndarray], DriveSeries]
"""Gives the drive at instants [instant], s after the scene's time."""


def drive_function(settings: DriveSettings, scene_epoch: Epoch) -> DriveFunction:
    """Return the drive of a scene as a function of instants, s after its time.

    Raises InputError when called for a latest instant that a file does not cover. Earlier ones that it does not
    cover, before its beginning, are taken to have been as the latest. The substorms are those that the wind sets off
    between 3 h before the first instant and 1 h after the last: only they matter.
    """

    def at(times_s: np.ndarray) -> DriveSeries:
        times = np.asarray(times_s, float)
        latest = settings.state(float(times.max()), scene_epoch)
        states = [_state_or(latest, settings, float(t), scene_epoch) for t in times]
        onsets = settings.onsets(float(times.min()) - BEFORE_S, float(times.max()) + AFTER_S, scene_epoch)
        events = tuple(_substorm(onset) for onset in onsets)
        return DriveSeries(np.array([s.kp for s in states]), np.array([s.activity for s in states]), events)

    return at


def _state_or(latest: DriveState, settings: DriveSettings, time_s: float, scene_epoch: Epoch) -> DriveState:
    try:
        return settings.state(time_s, scene_epoch)
    except InputError:
        return latest


def _substorm(onset: Onset) -> Substorm:
    """Return the substorm of an onset; the second at which it breaks up chooses where."""
    share = ONSET_STEP * round(onset.time_s) % ONSET_PLACES / (ONSET_PLACES - 1.0)
    hours = FIRST_ONSET_H + ONSET_SPREAD_H * share
    typical = Substorm(onset_s=0.0, strength=onset.strength, mlt_h=hours)
    # The scene's own substorms are within a day of its time; those of the wind go on as long as it blows.
    return typical.model_copy(update={"onset_s": onset.time_s})
