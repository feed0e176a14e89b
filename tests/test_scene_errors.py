"""Where the key that a message names stands in its file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from render.core.errors import SceneError
from render.scene import bundled_scenes, scene_from_text
from render.scene_errors import line_of

TRICKY = '''\
title = """
[aurora]
seed = 1
""" # [aurora.groups]
[aurora] # the first
seed = 3
note = "a = [ # \\" {"
lists = [
  1, # ]
  2,
]
inline = { deep = { value = 5 } }
[[aurora.event]]
onset_s = 1
[[aurora.groups]]
position = 0.1
[aurora.groups.inner]
"value" = 7
[[aurora.event]]
onset_s = 2
strength = 9
[[aurora.groups]]
position = 0.2
[aurora.groups.inner]
value = 8
[camera.look_at]
latitude_deg = 1
[camera]
rows = 4
keys.time_s = 5
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (["title"], 'title = """'),
        (["aurora"], "[aurora] # the first"),
        (["aurora", "seed"], "seed = 3"),
        (["aurora", "lists", 1], "lists = ["),
        (["aurora", "inline", "deep", "value"], "inline = { deep = { value = 5 } }"),
        (["aurora", "event", 0, "onset_s"], "onset_s = 1"),
        (["aurora", "event", 1, "onset_s"], "onset_s = 2"),
        (["aurora", "event", 1, "strength"], "strength = 9"),
        (["aurora", "groups", 0, "inner", "value"], '"value" = 7'),
        (["aurora", "groups", 1, "inner", "value"], "value = 8"),
        (["aurora", "groups", 1, "position"], "position = 0.2"),
        (["camera"], "[camera]"),
        (["camera", "columns"], "[camera]"),
        (["camera", "look_at", "latitude_deg"], "latitude_deg = 1"),
        (["camera", "look_at", "longitude_deg"], "[camera.look_at]"),
        (["camera", "keys", "time_s"], "keys.time_s = 5"),
    ],
)
def test_line_follows_the_whole_path(path: list[int | str], line: str) -> None:
    tomllib.loads(TRICKY)  # is TOML
    assert TRICKY.split("\n")[line_of(path, TRICKY) - 1] == line


def test_missing_key_of_the_second_event_is_told_at_its_header() -> None:
    events = "[[aurora.event]]\nonset_s = 1\n[[aurora.event]]\nstrength = 2\n[[aurora.event]]\n"
    assert line_of(["aurora", "event", 1, "onset_s"], events) == 3
    assert line_of(["aurora", "event", 2, "onset_s"], events) == 5
    assert line_of(["aurora", "event", 0, "strength"], events) == 1


def test_what_is_not_there_has_no_line() -> None:
    assert line_of(["drive", "kp"], TRICKY) == 0
    assert line_of([], TRICKY) == 0


