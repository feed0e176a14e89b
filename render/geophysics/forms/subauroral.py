"""Subauroral arcs: where the stable auroral red arc (SAR arc) and STEVE stand in magnetic coordinates, and how bright.

Both lie equatorward of the oval, and neither is made by the electrons that make curtains. SAR arcs are 630.0 from the
F layer, heated by the ring current, hundreds of km wide and still for hours. STEVE is a ribbon of mauve continuum some
20 km wide, 2000 km long, along a westward jet of ions of 5-10 km/s, which drifts equatorward for an hour; its green
picket fence lies lower on similar field lines (Gallardo-Lacourt et al. 2018; Archer et al. 2019, doi
10.1029/2019GL084473). Everything is a pure function of (place, time, seed). Their light: `render.emission.subauroral`.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field, model_validator

from render.core.record import Record
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.geophysics.field.geomagnetic import APEX_REFERENCE_KM
from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.forms.noise import gradient_noise
from render.geophysics.forms.oval import starkov_boundaries

LONGEST_H = 22.0  # h of local time that an arc may span
NOON_GAP_H = 0.5  # h on either side of 12 MLT, where magnetic coordinates are cut, without subauroral arcs
SAR_FADE_H, STEVE_FADE_H = 1.5, 0.35  # h over which an arc fades at either end (chosen by eye)
STEVE_BELOW_OVAL_DEG = 4.0  # degrees equatorward of the oval's edge (3-6 in the project's geophysics note; uncertain)
SAR_SWELL_KM, SAR_SWELL = 900.0, 0.25  # length along a SAR arc of its brighter stretches, and their contrast (by eye)
UNDULATION_KM, UNDULATION_HALF_KM = 420.0, 5.0  # km along STEVE and across it of its slow bends (chosen by eye)
UNDULATION_PERIOD_S = 900.0  # s (chosen by eye)
# km along STEVE, contrast, life s: brighter stretches and the striae that stream westward in it (chosen by eye)
STRIAE = ((380.0, 0.35, 600.0), (70.0, 0.55, 60.0), (26.0, 0.45, 25.0))
SECONDS_PER_HOUR = 3600.0
# s after which STEVE's drift has levelled off, and how sharply: it moves some 50 km in its hour (Gallardo-Lacourt et
# al. 2018), 47 by this at 50 km/h, and never more than 56 (chosen so that the first 20 min are linear)
DRIFT_LASTS_S, DRIFT_BEND = 4000.0, 6.0


class _Arc(Record):
    """What both arcs have: a stretch of magnetic local time."""

    mlt_from_h: float = Field(default=18.0, ge=0.0, le=24.0, description="magnetic local time of its western end, h")
    mlt_to_h: float = Field(default=6.0, ge=0.0, le=24.0, description="magnetic local time of its eastern end, h")

    @model_validator(mode="after")
    def _spans_local_time(self) -> _Arc:
        span = (self.mlt_to_h - self.mlt_from_h) % 24.0
        if not 0.0 < span <= LONGEST_H:
            raise ValueError(
                f"mlt_from_h {self.mlt_from_h:g} to mlt_to_h {self.mlt_to_h:g} spans {span:g} h eastward; "
                f"allowed: more than 0, at most {LONGEST_H:g}"
            )
        return self


class SarArcSettings(_Arc):
    """A stable auroral red arc, `[aurora.sar_arc]`."""

    brightness_r: float = Field(
        default=500.0, ge=0.0, le=10_000.0, description="R of 630.0 up the field line in its middle (100 to 3000)"
    )
    l_shell: float = Field(default=3.0, ge=1.8, le=6.0, description="L of its middle, Earth radii (2.5 to 4)")
    apex_latitude_deg: float | None = Field(
        default=None, ge=40.0, le=68.0, description="magnetic latitude of its middle, instead of l_shell"
    )
    width_km: float = Field(default=300.0, ge=50.0, le=1000.0, description="km, full width at half maximum at 110 km")
    altitude_km: float = Field(default=400.0, ge=250.0, le=500.0, description="km, altitude of its peak (400 to 500)")

    @model_validator(mode="after")
    def _one_place(self) -> SarArcSettings:
        if self.apex_latitude_deg is not None and "l_shell" in self.model_fields_set:
            raise ValueError("apex_latitude_deg and l_shell both give the place of the arc; give one of them")
        return self


class SteveSettings(_Arc):
    """STEVE, `[aurora.steve]`: strong thermal emission velocity enhancement."""

    mlt_from_h: float = Field(default=21.0, ge=0.0, le=24.0, description="magnetic local time of its western end, h")
    mlt_to_h: float = Field(default=23.6, ge=0.0, le=24.0, description="magnetic local time of its eastern end, h")
    brightness_kr: float = Field(
        default=12.0, ge=0.0, le=200.0, description="kR of the whole continuum, 400 to 760 nm, up the field line"
    )
    red_line_r: float = Field(default=300.0, ge=0.0, le=10_000.0, description="R of 630.0 in it, up the field line")
    apex_latitude_deg: float | None = Field(
        default=None, ge=45.0, le=72.0, description="magnetic latitude; missing: 4 deg equatorward of the oval's edge"
    )
    width_km: float = Field(default=20.0, ge=5.0, le=100.0, description="km, full width at half maximum at 110 km")
    altitude_km: float = Field(default=210.0, ge=150.0, le=300.0, description="km, altitude of its peak")
    drift_km_h: float = Field(
        default=50.0, ge=-500.0, le=500.0, description="km/h equatorward about the scene's time; it stops after an hour"
    )
    striae_km_s: float = Field(default=5.5, ge=-15.0, le=15.0, description="km/s westward of its striae (5 to 10)")
    picket_fence: bool = Field(default=True, description="green pickets below it")
    picket_offset_km: float = Field(
        default=4.0, ge=-50.0, le=50.0, description="km equatorward of STEVE's field lines where the pickets stand"
    )


def apex_latitude_of_l(l_shell: float) -> float:
    """Return the apex latitude, deg, of the dipole line whose apex is L mean Earth radii from the centre."""
    return float(np.degrees(np.arccos(np.sqrt((1.0 + APEX_REFERENCE_KM / EARTH_MEAN_RADIUS_KM) / l_shell))))


def along(arc: SarArcSettings | SteveSettings, x_km: np.ndarray) -> np.ndarray:
    """Return the arc's envelope, 0 to 1, at magnetic x, km (+-12 h about magnetic midnight): 0 beyond it."""
    fade = SAR_FADE_H if isinstance(arc, SarArcSettings) else STEVE_FADE_H
    half = 0.5 * ((arc.mlt_to_h - arc.mlt_from_h) % 24.0)
    hours = np.asarray(x_km, float) / KM_PER_HOUR
    from_middle = (hours - arc.mlt_from_h - half + 12.0) % 24.0 - 12.0
    inside = np.clip((half - np.abs(from_middle)) / min(fade, half), 0.0, 1.0)
    return np.where(np.abs(hours) < 12.0 - NOON_GAP_H, inside * inside * (3.0 - 2.0 * inside), 0.0)


