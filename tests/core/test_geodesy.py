"""Positions, horizons and rays about the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield.api import wgs84

from render.core.geodesy import (
    geodetic_from_itrs,
    itrs_from_geodetic,
    itrs_from_local,
    shell_distances,
    tangent_point,
)
from render.core.units import EARTH_A_KM, EARTH_B_KM

ROUND_TRIP_KM = 1e-6
FAR_ALTITUDE_KM = 0.005  # 5 m at 4000 km
TANGENT_KM = 1e-6

latitudes = st.floats(-90.0, 90.0)
longitudes = st.floats(-180.0, 180.0)
altitudes = st.floats(-100.0, 40000.0)


@given(latitudes, longitudes, altitudes)
def test_geodetic_round_trip(latitude: float, longitude: float, altitude: float) -> None:
    position = itrs_from_geodetic(latitude, longitude, altitude)
    found = geodetic_from_itrs(position)
    assert np.linalg.norm(itrs_from_geodetic(*found) - position) < ROUND_TRIP_KM
    assert abs(found[2] - altitude) < ROUND_TRIP_KM


@pytest.mark.parametrize(
    ("place", "position"),
    [
        ((0.0, 0.0, 0.0), (EARTH_A_KM, 0.0, 0.0)),
        ((0.0, 90.0, 400.0), (0.0, EARTH_A_KM + 400.0, 0.0)),
        ((90.0, 0.0, 10.0), (0.0, 0.0, EARTH_B_KM + 10.0)),
        ((-90.0, 0.0, 0.0), (0.0, 0.0, -EARTH_B_KM)),
    ],
)
def test_axes(place: tuple[float, ...], position: tuple[float, ...]) -> None:
    np.testing.assert_allclose(itrs_from_geodetic(*place), position, atol=ROUND_TRIP_KM)
    latitude, _, altitude = geodetic_from_itrs(position)
    assert latitude == pytest.approx(place[0], abs=1e-12)
    assert altitude == pytest.approx(place[2], abs=ROUND_TRIP_KM)


def test_skyfield_puts_places_in_the_same_spot() -> None:
    rng = np.random.default_rng(1)
    for latitude, longitude, altitude in rng.uniform((-90, -180, 0), (90, 180, 1000), (20, 3)):
        theirs = wgs84.latlon(latitude, longitude, elevation_m=altitude * 1e3).itrs_xyz.km
        np.testing.assert_allclose(itrs_from_geodetic(latitude, longitude, altitude), theirs, atol=ROUND_TRIP_KM)


def test_leading_axes_broadcast() -> None:
    position = itrs_from_geodetic(np.zeros((4, 1)), np.arange(3.0), 100.0)
    assert position.shape == (4, 3, 3)
    assert geodetic_from_itrs(position)[2].shape == (4, 3)
    assert itrs_from_local(np.zeros((4, 1)), np.arange(3.0)).shape == (4, 3, 3, 3)
    assert tangent_point(position, position[0, 0])[1].shape == (4, 3)


@given(st.floats(-89.0, 89.0), longitudes)
def test_local_axes_are_derivatives_of_position(latitude: float, longitude: float) -> None:
    step = 1e-4
    east, north, up = itrs_from_local(latitude, longitude).T
    itrs_from_local_here = np.stack([east, north, up], axis=-1)
    np.testing.assert_allclose(itrs_from_local_here.T @ itrs_from_local_here, np.eye(3), atol=1e-14)
    assert np.linalg.det(itrs_from_local_here) == pytest.approx(1.0)
    for axis, shift in ((east, (0.0, step, 0.0)), (north, (step, 0.0, 0.0)), (up, (0.0, 0.0, step))):
        moved = itrs_from_geodetic(*(np.array([latitude, longitude, 50.0]) + shift))
        moved -= itrs_from_geodetic(*(np.array([latitude, longitude, 50.0]) - shift))
        np.testing.assert_allclose(moved / np.linalg.norm(moved), axis, atol=1e-6)


@given(latitudes, longitudes, st.floats(0.0, 500.0), st.floats(0.0, 39.0), st.floats(-180.0, 180.0))
def test_altitude_along_a_ray_4000_km_away(
    latitude: float, longitude: float, altitude: float, away_deg: float, turn: float
) -> None:
    """From the ISS towards a known place, the ray's far end has the place's altitude to 5 m."""
    target = itrs_from_geodetic(latitude, longitude, altitude)
    iss = itrs_from_geodetic(max(-90.0, min(90.0, latitude + away_deg * np.cos(turn))), longitude + turn / 9.0, 412.0)
    distance = np.linalg.norm(target - iss)
    direction = (target - iss) / max(distance, 1e-9)
    assert abs(geodetic_from_itrs(iss + distance * direction)[2] - altitude) < FAR_ALTITUDE_KM


@given(latitudes, longitudes, st.floats(0.0, 600.0))
def test_shell_is_crossed_where_the_ellipsoid_says(latitude: float, longitude: float, shell: float) -> None:
    position = itrs_from_geodetic(latitude, longitude, 2000.0)
    direction = -itrs_from_local(latitude, longitude)[:, 2]
    near, far = shell_distances(position, direction, shell)
    semi_axes = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM]) + shell
    for distance in (near, far):
        assert np.linalg.norm((position + distance * direction) / semi_axes) == pytest.approx(1.0, abs=1e-12)
    assert near == pytest.approx(2000.0 - shell, abs=0.002)  # the shell is not quite the surface of constant altitude


def test_shell_missed_behind_and_from_inside() -> None:
    position = itrs_from_geodetic(0.0, 0.0, 400.0)
    near, far = shell_distances(position, np.array([[1.0, 0, 0], [0, 1.0, 0], [-1.0, 0, 0]]), 100.0)
    assert near[0] < far[0] < 0.0
    assert np.isnan(near[1]) and np.isnan(far[1])
    assert near[2] == pytest.approx(300.0)
    inside = shell_distances(position, np.array([1.0, 0, 0]), 500.0)
    assert inside[0] < 0.0 < inside[1] == pytest.approx(100.0)


def test_horizon_on_the_equator_in_closed_form() -> None:
    """In the equatorial plane the ellipsoid is a circle: dip and tangent length are known."""
    r = EARTH_A_KM + 412.0
    for shell in (0.0, 97.0, 300.0):
        cosine = (EARTH_A_KM + shell) / r
        direction = np.array([-np.sqrt(1.0 - cosine**2), cosine, 0.0])
        distance, altitude = tangent_point(np.array([r, 0.0, 0.0]), direction)
        assert altitude == pytest.approx(shell, abs=TANGENT_KM)
        assert distance == pytest.approx(r * np.sqrt(1.0 - cosine**2), abs=TANGENT_KM)


def test_tangent_point_is_the_lowest_of_the_line() -> None:
    rng = np.random.default_rng(2)
    position = itrs_from_geodetic(rng.uniform(-90, 90, 500), rng.uniform(-180, 180, 500), 412.0)
    direction = rng.normal(size=(500, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    distance, altitude = tangent_point(position, direction)
    shallow = altitude > -2000.0
    assert np.count_nonzero(shallow) > 300
    for shift in (-30.0, -1.0, -0.1, 0.1, 1.0, 30.0):
        moved = geodetic_from_itrs(position + (distance + shift)[:, None] * direction)[2]
        assert np.all(moved[shallow] > altitude[shallow])
    assert np.all(altitude[~shallow] < -1900.0)


def test_just_above_and_just_below_the_horizon() -> None:
    """Turning the ray by 1e-6 rad either way changes hit to miss, in both functions."""
    position = itrs_from_geodetic(45.0, -84.0, 413.0)
    axes = itrs_from_local(45.0, -84.0)
    low, high = np.radians(-30.0), np.radians(-10.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        direction = axes @ np.array([0.0, np.cos(middle), np.sin(middle)])
        low, high = (low, middle) if tangent_point(position, direction)[1] > 0.0 else (middle, high)
    for elevation, hit in ((low - 1e-6, True), (high + 1e-6, False)):
        direction = axes @ np.array([0.0, np.cos(elevation), np.sin(elevation)])
        assert np.isfinite(shell_distances(position, direction, 0.0)[0]) == hit
        assert (tangent_point(position, direction)[1] < 0.0) == hit
