"""The `[camera]` section: lens, sensor, exposure, and where the camera points, by time where it is keyed."""

from __future__ import annotations

import itertools
import math
from typing import Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from render.core.errors import InputError
from render.core.geodesy import Array
from render.core.messages import did_you_mean, shown
from render.core.record import Record, WrongKeyError
from render.observer import attitude, paths
from render.observer.distortion import Distortion, radial_distortion
from render.observer.lens import LensSettings
from render.observer.paths import CameraKey, Quaternion
from render.observer.projections import FISHEYES
from render.observer.wcs import read_wcs

MAX_PIXELS = 65536  # columns or rows; above any camera, to refuse slips of the keyboard


class LookAt(Record):
    """A place to look at; it stays in the middle of the picture while the observer moves."""

    latitude_deg: float = Field(ge=-90.0, le=90.0, description="geodetic latitude, north positive, degrees")
    longitude_deg: float = Field(ge=-360.0, le=360.0, description="longitude, east positive, degrees")
    altitude_km: float = Field(default=0.0, ge=-10.0, le=100000.0, description="height above WGS84, km")


class AutoExposure(Record):
    """How a camera exposes by itself; its own exposure_s, iso and f_number are the most open that it goes."""

    overexposed_percent: float = Field(
        default=0.5, ge=0.01, le=50.0, description="share of the picture that may be overexposed, percent"
    )
    slew_ev_s: float = Field(
        default=1.5, gt=0.0, le=100.0, description="fastest change, stops per second of the film's running"
    )
    smooth_s: float = Field(default=1.0, ge=0.0, le=60.0, description="smoothed over, s of the film's running (sigma)")
    meter_every_frames: int = Field(
        default=12, ge=1, le=10_000, description="frames of the film from reading to reading"
    )
    order: Literal["shutter_first", "iso_first"] = Field(
        default="shutter_first",
        description="what closes first in growing light: the shutter, for sharpness, or ISO, for less noise",
    )
    shortest_s: float = Field(default=1.25e-4, ge=1.0e-6, le=3600.0, description="shortest exposure time, s")
    base_iso: float = Field(default=200.0, ge=1.0, le=1.0e7, description="lowest sensitivity, ISO (Nikon D3S)")
    narrowest_f_number: float = Field(default=16.0, ge=0.5, le=64.0, description="narrowest aperture, f-number")


RESPONSES = ("d3s", "d4", "d5", "z9", "ideal_cie", "eye")
"""What may see, by name (`render.imaging.capture.bodies.PRESETS`)."""
FORMER_RESPONSES = {"nikon_5100": "d3s", "cie_xyz": "ideal_cie"}
"""Names up to version 0.6 -> names now."""
POINTING = ("azimuth_deg", "elevation_deg", "roll_deg")
TURNING = ("azimuth_deg", "roll_deg")  # angles that come back to where they were after a turn
LOGARITHMIC = ("exposure_s", "iso", "f_number")
"""Keys that a photographer turns in stops: interpolated in their logarithm."""
DOME_FRONT_DEG = -45.0  # deg, elevation of a dome's front rim: from 420 km the limb stands 25 degrees above it
SHAPES = {"domemaster": (4096, 4096), "equirectangular": (4096, 2048), "cube": (4096, 3072), "face": (1024, 1024)}
"""(columns, rows) of pictures that have a shape: their size where none is given, and the ratio that any must have."""
MOST_FIELD_DEG = {"orthographic": 180.0, "stereographic": 340.0}  # deg; other fisheyes hold the whole sphere


