"""A film's folder that goes and comes: waited for, known again, and nothing written to what lies in its place."""

from __future__ import annotations

import errno
import io
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from render.core.errors import OutputError
from render.films import claims, one, presence
from render.films.claims import Claims
from render.films.failures import Failures, FrameError
from render.films.opening import open_folder
from render.films.plan import FilmPlan, Made, plan_of
from render.films.presence import RECORD, FolderAwayError, Presence, record_of
from render.films.share import Share
from render.scene import load_scene
from tests.films.shares import QUIET, write

CODES = [errno.ESTALE, errno.EIO, errno.ENOENT, errno.EACCES]


@pytest.fixture
def plan(tmp_path: Path) -> FilmPlan:
    (tmp_path / "film").mkdir()
    return plan_of(load_scene("quiet_arc"), tmp_path / "film", (4, 2), range(12))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (presence, claims, one):
        monkeypatch.setattr(module, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(presence, "WRITES_S", 0.01)


@contextmanager
def sharing(plan: FilmPlan, lines: list[str], *, wait_s: float = 20.0, lease_s: float = 40.0) -> Iterator[Share]:
    """Give the share of a run that takes part in a film."""
    with open_folder(plan, lease_s, tell=lines.append, wait_s=wait_s) as (held, failures_of):
        yield Share(plan, held, failures_of(0), plan.wanted)


def renderer(plan: FilmPlan, share: Share, count: Counter[int], before: Callable[[int], object]) -> Callable[..., Made]:
    """Return what writes black frames as `render_one` does; `before` each of them something happens."""

    def render(index: int) -> Made:
        count[index] += 1
        before(index)
        one._written(plan, index, share.claims.presence, lambda: write(plan, index) and None)  # type: ignore[func-returns-value]
        return Made("none", 0.0)

    return render


def back_later(folder: Path, *, empty: bool, seconds: float = 0.4) -> threading.Thread:
    """Take a folder away, with an empty one in its place or none, and bring it back in a while."""
    away = folder.with_name("away")
    folder.rename(away)
    if empty:
        folder.mkdir()

    def back() -> None:
        time.sleep(seconds)
        if empty:
            folder.rmdir()  # nothing is in it
        away.rename(folder)

    thread = threading.Thread(target=back)
    thread.start()
    return thread


@contextmanager
def failing(folder: Path, code: int) -> Iterator[threading.Event]:
    """Let all that is asked of a folder fail while the event is set."""
    fails = threading.Event()
    patch = pytest.MonkeyPatch()

    def spoil(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def spoilt(*arguments: Any, **named: Any) -> Any:
            if fails.is_set() and any(str(one).startswith(str(folder)) for one in arguments[:2]):
                raise OSError(code, os.strerror(code), str(arguments[0]))
            return real(*arguments, **named)

        patch.setattr(owner, name, spoilt)

    for name in ("open", "listdir", "scandir", "replace", "rename", "unlink", "mkdir"):
        spoil(os, name)
    spoil(io, "open")
    spoil(__import__("builtins"), "open")
    try:
        yield fails
    finally:
        patch.undo()


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_waits_for_its_folder(plan: FilmPlan, empty: bool, workers: int) -> None:
    count, lines, threads = Counter[int](), list[str](), list[threading.Thread]()

    def before(index: int) -> None:
        if index in (3, 8) and count[index] == 1:
            for thread in threads:
                thread.join()
            threads.append(back_later(plan.folder, empty=empty))

    with sharing(plan, lines) as share:
        share.side_by_side([renderer(plan, share, count, before)] * workers, *QUIET)
    assert count == Counter(plan.wanted) and sorted(share.rendered) == list(plan.wanted)
    assert sorted(path.name for path in plan.folder.iterdir()) == [RECORD, *(plan.path(i).name for i in plan.wanted)]
    assert len(lines) == 4  # it is away, it is back, twice
    why = ["there is no such folder", f"{RECORD} is missing in it"]  # the first, for a moment, in either case
    told = [f"waiting for {plan.folder}, which is away: {one}; for up to 20 s" for one in why[: 1 + empty]]
    assert lines[0] in told
    assert lines[1] == f"{plan.folder} is back, after 0 s"


def test_a_run_that_does_not_look_writes_to_what_lies_in_the_folders_place(plan: FilmPlan) -> None:
    class Blind(Presence):
        def is_there(self) -> bool:
            return True

    count = Counter[int]()

    def before(index: int) -> None:
        if index == 3:
            plan.folder.rename(plan.folder.with_name("away"))
            plan.folder.mkdir()

    with sharing(plan, []) as share:
        assert share.claims.presence is not None
        share.claims.presence = Blind(share.claims.presence.record)
        share.one_by_one(renderer(plan, share, count, before), *QUIET)
    assert [path.name for path in sorted(plan.folder.iterdir())] == [plan.path(i).name for i in range(3, 12)]


@pytest.mark.parametrize("code", CODES)
def test_whatever_the_system_says_of_a_folder_that_is_away(plan: FilmPlan, code: int) -> None:
    count, lines = Counter[int](), list[str]()

    with failing(plan.folder, code) as fails, sharing(plan, lines, lease_s=0.4) as share:

        def before(index: int) -> None:
            if index == 3 and count[3] == 1:
                fails.set()
                threading.Timer(0.4, fails.clear).start()

        share.one_by_one(renderer(plan, share, count, before), *QUIET)
    assert count == Counter(plan.wanted) and len(lines) == 2 and "which is away" in lines[0]
    assert sorted(path.name for path in plan.folder.iterdir()) == [RECORD, *(plan.path(i).name for i in plan.wanted)]


def test_a_folder_that_does_not_come_back_ends_the_run_and_the_next_goes_on(plan: FilmPlan) -> None:
    count, away = Counter[int](), plan.folder.with_name("away")

    def before(index: int) -> None:
        if index == 5:
            plan.folder.rename(away)

    with (
        pytest.raises(FolderAwayError, match=r"film has been away for \d s: there is no such folder; the same") as told,
        sharing(plan, [], wait_s=0.2) as share,
    ):
        share.one_by_one(renderer(plan, share, count, before), *QUIET)
    assert told.value.exit_code == 1 and not plan.folder.exists()
    away.rename(plan.folder)
    assert not Failures(plan, 0).of(5)
    with sharing(plan, [], lease_s=0.3) as share:  # a process that is alive still holds the lease of frame 5
        share.one_by_one(renderer(plan, share, count, lambda index: None), *QUIET)
    assert count == Counter([*plan.wanted, 5]) and len(share.rendered) == 7


def test_what_fails_while_the_folder_is_away_is_no_failure_of_the_frame(plan: FilmPlan) -> None:
    for error in (FrameError("it died"), OutputError("no such file")):
        count = Counter[int]()

        def before(index: int, error: Exception = error, count: Counter[int] = count) -> None:
            if index == 3 and count[3] == 1:
                back_later(plan.folder, empty=True)
                raise error

        with sharing(plan, []) as share:  # of which no frame may fail
            share.one_by_one(renderer(plan, share, count, before), *QUIET)
        assert count[3] == 2 and not share.given_up and len(share.rendered) == 12
        for path in plan.folder.glob("frame_*"):
            path.unlink()


def test_who_comes_back_leaves_a_frame_that_another_has_made(plan: FilmPlan, tmp_path: Path) -> None:
    """One sees the folder by a link, which is away for longer than its lease; who took over has another device."""
    link, held = tmp_path / "link", tmp_path / "held"
    link.symlink_to(plan.folder)
    mine = FilmPlan(plan.scene, link, plan.size, plan.wanted)
    counts: dict[str, Counter[int]] = {"away": Counter(), "there": Counter()}
    threads: list[threading.Thread] = []
    made: list[Share] = []
    bits: list[bytes] = []

    def take_over() -> None:
        with sharing(plan, [], lease_s=0.3) as share:
            made.append(share)
            share.one_by_one(renderer(plan, share, counts["there"], lambda index: None), *QUIET)
        bits.extend(plan.path(index).read_bytes() for index in plan.wanted)

    def before(index: int) -> None:
        if index == 2 and not threads:
            link.rename(held)
            threads.append(threading.Thread(target=take_over))
            threads[0].start()
            threads[0].join()
            held.rename(link)

    lines: list[str] = []
    with sharing(mine, lines, lease_s=600.0) as share:
        made_there = renderer(mine, share, counts["away"], before)
        share.one_by_one(made_there, *QUIET)
    there = made[0]
    assert sorted(share.rendered) == [0, 1] and sorted(there.rendered) == list(range(2, 12))
    assert share.by_others == set(range(2, 12)) and there.by_others == {0, 1}
    assert counts["away"] == Counter([0, 1, 2]) and [plan.path(i).read_bytes() for i in plan.wanted] == bits


def test_leases_are_renewed_as_soon_as_the_folder_is_back(plan: FilmPlan) -> None:
    record = record_of(plan.folder, plan.identity, replace=True)
    assert record is not None
    held = Claims(plan.folder, 0.4, presence=Presence(record))
    assert held.take("a") and held.take("b")
    thread = back_later(plan.folder, empty=True, seconds=0.5)
    held.release("a")  # which it cannot be yet
    thread.join()
    time.sleep(0.3)
    assert sorted(path.name for path in plan.folder.glob(".*.lease")) == [".b.lease"]
    other = Claims(plan.folder, 0.4)
    for _ in range(8):
        assert not other.take("b")
        time.sleep(0.1)
    assert other.take("a")
    held.close()
    other.close()


def test_leases_are_renewed_though_nobody_can_be_told(plan: FilmPlan) -> None:
    """A terminal that is gone takes no words."""
    record = record_of(plan.folder, plan.identity, replace=True)
    assert record is not None

    def closed(_word: str) -> None:
        raise BrokenPipeError

    held = Claims(plan.folder, 0.4, presence=Presence(record, tell=closed))
    assert held.take("a")
    thread = back_later(plan.folder, empty=False, seconds=0.5)
    with suppress(BrokenPipeError):
        held.is_there()
    thread.join()
    time.sleep(0.3)
    other = Claims(plan.folder, 0.4)
    for _ in range(8):
        assert not other.take("a")
        time.sleep(0.1)
    held.close()
    other.close()


def test_others_that_were_away_too_are_given_time_to_renew(plan: FilmPlan) -> None:
    record = record_of(plan.folder, plan.identity, replace=True)
    assert record is not None
    waiting = Claims(plan.folder, 0.3, presence=Presence(record))
    lease = plan.folder / ".a.lease"
    lease.write_text('{"token": "t", "host": "elsewhere", "pid": 1, "renewed": 1}')
    assert not waiting.take("a")
    thread = back_later(plan.folder, empty=False, seconds=0.5)
    waiting.wait()
    thread.join()
    assert not waiting.take("a")  # silent for longer than a lease, but nobody could have heard it
    time.sleep(0.4)
    assert waiting.take("a")
    waiting.close()
