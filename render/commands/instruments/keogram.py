"""The command `keogram`: the brightness of the sky's meridian against time, in kilorayleighs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.console import (
    AtOption,
    DeviceOption,
    SceneArgument,
    check_instants,
    check_output,
    output_path,
    parse_time,
    report,
    start_device,
    warn_of_air,
    warn_of_user_map,
)
from render.commands.instruments.station import (
    DEFAULT_LINES,
    FiltersOption,
    FwhmOption,
    LinesOption,
    PlaceOption,
    instants_of,
    lines_of,
    parts_folder,
    passbands_of,
    standing,
    whole_number,
)
from render.commands.progress import progress_bar
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    import numpy as np

    from render.core.epoch import Epoch
    from render.instruments.keogram import Scan
    from render.instruments.looking import Along
    from render.instruments.passband import Passband
    from render.scene import Scene

SUFFIXES = (".nc", ".npz", ".png", ".pdf", ".svg")
MERIDIANS = ("geographic", "magnetic")
MOST_COLUMNS = 20_000
ROWS, WIDTH = (2.0, 2000.0), (1.0, 3.0)
AZIMUTH_DEG = (-360.0, 360.0)

OutputOption = Annotated[
    list[Path],
    typer.Option(
        "--output", "-o", metavar="FILE", parser=output_path, help=".nc, .npz, .png, .pdf or .svg; several times."
    ),
]
AzimuthOption = Annotated[
    str, typer.Option("--azimuth", metavar="NAME|DEG", help="geographic, magnetic, or degrees of the scan.")
]
LinearOption = Annotated[bool, typer.Option("--linear", help="Linear brightness in the diagram, not logarithmic.")]


def keogram(
    scene: SceneArgument,
    output: OutputOption,
    place: PlaceOption = "",
    lines: LinesOption = DEFAULT_LINES,
    azimuth: AzimuthOption = "geographic",
    minutes: Annotated[str, typer.Option("--minutes", metavar="M", help="How long; default: the scene's film.")] = "",
    every: Annotated[str, typer.Option("--every", metavar="S", help="Seconds between columns; 10.")] = "",
    rows: Annotated[str, typer.Option("--rows", metavar="N", help="Steps from horizon to horizon; 180.")] = "180",
    width: Annotated[str, typer.Option("--width", metavar="PX", help="Width of the slice, 1 to 3 steps; 1.")] = "1",
    linear: LinearOption = False,
    filters: FiltersOption = False,
    fwhm: FwhmOption = "",
    at: AtOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Make a keogram: the sky's meridian against time, as an instrument on the ground sees it.

    One column per instant, from the northern horizon over the zenith to the southern, in kR per line; latitudes at 110,
    230 and 250 km. Finished columns are kept in a folder beside the first file (FILE_columns): the same command after
    an interruption makes only what is missing. --filters adds what a filter about each line reads: the line, neighbours
    and continuum that pass it, moonlight and twilight included.

    Examples:

      polarlight keogram breakup --place 65.12,-147.43 --minutes 10 -o keogram.nc -o keogram.png

      polarlight keogram my_station.toml --azimuth magnetic --lines 5577,6300 --every 3 -o night.nc
    """
    from render.instruments.keogram import columns_of  # noqa: PLC0415
    from render.instruments.parts import moves  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    keys, start = lines_of(lines), parse_time(at)
    passbands = passbands_of(keys, filters, fwhm)
    targets = _targets(output)
    loaded = standing(load_scene(scene), place, scene)
    epochs = instants_of(loaded, start or loaded.time.epoch, minutes, every, MOST_COLUMNS, "columns")
    check_instants(loaded, epochs[0], epochs[-1])
    moving = moves(loaded, epochs[0], epochs[-1])
    first = _scan(loaded, epochs[0], azimuth, rows, width)
    warn_of_air(loaded.atmosphere)
    warn_of_user_map(loaded, epochs[0], epochs[-1])
    scans = [first]

    def scan_at(epoch: Epoch) -> Scan:
        if moving and epoch != epochs[0]:
            scans.append(_scan(loaded, epoch, azimuth, rows, width))
        return scans[-1]

    with parts_folder(targets[0], "columns") as folder, progress_bar(loaded.name, each=True) as progress:
        start_device(device)
        columns = list(columns_of(loaded, epochs, scan_at, folder, progress, sky=bool(passbands)))
    measured = _measured(loaded, epochs, scans, [column for column, _ in columns], keys, dict(passbands))
    for target in targets:
        _write(target, measured, linear)
    now = sum(not was_kept for _, was_kept in columns)
    count = f"{len(columns)} columns, {now} made now, {len(first.angle_deg)} rows"
    report(f"{', '.join(map(str, targets))}: {count}; columns in {folder}")


@dataclass(frozen=True, eq=False)
class _Measured:
    """A finished keogram: kR [time, angle] of lines, and of their filters; `scans`: one, or one per instant."""

    scene: Scene
    epochs: list[Epoch]
    scans: list[Scan]
    lines: dict[str, np.ndarray]
    passbands: dict[str, Passband]
    filtered: dict[str, np.ndarray]


def _measured(
    scene: Scene, epochs: list[Epoch], scans: list[Scan], columns: list[Along], keys: tuple[str, ...],
    passbands: dict[str, Passband],
) -> _Measured:  # fmt: skip
    """Return a keogram of its columns."""
    from render.instruments.keogram import brightness, filtered  # noqa: PLC0415

    lines = dict(zip(keys, brightness(columns, keys), strict=True))
    through = dict(zip(passbands, filtered(columns, list(passbands.values())), strict=True))
    return _Measured(scene, epochs, scans, lines, passbands, through)