def leaves(value: Any, path: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    """Yield (path, value) of everything in parsed TOML that is no table."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if _of_tables(value) else ()
    if not inner:
        yield path, value
    for key, each in inner:
        yield from leaves(each, (*path, key))


def _of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


@pytest.mark.parametrize("name", sorted(bundled_scenes()))
def test_a_key_written_otherwise_on_its_line_changes_that_key_alone(name: str) -> None:
    """Of every key of the scene: with another value on the line that is told, the parsed file differs there alone."""
    text = bundled_scenes()[name].read_text(encoding="utf-8")
    lines, before = text.split("\n"), dict(leaves(tomllib.loads(text)))
    tried = 0
    for path in before:
        index = line_of(path, text) - 1
        found = re.match(r"\s*([\w.-]+)\s*=\s*[^{\[\s]", lines[index])
        if not (isinstance(path[-1], str) and found and path[-1] == found[1].rpartition(".")[2]):
            assert str([key for key in path if isinstance(key, str)][1]) in lines[index]  # a list, or in braces
            continue
        changed = "\n".join([*lines[:index], f"{found[1]} = -12345", *lines[index + 1 :]])
        after = dict(leaves(tomllib.loads(changed)))
        assert {key for key in before | after if before.get(key) != after.get(key)} == {path}
        tried += 1
    assert tried > 0.5 * len(before)


@pytest.mark.parametrize(
    ("added", "bad"),
    [
        ("[emission.arcs]\nspectrum = 'gaussian'\nwidth = 3\n[emission.diffuse]\nspectrum = 'kappa'\n", "width = 3"),
        ("[[aurora.event]]\nonset_s = 1\nmlt_h = 23\n[[aurora.event]]\nonset_s = 2\nmlt_h = 25\n", "mlt_h = 25"),
        ("[[aurora.groups]]\nposition = 0\n[[aurora.groups]]\nposition = 0.5\narcs = 99\n", "arcs = 99"),
        ("[emission.arcs]\nspectrum = 'gaussian'\n[emission.diffuse]\nwidth = 0.2\n", "[emission.diffuse]"),
    ],
)
def test_messages_tell_that_line(minimal_scene: str, added: str, bad: str) -> None:
    text = minimal_scene + added
    with pytest.raises(SceneError) as caught:
        scene_from_text(text)
    assert f"(line {text.splitlines().index(bad) + 1})" in str(caught.value)


FIXED = "[observer]\nlatitude_deg = 45\nlongitude_deg = 0\naltitude_km = 400\n"
TIME = "[time]\nutc = '2015-01-28'\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            TIME + FIXED + "[aurora.event]\nonset_s = 3\n",
            "a list of tables, each below its own [[aurora.event]] (line 7)",
        ),
        (TIME + FIXED + "[[emission.arcs]]\nwidth = 3\n", "or [emission.arcs] with keys below it (line 7)"),
        (
            TIME + FIXED + "[emission.arcs]\nenergy_kev = 3\n",
            "3 does not fit; allowed: a list, energy_kev = [value, value]",
        ),
        (
            TIME + FIXED + "[camera]\ndistortion = [0, 0]\n",
            "[camera] distortion: [0, 0] has 2 values; 3 are wanted (line 8)",
        ),
        (TIME + FIXED + "[camera]\nquaternion = [1]\n", "[camera] quaternion: [1] has 1 value; 4 are wanted (line 8)"),
        (TIME + FIXED + "[camera]\nquaternion = [1, 2, 3, 4, 5]\n", "has 5 values; 4 are wanted (line 8)"),
        (TIME + FIXED + "[[camera.keys]]\ntime_s = 0\nquaternion = []\n", "keys[1].quaternion: [] has 0 values; 4 are"),
        (TIME + FIXED + "[camera]\nquaternion = 1\n", "a list, quaternion = [value, value, value, value] (line 8)"),
        (
            TIME + FIXED + "[camera.lens]\nfall_off = [0, 0]\n",
            "lens.fall_off: [0, 0] has 2 values; 3 are wanted (line 8)",
        ),
        (
            TIME + FIXED + "[camera.lens]\nfall_off = [0, 0, 99]\n",
            "lens.fall_off[3]: 99 is out of range; allowed: at most",
        ),
        (
            TIME + FIXED + "[camera.lens]\nfall_off = 'x'\n",
            "allowed: 'lens' or 'none', or a list of 3 numbers (line 8)",
        ),
        (
            TIME + FIXED + "[camera]\ncolumns = 640\ndistortion = [-0.5, -0.5, 0.0]\n",
            "[camera] distortion: a lens of distortion -0.5, -0.5, 0 folds the picture: what lies further out must be "
            "seen so (line 9)",
        ),
        (
            TIME + FIXED + "[film]\nframe_name = 'a b'\n",
            '[film] frame_name: "a b" does not fit; allowed: 1 to 100 of A-Z',
        ),
        (FIXED, '[time]: missing; write e.g. utc = "2015-01-28T09:45:00Z" below [time]'),
        ("[time]\n" + FIXED, '[time] utc: missing; write e.g. utc = "2015-01-28T09:45:00Z" (line 1)'),
        (TIME, '[observer]: missing; write e.g. satellite = "ISS" below [observer]'),
    ],
)
def test_messages_tell_how_it_is_written(text: str, words: str) -> None:
    with pytest.raises(SceneError) as caught:
        scene_from_text(text)
    assert words in str(caught.value)
