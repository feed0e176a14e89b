"""The lens: published fall-off, a kept total, and wings that are the Moffat functions they are said to be."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.core.errors import InputError
from render.imaging.capture.lens import GLOW_UM, VEIL_UM, fall_off_at, scatter, vignette
from render.scene import scene_from_text

HEIGHTS = np.array([0.5, 0.8, 1.0])


def moffat(r, a, b):
    return (b - 1.0) / (np.pi * a**2) * (1.0 + (r / a) ** 2) ** -b


def impulse(rows, columns, light=1e4):
    plane = np.zeros((1, rows, columns), np.float32)
    plane[0, rows // 2, columns // 2] = light
    return plane


def test_fall_off_of_known_lenses():
    """lensfun's figures: a 50 mm f/1.4 wide open, and a 20 mm f/1.8 at 1.8 and 2.8; within 0.06 of the light."""
    assert fall_off_at(HEIGHTS, 1.4, "lens") == pytest.approx([0.68, 0.41, 0.23], abs=0.06)
    assert fall_off_at(HEIGHTS, 2.8, "lens") == pytest.approx([0.86, 0.67, 0.51], abs=0.06)
    assert fall_off_at(HEIGHTS, 1.4, (-1.6501, 1.5753, -0.6982)) == pytest.approx([0.68, 0.41, 0.23], abs=0.01)
    assert fall_off_at(HEIGHTS, 1.4, "none") == pytest.approx(1.0)


def test_the_axis_is_where_the_camera_has_it():
    light = vignette(np.ones((1, 60, 80), np.float32), 400.0, (20.0, 30.0), 1.4, "lens")[0]
    assert light.max() == light[29, 19] == 1.0
    corner_px = 21.63e3 / 400.0
    assert light[29, 59] == pytest.approx(fall_off_at(np.array([40.0 / corner_px]), 1.4, "lens")[0], rel=1e-5)


@given(seed=st.integers(0, 99), pitch_um=st.sampled_from([8.46, 17.0, 28.0, 60.0]))
@settings(max_examples=20, deadline=None)
def test_light_is_neither_made_nor_lost(seed, pitch_um):
    light = np.random.default_rng(seed).uniform(0.0, 1.0, (2, 64, 96)).astype(np.float32) ** 8
    spread = scatter(light, pitch_um, 0.05, 0.02)
    assert spread.sum() == pytest.approx(light.sum(), rel=5e-3 if pitch_um < 34.0 / 2 else 1e-5)
    assert spread.min() > -1e-5


def test_an_even_picture_stays_as_it_is():
    light = np.full((3, 50, 70), 7.0, np.float32)
    assert scatter(light, 28.0, 0.05, 0.02) == pytest.approx(light, rel=1e-5)


