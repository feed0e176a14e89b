"""How much the machines at one film ask of its folder: listings and files opened, counted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from render.core.machine import host_tag
from render.films.claims import Claims
from render.films.failures import Failures
from render.films.plan import FilmPlan, plan_of
from render.films.share import LAST_LOOKS, MOST_LOOKS, Share
from render.scene import load_scene
from tests.films.shares import QUIET, rest, share_of, write
from tests.operations import counted


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
