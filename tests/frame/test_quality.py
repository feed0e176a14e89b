"""What a picture's quality changes: nothing but what the stated errors allow, and it is told everywhere."""

import numpy as np
import pytest

from render import load_scene, render_frame
from render.commands.pictures import of_quality
from render.core.errors import InputError
from render.core.lines import LINE_KEYS
from render.films.folder import frame_stamp
from render.frame.causes import causes_of
from render.frame.moment import moment_of
from render.frame.result import frame_header
from render.integrator.quality import QUALITIES
from render.observer.camera import CameraSettings
from render.scene import scene_from_text
from tests.conftest import MINIMAL_SCENE
from tests.devices import start_or_skip
from tests.small import changed, lay_sky_coarsely, through_lens

SIZE = (96, 54)
PREVIEW_MEAN = 0.05  # of a line over the picture; sunlit light is off most, 3 % in the main scene
STANDARD_MEAN = 0.002


@pytest.fixture(scope="module")
def frames():
    start_or_skip("cpu")
    with pytest.MonkeyPatch.context() as patch:
        lay_sky_coarsely(patch)
        scene = changed(through_lens(load_scene("quiet_arc"), 50.0), "sky", moon=False, sun=False)
        return scene, {name: render_frame(of_quality(scene, name), size=SIZE, device="cpu") for name in QUALITIES}


def test_qualities_are_those_that_a_scene_may_name():
    allowed = CameraSettings.model_json_schema()["properties"]["quality"]["enum"]
    assert allowed == list(QUALITIES) == ["preview", "standard", "final"]
    assert scene_from_text(MINIMAL_SCENE).camera.quality == "standard"
    named = scene_from_text(MINIMAL_SCENE + '[camera]\nquality = "final"\n')
    assert named.camera.quality == "final" and of_quality(named, "").camera.quality == "final"
    with pytest.raises(InputError, match="allowed: preview, standard, final"):
        of_quality(named, "best")


def test_a_better_quality_is_nearer_to_the_best(frames):
    light = {name: frame.lines.rayleighs.astype(float) for name, frame in frames[1].items()}
    green = LINE_KEYS.index("557.7")
    top = np.percentile(light["final"][green], 99.0)
    rms = {name: np.sqrt(np.mean((light[name][green] - light["final"][green]) ** 2)) / top for name in QUALITIES}
    assert 0.0 < 2.0 * rms["standard"] < rms["preview"] < 0.05
    for name, allowed in (("standard", STANDARD_MEAN), ("preview", PREVIEW_MEAN)):
        for one, best in zip(light[name], light["final"], strict=True):
            assert one.sum() == pytest.approx(best.sum(), rel=allowed, abs=1.0 * best.size)


def test_a_file_and_a_film_know_their_quality(frames):
    scene, found = frames
    for name, frame in found.items():
        of = of_quality(scene, name)
        assert frame_header(frame, of)["quality"] == frame.camera.quality == name
    hashes = {frame_stamp(of_quality(scene, name).scene_hash, SIZE, 0, scene.time.epoch) for name in QUALITIES}
    assert len(hashes) == len(QUALITIES)
    causes = [causes_of(s, moment_of(s, s.time.epoch, SIZE)) for s in (of_quality(scene, q) for q in QUALITIES)]
    assert len({one["aurora"] for one in causes}) == len(QUALITIES) and len({one["air"] for one in causes}) == 1
