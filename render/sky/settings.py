"""The `[sky]` section: what shines from outside the air."""

from __future__ import annotations

from pydantic import Field

from render.core.record import Record


class SkySettings(Record):
    """Hold the `[sky]` section."""

    stars: bool = Field(default=True, description="Draw the stars.")
    magnitude_limit: float = Field(
        default=8.0, ge=-2.0, le=8.0, description="Faintest visual magnitude drawn; the catalogue ends at Hp 8."
    )
    planets: bool = Field(default=True, description="Draw Mercury, Venus, Mars, Jupiter and Saturn, as points.")
    starlight: bool = Field(
        default=True, description="Let the stars that are too faint to be drawn shine together: the Milky Way."
    )
    zodiacal: bool = Field(default=True, description="Let the zodiacal light shine.")
    moon: bool = Field(default=True, description="Let the Moon shine.")
    sun: bool = Field(default=True, description="Let the Sun shine.")
