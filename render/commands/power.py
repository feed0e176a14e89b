"""The command `power`: what the drawn aurora carries over a whole hemisphere, against the statistical oval."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.console import (
    DeviceOption,
    check_instants,
    check_output,
    duration,
    parse_numbers,
    say,
    start_device,
)
from render.commands.oval import hemisphere_of, parse_kp
from render.commands.progress import progress_bar
from render.commands.terminal.loudness import is_quiet
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.geophysics.drive.settings import DriveSettings
    from render.geophysics.forms.aurora_settings import AuroraSettings
    from render.integrator.above.power import DrawnPower, PowerSummary

HEMISPHERES = {"north": 1, "south": -1}
SEEDS, MINUTES = (1.0, 1000.0), (0.0, 1440.0)
DEFAULT_SEEDS, DEFAULT_MINUTES = 20, 60.0  # of --kp; a scene's own seed alone
EVERY_MIN = 10.0  # minutes between instants: the power's shortest period is 13 min
DEFAULT_TIME = "2015-03-17T06:00:00Z"  # when the field over the ground is taken, where no scene says so
DECIMALS = 3  # of GW, keV and Kp in JSON


def power(
    scene: Annotated[str, typer.Argument(metavar="[SCENE]", help="Name of a scene, or FILE.toml.")] = "",
    kp: Annotated[str, typer.Option("--kp", metavar="KP", help="Planetary index, 0 to 9, in place of a scene.")] = "",
    seeds: Annotated[
        str, typer.Option("--seeds", metavar="N", help="How many auroras; 20, of a scene its own alone.")
    ] = "",
    minutes: Annotated[str, typer.Option("--minutes", metavar="M", help="For so long, every 10 minutes; 60.")] = "",
    hemisphere: Annotated[
        str, typer.Option("--hemisphere", metavar="NAME", help="north or south; the observer's, or north.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plot: Annotated[str, typer.Option("--plot", metavar="FILE", help="By local time: .png, .pdf or .svg.")] = "",
    device: DeviceOption = "auto",
) -> None:
    """Tell the power, GW, of the electrons that are drawn over one hemisphere, and what the statistical oval has.

    The oval's is the formula of Zhang & Paxton (2008) for Kp of each instant, the mean of many nights; instants scatter
    about it, and substorms add their own. Diffuse aurora holds pulsating patches; arcs all else: arc systems, their
    glow, streamers, omega bands.

    Examples:

      polarlight power --kp 5

      polarlight power angels_singing --minutes 0 --json

      polarlight power --kp 7 --seeds 5 --hemisphere south --plot power.png
    """
    request = _read(scene, kp, seeds, minutes, hemisphere)
    if plot:
        _check_plot(plot)
    start_device(device)
    begun = perf_counter()
    with progress_bar("power") as progress:
        found: list[DrawnPower] = []
        drawn = _instants(request)
        while len(found) < request.count:
            progress(len(found) / request.count, f"instant {len(found) + 1} of {request.count}")
            found.append(next(drawn))
    from render.integrator.above.power import PowerSummary  # noqa: PLC0415

    summary = PowerSummary.of(found)
    if plot:
        _plot(plot, request, summary)
    if as_json:
        say(json.dumps({**_facts(request), **_numbers(summary)}))
        return
    for text in _lines(request, summary, plot, perf_counter() - begun):
        say(text)


@dataclass(frozen=True)
class _Request:
    """What is asked for: of which aurora and drive, at `epoch`, in which hemisphere, with which seeds and when, s."""

    name: str
    aurora: AuroraSettings
    drive: DriveSettings
    epoch: Epoch
    hemisphere: int
    seeds: tuple[int, ...]
    times_s: tuple[float, ...]

    @property
    def count(self) -> int:
        """Return how many instants there are."""
        return len(self.seeds) * len(self.times_s)


def _read(scene: str, kp: str, seeds: str, minutes: str, hemisphere: str) -> _Request:
    """Return the request. Raises InputError, SceneError."""
    import numpy as np  # noqa: PLC0415

    from render.core.epoch import Epoch  # noqa: PLC0415
    from render.geophysics.drive.settings import DriveSettings  # noqa: PLC0415
    from render.geophysics.forms.aurora_settings import AuroraSettings  # noqa: PLC0415

    if bool(scene) == bool(kp):
        given = "both were given" if kp else "neither was given"
        raise InputError(f"give a scene or --kp; {given}, e.g. polarlight power --kp 5")
    count = int(parse_numbers("--seeds", seeds, "N", (SEEDS,), 1)[0]) if seeds else 0
    if seeds and float(seeds) != count:
        raise InputError(f"--seeds {shown(seeds)}: not a whole number")
    length = parse_numbers("--minutes", minutes, "M", (MINUTES,), 1)[0] if minutes else DEFAULT_MINUTES
    times = tuple(60.0 * float(t) for t in np.arange(0.0, length + 1e-9, EVERY_MIN))
    sign = _hemisphere(hemisphere)
    if kp:
        drive = DriveSettings(kp=parse_kp(kp))
        first, epoch = AuroraSettings(), Epoch.parse(DEFAULT_TIME)
        numbers = tuple(range(first.seed, first.seed + (count or DEFAULT_SEEDS)))
        return _Request(f"Kp {drive.kp:g}", first, drive, epoch, sign or 1, numbers, times)
    from render.scene import load_scene  # noqa: PLC0415

    loaded = load_scene(scene)
    if not loaded.aurora.enabled or loaded.aurora.footprint is not None:
        why = "has no aurora" if not loaded.aurora.enabled else "draws a user's map, not the oval"
        raise InputError(f"{loaded.name}: the scene {why}; power needs curtains")
    numbers = tuple(range(loaded.aurora.seed, loaded.aurora.seed + (count or 1)))
    epoch = loaded.time.epoch
    check_instants(loaded, epoch, epoch.plus_seconds(times[-1]))
    sign = sign or hemisphere_of(loaded, epoch)
    return _Request(f"scene {loaded.name}", loaded.aurora, loaded.drive, epoch, sign, numbers, times)


def _hemisphere(name: str) -> int:
    """Read `--hemisphere`, 0 where it was not given. Raises InputError."""
    if name and name not in HEMISPHERES:
        hint = did_you_mean(name, HEMISPHERES)
        raise InputError(f"--hemisphere {shown(name)} is unknown; {hint}allowed: {', '.join(HEMISPHERES)}")
    return HEMISPHERES.get(name, 0)


def _instants(request: _Request) -> Iterator[DrawnPower]:
    """Yield the power of every seed at every instant. Raises InputError where a drive's file does not cover one."""
    from render.geophysics.forms.drive_series import drive_function  # noqa: PLC0415
    from render.integrator.above.power import drawn_power  # noqa: PLC0415

    drive = drive_function(request.drive, request.epoch)
    for seed in request.seeds:
        settings = request.aurora.model_copy(update={"seed": seed})
        yield from drawn_power(settings, drive, request.hemisphere, request.epoch, request.times_s)


