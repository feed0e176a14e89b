"""Passes of a picture: the last is the frame to the bit, and what has not changed is not done again, by counts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from render import render_frame
from render.core.lines import LINE_KEYS
from render.formats.png import quantise
from render.frame.development import develop_frame
from render.scene import Scene, load_scene
from render.viewer.asked import SOURCES, FalseColour, Pass, Request
from render.viewer.painter import Painter
from render.viewer.scales import SCALES, colours_of
from tests.devices import start_or_skip
from tests.small import changed, through_lens

SIZE = (96, 54)
ROUNDING = 64 * np.finfo(np.float32).eps

pytestmark = pytest.mark.usefixtures("coarse_sky_of_module")


class Window:
    """A painter, and requests one after the other."""

    def __init__(self, scene: Scene) -> None:
        self.base, self.number, self.newest = scene, 0, 0
        self.said: list[str] = []
        self.painter = Painter(start_or_skip("cpu"), self.is_wanted, self.hear)

    def is_wanted(self, number: int, *, may_drop: bool = True) -> bool:
        return self.newest <= number or not may_drop

    def hear(self, _request: Request, doing: str, _share: float | None, _divisor: int | None) -> None:
        self.said.append(doing)

    def request(self, scene: Scene, **given: Any) -> Request:
        self.number += 1
        self.newest = self.number
        asked: dict[str, Any] = {"time_s": 0.0, "size": SIZE, "moving": False, "sources": frozenset(SOURCES)}
        return Request(self.number, self.number, scene, self.base, **{**asked, **given})

    def rest(self, scene: Scene, **given: Any) -> Pass:
        """Return the last pass of a picture at rest."""
        request = self.request(scene, **given)
        made = list(self.painter.passes(request))[-1]
        self.painter.rest(request)
        return made

    @property
    def counts(self) -> tuple[int, int]:
        """Return how often was marched, and how many parts of stages were made."""
        return self.painter.counts.marches, self.painter.counts.prepared


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Return a scene with curtains, airglow, a sky and lamps that are quick to make, with noise."""
    noisy = changed(load_scene("steve"), "develop", noise=True)
    return changed(through_lens(noisy, 50.0), "sky", moon=False)


@pytest.fixture(scope="module")
def window(scene: Scene) -> Window:
    return Window(scene)


@pytest.fixture
def rested(window: Window, scene: Scene) -> Iterator[Window]:
    """Return a window with the scene's picture at rest."""
    window.rest(scene)
    yield window


def picture(made: Pass) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(made.jpeg)))


def test_passes_run_from_coarse_to_the_frame_to_the_bit(scene: Scene) -> None:
    window = Window(scene)
    passes = list(window.painter.passes(window.request(scene)))
    assert [(p.head["divisor"], p.head["columns"], p.head["rows"]) for p in passes] == [
        (8, 12, 7), (8, 12, 7), (4, 24, 14), (2, 48, 27), (1, 96, 54)
    ]  # fmt: skip
    assert passes[0].head["lacks"] == ["ground", "cities", "station"]  # a sketch
    assert not any(p.head["lacks"] for p in passes[1:])
    assert [p.head["final"] for p in passes] == [False] * 4 + [True] and passes[-1].head["noise"]
    frame = render_frame(scene, size=SIZE, device="cpu")
    last = window.painter.last
    assert last is not None
    np.testing.assert_array_equal(last.lines.rayleighs, frame.lines.rayleighs)
    np.testing.assert_array_equal(last.sky.radiance, frame.sky.radiance)
    shown = np.asarray(Image.open(io.BytesIO(passes[-1].png)))
    np.testing.assert_array_equal(shown, quantise(develop_frame(frame, scene).pixels, 8))


def test_after_another_look_the_picture_is_again_the_frame_to_the_bit(rested: Window, scene: Scene) -> None:
    turned = changed(scene, "camera", azimuth_deg=scene.camera.azimuth_deg + 2.0, iso=1600.0)
    rested.rest(turned)
    frame = render_frame(turned, size=SIZE, device="cpu")
    np.testing.assert_array_equal(rested.painter.last.lines.rayleighs, frame.lines.rayleighs)
    np.testing.assert_array_equal(rested.painter.last.sky.radiance, frame.sky.radiance)


