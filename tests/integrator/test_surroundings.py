"""The map of what lies around the station: even light, what a picture fills of it, how lobes blur it."""

import numpy as np
import pytest

from render.integrator.surroundings import (
    COLUMNS,
    ROWS,
    blurred,
    gathered,
    half_spaces,
    level_axes,
    six_irradiances,
)

BELOW, ABOVE = np.array([2.0, 3.0]), np.array([0.5, 0.0])
GRID = 0.01  # relative, of 32 x 64 cells


def test_half_spaces_light_level_plates_by_themselves_and_upright_ones_half():
    sides = six_irradiances(half_spaces(BELOW, ABOVE))
    assert sides[4] == pytest.approx(ABOVE, rel=GRID)
    assert sides[5] == pytest.approx(BELOW, rel=GRID)
    for side in sides[:4]:
        assert side == pytest.approx(0.5 * (BELOW + ABOVE), rel=GRID)


def test_a_small_source_lights_by_the_cosine():
    radiance = np.zeros((ROWS, COLUMNS, 1))
    radiance[5, 3] = 1.0
    polar, turn = np.pi * 5.5 / ROWS, 2.0 * np.pi * 3.5 / COLUMNS
    solid = (np.cos(np.pi * 5 / ROWS) - np.cos(np.pi * 6 / ROWS)) * 2.0 * np.pi / COLUMNS
    way = np.array([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)])
    sides = six_irradiances(radiance)[:, 0]
    assert sides[::2] == pytest.approx(way * solid, rel=GRID)
    assert not sides[1::2].any()


def test_axes_are_level_right_handed_and_look_ahead():
    zenith, ahead = np.array([0.0, 0.6, 0.8]), np.array([1.0, 0.5, 0.2])
    axes = level_axes(zenith, ahead)
    assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert axes[2] == pytest.approx(zenith)
    assert axes[0] @ ahead > 0.0
    assert np.isfinite(level_axes(zenith, zenith)).all()


def test_what_a_picture_shows_is_kept_and_the_rest_goes_on_around():
    rng = np.random.default_rng(1)
    ways = rng.normal(size=(20000, 3))
    ways = ways / np.linalg.norm(ways, axis=1, keepdims=True)
    ahead = ways[(ways[:, 0] > 0.3) & (np.abs(ways[:, 2]) < 0.5)]
    bright = np.where(ahead[:, 2] < 0.0, 3.0, 1.0)[None]
    found = gathered(ahead, bright, np.eye(3), np.array([0.25]))[..., 0]
    level = slice(ROWS // 2 - 4, ROWS // 2), slice(ROWS // 2, ROWS // 2 + 4)
    assert np.allclose(found[level[0]], 1.0)
    assert np.allclose(found[level[1]], 3.0)
    assert np.allclose(found[0], 0.25)
    assert np.allclose(found[-1], 3.0)


def test_blur_keeps_even_light_and_spreads_a_point():
    even = half_spaces(np.array([np.pi]), np.array([np.pi]))
    assert blurred(even, (3.0, 8.0, 20.0)) == pytest.approx(np.ones((3, ROWS, COLUMNS, 1)), rel=1e-5)
    point = np.zeros((ROWS, COLUMNS, 1))
    point[ROWS // 2, 0] = 1.0
    narrow, medium, wide = blurred(point, (3.0, 8.0, 20.0))[..., 0]
    assert np.count_nonzero(narrow) == 1
    assert medium.max() > 3.0 * wide.max()
    assert wide[ROWS // 2, -1] == pytest.approx(wide[ROWS // 2, 1], rel=1e-5)  # around
