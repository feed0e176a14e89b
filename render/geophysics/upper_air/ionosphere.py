"""The ionosphere's F layer where the aurora's own chemistry does not set it: a Chapman layer that follows the Sun.

Crude on purpose: it quenches red light, replaces O+ and eats N2+ above 200 km, and within its uncertainty (a factor 2)
these change by tens of per cent. A user's own n_e comes with the thermosphere's file.
"""

from __future__ import annotations

import math

import numpy as np

from render.core.epoch import Epoch
from render.geophysics.field.geomagnetic import sun_direction

NIGHT_NMF_CM3, DAY_NMF_CM3 = 1.5e5, 1.0e6  # cm-3, peak density at middle latitudes (after IRI; uncertain factor 2)
NIGHT_HMF_KM, DAY_HMF_KM = 320.0, 280.0  # km, its altitude (ditto, uncertain 40 km)
CHAPMAN_SCALE_KM = 60.0  # km, its Chapman scale height (ditto)
REFERENCE_F107 = 140.0  # 1e-22 W m-2 Hz-1, solar flux of the peak by day, which goes with it (uncertain)
LEAST_CM3 = 500.0  # cm-3, electrons that remain far from the layer's peak (ours)
NIGHT_ZENITH_DEG, DAY_ZENITH_DEG = 105.0, 75.0  # degrees: solar zenith angles between which day becomes night (ditto)


def f_layer_cm3(altitude_km: np.ndarray, solar_zenith_deg: float = 180.0, f107: float = REFERENCE_F107) -> np.ndarray:
    """Return electron density, cm-3, [altitude], of the F layer under a Sun at this zenith angle (180: night).

    Its peak by day goes with the 81-day mean of F10.7, which at night counts for little.
    """
    x = np.clip((NIGHT_ZENITH_DEG - solar_zenith_deg) / (NIGHT_ZENITH_DEG - DAY_ZENITH_DEG), 0.0, 1.0)
    day = x * x * (3.0 - 2.0 * x)
    noon = DAY_NMF_CM3 * f107 / REFERENCE_F107
    peak = NIGHT_NMF_CM3 * (noon / NIGHT_NMF_CM3) ** day
    s = (np.asarray(altitude_km, float) - NIGHT_HMF_KM - (DAY_HMF_KM - NIGHT_HMF_KM) * day) / CHAPMAN_SCALE_KM
    return np.maximum(peak * np.exp(0.5 * (1.0 - s - np.exp(-s))), LEAST_CM3)


def solar_zenith_deg(latitude_deg: float, longitude_deg: float, epoch: Epoch) -> float:
    """Return the Sun's zenith angle, degrees, at a geodetic latitude and east longitude."""
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    across = math.cos(latitude)
    up = np.array([across * math.cos(longitude), across * math.sin(longitude), math.sin(latitude)])
    return math.degrees(math.acos(float(np.clip(up @ sun_direction(epoch), -1.0, 1.0))))
