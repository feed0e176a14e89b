"""Scenes: what is read, and that everything wrong is told in one line that says what, where and what instead."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from render.core.errors import SceneError
from render.scene import Scene, bundled_scenes, load_scene, scene_from_text, scene_schema, scene_title

BUNDLED = {
    "angels_singing", "australis", "black_aurora", "breakup", "city_coast", "dome_4k", "first_light", "iss030_e_102170",
    "iss030_e_130515", "limb_glow", "moonlit_clouds", "multiple_arcs", "new_moon", "omega_bands", "poker_flat_allsky",
    "pulsating_patches", "quiet_arc", "rayed_band", "sar_arc", "snow_aurora", "steve", "streamers", "sunlit_rays",
    "twilight_only", "uniform_slab",
    "volcanic_twilight",
}  # fmt: skip
# fmt: off
SECTIONS = ["time", "observer", "camera", "drive", "aurora", "thermosphere", "emission", "airglow", "atmosphere",
            "earth", "sky", "station", "develop", "film"]  # issue 2, item 3; emission: how electrons become light
# fmt: on
TLE_1 = "1 25544U 98067A   15032.46425904  .00014369  00000-0  22307-3 0  8084"
TLE_2 = "2 25544  51.6471  41.7603 0005800 315.5306 199.7210 15.54220656926915"
WCS = {
    "width_px": 40,
    "height_px": 30,
    "wcs": {"crval_deg": [16.0, 23.0], "crpix": [20, 15], "cd_deg_per_px": [[-0.5, 0.0], [0.0, -0.5]]},
}


def complaint(text: str) -> str:
    """Return the message of a scene that must fail: always one line that starts with the file's name."""
    with pytest.raises(SceneError) as caught:
        scene_from_text(text, file="bad.toml")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("bad.toml: ")
    assert caught.value.exit_code == 2
    return message


def test_sections_are_those_of_the_design() -> None:
    assert list(Scene.model_fields) == SECTIONS
    assert {name for name, field in Scene.model_fields.items() if field.is_required()} == {"time", "observer"}


def test_minimal_scene_fills_the_rest(minimal_scene: str) -> None:
    scene = scene_from_text(minimal_scene, "mine")
    assert (scene.name, scene.text) == ("mine", minimal_scene)
    assert scene.observer.altitude_km == 415.0
    assert scene.camera == type(scene.camera)()
    assert scene.warnings == ()


def test_time_may_be_tomls_own(minimal_scene: str) -> None:
    own = minimal_scene.replace('"2015-01-28T09:45:00Z"', "2015-01-28T09:45:00Z")
    assert scene_from_text(own).time.epoch == scene_from_text(minimal_scene).time.epoch


def test_scene_is_frozen(minimal_scene: str) -> None:
    with pytest.raises(ValueError, match="frozen"):
        scene_from_text(minimal_scene).drive = None  # type: ignore[misc,assignment]


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_bundled_scenes_load_by_name_from_anywhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scene = load_scene(name)
    assert scene.name == name
    assert scene_title(bundled_scenes()[name])
    assert scene.warnings == ()


def test_all_bundled_scenes_are_listed() -> None:
    assert set(bundled_scenes()) == BUNDLED


