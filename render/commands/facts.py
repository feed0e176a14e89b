"""Commands that compute without rendering: check and where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.console import (
    AtOption,
    SceneArgument,
    SizeOption,
    amount,
    check_instants,
    parse_numbers,
    parse_size,
    parse_time,
    say,
    warn,
)
from render.core.errors import InputError

if TYPE_CHECKING:
    from render.core.epoch import Epoch

LATITUDES, LONGITUDES = (-90.0, 90.0), (-360.0, 360.0)  # degrees
ALTITUDES_KM = (-10.0, 100_000.0)
SHELLS_KM = (0.0, 100_000.0)


def check(
    scene: SceneArgument,
    at: AtOption = "",
    size: SizeOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
) -> None:
    """Check a scene file, then say when and where it is, what is in the sky, and what memory a frame will take.

    Examples:

      polarlight check angels_singing

      polarlight check my_scene.toml --at 2015-01-28T09:48:00Z --json
    """
    from render.scene import load_scene  # noqa: PLC0415

    width_height, epoch = parse_size(size), parse_time(at)
    loaded = load_scene(scene)
    facts = scene_facts(loaded, epoch, width_height)
    if as_json:
        say(json.dumps(facts, indent=2))
        return
    for line in _fact_lines(facts):
        say(line)
    for warning in facts["warnings"]:
        warn(f"warning: {warning}")


def scene_facts(scene: Any, epoch: Epoch | None, size: tuple[int, int] | None) -> dict[str, Any]:
    """Return what `check` says, with units in the keys. `size` is (width, height). Raises InputError."""
    from render.core.geodesy import geodetic_from_itrs  # noqa: PLC0415
    from render.frame.moment import position_at  # noqa: PLC0415
    from render.frame.result import is_in_bands  # noqa: PLC0415
    from render.observer import ephemeris  # noqa: PLC0415
    from render.questions.idle_keys import idle_key_warnings  # noqa: PLC0415
    from render.questions.memory import expected_memory_bytes  # noqa: PLC0415
    from render.questions.user_map import user_map_warnings  # noqa: PLC0415

    own = epoch is None
    epoch = epoch or scene.time.epoch
    position = position_at(scene, epoch)
    latitude, longitude, altitude = (float(value) for value in geodetic_from_itrs(position))
    sun, moon = ephemeris.sun(epoch, position), ephemeris.moon(epoch, position)
    angles = {
        name: [round(float(angle), 2) for angle in ephemeris.azimuth_elevation(body.direction_itrs, position)]
        for name, body in (("sun", sun), ("moon", moon))
    }
    width, height = size or (scene.camera.columns, scene.camera.rows)
    return {
        "scene": scene.name,
        "scene_hash": scene.scene_hash,
        "time_utc": epoch.isoformat(),
        "film": {"frames": scene.film.frames, "interval_s": scene.film.interval_s},
        "below": {
            "latitude_deg": round(latitude, 3),
            "longitude_deg": round(longitude, 3),
            "altitude_km": round(altitude, 2),
        },
        "elements": _element_facts(scene),
        "sun": {"azimuth_deg": angles["sun"][0], "elevation_deg": angles["sun"][1]},
        "moon": {
            "azimuth_deg": angles["moon"][0],
            "elevation_deg": angles["moon"][1],
            "illuminated_fraction": round(float(moon.illuminated_fraction), 3),
        },
        "drive": _drive_facts(scene, epoch, own),
        "magnetic": _magnetic_facts(scene, epoch, latitude, longitude),
        "size_px": [width, height],
        "expected_memory_bytes": expected_memory_bytes(scene, (width, height), in_bands=is_in_bands((width, height))),
        "warnings": [
            *(scene.warnings if own else scene.warnings_at(epoch)),
            *idle_key_warnings(scene),
            *user_map_warnings(scene, epoch),
        ],
    }


def _element_facts(scene: Any) -> dict[str, Any] | None:
    """Return which orbit of the shipped table or of a file is taken, and its distance in time; None: none."""
    from render.observer.orbit import orbit_taken  # noqa: PLC0415

    found = orbit_taken(scene.observer, scene.time.epoch)
    if found is None:
        return None
    return {
        "satellite": found.name,
        "epoch_utc": found.epoch.isoformat() if found.epoch else None,
        "gap_days": None if found.gap_days is None else round(found.gap_days, 4),
        "tle": list(found.lines) if found.lines else None,
        "words": found.words,
    }


def _drive_facts(scene: Any, epoch: Epoch, film: bool) -> dict[str, Any]:
    """Return the drive at the instant, where each number is from, and how a measured Kp goes on in the film."""
    from render.geophysics.drive.origins import drive_origins, kp_intervals, later_kp_words  # noqa: PLC0415

    first_s = epoch.seconds_since(scene.time.epoch)
    last_s = (scene.film.frames - 1) * scene.film.interval_s if film else first_s
    origins = drive_origins(scene.drive, first_s, scene.time.epoch)
    intervals = kp_intervals(scene.drive, first_s, last_s, scene.time.epoch)
    return {
        **origins.facts,
        "kp_intervals": [{"from_utc": begins.isoformat(), "kp": round(kp, 3)} for begins, kp in intervals],
        "words": [origins.kp_words + later_kp_words(intervals), origins.flux_words],
    }


def _magnetic_facts(scene: Any, epoch: Epoch, latitude_deg: float, longitude_deg: float) -> dict[str, Any]:
    """Return apex latitude and local time at 110 km below the observer, and the oval's edges at that local time."""
    from render.geophysics.field.geomagnetic import apex_coordinates, magnetic_local_time_h  # noqa: PLC0415
    from render.geophysics.forms.oval import starkov_boundaries  # noqa: PLC0415

    apex_latitude, apex_longitude = apex_coordinates(latitude_deg, longitude_deg, 110.0, epoch.decimal_year)
    hours = float(magnetic_local_time_h(apex_longitude, epoch))
    shifted = (hours + scene.aurora.local_time_shift_h) % 24.0
    kp = scene.drive.state(epoch.seconds_since(scene.time.epoch), scene.time.epoch).kp
    equatorward, poleward, diffuse = (float(edge) for edge in starkov_boundaries(shifted, kp))
    return {
        "latitude_deg": round(float(apex_latitude), 2),
        "local_time_h": round(hours, 2),
        "local_time_shift_h": scene.aurora.local_time_shift_h,
        "kp": round(kp, 2),
        "aurora": scene.aurora.enabled,
        "oval_equatorward_deg": round(equatorward, 1),
        "oval_poleward_deg": round(poleward, 1),
        "diffuse_equatorward_deg": round(diffuse, 1),
    }


