"""Commands that make pictures: render and develop."""

from __future__ import annotations

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
    check_instants,
    check_memory,
    check_output,
    choice_option,
    duration,
    number_option,
    option_of,
    output_path,
    parse_size,
    parse_time,
    refuse_contradictions,
    report,
    start_device,
    warn_of_air,
    warn_of_idle_keys,
    warn_of_user_map,
)
from render.commands.progress import progress_bar
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.scene import Scene


def render(
    scene: SceneArgument,
    output: Annotated[
        list[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=output_path,
            help=".png, .jpg, .avif, .exr or .nc; may be given several times. Default: SCENE.png here.",
        ),
    ] = [],  # noqa: B006 - typer reads it, nobody writes to it
    at: AtOption = "",
    size: SizeOption = "",
    quality: QualityOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Render a scene to a picture (.png, .jpg, .avif), its radiances (.exr), or NetCDF (.nc).

    The .exr shows a picture in any viewer; behind it are a float channel per emission line in rayleighs and per band in
    W m-2 sr-1 nm-1, of which `polarlight develop` makes pictures. The .nc holds the same for science, and where each
    pixel looks (extra `netcdf`). [develop] of the scene has gamut, bits and hdr.

    Examples:

      polarlight render angels_singing

      polarlight render angels_singing --size 640x360 --at 2015-01-28T09:48:00Z -o dawn.png -o dawn.exr
    """
    from render.formats.taken import header_of, require_formats, write_taken  # noqa: PLC0415
    from render.frame.render import render_frame  # noqa: PLC0415
    from render.frame.result import is_in_bands  # noqa: PLC0415
    from render.questions.memory import expected_memory_bytes  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    width_height, epoch = parse_size(size), parse_time(at)
    loaded = of_quality(load_scene(scene), quality)
    targets = _targets(output, loaded.name)
    columns, rows = width_height or (loaded.camera.columns, loaded.camera.rows)
    require_formats(targets, loaded, (columns, rows))
    in_bands = is_in_bands((columns, rows)) and len(targets) == 1 and targets[0].suffix.lower() == ".png"
    check_memory(expected_memory_bytes(loaded, (columns, rows), in_bands=in_bands))
    check_instants(loaded, epoch or loaded.time.epoch)
    warn_of_idle_keys(loaded)
    warn_of_air(loaded.atmosphere)
    warn_of_user_map(loaded, epoch or loaded.time.epoch)
    start_device(device)
    if in_bands:
        _render_in_bands(loaded, epoch or loaded.time.epoch, (columns, rows), targets[0])
        return
    with progress_bar(loaded.name) as progress:
        frame = render_frame(loaded, epoch, size=width_height, device=device, progress=progress)
    header = header_of(frame, loaded)
    write_taken(targets, frame, loaded, header)
    report(f"{', '.join(map(str, targets))}: {header['size']}, {duration(frame.seconds)}, {frame.device.label}")


def _targets(output: list[Path], name: str) -> list[Path]:
    """Return the files to be written, each once. Raises OutputError."""
    from render.formats.taken import TAKEN_SUFFIXES  # noqa: PLC0415

    targets = list(dict.fromkeys(output)) or [Path(f"{name}.png")]
    for target in targets:
        check_output(target, TAKEN_SUFFIXES)
    return targets


def _render_in_bands(scene: Scene, epoch: Epoch, size: tuple[int, int], target: Path) -> None:
    """Render a picture that is too large to be held, on the device that runs, and write it as its rows come."""
    from render.device import running  # noqa: PLC0415
    from render.formats.metadata import tiff_of  # noqa: PLC0415
    from render.formats.png import write_png_bands  # noqa: PLC0415
    from render.formats.taken import exif_in, header_of  # noqa: PLC0415
    from render.frame.development import developed_bands  # noqa: PLC0415
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.frame.render import PREPARED, metered_first, part_of  # noqa: PLC0415
    from render.frame.stage import prepare  # noqa: PLC0415

    started = time.perf_counter()
    with progress_bar(scene.name) as progress:
        scene, tell = metered_first(scene, running(), progress)
        stage = prepare(scene, moment_of(scene, epoch, size), running(), tell=part_of(tell, 0.0, PREPARED))
        header = header_of(stage, scene)
        bands = developed_bands(stage, part_of(tell, PREPARED, 1.0))
        write_png_bands(target, size, bands, scene.develop.bits, header, tiff_of(exif_in(stage, header)))
    report(f"{target}: {header['size']}, {duration(time.perf_counter() - started)}, {stage.device.label}")


def develop(
    frame: Annotated[Path, typer.Argument(metavar="FRAME.exr", help="Radiances that `render` wrote.")],
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", metavar="FILE", parser=output_path, help=".png, .jpg, .avif, .exr or .nc."),
    ],
    exposure_s: Annotated[str, typer.Option("--exposure-s", metavar="S", help="Exposure time, s.")] = "",
    iso: Annotated[str, typer.Option("--iso", metavar="ISO", help="Sensitivity.")] = "",
    f_number: Annotated[str, typer.Option("--f-number", metavar="N", help="Aperture.")] = "",
    white_balance: Annotated[str, typer.Option("--white-balance", metavar="K", help="Colour temperature, K.")] = "",
    compensation: Annotated[str, typer.Option("--compensation", metavar="EV", help="Brighter, in stops.")] = "",
    tone: Annotated[str, typer.Option("--tone", metavar="NAME", help="camera, pushed, soft, filmic or linear.")] = "",
    noise_reduction: Annotated[str, typer.Option("--noise-reduction", metavar="NAME", help="camera or none.")] = "",
    gamut: Annotated[str, typer.Option("--gamut", metavar="G", help="srgb, display_p3 or rec2020.")] = "",
    bits: Annotated[str, typer.Option("--bits", metavar="8|16", help="Of a PNG.")] = "",
    file_quality: Annotated[str, typer.Option("--file-quality", metavar="1-100", help="Of a JPEG or AVIF.")] = "",
    hdr: Annotated[
        bool | None, typer.Option("--hdr/--no-hdr", help="For bright displays: PQ, or a gain map in .jpg.")
    ] = None,
    false_colour: Annotated[
        str, typer.Option("--false-colour", metavar="LINE", help="A map of one line's kilorayleighs instead.")
    ] = "",
    kilorayleighs: Annotated[str, typer.Option("--range", metavar="LOW-HIGH", help="Of the map, kR.")] = "",
) -> None:
    """Develop a rendered frame's radiances to a picture, without rendering again.

    Without options the picture is the one that `render` writes; options stand for the scene's [develop] and [camera]. A
    map of kilorayleighs takes a scene, too, and has no exposure.

    Examples:

      polarlight develop dawn.exr -o dawn.png

      polarlight develop dawn.exr -o darker.jpg --exposure-s 0.1 --iso 1600 --white-balance 4200 --gamut display_p3

      polarlight develop night.exr -o faint.png --tone pushed --compensation 0.5

      polarlight develop night.exr -o green.png --false-colour 557.7 --range 0-40
    """
    from render.formats.taken import TAKEN_SUFFIXES, read_frame, require_formats, write_taken  # noqa: PLC0415

    exposure = {"exposure_s": exposure_s, "iso": iso, "f_number": f_number}
    numbers = {"white_balance_k": white_balance, "exposure_compensation_ev": compensation, "file_quality": file_quality}
    choices = {"gamut": gamut, "bits": bits, "tone": tone, "noise_reduction": noise_reduction}
    settings: dict[str, object] = {key: number_option(key, text) for key, text in numbers.items() if text}
    settings |= {key: choice_option(key, text) for key, text in choices.items() if text}
    settings |= {} if hdr is None else {"hdr": hdr}
    taken = {key: number_option(key, text) for key, text in exposure.items() if text}
    if false_colour or kilorayleighs:
        _map_of_line(frame, output, false_colour, kilorayleighs, [*taken, *settings])
        return
    for target in output:
        check_output(target, TAKEN_SUFFIXES)
    refuse_contradictions(settings, output, hdr=bool(hdr))
    loaded, scene, header = read_frame(frame, taken, settings)
    refuse_contradictions(settings, output, hdr=scene.develop.hdr)
    size = loaded.camera.columns, loaded.camera.rows
    require_formats(output, scene, size)
    write_taken(output, loaded, scene, header)
    report(f"{', '.join(map(str, output))}: {size[0]}x{size[1]}")


def _map_of_line(frame: Path, output: list[Path], line: str, kilorayleighs: str, others: list[str]) -> None:
    """Draw one line's kilorayleighs, of a frame's file or of a scene, which is rendered. Raises InputError beside the
    options of `others`, keys of pictures."""
    from render.figures.false_colour import parse_range, plane_of, plot_false_colour  # noqa: PLC0415
    from render.figures.figure import require_plot  # noqa: PLC0415
    from render.formats.diagram import DIAGRAM_SUFFIXES  # noqa: PLC0415
    from render.formats.taken import read_frame  # noqa: PLC0415
    from render.frame.render import render_frame  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    if not line:
        raise InputError("--range: for --false-colour LINE only, as in --false-colour 557.7")
    if others:
        raise InputError(f"--{option_of(others[0])}: of pictures, not of a map (--false-colour); leave it out")
    limits = parse_range(kilorayleighs) if kilorayleighs else None
    for target in output:
        check_output(target, DIAGRAM_SUFFIXES)
    require_plot("--false-colour")
    if frame.suffix.lower() == ".exr":
        taken, scene, header = read_frame(frame, {}, {})
        name = header.get("scene", scene.name)
    else:
        scene = load_scene(frame)
        start_device("auto")
        with progress_bar(scene.name) as progress:
            taken = render_frame(scene, progress=progress)
        name = scene.name
    plane = plane_of(taken.lines, line)
    for target in output:
        plot_false_colour(target, plane, line, limits, f"{name}, {taken.epoch.isoformat()}")
    report(f"{', '.join(map(str, output))}: {line}, up to {plane.max():.3g} kR")


def of_quality(scene: Scene, quality: str) -> Scene:
    """Return the scene, of another quality where one is given. Raises InputError for one that there is not."""
    from render.observer.camera import CameraSettings  # noqa: PLC0415

    allowed = get_args(CameraSettings.model_fields["quality"].annotation)
    if quality and quality not in allowed:
        raise InputError(f"--quality {shown(quality)}: {did_you_mean(quality, allowed)}allowed: {', '.join(allowed)}")
    camera = scene.camera.model_copy(update={"quality": quality or scene.camera.quality})
    return scene.model_copy(update={"camera": camera})
