"""The shipped table of Kp and F10.7: printed values, its intervals and ends, and the F10.7 that NRLMSIS wants."""

import lzma
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core.epoch import Epoch
from render.geophysics.drive import indices
from render.geophysics.drive.indices import (
    DAY_S,
    INTERVAL_S,
    TABLE,
    kp_in_words,
    measured_indices,
    without_bursts,
)
from render.geophysics.drive.settings import ap_from_kp

THIRD = 1.0 / 3.0
MICROSECOND = 1e-6  # s
ADJUSTED_SWING = (
    0.0335  # of F10.7 in a year between observed and adjusted to 1 AU: twice the orbit's eccentricity, 0.0167
)


def kp(text: str) -> str:
    value = measured_indices().kp_at(Epoch.parse(text))
    assert value is not None
    return kp_in_words(value)


@pytest.mark.parametrize(
    ("instant", "printed"),
    [
        # as GFZ Potsdam and others print them: great storms, and quiet
        ("1989-03-13T22:00:00Z", "9o"),
        ("2003-10-29T07:30:00Z", "9o"), ("2003-10-29T10:00:00Z", "8o"), ("2003-10-30T20:00:00Z", "9o"),
        ("2015-03-17T04:00:00Z", "5-"), ("2015-03-17T13:30:00Z", "8-"), ("2015-03-17T22:00:00Z", "8-"),
        ("2024-05-10T19:00:00Z", "9-"), ("2024-05-11T00:00:00Z", "9o"), ("2024-05-11T10:00:00Z", "9o"),
        ("2012-01-25T09:26:55Z", "4+"),
    ],
)  # fmt: skip
def test_kp_is_the_printed_one(instant: str, printed: str) -> None:
    assert kp(instant) == printed


def test_kp_changes_at_the_hour_and_not_before() -> None:
    before, at = Epoch.parse("2015-03-17T11:59:59.999999Z"), Epoch.parse("2015-03-17T12:00:00Z")
    table = measured_indices()
    assert (table.kp_at(before), table.kp_at(at)) == (pytest.approx(5 + THIRD), pytest.approx(8 - THIRD))
    assert table.kp_at(before, MICROSECOND) == table.kp_at(at)
    assert table.kp_at(at, -MICROSECOND) == table.kp_at(before)
    midnight = Epoch.parse("2015-03-18T00:00:00Z")
    assert (table.kp_at(midnight, -MICROSECOND), table.kp_at(midnight)) == (
        pytest.approx(8 - THIRD),
        6.0,
    )


@given(
    interval=st.integers(0, 24765 * 8 - 1),
    place=st.floats(0.0, INTERVAL_S, exclude_max=True),
    start=st.floats(-1e8, 1e8),
)
def test_kp_is_constant_within_three_hours(interval: int, place: float, start: float) -> None:
    """Whichever instant the time is counted from, to the microsecond that an epoch holds."""
    table = measured_indices()
    begins = table.first.plus_seconds(INTERVAL_S * interval)
    assert table.kp_at(begins.plus_seconds(min(place, INTERVAL_S - 1e-3))) == table.kp[interval]
    scene = begins.plus_seconds(start)
    counted = min(max(place, 1e-3), INTERVAL_S - 1e-3) - begins.plus_seconds(start).seconds_since(begins)
    assert table.kp_at(scene, counted) == table.kp[interval]


def test_days_are_all_there_and_leap_days_too() -> None:
    text = lzma.decompress((files("render") / "data" / TABLE).read_bytes()).decode()
    rows = [line.split(",") for line in text.splitlines() if line[0].isdigit()]
    days = np.array([row[0] for row in rows], "datetime64[D]")
    assert np.all(np.diff(days) == np.timedelta64(1, "D"))
    assert (str(days[0]), str(days[-1])) == ("1957-10-01", "2025-07-20")
    table = measured_indices()
    assert len(table.f107) == len(rows) and len(table.kp) == 8 * len(rows)
    for day, of_day in (("2012-02-29", "3-"), ("2012-03-01", None), ("2000-02-29", None)):
        row = next(row for row in rows if row[0] == day)
        printed = kp_in_words(round(0.3 * int(row[1])) / 3)
        assert kp(f"{day}T00:00:00Z") == printed == (of_day or printed)


def test_every_kp_is_a_third_and_has_its_words() -> None:
    table = measured_indices()
    assert np.array_equal(np.unique(np.round(3 * table.kp)), np.arange(28))
    assert np.abs(3 * table.kp - np.round(3 * table.kp)).max() < 1e-12
    words = [kp_in_words(third / 3) for third in range(28)]
    assert words[:5] + words[-4:] == ["0o", "0+", "1-", "1o", "1+", "8o", "8+", "9-", "9o"]
    assert len(set(words)) == 28