class CameraSettings(Record):
    """The `[camera]` section. Point it by azimuth_deg/elevation_deg, by look_at, by a quaternion, or by a photograph's
    wcs: one only.

    Photosites are square: the sensor's width holds the columns, and as much of its height is used (or, for a taller
    picture, added) as the rows need. Angles are in the geodetic local horizon of the observer. With a `wcs`, columns
    and rows default to the photograph's own, and its scale stands for focal length and sensor in the geometry. A
    fisheye's scale is its focal length, or the field that its image circle holds; whole-sky pictures need neither.
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
    compensation_ev: float = Field(
        default=0.0, ge=-10.0, le=10.0, description="stops brighter than metered, of exposure auto"
    )
    auto: AutoExposure = Field(default_factory=AutoExposure, description="how it exposes by itself")
    azimuth_deg: float = Field(default=0.0, ge=-720.0, le=720.0, description="azimuth, north through east, degrees")
    elevation_deg: float = Field(default=-15.0, ge=-90.0, le=90.0, description="elevation above horizontal, degrees")
    roll_deg: float = Field(default=0.0, ge=-720.0, le=720.0, description="camera turned clockwise, degrees")
    look_at: LookAt | None = Field(default=None, description="a place to keep in the middle")
    wcs: str | None = Field(
        default=None, description="a photograph's solved pointing: a JSON file, or a FITS file or header"
    )
    wcs_rows: Literal["down", "up"] | None = Field(
        default=None, description="which way the wcs file counts rows; default: as its parity says, else down"
    )
    quaternion: Quaternion | None = Field(
        default=None,
        description="attitude (w, x, y, z): takes camera axes (x right, y down, z forward) to quaternion_frame",
    )
    quaternion_frame: Literal["local", "itrs", "gcrs"] = Field(
        default="local", description="axes of the quaternion: local east, north, up; Earth-fixed; among the stars"
    )
    projection: Literal[
        "rectilinear", "equidistant", "equisolid", "stereographic", "orthographic", "domemaster", "equirectangular",
        "cube",
    ] = Field(default="rectilinear", description="how the lens lays directions on the picture")  # fmt: skip
    field_deg: float | None = Field(
        default=None, ge=1.0, le=360.0,
        description="of a fisheye: angle across its image circle, which touches the picture's sides; black outside",
    )  # fmt: skip
    dome_tilt_deg: float = Field(
        default=0.0,
        ge=0.0,
        le=90.0,
        description="of a domemaster: by how much the dome's front rim is lowered, degrees",
    )
    cube_face: Literal["cross", "px", "nx", "py", "ny", "pz", "nz"] = Field(
        default="cross", description="of a cube: all faces as a horizontal cross, or one (px right, py up, pz ahead)"
    )
    distortion: tuple[float, float, float] | None = Field(
        default=None, description="a, b, c of the lens, by the convention of PTLens and lensfun"
    )
    interpolation: Literal["linear", "smooth"] = Field(
        default="linear", description="between keys: straight, or without corners and never beyond the keys' values"
    )
    turns: Literal["written", "shorter"] = Field(
        default="written", description="azimuth and roll between keys: as written, or the shorter way round"
    )
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
        given = [name for name in ("look_at", "quaternion", "wcs") if getattr(self, name) is not None]
        if self.keyed("quaternion") and self.quaternion is None:
            given.append("quaternion")
        keyed = {name for key in self.keys for name in POINTING if getattr(key, name) is not None}
        angles = keyed | (set(POINTING) & self.model_fields_set)
        if not {"wcs", "quaternion"} & set(given):
            angles -= {"roll_deg"}  # a camera that looks at a place may still be rolled
        given += sorted(angles)[:1]
        if len(given) > 1:
            raise ValueError(
                f"points by {' and by '.join(given)}; give one of: azimuth_deg/elevation_deg, look_at, quaternion, wcs"
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
            photo = read_wcs(self.wcs, self.wcs_rows)
        except InputError as error:
            raise WrongKeyError("wcs", str(error)) from None
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

    @model_validator(mode="after")
    def _projection_is_whole(self) -> CameraSettings:
        fisheye = self.projection in (*FISHEYES, "domemaster")
        most = MOST_FIELD_DEG.get(self.projection, 360.0)
        if self.field_deg is not None and not fisheye:
            raise ValueError(f"field_deg is of fisheyes; projection is {self.projection!r}: leave it out")
        if self.field_deg is not None and self.field_deg > most:
            raise ValueError(
                f"field_deg is {self.field_deg:g}; a lens of projection {self.projection!r} has at most {most:g}"
            )
        if self.dome_tilt_deg and self.projection != "domemaster":
            raise ValueError(f"dome_tilt_deg is of projection 'domemaster'; it is {self.projection!r}")
        if self.cube_face != "cross" and self.projection != "cube":
            raise ValueError(f"cube_face is of projection 'cube'; it is {self.projection!r}")
        if self.wcs is not None and self.projection != "rectilinear":
            raise ValueError(
                f"projection is {self.projection!r} beside wcs; that file says the projection: leave it out"
            )
        if self.distortion is not None and (self.wcs is not None or self.projection != "rectilinear"):
            raise WrongKeyError("distortion", "is of a rectilinear lens without wcs, whose file says its own")
        try:
            self.lens_distortion(self.columns, self.rows)
        except InputError as error:
            raise WrongKeyError("distortion", str(error)) from None
        return self

    @model_validator(mode="after")
    def _shape_of_projection(self) -> CameraSettings:
        """Fill in the size of pictures that have a shape, and where a dome's front looks."""
        face = self.projection == "cube" and self.cube_face != "cross"
        shape = SHAPES.get("face" if face else self.projection)
        if shape is None:
            return self
        given = {"columns", "rows"} & self.model_fields_set
        columns, rows = shape
        if given == {"columns"}:
            columns, rows = self.columns, max(1, round(self.columns * rows / columns))
        elif given == {"rows"}:
            columns, rows = max(1, round(self.rows * columns / rows)), self.rows
        elif given:
            if self.columns * rows != self.rows * columns:
                ratio = f"{columns // math.gcd(*shape)}:{rows // math.gcd(*shape)}"
                raise ValueError(
                    f"{self.columns}x{self.rows} for projection {self.projection!r}, whose pictures are {ratio}"
                )
            columns, rows = self.columns, self.rows
        self.__dict__.update(columns=columns, rows=rows)
        keyed = any(key.elevation_deg is not None for key in self.keys)
        if self.projection == "domemaster" and not keyed and "elevation_deg" not in self.model_fields_set:
            self.__dict__.update(elevation_deg=DOME_FRONT_DEG + self.dome_tilt_deg)
        return self

    def lens_distortion(self, columns: int, rows: int) -> Distortion | None:
        """Return the distortion by a lens's coefficients; its unit is half the sensor's height, whatever rows are
        shown. Raises InputError where they fold a picture of this size."""
        if self.distortion is None:
            return None
        half_side = 0.5 * columns * self.sensor_height_mm / self.sensor_width_mm
        return radial_distortion(*self.distortion, half_side, 0.5 * math.hypot(columns, max(rows, 2.0 * half_side)))

    def quaternion_at(self, time_s: float) -> Array | None:
        """Return the attitude [4] at film time `time_s`, of length 1, keys interpolated the shorter way: see
        `render.observer.paths`. None where the camera is pointed otherwise."""
        keyed = [(key.time_s, key.quaternion) for key in self.keys if key.quaternion is not None]
        if not keyed:
            return None if self.quaternion is None else attitude.unit_quaternions(self.quaternion)
        path = paths.smooth_turn if self.interpolation == "smooth" else paths.slerp
        times, turns = zip(*keyed, strict=True)
        return path(time_s, np.array(times), attitude.unit_quaternions(turns))

    def at(self, name: str, time_s: float) -> float:
        """Return the value of the setting `name` (e.g. "azimuth_deg") at film time `time_s`, keys interpolated.

        Angles run as they are (write 350 then 370 to turn through north), azimuth and roll by the shorter way where
        `turns` says so; exposure, ISO and f-number run in their logarithm; constant before the first key that sets
        `name` and after the last. Between keys as `interpolation` says: see `render.observer.paths`.
        """
        keyed = [(key.time_s, getattr(key, name)) for key in self.keys if getattr(key, name) is not None]
        if not keyed:
            return float(getattr(self, name))
        times, values = (np.array(column, dtype=np.float64) for column in zip(*keyed, strict=True))
        if name in TURNING and self.turns == "shorter":
            values = paths.by_the_shorter_way(values)
        path = paths.smooth if self.interpolation == "smooth" else paths.linear
        if name in LOGARITHMIC:
            return math.exp(path(time_s, times, np.log(values)))
        return path(time_s, times, values)
