"""The camera's keys: quaternions, keys without corners, and turns at an even or a smooth rate."""

from __future__ import annotations

import math

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.observer import paths
from render.observer.attitude import local_from_camera, rotation_of
from render.observer.camera import CameraKey, CameraSettings, camera_at
from render.observer.ephemeris import itrs_from_gcrs
from render.observer.orbit import ObserverSettings, observe

EPOCH = Epoch.parse("2012-01-25T09:26:55.06Z")
OBSERVER = observe(ObserverSettings(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=413.0), EPOCH)


def test_a_quaternion_turns_as_angles_do() -> None:
    azimuth, elevation, roll = 70.0, -20.0, 15.0
    rotation = local_from_camera(azimuth, elevation, roll)
    w = 0.5 * math.sqrt(1.0 + np.trace(rotation))
    x, y, z = (rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1])
    quaternion = (w, x / (4 * w), y / (4 * w), z / (4 * w))
    np.testing.assert_allclose(rotation_of(quaternion), rotation, atol=1e-14)
    size, given = (64, 48), {"azimuth_deg": azimuth, "elevation_deg": elevation, "roll_deg": roll}
    angles = camera_at(CameraSettings(**given), OBSERVER, EPOCH, 0.0, size)
    turned = camera_at(CameraSettings(quaternion=tuple(3.0 * q for q in quaternion)), OBSERVER, EPOCH, 0.0, size)
    np.testing.assert_allclose(turned.itrs_from_camera, angles.itrs_from_camera, atol=1e-14)
    fixed = camera_at(CameraSettings(quaternion=(1, 0, 0, 0), quaternion_frame="itrs"), OBSERVER, EPOCH, 0.0, size)
    np.testing.assert_array_equal(fixed.itrs_from_camera, np.eye(3))
    stars = camera_at(CameraSettings(quaternion=(1, 0, 0, 0), quaternion_frame="gcrs"), OBSERVER, EPOCH, 0.0, size)
    np.testing.assert_allclose(stars.itrs_from_camera[:, 2], itrs_from_gcrs(EPOCH)[:, 2])


@pytest.mark.parametrize("length", [1e-300, 1e-9, 1e300, 1.7e308])
def test_quaternions_of_any_length_are_the_same_rotation(length: float) -> None:
    expected = rotation_of((1.0, -0.5, 0.25, 0.125))
    found = camera_at(
        CameraSettings(quaternion=tuple(length * q for q in (1.0, -0.5, 0.25, 0.125)), quaternion_frame="itrs"),
        OBSERVER, EPOCH, 0.0,
    )  # fmt: skip
    np.testing.assert_allclose(found.itrs_from_camera, expected, atol=1e-12)
    np.testing.assert_allclose(expected @ expected.T, np.eye(3), atol=1e-15)


AXIS = np.array([0.48, -0.6, 0.64])


def about_axis(angle_deg: float, axis: np.ndarray = AXIS) -> tuple[float, ...]:
    half = math.radians(0.5 * angle_deg)
    return (math.cos(half), *(math.sin(half) * axis))


def rotations(settings: CameraSettings, times: np.ndarray) -> np.ndarray:
    found = [settings.quaternion_at(float(t)) for t in times]
    return np.array([rotation_of(one) for one in found if one is not None])


