"""Columns against TREx-ATM 2.0, a transport model of its own: blue and 844.6 agree, green and red tell the spread.

Its air and drive are not stated with the numbers; here NRLMSIS of that place and time, with the indices of the date as
GFZ and Penticton have them (ap 48 of the three hours, Ap 81 of the day, F10.7 211.9) and with a night of medium ones.
"""

from __future__ import annotations

import pytest

from render.core.epoch import Epoch
from render.emission.precipitation import Precipitation
from render.emission.spectra import ElectronSpectrum
from render.emission.table import VolumeEmissionRate, volume_emission_rate
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air.thermosphere import ThermosphereSettings, thermosphere_at

# R, of a Maxwellian of 10 mW m-2, E0 5 keV, at 51.04 N 114.5 W, 2025-01-01 06 UT: as printed in a published notebook
# of TREx-ATM 2.0 (University of Calgary)
TREX_ATM_R = {"427.8": 2440.0, "844.6": 858.0, "557.7": 18904.0, "630.0": 299.0}
AGREE = 0.15  # relative
SPREAD = {"557.7": (0.55, 0.70), "630.0": (1.2, 1.7)}  # ours over theirs: models of equal standing
DRIVES = [(211.9, 48.0), (211.9, 81.0), (150.0, 10.0)]  # F10.7, ap


def columns(f107: float, ap: float, electrons: Precipitation) -> VolumeEmissionRate:
    epoch = Epoch.parse("2025-01-01T06:00:00Z")
    drive = DriveSettings.model_validate({"f107": f107, "ap": ap})
    return volume_emission_rate(thermosphere_at(ThermosphereSettings(), 51.04, -114.5, epoch, drive), electrons)


@pytest.mark.parametrize(("f107", "ap"), DRIVES)
def test_blue_and_infrared_agree_with_trex_atm(f107: float, ap: float) -> None:
    light = columns(f107, ap, Precipitation(5.0, 10.0))
    for line in ("427.8", "844.6"):
        assert light.column_rayleighs(line) == pytest.approx(TREX_ATM_R[line], rel=AGREE), line


@pytest.mark.parametrize(("f107", "ap"), DRIVES)
def test_green_and_red_differ_by_as_much_as_is_told(f107: float, ap: float) -> None:
    light = columns(f107, ap, Precipitation(5.0, 10.0))
    for line, (least, most) in SPREAD.items():
        assert least < light.column_rayleighs(line) / TREX_ATM_R[line] < most, line


def test_another_spectrum_would_not_agree() -> None:
    """A tail of hard electrons: 844.6 falls out."""
    tail = ElectronSpectrum.model_validate({"tail_share": 0.5, "tail_index": 3.0})
    light = columns(211.9, 48.0, Precipitation(5.0, 10.0, tail))
    assert light.column_rayleighs("844.6") < (1.0 - AGREE) * TREX_ATM_R["844.6"]