def _scan(scene: Scene, epoch: Epoch, azimuth: str, rows: str, width: str) -> Scan:
    """Return the lines of sight asked for. Raises InputError."""
    from render.frame.moment import position_at  # noqa: PLC0415
    from render.instruments.keogram import scan_of  # noqa: PLC0415

    position = position_at(scene, epoch)
    count, beside = whole_number("--rows", rows, ROWS), whole_number("--width", width, WIDTH)
    return scan_of(position, _azimuth(azimuth, position, epoch), count, beside)


def _targets(output: list[Path]) -> list[Path]:
    """Return the files to be written, each once. Raises OutputError, or InputError where a package is missing."""
    from render.figures.figure import require_plot  # noqa: PLC0415
    from render.formats.netcdf import require_netcdf  # noqa: PLC0415

    targets = list(dict.fromkeys(output))
    for target in targets:
        check_output(target, SUFFIXES)
        if target.suffix.lower() == ".nc":
            require_netcdf(f"{target}:")
        elif target.suffix.lower() != ".npz":
            require_plot(f"{target}:")
    return targets


def _azimuth(text: str, position_km: np.ndarray, epoch: Epoch) -> float:
    """Return the azimuth of a scan's northern half, degrees. Raises InputError."""
    from render.instruments.keogram import magnetic_azimuth_deg  # noqa: PLC0415

    if text == "geographic":
        return 0.0
    if text == "magnetic":
        return magnetic_azimuth_deg(position_km, epoch.decimal_year)
    try:
        value = float(text)
    except ValueError:
        hint = did_you_mean(text, MERIDIANS)
        raise InputError(f"--azimuth {shown(text)}: {hint}allowed: {', '.join(MERIDIANS)}, or degrees") from None
    if not AZIMUTH_DEG[0] <= value <= AZIMUTH_DEG[1]:
        raise InputError(f"--azimuth {shown(text)}: allowed: {AZIMUTH_DEG[0]:g} to {AZIMUTH_DEG[1]:g} degrees")
    return value


def _write(target: Path, found: _Measured, linear: bool) -> None:
    """Write a keogram in the format of a file's ending."""
    import numpy as np  # noqa: PLC0415

    from render.figures.keogram import plot_keogram  # noqa: PLC0415
    from render.formats.arrays import write_npz  # noqa: PLC0415
    from render.formats.sky_instruments import planes_of, variable_name, write_keogram  # noqa: PLC0415

    scan, scene = found.scans[0], found.scene
    named = {variable_name(key): plane for key, plane in found.lines.items()}
    named |= {variable_name(key, "filtered"): plane for key, plane in found.filtered.items()}
    said: dict[str, str | float] = {
        "scene": scene.name, "scene_hash": scene.scene_hash, "scan_azimuth_deg": scan.azimuth_deg,
        "slice_width": float(scan.directions.shape[1]), "elevation_order": "north first",
    }  # fmt: skip
    if target.suffix.lower() == ".nc":
        filters = {key: (one.middle_nm, one.fwhm_nm) for key, one in found.passbands.items()}
        write_keogram(target, found.epochs, named, planes_of(found.lines, filters), _geometry(found), said)
    elif target.suffix.lower() == ".npz":
        times = np.array([epoch.isoformat() for epoch in found.epochs])
        words = {key: np.array(value) for key, value in said.items()}
        write_npz(target, {**named, **_geometry(found), "time_utc": times, **words})
    else:
        # Of an instrument that moves no one latitude stands for a row
        latitudes = {key: scan.latitude_deg[1 if key in ("630.0", "636.4") else 0] for key in found.lines}
        shown_kr = {**found.lines, **{f"{key} in {found.passbands[key].fwhm_nm:g} nm": plane
                                      for key, plane in found.filtered.items()}}  # fmt: skip
        latitudes |= {name: latitudes[name.partition(" ")[0]] for name in shown_kr}
        title = f"{scene.name}, scan at azimuth {scan.azimuth_deg:.1f} deg, north at the top"
        times_utc = [epoch.utc.replace(tzinfo=None) for epoch in found.epochs]
        plot_keogram(
            target, times_utc, scan.angle_deg, shown_kr, {} if len(found.scans) > 1 else latitudes, title,
            logarithmic=not linear,
        )  # fmt: skip


def _geometry(found: _Measured) -> dict[str, np.ndarray]:
    """Return where the lines of sight go and the instrument stands, of one that moves at each instant."""
    import numpy as np  # noqa: PLC0415

    from render.core.geodesy import geodetic_from_itrs  # noqa: PLC0415
    from render.frame.moment import position_at  # noqa: PLC0415
    from render.instruments.keogram import MAP_ALTITUDES_KM  # noqa: PLC0415

    moving, scan = len(found.scans) > 1, found.scans[0]
    sites = [geodetic_from_itrs(position_at(found.scene, epoch)) for epoch in found.epochs[: len(found.scans)]]

    def each(of_instants: list[Any]) -> np.ndarray:
        return np.array(of_instants if moving else of_instants[0], float)

    return {
        "elevation": scan.angle_deg, "true_elevation": scan.elevation_deg,
        "azimuth": each([one.bearing_deg for one in found.scans]), "altitude_km": np.array(MAP_ALTITUDES_KM),
        "latitude": each([one.latitude_deg for one in found.scans]),
        "longitude": each([one.longitude_deg for one in found.scans]),
        "site_latitude": each([site[0] for site in sites]), "site_longitude": each([site[1] for site in sites]),
        "site_altitude_km": each([site[2] for site in sites]),
    }  # fmt: skip
