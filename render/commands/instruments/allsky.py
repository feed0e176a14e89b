"""The command `allsky`: the calibrated picture of an all-sky camera on the ground, with where each pixel looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from render.commands.console import (
    AtOption,
    DeviceOption,
    SceneArgument,
    check_instants,
    check_output,
    output_path,
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

SUFFIXES = (".nc", ".npz")
PIXELS = (8.0, 2048.0)


def allsky(
    scene: SceneArgument,
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", metavar="FILE", parser=output_path, help=".nc or .npz; several times."),
    ],
    place: PlaceOption = "",
    lines: LinesOption = DEFAULT_LINES,
    pixels: Annotated[str, typer.Option("--pixels", metavar="N", help="Rows and columns of the picture; 256.")] = "256",
    at: AtOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Make an all-sky picture in kilorayleighs, as a calibrated camera on the ground gives it.

    An equidistant fisheye of 180 degrees, row 0 in the north, east at the left. With it come elevation and azimuth of
    each pixel, and latitudes and longitudes of pixel corners at 90, 110 and 150 km, named as in PyAuroraX's skymaps.

    Examples:

      polarlight allsky breakup --place 65.12,-147.43 -o sky.nc

      polarlight allsky my_station.toml --lines 5577 --pixels 512 -o sky.nc -o sky.npz
    """
    from render.formats.arrays import write_npz  # noqa: PLC0415
    from render.formats.netcdf import require_netcdf  # noqa: PLC0415
    from render.formats.sky_instruments import variable_name, write_allsky  # noqa: PLC0415
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.instruments.allsky import allsky as taken  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    keys, instant = lines_of(lines), parse_time(at)
    count = whole_number("--pixels", pixels, PIXELS)
    targets = list(dict.fromkeys(output))
    for target in targets:
        check_output(target, SUFFIXES)
        if target.suffix.lower() == ".nc":
            require_netcdf(f"{target}:")
    loaded = standing(load_scene(scene), place, scene)
    epoch = instant or loaded.time.epoch
    check_instants(loaded, epoch)
    warn_of_air(loaded.atmosphere)
    warn_of_user_map(loaded, epoch)
    start_device(device)
    found = taken(loaded, moment_of(loaded, epoch, (1, 1)), count, keys)
    said: dict[str, str | float] = {"scene": loaded.name, "scene_hash": loaded.scene_hash, "time": epoch.isoformat()}
    for target in targets:
        if target.suffix.lower() == ".nc":
            write_allsky(
                target, epoch, found.brightness_kr, found.skymap, {k: v for k, v in said.items() if k != "time"}
            )
        else:
            named = {variable_name(key): plane for key, plane in found.brightness_kr.items()}
            write_npz(target, {**named, **found.skymap, **{key: np.array(value) for key, value in said.items()}})
    brightest = ", ".join(f"{key} {np.nanmax(plane):.3g} kR" for key, plane in found.brightness_kr.items())
    say(f"{', '.join(map(str, targets))}: {count}x{count}, brightest {brightest}")
