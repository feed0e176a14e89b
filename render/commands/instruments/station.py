"""What the commands of instruments on the ground share: where the instrument stands, and which lines it measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from render.commands.console import parse_numbers
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.scene import Scene

DEFAULT_LINES = "557.7,630.0,427.8"
LATITUDE_DEG, LONGITUDE_DEG, ALTITUDE_KM = (-90.0, 90.0), (-360.0, 360.0), (0.0, 60.0)

PlaceOption = Annotated[
    str,
    typer.Option("--place", metavar="LAT,LON[,KM]", help="Stand there, degrees and km; default: the scene's observer."),
]
LinesOption = Annotated[str, typer.Option("--lines", metavar="LIST", help="557.7 (or 5577), 630.0, 427.8, N2_1PG ...")]


def standing(scene: Scene, place: str, name: str) -> Scene:
    """Return the scene seen from the place asked for, or from its own observer if that is low. Raises InputError."""
    from render.core.geodesy import geodetic_from_itrs  # noqa: PLC0415
    from render.frame.moment import position_at  # noqa: PLC0415
    from render.observer.orbit import ObserverSettings  # noqa: PLC0415

    if place:
        values = parse_numbers("--place", place, "LAT,LON[,KM]", (LATITUDE_DEG, LONGITUDE_DEG, ALTITUDE_KM), 2)
        latitude, longitude, altitude = (*values, 0.0)[:3]
        there = ObserverSettings(latitude_deg=latitude, longitude_deg=longitude, altitude_km=altitude)
        return scene.model_copy(update={"observer": there})
    altitude = float(geodetic_from_itrs(position_at(scene, scene.time.epoch))[2])
    if altitude > ALTITUDE_KM[1]:
        raise InputError(
            f"{name}: its observer is at {altitude:.0f} km; an instrument looks up at the aurora, from at most "
            f"{ALTITUDE_KM[1]:g} km; give --place LAT,LON, e.g. --place 65.12,-147.43 (Poker Flat)"
        )
    return scene


def whole_number(option: str, text: str, limits: tuple[float, float]) -> int:
    """Read an option's whole number within limits. Raises InputError."""
    value = parse_numbers(option, text, "a whole number", (limits,), 1)[0]
    if value % 1.0:
        raise InputError(f"{option} {shown(text)}: no whole number; allowed: {limits[0]:g} to {limits[1]:g}")
    return int(value)


def lines_of(text: str) -> tuple[str, ...]:
    """Read names of lines parted by commas, `5577` for `557.7` too, in any case. Raises InputError."""
    from render.instruments.looking import KEYS  # noqa: PLC0415

    known = {key.lower(): key for key in KEYS} | {key.replace(".", ""): key for key in KEYS if key[0].isdigit()}
    found = []
    for part in text.split(","):
        name = part.strip().lower()
        if name not in known:
            hint = did_you_mean(name, known)
            raise InputError(f"--lines {shown(text)}: no line {shown(part)}; {hint}allowed: {', '.join(KEYS)}")
        found.append(known[name])
    return tuple(dict.fromkeys(found))
