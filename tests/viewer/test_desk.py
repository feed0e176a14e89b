"""What is laid over a scene: refused as the scene would refuse it, undone, saved with comments, laid over new text."""

import tomllib

import numpy as np
import pytest

from render.core.errors import InputError
from render.frame import stage
from render.frame.moment import moment_of
from render.scene import bundled_scenes, load_scene, scene_from_text
from render.viewer import asked
from render.viewer.desk import Desk
from render.viewer.edits import KEYS, look_of, ranges
from tests.conftest import MINIMAL_SCENE
from tests.viewer.conftest import SIZE, slab_text


def desk_of(text: str) -> Desk:
    return Desk(scene_from_text(text, "slab", file="slab.toml"), SIZE)


@pytest.fixture
def desk() -> Desk:
    return desk_of(slab_text())


def test_sources_are_those_of_a_stage() -> None:
    assert asked.SOURCES == stage.SOURCES


def test_a_change_is_a_change_of_the_scene(desk: Desk) -> None:
    desk.set({"iso": 800.0, "tone": "filmic", "aurora_seed": 5, "time_s": 3.0}, moving=False)
    scene = desk.scene
    assert (scene.camera.iso, scene.develop.tone, scene.aurora.seed) == (800.0, "filmic", 5)
    assert desk.state()["iso"] == 800.0 and desk.moment().time_s == 3.0
    assert set(desk.changed) == {"iso", "tone", "aurora_seed", "time_s"} and desk.version == 2
    desk.set({"iso": None, "time_s": None}, moving=False)
    assert desk.scene.camera.iso == desk.base.camera.iso and desk.changed == ["tone", "aurora_seed"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"iso": -1.0}, "iso: -1.0 is out of range; allowed: 1 to 10000000"),
        ({"iso": True}, "iso"),
        ({"iso": "much"}, "iso"),
        ({"iso": float("nan")}, "iso"),
        ({"isos": 1.0}, "did you mean iso"),
        ({"response": "secret.csv"}, "allowed: d3s"),
        ({"clouds": "picture.png"}, "allowed: weather, none"),
        ({"clouds": ["none"]}, "allowed: a number"),
        ({"time_s": 1e6}, "allowed: a number, -86400 to 86400"),
        ({"size": [8, 8]}, "allowed: [columns, rows]"),
        ({"size": [2048, 1024]}, "1048576 pixels"),
        ({"sources": {"moon": True}}, "allowed: aurora"),
        ({"lines": {"557.7": 1}}, "true or false"),
        ({"linear": 1}, "true, false"),
        ({"false_colour": {"lines": ["x"], "low_r": 1.0, "high_r": 2.0, "scale": "viridis"}}, "lines of"),
        ({"false_colour": {"lines": [], "low_r": 2.0, "high_r": 1.0, "scale": "viridis"}}, "low_r below"),
        ({"false_colour": {"lines": [], "low_r": 1.0, "high_r": 2.0, "scale": "viridis", "more": 1}}, "more"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(desk: Desk, change: dict, words: str) -> None:
    before = desk.laid
    with pytest.raises(InputError, match=r"(?s).*") as refused:
        desk.set({"tone": "soft", **change}, moving=False)
    assert words in str(refused.value) and desk.laid is before and desk.version == 1


def test_kp_goes_with_no_other_drive() -> None:
    desk = desk_of(MINIMAL_SCENE + '[drive]\npreset = "storm"\n')
    with pytest.raises(InputError, match="kp: the scene's drive is a file, a preset or a solar wind"):
        desk.set({"kp": 3.0}, moving=False)


def test_a_drag_is_one_step_back(desk: Desk) -> None:
    for azimuth in (10.0, 11.0, 12.0):
        desk.set({"azimuth_deg": azimuth}, moving=True)
    desk.set({}, moving=False)
    desk.set({"iso": 400.0}, moving=False)
    assert desk.state()["free"]
    desk.undo()
    assert desk.state()["azimuth_deg"] == 12.0 and "iso" not in desk.laid.changes
    desk.undo()
    assert not desk.laid.changes and not desk.can_undo and not desk.state()["free"]


@pytest.mark.parametrize("name", ["slab", *bundled_scenes()])
def test_a_free_look_keeps_what_the_camera_sees(name: str) -> None:
    scene = scene_from_text(slab_text()) if name == "slab" else load_scene(name)
    desk = Desk(scene, (64, 36) if scene.camera.projection == "rectilinear" else (64, 64))
    if scene.camera.projection in ("cube", "equirectangular"):
        desk.own_size = (128, 96) if scene.camera.projection == "cube" else (128, 64)
    before = desk.moment()
    desk.set({"azimuth_deg": look_of(scene, before)["azimuth_deg"]}, moving=False)
    after = desk.moment()
    np.testing.assert_allclose(after.camera.itrs_from_camera, before.camera.itrs_from_camera, atol=2e-7)
    if scene.camera.wcs is None:
        np.testing.assert_allclose(after.camera.tangent_from_pixel, before.camera.tangent_from_pixel)
    assert {"look_at", "wcs", "quaternion"}.isdisjoint(tomllib.loads(desk.edited_text())["camera"])


def test_a_saved_text_is_the_scene_and_keeps_its_comments(desk: Desk) -> None:
    desk.set({"azimuth_deg": 3.0, "kp": 5.0, "exposure_s": 0.5, "noise": False}, moving=False)
    text = desk.edited_text()
    assert "# grain" in text and "exposure_s = 0.5 # short" in text
    assert scene_from_text(text).model_dump() == desk.scene.model_dump()
    changed = set(text.splitlines()) - set(slab_text().splitlines())
    wanted = {"azimuth_deg = 3.0", "roll_deg = 0.0", "exposure_s = 0.5 # short", "noise = false  # grain", "kp = 5.0"}
    assert changed == {*wanted, "[drive]"}


@pytest.mark.parametrize("name", bundled_scenes())
def test_a_text_without_changes_comes_back_byte_for_byte(name: str) -> None:
    scene = load_scene(name)
    assert Desk(scene, SIZE).edited_text() == scene.text


def test_keys_of_the_camera_give_way_to_what_the_page_sets() -> None:
    keys = "[[camera.keys]]\ntime_s = 0.0\nazimuth_deg = 7.0\niso = 100.0\n[[camera.keys]]\ntime_s = 9.0\niso = 400.0\n"
    desk = desk_of(MINIMAL_SCENE + keys)
    desk.set({"azimuth_deg": 1.0}, moving=False)
    assert [key.azimuth_deg for key in desk.scene.camera.keys] == [None, None]
    assert desk.state()["iso"] == pytest.approx(100.0)
    desk.set({"iso": 800.0}, moving=False)
    assert desk.scene.camera.keys == () and desk.scene.camera.iso == 800.0
    assert "keys" not in tomllib.loads(desk.edited_text())["camera"]


def test_old_places_of_keys_are_changed_where_they_stand() -> None:
    desk = desk_of(MINIMAL_SCENE + '[film]\ntone = "soft"\n')
    desk.set({"tone": "linear"}, moving=False)
    assert desk.scene.develop.tone == "linear" and scene_from_text(desk.edited_text()).develop.tone == "linear"


def test_an_exposure_set_by_hand_ends_the_automatic_one() -> None:
    desk = desk_of(MINIMAL_SCENE + "[camera]\nexposure = 'auto'\n")
    desk.glance({"exposure_s": 0.25, "f_number": 2.0, "iso": 1600.0})
    assert desk.state()["iso"] == 1600.0
    desk.set({"iso": 800.0}, moving=False)
    camera = desk.scene.camera
    assert (camera.exposure, camera.exposure_s, camera.f_number, camera.iso) == ("manual", 0.25, 2.0, 800.0)
    desk.set({"exposure": "auto"}, moving=False)
    assert desk.scene.camera.exposure == "auto" and "iso" not in desk.laid.changes


def test_new_text_lies_below_what_the_page_has_set(desk: Desk) -> None:
    desk.set({"iso": 800.0, "tone": "soft"}, moving=False)
    assert desk.reload(scene_from_text(slab_text().replace("= 28.0", "= 35.0"), "slab")) == []
    assert (desk.scene.camera.focal_length_mm, desk.scene.camera.iso) == (35.0, 800.0)
    clash = desk.reload(scene_from_text(slab_text().replace("exposure_s", "iso = 3200.0\nexposure_s"), "slab"))
    assert clash == ["iso"] and desk.scene.camera.iso == 800.0
    desk.drop(clash)
    assert (desk.scene.camera.iso, desk.scene.develop.tone) == (3200.0, "soft")


def test_ranges_are_the_records(desk: Desk) -> None:
    assert ranges()["iso"] == (1.0, 1e7) and set(ranges()) <= set(KEYS)
    assert moment_of(desk.scene, desk.scene.time.epoch).camera.iso == desk.state()["iso"]
