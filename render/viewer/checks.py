"""Checks of what a page asks for that no record of a scene makes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from render.core.errors import DeviceError, InputError
from render.core.lines import LINE_KEYS
from render.core.messages import did_you_mean, shown
from render.viewer.asked import LEAST_SIDE, MOST_PIXELS, MOST_SIDE, FalseColour
from render.viewer.scales import SCALES


class _Colours(BaseModel):
    """False colour as the page asks for it."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    lines: list[str] = Field(max_length=len(LINE_KEYS))
    low_r: float = Field(ge=1e-3, le=1e9)
    high_r: float = Field(ge=1e-3, le=1e9)
    scale: str


def number(name: str, value: Any, low: float, high: float) -> float:
    """Return a number within limits. Raises InputError for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"{name} {shown(value)}: allowed: a number, {low:g} to {high:g}")
    return float(value)


def checked_device(name: Any) -> str:
    """Return a device's name; whether it is here will be seen by the renderer. Raises DeviceError for none."""
    from render.device import NAMES  # noqa: PLC0415 - the server imports no device before it is asked for one

    if name not in NAMES:
        hint = did_you_mean(str(name), NAMES)
        raise DeviceError(f"device {shown(name)} is unknown; {hint}allowed: {', '.join(NAMES)}")
    return str(name)


def checked_size(value: Any) -> tuple[int, int]:
    """Return a picture's size, (columns, rows). Raises InputError for one that is none, or too large."""
    whole = isinstance(value, list | tuple) and len(value) == 2 and all(type(side) is int for side in value)
    if not whole or not all(LEAST_SIDE <= side <= MOST_SIDE for side in value) or value[0] * value[1] > MOST_PIXELS:
        limits = f"each {LEAST_SIDE} to {MOST_SIDE}, {MOST_PIXELS} pixels at most"
        raise InputError(f"size {shown(value)}: allowed: [columns, rows], {limits}")
    return value[0], value[1]


def checked_colours(value: Any) -> FalseColour:
    """Return the false colour that a page asks for. Raises InputError."""
    try:
        asked = _Colours.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"false_colour {where}: {first['msg']}") from None
    unknown = [key for key in asked.lines if key not in LINE_KEYS]
    if unknown or asked.scale not in SCALES or not asked.low_r < asked.high_r:
        raise InputError(
            f"false_colour: allowed: lines of {', '.join(LINE_KEYS)}; low_r below high_r; scale {' or '.join(SCALES)}"
        )
    return FalseColour(tuple(asked.lines), asked.low_r, asked.high_r, asked.scale)


def switched(name: str, value: Any, known: tuple[str, ...], before: frozenset[str]) -> frozenset[str]:
    """Return what is dark after switches of the page: name -> whether it shines."""
    if not isinstance(value, dict) or not all(type(shines) is bool for shines in value.values()):
        raise InputError(f"{name} {shown(value)}: allowed: names with true or false")
    for one in value:
        if one not in known:
            raise InputError(
                f"{name}: {shown(one)} is none; {did_you_mean(str(one), known)}allowed: {', '.join(known)}"
            )
    lit = {one for one, shines in value.items() if shines}
    return frozenset((before | set(value)) - lit)
