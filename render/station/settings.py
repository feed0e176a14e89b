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
    composition: Literal["corner", "edge", "cupola", "cupola_aft", "zvezda"] = Field(
        "corner",
        description="frame = camera: corner (wings, truss, module at the upper right), edge (rows of shields at the "
        "top left, a wing from the right), or the whole station as seen from a window: cupola (looking forward), "
        "cupola_aft (towards Soyuz and Zvezda), zvezda (looking forward under Zarya).",
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
    track_sun: bool = Field(
        False,
        description="Turn the wings to the Sun instead of array_angle_deg: about truss and mast where the whole "
        "station is shown, about their mast alone in the compositions corner and edge.",
    )
    mesh: str | None = Field(
        None,
        description="File of a triangle mesh in place of the station (.glb, .obj, .stl, .ply; needs the extra mesh), "
        "m: in the station frame with frame = lvlh and in views from a window, else in camera axes (x right, y down, "
        "z forward). Parts whose material is named as one of polarlight's are made of that.",
    )
    mesh_scale: float = Field(1.0, gt=0.0, le=1e6, description="Metres per unit of the mesh.")
    cabin_light_w_m2_nm: float = Field(
        3e-8,  # about 0.003 lx: 100 lx behind a half square metre of window give 0.6 lx, dimmed 200 times; uncertain
        ge=0.0,
        le=1e-2,
        description="Warm cabin light at 560 nm falling on a surface 5 m from the window, W m-2 nm-1.",
    )
    cabin_lx: float = Field(
        0.0,
        ge=0.0,
        le=2000.0,
        description="Light inside the modules, lx, that is seen through their windows; 100 to 300 where lamps are on, "
        "0 behind closed shutters.",
    )
    samples_per_side: int = Field(
        4,
        ge=1,
        le=8,
        description="Rays per pixel along each side at edges against the sky (4: sixteen rays); elsewhere half of "
        "them, or one per row.",
    )

    @property
    def window_position_m(self) -> tuple[float, float, float]:
        """Return the camera's place in the station frame, m."""
        return self.camera_position_m or WINDOWS_M[self.window]
