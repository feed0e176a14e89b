"""Commands that make pictures: render, film and develop."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from render.commands.console import (
    AtOption,
    DeviceOption,
    QualityOption,
    SceneArgument,
    SizeOption,
    check_film_output,
    check_instants,
    check_memory,
    check_output,
    duration,
    output_path,
    parse_size,
    parse_time,
    say,
    say_film,
    start_device,
    warn_of_air,
    warn_of_user_map,
)
from render.commands.progress import film_bar, progress_bar
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.frame.result import Frame, Taken
    from render.scene import Scene

WHOLE_PIXELS = 2**22  # of the largest PNG that is developed whole; larger ones are written in bands of rows
PICTURE_SUFFIXES = (".png", ".exr", ".nc")
SCENE_KEY, TIME_KEY = "scene_toml", "time_utc"
"""Entries of a picture's header from which `develop` learns what was taken, and when."""


def render(
    scene: SceneArgument,
    output: Annotated[
        list[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=output_path,
            help=".png, .exr or .nc; may be given several times. Default: SCENE.png here.",
        ),
    ] = [],  # noqa: B006 - typer reads it, nobody writes to it
    at: AtOption = "",
    size: SizeOption = "",
    quality: QualityOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Render a scene to a picture (.png), its radiances (.exr), or NetCDF (.nc).

    The .exr holds a float channel per emission line in rayleighs and per band in W m-2 sr-1 nm-1; `polarlight develop`
    makes pictures of it. The .nc holds the same for science, and where each pixel looks (extra `netcdf`).

    Examples:

      polarlight render angels_singing

      polarlight render angels_singing --size 640x360 --at 2015-01-28T09:48:00Z -o dawn.png -o dawn.exr
    """
    from render.formats.exr import write_exr  # noqa: PLC0415
    from render.formats.netcdf import write_radiance  # noqa: PLC0415
    from render.formats.png import write_png  # noqa: PLC0415
    from render.frame.development import develop_frame  # noqa: PLC0415
    from render.frame.render import render_frame  # noqa: PLC0415
    from render.frame.result import expected_memory_bytes  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    width_height, epoch = parse_size(size), parse_time(at)
    loaded = of_quality(load_scene(scene), quality)
    targets = _targets(output, loaded.name)
    columns, rows = width_height or (loaded.camera.columns, loaded.camera.rows)
    in_bands = columns * rows > WHOLE_PIXELS and len(targets) == 1 and targets[0].suffix.lower() == ".png"
    check_memory(expected_memory_bytes(loaded, (columns, rows), in_bands=in_bands))
    check_instants(loaded, epoch or loaded.time.epoch)
    warn_of_air(loaded.atmosphere)
    warn_of_user_map(loaded, epoch or loaded.time.epoch)
    start_device(device)
    if in_bands:
        _render_in_bands(loaded, epoch or loaded.time.epoch, (columns, rows), targets[0])
        return
    with progress_bar(loaded.name) as progress:
        frame = render_frame(loaded, epoch, size=width_height, device=device, progress=progress)
    header = _header(frame, loaded)
    for target in targets:
        if target.suffix.lower() == ".exr":
            write_exr(target, frame.lines, frame.sky, header)
        elif target.suffix.lower() == ".nc":
            write_radiance(target, frame, header)
        else:
            write_png(target, develop_frame(frame, loaded), loaded.develop.bits, header)
    say(f"{', '.join(map(str, targets))}: {header['size']}, {duration(frame.seconds)}, {frame.device.label}")


def _targets(output: list[Path], name: str) -> list[Path]:
    """Return the files to be written, each once. Raises OutputError, or InputError where a format is not installed."""
    from render.formats.netcdf import require_netcdf  # noqa: PLC0415

    targets = list(dict.fromkeys(output)) or [Path(f"{name}.png")]
    for target in targets:
        check_output(target, PICTURE_SUFFIXES)
        if target.suffix.lower() == ".nc":
            require_netcdf(f"{target}:")
    return targets


def _header(taken: Taken, scene: Scene) -> dict[str, str]:
    """Return what a picture's file says of itself, in the order of OpenEXR: `develop` writes the very same file."""
    from render.frame.result import frame_header  # noqa: PLC0415

    entries = {**frame_header(taken, scene), SCENE_KEY: scene.text, TIME_KEY: taken.moment.epoch.isoformat()}
    return dict(sorted(entries.items()))


def _render_in_bands(scene: Scene, epoch: Epoch, size: tuple[int, int], target: Path) -> None:
    """Render a picture that is too large to be held, on the device that runs, and write it as its rows come."""
    from render.device import running  # noqa: PLC0415
    from render.formats.png import write_png_bands  # noqa: PLC0415
    from render.frame.development import developed_bands  # noqa: PLC0415
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.frame.render import PREPARED, part_of  # noqa: PLC0415
    from render.frame.stage import prepare  # noqa: PLC0415

    started = time.perf_counter()
    with progress_bar(scene.name) as progress:
        stage = prepare(scene, moment_of(scene, epoch, size), running(), tell=part_of(progress, 0.0, PREPARED))
        header = _header(stage, scene)
        bands = developed_bands(stage, part_of(progress, PREPARED, 1.0))
        write_png_bands(target, size, bands, scene.develop.bits, header)
    say(f"{target}: {header['size']}, {duration(time.perf_counter() - started)}, {stage.device.label}")


def film(
    scene: SceneArgument,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE.mp4|FOLDER", parser=output_path, help="A video, or frames only."),
    ],
    frames: Annotated[
        str, typer.Option("--frames", metavar="A-B", help="Only these frames, from 0, both included.")
    ] = "",
    size: SizeOption = "",
    sheet: Annotated[str, typer.Option("--sheet", metavar="FILE.png", help="Also a contact sheet.")] = "",
    quality: QualityOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Render a scene's film: frames to a folder, and a video of them.

    FILE.mp4 keeps its frames in FILE_frames. Stop it at any time; the same command renders only what is missing.
    --sheet puts the frames side by side on one picture, 48 of a longer film.

    Examples:

      polarlight film angels_singing -o angels.mp4

      polarlight film angels_singing -o frames --frames 0-23 --size 960x540

      polarlight film twilight_only -o sunrise --size 480x270 --sheet sunrise.png
    """
    from render.films.film import render_film  # noqa: PLC0415
    from render.films.folder import check_frames_are_of, frame_epoch, parse_frames  # noqa: PLC0415
    from render.frame.result import expected_memory_bytes  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    width_height = parse_size(size)
    loaded = of_quality(load_scene(scene), quality)
    wanted = parse_frames(frames, loaded.film.frames)
    folder, _ = check_film_output(output)
    if sheet:
        check_output(Path(sheet), (".png",))
    check_memory(expected_memory_bytes(loaded, width_height or (loaded.camera.columns, loaded.camera.rows)))
    check_frames_are_of(loaded, folder, width_height)
    ends = [frame_epoch(loaded, index) for index in (wanted[0], wanted[-1])]
    check_instants(loaded, *ends)
    warn_of_air(loaded.atmosphere)
    warn_of_user_map(loaded, *ends)
    start_device(device)
    with film_bar() as progress:
        made = render_film(loaded, output, frames=wanted, size=width_height, device=device, progress=progress)
    if sheet:
        from render.formats.contact_sheet import write_sheet  # noqa: PLC0415

        write_sheet(made.frames, sheet)
    say_film(output, made, "rendered")


def develop(
    frame: Annotated[Path, typer.Argument(metavar="FRAME.exr", help="Radiances that `render` wrote.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.png", parser=output_path, help="The picture.")
    ],
    exposure_s: Annotated[str, typer.Option("--exposure-s", metavar="S", help="Exposure time, s.")] = "",
    iso: Annotated[str, typer.Option("--iso", metavar="ISO", help="Sensitivity.")] = "",
    f_number: Annotated[str, typer.Option("--f-number", metavar="N", help="Aperture.")] = "",
    white_balance: Annotated[str, typer.Option("--white-balance", metavar="K", help="Colour temperature, K.")] = "",
) -> None:
    """Develop a rendered frame's radiances to a picture, without rendering again.

    Without options the picture is the one that `render` writes.

    Examples:

      polarlight develop dawn.exr -o dawn.png

      polarlight develop dawn.exr -o darker.png --exposure-s 0.1 --iso 1600 --white-balance 4200
    """
    from render.formats.png import write_png  # noqa: PLC0415
    from render.frame.development import develop_frame  # noqa: PLC0415

    check_output(output, (".png",))
    exposure = {"exposure_s": exposure_s, "iso": iso, "f_number": f_number}
    given = {key: _number(key, text) for key, text in exposure.items() if text}
    kelvin = _number("white_balance_k", white_balance) if white_balance else None
    loaded, scene, header = read_frame(frame, given, kelvin)
    write_png(output, develop_frame(loaded, scene), scene.develop.bits, header)
    say(f"{output}: {loaded.camera.columns}x{loaded.camera.rows}")


def of_quality(scene: Scene, quality: str) -> Scene:
    """Return the scene, of another quality where one is given. Raises InputError for one that there is not."""
    from render.observer.camera import CameraSettings  # noqa: PLC0415

    allowed = get_args(CameraSettings.model_fields["quality"].annotation)
    if quality and quality not in allowed:
        raise InputError(f"--quality {shown(quality)}: {did_you_mean(quality, allowed)}allowed: {', '.join(allowed)}")
    camera = scene.camera.model_copy(update={"quality": quality or scene.camera.quality})
    return scene.model_copy(update={"camera": camera})


def _number(key: str, text: str) -> float:
    """Read an option's number within the range of the scene key that it stands for. Raises InputError."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    from render.imaging.settings import DevelopSettings  # noqa: PLC0415
    from render.observer.camera import CameraSettings  # noqa: PLC0415
    from render.scene_errors import declared_range  # noqa: PLC0415

    record = DevelopSettings if key in DevelopSettings.model_fields else CameraSettings
    field = record.model_fields[key]
    option = "--" + ("white-balance" if key == "white_balance_k" else key.replace("_", "-"))
    try:
        value = float(text)
        return float(TypeAdapter(Annotated[float, *field.metadata]).validate_python(value))
    except (ValueError, ValidationError):
        raise InputError(f"{option} {shown(text)}: allowed: a number, {declared_range(field)}") from None


def read_frame(path: Path, exposure: dict[str, float], kelvin: float | None) -> tuple[Frame, Scene, dict[str, str]]:
    """Return (frame, scene, header) of an EXR file, with another exposure or white balance where given."""
    from render.core.epoch import Epoch  # noqa: PLC0415
    from render.device import Device  # noqa: PLC0415
    from render.formats.exr import read_exr  # noqa: PLC0415
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.frame.result import Frame  # noqa: PLC0415
    from render.scene import scene_from_text  # noqa: PLC0415

    lines, sky, header = read_exr(path)
    if SCENE_KEY not in header or TIME_KEY not in header:
        raise InputError(f"cannot develop {path}: its header has no {SCENE_KEY} and {TIME_KEY}")
    scene = scene_from_text(header[SCENE_KEY], path.stem, file=f"{path}: its scene", files=False)
    if kelvin is not None:
        scene = scene.model_copy(update={"develop": scene.develop.model_copy(update={"white_balance_k": kelvin})})
        header["white_balance_k"] = f"{kelvin:g}"
    epoch = Epoch.parse(header[TIME_KEY])
    _, rows, columns = sky.radiance.shape
    # Where the camera looked does not matter any more; its photosites and exposure at that instant do.
    moment = moment_of(scene, epoch, (columns, rows))
    moment = dataclasses.replace(moment, camera=dataclasses.replace(moment.camera, **exposure))  # type: ignore[arg-type]
    header.update({key: f"{value:g}" for key, value in exposure.items()})
    device = Device("file", "single", header.get("device", "file"))
    return Frame(lines, sky, moment, device), scene, dict(sorted(header.items()))
