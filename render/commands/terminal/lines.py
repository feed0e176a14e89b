"""How far long work is, in lines on standard error: of a stage, of a picture of a series, of a film's frame.

A stage has a line when it begins, and one every LINE_EVERY_S while it goes on, also where the work itself says nothing
meanwhile: a thread looks. What is made once on a machine, kernels and tables, is named there. With --verbose each of
these has a line of its own, and stages tell in the end how long they took.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from render.commands.terminal.loudness import is_verbose
from render.commands.terminal.words import amount, duration, warn

if TYPE_CHECKING:
    from render.films.film import FilmProgress

LINE_EVERY_S, FRAME_EVERY_S = 10.0, 60.0  # s between two lines of a stage, of a frame once another is finished
LOOK_EVERY_S = 1.0  # s between two looks whether a line is due
PACE = 8  # last pictures of a series, from which the time left is reckoned
COUNTED, PART = re.compile(r"(\d+) of (\d+)"), re.compile(r"(\d+)%")


def stage_of(doing: str) -> str:
    """Return the name of a stage: what stands before its first number."""
    return re.split(r",? \d", doing, maxsplit=1)[0]


def share_of(doing: str) -> float | None:
    """Return how much of a stage is done, 0 to 1, as it says: `3 of 13` is in work, `20%` are done."""
    if found := COUNTED.search(doing):
        return max(int(found[1]) - 1, 0) / max(int(found[2]), 1)
    return float(found[1]) / 100.0 if (found := PART.search(doing)) else None


class StageLines:
    """Lines of one piece of work, a stage at a time."""

    def __init__(self, label: str) -> None:
        self._label, self._far, self._doing, self._stage = label, "", "", ""
        self._begun_s = self._told_s = self._said_s = self._started_s = time.monotonic()
        self._first_share: float | None = None
        self._making: list[tuple[str, float]] = []
        self._took: dict[str, float] = {}
        self._every_s = LINE_EVERY_S
        self._one_at_a_time = threading.RLock()
        self._is_verbose = is_verbose()  # threads that tell of their work do not know what was asked for

    def tell(self, fraction: float, doing: str) -> None:
        """Hear how far the work is, 0 to 1, and what is being done."""
        self._tell(f"{fraction:.0%}", doing)

    def make(self, making: str) -> None:
        """Hear what is made that is kept afterwards, "" when it is done."""
        self.look()
        with self._one_at_a_time:
            now = time.monotonic()
            if making:
                self._making.append((making, now))
            elif self._making:
                made, begun_s = self._making.pop()
                if self._is_verbose:
                    self._write(f"{made}: {duration(now - begun_s)}")

    def look(self) -> None:
        """Write a line if one is due."""
        with self._one_at_a_time:
            now = time.monotonic()
            if self._doing and now - self._said_s >= self._every_s:
                making, begun_s = self._making[-1] if self._making else ("", self._begun_s)
                if begun_s < self._told_s:  # the work itself has been heard of since: a table of its stages' results
                    making, begun_s = "", self._begun_s
                left = None if making else self._left(now)
                ahead = f"about {duration(left)} left" if left else f"for {duration(now - begun_s)}"
                self._write(f"{self._far}, {self._doing}{making and ': '}{making}, {ahead}")

    def close(self, *, whole: bool) -> None:
        """End the work, `whole` unless it broke off; tell with --verbose how long its stages took."""
        with self._one_at_a_time:
            self._end_stage()
            if whole and self._is_verbose:
                took = duration(time.monotonic() - self._started_s)
                self._write(f"took {took}{self._stages()}{_peak()}")

    def _tell(self, far: str, doing: str) -> None:
        with self._one_at_a_time:
            stage = stage_of(doing)
            self._far, self._doing, self._told_s = far, doing, time.monotonic()
            if stage != self._stage:
                self._end_stage()
                self._stage, self._begun_s, self._first_share = stage, self._told_s, share_of(doing)
                self._write(f"{far}, {doing}")
        self.look()

    def _end_stage(self) -> None:
        if self._stage:
            self._took[self._stage] = self._took.get(self._stage, 0.0) + time.monotonic() - self._begun_s
        self._stage = ""

    def _left(self, now: float) -> float | None:
        """Return the seconds left of the stage, at the pace so far; None where it does not say how much is done."""
        share, first = share_of(self._doing), self._first_share
        if share is None or first is None or share <= first:
            return None
        return max((1.0 - share) * (self._told_s - self._begun_s) / (share - first) - (now - self._told_s), 0.0)

    def _stages(self) -> str:
        """Return how long each stage took that took a while, in words, and begin anew."""
        took = [f"{stage} {duration(seconds)}" for stage, seconds in self._took.items() if seconds >= 0.05]
        self._took = {}
        return f": {', '.join(took)}" if took else ""

    def _write(self, text: str) -> None:
        self._said_s = time.monotonic()
        write(f"{self._label}: {text}")


class SeriesLines(StageLines):
    """Lines of a series: one of each picture or column that is finished, of those told as `picture 3 of 20`."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self._pace: deque[float] = deque(maxlen=PACE)
        self._finished = 0

    def tell(self, fraction: float, doing: str) -> None:
        """Hear how far the series is, and which of it is being made: the one before is finished."""
        if not COUNTED.search(doing):
            super().tell(fraction, doing)
            return
        with self._one_at_a_time:
            self._finish_one()
            self._far, self._doing, self._stage = f"{fraction:.0%}", doing, doing
            self._begun_s = self._told_s = time.monotonic()

    def close(self, *, whole: bool) -> None:
        """End the series; the last of it is finished unless it broke off."""
        with self._one_at_a_time:
            if whole:
                self._finish_one()
            self._stage = ""
            super().close(whole=whole)

    def _finish_one(self) -> None:
        counted = COUNTED.search(self._stage)
        if not counted:
            return
        seconds, more = time.monotonic() - self._begun_s, int(counted[2]) - int(counted[1])
        self._finished += 1
        if self._finished == 2:
            self._pace.clear()  # of the first, which also starts and compiles
        self._pace.append(seconds)
        self._every_s = FRAME_EVERY_S
        left = _left_words(more * sum(self._pace) / len(self._pace), first=self._finished == 1)
        self._write(f"{self._stage} done, {duration(seconds)}{left}")


