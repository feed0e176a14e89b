"""Light of subauroral arcs: how it is spread over altitude, and which lines it is of.

SAR arc: 630.0 and 636.4 alone, from O(1D) that hot electrons of the F layer excite. STEVE: a continuum without known
carrier over the visible (key "STEVE" of `render.core.lines`), and some 630.0 (Gillies et al. 2019, doi
10.1029/2019GL083272).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render.core.lines import FWHM_PER_SIGMA, TIED
from render.geophysics.field.magnetic_coordinates import KM_PER_HOUR
from render.geophysics.forms import subauroral
from render.geophysics.forms.subauroral import SarArcSettings, SteveSettings

SAR_BELOW_KM, SAR_ABOVE_KM = 60.0, 80.0  # km, scales below and above the peak: quenched below (uncertain 30 %)
# km: with the peak at 210 km nine tenths of the light comes from 150-255 km; Archer et al. 2019 saw 130-270 (uncertain)
STEVE_BELOW_KM, STEVE_ABOVE_KM = 36.0, 27.0
SPAN = 3.5  # scales on either side of the peak that are kept: leaves out 5e-4
HIGHEST_KM = 800.0  # km, top of all auroral light
NODE_KM = 4.0  # km between nodes along the arc; STEVE's shortest striae are 26 km


@dataclass(frozen=True)
class Profile:
    """Emission against altitude: two halves of Gaussians that meet at the peak, between a bottom and a top; km."""

    peak_km: float
    below_km: float
    above_km: float
    bottom_km: float
    top_km: float

    @property
    def per_km(self) -> float:
        """Return the share of the column per km at the peak, km-1: the whole column is 1."""
        halves = (
            scale * math.erf(span / (scale * math.sqrt(2.0)))
            for scale, span in (
                (self.below_km, self.peak_km - self.bottom_km), (self.above_km, self.top_km - self.peak_km)
            )
        )  # fmt: skip
        return 1.0 / (math.sqrt(math.pi / 2.0) * sum(halves))


@dataclass(frozen=True)
class SubauroralForm:
    """One arc of an instant.

    `sigma_km`: of its Gaussian across, at 110 km; `profile`; `brightness_r`: key -> R up the field line in the middle,
    per unit of the track's brightness; `track` [node, 2]: y km of the middle, relative brightness (0: nothing), at x
    from `track_x_km`, all round in magnetic coordinates.
    """

    sigma_km: float
    profile: Profile
    brightness_r: dict[str, float]
    track: np.ndarray


def track_x_km() -> np.ndarray:
    """Return x, km in magnetic coordinates, of the tracks' nodes: from noon to noon."""
    half = math.ceil(12.0 * KM_PER_HOUR / NODE_KM)
    return NODE_KM * np.arange(-half, half + 1)


def sar_form(arc: SarArcSettings, seed: int = 0) -> SubauroralForm:
    """Return a SAR arc, which does not change with time."""
    x = track_x_km()
    track = np.stack([subauroral.sar_centre_km(arc, x), subauroral.sar_brightness(arc, x, seed)], axis=-1)
    profile = _profile(arc.altitude_km, SAR_BELOW_KM, SAR_ABOVE_KM)
    return SubauroralForm(arc.width_km / FWHM_PER_SIGMA, profile, _red(arc.brightness_r), track)


def steve_form(steve: SteveSettings, kp: float, time_s: float, seed: int = 0) -> SubauroralForm:
    """Return STEVE at an instant, s since the scene's time; `kp` 0 to 9."""
    x = track_x_km()
    centre = subauroral.steve_centre_km(steve, kp, x, time_s, seed)
    track = np.stack([centre, subauroral.steve_brightness(steve, x, time_s, seed)], axis=-1)
    profile = _profile(steve.altitude_km, STEVE_BELOW_KM, STEVE_ABOVE_KM)
    light = {"STEVE": 1e3 * steve.brightness_kr} | _red(steve.red_line_r)
    return SubauroralForm(steve.width_km / FWHM_PER_SIGMA, profile, light, track)


def _profile(peak_km: float, below_km: float, above_km: float) -> Profile:
    top = min(peak_km + SPAN * above_km, HIGHEST_KM)
    return Profile(peak_km, below_km, above_km, peak_km - SPAN * below_km, top)


def _red(rayleighs: float) -> dict[str, float]:
    """Return R of both lines of O(1D) for R of 630.0."""
    return {"630.0": rayleighs, "636.4": rayleighs * TIED["636.4"][1]}
