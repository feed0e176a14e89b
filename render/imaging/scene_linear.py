"""What the sensor saw as plain numbers: linear red, green and blue before noise, clipping, tone and gamut.

1 is where the sensor saturates at the exposure and ISO; values go beyond, and below 0 for colours that the primaries
cannot mix. White is the white that the camera was told.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from render.imaging.capture.sensor import Exposure
from render.imaging.colour import BRADFORD, srgb_from_camera, white_balance
from render.imaging.gamut import PRIMARIES, WHITE_XY, combine, gamut_from_srgb, xyz_from_rgb
from render.imaging.settings import DevelopSettings, ExrPrimaries

AP1 = (
    (0.713, 0.293),
    (0.165, 0.830),
    (0.128, 0.044),
)  # (x, y) of ACEScg's red, green, blue (SMPTE ST 2065-1, S-2014-004)
ACES_WHITE_XY = (0.32168, 0.33767)  # near D60 (SMPTE ST 2065-1)


def chromaticities(primaries: ExrPrimaries) -> tuple[float, ...]:
    """Return x and y of red, green, blue and white, as OpenEXR's attribute has them."""
    if primaries == "acescg":
        return tuple(value for xy in (*AP1, ACES_WHITE_XY) for value in xy)
    return tuple(value for xy in (*PRIMARIES[primaries], WHITE_XY) for value in xy)


def from_srgb(primaries: ExrPrimaries) -> np.ndarray:
    """Return the matrix [3, 3] from linear sRGB; to ACEScg by Bradford's adaptation from D65."""
    if primaries != "acescg":
        return gamut_from_srgb(primaries)
    xyz = np.array([[x / y, 1.0, (1.0 - x - y) / y] for x, y in AP1]).T
    x, y = ACES_WHITE_XY
    white = np.array([x / y, 1.0, (1.0 - x - y) / y])
    to_xyz = xyz * np.linalg.solve(xyz, white)
    gains = (BRADFORD @ white) / (BRADFORD @ xyz_from_rgb("srgb").sum(axis=1))
    adapted = np.linalg.solve(BRADFORD, gains[:, None] * BRADFORD)
    return np.linalg.solve(to_xyz, adapted @ xyz_from_rgb("srgb"))


def scene_linear(exposure: Exposure, settings: DevelopSettings) -> tuple[Any, ...]:
    """Return planes R, G, B [row, column] of an exposure without noise and clipping, in the settings' EXR primaries."""
    response, kelvin = exposure.response, settings.white_balance_k
    gains = np.array(white_balance(response, kelvin)) / exposure.saturation_electrons
    matrix = from_srgb(settings.exr_primaries) @ np.array(srgb_from_camera(response, kelvin)) * gains
    return combine(matrix, tuple(exposure.electrons[i, ...] for i in range(3)))
