"""From the drive to what curtains need of it, at any time after the scene's."""

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.forms.drive_series import AFTER_S, BEFORE_S, DriveSeries, drive_function

SCENE = Epoch.parse("2015-01-28T09:44:40Z")
DAY_S = 86_400.0


@pytest.mark.parametrize("time_s", [0.5 * DAY_S, 0.99 * DAY_S, 1e5, 1e6, 1e7])
def test_substorms_of_a_storm_go_on_for_days(time_s):
    series = drive_function(DriveSettings(preset="storm"), SCENE)(np.array([time_s, time_s - 290.0]))
    onsets = [event.onset_s for event in series.events]
    assert 1 <= len(onsets) <= 4
    assert all(time_s - 290.0 - BEFORE_S <= onset < time_s + AFTER_S for onset in onsets)
    assert all(22.0 <= event.mlt_h <= 24.0 and event.strength > 0.0 for event in series.events)


def test_instants_at_once_are_each_the_instant_alone():
    drive, times = drive_function(DriveSettings(preset="active"), SCENE), np.array([-400.0, 0.0, 2500.0])
    together = drive(times)
    for k, time_s in enumerate(times):
        alone = drive(np.array([time_s]))
        assert (together.kp[k], together.activity[k]) == (alone.kp[0], alone.activity[0])
        assert set(alone.events) <= set(together.events)


def test_a_given_kp_is_steady_and_has_no_substorms():
    series = drive_function(DriveSettings(kp=5.0), SCENE)(np.array([-DAY_S, 0.0, DAY_S]))
    np.testing.assert_array_equal(series.kp, DriveSeries.steady(5.0, 3).kp)
    np.testing.assert_allclose(series.activity, 1.0)
    assert series.events == ()
