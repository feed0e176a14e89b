"""The command that makes films, on one machine or many."""

from __future__ import annotations

import re
from functools import partial
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
    warn,
    warn_of_air,
    warn_of_user_map,
    warn_where_nothing_is_kept,
)
from render.commands.pictures import of_quality
from render.commands.progress import film_bar
from render.core.errors import InputError
from render.core.extras import require
from render.core.messages import shown

if TYPE_CHECKING:
    from render.films.film import Film
    from render.films.plan import FilmPlan
    from render.films.renderers import FindOthers

MOST_WORKERS, MOST_RETRIES, MOST_THREADS = 256, 100, 1024
LEASE_LIMITS_S, WAIT_LIMITS_S = (1.0, 86_400.0), (0.0, 86_400.0)
ADDRESS = re.compile(r"(\w+://)?[^\s/]+:\d{1,5}")
"""Of a Dask scheduler: a protocol of its, host and port."""


OutputOption = Annotated[
    Path,
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
ClusterOption = Annotated[
    str,
    typer.Option("--cluster", metavar="tcp://HOST:PORT", help="A Dask cluster, whose workers render."),
]
ClusterWaitOption = Annotated[
    str, typer.Option("--cluster-wait", metavar="S", help="How long a lost cluster, or its workers, are waited for, s.")
]
SyncOption = Annotated[
    bool, typer.Option("--fsync/--no-fsync", help="Whether a frame counts as done only when it is on the disk.")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Render frames anew that are of another state of the scene.")
]


def film(
    scene: SceneArgument,
    output: OutputOption,
    frames: FramesOption = "",
    shard: ShardOption = "",
    size: SizeOption = "",
    sheet: Annotated[str, typer.Option("--sheet", metavar="FILE.png", help="Also a contact sheet.")] = "",
    quality: QualityOption = "",
    device: DeviceOption = "auto",
    local_workers: WorkersOption = 1,
    claim: ClaimOption = False,
    lease: LeaseOption = "60",
    retries: RetriesOption = 2,
    threads: ThreadsOption = 0,
    cluster: ClusterOption = "",
    cluster_wait: ClusterWaitOption = "120",
    fsync: SyncOption = True,
    force: ForceOption = False,
) -> None:
    """Render a scene's film: frames to a folder, and a video of them.

    FILE.mp4 keeps its frames in FILE_frames. Stop it at any time; the same command renders only what is missing. The
    same command on other machines that see the folder shares the work: each frame is rendered once, and each command
    waits for the whole film; with --claim it ends when no frame is left to take, and the last one joins the video.
    With --cluster the workers of a Dask cluster render. --sheet puts the frames side by side on one picture, 48 of a
    longer film.

    Examples:

      polarlight film angels_singing -o angels.mp4

      polarlight film angels_singing -o frames --frames 0-23 --size 960x540

      polarlight film angels_singing -o frames --shard 1/4

      polarlight film twilight_only -o sunrise --size 480x270 --sheet sunrise.png
    """
    from render.films.film import Sharing, render_film  # noqa: PLC0415
    from render.films.plan import plan_of  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    width_height = parse_size(size)
    loaded = of_quality(load_scene(scene), quality)
    wanted = _wanted(frames, shard, loaded.film.frames)
    (lease_s,) = parse_numbers("--lease", lease, "seconds", (LEASE_LIMITS_S,), 1)
    folder, _ = check_film_output(output)
    if sheet:
        check_output(Path(sheet), (".png",))
    _check(plan_of(loaded, folder, width_height, wanted), here=not cluster)
    _start(device, local_workers)
    sharing = Sharing(
        workers=local_workers, wait=not (claim or shard), join=not shard, lease_s=lease_s, retries=retries,
        durable=fsync, force=force, threads=threads or None, others=_others(cluster, cluster_wait, local_workers),
    )  # fmt: skip
    with film_bar() as progress:
        made = render_film(
            loaded, output, frames=wanted, size=width_height, device=device, progress=progress, sharing=sharing
        )
    _write_sheet(sheet, made)
    say_film(output, made, "rendered")


def _wanted(frames: str, shard: str, count: int) -> range:
    """Return which of a film's `count` frames are asked for. Raises InputError."""
    from render.films.plan import parse_frames, parse_shard  # noqa: PLC0415

    wanted = parse_shard(shard, parse_frames(frames, count))
    if not wanted:
        raise InputError(f"--shard {shard}: there are fewer frames than shares; nothing is left for this one")
    return wanted


def _others(cluster: str, wait: str, local_workers: int) -> FindOthers | None:
    """Return what finds the workers of a cluster, where one is named. Raises InputError."""
    (wait_s,) = parse_numbers("--cluster-wait", wait, "seconds", (WAIT_LIMITS_S,), 1)
    if not cluster:
        return None
    require("--cluster", "cluster", "distributed")
    if not ADDRESS.fullmatch(cluster):
        raise InputError(f"--cluster {shown(cluster)} is no address; write tcp://HOST:PORT, as the scheduler tells")
    if local_workers != 1:
        raise InputError(f"--local-workers {local_workers}: not with --cluster, whose workers render; leave one out")
    from render.films.cluster.workers import Workers  # noqa: PLC0415

    return partial(Workers, address=cluster, wait_s=wait_s, warn=warn)


def _check(plan: FilmPlan, *, here: bool) -> None:
    """Make sure that a film can be rendered, and warn of what is doubtful. Raises InputError.

    `here`: by this machine, whose memory must be enough.
    """
    from render.frame.result import expected_memory_bytes  # noqa: PLC0415

    scene = plan.scene
    if here:
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
