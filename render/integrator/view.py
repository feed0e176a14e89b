"""Hand the camera, and the air between it and the light, to the device."""

from __future__ import annotations

from typing import Any

import numpy as np

from render import device as devices
from render.core.lines import LINE_KEYS
from shaders import lens, view

PROJECTIONS = (
    "rectilinear", "equidistant", "equisolid", "stereographic", "orthographic", "equirectangular", "cube"
)  # fmt: skip
"""In the order of `shaders.lens.Kind`."""
NO_RIM = 1.0e9  # focal lengths: no image circle
NODES_PER_KM = view.NODES_PER_KM


def device_view(camera: Any, position_km: np.ndarray, first_row: int = 0) -> Any:
    """Return the camera as kernels take it, `shaders.view.View`; `position_km` [3] ITRS, `first_row` 0 = top.

    Making it costs a millisecond: keep it for a picture, and set its `first_row` for each band of rows. A `camera` that
    says nothing of its projection is rectilinear.
    """
    bent = getattr(camera, "distortion", None)
    return devices.record(
        view.View, first_row=first_row, o=np.asarray(position_km, float),
        itrs_from_camera=np.asarray(camera.itrs_from_camera, float),
        tangent_from_pixel=np.asarray(camera.tangent_from_pixel, float),
        reference=np.asarray(camera.reference_pixel, float),
        plain=int(is_rectilinear(camera) and bent is None), lens=_device_lens(camera, bent),
    )  # fmt: skip


def _device_lens(camera: Any, bent: Any | None) -> Any:
    """Return `shaders.lens.Lens` of a camera whose distortion, or None, is `bent`."""
    none, projection = np.zeros(len(lens.TERMS)), getattr(camera, "projection", "rectilinear")
    return devices.record(
        lens.Lens, projection=PROJECTIONS.index(projection), distorted=int(bent is not None),
        rim=min(getattr(camera, "rim", NO_RIM), NO_RIM), scale=1.0 if bent is None else bent.scale_px,
        radial=np.zeros(lens.RADIAL_TERMS) if bent is None else bent.radial,
        right=none if bent is None else bent.sip[0], down=none if bent is None else bent.sip[1],
    )  # fmt: skip


def is_rectilinear(camera: Any) -> bool:
    """Return whether straight lines are straight in a camera's picture, but for its lens's distortion."""
    return getattr(camera, "projection", "rectilinear") == "rectilinear"


def along(camera: Any, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return what pixels (x, y) [...], counted from 1, look along, [..., 3] in camera axes, of any length."""
    if not is_rectilinear(camera) or getattr(camera, "distortion", None) is not None:
        return np.asarray(camera.along(x, y))
    plane = (np.stack([x, y], axis=-1) - np.asarray(camera.reference_pixel)) @ np.asarray(camera.tangent_from_pixel).T
    return np.concatenate([plane, np.ones((*np.shape(x), 1))], axis=-1)


def pixel_angle_rad(camera: Any) -> float:
    """Return the side of a square pixel where the optical axis meets the picture, rad."""
    return float(np.sqrt(abs(np.linalg.det(np.asarray(camera.tangent_from_pixel, dtype=np.float64)))))


def lower_air(limb: np.ndarray, upward: np.ndarray | None = None) -> Any:
    """Return what the air does to light behind it as kernels take it, `shaders.view.LowerAir`.

    `limb` [node, line + 1] against the tangent altitude, NODES_PER_KM nodes per km from 0 up; `upward` [node, line]
    against the root of the zenith's cosine, for rays that only climb (None: from above the air, which is clear).
    """
    clear = np.ones((2, len(LINE_KEYS)))
    return devices.upload_pack(view.LowerAir, limb=limb, upward=clear if upward is None else upward)
