"""The command that makes films, on one machine or many."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from render.commands.console import (
    DeviceOption,
    QualityOption,
    SceneArgument,
    SizeOption,
    check_device,
    check_film_output,
    check_instants,
    check_output,
    parse_numbers,
    parse_size,
    report,
    say_film,
    start_device,
    warn,
    warn_of_air,
    warn_of_idle_keys,
    warn_of_user_map,
    warn_where_nothing_is_kept,
)
from render.commands.films.check_film import CheckOption, JsonOption, check_film
from render.commands.films.options import (
    ClaimOption,
    ClusterOption,
    ClusterWaitOption,
    FolderWaitOption,
    ForceOption,
    FramesOption,
    GapsOption,
    LeaseOption,
    MemoryOption,
    OutputOption,
    RetriesOption,
    ShardOption,
    SheetOption,
    SyncOption,
    ThreadsOption,
    WorkersOption,
    parse_memory,
    parse_workers,
    refuse_idle,
)
from render.commands.pictures import of_quality
from render.commands.progress import film_bar
from render.core.errors import InputError
from render.core.machine import require
from render.core.messages import shown

if TYPE_CHECKING:
    from render.films.film import Film, Sharing
    from render.films.plan import FilmPlan
    from render.films.renderers import Crew, FindOthers

LEASE_LIMITS_S, WAIT_LIMITS_S = (1.0, 86_400.0), (0.0, 86_400.0)
WORKERS, WAIT_S, FOLDER_WAIT_S = "1", "120", "600"  # unless something else is asked for
ADDRESS = re.compile(r"(\w+://)?[^\s/]+:\d{1,5}")
"""Of a Dask scheduler: a protocol of its, host and port."""


def film(
    scene: SceneArgument,
    output: OutputOption = None,
    frames: FramesOption = None,
    shard: ShardOption = None,
    size: SizeOption = "",
    sheet: SheetOption = "",
    quality: QualityOption = "",
    device: DeviceOption = "auto",
    local_workers: WorkersOption = WORKERS,
    claim: ClaimOption = False,
    lease: LeaseOption = "60",
    retries: RetriesOption = 2,
    threads: ThreadsOption = 0,
    memory_limit: MemoryOption = "",
    cluster: ClusterOption = "",
    cluster_wait: ClusterWaitOption = WAIT_S,
    folder_wait: FolderWaitOption = FOLDER_WAIT_S,
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
    With --cluster the workers of a Dask cluster render. --sheet puts the frames side by side on one picture, 48 of a
    longer film.

    Examples:

      polarlight film angels_singing -o angels.mp4

      polarlight film angels_singing -o frames --frames 0-23 --size 960x540

      polarlight film angels_singing -o frames --shard 1/4

      polarlight film angels_singing --check frames
    """
    refuse_idle({
        "--check": check is not None, "--json": as_json, "--output": output, "--sheet": sheet, "--force": force,
        "--allow-gaps": allow_gaps, "--shard": shard, "--claim": claim, "--threads": threads,
        "--local-workers": local_workers != WORKERS, "--memory-limit": memory_limit,
        "--cluster": cluster, "--cluster-wait": cluster_wait != WAIT_S, "--folder-wait": folder_wait != FOLDER_WAIT_S,
    })  # fmt: skip
    plan = _plan(scene, quality, frames, shard, parse_size(size), place := _place(check or output))
    if check is not None:
        return check_film(plan, as_json)
    from render.films.film import Sharing  # noqa: PLC0415

    others = _others(cluster, cluster_wait)
    how = _how(None if others or allow_gaps else _crew(plan, local_workers, threads, memory_limit), threads)
    sharing = Sharing(
        **how, **_seconds(lease, folder_wait), wait=not (claim or shard), join=not shard,
        retries=retries, durable=fsync, force=force, gaps=allow_gaps, others=others,
    )  # fmt: skip
    _make(plan, place, sheet, device, sharing)


def _place(given: Path | None) -> Path:
    """Return the file or folder that a film is of. Raises InputError where there is none."""
    if given is None:
        raise InputError("--output is missing; give -o FILE.mp4, -o FOLDER, or --check FOLDER")
    return given


def _plan(
    name: str, quality: str, frames: str | None, shard: str | None, size: tuple[int, int] | None, output: Path
) -> FilmPlan:
    """Return what film is asked for; end the command, with exit code 0, where its share has none of the frames.

    Raises InputError.
    """
    from render.films.folder import places  # noqa: PLC0415
    from render.films.plan import parse_frames, parse_shard, plan_of  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    scene = of_quality(load_scene(name), quality)
    wanted = parse_shard(shard, parse_frames(frames, scene.film.frames))
    if not wanted:  # no fault of who has more machines than frames
        report(f"{output}: nothing to render, as there are fewer frames than shares (--shard {shard})")
        raise typer.Exit
    return plan_of(scene, places(output)[0], size, wanted)


def _crew(plan: FilmPlan, local_workers: str, threads: int, memory_limit: str) -> Crew:
    """Return how many processes of this machine render, within which memory. Raises InputError."""
    from render.films.renderers import crew_of  # noqa: PLC0415

    workers = parse_workers(local_workers)
    if workers == 0 and threads:
        raise InputError(f"--threads {threads}: of the processes of --local-workers, which are 0; leave one out")
    told = f"allowed by --memory-limit {memory_limit}" if memory_limit else "there"
    return crew_of(plan, workers, threads or None, parse_memory(memory_limit), told=told)


def _how(crew: Crew | None, threads: int) -> dict[str, Any]:
    """Return what `Sharing` is told of a crew; without one others render, whose threads may have been given."""
    return vars(crew) if crew else {"workers": 1, "threads": threads or None}


def _seconds(lease: str, folder_wait: str) -> dict[str, Any]:
    """Return what `Sharing` is told of how long others, and the folder, are waited for. Raises InputError."""
    (lease_s,) = parse_numbers("--lease", lease, "seconds", (LEASE_LIMITS_S,), 1)
    (folder_wait_s,) = parse_numbers("--folder-wait", folder_wait, "seconds", (WAIT_LIMITS_S,), 1)
    return {"lease_s": lease_s, "folder_wait_s": folder_wait_s}


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


def _others(cluster: str, wait: str) -> FindOthers | None:
    """Return what finds the workers of a cluster, where one is named. Raises InputError."""
    (wait_s,) = parse_numbers("--cluster-wait", wait, "seconds", (WAIT_LIMITS_S,), 1)
    if not cluster:
        return None
    require("--cluster", "cluster", "distributed")
    if not ADDRESS.fullmatch(cluster):
        raise InputError(f"--cluster {shown(cluster)} is no address; write tcp://HOST:PORT, as the scheduler tells")
    from render.films.cluster.workers import Workers  # noqa: PLC0415

    return partial(Workers, address=cluster, wait_s=wait_s, warn=warn)


def _check(plan: FilmPlan) -> None:
    """Make sure that a film's instants can be rendered, and warn of what is doubtful. Raises InputError."""
    scene = plan.scene
    ends = [plan.epoch(index) for index in (plan.wanted[0], plan.wanted[-1])]
    check_instants(scene, *ends)
    warn_of_idle_keys(scene)
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
