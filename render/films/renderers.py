"""What renders the frames of a film: this process itself, or several of our own, side by side.

What the frames share and takes a while is made before the first: the field lines of the way.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any, Protocol

from render.core.cache import listener
from render.core.errors import InputError
from render.core.machine import MOST_WORKERS
from render.films.child import AWAY, MAKING, STAGE, task_of
from render.films.children import Child
from render.films.claims import Claims
from render.films.plan import FilmPlan, Made
from render.films.presence import Presence
from render.frame.aurora import Region
from render.frame.result import is_in_bands
from render.integrator.bands import BAND_PIXELS
from render.processes.started import environment, interpreter
from render.questions.memory import expected_memory_bytes

Render = Callable[[int], Made]
THREADS_EACH = 2  # cores of a worker at least, where their number is left to us: two frames at a time save little
LOWER_BANDS = 3  # times that bands are halved for want of memory: what all bands share is most of it by then

REGION_WORKERS = 4  # at most: each holds 0.3 GB
MAKE_REGION = "from render.frame.aurora import Region, make_region; make_region({})"


class Others(Protocol):
    """Renderers elsewhere, which come and go; `count`: how many there are now. Used by one film, then closed."""

    @property
    def count(self) -> int: ...  # noqa: D102

    def meter(self, doing: Callable[[str], None]) -> None: ...  # noqa: D102

    def joined(self) -> list[Render]: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102


class FindOthers(Protocol):
    """Finds what renders a plan's frames elsewhere; `claims`: the leases of its folder."""

    def __call__(  # noqa: D102
        self, plan: FilmPlan, device: str, claims: Claims, *, durable: bool, threads: int | None
    ) -> Others: ...


class Renderers:
    """Renderers of a plan's frames; `workers`: how many processes, 0 for this one; `threads`: of each, None for all.

    `presence`: of the folder, which looks where one of them finds it away.
    """

    def __init__(
        self,
        plan: FilmPlan,
        device: str,
        workers: int,
        *,
        durable: bool = True,
        threads: int | None = None,
        band_pixels: int | None = None,
        presence: Presence | None = None,
    ) -> None:
        self._presence = presence
        self._task = task_of(plan, device, durable, presence, band_pixels)
        hear = _hearing(presence, stages=workers == 1)
        self._children = [Child(self._task, environment_of(place, threads), hear) for place in range(workers)]

    @property
    def renders(self) -> list[Render]:
        """Return what renders frames, each of them one at a time."""
        return [child.render for child in self._children] or [self._render_here]

    def meter(self, doing: Callable[[str], None]) -> None:
        """Let the exposure of the film be known to all."""
        if self._children:
            doing("metering the film")
            scene = self._children[0].metered()
        else:
            from render import device as devices  # noqa: PLC0415 - Taichi takes a while to import
            from render.frame.metering import metered  # noqa: PLC0415

            scene = metered(self._task.plan.scene, devices.start(self._task.device), lambda _, what: doing(what))
        self._task = replace(self._task, plan=replace(self._task.plan, scene=scene))
        for child in self._children:
            child.hand(self._task)

    def close(self) -> None:
        """End the processes, those in the midst of a frame at once."""
        for child in self._children:
            child.part()
        for child in self._children:
            child.close()

    def _render_here(self, index: int) -> Made:
        return self._task.render(index, self._presence)


def _hearing(presence: Presence | None, *, stages: bool) -> Callable[..., None]:
    """Return what hears processes of ours: of the folder, and, for a single one, what others here listen to."""
    listeners: dict[str, Callable[..., object]] = {}
    if presence:
        listeners[AWAY] = lambda _: presence.is_there()
    if stages:
        from render.frame.render import stage_listener  # noqa: PLC0415 - Taichi takes a while to import

        listeners |= {STAGE: stage_listener(), MAKING: listener()}

    def hear(kind: str, *words: Any) -> None:
        if kind in listeners:
            listeners[kind](*words)

    return hear


@dataclass(frozen=True)
class Crew:
    """How many processes render side by side on this machine, and how.

    `workers`: their number, 0 for this process; `threads`: of each, None for all cores; `band_pixels`: of the bands in
    which large frames are marched.
    """

    workers: int
    threads: int | None
    band_pixels: int


def crew_of(
    plan: FilmPlan,
    workers: int | None,
    threads: int | None,
    limit_bytes: float,
    cores: int | None = None,
    told: str = "there",
) -> Crew:
    """Return the crew for a film's frames within so much memory; `workers` None: as many as memory and cores allow.

    Frames that are written in bands have lower ones where memory is scarce. Raises InputError where it does not
    suffice, which says what would.
    """
    cores = cores or os.cpu_count() or 1
    large = is_in_bands(plan.size)
    bands = [BAND_PIXELS >> k for k in range(LOWER_BANDS + 1)] if large else [BAND_PIXELS]
    for band_pixels in bands:
        each = expected_memory_bytes(plan.scene, plan.size, in_bands=large, band_pixels=band_pixels)
        fit = int(min(limit_bytes / each, MOST_WORKERS))  # of infinitely much where a system does not tell
        count = max(1, min(fit, cores // THREADS_EACH)) if workers is None else workers
        if max(count, 1) <= fit:
            return Crew(count, threads or (max(1, cores // count) if count > 1 else None), band_pixels)
    side_by_side = (
        f"{count} frames of {plan.size[0]}x{plan.size[1]} at a time need"
        if count > 1
        else (f"a frame of {plan.size[0]}x{plan.size[1]} needs")
    )
    hint = f"--local-workers {fit}" if fit else "a smaller --size"
    raise InputError(
        f"{side_by_side} about {each * max(count, 1) / 1e9:.1f} GB of memory, {limit_bytes / 1e9:.1f} GB are {told}; "
        f"ask for {hint}"
    )


def environment_of(place: int, threads: int | None, gpus: Sequence[str] | None = None) -> dict[str, str]:
    """Return what the environment of a worker has of its own: its share of the cores, and its GPU where there are many.

    `place`: its number among the workers of this machine. `gpus`: names of those to be dealt round, by default those
    of CUDA_VISIBLE_DEVICES.
    """
    given = {"TI_CPU_MAX_NUM_THREADS": str(threads)} if threads else {}
    gpus = named_gpus() if gpus is None else gpus
    return given | ({"CUDA_VISIBLE_DEVICES": gpus[place % len(gpus)]} if len(gpus) > 1 else {})


def named_gpus() -> list[str]:
    """Return the names of the GPUs in this process's CUDA_VISIBLE_DEVICES."""
    return [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]


def make_regions(regions: list[Region], tell: Callable[[int], None]) -> None:
    """Trace the field lines of regions into the cache, several at once; `tell` hears how many are made.

    A single one is left to the frame that needs it: a process of its own would only start later. Whatever goes wrong is
    met, and told, by the frame that needs the region.
    """
    if len(regions) < 2:
        return
    tell(0)
    workers = min(len(regions), os.cpu_count() or 1, REGION_WORKERS)
    with ThreadPoolExecutor(workers) as pool:
        try:
            made = [pool.submit(_in_own_process, region) for region in regions]
            for count, _ in enumerate(as_completed(made), 1):
                tell(count)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


def _in_own_process(region: Region) -> None:
    """Make a region in a process that knows nothing of this one's program: a caller's script is not run again there."""
    subprocess.run(
        [*interpreter(), "-c", MAKE_REGION.format(repr(region))], check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(),
    )  # fmt: skip
