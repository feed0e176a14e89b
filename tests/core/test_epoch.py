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
    ],
)
def test_end_of_day_is_the_next_days_start(text: str, same: str) -> None:
    assert Epoch.parse(text).isoformat() == same
    assert TimeSettings(utc=text).epoch == Epoch.parse(same)


@pytest.mark.parametrize(
    "text", ["2015-01-28T24:00:01Z", "2015-01-28T24:30", "2015-01-28T25:00", "24:00", "2015-01-32T24:00"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"is not ISO 8601; write e\.g\. 2015-01-28T09:45:00Z"):
        Epoch.parse(text)


def test_end_of_the_calendar_is_said() -> None:
    with pytest.raises(InputError, match="outside the years 1 to 9999"):
        Epoch.parse("9999-12-31T24:00:00Z")
