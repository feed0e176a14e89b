"""The command that makes films, on one machine or many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from render.commands.console import (
    DeviceOption,
    QualityOption,
    SceneArgument,
    SizeOption,
    check_device,
    check_film_output,
    check_instants,
    check_memory,
    check_output,
    output_path,
    parse_numbers,
    parse_size,
    say_film,
    start_device,
    warn_of_air,
    warn_of_user_map,
    warn_where_nothing_is_kept,
)
from render.commands.films.check_film import CheckOption, JsonOption, check_film, refuse_with_check
from render.commands.pictures import of_quality
from render.commands.progress import film_bar
from render.core.errors import InputError

if TYPE_CHECKING:
    from render.films.film import Film, Sharing
    from render.films.plan import FilmPlan

MOST_WORKERS, MOST_RETRIES, MOST_THREADS = 256, 100, 1024
LEASE_LIMITS_S = (1.0, 86_400.0)


OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE.mp4|FOLDER", parser=output_path, help="A video (.mp4, .mov), or frames only."
    ),
]
FramesOption = Annotated[
    str, typer.Option("--frames", metavar="A-B:STEP", help="Only these frames, from 0, A and B included.")
]
ShardOption = Annotated[
    str, typer.Option("--shard", metavar="I/N", help="Only the I-th of N shares of the frames, from 1; no video.")
]
WorkersOption = Annotated[
    int, typer.Option("--local-workers", metavar="N", min=0, max=MOST_WORKERS, help="Processes that render here.")
]
ClaimOption = Annotated[
    bool, typer.Option("--claim", help="Render what nobody is at, and wait for nobody: one of many machines.")
]
LeaseOption = Annotated[
    str, typer.Option("--lease", metavar="S", help="After how long a silent machine's frame is taken over, s.")
]
RetriesOption = Annotated[
    int, typer.Option("--retries", metavar="N", min=0, max=MOST_RETRIES, help="Of a frame that fails.")
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", metavar="N", min=0, max=MOST_THREADS, help="Of each process; 0: all cores.")
]
SyncOption = Annotated[
    bool, typer.Option("--fsync/--no-fsync", help="Whether a frame counts as done only when it is on the disk.")
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Render frames of another state of the scene anew; a part may replace the whole's video.",
    ),
]
GapsOption = Annotated[
    bool,
    typer.Option("--allow-gaps", help="Render nothing; join what is there, others held in the gaps."),
]
SheetOption = Annotated[str, typer.Option("--sheet", metavar="FILE.png", help="Also a contact sheet.")]


def film(
    scene: SceneArgument,
    output: OutputOption = None,
    frames: FramesOption = "",
    shard: ShardOption = "",
    size: SizeOption = "",
    sheet: SheetOption = "",
    quality: QualityOption = "",
    device: DeviceOption = "auto",
    local_workers: WorkersOption = 1,
    claim: ClaimOption = False,
    lease: LeaseOption = "60",
    retries: RetriesOption = 2,
    threads: ThreadsOption = 0,
    fsync: SyncOption = True,
    force: ForceOption = False,
    allow_gaps: GapsOption = False,
    check: CheckOption = None,
    as_json: JsonOption = False,
) -> None:
    """Render a scene's film: frames to a folder, and a video of them.

    FILE.mp4 keeps its frames in FILE_frames. Stop it at any time; the same command renders only what is missing. The
    same command on other machines that see the folder shares the work: each frame is rendered once, and each command
    waits for the whole film; with --claim it ends when no frame is left to take, and the last one joins the video.
    --sheet puts the frames side by side on one picture, 48 of a longer film.

    Examples:

      polarlight film angels_singing -o angels.mp4

      polarlight film angels_singing -o frames --frames 0-23 --size 960x540

      polarlight film angels_singing -o frames --shard 1/4

      polarlight film angels_singing --check frames
    """
    from render.films.film import Sharing  # noqa: PLC0415

    refuse_with_check(
        check, as_json,
        {"--output": output, "--sheet": sheet, "--claim": claim, "--force": force, "--allow-gaps": allow_gaps},
    )  # fmt: skip
    place = check or output
    if place is None:
        raise InputError("--output is missing; give -o FILE.mp4, -o FOLDER, or --check FOLDER")
    plan = _plan(scene, quality, frames, shard, parse_size(size), place)
    if check is not None:
        return check_film(plan, as_json)
    (lease_s,) = parse_numbers("--lease", lease, "seconds", (LEASE_LIMITS_S,), 1)
    sharing = Sharing(
        workers=local_workers, wait=not (claim or shard), join=not shard, lease_s=lease_s, retries=retries,
        durable=fsync, force=force, threads=threads or None, gaps=allow_gaps,
    )  # fmt: skip
    _make(plan, place, sheet, device, sharing)


def _plan(name: str, quality: str, frames: str, shard: str, size: tuple[int, int] | None, output: Path) -> FilmPlan:
    """Return what film is asked for. Raises InputError."""
    from render.films.folder import places  # noqa: PLC0415
    from render.films.plan import parse_frames, parse_shard, plan_of  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    scene = of_quality(load_scene(name), quality)
    wanted = parse_shard(shard, parse_frames(frames, scene.film.frames))
    if not wanted:
        raise InputError(f"--shard {shard}: there are fewer frames than shares; nothing is left for this one")
    return plan_of(scene, places(output)[0], size, wanted)


def _make(plan: FilmPlan, output: Path, sheet: str, device: str, sharing: Sharing) -> None:
    """Make a film, or go on with it, and say how far it came."""
    from render.films.film import render_film  # noqa: PLC0415

    check_film_output(output)
    if sheet:
        check_output(Path(sheet), (".png",))
    if not sharing.gaps:
        _check(plan)
        _start(device, sharing.workers)
    with film_bar() as progress:
        made = render_film(
            plan.scene, output, frames=plan.wanted, size=plan.size, device=device, progress=progress, sharing=sharing
        )
    _write_sheet(sheet, made)
    say_film(output, made, "joined" if sharing.gaps else "rendered")


def _check(plan: FilmPlan) -> None:
    """Make sure that a film can be rendered, and warn of what is doubtful. Raises InputError."""
    from render.frame.result import expected_memory_bytes  # noqa: PLC0415

    scene = plan.scene
    check_memory(expected_memory_bytes(scene, plan.size))
    ends = [plan.epoch(index) for index in (plan.wanted[0], plan.wanted[-1])]
    check_instants(scene, *ends)
    warn_of_air(scene.atmosphere)
    warn_of_user_map(scene, *ends)


def _write_sheet(path: str, made: Film) -> None:
    """Put a film's frames on a contact sheet, where one is asked for and all frames are there."""
    if path and not made.left:
        from render.formats.contact_sheet import write_sheet  # noqa: PLC0415

        write_sheet(made.frames, path)


def _start(device: str, workers: int) -> None:
    """Start the device where this process renders; where others will, see that it has a name. Raises DeviceError."""
    if workers:
        check_device(device)
        warn_where_nothing_is_kept()
    else:
        start_device(device)
