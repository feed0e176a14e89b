"""Where the station stands in the picture: the `[station]` section."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from render.core.record import Record

WINDOWS_M = {
    "cupola": (-7.0, -7.0, 7.9),
    "destiny": (0.5, 0.0, 6.9),
}
"""Camera behind a window, m, in the station frame (origin: middle of the truss); uncertain by about a metre."""


class StationSettings(Record):
    """Say whether, from where and how the ISS itself is seen (`[station]`).

    Station frame (LVLH): x along the velocity, y to starboard, z to nadir, metres from the middle of the truss.
    `frame = "camera"` fixes a named composition of true-size parts to the camera instead, so that it stays in the
    picture's corner when the camera turns.
    """

    visible: bool = Field(False, description="Show the station in the foreground.")
    frame: Literal["camera", "lvlh"] = Field(
        "camera", description="camera: a composition fixed to the picture; lvlh: the whole station, flying level."
    )
    composition: Literal["corner", "edge"] = Field(
        "corner",
        description="frame = camera: corner (wings, truss, module at the upper right) or edge (modules along the top).",
    )
    mirrored: bool = Field(False, description="frame = camera: swap left and right.")
    window: Literal["cupola", "destiny"] = Field(
        "cupola", description="frame = lvlh: the window that is looked through."
    )
    camera_position_m: tuple[float, float, float] | None = Field(
        None, description="frame = lvlh: camera position in the station frame, m, instead of a window."
    )
    array_angle_deg: float = Field(
        0.0,
        ge=-180.0,
        le=180.0,
        description="Turn of the wings. lvlh: about the truss, 0 = cells face forward, 90 = zenith; "
        "camera: about their mast, from the composition's own angle.",
    )
    cabin_light_w_m2_nm: float = Field(
        3e-8,  # about 0.003 lx: 100 lx behind a half square metre of window give 0.6 lx, dimmed 200 times; uncertain
        ge=0.0,
        le=1e-2,
        description="Warm cabin light at 560 nm falling on a surface 5 m from the window, W m-2 nm-1.",
    )
    samples_per_side: int = Field(4, ge=1, le=8, description="Rays per pixel along each side (4: sixteen rays).")

    @property
    def window_position_m(self) -> tuple[float, float, float]:
        """Return the camera's place in the station frame, m."""
        return self.camera_position_m or WINDOWS_M[self.window]