def _fact_lines(facts: dict[str, Any]) -> list[str]:
    """Return `check`'s lines for people."""
    below, sun, moon, magnetic = (facts[key] for key in ("below", "sun", "moon", "magnetic"))
    north_south = "N" if below["latitude_deg"] >= 0 else "S"
    east_west = "E" if below["longitude_deg"] >= 0 else "W"
    shift = magnetic["local_time_shift_h"]
    width, height = facts["size_px"]
    film = facts["film"]
    oval = (
        f"Kp {magnetic['kp']:g}: discrete oval {magnetic['oval_equatorward_deg']:.1f} to "
        f"{magnetic['oval_poleward_deg']:.1f} deg, diffuse from {magnetic['diffuse_equatorward_deg']:.1f} deg"
    )
    return [
        f"scene     {facts['scene']}: good",
        f"time      {facts['time_utc']}; film of {film['frames']} frames, one every {film['interval_s']:g} s",
        f"below     {abs(below['latitude_deg']):.2f} {north_south}, {abs(below['longitude_deg']):.2f} {east_west}, "
        f"from {below['altitude_km']:.1f} km",
        *([f"elements  {facts['elements']['words']}"] if facts["elements"] else []),
        f"Sun       azimuth {sun['azimuth_deg']:.1f} deg, elevation {sun['elevation_deg']:.1f} deg",
        f"Moon      azimuth {moon['azimuth_deg']:.1f} deg, elevation {moon['elevation_deg']:.1f} deg, "
        f"{100 * moon['illuminated_fraction']:.0f} % lit",
        f"drive     {facts['drive']['words'][0]}",
        f"          {facts['drive']['words'][1]}",
        f"magnetic  latitude {magnetic['latitude_deg']:.1f} deg, local time {magnetic['local_time_h']:.1f} h"
        + (f" (aurora drawn as at {(magnetic['local_time_h'] + shift) % 24:.1f} h)" if shift else ""),
        f"oval      {oval}" if magnetic["aurora"] else "oval      aurora is switched off",
        f"memory    about {amount(facts['expected_memory_bytes'])} for {width}x{height}, as PNG",
    ]


