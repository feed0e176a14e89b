"""The command `oval`: where the aurora stands on average and how bright it is, in numbers and in a polar diagram."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.console import check_instants, check_output, parse_numbers, say
from render.commands.terminal.loudness import is_quiet
from render.core.errors import InputError
from render.core.messages import shown

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.scene import Scene

KP_RANGE = (0.0, 9.0)
SOURCES = (
    "flux, energy and edges: Zhang & Paxton 2008; oval and diffuse boundaries: Starkov 1994; equatorward check: "
    "Gussenhoven 1983"
)
DECIMALS = 4  # of degrees, mW m-2 and keV in JSON


def oval(
    kp: Annotated[str, typer.Option("--kp", metavar="KP", help="Planetary index, 0 to 9.")] = "",
    scene: Annotated[str, typer.Option("--scene", metavar="SCENE", help="Kp of this scene's drive instead.")] = "",
    time: Annotated[
        str, typer.Option("--time", metavar="ISO-TIME", help="UTC; by default the scene's. A diagram needs one.")
    ] = "",
    south: Annotated[
        bool | None, typer.Option("--south/--north", help="Hemisphere; by default the scene's observer's, or north.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plot: Annotated[str, typer.Option("--plot", metavar="FILE", help="A polar diagram: .png, .pdf or .svg.")] = "",
) -> None:
    """Tell the statistical auroral oval by magnetic local time: edges, brightest latitude, energy flux, mean energy.

    The edges are those of half the maximum flux at that local time. Latitudes are magnetic (modified apex, 110 km),
    negative in the south. It is the mean of many nights: the aurora of one night is narrower and brighter.

    Examples:

      polarlight oval --kp 5

      polarlight oval --kp 7 --south --json

      polarlight oval --kp 6 --time 2015-03-17T22:00:00Z --plot oval.pdf

      polarlight oval --scene angels_singing --plot oval.png
    """
    request = _read(kp, scene, time, south)
    if plot:
        _check_plot(plot, request)
    found = oval_table(request.kp, request.hemisphere)
    if plot:
        _plot(plot, request)
    if as_json:
        say(json.dumps({**_facts(request), **found}))
        return
    for text in _lines(request, found, plot):
        say(text)


@dataclass(frozen=True)
class _Request:
    """The request that the options make; `hemisphere` +1 or -1."""

    kp: float
    hemisphere: int
    epoch: Epoch | None
    scene: Scene | None


def _read(kp: str, scene: str, time: str, south: bool | None) -> _Request:
    """Return the request. Raises InputError, SceneError."""
    if bool(kp) == bool(scene):
        given = "both were given" if kp else "neither was given"
        raise InputError(f"give one of --kp and --scene; {given}, e.g. polarlight oval --kp 5")
    epoch = parse_epoch(time)
    if kp:
        return _Request(parse_kp(kp), -1 if south else 1, epoch, None)
    from render.scene import load_scene  # noqa: PLC0415

    loaded = load_scene(scene)
    epoch = epoch or loaded.time.epoch
    _check_year(epoch)
    value = _kp_of(loaded, epoch)
    check_instants(loaded, epoch)
    hemisphere = hemisphere_of(loaded, epoch) if south is None else -1 if south else 1
    return _Request(value, hemisphere, epoch, loaded)


def parse_kp(text: str) -> float:
    """Read `--kp`. Raises InputError."""
    from render.geophysics.drive.rows import kp_in_thirds  # noqa: PLC0415

    hint = kp_in_thirds(text)
    if hint:
        raise InputError(f"--kp {shown(text)}: not a number{hint}")
    return abs(parse_numbers("--kp", text, "KP", (KP_RANGE,), 1)[0])  # -0 is 0


def parse_epoch(time: str) -> Epoch | None:
    """Read `--time`; None where it was not given. Raises InputError, outside the years of IGRF too."""
    from render.core.epoch import Epoch  # noqa: PLC0415

    if not time:
        return None
    try:
        epoch = Epoch.parse(time)
    except InputError as error:
        raise InputError(f"--time: {error}") from None
    _check_year(epoch)
    return epoch


def _check_year(epoch: Epoch) -> None:
    """Raise InputError for an instant without a magnetic field."""
    from render.geophysics.field.geomagnetic import gauss_coefficients_nt  # noqa: PLC0415

    gauss_coefficients_nt(epoch.decimal_year)


def _kp_of(scene: Scene, epoch: Epoch) -> float:
    """Return Kp of the scene's drive at the instant. Raises InputError where a drive's file does not cover it."""
    return scene.drive.state(epoch.seconds_since(scene.time.epoch), scene.time.epoch).kp


def hemisphere_of(scene: Scene, epoch: Epoch) -> int:
    """Return -1 where the scene's observer is south of the magnetic equator, else +1. Raises InputError."""
    from render.frame.moment import position_at  # noqa: PLC0415
    from render.geophysics.field.geomagnetic import apex_coordinates_of  # noqa: PLC0415

    latitude, _ = apex_coordinates_of(position_at(scene, epoch), epoch.decimal_year)
    return -1 if latitude < 0.0 else 1