@pytest.mark.parametrize(
    "other",
    [
        ("camera", {"iso": 400.0}),
        ("develop", {"tone": "filmic"}),
        ("develop", {"white_balance_k": 3200.0, "exposure_compensation_ev": 1.0}),
    ],
)
def test_exposure_and_tone_cost_a_development_only(rested: Window, scene: Scene, other: tuple[str, dict]) -> None:
    before, developed = rested.counts, rested.painter.counts.developed
    made = list(rested.painter.passes(rested.request(changed(scene, other[0], **other[1]))))
    assert [p.head["divisor"] for p in made] == [1] and made[0].head["final"]
    assert rested.counts == before and rested.painter.counts.developed == developed + 1


def test_switches_of_lines_and_sources_cost_no_march(rested: Window, scene: Scene) -> None:
    before = rested.counts
    everything = rested.painter.last.lines.rayleighs.copy()
    alone = {}
    for source in ("aurora", "airglow"):
        made = rested.rest(scene, sources=frozenset([source]))
        assert not made.head["final"] and not made.png
        alone[source] = rested.painter.last.lines.rayleighs
    rested.rest(scene, dark=frozenset(["557.7"]))
    dark = rested.painter.last.lines.rayleighs
    assert rested.counts == before
    stationless = rested.rest(scene, sources=frozenset(SOURCES) - {"station"})
    assert rested.counts == before and not stationless.head["final"]
    assert alone["aurora"].any() and alone["airglow"].any()
    np.testing.assert_allclose(alone["aurora"] + alone["airglow"], everything, rtol=ROUNDING, atol=1e-2)
    row = LINE_KEYS.index("557.7")
    assert not dark[row].any() and everything[row].any()
    np.testing.assert_array_equal(np.delete(dark, row, 0), np.delete(everything, row, 0))


def test_light_of_one_source_is_that_of_its_own_march(rested: Window, scene: Scene) -> None:
    rested.rest(scene, sources=frozenset(["aurora"]))
    alone = rested.painter.last.lines.rayleighs
    frame = render_frame(changed(scene, "airglow", enabled=False), size=SIZE, device="cpu")
    np.testing.assert_allclose(alone, frame.lines.rayleighs, rtol=1e-4, atol=1.0)


def test_a_turn_within_the_wide_stage_makes_no_maps(rested: Window, scene: Scene) -> None:
    rested.rest(scene)
    list(rested.painter.passes(rested.request(scene, moving=True)))
    marches, prepared = rested.counts
    turned = changed(scene, "camera", azimuth_deg=scene.camera.azimuth_deg + 1.5)
    made = list(rested.painter.passes(rested.request(turned, moving=True)))
    assert [p.head["divisor"] for p in made][-1] == 2 and not any(p.head["noise"] for p in made)
    assert rested.counts == (marches + len(made), prepared)
    away = changed(scene, "camera", azimuth_deg=scene.camera.azimuth_deg + 120.0)
    list(rested.painter.passes(rested.request(away, moving=True)))
    assert rested.counts[1] > prepared


def test_coarse_passes_show_what_the_frame_shows(scene: Scene) -> None:
    window = Window(scene)
    means = [picture(p).mean() for p in window.painter.passes(window.request(scene)) if not p.head["lacks"]]
    assert means[-1] > 3.0
    np.testing.assert_allclose(means, means[-1], rtol=0.2)


def test_the_coarsest_pass_is_never_dropped_and_later_ones_are(scene: Scene) -> None:
    window = Window(scene)
    request = window.request(scene)
    window.newest += 1  # another request is there from the start
    assert [p.head["divisor"] for p in window.painter.passes(request)] == [8] and window.painter._near.is_sketch
    window.newest = request.number
    divisors = []
    for made in window.painter.passes(replace(request, state=99)):
        divisors.append(made.head["divisor"])
        if len(divisors) == 2:
            window.newest += 1
    assert divisors == [8, 4]