@dataclass(frozen=True)
class _Sighted:
    """One place, star or shell that `where` was given: a row of its table."""

    kind: str
    label: str
    sighting: Any


def where(
    scene: SceneArgument,
    place: Annotated[list[str], typer.Option("--place", metavar="LAT,LON[,ALT_KM]", help="A place.")] = [],  # noqa: B006
    radec: Annotated[list[str], typer.Option("--radec", metavar="RA,DEC", help="A J2000 direction, deg.")] = [],  # noqa: B006
    shell_km: Annotated[list[str], typer.Option("--shell-km", metavar="H", help="A shell, km; needs --column.")] = [],  # noqa: B006
    column: Annotated[str, typer.Option("--column", metavar="C", help="The column, counted from 1.")] = "",
    at: AtOption = "",
    size: SizeOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say on which pixel places, stars and the edges of shells fall, counted from 1 at the top left.

    Examples:

      polarlight where angels_singing --place 40.71,-74.01 --place=42.36,-71.06

      polarlight where angels_singing --radec 279.23,38.78

      polarlight where angels_singing --shell-km 0 --shell-km 97 --column 640 --json
    """
    from render.scene import load_scene  # noqa: PLC0415

    places = [
        parse_numbers("--place", text, "LAT,LON[,ALT_KM]", (LATITUDES, LONGITUDES, ALTITUDES_KM), 2) for text in place
    ]
    stars = [parse_numbers("--radec", text, "RA,DEC", (LONGITUDES, LATITUDES), 2) for text in radec]
    shells = [parse_numbers("--shell-km", text, "H", (SHELLS_KM,), 1)[0] for text in shell_km]
    if bool(shells) != bool(column):
        raise InputError("--shell-km and --column belong together: give both, e.g. --shell-km 97 --column 640")
    if not (places or stars or shells):
        raise InputError("nothing requested; give --place LAT,LON, --radec RA,DEC or --shell-km H --column C")
    width_height, epoch = parse_size(size), parse_time(at)
    loaded = load_scene(scene)
    last = width_height[0] if width_height else loaded.camera.columns
    across = parse_numbers("--column", column, "C", ((1.0, last),), 1)[0] if column else 0.0
    rows = sightings(loaded, epoch, width_height, places, stars, [(h, across) for h in shells])
    check_instants(loaded, epoch or loaded.time.epoch, light=False)
    if as_json:
        say(json.dumps(_as_json(rows)))
        return
    for row in rows:
        seen = row.sighting
        pixel = f"x {seen.x:9.2f}  y {seen.y:9.2f}" if seen.x is not None and seen.y is not None else f"{'':24}"
        say(f"{row.label:<34} {pixel}  {'visible' if seen.visible else seen.reason}")


def sightings(
    scene: Any,
    epoch: Epoch | None,
    size: tuple[int, int] | None,
    places: list[list[float]],
    stars: list[list[float]],
    shells: list[tuple[float, float]],
) -> list[_Sighted]:
    """Return where everything falls, in the order given; shells are (altitude km, column). Raises InputError."""
    from render.frame.moment import moment_of  # noqa: PLC0415
    from render.observer.where import locate_place, locate_star, shell_edge  # noqa: PLC0415

    epoch = epoch or scene.time.epoch
    moment = moment_of(scene, epoch, size)
    observer, camera = moment.observer, moment.camera
    found = [_Sighted("places", "place " + _listed(p), locate_place(camera, observer, *p)) for p in places]
    found += [_Sighted("radec", "radec " + _listed(s), locate_star(camera, observer, epoch, *s)) for s in stars]
    found += [
        _Sighted("shells", f"shell {h:g} km on column {c:g}", shell_edge(camera, observer, h, c)) for h, c in shells
    ]
    return found


def _listed(numbers: list[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)


def _as_json(rows: list[_Sighted]) -> dict[str, list[dict[str, Any]]]:
    """Return `{"places": [...], "radec": [...], "shells": [...]}`; `reason` says why where not visible."""
    answer: dict[str, list[dict[str, Any]]] = {"places": [], "radec": [], "shells": []}
    for row in rows:
        seen = row.sighting
        entry = {"x": seen.x, "y": seen.y, "visible": seen.visible}
        answer[row.kind].append(entry if seen.visible else {**entry, "reason": seen.reason})
    return answer
