"""Films joined of what is there: another frame held in each gap, and told of; a part never over the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.core.errors import InputError
from render.films.film import Sharing, render_film
from render.films.folder import PART, frame_path, held_over
from render.films.presence import RECORD
from render.films.telling import FilmProgress
from render.formats.video import carries
from render.scene import Scene, load_scene
from tests.conftest import Run

SIZE = (32, 18)
GAPS = Sharing(gaps=True)
COMMAND = ("film", "quiet_arc", "--size", "32x18", "-o", "arc.mp4")


@pytest.fixture
def scene() -> Scene:
    loaded = load_scene("quiet_arc")
    return loaded.model_copy(update={"film": loaded.film.model_copy(update={"frames": 6, "data_line": "csv"})})


def frames_in(video: Path) -> list[bytes]:
    """Return the pictures of a video as they are decoded."""
    import imageio.v3 as iio  # noqa: PLC0415

    return [picture.tobytes() for picture in iio.imiter(video, plugin="FFMPEG")]


def test_each_gap_shows_the_frame_before_it_and_the_first_one_the_next() -> None:
    assert held_over(range(6), {0, 1, 2, 3, 4, 5}) == list(range(6))
    assert held_over(range(6), {2, 4}) == [2, 2, 2, 2, 4, 4]
    assert held_over(range(4, 12, 2), {6}) == [6, 6, 6, 6]
    with pytest.raises(ValueError, match="no frame"):
        held_over(range(3), ())


def test_gaps_are_held_and_told_of(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    render_film(scene, tmp_path / "arc.mp4", size=SIZE, sharing=Sharing(join=False))
    for index in (0, 3, 4):
        frame_path(tmp_path / "arc_frames", index).unlink()
    frame_path(tmp_path / "arc_frames", 5).write_bytes(b"damaged")
    fake_renderer.clear()
    film = render_film(scene, tmp_path / "arc.mp4", size=SIZE, sharing=GAPS)
    assert (film.video, film.missing, film.rendered, fake_renderer) == (tmp_path / "arc.mp4", (0, 3, 4, 5), 0, [])
    assert [path.stem[-1] for path in film.frames] == list("112222")
    assert len(frames_in(tmp_path / "arc.mp4")) == 6
    words = f"{PART}frames 0-5 of 6 of quiet_arc; 4 missing, others held in their place: 0, 3-5"
    assert carries(tmp_path / "arc.mp4", words)
    head, *rows = (tmp_path / "arc.csv").read_text(encoding="utf-8").splitlines()
    assert head.split(",")[-1] == "in_place_of"
    told = [(row.split(",")[0], row.split(",")[1][17:19], row.split(",")[-1]) for row in rows]
    assert told == [
        ("1", "01", "0"), ("1", "01", ""), ("2", "02", ""), ("2", "02", "3"), ("2", "02", "4"), ("2", "02", "5"),
    ]  # fmt: skip
    assert [path.name for path in (tmp_path / "arc_frames").glob(".*")] == [RECORD]


def test_subtitles_say_which_frame_is_held(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    said = scene.model_copy(update={"film": scene.film.model_copy(update={"data_line": "srt"})})
    render_film(said, tmp_path / "arc.mp4", size=SIZE, sharing=Sharing(join=False))
    frame_path(tmp_path / "arc_frames", 3).unlink()
    render_film(said, tmp_path / "arc.mp4", size=SIZE, sharing=GAPS)
    cues = (tmp_path / "arc.srt").read_text(encoding="utf-8").split("\n\n")
    assert [cue.rstrip().endswith("   frame 2 held: 3 is missing") for cue in cues] == [k == 3 for k in range(6)]


def test_a_film_without_gaps_is_the_whole_one(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    render_film(scene, tmp_path / "one.mp4", size=SIZE)
    (tmp_path / "one_frames").rename(tmp_path / "two_frames")
    film = render_film(scene, tmp_path / "two.mp4", size=SIZE, sharing=GAPS)
    assert film.missing == () and not carries(tmp_path / "two.mp4", PART)
    assert frames_in(tmp_path / "one.mp4") == frames_in(tmp_path / "two.mp4")
    assert (tmp_path / "one.csv").read_text() == (tmp_path / "two.csv").read_text()


def test_a_film_with_gaps_never_takes_the_place_of_the_whole(
    scene: Scene, tmp_path: Path, fake_renderer: list[float]
) -> None:
    video = tmp_path / "arc.mp4"
    render_film(scene, video, size=SIZE)
    before = video.read_bytes()
    frame_path(tmp_path / "arc_frames", 3).unlink()
    assert render_film(scene, video, size=SIZE, sharing=GAPS).video == tmp_path / "arc_0-5.mp4"
    assert video.read_bytes() == before
    assert render_film(scene, video, size=SIZE, sharing=Sharing(gaps=True, force=True)).video == video
    assert carries(video, PART)
    assert render_film(scene, video, size=SIZE).video == video and not carries(video, PART)  # the whole over a part


def test_a_part_is_forced_over_the_whole(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    video = tmp_path / "arc.mp4"
    render_film(scene, video, size=SIZE)
    before = video.read_bytes()
    assert render_film(scene, video, frames=range(2), size=SIZE).video == tmp_path / "arc_0-1.mp4"
    assert video.read_bytes() == before
    forced = render_film(scene, video, frames=range(2), size=SIZE, sharing=Sharing(force=True))
    assert (forced.video, len(frames_in(video))) == (video, 2) and carries(video, PART)


def test_a_part_leaves_the_whole_alone_that_has_come_meanwhile(
    scene: Scene, tmp_path: Path, fake_renderer: list[float]
) -> None:
    video, whole = tmp_path / "arc.mp4", list[bytes]()

    def other(at: FilmProgress) -> None:
        if at.finished == 0:
            assert not video.exists()
            render_film(scene, tmp_path / "two.mp4", size=SIZE)
            (tmp_path / "two.mp4").rename(video)
            whole.append(video.read_bytes())

    part = render_film(scene, video, frames=range(2), size=SIZE, progress=other)
    assert part.video == tmp_path / "arc_0-1.mp4" and whole == [video.read_bytes()]
    assert (tmp_path / "arc_0-1.csv").exists()


def test_every_second_frame_is_another_part_than_all(scene: Scene, tmp_path: Path, fake_renderer: list[float]) -> None:
    video = tmp_path / "arc.mp4"
    render_film(scene, video, size=SIZE)
    every, second = (render_film(scene, video, frames=range(0, 5, step), size=SIZE).video for step in (1, 2))
    assert (every, second) == (tmp_path / "arc_0-4.mp4", tmp_path / "arc_0-4_by_2.mp4")
    assert every and second and carries(every, "frames 0-4 of 6") and carries(second, "frames 0-4:2 of 6")


@pytest.mark.parametrize("frames", [(), (-1, 0)])
def test_no_frames_are_refused(
    scene: Scene, tmp_path: Path, fake_renderer: list[float], frames: tuple[int, ...]
) -> None:
    with pytest.raises(InputError, match=r"^(no frame|frame -1): of quiet_arc; allowed: whole numbers from 0 to 5"):
        render_film(scene, tmp_path / "frames", frames=frames, size=SIZE)
    assert not fake_renderer and not list(tmp_path.iterdir())


def test_by_the_command_line(run: Run, fake_renderer: list[float]) -> None:
    assert run(*COMMAND, "--frames", "0-3", "--shard", "1/2")[0] == 0
    code, out, err = run(*COMMAND, "--frames", "0-3", "--allow-gaps")
    assert (code, err) == (0, "") and out.startswith(
        "arc.mp4: 2 of 4 frames joined, others held for 2 that are missing, "
    )
    assert len(frames_in(Path("arc.mp4"))) == 4 and sorted(fake_renderer) == [0.0, 2.0]


@pytest.mark.parametrize(
    ("output", "words"),
    [("frames", "gaps are held in a video, not in a folder of frames; give FILE.mp4"), ("a.mp4", "no whole frame")],
)
def test_nothing_to_join_is_refused(run: Run, tmp_path: Path, output: str, words: str) -> None:
    code, out, err = run("film", "quiet_arc", "--size", "32x18", "-o", output, "--allow-gaps")
    assert (code, out, len(err.splitlines())) == (2, "", 1) and words in err
    assert not list((tmp_path / "here").iterdir())
