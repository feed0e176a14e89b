"""The command `spectrum`: the light of one pixel, wavelength by wavelength."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.console import (
    AtOption,
    DeviceOption,
    SizeOption,
    check_instants,
    check_memory,
    check_output,
    parse_numbers,
    parse_size,
    parse_time,
    report,
    say,
    start_device,
)
from render.commands.progress import progress_bar
from render.core.errors import InputError
from render.core.messages import shown

if TYPE_CHECKING:
    from render.frame.result import Frame
    from render.questions.pixel_spectrum import PixelSpectrum
    from render.scene import Scene

FRAME_SUFFIX = ".exr"
SIGNIFICANT = 6  # digits in JSON


def spectrum(
    scene: Annotated[str, typer.Argument(metavar="SCENE|FRAME.exr", help="A scene, or radiances of `render`.")],
    pixel: Annotated[str, typer.Option("--pixel", metavar="X,Y", help="Counted from 1 at the top left.")],
    at: AtOption = "",
    size: SizeOption = "",
    plot: Annotated[str, typer.Option("--plot", metavar="FILE", help="A diagram: .png, .pdf or .svg.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with the spectrum itself.")] = False,
    device: DeviceOption = "auto",
) -> None:
    """Tell the light of one pixel: each line in rayleighs, and the photon spectrum from 300 to 900 nm.

    The scene is rendered at its size, or --size, to which X,Y belong; a FRAME.exr has been rendered already. Lines are
    exact integrals over bins of 0.5 nm; the continuum is known from 380 to 780 nm.

    Examples:

      polarlight spectrum quiet_arc --pixel 64,36 --size 128x72

      polarlight spectrum dawn.exr --pixel 640,300 --plot pixel.pdf
    """
    from render.questions.pixel_spectrum import pixel_spectrum  # noqa: PLC0415

    if plot:
        from render.figures.figure import require_plot  # noqa: PLC0415
        from render.formats.diagram import DIAGRAM_SUFFIXES  # noqa: PLC0415

        check_output(Path(plot), DIAGRAM_SUFFIXES)
        require_plot("--plot")
    frame, _, name, (x, y) = _frame_and_pixel(scene, pixel, at, size, device)
    found = pixel_spectrum(frame.lines, frame.sky, y - 1, x - 1)
    facts = _facts(frame, name, x, y)
    if plot:
        from render.figures.spectrum import plot_spectrum  # noqa: PLC0415

        plot_spectrum(plot, found, _title(facts))
    if as_json:
        say(json.dumps(_as_json(facts, found)))
        return
    for text in _lines(facts, found):
        say(text)
    if plot:
        report(f"wrote {plot}")


def _frame_and_pixel(
    name: str, pixel: str, at: str, size: str, device: str
) -> tuple[Frame, Scene, str, tuple[int, int]]:
    """Return the frame, read or rendered, its scene and that one's name, and the pixel (x, y). Raises InputError."""
    if name.lower().endswith(FRAME_SUFFIX):
        from render.formats.taken import read_frame  # noqa: PLC0415 - Taichi takes a while to import

        given = [option for option, text in (("--at", at), ("--size", size)) if text]
        if given:
            raise InputError(f"{name} has been rendered already; {' and '.join(given)} would need a scene")
        frame, scene, header = read_frame(Path(name), {}, {})
        return frame, scene, header.get("scene", name), _parse_pixel(pixel, frame.camera.columns, frame.camera.rows)
    from render.frame.render import render_frame  # noqa: PLC0415
    from render.questions.memory import expected_memory_bytes  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    width_height, epoch = parse_size(size), parse_time(at)
    scene = load_scene(name)
    whole = width_height or (scene.camera.columns, scene.camera.rows)
    found = _parse_pixel(pixel, *whole)
    check_memory(expected_memory_bytes(scene, whole))
    check_instants(scene, epoch or scene.time.epoch)
    start_device(device)
    with progress_bar(scene.name) as progress:
        frame = render_frame(scene, epoch, size=width_height, device=device, progress=progress)
    return frame, scene, scene.name, found