def test_work_is_dropped_between_bands(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.frame.stage.BAND_PIXELS", 6 * SIZE[0])
    window = Window(scene)
    request = window.request(scene)
    marching = 0

    def hear(_request: Request, doing: str, _share: float | None, divisor: int | None) -> None:
        nonlocal marching
        if divisor == 1 and doing.startswith("marching"):
            marching += 1
            window.newest = request.number + 1

    window.painter.say = hear
    assert [p.head["divisor"] for p in window.painter.passes(request)] == [8, 8, 4, 2] and marching == 1


def test_false_colour_is_the_logarithm_of_rayleighs(rested: Window, scene: Scene) -> None:
    before = rested.counts
    asked = FalseColour(("557.7",), 100.0, 100_000.0, "viridis")
    made = rested.rest(scene, false_colour=asked)
    assert rested.counts == before and made.head["false_colour"] and not made.png
    light = rested.painter.last.lines.rayleighs[LINE_KEYS.index("557.7")]
    place = np.clip(np.log10(np.maximum(light, 1e-9) / 100.0) / 3.0, 0.0, 1.0)
    wanted = colours_of("viridis")[np.rint(255.0 * place).astype(int)]
    assert np.abs(picture(made).astype(float) - wanted).mean() < 3.0  # what JPEG loses
    assert all(colours_of(name).shape == (256, 3) for name in SCALES)


def test_a_camera_that_exposes_by_itself_is_metered_when_it_is_quiet(scene: Scene) -> None:
    auto = changed(changed(scene, "camera", exposure="auto"), "film", frames=2, interval_s=1.0)
    window = Window(auto)
    request = window.request(auto)
    first = list(window.painter.passes(request))[-1]
    assert not first.head["final"] and window.painter.asks_for_meter(request)
    found = window.painter.meter(request)
    assert found is not None and not window.painter.asks_for_meter(request)
    again = window.rest(auto)
    frame = render_frame(auto, size=SIZE, device="cpu")
    assert again.head["final"] and again.head["iso"] == frame.camera.iso
    np.testing.assert_array_equal(window.painter.last.sky.radiance, frame.sky.radiance)
    assert abs(np.log2(first.head["iso"] * first.head["exposure_s"] / frame.camera.iso / frame.camera.exposure_s)) < 1.0


def test_a_hand_that_moves_sees_the_station_and_the_brightest_points_at_once(scene: Scene) -> None:
    shown = changed(scene, "station", visible=True)
    window = Window(shown)
    window.rest(shown)
    window.painter._took.clear()
    turned = changed(shown, "camera", azimuth_deg=scene.camera.azimuth_deg + 1.0)
    frames = {}
    for moving in (True, False):
        made = next(window.painter.passes(window.request(turned, moving=moving)))
        frames[moving] = window.painter.last.sky.radiance
        assert made.head["lacks"] == (["faint stars and lamps"] if moving else [])
    hidden = window.painter._near._station.covered > 0.5
    assert hidden.any() and not hidden.all(), window.painter._near._station.covered
    np.testing.assert_allclose(frames[True][:, hidden], frames[False][:, hidden], rtol=0.2)
    assert not np.array_equal(frames[True], frames[False])


def test_a_hand_is_followed_in_fewer_pixels_where_a_pass_is_slow(rested: Window, scene: Scene) -> None:
    turns = (changed(scene, "camera", azimuth_deg=scene.camera.azimuth_deg + 0.1 * k) for k in range(1, 9))
    rested.painter._took[8] = 1.0

    def first() -> int:
        return next(rested.painter.passes(rested.request(next(turns), moving=True))).head["divisor"]

    assert first() == 16
    rested.painter._took[8] = 0.1
    assert first() == 8


def test_at_rest_a_coarse_picture_waits_for_no_maps(rested: Window, scene: Scene) -> None:
    list(rested.painter.passes(rested.request(scene, moving=True)))
    away = changed(scene, "camera", azimuth_deg=scene.camera.azimuth_deg + 12.0)
    request, prepared = rested.request(away), rested.counts[1]
    passes = rested.painter.passes(request)
    assert next(passes).head["divisor"] == 8 and rested.counts[1] == prepared
    assert [made.head["divisor"] for made in passes] == [4, 1]  # the whole comes soon, without the half between
    prepared = rested.counts[1]
    rested.painter.rest(request)
    assert rested.counts[1] > prepared  # a coarse stage for the next turn
    prepared = rested.counts[1]
    rested.painter.rest(request)
    assert rested.counts[1] == prepared
