"""The frames of a film shared out: each rendered once, tried again where it fails, given up in the end."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from render.core.errors import OutputError
from render.core.machine import host_tag
from render.films.claims import Claims
from render.films.failures import Failures, FrameError, FramesFailedError, GoneError
from render.films.folder import STAMP_KEY
from render.films.plan import FilmPlan, Made, parse_shard, plan_of
from render.films.share import LAST_LOOKS, MOST_LOOKS, Render, Share
from render.formats.png import write_png
from render.imaging.colour import Image
from render.scene import load_scene
from tests.operations import counted

QUIET = (lambda index: None, lambda index, made: None)
BLACK = Image(np.zeros((2, 4, 3), np.float32))


@pytest.fixture
def plan(tmp_path: Path) -> FilmPlan:
    return plan_of(load_scene("quiet_arc"), tmp_path, (4, 2), range(12))


def write(plan: FilmPlan, index: int) -> Made:
    write_png(plan.path(index), BLACK, 8, {STAMP_KEY: plan.stamp(index)}, durable=False)
    return Made("none", 0.0)


def share_of(plan: FilmPlan, *, retries: int = 2, wait: bool = True, lease_s: float = 40.0) -> Share:
    return Share(plan, Claims(plan.folder, lease_s), Failures(plan, retries), plan.wanted, wait)


def rest(folder: Path) -> list[str]:
    """Return what is not a frame in a folder."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


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
        share.all([gone], lambda index: None, joined)
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
        share.all([], lambda index: None, joined)
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
    share.all([render, render], lambda index: None)
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


def rendered_by(plan: FilmPlan, machines: int) -> tuple[list[Share], Counter[str]]:
    """Render a film by machines that take frames at once and write them at once; count what they ask for meanwhile."""
    shares = [share_of(plan, wait=False) for _ in range(machines)]
    waiting = list(shares)
    with counted(plan.folder) as asked:
        while waiting:
            found = [(one, one.next()) for one in waiting]
            waiting = [one for one, index in found if index is not None]
            for one, index in found:
                if index is not None:
                    one.make(index, lambda index: write(plan, index))
    return shares, asked


def test_many_machines_ask_little_for_each_frame(tmp_path: Path) -> None:
    frames, machines = 60, 12
    plan = plan_of(load_scene("quiet_arc"), tmp_path, (4, 2), range(frames))
    shares, asked = rendered_by(plan, machines)
    for one in shares:
        one.claims.close()
    assert sum(len(one.rendered) for one in shares) == frames and rest(tmp_path) == []
    assert asked["listings"] == 2 * frames + machines  # to find each frame and to write it, and in the end
    # 7 opens for each frame, two of which write; in the end each machine reads the others' frames.
    # Looked at one by one frames took 1.8 opens more for each frame and machine.
    assert asked["opens"] == 7 * frames + 2 * (machines - 1) * frames


def test_frames_that_others_are_at_are_left_alone_while_there_are_free_ones(plan: FilmPlan) -> None:
    away = Claims(plan.folder)
    for index in range(8):
        assert away.take(f"frame_{index:05d}")
    share = share_of(plan)
    with counted(plan.folder) as asked:
        assert share.next() == 8
    assert (asked["listings"], asked["opens"]) == (1, 5)
    away.close()
    share.claims.close()


def test_who_waits_looks_at_a_few_leases_ever_more_seldom(plan: FilmPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Claims(plan.folder)
    for index in plan.wanted:
        assert away.take(f"frame_{index:05d}")
    share = share_of(plan, lease_s=80.0)
    pauses: list[float] = []
    opens: list[int] = []

    def wait(pause: float) -> bool:
        pauses.append(pause)
        opens.append(asked["opens"])
        if len(pauses) == 8:
            share.stopped.set()
        return True

    monkeypatch.setattr(share.stopped, "wait", wait)
    with counted(plan.folder) as asked:
        assert share.next() is None
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]
    assert np.diff(opens).tolist() == [4 * MOST_LOOKS] * 7
    away.close()


def test_who_does_not_wait_looks_once_and_takes_what_the_dead_of_its_machine_held(tmp_path: Path) -> None:
    plan = plan_of(load_scene("quiet_arc"), tmp_path, (4, 2), range(90))
    away = Claims(tmp_path)
    for index in plan.wanted:
        assert away.take(f"frame_{index:05d}")
    share = share_of(plan, wait=False)
    with counted(tmp_path) as asked:
        assert share.next() is None
    assert (asked["opens"], asked["listings"], share.left) == (4 * LAST_LOOKS, 1, 90)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    told = {"token": "t", "host": host_tag(), "pid": gone.pid, "renewed": 0}
    away.release("frame_00030")
    (tmp_path / ".frame_00030.lease").write_text(json.dumps(told), encoding="utf-8")
    assert share_of(plan, wait=False).next() == 30
    away.close()


def test_frames_that_are_there_are_read_when_nobody_is_at_work_any_more(plan: FilmPlan) -> None:
    for index in range(6):
        write(plan, index)
    plan.path(2).write_bytes(b"damaged")
    away = Claims(plan.folder)
    assert away.take("frame_00011")
    share = Share(plan, Claims(plan.folder), Failures(plan, 0), [*range(6, 12), *range(6)], wait=False, kept=range(6))
    share.side_by_side([lambda index: write(plan, index)], *QUIET)
    assert (sorted(share.rendered), share.elsewhere, share.left) == ([6, 7, 8, 9, 10], 6, 1)
    away.close()
    last = Share(plan, Claims(plan.folder), Failures(plan, 0), [*range(6, 12), *range(6)], wait=False, kept=range(6))
    last.side_by_side([lambda index: write(plan, index)], *QUIET)
    assert (sorted(last.rendered), last.elsewhere, last.left) == ([2, 11], 10, 0)
    share.claims.close()
    last.claims.close()
