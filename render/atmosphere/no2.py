"""Absorption by nitrogen dioxide, for profiles that hold it: yellow-brown, strongest in the blue."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.atmosphere.air import Array

# nm, and 1e-24 m2 = 1e-20 cm2: means over 20 nm at 220 K, laboratories within 5 % up to 560 nm and 15 % beyond
VANDAELE = {320: 24.1, 340: 36.4, 360: 49.8, 380: 58.7, 400: 60.8, 420: 57.4, 440: 51.5, 460: 41.1, 480: 32.8,
            500: 23.3, 520: 16.9, 540: 11.5, 560: 7.34, 580: 4.87, 600: 3.27, 620: 2.42, 640: 1.44}  # fmt: skip
"""Vandaele et al. 1998, J. Quant. Spectrosc. Radiat. Transfer 59, 171."""
BOGUMIL = {660: 0.667, 680: 0.629, 700: 0.284, 720: 0.206, 740: 0.141}
"""Bogumil et al. 2003, J. Photochem. Photobiol. A 157, 167: their polynomial in temperature."""
BURROWS = {760: 0.080, 780: 0.056}
"""Burrows et al. 1998, J. Quant. Spectrosc. Radiat. Transfer 60, 1025: at 221 K, uncertain 30 % here."""
_TABLE = VANDAELE | BOGUMIL | BURROWS
NO2_NM = np.array(list(_TABLE), dtype=np.float64)
NO2_M2 = np.array(list(_TABLE.values())) * 1e-24  # m2


def no2_cross_section_m2(wavelengths_nm: ArrayLike) -> Array:
    """Return the absorption cross section per molecule, m2; held at the end values beyond 320 and 780 nm."""
    return np.interp(np.asarray(wavelengths_nm, dtype=np.float64), NO2_NM, NO2_M2)
