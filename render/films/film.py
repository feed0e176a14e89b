"""Many frames: a folder of PNG files that any number of machines can go on with at any time, and a film of them.

The folder of stamped frames is the truth; all else only fills it. Each frame is written whole or not at all, and
carries a stamp: the scene's hash, size, index and time. A run renders only frames that are missing or broken, and that
nobody else is at (`render.films.claims`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from render import device as devices
from render.core.errors import DeviceError, InputError, OutputError, PolarlightError
from render.core.messages import shown
from render.films.claims import LEASE_S, Claims
from render.films.failures import Failures
from render.films.folder import held_over, is_done, is_written, names_in, places
from render.films.joining import Target, join
from render.films.opening import open_folder
from render.films.plan import FilmPlan, Made, plan_of
from render.films.presence import WAIT_S
from render.films.renderers import FindOthers, Renderers, make_regions
from render.films.share import Share
from render.films.telling import FilmProgress, Teller
from render.formats.taken import require_formats
from render.scene import Scene


class FilmInterruptedError(PolarlightError):
    """Say how far an interrupted film is, and how to go on."""

    exit_code = 130  # 128 + SIGINT, as shells count


@dataclass(frozen=True)
class Film:
    """A finished film: its frames' files in order, how many were rendered now and here, and the video or None.

    `by_others`, `left`: how many were rendered meanwhile by other processes at the same folder, or are still there.
    `missing`: which frames the video shows another for.
    """

    frames: tuple[Path, ...]
    rendered: int
    seconds: float
    device_label: str
    video: Path | None
    by_others: int = 0
    left: int = 0
    missing: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sharing:
    """How the frames of a film are shared out, and how much care is taken.

    `workers`: processes of our own that render side by side; 0: this process does. `wait`: for frames that others are
    at. `join`: the frames to a video, where all are done. `lease_s`: see `claims`. `folder_wait_s`: for how long a
    folder that goes away is waited for. `retries`: of a frame that fails. `durable`: see `render_one`. `force`: frames
    of another state of the scene are rendered anew, and a part takes the place of the whole film's video. `threads`: of
    each worker, None for as many as there are cores. `band_pixels`: see `render_one`. `gaps`: nothing is rendered; what
    is there is joined, and each gap shows the frame before it, or the first. `others`: finds what renders in our place,
    such as the workers of a cluster (`render.films.cluster.workers.Workers`).
    """

    workers: int = 0
    wait: bool = True
    join: bool = True
    lease_s: float = LEASE_S
    folder_wait_s: float = WAIT_S
    retries: int = 2
    durable: bool = True
    force: bool = False
    threads: int | None = None
    band_pixels: int | None = None
    gaps: bool = False
    others: FindOthers | None = None


def render_film(
    scene: Scene,
    output: Path,
    *,
    frames: Sequence[int] | None = None,
    size: tuple[int, int] | None = None,
    device: str = "auto",
    progress: Callable[[FilmProgress], None] | None = None,
    sharing: Sharing = Sharing(),
) -> Film:
    """Render what is missing of a film's frames, then join them if `output` is a video. `size` is (width, height).

    Any number of processes may do so with one folder at a time: each frame is rendered by one of them. Raises
    InputError for no frames and for a size that the camera cannot have, OutputError where `output` cannot be written
    or holds frames of another scene, size or state, FramesFailedError where frames could not be rendered,
    FolderAwayError where the folder went and did not come back, FilmInterruptedError on Ctrl-C (the frames in work are
    lost).
    """
    started = time.monotonic()
    if device not in devices.NAMES:
        raise DeviceError(f"device {shown(device)} is unknown; allowed: {', '.join(devices.NAMES)}")
    folder, video = places(Path(output))
    plan = plan_of(scene, folder, size, frames)
    scene, size, wanted = plan.scene, plan.size, plan.wanted
    require_formats([plan.path(0)], scene, size)
    _check_camera(plan)
    tell = Teller(plan, progress)
    if sharing.gaps:
        return _with_gaps(plan, video, sharing, tell, started)
    target = Target(plan, video, sharing.force) if video and sharing.join else None
    paths = tuple(map(plan.path, wanted))
    video = claims = None
    try:
        with open_folder(plan, sharing.lease_s, force=sharing.force, tell=tell.doing, wait_s=sharing.folder_wait_s) as (
            claims,
            failures_of,
        ):
            share = _rendered(plan, claims, failures_of(sharing.retries), device, sharing, tell)
            if sharing.join and not share.left:
                video = join(plan, claims, wanted, target, tell.doing)
    except KeyboardInterrupt:
        if claims is not None and claims.presence is not None and claims.presence.is_away:
            raise FilmInterruptedError(
                f"interrupted while {folder} is away; the same command goes on from there"
            ) from None
        there = names_in(folder)  # a thousand machines that are stopped at once do not read ten thousand files each
        ready = sum(path.name in there for path in paths)
        raise FilmInterruptedError(
            f"interrupted: {ready} of {len(wanted)} frames are done in {folder}; the same command goes on from there"
        ) from None
    labels = [made.device_label for made in share.rendered.values()]
    elapsed = time.monotonic() - started
    return Film(paths, len(labels), elapsed, labels[-1] if labels else "", video, share.elsewhere, share.left)


def _check_camera(plan: FilmPlan) -> None:
    """Raise InputError where there is no camera of the plan's size, and for no frames or ones before the first."""
    from render.frame.moment import moment_of  # noqa: PLC0415

    if not plan.wanted or min(plan.wanted) < 0:
        raise InputError(f"frames {shown(list(plan.wanted))}: give indices of frames, from 0 on")
    moment_of(plan.scene, plan.epoch(plan.wanted[0]), plan.size)


