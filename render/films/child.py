"""A process of its own that renders frames when it is asked to: started by `children`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from render.core.cache import heard
from render.core.errors import PolarlightError
from render.films.plan import FilmPlan, Made
from render.processes.asked import asked

METER = "meter"  # a request
METERED, MADE, REFUSED, FAILED = "metered", "made", "refused", "failed"  # how answers begin
STAGE, MAKING = "stage", "making"  # and what is told before one: of a stage of the frame, of what is made once


@dataclass(frozen=True)
class Task:
    """What a child is started for: a film's frames on a device; `durable` and `band_pixels` as `render_one`."""

    plan: FilmPlan
    device: str
    durable: bool = True
    band_pixels: int | None = None

    def render(self, index: int) -> Made:
        """Render a frame in this process; see `render_one`."""
        from render.films import one  # noqa: PLC0415 - Taichi takes a while to import

        return one.render_one(self.plan, index, self.device, durable=self.durable, band_pixels=self.band_pixels)


def main() -> None:
    """Answer requests until there are no more."""
    requests, answer = asked()
    task: Task = requests.get()
    while True:
        request = requests.get()
        if isinstance(request, Task):
            task = request
            continue
        answer(_answer(task, request, lambda *words: answer(words)))


def _answer(task: Task, request: Any, tell: Callable[..., None]) -> tuple[Any, ...]:
    """Return the answer to a request: METER, or the index of a frame; `tell` hears meanwhile how far it is."""
    from render.frame.render import stages_heard  # noqa: PLC0415 - Taichi takes a while to import

    try:
        with heard(partial(tell, MAKING)), stages_heard(partial(tell, STAGE)):
            return (METERED, _metered(task)) if request == METER else (MADE, task.render(request))
    except PolarlightError as error:  # what no other try would change
        return REFUSED, type(error), str(error)
    except Exception as error:
        return FAILED, f"{type(error).__name__}: {error}"


def _metered(task: Task) -> Any:
    """Return the plan's scene with its exposure known, and warm the device up with it."""
    from render import device as devices  # noqa: PLC0415 - Taichi takes a while to import
    from render.frame.metering import metered  # noqa: PLC0415

    return metered(task.plan.scene, devices.start(task.device))
