"""The command `compare`: a photograph of known pose beside its scene, in a sheet and in numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    parse_size,
    parse_time,
    say,
    start_device,
    warn_of_air,
    warn_of_user_map,
)
from render.commands.pictures import of_quality
from render.commands.progress import progress_bar
from render.core.errors import InputError

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.instruments.photograph import Picture
    from render.scene import Scene

WIDEST_PX = 1280  # of the picture that is rendered where --size does not say: minutes, not hours
POSES = ("wcs", "look_at", "azimuth_deg", "elevation_deg", "keys", "quaternion")
"""Keys of [camera] any of which says where a photograph looked."""


def compare(
    scene: SceneArgument,
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="The photograph: JPEG, PNG or TIFF.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="SHEET.png", help="A sheet of both.")] = "",
    render: Annotated[
        str, typer.Option("--render", metavar="FILE.png", help="A render made before, in place of a new one.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print all numbers as JSON.")] = False,
    at: AtOption = "",
    size: SizeOption = "",
    quality: QualityOption = "",
    device: DeviceOption = "auto",
) -> None:
    """Compare a photograph with the render of a scene that has its pose.

    Printed: where limb, airglow's line, stars and cities should be and where the photograph has them, in pixels of the
    scene's grid, and how bright sky, aurora, ground, stars and streaks are in both. The sheet shows photograph, render
    and difference. Both are compared at the photograph's size, 1280 pixels wide at most, or --size; the render with the
    losses of the photograph's JPEG file, where sizes are one.

    Examples:

      polarlight compare iss030_e_102170 ISS030-E-102170.jpg -o sheet.png

      polarlight compare my_scene.toml my_photo.jpg --size 1064x708 --json
    """
    from render.formats.png import write_png  # noqa: PLC0415
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.instruments.comparison import compare as compared  # noqa: PLC0415
    from render.instruments.photograph import read_photograph  # noqa: PLC0415
    from render.instruments.prediction import predict  # noqa: PLC0415
    from render.instruments.sheet import comparison_sheet, summary  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    width_height, instant = parse_size(size), parse_time(at)
    loaded = of_quality(load_scene(scene), quality)
    check_pose(loaded, scene)
    if output:
        check_output(Path(output), (".png",))
    grid = grid_of(loaded)
    photograph = read_photograph(photo, grid)
    epoch = instant or loaded.time.epoch
    picture_size = width_height or _picture_size(photograph.size)
    check_shape(picture_size, grid)
    check_instants(loaded, epoch)
    drawn = read_photograph(render, grid) if render else _rendered(loaded, epoch, picture_size, device)
    moment = moment_of(loaded, epoch, picture_size)
    predicted = predict(loaded, moment, grid[0])
    photograph, drawn = photograph.resized(picture_size), drawn.resized(picture_size)
    found = {"scene": loaded.name, "photograph_file": str(photo), "time_utc": epoch.isoformat()}
    found |= compared(loaded, moment, photograph, drawn.saved_like(photograph), predicted)
    if output:
        sheet = comparison_sheet(photograph, drawn, predicted, found, f"{photo.name}, scene {loaded.name}")
        write_png(output, sheet, metadata={"comparison": json.dumps(found)})
    if as_json:
        say(json.dumps(found, indent=2))
        return
    for line in summary(found):
        say(line)
    _say_places(found)


def check_pose(scene: Scene, name: str) -> None:
    """Make sure that the scene says where its camera looked, and that it makes a picture. Raises InputError."""
    from render.imaging.capture.filters import require_picture  # noqa: PLC0415

    require_picture(scene.camera.response)
    if not set(POSES) & scene.camera.model_fields_set:
        raise InputError(
            f"{name}: no pose: [camera] does not say where the photograph looked; give wcs = FILE.json, solved from "
            "its stars, or azimuth_deg and elevation_deg"
        )


def grid_of(scene: Scene) -> tuple[int, int]:
    """Return the (columns, rows) in whose pixels places are told: a solved photograph's own, or the scene's."""
    if scene.camera.wcs is not None:
        from render.observer.wcs import read_wcs  # noqa: PLC0415

        solved = read_wcs(scene.camera.wcs, scene.camera.wcs_rows)
        return solved.columns, solved.rows
    return scene.camera.columns, scene.camera.rows


def check_shape(size: tuple[int, int], grid: tuple[int, int]) -> None:
    """Make sure that a size has the shape of the grid, so that both pictures show the same. Raises InputError."""
    wanted = size[0] * grid[1] / grid[0]
    if abs(size[1] - wanted) > max(1.0, 0.005 * wanted):
        raise InputError(f"--size {size[0]}x{size[1]}: the scene's picture is {size[0]}x{round(wanted)} at that width")


def _picture_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the photograph's size, divided by a whole number until it is no wider than WIDEST_PX."""
    factor = -(-size[0] // WIDEST_PX)
    return max(1, round(size[0] / factor)), max(1, round(size[1] / factor))


def _rendered(scene: Scene, epoch: Epoch, size: tuple[int, int], device: str) -> Picture:
    """Return the scene rendered and developed."""
    import numpy as np  # noqa: PLC0415

    from render.frame.development import develop_frame  # noqa: PLC0415
    from render.frame.render import render_frame  # noqa: PLC0415
    from render.instruments.photograph import Picture  # noqa: PLC0415
    from render.questions.memory import expected_memory_bytes  # noqa: PLC0415

    plain = scene.develop.model_copy(update={"gamut": "srgb", "hdr": False})  # as photographs are read
    scene = scene.model_copy(update={"develop": plain})
    check_memory(expected_memory_bytes(scene, size))
    warn_of_air(scene.atmosphere)
    warn_of_user_map(scene, epoch)
    start_device(device)
    with progress_bar(scene.name) as progress:
        frame = render_frame(scene, epoch, size=size, device=device, progress=progress)
    return Picture(np.asarray(develop_frame(frame, scene).pixels, np.float32))


def _say_places(found: dict) -> None:
    """Print named stars and cities: where they should be, and how far off the photograph has them."""
    say()
    for kind in ("stars", "cities"):
        for entry in found[kind]:
            if not entry["name"]:
                continue
            seen = entry.get("photograph")
            off = f"{seen['dx']:+8.2f} {seen['dy']:+8.2f}" if seen else "       -        -"
            what = f"V {entry['v']:.2f}" if kind == "stars" else f"{entry['population']} people"
            say(f"{entry['name']:<24} {entry['x']:9.2f} {entry['y']:9.2f} {off}   {what}")
