"""The power of the drawn aurora is the oval's: over seeds, drives and hemispheres, and as the map has it."""

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.device import start
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import drive_function
from render.geophysics.forms.energy_budget import scatter
from render.geophysics.forms.substorm import Substorm
from render.integrator.above.power import PowerSummary, drawn_power, texel_areas, texel_places_km

SCENE = Epoch.parse("2015-01-28T09:44:40Z")
TIMES_S = (600.0, 2500.0)
SEEDS = (11, 12)


@pytest.fixture(scope="module", autouse=True)
def device():
    return start("cpu")


def powers(drive, hemisphere=1, seeds=SEEDS, times=TIMES_S, **settings):
    """Return (power without the scatter that all instants have, DrawnPower) of every instant."""
    at = drive_function(drive, SCENE)
    return [
        (one.drawn_gw / float(scatter(seed, np.array([time_s]))[0]), one)
        for seed in seeds
        for time_s, one in zip(
            times, drawn_power(AuroraSettings(seed=seed, **settings), at, hemisphere, SCENE, times), strict=True
        )
    ]


@pytest.mark.parametrize("kp", [1.0, 5.0, 9.0])
def test_power_is_the_formulas(kp):
    """The scatter's mean is one (see test_energy_budget); what is left of it here is that of arc systems."""
    found = powers(DriveSettings(kp=kp))
    summary = PowerSummary.of([one for _, one in found])
    assert np.mean([power for power, _ in found]) == pytest.approx(summary.oval_gw, rel=0.2)
    assert 0.5 < summary.diffuse_share < 0.7
    assert summary.arcs_gw == pytest.approx((1.0 - summary.diffuse_share) * summary.drawn_gw)


def test_hemispheres_are_alike():
    north, south = (np.mean([p for p, _ in powers(DriveSettings(kp=5.0), side, times=(600.0,))]) for side in (1, -1))
    assert south / north == pytest.approx(1.0, abs=0.12)  # cells of magnetic latitude are larger in the south


def test_the_artists_share_moves_power_and_keeps_it():
    half, whole = (powers(DriveSettings(kp=5.0), seeds=(11,), diffuse_fraction=share) for share in (0.3, 0.6))
    (a, one), (b, other) = half[0], whole[0]
    assert a == pytest.approx(b, rel=0.25)
    assert one.diffuse_gw.sum() / other.diffuse_gw.sum() == pytest.approx(0.5, rel=0.02)


def test_a_moderate_substorm_adds_tens_of_gigawatts_in_its_sector():
    event = Substorm(onset_s=0.0, mlt_h=23.0)
    (_, quiet), (_, broken) = (
        powers(DriveSettings(kp=3.0), seeds=(11,), times=(900.0,), event=events)[0] for events in ((), (event,))
    )
    added = broken.total_gw - quiet.total_gw
    assert 15.0 < added.sum() < 60.0
    assert added[[20, 21, 22, 23, 0, 1]].sum() > 0.9 * added.sum()


@pytest.mark.parametrize("hemisphere", [1, -1])
def test_every_place_is_counted_once(hemisphere):
    """The area of all texels is that of the sphere poleward of their latitudes, to what the field's shape leaves."""
    _, y = texel_places_km()
    area = texel_areas(hemisphere, SCENE, 0.0)
    assert (area >= 0.0).all()
    shifted = texel_areas(hemisphere, SCENE, 6.0)
    np.testing.assert_allclose(shifted.sum(axis=1)[5:-5], area.sum(axis=1)[5:-5], rtol=1e-6)  # the day is a circle
    assert len(y) == len(area)
