"""A film that several machines wait for is joined by one of them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from render.films import joining
from render.films.film import render_film
from render.scene import load_scene


def test_of_those_who_wait_for_a_film_one_joins_it(
    tmp_path: Path, fake_renderer: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = load_scene("quiet_arc")
    short = scene.model_copy(update={"film": scene.film.model_copy(update={"frames": 4})})
    real, joined = joining.write_video, list[object]()

    def slow(*arguments: object, **named: object) -> None:
        joined.append(arguments[1])
        time.sleep(2.0)
        real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(joining, "write_video", slow)
    made: list[object] = []

    def run() -> None:
        made.append(render_film(short, tmp_path / "arc.mp4", size=(32, 18)).video)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [tmp_path / "arc.mp4"] * 3 and len(joined) == 1 and len(fake_renderer) == 4
    run()  # the command given again joins again: the codec may be another
    assert len(joined) == 2
