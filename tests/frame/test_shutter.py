"""What stays in place while the shutter is open, by each of the ways to hold a camera."""

import numpy as np
import pytest

from render.core.geodesy import itrs_from_geodetic, shell_distances
from render.frame.moment import moment_of
from render.frame.shutter import rotation_between, through_shutter, tracked
from render.observer.ephemeris import itrs_from_gcrs
from render.scene import scene_from_text

OPEN_S = 0.5
ORBIT_RAD_S = 2.0 * np.pi / (92.7 * 60.0)  # rad/s, of the station
ORBIT = """
[time]
utc = "2012-01-25T12:00:00Z"
[observer]
mean_elements = {epoch_utc = "2012-01-25T12:00:00Z", inclination_deg = 51.6, raan_deg = 40.0, eccentricity = 0.001, \
argument_of_perigee_deg = 30.0, mean_anomaly_deg = 20.0, mean_motion_rev_per_day = 15.6, bstar = 0.0}
[camera]
focal_length_mm = 50.0
columns = 4256
rows = 2832
elevation_deg = -20.0
azimuth_deg = 30.0
exposure_s = 0.5
"""


def moments(tracking=None, text=ORBIT):
    scene = scene_from_text(text + (f'tracking = "{tracking}"\n' if tracking else ""))
    moment = moment_of(scene, scene.time.epoch)
    return moment, through_shutter(scene, moment)


def paths(instants, directions_at):
    x, y = zip(*(instant.camera.project(directions_at(instant))[:2] for instant in instants), strict=True)
    return np.array(x), np.array(y)


def length(tracking, directions_at):
    x, y = paths(moments(tracking)[1], directions_at)
    return float(np.hypot(x[-1] - x[0], y[-1] - y[0]))


@pytest.fixture(scope="module")
def middle():
    return moments()[0]


def star(middle):
    """Return directions at any instant of a star that is in the middle of the picture."""
    away = itrs_from_gcrs(middle.epoch).T @ middle.camera.itrs_from_camera[:, 2]
    return lambda instant: itrs_from_gcrs(instant.epoch) @ away


def ground(middle):
    """Return directions at any instant of the place in the middle of the picture, and how far it is."""
    axis, position = middle.camera.itrs_from_camera[:, 2], middle.position_km
    distance = float(shell_distances(position, axis, 0.0)[0])
    place = position + distance * axis
    return (lambda instant: place - instant.position_km), distance


def test_stars_stay_for_a_camera_that_follows_them(middle):
    assert length("stars", star(middle)) < 1e-3


def test_stars_turn_with_the_station(middle):
    """By omega t sin(angle to the orbit's pole): 3.3 px at most with 50 mm, half a second, photosites of a D3S."""
    velocity = middle.observer.velocity_km_s + 7.292115e-5 * np.array(
        [-middle.position_km[1], middle.position_km[0], 0.0]
    )
    pole = np.cross(middle.position_km, velocity)
    sine = np.linalg.norm(np.cross(pole / np.linalg.norm(pole), middle.camera.itrs_from_camera[:, 2]))
    by_hand = ORBIT_RAD_S * OPEN_S * sine * 50.0e3 / 8.4586
    assert length("station", star(middle)) == pytest.approx(by_hand, rel=0.02)
    assert by_hand < 3.4


def test_the_ground_s_streak_is_the_flight_s(middle):
    """22 600/d px, d km, abeam: v t f/(d p), times the sine of the angle between the sight and the flight.

    Among the stars: the Earth turns, too.
    """
    directions, distance = ground(middle)
    assert length("ground", directions) < 1e-3
    sight, velocity = middle.camera.itrs_from_camera[:, 2], middle.observer.velocity_km_s
    velocity = velocity + 7.292115e-5 * np.cross([0.0, 0.0, 1.0], -distance * sight)
    across = np.linalg.norm(np.cross(velocity, sight))
    by_hand = across * OPEN_S / distance * 50.0e3 / 8.4586
    assert length("stars", directions) == pytest.approx(by_hand, rel=0.03)
    assert length("station", directions) != pytest.approx(length("stars", directions), rel=0.01)


def test_the_middle_of_the_exposure_looks_as_told(middle):
    for tracking in ("station", "stars", "ground"):
        told, instants = moments(tracking)
        assert instants[1].camera.itrs_from_camera == pytest.approx(told.camera.itrs_from_camera, abs=1e-12)
        for instant in instants:
            turn = instant.camera.itrs_from_camera
            assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-12)


def test_what_is_tracked_when_nothing_is_said():
    assert tracked(scene_from_text(ORBIT)) == "station"
    angles = "elevation_deg = -20.0\nazimuth_deg = 30.0\n"
    place = "look_at = {latitude_deg = 50.0, longitude_deg = 0.0}\n"
    assert tracked(scene_from_text(ORBIT.replace(angles, place))) == "ground"


def test_who_is_still_among_the_stars_keeps_them():
    place = "[time]\nutc = '2012-01-25T12:00:00Z'\n[observer]\ngcrs_km = [-4809.5, 524.8, 4729.3]\n"
    scene = scene_from_text(f"{place}[camera]\nexposure_s = 2.0\n")
    middle = moment_of(scene, scene.time.epoch)
    x, y = paths(through_shutter(scene, middle), star(middle))
    assert np.ptp(x) < 1e-6 and np.ptp(y) < 1e-6


def test_a_camera_on_the_ground_stands_still():
    time, place = (
        "[time]\nutc = '2012-01-25T12:00:00Z'\n",
        "latitude_deg = 65.0\nlongitude_deg = 20.0\naltitude_km = 0.3\n",
    )
    camera = "[camera]\nexposure_s = 30.0\nelevation_deg = 40.0\n"
    middle, instants = moments("station", f"{time}[observer]\n{place}{camera}")
    for instant in instants:
        assert instant.camera.itrs_from_camera == pytest.approx(middle.camera.itrs_from_camera, abs=1e-12)
    away = itrs_from_geodetic(70.0, 20.0, 100.0) - middle.position_km
    x, _ = paths(instants, lambda _: away)
    assert np.ptp(x) < 1e-6


def test_the_least_rotation():
    a, b = np.array([0.6, 0.0, 0.8]), np.array([0.0, 0.28, 0.96])
    turn = rotation_between(a, b)
    assert turn @ a == pytest.approx(b) and np.linalg.det(turn) == pytest.approx(1.0)
    assert turn @ np.cross(a, b) == pytest.approx(np.cross(a, b))
