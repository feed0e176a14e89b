"""Hand the camera to the device."""

from __future__ import annotations

from typing import Any

import numpy as np

from render import device as devices
from shaders import view


def device_view(camera: Any, position_km: np.ndarray, first_row: int = 0) -> Any:
    """Return the camera as kernels take it, `shaders.view.View`; `position_km` [3] ITRS, `first_row` 0 = top."""
    return devices.record(
        view.View, first_row=first_row, o=np.asarray(position_km, float),
        itrs_from_camera=np.asarray(camera.itrs_from_camera, float),
        tangent_from_pixel=np.asarray(camera.tangent_from_pixel, float),
        reference=np.asarray(camera.reference_pixel, float),
    )  # fmt: skip
