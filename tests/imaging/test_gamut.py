"""Gamut mapping keeps hue and luminance; colours inside stay as they are."""

import itertools

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.imaging.capture.response import channel_weights, electrons_per_photon
from render.imaging.colour import srgb_from_camera, white_balance
from render.imaging.gamut import (
    CONES_FROM_SRGB,
    LUMINANCE,
    PRIMARIES,
    gamut_from_srgb,
    hue_place,
    xyz_from_rgb,
)
from render.imaging.gamut import OKLAB_FROM_ROOTS as OKLAB
from render.imaging.gamut import map_to_gamut as mapped_to

GAMUTS = list(PRIMARIES)
HUE_DEGREES = 1.0
HUE_OF_LIGHTS = 3.0  # degrees; what a picture of lines may lose
LUMINANCE_SHARE = 0.01


def oklab(rgb):
    return OKLAB @ np.cbrt(CONES_FROM_SRGB @ np.asarray(rgb, dtype=float).reshape(3, -1))


def hue_difference(a, b):
    angles = [np.degrees(np.arctan2(*(oklab(c)[[2, 1]]))) for c in (a, b)]
    return np.abs((angles[0] - angles[1] + 180.0) % 360.0 - 180.0)


def map_to_srgb(colours, knee=1.0):
    return mapped_to(colours, "srgb", knee)


def in_srgb(colours, gamut):
    return np.linalg.solve(gamut_from_srgb(gamut), np.asarray(colours, float))


def wild_colours():
    rng = np.random.default_rng(1)
    colours = rng.uniform(-0.6, 1.8, (3, 20000)).astype(np.float32)
    luminance = LUMINANCE @ colours
    cones = CONES_FROM_SRGB @ colours
    return colours[:, (luminance > 0.01) & (luminance < 0.99) & (cones.min(axis=0) > 0.0)]


def lights(response):
    """Linear sRGB [3, colour] of lines and single wavelengths as a response sees them, and of mixtures of two."""
    balance, matrix = np.array(white_balance(response, 5200.0)), np.array(srgb_from_camera(response, 5200.0))
    lines = channel_weights(response, ("557.7", "N2+_1NG", "630.0", "Na", "N2_1PG", "520.0")).T
    single = electrons_per_photon(response, np.array([427.8, 470.0, 589.3, 670.0])).T
    pure = [row / row.sum() for row in np.concatenate([lines, single]) * balance]
    mixed = [share * a + (1.0 - share) * b for a, b in itertools.combinations(pure, 2) for share in (0.2, 0.5, 0.8)]
    colours = (np.array(pure + mixed) @ matrix.T).T
    luminance = LUMINANCE @ colours
    colours = (colours / luminance)[:, luminance > 0.01 * np.abs(colours).max(axis=0)]
    levels = np.array([0.002, 0.02, 0.1, 0.3, 0.6, 0.9])
    return (colours[:, :, None] * levels).reshape(3, -1)


@pytest.mark.parametrize("response", ["d3s", "ideal_cie"])
@pytest.mark.parametrize("gamut", GAMUTS)
def test_hue_of_lines_and_their_mixtures_is_held(gamut, response):
    """Blue too: dominant wavelengths of 427.8 and N2+ move as little, 2 and 4 degrees about white in (x, y)."""
    colours = lights(response)
    back = in_srgb(mapped_to(colours.astype(np.float32), gamut, 0.6), gamut)
    seen = np.hypot(*oklab(back)[1:]) > 0.01
    assert seen.mean() > 0.8
    assert np.all(hue_difference(colours, back)[seen] < HUE_OF_LIGHTS)


def test_clipping_channels_instead_would_turn_hues():
    colours = lights("ideal_cie")
    clipped = np.clip(colours, 0.0, 1.0)
    assert np.percentile(hue_difference(colours, clipped), 75) > 2.0 * HUE_OF_LIGHTS


def test_gamuts_are_what_the_standards_say():
    """ITU-R BT.2087-0, table 4: linear BT.709 to BT.2020."""
    bt2087 = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    assert gamut_from_srgb("rec2020") == pytest.approx(np.array(bt2087), abs=1e-4)
    assert xyz_from_rgb("srgb")[1] == pytest.approx(LUMINANCE, abs=1e-4)
    for gamut in GAMUTS:
        assert gamut_from_srgb(gamut).sum(axis=1) == pytest.approx(np.ones(3))


