"""Stages of a frame: light adds up by source, what a caller holds is taken over by value, progress precedes work."""

from dataclasses import replace

import numpy as np
import pytest

from render import load_scene, render_frame
from render.frame import development
from render.frame.air import scene_air
from render.frame.causes import causes_of
from render.frame.development import develop_frame
from render.frame.moment import moment_of
from render.frame.stage import MARCHED, SOURCES, Light, finish, prepare
from render.scene import scene_from_text
from tests.conftest import MINIMAL_SCENE
from tests.devices import start_or_skip
from tests.small import changed, through_lens

SIZE = (48, 27)
ROUNDING = 32 * np.finfo(np.float32).eps  # of a sum of some thirty floats in another order
PARTS = ("aurora", "air", "sky", "points", "motion")


pytestmark = pytest.mark.usefixtures("coarse_sky_of_module")


@pytest.fixture(scope="module")
def scene():
    """Return a scene with a map, subauroral arcs, a twilight table and lamps that are quick to make."""
    return changed(through_lens(load_scene("steve"), 50.0), "sky", moon=False)


@pytest.fixture(scope="module")
def stage(scene):
    return staged(scene)


def moment(scene, time_s=0.0):
    return moment_of(scene, scene.time.epoch.plus_seconds(time_s), SIZE)


def staged(scene, held=None, time_s=0.0):
    """Return a stage of a scene at a small size."""
    return prepare(scene, moment(scene, time_s), start_or_skip("cpu"), held)


def kept(stage, held):
    """Return the names of the parts that a stage took over."""
    return {name for name in PARTS if getattr(stage, name) is getattr(held, name)}


def test_light_by_source_adds_up(stage):
    whole = stage.march()
    total = stage.march([])
    assert not total.lines.any() and not total.sky.any()
    for source in MARCHED:
        alone = stage.march([source])
        assert alone.lines.any() == (source != "sky") and alone.sky.any() == (source == "sky")
        total = total.plus(alone)
    np.testing.assert_allclose(total.lines, whole.lines, rtol=ROUNDING)
    np.testing.assert_array_equal(total.sky, whole.sky)


def test_rows_are_those_of_the_whole_picture(stage):
    whole, part = stage.march(), stage.rows(5, 9)
    np.testing.assert_array_equal(part.lines, whole.lines[:, 5:14])
    np.testing.assert_array_equal(part.sky, whole.sky[:, 5:14])


def test_finish_adds_what_is_asked_for(scene, stage):
    light = stage.march()

    def finished(sources):
        frame = finish(stage, Light(light.lines.copy(), light.sky.copy(), light.veil), sources)
        return frame.lines.rayleighs, frame.sky.radiance

    bare, stars, cities, everything = (finished(s) for s in (MARCHED, ["stars"], ["cities"], SOURCES))
    np.testing.assert_array_equal(bare[1], light.sky)
    assert (stars[1] >= bare[1]).all() and (cities[1] >= bare[1]).all() and stars[1].sum() > bare[1].sum()
    frame = render_frame(scene, size=SIZE, device="cpu")
    np.testing.assert_array_equal(everything[0], frame.lines.rayleighs)
    np.testing.assert_array_equal(everything[1], frame.sky.radiance)


@pytest.mark.parametrize(
    ("section", "settings", "remade"),
    [
        ("camera", {"iso": 100.0}, set()),
        ("film", {"frames_per_second": 12.0}, set()),
        ("station", {"visible": False}, set()),
        ("airglow", {"enabled": False}, {"air"}),
        ("sky", {"sun": False}, {"sky", "points", "motion"}),
        ("aurora", {"seed": 99}, {"aurora"}),
        ("drive", {"kp": 2.0}, {"aurora", "air"}),
        ("camera", {"exposure_s": 3.0}, {"aurora", "points", "motion"}),
        ("camera", {"tracking": "ground"}, {"aurora", "points", "motion"}),
        ("camera", {"focal_length_mm": 77.0}, {"aurora", "sky", "points", "motion"}),
    ],
)
def test_what_a_part_depends_on(scene, section, settings, remade):
    other = changed(scene, section, **settings)
    before, after = causes_of(scene, moment(scene)), causes_of(other, moment(other))
    assert {name for name in PARTS if before[name] != after[name]} == remade


