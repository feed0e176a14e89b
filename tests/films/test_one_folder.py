"""One folder, one film: two scenes started into it, and a scene that was changed, are refused by the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from render.core.machine import host_tag
from render.films.presence import RECORD
from tests.conftest import Run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="tells by signals who is alive")

# The command line with a renderer that waits for a line of input before its first frame.
SLOW = """
import sys
import numpy as np
from render import cli
from render.core import quiet
from render.films import film, one, renderers
from render.imaging.colour import Image
class Frame:
    class device: label = "fake"
class Here:
    def __init__(self, task, *rest): self.task = task
    def render(self, index, presence=None):
        from render.films.one import render_one
        return render_one(self.task.plan, index, self.task.device, durable=False)
    def part(self): pass
    def close(self): pass
def slow(*a, **k):
    global asked
    if not asked:
        asked = True
        print("rendering", flush=True)
        sys.stdin.readline()
    return Frame
asked = False
renderers.Child = Here
one.render_frame = slow
one.frame_header = lambda frame, scene: {"scene": scene.name, "size": "32x18"}
one.develop_frame = lambda *a: Image(np.random.default_rng(1).random((18, 32, 3)).astype(np.float32))
sys.exit(cli.run(sys.argv[1:]))
"""
SMALL = ("--size", "32x18", "--frames", "0-1", "-o", "film")


@pytest.fixture
def slow() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts the command line and returns when its first frame is in work."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SLOW, *arguments]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "rendering\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def state(folder: Path) -> list[tuple[str, int, bytes]]:
    return sorted((path.name, path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir())


def frames_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != RECORD)


@pytest.mark.parametrize("sharing", [(), ("--claim",), ("--shard", "2/2"), ("--force",)])
def test_two_scenes_started_into_one_empty_folder(
    run: Run, slow: Callable[..., subprocess.Popen[str]], fake_renderer: list[float], sharing: tuple[str, ...]
) -> None:
    first = slow("film", "quiet_arc", *SMALL, "--lease", "600")
    folder = Path("film")
    assert not list(folder.glob("frame_*")) and sorted(path.name for path in folder.glob(".*")) == [
        ".film.id", ".film.lease", ".frame_00000.lease",
    ]  # fmt: skip
    before = state(folder)
    code, out, err = run("film", "australis", *SMALL, *sharing)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert "film: another film is being rendered here, scene quiet_arc, by process" in err
    assert state(folder) == before and fake_renderer == []
    said, _ = first.communicate("\n")
    assert first.returncode == 0 and "2 of 2 frames rendered" in said
    assert frames_in(folder) == ["frame_00000.png", "frame_00001.png"]


def test_the_same_film_is_let_in(
    run: Run, slow: Callable[..., subprocess.Popen[str]], fake_renderer: list[float]
) -> None:
    first = slow("film", "quiet_arc", *SMALL)
    assert run("film", "quiet_arc", *SMALL, "--claim")[0] == 0
    assert fake_renderer == [1.0]
    first.communicate("\n")
    assert first.returncode == 0 and frames_in(Path("film")) == ["frame_00000.png", "frame_00001.png"]


def test_a_film_on_another_machine_is_seen_by_its_renewals(run: Run, fake_renderer: list[float]) -> None:
    from render.films.claims import Claims  # noqa: PLC0415

    Path("film").mkdir()
    away = Claims(Path("film"), 0.4)
    assert away.take("film", film="scene australis 0000 size 32x18")
    deadline = time.monotonic() + 20.0
    while not (away.holder("film") or {}).get("renewed") and time.monotonic() < deadline:
        time.sleep(0.05)
    path = Path("film/.film.lease")
    away._held["film"]["host"] = "away-123456"  # as another machine would write it
    while host_tag() in path.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    code, out, err = run("film", "quiet_arc", *SMALL)
    assert (code, out) == (2, "") and "another film is being rendered here, scene australis, by process" in err
    assert frames_in(Path("film")) == [".film.lease"] and fake_renderer == []
    away.close()


@pytest.mark.parametrize("sharing", [(), ("--claim",)])
def test_a_scene_changed_under_the_same_name(
    run: Run, write_scene: Callable[..., Path], minimal_scene: str, fake_renderer: list[float], sharing: tuple[str, ...]
) -> None:
    path = write_scene(minimal_scene)
    assert run("film", path, *SMALL)[0] == 0
    before = state(Path("film"))
    fake_renderer.clear()
    write_scene(minimal_scene.replace("45.0", "46.0"))
    code, out, err = run("film", path, *SMALL, *sharing)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert "holds frames of scene as it was before the scene was changed (frame_00000.png)" in err and "--force" in err
    assert state(Path("film")) == before and fake_renderer == []
    assert run("film", path, *SMALL, "--force")[0] == 0 and sorted(fake_renderer) == [0.0, 1.0]


def test_a_scene_changed_while_its_film_is_begun(
    run: Run,
    slow: Callable[..., subprocess.Popen[str]],
    write_scene: Callable[..., Path],
    minimal_scene: str,
    fake_renderer: list[float],
) -> None:
    path = write_scene(minimal_scene)
    first = slow("film", str(path), *SMALL)
    before = state(Path("film"))
    write_scene(minimal_scene.replace("45.0", "46.0"))
    code, out, err = run("film", path, *SMALL)
    assert (code, out) == (2, "") and "another film is being rendered here, scene scene, by process" in err
    assert state(Path("film")) == before and fake_renderer == []
    first.communicate("\n")
    assert first.returncode == 0