def test_uniform_slab_is_ten_kilorayleighs() -> None:
    (layer,) = load_scene("uniform_slab").airglow.layers
    assert 1e-6 * layer.ver_cm3_s * (layer.top_km - layer.bottom_km) * 1e5 == pytest.approx(10_000.0)


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("camera = 5", ("[camera]", "5 does not fit", "a section")),
        ("[camera]\nlook_at = 5", ("[camera] look_at", "a table")),
        ("[camera]\nfocal_lenght_mm = 2", ("[camera] focal_lenght_mm", "unknown key", "did you mean focal_length_mm?")),
        ("[camra]\nrows = 20", ("[camra]", "unknown section", "did you mean camera?", "observer")),
        ("[drive]\nkp = 11", ("[drive] kp", "11 is out of range", "0 to 9")),
        ("[drive]\nkp = -1", ("[drive] kp", "-1 is out of range", "0 to 9")),
        ('[drive]\nkp = "6"', ("[drive] kp", '"6"', "number")),
        ("[drive]\nkp = true", ("[drive] kp", "true", "number")),
        ("[drive]\nkp = nan", ("[drive] kp", "nan", "finite")),
        ("[camera]\nrows = 2.5", ("[camera] rows", "2.5", "integer")),
        ("[camera]\nrows = 0", ("[camera] rows", "0 is out of range", "1 to")),
        ("[camera]\nlook_at = {latitude_deg = 1}", ("[camera] look_at.longitude_deg", "missing")),
        ("[camera]\nlook_at = {latitude_deg = 91, longitude_deg = 0}", ("[camera] look_at.latitude_deg", "-90 to 90")),
        ("[[camera.keys]]\ntime_s = 0\nf_nmber = 2", ("[camera] keys[1].f_nmber", "did you mean f_number?")),
        ("[camera]\nresponse = 'kodak'", ("[camera] response", '"kodak"', "d3s", "ideal_cie", ".csv")),
        ("drive = 3", ("[drive]", "3 does not fit")),
        ("[emission.arcs]\nwidth = 0.3", ("[emission] arcs", 'width is of spectrum = "gaussian"', '"maxwellian"')),
        ("[emission.diffuse]\nspectrum = 'kapa'", ("[emission] diffuse.spectrum", '"kapa" does not fit', "'kappa'")),
        ("[emission.diffuse]\nspectrum = 'kappa'\nkappa = 2", ("[emission] diffuse.kappa", "2 is out of range")),
        ("[observer.mean_elements]\nbstar = 0.0", ("[observer] mean_elements.epoch_utc", "missing", "more)")),
    ],
)  # fmt: skip
def test_bad_value_names_section_key_and_what_is_allowed(
    minimal_scene: str, added: str, words: tuple[str, ...]
) -> None:
    # Top-level keys must stand before the first section.
    message = complaint(minimal_scene + added if added.startswith("[") else f"{added}\n{minimal_scene}")
    assert not [word for word in words if word not in message]


def test_message_tells_the_line(minimal_scene: str) -> None:
    text = minimal_scene + "\n[drive]\n# a comment\nkp = 12\n"
    assert f"(line {text.splitlines().index('kp = 12') + 1})" in complaint(text)


def test_several_errors_are_counted_and_the_misspelt_key_comes_first(minimal_scene: str) -> None:
    message = complaint(minimal_scene + "[drive]\nkp = 12\nf107 = 1\nkq = 2\n")
    assert "[drive] kq" in message
    assert message.endswith("(and 2 more)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("empty",)),
        ("  \n", ("empty",)),
        ("[time\nutc = 3", ("not TOML", "line 1")),
        ("a = 1\na = 2\n", ("not TOML", "overwrite")),
        ("[time]\nutc = '2015-01-28'", ("[observer]", "missing")),
        ("[time]\nutc = 'soon'\n[observer]\nlatitude_deg=0\nlongitude_deg=0\naltitude_km=400", ("soon", "ISO 8601")),
        ("[time]\nutc = 3\n[observer]\nlatitude_deg=0\nlongitude_deg=0\naltitude_km=400", ("[time] utc", "3")),
        ("[time]\nutc = '2015-01-28'\n[observer]\nlatitude_deg=0", ("[observer]", "longitude_deg")),
    ],
)
def test_incomplete_files(text: str, words: tuple[str, ...]) -> None:
    message = complaint(text)
    assert not [word for word in words if word not in message]


def elements(first: str = TLE_1, second: str = TLE_2, utc: str = "2015-01-28T09:45:00Z") -> str:
    return f'[time]\nutc = "{utc}"\n[observer]\ntle = ["{first}", "{second}"]\n'


def test_checksum_of_elements_is_enforced() -> None:
    assert scene_from_text(elements()).warnings == ()
    message = complaint(elements(first=TLE_1[:-1] + "5"))
    assert "[observer] tle" in message
    assert "line 1: checksum given '5'" in message


def test_old_elements_warn_at_either_end_of_the_film() -> None:
    assert "good for 5" in scene_from_text(elements(utc="2015-03-01T00:00:00Z")).warnings[0]
    near = elements(utc="2015-02-06T11:00:00Z")  # 4.99 days after the elements
    assert scene_from_text(near).warnings == ()
    assert len(scene_from_text(near + "[film]\nframes = 3600\n").warnings) == 1


