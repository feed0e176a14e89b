"""How far a film is: what is told of it while frames are begun and finished in any order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from render.films.plan import FilmPlan, Made
from render.films.share import Share

PACE_FRAMES = 8  # the time left is reckoned from so many last frames


@dataclass(frozen=True)
class FilmProgress:
    """How far a film is: `done` of `total` frames to render, `kept` from earlier runs, seconds left or None.

    `finished`: the frame that has just been written, in `seconds`; None where nothing has.
    """

    done: int
    total: int
    kept: int
    seconds_left: float | None
    doing: str
    finished: int | None = None
    seconds: float = 0.0


class Teller:
    """Tells of a film's progress, as far as it is known; frames are begun and finished in any order."""

    def __init__(self, plan: FilmPlan, progress: Callable[[FilmProgress], None] | None) -> None:
        self._plan, self._progress = plan, progress
        self._share: Share | None = None
        self._total = self._kept = 0
        self._pace: deque[float] = deque(maxlen=PACE_FRAMES)
        self._side_by_side = 1

    def set_out(self, share: Share, missing: int, side_by_side: int) -> None:
        """Take note of how many frames are to be rendered, by so many renderers here."""
        self._share, self._total, self._side_by_side = share, missing, side_by_side
        self._kept = len(self._plan.wanted) - missing

    def side_by_side(self, count: int) -> None:
        """Take note of how many frames are rendered at once, where that changes."""
        self._side_by_side = max(count, 1)

    def rate(self) -> str:
        """Return in words how many frames are done here in a minute, "" where it is not known."""
        if not self._pace:
            return ""
        each_s = max(sum(self._pace) / len(self._pace) / self._side_by_side, 1e-3)
        return f", {60.0 / each_s:.{0 if each_s < 6.0 else 1}f} frames a minute"

    def doing(self, what: str) -> None:
        """Tell what is being done."""
        self._tell(what)

    def begin(self, index: int, where: str = "") -> None:
        """Tell of a frame that is begun, and in words where."""
        self._tell(f"frame {index}{where}")

    def finish(self, index: int, made: Made) -> None:
        """Tell of a frame that has been written here."""
        if self._share and len(self._share.rendered) == self._side_by_side + 1:
            self._pace.clear()  # of the first, which also start and compile
        self._pace.append(made.seconds)
        self._tell(f"frame {index}", index, made.seconds)

    def _tell(self, doing: str, finished: int | None = None, seconds: float = 0.0) -> None:
        if self._progress:
            done = self._share.done if self._share else 0
            self._progress(FilmProgress(done, self._total, self._kept, self._left(done), doing, finished, seconds))

    def _left(self, done: int) -> float | None:
        """Return the seconds left at the pace of the last frames, and with as much help from others as so far."""
        if not self._pace or not self._share:
            return None
        here = len(self._share.rendered) / done / self._side_by_side
        return (self._total - done) * sum(self._pace) / len(self._pace) * here
