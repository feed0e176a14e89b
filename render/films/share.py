"""Which frame is next: of those that are missing, one that nobody else is at, until all are done or given up."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from render.core.errors import PolarlightError
from render.films.claims import Claims
from render.films.failures import Failures, FrameError, GoneError
from render.films.folder import is_written
from render.films.plan import FilmPlan, Made

LOOK_EVERY_S = 0.5  # s between two looks at frames that others are at

Render = Callable[[int], Made]
"""Renders and writes the frame of an index; raises FrameError where another try may fare better, GoneError where this
renderer is not to be asked again."""
Joined = Callable[[], Iterable[Render]]
"""Returns what renders and has come since it was asked last; raises where nothing will come any more."""


@dataclass
class Share:
    """The frames of a plan that this run sees to, handed out one by one; all methods may be called by any thread.

    `wait`: whether frames that others are at are waited for. `rendered`: what was made here, in order of completion;
    `by_others`, `given_up`: which frames were made elsewhere, or failed too often.
    """

    plan: FilmPlan
    claims: Claims
    failures: Failures
    missing: Iterable[int]
    wait: bool = True
    rendered: dict[int, Made] = field(default_factory=dict)
    by_others: set[int] = field(default_factory=set)
    given_up: list[int] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Line the missing frames up."""
        self._waiting = deque(self.missing)
        self._at_work: set[int] = set()

    def next(self) -> int | None:
        """Return a frame whose lease this run has taken, or None when none is left; waits for those of others."""
        while not self.stopped.is_set():
            with self._lock:
                for _ in range(len(self._waiting)):
                    index = self._waiting.popleft()
                    if self._is_to_be_made(index):
                        return index
                if not self._at_work and not (self.wait and self._waiting):
                    return None  # not while one of ours is at work, which may fail
            self.stopped.wait(LOOK_EVERY_S)
        return None

    def _is_to_be_made(self, index: int) -> bool:
        """Take a frame, or find that it is done, given up, or another's, for which it is lined up again."""
        if self._is_over(index):
            return False
        if not self.claims.take(_key(self.plan, index), frame=index):
            self._waiting.append(index)
            return False
        if self._is_over(index):  # done by another since it was looked at
            self.claims.release(_key(self.plan, index))
            return False
        self._at_work.add(index)
        return True

    def _is_over(self, index: int) -> bool:
        if is_written(self.plan.path(index), self.plan.stamp(index)):
            self.by_others.add(index)
            return True
        if self.failures.is_given_up(index):
            self.given_up.append(index)
            return True
        return False

    @property
    def left(self) -> int:
        """Return how many frames are left to others."""
        return len(self._waiting)

    def make(self, index: int, render: Render) -> Made | None:
        """Have a frame that is ours rendered, and give its lease back; None where it failed, to be tried again."""
        made: Made | None = None
        try:
            made = render(index)
            self.failures.forget(index)
        except FrameError as error:
            self.failures.note(index, str(error))
        except GoneError:  # no failure of the frame's
            raise
        except PolarlightError:
            # a lease that was lost, and taken by one who swept our file away half-written
            if not is_written(self.plan.path(index), self.plan.stamp(index)):
                raise
        finally:
            with self._lock:
                self._at_work.discard(index)
                if made is not None:
                    self.rendered[index] = made
                else:
                    self._waiting.append(index)
            self.claims.release(_key(self.plan, index))
        return made

    def all(
        self,
        renders: Iterable[Render],
        tell: Callable[[int], None],
        joined: Callable[[], Iterable[Render]] | None = None,
    ) -> None:
        """Have all frames made by several renderers at once; `tell` hears of each frame that is begun or waited for.

        `joined`: of renderers that come and go; frames wait for one. Returns when nothing is left. Raises the first
        error that is not of a single frame, and KeyboardInterrupt.
        """
        errors: list[BaseException] = []
        over = threading.Event()

        def work(render: Render) -> None:
            try:
                while (index := self.next()) is not None:
                    begun(index)
                    self.make(index, render)
                over.set()
            except GoneError:
                pass
            except BaseException as error:
                errors.append(error)
                self.stopped.set()

        def begun(index: int) -> None:
            with told:
                tell(index)

        def start(more: Iterable[Render]) -> None:
            started = [threading.Thread(target=work, args=(render,), daemon=True) for render in more]
            threads.extend(started)
            for thread in started:
                thread.start()

        told = threading.Lock()
        threads: list[threading.Thread] = []
        start(renders)
        try:
            while any(thread.is_alive() for thread in threads) or not (joined is None or over.is_set() or errors):
                start(joined() if joined and not over.is_set() else ())
                time.sleep(0.05)  # where Ctrl-C is heard: a join waits through it on some systems
        except BaseException:
            self.stopped.set()
            raise
        if errors:
            raise errors[0]


def _key(plan: FilmPlan, index: int) -> str:
    """Return the key of a frame's lease: its file's name without ending."""
    return plan.path(index).stem
