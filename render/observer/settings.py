"""The `[camera]` section: lens, sensor, exposure, and where the camera points, by time where it is keyed."""

from __future__ import annotations

import itertools
import math
from typing import Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from render.core.errors import InputError
from render.core.messages import did_you_mean, shown
from render.core.record import Record
from render.observer.lens import LensSettings
from render.observer.wcs import read_wcs

MAX_PIXELS = 65536  # columns or rows; above any camera, to refuse slips of the keyboard


class LookAt(Record):
    """A place to look at; it stays in the middle of the picture while the observer moves."""

    latitude_deg: float = Field(ge=-90.0, le=90.0, description="geodetic latitude, north positive, degrees")
    longitude_deg: float = Field(ge=-360.0, le=360.0, description="longitude, east positive, degrees")
    altitude_km: float = Field(default=0.0, ge=-10.0, le=100000.0, description="height above WGS84, km")


class CameraKey(Record):
    """What the camera's settings are at one time of the film; keys that are left out pass straight through."""

    time_s: float = Field(ge=-1.0e6, le=1.0e6, description="film time, seconds after [time] utc")
    azimuth_deg: float | None = Field(default=None, ge=-720.0, le=720.0, description="azimuth, degrees")
    elevation_deg: float | None = Field(default=None, ge=-90.0, le=90.0, description="elevation, degrees")
    roll_deg: float | None = Field(default=None, ge=-720.0, le=720.0, description="roll, degrees")
    exposure_s: float | None = Field(default=None, ge=1.0e-6, le=3600.0, description="exposure time, s")
    iso: float | None = Field(default=None, ge=1.0, le=1.0e7, description="sensitivity, ISO")
    f_number: float | None = Field(default=None, ge=0.5, le=64.0, description="aperture, f-number")


class AutoExposure(Record):
    """How a camera exposes by itself; its own exposure_s, iso and f_number are the most open that it goes."""

    compensation_ev: float = Field(default=0.0, ge=-10.0, le=10.0, description="brighter than metered by, stops")
    slew_ev_s: float = Field(
        default=1.5, gt=0.0, le=100.0, description="fastest change, stops per second of the film's running"
    )
    smooth_s: float = Field(default=1.0, ge=0.0, le=60.0, description="smoothed over, s of the film's running (sigma)")
    meter_every_frames: int = Field(
        default=12, ge=1, le=10_000, description="frames of the film from reading to reading"
    )
    shortest_s: float = Field(default=1.25e-4, ge=1.0e-6, le=3600.0, description="shortest exposure time, s")
    base_iso: float = Field(default=200.0, ge=1.0, le=1.0e7, description="lowest sensitivity, ISO (Nikon D3S)")
    narrowest_f_number: float = Field(default=16.0, ge=0.5, le=64.0, description="narrowest aperture, f-number")


RESPONSES = ("d3s", "d4", "d5", "z9", "ideal_cie", "eye")
"""What may see, by name (`render.imaging.capture.bodies.PRESETS`)."""
FORMER_RESPONSES = {"nikon_5100": "d3s", "cie_xyz": "ideal_cie"}
"""Names up to version 0.6 -> names now."""
POINTING = ("azimuth_deg", "elevation_deg", "roll_deg")
LOGARITHMIC = ("exposure_s", "iso", "f_number")
"""Keys that a photographer turns in stops: interpolated in their logarithm."""