def _parse_pixel(text: str, columns: int, rows: int) -> tuple[int, int]:
    """Read X,Y as whole numbers inside the picture. Raises InputError."""
    values = parse_numbers("--pixel", text, "X,Y", ((1.0, columns), (1.0, rows)), 2)
    if not all(value.is_integer() for value in values):
        raise InputError(f"--pixel {shown(text)}: X and Y are whole numbers, 1,1 the pixel at the top left")
    return int(values[0]), int(values[1])


def _facts(frame: Frame, name: str, x: int, y: int) -> dict[str, Any]:
    """Return what was looked at: scene, time, pixel, and the lowest point of its line of sight."""
    from render.core.geodesy import lowest_points  # noqa: PLC0415

    latitude, longitude, altitude = lowest_points(frame.moment.position_km, frame.camera.directions_at(x, y))
    return {
        "scene": name,
        "time_utc": frame.epoch.isoformat(),
        "size_px": [frame.camera.columns, frame.camera.rows],
        "pixel": [x, y],
        "lowest_point": {
            "latitude_deg": round(float(latitude), 3),
            "longitude_deg": round(float(longitude), 3),
            "altitude_km": round(float(altitude), 2),
        },
    }


def _title(facts: dict[str, Any]) -> str:
    width, height = facts["size_px"]
    x, y = facts["pixel"]
    return f"{facts['scene']}, {facts['time_utc']}, pixel {x},{y} of {width}x{height}; {_sight(facts)}"


def _sight(facts: dict[str, Any]) -> str:
    """Return where the pixel looks, in words."""
    point = facts["lowest_point"]
    north = f"{abs(point['latitude_deg']):.2f} {'N' if point['latitude_deg'] >= 0 else 'S'}"
    east = f"{abs(point['longitude_deg']):.2f} {'E' if point['longitude_deg'] >= 0 else 'W'}"
    where = f"at {point['altitude_km']:.1f} km" if point["altitude_km"] > 0.0 else "on the ground"
    return f"lowest point of the sight line {where}, {north} {east}"


def _as_json(facts: dict[str, Any], found: PixelSpectrum) -> dict[str, Any]:
    """Return the answer: lines in R, their sum closed by what lies outside, and R per nm bin by bin."""
    edges = found.edges_nm
    return {
        "input": facts,
        "lines": {key: _rounded(photons) for key, photons in found.brightness.items()},
        "sum_R": {
            "lines": _rounded(sum(found.brightness.values())),
            "inside": _rounded(found.inside_r),
            "below": _rounded(found.below_r),
            "above": _rounded(found.above_r),
            "continuum": _rounded(found.continuum_r),
        },
        "spectrum": {
            "first_edge_nm": float(edges[0]),
            "bin_nm": float(edges[1] - edges[0]),
            "wavelength_nm": [round(float(nm), 3) for nm in found.centres_nm],
            "lines_R_per_nm": [_rounded(value) for value in found.lines_r_nm],
            "continuum_R_per_nm": [_rounded(value) for value in found.continuum_r_nm],
        },
    }


def _rounded(value: float) -> float | None:
    """Return a value to the digits that count; None for NaN, which JSON has not."""
    return None if isnan(value) else float(f"{value:.{SIGNIFICANT}g}")


def _lines(facts: dict[str, Any], found: PixelSpectrum) -> list[str]:
    """Return the answer for people."""
    from render.core.lines import CATALOGUE  # noqa: PLC0415

    width, height = facts["size_px"]
    x, y = facts["pixel"]
    bright = sorted(found.brightness.items(), key=lambda item: -item[1])
    low, high = found.edges_nm[0], found.edges_nm[-1]
    return [
        f"pixel       {x},{y} of {width}x{height}, {facts['scene']}, {facts['time_utc']}",
        f"looks       {_sight(facts)}",
        "",
        f"{'line':<16}{'':<36}{'R':>12}",
        *(f"{key:<16}{CATALOGUE[key].name:<36}{photons:>12.1f}" for key, photons in bright if photons > 0.0),
        "",
        f"{f'lines, {low:g} to {high:g} nm':<52}{found.inside_r:>12.1f}",
        f"{f'lines, below {low:g} nm':<52}{found.below_r:>12.1f}",
        f"{f'lines, above {high:g} nm':<52}{found.above_r:>12.1f}",
        f"{'lines, all':<52}{sum(found.brightness.values()):>12.1f}",
        f"{'continuum, 380 to 780 nm':<52}{found.continuum_r:>12.1f}",
    ]
