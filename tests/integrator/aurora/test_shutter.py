"""The open shutter on the map: enough instants for the texels, all of one weight, streaked by the flight; no seams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render import load_scene
from render.device import start
from render.geophysics.forms.drive_series import drive_function
from render.integrator.aurora import tile_builder as map_builder
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.tile_builder import Instants, folded, instants_wanted, shutter_instants
from shaders.aurora.emission import COARSE, FINE
from tests.devices import EVERY, start_or_skip
from tests.integrator.aurora.magnetic_maps import flux_map, oval_km
from tests.integrator.conftest import staged
from tests.small import changed

SEAM = 0.04  # of the flux's 99th percentile: rms step between neighbouring tiles of different texels (measured 0.015)
DEVICES_AGREE = 2e-2  # of the largest flux: hashes are the same bits; positions of 7000 km in single precision are not


@given(way=st.floats(0.0, 50.0), texel=st.floats(0.1, 8.0), most=st.sampled_from([1, 2, 8, 16, 64]))
def test_instants_leave_no_gap_wider_than_a_texel(way, texel, most):
    count = int(instants_wanted(way, np.array([texel]), most)[0])
    assert 1 <= count <= most
    if count < most:
        assert way / count <= max(map_builder.GAP_TEXELS * texel, map_builder.GAP_KM) * 1.001


def test_half_a_second_from_the_station_takes_eight_instants_of_fine_texels():
    way = map_builder.shutter_way_km(0.5, 7.2)
    assert instants_wanted(way, np.array([0.125, 0.25, 0.5]), 8).tolist() == [8, 8, 8]
    assert instants_wanted(map_builder.shutter_way_km(0.001, 7.2), np.array([0.125]), 8).tolist() == [1]


@given(exposure=st.floats(1e-4, 4.0), count=st.integers(1, 64))
def test_instants_share_the_exposure_evenly(exposure, count):
    instants = shutter_instants(exposure, 9.7 * exposure, count)
    assert instants.weights.sum(axis=0) == pytest.approx([1.0, 1.0])
    now = instants.ages[instants.weights[:, 0] > 0.0]
    assert len(now) == count
    np.testing.assert_allclose(now[:, 0], -now[:, 2], atol=1e-12)  # the camera is where it is at that instant
    assert now[:, 2].mean() == pytest.approx(0.0, abs=1e-9)
    assert np.ptp(now[:, 2]) == pytest.approx(exposure * (count - 1) / count)
    then = instants.ages[instants.weights[:, 1] > 0.0]
    assert (then[:, 0] - 1.0 + then[:, 2]) == pytest.approx(np.zeros(len(then)), abs=1e-9)


def exposed(exposure_s, scene=None):
    """Return the main scene small, its middle, with another exposure."""
    scene = scene or load_scene("angels_singing")
    keys = tuple(key.model_copy(update={"exposure_s": exposure_s}) for key in scene.camera.keys)
    return staged((64, 36), scene=changed(scene, "camera", keys=keys, focal_length_mm=42.0))


def test_a_long_exposure_streaks_the_map_and_keeps_its_flux():
    start("cpu")
    short, long = exposed(0.001), exposed(2.0)
    flux = [seen.stage.maps.texels.to_numpy()[tiling.EMPTY_TEXELS :, 1] for seen in (short, long)]
    assert len(flux[0]) == len(flux[1])
    assert flux[1].mean() == pytest.approx(flux[0].mean(), rel=0.02)
    assert flux[1].std() < flux[0].std()
    moved = np.abs(flux[1] - flux[0]).mean() / flux[0].mean()
    assert 0.05 < moved < 1.0  # 14 km, mostly along the arcs


def test_tiles_of_different_texels_meet_without_a_seam():
    """Along the edges of cells whose neighbour has fewer texels, both give the same flux but for what is unresolved."""
    maps = staged((320, 180), scene=changed(load_scene("angels_singing"), "camera", focal_length_mm=50.0)).stage.maps
    cells, texels = maps.cells.to_numpy(), maps.texels.to_numpy()[:, 1].astype(float)

    def edge(row, column, side):
        """Return the flux along a cell's right (0), left (1), upper (2) or lower (3) edge, of 65 places."""
        first, n = cells[row, column, 0], cells[row, column, FINE]
        tile = texels[first : first + (n + 3) ** 2].reshape(n + 3, n + 3)[1 : n + 2, 1 : n + 2]
        line = (tile[:, -1], tile[:, 0], tile[-1], tile[0])[side]
        return np.interp(np.linspace(0.0, 1.0, 65), np.linspace(0.0, 1.0, n + 1), line)

    steps = []
    for down, right in ((0, 1), (1, 0)):
        for row, column in np.argwhere(cells[: len(cells) - down, : cells.shape[1] - right, FINE] > tiling.COARSE):
            n, m = cells[row, column, FINE], cells[row + down, column + right, FINE]
            if m > tiling.COARSE and m != n:
                own, next_to = edge(row, column, 2 * down), edge(row + down, column + right, 2 * down + 1)
                steps.append(own.mean() - next_to.mean())
    assert len(steps) >= 15
    assert np.sqrt(np.mean(np.square(steps))) < SEAM * np.percentile(texels, 99.0)
    assert COARSE > FINE  # columns of the same table


@pytest.mark.parametrize("device", EVERY)
def test_the_footprint_is_the_same_on_every_device(device, in_double):
    scene = load_scene("breakup")
    series = drive_function(scene.drive, scene.time.epoch)(np.array([30.0]))
    x, reach = (-1100.0, -900.0), (oval_km(5.0, 22.6, 0.1), oval_km(5.0, 22.6, 0.1) + 200.0)
    start_or_skip(*device)
    found = flux_map(scene.aurora, series, 30.0, x, reach, 32)
    expected = in_double("footprint", lambda: flux_map(scene.aurora, series, 30.0, x, reach, 32))
    assert expected.hard.max() > 5.0
    np.testing.assert_allclose(found.hard, expected.hard, atol=DEVICES_AGREE * expected.hard.max())
    assert found.hard.mean() == pytest.approx(expected.hard.mean(), rel=1e-3)


def test_present_instants_are_instants():
    assert isinstance(map_builder.present_only(2), Instants)
    assert map_builder.present_only(2).ages.shape == (1, 3)


@given(st.floats(-1e8, 1e8))
def test_the_quick_clock_stays_within_a_day(time_s):
    clock = folded(time_s)
    assert abs(clock) <= 86_400.0
    assert ((time_s - clock) / 172_800.0) == pytest.approx(round((time_s - clock) / 172_800.0), abs=1e-9)
    if abs(time_s) < 86_400.0:
        assert clock == time_s


@pytest.mark.parametrize("time_s", [0.0, 1e6, -3.3e7])
def test_instants_of_an_exposure_stay_apart_in_single_precision(time_s):
    instants = folded(time_s) - shutter_instants(0.5, 3.6, 8).seconds_back
    assert len(np.unique(instants.astype(np.float32))) == len(np.unique(instants))
    assert np.diff(np.sort(np.unique(instants.astype(np.float32)))).min() > 0.02
