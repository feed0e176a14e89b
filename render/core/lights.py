"""Points of light: stars, and lamps on the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CUBE_KM = 100.0  # km, side of the cubes that lamps are sorted into: a few thousand hold a region
CUBES_ALONG = 256  # of them, that a row of cubes counts: more than lie across the Earth


@dataclass(frozen=True)
class PointLights:
    """Hold lights at infinity: `direction_itrs` [n, 3] unit; `irradiance` [n, band] W m-2 nm-1 at the camera."""

    direction_itrs: Array
    irradiance: Array


@dataclass(frozen=True)
class GroundLights:
    """Hold lamps on the ground.

    `position_km` [n, 3] ITRS; `normal` [n, 3] unit, up; `intensity` [n] W sr-1 towards the zenith within the band that
    normalises the spectra (500-900 nm); `white_share` [n], 0 to 1; `spectra` [2, band] nm-1, sodium then white:
    a light's spectral intensity is intensity x ((1 - white_share) spectra[0] + white_share spectra[1]).
    `emission_law` maps the cosine of the zenith angle at the lamp to intensity relative to the zenith.
    """

    position_km: Array
    normal: Array
    intensity: Array
    white_share: Array
    spectra: Array
    emission_law: Callable[[Array], Array]

    @cached_property
    def cubes(self) -> tuple[NDArray[np.intp], Array]:
        """Return which cube each lamp [n] lies in, and the cubes' centres [cube, 3], ITRS km: kept with the lamps."""
        place = np.floor(self.position_km / CUBE_KM).astype(np.int64) + CUBES_ALONG // 2
        number = place @ np.array([CUBES_ALONG**2, CUBES_ALONG, 1])
        first, cube = np.unique(number, return_index=True, return_inverse=True)[1:]
        return cube, np.asarray(CUBE_KM * (place[first] - CUBES_ALONG // 2 + 0.5), np.float64)

    def some(self, which: NDArray[np.bool_]) -> GroundLights:
        """Return the lights that `which` [n] picks."""
        picked = {name: getattr(self, name)[which] for name in ("position_km", "normal", "intensity", "white_share")}
        return replace(self, **picked)