def test_named_files_start_at_the_scenes_folder(minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    path = write_scene(minimal_scene + '[camera]\nwcs = "photo.json"\n')
    with pytest.raises(SceneError, match=r'\[camera\] wcs: no file "photo.json" in '):
        load_scene(path)
    (path.parent / "photo.json").write_text(json.dumps(WCS))
    scene = load_scene(path)
    assert scene.camera.wcs == str((path.parent / "photo.json").resolve())
    assert (scene.camera.columns, scene.camera.rows) == (40, 30)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("maps.nc", 'a folder, where a file is wanted: "maps.nc" in '),
        (".", 'a folder, where a file is wanted: "." in '),
        ("pipe.nc", 'no plain file (a device, pipe or socket): "pipe.nc" in '),
        ("missing.nc", 'no file "missing.nc" in '),
        ("x" * 300, "too long: "),
    ],
)
def test_named_file_that_is_none(minimal_scene: str, write_scene: Callable[..., Path], value: str, words: str) -> None:
    path = write_scene(minimal_scene + f'[aurora]\nfootprint = "{value}"\n')
    (path.parent / "maps.nc").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path.parent / "pipe.nc")
    elif value == "pipe.nc":
        pytest.skip("no named pipes here")
    with pytest.raises(SceneError, match=r"\[aurora\] footprint: .*" + re.escape(words)):
        load_scene(path)


def test_hash_follows_content_and_named_files(minimal_scene: str, tmp_path: Path) -> None:
    text = minimal_scene + '[camera]\nwcs = "photo.json"\n'
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder, width in zip(folders, (40, 40, 41), strict=True):
        folder.mkdir()
        (folder / "photo.json").write_text(json.dumps({**WCS, "width_px": width}))
    same, moved, other = (scene_from_text(text, folder=folder).scene_hash for folder in folders)
    assert same == moved != other
    assert len(same) == 64


def test_hash_ignores_what_changes_no_picture(minimal_scene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = scene_from_text(minimal_scene)
    film = "[film]\nframes = 7\nframes_per_second = 30.0\ncrf = 20\n"
    for same in ("# a remark\n", "[airglow]\nenabled = true\n", film):
        assert scene_from_text(minimal_scene + same).scene_hash == plain.scene_hash
    for other in ("[drive]\nkp = 3.0\n", "[develop]\nseed = 1\n", "[aurora]\nseed = 9\n"):
        assert scene_from_text(minimal_scene + other).scene_hash != plain.scene_hash
    before = plain.scene_hash
    monkeypatch.setattr("render.scene.__version__", "99")
    assert plain.scene_hash != before


def test_unknown_name_lists_the_bundled_ones() -> None:
    with pytest.raises(SceneError, match=r'no scene named "angel_singing"; did you mean angels_singing\? bundled: .*'):
        load_scene("angel_singing")
    with pytest.raises(
        SceneError, match=r"^nothing/angels_singing.toml: no such scene file; the bundled scene is called"
    ):
        load_scene("nothing/angels_singing.toml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[time]\nutc = '\xff'\n", "not UTF-8 text: byte 0xff in line 2"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary file"),
        (b"#" * 4_000_001, "more than 4 MB"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(SceneError, match=words):
        load_scene(path)


def test_folder_as_scene(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"a folder; give a \.toml file"):
        load_scene(tmp_path)


def test_byte_order_mark_is_no_matter(minimal_scene: str, tmp_path: Path) -> None:
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + minimal_scene.encode())
    assert load_scene(path).name == "bom"


def test_text_alone_is_enough_to_develop(minimal_scene: str) -> None:
    text = minimal_scene + '[camera]\nwcs = "gone.json"\n'
    assert scene_from_text(text, files=False).camera.wcs is None


def test_section_that_is_none_is_said_when_developing_too(minimal_scene: str) -> None:
    with pytest.raises(SceneError, match=r"\[camera\]: 5 does not fit"):
        scene_from_text(f"camera = 5\n{minimal_scene}", files=False)


def test_schema_describes_every_key() -> None:
    schema = json.loads(json.dumps(scene_schema()))
    assert schema["required"] == ["time", "observer"]
    assert list(schema["properties"]) == SECTIONS
    assert schema["additionalProperties"] is False
    silent = [
        f"{name}.{key}"
        for name, record in schema["$defs"].items()
        for key, value in record.get("properties", {}).items()
        if not value.get("description")
    ]
    assert not silent


def test_every_key_of_the_bundled_scenes_is_in_the_schema() -> None:
    schema = scene_schema()
    for path in bundled_scenes().values():
        for section, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            record = schema["$defs"][schema["properties"][section]["$ref"].rpartition("/")[2]]
            assert set(table) <= set(record["properties"])
