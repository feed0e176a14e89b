"""Films: what is rendered, kept and gone on with, whatever stopped the run before."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
import time
from fractions import Fraction
from pathlib import Path

import pytest

from render import cli
from render.core.errors import InputError, OutputError, SceneError
from render.core.machine import host_tag
from render.films import one
from render.films.film import FilmInterruptedError, FilmProgress, Sharing, render_film
from render.films.folder import STAMP_KEY, frame_epoch, frame_path, places
from render.films.plan import parse_frames
from render.films.presence import RECORD
from render.formats.png import read_png_metadata
from render.imaging.settings import FilmSettings
from render.scene import Scene, load_scene, scene_from_text

SIZE = (32, 18)


@pytest.fixture
def scene() -> Scene:
    return load_scene("quiet_arc")


def pixels(path: Path) -> bytes:
    from PIL import Image  # noqa: PLC0415

    with Image.open(path) as image:
        return image.tobytes()


def test_ranges_of_frames() -> None:
    assert parse_frames(None, 5) == range(5)
    assert parse_frames("2-4", 5) == range(2, 5)
    assert parse_frames("3", 5) == range(3, 4)
    for bad in ("4-2", "0-5", "5", "-1", "1-", "-", "a", "1-2-3", " 1"):
        with pytest.raises(InputError, match="write A-B, A-B:STEP or N within 0-4"):
            parse_frames(bad, 5)


def test_places() -> None:
    assert places(Path("a/b.mp4")) == (Path("a/b_frames"), Path("a/b.mp4"))
    assert places(Path("a/b.v1")) == (Path("a/b.v1"), None)
    for name in ("b.png", "b.pdf", "b.SVG", "b.npz", "b.nc"):
        with pytest.raises(OutputError, match=f"or to a folder of frames, not to a {Path(name).suffix.lower()} file"):
            places(Path(name))


def test_second_run_renders_only_what_is_missing(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    first = render_film(scene, tmp_path, frames=range(0, 4), size=SIZE)
    assert (first.rendered, len(first.frames)) == (4, 4)
    frame_path(tmp_path, 1).unlink()
    fake_renderer.clear()
    second = render_film(scene, tmp_path, frames=range(0, 6), size=SIZE)
    assert (second.rendered, len(second.frames)) == (3, 6)
    assert fake_renderer == [1.0, 4.0, 5.0]
    assert [p.name for p in sorted(tmp_path.iterdir())] == [RECORD, *(f"frame_0000{i}.png" for i in range(6))]


def test_stale_and_broken_frames_are_rendered_again(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    render_film(scene, tmp_path, frames=range(0, 3), size=SIZE)
    whole = frame_path(tmp_path, 0).read_bytes()
    frame_path(tmp_path, 0).write_bytes(whole[:-20])
    frame_path(tmp_path, 1).write_bytes(frame_path(tmp_path, 2).read_bytes())  # a whole frame, but another one
    assert render_film(scene, tmp_path, frames=range(0, 3), size=SIZE).rendered == 2
    assert frame_path(tmp_path, 0).read_bytes() == whole
    other = scene.model_copy(update={"drive": scene.drive.model_copy(update={"kp": 1.0})})
    with pytest.raises(OutputError, match=r"quiet_arc as it was before the scene was changed .* --force"):
        render_film(other, tmp_path, frames=range(0, 3), size=SIZE)
    assert frame_path(tmp_path, 0).read_bytes() == whole
    assert render_film(other, tmp_path, frames=range(0, 3), size=SIZE, sharing=Sharing(force=True)).rendered == 3


def test_frames_of_another_scene_or_size_are_never_overwritten(
    scene: Scene, tmp_path: Path, fake_renderer: list[float]
) -> None:
    render_film(scene, tmp_path, frames=range(0, 2), size=SIZE)
    before = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    with pytest.raises(OutputError, match=r"frame_00000.png is of scene quiet_arc, 32x18, not quiet_arc, 16x9; choose"):
        render_film(scene, tmp_path, frames=range(0, 2), size=(16, 9))
    with pytest.raises(OutputError, match=r"is of scene quiet_arc, 32x18, not australis, 32x18; choose"):
        render_film(load_scene("australis"), tmp_path, frames=range(5, 6), size=SIZE)
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == before


def test_longer_film_keeps_its_frames(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    render_film(scene, tmp_path, frames=range(0, 2), size=SIZE)
    film = scene.film.model_copy(update={"frames": scene.film.frames + 10, "frames_per_second": 30.0})
    assert render_film(scene.model_copy(update={"film": film}), tmp_path, frames=range(0, 3), size=SIZE).rendered == 1


def test_stamp_says_scene_size_index_and_time(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    render_film(scene, tmp_path, frames=range(3, 4), size=SIZE)
    stamp = (read_png_metadata(frame_path(tmp_path, 3)) or {})[STAMP_KEY]
    assert stamp == f"scene {scene.scene_hash} size 32x18 index 3 time 2015-01-18T05:30:03Z"


def test_interrupt_tells_how_to_go_on(
    scene: Scene, tmp_path: Path, fake_renderer: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = one.render_frame

    def interrupted(*arguments: object, **named: object) -> object:
        if len(fake_renderer) == 2:
            raise KeyboardInterrupt
        return quick(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(one, "render_frame", interrupted)
    with pytest.raises(FilmInterruptedError, match=r"2 of 4 frames are done in .*the same command goes on") as caught:
        render_film(scene, tmp_path, frames=range(0, 4), size=SIZE)
    assert caught.value.exit_code == 130
    assert len(list(tmp_path.iterdir())) == 3  # the record is the third
    monkeypatch.setattr(one, "render_frame", quick)
    assert render_film(scene, tmp_path, frames=range(0, 4), size=SIZE).rendered == 2


KILLED_RUN = """
import sys, time
from pathlib import Path
import numpy as np
from render.films import one
from render.films.film import render_film
from render.imaging.colour import Image
from render.scene import load_scene
class Frame:
    class device: label = "fake"
