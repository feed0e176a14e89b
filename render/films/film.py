"""Many frames: a folder of PNG files that any number of machines can go on with at any time, and a film of them.

The folder of stamped frames is the truth; all else only fills it. Each frame is written whole or not at all, and
carries a stamp: the scene's hash, size, index and time. A run renders only frames that are missing or broken, and that
nobody else is at (`render.films.claims`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from render.core.errors import PolarlightError
from render.films.ahead import make_regions
from render.films.claims import LEASE_S, Claims
from render.films.data_line import data_of
from render.films.failures import Failures
from render.films.folder import comment_of, is_done, is_written, places, sweep, video_of
from render.films.opening import open_folder
from render.films.plan import FilmPlan, Made, plan_of
from render.films.renderers import FindOthers, Renderers
from render.films.share import LOOK_EVERY_S, Share
from render.formats.data_line import write_beside
from render.formats.taken import require_formats
from render.formats.video import Coding, write_video
from render.scene import Scene

JOINING = "video"  # key of the lease of whoever joins the frames
PACE_FRAMES = 8  # the time left is reckoned from so many last frames: the first one also compiles


class FilmInterruptedError(PolarlightError):
    """Say how far an interrupted film is, and how to go on."""

    exit_code = 130  # 128 + SIGINT, as shells count


@dataclass(frozen=True)
class FilmProgress:
    """How far a film is: `done` of `total` frames to render, `kept` from earlier runs, seconds left or None."""

    done: int
    total: int
    kept: int
    seconds_left: float | None
    doing: str


@dataclass(frozen=True)
class Film:
    """A finished film: its frames' files in order, how many were rendered now and here, and the video or None.

    `by_others`, `left`: how many were rendered meanwhile by other processes at the same folder, or are still there.
    """

    frames: tuple[Path, ...]
    rendered: int
    seconds: float
    device_label: str
    video: Path | None
    by_others: int = 0
    left: int = 0


@dataclass(frozen=True)
class Sharing:
    """How the frames of a film are shared out, and how much care is taken.

    `workers`: processes of our own that render side by side; 0: this process does. `wait`: for frames that others are
    at. `join`: the frames to a video, where all are done. `lease_s`: see `claims`. `retries`: of a frame that fails.
    `durable`: see `render_one`. `force`: frames of another state of the scene are rendered anew. `threads`: of each
    worker, None for as many as there are cores. `others`: finds what renders in our place, such as the workers of a
    cluster (`render.films.cluster.workers.Workers`).
    """

    workers: int = 0
    wait: bool = True
    join: bool = True
    lease_s: float = LEASE_S
    retries: int = 2
    durable: bool = True
    force: bool = False
    threads: int | None = None
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
    InputError for a size that the camera cannot have, OutputError where `output` cannot be written or holds frames of
    another scene, size or state, FramesFailedError where frames could not be rendered, FilmInterruptedError on Ctrl-C
    (the frames in work are lost).
    """
    started = time.monotonic()
    folder, video = places(output)
    plan = plan_of(scene, folder, size, frames)
    scene, size, wanted = plan.scene, plan.size, plan.wanted
    require_formats([plan.path(0)], scene, size)
    _check_camera(plan)
    video = video_of(scene, video, wanted, size) if video and sharing.join else None
    paths = tuple(map(plan.path, wanted))
    tell = _Teller(plan, progress)
    try:
        with open_folder(plan, sharing.lease_s, force=sharing.force, tell=tell.doing) as (claims, failures_of):
            share = _rendered(plan, claims, failures_of(sharing.retries), device, sharing, tell)
            if sharing.join and not share.left:
                _joined(plan, claims, paths, video, tell)
    except KeyboardInterrupt:
        ready = sum(is_written(plan.path(index), plan.stamp(index)) for index in wanted)
        raise FilmInterruptedError(
            f"interrupted: {ready} of {len(wanted)} frames are done in {folder}; the same command goes on from there"
        ) from None
    labels = [made.device_label for made in share.rendered.values()]
    elapsed = time.monotonic() - started
    video = None if share.left else video
    return Film(paths, len(labels), elapsed, labels[-1] if labels else "", video, len(share.by_others), share.left)


def _check_camera(plan: FilmPlan) -> None:
    """Raise InputError where there is no camera of the plan's size."""
    from render.frame.moment import moment_of  # noqa: PLC0415

    moment_of(plan.scene, plan.epoch(plan.wanted[0]), plan.size)


