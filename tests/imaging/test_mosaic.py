"""The mosaic and its demosaic: exact where the law says so, and the grain that stills show."""

import array_api_strict
import numpy as np
import pytest

from render.imaging.capture.mosaic import demosaic, mosaic_of
from render.imaging.reduction import reach_px, reduce_noise, smoothed, steps_of

WEIGHTS = (0.25, 0.5, 0.25)


def slope(rows=12, columns=17):
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return np.stack([10.0 + x, 20.0 + 2.0 * y, 30.0 + x + y]).astype(np.float32)


def test_red_stands_at_the_top_left():
    planes = np.stack([np.full((4, 6), v, np.float32) for v in (1.0, 2.0, 3.0)])
    assert mosaic_of(planes)[:2, :2].tolist() == [[1.0, 2.0], [2.0, 3.0]]
    assert mosaic_of(planes[:, 1:], first_row=1)[0, :2].tolist() == [2.0, 3.0]


def test_even_and_sloping_light_comes_back_exactly():
    """Bilinear keeps what is linear, but at the frame's edges, where the mosaic is mirrored."""
    light = slope()
    assert demosaic(mosaic_of(light))[:, 1:-1, 1:-1] == pytest.approx(light[:, 1:-1, 1:-1], rel=1e-6)
    even = np.full((3, 7, 9), 5.0, np.float32)
    assert demosaic(mosaic_of(even)) == pytest.approx(even)
    bent = light + 5.0 * np.sin(light)
    assert np.abs(demosaic(mosaic_of(bent)) - bent).max() > 1.0  # negative control


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 0), (0, 1), (3, 5)])
def test_a_tile_is_its_part_of_the_frame(row, column):
    light = np.random.default_rng(0).uniform(0.0, 9.0, (3, 20, 24)).astype(np.float32)
    whole = demosaic(mosaic_of(light))
    part = demosaic(mosaic_of(light[:, row:16, column:20], row, column), row, column)
    assert np.array_equal(part[:, 1:-1, 1:-1], whole[:, row:16, column:20][:, 1:-1, 1:-1])


def test_runs_on_the_array_api_and_agrees():
    light = slope()
    there = demosaic(mosaic_of(array_api_strict.asarray(light)))
    assert np.from_dlpack(there) == pytest.approx(demosaic(mosaic_of(light)))
    rgb = reduce_noise(array_api_strict.asarray(light), WEIGHTS, 3.0)
    assert np.from_dlpack(rgb) == pytest.approx(reduce_noise(light, WEIGHTS, 3.0), rel=1e-5)


def lags(plane):
    plane = plane - plane.mean()
    return [float((plane[:, k:] * plane[:, :-k]).mean() / plane.var()) for k in (1, 2)]


def test_grain_of_a_flat_dark_field():
    """Lag-1 and lag-2 of bilinear: 0.67, 0.18 red; 0.39, 0.05 green. With the camera's own reduction: 0.78, 0.42;
    0.72, 0.27, and channels that go together, 0.80 to 0.89."""
    noise = np.random.default_rng(0).normal(0.0, 3.0, (600, 800)).astype(np.float32)
    scale = np.array([2.0, 1.0, 1.2])[:, None, None]  # white balance
    planes = demosaic(noise) * scale
    assert lags(planes[0]) == pytest.approx([0.67, 0.18], abs=0.05)
    assert lags(planes[1]) == pytest.approx([0.39, 0.05], abs=0.05)
    reduced = reduce_noise(planes.astype(np.float32), (0.2126, 0.7152, 0.0722), 1.0)
    assert lags(reduced[1]) == pytest.approx([0.72, 0.27], abs=0.06)
    correlation = np.corrcoef(reduced.reshape(3, -1))
    assert min(correlation[0, 1], correlation[1, 2]) > 0.8
    assert np.corrcoef(planes.reshape(3, -1))[0, 2] < 0.2  # negative control: without it they do not


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.2, 2.5, 4.0])
def test_passes_of_three_taps_spread_like_a_gaussian(sigma):
    impulse = np.zeros((101, 101))
    impulse[50, 50] = 1.0
    spread = smoothed(impulse, sigma)
    off = np.arange(101) - 50
    profile = spread.sum(axis=0)
    assert profile.sum() == pytest.approx(1.0)
    assert profile @ off**2 == pytest.approx(sigma**2, rel=1e-6)
    assert np.abs(profile[np.abs(off) > reach_px(sigma)]).max() == 0.0
    if sigma >= 1.2:
        gauss = np.exp(-0.5 * (off / sigma) ** 2) / (sigma * np.sqrt(2.0 * np.pi))
        assert np.abs(profile - gauss).max() < 0.06 * gauss.max()
    assert all(0.0 < tap <= 0.25 for _, tap in steps_of(sigma))


def test_luminance_is_kept_and_colours_are_smoothed():
    rgb = np.random.default_rng(1).uniform(0.0, 1.0, (3, 40, 50))
    reduced = reduce_noise(rgb, WEIGHTS, 3.0)
    weights = np.array(WEIGHTS)
    assert np.tensordot(weights, reduced, 1) == pytest.approx(np.tensordot(weights, rgb, 1))
    assert (reduced[0] - reduced[1]).std() < 0.4 * (rgb[0] - rgb[1]).std()
