"""Planets where and as bright as almanacs have them."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.geodesy import itrs_from_geodetic
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.observer import ephemeris
from render.sky import planets
from render.sky.stars import V_ZERO_IRRADIANCE
from render.sky.sunlight import AU_KM

PLACE = itrs_from_geodetic(36.0, -67.5, 411.2)
MAGNITUDE = 0.1  # of the table's rounding to tenths, and of Mars' rotation


def seen(name, date):
    epoch = Epoch.parse(date)
    body, sun_km = ephemeris.planet(epoch, PLACE, name)
    direction = ephemeris.itrs_from_gcrs(epoch).T @ body.direction_itrs
    return planets.PlanetSeen(name, direction, body.distance_km / AU_KM, sun_km / AU_KM, body.phase_angle_deg)


@pytest.mark.parametrize(("name", "v"), [("jupiter", -2.6), ("venus", -3.9), ("saturn", 0.6), ("mars", 1.2)])
def test_magnitudes_of_a_known_night(name, v):
    assert planets.magnitude(seen(name, "2015-01-28T09:49:06Z")) == pytest.approx(v, abs=MAGNITUDE)


@pytest.mark.parametrize(
    ("name", "date", "v"),
    [
        ("mars", "2003-08-28T18:00:00Z", -2.9), ("jupiter", "2010-09-21T12:00:00Z", -2.9),
        ("venus", "2020-04-28T00:00:00Z", -4.7), ("saturn", "2003-12-31T21:00:00Z", -0.5),
        ("saturn", "2009-03-08T20:00:00Z", 0.5), ("mercury", "2014-01-31T10:00:00Z", -0.6),
    ],
)  # fmt: skip
def test_oppositions_and_greatest_brilliancy(name, date, v):
    """Magnitudes of the Astronomical Almanac: rings wide open and edge on, Venus at greatest brilliancy."""
    assert planets.magnitude(seen(name, date)) == pytest.approx(v, abs=0.15)


def test_rings_and_phase_are_needed():
    open_rings = seen("saturn", "2003-12-31T21:00:00Z")
    bare = planets.REDUCED["saturn"](open_rings.phase_angle_deg) + 5.0 * np.log10(
        open_rings.sun_distance_au * open_rings.distance_au
    )
    assert bare - planets.magnitude(open_rings) > 0.8
    assert np.linalg.norm(planets.SATURN_POLE_GCRS) == pytest.approx(1.0, abs=2e-6)


def test_jupiter_and_saturn_meet_on_2020_12_21():
    """The great conjunction: 6.1 arcmin apart at 18:20 UT (geocentric; parallax is below 0.02 arcmin)."""
    one, other = (seen(name, "2020-12-21T18:20:00Z").direction_gcrs for name in ("jupiter", "saturn"))
    assert np.degrees(np.arccos(one @ other)) * 60.0 == pytest.approx(6.1, abs=0.1)


def test_venus_crosses_the_sun_in_2012():
    epoch = Epoch.parse("2012-06-06T01:29:36Z")  # middle of the transit, 9.2 arcmin from the Sun's centre (NASA)
    sun = ephemeris.itrs_from_gcrs(epoch).T @ ephemeris.sun(epoch, PLACE).direction_itrs
    venus = seen("venus", "2012-06-06T01:29:36Z")
    assert np.degrees(np.arccos(sun @ venus.direction_gcrs)) * 60.0 == pytest.approx(9.24, abs=0.6)  # parallax 0.5
    assert venus.phase_angle_deg > 179.0


def test_they_shine_as_stars_of_their_magnitude():
    jupiter, mars = seen("jupiter", "2015-01-28T09:49:06Z"), seen("mars", "2015-01-28T09:49:06Z")
    light = planets.planet_light([jupiter, mars])
    at_v = [np.interp(550.0, SKY_WAVELENGTHS_NM, one) for one in light.irradiance]
    found = [-2.5 * np.log10(one / V_ZERO_IRRADIANCE) for one in at_v]
    assert found == pytest.approx([planets.magnitude(jupiter), planets.magnitude(mars)], abs=0.02)
    assert light.irradiance[1, 15] / light.irradiance[1, 3] > 1.3 * light.irradiance[0, 15] / light.irradiance[0, 3]
    assert planets.planet_light([]).irradiance.shape == (0, len(SKY_WAVELENGTHS_NM))
