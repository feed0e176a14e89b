"""The diffuse forms: what glows without being a curtain, tabulated along the oval.

Diffuse glow with black aurora in it; pulsating patches, in the equatorward half of the oval and after midnight
(occurrence up to 86 per cent of the nights there: Grono & Donovan 2020); omega bands, tongues of the glow's poleward
edge 300-400 km apart that drift eastward (Tanaka et al. 2015). Figures as collected in the project's geophysics note.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from pydantic import Field

from render.core.record import Record
from render.geophysics.forms.vortices import FOR_EVER_S, STILL, Level, smooth_step


class GlowRow(NamedTuple):
    """The diffuse forms, each [instant, node], in the order of the device's columns (`shaders.footprint.glow.Glow`).

    Share of the oval's flux, level of patches, level of black aurora, y, km, of the patches' middle, and how far, km
    poleward, the carpet strays.
    """

    share: np.ndarray
    patches: np.ndarray
    black: np.ndarray
    middle_km: np.ndarray
    shift_km: np.ndarray


GLOW_COLUMNS = len(GlowRow._fields)
PATCHES_FROM_H, PATCHES_FULL_H = 23.5, 26.0  # h of magnetic local time between which patches come up (the note)
PATCHES_FADE_H, PATCHES_GONE_H = 30.0, 32.0  # h, 06 and 08 MLT: they fade, and are gone (uncertain)
PATCHES_IN_QUIET = 0.35  # level of patches without a substorm, at activity 1 (uncertain)
PATCH_PLACE = 0.20  # across the oval, of the patches' middle: the equatorward half
OMEGA_EQUATORWARD_KM, OMEGA_POLEWARD_KM = 120.0, 7.0  # km over which an omega band's glow ends (uncertain)


class PatchSettings(Record):
    """Pulsating patches, `[aurora.patches]`."""

    level: float | None = Field(
        default=None, ge=0.0, le=3.0, description="energy flux relative to typical patches; missing: by time and drive"
    )
    size_km: float = Field(default=60.0, ge=10.0, le=200.0, description="km, typical width of a patch")
    period_s: float = Field(default=8.0, ge=2.0, le=20.0, description="s, typical time between pulses (2 to 20)")
    energy_kev: float = Field(default=8.0, ge=2.0, le=25.0, description="keV, characteristic energy of their electrons")
    drift_km_s: float = Field(default=0.26, ge=-2.0, le=2.0, description="km/s eastward (230-290 m/s after midnight)")


class OmegaSettings(Record):
    """Omega bands, `[aurora.omega]`: missing, they come with the recovery of a substorm."""

    level: float = Field(default=1.0, ge=0.0, le=5.0, description="energy flux relative to a typical band")
    position: float = Field(default=0.5, ge=0.0, le=1.2, description="place of the poleward edge across the oval")
    wavelength_km: float = Field(default=360.0, ge=150.0, le=800.0, description="km between tongues")
    drift_km_s: float = Field(default=0.8, ge=-4.0, le=4.0, description="km/s eastward (0.4-2)")


def patch_level(hours: np.ndarray, activity: np.ndarray, recovered: np.ndarray) -> np.ndarray:
    """Return the level of pulsating patches, [instant, node], 0 or more: 1 typical.

    `hours` [node]: MLT, h, of any day; `activity`: the drive's and the scene's; `recovered`, 0 to 1: how far a substorm
    has got to its recovery, each [instant, 1].
    """
    sector = morning_sector(hours, (PATCHES_FROM_H, PATCHES_FULL_H), (PATCHES_FADE_H, PATCHES_GONE_H))
    return sector * np.maximum(PATCHES_IN_QUIET * activity, recovered)


def morning_sector(hours: np.ndarray, rising_h: tuple[float, float], fading_h: tuple[float, float]) -> np.ndarray:
    """Return how far a form of the morning is there, 0 to 1; shape of `hours`, MLT, h, of any day.

    It comes up between the hours `rising_h` and goes between `fading_h`, each counted from 18 to 42: midnight is 24.
    """
    late = (np.asarray(hours) + 6.0) % 24.0 + 18.0
    return np.asarray(smooth_step(*rising_h, late) * (1.0 - smooth_step(*fading_h, late)))


def omega_levels(omega: OmegaSettings) -> tuple[Level, ...]:
    """Return the vortices of an omega band: pairs that turn against each other push tongues poleward.

    A pair to a wavelength; angles, ripples and lives: chosen by eye.
    """
    half, drift = 0.5 * omega.wavelength_km, omega.drift_km_s
    still = replace(STILL, spacing_km=2.0 * omega.wavelength_km)
    tongues = Level(half, 0.62 * np.pi, drift, FOR_EVER_S, 0.0, 1.0, (1.1, 1.6), alternate=True, steady=True)
    ripples = Level(52.0, 0.5 * np.pi, 0.5 * drift, 140.0, 0.9, -0.1)
    return tongues, still, ripples, still, Level(17.0, 0.6 * np.pi, drift, 40.0, 0.9, -0.2)
