"""How bright a picture for bright displays is, and the display that it was made for: side data of HDR10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render.imaging.encoding import PEAK_CD_M2, Transfer, decode_pq
from render.imaging.gamut import PRIMARIES, WHITE_XY
from render.imaging.settings import Gamut

DARKEST_CD_M2 = 0.005  # of the display that HDR pictures are made for; chosen, an OLED's
CICP_PRIMARIES: dict[Gamut, int] = {"srgb": 1, "display_p3": 12, "rec2020": 9}  # ITU-T H.273, table 2
CICP_TRANSFER: dict[Transfer, int] = {"srgb": 13, "pq": 16}  # ITU-T H.273, table 3
GAMUTS_OF_CICP = {code: gamut for gamut, code in CICP_PRIMARIES.items()}
TRANSFERS_OF_CICP = {code: transfer for transfer, code in CICP_TRANSFER.items()}
MASTERING_XY = (*PRIMARIES["rec2020"], WHITE_XY)
"""Chromaticities (x, y) of the display's red, green, blue and white."""


@dataclass(frozen=True)
class LightLevel:
    """Brightest pixel and mean over the picture of each pixel's brightest primary, cd/m2 (CTA-861.3, annex P)."""

    most_cd_m2: float
    mean_cd_m2: float


def light_level(pixels: Any) -> LightLevel:
    """Return the light level of PQ code values [row, column, channel]."""
    brightest = decode_pq(np.max(np.asarray(pixels, np.float32), axis=2))
    return LightLevel(min(float(brightest.max()), PEAK_CD_M2), float(brightest.mean(dtype=np.float64)))
