"""What drives the aurora and the upper air: Kp or the solar wind, steady or against time, and solar radio flux."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from pydantic import Field, model_validator

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.record import Record, WrongKeyError
from render.geophysics.drive.file import DriveFile, read_drive_file
from render.geophysics.drive.indices import measured_indices
from render.geophysics.drive.presets import DEFAULT_ARRIVAL_S, Preset, preset_history, steady_history
from render.geophysics.drive.solar_wind import SolarWind, WindHistory, WindState
from render.geophysics.drive.substorm_cycle import Onset, substorm_cycle

SOURCES = ("kp", "solar_wind", "file", "preset")
DEFAULT_KP = 3.0  # where neither the scene nor the table of measured values says one (chosen: a lively night; median 2)
DEFAULT_F107 = 120.0  # 1e-22 W m-2 Hz-1, likewise (chosen; the mean of the table is 122.5)
# ap (2 nT) at Kp = 0, 1/3, 2/3, ... 9 (Bartels' standard table; Matzka et al. 2021, Space Weather 19, e2020SW002641,
# table 1)
AP_OF_KP = (
    0, 2, 3, 4, 5, 6, 7, 9, 12, 15, 18, 22, 27, 32, 39, 48, 56, 67, 80, 94, 111, 132, 154, 179, 207, 236, 300, 400
)  # fmt: skip

ACTIVITY_KP = (0.0, 1.0, 3.0, 5.0, 8.0, 9.0)
ACTIVITY = (0.3, 0.45, 0.8, 1.0, 1.25, 1.3)  # at these Kp (chosen by eye)
MOST_ACTIVITY = 1.5
COUPLING_GAIN = 0.25  # added to the activity per e-fold of the coupling over its mean (chosen by eye)
COUPLING_FLOOR = 2000.0  # (km/s)^(4/3) nT^(2/3), below which the coupling makes no difference (chosen by eye)
MOST_FADING = 0.35  # taken from the activity at most when the field turns north (chosen by eye)
PRESSURE_FLOOR = 0.5  # nPa, below which the pressure makes no difference (chosen by eye)
PRESSURE_GAIN = 0.2  # added per e-fold of the pressure over its mean: only compression brightens (chosen by eye)


@dataclass(frozen=True)
class DriveState:
    """The drive at one instant.

    `kp` 0 to 9; `activity` 0 to 1.5 scales arcs, folds and rays; `pressure_npa` of the wind and its `coupling`,
    (km/s)^(4/3) nT^(2/3), None where Kp alone is known.
    """

    kp: float
    activity: float
    pressure_npa: float | None
    coupling: float | None


class DriveSettings(Record):
    """The `[drive]` section: geomagnetic activity from one source, and solar radio flux."""

    kp: float | None = Field(
        None, ge=0.0, le=9.0, description="planetary index Kp, 0 to 9; that of the date where no other source is given"
    )
    solar_wind: SolarWind | None = Field(None, description="a steady solar wind, from which Kp and substorms follow")
    file: str | None = Field(
        None,
        description="CSV file against time: time (ISO 8601, UTC) and kp, or speed_km_s, by_nt, bz_nt (GSM) and "
        "density_cm3; or a file of GFZ, SWPC, OMNI or HAPI as it came; Kp of three hours of UT holds for them",
    )
    field_file: str | None = Field(
        None, description="with SWPC's plasma as file: its mag, which has the field (or the other way round)"
    )
    preset: Preset | None = Field(
        None,
        description="a solar wind by name: quiet (Kp 1), active (a high-speed stream, Kp 5), storm (Kp 8), or "
        "cme_arrival (Kp 2; an eruption arrives, Kp 7 to 8)",
    )
    arrival_s: float | None = Field(
        None,
        ge=-172_800.0,
        le=172_800.0,
        description="with cme_arrival: s after the scene's time when the shock arrives; missing: 600",
    )
    f107: float | None = Field(
        None,
        ge=60.0,
        le=400.0,
        description="solar radio flux F10.7 of the day before, observed (not adjusted to 1 AU), 1e-22 W m-2 Hz-1; "
        "missing: that of the scene's date",
    )
    f107a: float | None = Field(
        None,
        ge=60.0,
        le=400.0,
        description="81-day mean of F10.7; missing: the same as f107 where that is given, else that of the date",
    )
    ap: float | None = Field(
        None,
        ge=0.0,
        le=400.0,
        description="daily index Ap; missing: from a Kp that is given, by the standard table, else that of the date",
    )

    @model_validator(mode="after")
    def _one_source(self) -> DriveSettings:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) > 1:
            which = "both" if len(given) == 2 else "all"
            raise ValueError(
                f"{', '.join(given[:-1])} and {given[-1]} {which} say what drives the aurora; "
                f"give one of {', '.join(SOURCES)}"
            )
        if self.arrival_s is not None and self.preset != "cme_arrival":
            raise ValueError('arrival_s belongs to preset = "cme_arrival"; leave it out')
        if self.field_file is not None and self.file is None:
            raise WrongKeyError("field_file", "goes with file, which has the rest of the wind; give both")
        if self.file is not None:
            try:
                self._series(self.file)
            except InputError as error:
                raise WrongKeyError("file", str(error)) from None
        return self

    @property
    def of_date(self) -> bool:
        """Return whether no source is given, so that Kp is that of the date."""
        return all(getattr(self, name) is None for name in SOURCES)

    def f107_on(self, scene_epoch: Epoch) -> float:
        """Return F10.7 as given, or of the day before the scene's, DEFAULT_F107 outside the table."""
        if self.f107 is not None:
            return self.f107
        flux = measured_indices().flux(scene_epoch)
        return DEFAULT_F107 if flux is None else flux[0]

    def f107_mean_on(self, scene_epoch: Epoch) -> float:
        """Return the 81-day mean of F10.7: as given, else a given F10.7, else the date's, outside the table F10.7."""
        if self.f107a is not None:
            return self.f107a
        flux = None if self.f107 is not None else measured_indices().flux(scene_epoch)
        return self.f107_on(scene_epoch) if flux is None else flux[1]

    @property
    def ap_index(self) -> float:
        """Return Ap as given, or from a given Kp. Raises InputError for a drive that needs an instant (`ap_at`)."""
        if self.ap is not None:
            return self.ap
        if self.kp is None:
            raise InputError("[drive]: Ap follows from a Kp that changes with time; ask ap_at(time_s, scene_epoch)")
        return float(ap_from_kp(self.kp))

    def ap_at(self, time_s: float, scene_epoch: Epoch) -> float:
        """Return Ap as given, or from Kp at the instant (as `state`). Raises InputError as `state`.

        A drive of the date has the day's, the mean of its eight ap.
        """
        if self.ap is not None:
            return self.ap
        day = measured_indices().kp_of_day(scene_epoch, time_s) if self.of_date else None
        return float(ap_from_kp(self.state(time_s, scene_epoch).kp if day is None else day).mean())

    def state(self, time_s: float, scene_epoch: Epoch) -> DriveState:
        """Return the drive `time_s` after the scene's time.

        Kp follows the wind with a memory of 2.3 h; the activity answers at once to the coupling against its mean over
        that memory, and to a rise of pressure against its mean over 20 min. Without a source Kp is the one measured at
        the instant, which holds for three hours, or DEFAULT_KP. Raises InputError for an instant that the file does
        not cover.
        """
        if self.kp is not None or self.of_date:
            measured = measured_indices().kp_at(scene_epoch, time_s) if self.of_date else self.kp
            kp = DEFAULT_KP if measured is None else measured
            return DriveState(kp, activity_of_kp(kp), None, None)
        if self.file is not None:
            file = self._series(self.file)
            time_s += scene_epoch.seconds_since(file.first)
            file.require(time_s)
            if file.kp is not None:
                kp = file.kp_at(time_s)
                return DriveState(kp, activity_of_kp(kp), None, None)
        wind = self._history().at(time_s)
        return DriveState(wind.kp, _activity(wind), wind.pressure_npa, wind.coupling)

    def onsets(self, first_s: float, last_s: float, scene_epoch: Epoch) -> tuple[Onset, ...]:
        """Return the substorm onsets with first_s <= time < last_s, s after the scene's time, in rising order.

        None where only Kp is known, nor outside a file; the same onset is found from every window that holds it.
        """
        started_s = 0.0
        if self.file is not None:
            file = self._series(self.file)
            started_s = scene_epoch.seconds_since(file.first)
        if self.kp is not None or self.of_date or (self.file is not None and file.kp is not None):
            return ()
        cycle = substorm_cycle(self._history())
        found = cycle.between(first_s + started_s, last_s + started_s, held=self.file is None)
        return tuple(Onset(onset.time_s - started_s, onset.strength) for onset in found)

    def warnings(self, scene_epoch: Epoch, first_s: float, last_s: float) -> tuple[str, ...]:
        """Return what is doubtful from one instant to another, s after the scene's time, one line each.

        Raises InputError where a file does not cover one of the two.
        """
        assumed = self._assumed(scene_epoch, first_s, last_s)
        if self.file is None:
            return assumed
        file = self._series(self.file)
        started_s = scene_epoch.seconds_since(file.first)
        for instant_s in (first_s, last_s):
            file.require(instant_s + started_s)
        return (*assumed, *file.warnings_between(first_s + started_s, last_s + started_s))

    def _assumed(self, scene_epoch: Epoch, first_s: float, last_s: float) -> tuple[str, ...]:
        """Return one line that tells what is assumed because the table of measured values does not have it."""
        missing: dict[str, str] = {}
        if self.of_date and None in [measured_indices().kp_at(scene_epoch, t) for t in (first_s, last_s)]:
            missing["kp"] = f"Kp {DEFAULT_KP:g}"
        if self.f107 is None and measured_indices().flux(scene_epoch) is None:
            missing["f107"] = f"F10.7 {DEFAULT_F107:g}"
        if not missing:
            return ()
        first, last = measured_indices().first, measured_indices().last.plus_seconds(-1.0)
        return (
            f"[drive]: the measured values go from {first.isoformat()[:10]} to {last.isoformat()[:10]}; assumed: "
            f"{' and '.join(missing.values())}; give {' and '.join(missing)} to say otherwise",
        )

    def held_between(self, first_s: float, last_s: float, scene_epoch: Epoch) -> list[tuple[Epoch, float]]:
        """Return (beginning, Kp) of a file's three hours from one instant to another, s after the scene's time.

        Empty for another source, and for a file that does not hold Kp.
        """
        if self.file is None:
            return []
        file = self._series(self.file)
        started_s = scene_epoch.seconds_since(file.first)
        return file.held_between(first_s + started_s, last_s + started_s)

    def _series(self, path: str) -> DriveFile:
        return read_drive_file(path, self.field_file)

    def _history(self) -> WindHistory:
        """Return the wind: on the file's own clock where there is one, else against the time after the scene's."""
        if self.solar_wind is not None:
            return steady_history(self.solar_wind)
        if self.preset is not None:
            return preset_history(self.preset, DEFAULT_ARRIVAL_S if self.arrival_s is None else self.arrival_s)
        history = None if self.file is None else self._series(self.file).wind
        if history is None:
            raise InputError("[drive]: a drive by Kp has no solar wind")
        return history


def ap_from_kp(kp: float | np.ndarray) -> np.ndarray:
    """Return ap for Kp, 0..9, by the standard table, linear between its thirds; same shape as `kp`."""
    return np.interp(np.asarray(kp, float) * 3.0, np.arange(len(AP_OF_KP)), AP_OF_KP)


def activity_of_kp(kp: float) -> float:
    """Return the activity, 0.3 to 1.3, of a steady drive of this Kp: it rises throughout, 1 at Kp 5."""
    return float(np.interp(kp, ACTIVITY_KP, ACTIVITY))


def _activity(wind: WindState) -> float:
    """Return the activity, 0 to 1.5: Kp's, and what the wind of the moment adds to or takes from it."""
    change = COUPLING_GAIN * math.log((wind.coupling + COUPLING_FLOOR) / (wind.coupling_mean + COUPLING_FLOOR))
    pulse = PRESSURE_GAIN * math.log((wind.pressure_npa + PRESSURE_FLOOR) / (wind.pressure_mean_npa + PRESSURE_FLOOR))
    return min(max(activity_of_kp(wind.kp) + max(change, -MOST_FADING) + max(pulse, 0.0), 0.0), MOST_ACTIVITY)
