"""A process of its own that renders frames when it is asked to: started by `children`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from render.core.cache import heard
from render.core.errors import PolarlightError
from render.films.plan import FilmPlan, Made
from render.films.presence import WAIT_S, Presence, Record
from render.processes.asked import asked

METER, END = "meter", "end"  # requests
METERED, MADE, REFUSED, FAILED = "metered", "made", "refused", "failed"  # how answers begin
STAGE, MAKING, AWAY = "stage", "making", "away"
"""And what is told before one: of a stage of the frame, of what is made once, of a folder that goes and comes."""


@dataclass(frozen=True)
class Task:
    """What a child is started for: a film's frames on a device; `durable` and `band_pixels` as `render_one`.

    `record`: of the folder, which is waited for up to `wait_s` where it is away.
    """

    plan: FilmPlan
    device: str
    durable: bool = True
    band_pixels: int | None = None
    record: Record | None = None
    wait_s: float = WAIT_S

    def presence(self, tell: Callable[[str], None]) -> Presence | None:
        """Return what looks whether the folder is there, and tells of it."""
        return Presence(self.record, self.wait_s, tell) if self.record else None

    def render(self, index: int, presence: Presence | None = None) -> Made:
        """Render a frame in this process; see `render_one`."""
        from render.films import one  # noqa: PLC0415 - Taichi takes a while to import

        return one.render_one(
            self.plan, index, self.device, durable=self.durable, band_pixels=self.band_pixels, presence=presence
        )


def task_of(
    plan: FilmPlan, device: str, durable: bool, presence: Presence | None, band_pixels: int | None = None
) -> Task:
    """Return the task of a plan, whose folder others may know under another name than `presence`."""
    if presence is None:
        return Task(plan, device, durable, band_pixels)
    return Task(plan, device, durable, band_pixels, Record(plan.folder, presence.record.content), presence.wait_s)


def main() -> None:
    """Answer requests until there are no more."""
    requests, answer = asked()
    task: Task = requests.get()
    while True:
        request = requests.get()
        if isinstance(request, Task):
            task = request
            continue
        if request == END:
            _end()
        answer(_answer(task, request, lambda *words: answer(words)))


def _answer(task: Task, request: Any, tell: Callable[..., None]) -> tuple[Any, ...]:
    """Return the answer to a request: METER, or the index of a frame; `tell` hears meanwhile how far it is."""
    from render.frame.render import stages_heard  # noqa: PLC0415 - Taichi takes a while to import

    try:
        with heard(partial(tell, MAKING)), stages_heard(partial(tell, STAGE)):
            if request == METER:
                return METERED, _metered(task)
            return MADE, task.render(request, task.presence(partial(tell, AWAY)))
    except PolarlightError as error:  # what no other try would change
        return REFUSED, type(error), str(error)
    except Exception as error:
        return FAILED, f"{type(error).__name__}: {error}"


def _end() -> None:
    """End the process, which keeps the kernels that it has compiled: who is killed has compiled them in vain."""
    from render import device as devices  # noqa: PLC0415 - Taichi takes a while to import

    devices.stop()
    os._exit(0)  # a thread still reads what is asked


def _metered(task: Task) -> Any:
    """Return the plan's scene with its exposure known, and warm the device up with it."""
    from render import device as devices  # noqa: PLC0415 - Taichi takes a while to import
    from render.frame.metering import metered  # noqa: PLC0415

    return metered(task.plan.scene, devices.start(task.device))