def test_a_frame_of_held_parts_is_the_frame_to_the_bit(scene, stage):
    other = changed(scene, "airglow", enabled=False)
    again = staged(other, held=stage)
    assert kept(again, stage) == {"aurora", "sky", "points", "motion"}
    found, alone = finish(again, again.march()), render_frame(other, size=SIZE, device="cpu")
    np.testing.assert_array_equal(found.lines.rayleighs, alone.lines.rayleighs)
    np.testing.assert_array_equal(found.sky.radiance, alone.sky.radiance)


def test_of_another_instant_only_the_air_is_the_same(scene):
    before, after = causes_of(scene, moment(scene)), causes_of(scene, moment(scene, 1.0))
    assert [name for name in PARTS if before[name] == after[name]] == ["air"]  # the observer hangs still


def test_a_file_that_was_edited_under_its_name_is_another_cause(scene, tmp_path):
    drive = tmp_path / "kp.csv"
    text = MINIMAL_SCENE + '[drive]\nfile = "kp.csv"\n'

    def causes(kp):
        drive.write_text(f"time,kp\n2000-01-01T00:00:00Z,{kp}\n2030-01-01T00:00:00Z,{kp}\n", encoding="utf-8")
        scene = scene_from_text(text, folder=tmp_path)
        return causes_of(scene, moment(scene)), scene_air(scene)

    first, air = causes("3.0")
    again, same_air = causes("3.0")
    assert again == first and same_air is air
    other, other_air = causes("5.0")
    assert other["aurora"] != first["aurora"] and other["air"] != first["air"]
    assert other_air.O_cm3.tobytes() != air.O_cm3.tobytes()  # stirred air holds less oxygen


def test_progress_is_told_before_each_band(scene, monkeypatch):
    monkeypatch.setattr("render.frame.stage.BAND_PIXELS", 6 * SIZE[0])
    told = []
    render_frame(scene, size=SIZE, device="cpu", progress=lambda share, doing: told.append((share, doing)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and told[-1] == (1.0, "done")
    assert sum(doing.startswith("marching, ") for _, doing in told) >= 5  # bands of six rows; the last has three


def test_an_interrupt_between_bands_ends_the_march(stage, monkeypatch):
    monkeypatch.setattr("render.frame.stage.BAND_PIXELS", 6 * SIZE[0])
    told = []

    def tell(share, doing):
        told.append(share)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage.march(tell=tell)
    assert len(told) == 3


def test_rows_outside_the_picture_and_unknown_sources_are_refused(stage):
    with pytest.raises(ValueError, match="rows 20 to 30 are not all of 0 to 26"):
        stage.rows(20, 11)
    with pytest.raises(ValueError, match="no source 'moon'; known: aurora, airglow, sky, stars, cities, station"):
        stage.rows(0, 1, ["moon"])


def test_nothing_is_taken_over_from_a_device_that_was_left(scene, stage):
    # A device that is started again has the same name, and none of the arrays.
    assert kept(staged(scene, held=replace(stage, device=replace(stage.device))), stage) == set()


def test_a_picture_developed_in_bands_is_the_whole_one(stage, monkeypatch):
    light = stage.march()
    whole = develop_frame(finish(stage, Light(light.lines.copy(), light.sky.copy(), light.veil)), stage.scene).pixels
    monkeypatch.setattr(development, "BAND_PIXELS", 10 * SIZE[0])
    monkeypatch.setattr(development, "DEVELOPED_PIXELS", 10 * SIZE[0])
    monkeypatch.setattr(development, "LIGHTS_COLUMNS", SIZE[0])  # then the station has the very same light
    heard = []
    bands = [band.pixels for band in development.developed_bands(stage, lambda share, doing: heard.append(share))]
    assert [len(band) for band in bands] == [10, 10, 7] and heard == sorted(heard)
    np.testing.assert_array_equal(np.concatenate(bands), whole)


@pytest.mark.parametrize(("first", "count"), [(-1, 3), (0, 0), (20, 8)])
def test_a_camera_of_rows_that_are_not_there_is_refused(stage, first, count):
    with pytest.raises(ValueError, match="are not all of 0 to 26"):
        stage.moment.camera.of_rows(first, count)
