"""The march against closed forms: a uniform slab, a thin shell at the limb, a ground that hides what is behind it."""

from types import SimpleNamespace

import numpy as np
import pytest

from render.core import geodesy
from render.core.lines import LINE_KEYS
from tests.marching import marched

CLOSED_FORM = 1e-3  # 0.1 %
CLEAR = np.column_stack([np.ones((201, len(LINE_KEYS))), np.zeros(201)])  # nothing dimmed, nothing bent
GREEN = LINE_KEYS.index("557.7")
VER = 1000.0  # photons cm-3 s-1


def camera(azimuth_deg, elevation_deg, latitude=45.0, longitude=-84.0, rows=1, columns=1, field_rad=0.0):
    a, e = np.radians(azimuth_deg), np.radians(elevation_deg)
    forward = np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)])
    right = np.array([np.cos(a), -np.sin(a), 0.0])
    down = np.cross(forward, right)
    local = geodesy.itrs_from_local(latitude, longitude)
    return SimpleNamespace(
        rows=rows, columns=columns, itrs_from_camera=local @ np.stack([right, down, forward], axis=1),
        tangent_from_pixel=np.eye(2) * field_rad / max(columns, 1),
        reference_pixel=np.array([(columns + 1) / 2, (rows + 1) / 2]),
    )  # fmt: skip


def look(layers, azimuth_deg, elevation_deg, altitude_km=415.0, transmittance=CLEAR):
    o = geodesy.itrs_from_geodetic(45.0, -84.0, altitude_km)
    view = camera(azimuth_deg, elevation_deg)
    out = marched(None, np.array(layers, float), transmittance, view, o, 0, 1)
    return out[GREEN, 0, 0], o, view.itrs_from_camera[:, 2]


def uniform(bottom, top, ver=VER):
    return [GREEN, 1, bottom, 1.0, ver, bottom, top]


def test_uniform_slab_straight_down(any_device):
    value, *_ = look([uniform(100.0, 200.0)], 0.0, -90.0)
    assert value == pytest.approx(1e-6 * VER * 100e5, rel=CLOSED_FORM)


def test_thin_shell_at_the_limb(any_device):
    o = geodesy.itrs_from_geodetic(45.0, -84.0, 415.0)
    for elevation in (-17.75, -17.9, -18.2, -19.0):
        value, o, d = look([uniform(96.0, 97.0)], 70.0, elevation)
        outer, inner = geodesy.shell_distances(o, d, 97.0), geodesy.shell_distances(o, d, 96.0)
        path = (outer[1] - outer[0]) - np.nan_to_num(inner[1] - inner[0])
        assert path > 0.0
        assert value == pytest.approx(0.1 * VER * path, rel=CLOSED_FORM)


def test_ground_hides_the_far_side(any_device):
    value, o, d = look([uniform(96.0, 97.0)], 70.0, -20.6)
    near = geodesy.shell_distances(o, d, 96.0)[0] - geodesy.shell_distances(o, d, 97.0)[0]
    assert np.isfinite(geodesy.shell_distances(o, d, 0.0)[0])
    assert value == pytest.approx(0.1 * VER * near, rel=CLOSED_FORM)


def test_gaussian_layer_seen_from_above_has_its_zenith_brightness(any_device):
    sigma, zenith = 9.0 / 2.355, 250.0
    peak = zenith * 10.0 / (np.sqrt(2 * np.pi) * sigma)
    value, *_ = look([[GREEN, 0, 96.0, sigma, peak, 96 - 5 * sigma, 96 + 5 * sigma]], 0.0, -90.0)
    assert value == pytest.approx(zenith, rel=CLOSED_FORM)


def test_far_side_is_seen_through_the_lower_air(any_device):
    half = CLEAR * 0.5
    clear, *_ = look([uniform(96.0, 97.0)], 70.0, -19.0)
    dimmed, *_ = look([uniform(96.0, 97.0)], 70.0, -19.0, transmittance=half)
    assert dimmed == pytest.approx(0.75 * clear, rel=0.02)  # near half clear, far half dimmed; nearly equal paths


def test_looking_up_from_below_sees_the_layer_once(any_device):
    value, *_ = look([uniform(500.0, 520.0)], 0.0, 90.0)
    assert value == pytest.approx(0.1 * VER * 20.0, rel=CLOSED_FORM)


def test_brightness_is_linear_in_emission(any_device):
    one, *_ = look([uniform(90.0, 130.0)], 70.0, -17.0)
    three, *_ = look([uniform(90.0, 130.0, 3 * VER)], 70.0, -17.0)
    assert three == pytest.approx(3 * one, rel=1e-5)


def test_a_low_observer_sees_the_sky_through_the_air_above(any_device):
    """From 1 km up, rays that only climb are dimmed by the slant path, not by a limb's."""
    o = geodesy.itrs_from_geodetic(45.0, -84.0, 1.0)
    opaque_limb, hazy = np.zeros_like(CLEAR), np.full((3, len(LINE_KEYS)), 0.8)
    layers = np.array([uniform(100.0, 110.0)])
    seen = marched(None, layers, opaque_limb, camera(0.0, 90.0), o, 0, 1, hazy)[GREEN, 0, 0]
    assert seen == pytest.approx(0.8 * 0.1 * VER * 10.0, rel=CLOSED_FORM)
