"""Sunlit aurora: N2+ ions that scatter sunlight in the first negative bands, which turns tall rays blue-violet.

    V = g n(N2+)

The bands are those of the electrons' own first negative system with hotter upper levels (`lines.SUNLIT_LEVELS`). Where
the Sun reaches an ion the device decides (`shaders.aurora.emission.lit_share`), with the screening height given here.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from render.core.lines import CATALOGUE
from render.emission.settings import SunlitSettings


@cache
def share_4278() -> float:
    """Return the share of the sunlit system's photons in its 0-1 band, 427.8 nm."""
    components = CATALOGUE["N2+_1NG_sunlit"].components
    return float(components[np.abs(components[:, 0] - 427.31).argmin(), 2])


def scattered_rate(n2p_cm3: np.ndarray, altitude_km: np.ndarray, settings: SunlitSettings) -> np.ndarray:
    """Return photons cm-3 s-1 of the whole first negative system in full sunlight, [..., altitude] as `n2p_cm3`."""
    if not settings.enabled:
        return np.zeros_like(n2p_cm3)
    return with_upflow(n2p_cm3, altitude_km, settings) * settings.rate_4278_s1 / share_4278()


def with_upflow(density_cm3: np.ndarray, altitude_km: np.ndarray, settings: SunlitSettings) -> np.ndarray:
    """Return the density [..., altitude] with a tail that falls by e per scale height above the base.

    Static chemistry ends near 500 km, sunlit rays reach 600 to 1100 km (Stormer; Hunten 2003): ions that flow up at
    200-800 m/s and live 100-1000 s. The tail's form is ours, uncertain. Where chemistry leaves more, that stays.
    """
    if settings.upflow_scale_km == 0.0 or settings.upflow_base_km >= altitude_km[-1]:
        return density_cm3
    base = np.apply_along_axis(lambda column: np.interp(settings.upflow_base_km, altitude_km, column), -1, density_cm3)
    above = altitude_km > settings.upflow_base_km
    tail = base[..., None] * np.exp(-np.maximum(altitude_km - settings.upflow_base_km, 0.0) / settings.upflow_scale_km)
    return np.where(above, np.maximum(density_cm3, tail), density_cm3)
