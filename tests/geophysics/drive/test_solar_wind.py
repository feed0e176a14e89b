"""The solar wind's coupling, pressure and Kp, against values worked by hand and the memory's own equation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.geophysics.drive.solar_wind import (
    KP_LINEAR_TO,
    MEMORY_S,
    dynamic_pressure_npa,
    levelled_kp,
    linear_kp,
    newell_coupling,
    wind_history,
)

SOUTH_400_8 = 2947.225 * 4.0  # 400^(4/3) = 2947.225, 8^(2/3) = 4, sin^(8/3) of half of 180 degrees = 1
HOUR_S = 3600.0


def steps(*rows, every_s=HOUR_S):
    """Return the history of winds (speed, by, bz, density), one every `every_s`."""
    return wind_history(np.arange(len(rows)) * every_s, *np.array(rows, float).T)


def test_coupling_by_hand():
    assert newell_coupling(400.0, 0.0, -8.0) == pytest.approx(SOUTH_400_8, rel=1e-6)
    # a clock angle of 90 degrees: sin^(8/3) of 45 degrees is 2^(-4/3) = 0.39685
    assert newell_coupling(400.0, 8.0, 0.0) == pytest.approx(0.39685 * SOUTH_400_8, rel=1e-5)
    assert newell_coupling(400.0, -8.0, 0.0) == newell_coupling(400.0, 8.0, 0.0)


def test_field_due_north_and_no_field_couple_nothing():
    assert newell_coupling(700.0, 0.0, 20.0) == 0.0
    assert newell_coupling(700.0, 0.0, 0.0) == 0.0


@given(st.floats(100, 3000), st.floats(-50, 50).filter(lambda b: abs(b) > 1e-3), st.floats(-50, 50), st.floats(1.01, 3))
def test_coupling_scales_with_speed_and_field(speed, by, bz, factor):
    one = newell_coupling(speed, by, bz)
    assert newell_coupling(factor * speed, by, bz) == pytest.approx(factor ** (4 / 3) * one)
    assert newell_coupling(speed, factor * by, factor * bz) == pytest.approx(factor ** (2 / 3) * one)


def test_coupling_rises_as_the_field_turns_south():
    angle = np.radians(np.linspace(0.0, 180.0, 91))
    assert np.all(np.diff(newell_coupling(400.0, 5.0 * np.sin(angle), 5.0 * np.cos(angle))) > 0.0)


def test_pressure_of_the_mean_wind_is_near_two():
    assert dynamic_pressure_npa(440.0, 6.0) == pytest.approx(2.3, abs=0.05)


def test_kp_by_hand_where_it_is_newells_line():
    assert linear_kp(5000.0, 400.0, 4.0) == pytest.approx(0.05 + 1.122 + 2.844e-6 * 2.0 * 160_000.0)
    assert levelled_kp(2.5) == 2.5


def test_kp_rises_throughout_and_never_passes_nine():
    drive = np.linspace(0.0, 40.0, 4001)
    kp = levelled_kp(drive)
    assert np.all(np.diff(kp) > 0.0) and kp[0] == 0.0 and kp[-1] < 9.0
    slope = np.diff(kp) / np.diff(drive)  # no bend where the line is left
    assert np.abs(np.diff(slope)).max() < 0.01 and slope[drive[1:] <= KP_LINEAR_TO] == pytest.approx(1.0)
    assert levelled_kp(1e6) == pytest.approx(9.0)


# speed, Bz, density of storms at their height and the Kp then (recalled, uncertain)
@pytest.mark.parametrize(
    ("speed", "bz", "density", "kp"), [(600, -20, 15, 7.7), (420, -20, 10, 6.3), (650, -45, 15, 8.7), (750, -45, 20, 9)]
)
def test_kp_of_known_storms(speed, bz, density, kp):
    found = levelled_kp(linear_kp(newell_coupling(speed, 0.0, bz), speed, density))
    assert found == pytest.approx(kp, abs=0.5)


def test_a_steady_wind_is_in_balance():
    for history in (steps((500, 3, -5, 6)), steps(*[(500, 3, -5, 6)] * 5)):
        for time_s in (-1e6, 0.0, 2000.0, 1e7):
            state = history.at(time_s)
            assert state.coupling_mean == pytest.approx(state.coupling)
            assert state.pressure_mean_npa == pytest.approx(state.pressure_npa)
            assert state.kp == pytest.approx(float(levelled_kp(linear_kp(state.coupling, 500.0, 6.0))))


def test_memory_is_an_exponential():
    # north, then within 10 ms south for good: the mean rises as 1 - exp(-t / memory)
    history = wind_history(
        np.array([0.0, 3600.0, 3600.01]), *np.array([(400, 0, 8, 5), (400, 0, 8, 5), (400, 0, -8, 5)]).T
    )
    for after in (600.0, MEMORY_S, 20_000.0):
        state = history.at(3600.01 + after)
        assert state.coupling == pytest.approx(SOUTH_400_8, rel=1e-6)
        assert state.coupling_mean == pytest.approx(SOUTH_400_8 * -math.expm1(-after / MEMORY_S), rel=1e-5)


def test_mean_of_a_ramp_lags_by_the_memory():
    # by alone, so that speed, linear in time, is the only change; after many memories the mean of x is x(t - memory)
    time = np.arange(0.0, 40 * MEMORY_S, 60.0)
    history = wind_history(time, 300.0 + time / 1e3, 0 * time, 0 * time, 4.0 + 0 * time)
    drive = linear_kp(0.0, 300.0 + (time[-1] - MEMORY_S) / 1e3, 4.0) + 2.844e-6 * 2.0 * (MEMORY_S / 1e3) ** 2
    assert history.linear_kp_mean[-1] == pytest.approx(
        float(drive), rel=1e-6
    )  # a parabola's mean lies above by its bend


def test_wind_is_linear_between_rows_not_its_coupling():
    history = steps((400, 0, 8, 5), (600, 0, -8, 5))
    quarter = history.at(0.25 * HOUR_S)
    assert quarter.coupling == pytest.approx(float(newell_coupling(450.0, 0.0, 4.0)), abs=1e-9)
    assert quarter.pressure_npa == pytest.approx(float(dynamic_pressure_npa(450.0, 5.0)))


def test_state_between_nodes_meets_the_nodes():
    history = steps((400, 2, 3, 5), (700, -4, -9, 12), (500, 1, -2, 7))
    for node in (1, 30, 60, 100):
        time_s = history.time_s[node]
        assert history.at(time_s - 1e-6).coupling_mean == pytest.approx(history.coupling_mean[node], rel=1e-8)
        assert history.at(time_s).coupling_mean == history.coupling_mean[node]


def test_a_longer_series_says_the_same_of_its_first_part():
    rows = [(400, 2, 3, 5), (700, -4, -9, 12), (500, 1, -2, 7), (500, 1, -20, 7)]
    assert steps(*rows[:3]).at(5000.0) == steps(*rows).at(5000.0)
