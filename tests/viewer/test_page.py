"""The page of a window in a browser: what it shows, and what it does with hand and keys."""

from __future__ import annotations

import io
import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from render.imaging.capture.sensor import Exposure
from render.imaging.colour import develop
from render.imaging.reduction import CHROMA_PHOTOSITES, steps_of
from render.imaging.settings import DevelopSettings
from render.scene import load_scene
from render.viewer.serving.told import TONES
from tests.viewer.browsing import Seen, browser, chromium
from tests.viewer.conftest import SIZE, Page, Served, children_of, command_of, slab_text

REDUCTION = 8.0  # photosites to a pixel
DEVELOPS = """async (told) => {
  const {balanceOf, develop, planesOf} = await import("/page/develop.js");
  const recipe = await (await fetch("/development.json?response=d3s")).json();
  const tables = new Float32Array(await (await fetch("/gamut.bin")).arrayBuffer());
  const planes = planesOf(new Uint8Array(told.bytes).buffer, told.columns * told.rows);
  const linear = {...told, planes, exposure_s: 1, f_number: 2, iso: 100, observer: false};
  const how = {...balanceOf(recipe, "d3s", told.kelvin), exposure_s: 0.5, f_number: 2, iso: 200, smooth: true,
    compensation: told.compensation, tone: told.tone};
  return Array.from(develop(linear, how, recipe, tables).data);
}"""


@pytest.fixture(scope="module", autouse=True)
def _browser_there() -> None:
    chromium()


@pytest.fixture(scope="module")
def started(served: Served) -> Iterator[Any]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def opened(started: Any, served: Served) -> Iterator[Seen]:
    """Return the page of a window; at the end it has complained of nothing and asked nobody else."""
    seen = Seen(started, served.base)
    seen.page.goto(served.address)
    yield seen
    assert seen.complaints == [] and seen.outside() == []


@pytest.fixture
def seen(opened: Seen) -> Seen:
    """Return the page, everything as its scene has it."""
    opened.until("known.told.changed")
    opened.say("reset")
    opened.until("known.told.changed.length === 0")
    opened.rest()
    opened.page.click("#tab-view")
    return opened


def picture_of(seen: Seen) -> np.ndarray:
    return np.array(seen.pixels(), np.uint8).reshape(SIZE[1], SIZE[0], 4)[..., :3]


def test_the_resting_picture_on_the_screen_is_that_of_render_to_the_bit(seen: Seen, served: Served) -> None:
    told = np.asarray(Image.open(io.BytesIO(served.get(f"/picture.png?state={seen.data()['state']}").content)))
    shown = picture_of(seen)
    assert shown.mean() > 3.0
    np.testing.assert_array_equal(shown, told)
    assert "Complete: brightest at 557.7" in seen.page.inner_text("#status")
    assert seen.page.url == served.base + "/"  # the token has left the address


def test_while_the_hand_moves_newer_pictures_come_and_what_is_under_it_stays(seen: Seen) -> None:
    seen.set(azimuth_deg=10, elevation_deg=-60, roll_deg=12)
    seen.until("known.told.state.roll_deg === 12")
    seen.rest()
    x, y, width, height = seen.middle()
    seen.page.mouse.move(x, y)
    seen.page.mouse.down()
    before, states = int(seen.data()["frames"]), set()
    for k in range(1, 26):
        seen.page.mouse.move(x + 0.3 * width * k / 25, y + 0.2 * height * k / 25)
        seen.page.wait_for_timeout(80)
        data = seen.data()
        if data["moving"] == "true":
            states.add(data["state"])
    assert len(states) >= 2 and int(seen.data()["frames"]) - before >= 2  # in two seconds
    seen.page.mouse.up()
    assert seen.rest()["moving"] == "false"
    seen.page.click("#tab-numbers")
    seen.page.mouse.click(x + 0.3 * width, y + 0.2 * height)
    seen.page.wait_for_selector("#table th.pin1")
    row = seen.page.locator("#table tr", has_text="Elevation").locator("td").last.inner_text()
    assert float(row) == pytest.approx(-60.0, abs=0.6)  # a pixel of 120 is half a degree
    seen.page.click("#unpin")


def test_directions_are_the_servers(seen: Seen, served: Served) -> None:
    """The page's perspective against `pick`, whose directions are the camera's."""
    seen.set(azimuth_deg=70, elevation_deg=-50, roll_deg=33)
    seen.until("known.told.state.roll_deg === 33")
    seen.rest()
    with served.open() as socket:
        other = Page(socket)
        for x, y in ((0.1, 0.2), (0.9, 0.3), (0.5, 0.95)):
            other.say("pick", id=1, x=x, y=y)
            answer = other.hear_of("pick")
            at = [(pixel - 0.5) / size for pixel, size in zip(answer["pixel"], SIZE, strict=True)]
            found = seen.page.evaluate(
                "async (at) => { const {directionAt, lookWith, placeOf} = await import('/page/look.js');"
                " const {known} = await import('/page/store.js'); const f = known.state.focal_length_mm;"
                " const towards = directionAt(...at, known.state, f);"
                " return [towards, lookWith(...at, towards, known.state, f), placeOf(towards, known.state, f)]; }",
                at,
            )
            towards, look, place = found
            assert towards["azimuth_deg"] % 360.0 == pytest.approx(answer["looks"]["azimuth_deg"], abs=1e-3)
            assert towards["elevation_deg"] == pytest.approx(answer["looks"]["elevation_deg"], abs=1e-3)
            assert look["azimuth_deg"] == pytest.approx(70.0) and look["elevation_deg"] == pytest.approx(-50.0)
            assert [place["x"], place["y"]] == pytest.approx(at)


