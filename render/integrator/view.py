"""Hand the camera, and the air between it and the light, to the device."""

from __future__ import annotations

from typing import Any

import numpy as np

from render import device as devices
from render.core.lines import LINE_KEYS
from shaders import view

NODES_PER_KM = view.NODES_PER_KM


def device_view(camera: Any, position_km: np.ndarray, first_row: int = 0) -> Any:
    """Return the camera as kernels take it, `shaders.view.View`; `position_km` [3] ITRS, `first_row` 0 = top.

    Making it costs a millisecond: keep it for a picture, and set its `first_row` for each band of rows.
    """
    return devices.record(
        view.View, first_row=first_row, o=np.asarray(position_km, float),
        itrs_from_camera=np.asarray(camera.itrs_from_camera, float),
        tangent_from_pixel=np.asarray(camera.tangent_from_pixel, float),
        reference=np.asarray(camera.reference_pixel, float),
    )  # fmt: skip


def pixel_angle_rad(camera: Any) -> float:
    """Return the side of a square pixel at the middle of the picture, rad."""
    return float(np.sqrt(abs(np.linalg.det(np.asarray(camera.tangent_from_pixel, dtype=np.float64)))))


def lower_air(limb: np.ndarray, upward: np.ndarray | None = None) -> Any:
    """Return what the air does to light behind it as kernels take it, `shaders.view.LowerAir`.

    `limb` [node, line + 1] against the tangent altitude, NODES_PER_KM nodes per km from 0 up; `upward` [node, line]
    against the root of the zenith's cosine, for rays that only climb (None: from above the air, which is clear).
    """
    clear = np.ones((2, len(LINE_KEYS)))
    return devices.upload_pack(view.LowerAir, limb=limb, upward=clear if upward is None else upward)