TURN_TIMES = (0.0, 10.0, 25.0, 30.0, 60.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_slerp_turns_at_one_rate_the_shorter_way(sign: float) -> None:
    """4 degrees a second about a slanted axis, through 360 degrees; a key's sign does not count."""
    keys = [
        CameraKey(
            time_s=t, quaternion=tuple((sign if t in (10.0, 30.0) else 1.0) * q for q in about_axis(4.0 * t + 300.0))
        )
        for t in TURN_TIMES
    ]
    times = np.linspace(0.0, 60.0, 61)
    expected = np.array([rotation_of(about_axis(4.0 * t + 300.0)) for t in times])
    np.testing.assert_allclose(rotations(CameraSettings(keys=tuple(keys)), times), expected, atol=1e-13)
    smooth = CameraSettings(keys=tuple(keys), interpolation="smooth")  # at rest at both ends, between them as fast
    inner = (times >= 10.0) & (times <= 30.0)
    np.testing.assert_allclose(rotations(smooth, times)[inner], expected[inner], atol=1e-13)
    assert np.abs(rotations(smooth, times) - expected)[~inner].max() > 0.02
    outside = rotations(smooth, np.array([-9.0, 99.0]))
    np.testing.assert_allclose(outside, expected[[0, -1]], atol=1e-14)
    alone = CameraSettings(keys=(keys[1],))
    np.testing.assert_allclose(rotations(alone, np.array([0.0, 10.0, 99.0])), expected[[10, 10, 10]], atol=1e-14)


def test_a_smooth_turn_about_one_axis_is_the_smooth_way_of_its_angle() -> None:
    angles = (350.0, 370.0, 372.0, 372.0, 340.0)
    keys = tuple(CameraKey(time_s=t, quaternion=about_axis(a)) for t, a in zip(TURN_TIMES, angles, strict=True))
    settings = CameraSettings(keys=keys, interpolation="smooth")
    times = np.linspace(-1.0, 61.0, 125)
    angle = [paths.smooth(float(t), np.array(TURN_TIMES), np.array(angles)) for t in times]
    expected = np.array([rotation_of(about_axis(a)) for a in angle])
    np.testing.assert_allclose(rotations(settings, times), expected, atol=1e-13)


def test_a_smooth_turn_about_any_axes_has_no_jerk_of_its_speed() -> None:
    """Angular velocity before and after each key, by differences: equal on the smooth path, not on the straight."""
    generator = np.random.default_rng(7)
    turns = [tuple(float(q) for q in generator.normal(size=4)) for _ in TURN_TIMES]
    keys = tuple(CameraKey(time_s=t, quaternion=q) for t, q in zip(TURN_TIMES, turns, strict=True))

    def jumps(settings: CameraSettings) -> list[float]:
        found, h = [], 1e-4
        for t in TURN_TIMES:
            before, at, after = rotations(settings, np.array([t - h, t, t + h]))
            rates = [(one - other) / h for one, other in ((at, before), (after, at))]
            found.append(float(np.abs(rates[1] - rates[0]).max()))
        return found

    straight, smooth = (CameraSettings(keys=keys, interpolation=way) for way in ("linear", "smooth"))
    assert max(jumps(smooth)) < 1e-4 and min(jumps(straight)) > 0.01
    for settings in (straight, smooth):
        expected = np.array([rotation_of(q) for q in turns])
        np.testing.assert_allclose(rotations(settings, np.array(TURN_TIMES)), expected, atol=1e-12)
    middle = camera_at(smooth.model_copy(update={"quaternion_frame": "itrs"}), OBSERVER, EPOCH, 17.0)
    np.testing.assert_array_equal(middle.itrs_from_camera, rotations(smooth, np.array([17.0]))[0])


KEYS = tuple(
    CameraKey(time_s=t, azimuth_deg=a, exposure_s=e)
    for t, a, e in ((0.0, 350.0, 0.5), (10.0, 10.0, 0.5), (40.0, 40.0, 0.1), (50.0, 40.0, 0.01))
)


def test_smooth_keys_have_no_corners_and_stay_between_their_values() -> None:
    smooth = CameraSettings(keys=KEYS, interpolation="smooth", turns="shorter")
    straight = CameraSettings(keys=KEYS, turns="shorter")
    times = np.arange(-5.0, 55.0, 0.01)
    for name in ("azimuth_deg", "exposure_s"):
        along = np.array([smooth.at(name, float(t)) for t in times])
        corners = np.array([straight.at(name, float(t)) for t in times])
        slopes, straight_slopes = np.diff(along) / 0.01, np.diff(corners) / 0.01
        assert np.abs(np.diff(slopes)).max() < 0.01 * np.abs(slopes).max() + 1e-9
        assert np.abs(np.diff(straight_slopes)).max() > 0.2 * np.abs(straight_slopes).max()  # which has corners
        assert (np.diff(along) >= -1e-12).all() if name == "azimuth_deg" else (np.diff(along) <= 1e-12).all()
        for key in KEYS:
            assert smooth.at(name, key.time_s) % 360.0 == pytest.approx(getattr(key, name))
    assert {smooth.at("exposure_s", t) for t in (0.0, 3.3, 7.7, 10.0)} == {0.5}  # rests between equal keys


def test_angles_run_as_written_or_the_shorter_way() -> None:
    written, shorter = CameraSettings(keys=KEYS), CameraSettings(keys=KEYS, turns="shorter")
    assert written.at("azimuth_deg", 5.0) == pytest.approx(180.0)
    assert shorter.at("azimuth_deg", 5.0) % 360.0 == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(paths.by_the_shorter_way(np.array([10.0, 350.0, 200.0, 40.0])), [10, -10, -160, -320])