def sar_centre_km(arc: SarArcSettings, x_km: np.ndarray) -> np.ndarray:
    """Return y, km in magnetic coordinates, of the SAR arc's middle at x: it follows one L shell."""
    latitude = apex_latitude_of_l(arc.l_shell) if arc.apex_latitude_deg is None else arc.apex_latitude_deg
    return np.full(np.shape(x_km), latitude * KM_PER_DEGREE)


def sar_brightness(arc: SarArcSettings, x_km: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the SAR arc's brightness along x relative to its settings': envelope, and long stretches in it."""
    x = np.asarray(x_km, float)
    return along(arc, x) * (1.0 + SAR_SWELL * gradient_noise(x / SAR_SWELL_KM, 0.5, seed + 31))


def steve_centre_km(steve: SteveSettings, kp: float, x_km: np.ndarray, time_s: float, seed: int = 0) -> np.ndarray:
    """Return y, km in magnetic coordinates, of STEVE's middle at x; `time_s` since the scene's time, `kp` 0 to 9.

    Its latitude is the one it has at the scene's time; it drifts equatorward from there, for about an hour, and has
    come from as far poleward.
    """
    x = np.asarray(x_km, float)
    if steve.apex_latitude_deg is None:
        latitude = starkov_boundaries(x / KM_PER_HOUR % 24.0, kp).equatorward_deg - STEVE_BELOW_OVAL_DEG
    else:
        latitude = np.full(x.shape, steve.apex_latitude_deg)
    bend = gradient_noise(x / UNDULATION_KM, time_s / UNDULATION_PERIOD_S, seed + 41)
    drifting_s = time_s / (1.0 + abs(time_s / DRIFT_LASTS_S) ** DRIFT_BEND) ** (1.0 / DRIFT_BEND)
    drift = steve.drift_km_h * drifting_s / SECONDS_PER_HOUR
    return latitude * KM_PER_DEGREE - drift + UNDULATION_HALF_KM * bend


def steve_brightness(steve: SteveSettings, x_km: np.ndarray, time_s: float, seed: int = 0) -> np.ndarray:
    """Return STEVE's brightness along x relative to its settings': envelope and westward striae; mean about 1 inside.

    Gillies et al. 2020, doi 10.1029/2020GL088980: structures in STEVE move westward at 5-10 km/s.
    """
    x = np.asarray(x_km, float)
    moving, stripes = x + steve.striae_km_s * time_s, np.ones(x.shape)
    for k, (length, contrast, life) in enumerate(STRIAE):
        stripes *= 1.0 + contrast * gradient_noise(moving / length, time_s / life, seed + 51 + k)
    return along(steve, x) * np.maximum(stripes, 0.0)


def picket_track_km(steve: SteveSettings, kp: float, x_km: np.ndarray, time_s: float, seed: int = 0) -> np.ndarray:
    """Return y, km in magnetic coordinates, of the picket fence's line at x, for rays from 95 to 150 km altitude.

    Archer et al. 2019 find pickets and STEVE on similar field lines; the offset between them is uncertain. They move
    at 0.4-0.6 km/s, westward or eastward (Gillies et al. 2020), not with STEVE's striae. Envelope: `along`.
    """
    return steve_centre_km(steve, kp, x_km, time_s, seed) - steve.picket_offset_km
