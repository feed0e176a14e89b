"""Which frame is next: of those that are missing, one that nobody else is at, until all are done or given up."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from render.core.errors import PolarlightError
from render.films.claims import RENEWALS, SUFFIX, Claims
from render.films.failures import Failures, FrameError, GoneError, OvertakenError
from render.films.folder import is_written, names_in
from render.films.plan import FilmPlan, Made
from render.films.presence import RECORD, FolderAwayError

LOOK_EVERY_S = 0.5  # s between the first two looks at frames that others are at; later ones come ever more seldom
MOST_LOOKS = 8  # at leases of others in one look: all who wait at the end of a film look at all who work
LAST_LOOKS = 64  # of those who do not wait, once: leases of this machine's dead are among them

Render = Callable[[int], Made]
"""Renders and writes the frame of an index; raises FrameError where another try may fare better, GoneError where this
renderer is not to be asked again."""
Begin = Callable[[int], None]
Finish = Callable[[int, Made], None]
Joined = Callable[[], Iterable[Render]]
"""Returns what renders and has come since it was asked last; raises where nothing will come any more."""


@dataclass
class Share:
    """The frames of a plan that this run sees to, handed out one by one; all methods may be called by any thread.

    A thousand machines at ten thousand frames must not ask the file system for each frame one by one. So a listing of
    the folder says which frames are likely to be free, and only these are tried; a listing that is old (of NFS it may
    be) costs a few tries, no more: a lease is taken by its creation alone, and a frame is over by its stamp alone.

    `wait`: whether frames that others are at are waited for. `kept`: which of the missing are there and were not read
    yet, since others are at work and have. `rendered`: what was made here, in order of completion;
    `by_others`, `given_up`: which frames were made elsewhere, or failed too often.
    """

    plan: FilmPlan
    claims: Claims
    failures: Failures
    missing: Iterable[int]
    wait: bool = True
    kept: Collection[int] = ()
    rendered: dict[int, Made] = field(default_factory=dict)
    by_others: set[int] = field(default_factory=set)
    given_up: list[int] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Line the missing frames up."""
        self._waiting = deque(self.missing)
        self._at_work: set[int] = set()
        self._names = {i: (self.plan.path(i).name, f".{_key(self.plan, i)}{SUFFIX}") for i in self._waiting}
        there, not_read = names_in(self.plan.folder), set(self.kept)
        self._not_whole = {i for i in self._waiting if i not in not_read and self._names[i][0] in there}
        self._trusted = 0

    def next(self) -> int | None:
        """Return a frame whose lease this run has taken, or None when none is left; waits for those of others.

        Waits for the folder where it is away. Raises FolderAwayError where it does not come back.
        """
        pause = LOOK_EVERY_S
        while not self.stopped.is_set():
            try:
                with self._lock:
                    index = self._found()
                    if index is not None:
                        return index
                    if not self._at_work and not (self.wait and self._waiting):
                        return None  # not while one of ours is at work, which may fail
            except FolderAwayError:
                self.claims.wait(self.stopped)
            self.stopped.wait(pause)
            longest = max(LOOK_EVERY_S, self.claims.lease_s / RENEWALS)
            pause = min(2.0 * pause, longest) if self._waiting else LOOK_EVERY_S
        return None

    def _found(self) -> int | None:
        """Take a frame: one that is free by the listing, else one that others are at; last, see what they have done.

        What others have rendered is read only when nobody is at work any more.
        """
        free, busy, done = self._by_listing()
        self._waiting = deque([*free, *busy, *done])
        self._trusted = len(done)
        for _ in free:
            if self._is_to_be_made(index := self._waiting.popleft()):
                return index
        for _ in busy[: MOST_LOOKS if self.wait else LAST_LOOKS]:
            if self._is_to_be_made(index := self._waiting.popleft()):
                return index
        if busy:
            return None
        self._trusted = 0
        for _ in done:
            if self._is_to_be_made(index := self._waiting.popleft()):
                return index
        return None

    def _by_listing(self) -> tuple[list[int], list[int], list[int]]:
        """Return the waiting frames that are free, leased, and rendered since this run began, by the folder's names."""
        there = names_in(self.plan.folder)
        if RECORD not in there and not self.claims.is_there():
            raise FolderAwayError(f"{self.plan.folder} is away")
        free: list[int] = []
        busy: list[int] = []
        done: list[int] = []
        for index in self._waiting:
            frame, lease = self._names[index]
            rendered = index not in self._not_whole and frame in there
            (busy if lease in there else done if rendered else free).append(index)
        return free, busy, done

    def _is_to_be_made(self, index: int) -> bool:
        """Take a frame, or find that it is done, given up, or another's, for which it is lined up again."""
        if self._is_over(index):
            return False
        taken = False
        try:
            taken = self.claims.take(_key(self.plan, index), frame=index)
        finally:
            if not taken:
                self._waiting.append(index)
        if not taken:
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
    def done(self) -> int:
        """Return how many frames have been rendered, here or elsewhere, since this run began."""
        return len(self.rendered) + max(0, self.elsewhere - len(self.kept))

    @property
    def left(self) -> int:
        """Return how many frames are left to others, who are at them still."""
        return len(self._waiting) - self._trusted

    @property
    def elsewhere(self) -> int:
        """Return how many frames others have rendered; while they are at work, by the frames' names alone."""
        return len(self.by_others) + self._trusted

    def make(self, index: int, render: Render) -> Made | None:
        """Have a frame that is ours rendered, and give its lease back; None where it failed, to be tried again.

        What fails while the folder is away is no failure of the frame's.
        """
        made: Made | None = None
        try:
            made = render(index)
            self.failures.forget(index)
        except FrameError as error:
            if self.claims.is_there():
                self.failures.note(index, str(error))
        except OvertakenError:  # who comes upon it next finds it done
            pass
        except (GoneError, FolderAwayError):  # no failure of the frame's
            raise
        except PolarlightError:
            # a lease that was lost, and taken by one who swept our file away half-written
            if self.claims.is_there() and not is_written(self.plan.path(index), self.plan.stamp(index)):
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

    def one_by_one(self, render: Render, begin: Begin, finish: Finish) -> None:
        """Have all frames made by one renderer in this thread, and hear of each that is begun and finished.

        Returns when nothing is left. Raises the first error that is not of a single frame, and KeyboardInterrupt.
        """
        while (index := self.next()) is not None:
            begin(index)
            made = self.make(index, render)
            if made is not None:
                finish(index, made)

    def side_by_side(
        self, renders: Iterable[Render], begin: Begin, finish: Finish, joined: Joined | None = None
    ) -> None:
        """Have all frames made by several renderers at once, otherwise as `one_by_one`; one word is heard at a time.

        `joined`: of renderers that come and go; frames wait for one.
        """
        errors: list[BaseException] = []
        over, heard = threading.Event(), threading.Lock()

        def begun(index: int) -> None:
            with heard:
                begin(index)

        def finished(index: int, made: Made) -> None:
            with heard:
                finish(index, made)

        def work(render: Render) -> None:
            try:
                self.one_by_one(render, begun, finished)
                over.set()
            except GoneError:
                pass
            except BaseException as error:
                errors.append(error)
                self.stopped.set()

        threads: list[threading.Thread] = []

        def start(more: Iterable[Render]) -> None:
            for render in more:
                threads.append(threading.Thread(target=work, args=(render,), daemon=True))
                threads[-1].start()

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
