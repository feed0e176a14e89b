"""The command `allsky`: calibrated pictures of an all-sky camera on the ground, with where each pixel looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    import numpy as np

    from render.core.epoch import Epoch
    from render.instruments.allsky import Instrument
    from render.scene import Scene

SUFFIXES = (".nc", ".npz")
PIXELS = (8.0, 2048.0)
MOST_PICTURES = 20_000


def allsky(
    scene: SceneArgument,
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", metavar="FILE", parser=output_path, help=".nc or .npz; several times."),
    ],
    place: PlaceOption = "",
    lines: LinesOption = DEFAULT_LINES,
    pixels: Annotated[str, typer.Option("--pixels", metavar="N", help="Rows and columns of the picture; 256.")] = "256",
    minutes: Annotated[
        str, typer.Option("--minutes", metavar="M", help="A series, so long; with --every alone: the scene's film.")
    ] = "",
    every: Annotated[str, typer.Option("--every", metavar="S", help="A series: seconds between pictures; 10.")] = "",
    filters: FiltersOption = False,
    fwhm: FwhmOption = "",
    at: AtOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Make all-sky pictures in kilorayleighs, as a calibrated camera on the ground gives them.

    An equidistant fisheye of 180 degrees, row 0 in the north, east at the left. With it come elevation and azimuth of
    each pixel, and latitudes and longitudes of pixel corners at 90, 110 and 150 km, named as in PyAuroraX's skymaps.
    --filters adds what a filter about each line reads: the line, neighbours and continuum that pass it.

    --minutes or --every make a series, one file with a dimension time. Finished pictures are kept in a folder beside
    the first file (FILE_pictures): the same command after an interruption makes only what is missing.

    Examples:

      polarlight allsky breakup --place 65.12,-147.43 -o sky.nc

      polarlight allsky my_station.toml --lines 5577 --pixels 512 -o sky.nc -o sky.npz

      polarlight allsky poker_flat_allsky --minutes 50 --every 12.5 --filters -o night.nc
    """
    from render.formats.netcdf import require_netcdf  # noqa: PLC0415
    from render.instruments.allsky import Instrument  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    keys, instant = lines_of(lines), parse_time(at)
    instrument = Instrument(whole_number("--pixels", pixels, PIXELS), keys, passbands_of(keys, filters, fwhm))
    targets = list(dict.fromkeys(output))
    for target in targets:
        check_output(target, SUFFIXES)
        if target.suffix.lower() == ".nc":
            require_netcdf(f"{target}:")
    loaded = standing(load_scene(scene), place, scene)
    start, series = instant or loaded.time.epoch, bool(minutes or every)
    epochs = instants_of(loaded, start, minutes, every, MOST_PICTURES, "pictures") if series else [start]
    check_instants(loaded, epochs[0], epochs[-1])
    warn_of_air(loaded.atmosphere)
    warn_of_user_map(loaded, epochs[0], epochs[-1])
    if not series:
        start_device(device)
        _one(loaded, start, instrument, targets)
        return
    with parts_folder(targets[0], "pictures") as folder:
        start_device(device)
        _series(loaded, epochs, instrument, targets, folder)


def _one(scene: Scene, epoch: Epoch, instrument: Instrument, targets: list[Path]) -> None:
    """Take one picture and write it."""
    import numpy as np  # noqa: PLC0415

    from render.formats.arrays import write_npz  # noqa: PLC0415
    from render.formats.sky_instruments import write_allsky  # noqa: PLC0415
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.instruments.allsky import picture, skymap_of  # noqa: PLC0415

    moment, said = moment_of(scene, epoch, (1, 1)), _said(scene)
    with progress_bar(scene.name) as progress:
        progress(0.0, "all-sky picture")
        planes = picture(scene, moment, instrument)
    skymap = skymap_of(moment.position_km, instrument.pixels)
    for target in targets:
        if target.suffix.lower() == ".nc":
            write_allsky(target, [epoch], [planes], _described(instrument), skymap, said, series=False)
        else:
            words = {key: np.array(value) for key, value in {**said, "time": epoch.isoformat()}.items()}
            write_npz(target, {**planes, **skymap, **words})
    brightest = {key: float(np.nanmax(planes[name])) for key, name in zip(instrument.keys, planes, strict=False)}
    _tell(targets, "", instrument, brightest, "")


def _series(scene: Scene, epochs: list[Epoch], instrument: Instrument, targets: list[Path], folder: Path) -> None:
    """Take the pictures that are not there yet, each kept as it is made, and write them all."""
    import numpy as np  # noqa: PLC0415

    from render.formats.arrays import write_npz_series  # noqa: PLC0415
    from render.formats.sky_instruments import write_allsky  # noqa: PLC0415
    from render.frame.moment import position_at  # noqa: PLC0415
    from render.instruments.allsky import pictures_of, places_of, skymap_of  # noqa: PLC0415
    from render.instruments.parts import moves  # noqa: PLC0415

    brightest, kept = dict.fromkeys(instrument.keys, 0.0), 0
    with progress_bar(scene.name, each=True) as progress:
        for planes, was_kept in pictures_of(scene, epochs, instrument, folder, progress):
            kept += was_kept
            for key, name in zip(instrument.keys, planes, strict=False):
                brightest[key] = max(brightest[key], float(np.nanmax(planes[name])))
    moving = moves(scene, epochs[0], epochs[-1])

    def pictures() -> Iterator[dict[str, np.ndarray]]:
        """Yield the pictures from the folder, with what follows the instrument's place where it moves."""
        held = pictures_of(scene, epochs, instrument, folder, lambda share, doing: None)
        for epoch, (planes, _) in zip(epochs, held, strict=True):
            yield planes | (places_of(position_at(scene, epoch), instrument.pixels) if moving else {})

    skymap, said = skymap_of(position_at(scene, epochs[0]), instrument.pixels), _said(scene)
    if moving:
        skymap = {name: skymap[name] for name in ("full_elevation", "full_azimuth", "full_map_altitude")}
    for target in targets:
        if target.suffix.lower() == ".nc":
            write_allsky(target, epochs, pictures(), _described(instrument), skymap, said, series=True)
        else:
            words = {key: np.array(value) for key, value in said.items()}
            times = np.array([epoch.isoformat() for epoch in epochs])
            write_npz_series(target, {**skymap, **words, "time_utc": times}, len(epochs), pictures)
    count = f"{len(epochs)} pictures, {len(epochs) - kept} made now, "
    _tell(targets, count, instrument, brightest, f"; pictures in {folder}")


def _said(scene: Scene) -> dict[str, str | float]:
    """Return what files say of the scene."""
    return {"scene": scene.name, "scene_hash": scene.scene_hash}


def _described(instrument: Instrument) -> dict[str, dict]:
    """Return the attributes of an instrument's planes."""
    from render.formats.sky_instruments import planes_of  # noqa: PLC0415

    return planes_of(instrument.keys, {key: (one.middle_nm, one.fwhm_nm) for key, one in instrument.passbands})


def _tell(targets: list[Path], count: str, instrument: Instrument, brightest: dict[str, float], where: str) -> None:
    """Print what was written."""
    most = ", ".join(f"{key} {value:.3g} kR" for key, value in brightest.items())
    size = f"{instrument.pixels}x{instrument.pixels}"
    report(f"{', '.join(map(str, targets))}: {count}{size}, brightest {most}{where}")