class CameraSettings(Record):
    """The `[camera]` section. Point it by azimuth_deg/elevation_deg, by look_at, or by a photograph's wcs: one only.

    Photosites are square: the sensor's width holds the columns, and as much of its height is used (or, for a taller
    picture, added) as the rows need. Angles are in the geodetic local horizon of the observer. With a `wcs`, columns
    and rows default to the photograph's own, and its scale stands for focal length and sensor in the geometry.
    """

    focal_length_mm: float = Field(default=28.0, ge=1.0, le=5000.0, description="focal length, mm")
    sensor_width_mm: float = Field(default=36.0, ge=1.0, le=200.0, description="width of the sensor, mm (Nikon D3S)")
    sensor_height_mm: float = Field(default=23.9, ge=1.0, le=200.0, description="height of the sensor, mm")
    columns: int = Field(default=1280, ge=1, le=MAX_PIXELS, description="width of the picture, pixels")
    rows: int = Field(default=720, ge=1, le=MAX_PIXELS, description="height of the picture, pixels")
    f_number: float = Field(default=1.4, ge=0.5, le=64.0, description="aperture, f-number")
    exposure_s: float = Field(default=0.5, ge=1.0e-6, le=3600.0, description="exposure time, s")
    iso: float = Field(default=6400.0, ge=1.0, le=1.0e7, description="sensitivity, ISO")
    exposure: Literal["manual", "auto"] = Field(
        default="manual", description="auto: metered through the film; those of exposure_s, iso, f_number in keys stay"
    )
    auto: AutoExposure = Field(default_factory=AutoExposure, description="how it exposes by itself")
    azimuth_deg: float = Field(default=0.0, ge=-720.0, le=720.0, description="azimuth, north through east, degrees")
    elevation_deg: float = Field(default=-15.0, ge=-90.0, le=90.0, description="elevation above horizontal, degrees")
    roll_deg: float = Field(default=0.0, ge=-720.0, le=720.0, description="camera turned clockwise, degrees")
    look_at: LookAt | None = Field(default=None, description="a place to keep in the middle")
    wcs: str | None = Field(default=None, description="JSON file with a photograph's solved pointing")
    quality: Literal["preview", "standard", "final"] = Field(
        default="standard", description="what a picture is worth: preview is quick and soft, final marches every pixel"
    )
    response: str = Field(
        default="d3s",
        description="what sees: the sensor of a d3s, d4, d5 or z9, ideal_cie (the CIE 1931 observer, no noise), eye "
        "(adapted to the dark), or a CSV file with channels of your own",
    )
    tracking: Literal["station", "stars", "ground"] | None = Field(
        default=None,
        description="what stays sharp while the shutter is open: station (a camera held in it; the default), stars "
        "(the default with a wcs), or ground (the default with look_at)",
    )
    lens: LensSettings = Field(default_factory=LensSettings, description="what the glass does to the light")
    keys: tuple[CameraKey, ...] = Field(default=(), description="settings by film time, between them interpolated")

    @field_validator("response")
    @classmethod
    def _known_response(cls, value: str) -> str:
        value = FORMER_RESPONSES.get(value, value)
        if value not in RESPONSES and not value.lower().endswith(".csv"):
            hint = did_you_mean(value, RESPONSES)
            raise ValueError(f"{shown(value)}; {hint}allowed: {', '.join(RESPONSES)}, or a .csv file of channels")
        return value

    @model_validator(mode="after")
    def _one_pointing(self) -> CameraSettings:
        given = [name for name in ("look_at", "wcs") if getattr(self, name) is not None]
        keyed = {name for key in self.keys for name in POINTING if getattr(key, name) is not None}
        angles = keyed | (set(POINTING) & self.model_fields_set)
        if self.wcs is None:
            angles -= {"roll_deg"}  # a camera that looks at a place may still be rolled
        given += sorted(angles)[:1]
        if len(given) > 1:
            raise ValueError(
                f"points by {' and by '.join(given)}; give one of: azimuth_deg/elevation_deg, look_at, wcs"
            )
        return self

    @model_validator(mode="after")
    def _keys_in_order(self) -> CameraSettings:
        times = [key.time_s for key in self.keys]
        for before, after in itertools.pairwise(times):
            if after <= before:
                raise ValueError(f"keys: time_s {after:g} follows {before:g}; times must grow from key to key")
        return self

    @model_validator(mode="after")
    def _size_of_photograph(self) -> CameraSettings:
        """Fill columns and rows that were not given from the photograph, so that every reader sees the true size."""
        if self.wcs is None:
            return self
        try:
            photo = read_wcs(self.wcs)
        except InputError as error:
            raise ValueError(str(error)) from None
        given = {"columns", "rows"} & self.model_fields_set
        if not given:
            size = {"columns": photo.columns, "rows": photo.rows}
        elif given == {"columns"}:
            size = {"rows": max(1, round(self.columns * photo.rows / photo.columns))}
        elif given == {"rows"}:
            size = {"columns": max(1, round(self.rows * photo.columns / photo.rows))}
        else:
            size = {}
        self.__dict__.update(size)  # a frozen record's own validator: the only place where this is allowed
        return self

    def keyed(self, name: str) -> bool:
        """Return whether the keys set the setting `name`."""
        return any(getattr(key, name) is not None for key in self.keys)

    def at(self, name: str, time_s: float) -> float:
        """Return the value of the setting `name` (e.g. "azimuth_deg") at film time `time_s`, keys interpolated.

        Angles run linearly and are not wrapped (write 350 then 370 to turn through north); exposure, ISO and f-number
        run linearly in their logarithm; constant before the first key that sets `name` and after the last.
        """
        keyed = [(key.time_s, getattr(key, name)) for key in self.keys if getattr(key, name) is not None]
        if not keyed:
            return float(getattr(self, name))
        times, values = (np.array(column, dtype=np.float64) for column in zip(*keyed, strict=True))
        if name in LOGARITHMIC:
            return math.exp(float(np.interp(time_s, times, np.log(values))))
        return float(np.interp(time_s, times, values))
