"""Sun, Moon and rotation against closed forms and against the reference table of the film's pass."""

from __future__ import annotations

import datetime
import math
import socket
import warnings

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.observer import ephemeris
from render.observer.ephemeris import azimuth_elevation, itrs_from_gcrs, moon, sun

EPOCH = Epoch.parse("2015-01-28T09:49:06Z")
ISS_KM = itrs_from_geodetic(36.0, -67.5, 411.2)


def test_sun_at_the_equinox_stands_over_the_equator() -> None:
    epoch = Epoch.parse("2015-03-20T22:45:00Z")  # equinox, Astronomical Almanac 2015
    declination = math.degrees(math.asin(sun(epoch, np.array([0.0, 0.0, 6378.0])).direction_itrs[2]))
    assert declination == pytest.approx(0.0, abs=0.01)


def test_sun_has_its_known_size_and_is_full() -> None:
    body = sun(EPOCH, ISS_KM)
    assert math.degrees(body.angular_radius_rad) * 60.0 == pytest.approx(16.24, abs=0.05)  # arcmin, late January
    assert (body.illuminated_fraction, body.phase_angle_deg) == (1.0, 0.0)
    assert np.linalg.norm(body.direction_itrs) == pytest.approx(1.0)


def test_moon_is_63_percent_lit_and_down() -> None:
    body = moon(EPOCH, ISS_KM)
    assert body.illuminated_fraction == pytest.approx(0.63, abs=0.02)
    assert math.cos(math.radians(body.phase_angle_deg)) == pytest.approx(2.0 * body.illuminated_fraction - 1.0)
    assert azimuth_elevation(body.direction_itrs, ISS_KM)[1] < -20.1


def test_lunar_eclipse_is_full_moon() -> None:
    body = moon(Epoch.parse("2015-09-28T02:47:00Z"), itrs_from_geodetic(40.0, -40.0, 0.0))  # total eclipse, NASA
    assert body.illuminated_fraction > 0.9999
    assert math.degrees(body.angular_radius_rad) * 60.0 == pytest.approx(16.9, abs=0.15)  # perigee "supermoon"


def test_rotation_is_orthonormal_and_turns_with_the_sidereal_day() -> None:
    rotation = itrs_from_gcrs(EPOCH)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    later = itrs_from_gcrs(EPOCH.plus_seconds(86164.0905))  # s, mean sidereal day (IERS)
    np.testing.assert_allclose(later, rotation, atol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        rotation[0, 0] = 2.0


@pytest.mark.parametrize(("azimuth", "elevation"), [(0.0, 0.0), (98.0, -21.0), (271.0, 60.0)])
def test_azimuth_runs_north_through_east(azimuth: float, elevation: float) -> None:
    a, e = math.radians(azimuth), math.radians(elevation)
    local = np.array([math.cos(e) * math.sin(a), math.cos(e) * math.cos(a), math.sin(e)])
    found = azimuth_elevation(itrs_from_local(36.0, -67.5) @ local, ISS_KM)
    np.testing.assert_allclose(found, (azimuth, elevation), atol=1e-9)


def test_outside_the_ephemeris_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"2090-01-01.*1900 to 2053"):
        sun(Epoch.parse("2090-01-01T00:00:00Z"), ISS_KM)


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    for cached in (ephemeris._loader, ephemeris._timescale, ephemeris._bodies, ephemeris._apparent):
        cached.cache_clear()
    ephemeris.skyfield_time.cache_clear()
    assert moon(EPOCH, ISS_KM).distance_km == pytest.approx(384400.0, rel=0.08)


def test_expired_tables_of_dependencies_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from skyfield_data import expirations  # noqa: PLC0415

    monkeypatch.setattr(expirations, "EXPIRATIONS", {"finals2000A.all": datetime.date(2000, 1, 1)})
    ephemeris._loader.cache_clear()
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        ephemeris._loader()
    assert not [str(one.message) for one in leaked]