class _Teller:
    """Tells of a film's progress, as far as it is known."""

    def __init__(self, plan: FilmPlan, progress: Callable[[FilmProgress], None] | None) -> None:
        self._plan, self._progress = plan, progress
        self._total, self._kept, self._done = 0, 0, 0
        self._ends: deque[float] = deque(maxlen=PACE_FRAMES + 1)

    def missing(self, count: int) -> None:
        """Take note of how many frames are to be rendered."""
        self._total, self._kept = count, len(self._plan.wanted) - count
        self._ends.append(time.monotonic())

    def done(self, count: int) -> None:
        """Take note of how many of them are done, by whomever."""
        self._ends.extend([time.monotonic()] * (count - self._done))
        self._done = count

    def side_by_side(self, count: int) -> None:
        """Take note of how many frames are rendered at once: they may end at once too."""
        if self._ends.maxlen != (length := PACE_FRAMES + 2 * count + 1):
            self._ends = deque(self._ends, maxlen=length)

    def rate(self) -> str:
        """Return in words how many frames are done a minute, "" where it is not known."""
        each_s = self._each()
        return f", {60.0 / each_s:.{0 if each_s < 6.0 else 1}f} frames a minute" if each_s else ""

    def doing(self, what: str) -> None:
        """Tell what is being done."""
        if self._progress:
            self._progress(FilmProgress(self._done, self._total, self._kept, self._left(), what))

    def _left(self) -> float | None:
        return None if self._done == 0 else (self._total - self._done) * self._each()

    def _each(self) -> float:
        """Return how long a frame takes, with all that are rendered at once, s; 0 where it is not known."""
        return (self._ends[-1] - self._ends[0]) / (len(self._ends) - 1) if len(self._ends) > 1 else 0.0


def _rendered(
    plan: FilmPlan, claims: Claims, failures: Failures, device: str, sharing: Sharing, tell: _Teller
) -> Share:
    """Render the missing frames; return the share of this run. Raises FramesFailedError where some failed."""
    done = is_done if claims.is_alone() else is_written  # who shares a folder does not read all of it
    missing = [index for index in plan.wanted if not done(plan.path(index), plan.stamp(index))]
    tell.missing(len(missing))
    share = Share(plan, claims, failures, missing, wait=sharing.wait)

    def begin(index: int, where: str = "") -> None:
        tell.done(len(share.rendered) + len(share.by_others))
        tell.doing(f"frame {index}{where}")

    if missing and sharing.others:
        _rendered_elsewhere(share, sharing.others, device, sharing, tell, begin)
    elif missing:
        with _renderers(plan, device, sharing, missing, tell) as renders:
            if len(renders) == 1 and sharing.workers == 0:
                while (index := share.next()) is not None:
                    begin(index)
                    share.make(index, renders[0])
            else:
                tell.side_by_side(len(renders))
                share.all(renders, begin)
            tell.done(len(share.rendered) + len(share.by_others))
    if share.given_up:
        raise failures.error(sorted(share.given_up))
    return share


def _rendered_elsewhere(
    share: Share, find: FindOthers, device: str, sharing: Sharing, tell: _Teller, begin: Callable[[int, str], None]
) -> None:
    """Have a share's frames rendered by others, who make what they need themselves."""
    found = find(share.plan, device, share.claims, durable=sharing.durable, threads=sharing.threads)
    with closing(found) as others:
        if share.plan.scene.camera.exposure == "auto":
            others.meter(tell.doing)

        def begin_there(index: int) -> None:
            tell.side_by_side(others.count)
            begin(index, f", {others.count} worker{'s' if others.count != 1 else ''}{tell.rate()}")

        share.all((), begin_there, others.joined)
        tell.done(len(share.rendered) + len(share.by_others))


@contextmanager
def _renderers(
    plan: FilmPlan, device: str, sharing: Sharing, missing: Sequence[int], tell: _Teller
) -> Iterator[list[Callable[[int], Made]]]:
    """Give what renders a film's frames: this process, or several of our own, which end with the block."""
    renderers = Renderers(plan, device, sharing.workers, durable=sharing.durable, threads=sharing.threads)
    try:
        if plan.scene.camera.exposure == "auto":
            renderers.meter(tell.doing)
        from render.frame.aurora import regions_to_make  # noqa: PLC0415 - Taichi takes a while to import

        regions = regions_to_make(plan.scene, map(plan.epoch, missing))
        make_regions(regions, lambda made: tell.doing(f"field lines of the way, {made} of {len(regions)} regions"))
        yield renderers.renders
    finally:
        renderers.close()


def _joined(plan: FilmPlan, claims: Claims, paths: Sequence[Path], video: Path | None, tell: _Teller) -> None:
    """Join the frames into the video, and write what is told of them beside it; one process at a time."""
    scene, wanted = plan.scene, plan.wanted
    data = data_of(scene, wanted, paths)
    if not video:
        write_beside(scene.film.data_line, plan.folder, data, scene.film.rate)
        return
    while not claims.take(JOINING):
        tell.doing("waiting for another process that joins the frames")
        time.sleep(LOOK_EVERY_S)
    try:
        tell.doing("joining frames")
        sweep(video.parent, video.stem)
        burned = [one.words for one in data] if scene.film.data_line == "burned" else None
        coding = Coding(scene.film.codec, scene.film.crf, scene.develop.gamut, "pq" if scene.develop.hdr else "srgb")
        write_video(paths, video, scene.film.rate, coding, burned=burned, comment=comment_of(scene, wanted))
        write_beside(scene.film.data_line, video, data, scene.film.rate)
    finally:
        claims.release(JOINING)
