"""Gamut mapping keeps hue and luminance; colours inside stay as they are."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.imaging.gamut import CONES_FROM_SRGB, LUMINANCE, map_to_srgb

OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)  # Ottosson 2020
HUE_DEGREES = 1.0
LUMINANCE_SHARE = 0.01


def oklab(rgb):
    return OKLAB @ np.cbrt(CONES_FROM_SRGB @ np.asarray(rgb, dtype=float).reshape(3, -1))


def hue_difference(a, b):
    angles = [np.degrees(np.arctan2(*(oklab(c)[[2, 1]]))) for c in (a, b)]
    return np.abs((angles[0] - angles[1] + 180.0) % 360.0 - 180.0)


def wild_colours():
    rng = np.random.default_rng(1)
    colours = rng.uniform(-0.6, 1.8, (3, 20000)).astype(np.float32)
    luminance = LUMINANCE @ colours
    cones = CONES_FROM_SRGB @ colours
    return colours[:, (luminance > 0.01) & (luminance < 0.99) & (cones.min(axis=0) > 0.0)]


@pytest.mark.parametrize("knee", [1.0, 0.6])
def test_hue_and_luminance_are_kept(knee):
    colours = wild_colours()
    mapped = map_to_srgb(colours, knee)
    assert mapped.min() >= 0.0 and mapped.max() <= 1.0
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


@given(st.floats(0.0, 1.0))
def test_grey_stays_grey(level):
    grey = np.full((3, 1), level, np.float32)
    assert map_to_srgb(grey, 0.6) == pytest.approx(grey, abs=1e-5)


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