def _rendered(plan: FilmPlan, claims: Claims, failures: Failures, device: str, sharing: Sharing, tell: Teller) -> Share:
    """Render the missing frames; return the share of this run. Raises FramesFailedError where some failed."""
    missing, kept = _missing(plan, claims, sharing.force)
    share = Share(plan, claims, failures, [*missing, *kept], wait=sharing.wait, kept=kept)
    tell.set_out(share, len(missing), max(sharing.workers, 1))
    if missing and sharing.others:
        _rendered_elsewhere(share, sharing.others, device, sharing, tell)
    elif missing:
        with _renderers(plan, claims, device, sharing, missing, tell) as renders:
            if sharing.workers == 0:
                share.one_by_one(renders[0], tell.begin, tell.finish)
            else:
                share.side_by_side(renders, tell.begin, tell.finish)
    if share.given_up:
        raise failures.error(sorted(share.given_up))
    return share


def _rendered_elsewhere(share: Share, find: FindOthers, device: str, sharing: Sharing, tell: Teller) -> None:
    """Have a share's frames rendered by others, who make what they need themselves."""
    found = find(share.plan, device, share.claims, durable=sharing.durable, threads=sharing.threads)
    with closing(found) as others:
        if share.plan.scene.camera.exposure == "auto":
            others.meter(tell.doing)

        def begin(index: int) -> None:
            tell.side_by_side(others.count)
            tell.begin(index, f", {others.count} worker{'s' if others.count != 1 else ''}{tell.rate()}")

        share.side_by_side((), begin, tell.finish, others.joined)


def _missing(plan: FilmPlan, claims: Claims, force: bool) -> tuple[list[int], list[int]]:
    """Return the frames to render, in the order in which to look for one, and those that are to be read at the end.

    The first in a folder reads all of it. Who comes to others begins somewhere else than they do, and takes what is
    there for whole until nobody is at work any more: a thousand machines do not read ten thousand files each. Where
    frames of another state are rendered anew (`force`), each frame is looked at.
    """
    there, alone = names_in(plan.folder), claims.is_alone()
    missing = [index for index in plan.wanted if plan.path(index).name not in there]
    kept = [index for index in plan.wanted if plan.path(index).name in there]
    if alone or force or not missing:
        done = is_done if alone else is_written
        missing = sorted([*missing, *(i for i in kept if not done(plan.path(i), plan.stamp(i)))])
        kept = []
    start = 0 if alone or not missing else int(claims.token, 16) % len(missing)
    return missing[start:] + missing[:start], kept


@contextmanager
def _renderers(
    plan: FilmPlan, claims: Claims, device: str, sharing: Sharing, missing: Sequence[int], tell: Teller
) -> Iterator[list[Callable[[int], Made]]]:
    """Give what renders a film's frames: this process, or several of our own, which end with the block."""
    renderers = Renderers(
        plan, device, sharing.workers, presence=claims.presence,
        durable=sharing.durable, threads=sharing.threads, band_pixels=sharing.band_pixels,
    )  # fmt: skip
    try:
        if plan.scene.camera.exposure == "auto":
            renderers.meter(tell.doing)
        from render.frame.aurora import regions_to_make  # noqa: PLC0415 - Taichi takes a while to import

        regions = regions_to_make(plan.scene, map(plan.epoch, missing))
        make_regions(regions, lambda made: tell.doing(f"field lines of the way, {made} of {len(regions)} regions"))
        yield renderers.renders
    finally:
        renderers.close()


def _with_gaps(plan: FilmPlan, video: Path | None, sharing: Sharing, tell: Teller, started: float) -> Film:
    """Join the frames that are there. Raises InputError without a video to join, OutputError without any frame."""
    if video is None:
        raise InputError(f"{plan.folder}: gaps are held in a video, not in a folder of frames; give FILE.mp4")
    tell.doing("reading the frames")
    there = {index for index in plan.wanted if is_done(plan.path(index), plan.stamp(index))}
    missing = tuple(index for index in plan.wanted if index not in there)
    target = Target(plan, video, sharing.force, missing)
    if not there:
        raise OutputError(f"{plan.folder}: holds no whole frame of this film; there is nothing to join")
    shown = held_over(plan.wanted, there)
    with closing(Claims(plan.folder, sharing.lease_s)) as claims:
        joined = join(plan, claims, shown, target, tell.doing)
    return Film(tuple(map(plan.path, shown)), 0, time.monotonic() - started, "", joined, missing=missing)
