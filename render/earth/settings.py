"""The `[earth]` section: the ground and its lights."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from render.core.record import Record

Cover = Literal["winter", "vegetation", "soil", "snow"]


class EarthSettings(Record):
    """Hold the `[earth]` section."""

    visible: bool = Field(default=True, description="Draw ground, sea and clouds; without them the Earth is black.")
    cities: bool = Field(default=True, description="Draw the lights of cities.")
    upward_w_sr_per_person: float = Field(
        default=0.1,
        ge=0.0,
        le=10.0,
        description="Zenith intensity of lamps per inhabitant of North America, W sr-1 within 500-900 nm; elsewhere "
        "it is less (light per person by region).",
    )
    led_fraction: float | None = Field(
        default=None,
        ge=0.0,
        le=1.0,
        description="Share of white lamps in that light; the rest is sodium. By default that of the region and year.",
    )
    direct_upward_fraction: float = Field(
        default=0.05, ge=0.0, le=0.5, description="Share of lamp light sent straight above the horizontal."
    )
    land_cover: Cover = Field(
        default="winter", description="What covers the land where there is no snow: decides its albedo."
    )
    snow: bool = Field(default=True, description="Let snow and sea ice lie where the scene's month has them.")
    land: str | None = Field(
        default=None,
        description="Image of the land's own albedo (red, green, blue), in place of `land_cover` and snow.",
    )
    clouds: str = Field(
        default="weather",
        min_length=1,
        description="weather: drawn from cover and seed; none; or the file of a map of optical depth or brightness.",
    )
    cloud_cover: float = Field(
        default=0.6, ge=0.0, le=1.0, description="Part of the globe under clouds of optical depth 0.3 and more."
    )
    cloud_seed: int = Field(default=1, ge=0, le=2**30 - 1, description="Seed of the weather.")
    cloud_depth: float = Field(
        default=40.0,
        gt=0.0,
        le=1000.0,
        description="Optical depth of full scale in a map of clouds (1 where its values are optical depths).",
    )
    flares: bool = Field(default=True, description="Draw the gas flares of oil fields.")
    fishing: bool = Field(default=True, description="Draw the lamps of fishing fleets.")
    night_lights: str | None = Field(
        default=None,
        min_length=1,
        description="Your own picture of the Earth's lights (.png, .tif, .jpg, .npy, .npz), equirectangular, 90 N "
        "first, from 180 W, in place of towns and roads.",
    )
    night_lights_scale: float = Field(
        default=1.0e-3,
        gt=0.0,
        le=1.0e3,
        description="What its full scale (of .npy and .npz: 1.0) stands for, W m-2 sr-1 within 500-900 nm seen from "
        "above (100 nW cm-2 sr-1 is 0.001).",
    )
    seed: int = Field(default=1, ge=0, le=2**31 - 1, description="Seed of the streets' pattern.")
