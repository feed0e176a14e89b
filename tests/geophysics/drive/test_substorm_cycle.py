"""When substorms break up: the period of constant driving, and that every window tells the same ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.geophysics.drive.presets import preset_history
from render.geophysics.drive.solar_wind import newell_coupling, wind_history
from render.geophysics.drive.substorm_cycle import AVERAGE_COUPLING, MOST_STRENGTH, PERIOD_S, substorm_cycle

DAY_S = 86_400.0


def winds(time_s, bz, speed=450.0, density=5.0):
    """Return the history of winds whose field lies north to south."""
    time_s = np.asarray(time_s, float)
    same = np.ones_like(time_s)
    return wind_history(time_s, speed * same, 0.0 * same, bz * same, density * same)


@pytest.mark.parametrize("bz", [-1.0, -3.0, -12.0])
@pytest.mark.parametrize("rows", [[0.0], [0.0, DAY_S]])
def test_constant_driving_gives_the_period_whatever_its_strength(bz, rows):
    onsets = substorm_cycle(winds(rows, bz)).between(0.0, DAY_S, held=True)
    assert [onset.time_s for onset in onsets] == pytest.approx([PERIOD_S * (k + 1) for k in range(8)])
    strength = min(float(newell_coupling(450.0, 0.0, bz)) / AVERAGE_COUPLING, MOST_STRENGTH)
    assert [onset.strength for onset in onsets] == pytest.approx([strength] * 8)


def test_northward_field_gives_none():
    cycle = substorm_cycle(winds([0.0, DAY_S], 5.0))
    assert cycle.between(-DAY_S, 100 * DAY_S, held=True) == ()


def test_nothing_is_foretold_after_a_series_that_is_not_held():
    cycle = substorm_cycle(winds([0.0, DAY_S], -5.0))
    assert cycle.between(0.0, 2 * DAY_S, held=False) == cycle.between(0.0, DAY_S, held=True)
    assert len(cycle.between(0.0, 2 * DAY_S, held=True)) == 17


def test_energy_that_was_loaded_is_what_the_last_onset_took():
    # the model's own law, on a wind that swings: the integral from onset to onset is period times rate at the former
    time = np.arange(0.0, 2 * DAY_S, 60.0)
    history = winds(time, -6.0 - 4.0 * np.sin(2 * np.pi * time / 17_000.0))
    onsets = [onset.time_s for onset in substorm_cycle(history).onsets]
    assert len(onsets) > 12
    fine = np.arange(0.0, 2 * DAY_S, 1.0)
    rate = np.interp(fine, history.time_s, history.coupling)
    for before, after in pairwise(onsets):
        inside = (fine >= before) & (fine < after)
        assert rate[inside].sum() == pytest.approx(PERIOD_S * np.interp(before, fine, rate), rel=1e-3)


def test_no_cascade_when_the_field_turns_south_after_a_calm():
    time = np.arange(0.0, DAY_S, 60.0)
    onsets = substorm_cycle(winds(time, np.where(time < DAY_S / 2, 5.0, -15.0))).onsets
    assert np.diff([onset.time_s for onset in onsets]).min() > 1000.0


def shocked(at_s):
    """Return steady southward driving with a jump of density and nothing else."""
    time = np.array([0.0, at_s, at_s + 30.0, DAY_S])
    return winds(time, -3.0, density=np.array([5.0, 5.0, 20.0, 20.0]))


def test_a_shock_sets_off_a_loaded_store_only():
    early, late = 0.4 * PERIOD_S, 0.8 * PERIOD_S
    first = [substorm_cycle(shocked(at)).onsets[0].time_s for at in (early, late)]
    assert first[0] == pytest.approx(PERIOD_S)
    assert late < first[1] <= late + 60.0
    second = substorm_cycle(shocked(late)).onsets[1].time_s
    assert second - first[1] == pytest.approx(PERIOD_S)  # the shock's onset has emptied the store


@given(
    st.sampled_from(["active", "storm", "cme_arrival"]),
    st.lists(st.floats(-DAY_S, 20 * DAY_S), min_size=3, max_size=6, unique=True).map(sorted),
)
def test_windows_that_meet_make_one(preset, edges):
    cycle = substorm_cycle(preset_history(preset))
    whole = cycle.between(edges[0], edges[-1], held=True)
    parts = [onset for a, b in pairwise(edges) for onset in cycle.between(a, b, held=True)]
    assert tuple(parts) == whole
    assert all(0.0 < onset.strength <= MOST_STRENGTH for onset in whole)
    overlapping = {*cycle.between(edges[0], edges[2], held=True), *cycle.between(edges[1], edges[-1], held=True)}
    assert sorted(overlapping, key=lambda onset: onset.time_s) == list(whole)
