"""Which drive an instant has, and where each of its numbers is from: for `check`, and for what files say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from render.core.epoch import Epoch
from render.geophysics.drive.indices import DAY_S, INTERVAL_S, kp_in_words, measured_indices
from render.geophysics.drive.settings import DriveSettings

GIVEN, ASSUMED, FROM_KP, AS_F107 = "given", "assumed", "from Kp", "as F10.7"
KP_BY, FLUX_BY = "GFZ Potsdam", "CelesTrak"
MOST_TOLD = 8  # intervals of a film that are told one by one


@dataclass(frozen=True)
class DriveOrigins:
    """Kp (0 to 9), daily Ap, F10.7 of the day before and its 81-day mean, 1e-22 W m-2 Hz-1, each with its source."""

    kp: float
    kp_source: str
    ap: float
    ap_source: str
    f107: float
    f107_source: str
    f107a: float
    f107a_source: str

    @property
    def facts(self) -> dict[str, float | str]:
        """Return numbers and sources by name, for JSON."""
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in vars(self).items()}

    @property
    def header(self) -> dict[str, str]:
        """Return what a picture's file says: the numbers, and one line on where they are from."""
        numbers = {
            "kp": f"{self.kp:.3g}",
            "ap": f"{self.ap:.4g}",
            "f107": f"{self.f107:.4g}",
            "f107a": f"{self.f107a:.4g}",
        }
        return {**numbers, "drive": f"{self.kp_words}; {self.flux_words}"}

    @property
    def kp_words(self) -> str:
        """Return Kp and Ap in words; Kp that was measured in thirds, as tables print it."""
        measured = self.kp_source.startswith(KP_BY)
        kp = kp_in_words(self.kp) if measured else f"{self.kp:.3g}"
        return f"Kp {kp} ({self.kp_source}), Ap {self.ap:.3g} ({self.ap_source})"

    @property
    def flux_words(self) -> str:
        """Return F10.7 and its mean in words."""
        return f"F10.7 {self.f107:.4g} ({self.f107_source}), 81-day mean {self.f107a:.4g} ({self.f107a_source})"


def drive_origins(settings: DriveSettings, time_s: float, scene_epoch: Epoch) -> DriveOrigins:
    """Return the drive `time_s` after the scene's time with its sources. Raises InputError as `DriveSettings.state`."""
    kp_source = _kp_source(settings, time_s, scene_epoch)
    measured = kp_source.startswith(KP_BY)
    ap_source = GIVEN if settings.ap is not None else f"{KP_BY}, mean of the day" if measured else FROM_KP
    f107_source, f107a_source = _flux_sources(settings, scene_epoch)
    return DriveOrigins(
        settings.state(time_s, scene_epoch).kp,
        kp_source,
        settings.ap_at(time_s, scene_epoch),
        ap_source,
        settings.f107_on(scene_epoch),
        f107_source,
        settings.f107_mean_on(scene_epoch),
        f107a_source,
    )


def kp_intervals(
    settings: DriveSettings, first_s: float, last_s: float, scene_epoch: Epoch
) -> list[tuple[Epoch, float]]:
    """Return (beginning, Kp) of the three hours, measured, that a film from `first_s` to `last_s` passes through.

    Times are s after the scene's. Empty where Kp is neither that of the date nor a file's of three hours, and where
    the table ends before `first_s`.
    """
    if settings.file is not None:
        return settings.held_between(first_s, last_s, scene_epoch)
    table, found = measured_indices() if settings.of_date else None, list[tuple[Epoch, float]]()
    if table is None:
        return found
    since = scene_epoch.seconds_since(table.first)
    for interval in range(int((since + first_s) // INTERVAL_S), int((since + last_s) // INTERVAL_S) + 1):
        if 0 <= interval < len(table.kp):
            found.append((table.first.plus_seconds(INTERVAL_S * interval), float(table.kp[interval])))
    return found


def later_kp_words(intervals: list[tuple[Epoch, float]]) -> str:
    """Return how Kp goes on after the first of a film's intervals; empty where there is no other."""
    told = [f"{kp_in_words(kp)} from {_hour(begins)} UT" for begins, kp in intervals[1:MOST_TOLD]]
    rest = len(intervals) - MOST_TOLD
    return (", then Kp " + ", ".join(told) + (f", and {rest} more" if rest > 0 else "")) if told else ""


def _kp_source(settings: DriveSettings, time_s: float, scene_epoch: Epoch) -> str:
    if settings.kp is not None:
        return GIVEN
    if settings.solar_wind is not None:
        return "from the solar wind given"
    if settings.file is not None:
        hours = [begins for begins, _ in settings.held_between(time_s, time_s, scene_epoch)]
        when = f", Kp of {_hour(hours[0])} to {_hour(hours[0], 3)} UT" if hours else ""
        return f"file {Path(settings.file).name}{when}"
    if settings.preset is not None:
        return f"preset {settings.preset}"
    held = kp_intervals(settings, time_s, time_s, scene_epoch)
    if not held:
        return ASSUMED
    begins = held[0][0]
    return f"{KP_BY}, {_day(begins)} {_hour(begins)} to {_hour(begins, 3)} UT"


def _flux_sources(settings: DriveSettings, scene_epoch: Epoch) -> tuple[str, str]:
    """Return where F10.7 and its mean are from."""
    daily, mean = GIVEN, AS_F107
    if settings.f107 is None:
        daily = ASSUMED
        if measured_indices().flux(scene_epoch) is not None:
            first, last = measured_indices().mean_span(scene_epoch)
            daily = f"{FLUX_BY}, observed {_day(scene_epoch.plus_seconds(-DAY_S))}"
            mean = f"{FLUX_BY}, {_day(first)} to {_day(last)}"
    return daily, GIVEN if settings.f107a is not None else mean


def _day(epoch: Epoch) -> str:
    return epoch.isoformat()[:10]


def _hour(epoch: Epoch, later: int = 0) -> str:
    return f"{epoch.utc.hour + later:02}"
