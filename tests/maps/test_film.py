"""`polarlight map --film`: frames that are kept and gone on with, one scale, and what an interruption leaves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.films.folder import STAMP_KEY
from render.formats.png import read_png_metadata
from render.maps import film as map_film
from render.scene import load_scene
from tests.commands import test_bad_input as bad_input
from tests.commands.test_map import CPU, PLACE, SMALL, pixels, refusal
from tests.conftest import Run
from tests.maps.test_picture import quicken


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Epoch]:
    return quicken(monkeypatch)


def test_a_films_frames_are_kept_and_gone_on_with(run: Run, quick: list[Epoch]) -> None:
    film = ("map", "quiet_arc", "--film", *PLACE, *SMALL, "-o", "f.mp4", *CPU)
    code, out, err = run(*film, "--frames", "0-2")
    assert (code, err) == (0, "")
    assert out.startswith("f.mp4: 3 of 3 frames mapped")
    assert Path("f.mp4").stat().st_size > 1000
    assert [path.name for path in sorted(Path("f_frames").iterdir())] == [f"frame_0000{i}.png" for i in range(3)]
    assert len(quick) == map_film.SCALE_FRAMES + 3
    assert [epoch.isoformat()[-4:-1] for epoch in quick[-3:]] == [":00", ":01", ":02"]
    whole = Path("f_frames/frame_00001.png").read_bytes()
    Path("f_frames/frame_00001.png").write_bytes(whole[:-30])
    assert run(*film, "--frames", "0-3")[1].startswith("f.mp4: 2 of 4 frames mapped")
    assert Path("f_frames/frame_00001.png").read_bytes() == whole
    stamp = (read_png_metadata("f_frames/frame_00001.png") or {})[STAMP_KEY]
    assert "index 1 time 2015-01-18T05:30:01Z map of 557.7 to 100 at 59,-102 1500 km" in stamp
    assert run(*film, "--frames", "0-1", "--max-kr", "50")[1].startswith("f.mp4: 2 of 2 frames mapped")  # another map


def test_frames_of_another_film_are_left_alone(run: Run, quick: list[Epoch], fake_renderer: list[float]) -> None:
    film = ("map", "quiet_arc", "--film", *PLACE, "--frames", "0", "-o", "frames", *CPU)
    assert run(*film, *SMALL)[0] == 0
    message = refusal(run, *film[1:], "--size", "320x400")
    assert "frame_00000.png is of scene quiet_arc, 320x360 map, not quiet_arc, 320x400 map" in message
    other = bad_input.refusal(run, "film", "quiet_arc", "-o", "frames", "--frames", "0", *SMALL)
    assert "holds frames of another film" in other
    assert run("film", "quiet_arc", "-o", "camera", "--frames", "0", *SMALL)[0] == 0
    assert "320x360, not quiet_arc, 320x360 map" in refusal(run, *film[1:-3], "camera", *CPU, *SMALL)


def test_an_interrupted_film_says_how_to_go_on(run: Run, quick: list[Epoch], monkeypatch: pytest.MonkeyPatch) -> None:
    made = map_film.write

    def interrupted(path: Path, *rest: object) -> None:
        if path.name == "frame_00002.png":
            raise KeyboardInterrupt
        made(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(map_film, "write", interrupted)
    code, _, err = run("map", "quiet_arc", "--film", *PLACE, *SMALL, "--frames", "0-3", "-o", "f.mp4", *CPU)
    assert code == 130
    assert "interrupted: 2 of 4 frames are done in f_frames; the same command goes on from there" in err
    assert [path.name for path in sorted(Path("f_frames").iterdir())] == ["frame_00000.png", "frame_00001.png"]


def test_a_film_interrupted_before_its_scale_is_known_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("render.maps.plan.aurora_from_above", interrupted)
    code, _, err = run("map", "quiet_arc", "--film", *PLACE, *SMALL, "-o", "f.mp4", *CPU)
    assert code == 130
    assert "the brightness scale was not settled yet; frames in f_frames are kept; the same command goes on" in err
    assert not list(Path().iterdir())


@pytest.mark.usefixtures("quick")
def test_a_film_whose_folder_is_a_file_is_refused_at_once(run: Run) -> None:
    Path("f_frames").write_text("mine")
    code, _, err = run("map", "quiet_arc", "--film", *PLACE, *SMALL, "-o", "f.mp4", *CPU)
    assert (code, err.count("\n")) == (2, 1)
    assert "f_frames: is a file; a film's frames go to a folder" in err
    assert Path("f_frames").read_text() == "mine"


@pytest.mark.usefixtures("quick")
def test_a_plain_film_needs_no_matplotlib(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    film = ("map", "quiet_arc", "--film", "--plain", *PLACE, "--size", "40x40", "--frames", "0", "-o", "frames", *CPU)
    assert run(*film)[0] == 0
    assert pixels("frames/frame_00000.png").shape == (40, 40, 3)


@pytest.mark.parametrize("section", ['[drive]\nfile = "kp.csv"\n', '[aurora]\nfootprint = "own.npz"\n'])
def test_place_and_scale_are_settled_on_what_the_scenes_files_cover(
    run: Run, quick: list[Epoch], minimal_scene: str, write_scene: Callable[..., Path], section: str
) -> None:
    path = write_scene(f"{minimal_scene}{section}[film]\nframes = 41\ninterval_s = 60.0\n")
    path.with_name("kp.csv").write_text("time,kp\n2015-01-28T09:45Z,5\n2015-01-28T10:05Z,6\n")  # 21 frames
    place = {"latitude": np.arange(50.0, 53.0), "longitude": np.arange(-90.0, -87.0)}
    flux = np.ones((2, 3, 3))
    np.savez(path.with_name("own.npz"), **place, mean_energy=flux, energy_flux=flux, time_s=[0.0, 1200.0])
    assert map_film.settling_frames(load_scene(str(path))) == [0, 5, 10, 15, 20]
    film = ("map", path, "--film", *SMALL, "-o", "frames", *CPU)
    assert run(*film, "--frames", "0-1")[0] == 0
    assert [epoch.isoformat()[11:16] for epoch in quick] == ["09:45", "09:50", "09:55", "10:00", "10:05"] + [
        "09:45", "09:46"
    ]  # fmt: skip
    assert "outside the file" in refusal(run, *film[1:])