def _drive(request: _Request) -> tuple[float, str]:
    """Return Kp, the mean of the instants, and the drive's origins in words as files have them, with Kp's later hours.

    Raises InputError where a drive's file does not cover an instant.
    """
    import numpy as np  # noqa: PLC0415

    from render.geophysics.drive.origins import drive_origins, kp_intervals, later_kp_words  # noqa: PLC0415

    drive, epoch, times = request.drive, request.epoch, request.times_s
    origins = drive_origins(drive, times[0], epoch)
    later = later_kp_words(kp_intervals(drive, times[0], times[-1], epoch))
    kp = float(np.mean([drive.state(time_s, epoch).kp for time_s in times]))
    return kp, f"{origins.kp_words}{later}; {origins.flux_words}"


def _facts(request: _Request) -> dict[str, Any]:
    kp, drive = _drive(request)
    return {
        "of": request.name,
        "hemisphere": "north" if request.hemisphere > 0 else "south",
        "time_utc": request.epoch.isoformat(),
        "seeds": len(request.seeds),
        "minutes": request.times_s[-1] / 60.0,
        "kp": round(kp, DECIMALS),
        "drive": drive,
    }


def _numbers(summary: PowerSummary) -> dict[str, Any]:
    """Return the JSON's figures: GW, keV, and by hour of magnetic local time, from midnight on."""

    def rounded(value: float) -> float:
        return round(float(value), DECIMALS)

    return {
        "instants": summary.instants,
        "oval_gw": rounded(summary.oval_gw),
        "drawn_gw": {
            "mean": rounded(summary.drawn_gw),
            "p16": rounded(summary.p16_gw),
            "p84": rounded(summary.p84_gw),
        },
        "diffuse_share": rounded(summary.diffuse_share),
        "arcs_gw": rounded(summary.arcs_gw),
        "mean_energy_kev": rounded(summary.mean_energy_kev),
        "by_hour_gw": {
            "drawn": [rounded(value) for value in summary.total_by_hour_gw],
            "diffuse": [rounded(value) for value in summary.diffuse_by_hour_gw],
            "oval": [rounded(value) for value in summary.statistical_by_hour_gw],
        },
    }


