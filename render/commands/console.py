"""What the commands share: saying and warning, and the reading and checking of arguments."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from render.commands.terminal.loudness import is_quiet, is_verbose
from render.commands.terminal.words import amount, duration, warn
from render.core.cache import tables_folder, why_no_tables_are_kept
from render.core.errors import DeviceError, InputError, OutputError
from render.core.files import printable, writing_error
from render.core.machine import memory_bytes
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.atmosphere.settings import AtmosphereSettings
    from render.core.epoch import Epoch
    from render.films.film import Film
    from render.scene import Scene

MAX_SIDE_PX = 20_000  # pixels; a 400-megapixel frame

SceneArgument = Annotated[str, typer.Argument(metavar="SCENE", help="A bundled scene's name, or a TOML file.")]
AtOption = Annotated[
    str, typer.Option("--at", metavar="ISO-TIME", help="Another instant than the scene's, UTC: 2015-01-28T09:47:00Z.")
]
SizeOption = Annotated[
    str, typer.Option("--size", metavar="WxH", help="Width x height in pixels; the field of view stays the scene's.")
]
QualityOption = Annotated[
    str, typer.Option("--quality", metavar="NAME", help="preview, standard or final; default: the scene's.")
]
DeviceOption = Annotated[
    str, typer.Option("--device", metavar="NAME", help="auto, cuda, metal, vulkan or cpu; see `polarlight devices`.")
]


def warn_of_file(scene: Scene) -> None:
    """Say what is doubtful about the scene's text, for commands that ask it for no instant (see `check_instants`)."""
    for warning in scene.warnings_of_file:
        warn(f"warning: {warning}")


def warn_of_idle_keys(scene: Scene) -> None:
    """Warn of keys that the scene writes down and that change nothing, one line for those of one reason."""
    from render.questions.idle_keys import idle_key_warnings  # noqa: PLC0415

    for warning in idle_key_warnings(scene):
        warn(f"warning: {warning}")


def warn_of_air(settings: AtmosphereSettings) -> None:
    """Warn of what is doubtful about a user's profile, one line each."""
    if settings.profile:
        from render.atmosphere.profile import read_profile  # noqa: PLC0415

        for warning in read_profile(settings.profile).warnings:
            warn(f"warning: {warning}")


def warn_of_user_map(scene: Scene, *epochs: Epoch) -> None:
    """Warn of what is doubtful about the scene's user map at the instants, each line once. Raises InputError."""

    if scene.aurora.footprint:
        from render.questions.user_map import user_map_warnings  # noqa: PLC0415

        for warning in dict.fromkeys(line for epoch in epochs for line in user_map_warnings(scene, epoch)):
            warn(f"warning: {warning}")


def output_path(text: str) -> Path:
    """Read an output's path; empty, as from a shell variable that is not set, is no path. Raises OutputError."""
    if not text.strip():
        raise OutputError("--output is empty; give a file or folder")
    return Path(text)


def say(text: str = "") -> None:
    """Print an answer to standard output."""
    typer.echo(printable(text))


def report(text: str) -> None:
    """Print what was written to standard output; with --quiet nothing."""
    if not is_quiet():
        say(text)


def detail(text: str) -> None:
    """Print a line to standard error with --verbose alone."""
    if is_verbose():
        warn(text)


def parse_size(text: str) -> tuple[int, int] | None:
    """Read `960x540` as (width, height); empty means the scene's own size. Raises InputError."""
    if not text:
        return None
    width, cross, height = text.lower().partition("x")
    # isdecimal and not int() alone: int() would take "+9", "9_0" and spaces.
    if not cross or not (width.isdecimal() and height.isdecimal()):
        raise InputError(f"--size {shown(text)} is not WIDTHxHEIGHT; write e.g. 960x540")
    size = int(width[:9]), int(height[:9])
    if not all(1 <= side <= MAX_SIDE_PX for side in size):
        raise InputError(f"--size {shown(text)}: width and height must be 1 to {MAX_SIDE_PX} pixels")
    return size


def parse_time(text: str) -> Epoch | None:
    """Read `--at`; empty means the scene's own instant. Raises InputError."""
    from render.core.epoch import Epoch  # noqa: PLC0415

    if not text:
        return None
    try:
        return Epoch.parse(text)
    except InputError as error:
        raise InputError(f"--at: {error}") from None


