"""The observer's place: elements, fixed places, GCRS."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from pydantic import ValidationError
from skyfield.api import EarthSatellite, wgs84
from skyfield.framelib import itrs

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic
from render.core.units import EARTH_B_KM
from render.observer.ephemeris import itrs_from_gcrs, skyfield_time
from render.observer.orbit import ObserverSettings, elements_age_days, elements_warning, observe
from render.observer.orbits.mean_elements import MeanElements
from render.observer.orbits.satellite import FARTHEST_KM, absurdity
from render.observer.orbits.two_line import checked_tle, tle_checksum

# ISS (ZARYA), 2015-02-01; public, Space-Track
LINE_1 = "1 25544U 98067A   15032.46425904  .00014369  00000-0  22307-3 0  8084"
LINE_2 = "2 25544  51.6471  41.7603 0005800 315.5306 199.7210 15.54220656926915"
EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
SKYFIELD_KM = 0.010  # 10 m
ELEMENTS_KM = 0.001  # the same elements by two doors
RATE_KM_S = 1e-5
ISS = ObserverSettings(tle=("ISS (ZARYA)", LINE_1, LINE_2))


def with_checksum(line: str) -> str:
    return line[:68] + str(tle_checksum(line))


@pytest.mark.parametrize("time", ["2015-01-28T09:42:00Z", "2015-01-28T09:49:06Z", "2015-02-10T23:59:59.5Z"])
def test_iss_agrees_with_skyfield(time: str) -> None:
    epoch = Epoch.parse(time)
    theirs = EarthSatellite(LINE_1, LINE_2).at(skyfield_time(epoch))
    position, velocity = theirs.frame_xyz_and_velocity(itrs)
    mine = observe(ISS, epoch)
    assert np.linalg.norm(mine.position_km - position.km) < SKYFIELD_KM
    assert np.linalg.norm(mine.velocity_km_s - velocity.km_per_s) < RATE_KM_S
    point = wgs84.geographic_position_of(theirs)
    assert geodetic_from_itrs(mine.position_km)[2] == pytest.approx(point.elevation.km, abs=SKYFIELD_KM)


def test_velocity_is_the_rate_of_position() -> None:
    gcrs = ObserverSettings(gcrs_km=(-4809.5, 524.8, 4729.3))
    for settings in (ISS, gcrs):
        before, now, after = (observe(settings, EPOCH.plus_seconds(t)) for t in (-0.5, 0.0, 0.5))
        rate = after.position_km - before.position_km
        np.testing.assert_allclose(now.velocity_km_s, rate, atol=RATE_KM_S)


def test_mean_elements_are_the_same_orbit() -> None:
    elements = MeanElements(
        epoch_utc="2015-02-01T11:08:31.981056Z",  # day 32.46425904
        inclination_deg=51.6471,
        raan_deg=41.7603,
        eccentricity=0.00058,
        argument_of_perigee_deg=315.5306,
        mean_anomaly_deg=199.7210,
        mean_motion_rev_per_day=15.54220656,
        bstar=0.22307e-3,
    )
    settings = ObserverSettings(mean_elements=elements)
    difference = observe(settings, EPOCH).position_km - observe(ISS, EPOCH).position_km
    assert np.linalg.norm(difference) < ELEMENTS_KM
    assert elements_age_days(settings, EPOCH) == pytest.approx(elements_age_days(ISS, EPOCH), abs=1e-8)


def test_fixed_place_stands_still() -> None:
    observer = observe(ObserverSettings(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=415.0), EPOCH)
    np.testing.assert_array_equal(observer.position_km, itrs_from_geodetic(45.0, -84.0, 415.0))
    np.testing.assert_array_equal(observer.velocity_km_s, 0.0)


def test_gcrs_turns_into_itrs() -> None:
    place = (-4809.5, 524.8, 4729.3)
    observer = observe(ObserverSettings(gcrs_km=place), EPOCH)
    np.testing.assert_allclose(itrs_from_gcrs(EPOCH).T @ observer.position_km, place, atol=1e-9)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tle": (LINE_1, LINE_2), "gcrs_km": (7000.0, 0.0, 0.0)},
        {"tle": (LINE_1, LINE_2), "latitude_deg": 1.0},
        {"tle": (LINE_1, LINE_2), "satellite": "ISS"},
        {"satellite": "ISS", "latitude_deg": 45.0, "longitude_deg": 0.0, "altitude_km": 400.0},
    ],
)
def test_exactly_one_way(given: dict[str, object]) -> None:
    with pytest.raises(
        ValidationError, match="give exactly one of: satellite, tle, omm, oem, mean_elements, latitude_deg with"
    ):
        ObserverSettings(**given)


def test_fixed_place_needs_all_three() -> None:
    with pytest.raises(ValidationError, match="all three"):
        ObserverSettings(latitude_deg=45.0, longitude_deg=0.0)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((LINE_1[:-1] + "5", LINE_2), "line 1: checksum given '5', expected '4'"),
        ((LINE_1, LINE_2.replace("51.6471", "51.6571")), "line 2: checksum given '5', expected '6'"),
        ((LINE_1, with_checksum(LINE_2.replace("25544", "25545"))), "line 2: satellite number given '25545', "),
        (
            (LINE_1, LINE_2[:-1]),
            "line 2 has 68 columns: the checksum, column 69, is missing; it would be '5' on line 2",
        ),
        (
            (LINE_1[:-1], LINE_2[:-1]),
            "line 1 has 68 columns: the checksum, column 69, is missing; it would be '4' on line 1 and '5' on line 2",
        ),
        (
            (LINE_1, LINE_2.replace("  51.6471", " 51.6471")),
            "line 2 has 68 columns; expected 69, blanks included: inclination given '51.6471 ', expected a number in",
        ),
        ((LINE_2, LINE_1), "line 1 starts with '2 ', line 2 with '1 ': they are swapped"),
        ((LINE_1, LINE_1), "line 2 starts with '1 '; expected '2 '"),
        ((LINE_1.replace("-0", "\u22120"), LINE_2), "line 1: column 51 is '\u2212' (U+2212); only plain ASCII"),
        ((with_checksum(LINE_1[:62] + "4" + LINE_1[63:]), LINE_2), "line 1: ephemeris type 4 in column 63 is SGP4-XP"),
        ((LINE_1,), "has 1 lines; allowed: 2, or 3"),
        (
            (LINE_1, with_checksum(LINE_2[:8] + "  5x.471" + LINE_2[16:])),
            "line 2: inclination given '  5x.471', expected a number in columns 9 to 16",
        ),
        ((with_checksum(LINE_1.replace("15032.4", "15O32.4")), LINE_2), "line 1: epoch given '15O32.46425904'"),
    ],
)
def test_bad_elements_are_told(lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        ObserverSettings(tle=lines)


def test_the_other_elements_of_the_notes_are_sound() -> None:
    lines = (
        "1 25544U 98067A   15012.59173611  .00014829  00000-0  23845-3 0  7179",
        "2 25544 051.6466 140.7335 0006107 243.2909 291.5211 15.53213268923827",
    )
    assert checked_tle(("ISS (ZARYA)", *lines)) == lines


def test_gcrs_in_metres_is_refused() -> None:
    with pytest.raises(ValidationError, match="unit: km"):
        ObserverSettings(gcrs_km=(-4809524.0, 524811.0, 4729265.0))


def test_age_and_warning() -> None:
    assert elements_age_days(ISS, EPOCH) == pytest.approx(-(4 + 1.389 / 24), abs=1e-3)  # 28 Jan 09:45 - 1 Feb 11:08:32
    assert elements_warning(ISS, EPOCH) is None
    assert "14.9 days after" in str(elements_warning(ISS, Epoch.parse("2015-02-16T09:00:00Z")))
    assert "before" in str(elements_warning(ISS, Epoch.parse("2015-01-01T00:00:00Z")))
    assert elements_warning(ObserverSettings(gcrs_km=(7000.0, 0.0, 0.0)), EPOCH) is None


def test_decayed_orbit_is_an_input_error() -> None:
    low = MeanElements(
        epoch_utc="2015-02-01T00:00:00Z",
        inclination_deg=51.6,
        raan_deg=0.0,
        eccentricity=0.0,
        argument_of_perigee_deg=0.0,
        mean_anomaly_deg=0.0,
        mean_motion_rev_per_day=16.4,
        bstar=0.01,
    )
    with pytest.raises(InputError, match=r"2015-02-01T00:00:00Z cannot be taken to 2016-01-01.*: mean eccentricity"):
        observe(ObserverSettings(mean_elements=low), Epoch.parse("2016-01-01T00:00:00Z"))


@pytest.mark.parametrize("year", [1, 1900, 1957, 2000, 2020, 2100, 2300, 9999])
def test_elements_far_from_their_epoch_give_an_orbit_or_an_input_error(year: int) -> None:
    epoch = Epoch.parse(f"{year:04}-01-28T00:00:00Z")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            observer = observe(ISS, epoch)
        except InputError as error:
            message = str(error)
            assert "elements of 2015-02-01T11:08:32Z cannot be taken to" in message
            assert epoch.isoformat() in message
            assert "about 14 days" in message
        else:
            assert EARTH_B_KM < np.linalg.norm(observer.position_km) < FARTHEST_KM


def test_absurd_states_are_refused() -> None:
    # SGP4 puts these elements 4e11 km away in 1900 and gives no error code.
    with pytest.raises(InputError, match=r"1900-01-28.*km from Earth.*14 days"):
        observe(ISS, Epoch.parse("1900-01-28T00:00:00Z"))
    slow, fast = np.array([0.0, 7.5, 0.0]), np.array([0.0, 12.0, 0.0])
    assert absurdity(np.array([6800.0, 0.0, 0.0]), slow) == ""
    assert "speed" in absurdity(np.array([6800.0, 0.0, 0.0]), fast)
    assert "below" in absurdity(np.array([6377.0, 0.0, 0.0]), slow)
    assert absurdity(np.array([0.0, 0.0, 6358.0]), slow) == ""  # above the pole, where Earth is flat
    assert "finite" in absurdity(np.array([6800.0, 0.0, np.nan]), slow)
    assert "km from Earth" in absurdity(np.array([1e300, 0.0, 0.0]), slow)


def test_an_aircraft_flies_its_great_circle() -> None:
    """Ten hours at 900 km/h: its speed, its altitude, and a track that stays in the plane of its heading."""
    start = Epoch.parse("2017-03-02T10:30:00Z")
    given = {"latitude_deg": 65.0, "longitude_deg": -147.0, "altitude_km": 11.0}
    settings = ObserverSettings(**given, heading_deg=60.0, speed_km_h=900.0)
    with pytest.raises(InputError, match="an aircraft needs place_utc"):
        observe(settings, start)
    flown = settings.on_date(start)
    places = [observe(flown, start.plus_seconds(600.0 * k)) for k in range(61)]
    ground = observe(ObserverSettings(**given), start)
    np.testing.assert_allclose(places[0].position_km, ground.position_km, atol=1e-9)
    assert np.linalg.norm(ground.velocity_km_s) == 0.0
    geodetic = np.array([geodetic_from_itrs(one.position_km) for one in places])
    np.testing.assert_allclose(geodetic[:, 2], 11.0, atol=1e-6)
    assert geodetic[1, 0] > 65.0 and geodetic[1, 1] > -147.0  # north-east at first
    steps = np.linalg.norm(np.diff([one.position_km for one in places], axis=0), axis=1)
    np.testing.assert_allclose(steps / 600.0, 0.25, rtol=6e-3)
    rates = (places[1].position_km - places[0].position_km) / 600.0
    np.testing.assert_allclose(places[0].velocity_km_s, rates, atol=6e-3)
    assert np.linalg.norm(places[30].velocity_km_s) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"heading_deg": 60.0, "satellite": "ISS"}, "heading_deg is of an aircraft"),
        ({"heading_deg": 60.0, "latitude_deg": 1.0, "longitude_deg": 2.0, "altitude_km": 10.0}, "both"),
    ],
)
def test_half_an_aircraft_is_told(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ObserverSettings(**settings)
