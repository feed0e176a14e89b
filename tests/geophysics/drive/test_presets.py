"""The winds by name: their Kp, and that a stream and an eruption are not alike."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.geophysics.drive.presets import PRESETS, active, preset_history
from render.geophysics.drive.settings import DriveSettings

NOW = Epoch.parse("2015-03-17T20:00:00Z")
HOUR_S = 3600.0


def states(drive, start_s, end_s, step_s=60.0):
    found = [drive.state(float(t), NOW) for t in np.arange(start_s, end_s, step_s)]
    return np.array([state.kp for state in found]), np.array([state.activity for state in found])


@pytest.mark.parametrize(("preset", "kp", "within"), [("quiet", 1.0, 0.1), ("active", 5.0, 0.5), ("storm", 8.0, 0.2)])
def test_kp_of_a_preset_is_as_promised_for_days(preset, kp, within):
    drive = DriveSettings(preset=preset)
    for start_s in (-12 * HOUR_S, 0.0, 24 * HOUR_S, 9 * 24 * HOUR_S):
        found, activity = states(drive, start_s, start_s + 6 * HOUR_S, 600.0)
        assert np.abs(found - kp).max() < within
        assert activity.min() >= 0.0 and activity.max() <= 1.5


def test_quiet_is_steady_and_breaks_up_nowhere():
    drive = DriveSettings(preset="quiet")
    assert len({drive.state(t, NOW) for t in (-1e5, 0.0, 77.0, 1e6)}) == 1
    assert drive.onsets(-1e5, 1e7, NOW) == ()


def test_an_eruption_arrives():
    drive = DriveSettings(preset="cme_arrival", arrival_s=1800.0)
    before, at, soon = (drive.state(t, NOW) for t in (1799.0, 1830.0, 1860.0))
    assert before.kp == pytest.approx(2.0, abs=0.1)
    assert before == drive.state(-20_000.0, NOW)
    assert at.pressure_npa > 5.0 * before.pressure_npa
    assert soon.activity > before.activity + 0.4  # within a minute
    assert soon.kp < before.kp + 0.1  # Kp does not know yet
    assert before.coupling < at.coupling < drive.state(1800.0 + 1.2 * HOUR_S, NOW).coupling
    hours = [drive.state(1800.0 + h * HOUR_S, NOW).kp for h in range(12)]
    assert np.all(np.diff(hours) > 0.0) and 7.0 < hours[-1] < 8.0


def test_its_shock_sets_off_a_substorm_and_the_southward_field_more():
    onsets = DriveSettings(preset="cme_arrival").onsets(0.0, 3 * HOUR_S, NOW)
    assert len(onsets) == 2
    assert 600.0 < onsets[0].time_s <= 660.0
    assert onsets[1].time_s == pytest.approx(600.0 + 1.7 * HOUR_S, abs=0.5 * HOUR_S)


def test_arrival_only_shifts_the_wind():
    early, late = (DriveSettings(preset="cme_arrival", arrival_s=at) for at in (0.0, 7200.0))
    for since in (-500.0, 10.0, 100.0, 5000.0, 40_000.0):
        one, other = early.state(since, NOW), late.state(since + 7200.0, NOW)
        assert (one.kp, one.activity) == pytest.approx((other.kp, other.activity), rel=1e-3)


def test_stream_and_eruption_differ_over_time():
    hours = 6 * HOUR_S
    stream_kp, stream = states(DriveSettings(preset="active"), 0.0, hours)
    kp, eruption = states(DriveSettings(preset="cme_arrival"), 0.0, hours)
    assert np.ptp(stream_kp) < 0.6 and np.ptp(kp) > 5.0  # one level against a rise
    assert np.abs(np.diff(stream)).max() < 0.15 and np.diff(eruption).max() > 0.4  # swings against a blow

    def turns(activity):
        smooth = activity[::10]
        return np.count_nonzero(np.diff(np.sign(smooth - smooth.mean())))

    assert turns(stream) >= 8 and turns(stream) > 2 * turns(eruption)


def test_waves_of_the_stream_turn_the_field_and_keep_its_strength():
    _, by, bz, _ = active(np.arange(0.0, 20_000.0, 60.0))
    assert np.ptp(np.hypot(by, bz)) < 1e-9 and np.ptp(bz) > 8.0
    assert bz.min() < -5.0 and bz.max() > 0.0


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_a_pure_function_that_counts_from_the_scenes_time(preset):
    drive, later = DriveSettings(preset=preset), NOW.plus_seconds(1e8)
    first = [drive.state(t, NOW) for t in (0.0, 1234.5)]
    drive.state(9e5, NOW)
    assert [drive.state(t, later) for t in (0.0, 1234.5)] == first
    assert drive.onsets(-1e4, 1e4, later) == drive.onsets(-1e4, 1e4, NOW)
    assert preset_history(preset) is preset_history(preset)
    assert drive.warnings(NOW, 0.0, 1e6) == ()


@pytest.mark.parametrize("preset", ["active", "storm"])
def test_a_substorm_breaks_up_in_the_first_half_hour(preset):
    assert len(DriveSettings(preset=preset).onsets(0.0, 1800.0, NOW)) == 1
