"""Two runs at one folder: each frame is rendered by one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from render.films import folder as films

pytestmark = pytest.mark.skipif(os.name == "nt", reason="whether a process lives is not asked there")


def test_frames_of_another_living_run_come_last_and_those_of_a_dead_one_in_turn(tmp_path: Path) -> None:
    stamps = {index: "stamp" for index in range(3)}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        mark = films.frame_path(tmp_path, 0).with_name(f".{films.frame_path(tmp_path, 0).stem}.{other.pid}.part.claim")
        mark.touch()
        taken = []
        for index in films.in_turn(tmp_path, range(3), stamps, "frame"):
            own = list(tmp_path.glob(f".*.{os.getpid()}.part.claim"))
            assert [path.name.split(".")[1] for path in own] == [films.frame_path(tmp_path, index).stem]
            taken.append(index)
            if index == 2:
                other.kill()
                other.wait()
    assert taken == [1, 2, 0]
    assert list(tmp_path.iterdir()) == [mark]
    films.sweep(tmp_path, "frame_*")
    assert not list(tmp_path.iterdir())


def test_a_frame_that_another_run_has_made_meanwhile_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {films.frame_path(tmp_path, 1)}
    monkeypatch.setattr(films, "is_done", lambda path, stamp: path in made)
    assert list(films.in_turn(tmp_path, range(3), dict.fromkeys(range(3), ""), "frame")) == [0, 2]
