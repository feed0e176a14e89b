"""Keys of a scene that have moved to another section: read from the old place, told in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from render.core.errors import SceneError
from render.imaging.settings import DevelopSettings, FilmSettings
from render.scene import scene_from_text, scene_schema
from render.scene_moved_keys import MOVED
from tests.conftest import Run

OLD = """
[film]
white_balance_k = 6000.0
response = "cie_xyz"
tone = "linear"
bits = 16
noise = false
seed = 3
frames = 7
crf = 20
"""
NEW = """
[camera]
response = "ideal_cie"

[develop]
white_balance_k = 6000.0
tone = "linear"
bits = 16
noise = false
seed = 3

[film]
frames = 7
crf = 20
"""
SHORT = "[film]\nseed = 3\n"
WORDS = "[film] seed: moved to [develop]"


def test_no_moved_key_is_one_of_the_films_now() -> None:
    moved = {new for _, new in MOVED.values()}
    assert not moved & set(FilmSettings.model_fields)
    assert moved <= {*DevelopSettings.model_fields, "response"}


def test_old_keys_make_the_same_scene_with_one_warning(minimal_scene: str) -> None:
    old, new = scene_from_text(minimal_scene + OLD, file="old.toml"), scene_from_text(minimal_scene + NEW)
    assert old.model_dump() == new.model_dump()
    assert old.scene_hash == new.scene_hash
    assert old.text == minimal_scene + OLD
    assert new.warnings == ()
    (warning,) = old.warnings
    assert warning.startswith(
        "old.toml: [film] white_balance_k, tone, bits, noise, seed, response: moved to [camera], [develop]"
    )
    assert old.warnings_at(old.time.epoch, old.time.epoch.plus_seconds(60.0)) == (warning,)
    assert old.warnings_at() == (warning,)


@pytest.mark.parametrize(
    "moved", [f"{key} = {value}" for key, value in [("seed", 4), ("noise", "false"), ("bits", 16)]]
)
def test_hash_counts_them_from_either_place(minimal_scene: str, moved: str) -> None:
    plain = scene_from_text(minimal_scene).scene_hash
    old, new = (scene_from_text(f"{minimal_scene}[{section}]\n{moved}\n").scene_hash for section in ("film", "develop"))
    assert plain != old == new


def test_old_keys_are_read_from_a_frame_s_header(minimal_scene: str) -> None:
    old, new = (scene_from_text(minimal_scene + text, files=False) for text in (OLD, NEW))
    assert old.model_dump() == new.model_dump()


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("[film]\nframes = 3\nseed = -1\n", "[film] seed: -1 is out of range"),
        ("[film]\nresponse = 'kodak'\n", '[film] response: "kodak"; allowed: d3s'),
        ("[develop]\nseed = -1\n", "[develop] seed: -1 is out of range"),
        ("[develop]\nframes = 3\n", "[develop] frames: unknown key"),
        ("[film]\nsede = 3\n", "[film] sede: unknown key"),
    ],
)
def test_complaints_name_the_section_as_it_was_written(minimal_scene: str, added: str, words: str) -> None:
    with pytest.raises(SceneError) as caught:
        scene_from_text(minimal_scene + added, file="bad.toml")
    lines = (minimal_scene + added).splitlines()
    assert str(caught.value).startswith(f"bad.toml: {words}")
    assert str(caught.value).endswith(f"(line {len(lines)})")


def test_complaints_about_several_keys_are_counted_once_each(minimal_scene: str) -> None:
    with pytest.raises(SceneError, match=r"\[develop\] bits: 3 .* \(line 12\) \(and 1 more\)$"):
        scene_from_text(minimal_scene + "[film]\nseed = -1\n[develop]\nbits = 3\n")


@pytest.mark.parametrize("order", [("film", "develop"), ("develop", "film")])
def test_a_key_in_both_places_is_an_error(minimal_scene: str, order: tuple[str, str]) -> None:
    text = minimal_scene + "".join(f"[{section}]\nseed = 3\n" for section in order)
    line = len(minimal_scene.splitlines()) + 2 * order.index("film") + 2
    with pytest.raises(SceneError) as caught:
        scene_from_text(text, file="both.toml")
    assert str(caught.value) == (
        f"both.toml: [film] seed: given in [develop] too, where it belongs; leave it out of [film] (line {line})"
    )


@pytest.mark.parametrize(("section", "given"), [("develop", "develop = 3\n"), ("film", "film = 3\n")])
def test_a_section_that_is_none_is_said(minimal_scene: str, section: str, given: str) -> None:
    rest = SHORT if section == "develop" else ""
    with pytest.raises(SceneError, match=rf"\[{section}\]: 3 does not fit; allowed: a section"):
        scene_from_text(given + minimal_scene + rest)


def test_schema_shows_the_new_places_alone() -> None:
    schema = scene_schema()
    keys = {
        section: set(schema["$defs"][schema["properties"][section]["$ref"].rpartition("/")[2]]["properties"])
        for section in ("develop", "film")
    }
    assert keys == {"develop": set(DevelopSettings.model_fields), "film": set(FilmSettings.model_fields)}


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "SCENE"],
        ["where", "SCENE", "--place", "45,-84"],
        ["oval", "--scene", "SCENE"],
        ["emission", "--energy-kev", "2", "--flux", "1", "--scene", "SCENE"],
        ["render", "SCENE", "-o", "still.png"],
        ["film", "SCENE", "-o", "frames", "--frames", "0-1"],
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.usefixtures("fake_renderer")
def test_every_command_warns_once(
    run: Run, minimal_scene: str, write_scene: Callable[..., Path], arguments: list[str]
) -> None:
    path = write_scene(f"{minimal_scene}[camera]\ncolumns = 16\nrows = 9\n{SHORT}frames = 2\n")
    code, _, said = run(*(path if word == "SCENE" else word for word in arguments))
    assert code == 0
    assert said.count(WORDS) == 1
    assert f"polarlight: warning: {path}: {WORDS}" in said


def test_check_as_json_holds_the_warning(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    code, out, said = run("check", write_scene(minimal_scene + SHORT), "--json")
    assert (code, said) == (0, "")
    assert [WORDS in warning for warning in json.loads(out)["warnings"]] == [True]
