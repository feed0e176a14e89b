"""What no video can hold, told before a frame is rendered."""

import pytest

from render.core.errors import InputError
from render.films.film import render_film
from render.scene import scene_from_text


@pytest.mark.parametrize(
    ("film", "name", "size", "words"),
    [
        ('codec = "av1"', "a.mov", (64, 64), "codec av1 goes to a .mp4 file; write a.mp4"),
        ('codec = "hevc"', "a.mp4", (17, 13), "frames of 17x13; a film in hevc needs 16x16 at least"),
        ('codec = "h264"', "a.mp4", (1, 1), "frames of 1x1; a film in h264 needs 2x2 at least"),
    ],
)
def test_what_no_video_can_hold_is_refused_before_a_frame_is_rendered(minimal_scene, tmp_path, film, name, size, words):
    scene = scene_from_text(f"{minimal_scene}[film]\n{film}\n")
    with pytest.raises(InputError, match=words):
        render_film(scene, tmp_path / name, size=size)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("camera", "size", "words"),
    [
        ('projection = "cube"', (50, 30), "a cross of cube faces is four wide and three high"),
        (
            "distortion = [0.0, -0.03, 0.0]",
            (64, 512),
            "folds the picture",
        ),  # of a tall picture alone: its corners are far
    ],
)
def test_a_size_that_no_camera_has_leaves_no_folder(minimal_scene, tmp_path, camera, size, words):
    scene = scene_from_text(f"{minimal_scene}[camera]\n{camera}\n")
    with pytest.raises(InputError, match=words):
        render_film(scene, tmp_path / "a.mp4", size=size)
    assert not list(tmp_path.iterdir())
