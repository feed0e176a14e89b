"""Streamers: when, where and how fast they run, and that they depend on nothing but place, time and seed."""

import numpy as np
import pytest

from render.geophysics.forms import streamers
from render.geophysics.forms.streamers import joined, streamers_of
from render.geophysics.forms.substorm import Bulge, Substorm, bulge

X, Y, LENGTH, LEAN, BEND, HALF, FLUX, SEED = range(streamers.COLUMNS)
NODES = np.arange(-4000.0, 4000.0, 4.0)
BASE, ROOM = 6900.0, 600.0
EVENT = 20_000


def drawn(event, times, nodes=NODES, room=ROOM, seed=EVENT):
    """Return the streamers of an event whose onset arc is straight."""
    times = np.asarray(times, float)
    base, there = np.full((len(times), len(nodes)), BASE), np.full((len(times), len(nodes)), room)
    return streamers_of(event, seed, nodes, times, base, bulge(event, seed, nodes, there, times))


def standing(times, height=ROOM):
    """Return a bulge that has the same height everywhere at all times."""
    shape, none = (len(times), len(NODES)), np.zeros(len(times))
    return Bulge(np.full(shape, height), np.ones(shape), np.ones(shape), none, none, none)


def test_they_come_after_half_of_the_expansion_and_go_in_recovery():
    event = Substorm(onset_s=100.0, expansion_min=15.0, recovery_min=60.0)
    assert drawn(event, [-500.0, 0.0, 100.0, 100.0 + 0.5 * 900.0]).shape[1] == 0
    assert drawn(event, [100.0 + 900.0]).shape[1] > 1
    assert drawn(event, [100.0 + 900.0 + 0.8 * 3600.0]).shape[1] == 0


def test_they_run_across_the_bulge_in_some_minutes():
    event, times = Substorm(onset_s=0.0), np.arange(400.0, 2400.0, 5.0)
    shape = (len(times), len(NODES))
    table = streamers_of(event, EVENT, NODES, times, np.full(shape, BASE), standing(times))
    assert table[..., FLUX].max() <= 1.3
    whole = 0
    for k in range(table.shape[1]):
        length, lit = table[:, k, LENGTH], table[:, k, FLUX] > 0.0
        growing = np.flatnonzero((np.diff(length) > 0.0) & (length[1:] < ROOM) & lit[1:])
        speed = np.diff(length)[growing[1:-1]] / 5.0
        assert speed == pytest.approx(speed[0], rel=1e-6)
        assert streamers.SPEED_KM_S[0] <= speed[0] <= streamers.SPEED_KM_S[1]
        whole += length[lit].max() == ROOM
        assert 120.0 < 5.0 * lit.sum() < 700.0
        assert (table[:, k, Y] == BASE + ROOM).all()
    assert whole == table.shape[1]


def test_they_never_reach_beyond_the_onset_arc_or_the_bulge():
    event, times = Substorm(onset_s=0.0, streamers=4.0), np.arange(300.0, 2400.0, 60.0)
    table = drawn(event, times)
    lit = table[..., FLUX] > 0.0
    west, east = event.ends_km(times[:, None])
    assert lit.any(axis=1).sum() > 20
    assert (table[..., Y] - table[..., LENGTH])[lit].min() >= BASE - 1e-6
    drifted = streamers.DRIFT_KM_S * 700.0
    assert (table[..., X] > west - drifted)[lit].all() and (table[..., X] < east + drifted)[lit].all()


def test_an_instant_alone_has_the_streamers_of_a_film():
    event, times = Substorm(onset_s=-700.0), np.array([0.0, 40.0, 300.0])
    film = drawn(event, times)
    for k, time_s in enumerate(times):
        alone = drawn(event, [time_s], NODES[300:-200])
        found = {row[SEED]: row for row in alone[0]}
        seen = {row[SEED]: row for row in film[k] if row[FLUX] > 0.0}
        assert found.keys() == seen.keys()
        for seed, row in seen.items():
            np.testing.assert_array_equal(found[seed], row)


def test_number_and_flux_follow_the_settings():
    times = np.arange(400.0, 2400.0, 20.0)
    usual, many = (drawn(Substorm(onset_s=0.0, streamers=n), times) for n in (1.0, 3.0))
    assert many.shape[1] == pytest.approx(3.0 * usual.shape[1], rel=0.15)
    assert drawn(Substorm(onset_s=0.0, streamers=0.0), times).shape[1] == 0
    strong = drawn(Substorm(onset_s=0.0, strength=2.0), times)
    assert strong[..., FLUX] == pytest.approx(2.0 * usual[..., FLUX])
    assert not np.array_equal(drawn(Substorm(onset_s=0.0), times, seed=EVENT + 1), usual)


def test_a_low_bulge_has_none():
    assert drawn(Substorm(onset_s=0.0), [900.0], room=0.9 * streamers.LEAST_HEIGHT_KM / 1.22).shape[1] == 0


def test_tables_are_never_empty():
    none = joined([drawn(Substorm(onset_s=0.0), [0.0, 1.0])], 2)
    assert none.shape == (2, 1, streamers.COLUMNS)
    assert not none.any()
    both = joined([drawn(Substorm(onset_s=0.0), [900.0], seed=seed) for seed in (EVENT, EVENT + 1)], 1)
    assert both.shape[1] == len(np.unique(both[0, :, SEED])) > 2
