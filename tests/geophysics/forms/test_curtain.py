"""The host's half of the curtains: continuous in time, a pure function of place and instant, inside the oval."""

import numpy as np
import pytest

from render.geophysics.field.magnetic_coordinates import (
    FOOT_RADIUS_KM,
    KM_PER_DEGREE,
    KM_PER_HOUR,
    REFERENCE_LATITUDE_DEG,
    magnetic_xy,
)
from render.geophysics.forms import curtain
from render.geophysics.forms.arc_groups import MEANDERS, ArcGroup
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.curtain import curtains_at
from render.geophysics.forms.drive_series import DriveSeries
from render.geophysics.forms.oval import starkov_boundaries
from render.geophysics.forms.substorm import Substorm

KP = 5.0
WEST_KM, EAST_KM = -3000.0, 3000.0
INSTANT_S = 37.0
SHORT_S = 0.05
# km/s that no centre line exceeds: each meander drifts and fades, |dn/du| of gradient noise is below 4
FASTEST_KM_S = sum(4.0 * a * (v / w + 1.0 / p) for w, a, p, v in MEANDERS)
WANDER_KM = sum(a for _, a, _, _ in MEANDERS)  # gradient noise stays within -1 to 1
EXACT = 1e-12


def curtains(time_s, settings=None, kp=KP, west=WEST_KM, east=EAST_KM, **options):
    """Return the curtains of one instant."""
    return curtains_at(settings or AuroraSettings(), DriveSeries.steady(kp), np.array([time_s]), west, east, **options)


def tracks(time_s, settings=None, kp=KP, west=WEST_KM):
    """Return the tracks of one instant, [group, node, 3]."""
    return curtains(time_s, settings, kp, west).tracks[0]


def test_magnetic_midnight_is_the_origin_and_east_is_positive():
    x, y = magnetic_xy(np.array([66.0, 66.0, -66.0]), np.array([24.0, 1.0, 23.0]))
    np.testing.assert_allclose(x, [0.0, KM_PER_HOUR, -KM_PER_HOUR], atol=1e-9)
    np.testing.assert_allclose(y, 66.0 * KM_PER_DEGREE)


def test_x_counts_true_kilometres_at_the_reference_latitude():
    circle = 2.0 * np.pi * FOOT_RADIUS_KM * np.cos(np.radians(REFERENCE_LATITUDE_DEG))
    assert pytest.approx(circle / 24.0) == KM_PER_HOUR
    assert pytest.approx(2.0 * np.pi * FOOT_RADIUS_KM / 360.0) == KM_PER_DEGREE


def test_tracks_are_continuous_in_time():
    before, after = tracks(INSTANT_S), tracks(INSTANT_S + SHORT_S)
    assert 0.0 < np.abs(after - before)[..., 0].max() < FASTEST_KM_S * SHORT_S
    assert np.abs(after - before)[..., 1].max() < 0.02
    assert np.abs(after - before)[..., 2].max() < 0.02


def test_tracks_move_by_less_in_less_time():
    whole = np.abs(tracks(INSTANT_S + SHORT_S) - tracks(INSTANT_S)).max(axis=(0, 1))
    tenth = np.abs(tracks(INSTANT_S + SHORT_S / 10.0) - tracks(INSTANT_S)).max(axis=(0, 1))
    np.testing.assert_allclose(tenth, whole / 10.0, rtol=0.1)


def test_tracks_are_smooth_along_the_oval():
    along = np.abs(np.diff(tracks(INSTANT_S)[..., 0], axis=1)).max() / curtain.TRACK_SPACING_KM
    assert along < sum(4.0 * a / w for w, a, _, _ in MEANDERS)


def test_the_same_place_has_the_same_curtain_in_every_window():
    wide = curtains(INSTANT_S)
    narrow = curtains(INSTANT_S, west=-1234.5, east=777.7)
    assert wide.spacing_km == narrow.spacing_km == curtain.TRACK_SPACING_KM
    first = round((narrow.x0_km - wide.x0_km) / curtain.TRACK_SPACING_KM)
    part = wide.tracks[:, :, first : first + narrow.tracks.shape[2]]
    np.testing.assert_allclose(narrow.tracks, part, rtol=EXACT, atol=EXACT)


def test_an_instant_is_the_same_whatever_came_before():
    alone = tracks(INSTANT_S)
    tracks(5.0 * INSTANT_S)
    np.testing.assert_array_equal(tracks(INSTANT_S), alone)


def test_several_instants_at_once_are_each_the_instant_alone():
    times = np.array([INSTANT_S, 0.0, INSTANT_S - 290.0])
    together = curtains_at(AuroraSettings(), DriveSeries.steady(KP, 3), times, WEST_KM, EAST_KM).tracks
    assert together.shape[:2] == (3, len(AuroraSettings().groups))
    for track, time_s in zip(together, times, strict=True):
        np.testing.assert_array_equal(track, tracks(time_s))


