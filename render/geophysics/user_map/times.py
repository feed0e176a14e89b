"""When the maps of a user map hold: instants, or seconds after the scene's time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.user_map.contents import Array, Contents

GAP_STEPS = 3.0  # a step of more than this many median steps is a gap
SLACK_S = 1e-3  # s by which an instant may miss the file's ends: rounding


@dataclass(frozen=True, eq=False)
class UserMapTimes:
    """The instants of a file's maps: `time_s` [time], rising, after `first`, or after the scene's time if that is None.

    One instant or none is a steady map, which holds at all times.
    """

    path: str
    time_s: Array
    first: Epoch | None

    @property
    def steady(self) -> bool:
        """Say whether the map is the same at all times."""
        return len(self.time_s) == 1

    def between(self, epoch: Epoch, time_s: float, hold: bool = False) -> tuple[int, int, float]:
        """Return the maps before and after an instant, `time_s` after the scene's `epoch`, and the latter's weight.

        `hold`: before its first and after its last map the file holds that map; else such instants raise InputError.
        """
        if self.steady:
            return 0, 0, 0.0
        at = time_s if self.first is None else time_s + epoch.seconds_since(self.first)
        last = float(self.time_s[-1])
        if not hold and not float(self.time_s[0]) - SLACK_S <= at <= last + SLACK_S:
            raise InputError(
                f"{self.path}: {self._when(at)} is outside the file's times, "
                f"{self._when(float(self.time_s[0]))} to {self._when(last)}"
            )
        before = int(np.clip(np.searchsorted(self.time_s, at, side="right") - 1, 0, len(self.time_s) - 2))
        step = float(self.time_s[before + 1] - self.time_s[before])
        return before, before + 1, float(np.clip((at - self.time_s[before]) / step, 0.0, 1.0))

    def warnings(self) -> tuple[str, ...]:
        """Return what is strange about the instants, one line each: gaps."""
        steps = np.diff(self.time_s)
        gaps = np.flatnonzero(steps > GAP_STEPS * np.median(steps)) if len(steps) > 1 else ()
        if not len(gaps):
            return ()
        widest = max(gaps, key=lambda i: float(steps[i]))
        count = f"{len(gaps)} gaps, the longest" if len(gaps) > 1 else "a gap"
        ends = (self._when(float(self.time_s[i])) for i in (widest, widest + 1))
        return (f"{self.path}: {count} from {' to '.join(ends)}, taken linear in time",)

    def _when(self, at: float) -> str:
        return f"{at:g} s after the scene's time" if self.first is None else self.first.plus_seconds(at).isoformat()


def user_map_times(contents: Contents) -> UserMapTimes:
    """Return the instants of a file. Raises InputError for what is no rising series of times."""
    names = [name for name in ("time", "time_s") if name in contents.variables]
    if len(names) > 1:
        raise contents.refuse("time", "time and time_s both say when; give one")
    if not names:
        return UserMapTimes(contents.path, np.zeros(1), None)
    name = names[0]
    values = np.atleast_1d(contents.variables[name].values)
    if values.ndim > 1 or not values.size:
        raise contents.refuse(name, f"shape {contents.variables[name].values.shape}; allowed: one row of times")
    first, seconds = (None, _seconds(contents, values)) if name == "time_s" else _instants(contents, values)
    fallen = np.flatnonzero(np.diff(seconds) <= 0.0)
    if len(fallen):
        before, after = (
            UserMapTimes(contents.path, seconds, first)._when(float(seconds[fallen[0] + k])) for k in (0, 1)
        )
        raise contents.refuse(name, f"{after} follows {before}; times must rise")
    return UserMapTimes(contents.path, seconds, first)


def _seconds(contents: Contents, values: Array) -> Array:
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise contents.refuse("time_s", "allowed: finite numbers, seconds after the scene's time")
    units = contents.variables["time_s"].units
    if units is not None and units.strip() not in ("s", "second", "seconds", "1", ""):
        raise contents.refuse("time_s", f"units {units!r}; allowed: s")
    return values.astype(float)


def _instants(contents: Contents, values: Array) -> tuple[Epoch, Array]:
    """Return the first instant and the seconds after it, of datetime64 or ISO 8601 texts."""
    if values.dtype.kind in "US":
        epochs = [_parsed(contents, text) for text in values.astype(str).tolist()]
    elif values.dtype.kind == "M":
        epochs = [_dated(contents, value) for value in values.astype("datetime64[us]").tolist()]
    else:
        raise contents.refuse(
            "time", f"values of type {values.dtype}; allowed: ISO 8601 texts, datetime64, or seconds in a row time_s"
        )
    return epochs[0], np.array([epoch.seconds_since(epochs[0]) for epoch in epochs])


def _parsed(contents: Contents, text: str) -> Epoch:
    try:
        return Epoch.parse(text)
    except InputError as error:
        raise InputError(f"{contents.path}: {error}") from None


def _dated(contents: Contents, value: object) -> Epoch:
    if not isinstance(value, datetime):  # numpy gives None for no time, and a number beyond the calendar
        raise contents.refuse("time", "an instant is missing, or outside the years 1 to 9999")
    return Epoch(value.replace(tzinfo=UTC))
