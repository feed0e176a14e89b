"""The frames of a film shared out: each rendered once, tried again where it fails, given up in the end."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter

import pytest

from render.core.errors import OutputError
from render.films.claims import Claims
from render.films.failures import Failures, FrameError, FramesFailedError, GoneError
from render.films.plan import FilmPlan, Made, parse_shard
from render.films.share import Render
from tests.films.shares import QUIET, rest, share_of, write


def test_several_runs_render_each_frame_once(plan: FilmPlan) -> None:
    count: Counter[int] = Counter()
    lock = threading.Lock()

    def render(index: int) -> Made:
        with lock:
            count[index] += 1
        time.sleep(0.01)
        return write(plan, index)

    shares = [share_of(plan) for _ in range(3)]
    threads = [threading.Thread(target=one.side_by_side, args=([render, render], *QUIET)) for one in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in shares:
        one.claims.close()
        assert not one.left and len(one.rendered) + len(one.by_others) == 12
    assert count == Counter(plan.wanted) and rest(plan.folder) == []


def test_a_frame_that_fails_is_tried_again(plan: FilmPlan) -> None:
    tries: Counter[int] = Counter()

    def render(index: int) -> Made:
        tries[index] += 1
        if index == 3 and tries[index] < 3:
            raise FrameError("it died")
        return write(plan, index)

    share = share_of(plan)
    share.side_by_side([render], *QUIET)
    share.claims.close()
    assert tries[3] == 3 and sorted(share.rendered) == list(plan.wanted) and rest(plan.folder) == []


def test_a_frame_that_fails_too_often_is_given_up_by_all(plan: FilmPlan) -> None:
    def render(index: int) -> Made:
        if index in (3, 7):
            raise FrameError(f"frame {index} died")
        return write(plan, index)

    first, second = share_of(plan, retries=1), share_of(plan, retries=1)
    first.side_by_side([render], *QUIET)
    asked: list[int] = []
    second.side_by_side([lambda index: asked.append(index) or write(plan, index)], *QUIET)  # type: ignore[func-returns-value]
    assert (sorted(first.given_up), sorted(second.given_up), asked) == ([3, 7], [3, 7], [])
    told = str(first.failures.error(first.given_up))
    assert told.startswith("2 of 12 frames failed: 3 (2 times: frame 3 died), 7 (2 times: frame 7 died); the others")
    assert isinstance(first.failures.error([3]), FramesFailedError)
    more = share_of(plan, retries=2)  # another try is allowed
    more.side_by_side([lambda index: write(plan, index)], *QUIET)
    assert sorted(more.rendered) == [3, 7] and rest(plan.folder) == []


def test_failures_of_another_state_of_the_scene_do_not_count(plan: FilmPlan) -> None:
    Failures(plan, 0).note(3, "then")
    path = plan.folder / ".frame_00003.failures"
    told = json.loads(path.read_text(encoding="utf-8"))
    assert Failures(plan, 0).is_given_up(3)
    path.write_text(json.dumps(told | {"stamp": "another"}) + "\nnot json\n[]\n", encoding="utf-8")
    assert not Failures(plan, 0).is_given_up(3)


def test_renderers_come_and_go(plan: FilmPlan) -> None:
    """One is gone at its second frame; another joins when none is left, and a third when nothing is to be done."""
    asked: list[str] = []

    def gone(index: int) -> Made:
        asked.append("first")
        if len(asked) == 2:
            raise GoneError("its machine is gone")
        return write(plan, index)

    def later(index: int) -> Made:
        asked.append("later")
        return write(plan, index)

    def joined() -> list[Render]:
        calls.append(1)
        return [later] if len(calls) == 5 else []

    calls: list[int] = []
    for wait in (True, False):
        share = share_of(plan, wait=wait, retries=0)
        share.side_by_side([gone], *QUIET, joined)
        share.claims.close()
        assert len(share.rendered) == 12 and not share.given_up and share.left == 0
        assert (asked.count("first"), asked.count("later")) == (2, 11)
        for path in plan.folder.iterdir():
            path.unlink()
        asked.clear()
        calls.clear()


def test_no_hope_of_renderers_ends_the_run(plan: FilmPlan) -> None:
    def joined() -> list[Render]:
        raise OutputError("no hope")

    share = share_of(plan)
    with pytest.raises(OutputError, match=r"^no hope$"):
        share.side_by_side([], *QUIET, joined)
    share.claims.close()
    assert rest(plan.folder) == [] and share.left == 12


def test_a_run_that_waits_for_nobody_sees_its_own_failures_through(plan: FilmPlan) -> None:
    """A frame that fails late, while all else is done, is tried again by a run that leaves frames of others."""
    tries: Counter[int] = Counter()

    def render(index: int) -> Made:
        tries[index] += 1
        if index == 0 and tries[0] == 1:
            time.sleep(0.5)
            raise GoneError("its machine is gone")
        return write(plan, index)

    share = share_of(plan, wait=False)
    share.side_by_side([render, render], *QUIET)
    share.claims.close()
    assert sorted(share.rendered) == list(plan.wanted) and share.left == 0


def test_an_error_that_is_not_of_a_frame_ends_the_run(plan: FilmPlan) -> None:
    def render(index: int) -> Made:
        if index == 4:
            raise OutputError("the disk is full")
        return write(plan, index)

    share = share_of(plan)
    with pytest.raises(OutputError, match="the disk is full"):
        share.side_by_side([render, render], *QUIET)
    share.claims.close()
    assert rest(plan.folder) == [] and 3 in share.rendered


def test_an_error_on_a_frame_that_another_has_finished_is_none(plan: FilmPlan) -> None:
    def render(index: int) -> Made:
        write(plan, index)
        if index == 4:
            raise OutputError("no such file")  # whoever took our lease over has swept our file away
        return Made("none", 0.0)

    share = share_of(plan)
    share.side_by_side([render], *QUIET)
    assert share.by_others == {4} and len(share.rendered) == 11


def test_frames_of_others_are_waited_for_or_left(plan: FilmPlan) -> None:
    away = Claims(plan.folder)
    assert away.take("frame_00005")
    leaving = share_of(plan, wait=False)
    leaving.side_by_side([lambda index: write(plan, index)], *QUIET)
    assert leaving.left == 1 and len(leaving.rendered) == 11
    waiting = share_of(plan)

    def finish() -> None:
        time.sleep(0.3)
        write(plan, 5)
        away.release("frame_00005")

    threading.Thread(target=finish).start()
    waiting.side_by_side([lambda index: write(plan, index)], *QUIET)
    assert waiting.left == 0 and 5 in waiting.by_others and not waiting.rendered


def test_what_a_dead_machine_was_at_is_rendered_by_those_that_wait(plan: FilmPlan) -> None:
    (plan.folder / ".frame_00005.lease").write_text('{"token": "t", "host": "away", "pid": 1, "renewed": 3}')
    share = share_of(plan, lease_s=0.6)
    share.side_by_side([lambda index: write(plan, index)], *QUIET)
    share.claims.close()
    assert len(share.rendered) == 12 and list(share.rendered)[-1] == 5 and rest(plan.folder) == []


def test_shards_are_all_frames_and_none_twice() -> None:
    for count in (1, 3, 7):
        parts = [parse_shard(f"{place}/{count}", range(2, 20, 3)) for place in range(1, count + 1)]
        assert sorted(index for part in parts for index in part) == list(range(2, 20, 3))
