"""The `[earth]` section: the ground and its lights."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from render.core.record import Record

Cover = Literal["winter", "vegetation", "soil", "snow"]


class EarthSettings(Record):
    """Hold the `[earth]` section."""

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
    land_cover: Cover = Field(default="winter", description="What covers the land: decides its albedo.")
    seed: int = Field(default=1, ge=0, le=2**31 - 1, description="Seed of the streets' pattern.")
