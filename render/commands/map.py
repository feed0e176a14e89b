"""The command `map`: the aurora from straight above, as a picture, as arrays, or as a film."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from render.commands.console import (
    AtOption,
    DeviceOption,
    SceneArgument,
    check_film_output,
    check_instants,
    check_memory,
    check_output,
    duration,
    output_path,
    parse_numbers,
    parse_size,
    parse_time,
    report,
    say_film,
    start_device,
    warn,
)
from render.commands.progress import film_bar, progress_bar
from render.core.errors import InputError, OutputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.maps.plan import PicturePlan
    from render.scene import Scene

SUFFIXES = (".png", ".pdf", ".svg", ".npz")
DEFAULT_LINES = "557.7"
MOST_LINES = 6
WIDTH_KM = (10.0, 5000.0)  # of a map, and of its height
DEFAULT_WIDTH_KM = 1500.0
MAX_KR = (0.001, 10_000.0)
FAINT_KR = 0.05  # kR: a map whose brightest place is fainter is as good as black

FramesOption = Annotated[
    str | None, typer.Option("--frames", metavar="A-B[:STEP]|N", help="Of the film, from 0, both included.")
]


def map(  # the command's name
    scene: SceneArgument,
    output: Annotated[
        list[Path],
        typer.Option(
            "--output", "-o", metavar="FILE", parser=output_path,
            help=".png, .pdf, .svg or .npz, several times if wanted; with --film: FILE.mp4 or FOLDER.",
        ),
    ],
    at: AtOption = "",
    lines: Annotated[
        str, typer.Option("--lines", metavar="LIST", help="557.7 (or 5577), 630.0, 427.8, N2_1PG ...; a map for each.")
    ] = DEFAULT_LINES,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Width x height of the picture, pixels.")] = "",
    width_km: Annotated[str, typer.Option("--width-km", metavar="KM", help="Width of the area; 1500.")] = "",
    centre: Annotated[
        str, typer.Option("--centre", metavar="LAT,LON", help="Degrees; by default amid the aurora in view.")
    ] = "",
    max_kr: Annotated[
        str, typer.Option("--max-kr", metavar="LIST", help="Where the scale ends, kR, for all lines or for each.")
    ] = "",
    plain: Annotated[bool, typer.Option("--plain", help="The map alone, without letters: one line, .png.")] = False,
    film: Annotated[bool, typer.Option("--film", help="The scene's film, seen from above.")] = False,
    frames: FramesOption = None,
    device: DeviceOption = "auto",
) -> None:  # fmt: skip
    """Map the aurora from straight above: the brightness of its columns, in kilorayleighs, on the Earth below.

    Each place at 110 km shows all the light along its field line; slow lines (630.0) glow on from the minutes before.
    North is up at the centre. The brightness scale is a square root, from black to white. .pdf and .svg have a white
    page; .npz holds kilorayleighs and coordinates of every pixel (numpy.load). A film keeps its frames in FILE_frames
    and one scale throughout; stop it at any time, the same command goes on.

    Examples:

      polarlight map angels_singing -o map.png

      polarlight map quiet_arc --lines 5577,6300,4278 --width-km 800 -o arc.pdf -o arc.npz

      polarlight map breakup --film --size 1920x1080 -o breakup_from_above.mp4
    """
    from render.scene import load_scene  # noqa: PLC0415

    keys, width_height, epoch = parse_lines(lines), parse_size(size), parse_time(at)
    width, ends, place = _width(width_km), _ceilings(max_kr, len(keys)), _centre(centre)
    targets = list(dict.fromkeys(output))
    loaded = load_scene(scene)
    if film:
        _check_film(targets, plain, at)
    else:
        _check_still(targets, plain, frames)
    alone = plain or all(path.suffix.lower() == ".npz" for path in targets)
    plan = _plan(keys, width, width_height, alone, ends)
    if plain and len(keys) > 1:
        raise InputError(f"--plain shows one line; {len(keys)} were requested with --lines")
    _check_scene(loaded, plan)
    if film:
        _film(loaded, targets[0], plan, place, frames, device)
    else:
        _still(loaded, epoch or loaded.time.epoch, plan, place, targets, device)


def parse_lines(text: str) -> tuple[str, ...]:
    """Read names of lines parted by commas, `5577` for `557.7` too, in any case. Raises InputError."""
    from render.integrator.above.columns import KEYS_FROM_ABOVE  # noqa: PLC0415

    known = {key.lower(): key for key in KEYS_FROM_ABOVE} | {
        key.replace(".", ""): key for key in KEYS_FROM_ABOVE if key[0].isdigit()
    }
    keys = []
    for part in text.split(","):
        name = part.strip().lower()
        if name not in known:
            hint = did_you_mean(name, known)
            raise InputError(
                f"--lines {shown(text)}: no line {shown(part)}; {hint}allowed: {', '.join(KEYS_FROM_ABOVE)}"
            )
        keys.append(known[name])
    keys = list(dict.fromkeys(keys))
    if len(keys) > MOST_LINES:
        raise InputError(f"--lines {shown(text)}: {len(keys)} lines; at most {MOST_LINES} go on one picture")
    return tuple(keys)


def _width(text: str) -> float:
    return parse_numbers("--width-km", text, "KM", (WIDTH_KM,), 1)[0] if text else DEFAULT_WIDTH_KM


def _ceilings(text: str, lines: int) -> tuple[float, ...] | None:
    """Read where the scales end; None: as the light asks for. Raises InputError."""
    if not text:
        return None
    values = parse_numbers("--max-kr", text, "KR", (MAX_KR,) * lines, 1)
    if len(values) not in (1, lines):
        raise InputError(f"--max-kr {shown(text)}: {len(values)} numbers for {lines} lines; allowed: one, or {lines}")
    return tuple(values if len(values) == lines else values * lines)


def _centre(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    latitude, longitude = parse_numbers("--centre", text, "LAT,LON", ((-90.0, 90.0), (-360.0, 360.0)), 2)
    return latitude, (longitude + 180.0) % 360.0 - 180.0


def _check_film(output: list[Path], plain: bool, at: str) -> None:
    """Make sure that a film can be made as requested. Raises InputError, OutputError."""
    from render.figures.figure import require_plot  # noqa: PLC0415

    if at:
        raise InputError("--at and --film: a film's frames have the instants of the scene's [film]; leave one out")
    if len(output) > 1:
        raise OutputError(f"--film goes to one FILE.mp4 or FOLDER; {len(output)} were given")
    if output[0].suffix.lower() in SUFFIXES:
        raise OutputError(f"{output[0]}: a film goes to FILE.mp4 or to a folder of frames; leave --film out for a map")
    check_film_output(output[0])
    if not plain:
        require_plot("--film:")


def _check_still(output: list[Path], plain: bool, frames: str | None) -> None:
    """Make sure that files can be written as requested. Raises InputError, OutputError."""
    from render.figures.figure import require_plot  # noqa: PLC0415

    if frames is not None:
        raise InputError("--frames counts the frames of a film; give --film too")
    for path in output:
        if path.suffix.lower() == ".mp4":
            raise OutputError(f"{path}: a video is made with --film")
        check_output(path, (".png", ".npz") if plain else SUFFIXES)
        if not plain and path.suffix.lower() != ".npz":
            require_plot(f"{path}:")


def _plan(
    keys: tuple[str, ...], width_km: float, size: tuple[int, int] | None, alone: bool, ends: tuple[float, ...] | None
) -> PicturePlan:
    """Return the plan, about no place yet. Raises InputError for a size without room, or too high for its width."""
    from render.maps.layout import DEFAULT_PANEL, default_size  # noqa: PLC0415
    from render.maps.plan import PicturePlan  # noqa: PLC0415

    default = (DEFAULT_PANEL, DEFAULT_PANEL) if alone else default_size(len(keys))
    plan = PicturePlan(keys, 0.0, 0.0, width_km, size or default, alone, ends)
    if size and plan.area.height_km > WIDTH_KM[1]:  # default maps are square, to a pixel
        raise InputError(
            f"--size {size[0]}x{size[1]}: a map {width_km:g} km wide is {plan.area.height_km:.0f} km high; "
            f"{WIDTH_KM[1]:g} km at most"
        )
    return plan


def _check_scene(scene: Scene, plan: PicturePlan) -> None:
    """Make sure that there is an aurora, and memory for its map. Raises InputError."""
    from render.maps.from_above import check_aurora, expected_memory_bytes  # noqa: PLC0415

    check_aurora(scene)
    check_memory(expected_memory_bytes(plan.size[0] * plan.size[1], len(plan.keys)))


def _check_instants(scene: Scene, *epochs: Epoch) -> None:
    """Make sure that the scene, and its user map if any, covers the instants; warn of doubts. Raises InputError."""
    check_instants(scene, *epochs)
    if scene.aurora.footprint:
        from render.geophysics.user_map.file import read_user_map  # noqa: PLC0415

        file = read_user_map(scene.aurora.footprint)
        for epoch in epochs:
            file.times.between(scene.time.epoch, epoch.seconds_since(scene.time.epoch))
        for warning in file.warnings:
            warn(f"warning: {warning}")


def _placed(plan: PicturePlan, scene: Scene, epoch: Epoch, place: tuple[float, float] | None) -> PicturePlan:
    """Return the plan about a place, by default amid what the camera sees at the instant."""
    from dataclasses import replace  # noqa: PLC0415

    from render.maps.from_above import middle_of_view  # noqa: PLC0415

    latitude, longitude = place or middle_of_view(scene, epoch)
    return replace(plan, latitude_deg=latitude, longitude_deg=longitude)


def _still(
    scene: Scene, epoch: Epoch, plan: PicturePlan, place: tuple[float, float] | None, output: list[Path], device: str
) -> None:
    """Map an instant and write it. Raises InputError, OutputError, DeviceError."""
    from render import device as devices  # noqa: PLC0415
    from render.maps.film import write  # noqa: PLC0415
    from render.maps.plan import aurora_of_plan  # noqa: PLC0415

    _check_instants(scene, epoch)
    start_device(device)
    begun = perf_counter()
    with progress_bar(scene.name) as tell:
        tell(0.0, "where the camera looks")
        plan = _placed(plan, scene, epoch, place)
        tell(0.2, "the map of the aurora")
        made = aurora_of_plan(scene, epoch, plan, device)
        tell(0.8, "the picture")
        for path in output:
            write(path, scene, made, plan)
    brightest = [float(values.max()) for values in made.kilorayleighs]
    if max(brightest) < FAINT_KR:
        advice = "leave --centre out to find it" if place else "the camera sees none; give --centre LAT,LON"
        warn(
            f"warning: hardly any aurora above {plan.latitude_deg:g},{plan.longitude_deg:g}: the map is as good as "
            f"black; {advice}"
        )
    lit = ", ".join(f"{key} to {value:.3g} kR" for key, value in zip(plan.keys, brightest, strict=True))
    taken = f"{duration(perf_counter() - begun)}, {devices.start(device).label}"
    report(f"{', '.join(str(path) for path in output)}: {plan.size[0]}x{plan.size[1]}, {lit}, {taken}")


def _film(
    scene: Scene, output: Path, plan: PicturePlan, place: tuple[float, float] | None, frames: str | None, device: str
) -> None:
    """Map the frames of a film that are missing. Raises InputError, OutputError, DeviceError, FilmInterruptedError."""
    from render.films.folder import frame_epoch, places  # noqa: PLC0415
    from render.films.plan import parse_frames  # noqa: PLC0415
    from render.maps.film import check_frames_are_of, render_film_from_above, settling_frames  # noqa: PLC0415

    wanted = parse_frames(frames, scene.film.frames)
    check_frames_are_of(scene, places(output)[0], plan)
    _check_instants(scene, *(frame_epoch(scene, index) for index in (wanted[0], wanted[-1])))
    start_device(device)
    settling = settling_frames(scene)
    plan = _placed(plan, scene, frame_epoch(scene, settling[len(settling) // 2]), place)
    with film_bar() as progress:
        made = render_film_from_above(scene, output, plan, frames=wanted, device=device, progress=progress)
    say_film(output, made, "mapped")
