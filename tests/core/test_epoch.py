"""Instants: what is read as one, against the calendar."""

from __future__ import annotations

import pytest

from render.core.epoch import Epoch, TimeSettings
from render.core.errors import InputError


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2015-01-28T24:00:00Z", "2015-01-29T00:00:00Z"),
        ("2015-12-31T24:00", "2016-01-01T00:00:00Z"),
        ("2016-02-28 24:00:00.000+00:00", "2016-02-29T00:00:00Z"),
        ("20150228T24", "2015-03-01T00:00:00Z"),
        ("2015-06-30T24:00:00+02:00", "2015-06-30T22:00:00Z"),
        ("2015-01-28T23:59:59.5Z", "2015-01-28T23:59:59.500000Z"),
        ("2015-01-24", "2015-01-24T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2017-01-01T00:59:60.25+01:00", "2017-01-01T00:00:00.250000Z"),
        ("20150630t235960z", "2015-07-01T00:00:00Z"),
        ("2015-01-28t09:45:00z", "2015-01-28T09:45:00Z"),
        ("2015-01-28 09:45 UTC", "2015-01-28T09:45:00Z"),
        ("2015-028", "2015-01-28T00:00:00Z"),
        ("2015028T0945Z", "2015-01-28T09:45:00Z"),
        ("2016-366T24:00Z", "2017-01-01T00:00:00Z"),
        ("2015-W05-3", "2015-01-28T00:00:00Z"),
        ("2015w053t0945z", "2015-01-28T09:45:00Z"),
        ("2009-W53-7", "2010-01-03T00:00:00Z"),
    ],
)
def test_every_form_of_iso_8601_is_the_calendars_instant(text: str, same: str) -> None:
    assert Epoch.parse(text).isoformat() == same
    assert TimeSettings(utc=text).epoch == Epoch.parse(same)


@pytest.mark.parametrize(
    "text",
    ["2015-01-28T24:00:01Z", "2015-01-28T24:30", "2015-01-28T25:00", "24:00", "2015-01-32T24:00",
             "2015-01-28T09:45:61Z", "28/01/2015", "1422438300", "2457051.9", "2015-W54-1", "2015-0281", "noon"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"is not ISO 8601; write e\.g\. 2015-01-28T09:45:00Z"):
        Epoch.parse(text)


def test_the_refusal_lists_the_other_forms() -> None:
    with pytest.raises(InputError, match=r"2015-028T09:45Z\), week and weekday \(2015-W05-3T09:45Z\)"):
        Epoch.parse("yesterday")


@pytest.mark.parametrize("text", ["2015-01-28T09:45:60Z", "2015-01-31T23:59:60Z", "2016-12-31T23:59:60+01:00"])
def test_second_60_is_refused_where_none_was_ever_added(text: str) -> None:
    with pytest.raises(InputError, match="is no leap second; allowed: second 60 of 23:59 UTC on 30 June or 31"):
        Epoch.parse(text)


@pytest.mark.parametrize(("text", "length"), [("2015-366", 365), ("2016-367T00:00Z", 366), ("2015-000", 365)])
def test_a_year_has_so_many_days(text: str, length: int) -> None:
    with pytest.raises(InputError, match=f"has no day .*; allowed: 001 to {length}"):
        Epoch.parse(text)


def test_end_of_the_calendar_is_said() -> None:
    with pytest.raises(InputError, match="outside the years 1 to 9999"):
        Epoch.parse("9999-12-31T24:00:00Z")
