"""An instant of time, UTC, and the scene's `[time]` section."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import Field, field_validator

from render.core.errors import InputError
from render.core.record import Record

END_OF_DAY = re.compile(r"(?<=[Tt ])24(?=(:?00){0,2}([.,]0+)?(Z|z|[+-]|$))")
"""The hour 24 of ISO 8601, with nothing after it: the end of the day, which Python before 3.14 does not read."""


@dataclass(frozen=True, order=True)
class Epoch:
    """An instant, UTC, to the microsecond."""

    utc: datetime

    @classmethod
    def parse(cls, text: str) -> Epoch:
        """Read ISO 8601; a missing zone means UTC. Raises InputError with an example of what is allowed.

        24:00:00, the end of a day, is the next day's 00:00:00.
        """
        of_day, days = END_OF_DAY.subn("00", text.strip())
        try:
            instant = datetime.fromisoformat(of_day)
        except ValueError:
            raise InputError(f"time {text!r} is not ISO 8601; write e.g. 2015-01-28T09:45:00Z") from None
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        try:
            return cls((instant + timedelta(days=days)).astimezone(UTC))
        except OverflowError:
            raise InputError(f"time {text!r} is outside the years 1 to 9999, UTC") from None

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


class TimeSettings(Record):
    """The `[time]` section: the instant of the picture, and of the film's first frame."""

    utc: str = Field(description="ISO 8601, UTC", examples=["2015-01-28T09:45:00Z"])

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