@given(st.floats(-3.14, 3.14))
def test_places_of_hues_grow_with_the_angle(angle):
    a, b = np.cos([angle, angle + 1e-3]), np.sin([angle, angle + 1e-3])
    first, second = hue_place(np, a, b)
    assert -2.0 <= first < second <= 2.0 or angle + 1e-3 > np.pi


def exact_chroma(colours, gamut):
    """Share of chroma at the gamut's boundary by bisection, to 1e-9: the mapping's independent double."""
    roots = np.cbrt(CONES_FROM_SRGB @ colours)
    direction = roots / (OKLAB[0] @ roots) - 1.0
    luminance, low, high = LUMINANCE @ colours, np.zeros(colours.shape[1]), np.ones(colours.shape[1])
    for _ in range(30):
        middle = 0.5 * (low + high)
        p = gamut_from_srgb(gamut) @ np.linalg.solve(CONES_FROM_SRGB, (1.0 + middle * direction) ** 3)
        y = xyz_from_rgb(gamut)[1] @ p
        inside = (p.min(axis=0) >= 0.0) & (luminance * p.max(axis=0) <= y)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low


@pytest.mark.parametrize("gamut", GAMUTS)
def test_table_and_step_find_the_boundary(gamut):
    colours = wild_colours()
    mapped = in_srgb(mapped_to(colours, gamut), gamut)
    chroma = [np.hypot(*oklab(c)[1:]) / oklab(c)[0] for c in (mapped, colours)]
    wrong = np.abs(chroma[0] / chroma[1] - exact_chroma(colours, gamut))
    assert np.percentile(wrong, 99.9) < 2e-3 and wrong.max() < 0.02


@pytest.mark.parametrize("gamut", GAMUTS)
@pytest.mark.parametrize("knee", [1.0, 0.6])
def test_hue_and_luminance_are_kept(knee, gamut):
    colours = wild_colours()
    mapped = mapped_to(colours, gamut, knee)
    assert mapped.min() >= 0.0 and mapped.max() <= 1.0
    mapped = in_srgb(mapped, gamut)
    assert LUMINANCE @ mapped == pytest.approx(LUMINANCE @ colours, rel=LUMINANCE_SHARE)
    chroma = np.hypot(*oklab(mapped)[1:])
    assert np.all(hue_difference(colours, mapped)[chroma > 0.01] < HUE_DEGREES)


def test_colours_inside_stay_without_a_knee():
    inside = np.random.default_rng(2).uniform(0.02, 0.98, (3, 5000)).astype(np.float32)
    assert map_to_srgb(inside) == pytest.approx(inside, abs=2e-3)


def test_clipped_colours_reach_the_boundary():
    colours = wild_colours()
    outside = colours[:, (colours.min(axis=0) < -0.05) | (colours.max(axis=0) > 1.05)]
    mapped = map_to_srgb(outside)
    assert np.all((mapped.min(axis=0) < 2e-3) | (mapped.max(axis=0) > 1.0 - 2e-3))


@pytest.mark.parametrize("gamut", GAMUTS)
@given(level=st.floats(0.0, 1.0))
def test_grey_stays_grey(gamut, level):
    grey = np.full((3, 1), level, np.float32)
    assert mapped_to(grey, gamut, 0.6) == pytest.approx(grey, abs=1e-5)


def test_extremes_are_black_and_white():
    colours = np.array([[5.0, 4.0, 6.0], [-1.0, -0.5, -0.2], [0.0, 0.0, 0.0]], np.float32).T
    assert map_to_srgb(colours, 0.6) == pytest.approx(np.array([[1, 1, 1], [0, 0, 0], [0, 0, 0]]).T, abs=1e-5)


def test_more_chroma_stays_more_with_a_knee():
    """Three greens ever farther outside must not fall together."""
    greens = np.array([[-0.1 * k, 0.5, -0.05 * k] for k in (0.0, 1.0, 2.0)], np.float32).T
    chroma = np.hypot(*oklab(map_to_srgb(greens, 0.6))[1:]) / np.cbrt(LUMINANCE @ greens)
    assert np.all(np.diff(chroma) > 0.001)


def test_runs_on_the_array_api_and_agrees():
    colours = wild_colours()[:, :500]
    there = map_to_srgb(array_api_strict.asarray(colours), 0.6)
    assert np.from_dlpack(there) == pytest.approx(map_to_srgb(colours, 0.6), abs=1e-5)
