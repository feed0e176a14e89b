"""Rays, ellipsoid and shells on the device, against closed forms and double-precision geodesy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core import geodesy
from render.core.units import EARTH_A_KM, EARTH_B_KM
from tests import probes

ALTITUDE_TOLERANCE_KM = 0.005  # 5 m at 4000 km of path, asked for by the project
SHELL_TOLERANCE_KM = 0.05  # where a ray meets a shell steeply
MISSED = 1.0e9


def direction(azimuth_deg, elevation_deg, latitude_deg, longitude_deg):
    a, e = np.radians(azimuth_deg), np.radians(elevation_deg)
    local = np.stack([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)], axis=-1)
    return local @ geodesy.itrs_from_local(latitude_deg, longitude_deg).T


def test_altitude_of_points_up_to_800_km(any_device):
    rng = np.random.default_rng(1)
    latitude, longitude, h = rng.uniform(-90, 90, 4000), rng.uniform(-180, 180, 4000), rng.uniform(0, 800, 4000)
    points = geodesy.itrs_from_geodetic(latitude, longitude, h).astype(any_device.real)
    out = np.zeros(4000, any_device.real)
    probes.altitudes(points, out)
    assert np.abs(out - h).max() < ALTITUDE_TOLERANCE_KM


@pytest.mark.parametrize("elevation_deg", [-19.5, -17.0, -10.0, 0.0])
def test_altitude_to_5_m_along_4000_km(any_device, elevation_deg):
    o = geodesy.itrs_from_geodetic(45.0, -84.0, 415.0)
    d = direction(60.0, elevation_deg, 45.0, -84.0)
    s = np.linspace(0.0, 4000.0, 401)
    truth = geodesy.geodetic_from_itrs(o + s[:, None] * d)[2]
    out = np.zeros(401, any_device.real)
    probes.altitudes_along(o, d, s.astype(any_device.real), out)
    low = truth < 800.0
    assert np.abs(out - truth)[low].max() < ALTITUDE_TOLERANCE_KM


def crossings(any_device, o, d, shell):
    d = np.atleast_2d(d)
    out = np.zeros((len(d), 2), any_device.real)
    points = np.broadcast_to(o, d.shape).astype(any_device.real)
    probes.shell_crossings(np.ascontiguousarray(points), np.ascontiguousarray(d.astype(any_device.real)), shell, out)
    return out


def test_vertical_ray_meets_shells_at_their_semi_axes(any_device):
    from_equator = crossings(any_device, np.array([EARTH_A_KM + 415.0, 0, 0]), np.array([-1.0, 0, 0]), 100.0)
    assert from_equator[0] == pytest.approx([315.0, 315.0 + 2 * (EARTH_A_KM + 100.0)], abs=SHELL_TOLERANCE_KM)
    from_pole = crossings(any_device, np.array([0, 0, EARTH_B_KM + 415.0]), np.array([0, 0, -1.0]), 100.0)
    assert from_pole[0] == pytest.approx([315.0, 315.0 + 2 * (EARTH_B_KM + 100.0)], abs=SHELL_TOLERANCE_KM)


def test_ray_just_above_and_just_below_the_horizon(any_device):
    o = geodesy.itrs_from_geodetic(45.0, -84.0, 415.0)
    elevations = np.linspace(-25.0, -15.0, 20001)
    d = direction(np.full_like(elevations, 90.0), elevations, 45.0, -84.0)
    truth = np.isfinite(geodesy.shell_distances(o, d, 0.0)[0])
    edge = np.flatnonzero(np.diff(truth.astype(int)))
    assert len(edge) == 1  # the horizon is one place
    margin = 2  # x 0.0005 degree: 40 m at the limb
    below, above = d[edge[0] - margin], d[edge[0] + 1 + margin]
    hit = crossings(any_device, o, np.stack([below, above]), 0.0)
    assert hit[0, 0] < MISSED / 2
    assert hit[1, 0] > MISSED / 2


def test_missed_shell_is_far_away_in_both_directions(any_device):
    hit = crossings(any_device, np.array([7000.0, 0, 0]), np.array([0, 1.0, 0]), 100.0)
    assert hit[0, 0] > MISSED / 2
    assert hit[0, 1] < -MISSED / 2


@pytest.mark.double
@given(st.floats(-80, 80), st.floats(0, 360), st.floats(-88, -25), st.floats(90, 400))
def test_entry_lies_on_its_shell(latitude, azimuth, elevation, shell):
    device = _cpu()
    o = geodesy.itrs_from_geodetic(latitude, 10.0, 430.0)
    d = direction(azimuth, elevation, latitude, 10.0)
    near = crossings(device, o, d, shell)[0, 0]
    out = np.zeros(1, device.real)
    probes.altitudes_along(o, d, np.array([near], device.real), out)
    assert out[0] == pytest.approx(shell, abs=0.03)  # a shell leaves geodetic altitude by metres


def _cpu():
    from tests.devices import start_or_skip  # noqa: PLC0415

    return start_or_skip("cpu", "double")
