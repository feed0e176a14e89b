"""The command `keogram`: the brightness of the sky's meridian against time, in kilorayleighs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from render.commands.console import (
    AtOption,
    DeviceOption,
    SceneArgument,
    check_instants,
    check_output,
    output_path,
    parse_numbers,
    parse_time,
    say,
    start_device,
    warn_of_air,
    warn_of_user_map,
)
from render.commands.instruments.station import (
    DEFAULT_LINES,
    LinesOption,
    PlaceOption,
    lines_of,
    standing,
    whole_number,
)
from render.commands.progress import progress_bar
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.instruments.keogram import Scan
    from render.scene import Scene

SUFFIXES = (".nc", ".npz", ".png", ".pdf", ".svg")
MERIDIANS = ("geographic", "magnetic")
DEFAULT_EVERY_S, MOST_COLUMNS = 10.0, 20_000
EVERY_S, MINUTES = (0.01, 86_400.0), (0.0, 14_400.0)
ROWS, WIDTH = (2.0, 2000.0), (1.0, 3.0)
AZIMUTH_DEG = (-360.0, 360.0)


def keogram(
    scene: SceneArgument,
    output: Annotated[
        list[Path],
        typer.Option(
            "--output", "-o", metavar="FILE", parser=output_path, help=".nc, .npz, .png, .pdf or .svg; several times."
        ),
    ],
    place: PlaceOption = "",
    lines: LinesOption = DEFAULT_LINES,
    azimuth: Annotated[
        str, typer.Option("--azimuth", metavar="NAME|DEG", help="geographic, magnetic, or degrees of the scan.")
    ] = "geographic",
    minutes: Annotated[str, typer.Option("--minutes", metavar="M", help="How long; default: the scene's film.")] = "",
    every: Annotated[str, typer.Option("--every", metavar="S", help="Seconds between columns; 10.")] = "",
    rows: Annotated[str, typer.Option("--rows", metavar="N", help="Steps from horizon to horizon; 180.")] = "180",
    width: Annotated[str, typer.Option("--width", metavar="PX", help="Width of the slice, 1 to 3 steps; 1.")] = "1",
    linear: Annotated[
        bool, typer.Option("--linear", help="Linear brightness in the diagram, not logarithmic.")
    ] = False,
    at: AtOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Make a keogram: the sky's meridian against time, as an instrument on the ground sees it.

    One column per instant, from the northern horizon over the zenith to the southern, in kR per line; latitudes at 110,
    230 and 250 km. Finished columns are kept in a folder beside the first file (FILE_columns): the same command after
    an interruption makes only what is missing.

    Examples:

      polarlight keogram breakup --place 65.12,-147.43 --minutes 10 -o keogram.nc -o keogram.png

      polarlight keogram my_station.toml --azimuth magnetic --lines 5577,6300 --every 3 -o night.nc
    """
    from render.instruments import keogram as instrument  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    keys, start = lines_of(lines), parse_time(at)
    targets = _targets(output)
    loaded = standing(load_scene(scene), place, scene)
    epochs = _instants(loaded, start or loaded.time.epoch, minutes, every)
    check_instants(loaded, epochs[0], epochs[-1])
    scan = _scan(loaded, epochs[0], azimuth, rows, width)
    warn_of_air(loaded.atmosphere)
    warn_of_user_map(loaded, epochs[0], epochs[-1])
    start_device(device)
    folder = targets[0].with_name(f"{targets[0].stem}_columns")
    folder.mkdir(exist_ok=True)
    columns, kept = [], 0
    with progress_bar(loaded.name) as progress:
        for column, was_kept in instrument.columns_of(loaded, epochs, scan, folder, progress):
            columns.append(column)
            kept += was_kept
    planes = dict(zip(keys, instrument.brightness(columns, keys), strict=True))
    for target in targets:
        _write(target, loaded, epochs, scan, planes, linear)
    made = f"{len(columns)} columns, {len(columns) - kept} made now, {len(scan.angle_deg)} rows"
    say(f"{', '.join(map(str, targets))}: {made}; columns in {folder}")


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


def _instants(scene: Scene, start: Epoch, minutes: str, every: str) -> list[Epoch]:
    """Return the instants of the columns. Raises InputError."""
    step = parse_numbers("--every", every, "S", (EVERY_S,), 1)[0] if every else DEFAULT_EVERY_S
    length = (scene.film.frames - 1) * scene.film.interval_s
    if minutes:
        length = 60.0 * parse_numbers("--minutes", minutes, "M", (MINUTES,), 1)[0]
    count = int(length / step + 1e-9) + 1
    if count > MOST_COLUMNS:
        raise InputError(f"{count} columns, one every {step:g} s of {length:g} s; allowed: {MOST_COLUMNS} at most")
    return [start.plus_seconds(index * step) for index in range(count)]


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


def _write(
    target: Path, scene: Scene, epochs: list[Epoch], scan: Scan, planes: dict[str, np.ndarray], linear: bool
) -> None:
    """Write a keogram in the format of a file's ending."""
    from render.figures.keogram import plot_keogram  # noqa: PLC0415
    from render.formats.arrays import write_npz  # noqa: PLC0415
    from render.formats.sky_instruments import variable_name, write_keogram  # noqa: PLC0415
    from render.instruments.keogram import MAP_ALTITUDES_KM  # noqa: PLC0415

    geometry: dict[str, Any] = {
        "elevation": scan.angle_deg, "true_elevation": scan.elevation_deg, "azimuth": scan.bearing_deg,
        "altitude_km": np.array(MAP_ALTITUDES_KM), "latitude": scan.latitude_deg, "longitude": scan.longitude_deg,
    }  # fmt: skip
    said: dict[str, str | float] = {
        "scene": scene.name, "scene_hash": scene.scene_hash, "scan_azimuth_deg": scan.azimuth_deg,
        "slice_width": float(scan.directions.shape[1]), "elevation_order": "north first",
    }  # fmt: skip
    if target.suffix.lower() == ".nc":
        write_keogram(target, epochs, planes, geometry, said)
    elif target.suffix.lower() == ".npz":
        named = {variable_name(key): plane for key, plane in planes.items()}
        times = np.array([epoch.isoformat() for epoch in epochs])
        write_npz(target, {**named, **geometry, "time_utc": times, **{k: np.array(v) for k, v in said.items()}})
    else:
        latitudes = {key: scan.latitude_deg[1 if key in ("630.0", "636.4") else 0] for key in planes}
        title = f"{scene.name}, scan at azimuth {scan.azimuth_deg:.1f} deg, north at the top"
        times_utc = [epoch.utc.replace(tzinfo=None) for epoch in epochs]
        plot_keogram(target, times_utc, scan.angle_deg, planes, latitudes, title, logarithmic=not linear)