one.render_frame = lambda *a, **k: (time.sleep(0.05), Frame)[1]
one.frame_header = lambda *a: {}
one.develop_frame = lambda *a: Image(np.zeros((400, 600, 3), np.float32))
render_film(load_scene("quiet_arc"), Path(sys.argv[1]), frames=range(100), size=(600, 400))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_run_loses_at_most_the_frame_in_work(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(KILLED_RUN), str(tmp_path)])
    deadline = time.monotonic() + 60.0
    while not frame_path(tmp_path, 2).exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (tmp_path / f".frame_00003.{host_tag()}.{process.pid}.part.png").write_bytes(b"half")
    done = sorted(tmp_path.glob("frame_*.png"))
    assert len(done) >= 3
    assert all(read_png_metadata(path) for path in done)
    film = render_film(scene, tmp_path, frames=range(0, len(done) + 1), size=(600, 400))
    assert film.rendered == 1
    assert [path.name for path in tmp_path.glob(".*")] == [RECORD]


def test_temporary_file_of_a_living_process_stays(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        path = tmp_path / f".frame_00000.{host_tag()}.{other.pid}.part.png"
        path.write_bytes(b"half")
        render_film(scene, tmp_path, frames=range(0, 1), size=SIZE)
        assert path.exists()
        other.kill()


def test_film_joins_its_frames(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    import imageio_ffmpeg  # noqa: PLC0415

    video = tmp_path / "arc.mp4"
    seen: list[FilmProgress] = []
    film = render_film(scene, video, frames=range(0, 5), size=SIZE, progress=seen.append)
    assert film.video == video
    assert imageio_ffmpeg.count_frames_and_secs(str(video))[0] == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arc.mp4", "arc_frames"]
    begun, written = ([at for at in seen if (at.finished is None) == new] for new in (True, False))
    assert [at.done for at in begun] == [0, 1, 2, 3, 4, 5]  # the last: joining
    assert [(at.finished, at.done) for at in written] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert all(at.seconds > 0.0 for at in written)
    assert begun[0].seconds_left is None
    assert (begun[3].seconds_left or 0.0) > 0.0
    # Closed form: two frames are left at the pace of the second and third, the first, which compiles, left out
    assert written[2].seconds_left == pytest.approx(written[1].seconds + written[2].seconds)


def of_film(scene: Scene, **update: object) -> Scene:
    return scene.model_copy(update={"film": scene.film.model_copy(update=update)})


def test_a_part_never_takes_the_place_of_a_video(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    short = of_film(scene, frames=4)
    whole = render_film(short, tmp_path / "arc.mp4", size=SIZE)
    before = (tmp_path / "arc.mp4").read_bytes()
    part = render_film(short, tmp_path / "arc.mp4", frames=range(1, 3), size=SIZE)
    assert (whole.video, part.video) == (tmp_path / "arc.mp4", tmp_path / "arc_1-2.mp4")
    assert (tmp_path / "arc.mp4").read_bytes() == before and part.rendered == 0
    assert render_film(short, tmp_path / "arc.mp4", size=SIZE).video == tmp_path / "arc.mp4"
    first = render_film(short, tmp_path / "new.mp4", frames=range(0, 2), size=SIZE)
    second = render_film(short, tmp_path / "new.mp4", frames=range(0, 3), size=SIZE)
    assert first.video == second.video == tmp_path / "new.mp4"  # a part takes the place of a part
    (tmp_path / "own.mp4").write_bytes(b"somebody's")
    assert render_film(short, tmp_path / "own.mp4", frames=range(1), size=SIZE).video == tmp_path / "own_0-0.mp4"


def test_frames_have_the_name_that_a_dome_asks_for(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    dome = of_film(scene, frames=2, frame_name="aurora_4k", frames_per_second=60.0)
    film = render_film(dome, tmp_path / "dome", size=SIZE)
    assert [path.name for path in film.frames] == ["aurora_4k_00000.png", "aurora_4k_00001.png"]
    assert render_film(dome, tmp_path / "dome", size=SIZE).rendered == 0
    assert dome.scene_hash == scene.scene_hash


def test_data_stands_beside_the_film(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    table = of_film(scene, frames=3, data_line="csv")
    render_film(table, tmp_path / "arc", size=SIZE)
    head, first, *_ = (tmp_path / "arc.csv").read_text(encoding="utf-8").splitlines()
    assert head == "frame,utc,latitude_deg,longitude_deg,altitude_km,exposure_s,f_number,iso"
    camera = scene.camera
    assert first.split(",")[1] == "2015-01-18T05:30:00Z"
    told = [float(cell) for cell in first.split(",")[5:]]
    assert told == pytest.approx([camera.at(key, 0.0) for key in ("exposure_s", "f_number", "iso")])
    said = of_film(scene, frames=3, data_line="srt", frames_per_second="30000/1001")
    render_film(said, tmp_path / "arc.mp4", size=SIZE)
    cues = (tmp_path / "arc.srt").read_text(encoding="utf-8").split("\n\n")
    assert cues[2].startswith("3\n00:00:00,067 --> 00:00:00,100\n2015-01-18 05:30:02 UTC   ")
    assert "f/1.4 ISO" in cues[0] and "km" in cues[0]


def test_a_film_for_bright_displays(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    hdr = of_film(scene, frames=2, hdr=True, codec="hevc")
    film = render_film(hdr, tmp_path / "arc.mp4", size=SIZE)
    assert b"cICP" in film.frames[0].read_bytes() and film.video
    assert b"hvc1" in film.video.read_bytes()
    with pytest.raises(InputError, match=r"codec prores goes to a .mov file; write arc.mov"):
        render_film(of_film(scene, frames=2, codec="prores"), tmp_path / "arc.mp4", size=SIZE)
    developed = scene.model_copy(update={"develop": scene.develop.model_copy(update={"hdr": True})})
    with pytest.raises(InputError, match="h264 cannot show"):
        render_film(developed, tmp_path / "other.mp4", frames=range(2), size=SIZE)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (24.0, Fraction(24)), (23.976, Fraction(24000, 1001)), (23.98, Fraction(24000, 1001)), ("30", Fraction(30)),
        (29.97, Fraction(30000, 1001)), (59.94, Fraction(60000, 1001)), ("24000/1001", Fraction(24000, 1001)),
        (12.5, Fraction(25, 2)), ("119.88", Fraction(120000, 1001)), (60.0, Fraction(60)),
    ],
)  # fmt: skip
def test_rates(given: float | str, meant: Fraction) -> None:
    assert FilmSettings(frames_per_second=given).rate == meant


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('frames_per_second = "fast"', "'fast' is no rate; allowed: 1 to 240, or a fraction in quotes"),
        ("frames_per_second = 500.0", "500.0 frames per second is out of range"),
        ('frames_per_second = "24/0"', "out of range"),
        ("hdr = true", 'h264 cannot show it; write codec = "hevc"'),
        ('codec = "vp9"', "'h264', 'hevc', 'av1' or 'prores'"),
        ('frame_name = "a/b"', "frame_name"),
    ],
)
def test_bad_settings_are_one_line(minimal_scene: str, keys: str, words: str) -> None:
    with pytest.raises(SceneError, match=re.escape(words)) as caught:
        scene_from_text(f"{minimal_scene}\n[film]\n{keys}\n")
    assert "\n" not in str(caught.value)


def test_frame_of_a_film_is_the_frame_alone(
    scene: Scene, tmp_path: Path, fake_renderer: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["film", "quiet_arc", "-o", "film", "--frames", "0-3", "--size", "32x18"]) == 0
    at = frame_epoch(scene, 3).isoformat()
    assert cli.run(["render", "quiet_arc", "-o", "alone.png", "--at", at, "--size", "32x18"]) == 0
    assert pixels(frame_path(Path("film"), 3)) == pixels(Path("alone.png"))
    assert pixels(frame_path(Path("film"), 2)) != pixels(Path("alone.png"))


def test_film_command_resumes(
    tmp_path: Path, fake_renderer: list[float], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["film", "quiet_arc", "-o", "new/film", "--size", "32x18", "--frames"]
    assert cli.run([*command, "0-1"]) == 0
    assert cli.run([*command, "0-2"]) == 0
    first, second = capfd.readouterr().out.splitlines()
    assert first.startswith("new/film: 2 of 2 frames rendered, ")
    assert second.startswith("new/film: 1 of 3 frames rendered, ")


def test_film_below_a_file_is_refused(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made a folder"):
        render_film(scene, tmp_path / "file" / "film", frames=range(0, 1))
