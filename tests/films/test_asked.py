"""What is asked of a film that it does not have, or that no machine can: refused in one line, before work begins."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from render import cli
from render.core.errors import DeviceError, InputError, PolarlightError
from render.films.audit import audit
from render.films.child import Task
from render.films.children import Child
from render.films.film import Sharing, render_film
from render.films.folder import frame_path, is_done, is_written
from render.films.plan import parse_frames, parse_shard, plan_of
from render.formats.png import read_png_metadata
from render.processes import started
from render.scene import Scene, load_scene

SIZE = (32, 18)


@pytest.fixture
def scene() -> Scene:
    return load_scene("quiet_arc")


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([-1], "frame -1: of quiet_arc"),
        ([10**6], "frame 1000000"),
        ([], "no frame"),
        ([1.5], "frame 1.5"),
    ],
)
def test_frames_that_a_film_does_not_have(scene: Scene, tmp_path: Path, frames: list[Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        render_film(scene, tmp_path / "f", frames=frames, size=SIZE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [(64.5, 36), (0, 36), (-4, 2)])
def test_sizes_that_are_none(scene: Scene, tmp_path: Path, size: Any) -> None:
    with pytest.raises(InputError, match=r"^size .*: allowed: \(width, height\), whole numbers from 1$"):
        render_film(scene, tmp_path / "f", size=size)


def test_a_device_that_is_none_is_refused_though_all_frames_are_there(
    scene: Scene, tmp_path: Path, fake_renderer: list[float]
) -> None:
    film = render_film(scene, str(tmp_path / "f"), frames=range(2), size=SIZE)  # type: ignore[arg-type]
    assert film.rendered == 2
    with pytest.raises(DeviceError, match='device "foo" is unknown; allowed: auto, cuda'):
        render_film(scene, tmp_path / "f", frames=range(2), size=SIZE, device="foo")


def test_empty_words_of_a_farms_script_are_refused() -> None:
    assert parse_frames(None, 5) == range(5) and parse_shard(None, range(5)) == range(5)
    for call in (lambda: parse_frames("", 5), lambda: parse_shard("", range(5)), lambda: parse_frames("\u0663", 5)):
        with pytest.raises(InputError):
            call()


def test_a_share_without_frames_is_no_failure(
    fake_renderer: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["film", "quiet_arc", "-o", "a.mp4", "--size", "32x18", "--frames", "0-1", "--shard"]
    assert cli.run([*command, "3/3"]) == 0
    assert "nothing to render" in capfd.readouterr().out and not list(tmp_path.iterdir())
    assert cli.run([*command, "2/3"]) == 0
    assert capfd.readouterr().out.startswith("a_frames: 1 of 1 frames rendered")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are POSIX's")
def test_a_pipe_in_a_frames_place_is_not_waited_for(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    os.mkfifo(frame_path(tmp_path, 1))
    plan = plan_of(scene, tmp_path, SIZE, range(2))
    path, stamp = plan.path(1), plan.stamp(1)
    assert read_png_metadata(path) is None and not is_done(path, stamp) and not is_written(path, stamp)
    assert list(audit(plan).damaged) == ["frame_00001.png"]
    with pytest.raises(PolarlightError, match=r"frame_00001.png: it is not an ordinary file"):
        render_film(scene, tmp_path, frames=range(2), size=SIZE)
    assert is_done(plan.path(0), plan.stamp(0))


def test_a_scene_that_stands_still_without_noise_has_no_duplicates(
    scene: Scene, tmp_path: Path, fake_renderer: list[float]
) -> None:
    for noise in (True, False):
        one = scene.model_copy(update={"develop": scene.develop.model_copy(update={"noise": noise})})
        plan = plan_of(one, tmp_path / str(noise), SIZE, range(3))
        render_film(one, plan.folder, frames=range(3), size=SIZE, sharing=Sharing())
        content = plan.path(0).read_bytes()
        for index in (1, 2):  # the pixels of the first under a stamp of their own
            plan.path(index).write_bytes(restamped(content, plan.stamp(0), plan.stamp(index)))
        assert bool(audit(plan).duplicate) == noise


def restamped(content: bytes, old: str, new: str) -> bytes:
    """Return a PNG with another stamp of the same length."""
    import zlib  # noqa: PLC0415

    assert len(old) == len(new)
    at = content.index(old.encode())
    begin = content.rindex(b"iTXt", 0, at)
    length = int.from_bytes(content[begin - 4 : begin], "big")
    chunk = content[begin : begin + 4 + length].replace(old.encode(), new.encode())
    return content[:begin] + chunk + zlib.crc32(chunk).to_bytes(4, "big") + content[begin + 8 + length :]


def test_no_process_to_render_in_is_told_in_a_line(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*rest: object, **named: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(started.subprocess, "Popen", refused)
    assert subprocess.Popen is refused
    with pytest.raises(PolarlightError, match="no process to render in can be started: Too many open files"):
        Child(Task(plan_of(scene, tmp_path, SIZE), "cpu")).render(0)
