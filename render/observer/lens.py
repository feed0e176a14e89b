"""The section `[camera.lens]`: what the glass between scene and sensor does to the light."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator

from render.core.record import Record

ROUNDING = 0.01  # of the light: fits of measured lenses may rise by so much near the axis
Coefficient = Annotated[float, Field(ge=-10.0, le=10.0)]


FallOff = Literal["lens", "none"] | tuple[Coefficient, Coefficient, Coefficient]


class LensSettings(Record):
    """Hold what lens and window pass, scatter and spread. Lengths are on the sensor."""

    transmission: float = Field(
        0.65,
        gt=0.0,
        le=1.0,
        description="share of the light that lens and window pass; 0.65: a 50 mm f/1.4 behind the Cupola's four panes, "
        "0.9 in the open air",
    )
    fall_off: FallOff = Field(
        "lens",
        description="light towards the corners: as a fast lens at this f-number, none, or k1, k2, k3 of a measured one "
        "(1 + k1 r^2 + k2 r^4 + k3 r^6, r = 1 at a full frame's corner)",
    )

    scatter: Literal["clean", "scratched", "none"] = Field(
        "clean", description="glow and veil about bright things: of a clean lens and pane, of a scratched pane, or none"
    )
    point_um: float | None = Field(
        None,
        ge=0.0,
        le=1000.0,
        description="width (FWHM) of a point's image on the axis, um; by default by the f-number: 28 at f/1.4",
    )
    blades: int = Field(
        9, ge=0, le=20, description="of the diaphragm: they draw a star about the Sun from f/8 on; 0 draws none"
    )

    @field_validator("fall_off")
    @classmethod
    def _falls_off(cls, value: FallOff) -> FallOff:
        if isinstance(value, str):
            return value
        square = np.linspace(0.0, 1.0, 201)
        passed = 1.0 + square * (value[0] + square * (value[1] + square * value[2]))
        if passed.min() <= 0.0 or passed.max() > 1.0 + ROUNDING:
            raise ValueError(
                f"{', '.join(f'{k:g}' for k in value)} let pass {passed.min():.3g} to {passed.max():.3g} of the light; "
                "allowed: more than 0, at most 1, out to a full frame's corner"
            )
        return value
