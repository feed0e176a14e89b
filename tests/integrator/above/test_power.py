"""The power of the drawn aurora is the oval's: over seeds, drives and hemispheres, and as the map has it."""

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.geodesy import itrs_from_geodetic
from render.device import start
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import drive_function
from render.geophysics.forms.energy_budget import scatter
from render.geophysics.forms.substorm import Substorm
from render.integrator.above.power import PowerSummary, drawn_power, texel_areas, texel_places_km
from render.integrator.above.precipitation import FootprintMap
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import REACH_KM, magnetosphere_around, plane_position

SCENE = Epoch.parse("2015-01-28T09:44:40Z")
TIMES_S = (600.0, 2500.0)
SEEDS = (11, 12)
KP_3 = drive_function(DriveSettings(kp=3.0), SCENE)


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


def test_a_moderate_substorm_adds_tens_of_gigawatts_for_half_an_hour_in_its_sector():
    """Total power doubles at onset (Newell & Gjerloev 2011): some 20 to 60 GW, beside 36 GW at Kp 3."""
    times = (300.0, 900.0, 1500.0, 1800.0)
    quiet, broken = (
        [one.total_gw for one in drawn_power(AuroraSettings(seed=11, event=events), KP_3, 1, SCENE, times)]
        for events in ((), (Substorm(onset_s=0.0, mlt_h=23.0),))
    )
    added = np.array(broken) - np.array(quiet)
    mean = np.trapezoid(added.sum(axis=1), times) / (times[-1] - times[0])
    assert 20.0 < mean < 60.0
    assert added.sum(axis=1).min() > 8.0
    assert added[1, [20, 21, 22, 23, 0, 1, 2]].sum() > 0.9 * added[1].sum()


def test_power_is_the_sum_of_the_map():
    """Of the view from above: other texels, cells of the Earth-fixed plane, weighed with that plane's own scale."""
    time_s, settings, drive = 600.0, AuroraSettings(seed=11), drive_function(DriveSettings(kp=3.0), SCENE)
    (one,) = drawn_power(settings, drive, 1, SCENE, (time_s,))
    pole = itrs_from_geodetic(82.0, -84.0, 415.0)  # the magnetic one, about: all of the oval is in reach
    instant = AuroraInstant(
        settings, drive, magnetosphere_around(pole, SCENE.decimal_year), SCENE.plus_seconds(time_s), time_s
    )
    grid = tiling.grid_around(np.array(plane_position(pole, 1)), REACH_KM - 100.0)
    seen = FootprintMap(instant, grid, np.ones((grid.rows, grid.columns), bool))
    cells = np.argwhere(seen.lit)[:, ::-1] + [grid.first_column, grid.first_row]
    area = (tiling.CELL_KM / tiling.plane_scale(cells)) ** 2
    hard_gw = float((seen.coarse_flux()[seen.lit] * area).sum()) * 1e-6
    assert hard_gw == pytest.approx(one.drawn_gw - one.soft_gw, rel=0.02)


@pytest.mark.parametrize("hemisphere", [1, -1])
def test_every_place_is_counted_once(hemisphere):
    """The area of all texels is that of the sphere poleward of their latitudes, to what the field's shape leaves."""
    _, y = texel_places_km()
    area = texel_areas(hemisphere, SCENE, 0.0)
    assert (area >= 0.0).all()
    shifted = texel_areas(hemisphere, SCENE, 6.0)
    np.testing.assert_allclose(shifted.sum(axis=1)[5:-5], area.sum(axis=1)[5:-5], rtol=1e-6)  # the day is a circle
    assert len(y) == len(area)