def test_iso_is_developed_at_once_and_costs_no_march(seen: Seen) -> None:
    seen.set(iso=1600)
    seen.until("known.told.state.iso === 1600")
    before, dark = seen.rest(), picture_of(seen).mean()
    version = seen.version()
    seen.page.focus("#iso")
    for _ in range(3):
        seen.page.keyboard.press("ArrowRight")
    seen.until("d.took")
    assert int(seen.data()["took"]) < 1000
    seen.answered(version)
    seen.until("known.told.state.iso === 3200")
    after = seen.rest()
    assert picture_of(seen).mean() > 1.3 * dark
    assert after["marches"] == before["marches"]


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(("kelvin", "compensation"), [(5200.0, 0.0), (12000.0, -1.0)])
def test_the_page_develops_as_the_engine_does(seen: Seen, tone: Any, kelvin: float, compensation: float) -> None:
    """Colours of eleven stops, some beyond saturation, against `develop`: within a code value of 255."""
    x, y = np.meshgrid(np.linspace(0.0, 1.0, 48), np.linspace(0.0, 1.0, 32))
    colours = np.array([0.5 + 0.5 * np.sin(6.0 * x + phase + 3.0 * y) for phase in (0.0, 2.1, 4.2)])
    shares = (2.0 ** (-9.0 + 11.0 * y) * colours).astype(np.float16)
    settings = DevelopSettings(tone=tone, white_balance_k=kelvin, exposure_compensation_ev=compensation)
    taken = np.minimum(shares.astype(np.float32), np.float32(1.0))
    wanted = 255.0 * np.asarray(develop(Exposure(taken, 1.0, "d3s", REDUCTION), settings).pixels)
    told = {
        "bytes": np.frombuffer(shares.tobytes(), np.uint8).tolist(), "columns": 48, "rows": 32, "tone": tone,
        "kelvin": kelvin, "compensation": compensation, "smoothing": steps_of(CHROMA_PHOTOSITES / REDUCTION),
    }  # fmt: skip
    found = np.reshape(seen.page.evaluate(DEVELOPS, told), (32, 48, 4))[..., :3]
    assert np.abs(found - wanted).max() < 1.5  # a code value, and half of one for rounding
    other = np.reshape(seen.page.evaluate(DEVELOPS, told | {"compensation": compensation + 0.3}), (32, 48, 4))
    assert np.abs(other[..., :3] - wanted).max() > 4.0


def test_a_pin_reads_what_pick_says(seen: Seen, served: Served) -> None:
    seen.rest()  # a finer pass that came between the two would have other light
    seen.page.click("#tab-numbers")
    seen.page.fill("#place-x", "25")
    seen.page.fill("#place-y", "75")
    seen.page.click("#pin")
    seen.page.wait_for_selector("#table th.pin1")
    seen.page.click("#csv")
    seen.page.click("#tab-out")
    rows = [line.split(",") for line in seen.page.inner_text("#text").splitlines() if not line.startswith('"')]
    quoted = dict(re.findall(r'^"([^"]+)",.*?([0-9.e+-]+)$', seen.page.inner_text("#text"), re.M))
    assert rows[0][-1] == "pin 1"
    with served.open() as socket:
        other = Page(socket)
        other.say("pick", id=1, x=0.25, y=0.75)
        answer = other.hear_of("pick")
    green = next(line["rayleighs"] for line in answer["lines"] if line["key"] == "557.7")
    assert float(quoted["557.7 nm, R"]) == green
    assert float(quoted["Altitude, km"]) == answer["sight"]["altitude_km"]
    seen.page.click("#tab-numbers")
    seen.page.click("#unpin")


def test_a_line_alone_and_all_again_and_false_colour(seen: Seen) -> None:
    seen.page.click("#tab-light")
    version = seen.version()
    seen.page.click("button[data-solo='lines 630.0']")
    marches = seen.answered(version)["marches"]
    version = seen.version()
    lines = seen.state()["lines"]
    assert [key for key, on in lines.items() if on] == ["630.0"] and picture_of(seen).mean() < 2.0
    seen.page.click("button[data-solo='lines 630.0']")
    seen.answered(version)
    version = seen.version()
    assert all(seen.state()["lines"].values())
    seen.page.fill("#fc-low", "5000")
    seen.page.fill("#fc-high", "20000")
    seen.page.check("#fc")
    seen.page.wait_for_selector("#bar:visible")
    seen.answered(version)
    assert seen.page.inner_text("#bar-low") == "≤ 5 kR" and seen.page.inner_text("#bar-high") == "≥ 20 kR"
    ends = seen.page.evaluate(
        "Array.from(document.getElementById('bar-colours').getContext('2d').getImageData(0, 0, 256, 1).data)"
    )
    assert ends[:3] == [0, 34, 78] and ends[-4:-1] == [254, 232, 56]  # cividis' ends
    assert seen.data()["marches"] == marches