class FilmLines(StageLines):
    """Lines of a film: one of each frame that is finished, and of each stage ahead of the first and after the last."""

    def __init__(self) -> None:
        super().__init__("film")
        self._kept_told, self._frame = False, ""

    def hear(self, at: FilmProgress) -> None:
        """Hear how far the film is."""
        done, total = at.done + at.kept, at.total + at.kept
        with self._one_at_a_time:
            if at.kept and not self._kept_told:
                self._kept_told = True
                self._write(f"{at.kept} of {total} frames are there already")
            if at.finished is not None:
                left = _left_words(at.seconds_left, first=at.done == 1)
                self._every_s = FRAME_EVERY_S
                self._end_stage()
                self._write(f"frame {at.finished}, {done} of {total} done, {duration(at.seconds)}{left}")
                if self._is_verbose and (stages := self._stages()):
                    self._write(f"frame {at.finished}{stages}")
            elif stage_of(at.doing) == "frame":
                self._end_stage()
                if self._is_verbose and (stages := self._stages()):
                    self._write(f"ahead{stages}")
                self._far, self._doing, self._frame = f"{done} of {total}", at.doing, at.doing
                self._begun_s = self._told_s = time.monotonic()
                self._first_share = None
            else:
                self._frame = ""
                self._tell(f"{done} of {total}", at.doing)

    def hear_stage(self, _share: float, doing: str) -> None:
        """Hear of a stage of the frame in work; when its light is done, it is developed and written."""
        with self._one_at_a_time:
            stage = stage_of("developing" if doing == "done" else doing)
            if self._frame and stage != self._stage:
                self._end_stage()
                self._doing, self._stage = f"{self._frame}: {stage}", stage
                self._begun_s = self._told_s = time.monotonic()


@contextlib.contextmanager
def watched(lines: StageLines) -> Iterator[None]:
    """Write the lines that fall due in the block, and those of its end."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            lines.look()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    whole = False
    try:
        yield
        whole = True
    finally:
        over.set()
        thread.join()
        lines.close(whole=whole)


def write(text: str) -> None:
    """Write one line of progress."""
    warn(text)


def _left_words(seconds: float | None, *, first: bool) -> str:
    """Return the time left in words; at the pace of the `first`, which also starts and compiles, it is at most that."""
    return f", {'at most ' if first else ''}{duration(seconds)} left" if seconds else ""


def _peak() -> str:
    """Return the most memory that the process has held, in words; "" where the platform does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return ""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"; memory at peak {amount(held * (1.0 if sys.platform == 'darwin' else 1024.0))}"
