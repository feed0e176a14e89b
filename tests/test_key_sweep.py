"""Every key of the schema changes the light, the picture or the film, or it is said that it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import Field

from render import scene as scenes
from render.core.errors import SceneError
from render.questions.idle_keys import IDLE, idle_key_warnings
from render.scene import scene_from_text, scene_schema
from render.sky.settings import SkySettings
from tests.key_sweep import files
from tests.key_sweep.keys import as_toml, keys_of, with_value
from tests.key_sweep.light import Sweep
from tests.key_sweep.rules import RULES, rule_of, trials_of
from tests.key_sweep.scenes import SCENES
from tests.small import lay_sky_coarsely, scatter_coarsely

KEYS = {key.path: key for key in keys_of(scene_schema())}
REFUSED = {"camera.wcs_rows": 'wcs_rows = "up" would mirror the sky'}
"""Keys whose other value cannot be right, and what says so."""
ELSEWHERE = {"station.cabin_lx": "shaders/test_station_light.py"}
"""Keys that need a larger picture than the sweep's, and the test that has it."""
EXTRAS = {"station.mesh": "trimesh", "station.mesh_scale": "trimesh"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("sweep")
    files.make(made)
    return made


@pytest.fixture(scope="module")
def sweep(folder):
    """Return the frames that trials share, of a sky that is laid out coarsely."""
    with pytest.MonkeyPatch.context() as patch:
        lay_sky_coarsely(patch)
        scatter_coarsely(patch)
        patch.setenv("POLARLIGHT_CACHE", str(folder / "cache"))  # coarse tables are nobody else's
        yield Sweep(folder)


def warnings_of(settings):
    return idle_key_warnings(scene_from_text(as_toml(settings), "sweep"))


def told(path, settings):
    """Return whether a warning names the key."""
    return any(path.replace("[]", "") in re.split("[,:] ", line) for line in warnings_of(settings))


def test_rules_are_of_keys_that_there_are():
    assert {id(rule_of(path)) for path in KEYS} == {id(rule) for rule in RULES.values()}


@pytest.mark.parametrize("path", KEYS)
def test_a_key_changes_what_it_is_for(sweep, folder, path):
    pytest.importorskip(EXTRAS.get(path, "numpy"), reason="the extra is not installed")
    if path in ELSEWHERE:
        assert path.split(".")[1] in (Path(__file__).parent / ELSEWHERE[path]).read_text(encoding="utf-8")
        return
    trial = trials_of(KEYS[path], folder)[0]
    if path in REFUSED:
        with pytest.raises(SceneError, match=REFUSED[path]):
            sweep.outcome(trial)
        return
    assert sweep.outcome(trial).what, f"{path} = {trial.value!r} changes nothing: mend it, or try it elsewhere (RULES)"
    assert not told(path, trial.after)


def test_a_key_that_nothing_reads_is_found(sweep, folder, monkeypatch):
    class Dull(SkySettings):
        glitter: float = Field(0.0, ge=0.0, le=1.0, description="of nothing")

    class DullScene(scenes.Scene):
        sky: Dull = Field(default_factory=Dull)

    monkeypatch.setattr(scenes, "Scene", DullScene)
    key = next(key for key in keys_of(scene_schema()) if key.path == "sky.glitter")
    assert sweep.outcome(trials_of(key, folder)[0]).what is None
    with pytest.raises(LookupError, match=r"glitter\.dust: no scene in which it matters"):
        rule_of("glitter.dust")


IDLE_CASES = [
    ("camera.sensor_height_mm", 30.0, {}),
    ("camera.auto.base_iso", 400.0, {}),
    ("camera.compensation_ev", 1.0, {}),
    ("camera.keys[].compensation_ev", 1.0, {"camera.keys": [{"time_s": 0.0}]}),
    ("camera.quaternion_frame", "itrs", {}),
    ("camera.wcs_rows", "up", {}),
    ("camera.interpolation", "smooth", {"camera.keys": [{"time_s": 0.0, "elevation_deg": -19.0}]}),
    ("camera.turns", "shorter", {}),
    ("camera.lens.fall_off", "none", {"camera.projection": "equisolid"}),
    ("camera.lens.scatter", "none", {"camera.projection": "equirectangular", "camera.rows": 12}),
    ("camera.lens.blades", 7, {"camera.projection": "equirectangular", "camera.rows": 12}),
    ("aurora.fine_structure", 0.5, {}),
    ("airglow.oxygen_green", False, {"airglow": {"layers": []}}),
    ("atmosphere.boundary.albedo", 0.5, {"atmosphere.aerosol": "none"}),
    ("atmosphere.background.angstrom", 2.0, {"atmosphere.background.optical_depth": 0.0}),
    ("atmosphere.volcanic.altitude_km", 25.0, {}),
    ("atmosphere.noctilucent.seed", 5, {}),
    ("earth.land_cover", "soil", {"earth": {"land": "picture.npy", "clouds": "none"}}),
    ("earth.snow", False, {"earth": {"land": "picture.npy", "clouds": "none"}}),
    ("earth.cloud_cover", 0.3, {"earth": {"clouds": "none"}}),
    ("earth.cloud_seed", 9, {"earth": {"clouds": "picture.npy"}}),
    ("earth.cloud_depth", 9.0, {"earth": {}}),
    ("earth.night_lights_scale", 0.1, {"earth": {}}),
    ("station.composition", "edge", {}),
    ("station.window", "destiny", {"station.visible": True}),
    ("station.camera_position_m", [-7.0, -7.0, 9.0], {"station.visible": True}),
    ("station.composition", "edge", {"station": {"visible": True, "frame": "lvlh"}}),
    ("station.mirrored", True, {"station": {"visible": True, "frame": "lvlh"}}),
    ("station.window", "destiny",
     {"station": {"visible": True, "frame": "lvlh", "camera_position_m": [-7.0, -7.0, 9.0]}}),
    ("station.array_angle_deg", 30.0, {"station": {"visible": True, "track_sun": True}}),
    ("station.mesh_scale", 2.0, {"station.visible": True}),
    ("develop.gamut", "display_p3", {"develop.hdr": True}),
    ("develop.bits", 16, {"develop.hdr": True}),
    ("develop.seed", 4, {"develop.noise": False}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "beside"), IDLE_CASES, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_called_idle_is_idle(sweep, folder, path, value, beside):
    before = SCENES["dawn"]
    for name, one in beside.items():
        before = with_value(before, name, one)
    trial = sweep.trial(path, value, before, folder)
    found = sweep.outcome(trial)
    assert found.what is None
    assert told(path, trial.after) and not told(path, trial.before)


def test_what_is_idle_in_subauroral_arcs_and_films_is_said():
    steve = with_value(SCENES["subauroral"], "aurora.steve", {"picket_fence": False, "picket_offset_km": 9.0})
    assert warnings_of(steve) == ("aurora.steve.picket_offset_km: no effect without aurora.steve.picket_fence",)
    prores = with_value(SCENES["film"], "film", {"codec": "prores", "crf": 30})
    assert warnings_of(prores) == ('film.crf: no effect where film.codec is "prores"',)
    older = with_value(SCENES["aurora"], "thermosphere.model", "nrlmsis2.0")
    assert told("thermosphere.model", older)


def test_every_reason_has_a_case():
    tried = {path.replace("[]", "") for path, *_ in IDLE_CASES}
    tried |= {"aurora.steve.picket_offset_km", "film.crf", "thermosphere.model"}
    for rule in IDLE:
        assert any(re.fullmatch("|".join(p.replace("*", ".*") for p in rule.keys), path) for path in tried), rule.keys


def test_what_is_switched_off_in_so_many_words_is_not_told():
    scene = with_value(SCENES["dawn"], "station", {"visible": False, "composition": "edge"})
    assert warnings_of(scene) == ()
