"""What the commands of instruments on the ground share: where one stands, which lines it measures, and when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from render.commands.console import parse_numbers
from render.core.errors import InputError, OutputError
from render.core.files import writing_error
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.instruments.passband import Passband
    from render.scene import Scene

DEFAULT_LINES = "557.7,630.0,427.8"
LATITUDE_DEG, LONGITUDE_DEG, ALTITUDE_KM = (-90.0, 90.0), (-360.0, 360.0), (0.0, 60.0)
DEFAULT_EVERY_S, EVERY_S, MINUTES = 10.0, (0.01, 86_400.0), (0.0, 14_400.0)
DEFAULT_FWHM_NM, FWHM_NM = 2.0, (0.1, 30.0)
LEAST_OWN = 0.1  # share of its own line that a filter must pass: a system of bands has none

PlaceOption = Annotated[
    str,
    typer.Option("--place", metavar="LAT,LON[,KM]", help="Stand there, degrees and km; default: the scene's observer."),
]
LinesOption = Annotated[str, typer.Option("--lines", metavar="LIST", help="557.7 (or 5577), 630.0, 427.8, N2_1PG ...")]
FiltersOption = Annotated[
    bool, typer.Option("--filters", help="Also what a filter about each line reads: all light that passes it.")
]
FwhmOption = Annotated[
    str, typer.Option("--fwhm", metavar="NM[,NM...]", help="Width of the filters: one for all, or one a line; 2.")
]


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


def passbands_of(keys: tuple[str, ...], filters: bool, fwhm: str) -> tuple[tuple[str, Passband], ...]:
    """Return the filter of each line, where they are asked for. Raises InputError."""
    from render.instruments.passband import own_share, passband_of  # noqa: PLC0415

    if not filters:
        if fwhm:
            raise InputError(f"--fwhm {shown(fwhm)}: the width of filters; add --filters")
        return ()
    widths = [DEFAULT_FWHM_NM]
    if fwhm:
        widths = parse_numbers("--fwhm", fwhm, "NM for all, or one a line", (FWHM_NM,) * len(keys), 1)
    if len(widths) not in (1, len(keys)):
        raise InputError(f"--fwhm {shown(fwhm)}: {len(widths)} widths for {len(keys)} lines; allowed: 1 or {len(keys)}")
    found = []
    for key, width in zip(keys, widths * len(keys) if len(widths) == 1 else widths, strict=False):
        passband = passband_of(key, width)
        share = own_share(key, passband)
        if share < LEAST_OWN:
            raise InputError(
                f"--filters: {key}: {width:g} nm about {passband.middle_nm:.1f} nm pass {share:.1%} of it; give a "
                "wider --fwhm, or --lines that are lines or bands"
            )
        found.append((key, passband))
    return tuple(found)


def instants_of(scene: Scene, start: Epoch, minutes: str, every: str, most: int, what: str) -> list[Epoch]:
    """Return even instants, as long as asked for or as the scene's film. Raises InputError; `what` they are."""
    step = parse_numbers("--every", every, "S", (EVERY_S,), 1)[0] if every else DEFAULT_EVERY_S
    length = (scene.film.frames - 1) * scene.film.interval_s
    if minutes:
        length = 60.0 * parse_numbers("--minutes", minutes, "M", (MINUTES,), 1)[0]
    count = int(length / step + 1e-9) + 1
    if count > most:
        raise InputError(f"{count} {what}, one every {step:g} s of {length:g} s; allowed: {most} at most")
    return [start.plus_seconds(index * step) for index in range(count)]


@contextmanager
def parts_folder(target: Path, what: str) -> Iterator[Path]:
    """Give the folder beside a file in which its parts are kept; one that is empty in the end does not stay.

    Raises OutputError where it cannot be made.
    """
    folder = target.with_name(f"{target.stem}_{what}")
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        raise OutputError(f"cannot write {target}: its {what} are kept in {folder}, which is a file") from None
    except OSError as error:
        raise writing_error(f"cannot write {target}: its {what} are kept in {folder}", folder, error) from error
    try:
        yield folder
    finally:
        with suppress(OSError):  # not empty: it stays
            folder.rmdir()