def test_a_broken_scene_leaves_the_picture_and_says_why(seen: Seen, served: Served) -> None:
    file = served.folder / "slab.toml"
    frames = seen.data()["frames"]
    file.write_text(slab_text().replace("exposure_s", "exposed_s"), encoding="utf-8")
    seen.page.wait_for_selector("#complaint:visible")
    assert "exposed_s" in seen.page.inner_text("#complaint") and seen.data()["frames"] == frames
    assert picture_of(seen).mean() > 3.0
    state = seen.data()["state"]
    file.write_text(slab_text().replace("exposure_s = 0.25", "exposure_s = 1.0"), encoding="utf-8")
    seen.page.wait_for_selector("#complaint", state="hidden")
    seen.until(f"d.state !== '{state}'")
    file.write_text(slab_text(), encoding="utf-8")
    seen.until("known.scene.own.exposure_s === 0.25")
    seen.rest()


def test_what_is_saved_says_what_is_seen_and_keeps_its_comments(seen: Seen, served: Served) -> None:
    seen.page.select_option("#tone", "soft")
    seen.page.fill("#elevation_deg", "-70")
    seen.page.keyboard.press("Tab")
    seen.page.click("#tab-out")
    seen.page.fill("#name", "of_the_page.toml")
    seen.page.click("#save")
    seen.until("document.getElementById('told').textContent.startsWith('Saved')")
    saved = load_scene(str(served.folder / "of_the_page.toml"))
    assert "# grain" in saved.text and "# short" in saved.text
    assert saved.camera.elevation_deg == -70.0 and saved.develop.tone == "soft"
    assert "of_the_page.toml" in seen.page.inner_text("#text")
    seen.page.click("#save")
    seen.until("document.getElementById('told').textContent.includes('there already')")


def test_a_final_picture_is_rendered_where_the_command_was_started(seen: Seen, served: Served) -> None:
    seen.page.click("#tab-out")
    for name, value in (("final-name", "of_the_page.png"), ("final-columns", "16"), ("final-rows", "9")):
        seen.page.fill(f"#{name}", value)
    seen.page.click("#render")
    seen.until("document.getElementById('told').textContent.startsWith('Done')")
    assert Image.open(served.folder / "of_the_page.png").size == (16, 9)
    assert seen.page.locator("#progress").is_hidden() and seen.page.is_disabled("#cancel")


def test_a_link_opens_what_was_seen_and_leaves_out_what_cannot_be(started: Any, seen: Seen, served: Served) -> None:
    other = Seen(started, served.base)
    other.page.goto(f"{served.address}#el=-66&iso=1600&tone=filmic&nonsense=3&f=9999")
    other.until("known.told.state?.iso === 1600")
    state = other.state()
    assert (state["elevation_deg"], state["tone"]) == (-66.0, "filmic")
    other.until("/iso=1600/.test(location.hash) && !/nonsense|9999/.test(location.hash)")
    assert not seen.page.locator("#watched").is_hidden()
    assert other.complaints == [] and other.outside() == []
    other.context.close()
    seen.page.wait_for_selector("#watched", state="hidden")


def test_a_photograph_lies_over_the_picture_and_stays_here(seen: Seen) -> None:
    asked = len([one for one in seen.asked if "blob:" not in one])
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(out, "PNG")
    seen.page.click("#tab-compare")
    seen.page.set_input_files("#photo-file", {"name": "own.png", "mimeType": "image/png", "buffer": out.getvalue()})
    seen.page.wait_for_selector("#photo:visible")
    assert seen.page.evaluate("photo.naturalWidth") == 40
    seen.page.select_option("#photo-where", "beside")
    assert seen.page.evaluate("photo.parentElement.id") == "room"
    seen.page.click("#photo-away")
    assert seen.page.locator("#photo").is_hidden()
    assert len([one for one in seen.asked if "blob:" not in one]) == asked


def test_a_renderer_that_dies_is_told_of_and_pictures_come_again(seen: Seen, served: Served) -> None:
    (renderer,) = [pid for pid in children_of(served.process.pid) if "render.viewer.child" in command_of(pid)]
    frames = int(seen.data()["frames"])
    os.kill(renderer, signal.SIGKILL)
    seen.until("document.getElementById('complaint').textContent.includes('SIGKILL')")
    seen.until(f"Number(d.frames) > {frames}")
    seen.page.wait_for_selector("#complaint", state="hidden")