def test_coarser_nodes_are_some_of_the_fine_ones():
    fine, coarse = curtains(INSTANT_S), curtains(INSTANT_S, spacing_km=curtain.AFTERGLOW_SPACING_KM)
    assert coarse.spacing_km == curtain.AFTERGLOW_SPACING_KM
    first = round((coarse.x0_km - fine.x0_km) / fine.spacing_km)
    step = round(coarse.spacing_km / fine.spacing_km)
    assert step == 2
    count = min(coarse.tracks.shape[2] - 1, (fine.tracks.shape[2] - first) // step - 1)
    nodes = fine.tracks[:, :, first + step : first + step * (count + 1) : step]
    np.testing.assert_allclose(coarse.tracks[:, :, 1 : count + 1], nodes, rtol=EXACT, atol=EXACT)


def test_nodes_of_the_memory_hold_the_shortest_wave():
    coarse = curtains(INSTANT_S, spacing_km=curtain.AFTERGLOW_SPACING_KM)
    fine = curtains(INSTANT_S)
    at = fine.x0_km + fine.spacing_km * np.arange(2, fine.tracks.shape[2] - 2)
    nodes = coarse.x0_km + coarse.spacing_km * np.arange(coarse.tracks.shape[2])
    between = np.interp(at, nodes, coarse.tracks[0, 2, :, 0])
    assert 0.0 < np.abs(between - fine.tracks[0, 2, 2:-2, 0]).max() < 0.4  # km, as `AFTERGLOW_SPACING_KM` promises


def test_seeds_make_other_auroras_and_groups_wander_apart():
    first, second = tracks(INSTANT_S), tracks(INSTANT_S, AuroraSettings(seed=2))
    assert np.abs(first - second)[..., 0].max() > 10.0
    pair = tracks(INSTANT_S, AuroraSettings(groups=(ArcGroup(position=0.5), ArcGroup(position=0.5))))
    assert np.abs(pair[0] - pair[1])[..., 0].max() > 10.0


def test_seeds_of_neighbouring_auroras_and_groups_leave_room_for_their_arcs():
    seeds = [curtain.group_seed(AuroraSettings(seed=s), g) for s in (0, 1, 2) for g in range(16)]
    assert np.diff(sorted(seeds)).min() >= 1000


def test_the_largest_seed_reaches_the_device_unrounded():
    highest = next(m.le for m in AuroraSettings.model_fields["seed"].metadata if hasattr(m, "le"))
    settings = AuroraSettings(seed=highest, groups=tuple(ArcGroup(position=0.5) for _ in range(16)))
    staged = curtains(0.0, settings).seeds
    assert staged.dtype == np.int32
    assert staged[15] == curtain.group_seed(settings, 15) < 2**31 - 1000


def test_groups_stand_across_the_oval_where_they_are_put():
    places = (0.0, 0.5, 1.0)
    found = curtains(0.0, AuroraSettings(groups=tuple(ArcGroup(position=p) for p in places)))
    x = found.x0_km + found.spacing_km * np.arange(found.tracks.shape[2])
    low, high, _ = starkov_boundaries(x / KM_PER_HOUR % 24.0, KP)
    for place, track in zip(places, found.tracks[0], strict=True):
        wandered = track[:, 0] - (low + (high - low) * place) * KM_PER_DEGREE
        assert 5.0 < np.abs(wandered).max() < WANDER_KM


@pytest.mark.parametrize("activity", [0.0, 0.4, 1.5])
def test_activity_and_occupancy_stay_in_range(activity):
    found = tracks(INSTANT_S, AuroraSettings(activity=activity))
    assert 0.0 <= found[..., 1].min() <= found[..., 1].max() <= 1.25
    assert 0.0 <= found[..., 2].min() <= found[..., 2].max() <= 1.6**2
    assert (found[..., 1].max() > 0.0) == (activity > 0.0)


def test_a_scene_without_groups_keeps_its_oval():
    found = curtains(0.0, AuroraSettings(groups=()))
    assert found.groups.shape == (0,)
    assert found.tracks.shape[:2] == (1, 0)
    assert found.oval[..., 0].max() > 0.0


def test_a_substorm_keeps_its_curtains_when_another_comes_into_sight():
    first, second = Substorm(onset_s=0.0), Substorm(onset_s=9684.0)
    alone = AuroraSettings(groups=(), event=(first,))
    both = AuroraSettings(groups=(), event=(second, first))
    times = np.array([120.0])
    one = curtains_at(alone, DriveSeries.steady(KP), times, WEST_KM, EAST_KM)
    other = curtains_at(both, DriveSeries.steady(KP), times, WEST_KM, EAST_KM)
    assert set(one.seeds) <= set(other.seeds)
    places = [list(other.seeds).index(seed) for seed in one.seeds[:4]]
    np.testing.assert_array_equal(other.tracks[:, places, :, 1:], one.tracks[:, :4, :, 1:])
    np.testing.assert_array_equal(other.vortices.table[:, places], one.vortices.table[:, :4])


def test_growth_calms_arcs_and_takes_them_equatorward():
    event = Substorm(onset_s=0.0, growth_min=30.0)
    settings = AuroraSettings(event=(event,))
    late, free = tracks(-1.0, settings), tracks(-1.0, AuroraSettings())
    groups = len(AuroraSettings().groups)
    shift = free[..., 0] - late[:groups, :, 0]
    assert shift.min() == pytest.approx(shift.max()) and 50.0 < shift.max() < 200.0
    assert late[:groups, :, 1].mean() < free[..., 1].mean()


def test_every_substorm_has_a_front_of_its_own():
    event = AuroraSettings(groups=(), event=(Substorm(onset_s=0.0),))
    one, other = (tracks(400.0, event.model_copy(update={"seed": seed})) for seed in (1, 2))
    bare = one[0, :, 0] - other[0, :, 0]  # the onset arcs' difference, which all groups share
    front = one[3, :, 0] - other[3, :, 0] - bare
    wandered = 2.0 * 0.3 * WANDER_KM  # what the two fronts' own meanders make at most
    assert np.abs(front).max() > wandered


def test_no_two_arcs_of_a_substorm_are_alike():
    found = curtains(200.0, AuroraSettings(groups=(), event=(Substorm(onset_s=0.0),)))
    # `shaders.footprint.forms` counts the seeds of arcs from 300 above the group's, in steps of 40
    seeds = [
        seed + 300 + 40 * j for seed, row in zip(found.seeds, found.groups, strict=True) for j in range(int(row[0]))
    ]
    assert len(set(seeds)) == len(seeds)


def test_arcs_do_not_jump_while_kp_rises():
    step_s = 0.04
    times = 10.0 + step_s * np.arange(80)
    series = DriveSeries(KP + 6e-4 * times, np.ones(len(times)))  # per s: as fast as in `cme_arrival`
    centre = curtains_at(AuroraSettings(), series, times, WEST_KM, EAST_KM).tracks[..., 0]
    steps = np.abs(np.diff(centre, axis=0)).max(axis=(1, 2))
    assert steps.max() < 1.5 * np.median(steps)


@pytest.mark.parametrize("time_s", [-1e6, -1e5, 1e5, 1e6, 1e7])
def test_tracks_and_vortices_hold_long_before_and_after_the_scene(time_s):
    found = curtains(time_s)
    table = found.vortices.table
    assert np.isfinite(table).all() and np.isfinite(found.tracks).all()
    assert found.tracks[..., 1].std() > 0.05
    assert np.all(np.diff(found.vortices.table[0, :, : found.vortices.offsets[1], 0], axis=1) > 0.0)
    later = tracks(time_s + SHORT_S)
    assert 0.0 < np.abs(later - found.tracks[0])[..., 0].max() < FASTEST_KM_S * SHORT_S


def test_the_oval_closes_at_noon_and_midnight():
    day = 24.0 * KM_PER_HOUR
    x = np.array([-0.5 * day, 0.5 * day, -1e-9, 1e-9])
    noon_west, noon_east, before, after = np.moveaxis(curtain.oval_edges_km(x, np.array([0.0, KP, 9.0])), -1, 0)
    np.testing.assert_allclose(noon_west, noon_east, rtol=EXACT)
    np.testing.assert_allclose(before, after, rtol=EXACT)
    assert (noon_west[1] > noon_west[0]).all() and (after[1] > after[0]).all()


@pytest.mark.parametrize("noon_h", [-12.0, 12.0])
def test_no_arc_crosses_noon(noon_h):
    settings = AuroraSettings(event=(Substorm(onset_s=0.0, mlt_h=13.0),))
    noon = noon_h * KM_PER_HOUR
    found = curtains(300.0, settings, west=noon - 1500.0, east=noon + 1500.0)
    hours = np.abs(found.x0_km + found.spacing_km * np.arange(found.tracks.shape[2]) - noon) / KM_PER_HOUR
    occupied = found.tracks[0, ..., 2].max(axis=0)
    assert (found.glow[0, hours < 0.1, 2] == 0.0).all()
    assert (occupied[hours < 0.1] == 0.0).all()  # so that what is beyond the cut, which is another, meets nothing
    assert np.abs(np.diff(occupied)).max() < 0.1
    assert (occupied[hours > 1.0] > 0.02).all()  # a fifth of what arcs are at midnight


def test_streamers_do_not_depend_on_what_is_in_view():
    settings = AuroraSettings(event=(Substorm(onset_s=-900.0, mlt_h=23.0),))
    wide, narrow = (
        curtains_at(settings, DriveSeries.steady(KP), np.array([0.0]), west, east).streamers
        for west, east in ((-4000.0, 2000.0), (1500.0, 1800.0))
    )
    assert wide.shape[1] > 1
    np.testing.assert_array_equal(wide, narrow)
    early = AuroraSettings(event=(Substorm(onset_s=-60.0, mlt_h=23.0),))
    assert not curtains_at(early, DriveSeries.steady(KP), np.array([0.0]), WEST_KM, EAST_KM).streamers.any()
