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
        description="Zenith intensity of lamps per inhabitant, W sr-1 within 500-900 nm (North America: 0.1).",
    )
    led_fraction: float = Field(
        default=0.35,
        ge=0.0,
        le=1.0,
        description="Share of white lamps in that light; the rest is high-pressure sodium.",
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
    seed: int = Field(default=1, ge=0, le=2**31 - 1, description="Seed of the streets' pattern.")