@pytest.mark.parametrize("pitch_um", [8.46, 28.0])
def test_glow_of_a_star_by_the_law(pitch_um):
    """Against the sum of both Moffat functions, away from the star, where a pixel's square does not matter."""
    rows, columns = (720, 1064) if pitch_um > 20.0 else (960, 1200)
    spread = scatter(impulse(rows, columns), pitch_um, 0.03, 0.007)[0]
    for um in (84.0, 140.0, 224.0, 448.0):
        r = round(um / pitch_um)
        law = (0.03 * moffat(r * pitch_um, GLOW_UM, 1.75) + 0.007 * moffat(r * pitch_um, VEIL_UM, 1.5)) * pitch_um**2
        row, column = rows // 2, columns // 2  # the middle of a cell may lie 1.5 pixels beside it: both sides' mean
        both = 0.5 * (spread[row, column + r] + spread[row, column - r]) / 1e4
        assert both == pytest.approx(law, rel=0.15 if um < 200.0 else 0.06)
    assert spread[rows // 2, columns // 2] / 1e4 == pytest.approx(1.0 - 0.037, abs=0.006)


def test_wings_of_stars_on_the_stills():
    """Light per photosite, share of the star's, 6.5 to 16 photosites away at f/1.4: measured within 30 %, +-30 %."""
    spread = scatter(impulse(960, 1200), 8.46, 0.03, 0.007)[0] / 1e4
    for r, measured in ((9, 4e-5), (11, 3e-5)):
        assert spread[480, 600 + r] == pytest.approx(measured, rel=0.6)
    assert spread[480, 616] < 1.2e-5


def test_the_sun_does_not_flood_the_picture_with_rounding():
    """A disc of 1e10 beside a night sky: what is spread is the law's, to the far corner."""
    light = impulse(240, 320, 1e10)
    spread = scatter(light, 110.0, 0.03, 0.007)[0]
    r = np.hypot(*np.mgrid[-120:120, -160:160]) * 110.0
    far = (r > 3000.0) & (r < 8000.0)
    law = 1e10 * 110.0**2 * (0.03 * moffat(r, GLOW_UM, 1.75) + 0.007 * moffat(r, VEIL_UM, 1.5))
    assert spread[far] == pytest.approx(law[far], rel=0.4)  # the mirror images add a third in the corners


def test_runs_on_the_array_api_and_agrees():
    light = np.random.default_rng(0).uniform(0.0, 1.0, (2, 30, 44)).astype(np.float32)
    for pitch_um in (9.0, 28.0):
        there = scatter(array_api_strict.asarray(light), pitch_um, 0.03, 0.007)
        assert np.from_dlpack(there) == pytest.approx(scatter(light, pitch_um, 0.03, 0.007), abs=1e-6)


@pytest.mark.parametrize(("blades", "spikes"), [(9, 18), (7, 14), (8, 8)])
def test_a_stopped_down_sun_has_its_blades_star(blades, spikes):
    """So many spikes, falling as r^-2; none wide open; the light is kept."""
    light = impulse(300, 300, 1e9)
    starred = scatter(light, 34.0, 0.03, 0.007, blades, 16.0)[0]
    plain = scatter(light, 34.0, 0.03, 0.007, 0, 16.0)[0]
    assert starred.sum() == pytest.approx(1e9, rel=1e-4)
    angle = np.linspace(0.0, 2.0 * np.pi, 1440, endpoint=False)
    ring = np.array([
        starred[np.rint(150 + r * np.sin(angle)).astype(int), np.rint(150 + r * np.cos(angle)).astype(int)]
        - plain[np.rint(150 + r * np.sin(angle)).astype(int), np.rint(150 + r * np.cos(angle)).astype(int)]
        for r in range(60, 90)
    ]).mean(axis=0)  # fmt: skip
    power = np.abs(np.fft.rfft(ring))
    strong = np.flatnonzero(power[1:60] > 0.5 * power[1:60].max()) + 1
    assert strong[0] == spikes and not np.any(strong % spikes)
    difference = starred - plain
    r = np.hypot(*np.mgrid[-150:150, -150:150])
    inner, outer = (difference[(r >= a) & (r < 2 * a)].sum() for a in (20, 40))
    assert inner / outer == pytest.approx(2.0, rel=0.15)  # energy beyond r falls as 1/r
    assert np.array_equal(scatter(light, 34.0, 0.03, 0.007, blades, 1.4), scatter(light, 34.0, 0.03, 0.007))
    assert np.array_equal(
        scatter(light * 1e-4, 34.0, 0.03, 0.007, blades, 16.0), scatter(light * 1e-4, 34.0, 0.03, 0.007)
    )


def test_the_light_of_the_spikes_by_the_law():
    """0.2 lambda N / r of the light beyond r, at f/22.6 and more."""
    difference = (
        scatter(impulse(400, 400, 1e9), 34.0, 0.03, 0.007, 8, 32.0) - scatter(impulse(400, 400, 1e9), 34.0, 0.03, 0.007)
    )[0]
    r = np.hypot(*np.mgrid[-200:200, -200:200])
    between = difference[(r >= 20) & (r < 80)].sum() / 1e9
    assert between == pytest.approx(0.2 * 0.61 * 32.0 / 34.0 * (1.0 / 20.0 - 1.0 / 80.0), rel=0.1)


@pytest.mark.parametrize("law", [[-5.0, 0.0, 0.0], [0.3, 0.0, 0.0], [-1.0, 0.0, 0.0]])
def test_a_fall_off_that_is_none_is_refused(law, minimal_scene):
    with pytest.raises(
        InputError, match=r"\[camera\] lens.fall_off: .* let pass .* of the light; allowed: more than 0"
    ):
        scene_from_text(f"{minimal_scene}[camera.lens]\nfall_off = {law}\n")


def test_a_measured_fall_off_is_taken(minimal_scene):
    law = (-1.6501, 1.5753, -0.6982)  # lensfun's 50 mm f/1.4 wide open
    assert scene_from_text(f"{minimal_scene}[camera.lens]\nfall_off = {list(law)}\n").camera.lens.fall_off == law
