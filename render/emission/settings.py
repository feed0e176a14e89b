"""The `[emission]` section: how electrons become light."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from render.core.record import Record
from render.emission.ionisation import DEFAULT_FORM, Form, extrapolation_words
from render.emission.precipitation import Precipitation
from render.emission.spectra import ElectronSpectrum

TYPICAL_HALF_MEAN_KEV = 3.0  # keV: the statistical oval's electrons have a mean of some 6 keV at Kp 5, around midnight


class SunlitSettings(Record):
    """`[emission.sunlit]`: N2+ ions that scatter sunlight where the Sun reaches them."""

    enabled: bool = Field(True, description="false: no scattered sunlight")
    rate_4278_s1: float = Field(
        0.013,
        ge=0.0,
        le=0.1,
        description="photons of 427.8 nm per ion and s at 1 au; GLOW 0.013, Broadfoot 1967 0.0154",
    )
    screening_height_km: float = Field(
        30.0, ge=0.0, le=100.0, description="tangent altitude at which the air halves the sunlight at 391 nm"
    )
    upflow_base_km: float = Field(
        350.0, ge=200.0, le=800.0, description="altitude above which ions flow up faster than they are lost (uncertain)"
    )
    upflow_scale_km: float = Field(
        200.0, ge=0.0, le=600.0, description="scale height of the upflow's tail, 150-250 (uncertain); 0: no upflow"
    )


class EmissionSettings(Record):
    """The `[emission]` section: the electrons' spectra, the form of ionisation, afterglow, scattered sunlight, protons.

    A place of the aurora has an energy flux and half a mean energy; `arcs` and `diffuse` say how energies spread about
    that. The soft electrons of tall rays are Maxwellian.
    """

    ionisation: Form = Field(
        DEFAULT_FORM, description="energy deposition: refit (to GLOW, 0.05-105 keV) or fang2010 (as published)"
    )
    afterglow: bool = Field(True, description="slow lines lag and blur by their lifetimes; false: all light is prompt")
    hydrogen_per_1ng: float = Field(
        0.0,
        ge=0.0,
        le=0.1,
        description="H-beta photons per N2+ 1NG photon: 0 for electrons; at most 0.1 in proton aurora",
    )
    arcs: ElectronSpectrum = Field(
        default_factory=ElectronSpectrum, description="electrons of arc groups, of their glow and of streamers"
    )
    diffuse: ElectronSpectrum = Field(
        default_factory=ElectronSpectrum, description="electrons of the diffuse aurora and of pulsating patches"
    )
    sunlit: SunlitSettings = Field(default_factory=SunlitSettings, description="N2+ ions in sunlight")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is doubtful about the spectra, one line each: energies that the ionisation was not fitted to.

        Places differ in their energy: that of a core with half a mean of TYPICAL_HALF_MEAN_KEV stands for all.
        """
        found = []
        for key, spectrum in (("arcs", self.arcs), ("diffuse", self.diffuse)):
            energy = float(spectrum.characteristic_kev(np.array(TYPICAL_HALF_MEAN_KEV)))
            words = extrapolation_words(Precipitation(energy, 1.0, spectrum), self.ionisation)
            if words:
                typical = f"where the core's mean energy is {2.0 * TYPICAL_HALF_MEAN_KEV:g} keV"
                found.append(f"[emission.{key}]: {typical}, {words}")
        return tuple(found)
