"""The window as its page has it: a server process and its renderer, over HTTP and the socket."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render import render_frame
from render.core.lines import LINE_KEYS
from render.scene import load_scene
from tests.viewer.conftest import SIZE, Page, Served, slab_text

GREEN = LINE_KEYS.index("557.7")


def green_of(answer: dict) -> float:
    return next(line["rayleighs"] for line in answer["lines"] if line["key"] == "557.7")


def test_a_page_hears_what_there_is_and_sees_a_picture(served: Served) -> None:
    with served.open() as socket:
        page = Page(socket)
        page.rest()
        kinds = [heard["type"] for heard in page.heard]
        assert kinds[:3] == ["hello", "scene", "state"] and {"marks", "status", "viewers", "frame"} <= set(kinds)
        hello, scene = page.heard[:2]
        assert [line["key"] for line in hello["lines"]] == list(LINE_KEYS) and hello["protocol"] == 1
        assert scene["size"] == list(SIZE) and scene["film"]["length_s"] == 10.0 and scene["may_overwrite"]
        frame = next(heard for heard in reversed(page.heard) if heard["type"] == "frame")
        picture = np.asarray(Image.open(io.BytesIO(frame["payload"])))
        assert picture.shape == (SIZE[1], SIZE[0], 3) and picture.mean() > 3.0
        linear = page.hear_of("linear") if not any(h["type"] == "linear" for h in page.heard) else None
        linear = linear or next(h for h in reversed(page.heard) if h["type"] == "linear")
        planes = np.frombuffer(linear["payload"], "<f2").reshape(3, linear["rows"], linear["columns"])
        assert linear["exact"] and 0.0 < planes.mean() < 1.0


def test_exposure_costs_no_march_and_the_picture_follows(page: Page) -> None:
    before = page.rest(page.set(iso=1600.0))
    after = page.rest(page.set(iso=6400.0))
    assert after["counts"]["marches"] == before["counts"]["marches"]
    assert after["counts"]["prepared"] == before["counts"]["prepared"]
    dark, bright = (np.asarray(Image.open(io.BytesIO(h["payload"]))).mean() for h in (before, after))
    assert bright > 1.5 * dark


def test_while_the_hand_moves_newer_pictures_come(page: Page) -> None:
    page.rest(page.set(azimuth_deg=0.0, elevation_deg=-60.0))
    seen = []
    for k in range(10):
        page.say("set", changes={"azimuth_deg": 1.0 + 0.1 * k}, moving=True)
        seen.append(page.hear(lambda heard: heard["type"] == "frame" and heard["moving"]))
    assert len({frame["state"] for frame in seen}) >= 5 and not any(frame["noise"] for frame in seen)
    page.say("set", changes={}, moving=False)
    rested = page.rest()  # what was seen last may be a finer pass of a turn before
    assert (
        rested["state"] >= seen[-1]["state"] and rested["look"]["azimuth_deg"] == pytest.approx(1.9) and rested["final"]
    )


def test_the_resting_picture_is_that_of_render_of_the_saved_scene_to_the_bit(page: Page, served: Served) -> None:
    page.rest(page.set(azimuth_deg=20.0, elevation_deg=-40.0, iso=3200.0, tone="soft", time_s=2.5))
    shown = served.get("/picture.png")
    page.say("save", name="looked.toml")
    saved = page.hear_of("saved")
    assert Path(saved["file"]).parent == served.folder and saved["left_out"] == []
    assert "# grain" in Path(saved["file"]).read_text(encoding="utf-8")
    command = [*saved["command"].split()[1:], "-o", "looked.png", "--device", "cpu"]
    subprocess.run([sys.executable, "-m", "render", *command], cwd=served.folder, check=True, capture_output=True)
    pixels = [np.asarray(Image.open(x)) for x in (io.BytesIO(shown.content), served.folder / "looked.png")]
    np.testing.assert_array_equal(*pixels)
    page.say("save", name="looked.toml")
    assert "is there already" in page.hear_of("error")["text"]
    loaded = load_scene(saved["file"])
    assert (loaded.camera.azimuth_deg, loaded.camera.iso, loaded.develop.tone) == (20.0, 3200.0, "soft")


def test_a_pick_is_the_frames_light(page: Page) -> None:
    page.rest(page.set(iso=1600.0))
    page.say("pick", id=7, x=0.5, y=0.25, spectrum=True)
    found = page.hear_of("pick")
    x, y = found["pixel"]
    assert found["id"] == 7 and found["pass_size"] == list(SIZE) and found["divisor"] == 1
    frame = render_frame(load_scene("uniform_slab"), size=SIZE, device="cpu")
    assert green_of(found) == pytest.approx(float(frame.lines.rayleighs[GREEN, y - 1, x - 1]), rel=1e-6)
    assert found["sight"]["kind"] == "ground" and len(found["spectrum"]["lines_R_per_nm"]) == 1200
    assert found["sums"]["inside"] == pytest.approx(green_of(found), rel=1e-3)


def test_switches_and_false_colour_cost_no_march(page: Page, served: Served) -> None:
    before = page.rest()["counts"]["marches"]
    page.rest(page.set(sources={"airglow": False}))
    page.rest(page.set(sources={"airglow": True}, lines={"557.7": False}))
    page.say("text")
    assert page.hear_of("text")["left_out"] == ["lines"]
    version = page.set(
        lines={"557.7": True}, false_colour={"lines": [], "low_r": 1.0, "high_r": 1e4, "scale": "cividis"}
    )
    assert page.rest(version)["counts"]["marches"] <= before + 1  # of the airglow apart, at the latest
    assert served.get(f"/picture.png?state={version}").status_code == 404


def test_map_marks_and_a_look_at_a_place(page: Page) -> None:
    page.say("map", id=3)
    told = page.hear_of("map")
    assert told["observer"] == pytest.approx([-84.0, 45.0]) and len(told["terminator"]) > 100
    assert told["track"] == [] and all(len(place) == 2 for place in told["field"] if place)
    page.say("look", latitude_deg=46.0, longitude_deg=-84.0)
    state = page.hear_of("state")["state"]
    assert state["azimuth_deg"] % 360.0 == pytest.approx(0.0, abs=0.1) and -90.0 < state["elevation_deg"] < -60.0


def test_what_cannot_be_is_told_in_a_line_and_nothing_changes(page: Page) -> None:
    for message, words in (
        ({"kind": "set", "changes": {"iso": 0.0}}, "iso: 0.0 is out of range"),
        ({"kind": "set", "changes": {"response": "/etc/x.csv"}}, "allowed: d3s"),
        ({"kind": "nothing"}, "message"),
        ({"kind": "save", "name": "../x.toml"}, "message"),
        ({"kind": "render", "name": "slab.png", "size": [0, 5]}, "allowed"),
        ({"kind": "look", "latitude_deg": 99.0, "longitude_deg": 0.0}, "latitude_deg -90 to 90"),
    ):
        page.say(**message)
        assert words in page.hear_of("error")["text"]
    page.say("text")
    assert page.hear_of("text")["diff"] == ""


def test_a_scene_that_changes_on_disk_is_shown_and_a_broken_one_complained_of(page: Page, served: Served) -> None:
    page.rest()
    file = served.folder / "slab.toml"
    try:
        file.write_text(slab_text().replace("ver_cm3_s = 1000.0", "ver_cm3_s = 2000.0"), encoding="utf-8")
        page.rest(page.hear_of("state")["version"])
        page.say("pick", id=1, x=0.5, y=0.5)
        assert green_of(page.hear_of("pick")) == pytest.approx(20_000.0, rel=2e-3)
        file.write_text("nonsense", encoding="utf-8")
        assert "not TOML" in page.hear(lambda h: h["type"] == "state" and h["complaint"])["complaint"]
        page.say("pick", id=2, x=0.5, y=0.5)
        assert green_of(page.hear_of("pick")) == pytest.approx(20_000.0, rel=2e-3)
    finally:
        file.write_text(slab_text(), encoding="utf-8")
    assert page.hear(lambda h: h["type"] == "state" and not h["complaint"])
    page.rest()


def test_a_final_picture_is_rendered_by_the_command_and_one_is_cancelled(page: Page, served: Served) -> None:
    page.say("render", name="final.png", size=[48, 27])
    assert page.hear_of("render")["what"] == "started"
    page.say("render")
    assert "already" in page.hear_of("error")["text"]
    done = page.hear(lambda h: h["type"] == "render" and h["what"] not in ("started", "progress"))
    assert done["what"] == "done" and Image.open(served.folder / "final.png").size == (48, 27)
    page.say("render", name="never.png", size=[4000, 2000])
    page.hear_of("render")
    page.say("cancel")
    ended = page.hear(lambda h: h["type"] == "render" and h["what"] != "progress")
    assert ended["what"] == "cancelled" and not list(served.folder.glob("*never*"))


def test_two_pages_share_one_state(page: Page, served: Served) -> None:
    with served.open() as socket:
        other = Page(socket)
        assert other.hear_of("hello")["viewers"] == 2
        page.hear(lambda h: h["type"] == "viewers" and h["count"] == 2)
        version = page.set(tone="filmic")
        assert other.hear(lambda h: h["type"] == "state" and h["version"] == version)["state"]["tone"] == "filmic"
        other.hear(lambda h: h["type"] == "frame" and h["state"] == version)
    page.hear(lambda h: h["type"] == "viewers" and h["count"] == 1)
