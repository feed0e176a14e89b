"""The page for everyone: keys alone, names for readers of screens, contrast, small screens, little motion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.viewer.browsing import Seen, browser, chromium
from tests.viewer.conftest import Served

TABS = ("view", "light", "numbers", "world", "compare", "out")
LEAST_CONTRAST = 4.5  # of text, WCAG 2.2, 1.4.3 (AA)
CONTRASTS = """() => {
  const parsed = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = (c) => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = parsed(getComputedStyle(at).backgroundColor);
      if (c[3] > 0.99) return c;
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())
      || e.matches("input:not([type=range], [type=checkbox]), select");
    if (!own || !e.checkVisibility() || e.disabled || e.matches("canvas, option")) continue;
    const [a, b] = [light(parsed(getComputedStyle(e).color)), light(ground(e))].sort((p, q) => q - p);
    found.push([(a + 0.05) / (b + 0.05), e.id || e.className || e.textContent.slice(0, 20)]);
  }
  return found;
}"""
UNNAMED = """() => [...document.querySelectorAll("input, select, button, canvas, progress, dialog")].filter((e) =>
  !(e.labels && e.labels.length) && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")
  && !(e.tagName === "BUTTON" && e.textContent.trim())).map((e) => e.outerHTML)"""


@pytest.fixture(scope="module")
def seen(served: Served) -> Iterator[Seen]:
    chromium()
    with browser() as started:
        opened = Seen(started, served.base, reduced_motion="reduce")
        opened.page.goto(served.address)
        opened.rest()
        yield opened
        assert opened.complaints == [] and opened.outside() == []


@pytest.mark.parametrize("red", [False, True])
def test_text_stands_out(seen: Seen, red: bool) -> None:
    if red:
        seen.page.click("#night")
    for tab in TABS:
        seen.page.click(f"#tab-{tab}")
        found = seen.page.evaluate(CONTRASTS)
        assert len(found) > 15 and min(found)[0] >= LEAST_CONTRAST, min(found)
    if red:
        seen.page.click("#night")


def test_contrast_that_is_too_low_is_found(seen: Seen) -> None:
    seen.page.evaluate("document.documentElement.style.setProperty('--muted', '#555')")
    assert min(seen.page.evaluate(CONTRASTS))[0] < LEAST_CONTRAST
    seen.page.evaluate("document.documentElement.style.removeProperty('--muted')")


def test_every_control_has_a_name(seen: Seen) -> None:
    assert seen.page.evaluate(UNNAMED) == []
    seen.page.click("#tab-view")
    told = seen.page.locator("body").aria_snapshot()
    for line in (
        'tab "View" [selected]',
        'slider "ISO"',
        'slider "Time"',
        'combobox "Tone"',
        "status",
        'img "The picture',
    ):
        assert line in told, told


def reached(seen: Seen, most: int = 160) -> set[str]:
    """Return the ids of all that Tab goes to, from the page's beginning."""
    seen.page.evaluate("document.activeElement.blur()")
    found: set[str] = set()
    for _ in range(most):
        seen.page.keyboard.press("Tab")
        name: Any = seen.page.evaluate("document.activeElement.id || document.activeElement.outerHTML.slice(0, 90)")
        if name in found:
            break
        found.add(name)
    return found


@pytest.mark.parametrize("tab", TABS)
def test_tab_reaches_every_control(seen: Seen, tab: str) -> None:
    seen.page.click(f"#tab-{tab}")
    seen.page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    wanted = seen.page.evaluate(
        "[...document.querySelectorAll('input, select, button, #picture')].filter((e) => e.checkVisibility()"
        " && !e.disabled && e.tabIndex >= 0).map((e) => e.id || e.outerHTML.slice(0, 90))"
    )
    assert set(wanted) <= reached(seen)


def test_turning_pinning_and_tabs_by_keys(seen: Seen) -> None:
    seen.page.focus("#picture")
    before = seen.state()["azimuth_deg"]
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("Shift+ArrowRight")
    assert seen.state()["azimuth_deg"] == pytest.approx((before + 6.0) % 360.0)
    focal = seen.state()["focal_length_mm"]
    seen.page.keyboard.press("+")
    assert seen.state()["focal_length_mm"] == pytest.approx(1.1 * focal, rel=1e-3)
    seen.page.keyboard.press("0")
    seen.until("known.told.state.free === false")
    seen.page.keyboard.press(".")
    assert seen.state()["time_s"] == 1.0
    seen.page.keyboard.press("p")
    seen.page.wait_for_selector("#table th.pin1")
    assert seen.page.get_attribute("#tab-numbers", "aria-selected") == "true"
    seen.page.focus("#tab-numbers")
    seen.page.keyboard.press("ArrowRight")
    assert seen.page.get_attribute("#tab-world", "aria-selected") == "true"
    seen.page.keyboard.press("Control+z")
    seen.page.keyboard.press("Control+z")


@pytest.mark.parametrize("size", [(1280, 720), (828, 640), (768, 1024)])
def test_all_fits_the_screen(seen: Seen, size: tuple[int, int]) -> None:
    seen.page.set_viewport_size({"width": size[0], "height": size[1]})
    for tab in TABS:
        seen.page.click(f"#tab-{tab}")
        wide = seen.page.evaluate(
            "[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()"
            " && !e.closest('h1, pre, .wide, #room, #marks, .switches label')"
            " && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 90))"
        )
        assert wide == []
    _, _, width, height = seen.middle()
    assert width > 0.5 * size[0] and height > 250.0
    seen.page.set_viewport_size({"width": 1280, "height": 720})


def test_the_tour_ends_and_little_motion_plays_nothing(seen: Seen) -> None:
    seen.page.click("#tour")
    for _ in range(6):
        assert seen.page.locator("#card-text").inner_text()
        seen.page.click("#card-next")
    assert seen.page.locator("#card").is_hidden()
    seen.page.click("#play")
    assert "Reduced motion" in seen.page.inner_text("#status")
    assert seen.page.get_attribute("#play", "aria-pressed") == "false"
