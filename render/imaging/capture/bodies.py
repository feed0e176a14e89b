"""Cameras by name: what is known of their sensors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

FULL_SCALE_DN = 2**14 - 1  # counts of the converter, 14 bits: all of these cameras
MOSAIC_BELOW = 1.4  # pixels of a picture up to so many photosites wide are taken for photosites: it has a mosaic


@dataclass(frozen=True)
class Body:
    """A camera's sensor. Electrons are of one photosite, `pitch_um` wide; `columns` of them are 36 mm.

    `full_well_e` at `base_iso`; read noise: hypot(`read_floor_e`, `read_converter_e` x base ISO / ISO), and from
    `second_gain_iso` on with `second_floor_e` for the floor; `quantum_efficiency`: electrons per photon at the green
    channel's peak, with filters; `clips_black`: whether the file loses what noise makes negative.
    """

    columns: int
    pitch_um: float
    full_well_e: float
    base_iso: float
    read_floor_e: float
    read_converter_e: float
    quantum_efficiency: float
    clips_black: bool
    second_gain_iso: float = math.inf
    second_floor_e: float = 0.0

    @property
    def photosite_area_m2(self) -> float:
        """Return the area of a photosite."""
        return (self.pitch_um * 1e-6) ** 2

    def saturation_electrons(self, iso: float) -> float:
        """Return the electrons at which a photosite's count clips: the full well's share at this ISO."""
        return self.full_well_e * self.base_iso / iso

    def read_noise_electrons(self, iso: float) -> float:
        """Return the standard deviation of a photosite's read noise."""
        floor = self.second_floor_e if iso >= self.second_gain_iso else self.read_floor_e
        return math.hypot(floor, self.read_converter_e * self.base_iso / iso)

    def gain_electrons(self, iso: float) -> float:
        """Return the electrons of one count of the converter."""
        return self.saturation_electrons(iso) / FULL_SCALE_DN


# Photosites and pitch: Nikon's data sheets. Full wells, read noise and quantum efficiencies: of the D3, the D3S's
# forerunner, 53,400 and 65,600 electrons and 4.8 to 5.8 electrons at ISO 1600 were measured (photonstophotos.net; E.
# Martin 2009; brisk.org.uk); all others are uncertain by 20 % (wells, efficiencies) and 30 % (noise). Nikon's D3 files
# clip black at 0: 74 % of the green photosites of a dark frame read 0; D4 likewise, and later ones not, uncertain.
BODIES = {
    "d3s": Body(4256, 8.46, 84_000.0, 200.0, 3.5, 15.0, 0.57, True),
    "d4": Body(4928, 7.30, 118_000.0, 100.0, 2.5, 18.0, 0.53, True),
    "d5": Body(5568, 6.45, 100_000.0, 100.0, 3.0, 12.0, 0.50, False),
    "z9": Body(8256, 4.35, 60_000.0, 64.0, 3.0, 3.0, 0.60, False, second_gain_iso=500.0, second_floor_e=1.7),
}
OBSERVERS = ("ideal_cie", "eye")
"""Who sees without a camera's noise and clipping."""
PRESETS = (*BODIES, *OBSERVERS)
REFERENCE = "d3s"  # whose exposure the observers take, and whose photosites a user's own filters stand before
INSTRUMENT = replace(BODIES[REFERENCE], clips_black=False)


def body_of(response: str) -> Body | None:
    """Return the body behind a response: None for an observer; for a file of filters an instrument with the reference's
    photosites, which keeps its black, as instruments do."""
    return None if response in OBSERVERS else BODIES.get(response, INSTRUMENT)