def parse_numbers(
    option: str, text: str, names: str, limits: tuple[tuple[float, float], ...], needed: int
) -> list[float]:
    """Read numbers parted by commas, each within its limits, at least `needed` of them. Raises InputError."""
    parts = text.split(",")
    allowed = f"allowed: {names}, " + ", ".join(f"{low:.12g} to {high:.12g}" for low, high in limits)
    try:
        values = [float(part) for part in parts]
    except ValueError:
        wanted = "numbers parted by commas" if len(limits) > 1 else "a number"
        raise InputError(f"{option} {shown(text)}: not {wanted}; {allowed}") from None
    if not needed <= len(values) <= len(limits):
        raise InputError(f"{option} {shown(text)}: {len(values)} numbers; {allowed}")
    if not all(low <= value <= high for value, (low, high) in zip(values, limits, strict=False)):
        raise InputError(f"{option} {shown(text)}: out of range; {allowed}")
    return values


def check_instants(scene: Scene, *epochs: Epoch, light: bool = True) -> None:
    """Make sure that the instants can be computed, then warn of what is doubtful. Raises InputError.

    The observer must be placed; where `light` is asked for, ephemeris and magnetic field must reach the year.
    """
    from render.frame.moment import position_at  # noqa: PLC0415 - skyfield: only for commands that compute
    from render.geophysics.field.geomagnetic import gauss_coefficients_nt  # noqa: PLC0415
    from render.observer import ephemeris  # noqa: PLC0415

    for epoch in epochs:
        position = position_at(scene, epoch)
        if light:
            ephemeris.sun(epoch, position)
        if light and scene.aurora.enabled:
            gauss_coefficients_nt(epoch.decimal_year)
    for warning in scene.warnings_at(*epochs):
        warn(f"warning: {warning}")


def check_device(name: str) -> None:
    """Raise DeviceError for the name of no device; whether it is here will be seen when it is started."""
    from render import device  # noqa: PLC0415 - NumPy: only for commands that compute

    if name not in device.NAMES:
        hint = did_you_mean(name, device.NAMES)
        raise DeviceError(f"--device {shown(name)} is unknown; {hint}allowed: {', '.join(device.NAMES)}")


def start_device(name: str) -> None:
    """Start the named device before anything long is done; warn where nothing is kept. Raises DeviceError."""
    from render import device  # noqa: PLC0415 - Taichi takes a while to import: only for commands that compute

    check_device(name)
    started = device.start(name)
    detail(f"device: {started.name}, {started.label}, {started.precision} precision")
    kernels = device.kernel_folder()
    detail(f"kernels: {kernels or 'not kept'}")
    warn_where_nothing_is_kept(bool(kernels))


def warn_where_nothing_is_kept(kernels: bool = True) -> None:
    """Warn where tables are made anew in each run, or kernels are, as is said of them."""
    tables = why_no_tables_are_kept()
    detail(f"tables: {f'not kept ({tables})' if tables else tables_folder()}")
    if tables or not kernels:
        what = "tables" if kernels else "kernels and tables" if tables else "kernels"
        why = f" ({tables})" if tables else ""
        warn(f"warning: {what} are made anew in each run{why}; name a folder to keep them in by POLARLIGHT_CACHE")


def check_output(path: Path, suffixes: tuple[str, ...]) -> None:
    """Make sure that a file of one of the suffixes can be written at `path`, and leave nothing. Raises OutputError."""
    if path.suffix.lower() not in suffixes:
        raise OutputError(f"{path}: unknown ending {shown(path.suffix)}; allowed: {', '.join(suffixes)}")
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; give a file name")
    if path.exists() and not os.access(path, os.W_OK):
        raise OutputError(f"{path}: is there already and may not be written to")
    check_folder(path.parent)


def check_folder(folder: Path) -> None:
    """Make sure that files can be made in a folder that exists. Raises OutputError."""
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise OutputError(f"{folder}: {what}; make it first, or write elsewhere")
    try:
        # To try is the only sure test: permissions do not tell of read-only and special file systems.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise writing_error(f"{folder}: cannot be written to", folder, error) from None


