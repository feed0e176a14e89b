"""The weather of a scene: how much cloud, which seed, how it drifts; or a user's own map of optical depths."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.core.units import EARTH_MEAN_RADIUS_KM
from render.earth.settings import EarthSettings
from render.earth.user_image import equirectangular

Array = NDArray[np.float64]

CLOUDY_DEPTH = 0.3  # optical depth, all decks together, from which on a place counts as cloudy (as ISCCP sees it)
# Cover over the globe, and the bias of `shaders.ground.weather` that gives it; measured at 80 000 places, four seeds
# (a test asks for 0.03)
COVER = np.array([0.0, 0.027, 0.067, 0.141, 0.259, 0.418, 0.601, 0.776, 0.907, 0.975, 0.999, 1.0])
BIAS = np.array([-9.0, -1.6, -1.2, -0.8, -0.4, 0.0, 0.4, 0.8, 1.2, 1.6, 2.2, 3.0])
DRIFT_M_S = np.array([10.0, 15.0, 25.0])  # m/s eastwards at the equator, of decks from below; chosen within 10 to 25


@dataclass(frozen=True, eq=False)
class WeatherField:
    """What the device needs of the weather: `bias`, `seed`; drift of the decks, rad s-1; `mapped` with `optical_depth`
    [latitude from -90, longitude from -180] of a user's map, else one empty cell."""

    bias: float
    seed: int
    drift_rad_s: Array
    mapped: bool
    optical_depth: NDArray[np.float32]

    def drift_rad(self, time_s: float) -> Array:
        """Return how far the decks, from below, have moved east, rad, at a time since the scene's."""
        return np.asarray(self.drift_rad_s * time_s)


def weather_of(settings: EarthSettings) -> WeatherField | None:
    """Return the weather of a scene, None where it has no clouds; of equal settings the same object.

    Raises InputError for a map that cannot be used.
    """
    if settings.clouds == "none":
        return None
    return _weather(settings.clouds, settings.cloud_cover, settings.cloud_seed, settings.cloud_depth)


@functools.lru_cache(maxsize=4)
def _weather(clouds: str, cover: float, seed: int, depth: float) -> WeatherField:
    drift = DRIFT_M_S * 1e-3 / EARTH_MEAN_RADIUS_KM
    if clouds == "weather":
        return WeatherField(bias_of(cover), seed, drift, False, np.zeros((2, 2), np.float32))
    south_first = equirectangular(clouds, "[earth] clouds", channels=3)[::-1]
    return WeatherField(0.0, seed, 0.0 * drift, True, (south_first.mean(axis=-1) * depth).astype(np.float32))


def bias_of(cover: float) -> float:
    """Return the bias of the weather that covers a part of the globe with clouds."""
    return float(np.interp(cover, COVER, BIAS))
