"""What renders the frames of a film: this process itself, or several of our own, side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from render.films.child import Task
from render.films.children import Child
from render.films.claims import Claims
from render.films.plan import FilmPlan, Made

Render = Callable[[int], Made]


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
    """Renderers of a plan's frames; `workers`: how many processes, 0 for this one; `threads`: of each, None for all."""

    def __init__(
        self, plan: FilmPlan, device: str, workers: int, *, durable: bool = True, threads: int | None = None
    ) -> None:
        self._task = Task(plan, device, durable)
        self._children = [Child(self._task, environment_of(place, threads)) for place in range(workers)]

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
        """End the processes."""
        for child in self._children:
            child.close()

    def _render_here(self, index: int) -> Made:
        from render.films.one import render_one  # noqa: PLC0415 - Taichi takes a while to import

        return render_one(self._task.plan, index, self._task.device, durable=self._task.durable)


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