def check_film_output(output: Path) -> tuple[Path, Path | None]:
    """Make sure that a film can be written, and leave nothing; return `sequence.places`. Raises OutputError."""
    from render.films.folder import places  # noqa: PLC0415 - Taichi takes a while to import

    folder, video = places(output)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; a film's frames go to a folder")
    if video:
        check_output(video, (video.suffix.lower(),))
    check_folder(next(place for place in (folder, *folder.absolute().parents) if place.exists()))
    return folder, video


def check_memory(expected_bytes: float) -> None:
    """Raise InputError where a frame needs more memory than the machine gives us (Windows: not known, not checked)."""
    if (most := memory_bytes()) < expected_bytes:
        needed = f"about {amount(expected_bytes)} of memory, this machine has {amount(most)}"
        raise InputError(f"a frame of this size needs {needed}; ask for a smaller --size")


def option_of(key: str) -> str:
    """Return the name of the option that stands for a scene key, without its dashes."""
    named = {"white_balance_k": "white-balance", "exposure_compensation_ev": "compensation"}
    return named.get(key, key.replace("_", "-"))


def choice_option(key: str, text: str) -> object:
    """Read an option that stands for a `[develop]` key with a few allowed values. Raises InputError."""
    from render.imaging.settings import DevelopSettings  # noqa: PLC0415

    allowed = {str(value): value for value in get_args(DevelopSettings.model_fields[key].annotation)}
    if text not in allowed:
        raise InputError(
            f"--{option_of(key)} {shown(text)}: {did_you_mean(text, allowed)}allowed: {', '.join(allowed)}"
        )
    return allowed[text]


def refuse_contradictions(given: Mapping[str, object], output: Sequence[Path], *, hdr: bool) -> None:
    """Raise InputError for options of `[develop]` that would change nothing: beside HDR, or in other formats."""
    suffixes = {target.suffix.lower() for target in output}
    for key, only, why in (
        ("bits", 16, "its PNG has 16, AVIF 10 and JPEG 8"),
        ("gamut", "rec2020", "its colours are Rec. 2020"),
    ):
        if hdr and given.get(key, only) != only:
            raise InputError(f"--{key} {given[key]}: not with HDR; {why}; leave it out, or add --no-hdr")
    for key, wanted in (("bits", {".png"}), ("file_quality", {".jpg", ".jpeg", ".avif"})):
        if key in given and not wanted & suffixes:
            files = ", ".join(map(str, output))
            raise InputError(f"--{option_of(key)} {given[key]}: of {', '.join(sorted(wanted))} only, not of {files}")


def number_option(key: str, text: str) -> float:
    """Read an option's number within the range of the scene key that it stands for. Raises InputError."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    from render.imaging.settings import DevelopSettings  # noqa: PLC0415
    from render.observer.camera import CameraSettings  # noqa: PLC0415
    from render.scene_errors import declared_range  # noqa: PLC0415

    record = DevelopSettings if key in DevelopSettings.model_fields else CameraSettings
    field = record.model_fields[key]
    whole: type[float] = int if field.annotation is int else float
    try:
        wanted: Any = Annotated[whole, *field.metadata]
        return whole(TypeAdapter(wanted).validate_python(float(text)))
    except (ValueError, ValidationError):
        number = f"a {'whole ' if whole is int else ''}number, {declared_range(field)}"
        raise InputError(f"--{option_of(key)} {shown(text)}: allowed: {number}") from None


def say_film(output: Path, made: Film, verb: str) -> None:
    """Say how many of a film's frames were made now, or only joined, and how long it took."""
    count = len(made.frames) - len(made.missing) if verb == "joined" else made.rendered
    counted = f"{count} of {len(made.frames)} frames {verb}"
    counted += f", {made.by_others} by other processes" if made.by_others else ""
    counted += f", {made.left} still in work there" if made.left else ""
    counted += f", others held for {len(made.missing)} that are missing" if made.missing else ""
    there: object = made.video or made.frames[0].parent  # no video: of a share, or others are at the film
    there = there if made.video in (None, output) else f"{made.video} ({output} is there already)"
    report(f"{there}: {counted}, {duration(made.seconds)}{f', {made.device_label}' if made.device_label else ''}")
