"""Elements far from their epoch: by how much they miss, as the shipped table has it, and where they are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sgp4.api import Satrec

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.units import EARTH_A_KM
from render.observer.orbit import ObserverSettings, elements_warning, observe
from render.observer.orbits.mean_elements import MeanElements
from render.observer.orbits.satellite import (
    GROWTH_DAYS,
    GROWTH_KM,
    ONE_IN_SIX,
    RANGE_MARGIN,
    growth_words,
    out_of_range,
    own_range_km,
    satellite_of_elements,
)
from render.observer.shipped_elements import _table
from tests.observer.orbit_files import LINE_1, LINE_2

ISS = ObserverSettings(tle=(LINE_1, LINE_2))
ISS_EPOCH = Epoch.parse("2015-02-01T11:08:32Z")
DAY_S = 86_400.0


def misses(days: float, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much sets of the table, taken `days` further, miss the one of that day, km, and by how much their
    place leaves their own perigee to apogee, of the semi-major axis: [set] each."""
    lines, since_s = _table()
    away, beyond = [], []
    for at in np.linspace(400, len(since_s) - 1.1 * days - 5, count).astype(int):
        later = int(np.argmin(np.abs(since_s - since_s[at] - DAY_S * days)))
        if abs(since_s[later] - since_s[at] - DAY_S * days) > 0.3 * DAY_S:
            continue
        old, new = (Satrec.twoline2rv(lines[2 * i], lines[2 * i + 1]) for i in (at, later))
        error, there, _ = old.sgp4(new.jdsatepoch, new.jdsatepochF)
        if not error:
            away.append(np.linalg.norm(np.subtract(there, new.sgp4(new.jdsatepoch, new.jdsatepochF)[1])))
            (low, high), distance = own_range_km(old), float(np.linalg.norm(there))
            beyond.append(2.0 * max(low - distance, distance - high, 0.0) / (low + high))
    return np.array(away), np.array(beyond)


@pytest.mark.parametrize(("days", "median_km", "sixth_km"), list(zip(GROWTH_DAYS, GROWTH_KM, ONE_IN_SIX, strict=True)))
def test_the_growth_is_the_table_s(days: float, median_km: float, sixth_km: float) -> None:
    away, beyond = misses(days)
    assert len(away) > 350
    assert np.median(away) == pytest.approx(median_km, rel=0.05)
    assert np.quantile(away, 0.84) == pytest.approx(sixth_km, rel=0.05)
    if days <= 21:
        assert beyond.max() < RANGE_MARGIN  # none of them would have been refused


def test_after_months_the_station_may_be_anywhere() -> None:
    """The mean distance of two points at random on a circle is 4/pi radii, 8600 km here."""
    away, _ = misses(90.0)
    assert np.median(away) > 4.0 / math.pi * 6780.0


def test_what_is_said_of_the_growth() -> None:
    assert (
        growth_words(7.0)
        == "the ISS is then off by 89 km along its track in the median, 770 km or more one time in six"
    )
    assert growth_words(0.1) == growth_words(1.0)
    assert growth_words(31.0) == "the ISS may then be anywhere on its orbit"
    six = str(elements_warning(ISS, ISS_EPOCH.plus_seconds(6 * DAY_S)))
    assert "6.0 days after the epoch of the orbital elements (good for 5): the ISS is then off by" in six
    assert "anywhere" in str(elements_warning(ISS, ISS_EPOCH.plus_seconds(-40 * DAY_S)))


def elements(revolutions: float, **given: float) -> MeanElements:
    return MeanElements(
        epoch_utc="2015-02-01T00:00:00Z", inclination_deg=55.0, raan_deg=0.0, argument_of_perigee_deg=0.0,
        mean_anomaly_deg=0.0, mean_motion_rev_per_day=revolutions, **{"eccentricity": 0.01, **given},
    )  # fmt: skip


def test_high_satellites_are_good_for_longer() -> None:
    start = Epoch.parse("2015-02-01T00:00:00Z")
    high = ObserverSettings(mean_elements=elements(2.0056))
    assert elements_warning(high, start.plus_seconds(10 * DAY_S)) is None
    assert "higher up it is less" in str(elements_warning(high, start.plus_seconds(20 * DAY_S)))


def test_an_altitude_that_is_not_the_elements_own_is_refused() -> None:
    """A reader's case: 1092 days on they put the station 160 km up."""
    with pytest.raises(
        InputError,
        match=r"2015-02-01T11:08:32Z cannot be taken to 2018-01-28T11:08:32Z, 1092 days away: the altitude would be "
        r"1\d\d\.\d km, where the elements' own orbit is between 401\.0 and 408\.9 km \(allowed: 34 km beyond\); "
        "elements hold for about 14 days",
    ):
        observe(ISS, ISS_EPOCH.plus_seconds(1092 * DAY_S))
    for days in (-30, 0, 30, 90):
        observe(ISS, ISS_EPOCH.plus_seconds(days * DAY_S))


def test_the_range_has_its_margin_on_both_sides() -> None:
    satellite = satellite_of_elements(elements(15.5, eccentricity=0.001))
    low, high = own_range_km(satellite)
    axis = 0.5 * (low + high)
    assert low == pytest.approx(axis * 0.999) and 350.0 < axis - EARTH_A_KM < 450.0
    for edge, step in ((low, -1.0), (high, 1.0)):
        inside, outside = (np.array([edge + step * axis * part, 0.0, 0.0]) for part in (0.0049, 0.0051))
        assert out_of_range(satellite, inside) == ""
        assert "allowed: 34 km beyond" in out_of_range(satellite, outside)


@pytest.mark.parametrize(("years", "moved"), [(0.0, 0.0), (0.5, 0.005), (1.0, 0.012)])
def test_deep_orbits_change_and_are_not_refused(years: float, moved: float) -> None:
    """Molniya's perigee is moved by Sun and Moon, by 1.2 % of the axis in a year."""
    turned = {"inclination_deg": 63.4, "argument_of_perigee_deg": 270.0, "raan_deg": 120.0}
    settings = ObserverSettings(mean_elements=elements(2.006, eccentricity=0.73).model_copy(update=turned))
    low, high = own_range_km(satellite_of_elements(settings.mean_elements))
    start = Epoch.parse("2015-02-01T00:00:00Z").plus_seconds(years * 365.0 * DAY_S)
    places = [observe(settings, start.plus_seconds(60.0 * minutes)).position_km for minutes in range(0, 720, 5)]
    lowest = min(np.linalg.norm(place) for place in places)
    assert (low - lowest) / (0.5 * (low + high)) == pytest.approx(moved, abs=0.001)
