"""Mean elements, as SGP4 takes them."""

from __future__ import annotations

from pydantic import Field, field_validator

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.record import Record


class MeanElements(Record):
    """Mean (SGP4, Kozai) elements, in the true equator and mean equinox of `epoch_utc`."""

    epoch_utc: str = Field(description="instant of the elements, ISO 8601, UTC")
    inclination_deg: float = Field(ge=0.0, le=180.0, description="inclination, degrees")
    raan_deg: float = Field(ge=-360.0, le=360.0, description="right ascension of the ascending node, degrees")
    eccentricity: float = Field(ge=0.0, lt=1.0, description="eccentricity")
    argument_of_perigee_deg: float = Field(ge=-360.0, le=360.0, description="argument of perigee, degrees")
    mean_anomaly_deg: float = Field(ge=-360.0, le=360.0, description="mean anomaly, degrees")
    mean_motion_rev_per_day: float = Field(gt=0.0, le=18.0, description="mean motion, revolutions per day")
    bstar: float = Field(default=0.0, ge=-1.0, le=1.0, description="SGP4 drag term, per Earth radius")

    @field_validator("epoch_utc")
    @classmethod
    def _is_instant(cls, value: str) -> str:
        return parsed(value)


def parsed(text: str) -> str:
    """Return `text` if it is an instant; raise ValueError otherwise, as pydantic wants it."""
    try:
        Epoch.parse(text)
    except InputError as error:
        raise ValueError(str(error)) from None
    return text