def oval_table(kp: float, hemisphere: int) -> dict[str, list[float]]:
    """Return the oval's arrays by hour of magnetic local time, 0 to 23; latitudes with the hemisphere's sign."""
    import numpy as np  # noqa: PLC0415

    from render.geophysics.forms.oval import (  # noqa: PLC0415
        gussenhoven_equatorward_edge,
        oval_hours,
        starkov_boundaries,
    )

    mlt = np.arange(24.0)
    hours, starkov = oval_hours(mlt, kp), starkov_boundaries(mlt, kp)
    arrays = {
        "mlt": mlt,
        "equatorward_deg": hemisphere * hours.equatorward_deg,
        "poleward_deg": hemisphere * hours.poleward_deg,
        "peak_mW_m2": hours.peak_mw_m2,
        "peak_deg": hemisphere * hours.peak_deg,
        "mean_energy_keV": hours.mean_energy_kev,
        "starkov_equatorward_deg": hemisphere * starkov.equatorward_deg,
        "starkov_poleward_deg": hemisphere * starkov.poleward_deg,
        "starkov_diffuse_deg": hemisphere * starkov.diffuse_equatorward_deg,
        "gussenhoven_equatorward_deg": hemisphere * gussenhoven_equatorward_edge(mlt, kp),
    }
    return {name: np.round(values, DECIMALS).tolist() for name, values in arrays.items()}


def _facts(request: _Request) -> dict[str, Any]:
    """Return what was requested, and the power."""
    from render.geophysics.forms.oval import hemispheric_power_gw  # noqa: PLC0415

    return {
        "kp": round(request.kp, DECIMALS),
        "hemisphere": _pole(request),
        "time_utc": request.epoch.isoformat() if request.epoch else None,
        "scene": request.scene.name if request.scene else None,
        "hemispheric_power_GW": round(float(hemispheric_power_gw(request.kp)), 3),
        "source": SOURCES,
    }


def _pole(request: _Request) -> str:
    return "south" if request.hemisphere < 0 else "north"


def _lines(request: _Request, found: dict[str, list[float]], plot: str) -> list[str]:
    """Return the answer for people."""
    heads = ("MLT", "equator", "peak", "pole", "mW m-2", "keV", "equator", "pole", "diffuse", "Gussenh.")
    keys = (
        "mlt", "equatorward_deg", "peak_deg", "poleward_deg", "peak_mW_m2", "mean_energy_keV",
        "starkov_equatorward_deg", "starkov_poleward_deg", "starkov_diffuse_deg", "gussenhoven_equatorward_deg",
    )  # fmt: skip
    facts = _facts(request)
    scene = f", scene {request.scene.name}" if request.scene else ""
    when = f", {facts['time_utc']}" if facts["time_utc"] else ""
    rows = [
        f"{int(row[0]):>3}"
        + "".join(f"{value:>{len(head) + 2}.1f}" for value, head in zip(row[1:], heads[1:], strict=True))
        for row in zip(*(found[key] for key in keys), strict=True)
    ]
    return [
        f"oval        {facts['hemisphere']}, Kp {request.kp:.3g}{scene}{when}; hemispheric power "
        f"{facts['hemispheric_power_GW']:.0f} GW",
        f"source      {SOURCES}",
        "edges       of half the maximum flux at that magnetic local time; magnetic latitudes, deg; energy at the peak",
        "",
        f"{'':3}{'half maximum and peak':>23}{'':15}{'Starkov':>22}",
        f"{heads[0]:>3}" + "".join(f"{head:>{len(head) + 2}}" for head in heads[1:]),
        *rows,
        *(["", f"wrote       {plot}"] if plot and not is_quiet() else []),
    ]


def _check_plot(plot: str, request: _Request) -> None:
    """Make sure, before anything long, that the diagram can be drawn. Raises InputError, OutputError."""
    from render.figures.figure import require_plot  # noqa: PLC0415
    from render.formats.diagram import DIAGRAM_SUFFIXES  # noqa: PLC0415

    if request.epoch is None:
        raise InputError("--plot needs an instant, on which the oval's place on Earth depends; give --time or --scene")
    check_output(Path(plot), DIAGRAM_SUFFIXES)
    require_plot("--plot")


def _plot(plot: str, request: _Request) -> None:
    """Draw the diagram. Raises InputError, OutputError."""
    from render.figures.oval import plot_oval  # noqa: PLC0415
    from render.figures.polar_diagram import PolarDiagram  # noqa: PLC0415
    from render.frame.view import view_of  # noqa: PLC0415

    if request.epoch is None:
        return
    view = view_of(request.scene, request.epoch) if request.scene else None
    shift_h = request.scene.aurora.local_time_shift_h if request.scene else 0.0
    plot_oval(plot, PolarDiagram.at(request.epoch, request.hemisphere), request.kp, shift_h, view)