@pytest.mark.parametrize(
    ("day", "ap"), [("2015-03-17", 108), ("2003-10-29", 204), ("1957-10-01", 21), ("1957-10-08", 3)]
)
def test_the_days_ap_is_the_printed_one(day: str, ap: int) -> None:
    """CelesTrak's own column of daily Ap, whole numbers."""
    of_day = measured_indices().kp_of_day(Epoch.parse(f"{day}T13:00:00Z"))
    assert of_day is not None
    assert float(ap_from_kp(of_day).mean()) == pytest.approx(ap, abs=0.5)


@pytest.mark.parametrize(
    ("day", "before", "mean"),
    [
        # CelesTrak's observed columns: the day before's flux, and the day's Ctr81
        ("2015-03-17", 117.2, 128.3), ("2015-01-28", 158.1, 138.8), ("2012-01-25", 135.7, 123.6),
    ],
)  # fmt: skip
def test_flux_is_of_the_day_before_and_its_mean_around_the_day(day: str, before: float, mean: float) -> None:
    flux = measured_indices().flux(Epoch.parse(f"{day}T23:59:59Z"))
    assert flux == measured_indices().flux(Epoch.parse(f"{day}T00:00:00Z"))
    assert flux == (pytest.approx(before), pytest.approx(mean, abs=0.06))


def yearly_swing(f107: np.ndarray) -> float:
    """Return by how much ln F10.7 goes with Earth's distance: the amplitude of its cosine from perihelion."""
    year = 365
    smooth = np.convolve(np.log(f107), np.full(year, 1.0 / year), "valid")
    rest = np.log(f107)[year // 2 : -(year // 2)] - smooth
    days = np.arange(year // 2, len(f107) - year // 2) + 273.0  # the table begins on 1 October
    return float(2.0 * np.mean(rest * np.cos(2.0 * np.pi * (days - 3.0) / 365.25)))


def test_flux_is_observed_not_adjusted_to_one_au() -> None:
    """NRLMSIS was fitted to the flux at Earth; CelesTrak's file has both, side by side."""
    table = measured_indices()
    assert yearly_swing(table.f107) == pytest.approx(ADJUSTED_SWING, abs=0.006)
    days = np.arange(len(table.f107)) + 273.0
    distance_au = 1.0 - 0.0167 * np.cos(2.0 * np.pi * (days - 3.0) / 365.25)
    assert abs(yearly_swing(table.f107 * distance_au**2)) < 0.006


def test_a_burst_is_no_ultraviolet() -> None:
    plain = np.array([100.0, 104.0, 98.0, 101.0, 103.0, 99.0, 102.0])
    burst, misprint = plain.copy(), plain.copy()
    burst[3], misprint[3] = 938.6, 53.5
    assert np.array_equal(without_bursts(plain), plain)
    for wrong in (burst, misprint):
        changed = without_bursts(wrong)
        assert changed[3] == pytest.approx(101.5, abs=2.6)
        assert np.array_equal(np.delete(changed, 3), np.delete(plain, 3))
    text = lzma.decompress((files("render") / "data" / TABLE).read_bytes()).decode()
    printed = np.array([float(line.rpartition(",")[2]) for line in text.splitlines() if line[0].isdigit()])
    assert np.count_nonzero(without_bursts(printed) != printed) == 24
    table = measured_indices()
    assert table.f107.min() >= 60.0 and table.f107.max() <= 400.0  # what `[drive] f107` takes
    flux = table.flux(Epoch.parse("2011-03-08T12:00:00Z"))  # 938.6 was printed for the 7th
    assert flux is not None and flux[0] == pytest.approx(143.1)
    rising = table.flux(Epoch.parse("2003-10-30T12:00:00Z"))  # a true rise, from one active region
    assert rising is not None and rising[0] == pytest.approx(291.7)


def test_the_table_ends_where_it_says() -> None:
    table = measured_indices()
    first, end = Epoch.parse("1957-10-01T00:00:00Z"), Epoch.parse("2025-07-21T00:00:00Z")
    assert (table.first, table.last) == (first, end)
    assert (kp("1957-10-01T00:00:00Z"), kp("2025-07-20T23:59:59.999999Z")) == ("4+", "1+")
    for outside in (first.plus_seconds(-MICROSECOND), end, Epoch.parse("0001-01-01"), Epoch.parse("9999-12-31")):
        assert table.kp_at(outside) is None
        assert table.kp_of_day(outside) is None
        assert table.flux(outside) is None
    assert table.flux(first.plus_seconds(DAY_S - 1.0)) is None  # no day before it
    assert table.flux(first.plus_seconds(DAY_S)) == (pytest.approx(269.3), pytest.approx(table.f107[:42].mean()))
    assert table.flux(end.plus_seconds(-1.0)) == (pytest.approx(152.6), pytest.approx(table.f107[-41:].mean()))


def test_the_table_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measured_indices() is measured_indices()
    read: list[bytes] = []
    monkeypatch.setattr(indices.lzma, "decompress", read.append)
    assert measured_indices().kp_at(Epoch.parse("2015-03-17T12:00:00Z")) is not None
    assert not read