def _lines(request: _Request, summary: PowerSummary, plot: str, seconds: float) -> list[str]:
    """Return the answer for people."""
    from render import device  # noqa: PLC0415
    from render.geophysics.forms.energy_budget import SCATTER  # noqa: PLC0415

    facts = _facts(request)
    several = summary.instants > 1
    instants = f"{summary.instants} instant{'s' if several else ''}"
    drawn = (
        f"{summary.drawn_gw:.1f} GW{' on the mean' if several else ''}, {summary.drawn_gw / summary.oval_gw:.2f} of it"
    )
    spread = f"; 16 to 84 % of instants {summary.p16_gw:.1f} to {summary.p84_gw:.1f} GW" if several else ""
    alone = f"one aurora: instants scatter by a factor of about {exp(SCATTER):.1f} either way; see --seeds"
    return [
        f"power       {request.name}, {facts['hemisphere']}, {facts['time_utc']}, {instants}",
        f"drive       {facts['drive']}",
        f"oval        {summary.oval_gw:.1f} GW by the formula of Zhang & Paxton 2008",
        f"drawn       {drawn}{spread}",
        *([f"            {alone}"] if len(request.seeds) == 1 else []),
        f"diffuse     {100.0 * summary.diffuse_share:.0f} %; arcs and all else {summary.arcs_gw:.1f} GW",
        f"electrons   {summary.mean_energy_kev:.1f} keV on the mean",
        *([f"wrote       {plot}"] if plot and not is_quiet() else []),
        *([] if is_quiet() else [f"took        {duration(seconds)}, {device.start().label}"]),
    ]


def _check_plot(plot: str) -> None:
    """Make sure, before anything long, that the diagram can be drawn. Raises InputError, OutputError."""
    from render.figures.figure import require_plot  # noqa: PLC0415
    from render.formats.diagram import DIAGRAM_SUFFIXES  # noqa: PLC0415

    check_output(Path(plot), DIAGRAM_SUFFIXES)
    require_plot("--plot")


def _plot(plot: str, request: _Request, summary: PowerSummary) -> None:
    """Draw the diagram. Raises InputError, OutputError."""
    from render.figures.power import plot_power  # noqa: PLC0415

    facts = _facts(request)
    title = (
        f"{request.name}, {facts['hemisphere']}: {summary.drawn_gw:.0f} GW drawn, {summary.oval_gw:.0f} by the formula"
    )
    plot_power(plot, summary.total_by_hour_gw, summary.diffuse_by_hour_gw, summary.statistical_by_hour_gw, title)
