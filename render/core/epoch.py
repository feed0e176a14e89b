"""An instant of time, UTC, and the scene's `[time]` section."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import Field, field_validator

from render.core.errors import InputError
from render.core.messages import cut
from render.core.record import Record

END_OF_DAY = re.compile(r"(?<=[Tt ])24(?=(:?00){0,2}([.,]0+)?(Z|z|[+-]|$))")
"""The hour 24 of ISO 8601, with nothing after it: the end of the day, which Python before 3.14 does not read."""
LEAP_SECOND = re.compile(r"(?<=\d\d:)60(?=[.,Z+-]|$)|(?<=T\d{4})60(?=[.,Z+-]|$)")
"""The second 60 of a minute, which Python does not read."""
LEAPS = ((6, 30), (12, 31))  # month and day (UTC) that end in a leap second; all have so far (ITU-R TF.460-6, annex 1)
ORDINAL = re.compile(r"(\d{4})-?(\d{3})(?=[T ]|$)")
"""Year and day of the year, which Python does not read."""
ACCEPTED = (
    "write e.g. 2015-01-28T09:45:00Z; allowed: +01:00 for Z, a space for T, the day of the year (2015-028T09:45Z), "
    "week and weekday (2015-W05-3T09:45Z), 20150128T094500Z, a date alone for its midnight"
)
"""What to write, and the other forms."""


@dataclass(frozen=True, order=True)
class Epoch:
    """An instant, UTC, to the microsecond."""

    utc: datetime

    @classmethod
    def parse(cls, text: str) -> Epoch:
        """Read ISO 8601; a missing zone means UTC. Raises InputError with an example of what is allowed.

        Dates of the calendar, of the year's days (2015-028) and of its weeks (2015-W05-3), in letters of either case.
        24:00:00, the end of a day, is the next day's 00:00:00, and so is a leap second, 23:59:60: seconds here count as
        POSIX does, which has no name for it.
        """
        plain = re.sub(r"\s*UTC$", "Z", text.strip().upper())
        of_day, days = END_OF_DAY.subn("00", _with_month(plain))
        before, leaps = LEAP_SECOND.subn("59", of_day)
        try:
            instant = datetime.fromisoformat(before)
        except ValueError:
            raise InputError(f"time {_quoted(text)} is not ISO 8601; {ACCEPTED}") from None
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        try:
            utc = (instant + timedelta(days=days)).astimezone(UTC)
            if leaps and ((utc.hour, utc.minute) != (23, 59) or (utc.month, utc.day) not in LEAPS):
                raise InputError(
                    f"time {_quoted(text)} is no leap second; allowed: second 60 of 23:59 UTC on 30 June or 31 December"
                )
            return cls(utc + timedelta(seconds=leaps))
        except OverflowError:
            raise InputError(f"time {_quoted(text)} is outside the years 1 to 9999, UTC") from None

    def plus_seconds(self, seconds: float) -> Epoch:
        """Return the instant `seconds` later (negative: earlier). Raises InputError outside the years 1 to 9999."""
        try:
            return Epoch(self.utc + timedelta(seconds=seconds))
        except OverflowError:
            raise InputError(
                f"time {self.isoformat()} and {seconds:g} s more is outside the years 1 to 9999, UTC"
            ) from None

    def seconds_since(self, other: Epoch) -> float:
        """Return the seconds from `other` to this instant."""
        return (self.utc - other.utc).total_seconds()

    @property
    def decimal_year(self) -> float:
        """Return the time as a fractional calendar year."""
        start = datetime(self.utc.year, 1, 1, tzinfo=UTC)
        # Not by the next year's start: there is none after 9999.
        return self.utc.year + (self.utc - start) / timedelta(days=366 if calendar.isleap(self.utc.year) else 365)

    def isoformat(self) -> str:
        """Return e.g. 2015-01-28T09:45:00Z; fractions of a second only where there are some."""
        return self.utc.isoformat().replace("+00:00", "Z")


def _with_month(text: str) -> str:
    """Return a time whose date is a day of the year with month and day; any other as it stands. Raises InputError."""
    found = ORDINAL.match(text)
    if found is None or found[1] == "0000":
        return text
    year, day = int(found[1]), int(found[2])
    length = 366 if calendar.isleap(year) else 365
    if not 1 <= day <= length:
        raise InputError(f"time {_quoted(text)}: {year} has no day {day}; allowed: 001 to {length}")
    return f"{datetime(year, 1, 1) + timedelta(days=day - 1):%Y-%m-%d}".rjust(10, "0") + text[found.end() :]


def _quoted(text: str) -> str:
    """Return a text in quotes, cut short."""
    return f"'{cut(text)}'"


class TimeSettings(Record):
    """The `[time]` section: the instant of the picture, and of the film's first frame."""

    utc: str = Field(
        description="ISO 8601, UTC; day of the year and week are read too", examples=["2015-01-28T09:45:00Z"]
    )

    @field_validator("utc", mode="before")
    @classmethod
    def _as_iso(cls, value: object) -> object:
        """Accept TOML's own date-time as well as a string."""
        text = value.isoformat() if isinstance(value, datetime) else value
        if isinstance(text, str):
            try:
                Epoch.parse(text)
            except InputError as error:
                raise ValueError(str(error)) from None
        return text

    @property
    def epoch(self) -> Epoch:
        """Return the instant."""
        return Epoch.parse(self.utc)
