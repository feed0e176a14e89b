"""Where refraction shows the Sun, stars and lamps: the disc's shape, dilution, places on the ground."""

import numpy as np
import pytest

from render.atmosphere import apparent
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.refraction import optical_air
from render.atmosphere.settings import AtmosphereSettings
from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.core.units import EARTH_MEAN_RADIUS_KM

RADIUS_DEG = 0.2666
SHAPE_RTOL = 0.03
HERE = itrs_from_geodetic(30.0, 20.0, 415.0)


@pytest.fixture(scope="module")
def optical():
    return optical_air(build_atmosphere(AtmosphereSettings()))


# True centre, degrees above the geometric horizon, and vertical size over the true one: Abel integral, observer 415 km
@pytest.mark.parametrize(
    "centre, size", [(1.0, 0.97), (0.5, 0.71), (0.2, 0.46), (0.0, 0.37), (-0.2, 0.32), (-0.5, 0.26)]
)
def test_apparent_height_of_the_sun(optical, centre, size):
    pairs = apparent.lift(optical, 415.0)
    far = EARTH_MEAN_RADIUS_KM + float(optical.optical_altitude(415.0))
    dip = np.degrees(np.arccos(EARTH_MEAN_RADIUS_KM / far))
    lower = dip - np.degrees(np.arccos(EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + 415.0)))
    true, seen = np.degrees(pairs.true) - lower, np.degrees(pairs.apparent) - lower
    top, bottom = np.interp([centre + RADIUS_DEG, max(centre - RADIUS_DEG, true[0])], true, seen)
    assert (top - bottom) / (2.0 * RADIUS_DEG) == pytest.approx(size, rel=SHAPE_RTOL)


def test_horizontal_refraction_on_the_ground_is_half_a_degree(optical):
    pairs = apparent.lift(optical, 0.0)
    assert np.degrees(pairs.apparent[0] - pairs.true[0]) == pytest.approx(0.57, abs=0.05)
    at_45 = np.interp(np.radians(45.0), pairs.apparent, pairs.apparent - pairs.true)
    assert np.degrees(at_45) * 3600.0 == pytest.approx(57.5, rel=0.02)  # (n - 1) tan z at 15 C, 1 atm


def test_nothing_moves_without_refraction_or_far_from_the_horizon(optical):
    east_up = itrs_from_local(30.0, 20.0)
    up = np.array([[0.2, 0.1, 0.97]]) @ east_up.T
    up /= np.linalg.norm(up)
    found, dilution = apparent.from_space(optical, HERE, up)
    np.testing.assert_allclose(found, up, atol=1e-9)
    np.testing.assert_allclose(dilution, 1.0, rtol=1e-9)
    straight = optical_air(build_atmosphere(AtmosphereSettings(refraction=False)))
    low = np.array([[0.0, np.cos(np.radians(-19.9)), np.sin(np.radians(-19.9))]]) @ east_up.T
    np.testing.assert_allclose(apparent.from_space(straight, HERE, low)[0], low, atol=1e-6)


def test_stars_below_the_horizon_rise_and_are_dimmed_by_dilution(optical):
    east_up = itrs_from_local(30.0, 20.0)
    elevation = np.radians(np.array([-22.0, -20.6, -19.6, -18.0]))
    stars = np.stack([0.0 * elevation, np.cos(elevation), np.sin(elevation)], axis=-1) @ east_up.T
    found, dilution = apparent.from_space(optical, HERE, stars)
    lifted = np.degrees(np.arcsin(found @ east_up[:, 2]) - elevation)
    assert dilution[0] == 0.0 and 0.1 < dilution[1] < 0.6 and dilution[1] < dilution[2] < 1.0
    assert dilution[3] == pytest.approx(1.0, abs=1e-3)
    assert lifted[1] > lifted[2] > lifted[3] >= 0.0 and lifted[1] == pytest.approx(0.6, abs=0.25)


def test_places_on_the_ground_are_seen_higher_near_the_horizon(optical):
    places = itrs_from_geodetic(30.0 + np.array([0.0, 5.0, 15.0, 19.5]), 20.0, 0.0)
    away = places - HERE
    away /= np.linalg.norm(away, axis=-1, keepdims=True)
    up = HERE / np.linalg.norm(HERE)
    lifted = np.degrees(np.arcsin(apparent.from_ground(optical, HERE, places) @ up) - np.arcsin(away @ up))
    assert (lifted > -1e-3).all() and lifted[0] < 1e-3 and lifted[-1] > lifted[2]
    assert lifted[-1] < 0.06  # apparent horizon 20.10, geometric dip 20.14 degrees
